package approvals

import (
	"context"
	"slices"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// maxSecurity is how many endpoint requests stand in the list at most, and how many
// devices; the EPM tab has them all.
const maxSecurity = 200

// mostOf leaves out what is too much, and reports whether something was.
func mostOf(waiting []workflow.WaitingRow) ([]workflow.WaitingRow, bool) {
	var kept []workflow.WaitingRow
	endpoints, devices := 0, 0
	for _, w := range waiting {
		n := &endpoints
		if w.Device != nil {
			n = &devices
		}
		if *n++; *n <= maxSecurity {
			kept = append(kept, w)
		}
	}
	return kept, endpoints > maxSecurity || devices > maxSecurity
}

// securityNumber is what an endpoint request or a device is called here, and by
// which the EPM tab opens it.
func securityNumber(w workflow.WaitingRow) model.Number {
	switch {
	case w.Device != nil:
		return w.Device.Object()
	case w.Endpoint.Incident != "":
		return w.Endpoint.Incident
	}
	return model.Number(w.Endpoint.UID)
}

// withSecurity puts endpoint requests and devices among the first page of waiting
// requests, where the order has them.
func (t *Tab) withSecurity(rows []row, waiting []workflow.WaitingRow) []row {
	if len(waiting) == 0 {
		return rows
	}
	for _, w := range waiting {
		r := row{RequestRow: workflow.RequestRow{Number: securityNumber(w), State: model.Requested, Due: w.Due, Created: w.Created}, Security: &w}
		switch {
		case w.Device != nil:
			r.Requestor = w.Device.Email
		default:
			r.Requestor = w.Endpoint.User
		}
		if t.fitsSecurity(w) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		switch t.sort[t.view] {
		case workflow.SortNewest:
			return b.Created.Compare(a.Created)
		case workflow.SortOldest:
			return a.Created.Compare(b.Created)
		}
		if a.Due.IsZero() != b.Due.IsZero() {
			if a.Due.IsZero() {
				return 1
			}
			return -1
		}
		return a.Due.Compare(b.Due)
	})
	return rows
}

// version grows with what a row shows. Endpoint requests and devices are written
// at every listing, whether something has changed or not: their revision tells.
func version(r row) int64 {
	switch {
	case r.Security == nil:
		return r.Updated.UnixNano()
	case r.Security.Device != nil:
		return r.Security.Device.Revision
	}
	if !r.Security.Endpoint.Complete {
		return 0 // the evidence is pending, and changes nothing when it comes
	}
	return r.Security.Endpoint.Revision
}

// fitsSecurity reports whether a row passes the filter: its words only, since the
// keys are those of requests.
func (t *Tab) fitsSecurity(w workflow.WaitingRow) bool {
	f := t.filter.Filter()
	if len(f.Terms) > 0 {
		return false
	}
	text := string(securityNumber(w)) + " "
	if w.Device != nil {
		text += w.Device.Email + " " + w.Device.Name + " " + w.Device.Location
	} else {
		text += w.Endpoint.User + " " + w.Endpoint.Machine + " " + w.Endpoint.What
	}
	text = strings.ToLower(text)
	return !slices.ContainsFunc(f.Words, func(word string) bool { return !strings.Contains(text, strings.ToLower(word)) })
}

// securityWants and securitySubject are the cells of such a row.
func securityWants(w workflow.WaitingRow) widget.Line {
	if w.Device != nil {
		return widget.Words(theme.Accent, "device")
	}
	return widget.Words(theme.Accent, "run")
}

func securitySubject(w workflow.WaitingRow) widget.Line {
	if w.Device != nil {
		return append(evidence.Name(w.Device.Device), append(widget.Words(theme.Faint, " · "), evidence.Place(w.Device.Device)...)...)
	}
	// In one ink: another one for each row of a full screen is a third of its bytes.
	line := append(evidence.Runs(*w.Endpoint), widget.Say(theme.Text, " on "))
	return append(line, widget.Show(theme.Text, safetext.Line(w.Endpoint.Machine)))
}

// aside shows the evidence of the endpoint request or the device under the cursor.
// It is decided on the EPM tab.
type aside struct {
	env    *tab.Env
	svc    Service
	detail *widget.Detail
	of     *workflow.WaitingRow // nil while a request has the cursor
	gen    int
	key    string
	draw   func(evidence.Options) widget.DetailContent // nil until it was read
}

// The messages of an aside; gen is that of the row they were for.
type (
	asideRested struct {
		gen int
		of  workflow.WaitingRow
	}
	asideRead struct {
		gen  int
		key  string
		draw func(evidence.Options) widget.DetailContent
		err  error
	}
)

func newAside(env *tab.Env, svc Service) *aside {
	return &aside{env: env, svc: svc, detail: widget.NewDetail(env.Theme)}
}

// follow goes to another row, or to none.
func (a *aside) follow(w *workflow.WaitingRow, after func(asideRested) tea.Cmd) tea.Cmd {
	same := w != nil && a.of != nil && securityNumber(*w) == securityNumber(*a.of)
	a.of = w
	if w == nil || same {
		return nil
	}
	a.gen++
	a.draw = nil
	a.detail.SetEmpty("")
	return after(asideRested{a.gen, *w})
}

// reload reads the evidence again, if there is any on the screen.
func (a *aside) reload() tea.Cmd {
	if a.of == nil || a.draw == nil {
		return nil
	}
	return a.read(*a.of)
}

// read reads the evidence from the queue.
func (a *aside) read(w workflow.WaitingRow) tea.Cmd {
	gen, me := a.gen, a.env.Me.ID
	return a.env.Do(func(ctx context.Context) tea.Msg {
		if w.Device != nil {
			v, err := a.svc.Device(ctx, me, w.Device.ID)
			if err != nil {
				return asideRead{gen: gen, err: err}
			}
			return asideRead{gen, evidence.DeviceKey(v), func(o evidence.Options) widget.DetailContent { return evidence.Device(v, o) }, err}
		}
		v, err := a.svc.Endpoint(ctx, me, w.Endpoint.ID)
		if err != nil {
			return asideRead{gen: gen, err: err}
		}
		return asideRead{gen, evidence.Key(v), func(o evidence.Options) widget.DetailContent { return evidence.Endpoint(v, o) }, err}
	})
}

func (a *aside) show(msg asideRead) {
	switch {
	case msg.gen != a.gen || a.of == nil:
	case msg.err != nil:
		a.draw = nil
		a.detail.SetEmpty("▲ " + notice.Cause(msg.err).String())
	default:
		a.key, a.draw = msg.key, msg.draw
		a.redraw()
	}
}

// redraw lays it out anew, since the time that is left has changed.
func (a *aside) redraw() {
	if a.draw == nil {
		return
	}
	c := a.draw(evidence.Options{Now: a.env.Now(), Zone: a.env.Zone})
	c.Lead = []widget.Line{widget.Words(theme.Note, "enter opens it on the EPM tab, where it is decided")}
	a.detail.SetContent(a.key, c)
}

// security returns the endpoint request or the device under the cursor, nil if
// there is a request.
func (t *Tab) security() *workflow.WaitingRow {
	r, ok := t.list.Selected()
	if !ok || t.pinned != "" {
		return nil
	}
	return r.Security
}

// toEPM opens the row under the cursor on the tab that decides it.
func (t *Tab) toEPM(w workflow.WaitingRow) tea.Cmd {
	return tab.Send(tab.Goto{Tab: tab.EPM, Number: securityNumber(w)})
}

// pressSecurity handles the keys that a request would have; it reports whether the
// key was one of them.
func (t *Tab) pressSecurity(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	w, k := t.security(), t.keys
	if w == nil || t.page {
		return nil, false
	}
	switch {
	case key.Matches(msg, k.Approve, k.Deny) && len(t.list.Marked()) > 0:
		return nil, false
	case key.Matches(msg, k.Open, k.Approve, k.Deny, k.Raw):
		return t.toEPM(*w), true
	case key.Matches(msg, k.Comment, k.Log):
		return notice.Warn("this is for requests: enter opens it on the EPM tab"), true
	case key.Matches(msg, k.Copy):
		uid := model.UID("")
		if w.Endpoint != nil {
			uid = w.Endpoint.UID
		}
		return notice.Copy(uid, securityNumber(*w)), true
	case key.Matches(msg, k.DetailDown):
		t.aside.detail.Scroll(1)
		return nil, true
	case key.Matches(msg, k.DetailUp):
		t.aside.detail.Scroll(-1)
		return nil, true
	case t.inDetail && !key.Matches(msg, k.Focus, k.FocusBack, k.Back, k.Refresh):
		return t.aside.detail.Update(msg), true
	}
	return nil, false
}

// detailView is what stands beside the list, and its rules.
func (t *Tab) detailView() (string, []int) {
	if t.security() == nil || t.pane.covered || t.pane.resting {
		return t.pane.view(), t.pane.rules()
	}
	return t.aside.detail.View(), t.aside.detail.Rules()
}
