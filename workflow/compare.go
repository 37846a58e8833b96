package workflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Comparison is what an export of the audit tells of the time that a restored queue
// knows nothing of.
type Comparison struct {
	Restore Restoration
	Known   int64     // the last entry that the backup had as well
	Last    int64     // the last entry of the export: of what came after it nobody knows
	LastAt  time.Time // when that was
	Signed  int64     // the last entry that is signed in the export, 0 for none
	Key     string    // by whose key
	Objects []LostObject
}

// LostObject is what happened to one request, incident or person after the backup.
type LostObject struct {
	Object  string
	Entries []LostEntry
	Here    string // how it is in this queue
	Vault   string // what the vault shows of it now; "" where it shows nothing of such things
	Advice  string // what to do about it
}

// LostEntry is an entry of the audit that this queue has not.
type LostEntry struct {
	Seq         int64
	At          time.Time
	Who, Action string
	Detail      string
	Texts       []model.AuditText // where the export has them; foreign text
}

// BadExport says why an export cannot be compared.
type BadExport struct{ Problem string }

// Error says it.
func (e *BadExport) Error() string { return "the export cannot be compared: " + e.Problem }

// CompareAudit reads an export of the audit that is newer than the backup which the
// queue was restored from, and says of everything that it names after the backup how it
// is here, what the vault shows of it now, read live by the worker, and what is to be
// done. For admins. It changes nothing. The error is a *BadExport where the export does
// not hold together, is of another queue, or lacks entries; a *VaultError of kind
// VaultNoWorker where no worker is there to look.
func (s *Service) CompareAudit(ctx context.Context, actorID model.PersonID, export io.Reader) (Comparison, error) {
	var out Comparison
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if !a.Has(model.RoleAdmin) {
			return &model.Denied{Code: model.DenyRole, Reason: "only admins compare a restored queue with an export"}
		}
		out.Restore, err = lastRestore(tx)
		return err
	})
	if err != nil {
		return out, err
	}
	if out.Restore.At.IsZero() {
		return out, &BadExport{"this queue was not restored from a backup"}
	}
	if err := out.read(export); err != nil {
		return out, err
	}
	for i := range out.Objects {
		if err := s.lookAtLost(ctx, &out.Objects[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// read takes from an export what came after the backup, by what it was about.
func (c *Comparison) read(export io.Reader) error {
	at := map[string]int{}
	joined := false
	got, err := store.ReadAuditExport(export, func(e store.ImportedEntry) error {
		switch {
		case e.Seq == c.Restore.Entries && e.Hash != c.Restore.Head:
			return errors.New("its entry is not the one that the backup ends with: it is of another queue")
		case e.Seq == c.Restore.Entries, e.Seq == c.Restore.Entries+1 && e.Prev == c.Restore.Head:
			joined = true
		}
		if e.Seq <= c.Restore.Entries {
			return nil
		}
		i, known := at[e.Object]
		if !known {
			i = len(c.Objects)
			at[e.Object] = i
			c.Objects = append(c.Objects, LostObject{Object: e.Object})
		}
		lost := LostEntry{Seq: e.Seq, At: e.Time(), Who: e.Who, Action: e.Action, Detail: e.Detail}
		if lost.Who == "" {
			lost.Who = "the program"
		}
		for _, t := range e.Texts {
			lost.Texts = append(lost.Texts, model.AuditText{Name: t.Name, Text: t.Text})
		}
		c.Objects[i].Entries = append(c.Objects[i].Entries, lost)
		return nil
	})
	switch {
	case err != nil:
		return &BadExport{err.Error()}
	case got.Last == nil || got.Last.Seq < c.Restore.Entries:
		return &BadExport{fmt.Sprintf("it ends before entry %d, with which the backup ends: it tells nothing that is not here", c.Restore.Entries)}
	case !joined:
		return &BadExport{fmt.Sprintf("it begins after entry %d, with which the backup ends: what lies between is missing", c.Restore.Entries)}
	}
	c.Known, c.Last, c.LastAt = c.Restore.Entries, got.Last.Seq, got.Last.Time()
	c.Signed, c.Key = got.Newest.Seq, got.Newest.Fingerprint()
	return nil
}

// did reports whether an action that begins so was done.
func (o *LostObject) did(action string) bool {
	return slices.ContainsFunc(o.Entries, func(e LostEntry) bool { return strings.HasPrefix(e.Action, action) })
}

// text is a text of one of the entries, "" where the export has none of that name.
func (o *LostObject) text(named string) string {
	for _, e := range o.Entries {
		for _, t := range e.Texts {
			if t.Name == named {
				return t.Text
			}
		}
	}
	return ""
}
