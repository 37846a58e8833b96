package approvals

import (
	"fmt"

	"countersign/model"
	"countersign/ui/decide"
)

// draftOf says what was being written: a comment on a request, or the words of
// one verdict on it, or, without a number, on the marked ones, or the words of
// another action. What was written to deny is no comment to an approval.
type draftOf struct {
	number  model.Number
	verdict model.Verdict // "" for a comment and for other actions
	act     model.Action  // "" for a comment and for decisions
}

// key finds the draft again.
func (of draftOf) key() string {
	keys := map[model.Action]string{model.ActAsk: "i", model.ActReassign: "m", model.ActEmergency: "!", model.ActReview: "r"}
	if of.act != "" {
		return keys[of.act]
	}
	return map[model.Verdict]string{"": "c", model.Approve: "a", model.Deny: "d"}[of.verdict]
}

// settled turns what was written for a decision that nobody can take any more
// into a comment, so that it can still be sent.
func (t *Tab) settled(n model.Number) {
	for _, of := range []draftOf{{number: n, verdict: model.Approve}, {number: n, verdict: model.Deny}, {number: n, act: model.ActEmergency}} {
		old, comment := t.drafts[of], draftOf{number: n}
		delete(t.drafts, of)
		if _, taken := t.drafts[comment]; !taken {
			t.drafts.Keep(comment, decide.Draft{Text: old.Text})
		}
	}
}

// unsent says which drafts leaving would lose.
func (t *Tab) unsent() string {
	if len(t.drafts) > 1 {
		return fmt.Sprintf("%d drafts that were not sent", len(t.drafts))
	}
	for of := range t.drafts {
		if of.number == "" {
			return "a draft for the marked requests that was not sent"
		}
		return "a draft for " + string(of.number) + " that was not sent"
	}
	return ""
}
