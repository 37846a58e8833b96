package approvals

import (
	"context"
	"time"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// How long the cursor has to rest: before the request is read from the queue,
// and from then on before the vault is asked. A held key sends a row every 30 ms
// and a hurried hand one every 80 ms; neither redraws the evidence. Nor does a
// page of the list wait for it: its rows are drawn within two frames of 16 ms, and
// stand for a while before the evidence follows.
const (
	restForCase  = 100 * time.Millisecond
	restForFacts = 50 * time.Millisecond
	// patience is how long the request before stays on the screen while the
	// next one is read.
	patience = 250 * time.Millisecond
)

// The pane's messages; gen is that of the row they were for.
type (
	caseRested  struct{ gen int }
	factsRested struct{ gen int }
	caseLate    struct{ gen int }
	caseLoaded  struct {
		gen, seq int
		view     workflow.CaseView
		err      error
	}
	factsLoaded struct {
		gen  int
		uid  model.UID
		got  model.RecordFacts
		err  error
		view caseLoaded // read again afterwards: facts bring warnings with them
	}
)

// follow goes to another row. What is on the screen stays until the cursor has
// rested, so that moving redraws little.
func (p *pane) follow(n model.Number, alike []string, atOnce bool) tea.Cmd {
	p.alike = alike
	if n == p.want {
		return nil
	}
	p.leave()
	p.want, p.asking, p.asked = n, false, false
	p.gen++
	if n == "" {
		p.empty("")
		return nil
	}
	if atOnce {
		return p.loadNow()
	}
	return p.after(restForCase, caseRested{p.gen})
}

// loadNow reads the row's request, and says so when that takes long.
func (p *pane) loadNow() tea.Cmd {
	return tea.Batch(p.loadCase(), p.after(patience, caseLate{p.gen}))
}

func (p *pane) loadCase() tea.Cmd {
	read := p.reading()
	return p.env.Do(func(ctx context.Context) tea.Msg { return read(ctx) })
}

// reading returns a function that reads the wanted request; only Update may
// call reading, only a command what it returns.
func (p *pane) reading() func(ctx context.Context) caseLoaded {
	p.seqs++
	gen, seq, n, me := p.gen, p.seqs, p.want, p.env.Me.ID
	return func(ctx context.Context) caseLoaded {
		view, err := p.svc.Case(ctx, me, n)
		return caseLoaded{gen, seq, view, err}
	}
}

// reload reads the request again.
func (p *pane) reload() tea.Cmd {
	if p.want == "" {
		return nil
	}
	return p.loadCase()
}

// refresh reads the request and asks the vault again.
func (p *pane) refresh() tea.Cmd {
	if p.want == "" {
		return nil
	}
	p.gen++
	p.asking, p.asked = false, false
	if c, ok := p.shownFor(p.want); ok && askable(c) {
		return p.askVault(c, true)
	}
	return p.loadCase()
}

func (p *pane) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case caseRested:
		if msg.gen == p.gen {
			return p.loadNow()
		}
	case caseLate:
		if _, here := p.shownFor(p.want); msg.gen == p.gen && !here && !p.covered && p.want != "" {
			p.empty("reading " + string(p.want) + "…")
		}
	case caseLoaded:
		return p.caseLoaded(msg)
	case factsRested:
		if c, ok := p.shownFor(p.want); ok && msg.gen == p.gen && !p.asked {
			return p.askVault(c, false)
		}
	case factsLoaded:
		return p.factsLoaded(msg)
	}
	return nil
}

func (p *pane) caseLoaded(msg caseLoaded) tea.Cmd {
	if msg.gen != p.gen || msg.seq < p.last {
		return nil
	}
	p.last = msg.seq
	if msg.err != nil && p.covered {
		return nil
	}
	if msg.err != nil {
		p.empty("▲ " + notice.Cause(msg.err).String())
		return nil
	}
	if msg.view.Facts != nil {
		p.asked = true
	}
	wait := askable(msg.view) && !p.asked
	p.asking = p.asking || wait
	p.show(msg.view)
	if !wait {
		return nil
	}
	return p.after(restForFacts, factsRested{p.gen})
}

// askable reports whether the vault knows something about the request that the
// decision depends on.
func askable(c workflow.CaseView) bool {
	t := c.Target()
	return c.Request.State == model.Requested && t.UID.Valid()
}

// askVault asks for the facts, then reads the request once more: what the facts
// mean for it comes with it.
func (p *pane) askVault(c workflow.CaseView, fresh bool) tea.Cmd {
	p.asking, p.asked = true, true
	if !p.covered {
		p.draw()
	}
	gen, uid, me, read := p.gen, c.Target().UID, p.env.Me.ID, p.reading()
	return p.env.Do(func(ctx context.Context) tea.Msg {
		got, err := p.svc.Facts(ctx, me, uid, fresh)
		return factsLoaded{gen, uid, got, err, read(ctx)}
	})
}

func (p *pane) factsLoaded(msg factsLoaded) tea.Cmd {
	c, ok := p.shownFor(p.want)
	if msg.gen != p.gen || !ok {
		return nil
	}
	p.asking = false
	if msg.view.err == nil && msg.view.seq >= p.last {
		p.last, c = msg.view.seq, msg.view.view
	}
	switch {
	case msg.err != nil && c.Facts == nil:
		c.FactsErr = msg.err
	case msg.err == nil && c.Facts == nil && c.Target().UID == msg.uid:
		c.Facts = &msg.got
	}
	p.show(c)
	return nil
}
