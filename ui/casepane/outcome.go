package casepane

import (
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// outcome is what came of the request: how it ended, the work on it, and what
// somebody has through it.
func (p *pane) outcome() []widget.Fact {
	c := p.c
	var facts []widget.Fact
	if c.Request.Outcome != "" {
		facts = append(facts, widget.Fact{Label: "Outcome", Value: block(theme.Text, p.told(c.Request.Outcome))})
	}
	for _, t := range c.Tasks {
		facts = append(facts, widget.Fact{Label: "Task", Value: []widget.Line{p.task(t)}})
	}
	var orders []widget.Line
	for _, op := range c.Operations {
		orders = append(orders, p.operation(op)...)
	}
	facts = append(facts, present(widget.Fact{Label: "Vault", Value: orders}, p.made(), p.link())...)
	for _, g := range c.Grants {
		if g.Link == "" { // of a link is said what became of it
			facts = append(facts, widget.Fact{Label: "Access", Value: p.grant(g)})
		}
	}
	return facts
}

// told puts what the program said somebody had then into the past, once that is
// over.
func (p *pane) told(words string) string {
	for _, g := range p.c.Grants {
		if !g.State.Open() && g.Email != "" {
			words = past(g.Email, words)
		}
	}
	return words
}

// past says that somebody had what a sentence of the program says they have;
// other sentences are returned as they are.
func past(email, sentence string) string {
	if had, ok := strings.CutPrefix(sentence, email+" has "); ok {
		return email + " had " + had
	}
	return sentence
}

func (p *pane) task(t model.Task) widget.Line {
	line := widget.Line{show(theme.Text, string(t.Number)), say(theme.Heading, "  "+t.State.Words())}
	if t.Kind == model.TaskRevoke {
		line = append(line, say(theme.Heading, ", to take the access back"))
	}
	switch {
	case t.Assignee != "":
		line = append(line, say(theme.Faint, " · "), show(theme.Text, p.c.Name(t.Assignee)))
	case !t.State.Closed():
		line = append(line, say(theme.Faint, " · waits for "), show(theme.Text, string(t.Group)))
	}
	return line
}

// operation shows one order to the vault and, where its outcome is not plain,
// why.
func (p *pane) operation(op model.Operation) []widget.Line {
	ink, more := theme.Heading, ""
	switch op.State {
	case model.OpDone:
		ink = theme.OK
	case model.OpRefused:
		ink, more = theme.Bad, op.Reason
	case model.OpUnknown:
		ink, more = theme.Warn, op.LookingFor
		if more == "" {
			more = op.Reason
		}
	}
	line := widget.Line{say(ink, string(op.State)), say(theme.Faint, "  "), show(theme.Text, op.Intent.Words(op.Kind))}
	if op.State == model.OpScheduled && !op.NotBefore.IsZero() {
		line = append(line, say(theme.Faint, " · at "+p.o.at(op.NotBefore)))
	}
	lines := []widget.Line{line}
	if more != "" {
		lines = append(lines, block(theme.Heading, more)...)
	}
	return lines
}

// grant is what somebody has, or had, and how that ended.
func (p *pane) grant(g model.Grant) []widget.Line {
	line := widget.Line{say(theme.AccentStrong, RightName(g.Right))}
	when := func(words string) []widget.Line { return []widget.Line{append(line, say(theme.Heading, words))} }
	switch {
	case g.State == model.GrantPending:
		return []widget.Line{append(line, say(theme.Warn, "  invitation sent, not accepted yet"))}
	case !g.State.Open():
		return append(when("  "+p.span(g)), Ended(p.c, g)...)
	case g.Until.IsZero():
		return []widget.Line{append(line, say(theme.Heading, "  since "+p.o.at(g.Since)), say(theme.Warn, ", permanent"))}
	}
	return when("  since " + p.o.at(g.Since) + ", until " + p.o.at(g.Until))
}

// span is from when to when somebody had what is over.
func (p *pane) span(g model.Grant) string {
	end := g.Updated
	if end.IsZero() {
		end = g.Until
	}
	switch {
	case g.Since.IsZero(): // the invitation was never accepted
		return "never given"
	case end.IsZero():
		return "from " + p.o.at(g.Since)
	}
	return p.o.at(g.Since) + " to " + p.o.at(end)
}

// timeline is the history, oldest first.
func (p *pane) timeline() []widget.Event {
	var events []widget.Event
	for _, e := range p.c.Timeline {
		events = append(events, p.entry(e)...)
	}
	return events
}

// entry shows one line of history. What people said stands in quotes, each
// further line of it under the first.
func (p *pane) entry(e workflow.TimelineEntry) []widget.Event {
	when, clock := p.when(e)
	head := widget.Line{}
	if clock != "" {
		head = append(head, say(theme.Faint, clock+" "))
	}
	if e.Kind == model.EntryEvent {
		if e.Who != "" {
			head = append(head, show(theme.Text, e.Who), say(theme.Text, " "))
		}
		return []widget.Event{{When: when, What: append(head, show(theme.Heading, e.Text))}}
	}
	who, words := speaker(e)
	head = append(head, show(theme.Text, who))
	if e.Kind == model.EntryNote && who != vaultService {
		head = append(head, say(theme.Faint, ", work note"))
	}
	head = append(head, say(theme.Text, ": "))
	var events []widget.Event
	said := safetext.Block(strings.TrimRight(words, "\r\n"))
	for i, v := range said {
		line := widget.Line{widget.Show(theme.Quote, v)}
		if i == 0 {
			line = append(append(head, say(theme.Quote, "“")), line...)
		}
		if i == len(said)-1 {
			line = append(line, say(theme.Quote, "”"))
		}
		events = append(events, widget.Event{When: when, What: line})
		when = ""
	}
	return events
}

// vaultService is how the program names who said what it noted: these words and
// a colon stand in front of the service's own.
const vaultService = "the vault service"

// speaker returns who said what a line of history holds, and what that is.
func speaker(e workflow.TimelineEntry) (who, words string) {
	if e.Who != "" {
		return e.Who, e.Text
	}
	if words, ok := strings.CutPrefix(e.Text, vaultService+": "); ok {
		return vaultService, words
	}
	return "the program", e.Text
}

// when returns what stands in the timeline's first column, and the time of day
// where the column is taken by the date.
func (p *pane) when(e workflow.TimelineEntry) (column, clock string) {
	t, now := e.At.In(p.o.zone()), p.o.Now.In(p.o.zone())
	switch {
	case t.Year() != now.Year():
		return t.Format("Jan 2006"), t.Format("2 Jan 15:04")
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan"), t.Format("15:04")
	}
	return t.Format("15:04"), ""
}
