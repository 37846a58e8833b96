package widget

import (
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
)

// KeyBar draws the last line of the frame: the keys that work here and now, and
// what just happened. The last binding, help, is always kept; others are left
// out whole, from the end, where they do not fit beside what happened: it is said
// once, and they come back.
func KeyBar(t *theme.Theme, width int, bindings []key.Binding, help key.Binding, status Line) string {
	if width <= 0 {
		return ""
	}
	const margin = 1
	tail := keyWords(help)
	room := width - 2*margin - tail.Width()
	status = status.Cut(max(room-columnGap, 1))
	if status.Width() > 0 {
		room -= status.Width() + columnGap
	}
	var l Line
	for _, b := range bindings {
		if !b.Enabled() || b.Help().Key == "" {
			continue
		}
		k := join(keyWords(b), Words(theme.Heading, "  ")) // in the ink before it: nobody sees another one
		if k.Width() > room {
			break
		}
		room -= k.Width()
		l = append(l, k...)
	}
	l = append(l, tail...)
	left := append(Line{Say(theme.Text, " ")}, l...)
	if status.Width() == 0 {
		return left.fit(t, theme.Bar, width)
	}
	return ends(t, theme.Bar, width, left, join(status, Words(theme.Text, " ")))
}

// keyWords is a key and what it does.
func keyWords(b key.Binding) Line {
	return Line{Say(theme.AccentStrong, b.Help().Key), Say(theme.Heading, " "+b.Help().Desc)}
}
