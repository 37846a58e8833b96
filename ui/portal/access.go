package portal

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// access is the view of what the person has through this program. Filter and
// order are applied to the rows that are loaded: nobody has thousands.
type access struct {
	core *core
	list *widget.List[workflow.GrantRow]
	bar  *widget.FilterBar
	all  []workflow.GrantRow // those that are loaded
	gen  int                 // of the rows; answers to older ones are dropped
	next workflow.Cursor
	sort string

	detail *widget.Detail
	page   bool // the detail is the whole body
	inPane bool // the detail has the keys, beside the list

	busy   map[int64]bool // those whose giving back is on its way to the queue
	ending map[int64]bool // those whose giving back the vault is told
	reason *widget.Form   // of the dialog that asks whether to give back
	ends   ends           // of those that ended early

	width, height int
	parts         widget.Split
}

// accessLoaded answers load.
type accessLoaded struct {
	gen   int
	after workflow.Cursor
	page  workflow.Page[workflow.GrantRow]
	err   error
}

// sortTitle is the order by name; the other is workflow.SortExpires.
const sortTitle = "title"

func newAccess(c *core) *access {
	a := &access{core: c, sort: workflow.SortExpires, detail: widget.NewDetail(c.env.Theme),
		busy: map[int64]bool{}, ending: map[int64]bool{}, ends: ends{}}
	a.list = widget.NewList(c.env.Theme, widget.ListOptions[workflow.GrantRow]{
		Columns: a.columns(), ID: grantID,
		Version: func(r workflow.GrantRow) int64 { return r.Grant.Revision },
		More:    func() tea.Cmd { return a.load(a.next) }, Unmarkable: true,
	})
	a.bar = widget.NewFilterBar(c.env.Theme, []string{"state"}, func(widget.Filter) tea.Cmd { a.show(); return nil })
	a.setEmpty()
	return a
}

func grantID(r workflow.GrantRow) string { return strconv.FormatInt(r.Grant.ID, 10) }

func (a *access) columns() []widget.Column[workflow.GrantRow] {
	env := a.core.env
	return []widget.Column[workflow.GrantRow]{
		{Title: "LEFT", Width: 9, Cell: a.left},
		{Title: "WHAT", Width: 22, Flex: 1, Key: true, Cell: func(r workflow.GrantRow) widget.Line {
			g := r.Grant
			asked := workflow.RequestRow{Item: itemOf(g), Asked: model.Access{Right: g.Right}, Target: g.Target}
			return aligned(casepane.Has(asked.Item, g.Right), casepane.Row{RequestRow: asked}, !g.State.Open())
		}},
		{Title: "SINCE", Width: 6, Drop: 2, Cell: func(r workflow.GrantRow) widget.Line {
			if r.Grant.Since.IsZero() {
				return widget.Words(theme.Faint, "-")
			}
			return widget.Words(theme.Faint, widget.Day(r.Grant.Since, env.Now(), env.Zone))
		}},
		{Title: "UNTIL", Width: 12, Drop: 1, Cell: func(r workflow.GrantRow) widget.Line {
			end, ink := r.Grant.Until, theme.Heading
			if !r.Grant.State.Open() {
				ink = theme.Faint
			}
			if r.Grant.State == model.GrantRevoked {
				end = r.Grant.Updated // before it was meant to
			}
			if end.IsZero() {
				return widget.Words(theme.Faint, "-")
			}
			return widget.Words(ink, widget.Moment(end, env.Now(), env.Zone))
		}},
		{Title: "STATE", Width: 17, Cell: a.state},
	}
}

// left is the time that is left.
func (a *access) left(r workflow.GrantRow) widget.Line {
	g := r.Grant
	switch {
	case !g.State.Open():
		return widget.Words(theme.Faint, "-")
	case g.State == model.GrantPending:
		return widget.Words(theme.Heading, "not yet")
	case g.Until.IsZero():
		return widget.Words(theme.Warn, "permanent")
	case r.Ending:
		return widget.Words(theme.WarnStrong, widget.Due(g.Until.Sub(a.core.env.Now())))
	}
	return widget.Words(theme.Heading, widget.Due(g.Until.Sub(a.core.env.Now())))
}

// state is where the access is, and how far its giving back is.
func (a *access) state(r workflow.GrantRow) widget.Line {
	switch op := r.OpState; {
	case a.busy[r.Grant.ID]:
		return widget.Words(theme.Accent, "giving back…")
	case r.Grant.State == model.GrantRevoked:
		return widget.Words(theme.Faint, "ended early")
	case r.Grant.State == model.GrantEnded:
		return widget.Words(theme.Faint, "ended")
	case op == model.OpQueued, op == model.OpSent:
		return widget.Words(theme.Accent, "give-back "+string(op))
	case op == model.OpUnknown:
		return widget.Words(theme.Warn, "give-back unknown")
	case op == model.OpRefused:
		return widget.Words(theme.Bad, "give-back refused")
	case r.Grant.State == model.GrantPending:
		return widget.Words(theme.Warn, "invitation sent")
	case r.Grant.Drift != "":
		return widget.Words(theme.WarnStrong, "changed in vault")
	case r.Ending:
		return widget.Words(theme.WarnStrong, "ending soon")
	}
	return widget.Words(theme.OK, "active")
}

// load asks for the rows after a place, or for all those from the beginning that
// are loaded now.
func (a *access) load(after workflow.Cursor) tea.Cmd {
	q := workflow.Query{After: after, Limit: pageSize}
	if after == "" {
		a.gen++
		q.Limit = max(pageSize, len(a.all))
	}
	gen, me, svc := a.gen, a.core.env.Me.ID, a.core.svc
	return a.core.env.Do(func(ctx context.Context) tea.Msg {
		page, err := svc.Access(ctx, me, q)
		return accessLoaded{gen, after, page, err}
	})
}

func (a *access) loaded(msg accessLoaded) tea.Cmd {
	if msg.gen != a.gen {
		return nil
	}
	if msg.err != nil {
		return notice.Unread(a.list, msg.err, a.core.env.Me)
	}
	a.next = msg.page.Next
	if msg.after == "" {
		a.all = nil
	}
	a.all = append(a.all, msg.page.Rows...)
	a.show()
	return tea.Batch(a.tellEnded(), a.readEnd())
}

// show lists the loaded rows that fit the filter: what stands first, in the
// chosen order, then what is over.
func (a *access) show() {
	f := a.bar.Filter()
	state, byState := f.Term("state")
	var rows []workflow.GrantRow
	for _, r := range a.all {
		word := a.state(r).String()
		if fits(f, r.Grant.Target.Label(), string(r.Grant.Right), word, string(r.Grant.Number)) &&
			(!byState || strings.Contains(word, strings.ToLower(state.Value))) {
			rows = append(rows, r)
		}
	}
	if a.sort == sortTitle {
		slices.SortStableFunc(rows, func(x, y workflow.GrantRow) int {
			if x.Grant.State.Open() != y.Grant.State.Open() {
				return 0
			}
			return strings.Compare(strings.ToLower(x.Grant.Target.Label()), strings.ToLower(y.Grant.Target.Label()))
		})
	}
	slices.SortStableFunc(rows, func(x, y workflow.GrantRow) int { return over(x) - over(y) })
	a.setEmpty()
	a.list.SetRows(rows, a.next != "")
	a.list.SetFooter(a.footer())
	a.follow()
}

// over orders what stands before what has ended.
func over(r workflow.GrantRow) int {
	if r.Grant.State.Open() {
		return 0
	}
	return 1
}

func (a *access) setEmpty() {
	if !a.bar.Filter().Empty() {
		a.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
		return
	}
	a.list.SetEmpty("You have no access through countersign.", "n opens the catalog; what you are given appears here.")
}

// footer says how much stands, and what of it needs a look.
func (a *access) footer() widget.Line {
	if a.list.Len() == 0 {
		return nil
	}
	var active, invited, soon, drifted int
	for _, r := range a.list.Rows() {
		switch {
		case r.Grant.State == model.GrantPending:
			invited++
		case r.Grant.State.Open():
			active++
		}
		if r.Ending && r.Grant.State.Open() {
			soon++
		}
		if r.Grant.Drift != "" && r.Grant.State.Open() {
			drifted++
		}
	}
	line := widget.Words(theme.Note, strconv.Itoa(active)+" active")
	add := func(n int, ink theme.Ink, words string) {
		if n > 0 {
			line = append(line, widget.Say(theme.Note, " · "), widget.Say(ink, strconv.Itoa(n)+" "+words))
		}
	}
	add(soon, theme.Warn, "ending soon")
	add(drifted, theme.Warn, "changed in the vault")
	add(invited, theme.Note, "invited")
	add(a.list.Len()-active-invited, theme.Note, "over")
	return line
}

// tellEnded says what came of what is being given back.
func (a *access) tellEnded() tea.Cmd {
	var cmds []tea.Cmd
	for _, r := range a.all {
		g := r.Grant
		if !a.ending[g.ID] {
			continue
		}
		what := widget.Foreign(theme.OK, visible(g.Target.Label()))
		switch {
		case !g.State.Open():
			cmds = append(cmds, notice.Say(tab.NoticeOK, append(what, widget.Say(theme.OK, " is given back"))))
		case r.OpState == "" || r.OpState == model.OpScheduled:
			cmds = append(cmds, notice.Say(tab.NoticeWarn, append(widget.Foreign(theme.Warn, visible(g.Target.Label())),
				widget.Say(theme.Warn, " was not given back: see "+string(g.Number)))))
		default:
			continue
		}
		delete(a.ending, g.ID)
	}
	return tea.Batch(cmds...)
}

func (a *access) reload() tea.Cmd { return a.load("") }

// follow draws the access under the cursor.
func (a *access) follow() {
	r, ok := a.list.Selected()
	if !ok {
		a.detail.SetEmpty("")
		return
	}
	a.detail.SetContent(grantID(r), a.content(r))
}

// closePage goes back from the detail to the list.
func (a *access) closePage() {
	a.page, a.inPane = false, false
	a.layOut()
}

func (a *access) setSize(width, height int) {
	a.width, a.height = width, height
	a.layOut()
}

// layOut shares the body among what is drawn.
func (a *access) layOut() {
	body := widget.Rect{W: a.width, H: a.height}
	a.parts = widget.NewSplit(body, tab.ListPercent)
	list, detail := a.parts.List, a.parts.Detail
	if a.page {
		detail = body
	}
	if a.bar.IsOpen() {
		list.H = max(list.H-1, 0)
	}
	a.list.SetSize(list.W, list.H)
	a.list.SetFocused(!a.inPane && !a.page)
	a.detail.SetSize(detail.W, detail.H)
}

func (a *access) split() widget.Split {
	if a.page {
		return widget.Split{}
	}
	return a.parts
}

func (a *access) filter() *widget.FilterBar { return a.bar }
func (a *access) sortText() string          { return a.sort }
func (a *access) writes() bool              { return false }
func (a *access) open() int                 { return 0 }

// nextTick lets seconds run while something is in its last two minutes, or is
// about to be.
func (a *access) nextTick() time.Duration {
	least := time.Duration(0)
	for _, r := range a.list.Rows() {
		if r.Grant.State == model.GrantActive && !r.Grant.Until.IsZero() {
			least = sooner(least, r.Grant.Until.Sub(a.core.env.Now()))
		}
	}
	return least
}

// update implements screen.
func (a *access) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tab.Minute:
		a.list.Redraw()
		a.follow()
		return nil
	case accessLoaded:
		return a.loaded(msg)
	case givenBack:
		return a.givenBack(msg)
	case extended:
		return a.extended(msg)
	case endRead:
		a.endRead(msg)
		return nil
	}
	return a.bar.Update(msg)
}

func (a *access) view() string {
	switch {
	case a.page:
		return a.detail.View()
	case a.parts.Both:
		return a.parts.ToDetail(a.inPane).Join(a.core.env.Theme, a.listView(), a.detail.View(), a.detail.Rules())
	}
	return a.listView()
}

func (a *access) listView() string {
	if !a.bar.IsOpen() {
		return a.list.View()
	}
	return a.bar.View(a.parts.List.W) + "\n" + a.list.View()
}
