package logs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

const (
	pageRows = 100
	// mostRows is how many rows a list that is followed keeps before it goes
	// back to one page.
	mostRows = 1000
)

// view is a pane of any kind of row, as the tab handles it.
type view interface {
	title() string
	load() tea.Cmd
	take(msg tea.Msg) (tea.Cmd, bool)
	press(msg tea.Msg) tea.Cmd
	follow() bool
	follows() bool
	searches() bool
	stop()
	refetch() tea.Cmd
	filterBar() *widget.FilterBar
	listKeys() widget.ListKeys
	selected() (chosen, bool)
	setSize(width, height int, focused bool)
	setNote(widget.Line)
	redraw()
	draw() string
}

// chosen is what the tab wants to know of the row under the cursor.
type chosen struct {
	id          string
	correlation model.CorrelationID
	object      string
	content     widget.DetailContent
}

// copyable reports whether the object may go to the clipboard (DESIGN 6).
func (c chosen) copyable() bool {
	return model.Number(c.object).Valid() || model.UID(c.object).Valid()
}

// paneOptions say what is different between the views.
type paneOptions[R any] struct {
	title         string
	columns       []widget.Column[R]
	terms         []string
	empty, advice string
	// quotes is set where words in quotes are looked for as they are, and others as
	// words.
	quotes   bool
	id       func(R) int64
	describe func(R) chosen
	clock    func(at time.Time) string
	ask      func(ctx context.Context, q workflow.Query) (answer[R], error)
}

// answer is a page with what else is said about it.
type answer[R any] struct {
	workflow.Page[R]
	top     int64     // the newest row that there was, 0 where that is not said
	reached time.Time // how far back a search has looked that goes on
}

// pane is one view: rows of one kind, newest first.
type pane[R any] struct {
	env    *tab.Env
	opts   paneOptions[R]
	list   *widget.List[R]
	filter *widget.FilterBar
	next   workflow.Cursor
	top    int64 // rows up to this one have been asked for, 0 while that is not known
	gen    int   // of the last question; answers to older ones are dropped

	// A search goes on by itself until there are enough rows.
	searching bool
	enough    int
	reached   time.Time // how far back it came, zero where all was looked at

	following bool
	behind    bool // there are newer rows than the list could take in
	above     bool // newer rows came in above the cursor since it was on the newest
	note      widget.Line
}

// asks is which rows a question is about.
type asks int

const (
	newest asks = iota
	older       // those behind the rows that are there
	newer       // those that came since
)

// answered answers one question of one pane.
type answered[R any] struct {
	pane   *pane[R]
	gen    int
	about  asks
	answer answer[R]
	err    error
}

func newPane[R any](env *tab.Env, opts paneOptions[R]) *pane[R] {
	p := &pane[R]{env: env, opts: opts}
	p.filter = widget.NewFilterBar(env.Theme, opts.terms, func(widget.Filter) tea.Cmd {
		p.list.Clear()
		p.behind, p.above = false, false
		return p.begin()
	})
	p.list = widget.NewList(env.Theme, widget.ListOptions[R]{
		Columns:    opts.columns,
		ID:         p.key,
		More:       p.more,
		Unmarkable: true,
	})
	p.setEmpty()
	return p
}

// setEmpty says what an empty list means: that there is nothing, that the filter
// lets nothing through, or that it is being looked.
func (p *pane[R]) setEmpty() {
	advice := "/ changes the filter, esc drops it."
	if f := p.filter.Filter(); p.opts.quotes && len(f.Words) > len(f.Quoted) {
		advice = "Only whole words are found; \"in quotes\", parts of them as well."
	}
	switch {
	case p.searching:
		p.list.SetEmpty("Searching… back to "+p.opts.clock(p.reached), "esc stops it.")
	case !p.reached.IsZero():
		p.list.SetEmpty("Nothing was found back to "+p.opts.clock(p.reached)+".", "G goes on, esc drops the filter.")
	case p.filter.Filter().Empty():
		p.list.SetEmpty(p.opts.empty, p.opts.advice)
	default:
		p.list.SetEmpty("Nothing fits the filter.", advice)
	}
}

func (p *pane[R]) key(r R) string { return strconv.FormatInt(p.opts.id(r), 10) }

func (p *pane[R]) title() string                { return p.opts.title }
func (p *pane[R]) filterBar() *widget.FilterBar { return p.filter }
func (p *pane[R]) listKeys() widget.ListKeys    { return p.list.Keys() }
func (p *pane[R]) redraw()                      { p.list.Redraw() }
func (p *pane[R]) draw() string                 { return p.list.View() }

func (p *pane[R]) setSize(width, height int, focused bool) {
	p.list.SetSize(width, height)
	p.list.SetFocused(focused)
}

// selected describes the row under the cursor.
func (p *pane[R]) selected() (chosen, bool) {
	r, ok := p.list.Selected()
	if !ok {
		return chosen{}, false
	}
	c := p.opts.describe(r)
	c.id = p.key(r)
	return c, true
}

// load asks for the newest rows: for those alone that came since, where that is
// known. A search that is under way is not disturbed.
func (p *pane[R]) load() tea.Cmd {
	switch {
	case p.searching:
		return nil
	case p.top > 0 && p.list.Loaded():
		return p.question(newer)
	}
	return p.begin()
}

// begin asks for the newest rows as if there were none.
func (p *pane[R]) begin() tea.Cmd {
	p.top, p.enough, p.reached = 0, pageRows, time.Time{}
	p.searching = p.opts.quotes && len(p.filter.Filter().Words) > 0
	p.setEmpty()
	p.foot()
	return p.question(newest)
}

// more asks for the rows behind those that are there.
func (p *pane[R]) more() tea.Cmd {
	if p.searching {
		return nil // it is coming to them
	}
	p.enough = p.list.Len() + pageRows
	p.searching = !p.reached.IsZero()
	return p.question(older)
}

func (p *pane[R]) question(about asks) tea.Cmd {
	p.gen++
	gen, q := p.gen, p.query()
	switch about {
	case older:
		q.After = p.next
	case newer:
		q.Above = p.top
	}
	return p.env.Do(func(ctx context.Context) tea.Msg {
		a, err := p.opts.ask(ctx, q)
		return answered[R]{pane: p, gen: gen, about: about, answer: a, err: err}
	})
}

// query is what the filter asks for.
func (p *pane[R]) query() workflow.Query {
	f := p.filter.Filter()
	q := workflow.Query{Limit: pageRows}
	for _, word := range f.Words {
		if p.opts.quotes && slices.Contains(f.Quoted, word) {
			q.Terms = append(q.Terms, workflow.Term{Key: "exact", Value: word})
			continue
		}
		q.Words = append(q.Words, word)
	}
	for _, term := range f.Terms {
		value := term.Value
		if term.Key == "from" || term.Key == "to" {
			// What cannot be read is complained about by who is asked.
			if at, err := model.ParseMoment(value, p.env.Now(), p.env.Zone); err == nil {
				value = at.Format(time.RFC3339)
			}
		}
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: value})
	}
	return q
}

// take takes an answer of this pane in and reports whether it was one. The command
// goes on with a search.
func (p *pane[R]) take(msg tea.Msg) (tea.Cmd, bool) {
	m, ok := msg.(answered[R])
	if !ok || m.pane != p {
		return nil, false
	}
	if m.gen != p.gen || errors.Is(m.err, context.Canceled) {
		return nil, true
	}
	var cmd tea.Cmd
	switch {
	case m.err != nil:
		p.searching = false
		p.list.SetError(complaint(m.err))
	case m.about == newer:
		cmd = p.prepend(m.answer)
	default:
		cmd = p.extend(m.about, m.answer)
	}
	p.setEmpty()
	p.foot()
	return cmd, true
}

// extend takes in the first rows, or those behind the others, and asks for the
// next ones while a search has not found enough.
func (p *pane[R]) extend(about asks, a answer[R]) tea.Cmd {
	if about == newest {
		p.top = a.top
		p.refresh(a.Page)
	} else {
		p.next = a.Next
		p.list.AppendRows(a.Rows, a.Next != "")
	}
	p.reached = a.reached
	p.searching = !a.reached.IsZero() && p.list.Len() < p.enough
	if p.searching {
		return p.question(older)
	}
	return nil
}

// prepend puts the rows that came since in front of the others.
func (p *pane[R]) prepend(a answer[R]) tea.Cmd {
	old, fresh := p.list.Rows(), a.Rows
	if len(old) > 0 {
		newest := p.opts.id(old[0])
		fresh = slices.DeleteFunc(slices.Clone(fresh), func(r R) bool { return p.opts.id(r) <= newest })
	}
	switch {
	case a.Next != "" && !p.atTop():
		p.behind = true // more came than a page holds: what one reads stays
		return nil
	case a.Next != "" || p.atTop() && len(old)+len(fresh) > mostRows:
		return p.begin()
	}
	p.top = a.top
	p.put(fresh, old)
	return nil
}

// atTop reports whether one is on the newest row, or follows.
func (p *pane[R]) atTop() bool {
	old := p.list.Rows()
	return p.following || len(old) == 0 || p.list.SelectedID() == p.key(old[0])
}

// put draws new rows in front of the others.
func (p *pane[R]) put(fresh, old []R) {
	p.list.SetRows(slices.Concat(fresh, old), p.next != "")
	p.behind, p.above = false, p.above || len(old) > 0 && len(fresh) > 0
	if p.following && p.list.Len() > 0 {
		p.list.Select(p.key(p.list.Rows()[0]))
	}
}

// refresh puts the rows of the first page that are new in front of the others.
func (p *pane[R]) refresh(page workflow.Page[R]) {
	old := p.list.Rows()
	known := len(page.Rows)
	if len(old) > 0 {
		newest := p.opts.id(old[0])
		known = slices.IndexFunc(page.Rows, func(r R) bool { return p.opts.id(r) <= newest })
	}
	switch {
	case len(old) > 0 && known < 0 && !p.atTop():
		p.behind = true // more came than a page holds: what one reads stays
	case len(old) == 0, known < 0, p.atTop() && len(old) > mostRows:
		p.next = page.Next
		p.put(page.Rows, nil)
	default:
		p.put(page.Rows[:known], old)
	}
}

// press moves the cursor; going to the top fetches what is newer, leaving it
// ends following.
func (p *pane[R]) press(msg tea.Msg) tea.Cmd {
	k, isKey := msg.(tea.KeyPressMsg)
	if isKey && p.behind && key.Matches(k, p.list.Keys().Top) {
		return p.refetch()
	}
	cmd := p.list.Update(msg)
	if rows := p.list.Rows(); p.following && len(rows) > 0 && p.list.SelectedID() != p.key(rows[0]) {
		p.following = false
	}
	p.foot()
	return cmd
}

// refetch starts again from the newest rows.
func (p *pane[R]) refetch() tea.Cmd {
	p.list.Restart()
	p.behind, p.above = false, false
	return p.begin()
}

// follow turns following on or off and reports which.
func (p *pane[R]) follow() bool {
	p.following = !p.following
	if rows := p.list.Rows(); p.following && len(rows) > 0 {
		p.list.Select(p.key(rows[0]))
	}
	p.foot()
	return p.following
}

func (p *pane[R]) follows() bool  { return p.following }
func (p *pane[R]) searches() bool { return p.searching }

// stop ends a search with the answer that it waits for. What is behind is asked for
// by going there.
func (p *pane[R]) stop() {
	p.searching, p.enough = false, 0
	p.setEmpty()
	p.foot()
}

// setNote sets what is always said under the rows.
func (p *pane[R]) setNote(l widget.Line) {
	p.note = l
	p.foot()
}

// foot says under the rows whether one follows or is behind.
func (p *pane[R]) foot() {
	if rows := p.list.Rows(); len(rows) == 0 || p.list.SelectedID() == p.key(rows[0]) {
		p.above = false
	}
	var l widget.Line
	switch {
	case p.searching && !p.reached.IsZero():
		l = widget.Words(theme.Accent, "searching: back to "+p.opts.clock(p.reached)+" · esc stops it")
	case p.searching:
		l = widget.Words(theme.Accent, "searching… · esc stops it")
	case p.behind, p.above && !p.following:
		l = widget.Words(theme.Warn, "▲ newer lines above · g shows them")
	case p.following:
		l = widget.Words(theme.Accent, "following: new lines appear on top · F ends it")
	case !p.reached.IsZero():
		l = widget.Words(theme.Warn, "▲ searched back to "+p.opts.clock(p.reached)+" · G goes on")
	}
	if l != nil && p.note != nil {
		l = append(l, widget.Say(theme.Faint, " · "))
	}
	p.list.SetFooter(append(l, p.note...))
}

// complaint turns an error into cause and advice.
func complaint(err error) (cause, advice widget.Line) {
	var denied *model.Denied
	if errors.As(err, &denied) {
		return widget.Foreign(theme.Bad, safetext.Line(denied.Reason)), nil
	}
	return widget.Foreign(theme.Bad, safetext.Line(err.Error())), widget.Words(theme.Text, "R tries again")
}
