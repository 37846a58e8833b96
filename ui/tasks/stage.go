package tasks

import (
	"slices"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// stage is how far the work on a task is.
type stage int

// The stages.
const (
	stageClosed   stage = iota // nothing is left to do
	stageQueueing              // the plan was confirmed and is being queued
	stageRunning               // an order is on its way to the vault
	stageUnknown               // what became of it is being looked for
	stageTaken                 // somebody else has the task
	stageFree                  // nobody has it
	stageByHand                // this program does not carry it out
	stageInvited               // the person has to accept an invitation first
	stageAnswer                // hits are to be chosen and sent
	stagePick                  // the record or folder is to be picked
	stageBarred                // it may not be run, for another reason
	stagePlanning              // the vault is being read
	stageAway                  // and could not be
	stageNothing               // there is nothing to do
	stageReady                 // the plan can be run
)

// stage says what is next.
func (w *work) stage() stage {
	op, some := w.current()
	switch {
	case w.c == nil || w.readOnly || w.task.ID == 0 || w.task.State.Closed():
		return stageClosed
	case w.tab.busy[w.task.Number] == queueing:
		return stageQueueing
	case some && op.State == model.OpUnknown:
		return stageUnknown
	case some && (op.State == model.OpQueued || op.State == model.OpSent):
		return stageRunning
	case w.task.Assignee == "":
		return stageFree
	case w.task.Assignee != w.tab.env.Me.ID:
		return stageTaken
	case w.byHand():
		return stageByHand
	case w.invited():
		return stageInvited
	case w.searches():
		return stageAnswer
	case !w.c.Target().Named() && !w.c.Item.Creates():
		return stagePick
	case !w.plannable():
		return stageBarred
	case w.planning:
		return stagePlanning
	case w.planErr != nil:
		return stageAway
	case w.plan != nil && w.plan.Plan.Nothing != "":
		return stageNothing
	case w.plan != nil:
		return stageReady
	}
	return stagePlanning
}

// invited reports whether the vault waits for the person to accept: the order is
// repeated by itself then.
func (w *work) invited() bool {
	g, ok := w.c.OpenGrant()
	return ok && g.State == model.GrantPending
}

// keyed is a sentence that begins with the key to press.
func keyed(key, words string) widget.Line {
	return widget.Line{say(theme.AccentStrong, key), say(theme.Text, " "+words)}
}

// lead says how far the work is and what is next, in one or two lines.
func (w *work) lead() []widget.Line {
	turning := append(w.spinner.Line(), say(theme.Text, " "))
	op, _ := w.current()
	switch w.stage() {
	case stageClosed:
		return w.ended()
	case stageQueueing:
		return []widget.Line{append(turning, say(theme.Text, "reading the vault once more, then queueing the plan…"))}
	case stageRunning:
		lines := []widget.Line{append(turning, w.progressLine()...)}
		return append(lines, widget.Words(theme.Note, "Leaving this screen stops nothing."))
	case stageUnknown:
		return []widget.Line{w.progressLine(), w.tab.looking(op), keyed("R", "looks again now. Nothing is sent again before the outcome is known.")}
	case stageTaken:
		line := widget.Line{show(theme.Strong, w.c.Name(w.task.Assignee)), say(theme.Text, " works on it"+w.since()+". ")}
		if w.c.Can(model.ActRelease) == nil {
			return []widget.Line{append(line, keyed("t", "gives it back to its group; then you can take it.")...)}
		}
		return []widget.Line{append(line, say(theme.Text, "Nothing is to be done here meanwhile; they, or an admin, can release it."))}
	case stageFree:
		if err := w.c.Can(model.ActClaim); err != nil {
			return []widget.Line{notice.Cause(err)}
		}
		return []widget.Line{keyed("t", "takes the task; the vault is read then, and the plan shown here.")}
	case stageByHand:
		if w.takesBack() {
			return []widget.Line{keyed("c", "closes it once the record is set right in the vault by hand: this request gave no access that could be taken back.")}
		}
		return []widget.Line{keyed("c", "closes it once it is done in the vault by hand: this version does not know what was asked for.")}
	case stageInvited:
		return []widget.Line{{show(theme.Strong, w.c.Request.RequestedFor),
			say(theme.Text, " was invited to Keeper. The order is repeated by itself until the invitation is accepted.")}}
	case stagePick:
		lines := []widget.Line{keyed("s", "searches the vault for the "+string(w.kind())+" that is meant.")}
		if w.c.Can(model.ActCreate) == nil {
			lines = append(lines, keyed("n", "makes a new record for it, where there is none yet."))
		}
		return lines
	case stageAnswer:
		return w.answerLead()
	case stageBarred:
		return []widget.Line{append(widget.Words(theme.Warn, "It cannot be run: "), notice.Cause(w.c.Can(model.ActFulfil))...)}
	case stageAway:
		line := keyed("R", "tries again. Meanwhile the task can be released, noted and closed.")
		if w.pickable() {
			line = append(append(line, say(theme.Text, " ")), keyed("s", "picks another "+string(w.kind())+".")...)
		}
		return []widget.Line{line}
	case stageNothing:
		return []widget.Line{keyed("f", "closes the task: there is nothing to do.")}
	case stageReady:
		return []widget.Line{w.ready()}
	}
	return []widget.Line{append(turning, say(theme.Text, "reading the vault to plan…"))}
}

// ready says what may be done with the plan that is shown, and after a refusal
// what else. Where the plan is not on the screen yet it is said in short.
func (w *work) ready() widget.Line {
	op, ok := w.current()
	refused, runs := ok && op.State == model.OpRefused, "runs the plan"
	switch {
	case w.takesBack(), w.takesFromOthers():
		runs = "takes the access back"
	case refused:
		runs = "runs the new plan"
	}
	if refused {
		line := keyed("f", runs+", ")
		if w.pickable() {
			line = append(line, keyed("s", "picks another "+string(w.kind())+", ")...)
		}
		return append(line, keyed("c", "closes it with a reason.")...)
	}
	if w.c.Item.Creates() && w.pickable() {
		return append(keyed("f", "makes the record, "), keyed("s", "chooses the folder that it goes to.")...)
	}
	if w.split.Both {
		return keyed("f", runs+".")
	}
	if n := len(takers(w.plan.Plan)); n > 1 {
		return keyed("f", "takes the access from "+tally(n, "person.", "people."))
	}
	return append(keyed("f", runs+", "), w.tab.changes(*w.plan, w.c.Request.RequestedFor)[0]...)
}

// kind is what the work is about: a record or a folder.
func (w *work) kind() model.TargetKind {
	if k := w.c.Item.Target; k != model.TargetNone {
		return k
	}
	return model.TargetRecord
}

// looking says what is looked at, and when next.
func (t *Tab) looking(op model.Operation) widget.Line {
	line := append(widget.Words(theme.Text, "looking at "), lookedAt(op)...)
	return append(line, say(theme.Faint, " · next look "), say(theme.AccentStrong, t.until(op.NextLook)))
}

// lookedAt is what in the vault tells whether an order was carried out.
func lookedAt(op model.Operation) widget.Line {
	record := op.Intent.Title
	if record == "" {
		record = string(op.Intent.Object())
	}
	named := func(words string) widget.Line { return widget.Line{say(theme.Text, words), show(theme.Text, record)} }
	switch op.Kind {
	case model.OpOwner:
		return named("who owns ")
	case model.OpLink, model.OpUnlink:
		return named("the one-time links of ")
	case model.OpCreate:
		return widget.Line{say(theme.Text, "the records that bear the number "), show(theme.Text, string(op.Intent.Number))}
	case model.OpUpdate:
		return named("what is in ")
	case model.OpDefaults:
		return named("what members may do in ")
	case model.OpEndpointApprove, model.OpEndpointDeny:
		return named("how the vault shows the endpoint request for ")
	case model.OpDeviceApprove, model.OpDeviceDeny:
		return named("whether the vault still lists the device ")
	}
	return widget.Line{say(theme.Text, "what "), show(theme.Text, op.Intent.Who()), say(theme.Text, " has on "), show(theme.Text, record)}
}

// ended says how the work ended.
func (w *work) ended() []widget.Line {
	var lines []widget.Line
	if w.progress != nil {
		lines = append(lines, w.progressLine())
	}
	line := widget.Line{say(taskInk(w.task.State), "closed "+w.task.State.Words())}
	if !w.task.Closed.IsZero() {
		line = append(line, say(theme.Faint, " at "+w.tab.moment(w.task.Closed)))
	}
	lines = append(lines, line)
	if w.task.CloseNotes != "" {
		lines = append(lines, block(theme.Heading, w.task.CloseNotes)...)
	}
	return lines
}

// warnings are what has to be read before anything is done.
func (w *work) warnings() []widget.Line {
	var lines []widget.Line
	stage := w.stage()
	if stage == stageClosed {
		return nil
	}
	if w.err != nil {
		lines = append(lines, append(widget.Words(theme.Warn, "what is shown may be old: "), notice.Cause(w.err)...))
	}
	for i, change := range w.another {
		if i == 0 {
			change = append(widget.Words(theme.WarnStrong, "nothing was run, the plan is another one now: "), change...)
		}
		lines = append(lines, change)
	}
	if op, ok := w.current(); ok && op.State == model.OpRefused && stage != stageQueueing {
		lines = append(lines, refusal(op)...)
		if w.partly() {
			lines = append(lines, widget.Words(theme.Text, "What was done before it stays. The new plan tries only what is missing."))
		}
	}
	if stage == stageReady || stage == stageNothing {
		lines = append(lines, planWarnings(*w.plan)...)
	}
	return lines
}

// partly reports whether a part of the task's last plan was carried out.
func (w *work) partly() bool {
	return slices.ContainsFunc(w.lastPlan(), func(op model.Operation) bool { return op.State == model.OpDone })
}

// refusal says why the last try was refused.
func refusal(op model.Operation) []widget.Line {
	first := widget.Line{say(theme.BadStrong, "refused"), say(theme.Bad, ": "), show(theme.Text, op.Intent.Words(op.Kind))}
	if op.Reason == "" {
		return []widget.Line{first}
	}
	lines := block(theme.Text, op.Reason)
	lines[0] = append(append(first, say(theme.Bad, ". ")), lines[0]...)
	return lines
}
