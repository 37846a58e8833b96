package workflow

import (
	"context"
	"fmt"

	"countersign/model"
)

// PlanRecord plans a new record of one of the types of the catalog, and with it
// the access that the task is about: for a request that only described its
// record, and where there is none yet. Of the draft, the item, the folder, the
// answers and the secrets count. It changes nothing. It fails with an Invalid by
// field, with a *model.Denied for everybody but the admin who has the task, or
// with a *VaultError.
func (s *Service) PlanRecord(ctx context.Context, actorID model.PersonID, task model.Number, d Draft) (PlanView, error) {
	c, err := s.caseToWrite(ctx, actorID, task, model.ActCreate)
	if err != nil {
		return PlanView{}, err
	}
	item, ok := model.FindItem(d.Item)
	if !ok || !item.Creates() {
		return PlanView{}, Invalid{"item": "choose the type of the record"}
	}
	wrong := Invalid{}
	s.wrongAnswers(item, d, wrong)
	for _, key := range []string{model.FieldShareIt, model.FieldDestroys} {
		if text, _ := (model.Request{Answers: d.Answers}).Answer(key); text != "" {
			wrong[key] = "who gets what on this record was approved with the request"
		}
	}
	if d.Target.Described != "" || d.Target.Named() && wrongTarget(item, d.Target) != "" {
		wrong[string(item.Target)] = "choose a folder of the vault, or none"
	}
	if len(wrong) > 0 {
		return PlanView{}, wrong
	}
	v := PlanView{Task: task}
	if d.Target.Named() {
		if v.Facts, err = s.allFacts(ctx, d.Target.UID); err != nil {
			return PlanView{}, err
		}
		if err := cannotHold(v.Facts, d.Target.UID); err != nil {
			return PlanView{}, err
		}
	}
	if v.Plan, err = s.planMade(c, recordOf(c.Request.Number, item, d), v.Facts); err != nil {
		return PlanView{}, err
	}
	s.sameTitle(ctx, &v)
	v.Digest, err = planDigest(v.Plan)
	return v, err
}

// RunRecord queues the plan with that digest, as PlanRecord would make it now, or
// fails with a *Conflict. The new record becomes what the task is about. The
// draft's secrets are wiped.
func (s *Service) RunRecord(ctx context.Context, actorID model.PersonID, task model.Number, d Draft, digest model.Digest) error {
	defer wipeAll(d.Secrets)
	v, err := s.PlanRecord(ctx, actorID, task, d)
	if err != nil {
		return err
	}
	secrets := map[string][]byte{}
	for key, plain := range d.Secrets {
		if len(plain) > 0 {
			secrets[ofRecord+key] = plain
		}
	}
	return s.runWrite(ctx, actorID, task, model.ActCreate, v, digest, secrets)
}

// recordOf is the record that a draft describes, marked with the request's
// number. Its secrets are sealed apart from those of the request.
func recordOf(number model.Number, item model.Item, d Draft) model.NewRecord {
	r := model.Request{Number: number, Answers: withTitle(item, d.Answers)}
	for key, plain := range d.Secrets {
		if len(plain) > 0 {
			r.Sealed = append(r.Sealed, model.SealedAnswer{Field: key})
		}
	}
	n := model.NewRecordOf(r, item)
	for i, v := range n.Fields {
		if v.Sealed {
			n.Fields[i].Field = ofRecord + v.Field
		}
	}
	return n
}

// planMade plans a record and then the access to it that was allowed.
func (s *Service) planMade(c model.Case, n model.NewRecord, folder model.RecordFacts) (model.Plan, error) {
	r := c.Request
	plan := model.PlanCreate(n, place(folder), r.RequestedFor, "")
	on := model.Target{Kind: model.TargetRecord, Title: n.Title, Type: n.Type}
	access, err := PlanOf(c, model.RecordFacts{Kind: on.Kind, Title: on.Title, Type: on.Type}, s.now())
	if err != nil {
		return plan, err
	}
	plan.Want, plan.Warnings = access.Want, access.Warnings
	plan.Steps = append(plan.Steps, access.Steps...)
	return plan, nil
}

// anyNumber and anyUID stand for what is not known of an order yet and is always
// as long.
const (
	anyNumber = model.Number(model.PrefixRequest + "0000000")
	anyUID    = model.UID("AAAAAAAAAAAAAAAAAAAAAA")
)

// wrongRecord says where the record that a draft describes could not be sent as
// one order.
func (s *Service) wrongRecord(item model.Item, d Draft, wrong Invalid) {
	n := recordOf(anyNumber, item, d)
	secrets := map[string][]byte{}
	for key, plain := range d.Secrets {
		secrets[ofRecord+key] = plain
	}
	order := Order{Kind: model.OpCreate, Intent: model.Intent{Create: &n, Folder: anyUID}, Secrets: secrets}
	if err := s.fits(order); err != nil {
		wrong[model.FieldTitle] = err.Error()
	}
}

// fits says why an order cannot be sent to any vault service.
func (s *Service) fits(o Order) error {
	if s.check == nil {
		return nil
	}
	if err := s.check(o); err != nil {
		return fmt.Errorf("this cannot be sent to the vault: %w", err)
	}
	return nil
}
