package tasks

import (
	"context"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// finder is a picker in a dialog: it finds records, folders or both in the
// worker's list of titles.
type finder struct {
	tab    *Tab
	kind   model.TargetKind // TargetNone for both
	picker *widget.Picker
}

// The answers of a finder.
type (
	finderFound struct {
		finder *finder
		gen    int
		answer workflow.SearchAnswer
		err    error
	}
	finderLooked struct {
		finder *finder
		uid    model.UID
		facts  model.RecordFacts
		err    error
	}
)

// newFinder returns a finder that shows so many results at once.
func newFinder(t *Tab, kind model.TargetKind, rows int, hint string) *finder {
	f := &finder{tab: t, kind: kind}
	columns := pickColumns(kind)
	if kind == model.TargetNone {
		columns[1].Drop = 0 // it tells records from folders
	}
	f.picker = widget.NewPicker(t.env.Theme, widget.PickerOptions{Columns: columns, Rows: rows, Placeholder: hint, Search: f.search, Look: f.look})
	return f
}

func (f *finder) search(text string, gen int) tea.Cmd {
	t, me, kind := f.tab, f.tab.env.Me.ID, f.kind
	return t.env.Do(func(ctx context.Context) tea.Msg {
		answer, err := t.svc.Search(ctx, me, text, kind)
		return finderFound{f, gen, answer, err}
	})
}

func (msg finderFound) show() tea.Cmd {
	f := msg.finder
	if msg.err != nil {
		cause, advice := notice.Trouble(msg.err, f.tab.env.Me)
		f.picker.Fail(msg.gen, cause, advice)
		return nil
	}
	hits := msg.answer.Hits
	picks := picksOf(hits, f.kind, func(model.UID) bool { return false })
	for i, h := range hits {
		if f.kind == model.TargetNone && h.Kind == model.TargetFolder {
			picks[i].Cells[1] = widget.Words(theme.Heading, "folder")
		}
	}
	return f.picker.Results(msg.gen, picks, max(msg.answer.Total-len(hits), 0), f.tab.env.Now().Sub(msg.answer.Built))
}

func (f *finder) look(id string) tea.Cmd {
	t, me, uid := f.tab, f.tab.env.Me.ID, model.UID(id)
	f.picker.Info(id, []widget.Line{widget.Words(theme.Note, "asking the vault…")})
	return t.env.Do(func(ctx context.Context) tea.Msg {
		facts, err := t.svc.Facts(ctx, me, uid, false)
		return finderLooked{f, uid, facts, err}
	})
}

func (msg finderLooked) show() {
	f := msg.finder
	if msg.err != nil {
		f.picker.Info(string(msg.uid), []widget.Line{append(widget.Words(theme.Warn, "not known: "), notice.Cause(msg.err)...)})
		return
	}
	f.picker.Info(string(msg.uid), f.tab.lookLines(msg.facts, ""))
}
