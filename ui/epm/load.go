package epm

import (
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

const (
	pageRows = 100
	// mostRows is how many rows a refresh loads at most, however far one scrolled.
	mostRows = 500
)

// tellApart is the least time between two words to the worker: changes come
// several times a second, and each word makes it ask the vault at once. What it
// is told holds for a minute.
const tellApart = 15 * time.Second

// loaded answers one question of one pane.
type loaded struct {
	pane   *pane
	gen    int
	after  bool // a page behind the rows that are there
	page   workflow.Page[model.EndpointRequest]
	health model.Health
	err    error
}

// load asks for the rows of a pane anew, as many as it has.
func (t *Tab) load(p *pane) tea.Cmd {
	return t.ask(p, "", min(max(p.list.Len(), pageRows), mostRows))
}

func (t *Tab) loadMore(p *pane) tea.Cmd { return t.ask(p, p.next, pageRows) }

func (t *Tab) ask(p *pane, after workflow.Cursor, rows int) tea.Cmd {
	p.gen++
	q := workflow.Query{
		View: p.view, Words: p.filter.Filter().Words, Sort: p.sorts[p.sort], After: after, Limit: rows,
	}
	gen, me := p.gen, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		page, err := t.svc.Endpoints(ctx, me, q)
		return loaded{pane: p, gen: gen, after: after != "", page: page, health: t.svc.Health(ctx), err: err}
	})
}

// tellWorker tells the worker that somebody looks, so that it asks the vault for
// new requests more often. What comes of it is not waited for, and a failure has
// its place already: the banner says when nothing talks to the vault.
func (t *Tab) tellWorker() tea.Cmd {
	t.told = t.env.Now()
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		_ = t.svc.WantEndpoints(ctx, me)
		return nil
	})
}

// keepTelling tells it again while the tab is in front.
func (t *Tab) keepTelling() tea.Cmd {
	if t.env.Now().Sub(t.told) < tellApart {
		return nil
	}
	return t.tellWorker()
}

// apply takes an answer in, unless a newer question was asked since.
func (t *Tab) apply(m loaded) tea.Cmd {
	p := m.pane
	if m.gen != p.gen {
		return nil
	}
	t.cause, t.advice = trouble(m.health, t.env.Zone)
	switch {
	case m.err != nil && errors.Is(m.err, context.Canceled):
		return nil
	case m.err != nil:
		p.list.SetError(complaint(m.err))
		return nil
	case m.after:
		p.list.AppendRows(m.page.Rows, m.page.Next != "")
	default:
		p.list.SetRows(m.page.Rows, m.page.Next != "")
	}
	p.next = m.page.Next
	if t.cause != nil && p == t.panes[waiting] && p.list.Len() == 0 {
		p.list.SetError(t.cause, t.advice)
	}
	t.layOut()
	cmd := t.find(p)
	if _, some := p.list.Selected(); !some && t.onDetail {
		t.leaveDetail()
	}
	t.showSelected()
	return cmd
}

// find goes on looking for the number that Open asked for.
func (t *Tab) find(p *pane) tea.Cmd {
	if t.want.views == 0 || p != t.pane() {
		return nil
	}
	for _, r := range p.list.Rows() {
		if r.Incident == t.want.number {
			t.want = wanted{}
			p.list.Select(string(r.UID))
			t.enterDetail()
			return nil
		}
	}
	t.want.views--
	if t.want.views > 0 {
		return t.SetView(decided)
	}
	said := widget.Line{
		widget.Show(theme.Text, safetext.Line(string(t.want.number))),
		widget.Say(theme.Text, " is not among the endpoint requests here"),
	}
	return tab.Send(tab.Notice{Kind: tab.NoticeWarn, Text: said})
}

// complaint turns an error into cause and advice.
func complaint(err error) (cause, advice widget.Line) {
	var vault *workflow.VaultError
	if errors.As(err, &vault) {
		return widget.Foreign(theme.Bad, safetext.Line(vault.Text)), widget.Foreign(theme.Text, safetext.Line(vault.Advice))
	}
	var denied *model.Denied
	if errors.As(err, &denied) {
		return widget.Foreign(theme.Bad, safetext.Line(denied.Reason)), nil
	}
	return widget.Foreign(theme.Bad, safetext.Line(err.Error())), widget.Words(theme.Text, "R tries again")
}
