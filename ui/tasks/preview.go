package tasks

import (
	"context"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// How long the cursor has to rest before the task's request is read from the
// queue, and how long the one before stays on the screen meanwhile. The vault is
// never asked from here.
const (
	restForCase = 50 * time.Millisecond
	patience    = 250 * time.Millisecond
)

// The preview's messages; gen is that of the row they were for.
type (
	caseRested struct{ gen int }
	caseLate   struct{ gen int }
	caseRead   struct {
		gen, seq int
		view     workflow.CaseView
		err      error
	}
)

// preview is the request of the task under the cursor.
type preview struct {
	env    *tab.Env
	svc    Service
	detail *widget.Detail

	want  model.Number // of the row that the cursor is on
	gen   int          // grows with every other row
	seqs  int          // of readings; an older one is dropped
	last  int          // the newest that arrived
	shown *workflow.CaseView
	of    model.Number // the task that shown is of
	raw   bool

	// after delivers a message later; tests put their own clock here.
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

func newPreview(env *tab.Env, svc Service) *preview {
	p := &preview{env: env, svc: svc, detail: widget.NewDetail(env.Theme),
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	p.empty("")
	return p
}

func (p *preview) empty(words string) {
	p.shown, p.of = nil, ""
	p.detail.SetEmpty(words)
}

// follow goes to another row. What is on the screen stays until the cursor has
// rested, so that moving redraws little.
func (p *preview) follow(n model.Number) tea.Cmd {
	if n == p.want {
		return nil
	}
	p.want, p.raw = n, false
	p.gen++
	if n == "" {
		p.empty("")
		return nil
	}
	return p.after(restForCase, caseRested{p.gen})
}

// reload reads the shown request again.
func (p *preview) reload() tea.Cmd {
	if p.want == "" {
		return nil
	}
	p.seqs++
	gen, seq, n, me := p.gen, p.seqs, p.want, p.env.Me.ID
	return p.env.Do(func(ctx context.Context) tea.Msg {
		view, err := p.svc.Case(ctx, me, n)
		return caseRead{gen, seq, view, err}
	})
}

// shownFor returns the reading that is on the screen, if it is that task's.
func (p *preview) shownFor(n model.Number) (workflow.CaseView, bool) {
	if n == "" || p.shown == nil || p.of != n {
		return workflow.CaseView{}, false
	}
	return *p.shown, true
}

func (p *preview) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case caseRested:
		if msg.gen == p.gen && p.want != "" {
			return tea.Batch(p.reload(), p.after(patience, caseLate(msg)))
		}
	case caseLate:
		if msg.gen == p.gen && p.of != p.want && p.want != "" {
			p.empty("reading " + string(p.want) + "…")
		}
	case caseRead:
		if msg.gen != p.gen || msg.seq < p.last {
			return nil
		}
		p.last = msg.seq
		if msg.err != nil {
			p.empty("▲ " + notice.Cause(msg.err).String())
			return nil
		}
		p.shown, p.of = &msg.view, p.want
		p.draw()
	}
	return nil
}

// draw lays out what is shown anew.
func (p *preview) draw() {
	if p.shown == nil {
		return
	}
	if p.raw {
		p.detail.SetContent(string(p.of)+" raw", casepane.Raw(*p.shown))
		return
	}
	p.detail.SetContent(string(p.of), casepane.Content(*p.shown, casepane.Options{Now: p.env.Now(), Zone: p.env.Zone, Viewer: p.env.Me.ID}))
}

func (p *preview) setRaw(raw bool) {
	p.raw = raw
	p.draw()
}

func (p *preview) keys() []key.Binding { return p.detail.Keys().Bindings() }
