package casepane

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Warnings returns what has to be read before a request is decided with the
// allowance of o, as Content shows it: a decision repeats it.
func Warnings(c workflow.CaseView, o Options) []widget.Line { return newPane(c, o).warnings() }

// warnings are what has to be read first: what only this screen can know, then
// those that came with the case.
func (p *pane) warnings() []widget.Line {
	var lines []widget.Line
	add := func(spans ...widget.Span) { lines = append(lines, widget.Line(spans)) }

	var denied *model.Denied
	if err := p.c.Can(model.ActApprove); errors.As(err, &denied) && denied.Code == model.DenyOwn &&
		p.c.Request.State == model.Requested {
		add(say(theme.WarnStrong, denied.Reason))
	}
	for _, change := range p.o.Changed {
		lines = append(lines, append(widget.Line{say(theme.WarnStrong, "changed since you last looked: ")}, change...))
	}
	if p.c.Request.NeedsInfo && p.c.Request.State == model.Requested {
		who := "the requestor was"
		if p.o.own(p.c) {
			who = "you were"
		}
		until := ""
		if last := p.c.Request.LastDue(); !last.IsZero() {
			until = "; without an answer it is due " + p.o.at(last)
		}
		add(say(theme.Warn, who+" asked for more; the time for the decision stands still"+until))
	}
	ofCase := p.caseWarnings()
	if kind := p.kind(); p.c.Request.Item == model.ItemOneTimeShare && model.PAM(kind) && !slices.Contains(ofCase, model.NoLinks(kind)) {
		add(show(theme.WarnStrong, model.NoLinks(kind))) // the vault was not asked yet
	}
	lines = append(lines, p.nameWarnings()...)
	lines = append(lines, p.textWarnings()...)
	for _, w := range ofCase {
		add(show(theme.Warn, w))
	}
	return lines
}

// kind is the type of the record that the request is about, as it is now where
// the vault was asked.
func (p *pane) kind() string {
	if f := p.c.Facts; f != nil && f.Type != "" {
		return f.Type
	}
	return p.c.Target().Type
}

// caseWarnings are those of the case, once each; those about what the request
// allows so far stand aside for those about what the decision would allow.
func (p *pane) caseWarnings() []string {
	words := workflow.AccessWarnings(p.c.Case, p.c.Facts, p.o.allow(p.c))
	sofar := workflow.AccessWarnings(p.c.Case, p.c.Facts, p.c.Request.Allowed)
	for _, w := range p.c.Warnings {
		if !slices.Contains(sofar, w) && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// nameWarnings are about names that may deceive: letters of several scripts, a
// twin in the same list, characters that cannot be drawn.
func (p *pane) nameWarnings() []widget.Line {
	var lines []widget.Line
	r := p.c.Request
	names := []string{r.Target.Title, r.Target.Described, r.Target.Type, r.RequestedFor, p.c.Name(r.RequestedBy)}
	for id := range p.c.People {
		if id == r.RequestedBy || id == p.c.Recipient {
			names = append(names, p.c.People[id].Name)
		}
	}
	slices.Sort(names[5:])
	for i, name := range names {
		if name == "" || slices.Contains(names[:i], name) {
			continue
		}
		if scripts := safetext.MixedScripts(name); scripts != nil {
			lines = append(lines, widget.Line{show(theme.Warn, name),
				say(theme.Warn, " mixes letters of "+strings.Join(scripts, " and ")+": v shows them one by one")})
		}
		if hasEscapes(name) {
			lines = append(lines, widget.Line{show(theme.Warn, name),
				say(theme.Warn, " holds characters that are drawn by name: v shows them")})
		}
	}
	if len(p.o.Alike) > 0 {
		line := widget.Line{show(theme.Warn, r.Target.Label()), say(theme.Warn, " looks like ")}
		for i, other := range p.o.Alike {
			if i > 0 {
				line = append(line, say(theme.Warn, ", "))
			}
			line = append(line, show(theme.Warn, other), say(theme.Warn, strange(other)))
		}
		lines = append(lines, append(line, say(theme.Warn, ", which is another one in this list")))
	}
	return lines
}

// strange names the letters of a look-alike that are none of ours, since on the
// screen they cannot be told apart: " (with U+0440)", or "" where it has none.
func strange(name string) string {
	var points []string
	for _, r := range name {
		if point := fmt.Sprintf("U+%04X", r); r > unicode.MaxASCII && !slices.Contains(points, point) {
			points = append(points, point)
		}
	}
	if points == nil {
		return ""
	}
	return " (with " + strings.Join(points, ", ") + ")"
}

// textWarnings are about what was written in the form and is not all to be seen.
func (p *pane) textWarnings() []widget.Line {
	var lines []widget.Line
	const hidden = " holds hidden characters: v shows them"
	if hasEscapes(p.c.Request.Justification) {
		lines = append(lines, widget.Line{say(theme.Warn, "the justification"+hidden)})
	}
	for _, a := range p.c.Request.Answers {
		if hasEscapes(a.Value) {
			lines = append(lines, widget.Line{say(theme.Warn, "the answer to "), show(theme.Warn, p.label(a.Field)), say(theme.Warn, hidden)})
		}
	}
	return lines
}

// hasEscapes reports whether something in a name is drawn by name. A line break
// is not: a description may have several lines.
func hasEscapes(name string) bool {
	for _, line := range safetext.Block(name) {
		for span := range line.Spans() {
			if span.Kind == safetext.Escaped {
				return true
			}
		}
	}
	return false
}
