package demo

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// orderItem begins a request for any item of the catalog. Answers are pairs of
// field and text.
func (s *stage) orderItem(by string, item model.ItemKey, on model.Target, asked model.Access, why string, answers ...string) *order {
	s.requests++
	o := &order{s: s, by: by, policy: policy(), draft: workflow.Draft{Item: item, Target: on, Asked: asked, Justification: why}}
	for i := 0; i+1 < len(answers); i += 2 {
		o.draft.Answers = append(o.draft.Answers, model.Answer{Field: answers[i], Value: answers[i+1]})
	}
	return o
}

// secret answers a secret field.
func (o *order) secret(field, text string) *order {
	if o.draft.Secrets == nil {
		o.draft.Secrets = map[string][]byte{}
	}
	o.draft.Secrets[field] = []byte(text)
	return o
}

// folder is the shared folder with a path as a requestor picks it.
func (s *stage) folder(path string) model.Target {
	place, ok := s.world.Folder(path)
	if !ok {
		panic("the company has no folder " + path)
	}
	return model.Target{Kind: model.TargetFolder, UID: model.UID(place.UID), Title: path[strings.LastIndexByte(path, '/')+1:]}
}

// fulfilled is somebody running the plan of a task that they have. What the
// worker makes of it follows some seconds later.
func (o *order) fulfilled(age time.Duration, by string) *order {
	o.s.write(o.s.ago(age), func(tx *store.Tx) error {
		c, found, err := tx.Case(o.number)
		if err != nil || !found {
			return fmt.Errorf("find %q: %w", o.number, err)
		}
		task, _ := c.OpenTask()
		t := &tale{s: o.s, by: o.s.person(o.by), email: c.Request.RequestedFor, target: c.Request.Target, asked: c.Request.Asked,
			request: c.Request, task: task}
		plan, err := workflow.PlanOf(c, o.s.facts(t.target, tx.Now), tx.Now)
		if err != nil {
			return err
		}
		worker := o.s.person(by).ID
		id := o.s.planID()
		if err := t.recordPlan(tx, worker, id, plan); err != nil {
			return err
		}
		o.s.write(tx.Now.Add(orderTakes), func(tx *store.Tx) error { return t.stand(tx, worker, id, plan) })
		return nil
	})
	return o
}

// facts are what the vault says of a target at a time.
func (s *stage) facts(on model.Target, now time.Time) model.RecordFacts {
	f := model.RecordFacts{Kind: on.Kind, UID: on.UID, Title: on.Title, Type: on.Type, Default: model.RightView, Read: now}
	for at := range s.access {
		if have := s.has(at, now); at.record == on.UID && !have.None() {
			f.Shares = append(f.Shares, model.Holder{Email: at.email, Share: have})
		}
	}
	return f
}

// stand writes a plan as the worker leaves it: every order is done, what they
// give stands, and the task is complete.
func (t *tale) stand(tx *store.Tx, by model.PersonID, id string, plan model.Plan) error {
	said := ""
	var made model.Target
	for i, st := range plan.Steps {
		op := model.Operation{RequestID: t.request.ID, TaskID: t.task.ID, Plan: id, Seq: i + 1, Kind: st.Kind, Intent: st.Intent,
			Correlation: t.request.Correlation, RequestedBy: by, Created: tx.Now}
		if op.Intent.Record == "" && made.Named() {
			op.Intent.Record = made.UID
		}
		op.Intent.Expires = op.Intent.Limit.End(tx.Now)
		var err error
		switch st.Kind {
		case model.OpCreate:
			made = t.s.create(&op)
			said = fmt.Sprintf("%q is in the vault (%s)", made.Title, made.UID)
		case model.OpLink:
			said = "the link is ready; who asked for it can see it, once"
			err = t.makeLink(tx, &op)
		default:
			said = op.Intent.Who() + " has " + model.Share{Right: op.Intent.Right, Expires: op.Intent.Expires}.Words()
		}
		if err != nil {
			return err
		}
		if op.GrantID, err = t.insertOwn(tx, op); err != nil {
			return err
		}
		op = t.s.done(op, tx.Now)
		if op.ID, err = tx.InsertOperation(op); err != nil {
			return err
		}
		if err := t.recordDone(tx, op); err != nil {
			return err
		}
	}
	return t.closeTask(tx, model.System, model.TaskClosedComplete, said)
}

// create puts the record that an order makes into the vault.
func (s *stage) create(op *model.Operation) model.Target {
	n := op.Intent.Create
	uid := s.world.Vault.AddRecord(newRecord(n, op.Intent.Folder, ""))
	op.Intent.Record = model.UID(uid)
	return model.Target{Kind: model.TargetRecord, UID: model.UID(uid), Title: n.Title, Type: n.Type}
}

// newRecord is the record that an order has made, as far as anybody can see it
// here: its secrets are only stood for.
func newRecord(n *model.NewRecord, folder, uid model.UID) vaultsim.Record {
	r := vaultsim.Record{UID: string(uid), Title: n.Title, Type: n.Type, Folder: string(folder)}
	for _, v := range n.Fields {
		switch v.Kind {
		case model.FieldHostPort:
			host, port, _ := model.HostPort(v.Text)
			r.Fields = append(r.Fields, vaultsim.Field{Type: "host", Value: []any{map[string]string{"hostName": host, "port": port}}})
		case model.FieldText, model.FieldURL:
			name, label, _ := strings.Cut(v.Vault, ".")
			r.Fields = append(r.Fields, vaultsim.Field{Type: name, Label: label, Value: []any{v.Text}})
		case model.FieldSecret:
			r.Fields = append(r.Fields, vaultsim.Field{Type: "password", Value: []any{"made up for the demo"}})
		}
	}
	return r
}

// makeLink makes the link of an order, which lies sealed until it is shown.
func (t *tale) makeLink(tx *store.Tx, op *model.Operation) error {
	fragment := make([]byte, 32)
	for i := range fragment {
		fragment[i] = byte(t.s.random.UintN(256))
	}
	text := base64.RawURLEncoding.EncodeToString(fragment)
	op.Intent.Link = model.LinkID(vaultsim.LinkID(text))
	t.s.world.Vault.AddOneTimeShare(linkInVault(op.Intent, tx.Now))
	to := []seal.Recipient{t.s.identity.Recipient()}
	body, err := seal.Seal(to, seal.Binding{Request: string(t.request.Number), Field: model.FieldLink},
		[]byte("https://keepersecurity.com/vault/share/#"+text))
	if err != nil {
		return err
	}
	_, err = tx.InsertSealed(store.SealedSecret{RequestID: t.request.ID, Field: model.FieldLink, Commitment: seal.Commitment(body),
		KeyID: string(to[0].KeyID()), Body: body})
	if err != nil {
		return err
	}
	_, err = tx.ScheduleWipeOf(t.request.ID, model.FieldLink, op.Intent.Expires)
	return err
}

// linkInVault is a link as the vault keeps it.
func linkInVault(i model.Intent, made time.Time) vaultsim.OneTimeShare {
	return vaultsim.OneTimeShare{ID: string(i.Link), Name: string(i.Number), Record: string(i.Record), Editable: i.Right.Edit(),
		Generated: made, Expires: i.Expires}
}

// insertOwn stores the grant of an order that gives something, and returns its id.
func (t *tale) insertOwn(tx *store.Tx, op model.Operation) (int64, error) {
	if !op.Kind.Gives() {
		return 0, nil
	}
	on := model.Target{Kind: model.TargetRecord, UID: op.Intent.Object(), Title: op.Intent.Title, Type: t.target.Type}
	if op.Kind.OnFolder() {
		on.Kind = model.TargetFolder
	}
	if op.Kind != model.OpLink {
		t.s.give(place{on.UID, op.Intent.Email}, model.Share{Right: op.Intent.Right, Expires: op.Intent.Expires})
	}
	t.grant = model.Grant{RequestID: t.request.ID, Number: t.request.Number, Person: t.by.ID, Email: op.Intent.Email, Target: on,
		Link: op.Intent.Link, Right: op.Intent.Right, Since: tx.Now, Until: op.Intent.Expires, State: model.GrantActive, Revision: 1}
	var err error
	if t.grant.ID, err = tx.InsertGrant(t.grant); err != nil {
		return 0, err
	}
	return t.grant.ID, tx.CheckGrant(t.grant.ID, "")
}

// shown has the requestor see the link, some time after it was made.
func (o *order) shown(age time.Duration) *order {
	o.s.write(o.s.ago(age), func(tx *store.Tx) error {
		t, err := o.tale(tx)
		if err != nil {
			return err
		}
		detail := "link " + string(t.grant.Link)
		if err := t.record(tx, t.by.ID, "link.reveal", detail, nil); err != nil {
			return err
		}
		if err := unchanged(tx.Shown(t.request.ID, model.FieldLink)); err != nil {
			return err
		}
		return t.record(tx, t.by.ID, "link.acknowledge", detail, nil, "has seen the link")
	})
	return o
}

// opened has somebody open the link.
func (o *order) opened(age time.Duration) *order {
	o.s.write(o.s.ago(age), func(tx *store.Tx) error {
		t, err := o.tale(tx)
		if err != nil {
			return err
		}
		o.s.openLinks = append(o.s.openLinks, string(t.grant.Link))
		if err := tx.OpenedLink(t.grant.ID, tx.Now); err != nil {
			return err
		}
		return t.record(tx, model.System, "link.opened", fmt.Sprintf("grant %d", t.grant.ID), nil,
			"the link was opened at "+tx.Now.UTC().Format("2006-01-02 15:04")+" UTC")
	})
	return o
}

// over has the link end in time.
func (o *order) over(age time.Duration) *order {
	o.s.write(o.s.ago(age), func(tx *store.Tx) error {
		t, err := o.tale(tx)
		if err != nil {
			return err
		}
		t.grant.State, t.grant.Note = model.GrantEnded, "its time was over"
		if err := unchanged(tx.UpdateGrant(t.grant)); err != nil {
			return err
		}
		return t.record(tx, model.System, "grant.end", fmt.Sprintf("grant %d", t.grant.ID), nil, "the link has ended")
	})
	return o
}

// drifted has somebody take the access in the web vault, past this program.
func (o *order) drifted(age time.Duration) *order {
	o.s.write(o.s.ago(age), func(tx *store.Tx) error {
		t, err := o.tale(tx)
		if err != nil {
			return err
		}
		o.s.give(place{t.grant.Target.UID, t.grant.Email}, model.Share{})
		drift := "the vault shows nothing instead of " + model.Share{Right: t.grant.Right, Expires: t.grant.Until}.Words()
		if err := tx.CheckGrant(t.grant.ID, drift); err != nil {
			return err
		}
		return t.record(tx, model.System, "grant.drift", fmt.Sprintf("grant %d", t.grant.ID), []model.AuditText{{Name: "drift", Text: drift}},
			t.grant.Email+": "+drift+": changed outside this program")
	})
	return o
}

// tale is the order's life so far, as the queue has it.
func (o *order) tale(tx *store.Tx) (*tale, error) {
	c, found, err := tx.Case(o.number)
	if err != nil || !found || len(c.Grants) == 0 {
		return nil, fmt.Errorf("find the access that %q gave: %w", o.number, err)
	}
	return &tale{s: o.s, by: o.s.person(o.by), email: c.Request.RequestedFor, target: c.Request.Target, request: c.Request,
		grant: c.Grants[len(c.Grants)-1]}, nil
}

// all approves, takes and runs an order, all by the same two people.
func (o *order) all(age time.Duration) *order {
	return o.submit(age+5*hour).decide(age+3*hour, "omar", model.Approve, "").claim(age+hour, "kofi").fulfilled(age, "kofi")
}

// restore makes the vault of a demo that is opened again hold what its orders
// made: records, links and the members of folders.
func restore(ctx context.Context, db *store.DB, v *vaultsim.Vault) error {
	var made []int64
	return db.Read(ctx, func(tx *store.Tx) error {
		q := store.RequestQuery{View: store.RequestsAll, Items: storing(), Span: store.Span{Limit: 500}}
		for {
			page, err := tx.Requests(q)
			if err != nil {
				return err
			}
			for _, r := range page.Rows {
				made = append(made, r.ID)
			}
			if q.Span.After = page.Next(); q.Span.After == (store.Cursor{}) {
				break
			}
		}
		cases, err := tx.Cases(made)
		for _, c := range cases {
			for _, op := range c.Operations {
				if op.Kind == model.OpCreate && op.State == model.OpDone {
					v.AddRecord(newRecord(op.Intent.Create, op.Intent.Folder, op.Intent.Record))
				}
			}
		}
		return err
	})
}

// storing are the items that make records.
func storing() []model.ItemKey {
	var keys []model.ItemKey
	for _, item := range model.Catalog() {
		if item.Creates() {
			keys = append(keys, item.Key)
		}
	}
	return keys
}
