package vaultclient_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"

	"pgregory.net/rapid"
)

const (
	rz     = vaultclient.UID("RZToj60CrP9GDxjDTPWxAQ") // a record of the service account, shared with alice for viewing
	free   = vaultclient.UID("NebebBkWL8I-15gXTW2y_w")
	dba    = vaultclient.UID("4KcmDEAO-kNEDojKV8dTXw") // a shared folder
	dave   = vaultclient.Email("dave@example.com")
	marker = vaultclient.Marker("REQ0012345")
)

// start runs a simulated service over the vault of the recordings and returns a client of it.
func start(t *testing.T, so vaultsim.Options, co vaultclient.Options) (*vaultclient.Client, *vaultsim.Server) {
	t.Helper()
	so.Vault = vaultsim.Recorded(vaultsim.NewClock())
	if so.Keys == nil {
		so.Keys = []vaultsim.Key{{Value: vaultsim.RecordedKey}}
	}
	if so.RateLimit == "" {
		so.RateLimit = "100000/minute"
	}
	s, err := vaultsim.New(so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	url, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	co.URL, co.Key = url, vaultsim.RecordedKey
	if co.Budget == nil {
		co.Budget = vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 100_000}, nil)
	}
	c, err := vaultclient.New(co)
	if err != nil {
		t.Fatal(err)
	}
	c.PollEvery(time.Millisecond)
	return c, s
}

// order sends a mutation and judges its answer.
func order(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Outcome {
	t.Helper()
	id, err := c.Submit(t.Context(), m)
	if err != nil {
		t.Fatalf("submit %T: %v", m, err)
	}
	r, err := c.Await(t.Context(), id)
	if err != nil {
		t.Fatalf("await %T: %v", m, err)
	}
	return vaultclient.Judge(m, r)
}

func wantDone(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Evidence {
	t.Helper()
	done, ok := order(t, c, m).(vaultclient.Done)
	if !ok {
		t.Fatalf("%T: %v", m, order(t, c, m))
	}
	return done.Evidence
}

func wantSilent(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) {
	t.Helper()
	if out, ok := order(t, c, m).(vaultclient.Unknown); !ok || out.Cause != vaultclient.Silent {
		t.Fatalf("%T: %v", m, out)
	}
}

func wantStanding(t testing.TB, f vaultclient.Finding, want vaultclient.Standing) {
	t.Helper()
	if f.Standing != want {
		t.Fatalf("found %s %q, want %s", f.Standing, f.Text, want)
	}
}

// must fails the test on an error, for reads that have to work.
func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// did returns the kinds of ledger entries.
func did(s *vaultsim.Server) []vaultsim.Kind {
	var kinds []vaultsim.Kind
	for _, e := range s.Ledger() {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func wantLedger(t testing.TB, s *vaultsim.Server, want ...vaultsim.Kind) {
	t.Helper()
	if got := did(s); !slices.Equal(got, want) {
		t.Errorf("the vault saw %v, want %v", got, want)
	}
}

func TestSimEveryReadWorks(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]vaultsim.Options{
		"v1":        {},
		"v2 only":   {NoV1: true},
		"no queue":  {NoQueue: true},
		"encrypted": {EncryptionKey: "ABCDEFGHIJKLMNOPQRSTUVWX12345678"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			c, s := start(t, o, vaultclient.Options{EncryptionKey: vaultclient.Credential(o.EncryptionKey)})
			if items := must[[]vaultclient.Item](t)(c.SearchAll(ctx)); len(items) < 200 {
				t.Errorf("%d items", len(items))
			}
			if rec := must[vaultclient.Record](t)(c.GetRecord(ctx, rz)); rec.Title != "billing-prod login 000" || rec.Owner() != "svc-commander@example.com" {
				t.Errorf("record %+v", rec)
			}
			if f := must[vaultclient.SharedFolder](t)(c.GetSharedFolder(ctx, dba)); f.Name != "DBA Shared" || len(f.Records) == 0 {
				t.Errorf("folder %+v", f)
			}
			if folders := must[[]vaultclient.Item](t)(c.ListSharedFolders(ctx)); len(folders) < 10 {
				t.Errorf("%d folders", len(folders))
			}
			if entries := must[[]vaultclient.FolderEntry](t)(c.ListFolder(ctx, "")); len(entries) < 10 {
				t.Errorf("%d entries", len(entries))
			}
			if nodes := must[[]vaultclient.TreeNode](t)(c.Tree(ctx)); len(nodes) < 20 {
				t.Errorf("%d nodes", len(nodes))
			}
			if links := must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(ctx, rz)); len(links) != 0 {
				t.Errorf("links %+v", links)
			}
			if v := must[vaultclient.Version](t)(c.Version(ctx)); v.String() != "18.0.13" {
				t.Errorf("version %s", v)
			}
			if a := must[vaultclient.Account](t)(c.WhoAmI(ctx)); a.User != "svc-commander@example.com" {
				t.Errorf("account %+v", a)
			}
			must[string](t)(c.Server(ctx))
			must[[]vaultclient.EPMRequest](t)(c.ListEPM(ctx, vaultclient.EPMPending))
			must[[]vaultclient.Device](t)(c.ListDevices(ctx))
			if err := errors.Join(c.SyncDown(ctx), c.SyncEPM(ctx)); err != nil {
				t.Error(err)
			}
			if _, err := c.Get(ctx, "AAAAAAAAAAAAAAAAAAAAAA"); !errors.Is(err, vaultclient.ErrNotFound) {
				t.Errorf("an unknown UID: %v", err)
			}
			if h := c.Health(ctx); h.Err != nil || errors.Is(h.QueueErr, vaultclient.ErrQueueOff) != o.NoQueue {
				t.Errorf("health %+v", h)
			}
			if _, err := c.Submit(ctx, vaultclient.RevokeRecord{Record: rz, Email: dave}); errors.Is(err, vaultclient.ErrQueueOff) != o.NoQueue {
				t.Errorf("a change: %v", err)
			}
			if !o.NoQueue {
				return
			}
			wantLedger(t, s)
		})
	}
}

func TestSimRecordAccessFromGrantToRevoke(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	grant := vaultclient.ShareRecord{Record: free, Email: "Dave@Example.com", Edit: true, Expiry: vaultclient.After(4 * time.Hour)}
	w := vaultclient.Window{From: time.Now()}
	got, ok := wantDone(t, c, grant).(vaultclient.RecordShared)
	w.To = time.Now()
	if at, err := got.Expires.In(time.UTC); !ok || got.Changed || err != nil || time.Until(at) > 4*time.Hour {
		t.Errorf("evidence %+v, %v", got, err)
	}
	record := func() vaultclient.Record { return must[vaultclient.Record](t)(c.GetRecord(ctx, free)) }
	wantStanding(t, grant.Verify(record(), w), vaultclient.Stands)

	endless := vaultclient.ShareRecord{Record: free, Email: dave, Edit: true, Share: true, Expiry: vaultclient.Endless()}
	if again := wantDone(t, c, endless).(vaultclient.RecordShared); !again.Changed || again.Expires != vaultclient.Never {
		t.Errorf("evidence %+v", again)
	}
	wantStanding(t, endless.Verify(record(), w), vaultclient.Stands)
	wantStanding(t, grant.Verify(record(), w), vaultclient.Different)

	lower := vaultclient.LowerRecord{Record: free, Email: dave, DropEdit: true, DropShare: true}
	wantDone(t, c, lower)
	wantStanding(t, lower.Verify(record()), vaultclient.Stands)

	revoke := vaultclient.RevokeRecord{Record: free, Email: dave}
	wantStanding(t, revoke.Verify(record()), vaultclient.Absent)
	wantDone(t, c, revoke)
	wantStanding(t, revoke.Verify(record()), vaultclient.Stands)
	if out, ok := order(t, c, revoke).(vaultclient.Refused); !ok || out.Kind != vaultclient.AlreadyAbsent {
		t.Errorf("revoked twice: %v", out)
	}
	if out, ok := order(t, c, vaultclient.ShareRecord{Record: free, Email: "newhire@example.com"}).(vaultclient.Refused); !ok || out.Kind != vaultclient.InvitationSent {
		t.Errorf("an invitation: %v", out)
	}
	if out, ok := order(t, c, vaultclient.ShareRecord{Record: free, Email: "ghost@nowhere.example"}).(vaultclient.Refused); !ok || out.Kind != vaultclient.NoAccount {
		t.Errorf("nobody: %v", out)
	}
	// The service's word search takes this address for a failure; the evidence counts.
	wantDone(t, c, vaultclient.ShareRecord{Record: free, Email: "invalid.user@example.com"})
	transfer := vaultclient.TransferRecord{Record: free, Email: "bob@example.com"}
	wantDone(t, c, transfer)
	wantStanding(t, transfer.Verify(record()), vaultclient.Stands)
	wantLedger(t, s, vaultsim.Grant, vaultsim.Change, vaultsim.Change, vaultsim.Revoke, vaultsim.Invite, vaultsim.Grant, vaultsim.Owner)
}

func TestSimFoldersLinksAndDevices(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	w := vaultclient.Window{From: time.Now(), To: time.Now().Add(time.Minute)}
	folder := func() vaultclient.SharedFolder { return must[vaultclient.SharedFolder](t)(c.GetSharedFolder(ctx, dba)) }
	join := vaultclient.ShareFolder{Folder: dba, Email: dave, ManageRecords: true}
	wantDone(t, c, join)
	wantStanding(t, join.Verify(folder(), time.UTC, w), vaultclient.Stands)
	limited := vaultclient.ShareFolder{Folder: dba, Email: dave, Expiry: vaultclient.After(time.Hour)}
	wantDone(t, c, limited)
	wantStanding(t, limited.Verify(folder(), time.UTC, w), vaultclient.Stands)
	leave := vaultclient.UnshareFolder{Folder: dba, Email: dave}
	wantDone(t, c, leave)
	wantStanding(t, leave.Verify(folder()), vaultclient.Stands)
	wantSilent(t, c, leave)

	created := wantDone(t, c, vaultclient.OneTimeShareCreate{Record: rz, Lives: time.Hour, Name: "REQ0012345"}).(vaultclient.OneTimeShareCreated)
	links := must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(ctx, rz))
	if len(links) != 1 || links[0].Share != created.Share {
		t.Errorf("links %+v, created %s", links, created.Share)
	}
	remove := vaultclient.OneTimeShareRemove{Record: rz, Share: created.Share}
	wantStanding(t, remove.Verify(links), vaultclient.Absent)
	wantDone(t, c, remove)
	wantStanding(t, remove.Verify(must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(ctx, rz))), vaultclient.Stands)

	devices := must[[]vaultclient.Device](t)(c.ListDevices(ctx))
	if len(devices) < 2 {
		t.Fatalf("devices %+v", devices)
	}
	decide := vaultclient.DeviceAction{Device: devices[0].ID, Verb: vaultclient.DeviceApprove}
	wantSilent(t, c, decide)
	wantStanding(t, decide.Verify(must[[]vaultclient.Device](t)(c.ListDevices(ctx))), vaultclient.Stands)
	if out, ok := order(t, c, decide).(vaultclient.Refused); !ok || out.Kind != vaultclient.AlreadyHandled {
		t.Errorf("decided twice: %v", out)
	}
	wantLedger(t, s, vaultsim.FolderGrant, vaultsim.FolderChange, vaultsim.FolderRevoke, vaultsim.LinkCreate, vaultsim.LinkRemove, vaultsim.DeviceApprove)
}

func TestSimEndpointRequests(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	pending := must[[]vaultclient.EPMRequest](t)(c.ListEPM(ctx, vaultclient.EPMPending))
	for i, verb := range []vaultclient.EPMVerb{vaultclient.EPMApprove, vaultclient.EPMDeny} {
		m := vaultclient.EPMAction{Approval: pending[i].UID, Verb: verb}
		view := func() vaultclient.EPMRequest { return must[vaultclient.EPMRequest](t)(c.ViewEPM(ctx, m.Approval)) }
		wantStanding(t, m.Verify(view()), vaultclient.Absent)
		wantSilent(t, c, m)
		wantStanding(t, m.Verify(view()), vaultclient.Stands)
		if out, ok := order(t, c, m).(vaultclient.Refused); !ok || out.Kind != vaultclient.AlreadyHandled {
			t.Errorf("decided twice: %v", out)
		}
	}
	must[[]vaultclient.EPMRequest](t)(c.ListEPM(ctx, vaultclient.EPMPending)) // fills the service's cache again
	// The UIDs of endpoint requests may begin with a minus sign.
	uid := vaultclient.UID(s.Vault().AddApproval(vaultsim.Approval{UID: "-N-aaaaaaaaaaaaaaaaaaa", ExpireIn: 30}))
	if _, err := c.ViewEPM(ctx, uid); !errors.Is(err, vaultclient.ErrNotFound) {
		t.Errorf("a request newer than the cache: %v", err)
	}
	if err := c.SyncEPM(ctx); err != nil {
		t.Fatal(err)
	}
	m := vaultclient.EPMAction{Approval: uid, Verb: vaultclient.EPMDeny}
	wantSilent(t, c, m)
	wantStanding(t, m.Verify(must[vaultclient.EPMRequest](t)(c.ViewEPM(ctx, uid))), vaultclient.Stands)
	wantLedger(t, s, vaultsim.Approve, vaultsim.Deny, vaultsim.Deny)
}

func TestSimRecordsKeepEveryCharacter(t *testing.T) {
	t.Parallel()
	c, _ := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
	// The simulator keeps the last private code points for lone surrogates.
	anything := rapid.String().Filter(func(s string) bool {
		return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x10F800 })
	})
	line := rapid.StringOf(rapid.RuneFrom([]rune("ab-${}'\"\\ =&<>;#.,:\t\x1b\u202e東🔐")))
	rapid.Check(t, func(rt *rapid.T) {
		m := vaultclient.RecordAdd{
			Title: "t" + line.Draw(rt, "title"), Type: "login", Folder: dba, Marker: marker,
			Notes: vaultclient.NewSecret("n" + rapid.StringOf(rapid.RuneFrom([]rune("ab\n ${'"))).Draw(rt, "notes")),
			Fields: []vaultclient.Field{
				{Type: "login", Value: vaultclient.Text("l" + anything.Draw(rt, "login"))},
				{Type: "password", Value: vaultclient.RandomPassword(20)},
				{Type: "text", Label: "Env", Custom: true, Value: vaultclient.Text(line.Draw(rt, "env") + "$GEN")},
			},
		}
		added, ok := wantDone(t, c, m).(vaultclient.RecordAdded)
		if !ok {
			rt.Fatal("no record")
		}
		got := must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), added.Record))
		if got.Record.Title != m.Title || got.Record.Marker != marker || got.Record.Folder.UID != dba || got.Secrets.Notes.Reveal() != m.Notes.Reveal() {
			rt.Fatalf("stored %+v with notes %q, want %+v", got.Record, got.Secrets.Notes.Reveal(), m)
		}
		update := vaultclient.RecordUpdate{Record: added.Record, Title: m.Title, Notes: m.Notes, Fields: m.Fields}
		if f := update.Verify(got.Record.Revision-1, got); f.Standing != vaultclient.Stands {
			rt.Fatalf("stored differently: %s", f.Text)
		}
	})
}

func TestSimUpdatesAreProvedByReading(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
	before := must[vaultclient.Record](t)(c.GetRecord(ctx, rz))
	m := vaultclient.RecordUpdate{Record: rz, Title: "Renamed", Notes: vaultclient.NewSecret("more"), Append: true, Fields: []vaultclient.Field{
		{Type: "login", Value: vaultclient.Text("new login")}, {Type: "url", Value: vaultclient.Text("")},
	}}
	verify := func() vaultclient.Finding {
		return m.Verify(before.Revision, must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(ctx, rz)))
	}
	wantStanding(t, verify(), vaultclient.Absent)
	wantSilent(t, c, m)
	wantStanding(t, verify(), vaultclient.Stands)
	wantLedger(t, s, vaultsim.RecordUpdate)
}
