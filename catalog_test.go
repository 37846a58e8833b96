package main

import (
	"crypto/ed25519"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// journey is one item of the catalog from its order to what the requestor sees.
type journey struct {
	item   string // its name in the catalog
	form   []filled
	plan   string          // words of the plan that is confirmed
	orders []string        // how the commands begin that carry it out, once each
	kinds  []vaultsim.Kind // what they do in the vault
	rights string          // that the requestor has afterwards
	holds  map[string]string
	made   []string // fields of the record that the vault makes up
	secret string   // that was given
	seen   func(p *play, number string)
}

// Secrets that are looked for where they must not be.
const (
	canaryTyped  = `cnry-Typed "${last_record_uid}" =x=y`
	canaryNote   = "cnry-Note $GENERAL --format json\nC:\\new\\table äöü 🗝"
	canaryNumber = "cnry-Lic-0001\ncnry-Lic-0002"
)

// canaryKey is the key pair that is pasted: made up from nothing, and good for
// nothing.
func canaryKey() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ed25519.NewKeyFromSeed([]byte("cnry-Key-cnry-Key-cnry-Key-cnry-"))}))
}

// canaryPair is how the vault keeps the key.
func canaryPair() string {
	b, err := json.Marshal(map[string]string{"privateKey": canaryKey()})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func journeys(t *testing.T) map[string]journey {
	t.Helper()
	file := filepath.Join(t.TempDir(), "id")
	if err := os.WriteFile(file, []byte(canaryKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	const grant = "share-record --email=alice@example.com --action=grant "
	add := []string{"record-add --title="}
	created := []vaultsim.Kind{vaultsim.RecordAdd}
	shared := []vaultsim.Kind{vaultsim.RecordAdd, vaultsim.Grant}
	vendors := []filled{{row: "Goes to", right: 1}, {row: "Folder", text: "Vendors", pick: true}}
	return map[string]journey{
		"record": {item: "Request access to record", form: []filled{{row: "Record", text: "zoom-admin", pick: true}},
			plan: "give alice@example.com view", orders: []string{grant}, kinds: []vaultsim.Kind{vaultsim.Grant}, rights: "view", seen: inAccess("zoom-admin")},
		"folder": {item: "Request access to folder", form: []filled{{row: "Folder", text: "Vendors", pick: true}},
			plan: "alice@example.com", orders: []string{"share-folder --email=alice@example.com --action=grant -f --manage-records=off --manage-users=off --expire-at="},
			kinds: []vaultsim.Kind{vaultsim.FolderGrant}, rights: "No User Permissions", seen: givenBack("Vendors")},
		"link": {item: "Request one-time share", form: []filled{{row: "Record", text: "stripe-test", pick: true}},
			plan: "link", orders: []string{"one-time-share create --expire=240mi --name=REQ"}, kinds: []vaultsim.Kind{vaultsim.LinkCreate}, seen: revealed},
		"login": {item: "Login", form: []filled{{row: "Title", text: "Canary login"}, {row: "User name", text: "shop"},
			{row: "Password", right: 2, below: true, text: canaryTyped}, {row: "Share with me", right: 1}},
			plan: "give alice@example.com view", orders: append(add, grant), kinds: shared, rights: "view", secret: canaryTyped, seen: inAccess("Canary login"),
			holds: map[string]string{"title": "Canary login", "type": "login", "login": "shop", "password": canaryTyped}},
		"login that destroys itself": {item: "Login", form: []filled{{row: "User name", text: "once"}, {row: "Address", text: "https://shop.example.com/login"},
			{row: "Two-factor", right: 2}, {row: "More…", open: true}, {row: "Self-destruct", right: 2}},
			plan: "create", orders: add, kinds: []vaultsim.Kind{vaultsim.RecordAdd, vaultsim.LinkCreate}, made: []string{"password", "oneTimeCode"},
			holds: map[string]string{"title": "once @ https://shop.example.com/login", "type": "login", "login": "once", "url": "https://shop.example.com/login"},
			seen:  revealed},
		"database": {item: "Database credentials", form: append([]filled{{row: "Kind of", text: "PostgreSQL"}, {row: "Host", text: "db7.example.com:5432"},
			{row: "User name", text: "ledger"}}, vendors...),
			plan: "create", orders: add, kinds: created, made: []string{"password"},
			holds: map[string]string{"title": "ledger @ db7.example.com:5432", "type": "databaseCredentials", "text.type": "PostgreSQL",
				"host": `{"hostName":"db7.example.com","port":"5432"}`, "login": "ledger"}},
		"server": {item: "Server credentials", form: []filled{{row: "Host", text: "srv7.example.com"}, {row: "User name", text: "root"}, {row: "Password", right: 1}},
			plan: "create", orders: add, kinds: created, made: []string{"password"},
			holds: map[string]string{"title": "root @ srv7.example.com", "type": "serverCredentials", "host": `{"hostName":"srv7.example.com"}`, "login": "root"}},
		"ssh key": {item: "SSH key", form: []filled{{row: "Title", text: "Canary key"}, {row: "Key pair", right: 3, below: true, paste: canaryKey()}},
			plan: "create", orders: add, kinds: created, secret: canaryKey(), holds: map[string]string{"title": "Canary key", "type": "sshKeys", "keyPair": canaryPair()}},
		"ssh key from a file": {item: "SSH key", form: []filled{{row: "Title", text: "Canary key"}, {row: "Key pair", right: 4, below: true, text: file}},
			plan: "create", orders: add, kinds: created, secret: canaryKey(), holds: map[string]string{"title": "Canary key", "type": "sshKeys", "keyPair": canaryPair()}},
		"license": {item: "Software license", form: []filled{{row: "Title", text: "Canary license"}, {row: "License", paste: canaryNumber}, {row: "Expires", text: "2031-12-31"}},
			plan: "create", orders: add, kinds: created, secret: canaryNumber,
			holds: map[string]string{"title": "Canary license", "type": "softwareLicense", "licenseNumber": canaryNumber,
				"expirationDate": "1956441600000"}},
		"note": {item: "Secure note", form: []filled{{row: "Title", text: "Canary note"}, {row: "Note", paste: canaryNote}},
			plan: "create", orders: add, kinds: created, secret: canaryNote, holds: map[string]string{"title": "Canary note", "type": "encryptedNotes", "note": canaryNote}},
		"membership": {item: "Membership", form: []filled{{row: "Number", text: "4711"}, {row: "Name", text: "Alice B. Archer"}},
			plan: "create", orders: add, kinds: created, made: []string{"password"},
			holds: map[string]string{"title": "Alice B. Archer @ 4711", "type": "membership", "accountNumber": "4711",
				"name": `{"first":"Alice","last":"Archer","middle":"B."}`}},
	}
}

// TestTheWholeCatalog orders every item that is decided on by keyboard, has it
// approved and carried out, and holds what was done in the vault against what was
// ordered.
func TestTheWholeCatalog(t *testing.T) {
	t.Parallel()
	wide := [][]string{{"record", "folder", "link", "login"}, {"database", "server", "ssh key"}, {"license", "note", "membership"}}
	narrow := [][]string{{"folder", "link", "login that destroys itself"}}
	if os.Getenv("COUNTERSIGN_HEAVY") != "" {
		wide = append(wide, []string{"login that destroys itself", "ssh key from a file"})
		narrow = append(wide, narrow...)
	}
	for _, size := range []struct {
		width, height int
		plays         [][]string
	}{{120, 36, wide}, {80, 24, narrow}} {
		for _, items := range size.plays {
			t.Run(fmt.Sprintf("%dx%d, %s", size.width, size.height, strings.Join(items, ", ")), func(t *testing.T) {
				t.Parallel()
				p := startPlay(t, size.width, size.height)
				all := journeys(t)
				var todo []journey
				for _, name := range items {
					todo = append(todo, all[name])
				}
				p.make(todo)
				p.lookFor("Search record", "core-switch-01", "Request access to record")
				p.lookFor("Search folder", "Vendors", "Request access to folder")
				p.findNone()
				p.press("q")
				if err := p.quit(); err != nil {
					t.Errorf("the program ended with %v", err)
				}
				p.findNone()
			})
		}
	}
}

func (p *play) make(todo []journey) {
	p.t.Helper()
	numbers := make([]string, len(todo))
	for i, j := range todo {
		numbers[i] = p.submit(j.item, j.form)
		if j.secret != "" {
			p.watch(j.secret)
		}
	}
	p.be("dana")
	p.wait("waiting for you")
	for _, n := range numbers {
		p.approve(n)
	}
	p.be("priya")
	for i, j := range todo {
		p.open(numbers[i], "f runs the plan", "f makes the record")
		before := len(p.sim.orders())
		p.check(j, numbers[i], p.carryOut(j.plan))
		sent := p.sim.orders()[before:]
		if !slices.EqualFunc(sent, j.orders, strings.HasPrefix) {
			p.t.Errorf("%s: the vault was sent %q, want %q", j.item, sent, j.orders)
		}
	}
	p.be("alice")
	for i, j := range todo {
		p.press("]")
		p.find(numbers[i])
		p.until("that it is done", regexp.MustCompile(`(?m)^▌.+`+numbers[i]+`.+ (done|complete|link waits)`).MatchString)
		if j.seen != nil {
			j.seen(p, numbers[i])
		}
		p.press("[")
	}
}

// check holds what was done in the vault against what was ordered.
func (p *play) check(j journey, number string, done []vaultsim.Entry) {
	p.t.Helper()
	var kinds []vaultsim.Kind
	for _, e := range done {
		kinds = append(kinds, e.Kind)
		if j.rights != "" && e.User != "" && (e.User != "alice@example.com" || e.Rights != j.rights) {
			p.t.Errorf("%s: %s has %q, want alice and %q", j.item, e.User, e.Rights, j.rights)
		}
	}
	if !slices.Equal(kinds, j.kinds) {
		p.t.Errorf("%s: the ledger holds %+v, want %v", j.item, done, j.kinds)
		return
	}
	if j.holds == nil {
		return
	}
	held := content(p.t, done[0].Content)
	if held["text.request_id"] != number {
		p.t.Errorf("%s: the record is marked with %q, want %s", j.item, held["text.request_id"], number)
	}
	delete(held, "text.request_id")
	for _, field := range j.made {
		if len(held[field]) < 12 {
			p.t.Errorf("%s: the vault made up %q as %s", j.item, held[field], field)
		}
		p.watch(held[field])
		delete(held, field)
	}
	if !maps.Equal(held, j.holds) {
		p.t.Errorf("%s: the record holds %q, want %q", j.item, held, j.holds)
	}
}

// inAccess looks for what was given in My access.
func inAccess(title string) func(*play, string) {
	return func(p *play, _ string) {
		p.t.Helper()
		p.press("]", "/", "ctrl+u")
		p.typed(title)
		p.press("enter")
		p.until("the row of "+title, regexp.MustCompile(`(?m)^▌.+ `+regexp.QuoteMeta(title)).MatchString)
		p.press("[")
	}
}

// givenBack looks for the membership of a folder in My access, and ends it.
func givenBack(title string) func(*play, string) {
	return func(p *play, number string) {
		p.t.Helper()
		inAccess(title)(p, number)
		before := len(p.sim.ledger())
		p.press("]", "x")
		p.wait("Give back")
		p.confirm("Give back")
		p.wait(title+" is given back", "ended early")
		done := p.sim.ledger()[before:]
		if len(done) != 1 || done[0].Kind != vaultsim.FolderRevoke || done[0].User != "alice@example.com" {
			p.t.Errorf("the ledger holds %+v, want that alice left %s", done, title)
		}
		p.press("[")
	}
}

// revealed shows the link of a request once.
func revealed(p *play, number string) {
	p.t.Helper()
	from := p.got()
	p.wait("u show the link")
	p.press("u")
	p.wait("Show the link")
	p.confirm("Show it")
	p.wait("The link of " + number)
	link := shownLink(p.text())
	if len(link) < 60 {
		p.t.Fatalf("no link on the screen:\n%s", p.text())
	}
	p.confirm("I have it")
	p.wait("✓ the link is not kept")
	p.watched = append(p.watched, canary{link, from, p.got()})
	p.press("u")
	p.wait("the link was shown")
}

// lookFor searches, and goes on to the form that asks for what was found. The
// vault is told nothing of it.
func (p *play) lookFor(item, title, form string) {
	p.t.Helper()
	orders := len(p.sim.orders())
	p.choose(item)
	p.typed(title)
	p.wait("found", "▌ "+title)
	p.press("enter")
	p.wait(form, "✓ "+title)
	p.press("esc")
	if n := len(p.sim.orders()); n != orders {
		p.t.Errorf("%s: %d commands changed the vault", item, n-orders)
	}
}

// shownLink is the link in the dialog that shows it, put together where it takes
// more than a line.
func shownLink(screen string) string {
	link := ""
	for line := range strings.Lines(screen) {
		_, line, _ = strings.Cut(line, "│")
		line, _, _ = strings.Cut(line, "│")
		line = strings.TrimSpace(line)
		if link == "" && !strings.HasPrefix(line, "https://") {
			continue
		}
		if line == "" {
			break
		}
		link += line
	}
	return link
}
