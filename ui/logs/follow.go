package logs

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// newsApart is the least time between two looks at a log that is followed.
const newsApart = 250 * time.Millisecond

// news is the subscription to the log while a view is followed. One command waits
// for the next change at any time.
type news struct {
	gen  int
	on   <-chan struct{}    // nil until it has begun
	stop context.CancelFunc // nil while nothing is followed
}

// subscribed says that changes are told from now on.
type subscribed struct {
	gen int
	on  <-chan struct{}
}

// grew says that the log has changed.
type grew struct{ gen int }

// listen begins to wait for changes when a view is followed first.
func (t *Tab) listen() tea.Cmd {
	t.hush()
	if !t.followed() || t.news.stop != nil {
		return t.view().load()
	}
	ctx, stop := context.WithCancel(t.env.Root)
	t.news = news{gen: t.news.gen + 1, stop: stop}
	gen := t.news.gen
	return t.env.Do(func(context.Context) tea.Msg { return subscribed{gen, t.svc.LogNews(ctx)} })
}

// hush ends the subscription when no view is followed any more.
func (t *Tab) hush() {
	if t.news.stop != nil && !t.followed() {
		t.news.stop()
		t.news = news{gen: t.news.gen}
	}
}

func (t *Tab) followed() bool {
	for _, v := range t.views {
		if v.follows() {
			return true
		}
	}
	return false
}

// subscribed reads what came before the subscription, and waits for the next.
func (t *Tab) subscribed(m subscribed) tea.Cmd {
	if m.gen != t.news.gen || t.news.stop == nil {
		return nil
	}
	t.news.on = m.on
	return tea.Batch(t.loadFollowed(), t.await(0))
}

// grew reads what is new, unless following has ended.
func (t *Tab) grew(m grew) tea.Cmd {
	if m.gen != t.news.gen || t.news.stop == nil {
		return nil
	}
	return tea.Batch(t.loadFollowed(), t.await(newsApart))
}

func (t *Tab) loadFollowed() tea.Cmd {
	var cmds []tea.Cmd
	for _, v := range t.views {
		if v.follows() {
			cmds = append(cmds, v.load())
		}
	}
	return tea.Batch(cmds...)
}

// await waits for the next change, not before a while.
func (t *Tab) await(pause time.Duration) tea.Cmd {
	gen, on := t.news.gen, t.news.on
	return t.env.DoFor(0, func(ctx context.Context) tea.Msg {
		rest := time.NewTimer(pause)
		defer rest.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-rest.C:
		}
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-on:
			if !open {
				return nil
			}
			return grew{gen}
		}
	})
}
