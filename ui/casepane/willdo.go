package casepane

import (
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// plan is what granting would do, on what the vault said last.
type plan struct {
	model.Plan
	err error // why it cannot be done
}

// planOf plans a request for access to a named record that is still to be
// decided; nil for everything else and while the vault has not answered.
func planOf(c workflow.CaseView, allow model.Access, now time.Time) *plan {
	r := c.Request
	if r.State != model.Requested || r.Item != model.ItemRecordAccess || c.Facts == nil || c.Facts.Gone {
		return nil
	}
	p, err := model.PlanRecordAccess(c.Facts.UID, r.RequestedFor, c.Facts.Share(r.RequestedFor), allow, now)
	return &plan{p, err}
}

// WillDo says what is done with the vault once the request is granted with the
// allowance of o: nil when the request does not wait for a decision any more.
// The lines are the steps in the order they are taken, then what is special
// about them.
func WillDo(c workflow.CaseView, o Options) []widget.Line {
	return newPane(c, o).willDo().Value
}

func (p *pane) willDo() widget.Fact {
	if p.c.Request.State != model.Requested {
		return widget.Fact{}
	}
	fact := widget.Fact{Label: "Will do"}
	switch {
	case p.plan != nil:
		fact.Value = p.planned()
	case p.c.Facts != nil && p.c.Facts.Gone:
		fact.Value = []widget.Line{{say(theme.Bad, "nothing can be done: the record is gone")}}
	default:
		fact.Value = p.unplanned()
	}
	return fact
}

// planned shows the steps of a plan and what has to be known about them.
func (p *pane) planned() []widget.Line {
	switch {
	case p.plan.err != nil:
		return []widget.Line{{say(theme.Bad, "cannot be done: "), show(theme.Bad, p.plan.err.Error())}}
	case p.plan.Nothing != "":
		return []widget.Line{{say(theme.WarnStrong, "nothing: "), show(theme.Warn, p.plan.Nothing)}}
	}
	var lines []widget.Line
	have := p.plan.Now.Right
	for i, s := range p.plan.Steps {
		line := p.planStep(s, have)
		have = s.Intent.Right
		if s.AfterGrant && i > 0 {
			lines[i-1] = append(lines[i-1], line...)
			continue
		}
		lines = append(lines, line)
	}
	for _, w := range p.plan.Warnings {
		lines = append(lines, widget.Line{show(theme.Heading, w)})
	}
	return lines
}

// planStep shows one step for somebody who has a right by then.
func (p *pane) planStep(s model.Step, have model.Right) widget.Line {
	who, in := p.recipient(), s.Intent
	end := ""
	switch {
	case !in.Expires.IsZero():
		end = ", until " + p.o.at(in.Expires)
	case !in.Limit.IsPermanent():
		end = ", ends " + ending(in.Limit, p.o)
	}
	switch {
	case s.Kind == model.OpOwner:
		return widget.Line{say(theme.WarnStrong, "transfer"), say(theme.Text, " ownership to "), show(theme.Text, in.Email)}
	case s.Kind == model.OpLower:
		return widget.Line{say(theme.Accent, "lower"), say(theme.Text, " "), show(theme.Text, who),
			say(theme.Text, "'s share to "+string(in.Right)+" first")}
	case s.Kind == model.OpRemove:
		return widget.Line{say(theme.Accent, "remove"), say(theme.Text, " "), show(theme.Text, who), say(theme.Text, "'s share")}
	case s.AfterGrant:
		return widget.Line{say(theme.Text, ", then "+string(in.Right)+" again"+end)}
	case !s.At.IsZero():
		return widget.Line{say(theme.Accent, "later"), say(theme.Text, ", "+p.o.at(s.At)+": "+string(in.Right)+end)}
	case have == "":
		return widget.Line{say(theme.Accent, "give"), say(theme.Text, " "), show(theme.Text, who), say(theme.Text, " "+string(in.Right)+end)}
	}
	change := "'s share: " + string(have) + " → " + string(in.Right) + end
	if have == in.Right {
		change = "'s share: " + string(in.Right) + " as before" + end
	}
	return widget.Line{say(theme.Accent, "change"), say(theme.Text, " "), show(theme.Text, who), say(theme.Text, change)}
}

// ending says when a limit ends: after a time that only begins with the grant,
// or at a moment.
func ending(l model.Limit, o Options) string {
	if l.Length() > 0 {
		return "after " + l.String()
	}
	return o.at(l.End(o.Now))
}

// unplanned says what is known before the vault was asked, or where no plan is
// made of one record.
func (p *pane) unplanned() []widget.Line {
	r, allow := p.c.Request, p.o.allow(p.c)
	end := ""
	if allow.Right != "" {
		end = ", permanent"
		if !allow.Limit.IsPermanent() {
			end = ", ends " + ending(allow.Limit, p.o)
		}
	}
	give := func(verb, what string) widget.Line {
		return widget.Line{say(theme.Accent, verb), say(theme.Text, " "+what)}
	}
	switch r.Item {
	case model.ItemRecordAccess:
		line := append(give("give", ""), show(theme.Text, p.recipient()), say(theme.Text, " "+string(allow.Right)+end))
		if allow.Right.Owner() {
			line = append(give("transfer", "ownership to "), show(theme.Text, r.RequestedFor))
		}
		if !p.c.Target().Named() {
			return []widget.Line{line, {say(theme.Faint, "once somebody has picked the record")}}
		}
		return []widget.Line{line}
	case model.ItemFolderAccess:
		line := append(give("add", ""), show(theme.Text, p.recipient()),
			say(theme.Text, " to the folder, rights: "+string(allow.Right)+end))
		return []widget.Line{line}
	case model.ItemOneTimeShare:
		return []widget.Line{give("make", "a link that opens the record once"+end)}
	}
	if p.c.Item.RecordType != "" {
		return []widget.Line{give("create", "a record of type "+p.c.Item.RecordType)}
	}
	return nil
}
