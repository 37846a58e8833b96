package casepane

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// can says who may decide, step by step as the policy has them: who has and for
// whom, what is still needed, and which group a step was given to.
func (p *pane) can() widget.Fact {
	fact := widget.Fact{Label: "Can"}
	open, waits := p.openStep()
	switch {
	case waits && len(open.Deciders) == 0:
		fact.Value = append(fact.Value, widget.Line{say(theme.Warn, "nobody who is known here can decide this")})
	case waits:
		fact.Value = append(fact.Value, deciders(open.Deciders))
	case p.voted():
		fact.Label = "Decided"
	default:
		fact.Label = "Needed" // withdrawn, say, before anybody voted
	}
	for _, s := range p.c.Steps {
		fact.Value = append(fact.Value, p.step(s)...)
	}
	if group := p.take("Emergency approval by"); group != "" {
		fact.Value = append(fact.Value, widget.Line{say(theme.Faint, "in an emergency "), show(theme.Heading, group), say(theme.Faint, " can alone")})
	}
	return fact
}

// openStep is the step that waits for votes.
func (p *pane) openStep() (workflow.StepView, bool) {
	for _, s := range p.c.Steps {
		if s.State == model.ApprovalRequested && p.c.Request.State == model.Requested {
			return s, true
		}
	}
	return workflow.StepView{}, false
}

// voted reports whether anybody has decided.
func (p *pane) voted() bool {
	return slices.ContainsFunc(p.c.Steps, func(s workflow.StepView) bool { return len(s.Votes) > 0 })
}

// deciders names who can vote, and for whom where that is not for themselves
// alone.
func deciders(all []workflow.Decider) widget.Line {
	var line widget.Line
	for i, d := range all {
		if i > 0 {
			line = append(line, say(theme.Text, ", "))
		}
		line = append(line, show(theme.Text, d.Login))
		if len(d.For) == 0 {
			continue
		}
		words := " for "
		if d.Own {
			words = " also for "
		}
		line = append(line, say(theme.Faint, words), show(theme.Heading, strings.Join(d.For, " and ")))
	}
	return line
}

// step is one step of the policy with the votes given on it that count.
func (p *pane) step(s workflow.StepView) []widget.Line {
	words := p.take("Approval step " + strconv.Itoa(s.Step))
	if words == "" {
		return nil
	}
	line := widget.Line{}
	many := len(p.c.Steps) > 1
	if many {
		line = append(line, say(theme.Faint, strconv.Itoa(s.Step)+". "))
	}
	line = append(line, show(theme.Heading, words))
	waits := s.State == model.ApprovalRequested && p.c.Request.State == model.Requested
	switch {
	case waits && (s.Missing > 1 || many):
		line = append(line, say(theme.Faint, " · "), say(theme.Heading, strconv.Itoa(s.Missing)+" more needed"))
	case s.State == model.ApprovalNotRequired:
		line = append(line, say(theme.Faint, " · not needed any more"))
	case s.State == "" && many && p.c.Request.State == model.Requested:
		line = append(line, say(theme.Faint, " · after that"))
	}
	lines := []widget.Line{line}
	if moved := p.moved(s); moved != nil {
		lines = append(lines, moved)
	}
	for _, v := range s.Votes {
		lines = append(lines, p.vote(v))
	}
	return lines
}

// moved says which other group decides a step than the policy's, and through whom.
func (p *pane) moved(s workflow.StepView) widget.Line {
	switch s.MovedBy {
	case "":
		return nil
	case model.System:
		return widget.Line{say(theme.Warn, "→ "), show(theme.Text, string(s.Group)), say(theme.Heading, ", since nobody had decided in time")}
	}
	return widget.Line{say(theme.Warn, "→ "), show(theme.Text, string(s.Group)), say(theme.Heading, ", given to it by "), show(theme.Text, p.c.Name(s.MovedBy))}
}

func (p *pane) vote(v model.Vote) widget.Line {
	ink := theme.OK
	if v.Verdict == model.Deny {
		ink = theme.Bad
	}
	line := widget.Line{say(ink, v.Verdict.Past()), say(theme.Faint, " by "), show(theme.Text, p.c.Name(v.Voter))}
	if v.Seat != "" && v.Seat != v.Voter {
		line = append(line, say(theme.Faint, " for "), show(theme.Text, p.c.Name(v.Seat)))
	}
	line = append(line, say(theme.Faint, " at "+p.o.at(v.At)))
	if v.Emergency {
		line = append(line, say(theme.Warn, ", alone, in an emergency"))
	}
	return line
}

// asked are the questions to the requestor with their answers: they are part of
// what is decided.
func (p *pane) asked() widget.Fact {
	fact := widget.Fact{Label: "Asked"}
	for i, q := range p.c.Request.Inquiries {
		n := strconv.Itoa(i + 1)
		by, question := p.take("Question "+n+" by"), p.take("Question "+n)
		replier, reply := p.take("Reply "+n+" by"), p.take("Reply "+n)
		fact.Value = append(fact.Value, p.said(by, question, q.At)...)
		if q.Open() {
			fact.Value = append(fact.Value, widget.Words(theme.Warn, "not answered yet"))
			continue
		}
		fact.Value = append(fact.Value, p.said(replier, reply, q.Answered)...)
	}
	return fact
}

// said is what somebody wrote, each further line of it under the first.
func (p *pane) said(who, words string, at time.Time) []widget.Line {
	head := widget.Line{show(theme.Text, who)}
	if !at.IsZero() {
		head = append(head, say(theme.Faint, " at "+p.o.at(at)))
	}
	lines := block(theme.Quote, strings.TrimRight(words, "\r\n"))
	lines[0] = append(append(head, say(theme.Text, ": "), say(theme.Quote, "“")), lines[0]...)
	last := len(lines) - 1
	lines[last] = append(lines[last], say(theme.Quote, "”"))
	return lines
}

// reviewed is the emergency in which the request was approved by one person alone,
// and what somebody else found afterwards.
func (p *pane) reviewed() widget.Fact {
	r := p.c.Review
	if r.ID == 0 {
		return widget.Fact{}
	}
	fact := widget.Fact{Label: "Emergency", Value: p.said(p.c.Name(r.UsedBy), r.Reason, r.Used)}
	if r.Waits() {
		fact.Value = append(fact.Value, widget.Words(theme.Warn, "not reviewed yet by somebody else"))
		return fact
	}
	fact.Value = append(fact.Value, widget.Words(theme.OK, "reviewed"))
	fact.Value = append(fact.Value, p.said(p.c.Name(r.DoneBy), r.Comment, r.Done)...)
	return fact
}
