package vaultsim

import (
	"slices"
	"strings"
	"time"
)

// Folder is a personal folder, a shared folder, or a folder inside a shared folder.
type Folder struct {
	UID    string
	Name   string
	Parent string // uid of the folder above, "" for the root
	Shared string // uid of the shared folder this one is or lies in; "" for a personal folder
	Owner  string // of a shared folder; the service account when empty
	Nested bool   // a nested share folder, see AddNestedFolder

	// What new members and records get in a shared folder.
	ManageUsers, ManageRecords, CanEdit, CanShare bool

	Members []Member
	Teams   []TeamMember
	Records map[string]Rights // rights of members on single records, where they differ from the defaults
}

// Member is one person's access to a shared folder. Expires is zero for standing access.
type Member struct {
	User          string
	ManageUsers   bool
	ManageRecords bool
	Expires       time.Time
}

// TeamMember is one team's access to a shared folder.
type TeamMember struct {
	Team          string // uid
	ManageUsers   bool
	ManageRecords bool
}

func (f *Folder) isShared() bool { return f.Shared != "" && f.Shared == f.UID }

// rights returns what members may do with a record in this shared folder.
func (f *Folder) rights(record string) Rights {
	if r, own := f.Records[record]; own {
		return r
	}
	return Rights{Edit: f.CanEdit, Share: f.CanShare}
}

// AddUserFolder adds a personal folder, or a subfolder when parent lies in a shared folder, and returns its uid.
func (v *Vault) AddUserFolder(uid, name, parent string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.addFolder(Folder{UID: uid, Name: name, Parent: parent})
}

// AddNestedFolder adds a nested share folder and returns its uid. No recording shows one: search lists it and its records as the
// product's description says, get names it, and the commands for shared folders do not know it.
func (v *Vault) AddNestedFolder(uid, name string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.addFolder(Folder{UID: uid, Name: name, Nested: true})
}

// AddSharedFolder adds a shared folder and returns its uid. The owner becomes its first member, with all rights.
func (v *Vault) AddSharedFolder(f Folder) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.addSharedFolder(f)
}

func (v *Vault) addSharedFolder(f Folder) string {
	if f.UID == "" {
		f.UID = v.newUID(false)
	}
	if f.Owner == "" {
		f.Owner = v.service
	}
	f.Shared = f.UID
	if !slices.ContainsFunc(f.Members, func(m Member) bool { return m.User == f.Owner }) {
		f.Members = slices.Insert(slices.Clone(f.Members), 0, Member{User: f.Owner, ManageUsers: true, ManageRecords: true})
	}
	return v.addFolder(f)
}

func (v *Vault) addFolder(f Folder) string {
	if f.UID == "" {
		f.UID = v.newUID(false)
	}
	if parent := v.state.folders[f.Parent]; parent != nil && f.Shared == "" {
		f.Shared = parent.Shared
	}
	if v.state.folders[f.UID] == nil {
		v.state.forder = append(v.state.forder, f.UID)
	}
	v.state.folders[f.UID] = &f
	return f.UID
}

// EditFolder changes a folder elsewhere. It does nothing for an unknown uid. The function must not call the vault.
func (v *Vault) EditFolder(uid string, edit func(*Folder)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.editFolder(uid, edit)
}

func (v *Vault) editFolder(uid string, edit func(*Folder)) {
	old := v.state.folders[uid]
	if old == nil {
		return
	}
	f := *old
	f.Members, f.Teams = slices.Clone(f.Members), slices.Clone(f.Teams)
	records := make(map[string]Rights, len(f.Records))
	for k, r := range f.Records {
		records[k] = r
	}
	f.Records = records
	edit(&f)
	v.state.folders[uid] = &f
}

// Folder returns the cloud's copy of a folder. Memberships whose time is over are left out.
func (v *Vault) Folder(uid string) (Folder, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f := v.state.folders[uid]
	if f == nil {
		return Folder{}, false
	}
	out := *f
	out.Members = f.members(v.clock.Now())
	out.Teams = slices.Clone(f.Teams)
	return out, true
}

// Folders returns the uids of all folders in the order in which they came.
func (v *Vault) Folders() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.state.forder)
}

// members returns those whose access is not over.
func (f *Folder) members(now time.Time) []Member {
	return slices.DeleteFunc(slices.Clone(f.Members), func(m Member) bool {
		return !m.Expires.IsZero() && !now.Before(m.Expires)
	})
}

func (f *Folder) member(email string, now time.Time) (Member, bool) {
	for _, m := range f.members(now) {
		if m.User == email {
			return m, true
		}
	}
	return Member{}, false
}

// path returns the names from the root down to a folder, joined by slashes; a slash in a name is doubled.
func (w view) path(uid string) string {
	var names []string
	for f := w.folders[uid]; f != nil; f = w.folders[f.Parent] {
		names = slices.Insert(names, 0, strings.ReplaceAll(f.Name, "/", "//"))
	}
	return strings.Join(names, "/")
}

// children returns the folders directly below a folder ("" for the root), ordered by name.
func (w view) children(uid string) []*Folder {
	var out []*Folder
	for _, id := range w.forder {
		if f := w.folders[id]; f != nil && f.Parent == uid {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *Folder) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return out
}

// recordsIn returns the records directly in a folder ("" for the root), in the order in which they came.
func (w view) recordsIn(uid string) []*Record {
	var out []*Record
	for _, id := range w.order {
		if r := w.records[id]; r.Folder == uid {
			out = append(out, r)
		}
	}
	return out
}

// byTitle orders records as listings do.
func byTitle(records []*Record) []*Record {
	out := slices.Clone(records)
	slices.SortStableFunc(out, func(a, b *Record) int {
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return out
}

// inShared returns every record of a shared folder, its subfolders included.
func (w view) inShared(shared string) []*Record {
	var out []*Record
	for _, id := range w.order {
		r := w.records[id]
		if f := w.folders[r.Folder]; f != nil && f.Shared == shared {
			out = append(out, r)
		}
	}
	return out
}

// resolveFolder finds a folder by uid or by its path from the root, where a single name is a path of one.
func (w view) resolveFolder(name string) *Folder {
	if f := w.folders[name]; f != nil {
		return f
	}
	at := ""
	var found *Folder
	for _, part := range pathParts(name) {
		found = nil
		for _, f := range w.children(at) {
			if f.Name == part {
				found = f
			}
		}
		if found == nil {
			return nil
		}
		at = found.UID
	}
	return found
}

// pathParts cuts a path at single slashes; a doubled slash is part of a name.
func pathParts(path string) []string {
	const marker = "\x00"
	path = strings.ReplaceAll(path, "//", marker)
	var parts []string
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			parts = append(parts, strings.ReplaceAll(part, marker, "/"))
		}
	}
	return parts
}

// resolveRecord finds a record by uid, by its title in the root, or by path.
func (w view) resolveRecord(name string) *Record {
	if r := w.records[name]; r != nil {
		return r
	}
	parts := pathParts(name)
	if len(parts) == 0 {
		return nil
	}
	folder := ""
	if len(parts) > 1 {
		f := w.resolveFolder(strings.Join(parts[:len(parts)-1], "/"))
		if f == nil {
			return nil
		}
		folder = f.UID
	}
	for _, r := range w.recordsIn(folder) {
		if r.Title == parts[len(parts)-1] {
			return r
		}
	}
	return nil
}
