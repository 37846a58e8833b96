package tasks

import (
	"context"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// holderName is what somebody with access is called: an address, or a team.
func holderName(h model.Holder) string {
	if h.Team != "" {
		return "team " + h.Team
	}
	return h.Email
}

// made is the record that the task has created: the evidence that it is there,
// where, and who has what on it by this request.
func (w *work) made() []widget.Fact {
	t, ok := w.c.Created()
	if !ok {
		return nil
	}
	v := []widget.Line{{show(theme.Strong, t.Title), say(theme.Text, "  "), show(theme.Heading, t.Type)}, {show(theme.Faint, string(t.UID))}}
	var shared []widget.Line
	for _, op := range w.c.Operations {
		switch {
		case op.State != model.OpDone || op.Intent.Record != t.UID:
		case op.Kind == model.OpCreate:
			v = append(v, w.placed(op.Intent))
		case op.Kind.Gives():
			shared = append(shared, widget.Line{show(theme.Text, op.Intent.Who()), say(theme.Faint, "  "), show(theme.AccentStrong, string(op.Intent.Right))})
		}
	}
	if shared == nil {
		shared = []widget.Line{widget.Words(theme.Heading, "with nobody")}
	}
	return []widget.Fact{{Label: "Made", Value: v}, {Label: "Shared", Value: shared}}
}

// placed says in which folder a record was made.
func (w *work) placed(in model.Intent) widget.Line {
	if in.Folder == "" {
		return widget.Words(theme.Heading, "in no shared folder")
	}
	return widget.Line{say(theme.Heading, "in "), show(theme.Heading, w.folder(in.Folder))}
}

// folder is what a folder is called, its UID where that is not known.
func (w *work) folder(uid model.UID) string {
	if t := w.c.Target(); t.UID == uid && t.Title != "" {
		return t.Title
	}
	if w.plan != nil && w.plan.Facts.UID == uid && w.plan.Facts.Title != "" {
		return w.plan.Facts.Title
	}
	return string(uid)
}

// noFolder says that it is open where a new record goes.
func (w *work) noFolder() []widget.Line {
	words := "none is chosen"
	if w.c.Request.Target.Described != "" {
		words = "not picked yet: the request describes it in words"
	}
	return []widget.Line{widget.Words(theme.Warn, words), widget.Words(theme.Heading, "without one, the record goes to the root of the service account")}
}

// linkFact is what became of the one-time link of the request. The link itself is
// shown to its requestor alone.
func (w *work) linkFact() []widget.Fact {
	l := w.c.Link
	if l == nil {
		return nil
	}
	by := w.c.Name(w.c.Request.RequestedBy)
	var state widget.Line
	switch {
	case l.Gone:
		state = widget.Words(theme.Heading, "gone")
	case !l.Opened.IsZero():
		state = widget.Words(theme.Text, "opened at "+w.tab.moment(l.Opened))
	case l.Waiting:
		state = widget.Line{say(theme.AccentStrong, "waits for "), show(theme.AccentStrong, by), say(theme.Text, ", who alone can see it")}
	default:
		state = widget.Words(theme.Text, "not opened yet, as far as is known")
	}
	v := []widget.Line{state}
	if !l.Shown.IsZero() {
		v = append(v, widget.Line{say(theme.Heading, "shown to "), show(theme.Heading, by), say(theme.Heading, " at "+w.tab.moment(l.Shown)+", and kept nowhere")})
	}
	if !l.Gone && !l.Expires.IsZero() {
		v = append(v, widget.Words(theme.Heading, "lives until "+w.tab.moment(l.Expires)))
	}
	return []widget.Fact{{Label: "Link", Value: append(v, widget.Line{show(theme.Faint, casepane.LinkName(l.ID))})}}
}

// askFacts asks once about a record that no plan is read for.
func (w *work) askFacts() tea.Cmd {
	target := w.c.Target()
	if w.readOnly || w.planning || w.planErr != nil || !target.UID.Valid() || target.UID == w.factsFor {
		return nil
	}
	w.factsFor, w.facts, w.factsErr, w.asking = target.UID, nil, nil, true
	uid, me, svc := target.UID, w.tab.env.Me.ID, w.tab.svc
	return w.tab.env.Do(func(ctx context.Context) tea.Msg {
		got, err := svc.Facts(ctx, me, uid, false)
		return factsRead{w, uid, got, err}
	})
}

// known is the newest that is known of the record, nil if nothing is.
func (w *work) known() *model.RecordFacts {
	uid := w.c.Target().UID
	best := w.facts
	if best != nil && best.UID != uid {
		best = nil
	}
	if f := w.c.Facts; f != nil && f.UID == uid && (best == nil || f.Read.After(best.Read)) {
		best = f
	}
	return best
}
