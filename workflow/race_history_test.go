package workflow_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

// history is what processes that tried to decide the same requests were told.
type history struct {
	requests int
	attempts []attempt
	by       []string // who made each attempt
}

// add reads what one process wrote down.
func (h *history) add(t *testing.T, who, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	notes := json.NewDecoder(bufio.NewReader(f))
	for notes.More() {
		var a attempt
		if err := notes.Decode(&a); err != nil {
			t.Fatal(err)
		}
		h.attempts, h.by = append(h.attempts, a), append(h.by, who)
	}
}

// won returns the attempts that decided, by request.
func (h *history) won() map[model.Number]attempt {
	won := map[model.Number]attempt{}
	for i, a := range h.attempts {
		if a.Winner == h.by[i] {
			won[a.Number] = a
		}
	}
	return won
}

// winners counts the requests that each process won.
func (h *history) winners() map[string]int {
	counts := map[string]int{}
	for _, a := range h.won() {
		counts[a.Winner]++
	}
	return counts
}

func (h *history) longest() time.Duration {
	var longest int64
	for _, a := range h.attempts {
		longest = max(longest, a.Ended-a.Began)
	}
	return time.Duration(longest)
}

// wrong lists what cannot be true of decisions that are taken once: two winners or
// none, another name than the winner's, and news of a decision before it began.
func (h *history) wrong() []string {
	var all []string
	won := h.won()
	for i, a := range h.attempts {
		first, decided := won[a.Number]
		switch {
		case !decided:
		case a.Winner != first.Winner:
			all = append(all, fmt.Sprintf("%s: %s was told that %s was first, it was %s", a.Number, h.by[i], a.Winner, first.Winner))
		case a.Ended < first.Began:
			all = append(all, fmt.Sprintf("%s: %s knew that %s was first before that one had begun", a.Number, h.by[i], first.Winner))
		case a.Winner == h.by[i] && a != first:
			all = append(all, fmt.Sprintf("%s: %s won twice", a.Number, a.Winner))
		}
	}
	if len(won) != h.requests {
		all = append(all, fmt.Sprintf("%d of %d requests have a winner", len(won), h.requests))
	}
	return all
}

// outOfOrder says which decision stands in the chain after one that began only when
// it had ended; "" where the order is one in which it can have happened.
func outOfOrder(chain []attempt) string {
	var later attempt // the one that ended first, of those behind
	for _, a := range slices.Backward(chain) {
		if later.Ended != 0 && later.Ended < a.Began {
			return fmt.Sprintf("%s stands in the chain before %s, which had ended when it began", a.Number, later.Number)
		}
		if later.Ended == 0 || a.Ended < later.Ended {
			later = a
		}
	}
	return ""
}

// control falsifies the history in each way that must be noticed.
func (h *history) control(t *testing.T) {
	t.Helper()
	winner, loser := -1, -1
	for i, a := range h.attempts {
		if a.Winner == h.by[i] {
			winner = i
		}
	}
	for i, a := range h.attempts {
		if a.Number == h.attempts[winner].Number && i != winner {
			loser = i
		}
	}
	for name, falsify := range map[string]func(f *history){
		"a second winner":         func(f *history) { f.attempts[loser].Winner = f.by[loser] },
		"no winner":               func(f *history) { f.attempts[winner].Winner = f.by[loser] },
		"another name":            func(f *history) { f.attempts[loser].Winner = "nobody" },
		"news before it happened": func(f *history) { f.attempts[loser].Ended = f.attempts[winner].Began - 1 },
		"a request that is left":  func(f *history) { f.requests++ },
		"one that won twice": func(f *history) {
			again := f.attempts[winner]
			again.Ended++
			f.attempts, f.by = append(f.attempts, again), append(f.by, f.by[winner])
		},
	} {
		f := history{requests: h.requests, attempts: slices.Clone(h.attempts), by: slices.Clone(h.by)}
		if falsify(&f); len(f.wrong()) == 0 {
			t.Errorf("nobody notices %s", name)
		}
	}
	one, two := attempt{Number: "REQ1", Began: 1, Ended: 2}, attempt{Number: "REQ2", Began: 3, Ended: 4}
	if outOfOrder([]attempt{one, two}) != "" || outOfOrder([]attempt{two, one}) == "" {
		t.Error("nobody notices decisions in the wrong order")
	}
}
