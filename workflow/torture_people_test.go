package workflow_test

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// orderKinds are what people ask for in an ordeal.
func orderKinds() []string {
	return []string{"view", "edit for 4 h", "raise", "short raise", "owner", "link", "record", "folder", "endpoint", "device"}
}

// people lets them do something: ask, run plans, give back, decide.
func (o *ordeal) people(only string) {
	o.t.Helper()
	if o.rng.IntN(3) > 0 && len(o.records) > 0 {
		kind := only
		if kind == "" {
			kind = pick(o.rng, orderKinds()...)
		}
		o.ask(kind)
	}
	o.runPlans()
	o.decide()
	if o.rng.IntN(4) == 0 {
		o.giveBack()
	}
	if o.rng.IntN(4) == 0 && len(o.records) > 0 {
		o.impatient(func(ctx context.Context) {
			_, _ = o.svc.Facts(ctx, "priya", model.UID(pick(o.rng, o.records...)), true)
		})
	}
}

// ask orders one thing, each on a record or folder of its own, so that the ledger
// says whose each entry is.
func (o *ordeal) ask(kind string) {
	o.t.Helper()
	by := pick(o.rng, model.PersonID("alice"), "bob", "dana")
	uid, folder := o.records[0], o.folders[0]
	o.records, o.folders = o.records[1:], o.folders[1:]
	d := draft()
	record, _ := o.cloud.Record(uid)
	d.Target = model.Target{Kind: model.TargetRecord, UID: model.UID(uid), Title: record.Title, Type: "login"}
	switch kind {
	case "view":
		d.Asked = model.Access{Right: model.RightView, Limit: model.Permanent}
	case "owner":
		d.Asked = model.Access{Right: model.RightOwner, Limit: model.Permanent}
	case "raise":
		o.had(uid, by, vaultsim.Rights{})
	case "short raise": // it may be over before anybody has seen it
		o.had(uid, by, pick(o.rng, vaultsim.Rights{}, vaultsim.Rights{Share: true}))
		d.Asked.Limit = model.For(model.MinLimit)
	case "link":
		d.Item, d.Asked = model.ItemOneTimeShare, model.Access{Right: model.RightView, Limit: model.For(24 * time.Hour)}
	case "record":
		d = storing(model.ItemLogin, map[string]string{"password": "typed by hand"}, model.Answer{Field: "title", Value: "ledger " + uid},
			model.Answer{Field: model.FieldShareIt, Value: "view"})
		d.Target = model.Target{Kind: model.TargetFolder, UID: model.UID(folder)}
	case "folder":
		d = at(joining(model.RightNone, model.For(24*time.Hour)), model.UID(folder), "folder")
	case "endpoint":
		o.asked = append(o.asked, o.cloud.AddApproval(vaultsim.Approval{Type: "PrivilegeElevation", Status: vaultsim.Pending, ExpireIn: 100_000,
			Created: o.theirs.Now().Truncate(time.Second), Account: []vaultsim.Pair{{Key: "Username", Value: "zoe"}},
			Application: []vaultsim.Pair{{Key: "FileName", Value: "installer.exe"}}}))
		return
	case "device":
		o.devices = append(o.devices, o.cloud.AddDevice(vaultsim.Device{Email: "zoe@example.com", Name: "laptop", Type: "desktop", IP: "192.0.2.7",
			Client: "17.1", Location: "Cork, IE", Date: o.theirs.Now().Truncate(time.Second)}))
		return
	}
	r := o.submit(by, d)
	o.approve("omar", r.Number)
	o.requests = append(o.requests, r.Number)
}

// had lets somebody have a right on a record for good before they ask for another one.
func (o *ordeal) had(uid string, who model.PersonID, rights vaultsim.Rights) {
	o.stood[uid] = vaultsim.Share{User: string(who) + "@example.com", Rights: rights}
	o.cloud.Share(uid, o.stood[uid].User, rights, time.Time{})
}

// runPlans has heidi claim what is open and run its plan, where the vault lets her
// make one.
func (o *ordeal) runPlans() {
	o.t.Helper()
	for _, n := range o.requests {
		c := o.view("heidi", n)
		task, open := c.OpenTask()
		if _, busy := c.InFlight(); !open || busy || o.rng.IntN(2) == 0 {
			continue
		}
		if task.Assignee == "" {
			if err := o.svc.Claim(o.ctx, "heidi", task.Number); err != nil {
				o.t.Fatalf("claim: %v", err)
			}
		}
		o.impatient(func(ctx context.Context) {
			plan, err := o.svc.Plan(ctx, "heidi", task.Number)
			if err == nil {
				err = o.svc.Fulfil(ctx, "heidi", task.Number, plan.Digest)
			}
			if err != nil && !denies(err) {
				o.t.Fatalf("%s: %T %v", n, err, err)
			}
		})
	}
}

// impatient lets a person ask the worker something, but not wait out a minute of 429.
func (o *ordeal) impatient(ask func(context.Context)) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, 5*patience)
	defer cancel()
	o.active(func() { ask(ctx) })
}

// giveBack has somebody give back what they have, if that can be done now.
func (o *ordeal) giveBack() {
	o.t.Helper()
	if len(o.requests) == 0 {
		return
	}
	c := o.view("priya", pick(o.rng, o.requests...))
	g, open := c.OpenGrant()
	if _, busy := c.InFlight(); !open || busy {
		return
	}
	o.impatient(func(ctx context.Context) {
		if err := o.svc.GiveBack(ctx, g.Person, g.ID, ""); err != nil && !denies(err) {
			o.t.Fatalf("give back: %T %v", err, err)
		}
	})
}

// decide has omar decide what he sees of endpoint requests and devices, each once.
func (o *ordeal) decide() {
	o.t.Helper()
	for _, uid := range o.asked {
		view, err := o.svc.EndpointByUID(o.ctx, "omar", uid)
		if err != nil || o.decided[uid] || !view.Complete {
			continue
		}
		if _, err := o.svc.DecideEndpoint(o.ctx, "omar", decision(view, pick(o.rng, model.Approve, model.Deny))); err == nil {
			o.decided[uid] = true
		} else if !denies(err) {
			o.t.Fatalf("decide: %T %v", err, err)
		}
	}
	page, err := o.svc.Devices(o.ctx, "omar", workflow.Query{View: workflow.DevicesWaiting})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, row := range page.Rows {
		if o.decided[row.DeviceID] {
			continue
		}
		d := workflow.DeviceDecision{ID: row.ID, Verdict: pick(o.rng, model.Approve, model.Deny), Revision: row.Revision, Comment: fmt.Sprint("asked ", row.Email)}
		if _, err := o.svc.DecideDevice(o.ctx, "omar", d); err == nil {
			o.decided[row.DeviceID] = true
		} else if !denies(err) {
			o.t.Fatalf("decide: %T %v", err, err)
		}
	}
}
