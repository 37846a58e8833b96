package tasks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/workflow"
)

// holds is what the records of the company hold, by field; of a secret that there
// is one.
func holds(uid model.UID) map[string]string {
	if uid == prodUID {
		return map[string]string{"dbtype": "PostgreSQL", "host": "db1.example.com:5432", "login": "ledger", "password": "held"}
	}
	return nil
}

func words(d workflow.Draft) string {
	var said []string
	for _, a := range d.Answers {
		said = append(said, a.Field+"="+a.Value)
	}
	for key, plain := range d.Secrets {
		said = append(said, fmt.Sprintf("%s sealed %d", key, len(plain)))
	}
	slices.Sort(said)
	return string(d.Item) + " " + string(d.Target.UID) + " " + strings.Join(said, ", ")
}

func (q *queue) PlanRecord(_ context.Context, me model.PersonID, n model.Number, d workflow.Draft) (workflow.PlanView, error) {
	q.ask("plan record %s", words(d))
	c, err := q.may(me, model.ActCreate, n)
	if err == nil {
		err = q.recordErr
	}
	if err != nil {
		return workflow.PlanView{}, err
	}
	item, _ := model.FindItem(d.Item)
	r := model.Request{Number: c.Request.Number, Answers: d.Answers}
	if title, _ := r.Answer(model.FieldTitle); title == "" {
		given := map[string]string{}
		for _, a := range d.Answers {
			given[a.Field] = a.Value
		}
		r.Answers = append(r.Answers, model.Answer{Field: model.FieldTitle, Value: item.MakeTitle(given)})
	}
	for key := range d.Secrets {
		r.Sealed = append(r.Sealed, model.SealedAnswer{Field: key})
	}
	record := model.NewRecordOf(r, item)
	f := q.facts[d.Target.UID]
	plan := model.PlanCreate(record, model.Target{Kind: model.TargetFolder, UID: f.UID, Title: f.Title}, c.Request.RequestedFor, "")
	access, err := workflow.PlanOf(c.Case, model.RecordFacts{Kind: model.TargetRecord, Title: record.Title, Type: record.Type}, q.now())
	plan.Want, plan.Warnings = access.Want, access.Warnings
	plan.Steps = append(plan.Steps, access.Steps...)
	return workflow.PlanView{Task: n, Facts: f, Plan: plan, Digest: "record"}, err
}

func (q *queue) RunRecord(ctx context.Context, me model.PersonID, n model.Number, d workflow.Draft, digest model.Digest) error {
	q.ask("run record %s %s", words(d), digest)
	p, err := q.PlanRecord(ctx, me, n, d)
	if err == nil {
		q.enqueue(n, p.Plan)
	}
	return err
}

func (q *queue) PlanChange(_ context.Context, me model.PersonID, n model.Number, change workflow.Change) (workflow.PlanView, error) {
	q.ask("plan change %q %v %d %q %v", change.Title, change.Answers, len(change.Secrets), change.Notes, change.Append)
	c, err := q.may(me, model.ActChange, n)
	if err != nil {
		return workflow.PlanView{}, err
	}
	f := q.facts[c.Case.Record().UID]
	f.Kind = model.TargetRecord
	v := workflow.PlanView{Task: n, Facts: f, Digest: "change"}
	update := &model.RecordChange{Title: change.Title, Append: change.Append}
	if change.Title != "" {
		v.Diff = append(v.Diff, workflow.FieldDiff{Field: model.FieldTitle, Label: "Title", Now: f.Title, Then: change.Title})
	}
	held := holds(f.UID)
	for _, field := range model.RecordFields(f.Type) {
		at := slices.IndexFunc(change.Answers, func(a model.Answer) bool { return a.Field == field.Key })
		_, sealed := change.Secrets[field.Key]
		then := model.FieldValue{Field: field.Key, Vault: field.Vault, Sealed: sealed}
		if at >= 0 {
			then.Text = change.Answers[at].Value
			if g, ok := model.ParseGenerate(then.Text); ok && field.Secret() {
				then.Text, then.Generate = "", g
			}
		}
		if at < 0 && !sealed || then.Words() == held[field.Key] {
			continue
		}
		update.Fields = append(update.Fields, then)
		v.Diff = append(v.Diff, workflow.FieldDiff{Field: field.Key, Label: field.Label, Now: held[field.Key], Then: then.Words(), Secret: field.Secret()})
	}
	if change.Notes != "" {
		update.Notes = model.FieldValue{Field: "notes", Sealed: true}
		v.Diff = append(v.Diff, workflow.FieldDiff{Field: "notes", Label: "Notes", Now: "2 lines", Then: "1 line more", Secret: true})
	}
	v.Plan.Steps = []model.Step{{Kind: model.OpUpdate, Intent: model.Intent{Record: f.UID, Title: f.Title, Update: update}}}
	return v, nil
}

func (q *queue) RunChange(ctx context.Context, me model.PersonID, n model.Number, change workflow.Change, digest model.Digest) error {
	q.ask("run change %q %v %d %s", change.Title, change.Answers, len(change.Secrets), digest)
	p, err := q.PlanChange(ctx, me, n, change)
	if err == nil {
		q.enqueue(n, p.Plan)
	}
	return err
}

// enqueue puts the steps of a plan into the queue.
func (q *queue) enqueue(n model.Number, p model.Plan) {
	c := q.find(n)
	for i, s := range p.Steps {
		c.Operations = append(c.Operations, model.Operation{ID: int64(200 + len(c.Operations)), TaskID: c.Tasks[0].ID, Plan: "written", Seq: i + 1,
			Kind: s.Kind, Intent: s.Intent, State: model.OpQueued, Created: q.now(), Updated: q.now()})
	}
}
