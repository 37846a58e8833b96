package casepane

import (
	"context"
	"time"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// patience is how long the request before stays on the screen while the next one
// is read.
const patience = 250 * time.Millisecond

// The messages of a preview; gen is that of the row they were for.
type (
	previewRested struct {
		preview *Preview
		gen     int
	}
	previewLate previewRested
	previewRead struct {
		preview  *Preview
		gen, seq int
		view     workflow.CaseView
		err      error
	}
)

// Reader reads a case, as workflow.Service does.
type Reader func(ctx context.Context, actor model.PersonID, n model.Number) (workflow.CaseView, error)

// Preview shows the request of the row that a list's cursor is on. It reads the
// queue when the cursor has rested there, and never the vault; what is on the
// screen stays until then, so that moving redraws little. Answers to what was
// asked before are dropped.
type Preview struct {
	// Lead, if set, says what stands over the request.
	Lead func(c workflow.CaseView) []widget.Line
	// After delivers a message later; tests put their own clock here.
	After func(d time.Duration, msg tea.Msg) tea.Cmd

	env         *tab.Env
	read        Reader
	detail, raw *widget.Detail
	rawOn       bool

	want  model.Number // of the row that the cursor is on
	alike []string     // other names of the list that look like its own
	gen   int          // grows with every other row
	seqs  int          // of readings
	last  int          // the newest that arrived
	shown *workflow.CaseView
	of    model.Number // the row that shown is of
}

// NewPreview returns a preview that shows nothing yet.
func NewPreview(env *tab.Env, read Reader) *Preview {
	p := &Preview{env: env, read: read, detail: widget.NewDetail(env.Theme), raw: widget.NewDetail(env.Theme),
		After: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	p.empty("")
	return p
}

// SetSize sets the size in cells.
func (p *Preview) SetSize(width, height int) {
	p.detail.SetSize(width, height)
	p.raw.SetSize(width, height)
}

// SetBlank draws nothing while on.
func (p *Preview) SetBlank(on bool) {
	p.detail.SetBlank(on)
	p.raw.SetBlank(on)
}

// SetRaw changes between the request and its texts as they are stored; each
// keeps its place.
func (p *Preview) SetRaw(on bool) {
	p.rawOn = on
	p.Redraw()
}

// Raw reports whether the texts are shown as they are stored.
func (p *Preview) Raw() bool { return p.rawOn }

// Detail returns what is on the screen: to be drawn, and to be given keys and
// the mouse.
func (p *Preview) Detail() *widget.Detail {
	if p.rawOn {
		return p.raw
	}
	return p.detail
}

// Shown returns the request on the screen, if it is that row's.
func (p *Preview) Shown(n model.Number) (workflow.CaseView, bool) {
	if n == "" || p.shown == nil || p.of != n {
		return workflow.CaseView{}, false
	}
	return *p.shown, true
}

// Follow goes to another row, by the number that its case is read with, at once
// or when the cursor has rested. alike are other names of the list that look
// like the row's.
func (p *Preview) Follow(n model.Number, alike []string, atOnce bool) tea.Cmd {
	p.alike = alike
	if n == p.want {
		return nil
	}
	p.want = n
	p.gen++
	switch {
	case n == "":
		p.empty("")
		return nil
	case atOnce:
		return p.readNow()
	}
	return p.After(tab.RestsFor, previewRested{p, p.gen})
}

// Reload reads the row's request again.
func (p *Preview) Reload() tea.Cmd {
	if p.want == "" {
		return nil
	}
	p.seqs++
	gen, seq, n, me, read := p.gen, p.seqs, p.want, p.env.Me.ID, p.read
	return p.env.Do(func(ctx context.Context) tea.Msg {
		view, err := read(ctx, me, n)
		return previewRead{p, gen, seq, view, err}
	})
}

// readNow reads the row's request, and says so when that takes long.
func (p *Preview) readNow() tea.Cmd {
	return tea.Batch(p.Reload(), p.After(patience, previewLate{p, p.gen}))
}

// Update takes the preview's own messages and leaves all others.
func (p *Preview) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case previewRested:
		if msg.preview == p && msg.gen == p.gen {
			return p.readNow()
		}
	case previewLate:
		if msg.preview == p && msg.gen == p.gen && p.of != p.want {
			p.empty("reading " + string(p.want) + "…")
		}
	case previewRead:
		if msg.preview == p && msg.gen == p.gen && msg.seq >= p.last {
			p.arrived(msg)
		}
	}
	return nil
}

func (p *Preview) arrived(msg previewRead) {
	p.last = msg.seq
	if msg.err != nil {
		p.empty("▲ " + notice.Cause(msg.err).String())
		return
	}
	p.shown, p.of = &msg.view, p.want
	p.Redraw()
}

// Redraw lays out what is shown anew, as time has passed.
func (p *Preview) Redraw() {
	if p.shown == nil {
		return
	}
	c := *p.shown
	content := Content(c, Options{Now: p.env.Now(), Zone: p.env.Zone, Viewer: p.env.Me.ID, Alike: p.alike})
	if p.Lead != nil {
		content.Lead = p.Lead(c)
	}
	p.detail.SetContent(Key(c), content)
	if p.rawOn {
		p.raw.SetContent(Key(c), Raw(c))
	}
}

func (p *Preview) empty(words string) {
	p.shown, p.of = nil, ""
	p.detail.SetEmpty(words)
	p.raw.SetEmpty(words)
}
