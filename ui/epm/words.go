package epm

import (
	"strings"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// words are what the decider says: a comment, and before a denial one of the
// common reasons.
type words struct {
	verdict model.Verdict
	reason  *widget.Chips // nil when approving
	comment *widget.Input
}

// draft is what was written before a dialog was left.
type draft struct{ reason, text string }

// draftOf says what was being written: the words that go with an action on one
// thing, or, for no thing, on the marked ones.
type draftOf struct {
	of  ref
	act model.Action
}

// ownWords is the id of the choice that leaves the reason to the comment.
const ownWords = "own"

// reasons are the common ones for a denial.
func reasons(k kind) []widget.Choice {
	all := []string{"not needed for the task", "unknown program", "use the packaged version", "ask your manager first", "looks like an attack"}
	if k == device {
		all = []string{"unknown device", "unexpected place", "ask the owner first", "too many devices", "looks like an attack"}
	}
	choices := make([]widget.Choice, 0, len(all)+1)
	for _, r := range all {
		choices = append(choices, widget.Choice{ID: r, Label: r})
	}
	return append(choices, widget.Choice{ID: ownWords, Label: "as written below"})
}

func newWords(t *theme.Theme, v model.Verdict, k kind) *words {
	w := &words{verdict: v, comment: widget.NewInput(t, widget.InputOptions{Placeholder: "if you like; kept here, the vault takes none"})}
	if v == model.Deny {
		w.reason = widget.NewChips(t, reasons(k), "")
		w.comment = widget.NewInput(t, widget.InputOptions{Placeholder: "more about it; kept here, the vault takes none"})
	}
	return w
}

// draft is what is written; take writes it again.
func (w *words) draft() draft {
	d := draft{text: w.comment.Value()}
	if w.reason != nil {
		d.reason = w.reason.Value()
	}
	return d
}

func (w *words) take(d draft) {
	w.comment.SetValue(d.text)
	if w.reason != nil && d.reason != "" {
		w.reason.Take(d.reason)
	}
}

// items are the fields of a dialog.
func (w *words) items() []widget.FormItem {
	comment := widget.FormItem{Label: "Comment", Field: w.comment, Check: w.problem}
	if w.reason == nil {
		return []widget.FormItem{comment}
	}
	return []widget.FormItem{{Label: "Reason", Field: w.reason}, comment}
}

// problem is why the words will not do, "" if they do.
func (w *words) problem() string {
	text := w.text()
	if w.verdict == model.Deny && text == "" {
		return "pick a reason, or say why"
	}
	return widget.TooLong(text, workflow.MaxComment)
}

// recheck takes back what was said against the words once they will do.
func (w *words) recheck(f *widget.Form) {
	if w.problem() == "" {
		f.SetError(w.comment, "")
	}
}

// text is the comment that goes with the decision.
func (w *words) text() string {
	comment := strings.TrimSpace(w.comment.Value())
	if w.reason == nil || w.reason.Value() == "" || w.reason.Value() == ownWords {
		return comment
	}
	if comment == "" {
		return w.reason.Value()
	}
	return w.reason.Value() + ": " + comment
}

// keep remembers what was written, and forgets it where there is nothing.
func (t *Tab) keep(of draftOf, d draft) {
	if d.reason == "" && strings.TrimSpace(d.text) == "" {
		delete(t.drafts, of)
		return
	}
	t.drafts[of] = d
}
