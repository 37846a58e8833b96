package tasks

import (
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
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
func (t *Tab) moment(at time.Time) string { return widget.Moment(at, t.env.Now(), t.env.Zone) }

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
	return casepane.Share(ink, s, t.env.Now(), t.env.Zone)
}

// tally is a number with what it counts.
func tally(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
