package decide

import (
	"strings"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Wording is how a tab asks for the words of a decision.
type Wording struct {
	// Approving and Denying stand in the empty comment.
	Approving, Denying string
	// Reasons are the common ones for a denial.
	Reasons []string
}

// Words are what the decider says: a comment, and before a denial one of the
// common reasons.
type Words struct {
	verdict model.Verdict
	reason  *widget.Chips // nil when approving
	comment *widget.Input
}

// ownWords is the id of the choice that leaves the reason to the comment.
const ownWords = "own"

// NewWords returns empty words for a verdict.
func NewWords(t *theme.Theme, v model.Verdict, in Wording) *Words {
	if v != model.Deny {
		return &Words{verdict: v, comment: widget.NewInput(t, widget.InputOptions{Placeholder: in.Approving})}
	}
	choices := make([]widget.Choice, 0, len(in.Reasons)+1)
	for _, r := range in.Reasons {
		choices = append(choices, widget.Choice{ID: r, Label: r})
	}
	choices = append(choices, widget.Choice{ID: ownWords, Label: "as written below"})
	return &Words{verdict: v, reason: widget.NewChips(t, choices, ""),
		comment: widget.NewInput(t, widget.InputOptions{Placeholder: in.Denying})}
}

// Draft is what is written; Take writes it again.
func (w *Words) Draft() Draft {
	d := Draft{Text: w.comment.Value()}
	if w.reason != nil {
		d.Reason = w.reason.Value()
	}
	return d
}

// Take writes what was written before.
func (w *Words) Take(d Draft) {
	w.comment.SetValue(d.Text)
	if w.reason != nil && d.Reason != "" {
		w.reason.Take(d.Reason)
	}
}

// Items are the fields of a dialog.
func (w *Words) Items() []widget.FormItem {
	comment := widget.FormItem{Label: "Comment", Field: w.comment, Check: w.problem}
	if w.reason == nil {
		return []widget.FormItem{comment}
	}
	return []widget.FormItem{{Label: "Reason", Field: w.reason}, comment}
}

// problem is why the words will not do, "" if they do.
func (w *Words) problem() string {
	text := w.Text()
	if w.verdict == model.Deny && text == "" {
		return "pick a reason, or say why"
	}
	return widget.TooLong(text, workflow.MaxComment)
}

// Recheck takes back what the form says against the words once they will do.
func (w *Words) Recheck(f *widget.Form) {
	if w.problem() == "" {
		f.SetError(w.comment, "")
	}
}

// Text is the comment that goes with the decision, without blanks at its ends.
func (w *Words) Text() string {
	comment := strings.TrimSpace(w.comment.Value())
	if w.reason == nil || w.reason.Value() == "" || w.reason.Value() == ownWords {
		return comment
	}
	if comment == "" {
		return w.reason.Value()
	}
	return w.reason.Value() + ": " + comment
}
