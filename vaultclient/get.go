package vaultclient

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Object is what a UID names: Record, SharedFolder, Subfolder, UserFolder, NestedFolder or Team.
type Object interface{ object() }

// FolderRef says where an object lies; the zero value is the root.
type FolderRef struct {
	UID  UID
	Path string
}

// Record is a record without the values of its fields and without its notes, which are dropped while the answer is parsed.
// Its permissions are as Keeper had them at the moment of the call; the rest is as fresh as the last SyncDown (PROTOCOL 12.1).
type Record struct {
	UID           UID
	Title         string
	Type          string
	Source        string
	Version       int
	Revision      int64
	Shared        bool
	Modified      LocalTime
	Folder        FolderRef
	Users         []Permission
	SharedFolders []FolderPermission
	Marker        Marker // our number, if we made the record, else ""
}

// Permission is what one person may do with a record.
type Permission struct {
	Email            Email
	Owner            bool
	Editable         bool
	Shareable        bool
	ShareAdmin       bool
	AwaitingApproval bool
	Expires          time.Time // zero for never
}

// FolderPermission is what the members of a shared folder may do with a record in it.
type FolderPermission struct {
	Folder      UID
	Editable    bool
	Reshareable bool
}

// SharedFolder is a shared folder with its members and records.
type SharedFolder struct {
	UID           UID
	Name          string
	Path          string
	Parent        UID
	ManageUsers   bool // defaults for new members
	ManageRecords bool
	CanEdit       bool // defaults for new records
	CanShare      bool
	Records       []FolderRecord
	Users         []Member
	Teams         []TeamMember
}

// FolderRecord is a record in a folder.
type FolderRecord struct {
	UID      UID
	Title    string
	CanEdit  bool
	CanShare bool
}

// Member is a person with access to a shared folder.
type Member struct {
	Email         Email
	Owner         bool
	ManageRecords bool
	ManageUsers   bool
	Expires       LocalTime // Never, or as the service host's clock will show it
}

// TeamMember is a team with access to a shared folder.
type TeamMember struct {
	UID           UID
	Name          string
	ManageRecords bool
	ManageUsers   bool
	Expires       LocalTime
}

// Subfolder is a folder inside a shared folder; sharing it would share all of Shared (PROTOCOL 12.3).
type Subfolder struct {
	UID    UID
	Name   string
	Path   string
	Shared UID
}

// UserFolder is a personal folder of the service account. It cannot be shared.
type UserFolder struct {
	UID     UID
	Name    string
	Path    string
	Parent  UID
	Records []FolderRecord
}

// NestedFolder is a nested share folder, which has commands of its own that this package does not send.
type NestedFolder struct {
	UID  UID
	Name string
}

// Team is a team the service account belongs to.
type Team struct {
	UID  UID
	Name string
}

func (Record) object()       {}
func (SharedFolder) object() {}
func (Subfolder) object()    {}
func (UserFolder) object()   {}
func (NestedFolder) object() {}
func (Team) object()         {}

// Get returns what the UID names, without secrets. Keeper notes an "open record" event for a record. Errors: ErrNotFound,
// ErrAmbiguous, ErrWrongObject if the service took the UID for part of another object's title, and those of every call.
func (c *Client) Get(ctx context.Context, uid UID) (Object, error) {
	return get(ctx, c, uid, parseObject)
}

// GetRecord is Get for a record; anything else is ErrWrongObject.
func (c *Client) GetRecord(ctx context.Context, uid UID) (Record, error) {
	return getAs[Record](ctx, c, uid)
}

// GetSharedFolder is Get for a shared folder itself; anything else, also a folder inside one, is ErrWrongObject.
func (c *Client) GetSharedFolder(ctx context.Context, uid UID) (SharedFolder, error) {
	return getAs[SharedFolder](ctx, c, uid)
}

func getAs[T Object](ctx context.Context, c *Client, uid UID) (T, error) {
	object, err := c.Get(ctx, uid)
	if err != nil {
		return *new(T), err
	}
	wanted, ok := object.(T)
	if !ok {
		return wanted, &Error{Op: "get", Kind: ErrWrongObject}
	}
	return wanted, nil
}

// get sends the command and overwrites the answer, which holds every secret of a record, once it is parsed.
func get[T any](ctx context.Context, c *Client, uid UID, parse func(Reply, UID) (T, error)) (T, error) {
	cmd, err := newCommand("get").json().uid(uid).build()
	if err != nil {
		return *new(T), err
	}
	return read(ctx, c, cmd, func(r Reply) (T, error) {
		defer r.wipe()
		return parse(r, uid)
	})
}

// wireObject has the members of every kind of object. Fields, custom fields beside the marker, and notes are not among them.
type wireObject struct {
	RecordUID    UID         `json:"record_uid"`
	Title        string      `json:"title"`
	Type         string      `json:"type"`
	Source       string      `json:"source"`
	Version      int         `json:"version"`
	Revision     int64       `json:"revision"`
	IsShared     bool        `json:"shared"`
	Modified     LocalTime   `json:"client_modified_time"`
	Folder       FolderRef   `json:"folder"`
	Custom       markerField `json:"custom"`
	Permissions  []wireUser  `json:"user_permissions"`
	FolderShares []struct {
		Folder      UID  `json:"shared_folder_uid"`
		Editable    bool `json:"editable"`
		Reshareable bool `json:"reshareable"`
	} `json:"shared_folder_permissions"`

	TeamUID       UID    `json:"team_uid"`
	FolderUID     UID    `json:"folder_uid"`
	SharedUID     UID    `json:"shared_folder_uid"`
	Name          string `json:"name"`
	Path          string `json:"path"`
	Parent        UID    `json:"parent_uid"`
	ManageUsers   *bool  `json:"manage_users"`
	ManageRecords bool   `json:"manage_records"`
	CanEdit       bool   `json:"can_edit"`
	CanShare      bool   `json:"can_share"`
	Records       []struct {
		UID      UID    `json:"record_uid"`
		Title    string `json:"record_name"`
		CanEdit  bool   `json:"can_edit"`
		CanShare bool   `json:"can_share"`
	} `json:"records"`
	Users []struct {
		Email         Email     `json:"username"`
		Owner         bool      `json:"owner"`
		ManageRecords bool      `json:"manage_records"`
		ManageUsers   bool      `json:"manage_users"`
		Expires       LocalTime `json:"expiration"`
	} `json:"users"`
	Teams []struct {
		UID           UID       `json:"team_uid"`
		Name          string    `json:"name"`
		ManageRecords bool      `json:"manage_records"`
		ManageUsers   bool      `json:"manage_users"`
		Expires       LocalTime `json:"expiration"`
	} `json:"teams"`
}

type wireUser struct {
	Email      Email `json:"username"`
	Owner      bool  `json:"owner"`
	Editable   bool  `json:"editable"`
	Shareable  bool  `json:"shareable"`
	ShareAdmin bool  `json:"share_admin"`
	Awaiting   bool  `json:"awaiting_approval"`
	Expires    int64 `json:"expiration"` // milliseconds
}

// markerField keeps the value of our own custom field and nothing else.
type markerField Marker

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (m *markerField) UnmarshalJSON(b []byte) error {
	var fields []struct {
		Label string          `json:"label"`
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(b, &fields) != nil {
		return nil
	}
	for _, f := range fields {
		var values []string
		if f.Label == MarkerLabel && json.Unmarshal(f.Value, &values) == nil && len(values) == 1 {
			if marker, err := ParseMarker(values[0]); err == nil {
				*m = markerField(marker)
			}
		}
	}
	return nil
}

// parseObject reads the answer of get. The service looks for titles if no object has the UID, so the answer counts only if
// it is about that very UID.
func parseObject(r Reply, uid UID) (Object, error) {
	var w wireObject
	if json.Unmarshal(r.data, &w) != nil {
		return nil, ofAnother(r, uid, failed(r))
	}
	object, got := w.object()
	if object == nil {
		return nil, ofAnother(r, uid, failed(r))
	}
	switch {
	case got == uid:
		return object, nil
	case strings.Contains(strings.ToLower(cmp.Or(w.Title, w.Name)), strings.ToLower(string(uid))):
		return nil, &Error{Kind: ErrWrongObject, HTTP: r.code}
	}
	// It was not found by its title either: nothing follows, not even that the UID names nothing.
	return nil, &Error{Kind: ErrCommandFailed, HTTP: r.code, Text: answersAnother}
}

func (w wireObject) object() (Object, UID) {
	switch {
	case w.RecordUID != "":
		return w.record(), w.RecordUID
	case w.TeamUID != "":
		return Team{w.TeamUID, w.Name}, w.TeamUID
	case w.FolderUID != "" && isNested(w.Type):
		return NestedFolder{w.FolderUID, w.Name}, w.FolderUID
	case w.FolderUID != "" && w.SharedUID != "":
		return Subfolder{w.FolderUID, w.Name, w.Path, w.SharedUID}, w.FolderUID
	case w.FolderUID != "" && w.ManageUsers != nil:
		return w.sharedFolder(), w.FolderUID
	case w.FolderUID != "":
		return UserFolder{w.FolderUID, w.Name, w.Path, w.Parent, w.folderRecords()}, w.FolderUID
	}
	return nil, ""
}

func (w wireObject) record() Record {
	rec := Record{
		UID: w.RecordUID, Title: w.Title, Type: w.Type, Source: w.Source, Version: w.Version, Revision: w.Revision,
		Shared: w.IsShared, Modified: w.Modified, Folder: w.Folder, Marker: Marker(w.Custom),
	}
	for _, u := range w.Permissions {
		rec.Users = append(rec.Users, Permission{
			u.Email, u.Owner, u.Editable, u.Shareable, u.ShareAdmin, u.Awaiting, fromMillis(u.Expires),
		})
	}
	for _, f := range w.FolderShares {
		rec.SharedFolders = append(rec.SharedFolders, FolderPermission(f))
	}
	return rec
}

func (w wireObject) sharedFolder() SharedFolder {
	f := SharedFolder{
		UID: w.FolderUID, Name: w.Name, Path: w.Path, Parent: w.Parent, ManageUsers: *w.ManageUsers,
		ManageRecords: w.ManageRecords, CanEdit: w.CanEdit, CanShare: w.CanShare, Records: w.folderRecords(),
	}
	for _, u := range w.Users {
		f.Users = append(f.Users, Member(u))
	}
	for _, t := range w.Teams {
		f.Teams = append(f.Teams, TeamMember(t))
	}
	return f
}

func (w wireObject) folderRecords() []FolderRecord {
	records := make([]FolderRecord, len(w.Records))
	for i, r := range w.Records {
		records[i] = FolderRecord(r)
	}
	return records
}

// Permission returns what one person may do with the record through a direct share. The service can list a person twice
// (the owner, after a share to the owner); the entries are then taken together.
func (r Record) Permission(e Email) (Permission, bool) {
	var all Permission
	found := false
	for _, p := range r.Users {
		if !p.Email.SameAs(e) {
			continue
		}
		if !found {
			all, found = p, true
			continue
		}
		all.Owner = all.Owner || p.Owner
		all.Editable = all.Editable || p.Editable
		all.Shareable = all.Shareable || p.Shareable
		all.ShareAdmin = all.ShareAdmin || p.ShareAdmin
		all.AwaitingApproval = all.AwaitingApproval && p.AwaitingApproval
		if p.Expires.IsZero() || !all.Expires.IsZero() && p.Expires.After(all.Expires) {
			all.Expires = p.Expires
		}
	}
	return all, found
}

// Nested reports whether the record lies in a nested share folder; see Item.Nested.
func (r Record) Nested() bool { return isNested(r.Source) }

// Owner returns the address of the record's owner, "" if the answer names none.
func (r Record) Owner() Email {
	for _, p := range r.Users {
		if p.Owner {
			return p.Email
		}
	}
	return ""
}

// Member returns what one person may do in the folder as a member of their own, not through a team.
func (f SharedFolder) Member(e Email) (Member, bool) {
	for _, m := range f.Users {
		if m.Email.SameAs(e) {
			return m, true
		}
	}
	return Member{}, false
}
