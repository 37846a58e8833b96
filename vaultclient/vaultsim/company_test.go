package vaultsim

import (
	"strings"
	"testing"
)

func TestCompanyIsOfTheSizeThatTheDemoShows(t *testing.T) {
	t.Parallel()
	w := Company(1, NewManualClock(RecordedStart()))
	if n := len(w.People); n < 38 || n > 45 {
		t.Errorf("%d people, want about 40", n)
	}
	if n := len(w.Records); n != 200 {
		t.Errorf("%d records, want 200", n)
	}
	if n := len(w.Folders); n != 30 {
		t.Errorf("%d folders, want 30", n)
	}
	for _, title := range []string{"prod-db-01", "vpn-gateway", "github-deploy-key", "stripe-live", "Payroll"} {
		if _, ok := w.Record(title); !ok {
			t.Errorf("no record is called %s", title)
		}
	}
	for _, name := range []string{"alice", "bob", "carol", "dana", "erin", "frank", "grace", "heidi", "omar", "priya"} {
		found := false
		for _, p := range w.People {
			found = found || p.Email == name+"@example.com" && p.Relation == Known
		}
		if !found {
			t.Errorf("nobody is %s", name)
		}
	}
	types := map[string]int{}
	for _, r := range w.Records {
		types[r.Type]++
	}
	for _, typ := range []string{"login", "databaseCredentials", "serverCredentials", "sshKeys", "softwareLicense", "encryptedNotes",
		"membership", "pamUser", "pamMachine"} {
		if types[typ] == 0 {
			t.Errorf("no record of type %s", typ)
		}
	}
	states := map[string]int{}
	overridden := false
	for _, a := range w.Vault.Approvals() {
		states[a.Status]++
		overridden = overridden || strings.ContainsRune(a.Application[0].Value, 0x202E)
	}
	for _, s := range []string{Pending, Approved, Denied, Expired, Escalated} {
		if states[s] == 0 {
			t.Errorf("no endpoint request is %s", s)
		}
	}
	if !overridden {
		t.Error("no file name has a right-to-left override")
	}
	if len(w.Vault.Devices()) == 0 {
		t.Error("no device waits")
	}
}

func TestSameSeedGivesSameCompany(t *testing.T) {
	t.Parallel()
	clock := NewManualClock(RecordedStart())
	a, b, c := Company(7, clock), Company(7, clock), Company(8, clock)
	if a.Records[17] != b.Records[17] || a.Folders[3] != b.Folders[3] {
		t.Error("two companies of one seed differ")
	}
	if a.Records[17].UID == c.Records[17].UID {
		t.Error("companies of two seeds share a uid")
	}
}

func TestEveryShareOfTheCompanyNamesARecord(t *testing.T) {
	t.Parallel()
	w := Company(1, NewManualClock(RecordedStart()))
	if len(w.Vault.Shares("")) > 0 {
		t.Error("a share belongs to no record")
	}
}
