package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

func (a *app) taskCommand() *cobra.Command {
	return group("task", "Carry out what was approved", `Carry out what was approved: take a task, read the plan that the vault's present
state leads to, run exactly that, and close the task. A task is named by its own
number or by that of its request.`,
		a.taskListCommand(), a.taskShowCommand(), a.taskClaimCommand(), a.taskReleaseCommand(), a.taskPickCommand(),
		a.taskPlanCommand(), a.taskRunCommand(), a.taskCreateCommand(), a.taskChangeCommand(), a.taskAnswerCommand(), a.taskCloseCommand())
}

func (a *app) taskListCommand() *cobra.Command {
	return a.listOf("list [VIEW] [FILTER]...", "List tasks of your groups", a.taskListings(),
		`countersign task list assignee:none
countersign task list mine --json`, nil)
}

// taskListings are the views of tasks; the first one is the usual one.
func (a *app) taskListings() []listing {
	view := func(name, about, view string) listing {
		return listing{name: name, about: about, read: a.readTasks(view),
			keys: []string{"requestor", "item", "number", "state", "assignee"}, sorts: []string{workflow.SortOldest, workflow.SortNewest},
			head: []string{"TASK", "REQUEST", "STATE", "WHO HAS IT", "VAULT", "FOR WHOM", "RIGHT", "WHAT", "SINCE"}}
	}
	return []listing{
		view("open", "what is still to be done", workflow.TasksOpen),
		view("mine", "what you have taken", workflow.TasksMine),
		view("done", "what is closed, latest first", workflow.TasksDone),
	}
}

// taskCaseJSON is a task with its request.
type taskCaseJSON struct {
	Task    taskJSON `json:"task"`
	Request caseJSON `json:"request"`
}

func (a *app) taskShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "show NUMBER", Short: "Show a task with its request and its orders", Args: one("NUMBER"),
		Example: "countersign task show SCTASK0010007"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		if asJSON || !a.read() {
			return writeJSON(a.Out, taskCaseJSON{taskOf(w.c, w.task), caseOf(w.c, w.c.Request.Allowed)})
		}
		if err := a.printCase(a.Out, w.c, w.c.Request.Allowed); err != nil {
			return err
		}
		_, err := io.WriteString(a.Out, a.taskText(w))
		return err
	})
	return cmd
}

// taskText is the part of a task that its request does not tell.
func (a *app) taskText(w taskWork) string {
	var f facts
	f.section(string(w.task.Number))
	f.add("State", w.task.State.Words())
	f.add("Group", string(w.task.Group))
	f.add("Who has it", w.c.Name(w.task.Assignee))
	if w.task.Picked.Named() {
		f.add("Picked", w.task.Picked.Label()+" "+string(w.task.Picked.UID))
	}
	f.add("Closed", a.clock(w.task.Closed))
	f.add("Notes", w.task.CloseNotes)
	for _, op := range w.c.Operations {
		f.add(string(op.State), orderWords(op))
	}
	return f.b.String()
}

// orderWords says what an order does and what came of it.
func orderWords(op model.Operation) string {
	s := op.Intent.Words(op.Kind)
	for _, more := range []string{op.LookingFor, op.Reason, op.Evidence} {
		if more != "" {
			s += "\n" + more
		}
	}
	return s
}

// taskWork is what the commands about one task work on.
type taskWork struct {
	q    *queue
	me   model.Actor
	c    workflow.CaseView
	task model.Task
}

// onTask makes a function about the task that the first argument names into one
// of cobra's.
func (a *app) onTask(fn func(ctx context.Context, w taskWork, args []string) error) func(*cobra.Command, []string) error {
	return a.does(func(ctx context.Context, args []string) error {
		return a.with(ctx, func(q *queue, me model.Actor) error {
			w, err := a.findTask(ctx, q, me, args[0])
			if err != nil {
				return err
			}
			return fn(ctx, w, args[1:])
		})
	})
}

// findTask finds a task by its number, or the open one, else the last one, of a
// request.
func (a *app) findTask(ctx context.Context, q *queue, me model.Actor, number string) (taskWork, error) {
	n := model.Number(strings.ToUpper(number))
	if !n.Valid() {
		return taskWork{}, usage("%q is no number: they look like SCTASK0010007 or REQ0010042", number)
	}
	c, err := q.svc.Case(ctx, me.ID, n)
	if err != nil {
		return taskWork{}, err
	}
	for _, t := range c.Tasks {
		if t.Number == n {
			return taskWork{q, me, c, t}, nil
		}
	}
	if t, open := c.OpenTask(); open {
		return taskWork{q, me, c, t}, nil
	}
	if len(c.Tasks) == 0 {
		return taskWork{}, fmt.Errorf("a task of %s, which is %s: %w", n, c.Request.State.Words(), workflow.ErrNotFound)
	}
	return taskWork{q, me, c, c.Tasks[len(c.Tasks)-1]}, nil
}

// tell prints a task as it is after something was done to it.
func (a *app) tell(ctx context.Context, w taskWork, asJSON bool, format string, args ...any) error {
	if !asJSON {
		_, err := fmt.Fprintf(a.Out, format+"\n", args...)
		return err
	}
	w, err := a.findTask(ctx, w.q, w.me, string(w.task.Number))
	if err != nil {
		return err
	}
	return writeJSON(a.Out, taskOf(w.c, w.task))
}

func (a *app) taskClaimCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "claim NUMBER", Short: "Take a task from its group", Args: one("NUMBER")}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		if err := w.q.svc.Claim(ctx, w.me.ID, w.task.Number); err != nil {
			return err
		}
		return a.tell(ctx, w, asJSON, "%s is yours", w.task.Number)
	})
	return cmd
}

func (a *app) taskReleaseCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "release NUMBER", Short: "Give a task back to its group", Args: one("NUMBER")}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		if err := w.q.svc.Release(ctx, w.me.ID, w.task.Number); err != nil {
			return err
		}
		return a.tell(ctx, w, asJSON, "%s is with %s again", w.task.Number, w.task.Group)
	})
	return cmd
}

func (a *app) taskPickCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "pick NUMBER UID", Short: "Choose what a request only described", Args: exactly("NUMBER", "UID"),
		Example: "countersign task pick SCTASK0010007 RZToj60CrP9GDxjDTPWxAQ"}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, args []string) error {
		uid := model.UID(args[0])
		if !uid.Valid() {
			return usage("%q is no UID of the vault", args[0])
		}
		if err := w.q.svc.Pick(ctx, w.me.ID, w.task.Number, uid); err != nil {
			return err
		}
		return a.tell(ctx, w, asJSON, "%s is now about %s", w.task.Number, uid)
	})
	return cmd
}

// closings are how a task can be closed by hand.
func closings() map[string]model.TaskState {
	return map[string]model.TaskState{"complete": model.TaskClosedComplete, "incomplete": model.TaskClosedIncomplete,
		"skipped": model.TaskClosedSkipped}
}

func (a *app) taskCloseCommand() *cobra.Command {
	var as, reason string
	var asJSON bool
	cmd := &cobra.Command{Use: "close NUMBER", Short: "Close a task by hand", Args: one("NUMBER"),
		Long: `Close a task by hand. Running its plan closes it by itself; what remains is work
that was done elsewhere (complete), that cannot be done (incomplete), or that is
not needed any more (skipped). The last two need a reason, which the requestor
reads.`,
		Example: `countersign task close SCTASK0010007 --as skipped --reason "has it by the team's folder"`}
	cmd.Flags().StringVar(&as, "as", "complete", "`HOW` it ended: complete, incomplete or skipped")
	cmd.Flags().StringVar(&reason, "reason", "", "`TEXT` for the requestor to read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, _ []string) error {
		state, ok := closings()[as]
		if !ok {
			return usage("--as: %q is none of complete, incomplete, skipped", as)
		}
		if err := w.q.svc.CloseTask(ctx, w.me.ID, w.task.Number, state, reason); err != nil {
			return err
		}
		return a.tell(ctx, w, asJSON, "%s is closed: %s", w.task.Number, state.Words())
	})
	return cmd
}

func (a *app) taskAnswerCommand() *cobra.Command {
	var note string
	var asJSON bool
	cmd := &cobra.Command{Use: "answer NUMBER [UID]...", Short: "Send what was found to who asked for a search", Args: atLeast("NUMBER"),
		Long: `Send what was found to who asked for a search, the best first, which closes the task.
Where nothing was found, the note says what was looked for.`,
		Example: `countersign task answer SCTASK0010007 RZToj60CrP9GDxjDTPWxAQ --note "that one"`}
	cmd.Flags().StringVar(&note, "note", "", "`TEXT` for the requestor to read")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.onTask(func(ctx context.Context, w taskWork, args []string) error {
		hits := []model.UID{}
		for _, arg := range args {
			if !model.UID(arg).Valid() {
				return usage("%q is no UID of the vault", arg)
			}
			hits = append(hits, model.UID(arg))
		}
		if err := w.q.svc.Answer(ctx, w.me.ID, w.task.Number, hits, note); err != nil {
			return err
		}
		return a.tell(ctx, w, asJSON, "%s is answered", w.task.Number)
	})
	return cmd
}
