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
		{"answer", questioned, func(d *desk) { d.view(viewRequests); d.press("i") }},
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
		{"folder", empty, func(d *desk) { d.order(model.ItemFolderAccess) }},
		{"folder-picker", empty, func(d *desk) { d.order(model.ItemFolderAccess); d.text("infra") }},
		{"folder-part", empty, func(d *desk) { d.order(model.ItemFolderAccess); d.fillFolder("Databases") }},
		{"folder-more", empty, func(d *desk) {
			d.order(model.ItemFolderAccess)
			d.fillFolder("Infrastructure")
			d.press("shift+tab", "enter", "tab", "right", "right")
		}},
		{"folder-nested", empty, func(d *desk) { d.order(model.ItemFolderAccess); d.text("nested"); d.press("enter", "tab") }},
		{"folder-review", empty, func(d *desk) {
			d.order(model.ItemFolderAccess)
			d.fillFolder("Databases")
			d.press("tab", "enter")
		}},
		{"link", empty, func(d *desk) { d.order(model.ItemOneTimeShare) }},
		{"link-pam", empty, func(d *desk) { d.order(model.ItemOneTimeShare); d.text("pam"); d.press("enter", "tab") }},
		{"link-review", empty, func(d *desk) {
			d.order(model.ItemOneTimeShare)
			d.find("prod-db")
			d.press("enter", "tab", "right", "tab", "right", "tab")
			d.send(pasted(reason))
			d.press("tab", "enter")
		}},
		{"rotate", empty, func(d *desk) {
			d.press("enter")
			d.find("pam")
			d.press("enter", "tab", "tab", "tab", "tab", "enter", "tab", "right")
		}},
		{"login", empty, func(d *desk) { d.order(model.ItemLogin) }},
		{"login-filled", empty, func(d *desk) { d.order(model.ItemLogin); d.fillLogin() }},
		{"login-review", empty, func(d *desk) { d.order(model.ItemLogin); d.fillLogin(); d.press("tab", "enter") }},
		{"login-submitted", empty, func(d *desk) {
			d.order(model.ItemLogin)
			d.fillLogin()
			d.press("tab", "enter", "tab", "enter")
		}},
		{"database", empty, func(d *desk) {
			d.order(model.ItemDatabase)
			d.press("tab", "tab")
			d.text("db1:99999")
			d.press("tab", "tab", "right")
		}},
		{"server", empty, func(d *desk) { d.order(model.ItemServer) }},
		{"ssh-key", empty, func(d *desk) { d.order(model.ItemSSHKey) }},
		{"ssh-key-pasted", empty, func(d *desk) {
			d.order(model.ItemSSHKey)
			d.press("tab", "tab", "right", "right", "right", "tab")
			d.send(pasted("not a key"))
			d.press("tab")
		}},
		{"license", empty, func(d *desk) {
			d.order(model.ItemLicense)
			d.press("tab")
			d.text("AAAA-BBBB")
			d.press("tab")
			d.text("31.12.2027")
			d.press("tab")
		}},
		{"note", empty, func(d *desk) { d.order(model.ItemNote) }},
		{"membership", empty, func(d *desk) { d.order(model.ItemMembership) }},
		{"link-waits", withLink, func(d *desk) { d.view(viewRequests) }},
		{"reveal-asks", withLink, func(d *desk) { d.view(viewRequests); d.press("u") }},
		{"reveal", withLink, func(d *desk) { d.view(viewRequests); d.press("u", "tab", "enter") }},
		{"reveal-left", withLink, func(d *desk) { d.view(viewRequests); d.press("u", "tab", "enter", "esc") }},
		{"link-shown", withLink, func(d *desk) { d.view(viewRequests); d.press("u", "tab", "enter", "enter"); d.rest() }},
		{"search", empty, func(d *desk) { d.order(model.ItemSearchRecord) }},
		{"search-results", empty, func(d *desk) { d.order(model.ItemSearchRecord); d.text("prod") }},
		{"search-folder", empty, func(d *desk) { d.order(model.ItemSearchFolder); d.text("infra"); d.press("down") }},
		{"search-away", func() *office {
			o := empty()
			o.searchErr = away()
			return o
		}, func(d *desk) { d.order(model.ItemSearchRecord); d.text("prod") }},
		{"search-chosen", empty, func(d *desk) { d.order(model.ItemSearchRecord); d.text("prod"); d.press("down", "enter") }},
		{"search-by-request", func() *office {
			o := empty()
			o.mode = model.SearchByRequest
			return o
		}, func(d *desk) {
			d.order(model.ItemSearchRecord)
			d.text("the gateway of Lyon")
			d.press("tab")
			d.send(pasted(reason))
			d.press("tab", "enter")
		}},
		{"search-off", func() *office {
			o := empty()
			o.mode = model.SearchOff
			return o
		}, func(d *desk) { d.order(model.ItemSearchRecord) }},
		{"found", withFound, func(d *desk) { d.view(viewRequests); d.press("e") }},
		{"again", busy, func(d *desk) { d.view(viewRequests); d.press("e") }},
		{"access-kinds", withKinds, func(d *desk) { d.view(viewAccess) }},
		{"access-drift", withKinds, func(d *desk) { d.view(viewAccess); d.press("down", "down", "enter") }},
		{"give-back-folder", withKinds, func(d *desk) { d.view(viewAccess); d.press("down", "x") }},
		{"give-back-link", withKinds, func(d *desk) { d.view(viewAccess); d.press("x") }},
		{"extend", withKinds, func(d *desk) { d.view(viewAccess); d.press("down", "down", "e") }},
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

// fillFolder fills in an empty form for a folder, and ends in the last field.
func (d *desk) fillFolder(name string) {
	d.find(name)
	d.press("enter", "tab", "tab", "right", "right", "tab", "tab", "tab")
	d.send(pasted(reason))
}

// canary is a secret that must never be drawn.
const canary = "c4nary-of-the-login"

// fillLogin fills in an empty form for a login whose password is typed and that
// is shared, and ends in the last field.
func (d *desk) fillLogin() {
	d.press("tab")
	d.send(pasted("deploy"))
	d.press("tab", "right", "right", "tab")
	d.send(pasted(canary))
	d.press("tab")
	d.send(pasted("https://shop.example.com/login"))
	d.press("tab", "tab", "right", "tab")
	d.find("Infrastructure")
	d.press("enter", "tab", "right", "right", "tab", "tab")
	d.send(pasted(reason))
}

// filled is the draft that fill makes.
func filled() workflow.Draft {
	return workflow.Draft{Item: model.ItemRecordAccess, Source: model.SourceConsole, Justification: reason,
		Target: model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01", Type: "databaseCredentials"},
		Asked:  model.Access{Right: model.RightEdit, Limit: usualLimit()}}
}
