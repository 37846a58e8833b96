package tasks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

func TestUnknownOutcomesAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company().doubts()
		d := sit(t, q, 120, 32)
		d.run(d.tab.SetView(unknownView))
		d.press("R", "j", "R")
		if q.count("look again 12") != 1 || q.count("look again 41") != 1 {
			t.Errorf("asked %q", q.asked)
		}
		if want := "REQ0010042 is looked at again"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		var keys []string
		for _, b := range d.tab.Keys()[:6] {
			if b.Enabled() {
				keys = append(keys, b.Keys()[0]+" "+b.Help().Desc)
			}
		}
		if got, want := strings.Join(keys, ", "), "R look again, enter open, f to its task, y copy uid, / filter, o sort"; got != want {
			t.Errorf("keys = %q, want %q", got, want)
		}
		d.press("enter")
		if !d.tab.inDetail || q.count("look again") != 2 {
			t.Errorf("enter beside the detail: in it %v, asked %q", d.tab.inDetail, q.asked)
		}
		d.press("tab", "f")
		d.shows("SCTASK0010042", "yours since")
		d.press("esc")
		d.shows("SINCE", "So far") // the list and the detail

		n := sit(t, company().doubts(), 80, 20)
		n.run(n.tab.SetView(unknownView))
		n.shows("SO FAR") // where no detail stands beside the list
		n.press("enter")
		n.shows("outcome unknown", "Attempts")
		if n.q.count("look again") != 0 {
			t.Error("opening a narrow detail looked again")
		}
		n.press("enter")
		if n.q.count("look again") != 0 {
			t.Errorf("enter on the page asked %q", n.q.asked)
		}
		n.press("R")
		if n.q.count("look again 12") != 1 {
			t.Errorf("R on the page asked %q", n.q.asked)
		}
		n.press("esc")
		n.shows("SINCE")
	})
}

func TestUnknownOutcomesAreFilteredHere(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		d := sit(t, company().doubts(), 120, 32)
		d.run(d.tab.SetView(unknownView))
		d.press("/")
		d.paste("GATEWAY")
		d.shows("1 fit the filter", "REQ0010029")
		d.hides("REQ0010042")
		d.press("esc", "/")
		d.paste("requestor:bob")
		d.press("enter")
		d.shows("no key requestor: here, only words", "REQ0010029", "REQ0010042")
		if !d.tab.Capturing() {
			t.Error("a filter that nothing here can follow was kept")
		}
		d.press("esc", "o")
		rows := d.tab.unknown.Rows()
		if len(rows) != 2 || rows[0].Number != "REQ0010042" || d.tab.SortText() != "next look" {
			t.Errorf("sorted by %s: %v", d.tab.SortText(), rows)
		}
		d.q.ops = d.q.ops[:1]
		d.send(tab.Changed{})
		d.hides("REQ0010029")
	})
}

func TestWhatIsLookedForIsNamedByItsKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind   model.OpKind
		intent model.Intent
		word   string
		looks  string
	}{
		{model.OpJoin, model.Intent{Folder: financeFolder, Title: "Finance", Email: string(payrollUID), Team: "Auditors", Right: model.RightNone}, "join", "what team Auditors has on Finance"},
		{model.OpLeave, model.Intent{Folder: financeFolder, Title: "Finance", Email: "bob@example.com"}, "remove", "what bob@example.com has on Finance"},
		{model.OpLink, model.Intent{Record: prodUID, Title: "prod-db-01", Right: model.RightView}, "link", "the one-time links of prod-db-01"},
		{model.OpUnlink, model.Intent{Record: prodUID, Title: "prod-db-01"}, "remove", "the one-time links of prod-db-01"},
		{model.OpCreate, model.Intent{Title: "deploy", Number: "REQ0010099", Create: &model.NewRecord{Title: "deploy", Type: "login"}}, "create", "the records that bear the number REQ0010099"},
		{model.OpUpdate, model.Intent{Record: prodUID, Title: "prod-db-01", Update: &model.RecordChange{Title: "x"}}, "change", "what is in prod-db-01"},
		{model.OpDefaults, model.Intent{Folder: financeFolder, Title: "Finance", Right: model.RightEdit}, "change", "what members may do in Finance"},
	} {
		op := model.Operation{ID: 1, Kind: tt.kind, Intent: tt.intent, State: model.OpUnknown}
		if got := opWord(workflow.OperationRow{Op: op}).String(); got != tt.word {
			t.Errorf("%s is called %q, want %q", tt.kind, got, tt.word)
		}
		if got := lookedAt(op).String(); got != tt.looks {
			t.Errorf("%s: what is looked at is %q, want %q", tt.kind, got, tt.looks)
		}
	}
}

// Decisions about endpoint requests and devices stand here as well; what they are about
// is seen in the EPM tab.
func TestUnknownDecisionsLeadToTheEPMTab(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company().doubts()
		q.ops = []workflow.OperationRow{
			{Number: "SIR0010017", Title: "setup.exe /quiet", Op: model.Operation{ID: 51, Kind: model.OpEndpointApprove, State: model.OpUnknown, Attempts: 1,
				Intent: model.Intent{Approval: prodUID, Title: "setup.exe /quiet", Number: "SIR0010017"}, Sent: noon.Add(-time.Minute), NextLook: noon, LookingFor: "no answer"}},
			{Number: "device 3", Title: "laptop", Op: model.Operation{ID: 52, Kind: model.OpDeviceDeny, State: model.OpUnknown, Attempts: 1,
				Intent: model.Intent{Device: "0123456789abcdef0123", Email: "carol@example.com", Title: "laptop", Number: "device 3"}, Sent: noon, NextLook: noon, LookingFor: "no answer"}},
		}
		d := sit(t, q, 120, 32)
		d.run(d.tab.SetView(unknownView))
		d.shows("SIR0010017", "approve", "setup.exe /quiet", "device 3", "deny", "laptop", "approve the endpoint request",
			"how the vault shows the endpoint")
		d.hides("Had")
		if help := d.tab.Keys()[2].Help().Desc; help != "to the EPM tab" {
			t.Errorf("f is said to go %s", help)
		}
		d.press("f", "j", "R")
		d.shows("deny the device 0123456789abcdef0123", "whether the vault still lists the")
		d.press("f")
		want := []tab.Goto{{Tab: tab.EPM, Number: "SIR0010017"}, {Tab: tab.EPM}}
		var got []tab.Goto
		for _, msg := range d.sent {
			if to, is := msg.(tab.Goto); is {
				got = append(got, to)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("it went to %+v, want %+v", got, want)
		}
		if q.count("look again 52") != 1 {
			t.Errorf("asked %q", q.asked)
		}
	})
}
