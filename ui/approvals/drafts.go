package approvals

import (
	"fmt"

	"countersign/model"
	"countersign/ui/decide"
)

// draftOf says what was being written: a comment on a request, or the words of
// one verdict on it, or, without a number, on the marked ones. What was written to
// deny is no comment to an approval.
type draftOf struct {
	number  model.Number
	verdict model.Verdict // "" for a comment
}

// key finds the draft again.
func (of draftOf) key() string {
	return map[model.Verdict]string{"": "c", model.Approve: "a", model.Deny: "d"}[of.verdict]
}

// settled turns what was written for a decision that nobody can take any more
// into a comment, so that it can still be sent.
func (t *Tab) settled(n model.Number) {
	for _, v := range []model.Verdict{model.Approve, model.Deny} {
		old, comment := t.drafts[draftOf{n, v}], draftOf{number: n}
		delete(t.drafts, draftOf{n, v})
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
