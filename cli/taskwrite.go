package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/seal"
	"countersign/workflow"
)

// writing are the flags of what an admin writes into the vault inside a task.
type writing struct {
	given      answerFlags
	digest     string
	wait, json bool
}

func (f *writing) flags(cmd *cobra.Command, fields []model.Field) {
	f.given.flags(cmd, fields)
	cmd.Flags().StringVar(&f.digest, "digest", "", "`DIGEST` of the plan that you have read: run exactly that")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for what comes of it")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
}

// write shows a plan, or runs the one that the person has read.
func (a *app) write(ctx context.Context, w taskWork, f writing, plan func() (workflow.PlanView, error), run func(model.Digest) error) error {
	if f.digest != "" && !model.Digest(f.digest).Valid() {
		return usage("--digest: a digest has 64 hex digits, as the plan prints it")
	}
	if f.digest != "" {
		if err := run(model.Digest(f.digest)); err != nil {
			return err
		}
		return a.follow(ctx, w.q, w.me, following{number: w.task.Number, after: newest(w.c.Operations), wait: f.wait, json: f.json})
	}
	v, err := plan()
	if err != nil {
		return err
	}
	if f.json || !a.read() {
		return writeJSON(a.Out, a.planOf(v))
	}
	return a.printPlan(a.Out, w, v)
}

// changeNotes is how --secret names the notes of a record, which often hold
// something secret.
const changeNotes = "notes"

// everyField are the fields that records of any type have, each once.
func everyField() []model.Field {
	var all []model.Field
	for _, item := range model.Catalog() {
		for _, f := range model.RecordFields(item.RecordType) {
			if !slices.ContainsFunc(all, func(o model.Field) bool { return o.Key == f.Key }) {
				all = append(all, f)
			}
		}
	}
	return all
}

func (a *app) taskChangeCommand() *cobra.Command {
	var f writing
	var title string
	var add bool
	cmd := &cobra.Command{Use: "change NUMBER", Short: "Change the record that a task is about", Args: one("NUMBER"),
		Long: `Change the record that a task is about; for admins. Without --digest it only says
what would change, and prints the digest to run it with. What is not named stays;
an empty value clears a field. The notes are given like a secret: --secret notes.`,
		Example: `countersign task change SCTASK0010007 --field login=app2 --generate password
countersign task change SCTASK0010007 --field login=app2 --generate password --digest 3f0a…`}
	cmd.Flags().StringVar(&title, "title", "", "`TEXT` that the record is to be called")
	cmd.Flags().BoolVar(&add, "append", false, "add to the notes")
	f.flags(cmd, everyField())
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		record := w.c.Case.Record()
		n := answering{app: a, name: "a record of type " + record.Type, clears: true, fields: append(model.RecordFields(record.Type),
			model.Field{Key: changeNotes, Label: "Notes", Kind: model.FieldMultiline, Sealed: true})}
		defer func() { wipeAll(n.secrets) }()
		if err := n.read(f.given); err != nil {
			return err
		}
		c := workflow.Change{Title: title, Answers: n.answers, Secrets: n.secrets, Append: add, Notes: string(n.secrets[changeNotes])}
		seal.Wipe(n.secrets[changeNotes])
		delete(n.secrets, changeNotes)
		return a.write(ctx, w, f, func() (workflow.PlanView, error) { return w.q.svc.PlanChange(ctx, w.me.ID, w.task.Number, c) },
			func(d model.Digest) error { return w.q.svc.RunChange(ctx, w.me.ID, w.task.Number, c, d) })
	})
	return cmd
}

func (a *app) taskCreateCommand() *cobra.Command {
	var f writing
	var key, folder string
	cmd := &cobra.Command{Use: "create NUMBER", Short: "Make a record and use it for a task", Args: one("NUMBER"),
		Long: `Make a record and use it for a task, whose request only described one; for admins.
Without --digest it only says what would be done, and prints the digest to run it
with. What the fields are: countersign request ITEM --help`,
		Example: `countersign task create SCTASK0010007 --item login --field login=app
countersign task create SCTASK0010007 --item login --field login=app --digest 3f0a… --wait`}
	cmd.Flags().StringVar(&key, "item", "", "`ITEM` of the catalog that makes such records: login, database, …")
	cmd.Flags().StringVar(&folder, "folder", "", "`UID` of the folder it is put into")
	f.flags(cmd, everyField())
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		item, ok := model.FindItem(model.ItemKey(key))
		if !ok || !item.Creates() {
			return usage("--item: %q makes no record; there are %s", key, joined(storing()))
		}
		d := workflow.Draft{Item: item.Key, Target: model.Target{Kind: model.TargetFolder, UID: model.UID(folder)}, Source: model.SourceCommand}
		defer func() { wipeAll(d.Secrets) }()
		var err error
		if d.Answers, d.Secrets, err = a.answers(item, f.given); err != nil {
			return err
		}
		return a.write(ctx, w, f, func() (workflow.PlanView, error) { return w.q.svc.PlanRecord(ctx, w.me.ID, w.task.Number, d) },
			func(digest model.Digest) error { return w.q.svc.RunRecord(ctx, w.me.ID, w.task.Number, d, digest) })
	})
	return cmd
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
