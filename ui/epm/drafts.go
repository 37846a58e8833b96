package epm

import (
	"countersign/model"
	"countersign/ui/decide"
)

// wording is how the words of a decision are asked for here. The vault has no place
// for them.
func wording(k kind) decide.Wording {
	a := decide.Wording{Approving: "if you like; kept here, the vault takes none", Denying: "more about it; kept here, the vault takes none",
		Reasons: []string{"not needed for the task", "unknown program", "use the packaged version", "ask your manager first", "looks like an attack"}}
	if k == device {
		a.Reasons = []string{"unknown device", "unexpected place", "ask the owner first", "too many devices", "looks like an attack"}
	}
	return a
}

// draftOf says what was being written: the words that go with an action on one
// thing, or, for no thing, on the marked ones.
type draftOf struct {
	of  ref
	act model.Action
}

// key finds the draft again.
func (of draftOf) key() string {
	return map[model.Action]string{model.ActApprove: "a", model.ActDeny: "d", model.ActNote: "c", model.ActClose: "x", model.ActReopen: "x"}[of.act]
}
