package tasks

import (
	"slices"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// setSize lays the work area out: the request beside the work where there is
// room for both, else one page. A search has the whole body, for the sake of the
// titles: what it has to know of the request stands above it.
func (w *work) setSize(body widget.Rect) {
	w.body, w.split = body, widget.NewSplit(body, requestPercent)
	if w.readOnly || w.search != nil {
		w.split = widget.Split{List: body, Detail: body}
	}
	w.request.SetSize(w.split.List.W, w.split.List.H)
	w.page.SetSize(w.split.Detail.W, w.split.Detail.H)
	w.raw.SetSize(body.W, body.H)
	if w.search != nil {
		at := w.searchAt()
		w.search.form.SetSize(at.W, at.H)
	}
	w.draw()
}

// searchAt is where the search is drawn, away from the edges.
func (w *work) searchAt() widget.Rect {
	at := w.split.Detail
	return widget.Rect{X: at.X, Y: at.Y + 1, W: max(at.W-2, 0), H: max(at.H-1, 0)}
}

// parts is how the body is split, for the rule above it.
func (w *work) parts() widget.Split {
	if w.rawOn || w.readOnly || !w.split.Both {
		return widget.Split{}
	}
	return w.split
}

func (w *work) view() string {
	look := w.tab.env.Theme
	switch {
	case w.rawOn:
		return w.raw.View()
	case w.search != nil:
		return w.searchView()
	case w.parts().Both:
		return w.split.Join(look, w.request.View(), w.page.View(), w.page.Rules())
	}
	return w.page.View()
}

func (w *work) searchView() string {
	if w.searchAt().H == 0 {
		return ""
	}
	return "\n" + w.search.form.View(theme.Page)
}

// setRaw changes between the work and the request's texts as they are stored.
func (w *work) setRaw(on bool) {
	w.rawOn = on
	w.draw()
}

// mouse hands clicks and the wheel to the part they are over.
func (w *work) mouse(msg tea.MouseMsg) tea.Cmd {
	if w.rawOn {
		return w.raw.Update(msg)
	}
	if inner, ok := w.split.List.Mouse(msg); ok && w.parts().Both {
		return w.request.Update(inner)
	}
	if inner, ok := w.split.Detail.Mouse(msg); ok {
		return w.page.Update(inner)
	}
	return nil
}

// scroll reads on in the request, or in the page where that is part of it.
func (w *work) scroll(lines int) {
	if w.parts().Both {
		w.request.Scroll(lines)
		return
	}
	w.page.Scroll(lines)
}

// draw lays out what is shown anew.
func (w *work) draw() {
	if w.c == nil {
		if w.err != nil {
			w.page.SetEmpty("▲ " + notice.Cause(w.err).String() + " · esc goes back")
		}
		return
	}
	key := string(w.number)
	if w.rawOn {
		w.raw.SetContent(key, casepane.Raw(*w.c))
		return
	}
	if w.readOnly {
		w.page.SetContent(key, casepane.Content(*w.c, w.options()))
		return
	}
	work := widget.DetailContent{Lead: w.lead(), Warnings: w.warnings(), Timeline: casepane.Content(*w.c, w.options()).Timeline}
	parts := [][]widget.Fact{w.record(), w.planned(), w.linkFact(), w.orders()}
	if parts[1] == nil {
		parts = [][]widget.Fact{w.linkFact(), w.orders(), w.record()} // what is under way comes first
		if w.task.State.Closed() && w.c.Item.Creates() {
			parts = [][]widget.Fact{w.record(), w.orders()} // what was made does
		}
	}
	for _, s := range parts {
		if len(s) > 0 {
			work.Sections = append(work.Sections, widget.Section{Facts: s})
		}
	}
	if w.split.Both {
		w.page.SetContent(key, work)
		w.request.SetContent(key, widget.DetailContent{Title: w.title(), Right: w.holder(), Sections: w.approved()})
		return
	}
	work.Title, work.Right = w.title(), w.holder()
	if len(work.Sections) > 0 {
		work.Sections[0].Ruled = true
	}
	work.Sections = append(w.approved(), work.Sections...)
	w.page.SetContent(key, work)
}

func (w *work) options() casepane.Options {
	return casepane.Options{Now: w.tab.env.Now(), Zone: w.tab.env.Zone, Viewer: w.tab.env.Me.ID}
}

func (w *work) title() widget.Line {
	line := widget.Line{show(theme.Strong, string(w.task.Number))}
	if w.takesBack() {
		line = append(line, say(theme.Warn, "  take back"))
	}
	return line
}

// holder is who has the task, or how it ended.
func (w *work) holder() widget.Line {
	since := w.since()
	switch {
	case w.task.State.Closed():
		return widget.Words(taskInk(w.task.State), w.task.State.Words())
	case w.task.Assignee == "":
		return widget.Line{say(theme.Heading, "waits for "), show(theme.Heading, string(w.task.Group))}
	case w.task.Assignee == w.tab.env.Me.ID:
		return widget.Words(theme.Accent, "yours"+since)
	}
	return widget.Line{show(theme.Warn, w.c.Name(w.task.Assignee)), say(theme.Warn, " has it"+since)}
}

// holding is who has the task.
func (w *work) holding() holding {
	return holding{w.task.Number, w.task.State, w.c.Name(w.task.Assignee), w.task.Assignee == w.tab.env.Me.ID, takenAt(*w.c, w.task.Number)}
}

// elsewhere reports whether somebody else has the task.
func (w *work) elsewhere() bool {
	return w.task.Assignee != "" && w.task.Assignee != w.tab.env.Me.ID && !w.task.State.Closed()
}

// since says from when on somebody has the task, "" where it is not known.
func (w *work) since() string {
	at := takenAt(*w.c, w.task.Number)
	if at.IsZero() {
		return ""
	}
	return " since " + w.tab.moment(at)
}

// approved is the request as it was approved: what may be done, for whom, why,
// and who said so. Where there is room its parts stand apart.
func (w *work) approved() []widget.Section {
	c := *w.c
	c.Facts, c.FactsErr = nil, nil // what stands now is shown beside the plan
	brief := casepane.Brief(c, w.options())
	by := widget.Fact{Label: "Approved", Value: w.approvals()}
	at := 1 + slices.IndexFunc(brief.Facts, func(f widget.Fact) bool { return f.Label == "Allowed" })
	if at == 0 {
		at = 1 + slices.IndexFunc(brief.Facts, func(f widget.Fact) bool { return f.Label == "Asks" })
	}
	if at == 0 { // nothing is lowered or raised
		at = slices.IndexFunc(brief.Facts, func(f widget.Fact) bool { return f.Label == "Why" })
	}
	if at < 0 {
		at = len(brief.Facts)
	}
	brief.Facts = slices.Insert(brief.Facts, at, by)
	if !w.split.Both {
		return []widget.Section{brief}
	}
	sections := []widget.Section{{Title: brief.Title}, {}}
	for _, f := range brief.Facts {
		last := &sections[len(sections)-1]
		if f.Label == "Asks" || f.Label == "Form" {
			sections = append(sections, widget.Section{})
			last = &sections[len(sections)-1]
		}
		last.Facts = append(last.Facts, f)
	}
	return sections
}

// approvals are the votes that let the request pass.
func (w *work) approvals() []widget.Line {
	var lines []widget.Line
	for _, ap := range w.c.Counted() {
		for _, v := range ap.Votes {
			if v.Verdict != model.Approve {
				continue
			}
			line := widget.Line{say(theme.OK, "by "), show(theme.Text, w.c.Name(v.Voter))}
			if v.Seat != v.Voter {
				line = append(line, say(theme.Faint, " for "), show(theme.Text, w.c.Name(v.Seat)))
			}
			line = append(line, say(theme.Faint, " at "+w.tab.moment(v.At)))
			if v.Allowed.Right != "" {
				line = append(line, say(theme.Faint, ", "), show(theme.AccentStrong, v.Allowed.Words()))
			}
			lines = append(lines, line)
			if v.Comment != "" {
				said := block(theme.Quote, v.Comment)
				said[0] = append(widget.Words(theme.Quote, "“"), said[0]...)
				said[len(said)-1] = append(said[len(said)-1], say(theme.Quote, "”"))
				lines = append(lines, said...)
			}
		}
	}
	switch {
	case lines == nil && w.takesFromOthers():
		return []widget.Line{widget.Words(theme.Heading, "without a vote: taking access away needs none")}
	case lines == nil:
		return []widget.Line{widget.Words(theme.Heading, "without a vote, as its policy says")}
	}
	return lines
}

// record is what the work is about, and who has access to it now.
func (w *work) record() []widget.Fact {
	target := w.c.Target()
	created, made := w.c.Created()
	switch {
	case w.searches():
		return w.chosen()
	case made && w.c.Item.Creates():
		return w.made()
	case !target.Named() && w.c.Item.Creates():
		return []widget.Fact{{Label: "Folder", Value: w.noFolder()}}
	case !target.Named():
		label := "Record"
		if w.kind() == model.TargetFolder {
			label = "Folder"
		}
		return []widget.Fact{{Label: label, Value: []widget.Line{widget.Words(theme.Warn, "not picked yet: the request describes it in words")}}}
	}
	f := w.known()
	title, kind := w.named(f)
	v := []widget.Line{{show(theme.Strong, title), say(theme.Text, "  "), show(theme.Heading, kind)}}
	if f != nil && f.Path != "" && f.Path != title {
		v = append(v, widget.Line{show(theme.Heading, place(*f))})
	}
	v = append(v, widget.Line{show(theme.Faint, string(target.UID))})
	label := "Record"
	switch {
	case target.Kind == model.TargetFolder && w.c.Item.Creates():
		label = "Goes to"
	case !w.c.Request.Target.Named():
		label = "Picked"
	case target.Kind == model.TargetFolder:
		label = "Folder"
	}
	facts := append(w.made(), widget.Fact{Label: label, Value: v})
	if made && created.UID == target.UID { // it says all of that
		facts = facts[:len(facts)-1]
	}
	at := len(facts) - 1
	if g, ok := w.given(); ok {
		facts = append(facts, widget.Fact{Label: "Given", Value: []widget.Line{g}})
	}
	switch {
	case f != nil && f.Gone:
		facts[at].Value = append(facts[at].Value, widget.Line{say(theme.Bad, "does not exist in the vault any more"), w.tab.asOf(f.Read)})
	case f != nil && f.Kind == model.TargetFolder:
		if f.Whole.Named() && !w.c.Item.Creates() {
			facts[at].Value = append(facts[at].Value, widget.Line{say(theme.WarnStrong, "means all of "), show(theme.WarnStrong, f.Whole.Title),
				say(theme.Warn, ", the shared folder that it lies in")})
		}
		facts = append(facts, widget.Fact{Label: "Members", Value: append(w.holders(*f), widget.Line{w.tab.asOf(f.Read)})})
	case f != nil:
		facts = append(facts, widget.Fact{Label: "Owner", Value: []widget.Line{{show(theme.Text, f.Owner), w.tab.asOf(f.Read)}}},
			widget.Fact{Label: "Access", Value: w.holders(*f)})
	case w.asking:
		facts = append(facts, widget.Fact{Label: "Access", Value: []widget.Line{widget.Words(theme.Note, "asking the vault…")}})
	case w.factsErr != nil:
		facts = append(facts, widget.Fact{Label: "Access", Value: []widget.Line{append(widget.Words(theme.Warn, "not known: "), notice.Cause(w.factsErr)...)}})
	}
	return facts
}

// given is the access that a task takes back, and what stood before it.
func (w *work) given() (widget.Line, bool) {
	n := len(w.c.Grants)
	if n == 0 || !w.takesBack() {
		return nil, false
	}
	g := w.c.Grants[n-1]
	line := widget.Line{say(theme.AccentStrong, casepane.RightName(g.Right)), say(theme.Text, " since "+w.tab.moment(g.Since))}
	if !g.Until.IsZero() {
		line = append(line, say(theme.Text, ", until "+w.tab.moment(g.Until)))
	}
	line = append(line, say(theme.Faint, " · before it "))
	return append(line, w.tab.share(theme.Heading, g.Standing)...), true
}

// named is what the record is called now, or was when it was asked for where the
// vault does not say.
func (w *work) named(f *model.RecordFacts) (title, kind string) {
	if target := w.c.Target(); f == nil || f.Gone {
		return target.Title, target.Type
	}
	return f.Title, f.Type
}

// holders are the people who have access beside the owner.
func (w *work) holders(f model.RecordFacts) []widget.Line {
	var lines []widget.Line
	for _, h := range f.Shares {
		ink := theme.Heading
		if (model.Person{Email: w.c.Request.RequestedFor}).Is(h.Email) {
			ink = theme.Strong
		}
		line := widget.Line{show(ink, holderName(h)), say(theme.Faint, "  ")}
		lines = append(lines, append(line, w.tab.share(theme.Text, h.Share)...))
	}
	switch {
	case lines == nil && f.Kind == model.TargetFolder:
		return []widget.Line{widget.Words(theme.Heading, "nobody yet")}
	case lines == nil:
		return []widget.Line{widget.Words(theme.Heading, "nobody but the owner")}
	}
	return lines
}
