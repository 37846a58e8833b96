package approvals

import (
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// memory is how many requests the pane remembers to say what changed in them.
const memory = 500

// pane is the evidence of one request: what is shown, and what of it was on the
// screen.
type pane struct {
	env         *tab.Env
	svc         Service
	detail, raw *widget.Detail
	rawOn       bool

	want  model.Number // of the row that the cursor is on
	alike []string
	gen   int // grows with every other row
	seqs  int // of readings of the queue; an older one is dropped
	last  int // the newest that arrived

	shown  *workflow.CaseView // nil while nothing is
	asking bool               // the vault, about the shown one
	asked  bool               // it was, since the cursor came here

	// before holds each request as it was when the person left it.
	before map[model.Number]workflow.CaseView

	evidence, read string // casepane.Evidence as it is drawn, and as it was all seen

	// after delivers a message later; tests put their own clock here.
	after func(d time.Duration, msg tea.Msg) tea.Cmd

	resting bool // the tab has just come to the front: nothing is drawn yet
	covered bool // a dialog is over it: nothing changes meanwhile
	held    *workflow.CaseView

	width, height int
	drawn         string // the last drawing that nothing covered, "" after a resize
}

func newPane(env *tab.Env, svc Service) *pane {
	p := &pane{env: env, svc: svc, detail: widget.NewDetail(env.Theme), raw: widget.NewDetail(env.Theme),
		before: map[model.Number]workflow.CaseView{},
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	p.empty("")
	return p
}

func (p *pane) setSize(w, h int) {
	if w != p.width || h != p.height {
		p.width, p.height, p.drawn = w, h, ""
	}
	p.detail.SetSize(w, h)
	p.raw.SetSize(w, h)
}

func (p *pane) view() string {
	switch {
	case p.covered:
		return p.underneath()
	case p.resting:
		return strings.Repeat("\n", max(p.height-1, 0))
	case p.rawOn:
		p.drawn = p.raw.View()
	default:
		p.drawn = p.detail.View()
		if p.shown != nil && p.detail.SeenAll() {
			p.read = p.evidence
		}
	}
	return p.drawn
}

// underneath is what stands around a dialog. It is never drawn by the detail
// itself, which would count lines as seen that the dialog hides.
func (p *pane) underneath() string {
	if p.drawn == "" && p.shown != nil {
		twin := widget.NewDetail(p.env.Theme)
		twin.SetSize(p.width, p.height)
		twin.SetContent(casepane.Key(*p.shown), casepane.Content(*p.shown, p.options(*p.shown)))
		p.drawn = twin.View()
	}
	if p.drawn == "" {
		p.drawn = strings.Repeat("\n", max(p.height-1, 0))
	}
	return p.drawn
}

func (p *pane) rules() []int {
	if p.resting && !p.covered {
		return nil
	}
	if p.rawOn {
		return p.raw.Rules()
	}
	return p.detail.Rules()
}

// unread returns how many lines of the evidence have not been on the screen.
func (p *pane) unread() int {
	if p.shown == nil || p.read == p.evidence {
		return 0
	}
	return p.detail.Unseen()
}

// shownFor returns the reading that is on the screen, if it is that request's.
func (p *pane) shownFor(n model.Number) (workflow.CaseView, bool) {
	if n == "" || p.shown == nil || p.shown.Request.Number != n {
		return workflow.CaseView{}, false
	}
	return *p.shown, true
}

// leave notes the request as the person saw it last.
func (p *pane) leave() {
	if p.shown != nil && p.shown.Request.Number == p.want {
		delete(p.before, p.want)
		p.remember(*p.shown)
	}
}

// remember keeps a reading to say later what has changed since. The first one
// stays until the person leaves the request.
func (p *pane) remember(c workflow.CaseView) {
	if _, known := p.before[c.Request.Number]; known {
		return
	}
	if len(p.before) >= memory {
		clear(p.before)
	}
	p.before[c.Request.Number] = c
}

func (p *pane) empty(words string) {
	p.shown, p.evidence, p.read = nil, "", ""
	p.detail.SetEmpty(words)
	p.raw.SetEmpty(words)
}

// show draws a reading, or keeps it until the dialog over it is gone.
func (p *pane) show(c workflow.CaseView) {
	for _, old := range []*workflow.CaseView{p.shown, p.held} {
		if old != nil && old.Request.Number == c.Request.Number {
			c = keepFacts(*old, c)
		}
	}
	if old := p.shown; old != nil && old.Request.Number == c.Request.Number && len(casepane.Changes(*old, c, p.clock())) > 0 {
		p.remember(*old)
	}
	if p.covered {
		p.held = &c
		return
	}
	p.shown = &c
	p.draw()
}

// keepFacts carries over what the vault said before to a reading that comes
// without: the queue keeps it for less long than a person looks at it.
func keepFacts(old, c workflow.CaseView) workflow.CaseView {
	same := old.Target().UID == c.Target().UID && old.Request.Revision == c.Request.Revision && old.Request.State == c.Request.State
	if c.Facts != nil || !same || old.Facts == nil && old.FactsErr == nil {
		return c
	}
	c.Facts = old.Facts
	if c.FactsErr == nil {
		c.FactsErr = old.FactsErr
	}
	if old.Facts != nil {
		c.Warnings = append(append([]string(nil), old.Warnings...), c.Warnings...) // drawn once each
	}
	return c
}

// clock is when and where moments are read.
func (p *pane) clock() casepane.Options {
	return casepane.Options{Now: p.env.Now(), Zone: p.env.Zone}
}

// options are those of the pane and the dialogs alike.
func (p *pane) options(c workflow.CaseView) casepane.Options {
	o := casepane.Options{Now: p.env.Now(), Zone: p.env.Zone, Viewer: p.env.Me.ID, Asking: p.asking, Alike: p.alike}
	if before, ok := p.before[c.Request.Number]; ok {
		o.Changed = casepane.Changes(before, c, p.clock())
	}
	return o
}

// draw lays out what is shown anew.
func (p *pane) draw() {
	if p.shown == nil {
		return
	}
	o := p.options(*p.shown)
	p.evidence = casepane.Key(*p.shown) + "\n" + casepane.Evidence(*p.shown, o)
	p.detail.SetContent(casepane.Key(*p.shown), casepane.Content(*p.shown, o))
	if p.rawOn {
		p.raw.SetContent(casepane.Key(*p.shown), casepane.Raw(*p.shown))
	}
}

// cover keeps the evidence as it is while a dialog is over it; uncover shows
// what came meanwhile.
func (p *pane) cover() { p.covered = true }

func (p *pane) uncover() tea.Cmd {
	p.covered = false
	if p.held != nil && p.held.Request.Number == p.want {
		p.shown = p.held
	}
	p.held = nil
	p.draw()
	if _, here := p.shownFor(p.want); !here && p.want != "" {
		return p.loadNow() // the cursor has moved meanwhile
	}
	return nil
}

// setRaw changes between the request and its texts as they are stored. The two
// keep their places, and what was read stays read.
func (p *pane) setRaw(on bool) {
	p.rawOn = on
	p.draw()
}

func (p *pane) keys() []key.Binding { return p.detail.Keys().Bindings() }

// scroll hands keys and the wheel to what is drawn.
func (p *pane) scroll(msg tea.Msg) tea.Cmd {
	if p.rawOn {
		return p.raw.Update(msg)
	}
	return p.detail.Update(msg)
}

func (p *pane) scrollBy(n int) {
	if p.rawOn {
		p.raw.Scroll(n)
		return
	}
	p.detail.Scroll(n)
}
