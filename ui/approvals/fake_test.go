package approvals

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/casepane/casetest"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// noon is when the tests begin.
var noon = time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)

const aliceUID = model.UID("RZToj60CrP9GDxjDTPWxAQ")

// queue is a Service over a few requests in memory. It counts what it is asked.
type queue struct {
	limits []int // of the lists that were asked for
	order  []model.Number
	cases  map[model.Number]*workflow.CaseView
	facts  map[model.UID]model.RecordFacts
	too    []workflow.WaitingRow

	requestsErr, factsErr, commentErr error
	decideErr                         map[model.Number]error

	asked    []string // the calls, in their order
	votes    []workflow.Decision
	comments []string

	groups      []model.GroupName
	reviews     []workflow.ReviewRow
	emergencies []workflow.Emergency
}

func (q *queue) WaitingToo(context.Context, model.PersonID, int) ([]workflow.WaitingRow, error) {
	return q.too, nil
}

func (q *queue) Endpoint(_ context.Context, _ model.PersonID, id int64) (workflow.EndpointView, error) {
	for _, w := range q.too {
		if w.Endpoint != nil && w.Endpoint.ID == id {
			return workflow.EndpointView{EndpointRequest: *w.Endpoint, Statement: model.StatementOfEndpoint(*w.Endpoint)}, nil
		}
	}
	return workflow.EndpointView{}, workflow.ErrNotFound
}

func (q *queue) Device(_ context.Context, _ model.PersonID, id int64) (workflow.DeviceView, error) {
	for _, w := range q.too {
		if w.Device != nil && w.Device.ID == id {
			return workflow.DeviceView{DeviceRow: *w.Device, Statement: model.StatementOfDevice(w.Device.Device)}, nil
		}
	}
	return workflow.DeviceView{}, workflow.ErrNotFound
}

func (q *queue) Requests(_ context.Context, _ model.PersonID, query workflow.Query) (workflow.Page[workflow.RequestRow], error) {
	q.asked = append(q.asked, "requests "+query.View+" "+query.Sort+" "+strings.Join(query.Words, "+")+fmt.Sprint(query.Terms))
	q.limits = append(q.limits, query.Limit)
	if q.requestsErr != nil {
		return workflow.Page[workflow.RequestRow]{}, q.requestsErr
	}
	var page workflow.Page[workflow.RequestRow]
	for _, n := range q.order {
		c := q.cases[n]
		r := c.Request
		waits := r.State == model.Requested
		if query.View == workflow.RequestsWaiting && !waits || query.View == workflow.RequestsDecided && waits {
			continue
		}
		title := r.Target.Label()
		if title == "" {
			title, _ = r.Answer("title")
		}
		var decided time.Time
		for _, ap := range c.Approvals {
			decided = ap.Decided
		}
		page.Rows = append(page.Rows, workflow.RequestRow{Decided: decided, Number: n, Item: r.Item, Requestor: c.Name(r.RequestedBy), For: r.RequestedFor,
			Asked: r.Asked, Allowed: r.Allowed, Target: r.Target, Title: title, State: r.State, NeedsInfo: r.NeedsInfo,
			Due: r.Due, Created: r.Created, Updated: r.Updated, Revision: r.Revision, Own: r.RequestedBy == "dana"})
	}
	return page, nil
}

func (q *queue) Case(_ context.Context, _ model.PersonID, n model.Number) (workflow.CaseView, error) {
	q.asked = append(q.asked, "case "+string(n))
	c, ok := q.cases[n]
	if !ok {
		return workflow.CaseView{}, fmt.Errorf("%s: %w", n, workflow.ErrNotFound)
	}
	return casetest.Stand(*c), nil
}

func (q *queue) Facts(_ context.Context, _ model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	q.asked = append(q.asked, fmt.Sprintf("facts %s %v", uid, fresh))
	return q.facts[uid], q.factsErr
}

func (q *queue) Decide(_ context.Context, _ model.PersonID, d workflow.Decision) (workflow.Decided, error) {
	q.votes = append(q.votes, d)
	out := workflow.Decided{Number: d.Number, Err: q.decideErr[d.Number]}
	if out.Err != nil {
		return out, out.Err
	}
	c := q.cases[d.Number]
	c.Request.State, out.Approval = model.InProcess, model.ApprovalApproved
	if d.Verdict == model.Deny {
		c.Request.State, out.Approval = model.ClosedRejected, model.ApprovalRejected
	}
	out.State = c.Request.State
	return out, nil
}

func (q *queue) DecideMany(ctx context.Context, me model.PersonID, ds []workflow.Decision) []workflow.Decided {
	var out []workflow.Decided
	for _, d := range ds {
		r, _ := q.Decide(ctx, me, d)
		out = append(out, r)
	}
	return out
}

func (q *queue) Comment(_ context.Context, _ model.PersonID, n model.Number, kind model.EntryKind, text string) error {
	q.comments = append(q.comments, string(n)+" "+string(kind)+" "+text)
	return q.commentErr
}

// refuse makes an action on a request not allowed.
func (q *queue) refuse(n model.Number, code model.DenyCode, reason string) {
	c := q.cases[n]
	c.Perms = slices.Clone(c.Perms)
	for i, p := range c.Perms {
		if p.Action == model.ActApprove || p.Action == model.ActDeny {
			c.Perms[i].Err = &model.Denied{Code: code, Reason: reason}
		}
	}
}

func (q *queue) add(n model.Number, by model.PersonID, change func(*workflow.CaseView)) {
	people := map[model.PersonID]model.Person{}
	for _, login := range []string{"alice", "bob", "erin", "heidi", "frank", "carol", "grace", "dana", "omar"} {
		people[model.PersonID(login)] = model.Person{ID: model.PersonID(login), Login: login, Email: login + "@example.com",
			Name: strings.ToUpper(login[:1]) + login[1:] + " Example", Active: true}
	}
	item, _ := model.FindItem(model.ItemRecordAccess)
	asked := model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)}
	c := &workflow.CaseView{
		Case: model.Case{
			Request: model.Request{ID: int64(len(q.order) + 1), Number: n, Item: item.Key, RequestedBy: by, RequestedFor: string(by) + "@example.com",
				Justification: "needed for the release of " + string(n), Asked: asked, Allowed: asked,
				Target: model.Target{Kind: model.TargetRecord, UID: model.UID(fmt.Sprintf("%022s", n)), Title: "prod-db-01", Type: "login"},
				State:  model.Requested, Due: noon.Add(2 * time.Hour), Source: model.SourceConsole, Revision: 1,
				Created: noon.Add(-time.Hour), Updated: noon.Add(-time.Hour), Correlation: "c" + model.CorrelationID(n),
				Policy: model.Policy{Steps: []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}},
					FulfilGroup: "Vault Admins", Fulfilment: model.FulfilByTask}},
			Approvals: []model.Approval{{Step: 1, Group: "Vault Approvers", State: model.ApprovalRequested}},
			Recipient: by,
		},
		Item: item, People: people, Deciders: []string{"dana", "omar", "priya"}, Missing: 1,
		Timeline: []workflow.TimelineEntry{{At: noon.Add(-time.Hour), Who: string(by), Kind: model.EntryEvent, Text: "asked for it"},
			{At: noon.Add(-time.Hour), Kind: model.EntryEvent, Text: "waits for any one of Vault Approvers"}},
	}
	for _, act := range model.Actions() {
		c.Perms = append(c.Perms, model.Permission{Action: act})
	}
	change(c)
	q.order = append(q.order, n)
	q.cases[n] = c
}

// access sets what a case asks for.
func access(right model.Right, l model.Limit) func(*workflow.CaseView) {
	return func(c *workflow.CaseView) {
		c.Request.Asked = model.Access{Right: right, Limit: l}
		c.Request.Allowed = c.Request.Asked
	}
}

// seven are the requests of the mock-up.
func seven() *queue {
	q := &queue{cases: map[model.Number]*workflow.CaseView{}, facts: map[model.UID]model.RecordFacts{}, decideErr: map[model.Number]error{}}
	day := 24 * time.Hour
	q.add("REQ0010042", "alice", func(c *workflow.CaseView) {
		r := &c.Request
		r.Due, r.Created = noon.Add(12*time.Minute+30*time.Second), noon.Add(-32*time.Minute)
		r.Target = model.Target{Kind: model.TargetRecord, UID: aliceUID, Title: "prod-db-01", Type: "databaseCredentials"}
		r.Justification = "INC0012345: restore the ledger before the night batch; DBA on call is out"
		c.Before.Approved = 3
		c.Timeline = []workflow.TimelineEntry{
			{At: noon.Add(-32 * time.Minute), Who: "alice", Kind: model.EntryEvent, Text: "asked for it"},
			{At: noon.Add(-32 * time.Minute), Kind: model.EntryEvent, Text: "waits for any one of Vault Approvers"},
			{At: noon.Add(-26 * time.Minute), Who: "omar", Kind: model.EntryComment, Text: "is this for the whole night?"},
			{At: noon.Add(-24 * time.Minute), Who: "alice", Kind: model.EntryComment, Text: "yes, until the batch ends"},
		}
	})
	q.facts[aliceUID] = model.RecordFacts{UID: aliceUID, Title: "prod-db-01", Type: "databaseCredentials", Path: "Infrastructure / Databases",
		Owner: "omar@example.com", Read: noon.Add(-12 * time.Second),
		Shares: []model.Holder{{Email: "alice@example.com", Share: model.Share{Right: model.RightView}}}}
	q.add("REQ0010039", "bob", func(c *workflow.CaseView) {
		access(model.RightManageRecords, model.For(30*day))(c)
		c.Item, _ = model.FindItem(model.ItemFolderAccess)
		c.Request.Item, c.Request.Due = c.Item.Key, noon.Add(58*time.Minute+1)
		c.Request.Target = model.Target{Kind: model.TargetFolder, UID: "FoLdErFoLdErFoLdErFoLd", Title: "Payroll"}
	})
	q.facts["FoLdErFoLdErFoLdErFoLd"] = model.RecordFacts{Kind: model.TargetFolder, UID: "FoLdErFoLdErFoLdErFoLd", Title: "Payroll", Path: "Payroll",
		Records: 14, Default: model.RightView, Read: noon.Add(-12 * time.Second),
		Shares: []model.Holder{{Email: "omar@example.com", Share: model.Share{Right: model.RightAll}}}}
	q.add("REQ0010037", "erin", func(c *workflow.CaseView) {
		access(model.RightView, model.For(day))(c)
		c.Item, _ = model.FindItem(model.ItemOneTimeShare)
		c.Request.Item, c.Request.Target.Title = c.Item.Key, "vpn-gateway"
	})
	q.add("REQ0010036", "heidi", func(c *workflow.CaseView) {
		access(model.RightOwner, model.Permanent)(c)
		c.Request.Target.Title, c.Request.Due = "github-deploy-key-of-the-shop", noon.Add(3*time.Hour)
	})
	q.add("REQ0010033", "frank", func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(model.ItemSSHKey)
		r := &c.Request
		r.Item, r.Target, r.Asked, r.Allowed, r.Due = c.Item.Key, model.Target{}, model.Access{}, model.Access{}, noon.Add(5*time.Hour)
		r.Answers = []model.Answer{{Field: "title", Value: "build-07"}}
		r.Sealed = []model.SealedAnswer{{Field: "passphrase", Commitment: strings.Repeat("0a", 32)}}
	})
	q.add("REQ0010031", "carol", func(c *workflow.CaseView) {
		access(model.RightView, model.For(7*day))(c)
		c.Request.Target, c.Request.Due = model.Target{Kind: model.TargetRecord, Described: "the Linux root keys"}, noon.Add(day)
		c.Warnings = []string{"only described in words: the fulfiller picks which record is meant"}
	})
	q.add("REQ0010028", "grace", func(c *workflow.CaseView) {
		access(model.RightEdit, model.For(time.Hour))(c)
		c.Request.Target.Title, c.Request.Due, c.Request.Created = "stripe-live", noon.Add(2*day), noon.Add(-3*day)
	})
	return q
}

// desk is a person at the tab: what they press and see.
type desk struct {
	t       *testing.T
	tab     *Tab
	now     time.Time
	notices []string
	sent    []tea.Msg // what went to the frame, notices apart
	late    []tea.Msg // what the tab asked to hear later
	hold    bool      // keep commands instead of running them
	held    []tea.Cmd
}

// sit opens the tab at a size; the cursor has rested.
func sit(t *testing.T, q *queue, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, now: noon}
	env := &tab.Env{Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return d.now }, Zone: time.UTC,
		Root: context.Background(), Me: model.Actor{Person: model.Person{ID: "dana", Login: "dana"}}}
	d.tab = New(env, q)
	d.tab.pane.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		d.late = append(d.late, msg)
		return nil
	}
	d.tab.SetSize(width, height)
	d.run(d.tab.Focus())
	d.rest()
	return d
}

// run carries out a command and what follows from it, as the program does.
func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if d.hold {
		d.held = append(d.held, cmd)
		return
	}
	d.deliver(cmd())
}

func (d *desk) deliver(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tab.Notice:
		d.notices = append(d.notices, msg.Text.String())
	case tab.Goto:
		d.sent = append(d.sent, msg)
	default:
		if fmt.Sprintf("%T", msg) == "tea.setClipboardMsg" {
			d.sent = append(d.sent, msg)
			return
		}
		d.send(msg)
	}
}

// send gives the tab a message; the screen is drawn after each.
func (d *desk) send(msg tea.Msg) {
	cmd := d.tab.Update(msg)
	d.tab.View()
	d.run(cmd)
	d.tab.View()
}

// rest lets all the time pass that the tab waits for.
func (d *desk) rest() {
	for len(d.late) > 0 {
		late := d.late
		d.late = nil
		for _, msg := range late {
			if _, slow := msg.(caseLate); !slow {
				d.send(msg)
			}
		}
	}
}

// press types keys, a second apart.
func (d *desk) press(keys ...string) {
	for _, k := range keys {
		d.now = d.now.Add(time.Second)
		d.key(k)
	}
}

// typed types a text key by key.
func (d *desk) typed(text string) {
	for _, r := range text {
		d.press(string(r))
	}
}

// paste types text as a terminal with bracketed paste hands it over.
func (d *desk) paste(text string) { d.send(tea.PasteMsg{Content: text}) }

func (d *desk) key(name string) {
	named := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "space": tea.KeySpace}
	msg := tea.KeyPressMsg{}
	switch code, ok := named[name]; {
	case name == "space":
		msg.Code, msg.Text = code, " "
	case name == "shift+tab":
		msg.Code, msg.Mod = tea.KeyTab, tea.ModShift
	case ok:
		msg.Code = code
	default:
		msg.Code, msg.Text = []rune(name)[0], name
	}
	d.send(msg)
}

// screen is the body as plain text.
func (d *desk) screen() string {
	var lines []string
	for _, l := range strings.Split(ansi.Strip(d.tab.View()), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func (d *desk) shows(want ...string) {
	d.t.Helper()
	for _, w := range want {
		if !strings.Contains(d.screen(), w) {
			d.t.Errorf("%q is not on the screen:\n%s", w, d.screen())
		}
	}
}

func (d *desk) hides(unwanted ...string) {
	d.t.Helper()
	for _, w := range unwanted {
		if strings.Contains(d.screen(), w) {
			d.t.Errorf("%q is on the screen:\n%s", w, d.screen())
		}
	}
}

// lastNotice is what just happened.
func (d *desk) lastNotice() string {
	if len(d.notices) == 0 {
		return ""
	}
	return d.notices[len(d.notices)-1]
}
