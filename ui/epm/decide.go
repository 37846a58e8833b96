package epm

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/decide"
	"countersign/ui/evidence"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// dialogWidth is the width of a decision where the screen has it.
const dialogWidth = 88

// The ids of the buttons.
const (
	buttonBack    = "back"
	buttonConfirm = "confirm"
)

// commandCells is how much of a command a dialog repeats: all of it was on the
// screen before.
const commandCells = 600

// foundCells is how much of what a hint was found in is repeated.
const foundCells = 160

// decision is an open dialog about one request or device.
type decision struct {
	verdict model.Verdict
	of      subject // the reading that was on the screen
	words   *decide.Words
	form    *widget.Form
	dialog  *widget.Dialog
	soon    bool // it said that little time is left
}

// decide begins a decision on the marked rows, or on what is shown.
func (t *Tab) decide(v model.Verdict) tea.Cmd {
	if !t.page && len(t.pane().list.Marked()) > 0 {
		return t.openBulk(v)
	}
	of := t.current()
	switch {
	case of.kind == incident:
		return notice.Warn("an incident is not decided: i opens its request")
	case !t.page && !t.split.Both:
		again := map[model.Verdict]string{model.Approve: "a again", model.Deny: "d again"}[v]
		return tea.Batch(t.openPage(), notice.Warn("read it first, then "+again))
	case t.busy[of]:
		return notice.Warn("your decision on it is being kept")
	}
	s, ok := t.reader.reading(of)
	if !ok {
		return notice.Warn("the evidence is not on the screen yet")
	}
	if e := s.endpoint; e != nil && v == model.Approve && e.State == model.EndpointPending && !e.Complete {
		return notice.Warn(evidence.Pending(*e) + ": it can be denied, not approved")
	}
	if err := s.can(actOf(v), t.env.Now()); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	if unread := t.reader.unread(); v == model.Approve && unread > 0 {
		how := "J reads on"
		if t.page || t.inDetail {
			how = "pgdn reads on"
		}
		return notice.Warn(fmt.Sprintf("↓ %s first: %s", lines(unread), how))
	}
	t.openDecision(s, v)
	return nil
}

func lines(n int) string {
	if n == 1 {
		return "1 more line"
	}
	return fmt.Sprintf("%d more lines", n)
}

func actOf(v model.Verdict) model.Action {
	if v == model.Deny {
		return model.ActDeny
	}
	return model.ActApprove
}

// openDecision asks for the decision on a reading that is on the screen.
func (t *Tab) openDecision(s subject, v model.Verdict) {
	d := &decision{verdict: v, of: s, words: decide.NewWords(t.env.Theme, v, wording(s.ref().kind))}
	written, again := t.drafts[d.draftOf()]
	d.words.Take(written)
	title, label := "Approve ", "Approve"
	if v == model.Deny {
		title, label = "Deny ", "Deny"
	}
	d.form = widget.NewForm(t.env.Theme, d.words.Items())
	d.form.SetDirty(again)
	d.dialog = widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: append(widget.Words(theme.Strong, title), s.label().In(theme.Strong)...), Evidence: t.evidence(d), Form: d.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: label, Confirm: true,
			NeedsEvidence: v == model.Approve}},
		Done: func(id string) tea.Cmd { return t.endDecision(d, id) }, Width: dialogWidth, Now: t.env.Now,
	})
	t.decision = d
	t.overlay(d.dialog)
}

func (d *decision) draftOf() draftOf { return draftOf{d.of.ref(), actOf(d.verdict)} }

// evidence is the decision in one sentence, how much time is left for it, and what
// was noticed. All of it has to be drawn before an approval counts.
func (t *Tab) evidence(d *decision) widget.DetailContent {
	var c widget.DetailContent
	if v := d.of.device; v != nil {
		c.Lead = []widget.Line{deviceSentence(v.Device, d.verdict)}
		c.Warnings = saying(v.Hints)
		return c
	}
	e := d.of.endpoint
	o := t.options()
	c.Lead = endpointSentence(e.EndpointRequest, d.verdict)
	d.soon = t.endsSoon(e.EndpointRequest)
	if d.soon {
		c.Warnings = append(c.Warnings, widget.Words(theme.BadStrong,
			"It ends within a minute, at "+e.Expires.In(t.env.Zone).Format("15:04:05")+": what comes later is refused."))
	}
	c.Warnings = append(append(c.Warnings, evidence.Warnings(*e, o)...), saying(e.Hints)...)
	return c
}

// endsSoon reports whether a request that waits ends within model.EndingSoon.
func (t *Tab) endsSoon(r model.EndpointRequest) bool {
	return r.State == model.EndpointPending && !r.Expires.IsZero() && r.Expires.Sub(t.env.Now()) <= model.EndingSoon
}

// saying tells hints, each with what it was found in: some mean little without it.
func saying(hints []model.Hint) []widget.Line {
	var all []widget.Line
	for _, h := range hints {
		line := widget.Foreign(theme.Text, safetext.Line(h.Says))
		if h.Found != "" {
			line = append(line, widget.Say(theme.Faint, ": "), widget.Show(theme.Heading, safetext.Line(h.Found).CutCount(foundCells)))
		}
		all = append(all, line)
	}
	return all
}

// endpointSentence says who runs what where.
func endpointSentence(r model.EndpointRequest, v model.Verdict) []widget.Line {
	verb := " may run this with more rights on "
	if v == model.Deny {
		verb = " may not run this on "
	}
	command, _ := r.Fact(model.GroupApplication, model.KeyCommand)
	run := widget.Line{widget.Show(theme.Strong, safetext.Counted(r.Program()))}
	if command != "" {
		run = append(run, widget.Say(theme.Text, " "), widget.Show(theme.Accent, safetext.Counted(command).CutCount(commandCells)))
	}
	if r.Program() == "" && command == "" {
		run = widget.Words(theme.Faint, "what is run is not reported")
	}
	return []widget.Line{{orNot(r.User), widget.Say(theme.Text, verb), orNot(r.Machine), widget.Say(theme.Text, ":")}, run}
}

func deviceSentence(d model.Device, v model.Verdict) widget.Line {
	verb := " may use the device "
	if v == model.Deny {
		verb = " may not use the device "
	}
	return widget.Line{orNot(d.Email), widget.Say(theme.Text, verb), orNot(d.Name), widget.Say(theme.Text, " from "), orNot(d.Location),
		widget.Say(theme.Faint, "  "), widget.Show(theme.Faint, safetext.Line(d.DeviceID))}
}

func orNot(s string) widget.Span {
	if s == "" {
		return widget.Say(theme.Faint, "(not reported)")
	}
	return widget.Show(theme.Strong, safetext.Counted(s))
}

// endDecision ends the dialog: with a decision on what was drawn, or with nothing.
func (t *Tab) endDecision(d *decision, id string) tea.Cmd {
	t.decision = nil
	if id != buttonConfirm {
		return t.drafts.Told(d.draftOf(), d.words.Draft(), d.draftOf().key())
	}
	t.drafts.Keep(d.draftOf(), d.words.Draft())
	if err := d.of.can(actOf(d.verdict), t.env.Now()); err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(err))
	}
	s, text, me := d.of, d.words.Text(), t.env.Me.ID
	t.busy[s.ref()] = true
	return t.env.Do(func(ctx context.Context) tea.Msg {
		result, err := t.send(ctx, me, s, d.verdict, text)
		if err == nil {
			err = result.Err
		}
		return voted{s, d.verdict, result, err}
	})
}

// send gives one decision to the queue.
func (t *Tab) send(ctx context.Context, me model.PersonID, s subject, v model.Verdict, text string) (workflow.Decided, error) {
	if s.device != nil {
		return t.svc.DecideDevice(ctx, me, deviceDecision(*s.device, v, text))
	}
	return t.svc.DecideEndpoint(ctx, me, endpointDecision(*s.endpoint, v, text))
}

func endpointDecision(e workflow.EndpointView, v model.Verdict, text string) workflow.EndpointDecision {
	return workflow.EndpointDecision{ID: e.ID, Verdict: v, Revision: e.Revision, Digest: e.Statement.Digest(), Comment: text}
}

func deviceDecision(d workflow.DeviceView, v model.Verdict, text string) workflow.DeviceDecision {
	return workflow.DeviceDecision{ID: d.ID, Verdict: v, Revision: d.Revision, Comment: text}
}
