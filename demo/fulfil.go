package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// orderTakes is how long the service needs for an order in a tale.
const orderTakes = 3 * time.Second

// fulfil is somebody running the plan. What the worker makes of it follows some
// seconds later.
func (t *tale) fulfil(by string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		worker := t.s.person(by)
		have := t.s.has(place{t.target.UID, t.email}, tx.Now)
		plan, err := model.PlanAccess(model.Wanted{On: t.target, Email: t.email, Access: t.request.Allowed}, have, tx.Now)
		if err != nil {
			return err
		}
		if plan.Nothing != "" {
			return t.closeTask(tx, worker.ID, model.TaskClosedComplete, "nothing to do: "+plan.Nothing)
		}
		for i := range plan.Steps {
			plan.Steps[i].Intent.Title = t.target.Title
		}
		if plan.Steps[0].At.After(tx.Now) {
			return t.closeTask(tx, worker.ID, model.TaskClosedComplete, t.email+" has "+have.Words()+" until then")
		}
		id := t.s.planID()
		if err := t.recordPlan(tx, worker.ID, id, plan); err != nil {
			return err
		}
		t.s.write(tx.Now.Add(orderTakes), func(tx *store.Tx) error { return t.carryOut(tx, worker.ID, id, plan) })
		return nil
	}
}

// recordPlan writes that somebody runs the plan.
func (t *tale) recordPlan(tx *store.Tx, by model.PersonID, id string, plan model.Plan) error {
	words := make([]string, len(plan.Steps))
	for i, st := range plan.Steps {
		words[i] = st.Intent.Words(st.Kind)
	}
	said := strings.Join(words, ", then ")
	return t.record(tx, by, "task.fulfil", fmt.Sprintf("%s plan %s digest %s", t.task.Number, id, planDigest(plan)),
		[]model.AuditText{{Name: "plan", Text: said}}, "runs the plan: "+said)
}

func planDigest(p model.Plan) model.Digest {
	b, err := json.Marshal(struct {
		Now   model.Share
		Steps []model.Step
		None  string
	}{p.Now, p.Steps, p.Nothing})
	if err != nil {
		panic(err) // a plan holds nothing that JSON cannot write
	}
	sum := sha256.Sum256(b)
	return model.Digest(hex.EncodeToString(sum[:]))
}

// carryOut writes the plan as the worker leaves it: the access stands, the task
// is complete, and what is to follow at the end of the time is scheduled.
func (t *tale) carryOut(tx *store.Tx, by model.PersonID, id string, plan model.Plan) error {
	end := t.request.Allowed.Limit.End(tx.Now)
	if err := t.insertGrant(tx, plan, end); err != nil {
		return err
	}
	var restore *model.Operation
	for i, st := range plan.Steps {
		op := model.Operation{RequestID: t.request.ID, TaskID: t.task.ID, GrantID: t.grant.ID, Plan: id, Seq: i + 1,
			Kind: st.Kind, Intent: st.Intent, Correlation: t.request.Correlation, RequestedBy: by, Created: tx.Now}
		if st.AfterGrant {
			op.State, op.NotBefore = model.OpScheduled, end
			restore = &op
		} else {
			if st.Kind == model.OpGrant {
				op.Intent.Expires = end
			}
			op = t.s.done(op, tx.Now)
		}
		var err error
		if op.ID, err = tx.InsertOperation(op); err != nil {
			return err
		}
		if op.State == model.OpDone {
			if err := t.recordDone(tx, op); err != nil {
				return err
			}
		}
	}
	if !end.IsZero() {
		t.s.write(end.Add(orderTakes), t.end(restore))
	}
	return t.closeTask(tx, model.System, model.TaskClosedComplete, t.email+" has "+t.has(tx).Words())
}

func (t *tale) has(tx *store.Tx) model.Share { return t.s.has(place{t.target.UID, t.email}, tx.Now) }

func (t *tale) give(have model.Share) { t.s.give(place{t.target.UID, t.email}, have) }

func (t *tale) insertGrant(tx *store.Tx, plan model.Plan, end time.Time) error {
	t.grant = model.Grant{RequestID: t.request.ID, Number: t.request.Number, Person: t.by.ID, Email: t.email, Target: t.target,
		Right: t.request.Allowed.Right, Since: tx.Now, Until: end, Standing: plan.Standing, State: model.GrantActive, Revision: 1}
	t.give(model.Share{Right: t.grant.Right, Expires: end})
	var err error
	t.grant.ID, err = tx.InsertGrant(t.grant)
	return err
}

// done is an operation as the worker leaves it when the service has done it.
func (s *stage) done(op model.Operation, at time.Time) model.Operation {
	op.State, op.Attempts, op.Fence, op.ServiceID = model.OpDone, 1, 1, s.serviceID()
	op.Sent, op.Ended = at.Add(-orderTakes), at
	op.Evidence = serviceWords(op)
	return op
}

// recordDone writes what the worker says of an operation that is done.
func (t *tale) recordDone(tx *store.Tx, op model.Operation) error {
	t.s.logOrder(t.numbers(op), op, tx.Now)
	said := "done: " + op.Intent.Words(op.Kind)
	texts := []model.AuditText{{Name: "outcome", Text: said}}
	if op.Evidence != "" {
		texts = append(texts, model.AuditText{Name: "service", Text: op.Evidence})
	}
	err := t.record(tx, model.System, "operation."+string(op.State),
		fmt.Sprintf("operation %d %s plan %s step %d attempt %d on %s", op.ID, op.Kind, op.Plan, op.Seq, op.Attempts, op.Intent.Object()),
		texts, said)
	if err != nil || op.Evidence == "" {
		return err
	}
	return t.say(tx, model.System, model.EntryNote, "the vault service: "+op.Evidence)
}

// numbers are those of an order: its request's, and its task's where it has one.
func (t *tale) numbers(op model.Operation) string {
	if op.TaskID == 0 {
		return string(t.request.Number)
	}
	return string(t.request.Number) + ", " + string(t.task.Number)
}

// serviceWords is what the service answers to an order it has carried out
// (PROTOCOL 12.2, 12.3). Of a new record or link it only tells what it is called.
func serviceWords(op model.Operation) string {
	i, what := op.Intent, "granted to"
	switch {
	case op.Kind == model.OpCreate, op.Kind == model.OpLink:
		return ""
	case op.Kind == model.OpJoin:
		return folderWords(i)
	case op.Kind == model.OpRemove:
		what = "revoked from"
	case op.Kind == model.OpLower, !i.Before.None() && !i.Restores:
		what = "changed for"
	}
	words := fmt.Sprintf("Record %q access permissions has been %s user '%s'", string(i.Record), what, i.Email)
	if !i.Expires.IsZero() {
		words += ", record access expires " + i.Expires.Local().Format(time.DateTime)
	}
	return words
}

// folderWords is what the service says of somebody who has joined a folder.
func folderWords(i model.Intent) string {
	words := fmt.Sprintf("Folder access granted to user '%s'", i.Email)
	if !i.Expires.IsZero() {
		words += ", expires " + i.Expires.Local().Format(time.DateTime)
	}
	return words
}

// end ends the grant when its time is over: the standing right is given back
// where there was one.
func (t *tale) end(restore *model.Operation) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if t.grant.State != model.GrantActive {
			return nil
		}
		note := "its time was over"
		t.give(t.grant.Standing)
		if restore != nil {
			op := t.s.done(*restore, tx.Now)
			var err error
			op.ID, err = t.restored(tx, op)
			if err != nil {
				return err
			}
			if err := t.recordDone(tx, op); err != nil {
				return err
			}
			note = t.email + " has " + t.grant.Standing.Words() + " again"
		}
		t.grant.State, t.grant.Note = model.GrantEnded, note
		if err := unchanged(tx.UpdateGrant(t.grant)); err != nil || restore != nil {
			return err
		}
		return t.record(tx, model.System, "grant.end", fmt.Sprintf("grant %d", t.grant.ID), nil, "the access of "+t.email+" has ended")
	}
}

// restored writes the scheduled operation of the tale as done.
func (t *tale) restored(tx *store.Tx, op model.Operation) (int64, error) {
	ops, err := tx.OperationsOf(t.request.ID)
	if err != nil {
		return 0, err
	}
	for _, o := range ops {
		if o.Plan == op.Plan && o.Seq == op.Seq {
			op.ID = o.ID
			return o.ID, unchanged(tx.UpdateOperation(op, model.OpScheduled))
		}
	}
	return 0, fmt.Errorf("%s has no step %d to give back what stood", t.request.Number, op.Seq)
}

// giveBack ends the access early, by whoever has it.
func (t *tale) giveBack(tx *store.Tx) error {
	if t.grant.State != model.GrantActive || !t.grant.Standing.None() || !t.grant.Until.IsZero() && !t.grant.Until.After(tx.Now) {
		return nil
	}
	err := t.record(tx, t.by.ID, "grant.give_back", fmt.Sprintf("grant %d", t.grant.ID), nil, "gives the access back")
	if err != nil {
		return err
	}
	op := t.s.done(model.Operation{RequestID: t.request.ID, GrantID: t.grant.ID, Plan: t.s.planID(), Seq: 1, Kind: model.OpRemove,
		Intent:      model.Intent{Record: t.target.UID, Title: t.target.Title, Email: t.email, Before: t.has(tx)},
		Correlation: t.request.Correlation, RequestedBy: t.by.ID, Created: tx.Now}, tx.Now)
	if op.ID, err = tx.InsertOperation(op); err != nil {
		return err
	}
	if err := t.recordDone(tx, op); err != nil {
		return err
	}
	t.give(model.Share{})
	t.grant.State, t.grant.Note = model.GrantRevoked, "given back or revoked: "+t.email+" has nothing"
	return unchanged(tx.UpdateGrant(t.grant))
}
