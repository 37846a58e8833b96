package casepane

import (
	"errors"
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

// planOf plans a request that is still to be decided; nil where nothing is done
// in the vault, and while it has not told what the plan depends on. Of the folder
// that a new record goes to, the plan depends on nothing but that it is there.
func planOf(c workflow.CaseView, allow model.Access, now time.Time) *plan {
	if c.Request.State != model.Requested || !c.Item.Grants() && !c.Item.Creates() {
		return nil
	}
	var facts model.RecordFacts
	switch {
	case c.Facts != nil && (c.Facts.Gone || !c.Facts.Tells(c.Request.RequestedFor)):
		return nil
	case c.Facts != nil:
		facts = *c.Facts
	case !c.Item.Creates():
		return nil
	default:
		facts = model.RecordFacts{Kind: model.TargetFolder, UID: c.Target().UID, Title: c.Target().Title}
	}
	if why := facts.Unshareable(); why != "" {
		return &plan{err: errors.New(why)}
	}
	asked := c.Case
	asked.Request.Allowed = allow
	p, err := workflow.PlanOf(asked, facts, now)
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
		what := "record"
		if p.c.Target().Kind == model.TargetFolder {
			what = "folder"
		}
		fact.Value = []widget.Line{{say(theme.Bad, "nothing can be done: the "+what+" is gone")}}
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
	if len(p.plan.Steps) > 0 && p.plan.Steps[0].Kind == model.OpOwner && p.c.Facts.Only == "" {
		lines = append(lines, p.others()...)
	}
	if p.placeless() {
		return append(lines, widget.Words(theme.Heading, "in no folder, unless who carries it out chooses one"))
	}
	for _, w := range p.plan.Warnings {
		lines = append(lines, widget.Line{show(theme.Heading, w)})
	}
	return lines
}

// placeless reports whether it is left to the fulfiller where a new record goes.
func (p *pane) placeless() bool { return p.c.Item.Creates() && !p.c.Target().Named() }

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
	case s.Kind == model.OpCreate:
		return p.create(in)
	case s.Kind == model.OpLink:
		return widget.Line{say(theme.Accent, "make"), say(theme.Text, " a link with "+string(in.Right)+" to "), show(theme.Strong, in.Title), say(theme.Text, end)}
	case s.Kind == model.OpDefaults:
		return widget.Line{say(theme.Accent, "change"), say(theme.Text, " what members may do with later records: "+string(in.Before.Right)+" → "+string(in.Right))}
	case p.c.Item.Creates() && s.Kind == model.OpGrant:
		return widget.Line{say(theme.Accent, "give"), say(theme.Text, " "), show(theme.Text, who), say(theme.Text, " "+string(in.Right)+" on it, permanent")}
	case p.c.Item.Creates():
		return widget.Line{say(theme.WarnStrong, "transfer"), say(theme.Text, " its ownership to "), show(theme.Text, in.Email)}
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
		return widget.Line{say(theme.Text, ", then "+RightName(in.Right)+" again"+end)}
	case !s.At.IsZero():
		return widget.Line{say(theme.Accent, "later"), say(theme.Text, ", "+p.o.at(s.At)+": "+RightName(in.Right)+end)}
	case s.Kind == model.OpJoin && have == "":
		return widget.Line{say(theme.Accent, "add"), say(theme.Text, " "), show(theme.Text, who), say(theme.Text, " to "), show(theme.Strong, in.Title),
			say(theme.Text, " as a "+member(in.Right)+end)}
	case have == "":
		return widget.Line{say(theme.Accent, "give"), say(theme.Text, " "), show(theme.Text, who), say(theme.Text, " "+string(in.Right)+end)}
	}
	of := "'s share: "
	if s.Kind == model.OpJoin {
		of = "'s membership: "
	}
	change := of + RightName(have) + " → " + RightName(in.Right) + end
	if have == in.Right {
		change = of + RightName(in.Right) + " as before" + end
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

// unknown is the plan for a record or folder whose shares are not known. Only a transfer
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
		lines = append(lines, widget.Line{say(theme.Faint, "once somebody has picked the "+string(p.c.Item.Target))})
	}
	return lines
}

// unplanned says what is known before the vault was asked, or where nothing is
// planned.
func (p *pane) unplanned() []widget.Line {
	allow := p.o.allow(p.c)
	switch {
	case p.c.Item.Searches():
		return []widget.Line{widget.Words(theme.Text, "look for it and answer; nothing changes in the vault")}
	case p.c.Request.Item == model.ItemOneTimeShare:
		return []widget.Line{{say(theme.Accent, "make"), say(theme.Text, " a link with "+string(allow.Right)+", ends "+ending(allow.Limit, p.o))}}
	case p.c.Item.Grants():
		return p.unknown(allow)
	}
	return nil
}
