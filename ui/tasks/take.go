package tasks

import (
	"context"
	"errors"
	"strings"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// taking is an admin's taking of access that was not granted here: first what it
// is about, then from whom, and why. What was filled in is kept until it is done.
type taking struct {
	tab    *Tab
	picker *widget.Picker
	find   *widget.Form

	facts *model.RecordFacts // who has it, read live
	who   *marks
	why   *widget.Area
	form  *widget.Form
}

// The messages of a taking.
type (
	whoHas struct {
		taking *taking
		facts  model.RecordFacts
		err    error
	}
	taken struct {
		taking *taking
		task   model.Number
		err    error
	}
)

// The lines of the taking that are shown at once, by the room there is.
const (
	takeResults = 5
	takeHolders = 8
	takeAround  = 16
)

// openTake begins with what it is about.
func (t *Tab) openTake() tea.Cmd {
	if !t.env.Me.Has(model.RoleAdmin) {
		return notice.Warn("only admins take access that was not granted here")
	}
	if t.taking == nil {
		k := &taking{tab: t}
		k.picker = newFinder(t, model.TargetNone, max(min(takeResults, t.height-takeAround), 3), "a title, a path such as Infra/Databases/db, or a UID").picker
		k.find = widget.NewForm(t.env.Theme, []widget.FormItem{{Label: "On", Field: k.picker, Wide: true, Check: k.unnamed}})
		k.why = widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 3, Limit: workflow.MaxComment})
		t.taking = k
	}
	t.taking.ask()
	return nil
}

// ask opens the first page: which record or folder.
func (k *taking) ask() {
	k.tab.stack.Push(widget.NewDialog(k.tab.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Take access that was not granted here"),
		Evidence: widget.DetailContent{Lead: []widget.Line{widget.Words(theme.Text,
			"Name a record or a folder. Who has it is then read from the vault; what was granted here is better revoked in its row.")}},
		Form:    k.find,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "See who has it", Confirm: true}},
		Done:    k.named, Width: dialogWidth, Now: k.tab.env.Now,
	}))
	k.find.FocusFirst()
}

// on is the record or folder that is named: by a result, a UID or a path.
func (k *taking) on() model.Target {
	text := strings.TrimSpace(k.picker.Query())
	if pick, chosen := k.picker.Chosen(); chosen {
		return model.Target{UID: model.UID(pick.ID)}
	}
	if model.UID(text).Valid() {
		return model.Target{UID: model.UID(text)}
	}
	return model.Target{Described: text}
}

// unnamed is why nothing can be looked up yet, "" if it can.
func (k *taking) unnamed() string {
	if on := k.on(); !on.Named() && on.Described == "" {
		return "name the record or folder"
	}
	return ""
}

// named ends the first page.
func (k *taking) named(id string) tea.Cmd {
	if id != buttonConfirm {
		k.tab.taking = nil
		return nil
	}
	t, me, on := k.tab, k.tab.env.Me.ID, k.on()
	return tea.Batch(notice.Say(tab.NoticeOK, widget.Words(theme.Note, "the vault is asked who has it")),
		t.env.Do(func(ctx context.Context) tea.Msg {
			facts, err := t.svc.WhoHas(ctx, me, on)
			return whoHas{k, facts, err}
		}))
}

// whoHas opens the second page: from whom, and why.
func (k *taking) whoHas(msg whoHas) tea.Cmd {
	t := k.tab
	if t.taking != k || !t.stack.Empty() {
		return nil
	}
	if msg.err != nil {
		k.ask()
		return notice.Say(tab.NoticeBad, notice.Cause(msg.err))
	}
	k.facts = &msg.facts
	var lines []widget.Line
	for _, h := range msg.facts.Shares {
		line := widget.Line{show(theme.Text, holderName(h)), say(theme.Faint, "  ")}
		lines = append(lines, append(line, casepane.Share(theme.Heading, h.Share, t.env.Now(), t.env.Zone)...))
	}
	if lines == nil {
		k.facts = nil
		k.ask()
		return notice.Say(tab.NoticeWarn, widget.Line{say(theme.Warn, "nobody but its owner has "), show(theme.Warn, msg.facts.Title)})
	}
	k.who = newMarks(t.env.Theme, lines, max(min(takeHolders, t.height-takeAround), 3))
	k.form = widget.NewForm(t.env.Theme, []widget.FormItem{
		{Label: "From", Field: k.who, Wide: true, Check: k.nobody, Hint: widget.Hint("space marks, * all")},
		{Label: "Reason", Field: k.why, Check: func() string { return reasonProblem(k.why.Value()) }},
	})
	k.choose()
	return nil
}

// choose opens the second page.
func (k *taking) choose() {
	f := *k.facts
	record := []widget.Line{{show(theme.Strong, f.Title), say(theme.Text, "  "), show(theme.Heading, f.Type)}, {show(theme.Heading, place(f))}, {show(theme.Faint, string(f.UID))}}
	facts := []widget.Fact{{Label: "Record", Value: record}}
	if f.Kind == model.TargetFolder {
		facts[0].Label = "Folder"
	} else {
		facts = append(facts, widget.Fact{Label: "Owner", Value: []widget.Line{{show(theme.Text, f.Owner), say(theme.Faint, ", keeps it")}}})
	}
	content := widget.DetailContent{Sections: []widget.Section{{Facts: facts}}}
	if f.Whole.Named() {
		content.Warnings = []widget.Line{{show(theme.WarnStrong, f.Title), say(theme.Warn, " lies in "), show(theme.WarnStrong, f.Whole.Title), say(theme.Warn, ": who is taken out loses all of that")}}
	}
	k.tab.stack.Push(widget.NewDialog(k.tab.env.Theme, widget.DialogOptions{
		Title: widget.Line{say(theme.Strong, "Take "), show(theme.Strong, f.Title), say(theme.Strong, " from")}, Evidence: content, Form: k.form,
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "Plan it", Confirm: true}},
		Done:    k.chosen, Width: dialogWidth, Now: k.tab.env.Now,
	}))
	k.form.FocusFirst()
}

// begun reports whether leaving would lose more than the name of a record.
func (k *taking) begun() bool {
	return k.who != nil && len(k.who.marked()) > 0 || strings.TrimSpace(k.why.Value()) != ""
}

func (k *taking) nobody() string {
	if len(k.who.marked()) == 0 {
		return "mark from whom it is taken"
	}
	return ""
}

// chosen ends the second page: back to the first, or on to the task and its plan.
func (k *taking) chosen(id string) tea.Cmd {
	if id != buttonConfirm {
		k.ask()
		return nil
	}
	var who []string
	for _, at := range k.who.marked() {
		who = append(who, k.facts.Shares[at].Email)
	}
	t, me, on, reason := k.tab, k.tab.env.Me.ID, model.Target{Kind: k.facts.Kind, UID: k.facts.UID}, strings.TrimSpace(k.why.Value())
	return t.env.Do(func(ctx context.Context) tea.Msg {
		task, err := t.svc.Take(ctx, me, on, who, reason)
		return taken{k, task, err}
	})
}

// tellWrong shows beside the field what the queue does not take.
func (k *taking) tellWrong(err error) {
	var wrong workflow.Invalid
	if !errors.As(err, &wrong) {
		return
	}
	k.form.SetError(k.who, wrong["who"])
	k.form.SetError(k.why, wrong["comment"])
}

// taken opens the task, whose plan is confirmed as any other.
func (k *taking) taken(msg taken) tea.Cmd {
	t := k.tab
	if msg.err != nil {
		if t.taking == k && t.stack.Empty() {
			k.choose()
			k.tellWrong(msg.err)
		}
		return notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not begun: "), notice.Cause(msg.err)...))
	}
	t.taking = nil
	return tea.Batch(t.openWork(msg.task, false), t.count(),
		notice.Say(tab.NoticeOK, widget.Words(theme.OK, string(msg.task)+" is yours")))
}
