package portal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane/casetest"
	"countersign/workflow"
)

// start is when the tests begin.
var start = time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)

const (
	prodUID   = model.UID("RZToj60CrP9GDxjDTPWxAQ")
	stageUID  = model.UID("4KcmDEAOkNE7hY2pQwErTz")
	pamUID    = model.UID("pamCdEfGhIjKlMnOpQrStu")
	infraUID  = model.UID("infraEfGhIjKlMnOpQrStu")
	nestedUID = model.UID("nestedEfGhIjKlMnOpQrSt")
	partUID   = model.UID("partDeFgHiJkLmNoPqRsTu")
)

// office is a Service over a few things in memory. It keeps what it is asked.
type office struct {
	hits   []model.Hit
	facts  map[model.UID]model.RecordFacts
	cases  map[model.Number]*workflow.CaseView
	order  []model.Number
	grants []workflow.GrantRow
	link   string // what Reveal tells

	told [][]byte // the links that it told
	mode model.SearchMode
	kept map[model.ItemKey]workflow.Draft

	revealErr, ackErr, extendErr, saveErr                                                                  error
	searchErr, factsErr, checkErr, submitErr, requestsErr, accessErr, withdrawErr, commentErr, giveBackErr error

	asked     []string // the calls, in their order
	checked   []workflow.Draft
	submitted []workflow.Draft
}

func (o *office) call(format string, args ...any) {
	o.asked = append(o.asked, fmt.Sprintf(format, args...))
}

// calls are the calls that begin with a word.
func (o *office) calls(word string) []string {
	var found []string
	for _, a := range o.asked {
		if strings.HasPrefix(a, word) {
			found = append(found, a)
		}
	}
	return found
}

func (o *office) Check(_ context.Context, me model.PersonID, d workflow.Draft) error {
	o.call("check %s", me)
	o.checked = append(o.checked, d)
	return o.checkErr
}

func (o *office) Submit(_ context.Context, me model.PersonID, d workflow.Draft) (model.Request, error) {
	o.call("submit %s", me)
	if o.submitErr != nil {
		return model.Request{}, o.submitErr
	}
	o.submitted = append(o.submitted, d)
	n := model.MakeNumber(model.PrefixRequest, int64(10060+len(o.submitted)))
	c := o.add(n, func(c *workflow.CaseView) {
		r := &c.Request
		r.Target, r.Asked, r.Allowed, r.Justification = d.Target, d.Asked, d.Asked, d.Justification
		r.Item, r.Answers = d.Item, d.Answers
		c.Item, _ = model.FindItem(d.Item)
		if given := map[string]string{}; c.Item.Creates() {
			for _, a := range d.Answers {
				given[a.Field] = a.Value
			}
			r.Answers = append(r.Answers, model.Answer{Field: model.FieldTitle, Value: c.Item.MakeTitle(given)})
		}
		r.Created, r.Updated, r.Due = start, start, start.Add(72*time.Hour)
		if d.For != "" {
			r.RequestedFor = d.For
		}
	})
	return c.Request, nil
}

func (o *office) Reply(_ context.Context, _ model.PersonID, n model.Number, answer string) error {
	o.call("reply %s %q", n, answer)
	return o.commentErr
}

func (o *office) Requests(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.RequestRow], error) {
	o.call("requests %s %s %s%v", q.View, q.Sort, strings.Join(q.Words, "+"), q.Terms)
	var page workflow.Page[workflow.RequestRow]
	if o.requestsErr != nil {
		return page, o.requestsErr
	}
	for i := range o.order {
		n := o.order[len(o.order)-1-i]
		r := o.cases[n].Request
		if len(q.Words) > 0 && !strings.Contains(r.Target.Label(), q.Words[0]) {
			continue
		}
		page.Rows = append(page.Rows, workflow.RequestRow{Number: n, Item: r.Item, LinkWaits: o.cases[n].Link != nil && o.cases[n].Link.Waiting, Requestor: "alice", For: r.RequestedFor,
			Asked: r.Asked, Allowed: r.Allowed, Target: r.Target, Title: r.Target.Label(), State: r.State, NeedsInfo: r.NeedsInfo,
			Due: r.Due, Created: r.Created, Updated: r.Updated, Revision: r.Revision, Own: true})
	}
	return page, nil
}

func (o *office) Case(_ context.Context, _ model.PersonID, n model.Number) (workflow.CaseView, error) {
	o.call("case %s", n)
	c, ok := o.cases[n]
	if !ok {
		return workflow.CaseView{}, fmt.Errorf("%s: %w", n, workflow.ErrNotFound)
	}
	return casetest.Stand(*c), nil
}

func (o *office) Access(context.Context, model.PersonID, workflow.Query) (workflow.Page[workflow.GrantRow], error) {
	o.call("access")
	return workflow.Page[workflow.GrantRow]{Rows: append([]workflow.GrantRow(nil), o.grants...)}, o.accessErr
}

func (o *office) Withdraw(_ context.Context, _ model.PersonID, n model.Number, reason string) error {
	o.call("withdraw %s %q", n, reason)
	if o.withdrawErr == nil {
		o.cases[n].Request.State = model.ClosedCancelled
	}
	return o.withdrawErr
}

func (o *office) Comment(_ context.Context, _ model.PersonID, n model.Number, kind model.EntryKind, text string) error {
	o.call("comment %s %s %q", n, kind, text)
	return o.commentErr
}

func (o *office) GiveBack(_ context.Context, _ model.PersonID, grant int64, reason string) error {
	o.call("give back %d %q", grant, reason)
	for i := range o.grants {
		if o.giveBackErr == nil && o.grants[i].Grant.ID == grant {
			o.grants[i].OpState = model.OpQueued
		}
	}
	return o.giveBackErr
}

func (o *office) Reveal(_ context.Context, _ model.PersonID, n model.Number) (workflow.Revealed, error) {
	o.call("reveal %s", n)
	o.told = append(o.told, []byte(o.link))
	return workflow.Revealed{Number: n, Link: o.told[len(o.told)-1], ID: "lnkAbCdEfGhIjKlMnOpQrS", Expires: start.Add(4 * time.Hour)}, o.revealErr
}

func (o *office) Acknowledge(_ context.Context, _ model.PersonID, n model.Number) error {
	o.call("acknowledge %s", n)
	if l := o.cases[n].Link; o.ackErr == nil {
		l.Waiting, l.Shown = false, start
	}
	return o.ackErr
}

func (o *office) Search(_ context.Context, _ model.PersonID, text string, kind model.TargetKind) (workflow.SearchAnswer, error) {
	o.call("search %s %s", kind, text)
	if o.searchErr != nil {
		return workflow.SearchAnswer{}, o.searchErr
	}
	answer := workflow.SearchAnswer{Built: start.Add(-7 * time.Minute)}
	for _, h := range o.hits {
		if h.Kind == kind && strings.Contains(strings.ToLower(h.Title+" "+h.Type+" "+string(h.UID)), strings.ToLower(text)) {
			answer.Hits = append(answer.Hits, h)
		}
	}
	answer.Total = len(answer.Hits)
	return answer, nil
}

func (o *office) Facts(_ context.Context, _ model.PersonID, uid model.UID, fresh bool) (model.RecordFacts, error) {
	o.call("facts %s %v", uid, fresh)
	f, ok := o.facts[uid]
	if !ok {
		f = model.RecordFacts{UID: uid, Gone: true, Read: start}
	}
	return f, o.factsErr
}

func (o *office) SearchMode() model.SearchMode {
	if o.mode == "" {
		return model.SearchLive
	}
	return o.mode
}

func (o *office) Extension(_ context.Context, _ model.PersonID, grant int64) (workflow.Draft, error) {
	o.call("extension %d", grant)
	for _, r := range o.grants {
		if g := r.Grant; g.ID == grant && o.extendErr == nil {
			return workflow.Draft{Item: model.ItemRecordAccess, Target: g.Target, RefersTo: g.Number,
				Asked: model.Access{Right: g.Right, Limit: model.For(24 * time.Hour)}}, nil
		}
	}
	return workflow.Draft{}, o.extendErr
}

func (o *office) SaveDraft(_ context.Context, _ model.PersonID, d workflow.Draft) error {
	o.call("save %s", d.Item)
	if o.kept == nil {
		o.kept = map[model.ItemKey]workflow.Draft{}
	}
	o.kept[d.Item] = d
	return o.saveErr
}

func (o *office) LoadDraft(_ context.Context, _ model.PersonID, item model.ItemKey) (workflow.Draft, bool, error) {
	d, found := o.kept[item]
	return d, found, nil
}

func (o *office) DropDraft(_ context.Context, _ model.PersonID, item model.ItemKey) error {
	o.call("drop %s", item)
	delete(o.kept, item)
	return nil
}

func (o *office) RefreshIndex(context.Context, model.PersonID) error {
	o.call("refresh index")
	return nil
}

func alice() model.Person {
	return model.Person{ID: "p-alice", Login: "alice", Name: "Alice Example", Email: "alice@example.com",
		Roles: []model.Role{model.RoleRequestor}, Active: true}
}

// policy is that of every item.
func policy(model.ItemKey, model.Access) model.Policy {
	return model.Policy{Steps: []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}}, DueIn: model.For(72 * time.Hour),
		FulfilGroup: "Vault Admins", Fulfilment: model.FulfilByTask}
}

// add puts a request of Alice's into the office.
func (o *office) add(n model.Number, change func(*workflow.CaseView)) *workflow.CaseView {
	item, _ := model.FindItem(model.ItemRecordAccess)
	asked := model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)}
	c := &workflow.CaseView{
		Case: model.Case{
			Request: model.Request{ID: int64(len(o.order) + 1), Number: n, Item: item.Key, RequestedBy: "p-alice", RequestedFor: "alice@example.com",
				Justification: "needed for the release of " + string(n), Asked: asked, Allowed: asked,
				Target: model.Target{Kind: model.TargetRecord, UID: model.UID(fmt.Sprintf("%022s", n)), Title: "prod-db-01", Type: "login"},
				State:  model.Requested, Due: start.Add(26 * time.Hour), Source: model.SourceConsole, Revision: 1,
				Created: start.Add(-time.Hour), Updated: start.Add(-time.Hour), Correlation: "c" + model.CorrelationID(n), Policy: policy("", model.Access{})},
			Approvals: []model.Approval{{Step: 1, Group: "Vault Approvers", State: model.ApprovalRequested}},
			Recipient: "p-alice",
		},
		Item:     item,
		People:   map[model.PersonID]model.Person{"p-alice": alice(), "p-dana": {ID: "p-dana", Login: "dana", Email: "dana@example.com", Active: true}},
		Deciders: []string{"dana", "omar", "priya"}, Missing: 1,
		Timeline: []workflow.TimelineEntry{{At: start.Add(-time.Hour), Who: "alice", Kind: model.EntryEvent, Text: "requested"},
			{At: start.Add(-time.Hour), Kind: model.EntryEvent, Text: "waits for any one of Vault Approvers"}},
	}
	for _, act := range model.Actions() {
		c.Perms = append(c.Perms, model.Permission{Action: act})
	}
	change(c)
	o.order = append(o.order, n)
	o.cases[n] = c
	return c
}

// refuse makes an action on a request not allowed.
func (o *office) refuse(n model.Number, act model.Action, reason string) {
	c := o.cases[n]
	for i, p := range c.Perms {
		if p.Action == act {
			c.Perms[i].Err = &model.Denied{Code: model.DenyState, Reason: reason}
		}
	}
}

func (o *office) grant(title string, change func(*workflow.GrantRow)) {
	id := int64(len(o.grants) + 1)
	r := workflow.GrantRow{Grant: model.Grant{ID: id, Number: model.MakeNumber(model.PrefixRequest, 10010+id), Person: "p-alice", Email: "alice@example.com",
		Target: model.Target{Kind: model.TargetRecord, UID: model.UID(fmt.Sprintf("grant%017d", id)), Title: title, Type: "login"},
		Right:  model.RightView, Since: start.Add(-30 * 24 * time.Hour), State: model.GrantActive, Revision: 1},
		Perms: []model.Permission{{Action: model.ActGiveBack}, {Action: model.ActRevoke, Err: &model.Denied{Code: model.DenyRole, Reason: "only Vault Admins and admins revoke"}}}}
	change(&r)
	o.grants = append(o.grants, r)
}
