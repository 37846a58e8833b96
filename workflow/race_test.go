package workflow_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// heavy reports whether the long forms of the tests are wanted.
func heavy() bool { return os.Getenv("COUNTERSIGN_HEAVY") != "" }

// long reports whether the longest forms are, which take many minutes.
func long() bool { return os.Getenv("COUNTERSIGN_LONG") != "" }

const (
	raceDir  = "COUNTERSIGN_TEST_RACE_DIR"
	raceWho  = "COUNTERSIGN_TEST_RACE_WHO"
	raceHow  = "COUNTERSIGN_TEST_RACE_HOW"
	racers   = 8
	blindly  = "blindly"
	targets  = "targets.json"
	notedown = "attempts.json"
)

// target is a request as it was drawn for those who decide it.
type target struct {
	Number   model.Number
	Revision int64
	Digest   model.Digest
	Allow    model.Access
}

// attempt is one decision that a process tried to give: what it was told, and
// from when till when it asked.
type attempt struct {
	Number  model.Number
	Verdict model.Verdict
	Winner  string // the process itself, or whom it was told to have been first
	Began   int64  // ns of the machine's clock, which the processes share
	Ended   int64
}

// TestRaceChild is no test: it is what the processes of TestTortureDecisions run.
// It begins when its input ends, tries to decide every request, and writes down
// what it was told.
func TestRaceChild(t *testing.T) {
	dir := os.Getenv(raceDir)
	if dir == "" {
		return
	}
	ctx, who := context.Background(), os.Getenv(raceWho)
	body, err := os.ReadFile(filepath.Join(dir, targets))
	if err != nil {
		t.Fatal(err)
	}
	var all []target
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	svc := workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: policy()}})
	decide := func(d workflow.Decision) (string, error) { return decidedBy(ctx, svc, who, d) }
	if os.Getenv(raceHow) == blindly {
		decide = func(d workflow.Decision) (string, error) { return lookAndWrite(ctx, db, who, d.Number) }
	}
	file, err := os.Create(filepath.Join(dir, who+"-"+notedown))
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(file)
	notes := json.NewEncoder(out)
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, at := range all {
		d := workflow.Decision{Number: at.Number, Revision: at.Revision, Digest: at.Digest, Verdict: model.Approve, Allow: at.Allow}
		if rand.N(2) == 0 {
			d.Verdict, d.Comment = model.Deny, "not in this race"
		}
		a := attempt{Number: at.Number, Verdict: d.Verdict, Began: time.Now().UnixNano()}
		if a.Winner, err = decide(d); err != nil {
			t.Fatalf("%s: %v", at.Number, err)
		}
		a.Ended = time.Now().UnixNano()
		if err := notes.Encode(a); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// decidedBy decides, and returns who was first.
func decidedBy(ctx context.Context, svc *workflow.Service, who string, d workflow.Decision) (string, error) {
	_, err := svc.Decide(ctx, model.PersonID(who), d)
	var late *workflow.Conflict
	if errors.As(err, &late) && late.Decided {
		return late.By, nil
	}
	return who, err
}

// lookAndWrite is the control: a decision whose guard is taken out. It looks
// whether somebody was first, and writes in a transaction of its own.
func lookAndWrite(ctx context.Context, db *store.DB, who string, n model.Number) (string, error) {
	var seen store.Setting
	if err := db.Read(ctx, func(tx *store.Tx) (err error) {
		seen, err = tx.Setting("race." + string(n))
		return err
	}); err != nil || seen.Value != "" {
		return seen.Value, err
	}
	return who, db.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.Setting("race." + string(n))
		if err != nil {
			return err
		}
		_, err = tx.ChangeSetting(store.Setting{Key: now.Key, Value: who, Version: now.Version})
		return err
	})
}

// raceOf is how many requests each of the eight processes tries to decide: in the
// longest form a million decisions are attempted.
func raceOf() int { return max(tortureLength(1200, 12_000, 1_000_000)/racers, 1) }

// Eight processes with eight approvers try to decide the same requests, half of
// them one way and half the other. Each is decided once, whoever is first; everybody
// else is told by whom; and the audit chain has the decisions in their order.
func TestTortureDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := w.approvers(racers)
	w.clock.advance(time.Since(w.clock.now()))
	var all []target
	for range raceOf() {
		r := w.submit("alice", draft())
		v := w.view("priya", r.Number)
		all = append(all, target{r.Number, v.Request.Revision, v.Statement(v.Request.Allowed).Digest(), v.Request.Allowed})
	}
	h := w.race(who, all, "")
	for _, wrong := range h.wrong() {
		t.Error(wrong)
	}
	if len(h.attempts) != racers*len(all) {
		t.Errorf("%d decisions were attempted, want %d", len(h.attempts), racers*len(all))
	}
	for _, wrong := range w.undecided(h) {
		t.Error(wrong)
	}
	h.control(t)
	w.control(h)
	t.Logf("%d decisions attempted, %d taken, at most %s each; %d of the processes won some", len(h.attempts), len(all), h.longest(), len(h.winners()))
}

// TestTortureDecisionsControl takes the guard out: where a process looks first and
// writes then, the same race has several winners, and the history tells.
func TestTortureDecisionsControl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := w.approvers(racers)
	all := make([]target, 1000)
	for i := range all {
		all[i].Number = model.Number(fmt.Sprintf("REQ%07d", i+1))
	}
	if h := w.race(who, all, blindly); len(h.wrong()) == 0 {
		t.Error("nobody notices that a request is decided twice")
	}
}

// race has the processes decide, all at once, and returns what they were told.
func (w *world) race(who []model.PersonID, all []target, how string) history {
	w.t.Helper()
	body, err := json.Marshal(all)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.db.Dir(), targets), body, 0o600); err != nil {
		w.t.Fatal(err)
	}
	outputs, children := make([]bytes.Buffer, len(who)), make([]*exec.Cmd, len(who))
	waiting, start, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	for i, id := range who {
		cmd := exec.CommandContext(w.t.Context(), os.Args[0], "-test.run=^TestRaceChild$", "-test.count=1", "-test.timeout=0")
		cmd.Env = append(os.Environ(), raceDir+"="+w.db.Dir(), raceWho+"="+string(id), raceHow+"="+how)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = waiting, &outputs[i], &outputs[i]
		if err := cmd.Start(); err != nil {
			w.t.Fatal(err)
		}
		children[i] = cmd
	}
	if err := errors.Join(waiting.Close(), start.Close()); err != nil {
		w.t.Fatal(err)
	}
	h := history{requests: len(all)}
	for i, cmd := range children {
		if err := cmd.Wait(); err != nil {
			w.t.Fatalf("%s: %v\n%s", who[i], err, outputs[i].String())
		}
		h.add(w.t, string(who[i]), filepath.Join(w.db.Dir(), string(who[i])+"-"+notedown))
	}
	return h
}

// approvers adds n people to the approval group and returns their ids.
func (w *world) approvers(n int) []model.PersonID {
	w.t.Helper()
	ids := make([]model.PersonID, n)
	err := w.db.Write(w.ctx, func(tx *store.Tx) error {
		for i := range ids {
			login := "approver" + strconv.Itoa(i)
			ids[i] = model.PersonID(login)
			if err := tx.InsertPerson(model.Person{ID: ids[i], Login: login, Email: login + "@example.com", Active: true,
				Roles: []model.Role{model.RoleApprover}, Groups: []model.GroupName{approvers}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ids
}

// undecided lists what queue and audit chain say otherwise than the winners were told,
// and in another order than it can have happened in.
func (w *world) undecided(h history) (wrong []string) {
	w.t.Helper()
	won, decisions := h.won(), map[model.Number]int{}
	var order []attempt
	err := w.db.Read(w.ctx, func(tx *store.Tx) error {
		q := store.AuditQuery{Span: store.Span{Limit: 500}}
		for {
			page, err := tx.Audit(q)
			if err != nil {
				return err
			}
			for _, e := range page.Rows {
				verdict := map[string]model.Verdict{"request.approve": model.Approve, "request.deny": model.Deny}[e.Action]
				if verdict == "" {
					continue
				}
				n := model.Number(e.Object)
				decisions[n]++
				order = append(order, won[n])
				if won[n].Winner != string(e.Actor) || won[n].Verdict != verdict {
					wrong = append(wrong, fmt.Sprintf("%s: the audit has %s by %s, %s by %s was told", n, verdict, e.Actor, won[n].Verdict, won[n].Winner))
				}
			}
			if q.Span.After = page.Next(); q.Span.After == (store.Cursor{}) {
				return nil
			}
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(order) // the newest stands first
	if is := outOfOrder(order); is != "" {
		wrong = append(wrong, is)
	}
	for _, n := range slices.Sorted(maps.Keys(won)) {
		v := w.view("priya", n)
		tasks, state := 1, model.InProcess
		if won[n].Verdict == model.Deny {
			tasks, state = 0, model.ClosedRejected
		}
		if decisions[n] != 1 || len(v.Approvals[0].Votes) != 1 || len(v.Tasks) != tasks || v.Request.State != state {
			wrong = append(wrong, fmt.Sprintf("%s: %d audit entries, %d votes, %d tasks, %s", n, decisions[n], len(v.Approvals[0].Votes), len(v.Tasks), v.Request.State))
		}
	}
	if chain, err := w.svc.VerifyAudit(w.ctx, "sam"); err != nil || !chain.Intact {
		wrong = append(wrong, fmt.Sprintf("the chain: %+v, %v", chain, err))
	}
	return wrong
}

// control falsifies what was told, and then the queue, in each way that must be noticed.
func (w *world) control(h history) {
	w.t.Helper()
	for name, falsify := range map[string]func(a *attempt, by *string){
		"another verdict": func(a *attempt, _ *string) {
			a.Verdict = map[model.Verdict]model.Verdict{model.Approve: model.Deny, model.Deny: model.Approve}[a.Verdict]
		},
		"another winner": func(a *attempt, by *string) { a.Winner, *by = "priya", "priya" },
		"a decision that came later": func(a *attempt, _ *string) {
			a.Began, a.Ended = a.Began+int64(time.Hour), a.Ended+int64(time.Hour)
		},
	} {
		f := history{requests: h.requests, attempts: slices.Clone(h.attempts), by: slices.Clone(h.by)}
		for i := range f.attempts {
			if f.attempts[i].Winner == f.by[i] { // the first one of all: others come behind it
				falsify(&f.attempts[i], &f.by[i])
				break
			}
		}
		if len(w.undecided(f)) == 0 {
			w.t.Errorf("nobody notices %s", name)
		}
	}
	raw, err := sql.Open("sqlite3", "file:"+filepath.Join(w.db.Dir(), "queue.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer raw.Close()
	found := 0
	for _, statement := range []string{
		"DELETE FROM vote WHERE id = (SELECT min(id) FROM vote)",
		"DELETE FROM task WHERE id = (SELECT max(id) FROM task)",
	} {
		if _, err := raw.Exec(statement); err != nil {
			w.t.Fatal(err)
		}
		now := len(w.undecided(h))
		if now <= found {
			w.t.Errorf("nobody notices %s", statement)
		}
		found = now
	}
}
