package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// healthLasts is how long the header's figures stay although newer ones are
// known: an idle screen sends nothing (SCREENS, Frame).
const healthLasts = time.Minute

// health is the vault's health as the header shows it.
type health struct {
	model.Health
	shown time.Time // since when, zero before anything was heard
}

// take shows newer health: at once when it says something else, at most once a
// minute when only its figures differ.
func (h *health) take(m model.Health, now time.Time) {
	same := m.State == h.State && m.Cause == h.Cause && m.Advice == h.Advice && slices.Equal(m.Missing, h.Missing)
	if h.shown.IsZero() || !same || now.Sub(h.shown) >= healthLasts {
		*h = health{m, now}
	}
}

// sign is the state in one of three signs.
func (h *health) sign() widget.Health {
	switch h.State {
	case model.HealthConnected:
		return widget.Connected
	case model.HealthUnreachable, model.HealthRefused, model.HealthNoWorker:
		return widget.Unreachable
	}
	return widget.Limited
}

// words say the state behind the sign: at full length, and on narrow screens.
func (h *health) words(zone *time.Location) (long, short string) {
	since := ""
	if !h.Since.IsZero() {
		since = h.Since.In(zone).Format("15:04")
	}
	stood := func(word string) (string, string) {
		if since == "" {
			return "vault " + word, word
		}
		return "vault " + word + " since " + since, word + " " + since
	}
	switch h.State {
	case model.HealthConnected:
		return "vault " + latency(h.Latency), latency(h.Latency)
	case model.HealthSlow:
		return "vault slow " + latency(h.Latency), "slow " + latency(h.Latency)
	case model.HealthLimited:
		return stood("limited")
	case model.HealthRefused:
		return stood("refused")
	case model.HealthUnreachable:
		return stood("away")
	case model.HealthNoWorker:
		return "no worker", "no worker"
	}
	return "vault …", "…"
}

func latency(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// budget is how many calls to the vault are left in this minute, of how many.
func (h *health) budget() string {
	if h.Limit == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", max(h.Limit-h.Used, 0), h.Limit)
}

// trouble is what is wrong with the vault: what happened, in an ink, the cause
// that was given for it, what to do, and what it means here. The zero value is
// none.
type trouble struct {
	ink                          theme.Ink
	what, cause, advice, meaning widget.Line
	theirs                       bool // it is for the person who is told to mend it
}

// trouble says what is wrong, nothing while all is well. Missing commands are
// told to those who can do something about them.
func (h *health) trouble(me model.Actor, zone *time.Location) trouble {
	t := h.wrong(me, zone)
	// A worker runs in whatever console is told to, so that is for everybody.
	t.theirs = me.Has(model.RoleAdmin) || me.Has(model.RoleSupport) || h.State == model.HealthNoWorker
	return t
}

func (h *health) wrong(me model.Actor, zone *time.Location) trouble {
	since := ""
	if !h.Since.IsZero() {
		since = " since " + h.Since.In(zone).Format("15:04")
	}
	switch h.State {
	case model.HealthUnreachable:
		return h.say(theme.Bad, "the vault is away"+since, "decisions are kept for later")
	case model.HealthNoWorker:
		t := h.say(theme.Bad, "nothing talks to the vault"+since, "decisions are kept until a worker runs")
		t.cause = nil // it says the same
		if t.advice != nil {
			t.meaning = nil // it says that too
		}
		return t
	case model.HealthRefused:
		return h.say(theme.Bad, "the vault service refuses this program"+since, "decisions are kept for later")
	case model.HealthLimited:
		t := h.say(theme.Warn, "the vault's rate limit is used up", "orders wait their turn")
		t.cause = nil // it says the same
		return t
	}
	if len(h.Missing) == 0 || !me.Has(model.RoleAdmin) && !me.Has(model.RoleSupport) {
		return trouble{}
	}
	return trouble{
		ink: theme.Warn,
		what: widget.Line{
			widget.Say(theme.Warn, "the service's key may not use "),
			widget.Show(theme.Warn, safetext.Line(strings.Join(h.Missing, ", "))),
		},
		meaning: widget.Words(theme.Heading, "an administrator must add it to the key's allow list"),
	}
}

// say puts together what happened, what was said of it, what to do and what it
// means here.
func (h *health) say(ink theme.Ink, what, meaning string) trouble {
	t := trouble{ink: ink, what: widget.Words(ink, what), meaning: widget.Words(theme.Heading, meaning)}
	if h.Cause != "" {
		t.cause = widget.Foreign(ink, safetext.Line(h.Cause))
	}
	if h.Advice != "" {
		t.advice = widget.Foreign(theme.Heading, safetext.Line(h.Advice))
	}
	return t
}

// leastCause is the width under which the beginning of a cause says nothing.
const leastCause = 12

// line puts it into at most width cells. The advice comes before the cause when
// there is not room for both, and what it means here is said behind it where it
// fits. To those who cannot mend it what it means comes first, and the advice
// only where all of it fits.
func (t trouble) line(width int) widget.Line {
	l := t.what
	if !t.theirs && t.meaning != nil {
		t.advice, t.meaning = t.meaning, t.advice
	}
	if room := width - l.Width() - 2 - behind(t.advice); t.cause != nil && room >= min(leastCause, t.cause.Width()) {
		l = slices.Concat(l, widget.Words(t.ink, ": "), t.cause.Cut(room))
	}
	add := func(part widget.Line) { l = slices.Concat(l, widget.Words(theme.Heading, between), part) }
	if t.advice != nil {
		add(t.advice)
	}
	if t.meaning != nil && (t.advice == nil || l.Width()+behind(t.meaning) <= width) {
		add(t.meaning)
	}
	return l.Cut(width)
}

// between parts what is said in one line.
const between = " · "

// behind is the width that a part takes behind another.
func behind(part widget.Line) int {
	if part == nil {
		return 0
	}
	return widget.Words(theme.Heading, between).Width() + part.Width()
}
