package logs

import (
	"context"
	"errors"
	"slices"
	"strconv"

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
	take(msg tea.Msg) bool
	press(msg tea.Msg) tea.Cmd
	follow()
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
	id            func(R) int64
	describe      func(R) chosen
	ask           func(ctx context.Context, q workflow.Query) (workflow.Page[R], error)
}

// pane is one view: rows of one kind, newest first.
type pane[R any] struct {
	env    *tab.Env
	opts   paneOptions[R]
	list   *widget.List[R]
	filter *widget.FilterBar
	next   workflow.Cursor
	gen    int // of the last question; answers to older ones are dropped

	following bool
	behind    bool // there are newer rows than the list could take in
	above     bool // newer rows came in above the cursor since it was on the newest
	note      widget.Line
}

// answered answers one question of one pane.
type answered[R any] struct {
	pane  *pane[R]
	gen   int
	after bool // a page behind the rows that are there
	page  workflow.Page[R]
	err   error
}

func newPane[R any](env *tab.Env, opts paneOptions[R]) *pane[R] {
	p := &pane[R]{env: env, opts: opts}
	p.filter = widget.NewFilterBar(env.Theme, opts.terms, func(widget.Filter) tea.Cmd {
		p.list.Clear()
		p.setEmpty()
		p.behind, p.above = false, false
		return p.load()
	})
	p.list = widget.NewList(env.Theme, widget.ListOptions[R]{
		Columns:    opts.columns,
		ID:         p.key,
		More:       func() tea.Cmd { return p.question(p.next) },
		Unmarkable: true,
	})
	p.setEmpty()
	return p
}

// setEmpty says what an empty list means: that there is nothing, or that the
// filter lets nothing through.
func (p *pane[R]) setEmpty() {
	if p.filter.Filter().Empty() {
		p.list.SetEmpty(p.opts.empty, p.opts.advice)
		return
	}
	p.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
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

// load asks for the newest rows.
func (p *pane[R]) load() tea.Cmd { return p.question("") }

func (p *pane[R]) question(after workflow.Cursor) tea.Cmd {
	p.gen++
	gen := p.gen
	f := p.filter.Filter()
	q := workflow.Query{Words: f.Words, After: after, Limit: pageRows}
	for _, term := range f.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: operator(term.Op), Value: term.Value})
	}
	return p.env.Do(func(ctx context.Context) tea.Msg {
		page, err := p.opts.ask(ctx, q)
		return answered[R]{pane: p, gen: gen, after: after != "", page: page, err: err}
	})
}

// operator turns a comparison of the filter into the query's.
func operator(op widget.Op) string {
	switch op {
	case widget.More, widget.AtLeast:
		return ">"
	case widget.Less, widget.AtMost:
		return "<"
	}
	return ""
}

// take takes an answer of this pane in and reports whether it was one.
func (p *pane[R]) take(msg tea.Msg) bool {
	m, ok := msg.(answered[R])
	if !ok || m.pane != p {
		return false
	}
	switch {
	case m.gen != p.gen || errors.Is(m.err, context.Canceled):
	case m.err != nil:
		p.list.SetError(complaint(m.err))
	case m.after:
		p.next = m.page.Next
		p.list.AppendRows(m.page.Rows, p.next != "")
	default:
		p.refresh(m.page)
	}
	p.foot()
	return true
}

// refresh puts the rows of the first page that are new in front of the others.
func (p *pane[R]) refresh(page workflow.Page[R]) {
	old := p.list.Rows()
	atTop := p.following || len(old) == 0 || p.list.SelectedID() == p.key(old[0])
	known := len(page.Rows)
	if len(old) > 0 {
		newest := p.opts.id(old[0])
		known = slices.IndexFunc(page.Rows, func(r R) bool { return p.opts.id(r) <= newest })
	}
	switch {
	case len(old) > 0 && known < 0 && !atTop:
		p.behind = true // more came than a page holds: what one reads stays
		return
	case len(old) == 0, known < 0, atTop && len(old) > mostRows:
		p.next = page.Next
		p.list.SetRows(page.Rows, p.next != "")
	default:
		p.list.SetRows(slices.Concat(page.Rows[:known], old), p.next != "")
	}
	p.behind, p.above = false, p.above || len(old) > 0 && known != 0
	if p.following && p.list.Len() > 0 {
		p.list.Select(p.key(p.list.Rows()[0]))
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
	p.foot()
	return p.load()
}

// follow turns following on or off.
func (p *pane[R]) follow() {
	p.following = !p.following
	if rows := p.list.Rows(); p.following && len(rows) > 0 {
		p.list.Select(p.key(rows[0]))
	}
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
	case p.behind, p.above && !p.following:
		l = widget.Words(theme.Warn, "▲ newer lines above · g shows them")
	case p.following:
		l = widget.Words(theme.Accent, "following: new lines appear on top · F ends it")
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
