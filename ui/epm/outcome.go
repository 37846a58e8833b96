package epm

import (
	"context"
	"errors"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The messages of a decision.
type (
	// rechecked is a new reading of what an open dialog is about.
	rechecked struct {
		decision *decision
		now      subject
		err      error
	}
	// voted is what came of a decision.
	voted struct {
		of      subject
		verdict model.Verdict
		result  workflow.Decided
		err     error
	}
)

// recheck reads again what an open dialog is about.
func (t *Tab) recheck() tea.Cmd {
	d, me := t.decision, t.env.Me.ID
	switch {
	case t.bulk != nil:
		return t.readBulk(t.bulk)
	case d == nil:
		return nil
	}
	return t.env.Do(func(ctx context.Context) tea.Msg {
		s, err := read(ctx, t.svc, me, d.of.ref())
		return rechecked{d, s, err}
	})
}

// rechecked closes a decision on what is not any more as it was drawn, and says
// what came between.
func (t *Tab) rechecked(msg rechecked) {
	d := t.decision
	if d == nil || d != msg.decision || msg.err != nil {
		return // the queue itself refuses a stale decision
	}
	refused := msg.now.can(actOf(d.verdict), t.env.Now())
	if refused == nil && d.of.same(msg.now) {
		return
	}
	t.takeBack(d, t.changed(d.of, msg.now, refused))
}

// takeBack closes a dialog that cannot be confirmed any more.
func (t *Tab) takeBack(d *decision, why []widget.Line) {
	verb := "approved"
	if d.verdict == model.Deny {
		verb = "denied"
	}
	t.drafts.Keep(d.draftOf(), d.words.Draft())
	t.decision = nil
	t.stack.Clear()
	lead := []widget.Line{widget.Words(theme.Text, "It cannot be "+verb+" as it was shown.")}
	t.tell(append(d.of.label().In(theme.Strong), widget.Say(theme.Strong, " has changed")), widget.DetailContent{Lead: lead, Warnings: why}, "Look at it again")
	t.stay(d.of.ref())
}

// changed says what came between two readings.
func (t *Tab) changed(before, now subject, refused error) []widget.Line {
	var all []widget.Line
	if e, b := now.endpoint, before.endpoint; e != nil && b != nil {
		if e.State != b.State {
			all = append(all, t.became(e.State, e.EndpointRequest.Decision, e.DecidedBy, e.Outcome))
		}
		if e.Complete && !b.Complete {
			all = append(all, widget.Words(theme.Text, "its evidence is complete now"))
		}
	}
	if d, b := now.device, before.device; d != nil && b != nil && d.State != b.State {
		all = append(all, t.became(d.State, d.Device.Decision, d.DecidedBy, d.Outcome))
	}
	if len(all) == 0 && refused != nil {
		all = append(all, notice.Cause(refused))
	}
	if len(all) == 0 {
		all = append(all, widget.Words(theme.Warn, "what the service reports about it is not the same any more"))
	}
	return all
}

// became says how it ended, and by whom.
func (t *Tab) became(s model.EndpointState, vote model.EndpointVote, by, outcome string) widget.Line {
	if vote.Verdict != "" && by != "" {
		return widget.Line{widget.Show(theme.Strong, safetext.Line(by)), widget.Say(theme.Text, " "+vote.Verdict.Past()+" it at "+evidence.Clock(vote.At, t.options()))}
	}
	line := widget.Words(theme.Text, "it is "+s.Words())
	if outcome != "" {
		line = append(line, widget.Say(theme.Text, ": "), widget.Show(theme.Text, safetext.Line(outcome)))
	}
	return line
}

// checkTime closes a decision whose time is over, and says that it soon will be.
func (t *Tab) checkTime() {
	d := t.decision
	if d == nil || d.of.endpoint == nil {
		return
	}
	r := d.of.endpoint.EndpointRequest
	if !r.Expires.IsZero() && !t.env.Now().Before(r.Expires) {
		t.takeBack(d, []widget.Line{widget.Words(theme.Bad, "its time was over at "+r.Expires.In(t.env.Zone).Format("15:04:05"))})
		return
	}
	if !d.soon && t.endsSoon(r) {
		d.dialog.SetEvidence(t.evidence(d))
	}
}

// voted says what a decision did.
func (t *Tab) voted(msg voted) tea.Cmd {
	of := msg.of.ref()
	delete(t.busy, of)
	if msg.err == nil {
		delete(t.drafts, draftOf{of, model.ActApprove})
		delete(t.drafts, draftOf{of, model.ActDeny})
		if t.page && t.pinned == of && t.stack.Empty() {
			t.closePage()
		}
		then := ": the vault is told now"
		if of.kind == device {
			then = "" // an address takes the room
		}
		said := append(msg.of.label().In(theme.OK), widget.Say(theme.OK, " "+msg.verdict.Past()+then))
		return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, said))
	}
	content := widget.DetailContent{Lead: t.refusal(msg.err)}
	if _, kept := t.drafts[draftOf{of, actOf(msg.verdict)}]; kept {
		content.Lead = append(content.Lead, widget.Words(theme.Faint, "What you wrote is kept for when you decide again."))
	}
	t.tell(append(msg.of.label().In(theme.Strong), widget.Say(theme.Strong, " was not "+msg.verdict.Past()+" by you")), content, "Close")
	var conflict *workflow.Conflict
	if errors.As(msg.err, &conflict) && conflict.Decided {
		t.stay(of)
	}
	return t.reload()
}

// stay keeps something on the screen that has left the list, as a page: what
// became of it is what the person wants to see next.
func (t *Tab) stay(of ref) {
	t.page, t.inDetail, t.pinned = true, false, of
	t.layOut()
}

// refusal says why the queue did not take a decision, in our words where we know
// them.
func (t *Tab) refusal(err error) []widget.Line {
	var conflict *workflow.Conflict
	if !errors.As(err, &conflict) {
		return []widget.Line{notice.Cause(err)}
	}
	if !conflict.Decided {
		all := []widget.Line{widget.Words(theme.Text, "It has changed since it was shown. Nothing was decided.")}
		for _, c := range conflict.Changed {
			all = append(all, widget.Foreign(theme.Warn, safetext.Line(c)))
		}
		return all
	}
	at := ""
	if !conflict.At.IsZero() {
		at = " at " + evidence.Clock(conflict.At, t.options())
	}
	line := widget.Line{widget.Say(theme.Text, "It is already "), widget.Say(theme.Strong, conflict.Endpoint.Words())}
	if conflict.By != "" {
		line = append(line, widget.Say(theme.Text, ": "), widget.Show(theme.Strong, safetext.Line(conflict.By)), widget.Say(theme.Text, " was first"))
	}
	return []widget.Line{append(line, widget.Say(theme.Text, at+"."))}
}

// tell opens a dialog that only says something.
func (t *Tab) tell(title widget.Line, content widget.DetailContent, button string) {
	t.overlay(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: title, Evidence: content, Buttons: []widget.Button{{ID: buttonBack, Label: button}}, Now: t.env.Now,
	}))
}

// overlay opens a dialog. What is under it stays as it is until it is closed.
func (t *Tab) overlay(d *widget.Dialog) {
	t.reader.cover()
	t.stack.Push(d)
}
