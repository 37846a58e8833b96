package tasks

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/notice"
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
	last int64 // the newest order before
}

// queued reports whether the plan is in the queue: because the queue said so, or
// because it is there although no answer came in time.
func (m ran) queued() bool { return m.err == nil || m.read.err == nil && newest(m.read.view) > m.last }

// newest is the id of a case's newest order, 0 if it has none.
func newest(c workflow.CaseView) int64 {
	id := int64(0)
	for _, op := range c.Operations {
		id = max(id, op.ID)
	}
	return id
}

// fulfil gives a confirmed plan to the queue. It is given once, however often
// somebody presses: until the answer is there the task is busy.
func (t *Tab) fulfil(w *work, plan workflow.PlanView) tea.Cmd {
	n := plan.Task
	if t.busy[n] != "" {
		return notice.Warn(string(n) + " is " + t.busy[n])
	}
	me := t.env.Me.ID
	return t.queue(w, plan, func(ctx context.Context) error { return t.svc.Fulfil(ctx, me, n, plan.Digest) })
}

// queue gives a confirmed plan to the queue by a call of the workflow, and reads
// the case as it is then.
func (t *Tab) queue(w *work, plan workflow.PlanView, give func(ctx context.Context) error) tea.Cmd {
	t.busy[plan.Task] = queueing
	w.another = nil
	w.seq++
	seq, number, me, last := w.seq, w.number, t.env.Me.ID, newest(*w.c)
	shown := w.show()
	w.page.Scroll(-wholePage)
	return tea.Batch(shown, t.env.Do(func(ctx context.Context) tea.Msg {
		err := give(ctx)
		view, readErr := t.svc.Case(ctx, me, number)
		return ran{w, plan, err, workRead{w, seq, view, readErr}, last}
	}))
}

// ran takes over what the queue said.
func (t *Tab) ran(msg ran) tea.Cmd {
	delete(t.busy, msg.plan.Task)
	here := t.work == msg.work
	var cmds []tea.Cmd
	switch {
	case !here:
		cmds = append(cmds, t.reload())
	case msg.read.err != nil:
		cmds = append(cmds, msg.work.read())
	}
	if here {
		if !msg.queued() {
			msg.work.situation = "" // plan anew
		}
		cmds = append(cmds, msg.work.answered(msg.read), msg.work.show(), t.count())
	}
	return tea.Batch(append(cmds, t.answerTo(msg, here))...)
}

// answerTo says what came of giving a plan to the queue.
func (t *Tab) answerTo(msg ran, here bool) tea.Cmd {
	n := string(msg.plan.Task)
	told := tab.Notice{Kind: tab.NoticeBad, Correlation: msg.read.view.Request.Correlation}
	var conflict *workflow.Conflict
	switch {
	case msg.err == nil && msg.plan.Plan.Nothing != "":
		return notice.Say(tab.NoticeOK, widget.Words(theme.OK, n+" closed complete: nothing was to do"))
	case msg.queued():
		return notice.Say(tab.NoticeOK, widget.Words(theme.OK, n+" is queued for the vault"))
	case errors.As(msg.err, &conflict):
		if here {
			msg.work.another = []widget.Line{{show(theme.Text, notice.Changed(conflict))}}
			msg.work.draw()
		}
		return notice.Warn(n + " was not run: it has changed")
	case msg.read.err != nil:
		told.Text = append(widget.Words(theme.Bad, "it is not known whether "+n+" was queued: "), notice.Cause(msg.err)...)
	default:
		told.Text = append(widget.Words(theme.Bad, n+" was not run: "), notice.Cause(msg.err)...)
	}
	return tab.Send(told)
}

// steps of the progress line.
const (
	atQueued = iota
	atSent
	atChecking
)

// current returns the order of the task's last plan that the work is at: the
// first that is under way, else the first that is not done, or the last one done. Orders that wait for a time are
// not waited for.
func (w *work) current() (model.Operation, bool) {
	ops := w.lastPlan()
	for _, op := range ops {
		if op.State == model.OpQueued || op.State == model.OpSent || op.State == model.OpUnknown {
			return op, true
		}
	}
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
		if belongs(op, w.task) && op.ID > newest {
			plan, newest = planned(op), op.ID
		}
	}
	var ops []model.Operation
	for _, op := range w.c.Operations {
		if belongs(op, w.task) && planned(op) == plan && op.State != model.OpScheduled && op.State != model.OpCancelled {
			ops = append(ops, op)
		}
	}
	return ops
}

// planned names the plan that an order was confirmed with. Where its steps do not
// depend on each other each is kept as a plan of its own, numbered behind a dot.
func planned(op model.Operation) string {
	plan, _, _ := strings.Cut(op.Plan, ".")
	return plan
}

// belongs reports whether an order is part of a task. What ends access is no
// task's: a task to take access back goes on where such an order failed.
func belongs(op model.Operation, t model.Task) bool {
	if t.Kind != model.TaskRevoke {
		return op.TaskID == t.ID
	}
	returns, restores := op.TaskID == 0 && op.GrantID != 0, op.Intent.Restores && op.Seq > 1
	return returns || restores
}

// putBack reports whether an order waits for the vault to come back, which may
// take long: nothing turns meanwhile.
func putBack(op model.Operation) bool { return op.State == model.OpQueued && op.Reason != "" }

// follow makes the progress line say where the order under way is, and tells when
// its outcome is there.
func (w *work) follow() tea.Cmd {
	op, ok := w.current()
	if !ok || w.readOnly {
		w.progress, w.order, w.orderWas = nil, 0, ""
		return nil
	}
	before := w.orderWas
	if w.progress == nil || w.order != op.ID {
		w.progress, w.order = widget.NewProgress(w.tab.env.Now, "queued", "sent", "checking", "done"), op.ID
	}
	w.orderWas = op.State
	cmd := w.step(op)
	if before == "" || before == op.State {
		return cmd
	}
	return tea.Batch(cmd, w.outcome(op))
}

// step shows where an order is.
func (w *work) step(op model.Operation) tea.Cmd {
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

// outcome tells what became of an order that was followed.
func (w *work) outcome(op model.Operation) tea.Cmd {
	n := string(w.task.Number)
	told := tab.Notice{Correlation: op.Correlation}
	switch op.State {
	case model.OpDone:
		w.factsFor = "" // what was read before the run does not hold any more
		told.Kind, told.Text = tab.NoticeOK, widget.Words(theme.OK, n+" is done")
	case model.OpRefused:
		told.Kind, told.Text = tab.NoticeBad, widget.Words(theme.Bad, n+" was refused")
	case model.OpUnknown:
		told.Kind, told.Text = tab.NoticeWarn, widget.Words(theme.Warn, n+": the outcome is looked for")
	default:
		return nil
	}
	return tab.Send(told)
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
	switch {
	case d < time.Second:
		return widget.Words(theme.Heading, "within a second")
	case d >= 2*time.Minute:
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
	if op, _ := w.current(); len(ops) < 2 || op.State == model.OpDone { // the current one is done once all are
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
		shown := op
		if op.State == model.OpRefused && op.ID == w.order && !w.task.State.Closed() {
			shown.Reason = "" // the warnings say it
		}
		lines = append(lines, w.tab.order(shown)...)
		if op.State == model.OpUnknown && op.ID != w.order {
			lines = append(lines, w.tab.looking(op)) // of the one in front the first lines say it
		}
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
			add(theme.Text, "because ", op.Reason)
		}
		if op.LookingFor != "" {
			add(theme.Text, "so far: ", op.LookingFor)
		}
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
