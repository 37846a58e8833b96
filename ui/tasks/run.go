package tasks

import (
	"context"
	"errors"
	"strconv"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// wholePage is more lines than any page has: scrolling so far leads to its end.
const wholePage = 1 << 20

// queueing is what a task is while its confirmed plan is on its way to the queue.
const queueing = "being queued"

// ran is what came of giving a plan to the queue, with the case as it is now.
type ran struct {
	work *work
	plan workflow.PlanView
	err  error
	read workRead
}

// fulfil gives a confirmed plan to the queue. It is given once, however often
// somebody presses: until the answer is there the task is busy.
func (t *Tab) fulfil(w *work, plan workflow.PlanView) tea.Cmd {
	n := plan.Task
	if t.busy[n] != "" {
		return warn(string(n) + " is " + t.busy[n])
	}
	t.busy[n] = queueing
	w.another = nil
	w.seq++
	seq, number, me := w.seq, w.number, t.env.Me.ID
	shown := w.show()
	w.page.Scroll(-wholePage)
	return tea.Batch(shown, t.env.Do(func(ctx context.Context) tea.Msg {
		err := t.svc.Fulfil(ctx, me, n, plan.Digest)
		view, readErr := t.svc.Case(ctx, me, number)
		return ran{w, plan, err, workRead{w, seq, view, readErr}}
	}))
}

// ran takes over what the queue said.
func (t *Tab) ran(msg ran) tea.Cmd {
	n := msg.plan.Task
	delete(t.busy, n)
	here := t.work == msg.work
	var cmds []tea.Cmd
	if here {
		if msg.err != nil {
			msg.work.situation = "" // plan anew
		}
		cmds = append(cmds, msg.work.answered(msg.read), msg.work.show())
	}
	cmds = append(cmds, t.count())
	var conflict *workflow.Conflict
	switch {
	case msg.err == nil && msg.plan.Plan.Nothing != "":
		cmds = append(cmds, notice(tab.NoticeOK, widget.Words(theme.OK, string(n)+" closed complete: nothing was to do")))
	case msg.err == nil:
		cmds = append(cmds, notice(tab.NoticeOK, widget.Words(theme.OK, string(n)+" is queued for the vault")))
	case errors.As(msg.err, &conflict) && here:
		msg.work.another = []widget.Line{{show(theme.Text, conflictWords(conflict))}}
		msg.work.draw()
		cmds = append(cmds, warn(string(n)+" was not run: it has changed"))
	default:
		cmds = append(cmds, tab.Send(tab.Notice{Kind: tab.NoticeBad, Text: append(widget.Words(theme.Bad, string(n)+" was not run: "), note(msg.err)...),
			Correlation: msg.read.view.Request.Correlation}))
	}
	return tea.Batch(cmds...)
}

// steps of the progress line.
const (
	atQueued = iota
	atSent
	atChecking
)

// current returns the order of the task's last plan that the work is at: the
// first that is not done, or the last one done. Orders that wait for a time are
// not waited for.
func (w *work) current() (model.Operation, bool) {
	ops := w.lastPlan()
	for _, op := range ops {
		if op.State != model.OpDone {
			return op, true
		}
	}
	if n := len(ops); n > 0 {
		return ops[n-1], true
	}
	return model.Operation{}, false
}

// lastPlan are the orders of the task's last plan that run at once.
func (w *work) lastPlan() []model.Operation {
	if w.c == nil || w.task.ID == 0 {
		return nil
	}
	plan, newest := "", int64(0)
	for _, op := range w.c.Operations {
		if op.TaskID == w.task.ID && op.ID > newest {
			plan, newest = op.Plan, op.ID
		}
	}
	var ops []model.Operation
	for _, op := range w.c.Operations {
		if op.TaskID == w.task.ID && op.Plan == plan && op.State != model.OpScheduled && op.State != model.OpCancelled {
			ops = append(ops, op)
		}
	}
	return ops
}

// putBack reports whether an order waits for the vault to come back, which may
// take long: nothing turns meanwhile.
func putBack(op model.Operation) bool { return op.State == model.OpQueued && op.Reason != "" }

// follow makes the progress line say where the order under way is.
func (w *work) follow() tea.Cmd {
	op, ok := w.current()
	if !ok || w.readOnly {
		w.progress, w.order, w.orderWas = nil, 0, ""
		return nil
	}
	if w.progress == nil || w.order != op.ID {
		w.progress, w.order = widget.NewProgress(w.tab.env.Now, "queued", "sent", "checking", "done"), op.ID
	}
	if op.State == model.OpDone && w.orderWas != model.OpDone && w.orderWas != "" {
		w.factsFor = "" // what was read before the run does not hold any more
	}
	w.orderWas = op.State
	switch op.State {
	case model.OpQueued:
		if putBack(op) {
			w.progress.Step(atQueued, op.Created)
			w.progress.Finish(theme.Warn, widget.Words(theme.Warn, "waits"))
			return nil
		}
		return w.progress.Step(atQueued, op.Created)
	case model.OpSent:
		if op.ServiceID == "" {
			return w.progress.Step(atSent, op.Sent)
		}
		return w.progress.Step(atChecking, op.Updated)
	case model.OpUnknown:
		w.progress.Step(atChecking, op.Updated)
		w.progress.Finish(theme.Warn, widget.Words(theme.WarnStrong, "outcome unknown"))
	case model.OpRefused:
		w.progress.Step(reached(op), op.Updated)
		w.progress.Finish(theme.Bad, widget.Words(theme.Bad, "refused"))
	case model.OpDone:
		w.progress.Finish(theme.OK, took(op))
	}
	return nil
}

// reached is the step at which an order ended that was not done.
func reached(op model.Operation) int {
	if op.Sent.IsZero() {
		return atQueued
	}
	return atChecking
}

// took says how long an order was under way.
func took(op model.Operation) widget.Line {
	if op.Ended.IsZero() {
		return nil
	}
	d := op.Ended.Sub(op.Created)
	if d >= 2*time.Minute {
		return widget.Words(theme.Heading, "after "+widget.Age(d))
	}
	return widget.Words(theme.Heading, "after "+strconv.Itoa(int(d/time.Second))+" s")
}

// progressLine is the progress, with its place where the plan has several steps.
func (w *work) progressLine() widget.Line {
	if w.progress == nil {
		return nil
	}
	ops := w.lastPlan()
	if len(ops) < 2 {
		return w.progress.Line()
	}
	at := 1
	for i, op := range ops {
		if op.ID == w.order {
			at = i + 1
		}
	}
	line := widget.Words(theme.Heading, "step "+strconv.Itoa(at)+" of "+strconv.Itoa(len(ops))+"  ")
	return append(line, w.progress.Line()...)
}

// orders are what was or will be sent to the vault for this request, each with
// what is known of it.
func (w *work) orders() []widget.Fact {
	var lines []widget.Line
	for _, op := range w.c.Operations {
		lines = append(lines, w.tab.order(op)...)
	}
	if lines == nil {
		return nil
	}
	return []widget.Fact{{Label: "Orders", Value: lines}}
}

// order is one order: its state, what it does, and under it what was said of it.
func (t *Tab) order(op model.Operation) []widget.Line {
	line := widget.Line{say(opInk(op.State), string(op.State)), say(theme.Faint, "  "), show(theme.Text, op.Intent.Words(op.Kind))}
	if op.State == model.OpScheduled && !op.NotBefore.IsZero() {
		line = append(line, say(theme.Heading, " at "+t.moment(op.NotBefore)))
	}
	lines := []widget.Line{line}
	add := func(ink theme.Ink, label, text string) {
		for i, l := range block(ink, text) {
			if i == 0 {
				l = append(widget.Words(theme.Faint, label), l...)
			}
			lines = append(lines, l)
		}
	}
	switch op.State {
	case model.OpQueued:
		if op.Reason != "" {
			add(theme.Warn, "waits: ", op.Reason)
			if op.NotBefore.After(t.env.Now()) {
				lines = append(lines, widget.Words(theme.Heading, "tried again at "+op.NotBefore.In(t.env.Zone).Format("15:04:05")))
			}
		}
	case model.OpUnknown:
		if op.Reason != "" {
			add(theme.Warn, "because ", op.Reason)
		}
		if op.LookingFor != "" {
			add(theme.Text, "looking at ", op.LookingFor)
		}
		lines = append(lines, widget.Line{say(theme.Faint, "next look "), say(theme.AccentStrong, t.until(op.NextLook))})
	case model.OpRefused:
		if op.Reason != "" {
			add(theme.Text, "because ", op.Reason)
		}
	case model.OpDone:
		if op.Evidence != "" {
			add(theme.Quote, "the vault: ", op.Evidence)
		}
	case model.OpCancelled, model.OpScheduled:
		if op.Reason != "" {
			add(theme.Heading, "", op.Reason)
		}
	}
	if op.ServiceID != "" || op.Attempts > 1 {
		words := strconv.Itoa(op.Attempts) + " attempts"
		if op.Attempts == 1 {
			words = "1 attempt"
		}
		id := widget.Words(theme.Faint, words)
		if op.ServiceID != "" {
			id = append(id, say(theme.Faint, ", service id "), show(theme.Faint, op.ServiceID))
		}
		lines = append(lines, id)
	}
	return lines
}
