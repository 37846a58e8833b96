package epm

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/decide"
	"countersign/ui/evidence"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// Service is what this tab asks of the workflow.
type Service interface {
	Endpoints(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[model.EndpointRequest], error)
	Endpoint(ctx context.Context, actor model.PersonID, id int64) (workflow.EndpointView, error)
	EndpointByUID(ctx context.Context, actor model.PersonID, uid string) (workflow.EndpointView, error)
	DecideEndpoint(ctx context.Context, actor model.PersonID, d workflow.EndpointDecision) (workflow.Decided, error)
	DecideEndpoints(ctx context.Context, actor model.PersonID, ds []workflow.EndpointDecision) []workflow.Decided
	EndpointsState(ctx context.Context) workflow.EndpointsState
	WantEndpoints(ctx context.Context, actor model.PersonID) error

	Devices(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.DeviceRow], error)
	Device(ctx context.Context, actor model.PersonID, id int64) (workflow.DeviceView, error)
	DecideDevice(ctx context.Context, actor model.PersonID, d workflow.DeviceDecision) (workflow.Decided, error)
	DecideDevices(ctx context.Context, actor model.PersonID, ds []workflow.DeviceDecision) []workflow.Decided

	Incidents(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.IncidentRow], error)
	Incident(ctx context.Context, actor model.PersonID, n model.Number) (workflow.IncidentView, error)
	AssignIncident(ctx context.Context, actor model.PersonID, n model.Number, login string) error
	NoteIncident(ctx context.Context, actor model.PersonID, n model.Number, text string) error
	CloseIncident(ctx context.Context, actor model.PersonID, n model.Number, comment string) error
	ReopenIncident(ctx context.Context, actor model.PersonID, n model.Number, why string) error

	Health(ctx context.Context) model.Health
}

// Tab is the EPM tab. It implements tab.Tab, tab.Timely, tab.Parted and
// tab.Resting.
type Tab struct {
	env  *tab.Env
	svc  Service
	keys keys

	panes  []*pane
	at     int // the pane shown
	reader *reader

	width, height int
	split         widget.Split
	banner        []widget.Line // above the rows
	inDetail      bool          // the detail has the keys, beside the list
	page          bool          // the detail is the whole body
	pinned        ref           // shown as a page, in the list or not
	opening       int           // generation of the last Open

	stack    widget.Stack
	decision *decision // while its dialog is open
	bulk     *bulk     // while its page is read or open
	work     *work     // while something is written for an incident
	busy     map[ref]bool
	drafts   decide.Drafts[draftOf]

	told time.Time // when the worker was told last that somebody looks
}

// pane is one view: its list with what it is filtered and sorted by.
type pane struct {
	view
	which, sort int // of lists and sorts
	list        *widget.List[row]
	filter      *widget.FilterBar
	policies    bool // some row names the policy that asks
	next        workflow.Cursor
	gen         int // of the last question; answers to older ones are dropped

	// cause and advice say why what waits may not be all here, nil where it is;
	// doubt is about the clock of the vault's host, old the age of the list.
	cause, advice widget.Line
	framed        bool // the frame says what to do about it
	doubt         string
	old           time.Duration
}

// New returns the tab, which loads nothing before Focus.
func New(env *tab.Env, svc Service) *Tab {
	t := &Tab{env: env, svc: svc, keys: newKeys(), reader: newReader(env, svc), busy: map[ref]bool{}, drafts: decide.Drafts[draftOf]{}}
	for n, v := range views() {
		t.panes = append(t.panes, t.newPane(v, t.columns(n, false)))
	}
	return t
}

func (t *Tab) newPane(v view, columns []widget.Column[row]) *pane {
	p := &pane{view: v}
	p.filter = widget.NewFilterBar(t.env.Theme, workflow.FilterNames(v.filters), func(widget.Filter) tea.Cmd { return t.restart(p) })
	p.list = widget.NewList(t.env.Theme, widget.ListOptions[row]{
		Columns:    columns,
		ID:         func(r row) string { return r.ref().String() },
		Version:    row.version,
		More:       func() tea.Cmd { return t.loadMore(p) },
		Unmarkable: !v.marks,
	})
	p.setEmpty()
	return p
}

func (p *pane) setEmpty() {
	if !p.filter.Filter().Empty() {
		p.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
		return
	}
	p.list.SetEmpty(p.empty, p.view.advice)
}

func (t *Tab) pane() *pane { return t.panes[t.at] }

func (t *Tab) options() evidence.Options {
	return evidence.Options{Now: t.env.Now(), Zone: t.env.Zone}
}

// SetSize implements tab.Tab.
func (t *Tab) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
}

// layOut shares the body among what is drawn.
func (t *Tab) layOut() {
	body := widget.Rect{W: t.width, H: t.height}
	t.banner = nil
	if t.bannered() {
		advice := t.pane().advice
		if t.pane().framed {
			advice = nil
		}
		all := bannerOf(t.pane().cause, advice, t.width)
		t.banner = all[:min(len(all), max(body.H/3, 1), body.H)]
		body.Y, body.H = len(t.banner), body.H-len(t.banner)
	}
	t.split = widget.NewSplit(body, tab.ListPercent)
	for _, p := range t.panes {
		h := t.split.List.H
		if p.filter.IsOpen() {
			h = max(h-1, 0)
		}
		p.list.SetSize(t.split.List.W, h)
		p.list.SetFocused(!t.inDetail && !t.page)
	}
	detail := t.split.Detail
	if t.page || !t.split.Both {
		detail = widget.Rect{W: t.width, H: t.height}
	}
	t.reader.setSize(detail.W, detail.H)
	t.stack.SetSize(t.width, t.height)
}

// bannered reports whether the banner has lines of its own: over rows. An empty
// list says it in the place of the rows, a page is about one thing.
func (t *Tab) bannered() bool {
	return t.pane().cause != nil && t.pane().list.Len() > 0 && !t.page
}

// Split tells the frame where the wall between list and detail stands, or that
// between two stories.
func (t *Tab) Split() widget.Split {
	if t.page && t.reader.twoStories() && !t.reader.rawOn {
		return t.reader.stories()
	}
	if t.page {
		return widget.Split{}
	}
	return t.split
}

// Rest implements tab.Resting.
func (t *Tab) Rest(on bool) { t.reader.resting = on }

// Focus implements tab.Tab.
func (t *Tab) Focus() tea.Cmd { return tea.Batch(t.reload(), t.tellWorker()) }

// Views lists the views; only the waiting ones are counted.
func (t *Tab) Views() ([]tab.View, int) {
	vs := make([]tab.View, len(t.panes))
	for n, p := range t.panes {
		vs[n].Name = p.name
		if p.counted(n) && p.filter.Filter().Empty() {
			vs[n].Count = p.list.Len()
		}
	}
	return vs, t.at
}

// counted reports whether the pane, which stands at a place, lists what waits.
func (p *pane) counted(n int) bool {
	return n == waiting || n == devices && p.lists[p.which] == workflow.DevicesWaiting
}

// SetView implements tab.Tab.
func (t *Tab) SetView(n int) tea.Cmd {
	if n < 0 || n >= len(t.panes) || n == t.at || !t.stack.Empty() {
		return nil
	}
	t.at = n
	t.closePage()
	return tea.Batch(t.load(t.pane()), t.follow(false))
}

// FilterText implements tab.Tab.
func (t *Tab) FilterText() string { return t.pane().filter.Text() }

// Filterable implements tab.Refiltered.
func (t *Tab) Filterable() bool { return !t.page }

// Filter implements tab.Refiltered.
func (t *Tab) Filter() string { return t.pane().filter.Told() }

// SetFilter implements tab.Refiltered.
func (t *Tab) SetFilter(text string) tea.Cmd { return t.pane().filter.Set(text) }

// SortText names which rows there are, where w changes that, and their order.
func (t *Tab) SortText() string {
	p := t.pane()
	switch {
	case p.lists[p.which] == workflow.DevicesWaiting && p.kind == device:
		return "waiting, oldest" // they have this order alone
	case len(p.lists) > 1:
		return p.lists[p.which] + ", " + p.sorts[p.sort]
	}
	if len(p.sorts) < 2 {
		return ""
	}
	return p.sorts[p.sort]
}

// Capturing implements tab.Tab. A dialog takes all keys, so that none of them
// leads away from a decision by accident.
func (t *Tab) Capturing() bool { return t.pane().filter.IsOpen() || !t.stack.Empty() }

// Unsaved implements tab.Tab.
func (t *Tab) Unsaved() string {
	switch n := len(t.drafts); {
	case t.decision != nil && t.decision.form.Dirty(), t.bulk != nil && t.bulk.form != nil && t.bulk.form.Dirty():
		return "a decision that was not taken"
	case t.work != nil && t.work.form.Dirty():
		return "a comment that was not sent"
	case n == 1:
		return "a draft that was not sent"
	case n > 1:
		return fmt.Sprintf("%d drafts that were not sent", n)
	}
	return ""
}

// opened answers Open.
type opened struct {
	gen  int
	what ref
	err  error
	of   model.Number
}

// Open shows the request of an incident, or a device by its name in the audit, as
// a page, whether a list has it or not.
func (t *Tab) Open(n model.Number) tea.Cmd {
	if !t.stack.Empty() {
		return nil
	}
	if id, ok := strings.CutPrefix(string(n), "device "); ok {
		if id, err := strconv.ParseInt(id, 10, 64); err == nil {
			return tea.Batch(t.SetView(devices), t.pin(ref{kind: device, id: id}))
		}
	}
	t.opening++
	gen, me := t.opening, t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		v, err := t.svc.EndpointByUID(ctx, me, string(n))
		return opened{gen, ref{kind: endpoint, id: v.ID}, err, n}
	})
}

// pin shows one thing as a page.
func (t *Tab) pin(of ref) tea.Cmd {
	t.pane().list.Select(of.String())
	t.page, t.inDetail, t.pinned = true, false, of
	t.layOut()
	return t.follow(true)
}

// precise is below which time left its changes are drawn when they come. What has
// more is drawn anew with the minutes of the frame, all of it at once, so that a full
// list rests in between.
const precise = 5 * time.Minute

// NextTick implements tab.Timely: it returns when a time on the screen changes.
// Seconds change together, however the ends are spread within them.
func (t *Tab) NextTick() time.Duration {
	next, now := time.Duration(0), t.env.Now()
	note := func(r model.EndpointRequest) {
		left := r.Expires.Sub(now)
		if r.State != model.EndpointPending || left <= 0 || left > precise {
			return
		}
		d := widget.DueTick(left)
		if d <= time.Second+1 {
			d = now.Truncate(time.Second).Add(time.Second).Sub(now)
		}
		if next == 0 || d < next {
			next = d
		}
	}
	if t.at == waiting && !t.page {
		for _, r := range t.pane().list.Rows() {
			note(*r.endpoint)
		}
	}
	if s := t.reader.shown; s != nil {
		if r, ok := s.request(); ok {
			note(r)
		}
	}
	return next
}

// View implements tab.Tab.
func (t *Tab) View() string {
	if t.width == 0 || t.height == 0 {
		return ""
	}
	if t.page {
		return t.stack.View(t.reader.view())
	}
	body := t.listView()
	if t.split.Both && t.split.List.H > 0 {
		body = t.split.ToDetail(t.inDetail).Join(t.env.Theme, body, t.reader.view(), t.reader.rules())
	}
	if len(t.banner) > 0 {
		banner := drawBanner(t.env.Theme, t.banner)
		if t.split.List.H == 0 {
			return t.stack.View(banner)
		}
		body = banner + "\n" + body
	}
	return t.stack.View(body)
}

func (t *Tab) listView() string {
	p := t.pane()
	if !p.filter.IsOpen() {
		return p.list.View()
	}
	bar := p.filter.View(t.split.List.W)
	if t.split.List.H <= 1 {
		return bar
	}
	return bar + "\n" + p.list.View()
}

// current returns what keys act on; its zero value is nothing.
func (t *Tab) current() ref {
	if t.pinned.kind != nothing {
		return t.pinned
	}
	r, _ := t.pane().list.Selected()
	return r.ref()
}

// follow shows what keys act on now, at once or when the cursor has rested.
func (t *Tab) follow(atOnce bool) tea.Cmd { return t.reader.follow(t.current(), atOnce) }

// openPage gives the detail the whole body.
func (t *Tab) openPage() tea.Cmd { return t.pin(t.current()) }

// closePage goes back from the detail to the list.
func (t *Tab) closePage() {
	t.page, t.inDetail, t.pinned = false, false, ref{}
	t.reader.setRaw(false)
	t.layOut()
}
