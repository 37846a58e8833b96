package portal

import (
	"time"

	"countersign/model"
	"countersign/workflow"
)

// busy is an office with something in every list.
func busy() *office {
	o := empty()
	day := 24 * time.Hour
	o.add("REQ0010021", func(c *workflow.CaseView) {
		c.Request.State, c.Request.Target.Title = model.ClosedRejected, "Payroll"
		c.Request.Outcome = "denied by omar: too broad"
	})
	o.add("REQ0010030", func(c *workflow.CaseView) {
		c.Request.State, c.Request.Target.Title = model.InProcess, "stripe-live"
		c.Tasks = []model.Task{{Number: "SCTASK0010007", Kind: model.TaskFulfil, Group: "Vault Admins", State: model.TaskOpen}}
	})
	o.add("REQ0010038", func(c *workflow.CaseView) {
		c.Request.NeedsInfo, c.Request.Asked.Right = true, model.RightEditShare
		c.Request.Asked.Limit = model.Permanent
		c.Request.Allowed = c.Request.Asked
		c.Request.Target.Title = "github-deploy-key-of-the-shop"
	})
	o.add("REQ0010042", func(c *workflow.CaseView) {
		r := &c.Request
		r.Due, r.Created = start.Add(12*time.Minute+30*time.Second), start.Add(-32*time.Minute)
		r.Target = model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials"}
		r.Justification = "INC0012345: restore the ledger before the night batch; DBA on call is out"
		c.Timeline = append(c.Timeline, workflow.TimelineEntry{At: start.Add(-26 * time.Minute), Who: "omar", Kind: model.EntryComment, Text: "is this for the whole night?"})
	})

	o.grant("prod-db-02", func(r *workflow.GrantRow) {
		r.Grant.Right, r.Grant.Since, r.Grant.Until, r.Ending = model.RightEdit, start.Add(-3*time.Hour), start.Add(42*time.Minute), true
		r.Grant.Standing = model.Share{Right: model.RightView}
	})
	o.grant("staging-vpn", func(r *workflow.GrantRow) {
		r.Grant.Until = start.Add(3 * day)
		r.OpState = model.OpSent
	})
	o.grant("backup-gpg-key", func(r *workflow.GrantRow) {
		r.Grant.State, r.Grant.Until, r.Grant.Since = model.GrantPending, time.Time{}, time.Time{}
	})
	o.grant("wiki-admin", func(r *workflow.GrantRow) { r.Grant.Right = model.RightEditShare })
	o.grant("stripe-test", func(r *workflow.GrantRow) {
		r.Grant.State, r.Grant.Until, r.Perms = model.GrantEnded, start.Add(-5*day), nil
		r.Grant.Note = "its time was over"
	})
	o.grant("old-jump-host", func(r *workflow.GrantRow) {
		r.Grant.State, r.Grant.Until, r.Perms = model.GrantRevoked, start.Add(9*day), nil
		r.Grant.Updated = start.Add(-2 * day)
	})
	return o
}

// linkNumber is the request whose link waits in an office with a link.
const linkNumber = "REQ0010050"

// madeUpLink is no link to anything.
const madeUpLink = "https://keepersecurity.example/vault/share/#made-up-for-this-test-and-as-long-as-they-are-x"

// withLink is an office in which a link waits for Alice.
func withLink() *office {
	o := empty()
	o.link = madeUpLink
	o.add(linkNumber, func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(model.ItemOneTimeShare)
		r := &c.Request
		r.Item, r.State, r.Asked.Right, r.Allowed.Right = c.Item.Key, model.ClosedComplete, model.RightView, model.RightView
		c.Link = &workflow.LinkView{ID: "lnkAbCdEfGhIjKlMnOpQrS", Waiting: true, Expires: start.Add(4 * time.Hour)}
	})
	return o
}

// withFound is an office in which a search of Alice's was answered.
func withFound() *office {
	o := empty()
	o.add("REQ0010051", func(c *workflow.CaseView) {
		c.Item, _ = model.FindItem(model.ItemSearchRecord)
		r := &c.Request
		r.Item, r.State, r.Asked, r.Allowed, r.Target = c.Item.Key, model.ClosedComplete, model.Access{}, model.Access{}, model.Target{Kind: model.TargetRecord}
		r.Answers = []model.Answer{{Field: model.FieldWords, Value: "the database of the ledger"}}
		c.Found = o.hits[:2]
	})
	return o
}

// withKinds is an office in which Alice has access of every kind.
func withKinds() *office {
	o := empty()
	o.grant("prod-db-01", func(r *workflow.GrantRow) {
		r.Grant.Link, r.Grant.Since, r.Grant.Until = "lnkAbCdEfGhIjKlMnOpQrS", start.Add(-time.Hour), start.Add(3*time.Hour)
	})
	o.grant("Infrastructure", func(r *workflow.GrantRow) {
		r.Grant.Target = model.Target{Kind: model.TargetFolder, UID: infraUID, Title: "Infrastructure"}
		r.Grant.Right, r.Grant.Until = model.RightManageRecords, start.Add(20*24*time.Hour)
	})
	o.grant("prod-db-02", func(r *workflow.GrantRow) {
		r.Grant.Target.UID = stageUID
		r.Grant.Right, r.Grant.Until = model.RightEdit, start.Add(25*24*time.Hour)
		r.Grant.Drift, r.Grant.Checked = "alice@example.com has view, permanent", start.Add(-12*time.Minute)
	})
	return o
}

// empty is an office in which nobody has asked for anything, over a vault.
func empty() *office {
	return &office{cases: map[model.Number]*workflow.CaseView{},
		hits: []model.Hit{
			{UID: prodUID, Kind: model.TargetRecord, Title: "prod-db-01", Type: "databaseCredentials", Description: "ledger @ db1.example.com"},
			{UID: stageUID, Kind: model.TargetRecord, Title: "prod-db-02", Type: "databaseCredentials", Description: "reports @ db2.example.com"},
			{UID: "9aBcDeFgHiJkLmNoPqRsTu", Kind: model.TargetRecord, Title: "prod-vpn", Type: "login", Description: "ops@vpn.example.com"},
			{UID: "ZaBcDeFgHiJkLmNoPqRsTu", Kind: model.TargetRecord, Title: "prоd-vpn", Type: "login"}, // its o is Cyrillic
			{UID: pamUID, Kind: model.TargetRecord, Title: "pam-root", Type: "pamUser", Description: "root @ db1.example.com"},
			{UID: infraUID, Kind: model.TargetFolder, Title: "Infrastructure", Description: "My Vault"},
			{UID: partUID, Kind: model.TargetFolder, Title: "Databases of Infrastructure", Description: "Infrastructure"},
			{UID: nestedUID, Kind: model.TargetFolder, Title: "nested infra", Nested: true},
		},
		facts: map[model.UID]model.RecordFacts{
			prodUID: {UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials", Path: "Infrastructure / Databases", Owner: "omar@example.com", Read: start,
				Shares: []model.Holder{{Email: "alice@example.com", Share: model.Share{Right: model.RightView}}}},
			pamUID: {UID: pamUID, Title: "pam-root", Type: "pamUser", Path: "Infrastructure / PAM", Owner: "omar@example.com", Read: start},
			infraUID: {Kind: model.TargetFolder, UID: infraUID, Title: "Infrastructure", Records: 31, Read: start,
				Shares: []model.Holder{{Email: "omar@example.com", Share: model.Share{Right: model.RightAll}}}},
			partUID: {Kind: model.TargetFolder, UID: partUID, Title: "Databases of Infrastructure", Path: "Infrastructure", Records: 31, Read: start,
				Whole:  model.Target{Kind: model.TargetFolder, UID: infraUID, Title: "Infrastructure"},
				Shares: []model.Holder{{Email: "omar@example.com", Share: model.Share{Right: model.RightAll}}}},
			nestedUID: {Kind: model.TargetFolder, UID: nestedUID, Title: "nested infra", Nested: true, Read: start},
			stageUID:  {UID: stageUID, Title: "prod-db-02", Type: "databaseCredentials", Path: "Infrastructure / Databases", Owner: "omar@example.com", Read: start},
		}}
}
