package epm

import (
	"countersign/model"
	"countersign/ui/decide"
)

// wording is how the words of a decision are asked for here.
func wording(k kind) decide.Wording {
	if k == device {
		return decide.ForDevices()
	}
	return decide.ForEndpoints()
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
