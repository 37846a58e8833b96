package logs

import (
	"context"
	"errors"
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
	case p.following:
		p.list.SetEmpty("Nothing yet.", "following: new lines appear here · F ends it")
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
	p.setEmpty()
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
