package tasks

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// work is the work area of one task while it is open, or the request of a
// closed one to read.
type work struct {
	tab    *Tab
	number model.Number // as it was asked for: the task's, or its request's

	c        *workflow.CaseView // nil until it was read
	task     model.Task         // of c; the zero value where there is none
	err      error              // why it could not be read
	seq      int                // of readings; an older one is dropped
	last     int                // the newest that arrived
	readOnly bool

	plan      *workflow.PlanView
	planErr   error
	planning  bool
	planGen   int
	situation string        // that the plan was read for
	another   []widget.Line // what changed when the plan before was to be run

	facts    *model.RecordFacts
	factsErr error
	factsFor model.UID // that the vault was asked about
	asking   bool

	progress *widget.Progress
	order    int64         // that progress is of
	orderWas model.OpState // at the last reading
	spinner  *widget.Spinner
	search   *search // while the vault is searched

	creation, change *writing // what was written of a record and is not queued

	hits       []model.Hit // marked as the answer to a search
	answerNote string      // what was written beside it and not sent

	page    *widget.Detail // the work, and the whole page where there is no room for both
	request *widget.Detail
	rawOn   bool
	raw     *widget.Detail
	body    widget.Rect
	split   widget.Split
}

// The answers to what the work area asked; work says which one.
type (
	workRead struct {
		work *work
		seq  int
		view workflow.CaseView
		err  error
	}
	planRead struct {
		work *work
		gen  int
		plan workflow.PlanView
		err  error
	}
	factsRead struct {
		work *work
		uid  model.UID
		got  model.RecordFacts
		err  error
	}
)

// openWork opens the work area of a task. What is known of it already is shown
// at once.
func (t *Tab) openWork(n model.Number, readOnly bool) tea.Cmd {
	if t.work != nil {
		t.work.wipe()
	}
	w := &work{tab: t, number: n, readOnly: readOnly, spinner: widget.NewSpinner(t.env.Theme),
		page: widget.NewDetail(t.env.Theme), request: widget.NewDetail(t.env.Theme), raw: widget.NewDetail(t.env.Theme)}
	known := t.shown(n)
	t.work, t.inDetail, t.opPage, t.ledger.page = w, false, false, false
	w.page.SetEmpty("reading " + string(n) + "…")
	t.layOut()
	var cmd tea.Cmd
	if known != nil {
		cmd = w.apply(*known)
	}
	return tea.Batch(cmd, w.read())
}

// leaveWork goes back to the list.
func (t *Tab) leaveWork() {
	if t.work != nil {
		t.work.wipe()
	}
	t.work = nil
	t.layOut()
}

// taskOf is the task that a number means: the one with it, or of a request the
// open one, else its last.
func taskOf(c workflow.CaseView, n model.Number) model.Task {
	for _, t := range c.Tasks {
		if t.Number == n {
			return t
		}
	}
	if open, ok := c.OpenTask(); ok {
		return open
	}
	if last := len(c.Tasks) - 1; last >= 0 {
		return c.Tasks[last]
	}
	return model.Task{}
}

// read reads the case from the queue.
func (w *work) read() tea.Cmd {
	w.seq++
	seq, n, me, svc := w.seq, w.number, w.tab.env.Me.ID, w.tab.svc
	return w.tab.env.Do(func(ctx context.Context) tea.Msg {
		view, err := svc.Case(ctx, me, n)
		return workRead{w, seq, view, err}
	})
}

// answered takes an answer in, unless it is another work area's or too old.
func (w *work) answered(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case workRead:
		if msg.work != w || msg.seq < w.last {
			return nil
		}
		w.last = msg.seq
		if msg.err != nil {
			w.err = msg.err
			w.draw()
			return nil
		}
		return w.apply(msg.view)
	case planRead:
		return w.planRead(msg)
	case factsRead:
		if msg.work != w || msg.uid != w.factsFor {
			return nil
		}
		w.asking, w.factsErr = false, msg.err
		if msg.err == nil {
			w.facts = &msg.got
		}
		return w.show()
	case found:
		if w.search == msg.search {
			return w.search.found(msg)
		}
	case looked:
		if w.search == msg.search {
			w.search.looked(msg)
		}
	case picked:
		return w.picked(msg)
	}
	return nil
}

// apply shows a reading, and reads from the vault what it makes necessary.
func (w *work) apply(c workflow.CaseView) tea.Cmd {
	first := w.c == nil
	w.c, w.err, w.task = &c, nil, taskOf(c, w.number)
	if first && (w.task.ID == 0 || w.task.State.Closed()) {
		w.readOnly = true
	}
	if first {
		w.setSize(w.body)
	}
	if w.search != nil && !w.pickable() && w.stage() != stageAnswer {
		w.search = nil
	}
	cmd := tea.Batch(w.follow(), w.replan(), w.askFacts())
	if r := w.tab.running; r != nil && r.work == w {
		r.recheck()
	}
	return tea.Batch(cmd, w.show())
}

// takesBack reports whether the task is to take access back that was given.
func (w *work) takesBack() bool { return w.task.Kind == model.TaskRevoke }

// takesFromOthers reports whether the task is to take access that was not given
// here.
func (w *work) takesFromOthers() bool { return w.c.Request.Item == model.ItemRevoke }

// searches reports whether the task is to answer a search.
func (w *work) searches() bool { return w.c != nil && w.c.Item.Searches() && !w.takesBack() }

// byHand reports whether this program cannot carry the task out: there is nothing
// that it gave and could take back, or the item is one of another version.
func (w *work) byHand() bool {
	return w.c.Item.Key == "" || w.takesBack() && len(w.c.Grants) == 0 && !w.takesFromOthers()
}

// pickable reports whether the fulfiller chooses what the work is about: the
// record or folder that is only described, or where a new record goes.
func (w *work) pickable() bool {
	return w.c != nil && !w.readOnly && !w.byHand() && !w.takesBack() && !w.searches() && !w.takesFromOthers() && !w.c.Request.Target.Named()
}

// plannable reports whether the vault may be asked for the plan now.
func (w *work) plannable() bool {
	return w.c != nil && !w.readOnly && !w.byHand() && w.c.Can(model.ActFulfil) == nil
}

// replan reads the plan when there may be one and the case has become another
// one since the last.
func (w *work) replan() tea.Cmd {
	if !w.plannable() {
		w.dropPlan()
		w.situation = ""
		return nil
	}
	r := w.c.Request
	now := fmt.Sprint(w.task.Number, r.Revision, r.Allowed.Words(), w.c.Target().UID, len(w.c.Operations))
	if now == w.situation {
		return nil
	}
	w.situation = now
	return w.readPlan()
}

// dropPlan forgets the plan; what was asked for it is not waited for any more.
func (w *work) dropPlan() {
	w.plan, w.planErr, w.planning = nil, nil, false
	w.planGen++
}

// readPlan asks the vault, through the workflow, what would be done now.
func (w *work) readPlan() tea.Cmd {
	w.dropPlan()
	w.planning = true
	gen, n, me, svc := w.planGen, w.task.Number, w.tab.env.Me.ID, w.tab.svc
	return w.tab.env.Do(func(ctx context.Context) tea.Msg {
		plan, err := svc.Plan(ctx, me, n)
		return planRead{w, gen, plan, err}
	})
}

func (w *work) planRead(msg planRead) tea.Cmd {
	if msg.work != w || msg.gen != w.planGen {
		return nil
	}
	w.planning, w.planErr = false, msg.err
	if msg.err == nil {
		w.plan, w.facts, w.factsErr, w.factsFor = &msg.plan, &msg.plan.Facts, nil, msg.plan.Facts.UID
	}
	return w.show()
}

// refresh reads again: the queue, and from the vault the plan, or what became of
// an order whose outcome is not known.
func (w *work) refresh() tea.Cmd {
	if w.c == nil {
		return w.read()
	}
	if op, ok := w.current(); ok && op.State == model.OpUnknown && !w.readOnly {
		return w.tab.lookAgain(op.ID, w.c.Request.Number)
	}
	cmd := w.read()
	w.another = nil
	switch {
	case w.tab.busy[w.task.Number] != "":
	case w.plannable():
		cmd = tea.Batch(cmd, w.readPlan())
	default:
		w.factsFor = ""
		cmd = tea.Batch(cmd, w.askFacts())
	}
	return tea.Batch(cmd, w.show())
}

// looks are the moments at which an unknown outcome is looked at.
func (w *work) looks() []time.Time {
	if w.c == nil {
		return nil
	}
	var at []time.Time
	for _, op := range w.c.Operations {
		if op.State == model.OpUnknown {
			at = append(at, op.NextLook)
		}
	}
	return at
}

// awaited reports whether an answer is on its way, so that something turns.
func (w *work) awaited() bool {
	if w.planning || w.asking || w.c != nil && w.tab.busy[w.task.Number] != "" {
		return true
	}
	return w.progress != nil && w.progress.On()
}

// spin lets the sign of waiting turn while something is awaited.
func (w *work) spin() tea.Cmd {
	if w.awaited() {
		return w.spinner.Start()
	}
	w.spinner.Stop()
	return nil
}

// show draws the work area, after the sign of waiting was set going or stopped.
func (w *work) show() tea.Cmd {
	cmd := w.spin()
	w.draw()
	return cmd
}

// tick hands on what is nobody's key: turns of the spinner, seconds of the
// progress, rests of the search.
func (w *work) tick(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{w.spinner.Update(msg)}
	if w.progress != nil {
		cmds = append(cmds, w.progress.Update(msg))
	}
	if w.search != nil {
		cmd, _ := w.search.form.Update(msg)
		return tea.Batch(append(cmds, cmd)...)
	}
	if w.awaited() {
		w.draw()
	}
	return tea.Batch(cmds...)
}

// press handles a key of the work area.
func (w *work) press(msg tea.KeyPressMsg) tea.Cmd {
	k, t := w.tab.keys, w.tab
	switch {
	case key.Matches(msg, k.Back) && w.rawOn:
		w.setRaw(false)
		return nil
	case key.Matches(msg, k.Back):
		t.leaveWork()
		return t.reload()
	case key.Matches(msg, k.Refresh):
		return w.refresh()
	case w.c == nil:
		return nil
	case key.Matches(msg, k.Copy):
		return notice.Copy(w.c.Target().UID, w.number)
	case key.Matches(msg, k.Log):
		return notice.ToLog(w.c.Request.Correlation)
	case key.Matches(msg, k.Raw):
		w.setRaw(!w.rawOn)
		return nil
	case w.readOnly && key.Matches(msg, k.Take, k.Fulfil, k.Search, k.Note, k.New, k.Change):
		return notice.Warn(string(w.number) + " is only shown here: there is nothing left to do")
	case key.Matches(msg, k.Take):
		return t.take(w.holding(), w.c)
	case key.Matches(msg, k.Fulfil):
		return w.confirm()
	case key.Matches(msg, k.Search):
		return w.openSearch()
	case key.Matches(msg, k.New):
		return w.openRecord()
	case key.Matches(msg, k.Change):
		return w.openChange()
	case key.Matches(msg, k.Note):
		return t.write(*w.c, w.task)
	case key.Matches(msg, k.DetailDown):
		w.scroll(1)
		return nil
	case key.Matches(msg, k.DetailUp):
		w.scroll(-1)
		return nil
	}
	return w.page.Update(msg)
}
