package plain

import (
	"context"
	"slices"
	"strings"

	"countersign/model"
	"countersign/workflow"
)

// create makes a record inside a task, whose request only described one, and uses
// it.
func (s *session) create(word string) error {
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActCreate); err != nil {
		return err
	}
	items := slices.DeleteFunc(model.Catalog(), func(i model.Item) bool { return !i.Creates() })
	for i, item := range items {
		s.out.say("%d. %s: %s", i+1, item.Key, item.Summary)
	}
	typed, err := s.question("Which kind of record:")
	if err != nil {
		return err
	}
	item, ok := findItem(items, typed)
	if !ok {
		return complain("%s is none of them.", typed)
	}
	// Who gets what on the record was approved with the request.
	item.Fields = slices.DeleteFunc(slices.Clone(item.Fields), func(f model.Field) bool {
		return f.Key == model.FieldShareIt || f.Key == model.FieldDestroys || f.Key == "justification"
	})
	f := &form{s: s, item: item, draft: workflow.Draft{Item: item.Key, Target: model.Target{Kind: model.TargetFolder}, Source: model.SourceConsole, Secrets: map[string][]byte{}}}
	defer f.wipe()
	for _, field := range item.Fields {
		if err := f.ask(field); err != nil {
			return err
		}
	}
	for {
		p, err := within(s, func(ctx context.Context) (workflow.PlanView, error) {
			return s.svc.PlanRecord(ctx, s.me.ID, t.Number, f.draft)
		})
		if err == nil {
			return s.runWritten(c, p, "create", func(ctx context.Context) error { return s.svc.RunRecord(ctx, s.me.ID, t.Number, f.draft, p.Digest) })
		}
		if err := f.mend(err); err != nil {
			return err
		}
	}
}

// runWritten prints a plan, asks whether exactly that is to be run, and follows it.
func (s *session) runWritten(c workflow.CaseView, p workflow.PlanView, verb string, run func(ctx context.Context) error) error {
	s.out.gap()
	s.printPlan(c, p)
	if err := s.confirm(verb, string(p.Task)); err != nil {
		return err
	}
	before := newest(c.Operations)
	if _, err := within(s, func(ctx context.Context) (struct{}, error) { return struct{}{}, run(ctx) }); err != nil {
		return err
	}
	return s.follow(p.Task, before)
}

// clearIt empties a field of a record.
const clearIt = "-"

// change changes the record that a task is about. What is left empty stays.
func (s *session) change(word string) error {
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActChange); err != nil {
		return err
	}
	// A change that would clear everything says what there is; it is never run.
	var all workflow.Change
	for _, field := range model.RecordFields(c.Case.Record().Type) {
		all.Answers = append(all.Answers, model.Answer{Field: field.Key})
	}
	now, err := within(s, func(ctx context.Context) (workflow.PlanView, error) {
		return s.svc.PlanChange(ctx, s.me.ID, t.Number, all)
	})
	if err != nil {
		return err
	}
	f := &form{s: s, item: c.Item, draft: workflow.Draft{Secrets: map[string][]byte{}}}
	defer f.wipe()
	was := map[string]string{}
	for _, d := range now.Diff {
		was[d.Field] = d.Now
	}
	s.out.say("%s, %s. An empty line leaves a field as it is, %s empties it.", now.Facts.Title, now.Facts.Type, clearIt)
	w := workflow.Change{}
	if w.Title, err = s.question("Title:"); err != nil {
		return err
	}
	for _, field := range model.RecordFields(now.Facts.Type) {
		if err := f.keep(field, was[field.Key], &w); err != nil {
			return err
		}
	}
	if err := f.notes(&w); err != nil {
		return err
	}
	if w.Title == "" && w.Notes == "" && len(w.Answers)+len(f.draft.Answers)+len(f.draft.Secrets) == 0 {
		return complain("Nothing is changed.")
	}
	w.Answers, w.Secrets = append(w.Answers, f.draft.Answers...), f.draft.Secrets
	p, err := within(s, func(ctx context.Context) (workflow.PlanView, error) {
		return s.svc.PlanChange(ctx, s.me.ID, t.Number, w)
	})
	if err != nil {
		return err
	}
	return s.runWritten(c, p, "change", func(ctx context.Context) error { return s.svc.RunChange(ctx, s.me.ID, t.Number, w, p.Digest) })
}

// keep asks for a field of a record that may stay as it is.
func (f *form) keep(field model.Field, was string, w *workflow.Change) error {
	field.Required = false
	if field.Secret() {
		typed, err := f.s.question("%s, yes to give another one:", field.Label)
		switch {
		case err != nil:
			return err
		case strings.EqualFold(typed, "yes"):
			return f.secret(field)
		case typed == clearIt:
			w.Answers = append(w.Answers, model.Answer{Field: field.Key})
		}
		return nil
	}
	for {
		typed, err := f.s.question("%s, now %s:", field.Label, orNothing(was))
		switch {
		case err != nil:
			return err
		case typed == "":
			return nil
		case typed == clearIt:
			w.Answers = append(w.Answers, model.Answer{Field: field.Key})
			return nil
		}
		if err := field.Validate(typed); err != nil {
			f.s.out.say("%s", err)
			continue
		}
		w.Answers = append(w.Answers, model.Answer{Field: field.Key, Value: typed})
		return nil
	}
}

func orNothing(value string) string {
	if value == "" {
		return "empty"
	}
	return value
}

// notes asks for notes, which are sealed like a secret.
func (f *form) notes(w *workflow.Change) error {
	typed, err := f.s.question("Notes, add to write more of them, replace to write others:")
	if err != nil {
		return err
	}
	if typed != "add" && typed != "replace" {
		return nil
	}
	notes := model.Field{Key: "notes", Label: "Notes", Kind: model.FieldMultiline, Sealed: true}
	if err := f.typed(notes); err != nil {
		return err
	}
	w.Notes, w.Append = string(f.draft.Secrets[notes.Key]), typed == "add"
	clear(f.draft.Secrets[notes.Key])
	delete(f.draft.Secrets, notes.Key)
	return nil
}
