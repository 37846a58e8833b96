package portal

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// recordField asks which record or folder: one of the worker's index, or a
// description in words where one may not or cannot search. Where a new record
// goes may be left to whoever makes it.
type recordField struct {
	core  *core
	item  model.Item
	field model.Field
	kind  model.TargetKind
	email func() string // who would get the access

	ways   *widget.Chips
	picker *widget.Picker
	words  *widget.Input

	hits   map[model.UID]model.Hit // of the last answer, and the one chosen
	none   bool                    // the last answer was empty
	told   map[model.UID]told
	cancel context.CancelFunc // of the search before
	width  int                // of the form
	advice string             // where a search has no answer
}

// told is what the vault said about one record, or why it did not.
type told struct {
	asking bool
	facts  model.RecordFacts
	err    error
}

// The answers to what a record field asks.
type (
	searched struct {
		field  *recordField
		gen    int
		answer workflow.SearchAnswer
		err    error
	}
	looked struct {
		field *recordField
		uid   model.UID
		facts model.RecordFacts
		err   error
	}
	reread struct {
		field *recordField
		err   error
	}
)

// The two ways to name a record.
const (
	waySearch = "search"
	wayWords  = "words"
	wayTheirs = "theirs" // who carries it out chooses
)

// uidFits is the width of a form whose results have room for the UID.
const uidFits = 96

// factsGood is how old the vault's answer about a chosen record may be before it
// is asked again.
const factsGood = time.Minute

func newRecordField(c *core, item model.Item, field model.Field, email func() string) *recordField {
	return newTargetField(c, item, field, email, "enter chooses")
}

// newTargetField is newRecordField with what enter does to a result.
func newTargetField(c *core, item model.Item, field model.Field, email func() string, chooses string) *recordField {
	t := c.env.Theme
	r := &recordField{core: c, item: item, field: field, kind: model.TargetRecord, email: email,
		hits: map[model.UID]model.Hit{}, told: map[model.UID]told{}, cancel: func() {}}
	if field.Kind == model.FieldFolder {
		r.kind = model.TargetFolder
	}
	r.advice = "ctrl+t describes the " + string(r.kind) + " in words instead"
	ways, first, placeholder := []widget.Choice{{ID: waySearch, Label: "in the vault"}, {ID: wayWords, Label: "described in words"}}, waySearch, field.Hint
	if !r.required() {
		ways, first = append([]widget.Choice{{ID: wayTheirs, Label: "who carries it out chooses"}}, ways...), wayTheirs
		placeholder = "type a part of its name, or its UID"
	}
	if first == waySearch && c.mode(item) != model.SearchLive {
		first = wayWords
	}
	r.ways = widget.NewChips(t, ways, first)
	r.picker = widget.NewPicker(t, widget.PickerOptions{
		Columns:     pickColumns(r.kind),
		Placeholder: placeholder, Chooses: chooses,
		Search: r.search,
		Look:   func(id string) tea.Cmd { return r.look(model.UID(id), false) },
	})
	r.words = widget.NewInput(t, widget.InputOptions{Limit: model.MaxDescription, Placeholder: "what it is for, where it lies, who uses it"})
	return r
}

// inWords reports whether the record is described.
func (r *recordField) inWords() bool { return r.ways.Value() == wayWords }

// items are the rows of the form.
func (r *recordField) items() []widget.FormItem {
	return []widget.FormItem{
		{Label: r.waysLabel(), Field: r.ways},
		{Label: r.field.Label, Field: r.picker, Wide: true, Hint: r.searchHint, Check: r.problem, Hidden: func() bool { return !r.searches() }},
		{Label: r.field.Label, Field: r.words, Check: r.problem, Hidden: func() bool { return !r.inWords() },
			Hint: widget.Hint(r.wordsHint())},
	}
}

func (r *recordField) wordsHint() string {
	words := "somebody picks the " + string(r.kind) + " for you"
	if r.core.mode(r.item) == model.SearchLive {
		words += "; ctrl+t searches instead"
	}
	return words
}

func (r *recordField) searchHint() widget.Line {
	if problem := r.refusal(); problem != "" && r.picker.Value() != "" {
		return widget.Line{widget.Say(theme.Bad, "▲ "), widget.Say(theme.Bad, problem)}
	}
	if r.picker.Value() != "" || r.picker.Query() != "" && !r.none {
		return nil
	}
	return widget.Words(theme.Faint, "you do not know its name? ctrl+t describes it in words")
}

// turn changes between searching and describing, and returns the field that has
// the keys then.
func (r *recordField) turn() widget.Field {
	if !r.searches() {
		r.ways.Take(waySearch)
		return r.picker
	}
	r.ways.Take(wayWords)
	return r.words
}

// target returns what is chosen or described.
func (r *recordField) target() model.Target {
	t := model.Target{Kind: r.kind}
	if r.ways.Value() == wayTheirs {
		return model.Target{}
	}
	if r.inWords() {
		t.Described = strings.TrimSpace(r.words.Value())
		return t
	}
	if uid := model.UID(r.picker.Value()); uid != "" {
		hit := r.hits[uid]
		t.UID, t.Title, t.Type = uid, hit.Title, hit.Type
	}
	return t
}

// empty reports whether nothing was typed or chosen.
func (r *recordField) empty() bool {
	return r.picker.Value() == "" && r.picker.Query() == "" && r.words.Value() == ""
}

// problem is why the target will not do, "" if it does.
func (r *recordField) problem() string {
	text := r.target().Described
	switch {
	case r.ways.Value() == wayTheirs:
		return ""
	case !r.inWords() && r.picker.Value() == "":
		return "pick one of the results, or describe it in words: ctrl+t"
	case !r.inWords():
		return r.refusal()
	case text == "":
		return "say which " + string(r.kind) + " you mean"
	case utf8.RuneCountInString(text) < model.MinDescription:
		return "describe it so that somebody else can find it"
	}
	return widget.TooLong(text, model.MaxDescription)
}

// facts returns what the vault said about the chosen record, false while it has
// not.
func (r *recordField) facts() (model.RecordFacts, bool) {
	got, known := r.told[r.target().UID]
	return got.facts, known && got.err == nil && !got.asking
}

// search asks the index. What was typed before is not waited for any more.
func (r *recordField) search(query string, gen int) tea.Cmd {
	r.cancel()
	stop, cancel := context.WithCancel(r.core.env.Root)
	r.cancel = cancel
	me := r.core.env.Me.ID
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		ctx, end := context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(stop, end)()
		answer, err := r.core.svc.Search(ctx, me, query, r.kind)
		return searched{r, gen, answer, err}
	})
}

func (r *recordField) searched(msg searched) tea.Cmd {
	if errors.Is(msg.err, context.Canceled) {
		return nil
	}
	if msg.err != nil {
		cause := notice.Cause(msg.err)
		r.picker.Fail(msg.gen, cause, widget.Words(theme.Faint, r.advice))
		return nil
	}
	now := r.core.env.Now()
	cmd := r.picker.Results(msg.gen, r.picks(msg.answer.Hits), msg.answer.Total-len(msg.answer.Hits), now.Sub(msg.answer.Built))
	r.none = len(msg.answer.Hits) == 0
	r.showInfo()
	return cmd
}

// picks are the rows of an answer. A title that mixes scripts or looks like
// another one among them carries a mark.
func (r *recordField) picks(hits []model.Hit) []widget.Pick {
	chosen := model.UID(r.picker.Value())
	for uid := range r.hits {
		if uid != chosen {
			delete(r.hits, uid)
		}
	}
	titles := make([]string, len(hits))
	for i, h := range hits {
		titles[i] = h.Title
	}
	alike := safetext.LookAlikes(titles)
	picks := make([]widget.Pick, len(hits))
	for i, h := range hits {
		r.hits[h.UID] = h
		title := widget.Line{}
		if safetext.MixedScripts(h.Title) != nil || len(alike[h.Title]) > 0 {
			title = append(title, widget.Say(theme.WarnStrong, "▲ "))
		}
		name := append(title[:len(title):len(title)], widget.Show(theme.Strong, visible(h.Title)), widget.Say(theme.Text, "  "), widget.Show(theme.Heading, visible(h.Type)))
		picks[i] = widget.Pick{ID: string(h.UID), Name: name, Cells: r.cells(h, title)}
	}
	return picks
}

// look asks the vault about one record.
func (r *recordField) look(uid model.UID, fresh bool) tea.Cmd {
	before := r.told[uid]
	before.asking = true
	r.told[uid] = before
	r.showInfo()
	me := r.core.env.Me.ID
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		facts, err := r.core.svc.Facts(ctx, me, uid, fresh)
		return looked{r, uid, facts, err}
	})
}

func (r *recordField) looked(msg looked) {
	r.told[msg.uid] = told{facts: msg.facts, err: msg.err}
	r.showInfo()
}

// settle asks about the record that was just chosen, unless the vault did answer
// a moment ago.
func (r *recordField) settle() tea.Cmd {
	r.showInfo()
	uid := r.target().UID
	got, known := r.told[uid]
	if uid == "" || got.asking || known && got.err == nil && r.core.env.Now().Sub(got.facts.Read) < factsGood {
		return nil
	}
	if known && got.err != nil {
		return nil // ctrl+r asks again
	}
	return r.look(uid, false)
}

// refresh reads the list of titles again, and the facts of what is chosen.
func (r *recordField) refresh() tea.Cmd {
	if uid := r.target().UID; uid != "" {
		return r.look(uid, true)
	}
	me := r.core.env.Me.ID
	return r.core.env.Do(func(ctx context.Context) tea.Msg {
		return reread{r, r.core.svc.RefreshIndex(ctx, me)}
	})
}

func (r *recordField) reread(msg reread) tea.Cmd {
	if msg.err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(msg.err))
	}
	return tea.Batch(r.picker.Refresh(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, "the vault's list was read again")))
}

// showInfo puts under the picker what is known about the record that the cursor
// is on or that is chosen.
func (r *recordField) showInfo() {
	for _, id := range []string{r.picker.Highlighted(), r.picker.Value()} {
		if got, known := r.told[model.UID(id)]; known && id != "" {
			r.picker.Info(id, r.info(model.UID(id), got))
		}
	}
}

// info is where a record lies, whose it is, and what the recipient has of it.
func (r *recordField) info(uid model.UID, got told) []widget.Line {
	c, f := r.core, got.facts
	switch {
	case got.asking && f.Read.IsZero():
		return []widget.Line{widget.Words(theme.Note, "asking the vault…")}
	case got.err != nil:
		return []widget.Line{append(widget.Words(theme.Warn, "the vault does not say who has it: "), notice.Cause(got.err)...)}
	case f.Gone:
		return []widget.Line{widget.Words(theme.Bad, "the vault has it no more: ctrl+r reads its list again")}
	}
	place := widget.Line{widget.Show(theme.Heading, visible(f.Path))}
	if f.Path == "" || r.kind == model.TargetFolder && f.Path == f.Title {
		place = widget.Words(theme.Faint, map[model.TargetKind]string{model.TargetRecord: "in no folder", model.TargetFolder: "at the top"}[r.kind])
	}
	if f.Owner != "" {
		place = append(place, widget.Say(theme.Faint, "  owner "), widget.Show(theme.Heading, visible(f.Owner)))
	}
	if more := r.contents(f); more != nil {
		place = append(append(place, widget.Say(theme.Faint, "  ")), more...)
	}
	lines := append([]widget.Line{place}, r.whole(f)...)
	if hit := r.hits[uid]; hit.Title != f.Title && f.Title != "" {
		lines = append(lines, widget.Line{widget.Say(theme.Warn, "now called "), widget.Show(theme.Text, visible(f.Title))})
	}
	switch email := r.email(); {
	case email == "" || !r.required():
	case !f.Tells(email):
		lines = append(lines, widget.Line{widget.Say(theme.Faint, "what "), widget.Show(theme.Heading, visible(email)),
			widget.Say(theme.Faint, " has of it is not yours to see; those who decide see it")})
	default:
		has := widget.Line{widget.Show(theme.Heading, visible(email)), widget.Say(theme.Faint, " has ")}
		has = append(has, casepane.Share(theme.Text, f.Share(email), c.env.Now(), c.env.Zone)...)
		lines = append(lines, append(has, widget.Say(theme.Faint, "  "+asOf(c.env.Now().Sub(f.Read)))))
	}
	if r.picker.Value() == "" && r.width >= uidFits {
		return lines // it stands in its row
	}
	return append(lines, widget.Foreign(theme.Faint, visible(string(uid))))
}

// asOf says how long ago the vault was read.
func asOf(age time.Duration) string {
	if age < time.Minute {
		return "as of just now"
	}
	return "as of " + widget.Age(age) + " ago"
}
