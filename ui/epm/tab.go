package epm

import (
	"context"
	"strings"
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

// Service is what this tab asks of the workflow.
type Service interface {
	Endpoints(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[model.EndpointRequest], error)
	WantEndpoints(ctx context.Context, actor model.PersonID) error
	Health(ctx context.Context) model.Health
}

// Tab is the EPM tab. It implements tab.Tab, tab.Timely, tab.Parted and
// tab.Resting.
type Tab struct {
	env  *tab.Env
	svc  Service
	keys keys

	panes  [2]*pane
	at     int // the pane shown
	detail *widget.Detail

	width, height int
	split         widget.Split
	onDetail      bool   // the detail has the keys; in a narrow window it is the page
	shown         string // the row in the detail
	moves         int    // of the cursor away from it
	raw           bool

	// cause and advice say why the waiting requests may not be all; nil where
	// they are.
	cause, advice widget.Line
	want          wanted
	told          time.Time // when the worker was told last that somebody looks

	// after delivers a message later; tests put their own clock here.
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

// rested says that the cursor has not moved since.
type rested struct{ moves int }

// pane is one view: its list with what it is filtered and sorted by.
type pane struct {
	title  string
	view   string
	sorts  []string
	sort   int
	list   *widget.List[model.EndpointRequest]
	filter *widget.FilterBar
	next   workflow.Cursor
	gen    int // of the last question; answers to older ones are dropped
}

// wanted is a number that a link from elsewhere asked for, and how many views
// are still to be searched for it.
type wanted struct {
	number model.Number
	views  int
}

// The places of the views.
const (
	waiting = iota
	decided
)

// New returns the tab, which loads nothing before Focus.
func New(env *tab.Env, svc Service) *Tab {
	t := &Tab{env: env, svc: svc, keys: newKeys(), detail: widget.NewDetail(env.Theme),
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	t.panes[waiting] = t.newPane("Waiting", workflow.EndpointsWaiting,
		[]string{workflow.SortExpires, workflow.SortNewest}, t.waitingColumns(),
		"No endpoint request waits.", "New ones appear here by themselves.")
	t.panes[decided] = t.newPane("Decided", workflow.EndpointsDecided,
		[]string{workflow.SortNewest}, t.decidedColumns(),
		"No endpoint request has been decided yet.", "What was approved, denied or ran out of time is kept here.")
	t.panes[waiting].list.SetFooter(widget.Words(theme.Note, "For now decided in Keeper's admin console."))
	t.panes[decided].list.SetFooter(widget.Words(theme.Note, "The latest first."))
	t.showSelected()
	return t
}

func (t *Tab) newPane(title, view string, sorts []string, columns []widget.Column[model.EndpointRequest], empty, advice string) *pane {
	p := &pane{title: title, view: view, sorts: sorts}
	p.filter = widget.NewFilterBar(t.env.Theme, nil, func(f widget.Filter) tea.Cmd {
		p.list.Clear()
		if f.Empty() {
			p.list.SetEmpty(empty, advice)
		} else {
			p.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
		}
		return t.load(p)
	})
	p.list = widget.NewList(t.env.Theme, widget.ListOptions[model.EndpointRequest]{
		Columns:    columns,
		ID:         func(r model.EndpointRequest) string { return string(r.UID) },
		Version:    func(r model.EndpointRequest) int64 { return r.Revision },
		More:       func() tea.Cmd { return t.loadMore(p) },
		Empty:      empty,
		Unmarkable: true, EmptyAdvice: advice,
	})
	return p
}

func (t *Tab) pane() *pane { return t.panes[t.at] }

// SetSize lays list and detail out in the body.
func (t *Tab) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
}

func (t *Tab) layOut() {
	body := widget.Rect{W: t.width, H: t.height}
	if t.pane().filter.IsOpen() {
		body.H = max(body.H-1, 0)
	}
	if t.bannered() && body.H > 0 {
		body.Y, body.H = 1, body.H-1
	}
	t.split = widget.NewSplit(body, tab.ListPercent)
	for _, p := range t.panes {
		p.list.SetSize(t.split.List.W, body.H)
		p.list.SetFocused(!t.onDetail)
	}
	t.detail.SetSize(t.split.Detail.W, body.H)
}

// bannered reports whether the banner has a line of its own: over rows. An empty
// list says it in the place of the rows.
func (t *Tab) bannered() bool {
	return t.cause != nil && t.at == waiting && t.pane().list.Len() > 0
}

// Split tells the frame where the wall between list and detail stands; under a
// banner it does not reach the rule.
func (t *Tab) Split() widget.Split {
	if t.split.List.Y > 0 {
		return widget.Split{}
	}
	return t.split
}

// Rest leaves the detail blank while on.
func (t *Tab) Rest(on bool) { t.detail.SetBlank(on) }

// Focus loads the view that is shown.
func (t *Tab) Focus() tea.Cmd { return tea.Batch(t.load(t.pane()), t.tellWorker()) }

// Views lists the views; only the waiting ones are counted.
func (t *Tab) Views() ([]tab.View, int) {
	views := make([]tab.View, len(t.panes))
	for n, p := range t.panes {
		views[n].Name = p.title
	}
	if w := t.panes[waiting]; w.next == "" && w.filter.Filter().Empty() {
		views[waiting].Count = w.list.Len()
	}
	return views, t.at
}

// SetView shows another view and loads it.
func (t *Tab) SetView(n int) tea.Cmd {
	t.at = min(max(n, 0), len(t.panes)-1)
	t.onDetail, t.raw = false, false
	t.layOut()
	t.showSelected()
	return t.load(t.pane())
}

// FilterText returns the filter in force.
func (t *Tab) FilterText() string { return t.pane().filter.Text().String() }

// SortText returns the order of the list, nothing where there is one only: the
// last line of the list names that.
func (t *Tab) SortText() string {
	if len(t.pane().sorts) < 2 {
		return ""
	}
	return t.pane().sorts[t.pane().sort]
}

// Capturing reports whether the filter is being typed.
func (t *Tab) Capturing() bool { return t.pane().filter.IsOpen() }

// Unsaved is empty: nothing is written here.
func (t *Tab) Unsaved() string { return "" }

// Open looks for the request of an incident in both views.
func (t *Tab) Open(n model.Number) tea.Cmd {
	t.want = wanted{number: n, views: len(t.panes)}
	for _, p := range t.panes {
		p.filter.Reset()
	}
	return t.SetView(waiting)
}

// NextTick returns when a time on the screen changes.
func (t *Tab) NextTick() time.Duration {
	next := time.Duration(0)
	if t.at != waiting {
		return next
	}
	now := t.env.Now()
	for _, r := range t.pane().list.Rows() {
		if r.Expires.IsZero() || !r.Expires.After(now) {
			continue
		}
		if d := widget.DueTick(r.Expires.Sub(now)); next == 0 || d < next {
			next = d
		}
	}
	return next
}

// Update handles keys and answers.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loaded:
		return t.apply(msg)
	case rested:
		if msg.moves == t.moves {
			t.showSelected()
		}
		return nil
	case tab.Changed:
		return tea.Batch(t.load(t.pane()), t.keepTelling())
	case tab.Minute:
		t.pane().list.Redraw()
		t.showSelected()
		return t.keepTelling()
	case tea.KeyPressMsg:
		return t.press(msg)
	case tea.MouseMsg:
		return t.mouse(msg)
	}
	var cmds []tea.Cmd
	for _, p := range t.panes {
		cmds = append(cmds, p.filter.Update(msg))
	}
	return tea.Batch(cmds...)
}

func (t *Tab) press(msg tea.KeyPressMsg) tea.Cmd {
	p := t.pane()
	if p.filter.IsOpen() {
		cmd := p.filter.Update(msg)
		t.layOut()
		return cmd
	}
	switch {
	case key.Matches(msg, t.keys.Raw):
		t.raw = !t.raw
		t.showSelected()
	case key.Matches(msg, t.keys.Copy):
		return t.copy()
	case t.onDetail && (key.Matches(msg, t.keys.Back) || key.Matches(msg, t.keys.Detail)):
		t.leaveDetail()
	case t.onDetail:
		return t.detail.Update(msg)
	case key.Matches(msg, t.keys.Open), key.Matches(msg, t.keys.Detail) && t.split.Both:
		t.enterDetail()
	case key.Matches(msg, t.keys.Back) && t.raw:
		t.raw = false
		t.showSelected()
	case key.Matches(msg, t.keys.Drop) && t.FilterText() != "":
		return p.filter.Set("")
	case key.Matches(msg, t.keys.Filter):
		p.filter.Open()
		t.layOut()
	case key.Matches(msg, t.keys.Sort) && len(p.sorts) > 1:
		p.sort = (p.sort + 1) % len(p.sorts)
		p.list.Clear()
		return t.load(p)
	case key.Matches(msg, t.keys.ScrollDown):
		t.showSelected()
		t.detail.Scroll(1)
	case key.Matches(msg, t.keys.ScrollUp):
		t.showSelected()
		t.detail.Scroll(-1)
	default:
		cmd := p.list.Update(msg)
		return tea.Batch(cmd, t.follow())
	}
	return nil
}

// follow lets the detail follow the cursor when that has rested.
func (t *Tab) follow() tea.Cmd {
	t.moves++
	if t.pane().list.SelectedID() == t.shown {
		return nil
	}
	return t.after(tab.RestsFor, rested{t.moves})
}

func (t *Tab) enterDetail() {
	if _, some := t.pane().list.Selected(); some {
		t.onDetail = true
		t.layOut()
		t.showSelected()
	}
}

func (t *Tab) leaveDetail() {
	t.onDetail, t.raw = false, false
	t.layOut()
	t.showSelected()
}

func (t *Tab) copy() tea.Cmd {
	r, ok := t.pane().list.Selected()
	if !ok || !r.UID.Valid() {
		return nil
	}
	said := widget.Line{widget.Say(theme.Text, "copied "), widget.Show(theme.Text, safetext.Line(string(r.UID)))}
	return tea.Batch(tea.SetClipboard(string(r.UID)), tab.Send(tab.Notice{Kind: tab.NoticeOK, Text: said}))
}

func (t *Tab) mouse(msg tea.MouseMsg) tea.Cmd {
	onList := !t.onDetail || t.split.Both
	if local, hit := t.split.List.Mouse(msg); hit && onList {
		if _, click := local.(tea.MouseClickMsg); click && t.onDetail {
			t.leaveDetail()
		}
		cmd := t.pane().list.Update(local)
		return tea.Batch(cmd, t.follow())
	}
	if local, hit := t.split.Detail.Mouse(msg); hit {
		return t.detail.Update(local)
	}
	return nil
}

// View draws the body.
func (t *Tab) View() string {
	var parts []string
	if t.split.List.Y > 0 {
		parts = append(parts, drawBanner(t.env.Theme, t.cause, t.width))
	}
	if t.split.List.H > 0 {
		parts = append(parts, t.body())
	}
	if t.pane().filter.IsOpen() && t.height > 0 {
		parts = append(parts, t.pane().filter.View(t.width))
	}
	return strings.Join(parts, "\n")
}

func (t *Tab) body() string {
	switch {
	case t.split.Both:
		return t.split.ToDetail(t.onDetail).Join(t.env.Theme, t.pane().list.View(), t.detail.View(), t.detail.Rules())
	case t.onDetail:
		return t.detail.View()
	}
	return t.pane().list.View()
}
