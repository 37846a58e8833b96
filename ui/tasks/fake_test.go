package tasks

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane/casetest"
	"countersign/workflow"
)

// noon is when the tests begin.
var noon = time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)

const (
	prodUID    = model.UID("RZToj60CrP9GDxjDTPWxAQ")
	payrollUID = model.UID("9hX2c7kQTmqv1mFz0aLb3w")
	vpnUID     = model.UID("Kq81sYw0T5aV7nPz4rDm2g")
	replicaUID = model.UID("Zr5u0Bq2QnKxJ8tHs6yWcA")
)

// queue is a Service over a few tasks in memory. What may be done is decided by
// the rules of model. It counts what it is asked.
type queue struct {
	now    func() time.Time
	order  []model.Number // tasks
	cases  map[model.Number]*workflow.CaseView
	facts  map[model.UID]model.RecordFacts
	hits   []model.Hit
	ops    []workflow.OperationRow
	differ []string // of every plan

	grants []workflow.GrantRow

	ledgerErr, revokeErr, takeErr, recordErr                                                  error
	tasksErr, caseErr, planErr, fulfilErr, factsErr, searchErr, pickErr, commentErr, closeErr error

	asked []string // the calls, in their order
}

func (q *queue) ask(format string, args ...any) {
	q.asked = append(q.asked, fmt.Sprintf(format, args...))
}

// count is how many calls began like that.
func (q *queue) count(prefix string) int {
	n := 0
	for _, a := range q.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

func person(login string) model.Person {
	p := model.Person{ID: model.PersonID(login), Login: login, Email: login + "@example.com", Active: true,
		Name: strings.ToUpper(login[:1]) + login[1:] + " Example", Roles: []model.Role{model.RoleRequestor}}
	if login == "root" {
		p.Roles = append(p.Roles, model.RoleAdmin)
	}
	if login == "omar" {
		p.Roles = append(p.Roles, model.RoleSupport) // reads logs
	}
	if login == "omar" || login == "priya" {
		p.Groups = []model.GroupName{"Vault Admins"}
	}
	return p
}

func (q *queue) Tasks(_ context.Context, me model.PersonID, query workflow.Query) (workflow.Page[workflow.TaskRow], error) {
	q.ask("tasks %s %s %s %v", query.View, query.Sort, strings.Join(query.Words, "+"), query.Terms)
	var page workflow.Page[workflow.TaskRow]
	if q.tasksErr != nil {
		return page, q.tasksErr
	}
	for _, n := range q.order {
		c := q.cases[n]
		task := &c.Tasks[0]
		if (query.View == workflow.TasksDone) != task.State.Closed() || query.View == workflow.TasksMine && task.Assignee != me {
			continue
		}
		r := c.Request
		row := workflow.TaskRow{Number: n, Kind: task.Kind, State: task.State, Group: task.Group, Mine: task.Assignee == me,
			Assignee: c.Name(task.Assignee), Created: task.Created, Updated: task.Updated, Revision: task.Revision,
			Request: workflow.RequestRow{Number: r.Number, Item: r.Item, Requestor: c.Name(r.RequestedBy), For: r.RequestedFor, Asked: r.Asked,
				Allowed: r.Allowed, Target: r.Target, Title: r.Target.Label(), State: r.State, Created: r.Created, Updated: r.Updated, Revision: 1}}
		for _, op := range c.Operations {
			if op.State != model.OpScheduled {
				row.OpState = op.State
			}
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (q *queue) Unknown(context.Context, model.PersonID, workflow.Query) (workflow.Page[workflow.OperationRow], error) {
	q.ask("unknown")
	return workflow.Page[workflow.OperationRow]{Rows: q.ops}, q.tasksErr
}

// find returns the case of a task or a request.
func (q *queue) find(n model.Number) *workflow.CaseView {
	for _, c := range q.cases {
		if c.Request.Number == n || c.Tasks[0].Number == n {
			return c
		}
	}
	return nil
}

func (q *queue) Case(_ context.Context, me model.PersonID, n model.Number) (workflow.CaseView, error) {
	q.ask("case %s", n)
	c := q.find(n)
	if c == nil || q.caseErr != nil {
		return workflow.CaseView{}, fmt.Errorf("%s: %w", n, workflow.ErrNotFound)
	}
	view := casetest.Stand(*c)
	view.Tasks, view.Operations = append([]model.Task(nil), c.Tasks...), append([]model.Operation(nil), c.Operations...)
	view.Perms = model.Allowed(model.Actor{Person: person(string(me))}, view.Case, q.now())
	return view, nil
}

// may asks the rules, and says who was first.
func (q *queue) may(me model.PersonID, act model.Action, n model.Number) (*workflow.CaseView, error) {
	c := q.find(n)
	if who := c.Tasks[0].Assignee; act == model.ActClaim && who != "" && who != me {
		return c, &workflow.Conflict{Number: n, Changed: []string{c.Name(who) + " took it at " + c.Tasks[0].Updated.Format("15:04:05")}}
	}
	return c, model.Can(model.Actor{Person: person(string(me))}, act, c.Case, q.now())
}

func (q *queue) Claim(_ context.Context, me model.PersonID, n model.Number) error {
	q.ask("claim %s", n)
	c, err := q.may(me, model.ActClaim, n)
	if err == nil {
		q.give(c, me)
	}
	return err
}

func (q *queue) Release(_ context.Context, me model.PersonID, n model.Number) error {
	q.ask("release %s", n)
	c, err := q.may(me, model.ActRelease, n)
	if err == nil {
		q.give(c, "")
	}
	return err
}

func (q *queue) give(c *workflow.CaseView, to model.PersonID) {
	c.Tasks[0].Assignee, c.Tasks[0].Updated, c.Tasks[0].State = to, q.now(), model.TaskInProgress
	if to == "" {
		c.Tasks[0].State = model.TaskOpen
		return
	}
	c.Timeline = append(c.Timeline, workflow.TimelineEntry{At: q.now(), Who: string(to), Kind: model.EntryEvent,
		Text: "took " + string(c.Tasks[0].Number)})
}

func (q *queue) Pick(_ context.Context, me model.PersonID, n model.Number, uid model.UID) error {
	q.ask("pick %s %s", n, uid)
	c, err := q.may(me, model.ActPick, n)
	if err == nil {
		err = q.pickErr
	}
	if err == nil {
		f := q.facts[uid]
		c.Tasks[0].Picked = model.Target{Kind: model.TargetRecord, UID: uid, Title: f.Title, Type: f.Type}
	}
	return err
}

func (q *queue) Plan(_ context.Context, me model.PersonID, n model.Number) (workflow.PlanView, error) {
	q.ask("plan %s", n)
	c, err := q.may(me, model.ActFulfil, n)
	if err == nil {
		err = q.planErr
	}
	if err != nil {
		return workflow.PlanView{}, err
	}
	f := q.facts[c.Target().UID]
	f.Read = q.now()
	email := c.Request.RequestedFor
	var plan model.Plan
	if c.Tasks[0].Kind == model.TaskRevoke {
		plan = model.PlanReturn(model.Wanted{On: c.Grants[0].Target, Email: email, Standing: c.Grants[0].Standing}, f.Share(email), q.now())
	} else if plan, f, err = q.planOf(c, f); err != nil {
		return workflow.PlanView{}, err
	}
	v := workflow.PlanView{Task: n, Facts: f, Plan: plan, Differences: q.differ}
	v.Digest = model.Digest(plan.Now.Words() + plan.Nothing)
	for _, s := range plan.Steps {
		v.Digest += model.Digest("|" + s.Intent.Words(s.Kind))
	}
	return v, err
}

// planOf is the plan of a task as the workflow makes it: what is still missing of
// a new record, what is taken from several people, or what workflow.PlanOf says.
func (q *queue) planOf(c *workflow.CaseView, f model.RecordFacts) (model.Plan, model.RecordFacts, error) {
	made, again := c.Created()
	switch {
	case again:
		f = q.facts[made.UID]
		share, _ := c.Request.Answer(model.FieldShareIt)
		w := model.Wanted{On: made, Email: c.Request.RequestedFor, Access: model.Access{Right: model.Right(share)}}
		plan, err := model.PlanAccess(w, f.Share(w.Email), q.now())
		return plan, f, err
	case c.Request.Item == model.ItemRevoke:
		var plan model.Plan
		who, _ := c.Request.Answer("who")
		for _, email := range strings.Fields(who) {
			w := model.Wanted{On: f.Target(), Email: email}
			plan.Steps = append(plan.Steps, model.PlanReturn(w, f.Share(email), q.now()).Steps...)
		}
		return plan, f, nil
	}
	if why := f.Unshareable(); why != "" {
		return model.Plan{}, f, &workflow.VaultError{Kind: workflow.VaultFailed, NotSent: true, Text: why}
	}
	plan, err := workflow.PlanOf(c.Case, f, q.now())
	for i := range plan.Steps {
		if c.Target().Named() && plan.Steps[i].Kind != model.OpCreate && plan.Steps[i].Intent.Folder == "" {
			plan.Steps[i].Intent.Title = f.Title
		}
	}
	return plan, f, err
}

func (q *queue) Fulfil(ctx context.Context, me model.PersonID, n model.Number, digest model.Digest) error {
	q.ask("fulfil %s", n)
	if q.fulfilErr != nil {
		return q.fulfilErr
	}
	p, err := q.Plan(ctx, me, n)
	if err != nil {
		return err
	}
	if p.Digest != digest {
		return &workflow.Conflict{Number: n, Changed: []string{"the plan is another one now: give alice@example.com edit for 4 h"}}
	}
	c := q.find(n)
	if p.Plan.Nothing != "" {
		c.Tasks[0].State, c.Tasks[0].Closed, c.Tasks[0].CloseNotes = model.TaskClosedComplete, q.now(), "nothing to do: "+p.Plan.Nothing
		return nil
	}
	for i, s := range p.Plan.Steps {
		op := model.Operation{ID: int64(100 + len(c.Operations)), TaskID: c.Tasks[0].ID, Plan: fmt.Sprint("plan", q.count("fulfil")), Seq: i + 1,
			Kind: s.Kind, Intent: s.Intent, State: model.OpQueued, Created: q.now(), Updated: q.now()}
		if c.Tasks[0].Kind == model.TaskRevoke {
			op.TaskID, op.GrantID = 0, c.Grants[0].ID
		}
		if s.AfterGrant {
			op.State, op.NotBefore = model.OpScheduled, c.Request.Allowed.Limit.End(q.now())
		}
		c.Operations = append(c.Operations, op)
	}
	return nil
}

func (q *queue) CloseTask(_ context.Context, me model.PersonID, n model.Number, state model.TaskState, reason string) error {
	q.ask("close %s %s %q", n, state.Words(), reason)
	c, err := q.may(me, model.ActComplete, n)
	if err == nil {
		err = q.closeErr
	}
	if err == nil {
		c.Tasks[0].State, c.Tasks[0].Closed, c.Tasks[0].CloseNotes = state, q.now(), reason
	}
	return err
}

func (q *queue) Comment(_ context.Context, _ model.PersonID, n model.Number, kind model.EntryKind, text string) error {
	q.ask("comment %s %s %q", n, kind, text)
	return q.commentErr
}

func (q *queue) LookAgain(_ context.Context, _ model.PersonID, id int64) error {
	q.ask("look again %d", id)
	return nil
}

func (q *queue) Answer(_ context.Context, me model.PersonID, n model.Number, hits []model.UID, note string) error {
	q.ask("answer %s %v %q", n, hits, note)
	c, err := q.may(me, model.ActComplete, n)
	if err != nil {
		return err
	}
	for _, uid := range hits {
		for _, h := range q.hits {
			if h.UID == uid {
				c.Found = append(c.Found, h)
			}
		}
	}
	c.Tasks[0].State, c.Tasks[0].Closed = model.TaskClosedComplete, q.now()
	return nil
}

func (q *queue) Search(_ context.Context, _ model.PersonID, text string, kind model.TargetKind) (workflow.SearchAnswer, error) {
	q.ask("search %s %q", kind, text)
	answer := workflow.SearchAnswer{Built: q.now().Add(-4 * time.Minute), Total: len(q.hits)}
	for _, h := range q.hits {
		if string(h.UID) == text || strings.Contains(strings.ToLower(h.Title+h.Description), strings.ToLower(text)) {
			answer.Hits = append(answer.Hits, h)
		}
	}
	answer.Total = len(answer.Hits)
	return answer, q.searchErr
}

func (q *queue) Facts(_ context.Context, _ model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	q.ask("facts %s %v", uid, fresh)
	f := q.facts[uid]
	f.Read = q.now()
	return f, q.factsErr
}

// add puts a task into the queue: alice asked for edit on prod-db-01 for 4 h,
// dana approved it.
func (q *queue) add(task, request model.Number, change func(*workflow.CaseView)) {
	people := map[model.PersonID]model.Person{}
	for _, login := range []string{"alice", "bob", "erin", "heidi", "dana", "omar", "priya", "root"} {
		people[model.PersonID(login)] = person(login)
	}
	item, _ := model.FindItem(model.ItemRecordAccess)
	access := model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)}
	id := int64(len(q.order) + 1)
	c := &workflow.CaseView{
		Case: model.Case{
			Request: model.Request{ID: id, Number: request, Item: item.Key, RequestedBy: "alice", RequestedFor: "alice@example.com",
				Justification: "INC0012345: restore the ledger before the night batch; DBA on call is out", Asked: access, Allowed: access,
				Target: model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials"},
				State:  model.InProcess, Source: model.SourceConsole, Revision: 1, Created: noon.Add(-time.Hour), Updated: noon.Add(-20 * time.Minute),
				Correlation: "c" + model.CorrelationID(request),
				Policy: model.Policy{Steps: []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}},
					FulfilGroup: "Vault Admins", Fulfilment: model.FulfilByTask}},
			Approvals: []model.Approval{{Step: 1, Group: "Vault Approvers", State: model.ApprovalApproved, Votes: []model.Vote{
				{Voter: "dana", Seat: "dana", Verdict: model.Approve, Allowed: access, Comment: "only for tonight's restore", At: noon.Add(-20 * time.Minute)}}}},
			Tasks: []model.Task{{ID: id, Number: task, RequestID: id, Kind: model.TaskFulfil, Group: "Vault Admins", State: model.TaskOpen, Revision: 1,
				Created: noon.Add(-20 * time.Minute), Updated: noon.Add(-20 * time.Minute)}},
			Recipient: "alice",
		},
		Item: item, People: people,
		Timeline: []workflow.TimelineEntry{
			{At: noon.Add(-32 * time.Minute), Who: "alice", Kind: model.EntryEvent, Text: "asked for it"},
			{At: noon.Add(-20 * time.Minute), Who: "dana", Kind: model.EntryEvent, Text: "approved it: edit, 4 h"},
			{At: noon.Add(-20 * time.Minute), Kind: model.EntryEvent, Text: "opened " + string(task) + " for Vault Admins"},
		},
	}
	if change != nil {
		change(c)
	}
	c.Approvals[0].Votes[0].Allowed = c.Request.Allowed
	q.order = append(q.order, task)
	q.cases[task] = c
}

// heldBy gives a task to somebody as a change for add.
func heldBy(by model.PersonID) func(*workflow.CaseView) {
	return func(c *workflow.CaseView) {
		c.Tasks[0].Assignee, c.Tasks[0].State, c.Tasks[0].Updated = by, model.TaskInProgress, noon.Add(-6*time.Minute)
		c.Timeline = append(c.Timeline, workflow.TimelineEntry{At: noon.Add(-6 * time.Minute), Who: string(by), Kind: model.EntryEvent,
			Text: "took " + string(c.Tasks[0].Number)})
	}
}

// company is the queue of the screens: tasks in every state, and two operations
// whose outcome is not known.
func company() *queue {
	q := &queue{now: func() time.Time { return noon }, cases: map[model.Number]*workflow.CaseView{}, facts: map[model.UID]model.RecordFacts{}}
	q.add("SCTASK0010042", "REQ0010042", heldBy("omar"))
	q.add("SCTASK0010043", "REQ0010044", func(c *workflow.CaseView) {
		r := &c.Request
		r.RequestedBy, r.RequestedFor, c.Recipient = "bob", "bob@example.com", "bob"
		r.Target = model.Target{Kind: model.TargetRecord, Described: "the read-only login of the reporting replica,\nthe one finance uses"}
		r.Asked.Right, r.Allowed.Right = model.RightView, model.RightView
		r.Justification = "quarterly report for the auditors, CHG0030112"
		c.Warnings = []string{"only described in words: the fulfiller picks which record is meant"}
		heldBy("omar")(c)
	})
	q.add("SCTASK0010045", "REQ0010046", func(c *workflow.CaseView) {
		r := &c.Request
		r.RequestedBy, r.RequestedFor, c.Recipient = "erin", "erin@example.com", "erin"
		r.Target = model.Target{Kind: model.TargetRecord, UID: vpnUID, Title: "vpn-gateway", Type: "serverCredentials"}
		r.Asked, r.Allowed = model.Access{Right: model.RightView}, model.Access{Right: model.RightView}
		c.Tasks[0].Created = noon.Add(-3 * time.Hour)
	})
	q.add("SCTASK0010047", "REQ0010048", func(c *workflow.CaseView) {
		c.Request.Target.Title = "stripe-live"
		heldBy("priya")(c)
		c.Operations = []model.Operation{{ID: 7, TaskID: c.Tasks[0].ID, Plan: "p", Seq: 1, Kind: model.OpGrant, State: model.OpSent, Sent: noon.Add(-3 * time.Second),
			Intent: model.Intent{Record: prodUID, Email: "alice@example.com", Right: model.RightEdit, Limit: model.For(4 * time.Hour)}}}
	})
	q.add("SCTASK0010049", "REQ0010050", func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(model.ItemFolderAccess)
		r := &c.Request
		r.Item, r.RequestedBy, r.RequestedFor, c.Recipient = c.Item.Key, "heidi", "heidi@contractor.example.net", "heidi"
		r.Target = model.Target{Kind: model.TargetFolder, UID: "FoLdErFoLdErFoLdErFoLd", Title: "Payroll"}
		access := model.Access{Right: model.RightManageRecords, Limit: model.For(30 * 24 * time.Hour)}
		r.Asked, r.Allowed = access, access
	})
	q.add("SCTASK0010030", "REQ0010031", func(c *workflow.CaseView) {
		heldBy("omar")(c)
		c.Tasks[0].State, c.Tasks[0].Closed = model.TaskClosedComplete, noon.Add(-time.Hour)
		c.Request.State = model.ClosedComplete
		c.Grants = []model.Grant{{Right: model.RightEdit, Since: noon.Add(-time.Hour), Until: noon.Add(3 * time.Hour), State: model.GrantActive}}
	})
	q.facts[prodUID] = model.RecordFacts{UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials", Path: "Infrastructure / Databases",
		Owner: "vault-admin@example.com", Shares: []model.Holder{
			{Email: "alice@example.com", Share: model.Share{Right: model.RightView}},
			{Email: "carol@example.com", Share: model.Share{Right: model.RightEditShare}},
			{Email: "frank@example.com", Share: model.Share{Right: model.RightEdit, Expires: noon.Add(90 * time.Minute)}}}}
	q.facts[vpnUID] = model.RecordFacts{UID: vpnUID, Title: "vpn-gateway", Type: "serverCredentials", Path: "Infrastructure / Network", Owner: "vault-admin@example.com"}
	q.facts[replicaUID] = model.RecordFacts{UID: replicaUID, Title: "reporting-replica", Type: "databaseCredentials", Path: "Finance / Reporting",
		Owner: "grace@example.com", Shares: []model.Holder{{Email: "heidi@example.com", Share: model.Share{Right: model.RightView}}}}
	q.hits = []model.Hit{
		{UID: replicaUID, Kind: model.TargetRecord, Title: "reporting-replica", Type: "databaseCredentials", Description: "read-only, finance"},
		{UID: payrollUID, Kind: model.TargetRecord, Title: "reporting-etl", Type: "login", Description: "nightly job"},
		{UID: prodUID, Kind: model.TargetRecord, Title: "prod-db-01", Type: "databaseCredentials", Description: "ledger"},
	}
	return q
}

// doubts puts operations of unknown outcome into the Unknown view.
func (q *queue) doubts() *queue {
	intent := model.Intent{Record: prodUID, Title: "prod-db-01", Email: "alice@example.com", Right: model.RightEdit, Limit: model.For(4 * time.Hour),
		Before: model.Share{Right: model.RightView}}
	q.ops = []workflow.OperationRow{
		{Number: "REQ0010042", Task: "SCTASK0010042", Title: "prod-db-01", Op: model.Operation{ID: 41, Kind: model.OpGrant, Intent: intent,
			State: model.OpUnknown, Attempts: 1, ServiceID: "b6f0c1d2-77aa-4c0e-9d51-20a1f4", Sent: noon.Add(-4 * time.Minute), NextLook: noon.Add(72 * time.Second),
			LookingFor: "the service has not answered yet", Evidence: "queued at position 1",
			Correlation: "cREQ0010042"}},
		{Number: "REQ0010029", Title: "vpn-gateway", Op: model.Operation{ID: 12, Kind: model.OpRemove, State: model.OpUnknown, Attempts: 2,
			Intent: model.Intent{Record: vpnUID, Title: "vpn-gateway", Email: "erin@example.com", Before: model.Share{Right: model.RightView}},
			Sent:   noon.Add(-26 * time.Minute), NextLook: noon.Add(4*time.Minute + 30*time.Second), LookingFor: "the worker ended while the order was under way"}},
	}
	return q
}
