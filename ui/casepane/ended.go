package casepane

import (
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// eitherEnd is what the worker notes in front of what was left when an access
// ended early; who ended it says which of the two it was.
const eitherEnd = "given back or revoked: "

// Ended says how an access ended: by itself, given back or revoked, by whom, and
// what was left of it. Of the case it takes the operations; a case without them
// leaves out who. It is nil while the access stands.
func Ended(c workflow.CaseView, g model.Grant) []widget.Line {
	if g.State.Open() {
		return nil
	}
	note := past(g.Email, strings.TrimPrefix(g.Note, eitherEnd))
	how := widget.Words(theme.Heading, "ended")
	if g.State == model.GrantRevoked {
		how = endedBy(c, g)
	}
	switch {
	case note == "":
		return []widget.Line{how}
	case note == g.Email+" had nothing":
		return []widget.Line{append(how, say(theme.Heading, ", nothing was left"))}
	}
	return []widget.Line{append(how, say(theme.Heading, ": "), show(theme.Heading, note))}
}

// endedBy says who ended an access before its time.
func endedBy(c workflow.CaseView, g model.Grant) widget.Line {
	var by model.PersonID
	var last time.Time
	for _, op := range c.Operations {
		if op.GrantID == g.ID && op.TaskID == 0 && !op.Created.Before(last) {
			by, last = op.RequestedBy, op.Created
		}
	}
	who := c.Name(by)
	switch {
	case who == "":
		return widget.Words(theme.Heading, "ended early")
	case by == g.Person:
		return widget.Line{say(theme.Heading, "given back by "), show(theme.Text, who)}
	}
	return widget.Line{say(theme.Heading, "revoked by "), show(theme.Text, who)}
}
