package workflow_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// listener is the program that is told.
type listener struct {
	got  []workflow.Event
	fail error
}

func (l *listener) tell(_ context.Context, e workflow.Event) error {
	l.got = append(l.got, e)
	return l.fail
}

// take returns what was told since the last time.
func (l *listener) take() []workflow.Event {
	got := l.got
	l.got = nil
	return got
}

// listening returns a teller whose events go to a listener, after its first round.
func (v *vaultWorld) listening(kinds ...model.OutsideEvent) (*listener, func()) {
	v.t.Helper()
	l := &listener{}
	w, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "test", AnswerLimit: 700 * time.Millisecond, SendLimit: 2 * time.Second,
		Telling: workflow.Telling{Tell: l.tell, Kinds: kinds}})
	if err != nil {
		v.t.Fatal(err)
	}
	v.worker = w
	v.svc.UseWorker(w)
	teller := w.NewTeller()
	round := func() {
		v.t.Helper()
		if err := teller.Round(v.ctx); err != nil {
			v.t.Fatal(err)
		}
	}
	round()
	return l, round
}

func logins(e workflow.Event) string {
	var all []string
	for _, to := range e.To {
		all = append(all, to.Login)
	}
	return strings.Join(all, " ")
}

func TestEventsOfARequest(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.submit("alice", draft()) // before anybody listens
	l, round := v.listening()
	if got := l.take(); len(got) != 0 {
		t.Fatalf("what was before is told: %+v", got)
	}
	r := v.submit("alice", draft())
	round()
	round()
	got := l.take()
	if len(got) != 1 || got[0].Kind != model.OutsideWaiting || got[0].Number != string(r.Number) || got[0].Group != string(approvers) ||
		logins(got[0]) != "dana omar" || got[0].Requestor != "alice" || got[0].Due == nil || got[0].ID == "" {
		t.Fatalf("a new request: %+v", got)
	}
	body, err := json.Marshal(got[0])
	if err != nil || strings.Contains(string(body), r.Justification) || strings.Contains(string(body), r.Target.Title) {
		t.Errorf("what is asked for and why leaves the queue: %s, %v", body, err)
	}
	v.approve("dana", r.Number)
	round()
	if got = l.take(); len(got) != 1 || got[0].Kind != model.OutsideDecided || logins(got[0]) != "alice" || got[0].By != "dana" || !strings.Contains(got[0].Text, "approved") {
		t.Fatalf("an approval: %+v", got)
	}
	r = v.submit("bob", draft())
	v.approve("omar", r.Number)
	round()
	if got = l.take(); len(got) != 1 || got[0].Kind != model.OutsideDecided || got[0].State != string(model.InProcess) {
		t.Fatalf("decided before it could be told that it waits: %+v", got)
	}
	r = v.submit("bob", draft())
	if _, err := v.svc.Decide(v.ctx, "dana", v.decision("dana", r.Number, model.Deny, "not this week")); err != nil {
		t.Fatal(err)
	}
	round()
	if got = l.take(); len(got) != 1 || !strings.Contains(got[0].Text, "denied") {
		t.Fatalf("a denial: %+v", got)
	}
	v.submit("bob", draft())
	v.later(49 * time.Hour)
	round()
	if got = l.take(); len(got) != 2 || !strings.Contains(got[0].Text, "expired") || !strings.Contains(got[1].Text, "expired") { // and the first one
		t.Fatalf("an end: %+v", got)
	}
}

func TestOnlyWantedEventsAreKept(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening(model.OutsideDecided)
	r := v.submit("alice", draft())
	round()
	v.approve("dana", r.Number)
	round()
	if got := l.take(); len(got) != 1 || got[0].Kind != model.OutsideDecided {
		t.Errorf("told %+v", got)
	}
}

func TestEventIsToldUntilItIsTaken(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening()
	l.fail = errors.New("no mail server")
	r := v.submit("alice", draft())
	round()
	round()
	first := l.take()
	if len(first) != 1 {
		t.Fatalf("told %+v", first)
	}
	// A decision does not wait for the program.
	v.approve("dana", r.Number)
	found, err := v.svc.Checks(v.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(found, func(c workflow.Check) bool { return c.Name == "notify.told" }); found[i].State != workflow.CheckWarn || !strings.Contains(found[i].Text, "no mail server") {
		t.Errorf("doctor says %+v", found[i])
	}
	v.time.Advance(9 * time.Second)
	round()
	if got := l.take(); len(got) != 1 || got[0].Kind != model.OutsideDecided {
		t.Errorf("told too early: %+v", got)
	}
	v.time.Advance(2 * time.Second)
	l.fail = nil
	round()
	if got := l.take(); len(got) != 1 || got[0].ID != first[0].ID {
		t.Errorf("told again: %+v, want %s", got, first[0].ID)
	}
	v.time.Advance(time.Hour)
	round()
	if got := l.take(); len(got) != 1 || got[0].Kind != model.OutsideDecided {
		t.Errorf("the other: %+v", got)
	}
	round()
	if got := l.take(); len(got) != 0 {
		t.Errorf("told once more: %+v", got)
	}
}

func TestEventIsGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening(model.OutsideWaiting)
	l.fail = errors.New("no such program")
	v.submit("alice", draft())
	for range 40 {
		round()
		v.time.Advance(time.Hour)
	}
	if n := len(l.take()); n < 20 || n > 32 {
		t.Errorf("tried %d times", n)
	}
	found, err := v.svc.Checks(v.ctx)
	i := slices.IndexFunc(found, func(c workflow.Check) bool { return c.Name == "notify.told" })
	if err != nil || found[i].State != workflow.CheckBad {
		t.Errorf("doctor says %+v, %v", found[i], err)
	}
}

// TestEventIsToldAgainAfterACrash ends the worker after the program has taken the
// event and before that is recorded.
func TestEventIsToldAgainAfterACrash(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening()
	ctx, cancel := context.WithCancel(v.ctx)
	w, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "test", Telling: workflow.Telling{Tell: func(c context.Context, e workflow.Event) error {
		cancel()
		return l.tell(c, e)
	}}})
	if err != nil {
		t.Fatal(err)
	}
	v.submit("alice", draft())
	_ = w.NewTeller().Round(ctx) // it ends as it must
	first := l.take()
	round()
	second := l.take()
	if len(first) != 1 || len(second) != 1 || first[0].ID != second[0].ID {
		t.Errorf("told %+v, then %+v", first, second)
	}
}

// TestManyOldEntriesArePassedOver has nobody listen for a while in which much happens.
func TestManyOldEntriesArePassedOver(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening()
	for range 150 {
		v.submit("alice", draft())
	}
	v.time.Advance(25 * time.Hour)
	r := v.submit("alice", draft())
	round()
	if got := l.take(); len(got) != 1 || got[0].Number != string(r.Number) {
		t.Errorf("told %d events: %+v", len(got), got)
	}
}

func TestOldEntriesAreNotTold(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening()
	v.submit("alice", draft())
	v.time.Advance(25 * time.Hour)
	round()
	if got := l.take(); len(got) != 0 {
		t.Errorf("told a day later: %+v", got)
	}
}

func TestEventsOfEndpointRequests(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening()
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		_, err := tx.InsertEndpoint(model.EndpointRequest{UID: "AAAAAAAAAAAAAAAAAAAAAQ", Kind: "CommandLine", State: model.EndpointPending, Group: approvers,
			Created: tx.Now, Minutes: 10, Expires: tx.Now.Add(10 * time.Minute), Seen: tx.Now, Incident: "SIR0010001", Revision: 1})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	round()
	if got := l.take(); len(got) != 0 {
		t.Fatalf("it does not end soon: %+v", got)
	}
	v.time.Advance(6 * time.Minute)
	round()
	round()
	got := l.take()
	if len(got) != 1 || got[0].Kind != model.OutsideEnding || got[0].Number != "SIR0010001" || logins(got[0]) != "dana omar" {
		t.Errorf("it ends soon: %+v", got)
	}
}

func TestTroubleThatLastsIsTold(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l, round := v.listening()
	v.sim.RevokeKey(simKey)
	v.worker.AskHealth(v.ctx)
	round()
	if got := l.take(); len(got) != 0 {
		t.Fatalf("it may pass: %+v", got)
	}
	v.time.Advance(2 * time.Minute)
	round()
	round()
	if got := l.take(); len(got) != 1 || got[0].Kind != model.OutsideTrouble || logins(got[0]) != "priya" || !strings.Contains(got[0].Text, "refuses the key") {
		t.Fatalf("it lasts: %+v", got)
	}
	v.sim.SetKey(vaultsim.Key{Value: simKey})
	v.worker.AskHealth(v.ctx)
	round()
	if got := l.take(); len(got) != 1 || got[0].Kind != model.OutsideWell {
		t.Errorf("it is over: %+v", got)
	}
}
