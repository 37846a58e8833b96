package tasks

import (
	"slices"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// changes says what a plan changes, each as it is now and then.
func (t *Tab) changes(p workflow.PlanView, email string) []widget.Line {
	first := p.Plan.Steps[0]
	switch {
	case first.Kind == model.OpCreate:
		return t.createChanges(p)
	case first.Kind == model.OpUpdate:
		return diffLines(p.Diff)
	case first.Kind == model.OpLink:
		line := widget.Line{say(theme.Text, "no link"), say(theme.Faint, " → "), say(theme.AccentStrong, "one link, "+string(first.Intent.Right))}
		return append([]widget.Line{append(line, say(theme.Text, ", "+first.Intent.Limit.String()))}, t.linkEnd(first.Intent)...)
	case first.Kind == model.OpUnlink:
		return []widget.Line{{say(theme.Text, "the link "), show(theme.Heading, casepane.LinkName(first.Intent.Link)), say(theme.Faint, " → "), say(theme.AccentStrong, "gone")}}
	case first.Kind == model.OpDefaults:
		return []widget.Line{defaultsChange(first.Intent)}
	case len(takers(p.Plan)) > 1, len(takers(p.Plan)) == 1 && p.Plan.Now.None():
		return t.lossChanges(p.Plan)
	}
	if first.Intent.Email != "" {
		email = first.Intent.Who()
	}
	plan := []widget.Line{t.change(p.Plan, email)}
	if end := t.end(p.Plan); end != nil {
		plan = append(plan, end)
	}
	for _, s := range p.Plan.Steps {
		if s.Kind == model.OpDefaults {
			plan = append(plan, defaultsChange(s.Intent))
		}
	}
	return plan
}

// defaultsChange is what all members of a folder may do with later records.
func defaultsChange(in model.Intent) widget.Line {
	return widget.Line{say(theme.Text, "all members, with later records: "), show(theme.Heading, string(in.Before.Right)),
		say(theme.Faint, " → "), show(theme.AccentStrong, string(in.Right))}
}

// linkEnd says until when a link would live.
func (t *Tab) linkEnd(in model.Intent) []widget.Line {
	end := in.Limit.End(t.env.Now())
	if end.IsZero() {
		return nil
	}
	words := "it lives until " + t.moment(end)
	if in.Limit.Length() > 0 {
		words = "it lives until about " + t.moment(end) + " if made now"
	}
	return []widget.Line{widget.Words(theme.Heading, words)}
}

// createChanges is a new record, and what somebody gets on it.
func (t *Tab) createChanges(p workflow.PlanView) []widget.Line {
	in := p.Plan.Steps[0].Intent
	line := widget.Line{say(theme.Heading, "nothing"), say(theme.Faint, " → "), show(theme.AccentStrong, in.Create.Title), say(theme.Text, "  "),
		show(theme.Heading, in.Create.Type)}
	where := widget.Words(theme.Heading, "in no shared folder")
	if in.Folder != "" {
		where = widget.Line{say(theme.Heading, "in "), show(theme.Text, folderName(p.Facts, in.Folder))}
	}
	lines := []widget.Line{line, where}
	for _, s := range p.Plan.Steps[1:] {
		got := widget.Line{show(theme.Text, s.Intent.Who()), say(theme.Faint, ": "), say(theme.Heading, "nothing"), say(theme.Faint, " → ")}
		if s.Kind == model.OpLink {
			got = widget.Words(theme.Text, "one link to it, ")
		}
		ink := theme.AccentStrong
		if s.Intent.Right.Owner() {
			ink = theme.WarnStrong
		}
		lines = append(lines, append(got, show(ink, string(s.Intent.Right)), say(theme.Text, ", "+s.Intent.Limit.String())))
	}
	return lines
}

func folderName(f model.RecordFacts, uid model.UID) string {
	if f.UID == uid && f.Title != "" {
		return f.Title
	}
	return string(uid)
}

// newFields are the fields of a record that a plan creates: texts as they are,
// and of secrets only how they are given.
func newFields(p model.Plan) []widget.Line {
	if len(p.Steps) == 0 {
		return nil
	}
	n := p.Steps[0].Intent.Create
	if n == nil {
		return nil
	}
	item, _ := model.FindItem(n.Item)
	var lines []widget.Line
	for _, v := range n.Fields {
		field, found := item.Field(v.Field)
		if !found { // given inside a task, under another name
			at := slices.IndexFunc(item.Fields, func(f model.Field) bool { return f.Vault == v.Vault })
			if at >= 0 {
				field = item.Fields[at]
			}
		}
		ink := theme.Text
		if v.Sealed || !v.Generate.None() {
			ink = theme.OK
		}
		label := widget.Words(theme.Faint, field.Label+": ")
		said := widget.Paragraphs(ink, safetext.Block(v.Words()))
		said[0] = append(label, said[0]...)
		lines = append(lines, said...)
	}
	if lines == nil {
		return []widget.Line{widget.Words(theme.Heading, "none but the title")}
	}
	return lines
}

// diffLines are the fields of a record, now and then. Of a secret one only how it
// is given.
func diffLines(diff []workflow.FieldDiff) []widget.Line {
	var lines []widget.Line
	for _, d := range diff {
		line := widget.Line{show(theme.Faint, d.Label), say(theme.Faint, ": ")}
		now, then := show(theme.Heading, d.Now), show(theme.AccentStrong, d.Then)
		if d.Now == "" {
			now = say(theme.Heading, "empty")
		}
		if d.Then == "" {
			then = say(theme.WarnStrong, "empty")
		}
		lines = append(lines, append(line, now, say(theme.Faint, " → "), then))
	}
	return lines
}

// takers are those who lose what was not given here, in the order of the plan.
func takers(p model.Plan) []model.Intent {
	var lose []model.Intent
	for _, s := range p.Steps {
		if s.Kind == model.OpRemove || s.Kind == model.OpLeave {
			lose = append(lose, s.Intent)
		}
	}
	return lose
}

// lossChanges is what several people lose, a line each.
func (t *Tab) lossChanges(p model.Plan) []widget.Line {
	var lines []widget.Line
	for _, in := range takers(p) {
		line := append(widget.Line{show(theme.Text, in.Who()), say(theme.Faint, ": ")}, t.share(theme.Heading, in.Before)...)
		lines = append(lines, append(line, say(theme.Faint, " → "), say(theme.AccentStrong, "nothing")))
	}
	return lines
}

// otherSentence says what a plan does that is not about one person's access to
// what is there; nil for one that is.
func (r *running) otherSentence(who, record widget.Span) widget.Line {
	p := r.plan.Plan
	if p.Nothing != "" {
		return widget.Words(theme.Text, "Nothing is sent to the vault.")
	}
	text := func(words string) widget.Span { return say(theme.Text, words) }
	first := p.Steps[0]
	lose := takers(p)
	switch {
	case first.Kind == model.OpCreate:
		line := widget.Line{text("A record is made: "), show(theme.Strong, first.Intent.Create.Title)}
		for _, s := range p.Steps[1:] {
			switch s.Kind {
			case model.OpLink:
				line = append(line, text(", and a link to it"))
			case model.OpGrant, model.OpOwner:
				line = append(line, text("; "), show(theme.Strong, s.Intent.Who()), text(" gets "), show(theme.AccentStrong, string(s.Intent.Right)))
			}
		}
		return append(line, text("."))
	case first.Kind == model.OpUpdate:
		return widget.Line{record, text(" is changed in the vault. Who has it then, has it changed.")}
	case first.Kind == model.OpLink:
		by := r.work.c.Name(r.work.c.Request.RequestedBy)
		return widget.Line{text("A link with "), show(theme.AccentStrong, string(first.Intent.Right)), text(" to "), record, text(" is made. Only "),
			show(theme.Strong, by), text(" will see it, once.")}
	case first.Kind == model.OpUnlink:
		return widget.Line{text("The link to "), record, text(" is removed: it opens nothing any more.")}
	case first.Kind == model.OpDefaults:
		return widget.Line{text("What all members of "), record, text(" may do with later records is changed.")}
	case len(lose) > 1:
		return widget.Line{text(tally(len(lose), "person loses", "people lose") + " what they have on "), record, text(".")}
	case len(lose) == 1 && first.Kind == model.OpLeave:
		return widget.Line{show(theme.Strong, lose[0].Who()), text(" is no member of "), record, text(" any more.")}
	case len(lose) == 1:
		return widget.Line{show(theme.Strong, lose[0].Who()), text(" loses the share of "), record, text(".")}
	case first.Kind == model.OpJoin && !leadsBack(p):
		return widget.Line{show(theme.Strong, first.Intent.Who()), text(" gets "), show(theme.AccentStrong, first.Intent.Right.Words()), text(" of "), record, text(".")}
	}
	return nil
}

// change is what somebody has now and then.
func (t *Tab) change(p model.Plan, email string) widget.Line {
	line := widget.Line{show(theme.Text, email), say(theme.Faint, ": ")}
	line = append(append(line, t.share(theme.Heading, p.Now)...), say(theme.Faint, " → "))
	if leadsBack(p) {
		return append(line, t.share(theme.AccentStrong, remains(p))...)
	}
	ink, limit := theme.AccentStrong, theme.Text
	if p.Want.Right.Owner() {
		return append(line, say(theme.WarnStrong, "owner"))
	}
	if p.Want.Limit.IsPermanent() {
		limit = theme.Warn
	}
	line = append(line, say(ink, casepane.RightName(p.Want.Right)), say(theme.Text, ", "))
	if p.Want.Limit.IsPermanent() || p.Want.Limit.Length() > 0 {
		return append(line, say(limit, p.Want.Limit.String()))
	}
	return append(line, say(limit, "until "+t.moment(p.Want.Limit.End(t.env.Now()))))
}

// leadsBack reports whether a plan takes back what was given: no right is wanted
// then.
func leadsBack(p model.Plan) bool { return p.Want.Right == "" }

// remains is what somebody has when a plan that leads back is done.
func remains(p model.Plan) model.Share {
	last := p.Steps[len(p.Steps)-1]
	left := model.Share{Right: last.Intent.Right, Expires: last.Intent.Expires}
	if last.Kind == model.OpLower {
		left.Expires = p.Now.Expires // taking a right away changes no end
	}
	return left
}

// end says when the access ends, and what is given back then.
func (t *Tab) end(p model.Plan) widget.Line {
	var line widget.Line
	if p.Want.Limit.Length() > 0 {
		line = widget.Words(theme.Heading, "until about "+t.moment(p.Want.Limit.End(t.env.Now()))+" if run now")
	}
	if p.Standing.None() || leadsBack(p) {
		return line
	}
	if line != nil {
		line = append(line, say(theme.Heading, ", "))
	}
	return append(append(line, say(theme.Heading, "then again ")), t.share(theme.Text, p.Standing)...)
}
