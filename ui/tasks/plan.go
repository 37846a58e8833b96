package tasks

import (
	"context"
	"errors"
	"strconv"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// dialogWidth is the width of a confirmation where the screen has it.
const dialogWidth = 88

// planned is the plan, or why there is none.
func (w *work) planned() []widget.Fact {
	switch w.stage() {
	case stageReady, stageNothing:
		return w.tab.planFacts(*w.plan, w.c.Request.RequestedFor)
	case stageAway:
		cause, advice := notice.Trouble(w.planErr, w.tab.env.Me)
		lines := []widget.Line{append(widget.Words(theme.Bad, "▲ "+noPlan(w.planErr)), cause...)}
		if advice != nil {
			lines = append(lines, advice)
		}
		return []widget.Fact{{Label: "Plan", Value: lines}}
	case stagePlanning:
		return []widget.Fact{{Label: "Plan", Value: []widget.Line{widget.Words(theme.Note, "reading the vault…")}}}
	}
	return nil
}

// noPlan says whether it is the vault that keeps a plan from being made, or what
// it said.
func noPlan(err error) string {
	var vault *workflow.VaultError
	if errors.As(err, &vault) && vault.Kind != workflow.VaultGone && vault.Kind != workflow.VaultAmbiguous || errors.Is(err, context.DeadlineExceeded) {
		return "cannot be read now: "
	}
	return "cannot be made: "
}

// planWarnings are what has to be read of a plan before anything else.
func planWarnings(p workflow.PlanView) []widget.Line {
	var lines []widget.Line
	for _, text := range p.Plan.Warnings {
		lines = append(lines, widget.Foreign(theme.Warn, safetext.Line(text)))
	}
	for _, text := range p.Differences {
		lines = append(lines, widget.Line{say(theme.WarnStrong, "not as it was: "), show(theme.Warn, text)})
	}
	return lines
}

// planFacts shows what a plan changes, and each step. The page and the
// confirmation show the same; the fields of a new record stand on the page as the
// request has them, and in the confirmation as they are written.
func (t *Tab) planFacts(p workflow.PlanView, email string) []widget.Fact {
	if p.Plan.Nothing != "" {
		return []widget.Fact{{Label: "Plan", Value: []widget.Line{
			{say(theme.WarnStrong, "nothing to do: "), show(theme.Warn, p.Plan.Nothing)},
			widget.Words(theme.Heading, "Running it closes the task complete and says why."),
		}}}
	}
	var steps []widget.Line
	for i, s := range p.Plan.Steps {
		step := widget.Line{say(theme.AccentStrong, strconv.Itoa(i+1)+"  "), show(theme.Text, s.Intent.Words(s.Kind))}
		steps = append(steps, append(step, t.when(p.Plan, s)...))
	}
	return []widget.Fact{{Label: "Plan", Value: t.changes(p, email)}, {Label: "Steps", Value: steps}}
}

// when says at what time a step runs that does not run at once.
func (t *Tab) when(p model.Plan, s model.Step) widget.Line {
	switch {
	case s.AfterGrant && p.Want.Limit.Length() > 0:
		return widget.Words(theme.Heading, " at about "+t.moment(p.Want.Limit.End(t.env.Now()))+", when that ends")
	case s.AfterGrant:
		return widget.Words(theme.Heading, " at "+t.moment(p.Want.Limit.End(t.env.Now()))+", when that ends")
	case !s.At.IsZero():
		return widget.Words(theme.Heading, " at "+t.moment(s.At))
	}
	return nil
}

// running is the confirmation of a plan while it is open.
type running struct {
	work   *work
	plan   workflow.PlanView
	seen   *widget.Chips // nil where nothing is different
	form   *widget.Form
	dialog *widget.Dialog
}

// confirmed is the id of the choice that takes note of what is different.
const confirmed = "confirmed"

// confirm asks whether the plan on the screen is to be run, or says why it
// cannot be.
func (w *work) confirm() tea.Cmd {
	t := w.tab
	switch w.stage() {
	case stageReady, stageNothing:
	case stageQueueing:
		return notice.Warn(string(w.task.Number) + " is being queued already")
	case stagePlanning:
		return notice.Warn("the plan is being read from the vault")
	case stageAway:
		return notice.Warn("there is no plan: R reads the vault again")
	case stageInvited:
		return notice.Warn("an invitation is out: the order is repeated by itself")
	case stageByHand:
		return notice.Warn("this program does not carry this task out; c closes it")
	case stageFree:
		return notice.Warn("take the task first: t")
	case stagePick:
		return notice.Warn("pick the " + string(w.kind()) + " first: s searches the vault")
	case stageAnswer:
		return w.confirmAnswer()
	default:
		if w.elsewhere() {
			return t.others(w.holding(), w.c)
		}
		if err := w.c.Can(model.ActFulfil); err != nil {
			return notice.Say(tab.NoticeWarn, notice.Cause(err))
		}
		return notice.Warn("the outcome of the order comes first")
	}
	if t.busy[w.task.Number] != "" {
		return notice.Warn(string(w.task.Number) + " is " + t.busy[w.task.Number])
	}
	r := &running{work: w, plan: *w.plan}
	var items []widget.FormItem
	if len(r.plan.Differences) > 0 {
		r.seen = widget.NewChips(t.env.Theme, []widget.Choice{{ID: "no", Label: "not confirmed"}, {ID: confirmed, Label: "seen, it is still right"}}, "no")
		items = []widget.FormItem{{Label: "Different", Field: r.seen, Check: r.problem, Hint: widget.Hint("← → choose")}}
	}
	opts := widget.DialogOptions{Title: widget.Words(theme.Strong, "Run "+string(w.task.Number)), Evidence: r.evidence(),
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "Run the plan", Confirm: true, NeedsEvidence: true}},
		Done:    r.done, Width: dialogWidth, Now: t.env.Now}
	switch {
	case r.plan.Plan.Nothing != "":
		opts.Title, opts.Buttons[1].Label = widget.Words(theme.Strong, "Close "+string(w.task.Number)), "Close the task"
	case w.takesBack(), w.takesFromOthers():
		opts.Title, opts.Buttons[1].Label = widget.Words(theme.Strong, "Take the access back: "+string(w.task.Number)), "Take it back"
	}
	if items != nil {
		r.form = widget.NewForm(t.env.Theme, items)
		opts.Form = r.form
	}
	r.dialog = widget.NewDialog(t.env.Theme, opts)
	t.running = r
	t.stack.Push(r.dialog)
	return nil
}

// problem is why what is different does not count as seen.
func (r *running) problem() string {
	if r.seen != nil && r.seen.Value() != confirmed {
		return "confirm what is different first"
	}
	return ""
}

// evidence lists exactly the plan.
func (r *running) evidence() widget.DetailContent {
	w := r.work
	email, f := w.c.Request.RequestedFor, r.plan.Facts
	title, kind := f.Title, f.Type
	if f.UID == w.c.Target().UID {
		title, kind = w.named(&f)
	}
	record := widget.Fact{Label: "Record", Value: []widget.Line{{show(theme.Text, title), say(theme.Text, "  "), show(theme.Heading, kind)}}}
	if f.Path != "" {
		record.Value = append(record.Value, widget.Line{show(theme.Heading, place(f))})
	}
	record.Value = append(record.Value, widget.Line{show(theme.Faint, string(f.UID))})
	if f.Kind == model.TargetFolder {
		record.Label = "Folder"
	}
	content := widget.DetailContent{Lead: []widget.Line{r.sentence(email)}, Warnings: planWarnings(r.plan)}
	if f.UID != "" {
		content.Sections = []widget.Section{{Facts: []widget.Fact{record}}}
	}
	content.Sections = append(content.Sections, widget.Section{Facts: w.tab.planFacts(r.plan, email)})
	if fields := newFields(r.plan.Plan); fields != nil {
		content.Sections = append(content.Sections, widget.Section{Facts: []widget.Fact{{Label: "Fields", Value: fields}}})
	}
	return content
}

// sentence says who gets or loses what.
func (r *running) sentence(email string) widget.Line {
	p := r.plan
	who, record := show(theme.Strong, email), show(theme.Strong, p.Facts.Title)
	if line := r.otherSentence(who, record); line != nil {
		return line
	}
	switch {
	case leadsBack(p.Plan) && remains(p.Plan).None():
		return widget.Line{who, say(theme.Text, " loses the share of "), record, say(theme.Text, ".")}
	case leadsBack(p.Plan):
		return widget.Line{who, say(theme.Text, " goes back to "), say(theme.AccentStrong, casepane.RightName(remains(p.Plan).Right)),
			say(theme.Text, " on "), record, say(theme.Text, ".")}
	}
	ink := theme.AccentStrong
	if p.Plan.Want.Right.Owner() {
		ink = theme.WarnStrong
	}
	return widget.Line{who, say(theme.Text, " gets "), say(ink, casepane.RightName(p.Plan.Want.Right)), say(theme.Text, " on "), record, say(theme.Text, ".")}
}

// recheck ends the confirmation when its plan is not the one to be run any more.
func (r *running) recheck() {
	w := r.work
	err := w.c.Can(model.ActFulfil)
	if err == nil && w.plan != nil && w.plan.Digest == r.plan.Digest {
		return
	}
	why := widget.Words(theme.Text, "what it depends on is not as it was. It is planned anew.")
	if err != nil {
		why = notice.Cause(err)
	}
	t := w.tab
	t.running = nil
	t.stack.Clear()
	t.tell(string(r.plan.Task)+" has changed", widget.DetailContent{
		Lead: []widget.Line{append(widget.Words(theme.Text, "The plan was not run: "), why...)}}, "Look at it again")
}

// done ends the confirmation: with the plan that was drawn, or with nothing.
func (r *running) done(id string) tea.Cmd {
	r.work.tab.running = nil
	if id != buttonConfirm {
		return nil
	}
	return r.work.tab.fulfil(r.work, r.plan)
}
