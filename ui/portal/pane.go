package portal

import (
	"context"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

const (
	// restForCase is how long the cursor has to rest before the request is read:
	// over SSH a held key sends one row every 30 ms.
	restForCase = 50 * time.Millisecond
	// patience is how long the request before stays on the screen while the next
	// one is read.
	patience = 250 * time.Millisecond
)

// The pane's messages; gen is that of the row they were for.
type (
	caseRested struct {
		pane *pane
		gen  int
	}
	caseLate   caseRested
	caseLoaded struct {
		pane     *pane
		gen, seq int
		view     workflow.CaseView
		err      error
	}
)

// pane shows the request that the cursor is on.
type pane struct {
	core        *core
	detail, raw *widget.Detail
	rawOn       bool

	want  model.Number // of the row that the cursor is on
	alike []string     // other titles of the list that look like its own
	gen   int          // grows with every other row
	seqs  int          // of readings; an older one is dropped
	last  int          // the newest that arrived
	shown *workflow.CaseView
}

func newPane(c *core) *pane {
	p := &pane{core: c, detail: widget.NewDetail(c.env.Theme), raw: widget.NewDetail(c.env.Theme)}
	p.empty("")
	return p
}

func (p *pane) setSize(w, h int) {
	p.detail.SetSize(w, h)
	p.raw.SetSize(w, h)
}

// drawn is what of the two is on the screen.
func (p *pane) drawn() *widget.Detail {
	if p.rawOn {
		return p.raw
	}
	return p.detail
}

func (p *pane) keyList() []key.Binding { return p.detail.Keys().Bindings() }

// shownFor returns the request on the screen, if it is that one.
func (p *pane) shownFor(n model.Number) (workflow.CaseView, bool) {
	if n == "" || p.shown == nil || p.shown.Request.Number != n {
		return workflow.CaseView{}, false
	}
	return *p.shown, true
}

// follow goes to another row, at once or when the cursor has rested. What is on
// the screen stays until then.
func (p *pane) follow(n model.Number, alike []string, atOnce bool) tea.Cmd {
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
		return p.loadNow()
	}
	return p.core.after(restForCase, caseRested{p, p.gen})
}

// loadNow reads the row's request, and says so when that takes long.
func (p *pane) loadNow() tea.Cmd {
	return tea.Batch(p.load(), p.core.after(patience, caseLate{p, p.gen}))
}

// load reads the wanted request.
func (p *pane) load() tea.Cmd {
	if p.want == "" {
		return nil
	}
	p.seqs++
	gen, seq, n, me, svc := p.gen, p.seqs, p.want, p.core.env.Me.ID, p.core.svc
	return p.core.env.Do(func(ctx context.Context) tea.Msg {
		view, err := svc.Case(ctx, me, n)
		return caseLoaded{p, gen, seq, view, err}
	})
}

func (p *pane) empty(words string) {
	p.shown = nil
	p.detail.SetEmpty(words)
	p.raw.SetEmpty(words)
}

// update takes the pane's own messages.
func (p *pane) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case caseRested:
		if msg.pane == p && msg.gen == p.gen {
			return p.loadNow()
		}
	case caseLate:
		if _, here := p.shownFor(p.want); msg.pane == p && msg.gen == p.gen && !here && p.want != "" {
			p.empty("reading " + string(p.want) + "…")
		}
	case caseLoaded:
		if msg.pane == p && msg.gen == p.gen && msg.seq >= p.last {
			p.loaded(msg)
		}
	}
	return nil
}

func (p *pane) loaded(msg caseLoaded) {
	p.last = msg.seq
	if msg.err != nil {
		p.empty("▲ " + notice.Cause(msg.err).String())
		return
	}
	p.shown = &msg.view
	p.draw()
}

// draw lays out what is shown anew.
func (p *pane) draw() {
	if p.shown == nil {
		return
	}
	c := *p.shown
	o := casepane.Options{Now: p.core.env.Now(), Zone: p.core.env.Zone, Viewer: p.core.env.Me.ID, Alike: p.alike}
	content := casepane.Content(c, o)
	content.Lead = p.standing(c)
	p.detail.SetContent(casepane.Key(c), content)
	if p.rawOn {
		p.raw.SetContent(casepane.Key(c), casepane.Raw(c))
	}
}

// standing says in a sentence where the request is, for the one who made it.
func (p *pane) standing(c workflow.CaseView) []widget.Line {
	say := func(ink theme.Ink, words string) []widget.Line { return []widget.Line{widget.Words(ink, words)} }
	r := c.Request
	_, granted := c.OpenGrant()
	task, working := c.OpenTask()
	op, flying := c.InFlight()
	switch {
	case r.State == model.Requested && r.NeedsInfo:
		return say(theme.Warn, "You were asked for more: answer with c.")
	case r.State == model.Requested && len(c.Deciders) == 0:
		return say(theme.Warn, "It waits for a decision that nobody known here can give: ask an admin.")
	case r.State == model.Requested:
		return []widget.Line{{widget.Say(theme.Text, "It waits for a decision by "), widget.Show(theme.Strong, visible(either(c.Deciders))), widget.Say(theme.Text, ".")}}
	case r.State == model.InProcess && flying && op.State == model.OpUnknown:
		return say(theme.Warn, "It is approved; whether the vault has done it is being found out.")
	case r.State == model.InProcess && flying:
		return say(theme.OK, "It is approved, and the vault is being told.")
	case r.State == model.InProcess && working && task.Assignee != "":
		return []widget.Line{{widget.Say(theme.OK, "It is approved, and "), widget.Show(theme.Text, visible(c.Name(task.Assignee))),
			widget.Say(theme.OK, " is working on it.")}}
	case r.State == model.InProcess && working:
		return []widget.Line{{widget.Say(theme.OK, "It is approved, and waits for "), widget.Show(theme.Text, visible(string(task.Group))), widget.Say(theme.OK, ".")}}
	case granted:
		return say(theme.OK, "You have it: ] shows My access.")
	}
	return nil
}

// either names some of several people, the first of them where they are many.
func either(names []string) string {
	const most = 4
	switch n := len(names); {
	case n > most:
		return strings.Join(names[:most-1], ", ") + " or " + strconv.Itoa(n-most+1) + " others"
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

// setRaw changes between the request and its texts as they are stored.
func (p *pane) setRaw(on bool) {
	p.rawOn = on
	p.draw()
}

// scroll hands keys and the wheel to what is drawn.
func (p *pane) scroll(msg tea.Msg) tea.Cmd { return p.drawn().Update(msg) }
