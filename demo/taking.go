package demo

import (
	"strings"

	"countersign/model"
	"countersign/store"
)

// takings adds the taking of access that was not given here, which an admin has
// begun.
func (s *stage) takings() {
	for _, k := range []struct {
		by, title, from, why string
	}{
		{"priya", "House bank e-banking", "olga@example.com", "olga has left the signatories of the house bank, FIN-20957"},
	} {
		s.requests++
		t := s.tale(k.by, k.title, model.Access{}, k.why)
		t.at(s.ago(minAgo(18)), t.take(k.from))
	}
}

// take writes that an admin begins to take somebody's access.
func (t *tale) take(from ...string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		number, err := tx.NextNumber(model.PrefixRequest)
		if err != nil {
			return err
		}
		p := policy()
		p.Steps = nil
		t.request = model.Request{Number: number, Item: model.ItemRevoke, RequestedBy: t.by.ID, RequestedFor: t.by.Email,
			Justification: t.why, Target: t.target, Answers: []model.Answer{{Field: "who", Value: strings.Join(from, "\n")}},
			State: model.Requested, Source: model.SourceConsole, Policy: p, Correlation: t.s.correlation(), Revision: 1,
			Created: tx.Now, Updated: tx.Now}
		if t.request.ID, err = tx.InsertRequest(t.request); err != nil {
			return err
		}
		step := model.Approval{RequestID: t.request.ID, Step: 1, Group: Admins, State: model.ApprovalNotRequired, Revision: 1, Decided: tx.Now}
		if _, err := tx.InsertApproval(step); err != nil {
			return err
		}
		names := strings.Join(from, ", ")
		err = t.record(tx, t.by.ID, "access.take", string(t.target.UID), []model.AuditText{{Name: "from", Text: names},
			{Name: "target", Text: t.target.Label()}, {Name: "justification", Text: t.why}},
			"takes the access of "+names+"; an admin needs no approval for that")
		if err != nil {
			return err
		}
		if err := t.move(tx, model.EventApproved); err != nil {
			return err
		}
		if err := t.openTask(tx); err != nil {
			return err
		}
		return t.claim(t.by.Login)(tx)
	}
}
