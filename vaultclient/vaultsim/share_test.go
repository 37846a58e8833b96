package vaultsim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestExpiredShareEndsAsAWhole(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	// bob may edit for good; a timed raise to re-share puts an end to all of it.
	m.run("share-record --email=bob@example.com --action=grant --share --expire-in=1h " + gitlab)
	if got := m.s.Vault().Shares(gitlab); len(got) != 1 || got[0].Rights != (Rights{Edit: true, Share: true}) {
		t.Errorf("shares %v", got)
	}
	m.clock.Advance(59 * time.Minute)
	if got := m.s.Vault().Shares(gitlab); len(got) != 1 {
		t.Errorf("shares before the end %v", got)
	}
	m.clock.Advance(time.Minute)
	if got := m.s.Vault().Shares(gitlab); len(got) != 0 {
		t.Errorf("shares after the end %v", got)
	}
	if got := m.kinds(); !slices.Equal(got, []Kind{Change}) {
		t.Errorf("ledger %v", got)
	}
	if r := m.run("share-record -e bob@example.com " + gitlab); !strings.Contains(r.text(t), "has been granted to") {
		t.Errorf("granted again: %s", r.body)
	}
}

func TestLedgerLeavesOutWhatChangedNothing(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run(grantDave)
	m.run(grantDave)
	m.run("share-record -e dave@example.com -a revoke -w " + billing)
	m.run("share-record -e dave@example.com -a revoke " + billing)
	m.run("share-record -e dave@example.com -a revoke " + billing)
	if got := m.kinds(); !slices.Equal(got, []Kind{Grant, Revoke}) {
		t.Errorf("ledger %v", got)
	}
}

func TestLedgerSaysWhatSomebodyHasAfterwards(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("share-record -e Dave@Example.com -w --expire-at 2026-11-21T23:00:00+01:00 " + billing)
	want := Entry{Seq: 1, At: RecordedStart(), Kind: Grant, Record: billing, User: "dave@example.com", Rights: "edit",
		Expires: time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)}
	got := m.s.Ledger()
	if len(got) != 1 {
		t.Fatalf("ledger %v", got)
	}
	got[0].Expires = got[0].Expires.UTC()
	if got[0] != want {
		t.Errorf("entry %+v, want %+v", got[0], want)
	}
}

func TestInvitationSharesNothingUntilItIsAccepted(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	command := "share-record -e newhire@example.com " + billing
	if r := m.run(command); r.status != 200 || !strings.HasPrefix(r.text(t), "Share invitation has been sent") {
		t.Errorf("invited: %d %s", r.status, r.body)
	}
	m.s.Vault().SetRelation("newhire@example.com", Known)
	if r := m.run(command); !strings.Contains(r.text(t), "has been granted") {
		t.Errorf("accepted: %d %s", r.status, r.body)
	}
	if got := m.kinds(); !slices.Equal(got, []Kind{Invite, Grant}) {
		t.Errorf("ledger %v", got)
	}
}

func TestChangesMadeElsewhereWaitForSyncDownExceptForPermissions(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	v := m.s.Vault()
	v.EditRecord(billing, func(r *Record) { r.Title = "Renamed elsewhere" })
	v.Share(billing, "carol@example.com", Rights{}, time.Time{})
	read := func() (string, bool) {
		o := m.data("get " + billing + " --format=json").(map[string]any)
		carol := false
		for _, p := range o["user_permissions"].([]any) {
			carol = carol || p.(map[string]any)["username"] == "carol@example.com"
		}
		return o["title"].(string), carol
	}
	if title, carol := read(); title != "billing-prod login 000" || !carol {
		t.Errorf("before: %q, carol %t", title, carol)
	}
	m.run("share-record -e dave@example.com " + billing)
	if title, _ := read(); title != "billing-prod login 000" {
		t.Error("share-record refreshed the vault")
	}
	m.run("sync-down")
	if title, _ := read(); title != "Renamed elsewhere" {
		t.Errorf("after: %q", title)
	}
	gone := v.AddRecord(Record{Title: "New elsewhere", Type: "login"})
	if r := m.run("share-record -e dave@example.com " + gone); r.status != 500 {
		t.Errorf("sharing an unseen record: %d %s", r.status, r.body)
	}
}

func TestUpdatingARecordChangedElsewhereIsOutOfSync(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.s.Vault().EditRecord(billing, func(r *Record) { r.Notes = "changed" })
	if r := m.run("record-update -r " + billing + " login=x"); r.status != 500 || !strings.Contains(r.text(t), "RS_OUT_OF_SYNC") {
		t.Errorf("%d %s", r.status, r.body)
	}
	m.run("sync-down")
	if r := m.run("record-update -r " + billing + " login=x"); r.status != 200 {
		t.Errorf("after sync-down: %d %s", r.status, r.body)
	}
}

func TestFolderMembershipEndsByItself(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("share-folder -a grant -e alice@example.com -p on -o off --expire-in 2h -f " + dbaSF)
	users := func() string {
		o := m.data("get " + dbaSF + " --format=json").(map[string]any)
		var out []string
		for _, u := range o["users"].([]any) {
			u := u.(map[string]any)
			out = append(out, fmt.Sprint(u["username"], " ", u["manage_records"], " ", u["expiration"]))
		}
		return strings.Join(out, "; ")
	}
	if got := users(); !strings.HasSuffix(got, "alice@example.com true 2026-11-21T21:54:20") {
		t.Errorf("users %s", got)
	}
	m.clock.Advance(2 * time.Hour)
	if got := users(); strings.Contains(got, "alice") {
		t.Errorf("users after the end %s", got)
	}
	if got := m.kinds(); !slices.Equal(got, []Kind{FolderGrant}) {
		t.Errorf("ledger %v", got)
	}
}

func TestLinkIDFollowsFromItsURL(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	url := m.run("one-time-share create -e 1h --name=x " + billing).text(t)
	_, fragment, _ := strings.Cut(url, "#")
	rows := m.data("one-time-share list " + billing + " --format=json").([]any)
	if id := rows[0].(map[string]any)["share_link_id"]; id != LinkID(fragment) {
		t.Errorf("id %v, want %s of %s", id, LinkID(fragment), url)
	}
	if r := m.run("one-time-share remove " + billing + " " + LinkID(fragment)[:8]); !strings.Contains(r.text(t), "is removed") {
		t.Errorf("removal by prefix: %s", r.body)
	}
	if got := m.kinds(); !slices.Equal(got, []Kind{LinkCreate, LinkRemove}) {
		t.Errorf("ledger %v", got)
	}
	// A link whose time is over is listed only on request.
	m.run("one-time-share create -e 1h " + billing)
	m.clock.Advance(time.Hour)
	if rows := m.data("one-time-share list " + billing + " --format=json").([]any); len(rows) != 0 {
		t.Errorf("expired link listed: %v", rows)
	}
	rows = m.data("one-time-share list -a " + billing + " --format=json").([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["status"] != "Expired" {
		t.Errorf("all links: %v", rows)
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want time.Duration
		fail bool
	}{
		{"15", 15 * time.Minute, false},
		{"1d 12h", 36 * time.Hour, false},
		{"2mo", 60 * 24 * time.Hour, false},
		{"1years", 365 * 24 * time.Hour, false},
		{"abc", 0, false},
		{"5m", 0, true},
		{"1hour", 0, true},
	} {
		got, err := parsePeriod(tt.text)
		if got != tt.want || (err != nil) != tt.fail {
			t.Errorf("parsePeriod(%q) = %s, %v", tt.text, got, err)
		}
	}
}

func TestNaiveExpiryIsLocalToTheServiceHost(t *testing.T) {
	t.Parallel()
	zurich := time.FixedZone("UTC+1", 3600)
	m := start(t, Options{Location: zurich})
	m.run("share-record -e dave@example.com --expire-at 2026-12-01T12:00:00 " + billing)
	if got := m.s.Ledger()[0].Expires; !got.Equal(time.Date(2026, 12, 1, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("expires %s", got)
	}
}
