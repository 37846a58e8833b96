package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"countersign/model"
)

// errLost is what a decision returns when somebody else was first.
var errLost = errors.New("somebody else decided")

// decide is one decision as the workflow makes it: read the case, vote, close
// the step, move the request, open the task, write journal and audit, all or
// nothing.
func decide(ctx context.Context, db *DB, n model.Number, who model.PersonID, comment string) error {
	return db.Write(ctx, func(tx *Tx) error {
		c, found, err := tx.Case(n)
		if err != nil || !found {
			return fmt.Errorf("%s: %v, %w", n, found, err)
		}
		step, open := c.OpenApproval()
		if !open {
			return errLost
		}
		v := model.Vote{ApprovalID: step.ID, Voter: who, Seat: who, Verdict: model.Approve, Digest: "digest", Allowed: c.Request.Allowed,
			Comment: comment, At: tx.Now}
		if err := tx.InsertVote(v); err != nil {
			return err
		}
		if closed, err := tx.CloseApproval(step.ID, model.ApprovalApproved); err != nil || !closed {
			return errors.Join(errLost, err)
		}
		r := c.Request
		r.State = model.InProcess
		if moved, err := tx.UpdateRequest(r, model.Requested); err != nil || !moved {
			return errors.Join(errLost, err)
		}
		number, err := tx.NextNumber(model.PrefixTask)
		if err != nil {
			return err
		}
		if _, err := tx.InsertTask(model.Task{Number: number, RequestID: r.ID, Kind: model.TaskFulfil, Group: fulfillers, State: model.TaskOpen,
			Revision: 1, Correlation: r.Correlation, Created: tx.Now}); err != nil {
			return err
		}
		if err := tx.AppendEntry(model.Entry{Object: string(n), At: tx.Now, By: who, Kind: model.EntryEvent, Text: "approved"}); err != nil {
			return err
		}
		return tx.AppendAudit(model.AuditEvent{Actor: who, Action: "request.approve", Object: string(n), Detail: "digest", Correlation: r.Correlation,
			Texts: []model.AuditText{{Name: "comment", Text: comment}}})
	})
}

// decideAll tries to decide every request of a store and names those it won.
func decideAll(ctx context.Context, dir string) error {
	if _, err := io.ReadAll(os.Stdin); err != nil { // until everybody is ready
		return err
	}
	db, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	var waiting []RequestRow
	err = db.Read(ctx, func(tx *Tx) error {
		page, err := tx.Requests(RequestQuery{View: RequestsAll, Sort: SortOldest, Span: Span{Limit: 10_000}})
		waiting = page.Rows
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range waiting {
		switch err := decide(ctx, db, r.Number, bob, fmt.Sprintf("by process %d", os.Getpid())); {
		case err == nil:
			fmt.Println(r.Number)
		case !errors.Is(err, errLost):
			return err
		}
	}
	return db.Close()
}

// waitingRequests fills a store with requests that wait for one decision each.
func waitingRequests(t testing.TB, db *DB, n int) []model.Number {
	t.Helper()
	numbers := make([]model.Number, n)
	write(t, db, func(tx *Tx) error {
		for i := range n {
			r, err := openRequest(tx)
			if err != nil {
				return err
			}
			numbers[i] = r.Number
		}
		return nil
	})
	return numbers
}

// checkDecided checks that every request was won by one, once, and that the
// chain tells the same.
func checkDecided(t *testing.T, db *DB, numbers []model.Number, won map[model.Number]int) {
	t.Helper()
	for _, n := range numbers {
		if won[n] != 1 {
			t.Errorf("%s was won %d times", n, won[n])
		}
		read(t, db, func(tx *Tx) error {
			c, _, err := tx.Case(n)
			if err == nil && (len(c.Approvals[0].Votes) != 1 || len(c.Tasks) != 1 || c.Request.State != model.InProcess) {
				t.Errorf("%s: %d votes, %d tasks, %s", n, len(c.Approvals[0].Votes), len(c.Tasks), c.Request.State)
			}
			return err
		})
	}
	report, err := db.VerifyAudit(t.Context())
	if err != nil || !report.Intact() || report.Entries != int64(len(numbers)) {
		t.Errorf("audit: %+v, %v; want %d entries, intact", report, err, len(numbers))
	}
}

func TestOneOutcomeWinsAmongGoroutines(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	numbers := waitingRequests(t, db, 100)
	var mu sync.Mutex
	won := map[model.Number]int{}
	var all sync.WaitGroup
	for _, who := range []model.PersonID{alice, bob, carol} {
		for range 3 {
			all.Go(func() {
				for _, n := range numbers {
					switch err := decide(t.Context(), db, n, who, "fine"); {
					case err == nil:
						mu.Lock()
						won[n]++
						mu.Unlock()
					case !errors.Is(err, errLost):
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	checkDecided(t, db, numbers, won)
}

func TestOneOutcomeWinsAmongProcesses(t *testing.T) {
	t.Parallel()
	requests := 200
	if isHeavy() {
		requests = 2000
	}
	db, _ := world(t)
	numbers := waitingRequests(t, db, requests)
	var children []*child
	for range 8 {
		children = append(children, startChild(t, "decide", db.Dir()))
	}
	for _, c := range children {
		c.in.Close()
	}
	won, winners := map[model.Number]int{}, 0
	for _, c := range children {
		before := len(won)
		for c.out.Scan() {
			won[model.Number(strings.TrimSpace(c.out.Text()))]++
		}
		if err := c.Wait(); err != nil {
			t.Errorf("one of eight: %v\n%s", err, c.err.String())
		}
		if len(won) > before {
			winners++
		}
	}
	if winners < 2 {
		t.Errorf("%d processes won anything; they did not race", winners)
	}
	checkDecided(t, db, numbers, won)
}
