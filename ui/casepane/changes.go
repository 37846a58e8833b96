package casepane

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Changes says what is different between two readings of one request, a line
// for each line of the statement that came, went or has another value. It is
// empty where a decision on the one would be a decision on the other.
func Changes(before, after workflow.CaseView) []widget.Line {
	var lines []widget.Line
	if before.Request.State != after.Request.State {
		lines = append(lines, decided(after))
	}
	old := before.Statement(before.Request.Allowed).Lines()
	now := after.Statement(after.Request.Allowed).Lines()
	revision := widget.Line(nil)
	for _, n := range now {
		o, found := find(old, n.Label)
		switch {
		case found && o == n.Value:
		case n.Label == "Revision":
			revision = widget.Line{say(theme.Warn, "it is revision "), show(theme.Warn, n.Value), say(theme.Warn, " now")}
		case !found:
			lines = append(lines, widget.Line{show(theme.Warn, n.Label), say(theme.Warn, " is new: "), show(theme.Text, n.Value)})
		default:
			lines = append(lines, widget.Line{show(theme.Warn, n.Label), say(theme.Warn, ": "),
				show(theme.Text, o), say(theme.Warn, " → "), show(theme.Text, n.Value)})
		}
	}
	for _, o := range old {
		if _, found := find(now, o.Label); !found {
			lines = append(lines, widget.Line{show(theme.Warn, o.Label), say(theme.Warn, " is gone, it was "), show(theme.Text, o.Value)})
		}
	}
	if len(lines) == 0 && revision != nil {
		return []widget.Line{revision}
	}
	return lines
}

// decided says how a request ended that somebody was about to decide, and by
// whom.
func decided(c workflow.CaseView) widget.Line {
	line := widget.Line{say(theme.Warn, "it is "+c.Request.State.Words()+" now")}
	var last model.Vote
	for _, ap := range c.Approvals {
		for _, v := range ap.Votes {
			if v.At.After(last.At) {
				last = v
			}
		}
	}
	if last.Voter == "" {
		return line
	}
	return append(line, say(theme.Warn, ": "+last.Verdict.Past()+" by "), show(theme.Text, c.Name(last.Voter)))
}

func find(lines []model.StatementLine, label string) (string, bool) {
	for _, l := range lines {
		if l.Label == label {
			return l.Value, true
		}
	}
	return "", false
}
