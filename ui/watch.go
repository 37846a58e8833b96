package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	"countersign/model"
	"countersign/ui/notify"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

const (
	// changesApart is the least time between two looks at what has changed.
	changesApart = 250 * time.Millisecond
	// healthEvery is how often the health is looked at when nothing changes: a
	// worker that died changes nothing.
	healthEvery = 15 * time.Second
	// leastSleep keeps a tab that names no sensible time from spinning the frame.
	leastSleep = 50 * time.Millisecond
)

// changed says that the queue, the log or the health may have changed.
type changed struct{}

// watch waits for the next change, not before a time. One such command runs at
// any time.
func (a *App) watch(notBefore time.Time) tea.Cmd {
	ch, pause := a.changes, notBefore.Sub(a.frameEnv.Now())
	return a.frameEnv.DoFor(0, func(ctx context.Context) tea.Msg {
		if !sleep(ctx, pause) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-ch:
			if !open {
				return nil
			}
			return changed{}
		}
	})
}

// sleep waits and reports whether the context still stands.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// summary is what the frame itself shows: what waits, and the vault's health.
type summary struct {
	session int
	gen     int
	badges  workflow.Badges
	err     error
	health  model.Health
}

// summarise asks for it.
func (a *App) summarise() tea.Cmd {
	a.asked++
	id, gen, me := a.session.id, a.asked, a.session.env.Me.ID
	return a.session.env.Do(func(ctx context.Context) tea.Msg {
		badges, err := a.opts.Service.Badges(ctx, me)
		return summary{session: id, gen: gen, badges: badges, err: err, health: a.opts.Service.Health(ctx)}
	})
}

// apply takes the newest summary in, and reports whether the person has been
// disabled meanwhile. Badges that could not be counted stay as they were: the tab in
// front reads the same queue and says what is wrong with it.
func (a *App) apply(m summary) (disabled bool) {
	if m.gen != a.asked || m.session != a.session.id {
		return false
	}
	if m.err == nil {
		a.told(m.badges.Notices)
		a.session.badges = m.badges
	}
	a.health.take(m.health, a.frameEnv.Now())
	var denied *model.Denied
	return errors.As(m.err, &denied) && denied.Code == model.DenyInactive
}

// reRole begins the session anew where an admin has changed the person's roles, or what
// they open, while it was open: tabs that are theirs no more go at once, with what they
// had written there.
func (a *App) reRole() tea.Cmd {
	was, is := a.session.env.Me, a.session.badges.Me
	if is.ID != was.ID || sameRoles(was, is) && slices.Equal(a.opts.Opens(was), a.opts.Opens(is)) {
		return nil
	}
	front := a.session.front
	cmd := a.become(became{actor: is})
	if a.session.has(front) && front != a.session.front {
		cmd = tea.Batch(cmd, a.session.show(front))
	}
	a.notice.show(tab.Notice{Kind: tab.NoticeWarn, Text: widget.Words(theme.Warn, "an admin changed your roles")}, a.frameEnv.Now())
	return cmd
}

// sameRoles reports whether two states of a person have the same roles, in whatever
// order.
func sameRoles(a, b model.Actor) bool {
	return len(a.Roles) == len(b.Roles) && !slices.ContainsFunc(a.Roles, func(r model.Role) bool { return !b.Has(r) })
}

// call calls somebody who looks elsewhere, if there is something to call for. What is
// sent is made of numbers alone, see notify.
func (a *App) call() tea.Cmd {
	b := a.session.badges
	sequence := a.opts.Notify.Sequence(a.session.caller.Look(b.Endpoints, b.EndpointEnds, a.frameEnv.Now()))
	if sequence == "" {
		return nil
	}
	return tea.Raw(sequence)
}

// nextEnd is when an endpoint request begins to end or has ended, so that somebody
// has to be called or the title changes; zero for never.
func (a *App) nextEnd(now time.Time) time.Time {
	end := a.session.badges.EndpointEnds
	switch soon := end.Add(-notify.Soon); {
	case a.opts.Notify == notify.Off || end.IsZero():
		return time.Time{}
	case soon.After(now):
		return soon
	case end.After(now):
		return end
	}
	return time.Time{}
}

// clock is the frame's one timer.
type clock struct {
	gen    int
	at     time.Time // when it rings, zero while none is set
	cancel context.CancelFunc
	polled time.Time // when the health was last asked for by the clock
}

// woken is the ring of one setting of the clock.
type woken struct{ gen int }

// wake sets the clock for the next thing that changes by time alone. It returns
// nil when the clock rings in time already.
func (a *App) wake() tea.Cmd {
	if a.leaving {
		return nil
	}
	now := a.frameEnv.Now()
	at := a.nextChange(now)
	if !a.clock.at.IsZero() && !a.clock.at.After(at) {
		return nil
	}
	if a.clock.cancel != nil {
		a.clock.cancel()
	}
	ctx, cancel := context.WithCancel(a.frameEnv.Root)
	a.clock.gen++
	a.clock.at, a.clock.cancel = at, cancel
	gen, pause := a.clock.gen, max(at.Sub(now), leastSleep)
	return a.frameEnv.DoFor(0, func(context.Context) tea.Msg {
		if !sleep(ctx, pause) {
			return nil
		}
		return woken{gen}
	})
}

// nextChange is when the screen may look different although nothing happened.
func (a *App) nextChange(now time.Time) time.Time {
	at := now.Truncate(time.Minute).Add(time.Minute)
	if poll := a.clock.polled.Add(healthEvery); poll.After(now) && poll.Before(at) {
		at = poll
	}
	if over := a.notice.over(); !over.IsZero() && over.Before(at) {
		at = over
	}
	if end := a.nextEnd(now); !end.IsZero() && end.Before(at) {
		at = end
	}
	if timely, ok := a.session.tab().(tab.Timely); ok {
		if d := timely.NextTick(); d > 0 && now.Add(d).Before(at) {
			at = now.Add(d)
		}
	}
	return at
}

// awake draws what changes by time anew.
func (a *App) awake(m woken) tea.Cmd {
	if m.gen != a.clock.gen {
		return nil
	}
	a.clock.cancel()
	a.clock.at, a.clock.cancel = time.Time{}, nil
	now := a.frameEnv.Now()
	a.notice.pass(now)
	cmds := []tea.Cmd{a.session.update(tab.Minute(now))}
	if now.Sub(a.clock.polled) >= healthEvery {
		a.clock.polled = now
		cmds = append(cmds, a.summarise())
	}
	return tea.Batch(append(cmds, a.call())...)
}
