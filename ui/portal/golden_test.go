package portal

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

var update = flag.Bool("update", false, "write the golden files anew")

// away is what a console hears that nobody connects with the vault.
func away() error {
	return &workflow.VaultError{Kind: workflow.VaultNoWorker, Text: "nothing here talks to the vault at the moment", Advice: "start a worker"}
}

func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	sizes := []struct {
		name          string
		width, height int
	}{{"120x32", 120, 32}, {"80x20", 80, 20}}
	for _, tt := range []struct {
		name   string
		office func() *office
		do     func(d *desk)
	}{
		{"catalog", empty, func(*desk) {}},
		{"catalog-half-filled", empty, func(d *desk) { d.press("enter"); d.fill(); d.press("esc") }},
		{"form", empty, func(d *desk) { d.press("enter") }},
		{"form-picker", empty, func(d *desk) { d.press("enter"); d.text("prod") }},
		{"form-chosen", empty, func(d *desk) { d.press("enter"); d.fill() }},
		{"form-until", empty, func(d *desk) {
			d.press("enter")
			d.fill()
			d.press("shift+tab", "right", "right", "right", "right", "right", "tab")
			d.text("18:45")
		}},
		{"form-errors", empty, func(d *desk) {
			d.press("enter", "tab")
			d.text("!!")
			d.press("tab", "right", "right", "right", "right", "tab", "tab")
			d.text("short")
			d.press("tab", "enter")
		}},
		{"form-words", empty, func(d *desk) { d.press("enter", "ctrl+t"); d.text("the gateway of the Lyon office") }},
		{"form-vault-away", func() *office {
			o := empty()
			o.searchErr = away()
			return o
		}, func(d *desk) { d.press("enter"); d.find("prod") }},
		{"review", empty, func(d *desk) { d.press("enter"); d.fill(); d.press("tab", "enter") }},
		{"review-nothing-to-ask", empty, func(d *desk) {
			d.press("enter")
			d.fill()
			d.press("shift+tab", "shift+tab", "left", "shift+tab", "shift+tab", "shift+tab", "shift+tab", "enter")
		}},
		{"submitted", empty, func(d *desk) { d.press("enter"); d.fill(); d.press("tab", "enter", "tab", "enter") }},
		{"requests", busy, func(d *desk) { d.view(viewRequests) }},
		{"requests-page", busy, func(d *desk) { d.view(viewRequests); d.press("enter") }},
		{"requests-raw", func() *office {
			o := busy()
			o.cases["REQ0010042"].Request.Target.Title = "prоd-db-01\u202e"
			return o
		}, func(d *desk) { d.view(viewRequests); d.press("v") }},
		{"requests-filter", busy, func(d *desk) { d.view(viewRequests); d.press("/"); d.text("requestor:x") }},
		{"requests-empty", empty, func(d *desk) { d.view(viewRequests) }},
		{"requests-error", func() *office {
			o := busy()
			o.requestsErr = errors.New("read the requests: database is locked")
			return o
		}, func(d *desk) { d.view(viewRequests) }},
		{"withdraw", busy, func(d *desk) { d.view(viewRequests); d.press("x") }},
		{"comment", busy, func(d *desk) { d.view(viewRequests); d.press("c") }},
		{"access", busy, func(d *desk) { d.view(viewAccess) }},
		{"access-page", busy, func(d *desk) { d.view(viewAccess); d.press("down", "down", "enter") }},
		{"access-empty", empty, func(d *desk) { d.view(viewAccess) }},
		{"give-back", busy, func(d *desk) { d.view(viewAccess); d.press("x") }},
		{"give-back-queued", busy, func(d *desk) { d.view(viewAccess); d.press("x", "tab", "tab", "enter") }},
	} {
		for _, size := range sizes {
			t.Run(tt.name+" "+size.name, func(t *testing.T) {
				t.Parallel()
				d := sit(t, tt.office(), size.width, size.height)
				tt.do(d)
				got := d.screen()
				path := filepath.Join("testdata", tt.name+"-"+size.name+".golden")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("screen =\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// view shows one of the views; the cursor has rested.
func (d *desk) view(n int) {
	d.run(d.tab.SetView(n))
	d.rest()
}

// reason is why Alice asks.
const reason = "INC0012345: restore the ledger before the night batch"

// fill fills in an empty form for editing prod-db-01, and ends in the last
// field.
func (d *desk) fill() {
	d.find("prod-db")
	d.press("enter", "tab", "tab", "right", "tab", "tab")
	d.send(pasted(reason))
}

// filled is the draft that fill makes.
func filled() workflow.Draft {
	return workflow.Draft{Item: model.ItemRecordAccess, Source: model.SourceConsole, Justification: reason,
		Target: model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials"},
		Asked:  model.Access{Right: model.RightEdit, Limit: usualLimit()}}
}
