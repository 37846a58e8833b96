package workflow_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// TestPrivacyNamesEveryPersonalTable holds the privacy page against the schema: a
// table with personal columns that nobody explains fails here.
func TestPrivacyNamesEveryPersonalTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, workflow.Settings{Default: policy(), LogKeep: 30 * 24 * time.Hour, LogMost: 512 << 20})
	page, err := w.svc.Privacy(w.ctx, "sam")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, h := range page {
		if h.What == "" || h.Holds == "" || h.File == "" || h.Sealed == "" || h.Kept == "" || h.Sees == "" {
			t.Errorf("something is not said of %+v", h)
		}
		said = append(said, h.Where...)
	}
	for _, d := range append(store.PersonalData(), store.PersonalElsewhere()...) {
		line := d.Table + ": " + strings.Join(d.Columns, ", ")
		if n := len(slices.DeleteFunc(slices.Clone(said), func(s string) bool { return s != line })); n != 1 {
			t.Errorf("%q is said %d times: put its table into holdings", line, n)
		}
	}
	i := slices.IndexFunc(page, func(h workflow.Holding) bool { return h.What == "Application log" })
	if i < 0 || page[i].Kept != "30 d; at most 512 MiB, the oldest go first" {
		t.Errorf("the log is kept %+v", page[i])
	}
}

// TestOnlySupportAndAdminsReadThePrivacyPage also holds who exports and erases.
func TestOnlySupportAndAdminsReadThePrivacyPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		who                model.PersonID
		page, other, erase bool
	}{
		{"sam", true, false, false}, {"priya", true, true, true}, {"dana", false, false, false}, {"alice", false, false, false},
	} {
		_, err := w.svc.Privacy(w.ctx, tt.who)
		if isDenied(err) == tt.page {
			t.Errorf("%s reads the page: %v", tt.who, err)
		}
		if _, err := w.svc.ExportPerson(w.ctx, tt.who, "bob"); isDenied(err) == tt.other {
			t.Errorf("%s exports bob: %v", tt.who, err)
		}
		if _, err := w.svc.ExportPerson(w.ctx, tt.who, string(tt.who)); err != nil {
			t.Errorf("%s exports themselves: %v", tt.who, err)
		}
		if _, err := w.svc.ErasePerson(w.ctx, tt.who, "bob@example.com", true); isDenied(err) == tt.erase {
			t.Errorf("%s erases bob: %v", tt.who, err)
		}
	}
	if _, err := w.svc.ErasePerson(w.ctx, "priya", "priya", false); !isDenied(err) {
		t.Errorf("priya erases herself: %v", err)
	}
	if _, err := w.svc.ErasePerson(w.ctx, "priya", "nemo", false); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("nobody is erased: %v", err)
	}
}

func isDenied(err error) bool {
	var d *model.Denied
	return errors.As(err, &d)
}

// TestErasedPersonIsAPseudonymEverywhere submits, denies, erases and reads
// everything again as others do.
func TestErasedPersonIsAPseudonymEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	if _, err := w.svc.ErasePerson(w.ctx, "priya", "alice", false); !isDenied(err) || !strings.Contains(err.Error(), "1 open request (to be withdrawn, denied or carried out)") {
		t.Fatalf("she was erased although a request is open: %v", err)
	}
	d := w.decision("dana", r.Number, model.Deny, "not for alice")
	if done, err := w.svc.Decide(w.ctx, "dana", d); err != nil || done.Err != nil {
		t.Fatal(err, done.Err)
	}
	if err := w.db.AppendLog(context.Background(), []store.LogLine{{At: w.clock.now(), Component: "test", Message: "told ALICE@example.com"}, {At: w.clock.now(), Component: "test", Message: "told bob"}}); err != nil {
		t.Fatal(err)
	}
	export, err := w.svc.ExportPerson(w.ctx, "priya", "alice")
	if err != nil || !slices.ContainsFunc(export.Rows, func(r store.PersonalRow) bool { return r.Values["message"] == "told ALICE@example.com" }) ||
		slices.ContainsFunc(export.Rows, func(r store.PersonalRow) bool { return r.Values["message"] == "told bob" }) {
		t.Errorf("exported is %v, %v", export.Rows, err)
	}
	before, err := w.svc.ErasePerson(w.ctx, "priya", "alice", true)
	if err != nil || before.Rows["request"] != 1 {
		t.Fatalf("a rehearsal: %+v, %v", before, err)
	}
	if got := w.view("dana", r.Number).Request.Justification; got != draft().Justification {
		t.Fatalf("the rehearsal left %q", got)
	}
	if err := os.WriteFile(filepath.Join(w.db.Dir(), "queue.db.v3-20260101T000000.000000.backup"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := w.svc.ErasePerson(w.ctx, "priya", "alice", false)
	if err != nil || e.LogLines != 1 || e.Left || len(e.Copies) != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
	page, err := w.svc.Privacy(w.ctx, "sam")
	if err != nil || page[len(page)-1].Where[0] != "queue.db.v3-20260101T000000.000000.backup" {
		t.Errorf("the copies: %+v, %v", page[len(page)-1], err)
	}
	c := w.view("dana", r.Number)
	if c.Request.RequestedFor != e.Pseudonym || c.Name("alice") != e.Pseudonym || c.Request.Justification != store.Gone {
		t.Errorf("the request is of %s, for %s: %s", c.Name("alice"), c.Request.RequestedFor, c.Request.Justification)
	}
	if _, err := w.svc.Requests(w.ctx, "alice", workflow.Query{View: workflow.RequestsMine}); !isDenied(err) {
		t.Errorf("she still reads: %v", err)
	}
	audit, err := w.svc.Audit(w.ctx, "sam", workflow.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range audit.Rows {
		for _, text := range row.Texts {
			if strings.Contains(text.Text, "alice") {
				t.Errorf("the audit still says %q", text.Text)
			}
		}
		if row.Actor == "alice" && row.Who != e.Pseudonym {
			t.Errorf("%s was done by %s", row.Action, row.Who)
		}
	}
	if first := audit.Rows[0]; first.Action != "privacy.erase" || first.Object != "alice" || !strings.Contains(first.Detail, "request 1") {
		t.Errorf("the erasure is kept as %+v", first)
	}
	state, err := w.svc.VerifyAudit(w.ctx, "sam")
	if err != nil || !state.Intact || state.Erased == 0 {
		t.Errorf("the chain: %+v, %v", state, err)
	}
}
