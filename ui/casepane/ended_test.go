package casepane_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/casepane/casetest"
	"countersign/workflow"
)

// ended is alice's case after her access is over.
func ended(change func(c *workflow.CaseView, g *model.Grant)) workflow.CaseView {
	c := alicesCase()
	c.Request.State, c.Request.Outcome = model.ClosedComplete, "alice@example.com has edit until 2026-11-21 10:00 UTC"
	g := model.Grant{ID: 7, Person: "p1", Email: "alice@example.com", Right: model.RightEdit, Since: noon.Add(-4 * time.Hour),
		Until: noon.Add(-2 * time.Hour), Updated: noon.Add(-3 * time.Hour), State: model.GrantRevoked,
		Note: "given back or revoked: alice@example.com has nothing"}
	change(&c, &g)
	c.Grants = []model.Grant{g}
	return c
}

func TestAccessThatIsOverIsToldInThePast(t *testing.T) {
	t.Parallel()
	by := func(id model.PersonID) func(*workflow.CaseView, *model.Grant) {
		return func(c *workflow.CaseView, _ *model.Grant) {
			c.Operations = []model.Operation{
				{GrantID: 7, TaskID: 1, RequestedBy: "p3", Created: noon.Add(-4 * time.Hour)},
				{GrantID: 7, RequestedBy: id, Created: noon.Add(-3 * time.Hour)},
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*workflow.CaseView, *model.Grant)
		want   []string
	}{
		{"given back", by("p1"), []string{"08:00 to 09:00", "given back by alice, nothing was left"}},
		{"revoked", by("p2"), []string{"revoked by dana, nothing was left"}},
		{"given back to what stood", func(c *workflow.CaseView, g *model.Grant) {
			by("p1")(c, g)
			g.Note = "given back or revoked: alice@example.com has view, permanent"
		}, []string{"given back by alice: alice@example.com had view, permanent"}},
		{"nobody knows by whom", func(*workflow.CaseView, *model.Grant) {}, []string{"ended early, nothing was left"}},
		{"its time was over", func(_ *workflow.CaseView, g *model.Grant) {
			g.State, g.Updated, g.Note = model.GrantEnded, g.Until, "its time was over"
		}, []string{"08:00 to 10:00", "ended: its time was over"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := drawn(casepane.Content(ended(tt.change), options()), 100)
			for _, want := range append(tt.want, "alice@example.com had edit until 2026-11-21 10:00 UTC") {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%s", want, got)
				}
			}
			for _, no := range []string{"given back or revoked", "has edit"} {
				if strings.Contains(got, no) {
					t.Errorf("%q in\n%s", no, got)
				}
			}
		})
	}
}

func TestAnOutcomeThatStandsIsToldInThePresent(t *testing.T) {
	t.Parallel()
	c := ended(func(_ *workflow.CaseView, g *model.Grant) { g.State = model.GrantActive })
	if got := drawn(casepane.Content(c, options()), 100); !strings.Contains(got, "alice@example.com has edit until") {
		t.Errorf("it is told in the past:\n%s", got)
	}
}

func TestTheRecordThatWasPickedStandsAmongTheFacts(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	c.Request.State = model.ClosedComplete
	c.Request.Target = model.Target{Kind: model.TargetRecord, Described: "the ledger's database"}
	c.Tasks = []model.Task{{Number: "SCTASK0010001", State: model.TaskClosedComplete, Assignee: "p2",
		Picked: model.Target{Kind: model.TargetRecord, UID: recordUID, Title: "prod-db-01", Type: "databaseCredentials"}}}
	got := drawn(casepane.Content(casetest.Stand(c), options()), 53)
	for _, want := range []string{"the ledger's database", "picked prod-db-01  databaseCredentials", string(recordUID) + "  by dana"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	// Another has the task by now than the one who picked.
	c.Timeline = append(c.Timeline, workflow.TimelineEntry{At: noon, Who: "omar", Kind: model.EntryEvent,
		Text: "picked prod-db-01 (" + string(recordUID) + ")"})
	if got := drawn(casepane.Content(c, options()), 53); !strings.Contains(got, string(recordUID)+"  by omar") {
		t.Errorf("it does not say who picked it:\n%s", got)
	}
}

func TestWhoAskedIsNotToldTheNamesOfForms(t *testing.T) {
	t.Parallel()
	o := options()
	o.Viewer = "p1"
	c := alicesCase()
	got := drawn(casepane.Content(c, o), 53)
	if strings.Contains(got, "record-access") || strings.Contains(got, "revision") {
		t.Errorf("jargon in\n%s", got)
	}
	c.Request.Revision = 3
	if got := drawn(casepane.Content(c, o), 53); !strings.Contains(got, "3, changed since it was made") {
		t.Errorf("it does not say that it was changed:\n%s", got)
	}
}

func TestWhoDecidesIsToldWhatAVaultThatIsAwayMeansForThem(t *testing.T) {
	t.Parallel()
	c := alicesCase()
	c.FactsErr = fmt.Errorf("facts: %w", &workflow.VaultError{Kind: workflow.VaultUnreachable, Text: "the vault is away",
		Advice: "check service.url in the configuration"})
	got := strings.Join(strings.Fields(drawn(casepane.Content(c, options()), 53)), " ")
	if !strings.Contains(got, "not known: the vault is away You can decide all the same.") || strings.Contains(got, "service.url") {
		t.Errorf("the pane says\n%s", got)
	}
}
