package logs

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
	Log(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.LogPage, error)
	Audit(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.AuditRow], error)
	Traffic(ctx context.Context, actor model.PersonID, q workflow.Query) (workflow.Page[workflow.TrafficRow], error)
	// VerifyAudit walks the whole audit chain. It may take seconds; it ends with
	// the context.
	VerifyAudit(ctx context.Context, actor model.PersonID) (workflow.ChainState, error)
	// LogNews tells of changes of the log until the context ends.
	LogNews(ctx context.Context) <-chan struct{}
	Helping
}

// The places of the views.
const (
	application = iota
	audit
	vault
)

// Tab is the Logs tab. It implements tab.Tab, tab.Parted and tab.Resting.
type Tab struct {
	env  *tab.Env
	svc  Service
	keys keys

	views  [3]view
	pages  []page // behind the views
	at     int    // the view or page shown
	detail *widget.Detail

	width, height int
	split         widget.Split
	onDetail      bool   // the detail has the keys; in a narrow window it is the page
	shown         string // the row in the detail
	moves         int    // of the cursor away from it

	chain chain
	news  news

	// after delivers a message later; tests put their own clock here.
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

// rested says that the cursor has not moved since.
type rested struct{ moves int }

// New returns the tab, which loads nothing before Focus.
func New(env *tab.Env, svc Service) *Tab {
	t := &Tab{env: env, svc: svc, keys: newKeys(), detail: widget.NewDetail(env.Theme),
		after: func(d time.Duration, msg tea.Msg) tea.Cmd {
			return tea.Tick(d, func(time.Time) tea.Msg { return msg })
		}}
	me := env.Me.ID
	t.views[application] = newPane(env, paneOptions[workflow.LogRow]{
		title: "Application", columns: t.logColumns(), terms: []string{"level", "component", "from", "to", "correlation"}, quotes: true,
		empty: "The log is empty.", advice: "What the program does is written here.",
		id: func(r workflow.LogRow) int64 { return r.ID }, describe: t.describeLog, clock: t.clockWords,
		ask: func(ctx context.Context, q workflow.Query) (answer[workflow.LogRow], error) {
			p, err := svc.Log(ctx, me, q)
			return answer[workflow.LogRow]{p.Page, p.Top, p.Reached}, err
		},
	})
	t.views[audit] = newPane(env, paneOptions[workflow.AuditRow]{
		title: "Audit", columns: t.auditColumns(), terms: []string{"who", "action", "object", "from", "to"},
		empty: "Nobody has done anything yet.", advice: "Who did what to which object is kept here.",
		id: func(r workflow.AuditRow) int64 { return r.Seq }, describe: t.describeAudit, clock: t.clockWords,
		ask: func(ctx context.Context, q workflow.Query) (answer[workflow.AuditRow], error) {
			p, err := svc.Audit(ctx, me, q)
			return answer[workflow.AuditRow]{Page: p}, err
		},
	})
	t.views[vault] = newPane(env, paneOptions[workflow.TrafficRow]{
		title: "Vault", columns: t.trafficColumns(), terms: []string{"outcome", "from", "to", "correlation"},
		empty: "Nothing was sent to the vault yet.", advice: "Every command is listed here, secrets masked.",
		id: func(r workflow.TrafficRow) int64 { return r.ID }, describe: t.describeTraffic, clock: t.clockWords,
		ask: func(ctx context.Context, q workflow.Query) (answer[workflow.TrafficRow], error) {
			p, err := svc.Traffic(ctx, me, q)
			return answer[workflow.TrafficRow]{Page: p}, err
		},
	})
	t.views[audit].setNote(t.chain.line(t))
	t.pages = []page{newSupport(env, svc), newPrivacy(env, svc)}
	t.showSelected()
	return t
}

// view is the list that is shown; there is none while page returns one.
func (t *Tab) view() view { return t.views[t.at] }

// SetSize lays list and detail out in the body.
func (t *Tab) SetSize(width, height int) {
	t.width, t.height = max(width, 0), max(height, 0)
	t.layOut()
}

func (t *Tab) layOut() {
	for _, p := range t.pages {
		p.setSize(t.width, t.height)
	}
	if t.page() != nil {
		t.split = widget.Split{}
		return
	}
	height := t.height
	if t.view().filterBar().IsOpen() {
		height = max(height-1, 0)
	}
	t.split = widget.NewSplit(widget.Rect{W: t.width, H: height}, tab.ListPercent)
	for _, v := range t.views {
		v.setSize(t.split.List.W, height, !t.onDetail)
	}
	t.detail.SetSize(t.split.Detail.W, height)
}

// Split tells the frame where the wall between list and detail stands.
func (t *Tab) Split() widget.Split {
	if p := t.page(); p != nil {
		return p.split()
	}
	return t.split
}

// Rest leaves the detail blank while on.
func (t *Tab) Rest(on bool) { t.detail.SetBlank(on) }

// Focus loads the view that is shown.
func (t *Tab) Focus() tea.Cmd { return t.load() }

func (t *Tab) load() tea.Cmd {
	if p := t.page(); p != nil {
		return p.load()
	}
	return t.view().load()
}

// Views lists the views; nothing waits in them, so nothing is counted.
func (t *Tab) Views() ([]tab.View, int) {
	var views []tab.View
	for _, v := range t.views {
		views = append(views, tab.View{Name: v.title()})
	}
	for _, p := range t.pages {
		views = append(views, tab.View{Name: p.title()})
	}
	return views, t.at
}

// SetView shows another view and loads it.
func (t *Tab) SetView(n int) tea.Cmd {
	t.at = min(max(n, 0), len(t.views)+len(t.pages)-1)
	t.onDetail = false
	t.layOut()
	t.showSelected()
	return t.load()
}

// FilterText returns the filter in force.
func (t *Tab) FilterText() string {
	if t.page() != nil {
		return ""
	}
	return t.view().filterBar().Text()
}

// Filterable implements tab.Refiltered.
func (t *Tab) Filterable() bool { return t.page() == nil && (!t.onDetail || t.split.Both) }

// Filter implements tab.Refiltered.
func (t *Tab) Filter() string {
	if t.page() != nil {
		return ""
	}
	return t.view().filterBar().Told()
}

// SetFilter implements tab.Refiltered.
func (t *Tab) SetFilter(text string) tea.Cmd { return t.filtered(t.at, text) }

// SortText is empty: logs come newest first.
func (t *Tab) SortText() string { return "" }

// Capturing reports whether the filter is being typed, or a page has the keys.
func (t *Tab) Capturing() bool {
	if p := t.page(); p != nil {
		return p.capturing()
	}
	return t.view().filterBar().IsOpen()
}

// Unsaved is what the pages would lose: nothing is written in the lists.
func (t *Tab) Unsaved() string {
	for _, p := range t.pages {
		if lost := p.unsaved(); lost != "" {
			return lost
		}
	}
	return ""
}

// Open shows what was done to one thing.
func (t *Tab) Open(n model.Number) tea.Cmd { return t.filtered(audit, "object:"+string(n)) }

// filtered shows a view with a filter.
func (t *Tab) filtered(n int, filter string) tea.Cmd {
	t.at, t.onDetail = n, false
	bar := t.view().filterBar()
	bar.Reset()
	cmd := bar.Set(filter)
	t.layOut()
	t.showSelected()
	return cmd
}

// Update handles keys and answers.
func (t *Tab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Changed:
		return t.load()
	case tab.Minute:
		if t.page() == nil {
			t.view().redraw()
		}
		return t.toPages(msg)
	case tab.Goto:
		if msg.Correlation != "" {
			return t.filtered(application, "correlation:"+string(msg.Correlation))
		}
		return nil
	case rested:
		if msg.moves == t.moves {
			t.showSelected()
		}
		return nil
	case subscribed:
		return t.subscribed(msg)
	case grew:
		return t.grew(msg)
	case verified:
		t.chain.take(msg)
		t.views[audit].setNote(t.chain.line(t))
		return nil
	case tea.KeyPressMsg, tea.MouseMsg, tea.PasteMsg:
		if p := t.page(); p != nil {
			return p.update(msg)
		}
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return t.press(msg)
	case tea.MouseMsg:
		return t.mouse(msg)
	}
	for _, v := range t.views {
		if cmd, taken := v.take(msg); taken {
			t.layOut()
			t.showSelected()
			return cmd
		}
	}
	var cmds []tea.Cmd
	for _, v := range t.views {
		cmds = append(cmds, v.filterBar().Update(msg))
	}
	if _, paste := msg.(tea.PasteMsg); !paste {
		cmds = append(cmds, t.toPages(msg))
	}
	return tea.Batch(cmds...)
}

func (t *Tab) press(msg tea.KeyPressMsg) tea.Cmd {
	v := t.view()
	if v.filterBar().IsOpen() {
		cmd := v.filterBar().Update(msg)
		t.layOut()
		return cmd
	}
	c, some := v.selected()
	switch {
	case key.Matches(msg, t.keys.Related) && c.correlation != "":
		return t.filtered(application, "correlation:"+string(c.correlation))
	case key.Matches(msg, t.keys.Copy):
		return copyObject(c)
	case key.Matches(msg, t.keys.Verify) && t.at == audit:
		return t.verify()
	case t.onDetail && (key.Matches(msg, t.keys.Back) || key.Matches(msg, t.keys.Detail)):
		t.onDetail = false
		t.layOut()
	case t.onDetail:
		return t.detail.Update(msg)
	case some && (key.Matches(msg, t.keys.Open) || key.Matches(msg, t.keys.Detail) && t.split.Both):
		t.onDetail = true
		t.layOut()
		t.showSelected()
	case key.Matches(msg, t.keys.Stop) && v.searches():
		v.stop()
	case key.Matches(msg, t.keys.Drop) && t.FilterText() != "":
		return v.filterBar().Set("")
	case key.Matches(msg, t.keys.Filter):
		v.filterBar().Open()
		t.layOut()
	case key.Matches(msg, t.keys.Follow):
		v.follow()
		t.showSelected()
		return t.listen()
	case key.Matches(msg, t.keys.Refresh):
		return v.refetch()
	case key.Matches(msg, t.keys.ScrollDown):
		t.showSelected()
		t.detail.Scroll(1)
	case key.Matches(msg, t.keys.ScrollUp):
		t.showSelected()
		t.detail.Scroll(-1)
	default:
		cmd := v.press(msg)
		t.hush()
		return tea.Batch(cmd, t.follow())
	}
	return nil
}

// follow lets the detail follow the cursor when that has rested.
func (t *Tab) follow() tea.Cmd {
	t.moves++
	if c, _ := t.view().selected(); c.id == t.shown {
		return nil
	}
	return t.after(tab.RestsFor, rested{t.moves})
}

func copyObject(c chosen) tea.Cmd {
	if !c.copyable() {
		return nil
	}
	said := widget.Line{widget.Say(theme.Text, "copied "), widget.Show(theme.Text, safetext.Line(c.object))}
	return tea.Batch(tea.SetClipboard(c.object), tab.Send(tab.Notice{Kind: tab.NoticeOK, Text: said}))
}

func (t *Tab) mouse(msg tea.MouseMsg) tea.Cmd {
	if local, hit := t.split.List.Mouse(msg); hit && (!t.onDetail || t.split.Both) {
		if _, click := local.(tea.MouseClickMsg); click && t.onDetail {
			t.onDetail = false
			t.layOut()
		}
		cmd := t.view().press(local)
		return tea.Batch(cmd, t.follow())
	}
	if local, hit := t.split.Detail.Mouse(msg); hit {
		return t.detail.Update(local)
	}
	return nil
}

// showSelected draws the row under the cursor into the detail.
func (t *Tab) showSelected() {
	if t.page() != nil {
		return
	}
	c, ok := t.view().selected()
	t.shown = c.id
	if !ok {
		t.detail.SetEmpty("Nothing is chosen.")
		t.onDetail = false
		return
	}
	t.detail.SetContent(t.view().title()+" "+c.id, c.content)
}

// View draws the body.
func (t *Tab) View() string {
	if p := t.page(); p != nil {
		return p.view()
	}
	var parts []string
	if t.split.List.H > 0 {
		parts = append(parts, t.body())
	}
	if bar := t.view().filterBar(); bar.IsOpen() && t.height > 0 {
		parts = append(parts, bar.View(t.width))
	}
	return strings.Join(parts, "\n")
}

func (t *Tab) body() string {
	switch {
	case t.split.Both:
		return t.split.ToDetail(t.onDetail).Join(t.env.Theme, t.view().draw(), t.detail.View(), t.detail.Rules())
	case t.onDetail:
		return t.detail.View()
	}
	return t.view().draw()
}
