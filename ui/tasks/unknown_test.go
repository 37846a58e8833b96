package tasks

import (
	"strings"
	"testing"

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
