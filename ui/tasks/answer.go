package tasks

import (
	"context"
	"slices"
	"strings"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// title is what a request is about, in the words of who asked.
func title(r model.Request) string {
	if text, _ := r.Answer(model.FieldTitle); text != "" {
		return text
	}
	return r.Target.Label()
}

// mark marks a hit as a part of the answer, or takes its mark away.
func (w *work) mark(hits []model.Hit, uid model.UID) {
	if at := slices.IndexFunc(w.hits, func(h model.Hit) bool { return h.UID == uid }); at >= 0 {
		w.hits = slices.Delete(slices.Clone(w.hits), at, at+1)
		return
	}
	if at := slices.IndexFunc(hits, func(h model.Hit) bool { return h.UID == uid }); at >= 0 {
		w.hits = append(slices.Clone(w.hits), hits[at])
	}
}

// marks reports whether a hit is marked.
func (w *work) marks(uid model.UID) bool {
	return slices.ContainsFunc(w.hits, func(h model.Hit) bool { return h.UID == uid })
}

// marked are the hits of the answer, as the search lists them under the results.
func (s *search) marked() []widget.Line {
	if len(s.work.hits) == 0 {
		return []widget.Line{widget.Words(theme.Heading, "nothing is marked yet")}
	}
	return hitLines(s.work.hits)
}

// hitLines name hits, a line each.
func hitLines(hits []model.Hit) []widget.Line {
	var lines []widget.Line
	for _, h := range hits {
		line := widget.Line{say(theme.OK, "✓ "), show(theme.Text, h.Title)}
		if h.Type != "" {
			line = append(line, say(theme.Text, "  "), show(theme.Heading, h.Type))
		}
		lines = append(lines, append(line, say(theme.Text, "  "), show(theme.Faint, string(h.UID))))
	}
	return lines
}

// chosen are the hits that are marked, in the work area, or what was sent.
func (w *work) chosen() []widget.Fact {
	switch {
	case len(w.c.Found) > 0:
		return []widget.Fact{{Label: "Sent", Value: hitLines(w.c.Found)}}
	case len(w.hits) > 0:
		return []widget.Fact{{Label: "Answer", Value: hitLines(w.hits)}}
	case w.task.State.Closed():
		return nil
	}
	return []widget.Fact{{Label: "Answer", Value: []widget.Line{widget.Words(theme.Heading, "nothing is marked yet")}}}
}

// answerLead says what is next where a search is to be answered.
func (w *work) answerLead() []widget.Line {
	if len(w.hits) == 0 {
		return []widget.Line{keyed("s", "searches; mark there what fits."), keyed("f", "answers that nothing was found.")}
	}
	return []widget.Line{keyed("f", "sends the answer: "+tally(len(w.hits), "hit.", "hits.")), keyed("s", "searches on.")}
}

// answering is the answer to a search while it is confirmed.
type answering struct {
	work *work
	hits []model.Hit
	area *widget.Area
}

// answered is what came of sending it.
type answerSent struct {
	work *work
	hits int
	err  error
}

// confirmAnswer asks whether what is marked is the answer, with a note. An answer
// without hits needs one.
func (w *work) confirmAnswer() tea.Cmd {
	if err := w.c.Can(model.ActComplete); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	t := w.tab
	if t.busy[w.task.Number] != "" {
		return notice.Warn(string(w.task.Number) + " is " + t.busy[w.task.Number])
	}
	a := &answering{work: w, hits: w.hits, area: widget.NewArea(t.env.Theme, widget.AreaOptions{Height: 3, Limit: workflow.MaxComment})}
	a.area.SetValue(w.answerNote)
	by := w.c.Name(w.c.Request.RequestedBy)
	lead := widget.Line{show(theme.Strong, by), say(theme.Text, " is told of "+tally(len(a.hits), "hit", "hits")+": title, type and UID. That gives nobody access.")}
	hint := widget.Hint("if there is something to say")
	if len(a.hits) == 0 {
		lead = widget.Line{show(theme.Strong, by), say(theme.Text, " is told that nothing was found.")}
		hint = widget.Hint("say what was looked for, and where")
	}
	words, _ := w.c.Request.Answer(model.FieldWords)
	facts := []widget.Fact{{Label: "Asked for", Value: block(theme.Quote, words)}}
	if len(a.hits) > 0 {
		facts = append(facts, widget.Fact{Label: "Answer", Value: hitLines(a.hits)})
	}
	form := widget.NewForm(t.env.Theme, []widget.FormItem{{Label: "Note", Field: a.area, Hint: hint, Check: a.problem}})
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Answer "+string(w.c.Request.Number)), Form: form,
		Evidence: widget.DetailContent{Lead: []widget.Line{lead}, Sections: []widget.Section{{Facts: facts}}},
		Buttons:  []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: "Send the answer", Confirm: true, NeedsEvidence: true}},
		Done:     a.done, Width: dialogWidth, Now: t.env.Now,
	}))
	return nil
}

// problem is why the note will not do, "" if it does.
func (a *answering) problem() string {
	text := strings.TrimSpace(a.area.Value())
	if long := widget.TooLong(text, workflow.MaxComment); long != "" {
		return long
	}
	if text == "" && len(a.hits) == 0 {
		return "say what was looked for"
	}
	return ""
}

func (a *answering) done(id string) tea.Cmd {
	w := a.work
	w.answerNote = a.area.Value()
	if id != buttonConfirm {
		return nil
	}
	t, n, me := w.tab, w.task.Number, w.tab.env.Me.ID
	uids := make([]model.UID, len(a.hits))
	for i, h := range a.hits {
		uids[i] = h.UID
	}
	note := strings.TrimSpace(a.area.Value())
	t.busy[n] = "being answered"
	return tea.Batch(w.show(), t.env.Do(func(ctx context.Context) tea.Msg {
		return answerSent{w, len(uids), t.svc.Answer(ctx, me, n, uids, note)}
	}))
}

// answerSent says what came of it; what was not sent can be sent again.
func (t *Tab) answerSent(msg answerSent) tea.Cmd {
	n := string(msg.work.task.Number)
	delete(t.busy, msg.work.task.Number)
	if msg.err != nil {
		return tea.Batch(t.reload(), notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, n+" was not answered: "), notice.Cause(msg.err)...)))
	}
	msg.work.answerNote = ""
	return tea.Batch(t.reload(), notice.Say(tab.NoticeOK, widget.Words(theme.OK, n+" is answered with "+tally(msg.hits, "hit", "hits"))))
}
