package workflow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/workflow"
)

func TestFiltersAreKeptForOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := workflow.SavedView{Screen: "Approvals · Waiting", Filter: "requestor:alice \x1b"}
	for range 2 { // one that is kept already stays
		if err := w.svc.SaveView(w.ctx, "dana", mine); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := w.svc.SavedViews(w.ctx, "dana"); err != nil || !slices.Equal(got, []workflow.SavedView{mine}) {
		t.Errorf("kept %v, %v", got, err)
	}
	if got, err := w.svc.SavedViews(w.ctx, "omar"); err != nil || len(got) != 0 {
		t.Errorf("somebody else has %v, %v", got, err)
	}
	if err := w.svc.ForgetView(w.ctx, "dana", mine); err != nil {
		t.Fatal(err)
	}
	if got, err := w.svc.SavedViews(w.ctx, "dana"); err != nil || len(got) != 0 {
		t.Errorf("still kept: %v, %v", got, err)
	}
}

func TestWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := func(filter, because string) {
		t.Helper()
		var wrong workflow.Invalid
		if err := w.svc.SaveView(w.ctx, "dana", workflow.SavedView{Screen: "Logs", Filter: filter}); !errors.As(err, &wrong) || !contains(wrong["filter"], because) {
			t.Errorf("%.20q: %v", filter, err)
		}
	}
	refused("", "0 characters")
	refused(strings.Repeat("ä", 501), "501 characters")
	for n := range 50 {
		if err := w.svc.SaveView(w.ctx, "dana", workflow.SavedView{Screen: "Logs", Filter: fmt.Sprint(n)}); err != nil {
			t.Fatal(err)
		}
	}
	refused("one more", "forget one")
}
