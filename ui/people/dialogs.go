package people

import (
	"context"
	"errors"
	"strings"

	"countersign/safetext"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// dialog is a form while it is written.
type dialog struct {
	of      string // what it is about: it is found again by it
	lost    string // what leaving would lose
	form    *widget.Form
	fields  map[string]widget.Field // by the names of workflow.Invalid
	options widget.DialogOptions
	do      func(ctx context.Context) ([]string, error)
}

// done is what came of a dialog, or of a key that does something at once.
type done struct {
	dialog *dialog
	says   []string
	err    error
}

// The ids of the buttons.
const (
	buttonBack    = "back"
	buttonConfirm = "confirm"
)

// dialogWidth leaves room for whole keys.
const dialogWidth = 88

// ask opens a dialog, or the same one again that was left half-written.
func (t *Tab) ask(d *dialog) {
	if t.kept != nil && t.kept.of == d.of {
		d, t.kept = t.kept, nil
	}
	t.open = d
	d.options.Form, d.options.Now, d.options.Width = d.form, t.env.Now, dialogWidth
	d.options.Done = func(id string) tea.Cmd { return t.end(d, id) }
	t.stack.Push(widget.NewDialog(t.env.Theme, d.options))
}

// buttons end a dialog; the first changes nothing.
func buttons(do string) []widget.Button {
	return []widget.Button{{ID: buttonBack, Label: "No, go back"}, {ID: buttonConfirm, Label: do, Confirm: true}}
}

func (t *Tab) end(d *dialog, id string) tea.Cmd {
	t.open = nil
	if id != buttonConfirm {
		if d.form.Dirty() {
			t.kept = d
			return notice.Warn("kept as a draft until you open it again")
		}
		return nil
	}
	return t.env.Do(func(ctx context.Context) tea.Msg {
		says, err := d.do(ctx)
		return done{d, says, err}
	})
}

// done says what came of it. What was not done can be mended and done again.
func (t *Tab) done(msg done) tea.Cmd {
	if msg.err == nil {
		words := strings.Join(msg.says, "; ")
		if words == "" {
			words = "nothing was changed"
		}
		return tea.Batch(t.load(), notice.Say(tab.NoticeOK, widget.Foreign(theme.OK, safetext.Line(words))))
	}
	var conflict *workflow.Conflict
	if d := msg.dialog; d != nil && t.stack.Empty() && !errors.As(msg.err, &conflict) {
		t.ask(d)
		var invalid workflow.Invalid
		if errors.As(msg.err, &invalid) {
			for name, reason := range invalid {
				if f, ok := d.fields[name]; ok {
					d.form.SetError(f, reason)
				}
			}
		}
	}
	return tea.Batch(t.load(), notice.Say(tab.NoticeBad, append(widget.Words(theme.Bad, "not done: "), notice.Cause(msg.err)...)))
}
