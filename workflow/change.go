package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// Change is what an admin wants to change in a record. What is not named stays.
type Change struct {
	Title string
	// Answers are by the keys of model.RecordFields; an empty value clears the
	// field.
	Answers []model.Answer
	// Secrets are the values of secret fields, sealed before they are stored.
	// RunChange wipes them.
	Secrets map[string][]byte `json:"-"`
	// Notes are written in place of the record's, or added to them. They are
	// sealed like a secret, since notes often hold one.
	Notes  string `json:"-"`
	Append bool
}

// What an admin types inside a task is sealed apart from what the requestor
// typed, under the field's key behind one of these (model.OfRequest).
const (
	ofChange = "change."
	ofRecord = "record."
)

// changeNotes is the key of the notes of a record in a Change's diff.
const changeNotes = "notes"

// PlanChange compares a change with the record that a task is about, read live,
// and says what would be done. It changes nothing. It fails with an Invalid by
// field, with a *model.Denied for everybody but the admin who has the task, or
// with a *VaultError.
func (s *Service) PlanChange(ctx context.Context, actorID model.PersonID, task model.Number, c Change) (PlanView, error) {
	k, err := s.caseToWrite(ctx, actorID, task, model.ActChange)
	if err != nil {
		return PlanView{}, err
	}
	r, err := s.ask(ctx, askContent, question{UID: k.Record().UID})
	if err != nil {
		return PlanView{}, err
	}
	now := r.Content
	if now.Facts.Gone {
		return PlanView{}, goneError(k.Record().UID)
	}
	fields := model.RecordFields(now.Facts.Type)
	if err := s.wrongChange(c, fields); err != nil {
		return PlanView{}, err
	}
	update, diff := changeOf(c, fields, now)
	v := PlanView{Task: task, Facts: now.Facts, Diff: diff}
	if len(diff) == 0 {
		v.Plan.Nothing = "the record is so already"
	} else {
		intent := model.Intent{Record: now.Facts.UID, Title: now.Facts.Title, Number: k.Request.Number, Update: &update}
		if err := s.fits(Order{Kind: model.OpUpdate, Intent: intent, Secrets: c.sealed()}); err != nil {
			return PlanView{}, Invalid{model.FieldTitle: err.Error()}
		}
		v.Plan.Steps = []model.Step{{Kind: model.OpUpdate, Intent: intent}}
	}
	v.Digest, err = planDigest(v.Plan)
	return v, err
}

// RunChange queues the change whose plan has that digest, as PlanChange would
// make it now, or fails with a *Conflict. The task stays open when it is done:
// it is for something else. The change's secrets are wiped.
func (s *Service) RunChange(ctx context.Context, actorID model.PersonID, task model.Number, c Change, digest model.Digest) error {
	defer wipeAll(c.Secrets)
	v, err := s.PlanChange(ctx, actorID, task, c)
	if err != nil {
		return err
	}
	return s.runWrite(ctx, actorID, task, model.ActChange, v, digest, c.sealed())
}

// sealed are the secrets of a change by the names under which they are sealed.
func (c Change) sealed() map[string][]byte {
	out := map[string][]byte{}
	for key, plain := range c.Secrets {
		if len(plain) > 0 {
			out[ofChange+key] = plain
		}
	}
	if c.Notes != "" {
		out[ofChange+changeNotes] = []byte(c.Notes)
	}
	return out
}

// wrongChange checks a change without looking at the record.
func (s *Service) wrongChange(c Change, fields []model.Field) error {
	wrong := Invalid{}
	s.wrongFields(fields, c.Answers, c.Secrets, "a record of this type", wrong)
	title := model.Field{Kind: model.FieldText, Max: model.MaxTitle}
	if err := title.Validate(c.Title); err != nil {
		wrong[model.FieldTitle] = err.Error()
	}
	notes := model.Field{Kind: model.FieldMultiline}
	switch err := notes.Validate(c.Notes); {
	case err != nil:
		wrong[changeNotes] = err.Error()
	case c.Notes == "" && c.Append:
		wrong[changeNotes] = "write what is to be added to the notes"
	case c.Notes != "" && len(s.settings.Recipients) == 0:
		wrong[changeNotes] = errNoRecipient.Error()
	case strings.HasPrefix(c.Notes, "+") && !c.Append:
		wrong[changeNotes] = "notes cannot begin with a plus sign: the vault would add them to what is there"
	case strings.Contains(c.Notes, "\\\n"):
		wrong[changeNotes] = "no backslash at the end of a line: the vault cannot hold it in notes"
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// changeOf is what has to be written so that a record becomes as wanted, and
// what that does to it. What it holds already is left out.
func changeOf(c Change, fields []model.Field, now model.RecordContent) (model.RecordChange, []FieldDiff) {
	update := model.RecordChange{Revision: now.Facts.Revision}
	var diff []FieldDiff
	if c.Title != "" && c.Title != now.Facts.Title {
		update.Title = c.Title
		diff = append(diff, FieldDiff{Field: model.FieldTitle, Label: "Title", Now: now.Facts.Title, Then: c.Title})
	}
	for _, f := range fields {
		v, asked := c.value(f)
		held := slices.Contains(now.Held, f.Key)
		d := FieldDiff{Field: f.Key, Label: f.Label, Now: now.Values[f.Key], Then: v.Words(), Secret: f.Secret()}
		switch {
		case !asked, !f.Secret() && v.Text == d.Now, f.Secret() && v.None() && !held:
			continue
		case held:
			d.Now = "held"
		}
		update.Fields = append(update.Fields, v)
		diff = append(diff, d)
	}
	if c.Notes != "" {
		update.Append = c.Append
		update.Notes = model.FieldValue{Field: ofChange + changeNotes, Kind: model.FieldMultiline, Sealed: true}
		d := FieldDiff{Field: changeNotes, Label: "Notes", Then: lines(strings.Count(c.Notes, "\n") + 1), Secret: true}
		if now.NoteLines > 0 {
			d.Now = lines(now.NoteLines)
		}
		if c.Append {
			d.Then += " more"
		}
		diff = append(diff, d)
	}
	return update, diff
}

func lines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// value is what a field is to hold, and whether the change says anything of it.
func (c Change) value(f model.Field) (model.FieldValue, bool) {
	v := model.FieldValue{Field: f.Key, Kind: f.Kind, Vault: f.Vault}
	if len(c.Secrets[f.Key]) > 0 {
		v.Field, v.Sealed = ofChange+f.Key, true
		return v, true
	}
	n := slices.IndexFunc(c.Answers, func(a model.Answer) bool { return a.Field == f.Key })
	if n < 0 {
		return v, false
	}
	text := c.Answers[n].Value
	if g, ok := model.ParseGenerate(text); ok && len(f.Generators()) > 0 {
		v.Generate = g
	} else {
		v.Text = text
	}
	return v, true
}

// caseToWrite reads the case of a task in which the actor may write records.
func (s *Service) caseToWrite(ctx context.Context, actorID model.PersonID, task model.Number, act model.Action) (model.Case, error) {
	var c model.Case
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		var t model.Task
		if c, t, err = loadTask(tx, task); err != nil {
			return err
		}
		return canOnTask(a, act, c, t, tx)
	})
	return c, err
}

// runWrite seals what an admin typed and queues the plan, if it has that digest.
func (s *Service) runWrite(ctx context.Context, actorID model.PersonID, task model.Number, act model.Action, v PlanView,
	digest model.Digest, secrets map[string][]byte) error {
	switch {
	case v.Digest != digest:
		return &Conflict{Number: task, Changed: []string{"the plan is another one now: " + planWords(v.Plan)}}
	case v.Plan.Nothing != "":
		return Invalid{model.FieldTitle: "nothing to do: " + v.Plan.Nothing}
	}
	return s.withTask(ctx, actorID, task, act, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		for field, plain := range secrets {
			row, err := s.sealFor(c.Request.Number, field, plain)
			if err != nil {
				return err
			}
			row.RequestID = c.Request.ID
			if _, err := tx.InsertSealed(row); err != nil {
				return err
			}
		}
		return queuePlan(tx, a.ID, c, t, v)
	})
}

func wipeAll(secrets map[string][]byte) {
	for _, plain := range secrets {
		seal.Wipe(plain)
	}
}
