package workflow_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// Everybody does everything at once to the same requests: vote, ask, answer, reassign,
// break the glass. Whatever came first, in the end each person has had one part, the
// request is where the votes that count have brought it, and the chain is whole.
func TestEverythingAtOnceLeavesOneStory(t *testing.T) {
	t.Parallel()
	p := steps(model.PolicyStep{Group: board, Mode: model.NOf, Needed: 2, Denied: 2}, model.PolicyStep{Group: security, Mode: model.AnyOne})
	p.Emergency = onCall
	w := teamWorld(t, p)
	w.acts("ivy", "omar")
	w.acts("grace", "hana")
	rounds := 12
	if heavy() {
		rounds = 200
	}
	ends := map[model.RequestState]int{}
	for range rounds {
		r := w.submit("alice", draft())
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for _, who := range []model.PersonID{"alice", "dana", "omar", "erin", "frank", "grace", "gus", "hana", "ivy", "priya"} {
			wg.Go(func() {
				<-begin
				for range 6 {
					if err := w.anything(who, r.Number); err != nil {
						t.Errorf("%s: %v", who, err)
					}
				}
			})
		}
		close(begin)
		wg.Wait()
		ends[w.oneStory(r.Number)]++
	}
	if len(ends) < 2 {
		t.Errorf("every request ended alike: %v", ends)
	}
	if report, err := w.db.VerifyAudit(w.ctx); err != nil || !report.Intact() {
		t.Errorf("audit %+v, %v", report, err)
	}
}

// anything does one thing to a request as somebody, and returns what nobody should
// meet: an error that is no refusal.
func (w *world) anything(who model.PersonID, n model.Number) error {
	c, err := w.svc.Case(w.ctx, "priya", n)
	if err != nil {
		return err
	}
	d := workflow.Decision{Number: n, Revision: c.Request.Revision, Digest: c.Statement(c.Request.Allowed).Digest(),
		Verdict: model.Approve, Allow: c.Request.Allowed, Comment: "so"}
	switch rand.IntN(12) {
	case 0:
		err = w.svc.Ask(w.ctx, who, n, "why?")
	case 1, 2:
		err = w.svc.Reply(w.ctx, who, n, "because")
	case 3:
		err = w.svc.Reassign(w.ctx, who, n, []model.GroupName{board, security, approvers}[rand.IntN(3)], "theirs")
	case 4:
		if rand.IntN(4) == 0 {
			_, err = w.svc.ApproveInEmergency(w.ctx, who, workflow.Emergency{Decision: d, Phrase: model.EmergencyPhrase(n), Reason: "now"})
		}
	case 5, 6:
		d.Verdict = model.Deny
		_, err = w.svc.Decide(w.ctx, who, d)
	default:
		_, err = w.svc.Decide(w.ctx, who, d)
	}
	var wrong workflow.Invalid
	if err == nil || denied(err) != "" || conflict(err) != nil || errors.As(err, &wrong) {
		return nil
	}
	return err
}

// oneStory holds what is stored of a request against its votes, and returns where it
// is.
func (w *world) oneStory(n model.Number) model.RequestState {
	w.t.Helper()
	c := w.view("priya", n)
	var had []model.PersonID
	open, approved, rejected, alone := 0, 0, 0, false
	for _, ap := range c.Counted() {
		for _, v := range ap.Votes {
			if slices.Contains(had, v.Voter) || v.Seat != v.Voter && slices.Contains(had, v.Seat) {
				w.t.Errorf("%s: somebody had two parts: %+v", n, c.Counted())
			}
			if v.Voter == "alice" || v.Seat == "alice" {
				w.t.Errorf("%s: alice decided her own", n)
			}
			had = append(had, v.Voter, v.Seat)
			alone = alone || v.Emergency
		}
		switch ap.State {
		case model.ApprovalRequested:
			open++
		case model.ApprovalApproved:
			approved++
		case model.ApprovalRejected:
			rejected++
		}
	}
	for _, ap := range c.Approvals {
		if ap.MovedBy != "" && slices.Contains(had, ap.MovedBy) {
			w.t.Errorf("%s: %s chose who decides, and decided", n, ap.MovedBy)
		}
	}
	want := map[model.RequestState]bool{
		model.Requested:      open == 1 && rejected == 0,
		model.InProcess:      open == 0 && rejected == 0 && (approved == 2 || alone) && len(c.Tasks) == 1 && !c.Request.NeedsInfo,
		model.ClosedRejected: open == 0 && rejected == 1 && len(c.Tasks) == 0,
	}
	if !want[c.Request.State] || alone != (c.Review.ID != 0) {
		w.t.Errorf("%s is %s with %d open, %d approved, %d rejected, review %+v", n, c.Request.State, open, approved, rejected, c.Review)
	}
	return c.Request.State
}
