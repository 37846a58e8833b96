package tasks

import (
	"context"
	"errors"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// say and show are the two ways of text into a line: words of ours and foreign
// ones.
func say(ink theme.Ink, words string) widget.Span { return widget.Say(ink, words) }

func show(ink theme.Ink, foreign string) widget.Span {
	return widget.Show(ink, safetext.Line(foreign))
}

// block shows foreign text of several lines.
func block(ink theme.Ink, foreign string) []widget.Line {
	return widget.Paragraphs(ink, safetext.Block(strings.TrimRight(foreign, "\r\n")))
}

// moment writes a time as shortly as it is clear today.
func (t *Tab) moment(at time.Time) string {
	at, now := at.In(t.env.Zone), t.env.Now().In(t.env.Zone)
	switch {
	case at.Year() != now.Year():
		return at.Format("2006-01-02 15:04")
	case at.YearDay() != now.YearDay():
		return at.Format("2 Jan 15:04")
	}
	return at.Format("15:04")
}

// asOf says how long ago the vault was read.
func (t *Tab) asOf(read time.Time) widget.Span {
	age := t.env.Now().Sub(read)
	if age < time.Minute {
		return say(theme.Faint, "  as of just now")
	}
	return say(theme.Faint, "  as of "+widget.Age(age)+" ago")
}

// ago says how long something is past.
func (t *Tab) ago(at time.Time) string {
	age := t.env.Now().Sub(at)
	if age < time.Minute {
		return "just now"
	}
	return widget.Age(age) + " ago"
}

// until says how long it is to a moment, "now" when it has come.
func (t *Tab) until(at time.Time) string {
	left := at.Sub(t.env.Now())
	if left <= 0 {
		return "now"
	}
	return "in " + widget.Due(left)
}

// share writes what somebody has, with its end on the person's clock.
func (t *Tab) share(ink theme.Ink, s model.Share) widget.Line {
	var line widget.Line
	switch {
	case s.None():
		return widget.Words(ink, "nothing")
	case s.Right.Owner():
		line = widget.Words(ink, "owner")
	case s.Expires.IsZero():
		line = widget.Words(ink, string(s.Right)+", permanent")
	default:
		line = widget.Words(ink, string(s.Right)+" until "+t.moment(s.Expires))
	}
	if s.Pending {
		line = append(line, say(theme.Warn, " (invitation not accepted yet)"))
	}
	return line
}

// notice says what just happened.
func notice(kind tab.NoticeKind, text widget.Line) tea.Cmd {
	return tab.Send(tab.Notice{Kind: kind, Text: text})
}

// warn is a notice in words of ours.
func warn(words string) tea.Cmd { return notice(tab.NoticeWarn, widget.Words(theme.Warn, words)) }

// trouble says why something could not be read or done, and what helps.
func trouble(err error) (cause, advice widget.Line) {
	advice = widget.Words(theme.Faint, "R tries again, 5 shows the log")
	var vault *workflow.VaultError
	var denied *model.Denied
	var conflict *workflow.Conflict
	var invalid workflow.Invalid
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return widget.Words(theme.Bad, "there was no answer in time"), advice
	case errors.As(err, &vault):
		return widget.Foreign(theme.Bad, safetext.Line(vault.Text)), widget.Foreign(theme.Faint, safetext.Line(vault.Advice))
	case errors.As(err, &denied):
		return widget.Foreign(theme.Warn, safetext.Line(denied.Reason)), nil
	case errors.As(err, &conflict):
		return widget.Foreign(theme.Warn, safetext.Line(conflictWords(conflict))), advice
	case errors.As(err, &invalid):
		return widget.Foreign(theme.Warn, safetext.Line(invalid.Error())), nil
	}
	return widget.Foreign(theme.Bad, safetext.Line(err.Error())), advice
}

// note is the cause alone, for a notice.
func note(err error) widget.Line {
	cause, _ := trouble(err)
	return cause
}

// conflictWords says what came between, without the number where something
// better is known than that it has changed.
func conflictWords(c *workflow.Conflict) string {
	if c.Decided || len(c.Changed) == 0 {
		return c.Error()
	}
	return strings.Join(c.Changed, "; ")
}

// warnOf is a notice about why something cannot be done.
func warnOf(err error) tea.Cmd { return notice(tab.NoticeWarn, note(err)) }
