package portal

import (
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// visible is foreign text of one line.
func visible(s string) safetext.Visible { return safetext.Line(s) }

// plain is the text of an error for people: without the name of the field, which
// stands in front of it already.
func plain(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, named := range []error{model.ErrJustification, model.ErrDuration} {
		text = strings.TrimPrefix(text, named.Error()+": ")
	}
	return text
}

// moment writes a time as shortly as it is clear on the day of now.
func moment(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	switch {
	case t.Year() != now.Year():
		return t.Format("2006-01-02 15:04")
	case t.YearDay() != now.YearDay():
		return t.Format("Jan 2 15:04")
	}
	return t.Format("15:04")
}

// day writes the day of a time, its time on the day of now.
func day(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	switch {
	case t.Year() != now.Year():
		return t.Format("Jan 2006")
	case t.YearDay() != now.YearDay():
		return t.Format("Jan 2")
	}
	return t.Format("15:04")
}

// shareWords say what somebody has, in the zone of the screen.
func shareWords(s model.Share, now time.Time, zone *time.Location) widget.Line {
	switch {
	case s.None():
		return widget.Words(theme.Text, "nothing")
	case s.Right.Owner():
		return widget.Words(theme.Text, "owner")
	}
	end := ", permanent"
	if !s.Expires.IsZero() {
		end = " until " + moment(s.Expires, now, zone)
	}
	line := widget.Words(theme.Text, string(s.Right)+end)
	if s.Pending {
		line = append(line, widget.Say(theme.Warn, " (invitation not accepted yet)"))
	}
	return line
}

// rightWidth is the column of the short word for a right and of the gap behind
// it.
const rightWidth = 7

// wants is a right and what it is on, as the lists of this tab show them: faint
// where nothing comes of it any more.
func wants(r workflow.RequestRow, deceives, faint bool) widget.Line {
	line := casepane.Wants(r.Item, r.Asked.Right)
	line = append(line, widget.Say(theme.Accent, strings.Repeat(" ", max(rightWidth-line.Width(), 2))))
	line = append(line, casepane.Subject(r, deceives)...)
	if faint {
		return line.In(theme.Faint)
	}
	return line
}

// operator is the workflow's sign for a comparison; lists know no difference
// between more and at least.
func operator(op widget.Op) string {
	switch op {
	case widget.More, widget.AtLeast:
		return ">"
	case widget.Less, widget.AtMost:
		return "<"
	}
	return ""
}

// fits reports whether every word of a filter is in one of the texts, in any
// case.
func fits(f widget.Filter, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, w := range f.Words {
		if !strings.Contains(all, strings.ToLower(w)) {
			return false
		}
	}
	return true
}
