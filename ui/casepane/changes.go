package casepane

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Changes says what is different between two readings of one request, a line
// for each line of the statement that came, went or has another value. It is
// empty where a decision on the one would be a decision on the other. Of o it
// takes the clock and the zone.
func Changes(before, after workflow.CaseView, o Options) []widget.Line {
	var lines []widget.Line
	if before.Request.State != after.Request.State {
		lines = append(lines, decided(after, o))
	}
	old := before.Statement(before.Request.Allowed).Lines()
	now := after.Statement(after.Request.Allowed).Lines()
	revision := widget.Line(nil)
	for _, n := range now {
		was, found := find(old, n.Label)
		switch {
		case found && was == n.Value:
		case n.Label == "Revision":
			revision = widget.Line{say(theme.Warn, "it is revision "), show(theme.Warn, n.Value), say(theme.Warn, " now")}
		case !found:
			lines = append(lines, widget.Line{show(theme.Warn, n.Label), say(theme.Warn, " is new: "), show(theme.Text, n.Value)})
		default:
			lines = append(lines, widget.Line{show(theme.Warn, n.Label), say(theme.Warn, ": "),
				show(theme.Text, was), say(theme.Warn, " → "), show(theme.Text, n.Value)})
		}
	}
	for _, was := range old {
		if _, found := find(now, was.Label); !found {
			lines = append(lines, widget.Line{show(theme.Warn, was.Label), say(theme.Warn, " is gone, it was "), show(theme.Text, was.Value)})
		}
	}
	if len(lines) == 0 && revision != nil {
		return []widget.Line{revision}
	}
	return lines
}

// decided says how a request ended that somebody was about to decide, and by
// whom and when.
func decided(c workflow.CaseView, o Options) widget.Line {
	var last model.Vote
	for _, ap := range c.Approvals {
		for _, v := range ap.Votes {
			if v.At.After(last.At) {
				last = v
			}
		}
	}
	if last.Voter == "" || last.Verdict.Past() != c.Request.State.Words() { // withdrawn, say, after a first vote
		return widget.Line{say(theme.Warn, "it is "+c.Request.State.Words()+" now")}
	}
	return widget.Line{show(theme.Text, c.Name(last.Voter)), say(theme.Warn, " "+last.Verdict.Past()+" it at "+o.at(last.At))}
}

func find(lines []model.StatementLine, label string) (string, bool) {
	for _, l := range lines {
		if l.Label == label {
			return l.Value, true
		}
	}
	return "", false
}
