package demo

import (
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// Titles of records that the demo adds to the company's.
const (
	twinTitle = "рrod-db-01" // the first letter is Cyrillic
	goneTitle = "old-wiki-db"
)

// company returns the company's vault with what the demo needs beyond it, made as
// if at a moment. The same seed and moment give the same.
func company(seed uint64, began time.Time, clock *vaultsim.Clock) *vaultsim.World {
	present := clock.Now()
	clock.Advance(began.Sub(present))
	w := vaultsim.Company(seed, clock)
	folder, _ := w.Folder("Vendors")
	add := func(title, kind string) string {
		uid := w.Vault.AddRecord(vaultsim.Record{Title: title, Type: kind, Folder: folder.UID})
		w.Records = append(w.Records, vaultsim.Item{UID: uid, Title: title, Type: kind, Folder: folder.Path})
		return uid
	}
	add(twinTitle, "databaseCredentials")
	w.Vault.RemoveRecord(add(goneTitle, "databaseCredentials"))
	for _, sh := range standing() {
		item, _ := w.Record(sh.title)
		w.Vault.Share(item.UID, sh.login+"@example.com", vaultsim.Rights{Edit: sh.right.Edit(), Share: sh.right.Share()}, time.Time{})
	}
	clock.Advance(present.Sub(began))
	return w
}

// standing are shares without an end that stood before anybody asked here.
func standing() []struct {
	title, login string
	right        model.Right
} {
	return []struct {
		title, login string
		right        model.Right
	}{
		{"prod-db-01", "alice", model.RightView},
		{"app-01", "alice", model.RightView},
		{"prod-db-02", "alice", model.RightView},
		{"core-switch-01", "ivan", model.RightView},
		{"jenkins-admin", "carol", model.RightEdit},
	}
}
