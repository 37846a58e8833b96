package epm

import (
	"context"
	"strings"
	"time"

	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// patience is how long what was shown before stays on the screen while the next
// one is read.
const patience = 250 * time.Millisecond

// storyPercent is the incident's share of the width beside its request.
const storyPercent = 50

// reader shows one thing, and knows what of it was on the screen.
type reader struct {
	env         *tab.Env
	svc         Service
	detail, raw *widget.Detail
	beside      *widget.Detail // the other story, where there are two side by side
	rawOn       bool

	want ref
	gen  int // grows with every other thing
	seqs int // of readings; an older one is dropped
	last int

	shown *subject // nil while nothing is
	held  *subject // what came while a dialog was over it
	left  string   // how long there is left to decide, as it was drawn

	resting bool // the tab has just come to the front: nothing is drawn yet
	covered bool // a dialog is over it: nothing changes meanwhile

	width, height int
	drawn         string // the last drawing that nothing covered, "" after a resize

	// after delivers a message later; tests put their own clock here.
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

// The reader's messages; gen is that of the thing they are about.
type (
	readRested struct{ gen int }
	readLate   struct{ gen int }
	readDone   struct {
		gen, seq int
		subject  subject
		err      error
	}
)

func newReader(env *tab.Env, svc Service) *reader {
	r := &reader{env: env, svc: svc, detail: widget.NewDetail(env.Theme), raw: widget.NewDetail(env.Theme), beside: widget.NewDetail(env.Theme),
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	r.empty("Nothing is chosen.")
	return r
}

func (r *reader) options() evidence.Options {
	return evidence.Options{Now: r.env.Now(), Zone: r.env.Zone}
}

func (r *reader) setSize(w, h int) {
	if w != r.width || h != r.height {
		r.width, r.height, r.drawn = w, h, ""
	}
	r.raw.SetSize(w, h)
	if r.twoStories() && !r.covered {
		r.draw()
		return
	}
	r.detail.SetSize(w, h)
}

// twoStories reports whether an incident and its request stand side by side.
func (r *reader) twoStories() bool {
	return r.shown != nil && r.shown.incident != nil && r.stories().Both
}

// stories is where the two stand.
func (r *reader) stories() widget.Split {
	return widget.NewSplit(widget.Rect{W: r.width, H: r.height}, storyPercent)
}

// place lays what is shown out in one pane or in two.
func (r *reader) place(detail, beside *widget.Detail) {
	if !r.twoStories() {
		detail.SetSize(r.width, r.height)
		detail.SetContent(r.shown.key(), r.shown.content(r.options()))
		return
	}
	split := r.stories()
	detail.SetSize(split.List.W, split.List.H)
	beside.SetSize(split.Detail.W, split.Detail.H)
	own, request := incidentSides(*r.shown.incident, r.options())
	detail.SetContent(r.shown.key(), own)
	beside.SetContent(r.shown.key(), request)
}

// paint draws what was placed.
func (r *reader) paint(detail, beside *widget.Detail) string {
	if !r.twoStories() {
		return detail.View()
	}
	return r.stories().Join(r.env.Theme, detail.View(), beside.View(), nil)
}

func (r *reader) view() string {
	switch {
	case r.covered:
		return r.underneath()
	case r.resting:
		return strings.Repeat("\n", max(r.height-1, 0))
	case r.rawOn:
		r.drawn = r.raw.View()
	default:
		r.drawn = r.paint(r.detail, r.beside)
	}
	return r.drawn
}

// underneath is what stands around a dialog. It is never drawn by the detail
// itself, which would count lines as seen that the dialog hides.
func (r *reader) underneath() string {
	if r.drawn == "" && r.shown != nil {
		twin, beside := widget.NewDetail(r.env.Theme), widget.NewDetail(r.env.Theme)
		r.place(twin, beside)
		r.drawn = r.paint(twin, beside)
	}
	if r.drawn == "" {
		return strings.Repeat("\n", max(r.height-1, 0))
	}
	return r.drawn
}

func (r *reader) rules() []int {
	switch {
	case r.resting && !r.covered:
		return nil
	case r.rawOn:
		return r.raw.Rules()
	}
	return r.detail.Rules()
}

// unread returns how many lines of the evidence have not been on the screen.
func (r *reader) unread() int {
	if r.shown == nil || r.detail.SeenAll() {
		return 0
	}
	return max(r.detail.Unseen(), 1)
}

// reading returns what is on the screen, if it is what is asked for.
func (r *reader) reading(of ref) (subject, bool) {
	if of.kind == nothing || r.shown == nil || r.shown.ref() != of {
		return subject{}, false
	}
	return *r.shown, true
}

func (r *reader) empty(words string) {
	r.shown, r.held = nil, nil
	r.detail.SetSize(r.width, r.height)
	r.detail.SetEmpty(words)
	r.raw.SetEmpty(words)
}

// draw lays out what is shown anew.
func (r *reader) draw() {
	if r.shown == nil {
		return
	}
	r.drawn, r.left = "", ""
	if e, ok := r.shown.request(); ok {
		r.left = evidence.Ends(e, r.options()).String()
	}
	r.place(r.detail, r.beside)
	if r.rawOn {
		r.raw.SetContent(r.shown.key(), r.shown.raw())
	}
}

// tick draws anew what the passing of time changes.
func (r *reader) tick() {
	if r.shown == nil || r.covered {
		return
	}
	if e, ok := r.shown.request(); ok && evidence.Ends(e, r.options()).String() == r.left {
		return
	}
	r.draw()
}

func (r *reader) cover() { r.covered = true }

// uncover shows what came while a dialog was over it.
func (r *reader) uncover() tea.Cmd {
	r.covered = false
	if r.held != nil && r.held.ref() == r.want {
		r.shown = r.held
	}
	r.held = nil
	r.draw()
	if _, here := r.reading(r.want); !here && r.want.kind != nothing {
		return r.loadNow()
	}
	return nil
}

// setRaw changes between the evidence and its texts as they are stored.
func (r *reader) setRaw(on bool) {
	r.rawOn = on
	if !r.covered {
		r.draw()
	}
}

func (r *reader) keys() []key.Binding { return r.detail.Keys().Bindings() }

// scroll hands keys and the wheel to what is drawn.
func (r *reader) scroll(msg tea.Msg) tea.Cmd {
	if r.rawOn {
		return r.raw.Update(msg)
	}
	if r.twoStories() {
		r.beside.Update(msg)
	}
	return r.detail.Update(msg)
}

func (r *reader) scrollBy(n int) {
	if r.rawOn {
		r.raw.Scroll(n)
		return
	}
	if r.twoStories() {
		r.beside.Scroll(n)
	}
	r.detail.Scroll(n)
}

// follow goes to another thing. What is on the screen stays until the cursor has
// rested, so that moving redraws little.
func (r *reader) follow(to ref, atOnce bool) tea.Cmd {
	if to == r.want {
		return nil
	}
	r.want = to
	r.gen++
	switch {
	case to.kind == nothing:
		r.empty("Nothing is chosen.")
		return nil
	case atOnce:
		return r.loadNow()
	}
	return r.after(tab.RestsFor, readRested{r.gen})
}

// loadNow reads it, and says so when that takes long.
func (r *reader) loadNow() tea.Cmd {
	return tea.Batch(r.load(), r.after(patience, readLate{r.gen}))
}

// load reads it again.
func (r *reader) load() tea.Cmd {
	if r.want.kind == nothing {
		return nil
	}
	r.seqs++
	gen, seq, of, me := r.gen, r.seqs, r.want, r.env.Me.ID
	return r.env.Do(func(ctx context.Context) tea.Msg {
		s, err := read(ctx, r.svc, me, of)
		return readDone{gen, seq, s, err}
	})
}

func (r *reader) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case readRested:
		if msg.gen == r.gen {
			return r.loadNow()
		}
	case readLate:
		if _, here := r.reading(r.want); msg.gen == r.gen && !here && !r.covered && r.want.kind != nothing {
			r.empty("reading…")
		}
	case readDone:
		r.done(msg)
	}
	return nil
}

func (r *reader) done(msg readDone) {
	switch {
	case msg.gen != r.gen || msg.seq < r.last:
		return
	case msg.err != nil && r.covered:
		return
	case msg.err != nil:
		r.last = msg.seq
		r.empty("▲ " + notice.Cause(msg.err).String())
	case r.covered:
		r.last, r.held = msg.seq, &msg.subject
	default:
		r.last, r.shown = msg.seq, &msg.subject
		r.draw()
	}
}
