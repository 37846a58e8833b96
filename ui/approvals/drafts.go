package approvals

import (
	"fmt"
	"strings"

	"countersign/model"
	"countersign/ui/notice"

	tea "charm.land/bubbletea/v2"
)

// draftOf says what was being written: a comment on a request, or the words of
// one verdict on it, or, without a number, on the marked ones. What was written to deny is no comment to an approval.
type draftOf struct {
	number  model.Number
	verdict model.Verdict // "" for a comment
}

// draft is what was written before a dialog was left.
type draft struct {
	reason string // the choice among the common ones
	text   string
}

// drafts keep what was not sent for as long as the console is open.
type drafts map[draftOf]draft

// keep remembers what was written, and forgets it where there is nothing.
func (d drafts) keep(of draftOf, what draft) {
	if what.reason == "" && strings.TrimSpace(what.text) == "" {
		delete(d, of)
		return
	}
	d[of] = what
}

// told keeps a draft and says how to find it again, nothing where there is none.
func (d drafts) told(of draftOf, what draft) tea.Cmd {
	d.keep(of, what)
	if _, kept := d[of]; !kept {
		return nil
	}
	key := map[model.Verdict]string{"": "c", model.Approve: "a", model.Deny: "d"}[of.verdict]
	return notice.Warn("kept as a draft: " + key + " opens it")
}

// settled turns what was written for a decision that nobody can take any more
// into a comment, so that it can still be sent.
func (d drafts) settled(n model.Number) {
	for _, v := range []model.Verdict{model.Approve, model.Deny} {
		old, comment := d[draftOf{n, v}], draftOf{number: n}
		delete(d, draftOf{n, v})
		if _, taken := d[comment]; !taken {
			d.keep(comment, draft{text: old.text})
		}
	}
}

// unsaved says what leaving would lose.
func (d drafts) unsaved() string {
	if len(d) > 1 {
		return fmt.Sprintf("%d drafts that were not sent", len(d))
	}
	for of := range d {
		if of.number == "" {
			return "a draft for the marked requests that was not sent"
		}
		return "a draft for " + string(of.number) + " that was not sent"
	}
	return ""
}
