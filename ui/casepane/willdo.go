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
	if c.Request.State != model.Requested || !c.Item.Grants() || c.Facts == nil || c.Facts.Gone {
		return nil
	}
	asked := c.Case
	asked.Request.Allowed = allow
	p, err := workflow.PlanOf(asked, *c.Facts, now)
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
	if len(p.plan.Steps) > 0 && p.plan.Steps[0].Kind == model.OpOwner {
		lines = append(lines, p.others()...)
	}
	for _, w := range p.plan.Warnings {
		lines = append(lines, widget.Line{show(theme.Heading, w)})
	}
	return lines
}

// others says who else has access to a record that gets another owner.
func (p *pane) others() []widget.Line {
	to := model.Person{Email: p.c.Request.RequestedFor}
	var lines []widget.Line
	for _, h := range p.c.Facts.Shares {
		if to.Is(h.Email) || h.Share.None() {
			continue
		}
		line := widget.Line{show(theme.Text, h.Email), say(theme.Heading, " has ")}
		lines = append(lines, append(line, Share(theme.Heading, h.Share, p.o.Now, p.o.zone())...))
	}
	if len(lines) == 0 {
		return []widget.Line{{say(theme.Faint, "nobody else has access")}}
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
		line := widget.Line{say(theme.WarnStrong, "transfer"), say(theme.Text, " ownership to "), show(theme.Text, in.Email)}
		if owner := p.c.Facts.Owner; owner != "" {
			line = append(line, say(theme.Text, ", from "), show(theme.Strong, owner))
		}
		return line
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

// unknown is the plan for a record whose shares are not known. Only a transfer
// does not depend on them: a share the person has already may have to be kept or
// given back.
func (p *pane) unknown(allow model.Access) []widget.Line {
	picked := p.c.Target().Named()
	var lines []widget.Line
	switch {
	case allow.Right.Owner():
		lines = []widget.Line{{say(theme.WarnStrong, "transfer"), say(theme.Text, " ownership to "),
			show(theme.Text, p.c.Request.RequestedFor)}}
	default:
		lines = []widget.Line{
			{say(theme.Note, "not known yet: depends on what "), show(theme.Note, p.recipient()), say(theme.Note, " has then")},
			{say(theme.Faint, "planned from the vault before it runs")},
		}
	}
	if !picked {
		lines = append(lines, widget.Line{say(theme.Faint, "once somebody has picked the record")})
	}
	return lines
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
		return p.unknown(allow)
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
