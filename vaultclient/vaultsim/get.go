package vaultsim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// get prints one object: a record, a folder or a team, by uid or by a title that just one has.
func (c *call) get() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"--unmask"}, flag: true},
			{names: []string{"--legacy"}, flag: true},
			{names: []string{"--include-dag"}, flag: true},
			{names: []string{"--format"}, choices: []string{"detail", "json", "password", "fields"}},
		},
		positionals: []positional{{name: "uid", min: 1, max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	uid := args.last("uid")
	if strings.ContainsAny(uid, ";|") || strings.Contains(uid, "&&") {
		return commandError("get", "Invalid record identifier: forbidden characters")
	}
	r, f, t := c.s.cache.records[uid], c.s.cache.folders[uid], c.v.teams[uid]
	if r == nil && f == nil && t == nil {
		var found int
		r, f, found = c.byTitle(uid)
		switch {
		case found > 1:
			// The list that the product prints after this line does not reach the client.
			c.out.log(fmt.Sprintf("Found %d items with title containing %q:", found, uid))
			return nil
		case found == 0:
			return commandError("get", "Cannot find any object with UID: "+uid)
		}
	}
	format := args.last("format")
	switch {
	case r != nil && format == "json":
		c.out.json(c.recordJSON(r))
	case r != nil && format == "password":
		c.out.parsed = object{{"password", r.secret()}}
	case r != nil && format == "fields":
		c.out.print(indented(r.fieldsList(), ""))
	case r != nil:
		c.out.print(c.recordDetail(r, args.has("unmask")))
	case f != nil && format == "json":
		c.out.json(c.folderJSON(f))
	case f != nil:
		c.out.print(c.folderDetail(f))
	case format == "json":
		c.out.json(object{{"team_uid", t.UID}, {"name", t.Name}})
	default:
		c.out.print("Team UID: " + t.UID + "\nName: " + t.Name)
	}
	return nil
}

// byTitle finds what has a text in its title or name.
func (c *call) byTitle(text string) (r *Record, f *Folder, found int) {
	lower := strings.ToLower(text)
	for _, uid := range c.s.cache.order {
		if o := c.s.cache.records[uid]; strings.Contains(strings.ToLower(o.Title), lower) {
			r = o
			found++
		}
	}
	for _, uid := range c.s.cache.forder {
		if o := c.s.cache.folders[uid]; strings.Contains(strings.ToLower(o.Name), lower) {
			f = o
			found++
		}
	}
	return r, f, found
}

// recordJSON is the JSON form of a record. What it holds is cached, who may use it is asked from the cloud.
func (c *call) recordJSON(r *Record) object {
	w := c.s.cache
	permissions := []any{}
	for _, p := range c.permissions(r.UID) {
		permissions = append(permissions, p)
	}
	inFolder := []any{}
	folder := object{{"uid", nil}, {"path", "/"}}
	if f := w.folders[r.Folder]; f != nil {
		folder = object{{"uid", f.UID}, {"path", w.path(f.UID)}}
		if shared := w.folders[f.Shared]; shared != nil {
			rights := shared.rights(r.UID)
			inFolder = append(inFolder, object{
				{"shared_folder_uid", shared.UID}, {"editable", rights.Edit}, {"reshareable", rights.Share},
				{"revision", r.Revision},
			})
		}
	}
	return object{
		{"record_uid", r.UID}, {"title", r.Title}, {"type", r.Type}, {"fields", fieldsJSON(r.Fields)},
		{"custom", fieldsJSON(r.Custom)}, {"notes", r.Notes}, {"version", r.Version}, {"revision", r.Revision},
		{"shared", w.shared[r.UID] || len(permissions) > 1}, {"source", w.category(r)}, {"folder", folder},
		{"client_modified_time", r.Modified.In(c.s.opts.Location).Format("2006-01-02T15:04:05")},
		{"user_permissions", permissions}, {"shared_folder_permissions", inFolder},
	}
}

// permissions asks the cloud who may use a record: the owner first, the others by address.
func (c *call) permissions(uid string) []object {
	r := c.v.state.records[uid]
	if r == nil {
		return nil
	}
	entry := func(user string, owner bool, rights Rights, expires time.Time) object {
		o := object{
			{"username", user}, {"owner", owner}, {"editable", rights.Edit}, {"shareable", rights.Share}, {"share_admin", false},
		}
		if c.v.relation(user) == NeedsInvitation {
			o = append(o, member{"awaiting_approval", true})
		}
		if !expires.IsZero() {
			o = append(o, member{"expiration", expires.UnixMilli()})
		}
		return o
	}
	out := []object{entry(r.Owner, true, Rights{Edit: true, Share: true}, time.Time{})}
	for _, s := range c.v.liveShares(uid) {
		out = append(out, entry(s.User, false, s.Rights, s.Expires))
	}
	return out
}

func fieldsJSON(fields []Field) []any {
	out := []any{}
	for _, f := range fields {
		o := object{{"type", f.Type}}
		if f.Label != "" {
			o = append(o, member{"label", f.Label})
		}
		values := []any{}
		for _, v := range f.Value {
			values = append(values, valueJSON(v))
		}
		out = append(out, append(o, member{"value", values}))
	}
	return out
}

func valueJSON(v any) any {
	m, isObject := v.(map[string]string)
	if !isObject {
		return v
	}
	o := object{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		o = append(o, member{key, m[key]})
	}
	return o
}

// secret returns the record's password, "" when it has none.
func (r *Record) secret() string {
	for _, f := range r.Fields {
		if f.Type == "password" && len(f.Value) > 0 {
			s, _ := f.Value[0].(string)
			return s
		}
	}
	return ""
}

func (r *Record) fieldsList() []any {
	out := []any{}
	for _, fields := range [][]Field{r.Fields, r.Custom} {
		for _, f := range fields {
			if len(f.Value) == 0 {
				continue
			}
			name := f.Type
			if f.Label != "" {
				name += ":" + f.Label
			}
			out = append(out, object{{"name", name}, {"value", valueJSON(f.Value[0])}})
		}
	}
	return out
}

// recordDetail is the form for people, which the response parser cuts into pairs.
func (c *call) recordDetail(r *Record, unmask bool) string {
	var b strings.Builder
	pair := func(key, value string) { fmt.Fprintf(&b, "%21s: %s\n", key, value) }
	pair("UID", r.UID)
	pair("Type", r.Type)
	pair("Title", r.Title)
	for _, fields := range [][]Field{r.Fields, r.Custom} {
		for _, f := range fields {
			if len(f.Value) == 0 {
				continue
			}
			name := f.Label
			if name == "" {
				name = f.Type
			}
			value := strings.Join(valueTexts(f.Value[0]), ", ")
			if !unmask && (f.Type == "password" || f.Type == "secret" || f.Type == "keyPair") {
				value = "********"
			}
			pair(name, value)
		}
	}
	if r.Notes != "" {
		pair("Notes", r.Notes)
	}
	b.WriteString("\nUser Permissions:\n")
	for _, p := range c.permissions(r.UID) {
		fmt.Fprintf(&b, "\n  User: %s\n", p.get("username"))
		if p.get("owner") == true {
			b.WriteString("  Owner: Yes\n")
			continue
		}
		fmt.Fprintf(&b, "  Shareable: %s\n  Read-Only: %s\n", yesNo(p.get("shareable") == true), yesNo(p.get("editable") != true))
	}
	return b.String()
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// folderJSON is the JSON form of a personal, shared or sub folder.
func (c *call) folderJSON(f *Folder) object {
	w := c.s.cache
	above := object{{"uid", nil}, {"path", "/"}}
	var parent any
	if p := w.folders[f.Parent]; p != nil {
		above = object{{"uid", p.UID}, {"path", w.path(p.UID)}}
		parent = p.UID
	}
	kind := "classic_folder"
	if f.Nested {
		kind = "nested_share_folder"
	}
	o := object{
		{"folder_uid", f.UID}, {"name", f.Name}, {"type", kind}, {"path", w.path(f.UID)},
		{"parent_uid", parent}, {"folder", above},
	}
	switch {
	case f.isShared():
		return append(o, c.sharedJSON(f)...)
	case f.Shared != "":
		return append(o, member{"shared_folder_uid", f.Shared})
	}
	records := []any{}
	for _, r := range w.recordsIn(f.UID) {
		records = append(records, object{{"record_uid", r.UID}, {"record_name", r.Title}})
	}
	return append(o, member{"records", records})
}

func (c *call) sharedJSON(f *Folder) object {
	users, teams, records := []any{}, []any{}, []any{}
	for _, m := range f.members(c.s.clock.Now()) {
		var id any
		if u := c.v.users[m.User]; u != nil {
			id = u.ID
		}
		users = append(users, object{
			{"username", m.User}, {"user_id", id}, {"owner", m.User == f.Owner},
			{"manage_records", m.ManageRecords}, {"manage_users", m.ManageUsers}, {"expiration", c.until(m.Expires)},
		})
	}
	for _, m := range f.Teams {
		name := ""
		if t := c.v.teams[m.Team]; t != nil {
			name = t.Name
		}
		teams = append(teams, object{
			{"name", name}, {"team_uid", m.Team}, {"manage_records", m.ManageRecords}, {"manage_users", m.ManageUsers},
			{"expiration", "never"},
		})
	}
	for _, r := range c.s.cache.inShared(f.UID) {
		rights := f.rights(r.UID)
		records = append(records, object{
			{"record_uid", r.UID}, {"record_name", r.Title}, {"can_edit", rights.Edit}, {"can_share", rights.Share}})
	}
	return object{
		{"manage_users", f.ManageUsers}, {"manage_records", f.ManageRecords}, {"can_edit", f.CanEdit}, {"can_share", f.CanShare},
		{"records", records}, {"users", users}, {"teams", teams},
	}
}

// until gives the end of a membership: local time of the service host, or never.
func (c *call) until(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(c.s.opts.Location).Format("2006-01-02T15:04:05")
}

func (c *call) folderDetail(f *Folder) string {
	var b strings.Builder
	pair := func(key, value string) { fmt.Fprintf(&b, "%25s: %s\n", key, value) }
	if !f.isShared() {
		pair("Folder UID", f.UID)
		pair("Folder Type", "user_folder")
		pair("Name", f.Name)
		pair("Parent Folder UID", f.Parent)
		return b.String()
	}
	pair("Shared Folder UID", f.UID)
	pair("Name", f.Name)
	pair("Default Manage Records", pyBool(f.ManageRecords))
	pair("Default Manage Users", pyBool(f.ManageUsers))
	pair("Default Can Edit", pyBool(f.CanEdit))
	pair("Default Can Share", pyBool(f.CanShare))
	pair("Record Permissions", "")
	for _, r := range c.s.cache.inShared(f.UID) {
		pair(r.UID, map[Rights]string{
			{}: "Read Only", {Edit: true}: "Can Edit", {Share: true}: "Can Share", {Edit: true, Share: true}: "Can Edit & Share",
		}[f.rights(r.UID)])
	}
	pair("User Permissions", "")
	for _, m := range f.members(c.s.clock.Now()) {
		pair(m.User, folderRights(m.ManageUsers, m.ManageRecords))
	}
	pair("Team Permissions", "")
	for _, m := range f.Teams {
		if t := c.v.teams[m.Team]; t != nil {
			pair(t.Name, folderRights(m.ManageUsers, m.ManageRecords))
		}
	}
	return b.String()
}

func folderRights(users, records bool) string {
	switch {
	case users && records:
		return "Can Manage Users & Records"
	case users:
		return "Can Manage Users"
	case records:
		return "Can Manage Records"
	}
	return "No User Permissions"
}
