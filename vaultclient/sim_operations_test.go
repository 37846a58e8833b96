package vaultclient_test

import (
	"errors"
	"testing"
	"time"

	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
)

// operation is one kind of order with the way to find out what became of it.
type operation struct {
	name  string
	setup func(testing.TB, *vaultclient.Client) // nil for none; what must stand before
	order func(testing.TB, *vaultclient.Client) vaultclient.Mutation
	look  func(testing.TB, *vaultclient.Client, vaultclient.Mutation) vaultclient.Finding
}

// recordLook reads the record afresh and has verify compare it with the order.
func recordLook[M vaultclient.Mutation](uid vaultclient.UID, verify func(M, vaultclient.Record) vaultclient.Finding) func(testing.TB, *vaultclient.Client, vaultclient.Mutation) vaultclient.Finding {
	return func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
		return verify(m.(M), must[vaultclient.Record](t)(c.GetRecord(t.Context(), uid)))
	}
}

// folderLook is recordLook for a shared folder.
func folderLook[M vaultclient.Mutation](verify func(M, vaultclient.SharedFolder) vaultclient.Finding) func(testing.TB, *vaultclient.Client, vaultclient.Mutation) vaultclient.Finding {
	return func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
		return verify(m.(M), must[vaultclient.SharedFolder](t)(c.GetSharedFolder(t.Context(), dba)))
	}
}

func plainly(m vaultclient.Mutation) func(testing.TB, *vaultclient.Client) vaultclient.Mutation {
	return func(testing.TB, *vaultclient.Client) vaultclient.Mutation { return m }
}

func doFirst(m vaultclient.Mutation) func(testing.TB, *vaultclient.Client) {
	return func(t testing.TB, c *vaultclient.Client) { wantDone(t, c, m) }
}

func operations() []operation {
	edit := vaultclient.ShareRecord{Record: free, Email: dave, Edit: true, Expiry: vaultclient.After(time.Hour)}
	login := vaultclient.RecordAdd{Title: "t", Type: "login", Folder: dba, Marker: marker}
	update := vaultclient.RecordUpdate{Record: free, Title: "renamed", Notes: vaultclient.NewSecret("new")}
	var revision int64 // of free before the update
	return []operation{
		{"grant", nil, plainly(edit), recordLook(free, func(m vaultclient.ShareRecord, r vaultclient.Record) vaultclient.Finding {
			return m.Verify(r, vaultclient.Window{From: time.Now().Add(-time.Minute), To: time.Now()})
		})},
		{"lower", doFirst(edit), plainly(vaultclient.LowerRecord{Record: free, Email: dave, DropEdit: true}), recordLook(free, vaultclient.LowerRecord.Verify)},
		{"revoke", doFirst(edit), plainly(vaultclient.RevokeRecord{Record: free, Email: dave}), recordLook(free, vaultclient.RevokeRecord.Verify)},
		{"owner", nil, plainly(vaultclient.TransferRecord{Record: free, Email: dave}), recordLook(free, vaultclient.TransferRecord.Verify)},
		{"folder grant", nil, plainly(vaultclient.ShareFolder{Folder: dba, Email: dave, ManageUsers: true}), folderLook(func(m vaultclient.ShareFolder, f vaultclient.SharedFolder) vaultclient.Finding {
			return m.Verify(f, time.UTC, vaultclient.Window{})
		})},
		{"folder remove", doFirst(vaultclient.ShareFolder{Folder: dba, Email: dave}), plainly(vaultclient.UnshareFolder{Folder: dba, Email: dave}), folderLook(vaultclient.UnshareFolder.Verify)},
		{"team grant", nil, plainly(vaultclient.ShareFolderTeam{Folder: dba, Team: dbaTeam, ManageUsers: true}), folderLook(vaultclient.ShareFolderTeam.Verify)},
		{"team remove", nil, plainly(vaultclient.UnshareFolderTeam{Folder: dba, Team: dbaTeam}), folderLook(vaultclient.UnshareFolderTeam.Verify)},
		{"folder defaults", nil, plainly(vaultclient.FolderRecordRights{Folder: dba, Which: vaultclient.LaterRecords, CanEdit: true}), folderLook(vaultclient.FolderRecordRights.Verify)},
		{"link create", nil, plainly(vaultclient.OneTimeShareCreate{Record: free, Lives: time.Hour, Name: string(marker)}), orphaned},
		{"link remove", nil, func(t testing.TB, c *vaultclient.Client) vaultclient.Mutation {
			link := wantDone(t, c, vaultclient.OneTimeShareCreate{Record: free, Lives: time.Hour}).(vaultclient.OneTimeShareCreated)
			return vaultclient.OneTimeShareRemove{Record: free, Share: link.Share}
		}, func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
			return m.(vaultclient.OneTimeShareRemove).Verify(must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(t.Context(), free)))
		}},
		{"record add", nil, plainly(login), func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
			return m.(vaultclient.RecordAdd).Verify(must[[]vaultclient.Item](t)(c.FindMarked(t.Context(), marker)))
		}},
		{"record update", func(t testing.TB, c *vaultclient.Client) {
			revision = must[vaultclient.Record](t)(c.GetRecord(t.Context(), free)).Revision
		}, plainly(update), func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
			return m.(vaultclient.RecordUpdate).Verify(revision, must[vaultclient.RecordWithSecrets](t)(c.GetSecrets(t.Context(), free)))
		}},
		{"endpoint", nil, func(t testing.TB, c *vaultclient.Client) vaultclient.Mutation {
			pending := must[[]vaultclient.EPMRequest](t)(c.ListEPM(t.Context(), vaultclient.EPMPending))
			return vaultclient.EPMAction{Approval: pending[0].UID, Verb: vaultclient.EPMApprove}
		}, func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
			if err := c.SyncEPM(t.Context()); err != nil {
				t.Fatal(err)
			}
			action := m.(vaultclient.EPMAction)
			return action.Verify(must[vaultclient.EPMRequest](t)(c.ViewEPM(t.Context(), action.Approval)))
		}},
		{"device", nil, plainly(vaultclient.DeviceAction{Device: "22dab9d8710629834182", Verb: vaultclient.DeviceApprove}), func(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
			return m.(vaultclient.DeviceAction).Verify(must[[]vaultclient.Device](t)(c.ListDevices(t.Context())))
		}},
	}
}

// orphaned finds a link whose URL was lost: it is there, but it is not what was ordered.
func orphaned(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) vaultclient.Finding {
	create := m.(vaultclient.OneTimeShareCreate)
	list := must[[]vaultclient.OneTimeShare](t)(c.ListOneTimeShares(t.Context(), create.Record))
	if len(list) == 0 {
		return vaultclient.Finding{Standing: vaultclient.Absent}
	}
	return vaultclient.Finding{Standing: vaultclient.Stands}
}

// TestSimEveryOperationHasATrueOutcomeUnderEveryFault sends each kind of order once into each fault. Whatever the client is told,
// Submit and Judge never claim what the ledger denies, and a look at the vault afterwards finds what the ledger says.
func TestSimEveryOperationHasATrueOutcomeUnderEveryFault(t *testing.T) {
	t.Parallel()
	for i := range operations() {
		for _, kind := range []vaultsim.FaultKind{
			vaultsim.CutBefore, vaultsim.CutAfter, vaultsim.RateLimited, vaultsim.QueueFull, vaultsim.GarbageHTML, vaultsim.GarbageTruncated, vaultsim.GarbageEmpty,
			vaultsim.UpstreamBefore, vaultsim.UpstreamAfter, vaultsim.Throttled, vaultsim.RestartBefore, vaultsim.RestartAfter, vaultsim.SessionLost,
		} {
			op := operations()[i] // one for each run, as it keeps what it saw before
			t.Run(op.name+" and "+string(kind), func(t *testing.T) {
				t.Parallel()
				c, s := start(t, vaultsim.Options{}, vaultclient.Options{Version: "18.0.13"})
				if op.setup != nil {
					op.setup(t, c)
				}
				m := op.order(t, c)
				before := len(s.Ledger())
				s.Arm(vaultsim.Fault{Kind: kind, Any: true})
				claimed, mayBe := submitOnce(t, c, m)
				s.RestoreSession()
				waitIdle(t, c)
				if err := c.SyncDown(t.Context()); err != nil {
					t.Fatal(err)
				}
				effects := len(s.Ledger()) - before
				if effects > 1 || claimed && effects != 1 || !mayBe && effects != 0 {
					t.Errorf("claimed %t, left open %t, the vault saw %v", claimed, mayBe, did(s)[before:])
				}
				if stands := op.look(t, c, m).Standing == vaultclient.Stands; stands != (effects == 1) {
					t.Errorf("a look finds it standing: %t, the vault saw %v", stands, did(s)[before:])
				}
			})
		}
	}
}

// submitOnce sends m once. claimed says that it was reported as done, mayBe that it was not reported as surely not done.
func submitOnce(t testing.TB, c *vaultclient.Client, m vaultclient.Mutation) (claimed, mayBe bool) {
	id, err := c.Submit(t.Context(), m)
	if err != nil {
		if vaultclient.Advice(err) == "" {
			t.Errorf("no advice for %v", err)
		}
		return false, errors.Is(err, vaultclient.ErrMaybeQueued)
	}
	r, err := c.Await(t.Context(), id)
	if err != nil {
		if !errors.Is(err, vaultclient.ErrRequestUnknown) {
			t.Errorf("Await = %v", err)
		}
		return false, true
	}
	switch vaultclient.Judge(m, r).(type) {
	case vaultclient.Done:
		return true, true
	case vaultclient.Refused:
		return false, false
	}
	return false, true
}
