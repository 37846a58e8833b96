package vaultclient_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
)

const (
	dbaTeam = vaultclient.UID("dp1kidaDI2e1r2y0YSzcIw")
	unowned = vaultclient.UID("hOhVbIFAiH3XKPS1ltDnvA") // a shared folder of alice, which the service account may not manage
)

// ofType returns a record of a type from the vault of the recordings.
func ofType(t testing.TB, c *vaultclient.Client, typ string) vaultclient.UID {
	t.Helper()
	for _, item := range must[[]vaultclient.Item](t)(c.SearchAll(t.Context())) {
		if item.Type == typ {
			return item.UID
		}
	}
	t.Fatalf("no record of type %s", typ)
	return ""
}

func wantRefused(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation, want vaultclient.Refusal) {
	t.Helper()
	if out, ok := order(t, c, m).(vaultclient.Refused); !ok || out.Kind != want || out.Text == "" {
		t.Errorf("%v: %v, want %s", m, out, want)
	}
}

func TestSimTeamsInFolders(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	folder := func() vaultclient.SharedFolder {
		return must[vaultclient.SharedFolder](t)(c.GetSharedFolder(t.Context(), dba))
	}
	leave := vaultclient.UnshareFolderTeam{Folder: dba, Team: dbaTeam}
	wantStanding(t, leave.Verify(folder()), vaultclient.Absent)
	wantSilent(t, c, leave)
	wantStanding(t, leave.Verify(folder()), vaultclient.Stands)
	wantSilent(t, c, leave) // says no more the second time
	for _, join := range []vaultclient.ShareFolderTeam{
		{Folder: dba, Team: dbaTeam, ManageRecords: true, ManageUsers: true}, {Folder: dba, Team: dbaTeam, ManageUsers: true}, {Folder: dba, Team: dbaTeam},
	} {
		if f := join.Verify(folder()); f.Standing == vaultclient.Stands {
			t.Fatalf("%+v stands before it was sent", join)
		}
		wantSilent(t, c, join)
		wantStanding(t, join.Verify(folder()), vaultclient.Stands)
	}
	wantRefused(t, c, vaultclient.ShareFolderTeam{Folder: dba, Team: "AAAAAAAAAAAAAAAAAAAAAA"}, vaultclient.NoAccount)
	wantRefused(t, c, vaultclient.ShareFolderTeam{Folder: "AAAAAAAAAAAAAAAAAAAAAA", Team: dbaTeam}, vaultclient.ObjectMissing)
	wantRefused(t, c, vaultclient.ShareFolderTeam{Folder: unowned, Team: dbaTeam}, vaultclient.AccessDenied)
	wantLedger(t, s, vaultsim.FolderRevoke, vaultsim.FolderGrant, vaultsim.FolderChange, vaultsim.FolderChange)
	if rights := s.Ledger()[2].Rights; rights != "Can Manage Users" {
		t.Errorf("the vault gave %q", rights)
	}
}

func TestSimRightsOnTheRecordsOfAFolder(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	folder := func() vaultclient.SharedFolder {
		return must[vaultclient.SharedFolder](t)(c.GetSharedFolder(t.Context(), dba))
	}
	inside := folder().Records[0].UID
	for _, m := range []vaultclient.FolderRecordRights{
		{Folder: dba, Which: vaultclient.LaterRecords, CanEdit: true}, {Folder: dba, Which: vaultclient.OneRecord, Record: inside, CanShare: true},
		{Folder: dba, Which: vaultclient.PresentRecords, CanEdit: true, CanShare: true},
	} {
		wantStanding(t, m.Verify(folder()), vaultclient.Absent)
		wantSilent(t, c, m)
		wantStanding(t, m.Verify(folder()), vaultclient.Stands)
	}
	wantStanding(t, vaultclient.FolderRecordRights{Folder: dba, Which: vaultclient.OneRecord, Record: rz}.Verify(folder()), vaultclient.Different)
	wantRefused(t, c, vaultclient.FolderRecordRights{Folder: rz, Which: vaultclient.LaterRecords}, vaultclient.ObjectMissing)
	if kinds := did(s); kinds[0] != vaultsim.FolderDefaults || !slices.Contains(kinds, vaultsim.FolderRecords) {
		t.Errorf("the vault saw %v", kinds)
	}
}

func TestSimNestedFoldersAreToldApart(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	nested := vaultclient.UID(s.Vault().AddNestedFolder("", "Nested"))
	record := vaultclient.UID(s.Vault().AddRecord(vaultsim.Record{Title: "inside", Type: "login", Folder: string(nested)}))
	if err := c.SyncDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	var marked []vaultclient.UID
	for _, item := range append(must[[]vaultclient.Item](t)(c.SearchFolders(t.Context())), must[[]vaultclient.Item](t)(c.FindMarked(t.Context(), "inside"))...) {
		if item.Nested() {
			marked = append(marked, item.UID)
		}
	}
	if !slices.Equal(marked, []vaultclient.UID{nested, record}) {
		t.Errorf("nested are %v, want %v", marked, []vaultclient.UID{nested, record})
	}
	if got := must[vaultclient.Object](t)(c.Get(t.Context(), nested)); got != (vaultclient.NestedFolder{UID: nested, Name: "Nested"}) {
		t.Errorf("Get = %+v", got)
	}
	if _, err := c.GetSharedFolder(t.Context(), nested); !errors.Is(err, vaultclient.ErrWrongObject) {
		t.Errorf("GetSharedFolder = %v", err)
	}
	if !must[vaultclient.Record](t)(c.GetRecord(t.Context(), record)).Nested() || must[vaultclient.Record](t)(c.GetRecord(t.Context(), rz)).Nested() {
		t.Error("the record is not told apart")
	}
	wantRefused(t, c, vaultclient.ShareFolder{Folder: nested, Email: dave}, vaultclient.ObjectMissing)
	wantLedger(t, s)
}

func TestSimRotationWhenAccessEnds(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	pam := ofType(t, c, "pamUser")
	rotate := vaultclient.ShareRecord{Record: pam, Email: dave, Rotate: true, Expiry: vaultclient.After(time.Hour)}
	wantDone(t, c, rotate)
	onLogin := rotate
	onLogin.Record = free
	wantRefused(t, c, onLogin, vaultclient.NoRotation)
	s.Vault().EditRecord(string(pam), func(r *vaultsim.Record) { r.NoRotation = true })
	if err := c.SyncDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c, rotate, vaultclient.NoRotation)
	wantLedger(t, s, vaultsim.Grant)
	if !s.Ledger()[0].Rotates {
		t.Error("the vault was not told to rotate")
	}
}

func TestSimLinksAreFollowed(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("host", 2*3600)
	c, s := start(t, vaultsim.Options{Location: zone}, vaultclient.Options{})
	links := func() vaultclient.OneTimeShare {
		return must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(t.Context(), rz))[0]
	}
	for _, editable := range []bool{false, true} {
		made := wantDone(t, c, vaultclient.OneTimeShareCreate{Record: rz, Lives: 5 * time.Minute, Name: "REQ0012345", Editable: editable}).(vaultclient.OneTimeShareCreated)
		link := links()
		if strings.Contains(made.URL.Reveal(), "editable=true") != editable || link.Share != made.Share || made.Editable != editable {
			t.Errorf("made %+v, listed %+v", made, link)
		}
		if state := link.State(time.Now(), zone); state != vaultclient.LinkWaits {
			t.Errorf("a new link %s", state)
		}
		if !s.Vault().OpenLink(string(link.Share)) || s.Vault().OpenLink("x") {
			t.Error("not opened")
		}
		if state := links().State(time.Now(), zone); state != vaultclient.LinkOpened {
			t.Errorf("an opened link %s", state)
		}
		if state := links().State(time.Now().Add(6*time.Minute), zone); state != vaultclient.LinkExpired {
			t.Errorf("an old link %s", state)
		}
		if links().State(time.Now(), time.UTC) == vaultclient.LinkExpired {
			t.Error("the zone of the host does not count")
		}
		wantDone(t, c, vaultclient.OneTimeShareRemove{Record: rz, Share: made.Share})
	}
	for _, typ := range []string{"pamUser", "pamMachine", "pamDatabase"} {
		wantRefused(t, c, vaultclient.OneTimeShareCreate{Record: ofType(t, c, typ), Lives: time.Hour}, vaultclient.PAMRecord)
	}
	wantRefused(t, c, vaultclient.OneTimeShareCreate{Record: "AAAAAAAAAAAAAAAAAAAAAA", Lives: time.Hour}, vaultclient.ObjectMissing)
	wantLedger(t, s, vaultsim.LinkCreate, vaultsim.LinkRemove, vaultsim.LinkCreate, vaultsim.LinkRemove)
	if first := s.Ledger()[0]; first.Details != "REQ0012345" {
		t.Errorf("the vault saw %+v", first)
	}
}

func TestSimALostLinkIsFoundAndRemoved(t *testing.T) {
	t.Parallel()
	for _, kind := range []vaultsim.FaultKind{vaultsim.CutAfter, vaultsim.UpstreamAfter, vaultsim.RestartAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
			theirs := wantDone(t, c, vaultclient.OneTimeShareCreate{Record: rz, Lives: time.Hour}).(vaultclient.OneTimeShareCreated)
			s.Arm(vaultsim.Fault{Kind: kind, Command: "one-time-share"})
			m := vaultclient.OneTimeShareCreate{Record: rz, Lives: time.Hour, Name: "REQ0012345"}
			if id, err := c.Submit(t.Context(), m); err == nil {
				if r, err := c.Await(t.Context(), id); err == nil {
					if out, unknown := vaultclient.Judge(m, r).(vaultclient.Unknown); !unknown {
						t.Fatalf("judged %v", out)
					}
				}
			}
			waitIdle(t, c)
			list := func() []vaultclient.OneTimeShare {
				return must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(t.Context(), rz))
			}
			orphans := slices.DeleteFunc(list(), func(s vaultclient.OneTimeShare) bool { return s.Share == theirs.Share })
			if len(orphans) != 1 {
				t.Fatalf("orphans %+v", orphans)
			}
			wantDone(t, c, vaultclient.OneTimeShareRemove{Record: rz, Share: orphans[0].Share})
			if left := list(); len(left) != 1 || left[0].Share != theirs.Share {
				t.Errorf("left %+v", left)
			}
		})
	}
}

func TestSimRecordsThatDestroyThemselves(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	m := vaultclient.RecordAdd{Title: "t", Type: "login", Folder: dba, Marker: marker, SelfDestruct: 24 * time.Hour}
	made := wantDone(t, c, m).(vaultclient.RecordAdded)
	if id, err := vaultclient.ShareIDOf(made.URL); err != nil || id != made.Share {
		t.Errorf("evidence %+v, %v", made, err)
	}
	if links := must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(t.Context(), made.Record)); len(links) != 1 || links[0].Share != made.Share {
		t.Errorf("links %+v", links)
	}
	wantStanding(t, m.Verify(must[[]vaultclient.Item](t)(c.FindMarked(t.Context(), marker))), vaultclient.Different) // its link is lost
	m.SelfDestruct = 0
	wantStanding(t, m.Verify(must[[]vaultclient.Item](t)(c.FindMarked(t.Context(), marker))), vaultclient.Stands)
	wantLedger(t, s, vaultsim.RecordAdd, vaultsim.LinkCreate)
}

func TestSimRefusalsThatComeAsSuccess(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{PasswordLength: 12, BarredTypes: []string{"membership"}}, vaultclient.Options{Version: "18.0.13"})
	record := func(typ, field, value string) vaultclient.RecordAdd {
		return vaultclient.RecordAdd{Title: "t", Type: typ, Marker: marker, Fields: []vaultclient.Field{{Type: field, Value: vaultclient.Text(value)}}}
	}
	wantRefused(t, c, record("login", "password", "short"), vaultclient.PasswordPolicy)
	wantRefused(t, c, record("membership", "accountNumber", "1"), vaultclient.TypeBarred)
	wantRefused(t, c, record("noSuchType", "login", "x"), vaultclient.BadRecordType)
	weak := vaultclient.RecordUpdate{Record: rz, Fields: []vaultclient.Field{{Type: "password", Value: vaultclient.Text("short")}}}
	wantRefused(t, c, weak, vaultclient.PasswordPolicy)
	wantRefused(t, c, vaultclient.RecordUpdate{Record: "AAAAAAAAAAAAAAAAAAAAAA", Title: "x"}, vaultclient.ObjectMissing)
	wantLedger(t, s)
	wantDone(t, c, record("login", "password", "long enough for it"))
	wantLedger(t, s, vaultsim.RecordAdd)
}

func TestSimWhatSomeoneElseChangedIsNotOverwritten(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{})
	s.Vault().EditRecord(string(free), func(r *vaultsim.Record) { r.Notes = "theirs" })
	m := vaultclient.RecordUpdate{Record: free, Notes: vaultclient.NewSecret("mine")}
	wantRefused(t, c, m, vaultclient.OutOfSync)
	legacy := vaultclient.UID(s.Vault().AddRecord(vaultsim.Record{Title: "old", Type: "general", Version: 2}))
	if err := c.SyncDown(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c, vaultclient.RecordUpdate{Record: legacy, Title: "x"}, vaultclient.LegacyRecord)
	wantLedger(t, s)
	clearing := vaultclient.RecordUpdate{Record: free, ClearNotes: true}
	before := must[vaultclient.Record](t)(c.GetRecord(t.Context(), free)).Revision
	wantSilent(t, c, clearing)
	wantStanding(t, clearing.Verify(before, must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), free))), vaultclient.Stands)
}

func TestSimOnlyOurOwnRecordsCountAsCreated(t *testing.T) {
	t.Parallel()
	c, s := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
	m := vaultclient.RecordAdd{Title: "t", Type: "login", Marker: marker}
	find := func() []vaultclient.Item {
		if err := c.SyncDown(t.Context()); err != nil {
			t.Fatal(err)
		}
		return must[[]vaultclient.Item](t)(c.FindCreated(t.Context(), marker))
	}
	s.Vault().AddRecord(vaultsim.Record{Title: string(marker), Type: "login", Notes: "see " + string(marker)})
	s.Vault().AddRecord(vaultsim.Record{Title: "longer", Type: "login", Custom: []vaultsim.Field{
		{Type: "text", Label: vaultclient.MarkerLabel, Value: []any{string(marker) + "0"}}}})
	wantStanding(t, m.Verify(find()), vaultclient.Absent)
	wantDone(t, c, m)
	wantStanding(t, m.Verify(find()), vaultclient.Stands)
	wantDone(t, c, m)
	wantStanding(t, m.Verify(find()), vaultclient.Different)
}

// TestSimAnUnknownFolderIsNoticed has the folder go between the order and its execution: the service then takes the root.
func TestSimAnUnknownFolderIsNoticed(t *testing.T) {
	t.Parallel()
	c, _ := start(t, vaultsim.Options{}, vaultclient.Options{})
	m := vaultclient.RecordAdd{Title: "t", Type: "login", Folder: "AAAAAAAAAAAAAAAAAAAAAA", Marker: marker}
	added := wantDone(t, c, m).(vaultclient.RecordAdded)
	f := m.VerifyStored(must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), added.Record)))
	if f.Standing != vaultclient.Different || !strings.Contains(f.Text, "the root") {
		t.Errorf("found %+v", f)
	}
}
