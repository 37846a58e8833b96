package vaultsim

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatOthersTakeAwayElsewhere(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	v := m.s.Vault()
	m.run("one-time-share create -e 1h " + billing)
	if n := len(v.OneTimeShares(billing)); n != 1 {
		t.Errorf("%d links", n)
	}
	v.Unshare(billing, "Alice@example.com")
	if r := m.run("share-record -e alice@example.com -a revoke " + billing); !strings.Contains(r.text(t), "No share exists") {
		t.Errorf("revoke of a share that ended elsewhere: %s", r.body)
	}
	v.RemoveRecord(billing)
	if r := m.run("get " + billing + " --format=json"); r.status != http.StatusOK {
		t.Errorf("cached record: %d", r.status)
	}
	if r := m.run("share-record -e dave@example.com " + billing); r.status != http.StatusInternalServerError {
		t.Errorf("share of a record that is gone: %d %s", r.status, r.body)
	}
	m.run("sync-down")
	if r := m.run("get " + billing + " --format=json"); !strings.Contains(r.text(t), "Cannot find any object") {
		t.Errorf("after sync-down: %s", r.body)
	}
	if slices.Contains(v.Records(), billing) || len(v.OneTimeShares(billing)) != 0 {
		t.Error("the record or its link is still there")
	}
	v.DecideDevice("22dab9d8710629834182")
	if r := m.run("device-approve --reload -a 22dab9d8710629834182"); !strings.Contains(r.text(t), "No matching devices") {
		t.Errorf("device decided elsewhere: %s", r.body)
	}
	v.EditFolder(dbaSF, func(f *Folder) { f.Members = f.Members[1:] })
	if r := m.run("share-folder -e dave@example.com " + dbaSF); !strings.Contains(r.text(t), "access_denied") {
		t.Errorf("folder that the service account left: %d %s", r.status, r.body)
	}
}

func TestTeamsComeAndGoWithoutAWord(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	for _, command := range []string{
		"share-folder -e DBA -p off " + dbaSF, "share-folder -a remove -e DBA " + dbaSF,
		"share-folder -a remove -e DBA " + dbaSF, "share-folder -e dba " + dbaSF,
	} {
		if r := m.run(command); r.text(t) != emptyOutput {
			t.Errorf("%s: %s", command, r.body)
		}
	}
	if got := m.kinds(); !slices.Equal(got, []Kind{FolderChange, FolderRevoke, FolderGrant}) {
		t.Errorf("ledger %v", got)
	}
}

func TestCancelEndsAllSharesWithSomebody(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("share-record -e alice@example.com -a cancel -f " + billing)
	for _, e := range m.s.Ledger() {
		if e.Kind != Revoke || e.User != "alice@example.com" {
			t.Errorf("entry %+v", e)
		}
	}
	if n := len(m.s.Ledger()); n != 2 {
		t.Errorf("%d entries, alice had two shares", n)
	}
}

func TestDisarmedFaultDoesNotStrike(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	a := m.s.Arm(Fault{Kind: Throttled, Any: true, Count: -1})
	m.run("server")
	m.run("server")
	a.Disarm()
	if r := m.run("server"); r.status != http.StatusOK || a.Hits() != 2 {
		t.Errorf("%d after %d hits", r.status, a.Hits())
	}
}

func TestControlReleasesHangingCommands(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ControlToken: "secret"})
	a := m.s.Arm(Fault{Kind: Hang, Any: true})
	id := m.submit("server")
	<-a.Hit()
	if r, err := m.call("POST", "/__sim/release", "", "X-Sim-Token", "secret"); err != nil || r.status != http.StatusNoContent {
		t.Fatalf("%d, %v", r.status, err)
	}
	m.result(id)
	if r, err := m.call("POST", "/__sim/restart", "", "X-Sim-Token", "secret"); err != nil || r.status != http.StatusNoContent {
		t.Fatalf("%d, %v", r.status, err)
	}
	if r, _ := m.call("GET", "/api/v2/result/"+id, ""); r.status != http.StatusNotFound {
		t.Errorf("result after a restart: %d", r.status)
	}
}

func TestLargeVaultHasItsRecordsInFolders(t *testing.T) {
	t.Parallel()
	v := Large(1000, VaultOptions{Seed: 3, Clock: NewManualClock(RecordedStart())})
	if n, f := len(v.Records()), len(v.Folders()); n != 1000 || f != 500 {
		t.Errorf("%d records in %d folders", n, f)
	}
}

func TestClockWakesWaitsInTheirTime(t *testing.T) {
	t.Parallel()
	c := NewManualClock(RecordedStart())
	soon, forgetSoon := c.After(time.Second)
	late, forgetLate := c.After(time.Minute)
	defer forgetSoon()
	defer forgetLate()
	c.Advance(time.Second)
	<-soon
	select {
	case <-late:
		t.Error("the later wait is over too")
	default:
	}
	if now := c.Now(); !now.Equal(RecordedStart().Add(time.Second)) {
		t.Errorf("now %s", now)
	}
}
