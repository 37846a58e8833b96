package casepane

import (
	"time"

	"countersign/model"
	"countersign/safetext"
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
	var lines []widget.Line
	for _, v := range safetext.Block(foreign) {
		lines = append(lines, widget.Foreign(ink, v))
	}
	return lines
}

// accessSpans shows an access in the words of the statement, "edit, 4 h", the
// right in front, and what has no end as a warning.
func accessSpans(a model.Access) []widget.Span {
	ink := theme.Text
	if a.Limit.IsPermanent() {
		ink = theme.Warn
	}
	return []widget.Span{
		say(rightInk(a.Right), RightName(a.Right)), say(theme.Text, ", "), say(ink, a.Limit.String()),
	}
}

// rightInk marks ownership, which cannot be taken back.
func rightInk(r model.Right) theme.Ink {
	if r.Owner() {
		return theme.WarnStrong
	}
	return theme.AccentStrong
}

// RightName is a right in the one or two words of a line about what somebody has:
// its own name, but for a member of a folder who manages nothing: that is stored as none.
func RightName(r model.Right) string {
	if r == model.RightNone {
		return "member"
	}
	return string(r)
}

// Share writes what somebody has, its end on the clock of a zone.
func Share(ink theme.Ink, s model.Share, now time.Time, zone *time.Location) widget.Line {
	var line widget.Line
	switch {
	case s.None():
		return widget.Words(ink, "nothing")
	case s.Right.Owner():
		line = widget.Words(ink, "owner")
	case s.Expires.IsZero():
		line = widget.Words(ink, RightName(s.Right)+", permanent")
	default:
		line = widget.Words(ink, RightName(s.Right)+" until "+widget.Moment(s.Expires, now, zone))
	}
	if s.Pending {
		line = append(line, say(theme.Warn, " (invitation not accepted yet)"))
	}
	return line
}

// at writes a moment on the clock of whoever looks.
func (o Options) at(t time.Time) string { return widget.Moment(t, o.Now, o.zone()) }

// recipient names who gets the access as shortly as it is unique.
func (p *pane) recipient() string {
	if who := p.c.Name(p.c.Recipient); who != "" {
		return who
	}
	return p.c.Request.RequestedFor
}
