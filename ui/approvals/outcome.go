package approvals

import (
	"context"
	"errors"
	"slices"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/decide"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The messages of a decision.
type (
	// rechecked is a new reading of a request whose decision is open.
	rechecked struct {
		decision *decision
		view     workflow.CaseView
		err      error
	}
	// decided is what came of a vote.
	decided struct {
		vote   workflow.Decision
		before workflow.CaseView
		result workflow.Decided
		err    error
		draft  draftOf
	}
	// explained is a decided that was refused, with the request as it is now.
	explained struct {
		decided
		after    workflow.CaseView
		afterErr error
	}
)

// recheck reads again what an open dialog is about.
func (t *Tab) recheck() tea.Cmd {
	switch d := t.decision; {
	case t.bulk != nil:
		return t.readBulk(t.bulk)
	case d == nil:
		return nil
	default:
		n, me := d.view.Request.Number, t.env.Me.ID
		return t.env.Do(func(ctx context.Context) tea.Msg {
			view, err := t.svc.Case(ctx, me, n)
			return rechecked{d, view, err}
		})
	}
}

// rechecked makes an open decision say what has changed. What was drawn before
// can then not be decided any more.
func (t *Tab) rechecked(msg rechecked) {
	d := t.decision
	if d == nil || d != msg.decision || msg.err != nil {
		return // the queue itself refuses a stale decision
	}
	changes := casepane.Changes(d.view, msg.view, t.pane.clock())
	refused := msg.view.Can(d.act())
	allowed := d.view.Request.Allowed
	same := d.view.Request.Revision == msg.view.Request.Revision &&
		d.view.Statement(allowed).Digest() == msg.view.Statement(allowed).Digest()
	if same && refused == nil {
		d.noteFacts(msg.view.Facts)
		return
	}
	over := msg.view.Request.State != d.view.Request.State
	if refused != nil && !over {
		changes = append(changes, notice.Cause(refused))
	}
	verb := "approved"
	if d.verdict == model.Deny {
		verb = "denied"
	}
	t.drafts.Keep(d.draftOf(), d.draft())
	t.decision = nil
	t.stack.Clear()
	t.tell(widget.Words(theme.Strong, string(d.view.Request.Number)+" has changed"), widget.DetailContent{
		Lead:     []widget.Line{widget.Words(theme.Text, "It cannot be "+verb+" as it was shown.")},
		Warnings: changes,
	}, "Look at it again")
	if over {
		t.settled(msg.view.Request.Number)
		t.stay(msg.view.Request.Number)
	}
}

// noteFacts takes over what the vault says now, and says so where it is not what
// the plan was made from.
func (d *decision) noteFacts(now *model.RecordFacts) {
	before := d.view.Facts
	if now == nil {
		return
	}
	email := d.view.Request.RequestedFor
	stale := workflow.AccessWarnings(d.view.Case, before, d.view.Request.Allowed)
	d.view.Warnings = slices.DeleteFunc(slices.Clone(d.view.Warnings), func(w string) bool { return slices.Contains(stale, w) })
	d.view.Facts = now
	switch {
	case before == nil:
		d.note = []widget.Line{widget.Words(theme.Warn, "the vault has answered meanwhile: look again at what will be done")}
	case before.Gone == now.Gone && before.Share(email).Same(now.Share(email)):
		return
	default:
		d.note = []widget.Line{{widget.Say(theme.Warn, "what they have has changed: "),
			widget.Say(theme.Text, before.Share(email).Words()+" → "+now.Share(email).Words())}}
	}
	d.redraw()
	d.dialog.Raise()
}

// vote gives a vote to the queue.
func (t *Tab) vote(vote workflow.Decision, before workflow.CaseView, of draftOf) tea.Cmd {
	t.busy[vote.Number] = true
	me := t.env.Me.ID
	return t.env.Do(func(ctx context.Context) tea.Msg {
		result, err := t.svc.Decide(ctx, me, vote)
		return decided{vote, before, result, err, of}
	})
}

func (t *Tab) decided(msg decided) tea.Cmd {
	n := msg.vote.Number
	delete(t.busy, n)
	if msg.err == nil {
		msg.err = msg.result.Err
	}
	if msg.err == nil {
		delete(t.drafts, draftOf{number: n, verdict: model.Approve})
		delete(t.drafts, draftOf{number: n, verdict: model.Deny})
		delete(t.drafts, msg.draft)
		if t.page && t.pinned == n && t.stack.Empty() {
			t.closePage()
		}
		outcome := decide.Outcome(msg.vote, msg.result)
		if msg.draft.act == model.ActEmergency {
			outcome = append(outcome, widget.Say(theme.OK, " by you alone; somebody else has to review it"))
		}
		return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, outcome))
	}
	// Read what it is now, to say what came between.
	me := t.env.Me.ID
	return tea.Batch(t.reload(), t.env.Do(func(ctx context.Context) tea.Msg {
		after, err := t.svc.Case(ctx, me, n)
		return explained{msg, after, err}
	}))
}

// explain says why a vote was not kept.
func (t *Tab) explain(msg explained) {
	var changes []widget.Line
	var conflict *workflow.Conflict
	over := errors.As(msg.err, &conflict) && conflict.Decided
	if msg.afterErr == nil && !over {
		changes = casepane.Changes(msg.before, msg.after, t.pane.clock())
	}
	content := widget.DetailContent{Lead: t.refusal(msg.err), Warnings: changes}
	if _, kept := t.drafts[msg.draft]; kept {
		words := "What you wrote is kept for when you decide again."
		if over {
			words = "What you wrote is kept as a comment that c sends."
			t.settled(msg.vote.Number)
		}
		content.Lead = append(content.Lead, widget.Words(theme.Faint, words))
	}
	t.tell(widget.Words(theme.Strong, string(msg.vote.Number)+" was not "+msg.vote.Verdict.Past()+" by you"), content, "Close")
	if over {
		t.stay(msg.vote.Number)
	}
}

// stay keeps a request on the screen that has left the list, as a page: what
// became of it is what the person wants to see next.
func (t *Tab) stay(n model.Number) {
	t.page, t.inDetail, t.pinned = true, false, n
	t.layOut()
}

// refusal says why the queue did not take a vote, in our words where we know
// them.
func (t *Tab) refusal(err error) []widget.Line {
	var conflict *workflow.Conflict
	if !errors.As(err, &conflict) {
		return []widget.Line{notice.Cause(err)}
	}
	if !conflict.Decided {
		lines := []widget.Line{widget.Words(theme.Text, "It has changed since it was shown. Nothing was decided.")}
		for _, c := range conflict.Changed {
			lines = append(lines, widget.Foreign(theme.Warn, visible(c)))
		}
		return lines
	}
	by := conflict.By
	if by == "" {
		by = "the program"
	}
	at := " at " + widget.Moment(conflict.At, t.env.Now(), t.env.Zone)
	if conflict.State == model.InProcess || conflict.State == model.ClosedRejected {
		return []widget.Line{{widget.Show(theme.Strong, visible(by)), widget.Say(theme.Text, " "+conflict.State.Words()+" it"+at)}}
	}
	return []widget.Line{{
		widget.Say(theme.Text, "It is already "), widget.Say(theme.Strong, conflict.State.Words()),
		widget.Say(theme.Text, ": by "), widget.Show(theme.Strong, visible(by)),
		widget.Say(theme.Text, at),
	}}
}

// tell opens a dialog that only says something.
func (t *Tab) tell(title widget.Line, content widget.DetailContent, button string) {
	t.ask(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: title, Evidence: content, Buttons: []widget.Button{{ID: buttonBack, Label: button}}, Now: t.env.Now,
	}))
}
