package workflow_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// heavy reports whether the long forms of the tests are wanted.
func heavy() bool { return os.Getenv("COUNTERSIGN_HEAVY") != "" }

const raceDir = "COUNTERSIGN_TEST_RACE_DIR"

// TestRaceChild is no test: it is what the processes of
// TestProcessesDecideEachRequestOnce run. It votes on every request, prints the
// numbers that it decided, and fails on anything but having been too late.
func TestRaceChild(t *testing.T) {
	dir := os.Getenv(raceDir)
	if dir == "" {
		return
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	svc := workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: policy()}})
	who := model.PersonID(os.Getenv("COUNTERSIGN_TEST_WHO"))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		page, err := svc.Requests(ctx, who, workflow.Query{View: workflow.RequestsWaiting, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Rows) == 0 {
			return
		}
		for _, row := range page.Rows {
			v, err := svc.Case(ctx, who, row.Number)
			if err != nil {
				t.Fatal(err)
			}
			_, err = svc.Decide(ctx, who, workflow.Decision{Number: row.Number, Revision: v.Request.Revision,
				Digest: v.Statement(v.Request.Allowed).Digest(), Verdict: model.Approve, Allow: v.Request.Allowed})
			var late *workflow.Conflict
			switch {
			case err == nil:
				fmt.Fprintf(out, "won %s\n", row.Number)
			case errors.As(err, &late) && late.Decided && late.By != "":
			default:
				t.Fatalf("%s: %v", row.Number, err)
			}
		}
	}
}

// Eight processes with eight approvers decide the same requests. Each is decided
// once, whoever presses first, and the audit chain tells it.
func TestProcessesDecideEachRequestOnce(t *testing.T) {
	t.Parallel()
	requests := 200
	if heavy() {
		requests = 2000
	}
	w := newWorld(t)
	who := w.approvers(8)
	w.clock.advance(time.Since(w.clock.now()))
	for range requests {
		w.submit("alice", draft())
	}
	won := map[string]string{}
	outputs := make([]bytes.Buffer, len(who))
	children := make([]*exec.Cmd, len(who))
	for i, id := range who {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRaceChild$", "-test.count=1")
		cmd.Env = append(os.Environ(), raceDir+"="+w.db.Dir(), "COUNTERSIGN_TEST_WHO="+string(id))
		cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		children[i] = cmd
	}
	for i, cmd := range children {
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%s: %v\n%s", who[i], err, outputs[i].String())
		}
		for line := range strings.Lines(outputs[i].String()) {
			number, is := strings.CutPrefix(strings.TrimSpace(line), "won ")
			if !is {
				continue
			}
			if other, twice := won[number]; twice {
				t.Errorf("%s was decided by %s and by %s", number, other, who[i])
			}
			won[number] = string(who[i])
		}
	}
	if len(won) != requests {
		t.Errorf("%d requests were won, want %d", len(won), requests)
	}
	w.checkDecided(won)
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

// checkDecided checks that the queue and the audit chain say what the winners
// were told.
func (w *world) checkDecided(won map[string]string) {
	w.t.Helper()
	votes := map[string]int{}
	for after := workflow.Cursor(""); ; {
		page, err := w.svc.Audit(w.ctx, "sam", workflow.Query{Terms: []workflow.Term{{Key: "action", Value: "request.approve"}}, After: after})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range page.Rows {
			votes[e.Object]++
			if won[e.Object] != string(e.Actor) {
				w.t.Errorf("%s: the audit names %s, %s was told", e.Object, e.Actor, won[e.Object])
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	for number := range won {
		v := w.view("priya", model.Number(number))
		if votes[number] != 1 || len(v.Approvals[0].Votes) != 1 || len(v.Tasks) != 1 || v.Request.State != model.InProcess {
			w.t.Errorf("%s: %d audit entries, %d votes, %d tasks, %s", number, votes[number], len(v.Approvals[0].Votes), len(v.Tasks), v.Request.State)
		}
	}
	if chain, err := w.svc.VerifyAudit(w.ctx, "sam"); err != nil || !chain.Intact {
		w.t.Errorf("the chain: %+v, %v", chain, err)
	}
}
