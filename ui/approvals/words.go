package approvals

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

// ownWords is the id of the choice that leaves the reason to the comment.
const ownWords = "own"

// reasons are the common ones for a denial.
func reasons() []widget.Choice {
	var choices []widget.Choice
	for _, r := range []string{"not needed for the task", "too broad", "wrong record", "ask your manager first", "duplicate"} {
		choices = append(choices, widget.Choice{ID: r, Label: r})
	}
	return append(choices, widget.Choice{ID: ownWords, Label: "as written below"})
}

func newWords(t *theme.Theme, v model.Verdict) *words {
	w := &words{verdict: v, comment: widget.NewInput(t, widget.InputOptions{Placeholder: "for the requestor, if you like"})}
	if v == model.Deny {
		w.reason = widget.NewChips(t, reasons(), "")
		w.comment = widget.NewInput(t, widget.InputOptions{Placeholder: "more about it"})
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
	if w.verdict == model.Deny && strings.TrimSpace(text) == "" {
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

// text is the comment that goes with the vote.
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
