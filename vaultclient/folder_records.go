package vaultclient

import (
	"fmt"
	"strings"
)

// FolderRecordRights sets what the members of a shared folder may do with its records: with one of them, with all that lie in it, or
// with those that come later. Its answer never is proof: Judge returns Unknown with cause Silent where all seems well, and Verify
// tells (PROTOCOL 12.3).
type FolderRecordRights struct {
	Folder   UID
	Which    FolderRecordScope
	Record   UID // for OneRecord only
	CanEdit  bool
	CanShare bool
}

// FolderRecordScope says which records of a folder are meant.
type FolderRecordScope int

// The scopes. There is no order without one.
const (
	OneRecord FolderRecordScope = iota + 1
	PresentRecords
	LaterRecords // the folder's default for records that are put into it
)

// FolderRecordsSet proves a FolderRecordRights, from Verify.
type FolderRecordsSet struct {
	Folder UID
	Which  FolderRecordScope
}

func (FolderRecordsSet) evidence() {}

func (m FolderRecordRights) command(abilities) (command, error) {
	b := newCommand("share-folder")
	if (m.Which == OneRecord) != (m.Record != "") {
		b.fail(fmt.Errorf("rights on records without saying which: %w", ErrInvalid))
	}
	switch m.Which {
	case OneRecord:
		b.fail(check(uidPattern, "uid", string(m.Record)))
		b.option("record", string(m.Record))
	case PresentRecords:
		b.option("record", "@existing")
	case LaterRecords:
		b.option("record", "*")
	default:
		b.fail(fmt.Errorf("rights on records without saying which: %w", ErrInvalid))
	}
	return b.option("can-edit", onOff(m.CanEdit)).option("can-share", onOff(m.CanShare)).flag("-f").uid(m.Folder).build()
}

func (m FolderRecordRights) judge(r Reply) Outcome {
	if len(r.lines) == 0 {
		return nil
	}
	for _, line := range r.lines {
		rest, ok := strings.CutPrefix(line, "Record share '")
		if !ok {
			return refusedFolder(r)
		}
		// The title before these words is foreign and may hold them too.
		if i := strings.LastIndex(rest, "' failed: "); i >= 0 && !strings.HasSuffix(rest, "' updated") {
			return Refused{cloudRefusal(rest[i:]), r.text()}
		}
	}
	return Unknown{Silent, r.text()} // titles, which cannot prove anything
}

// Verify compares a freshly read shared folder with the order.
func (m FolderRecordRights) Verify(f SharedFolder) Finding {
	if m.Which == LaterRecords {
		if f.CanEdit != m.CanEdit || f.CanShare != m.CanShare {
			return absent("default now: " + recordRights(f.CanEdit, f.CanShare))
		}
		return stands(FolderRecordsSet{m.Folder, m.Which})
	}
	found, others := m.Which == PresentRecords, 0
	for _, r := range f.Records {
		if m.Which == OneRecord && r.UID != m.Record {
			continue
		}
		found = true
		if r.CanEdit != m.CanEdit || r.CanShare != m.CanShare {
			others++
		}
	}
	switch {
	case !found:
		return differentFrom("the record is not in the folder")
	case others > 0:
		return absent(fmt.Sprintf("%d with other rights", others))
	}
	return stands(FolderRecordsSet{m.Folder, m.Which})
}

func recordRights(edit, share bool) string {
	return rights("view", right{"edit", edit}, right{"share", share})
}
