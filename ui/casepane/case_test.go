package casepane_test

import (
	"time"

	"countersign/model"
	"countersign/workflow"
)

// noon is when all tests look at the screen.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const recordUID = model.UID("RZToj60CrP9GDxjDTPWxAQ")

// people of the tests.
func people() map[model.PersonID]model.Person {
	all := map[model.PersonID]model.Person{}
	for _, p := range []model.Person{
		{ID: "p1", Login: "alice", Name: "Alice Adams", Email: "alice@example.com", Active: true},
		{ID: "p2", Login: "dana", Name: "Dana Diaz", Email: "dana@example.com", Active: true},
		{ID: "p3", Login: "omar", Name: "Omar Ortiz", Email: "omar@example.com", Active: true},
	} {
		all[p.ID] = p
	}
	return all
}

// alicesCase is the request of the mock-up: edit instead of view for 4 h.
func alicesCase() workflow.CaseView {
	item, _ := model.FindItem(model.ItemRecordAccess)
	asked := model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)}
	c := workflow.CaseView{
		Case: model.Case{
			Request: model.Request{
				ID: 42, Number: "REQ0010042", Item: model.ItemRecordAccess, RequestedBy: "p1",
				RequestedFor:  "alice@example.com",
				Justification: "INC0012345: restore the ledger before the night batch; DBA on call is out",
				Target:        model.Target{Kind: model.TargetRecord, UID: recordUID, Title: "prod-db-01", Type: "databaseCredentials"},
				Asked:         asked, Allowed: asked, State: model.Requested, Due: noon.Add(12 * time.Minute),
				Source: model.SourceConsole, Revision: 1, Created: noon.Add(-2 * time.Hour),
				Policy: model.Policy{Steps: []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}},
					FulfilGroup: "Vault Admins", Fulfilment: model.FulfilByTask},
			},
			Approvals: []model.Approval{{ID: 1, RequestID: 42, Step: 1, Group: "Vault Approvers", State: model.ApprovalRequested, Revision: 1}},
			Recipient: "p1",
		},
		Item: item, People: people(), Before: workflow.Before{Approved: 3},
		Deciders: []string{"dana", "omar", "priya"}, Missing: 1,
		Timeline: []workflow.TimelineEntry{
			{At: noon.Add(-122 * time.Minute), Who: "alice", Kind: model.EntryEvent, Text: "requested it"},
			{At: noon.Add(-122 * time.Minute), Kind: model.EntryEvent, Text: "waits for any one of Vault Approvers"},
			{At: noon.Add(-116 * time.Minute), Who: "omar", Kind: model.EntryComment, Text: "is this for the whole night?"},
			{At: noon.Add(-114 * time.Minute), Who: "alice", Kind: model.EntryComment, Text: "yes, until the\nbatch ends"},
		},
	}
	for _, act := range model.Actions() {
		c.Perms = append(c.Perms, model.Permission{Action: act})
	}
	return c
}

// facts are what the vault says about alice's record: she has the right given,
// without an end.
func facts(right model.Right) *model.RecordFacts {
	f := model.RecordFacts{UID: recordUID, Title: "prod-db-01", Type: "databaseCredentials",
		Path: "Infrastructure / Databases", Owner: "omar@example.com", Read: noon.Add(-12 * time.Second)}
	if right != "" {
		f.Shares = []model.Holder{{Email: "Alice@Example.com", Share: model.Share{Right: right}}}
	}
	return &f
}
