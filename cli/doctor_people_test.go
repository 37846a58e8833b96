package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// team is a healthy people file; the tests take something away from it.
const team = `
[[person]]
login = "casey"
name = "Casey"
email = "casey@example.com"
roles = ["requestor", "admin"]

[[person]]
login = "dana"
name = "Dana"
email = "dana@example.com"
roles = ["requestor", "approver"]

[[person]]
login = "erin"
name = "Erin"
email = "erin@example.com"
roles = ["requestor", "approver"]

[[person]]
login = "olga"
name = "Olga"
email = "olga@example.com"
roles = ["requestor"]

[[group]]
name = "Vault Approvers"
members = ["dana", "erin"]

[[group]]
name = "Vault Admins"
members = ["casey"]
`

// apply applies a people file, with pairs of texts replaced in it.
func (c *clinic) apply(changes ...string) {
	c.t.Helper()
	c.write("people.toml", strings.NewReplacer(changes...).Replace(team))
	if code, _, errs := c.run("people", "apply", filepath.Join(c.dir, "people.toml")); code != CodeOK {
		c.t.Fatal(errs)
	}
}

// order makes a request as somebody and returns its number.
func (c *clinic) order(login string) string {
	c.t.Helper()
	c.login = login
	defer func() { c.login = "" }()
	code, out, errs := c.run("request", "record-access", "--described", "the billing database", "--right", "view", "--limit", "1 h",
		"--justification", "INC0012345: the night batch", "--json")
	var made struct{ Number string }
	if err := json.Unmarshal([]byte(out), &made); err != nil || code != CodeOK {
		c.t.Fatalf("%v: %s%s", err, out, errs)
	}
	return made.Number
}

func TestDoctorSaysWhyARequestIsNotUnderSomebodysApprovals(t *testing.T) {
	t.Parallel()
	const members = `members = ["dana", "erin"]`
	for _, ill := range []struct {
		name          string
		people        []string // what is otherwise in the people file
		conf          string   // further configuration
		by, person    string
		check, remedy string
		text          string
		mended        []string // what is otherwise after the remedy; "-" means that nothing is done here
	}{
		{name: "the person is not a member", people: []string{members, `members = ["dana"]`}, by: "olga", person: "erin",
			check: "request.person", remedy: `add "erin" to the members of [[group]] name = "Vault Approvers"`, text: "is not a member", mended: []string{}},
		{name: "the group is not there", conf: "[approval]\ngroup = \"Vault Aprovers\"\n", by: "olga", person: "dana", check: "request.group", remedy: "name another group",
			text: `no such group`, mended: []string{`name = "Vault Approvers"`, `name = "Vault Aprovers"`}},
		{name: "nobody in the group decides", people: []string{`"requestor", "approver"`, `"requestor"`}, by: "olga", person: "dana",
			check: "request.group", remedy: "give the role approver", text: "nobody has the role approver", mended: []string{}},
		{name: "the person has not the role", people: []string{`"Dana"
email = "dana@example.com"
roles = ["requestor", "approver"]`, `"Dana"
email = "dana@example.com"
roles = ["requestor"]`}, by: "olga", person: "dana", check: "request.person", remedy: `write "approver" among the roles of dana`, text: "has not the role", mended: []string{}},
		{name: "the person is disabled", people: []string{`name = "Dana"`, "name = \"Dana\"\ndisabled = true"}, by: "olga", person: "dana",
			check: "request.person", remedy: "disabled = true", text: "is disabled", mended: []string{`name = "Dana"`, "name = \"Dana\"\ndisabled = false"}},
		{name: "nobody has that login", by: "olga", person: "dora", check: "request.person", remedy: "add them to the people file", text: "nobody here",
			mended: []string{`login = "dana"`, `login = "dora"`, `dana@`, `dora@`, `"dana", `, `"dora", `}},
		{name: "their turn is still to come", people: []string{`name = "Vault Approvers"`, "name = \"Leads\"\nmembers = [\"dana\"]\n\n[[group]]\nname = \"Vault Approvers\"", `members = ["dana", "erin"]`, `members = ["erin"]`},
			conf: "[[approval.steps]]\ngroup = \"Leads\"\n[[approval.steps]]\ngroup = \"Vault Approvers\"\n", by: "olga", person: "erin",
			check: "request.person", remedy: `add "erin" to the members`, text: `the turn of "Vault Approvers" in step 2 comes after that`, mended: []string{"-"}},
		{name: "it is their own", by: "dana", person: "dana", check: "request.person", remedy: "somebody else", text: "and is told: this is your own request", mended: []string{"-"}},
		{name: "it is the only approver's own", people: []string{members, `members = ["dana"]`}, by: "dana", person: "erin", check: "request.group", remedy: "add another approver to Vault Approvers",
			text: "nobody there can decide it. dana is told: this is your own request", mended: []string{}},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, vaultsim.Options{})
			c.more = ill.conf
			c.apply(ill.people...)
			number := c.order(ill.by)
			_, found := c.doctor("--request", number, "--person", ill.person)
			if _, more := find(found, "config.file"); more {
				t.Errorf("what was not asked: %+v", found)
			}
			f, _ := find(found, ill.check)
			if f.State == "ok" || !strings.Contains(f.Remedy, ill.remedy) || !strings.Contains(f.Text, ill.text) {
				t.Fatalf("found %+v", found)
			}
			if len(ill.mended) == 1 {
				return
			}
			c.apply(ill.mended...)
			code, found := c.doctor("--request", number, "--person", ill.person)
			if f, _ := find(found, "request.person"); code != CodeOK || f.State != "ok" {
				t.Fatalf("after the remedy: %+v", found)
			}
			c.login = ill.person
			if _, out, errs := c.run("list", "waiting"); !strings.Contains(out, number) {
				t.Errorf("it is not under Approvals:\n%s%s", out, errs)
			}
		})
	}
}

func TestDoctorKnowsPeopleAndGroupsThatCannotDoTheirPart(t *testing.T) {
	t.Parallel()
	for _, ill := range []struct {
		name, check, remedy string
		people              []string
		conf                string
		by                  string // who orders something before
	}{
		{name: "a group without members", check: "groups.members", remedy: "people apply", people: []string{`members = ["casey"]`, "members = []"}},
		{name: "a group that fulfils without members", check: "groups.fulfilment", remedy: "add members to Vault Admins", people: []string{`members = ["casey"]`, "members = []"}},
		{name: "a single approver", check: "groups.approvers", remedy: "second approver", people: []string{`["dana", "erin"]`, `["dana"]`}},
		{name: "a group that decides and is not there", check: "groups.approvers", remedy: "add [[group]]", conf: "[approval]\ngroup = \"Nobody\"\n"},
		{name: "more approvals than people", check: "groups.approvers", remedy: "or lower `needed`", conf: "[approval]\nmode = \"n_of\"\nneeded = 3\n"},
		{name: "as many approvals as people", check: "groups.approvers", remedy: "add another approver", conf: "[approval]\nmode = \"n_of\"\nneeded = 2\n"},
		{name: "a request that nobody can decide", check: "requests.decidable", remedy: "doctor --request", people: []string{`["dana", "erin"]`, `["dana"]`}, by: "dana"},
		{name: "somebody without a key", check: "people.keys", remedy: "public keys", people: []string{`name = "Dana"`,
			"name = \"Dana\"\nkeys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE/wXvUJdHmZ0nZ1Yt9bZ9LrTFW0bDX8ODN1gFvXbWbB dana\"]"}},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, vaultsim.Options{})
			c.more = ill.conf
			c.apply(ill.people...)
			if ill.by != "" {
				c.order(ill.by)
			}
			_, found := c.doctor("--offline")
			f, _ := find(found, ill.check)
			if f.State == "ok" || !strings.Contains(f.Remedy, ill.remedy) {
				t.Fatalf("found %+v", found)
			}
			if ill.check == "people.keys" {
				return // the others come in as users of the host
			}
			c.more = ""
			c.apply()
			if _, found = c.doctor("--offline"); found == nil {
				t.Fatal("nothing found")
			}
			if f, _ := find(found, ill.check); f.State != "ok" {
				t.Errorf("after the remedy: %+v", found)
			}
		})
	}
	c := newClinic(t, vaultsim.Options{})
	if err := os.Mkdir(c.path(""), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, found := c.doctor("--offline"); !strings.Contains(mustFindOne(t, found, "people.some").Remedy, "people apply") {
		t.Errorf("a queue without people: %+v", found)
	}
	c.apply()
	if _, found := c.doctor("--offline"); mustFindOne(t, found, "people.some").State != "ok" {
		t.Errorf("a queue with people: %+v", found)
	}
}

func mustFindOne(t *testing.T, found []checkJSON, name string) checkJSON {
	t.Helper()
	f, ok := find(found, name)
	if !ok {
		t.Fatalf("no %s: %+v", name, found)
	}
	return f
}
