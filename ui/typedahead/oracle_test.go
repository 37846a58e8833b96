package typedahead

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/safetext"
)

// quiet is how long nothing must have been typed over a dialog that stands on the
// screen before it can be confirmed (DESIGN 6).
const quiet = 400 * time.Millisecond

// torn is how long a screen may be in pieces after its size has changed, until it
// is drawn anew: nobody takes that for a dialog that went away.
const torn = 50 * time.Millisecond

// counts reports whether something disturbs who reads: a button of the mouse that
// is let go and another size of the window do not.
func (in input) counts() bool {
	return in.bytes != "" && (!strings.HasPrefix(in.bytes, "\x1b[<") || !strings.HasSuffix(in.bytes, "m"))
}

// illegal says why an order was not confirmed on a dialog that was drawn, from
// nothing but what was typed and what stood on the screen, each with its time; ""
// where it was.
func illegal(s *sitting, o order) string {
	// The key that confirmed: the first one of the moment. What is sent with it or
	// right behind it comes too late to matter.
	last := -1
	for i, in := range s.inputs {
		if !in.counts() {
			continue
		}
		if !in.at.After(o.at) && (last < 0 || in.at.After(s.inputs[last].at)) {
			last = i
		}
	}
	if last < 0 {
		return "nothing was typed"
	}
	enter := s.inputs[last]
	if !strings.HasPrefix(enter.bytes, "\r") || enter.pasted {
		return fmt.Sprintf("confirmed by %q", enter.bytes)
	}
	// What stood on the screen when it was pressed.
	frames := s.screen.frames
	at := -1
	for i, f := range frames {
		if f.at.Before(enter.at) {
			at = i
		}
	}
	if at < 0 {
		return "nothing was drawn"
	}
	b, open := boxOf(frames[at].text)
	if !open {
		return "no dialog was drawn:\n" + frames[at].text
	}
	if b.on == "" || b.on != b.last || o.button != "" && b.on != o.button {
		return fmt.Sprintf("the button %q had the keys:\n%s", b.on, frames[at].text)
	}
	if hidden := b.rest(o.shows); len(hidden) > 0 {
		return fmt.Sprintf("the dialog does not say %q:\n%s", hidden, frames[at].text)
	}
	// Since when this dialog stood there, and whether its evidence was longer than
	// its place.
	since, scrolls := frames[at].at, false
	hidden := b.rest(o.about)
	unread := slices.Concat(o.read, hidden)
	for i := at; i >= 0; i-- {
		of, open := boxOf(frames[i].text)
		if !open || of.title != b.title {
			if i+1 < len(frames) && frames[i+1].at.Sub(frames[i].at) < torn {
				continue
			}
			break
		}
		since, scrolls = frames[i].at, scrolls || strings.Contains(of.body, "more line")
		unread = of.rest(unread)
	}
	if len(hidden) > 0 && !scrolls {
		return fmt.Sprintf("the dialog does not say %q:\n%s", hidden, frames[at].text)
	}
	if len(unread) > 0 {
		return fmt.Sprintf("the dialog never said %q:\n%s", unread, frames[at].text)
	}
	from := since
	var longest time.Duration
	for _, in := range s.inputs[:last+1] {
		if in.counts() && in.at.After(from) {
			longest = max(longest, in.at.Sub(from))
			from = in.at
		}
	}
	if longest < quiet {
		return fmt.Sprintf("the dialog stood there for %s, with %s of quiet at most", enter.at.Sub(since), longest)
	}
	return ""
}

// rest returns those of some words that the dialog does not show. What is pasted may
// hold characters that are drawn by their names; in a field of several lines, tabs
// and line feeds are not.
func (b box) rest(words []string) []string {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	text := squeeze(b.title + b.body)
	var rest []string
	for _, w := range words {
		var lines strings.Builder
		for _, l := range safetext.Block(w) {
			lines.WriteString(l.String() + " ")
		}
		if !strings.Contains(text, squeeze(safetext.Line(w).String())) && !strings.Contains(text, squeeze(lines.String())) {
			rest = append(rest, w)
		}
	}
	return rest
}
