package tasks

import (
	"context"
	"slices"
	"strconv"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// search finds the record or folder that a request only described, or what
// answers a search: then each choice is marked, and none ends it.
type search struct {
	work    *work
	form    *widget.Form
	picker  *widget.Picker
	picking bool
	last    found // what is shown
}

// The answers of a search.
type (
	found struct {
		search *search
		gen    int
		answer workflow.SearchAnswer
		err    error
	}
	looked struct {
		search *search
		uid    model.UID
		facts  model.RecordFacts
		err    error
	}
	picked struct {
		work *work
		task model.Number
		name widget.Line
		err  error
	}
)

// The results shown at once, and the lines of the page around them.
const (
	leastResults = 4
	mostResults  = 14
	aroundThem   = 16
	roomForWhy   = 28
)

// holdersShown is how many people with access are named for a result; all are
// once it is picked.
const holdersShown = 4

// openSearch opens the search, or says why another record cannot be chosen.
func (w *work) openSearch() tea.Cmd {
	switch {
	case w.takesBack():
		return notice.Warn("what is taken back is what was given: there is nothing to pick")
	case w.takesFromOthers():
		return notice.Warn("what is taken is named already: there is nothing to pick")
	case w.byHand():
		return notice.Warn("there is nothing to pick for this task")
	case w.elsewhere():
		return w.tab.others(w.holding(), w.c)
	case w.c.Can(w.picks()) != nil:
		return notice.Say(tab.NoticeWarn, notice.Cause(w.c.Can(w.picks())))
	}
	s := &search{work: w}
	s.picker = widget.NewPicker(w.tab.env.Theme, widget.PickerOptions{
		Columns: pickColumns(w.kind()),
		Rows:    min(max(w.body.H-aroundThem, leastResults), mostResults), Placeholder: pickHint(w.kind()),
		Search: s.ask, Look: s.look,
	})
	label := "Record"
	if w.kind() == model.TargetFolder {
		label = "Folder"
	}
	s.form = widget.NewForm(w.tab.env.Theme, []widget.FormItem{
		{Label: "Asked for", Text: s.described},
		{Label: "For", Text: s.recipient},
		{Label: label, Field: s.picker, Wide: true},
		{Label: "Answer", Text: s.marked, Hidden: func() bool { return !w.searches() }},
		{Text: s.hint},
	})
	w.search = s
	w.setSize(w.body)
	return nil
}

// picks is what choosing is, by the rules.
func (w *work) picks() model.Action {
	if w.searches() {
		return model.ActComplete
	}
	return model.ActPick
}

// pickColumns are the columns of results. Folders have no type.
func pickColumns(kind model.TargetKind) []widget.PickColumn {
	if kind == model.TargetFolder {
		return []widget.PickColumn{{Title: "NAME", Width: 24, Flex: 2}, {Title: "DESCRIPTION", Width: 18, Flex: 2, Drop: 1}, {Title: "UID", Width: 22, Drop: 2}}
	}
	return []widget.PickColumn{{Title: "TITLE", Width: 24, Flex: 2}, {Title: "TYPE", Width: 17, Flex: 1, Drop: 1},
		{Title: "DESCRIPTION", Width: 18, Flex: 2, Drop: 2}, {Title: "UID", Width: 22, Drop: 3}}
}

func pickHint(kind model.TargetKind) string {
	if kind == model.TargetFolder {
		return "a part of the folder's name, or its UID"
	}
	return "a title, a type, a word of the description, or a UID"
}

// described is what the requestor wrote.
func (s *search) described() []widget.Line {
	r := s.work.c.Request
	said := r.Target.Described
	if s.work.searches() {
		said, _ = r.Answer(model.FieldWords)
	}
	lines := block(theme.Quote, said)
	if said == "" {
		lines = []widget.Line{{say(theme.Text, "a folder for "), show(theme.Text, title(r)), say(theme.Heading, ", which nobody chose yet")}}
	}
	if picked := s.work.c.Target(); picked.Named() {
		lines = append(lines, widget.Line{say(theme.Faint, "picked so far: "), show(theme.Text, picked.Label())})
	}
	return lines
}

// recipient is who gets what on the record, and why where there is room.
func (s *search) recipient() []widget.Line {
	r := s.work.c.Request
	lines := []widget.Line{{show(theme.Text, r.RequestedFor)}}
	if r.Allowed.Right != "" {
		lines[0] = append(lines[0], say(theme.Faint, ": "), show(theme.AccentStrong, r.Allowed.Words()))
	}
	if s.work.body.H >= roomForWhy {
		lines = append(lines, block(theme.Heading, r.Justification)...)
	}
	return lines
}

func (s *search) hint() []widget.Line {
	if s.picking {
		return []widget.Line{widget.Words(theme.Note, "asking the vault whether it is there…")}
	}
	if s.work.searches() {
		return []widget.Line{widget.Words(theme.Note, "enter marks what fits, and takes the mark away. Nothing is sent before esc and then f.")}
	}
	return []widget.Line{widget.Words(theme.Note, "What you type stays in this program: it is looked up in its own list of titles. esc goes back.")}
}

// input is a key, a click or a paste.
func (s *search) input(msg tea.Msg) tea.Cmd {
	w := s.work
	if k, ok := msg.(tea.KeyPressMsg); ok && key.Matches(k, w.tab.keys.Back) {
		w.search = nil
		w.setSize(w.body)
		w.draw()
		return nil
	}
	if s.picking {
		return nil
	}
	if m, ok := msg.(tea.MouseMsg); ok {
		inner, hit := w.searchAt().Mouse(m)
		if !hit {
			return nil
		}
		msg = inner
	}
	cmd, _ := s.form.Update(msg)
	pick, chosen := s.picker.Chosen()
	switch {
	case !chosen:
		return cmd
	case w.searches():
		w.mark(s.last.answer.Hits, model.UID(pick.ID))
		s.form.Update(tea.KeyPressMsg{Code: tea.KeyBackspace}) // back to the results
		return tea.Batch(cmd, s.show())
	}
	s.picking = true
	uid, task, me, svc := model.UID(pick.ID), w.task.Number, w.tab.env.Me.ID, w.tab.svc
	return tea.Batch(cmd, w.tab.env.Do(func(ctx context.Context) tea.Msg {
		return picked{w, task, pick.Name, svc.Pick(ctx, me, task, uid)}
	}))
}

// ask searches the worker's list of titles.
func (s *search) ask(text string, gen int) tea.Cmd {
	w := s.work
	kind, me, svc := w.kind(), w.tab.env.Me.ID, w.tab.svc
	return w.tab.env.Do(func(ctx context.Context) tea.Msg {
		answer, err := svc.Search(ctx, me, text, kind)
		return found{s, gen, answer, err}
	})
}

func (s *search) found(msg found) tea.Cmd {
	if msg.err != nil {
		cause, advice := notice.Trouble(msg.err, s.work.tab.env.Me)
		s.picker.Fail(msg.gen, cause, advice)
		return nil
	}
	s.last = msg
	return s.show()
}

// show shows what was found last, with the marks.
func (s *search) show() tea.Cmd {
	w, msg := s.work, s.last
	picks := picksOf(msg.answer.Hits, w.kind(), w.marks)
	return s.picker.Results(msg.gen, picks, max(msg.answer.Total-len(picks), 0), w.tab.env.Now().Sub(msg.answer.Built))
}

// picksOf are hits as a picker lists them: names that deceive have a sign, and
// those that are marked another one.
func picksOf(hits []model.Hit, kind model.TargetKind, marked func(model.UID) bool) []widget.Pick {
	titles := make([]string, len(hits))
	for i, h := range hits {
		titles[i] = h.Title
	}
	alike := safetext.LookAlikes(titles)
	picks := make([]widget.Pick, len(hits))
	for i, h := range hits {
		name := widget.Foreign(theme.Text, safetext.Line(h.Title))
		cell := name
		if safetext.MixedScripts(h.Title) != nil || len(alike[h.Title]) > 0 {
			cell = append(widget.Words(theme.WarnStrong, "▲ "), name...)
		}
		if marked(h.UID) {
			cell = append(widget.Words(theme.OK, "✓ "), cell...)
		}
		about := widget.Foreign(theme.Heading, safetext.Line(h.Description))
		if h.Nested {
			about = widget.Words(theme.Warn, "nested: cannot be shared")
		}
		picks[i] = widget.Pick{ID: string(h.UID), Name: name, Cells: []widget.Line{cell,
			widget.Foreign(theme.Heading, safetext.Line(h.Type)), about, widget.Foreign(theme.Faint, safetext.Line(string(h.UID)))}}
		if kind == model.TargetFolder {
			picks[i].Cells = slices.Delete(picks[i].Cells, 1, 2)
		}
	}
	return picks
}

// look asks for path, owner and access of the result on which the cursor rests.
func (s *search) look(id string) tea.Cmd {
	uid, me, svc := model.UID(id), s.work.tab.env.Me.ID, s.work.tab.svc
	s.picker.Info(id, []widget.Line{widget.Words(theme.Note, "asking the vault…")})
	return s.work.tab.env.Do(func(ctx context.Context) tea.Msg {
		facts, err := svc.Facts(ctx, me, uid, false)
		return looked{s, uid, facts, err}
	})
}

func (s *search) looked(msg looked) {
	if msg.err != nil {
		s.picker.Info(string(msg.uid), []widget.Line{append(widget.Words(theme.Warn, "not known: "), notice.Cause(msg.err)...)})
		return
	}
	s.picker.Info(string(msg.uid), s.work.tab.lookLines(msg.facts, s.work.c.Request.RequestedFor))
}

// place says in which folder a record is; the vault calls its own root "/".
func place(f model.RecordFacts) string {
	if f.Path == "" || f.Path == "/" {
		return "in no shared folder"
	}
	return f.Path
}

// lookLines is a record in a few lines: where it is, whose, and who has what.
func (t *Tab) lookLines(f model.RecordFacts, email string) []widget.Line {
	if f.Gone {
		return []widget.Line{widget.Words(theme.Bad, "the vault does not know it any more")}
	}
	lines := []widget.Line{
		{say(theme.Faint, "UID    "), show(theme.Heading, string(f.UID))},
		{say(theme.Faint, "Path   "), show(theme.Heading, place(f))},
	}
	if f.Kind == model.TargetFolder {
		lines = append(lines, widget.Line{say(theme.Faint, "Holds  "), say(theme.Heading, tally(f.Records, "record", "records"))})
	} else {
		lines = append(lines, widget.Line{say(theme.Faint, "Owner  "), show(theme.Heading, f.Owner)})
	}
	if f.Whole.Named() {
		lines = append(lines, widget.Line{say(theme.Warn, "In     "), show(theme.WarnStrong, f.Whole.Title), say(theme.Warn, ", which is shared only as a whole")})
	}
	if why := f.Unshareable(); why != "" {
		lines = append(lines, widget.Line{show(theme.Bad, why)})
	}
	if email == "" {
		return lines
	}
	has := append(widget.Line{say(theme.Faint, "Has    "), show(theme.Text, email), say(theme.Faint, ": ")}, t.share(theme.Text, f.Share(email))...)
	lines = append(lines, has)
	others := widget.Line{say(theme.Faint, "Also   ")}
	n := 0
	for _, h := range f.Shares {
		if (model.Person{Email: email}).Is(h.Email) {
			continue
		}
		if n++; n > holdersShown {
			continue
		}
		if n > 1 {
			others = append(others, say(theme.Faint, " · "))
		}
		others = append(append(others, show(theme.Heading, holderName(h)), say(theme.Faint, " ")), t.share(theme.Heading, h.Share)...)
	}
	if n > holdersShown {
		others = append(others, say(theme.Faint, " and "+strconv.Itoa(n-holdersShown)+" more"))
	}
	if n > 0 {
		lines = append(lines, others)
	}
	return lines
}

// picked takes over what was chosen, or lets the person choose again.
func (w *work) picked(msg picked) tea.Cmd {
	if msg.err == nil {
		said := append(widget.Words(theme.OK, string(msg.task)+": picked "), msg.name...)
		if msg.work != w {
			return notice.Say(tab.NoticeOK, said)
		}
		w.search = nil
		w.setSize(w.body)
		w.draw()
		return tea.Batch(w.read(), notice.Say(tab.NoticeOK, said))
	}
	if msg.work == w && w.search != nil {
		w.search.picking = false
		w.search.form.Update(tea.KeyPressMsg{Code: tea.KeyBackspace}) // back to the results
	}
	return tea.Batch(w.read(), notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not picked: "), notice.Cause(msg.err)...)))
}
