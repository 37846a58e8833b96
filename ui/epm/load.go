package epm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

const (
	pageRows = 100
	// mostRows is how many rows a refresh loads at most, however far one scrolled: a
	// cursor beyond them would lose its row.
	mostRows = 2500
)

// tellApart is the least time between two words to the worker: changes come
// several times a second, and each word makes it ask the vault at once. What it
// is told holds for a minute.
const tellApart = 15 * time.Second

// staleAfter is how old a list of the vault may be before the screen says so: the
// longest time between two of them is two minutes.
const staleAfter = 5 * time.Minute

// loaded answers one question of one pane.
type loaded struct {
	pane   *pane
	gen    int
	after  bool // a page behind the rows that are there
	page   workflow.Page[row]
	health model.Health
	state  workflow.EndpointsState
	err    error
}

// load asks for the rows of a pane anew, as many as it has.
func (t *Tab) load(p *pane) tea.Cmd {
	return t.ask(p, "", min(max(p.list.Len(), pageRows), mostRows))
}

func (t *Tab) loadMore(p *pane) tea.Cmd { return t.ask(p, p.next, pageRows) }

func (t *Tab) ask(p *pane, after workflow.Cursor, rows int) tea.Cmd {
	p.gen++
	f := p.filter.Filter()
	q := workflow.Query{View: p.lists[p.which], Words: f.Words, Sort: p.sorts[p.sort], After: after, Limit: rows}
	for _, term := range f.Terms {
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: term.Value})
	}
	gen, me, read := p.gen, t.env.Me.ID, p.read
	return t.env.Do(func(ctx context.Context) tea.Msg {
		page, err := read(ctx, t.svc, me, q)
		return loaded{pane: p, gen: gen, after: after != "", page: page, health: t.svc.Health(ctx), state: t.svc.EndpointsState(ctx), err: err}
	})
}

// reload reads rows and the shown thing again, without moving anything.
func (t *Tab) reload() tea.Cmd {
	var cmds []tea.Cmd
	for n, p := range t.panes {
		if n != t.at && p.counted(n) {
			cmds = append(cmds, t.load(p)) // its count stands over every view
		}
	}
	return tea.Batch(append(cmds, t.load(t.pane()), t.reader.load(), t.recheck())...)
}

// restart shows another list of the pane: another filter, order or set.
func (t *Tab) restart(p *pane) tea.Cmd {
	p.list.Clear()
	p.list.SetFooter(nil)
	p.setEmpty()
	t.layOut()
	return tea.Batch(t.load(p), t.follow(false))
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
	t.judge(p, m.health, m.state)
	switch {
	case m.err != nil && errors.Is(m.err, context.Canceled):
		return nil
	case m.err != nil:
		return notice.Unread(p.list, m.err, t.env.Me)
	case m.after:
		p.list.AppendRows(m.page.Rows, m.page.Next != "")
	default:
		p.list.SetRows(m.page.Rows, m.page.Next != "")
	}
	t.setPolicies(p)
	p.next = m.page.Next
	if p.cause != nil && p.list.Len() == 0 {
		p.list.SetError(p.cause, p.advice)
	}
	p.list.SetStale(p.old)
	p.list.SetFooter(t.footer(p))
	t.layOut()
	if p != t.pane() {
		return nil
	}
	return t.follow(false)
}

// setPolicies gives the list of what waits a column for policies, or takes it away.
// The service names none today (PROTOCOL 12.7), and an empty column tells nothing.
func (t *Tab) setPolicies(p *pane) {
	if p != t.panes[waiting] {
		return
	}
	named := slices.ContainsFunc(p.list.Rows(), func(r row) bool {
		_, named := evidence.Policy(*r.endpoint)
		return named
	})
	if named != p.policies {
		p.policies = named
		p.list.SetColumns(t.columns(waiting, named))
	}
}

// judge notes what stands against a list of what waits; the others are from the
// queue alone.
func (t *Tab) judge(p *pane, h model.Health, s workflow.EndpointsState) {
	p.cause, p.advice, p.framed, p.doubt, p.old = nil, nil, false, "", 0
	listing, words := s.Endpoints, []string{"epm", "sync-down"}
	switch {
	case p == t.panes[devices] && p.lists[p.which] == workflow.DevicesWaiting:
		listing, words = s.Devices, []string{"device-approve"}
	case p != t.panes[waiting]:
		return
	}
	p.cause, p.advice = evidence.Trouble(h, listing, listedAs(p.kind), words, t.env.Zone)
	p.framed = h.State == model.HealthUnreachable || h.State == model.HealthNoWorker || h.State == model.HealthRefused
	p.doubt = listing.Doubt
	old := t.env.Now().Sub(listing.Listed)
	if listing.Listed.IsZero() || old < staleAfter {
		old = 0
	}
	p.old = old
}

// footer says how much there is, and what is in doubt.
func (t *Tab) footer(p *pane) widget.Line {
	var line widget.Line
	if n := p.list.Len(); n > 0 {
		more := ""
		if p.next != "" {
			more = "+"
		}
		what := p.whatThereIs
		switch {
		case !p.filter.Filter().Empty():
			what = "fit the filter"
		case n == 1:
			what = strings.TrimSuffix(what, "s")
		}
		line = widget.Words(theme.Note, fmt.Sprintf("%d%s %s", n, more, what))
	}
	if p.doubt != "" {
		line = append(line, widget.Say(theme.Warn, "  ▲ "), widget.Show(theme.Warn, safetext.Line(p.doubt)))
	}
	return line
}
