package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// planJSON is a plan for programs. Digest is the one to run it with.
type planJSON struct {
	Task        model.Number `json:"task"`
	Digest      model.Digest `json:"digest"`
	Target      model.Target `json:"target"`
	Has         string       `json:"has"`
	Wants       *accessJSON  `json:"wants,omitempty"`
	Steps       []stepJSON   `json:"steps"`
	Nothing     string       `json:"nothing,omitempty"` // why no step is needed
	Warnings    []string     `json:"warnings,omitempty"`
	Differences []string     `json:"differences,omitempty"` // from what was approved
	Diff        []diffJSON   `json:"diff,omitempty"`        // of a change to a record
}

// diffJSON is a field of a record, now and after a change; of a secret one only
// how it is told.
type diffJSON struct {
	Field  string `json:"field"`
	Now    string `json:"now"`
	Then   string `json:"then"`
	Secret bool   `json:"secret,omitempty"`
}

type stepJSON struct {
	Kind   model.OpKind `json:"kind"`
	Does   string       `json:"does"`
	When   string       `json:"when,omitempty"` // missing: at once
	Intent model.Intent `json:"intent"`
}

func (a *app) planOf(v workflow.PlanView) planJSON {
	return planJSON{Task: v.Task, Digest: v.Digest, Target: v.Facts.Target(), Has: v.Plan.Now.Words(), Wants: accessOf(v.Plan.Want),
		Nothing: v.Plan.Nothing, Warnings: v.Plan.Warnings, Differences: v.Differences,
		Diff: each(v.Diff, func(d workflow.FieldDiff) diffJSON { return diffJSON{d.Field, d.Now, d.Then, d.Secret} }),
		Steps: each(v.Plan.Steps, func(s model.Step) stepJSON {
			return stepJSON{s.Kind, s.Intent.Words(s.Kind), a.when(s), s.Intent}
		})}
}

// when is when a step runs, "" for at once.
func (a *app) when(s model.Step) string {
	switch {
	case s.AfterGrant:
		return "when the granted time is over"
	case !s.At.IsZero():
		return a.clock(s.At)
	}
	return ""
}

func (a *app) taskPlanCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "plan NUMBER", Short: "Say what running a task would do", Args: one("NUMBER"),
		Long: `Say what running a task would do, made from what the vault says now. It changes
nothing. The digest that it prints is the one to run it with.`,
		Example: "digest=$(countersign task plan SCTASK0010007 --json | jq -r .digest)"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		v, err := w.q.svc.Plan(ctx, w.me.ID, w.task.Number)
		if err != nil {
			return err
		}
		if asJSON || !a.read() {
			return writeJSON(a.Out, a.planOf(v))
		}
		return a.printPlan(a.Out, w, v)
	})
	return cmd
}

func (a *app) printPlan(out io.Writer, w taskWork, v workflow.PlanView) error {
	var f facts
	fmt.Fprintf(&f.b, "%s  %s  %s\n", v.Task, w.c.Request.Number, w.c.Item.Name)
	for _, warning := range slices.Concat(v.Differences, v.Plan.Warnings) {
		fmt.Fprintf(&f.b, "  ! %s\n", safetext.Line(warning))
	}
	f.section("Plan")
	t := v.Facts.Target()
	f.add("What", t.Label()+" "+string(t.UID))
	if w.c.Item.Grants() {
		f.add("Who", w.c.Request.RequestedFor)
		f.add("Has", v.Plan.Now.Words())
		f.add("Approved", w.c.Request.Allowed.Words())
	}
	for i, s := range v.Plan.Steps {
		words := s.Intent.Words(s.Kind)
		if at := a.when(s); at != "" {
			words += "\n" + at
		}
		f.add(fmt.Sprintf("Step %d", i+1), words)
	}
	for _, d := range v.Diff {
		f.add(d.Label, d.Now+" → "+d.Then)
	}
	f.add("Nothing to do", v.Plan.Nothing)
	f.add("Digest", string(v.Digest))
	_, err := io.WriteString(out, f.b.String())
	return err
}

func (a *app) taskRunCommand() *cobra.Command {
	var digest string
	var wait, asJSON bool
	cmd := &cobra.Command{Use: "run NUMBER", Short: "Run the plan of a task, exactly as it was shown", Args: one("NUMBER"),
		Long: `Run the plan of a task, exactly as it was shown: --digest names the plan that you
have read, as "task plan" printed it, and nothing is run if it would be another
one now. On a terminal and without --digest the plan is shown and you are asked.

It returns when the orders are queued for the worker. With --wait it returns when
their outcome is known, and the exit code tells it.`,
		Example: "countersign task run SCTASK0010007 --digest 3f0a… --wait"}
	cmd.Flags().StringVar(&digest, "digest", "", "`DIGEST` of the plan that you have read")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for what comes of it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		plan, err := a.agreed(ctx, w, digest)
		if err != nil {
			return err
		}
		before := newest(w.c.Operations)
		if err := w.q.svc.Fulfil(ctx, w.me.ID, w.task.Number, plan); err != nil {
			return err
		}
		return a.follow(ctx, w.q, w.me, following{number: w.task.Number, after: before, wait: wait, json: asJSON})
	})
	return cmd
}

// agreed returns the digest of the plan that the person has agreed to: the one
// that is named, or that of the plan that is shown and confirmed on the terminal.
func (a *app) agreed(ctx context.Context, w taskWork, digest string) (model.Digest, error) {
	switch {
	case digest != "" && !model.Digest(digest).Valid():
		return "", usage("--digest: a digest has 64 hex digits, as task plan prints it")
	case digest != "":
		return model.Digest(digest), nil
	case !a.typed():
		return "", &usageError{"--digest is needed where there is no terminal", "countersign task plan " + string(w.task.Number) + " --json prints it"}
	}
	v, err := w.q.svc.Plan(ctx, w.me.ID, w.task.Number)
	if err != nil {
		return "", err
	}
	if err := a.printPlan(a.Out, w, v); err != nil {
		return "", err
	}
	return v.Digest, a.confirm(ctx, w.task.Number, "run", "nothing was run")
}

// newest is the id of the latest order.
func newest(ops []model.Operation) int64 {
	var id int64
	for _, op := range ops {
		id = max(id, op.ID)
	}
	return id
}
