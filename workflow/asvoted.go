package workflow

import (
	"fmt"
	"strings"

	"countersign/model"
	"countersign/store"
)

// exchangedWords says that a request is not what was approved.
const exchangedWords = "what it asks for is not what was approved: it was changed in the queue outside this program; run `countersign audit verify`, and have it requested anew"

// exchanged says why the work on a request must not go out, "" where it may: what
// was shown is what was approved, and that is what is carried out (DESIGN 1). A vote
// counts for as much as the audit chain has of it.
func exchanged(tx *store.Tx, c model.Case) (string, error) {
	n := namesIn(tx)
	voted := c.AsVoted(n.short)
	if n.err != nil || !voted {
		return exchangedWords, n.err
	}
	if c.Request.Item == model.ItemRevoke {
		return "", nil // nobody votes on it
	}
	history, err := audited(tx, c.Request.Number, "request.")
	if err != nil || votesAudited(c, history) {
		return "", err
	}
	return exchangedWords, nil
}

// asVoted fails with a *Conflict where a request is not what was approved.
func asVoted(tx *store.Tx, c model.Case) error {
	why, err := exchanged(tx, c)
	if err != nil || why == "" {
		return err
	}
	return &Conflict{Number: c.Request.Number, State: c.Request.State, At: c.Request.Updated, Changed: []string{why}}
}

// exchangedOrderWords says that an order is not what was approved.
const exchangedOrderWords = "this order gives something else than was approved: it was changed in the queue outside this program; run `countersign audit verify`, and plan it again"

// exchangedFor is exchanged for an order, which may do what nobody voted on: end
// access, or give back what stood before. It looks at the order itself as well, and at
// what its sealed answers have become.
func exchangedFor(tx *store.Tx, op model.Operation) (string, error) {
	c, err := loadCaseByID(tx, op.RequestID)
	if err != nil {
		return "", err
	}
	fulfils := roleOf(op) == roleFulfil
	if fulfils {
		if why, err := exchanged(tx, c); err != nil || why != "" {
			return why, err
		}
	}
	switch {
	case !c.Covers(op, fulfils):
		return exchangedOrderWords, nil
	case needsSecrets(op):
		return resealedElsewhere(tx, c)
	}
	return "", nil
}

// mostAudited is more entries of one kind than a request comes to have.
const mostAudited = 10_000

// audited reads what the audit chain has about a request, the latest first: the
// entries whose action begins so.
func audited(tx *store.Tx, n model.Number, action string) ([]model.AuditEntry, error) {
	page, err := tx.Audit(store.AuditQuery{Objects: []string{string(n)}, Action: action, Span: store.Span{Limit: mostAudited}})
	return page.Rows, err
}

// votesAudited reports whether the audit chain has every vote on a request, by the
// same person, the same way and on the same statement.
func votesAudited(c model.Case, history []model.AuditEntry) bool {
	type said struct {
		who    model.PersonID
		action string
		digest string
	}
	have := map[said]bool{}
	for _, e := range history {
		digest, _, _ := strings.Cut(strings.TrimPrefix(e.Detail, "digest "), ",")
		have[said{e.Actor, e.Action, digest}] = true
	}
	for _, ap := range c.Approvals {
		for _, v := range ap.Votes {
			if !have[said{v.Voter, "request." + string(v.Verdict), string(v.Digest)}] {
				return false
			}
		}
	}
	return true
}

// resealedElsewhere says which sealed answer of a request is neither the one that was
// approved nor what a rotation of keys made of it, as the audit chain has it; "" where
// all are.
func resealedElsewhere(tx *store.Tx, c model.Case) (string, error) {
	rows, err := tx.Sealed(c.Request.ID)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if row.Resealed == "" {
			continue
		}
		history, err := audited(tx, c.Request.Number, actionReseal)
		if err != nil {
			return "", err
		}
		if !ledTo(row, history) {
			return fmt.Sprintf("the sealed answer to %q is not the one that was approved, and no rotation of keys made it: it was changed in the queue outside this program; run `countersign audit verify`, and have it requested anew", row.Field), nil
		}
	}
	return "", nil
}

// ledTo reports whether rotations of keys led from what was approved to what lies
// there now. The history's latest entry is its first.
func ledTo(row store.SealedSecret, history []model.AuditEntry) bool {
	now := row.Resealed
	for _, e := range history {
		from, made := strings.CutPrefix(e.Detail, row.Field+" from ")
		from, to, _ := strings.Cut(from, " to ")
		to, _, _ = strings.Cut(to, " ")
		if made && to == now {
			now = from
		}
	}
	return now == row.Commitment
}

// exchangedDecision says why the order that carries out a decision must not go out,
// "" where it may: it has to be about what was decided, the way that the audit chain
// has it. An approval is held against the evidence as well; what is denied may become
// better known meanwhile.
func (s *Service) exchangedDecision(tx *store.Tx, op model.Operation) (string, error) {
	var object model.Number
	var uid, kind, about string
	var vote model.EndpointVote
	var now model.Digest
	if op.Kind.OnDevice() {
		d, err := s.device(tx, op.DeviceID)
		if err != nil {
			return "", err
		}
		object, uid, kind, about, vote = d.Object(), d.DeviceID, "device.", op.Intent.Device, d.Decision
		now = model.StatementOfDevice(d).Digest()
		vote.Digest = now // only the audit has what was decided on
	} else {
		e, _, err := tx.Endpoint(op.EndpointID)
		if err != nil {
			return "", err
		}
		object, uid, kind, about, vote = e.Incident, string(e.UID), "endpoint.", string(op.Intent.Approval), e.Decision
		now = model.StatementOfEndpoint(e).Digest()
	}
	approves := wants(op) == model.EndpointApproved
	if about != uid || approves != (vote.Verdict == model.Approve) || approves && now != vote.Digest {
		return exchangedDecisionWords, nil
	}
	history, err := audited(tx, object, kind+string(vote.Verdict))
	if err != nil {
		return "", err
	}
	for _, e := range history {
		if e.Actor == vote.By && e.Detail == decisionDetail(uid, vote.Digest) {
			return "", nil
		}
	}
	return exchangedDecisionWords, nil
}

// exchangedDecisionWords says that what is to be decided is not what was.
const exchangedDecisionWords = "this is not what was decided: it was changed in the queue outside this program; run `countersign audit verify`, and decide anew"
