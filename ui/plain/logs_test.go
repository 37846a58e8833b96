package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/workflow"
)

// viewNamed is one of the lists.
func viewNamed(t *testing.T, name string) view {
	t.Helper()
	all := views()
	n := slices.IndexFunc(all, func(v view) bool { return v.name == name })
	if n < 0 {
		t.Fatalf("there is no list %s", name)
	}
	return all[n]
}

func TestAFilterMeansWhatItMeansInTheTab(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 2*60*60)
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, east)
	for _, tt := range []struct {
		name, view, filter string
		words              []string
		terms              []workflow.Term
	}{
		{"words are looked up", "application", "no answer", []string{"no", "answer"}, nil},
		{"words in quotes are looked for as they are", "application", `"o answ" vault`, []string{"vault"}, []workflow.Term{{Key: "exact", Value: "o answ"}}},
		{"times are those of the place", "application", "from:11:30", nil, []workflow.Term{{Key: "from", Value: "2026-11-21T11:30:00+02:00"}}},
		{"times of the commands to the vault", "vault", "to:2026-11-20", nil, []workflow.Term{{Key: "to", Value: "2026-11-20T00:00:00+02:00"}}},
		{"quotes keep words together elsewhere", "vault", `"share record"`, []string{"share record"}, nil},
	} {
		q, err := viewNamed(t, tt.view).query(tt.filter, noon, east)
		if err != nil || !slices.Equal(q.Words, tt.words) || !slices.Equal(q.Terms, tt.terms) {
			t.Errorf("%s: %q asks for %q and %v, %v; want %q and %v", tt.name, tt.filter, q.Words, q.Terms, err, tt.words, tt.terms)
		}
	}
	if _, err := viewNamed(t, "application").query("from:soon", noon, east); err == nil {
		t.Error("a time that is none was taken")
	}
}

// linesOf answers questions about so many lines, a few for each.
func linesOf(n, few int) func(workflow.Query) (workflow.LogPage, error) {
	return func(q workflow.Query) (workflow.LogPage, error) {
		at := 0
		if q.After != "" {
			if _, err := fmt.Sscan(string(q.After), &at); err != nil {
				return workflow.LogPage{}, err
			}
		}
		p := workflow.LogPage{Top: int64(n)}
		for ; at < n && len(p.Rows) < few; at++ {
			p.Rows = append(p.Rows, workflow.LogRow{ID: int64(n - at)})
		}
		if at < n {
			p.Next = workflow.Cursor(fmt.Sprint(at))
		}
		return p, nil
	}
}

func TestASearchGoesOnUntilThePageIsFull(t *testing.T) {
	t.Parallel()
	answer := linesOf(9, 2)
	slow := func(q workflow.Query) (workflow.LogPage, error) {
		p, err := answer(q)
		if p.Next != "" {
			p.Reached = time.Unix(int64(len(p.Next)), 0)
		}
		return p, err
	}
	if rows, next, err := searched(workflow.Query{Limit: 5}, slow); err != nil || len(rows) != 6 || next != "6" {
		t.Errorf("%d lines, going on at %q, %v", len(rows), next, err)
	}
	if rows, next, err := searched(workflow.Query{Limit: 20}, slow); err != nil || len(rows) != 9 || next != "" {
		t.Errorf("%d lines, going on at %q, %v", len(rows), next, err)
	}
	late := errors.Join(context.DeadlineExceeded)
	rows, next, err := searched(workflow.Query{Limit: 20}, func(q workflow.Query) (workflow.LogPage, error) {
		if q.After == "4" {
			return workflow.LogPage{}, late
		}
		return slow(q)
	})
	if err != nil || len(rows) != 4 || next != "4" {
		t.Errorf("out of time: %d lines, going on at %q, %v", len(rows), next, err)
	}
	if _, _, err := searched(workflow.Query{Limit: 20}, func(workflow.Query) (workflow.LogPage, error) { return workflow.LogPage{}, late }); !errors.Is(err, late) {
		t.Errorf("nothing was answered at all, and the error is %v", err)
	}
}

func TestFollowingLeavesOutNoLine(t *testing.T) {
	t.Parallel()
	rows, top, err := since(workflow.Query{}, linesOf(200, 50))
	if err != nil || len(rows) != 200 || top != 200 || rows[199].ID != 1 {
		t.Errorf("%d lines up to %d, %v", len(rows), top, err)
	}
}
