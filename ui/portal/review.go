package portal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// reviewWidth is the width of the review where the screen has it.
const reviewWidth = 88

// review is the last look at a draft. What it submits is what it draws, whatever
// becomes of the form under it.
type review struct {
	form   *form
	draft  workflow.Draft
	dialog *widget.Dialog
}

// openReview shows a draft as the request that it would be.
func (f *form) openReview(d workflow.Draft) {
	r := &review{form: f, draft: d}
	r.dialog = widget.NewDialog(f.core.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Review: "+inSentence(f.item.Name)), Evidence: r.content(),
		Buttons: []widget.Button{{ID: buttonBack, Label: "Go back and change"}, {ID: buttonConfirm, Label: "Submit", Confirm: true}},
		Width:   reviewWidth, Now: f.core.env.Now,
		Done: func(id string) tea.Cmd {
			f.review = nil
			if id != buttonConfirm {
				wipe(r.draft)
				return nil
			}
			return f.submit(r.draft)
		},
	})
	f.review = r
	f.core.stack.Push(r.dialog)
}

// redraw takes over what the vault has said meanwhile.
func (r *review) redraw() { r.dialog.SetEvidence(r.content()) }

// content is the statement of the request as it would be stored, drawn as those
// who decide will see it, and what follows from it.
func (r *review) content() widget.DetailContent {
	c, view := r.form.core, r.form.preview(r.draft)
	now, zone := c.env.Now(), c.env.Zone
	bare := view
	bare.Request.Answers = nil
	brief := casepane.Brief(bare, casepane.Options{Now: now, Zone: zone, Viewer: c.env.Me.ID})
	content := widget.DetailContent{Warnings: r.warnings(view)}
	var groups [][]widget.Fact
	for _, fact := range brief.Facts {
		switch fact.Label {
		case "Form", "Policy", "Warning", "Will do": // said below, in the words of somebody who asks
			continue
		case "What":
			if r.form.item.Searches() {
				continue // it is what the form asks first
			}
			if r.form.item.Creates() {
				fact.Value = r.goesInto()
			}
		case "Who", "Asks", "Has":
			groups = append(groups, nil)
		}
		if groups == nil {
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		*last = append(*last, fact)
		if fact.Label == "Asks" {
			*last = append(*last, widget.Fact{Label: "Until", Value: []widget.Line{endWords(theme.Text, r.draft.Asked.Limit, now, zone)}})
		}
	}
	answers, willDo := r.answers(view.Request.Answers), r.willDo(view)
	if len(answers) > 0 {
		groups = append(groups, answers)
	}
	if n := len(groups) - 1; n >= 0 {
		groups[n] = append(groups[n], willDo...)
	}
	if r.form.height < roomy {
		groups = [][]widget.Fact{slices.Concat(groups...)}
	}
	for _, facts := range append(groups, r.goesTo(view.Request.Policy)) {
		if len(facts) > 0 {
			content.Sections = append(content.Sections, widget.Section{Facts: facts})
		}
	}
	return content
}

// roomy is the height of a body in which the review sets its parts apart.
const roomy = 28

// warnings are what should be known before it is submitted.
func (r *review) warnings(view workflow.CaseView) []widget.Line {
	var lines []widget.Line
	if f := view.Facts; f != nil && !f.Gone {
		asked := view.Case
		asked.Request.Allowed = asked.Request.Asked
		plan, err := workflow.PlanOf(asked, *f, r.form.core.env.Now())
		if err == nil && plan.Nothing != "" {
			lines = append(lines, widget.Line{widget.Say(theme.Warn, "there is nothing to ask for: "), widget.Show(theme.Warn, visible(plan.Nothing))})
		}
	}
	if f := view.Facts; f != nil && f.Gone {
		lines = append(lines, widget.Words(theme.Warn, "the vault does not have this "+string(r.draft.Target.Kind)+" any more"))
	}
	if f := view.Facts; f != nil && f.Whole.Named() && r.form.record.required() {
		lines = append(lines, widget.Line{widget.Say(theme.Warn, "this folder is a part of "), widget.Show(theme.WarnStrong, visible(f.Whole.Title)),
			widget.Say(theme.Warn, ": you would get all of that shared folder")})
	}
	if r.draft.Asked.Right.Owner() {
		lines = append(lines, widget.Words(theme.Warn, "ownership is given for good: it cannot be taken back here"))
	}
	if !r.draft.Target.Named() && r.draft.Target.Kind != model.TargetNone {
		lines = append(lines, widget.Words(theme.Text, "described in words: somebody picks the "+string(r.draft.Target.Kind)+" that you mean"))
	}
	return lines
}

// goesTo says who decides and who does the work.
func (r *review) goesTo(p model.Policy) []widget.Fact {
	if len(p.Steps) == 0 {
		return []widget.Fact{{Label: "Decides", Value: []widget.Line{widget.Words(theme.Heading, "the approvers of this item; who they are is said once it is submitted")}}}
	}
	return []widget.Fact{{Label: "Decides", Value: decides(p)}, {Label: "Then", Value: []widget.Line{worksOn(p, r.draft.Target)}}}
}

// decides says step by step who must agree, and by when.
func decides(p model.Policy) []widget.Line {
	var lines []widget.Line
	for i, step := range p.Steps {
		line := widget.Foreign(theme.Text, visible(step.Words()))
		if i > 0 {
			line = append(widget.Words(theme.Text, "then "), line...)
		}
		lines = append(lines, line)
	}
	if within := p.DueIn; within.Length() > 0 {
		lines[0] = append(lines[0], widget.Say(theme.Faint, ", within "+within.String()+" or it expires"))
	}
	return lines
}

// worksOn says who carries it out once it is approved.
func worksOn(p model.Policy, t model.Target) widget.Line {
	if p.Fulfilment == model.FulfilAutomatic && t.Named() {
		return widget.Words(theme.Text, "it is carried out by itself")
	}
	return widget.Line{widget.Show(theme.Text, visible(string(p.FulfilGroup))), widget.Say(theme.Text, " carry it out")}
}

// submitted answers submit.
type submitted struct {
	form     *form
	request  model.Request
	deciders []string
	err      error
}

// submit stores the draft as a request, and asks who can decide it.
func (f *form) submit(d workflow.Draft) tea.Cmd {
	f.busy, f.sends = true, true
	svc, me := f.core.svc, f.core.env.Me.ID
	return f.core.env.Do(func(ctx context.Context) tea.Msg {
		r, err := svc.Submit(ctx, me, d)
		if err != nil {
			return submitted{form: f, err: err}
		}
		c, err := svc.Case(ctx, me, r.Number)
		if err != nil {
			return submitted{form: f, request: r} // it stands all the same
		}
		return submitted{form: f, request: r, deciders: c.Deciders}
	})
}

// failed says why the draft was not stored; the form is as it was.
func (f *form) failed(err error) tea.Cmd {
	f.busy, f.sends = false, false
	if errors.Is(err, context.DeadlineExceeded) {
		f.core.tell(widget.Words(theme.Strong, "No answer"), widget.DetailContent{Lead: []widget.Line{
			widget.Words(theme.Warn, "The queue did not answer in time, so it is not known whether the request was stored."),
			widget.Words(theme.Text, "Look in My requests before you submit it again; your draft is kept."),
		}})
		return nil
	}
	return f.refused(err)
}

// tellSubmitted says under which number the request goes, who may decide it and
// where to watch it.
func (c *core) tellSubmitted(msg submitted) {
	r := msg.request
	zone, now := c.env.Zone, c.env.Now()
	who := widget.Line{}
	if len(msg.deciders) > 0 {
		who = widget.Foreign(theme.Text, visible(strings.Join(msg.deciders, ", ")))
	}
	can := decidesNow(r.Policy, who)
	facts := []widget.Fact{{Label: "Decides", Value: can}}
	if !r.Due.IsZero() {
		facts = append(facts, widget.Fact{Label: "Until", Value: []widget.Line{{
			widget.Say(theme.Text, widget.Moment(r.Due, now, zone)), widget.Say(theme.Faint, ", "+widget.Age(r.Due.Sub(now).Round(time.Minute))+" from now; then it expires")}}})
	}
	facts = append(facts, widget.Fact{Label: "Watch it", Value: []widget.Line{widget.Words(theme.Text, "in the Portal under My requests")}})
	c.stack.Push(widget.NewDialog(c.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, string(r.Number)+" is submitted"),
		Evidence: widget.DetailContent{
			Lead:     []widget.Line{askedFor(r)},
			Sections: []widget.Section{{Facts: facts}},
		},
		Buttons: []widget.Button{{ID: buttonWatch, Label: "Watch it"}, {ID: buttonBack, Label: "Back to the catalog"}},
		Now:     c.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonWatch {
				return nil
			}
			return tab.Send(tab.Goto{Tab: tab.Portal, Number: r.Number})
		},
	}))
}

// buttonWatch leads from the submitted request to its row.
const buttonWatch = "watch"

// decidesNow names who can decide the first step, in front of what it needs.
func decidesNow(p model.Policy, who widget.Line) []widget.Line {
	var lines []widget.Line
	if len(who) > 0 {
		lines = append(lines, who)
	}
	if step, ok := p.Step(1); ok {
		return append(lines, widget.Foreign(theme.Heading, visible(step.Words())))
	}
	if lines == nil {
		return []widget.Line{widget.Words(theme.Heading, "see the request")}
	}
	return lines
}

// askedFor is a request in one sentence.
func askedFor(r model.Request) widget.Line {
	item, _ := model.FindItem(r.Item)
	switch title, _ := r.Answer(model.FieldTitle); {
	case item.Creates():
		return widget.Line{widget.Say(theme.Text, "A new record: "), widget.Show(theme.Strong, visible(title)), widget.Say(theme.Heading, "  "+item.RecordType)}
	case item.Searches():
		words, _ := r.Answer(model.FieldWords)
		return widget.Line{widget.Say(theme.Text, "Somebody looks for the "+string(item.Target)+" "), widget.Show(theme.Strong, visible(words))}
	}
	asks := rightAsked(r.Asked.Right)
	line := widget.Line{widget.Show(theme.Strong, visible(r.RequestedFor)), widget.Say(theme.Text, " asks for "), widget.Say(theme.AccentStrong, asks),
		widget.Say(theme.Text, " on "), widget.Show(theme.Strong, visible(r.Target.Label()))}
	if item.Key == model.ItemOneTimeShare {
		line[2] = widget.Say(theme.AccentStrong, "a link to "+asks)
		line[3] = widget.Say(theme.Text, ": ")
	}
	return append(line, widget.Say(theme.Text, ", "+r.Asked.Limit.String()))
}

// rightAsked is a right within a sentence.
func rightAsked(r model.Right) string {
	if r.OnFolder() {
		return r.Words()
	}
	return string(r)
}
