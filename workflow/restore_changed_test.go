package workflow_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// crowned makes what somebody makes of a backup who has the file and not the queue's
// key: a copy in which bob is an admin, whole and with an intact audit, and a record of
// it that another key has signed.
func (v *vaultWorld) crowned(backup string) (forged string, record map[string]any) {
	v.t.Helper()
	dir := v.t.TempDir()
	content, err := os.ReadFile(backup)
	if err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "queue.db"), content, 0o600); err != nil {
		v.t.Fatal(err)
	}
	db, err := store.Open(v.ctx, store.Options{Dir: dir, Now: v.time.Now})
	if err != nil {
		v.t.Fatal(err)
	}
	defer db.Close()
	err = db.Write(v.ctx, func(tx *store.Tx) error {
		bob, _, err := tx.Person("bob")
		if err != nil {
			return err
		}
		bob.Roles = append(bob.Roles, model.RoleAdmin)
		_, err = tx.UpdatePerson(bob)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	forged = filepath.Join(dir, "forged.db")
	if _, unsigned, err := db.BackUp(v.ctx, forged); err != nil || unsigned != nil {
		v.t.Fatal(unsigned, err)
	}
	return forged, v.recordOf(forged)
}

func (v *vaultWorld) recordOf(backup string) (record map[string]any) {
	v.t.Helper()
	text, err := os.ReadFile(store.RecordPath(backup))
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return record
}

// TestTortureRestoreRefusesAChangedBackup changes the copy so that it holds together in
// itself, and puts beside it every record that can be made without the queue's key. The
// last ones are the controls: the same copy under the right key, and what is left to
// people where that is gone.
func TestTortureRestoreRefusesAChangedBackup(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.granted("alice", draft())
	backup := v.backup()
	forged, foreign := v.crowned(backup)
	content, err := os.ReadFile(forged)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	genuine := func(change func(r map[string]any)) map[string]any {
		r := v.recordOf(backup)
		change(r)
		return r
	}
	fits := func(r map[string]any) { r["sha256"], r["size"] = hex.EncodeToString(sum[:]), len(content) }
	restore := func(dir string, record map[string]any, unproven bool) (workflow.Restored, error) {
		if err := os.Remove(store.RecordPath(forged)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if record != nil {
			text, err := json.Marshal(record)
			if err == nil {
				err = os.WriteFile(store.RecordPath(forged), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return workflow.Restore(v.ctx, workflow.RestoreOptions{Queue: store.Options{Dir: dir, Now: v.time.Now}, Backup: forged,
			By: "root", Replace: true, Unproven: unproven, Check: true})
	}
	for _, tt := range []struct {
		name   string
		record map[string]any
		want   string
	}{
		{"the genuine record", v.recordOf(backup), "it was changed after it was made"},
		{"the genuine record with the new sum", genuine(fits), "is not what the key in it has signed"},
		{"the same with the other key's signature", genuine(func(r map[string]any) { fits(r); r["sig"] = foreign["sig"] }), "is not what the key in it has signed"},
		{"the same without a signature", genuine(func(r map[string]any) { fits(r); delete(r, "sig") }), "is not what the key in it has signed"},
		{"the same without signature and key", genuine(func(r map[string]any) { fits(r); delete(r, "sig"); delete(r, "key") }), "its record is not signed"},
		{"the record of another key", foreign, "signed by another key"},
		{"no record", nil, "nothing beside it tells"},
	} {
		var bad *store.BadBackup
		var unproven *workflow.Unproven
		out, err := restore(v.db.Dir(), tt.record, false)
		if err == nil || !errors.As(err, &bad) && !errors.As(err, &unproven) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q; the signature is %s", tt.name, err, tt.want, out.Backup.Record.Fingerprint())
		}
		if _, err := restore(v.db.Dir(), tt.record, true); errors.As(err, &bad) == (unproven != nil) {
			t.Errorf("%s, told to take what nothing proves: %v", tt.name, err)
		}
	}

	own, err := store.AuditKey(v.db.Dir())
	if err != nil || own == "" {
		t.Fatal(own, err)
	}
	if out, err := restore(t.TempDir(), foreign, false); err != nil || out.Key != "" || out.Backup.Record.Fingerprint() == own {
		t.Errorf("where the key is gone: %+v, %v; a person has to see that %s is not %s", out, err, out.Backup.Record.Fingerprint(), own)
	}
	key, err := os.ReadFile(filepath.Join(v.db.Dir(), "audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	there := t.TempDir()
	if err := os.WriteFile(filepath.Join(there, "audit.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	forged = backup
	if out, err := restore(there, v.recordOf(backup), false); err != nil || out.Key != own || out.Backup.Record.Fingerprint() != own {
		t.Errorf("the genuine one: %+v, %v", out, err)
	}
}
