package vaultsim

import (
	"slices"
	"strings"
)

func shareFolderParser() *parser {
	onOff := []string{"on", "off"}
	return &parser{
		options: append([]option{
			{names: []string{"-a", "--action"}, choices: []string{"grant", "remove"}},
			{names: []string{"-e", "--email"}},
			{names: []string{"-r", "--record"}},
			{names: []string{"-p", "--manage-records"}, choices: onOff},
			{names: []string{"-o", "--manage-users"}, choices: onOff},
			{names: []string{"-s", "--can-share"}, choices: onOff},
			{names: []string{"-d", "--can-edit"}, choices: onOff},
			{names: []string{"-f", "--force"}, flag: true},
		}, expiryOptions()...),
		positionals: []positional{{name: "folder", min: 1, max: -1}},
	}
}

const (
	allExisting = "@existing"
	defaults    = "*"
)

// folderOrder is a parsed share-folder command.
type folderOrder struct {
	remove         bool
	force          bool
	users          []string // addresses
	teams          []*Team
	defaultUser    bool // the permissions of new members
	records        []string
	defaultRecords bool // the permissions of new records
	manageRecords  string
	manageUsers    string
	canEdit        string
	canShare       string
	end            expiry
}

// shareFolder changes who is in a shared folder, and what its members may do with its records (PROTOCOL 12.3).
func (c *call) shareFolder() error {
	args, err := c.parse(shareFolderParser())
	if err != nil || args.help {
		return err
	}
	folders, err := c.sharedFolders(args.values["folder"])
	if err != nil {
		return err
	}
	order := folderOrder{
		remove: args.last("action") == "remove", force: args.has("force"),
		manageRecords: args.last("manage-records"), manageUsers: args.last("manage-users"),
		canEdit: args.last("can-edit"), canShare: args.last("can-share"),
	}
	if order.end, err = c.expiry(args); err != nil {
		return err
	}
	if (args.has("can-edit") || args.has("can-share")) && !args.has("record") {
		return commandError("share-folder", "-d and -s require a record target: -r <RECORD>, -r *, or -r @existing.")
	}
	c.people(&order, args.values["email"])
	for _, r := range args.values["record"] {
		switch r {
		case defaults:
			order.defaultRecords = true
		default:
			order.records = append(order.records, r)
		}
	}
	nobody := len(order.users) == 0 && len(order.teams) == 0 && !order.defaultUser
	if nobody && len(order.records) == 0 && !order.defaultRecords {
		c.out.log("Nothing to do")
		return nil
	}
	for _, f := range folders {
		if err := c.changeFolder(f, order); err != nil {
			return err
		}
	}
	c.sync = true
	return nil
}

// sharedFolders finds the shared folders meant; a subfolder stands for the whole shared folder above it.
func (c *call) sharedFolders(names []string) ([]*Folder, error) {
	var out []*Folder
	for _, name := range names {
		f := c.s.cache.resolveFolder(name)
		if f == nil || f.Shared == "" {
			continue
		}
		out = append(out, c.s.cache.folders[f.Shared])
	}
	if len(out) == 0 {
		return nil, commandError("share-folder", "Enter name of at least one existing folder")
	}
	return out, nil
}

func (c *call) people(order *folderOrder, given []string) {
	for _, e := range given {
		switch {
		case e == defaults:
			order.defaultUser = true
		case e == allExisting:
			order.users = append(order.users, allExisting)
		case address.MatchString(e):
			email := strings.ToLower(e)
			if !order.remove && c.v.relation(email) == NeedsInvitation {
				c.s.did(Entry{Kind: Invite, User: email})
				c.out.log("Share invitation has been sent to '" + email + "'")
				c.out.log(invitationAgain)
			}
			order.users = append(order.users, email)
		default:
			t := c.team(e)
			if t == nil {
				c.out.log(`User "` + e + `" could not be resolved as email or team`)
				continue
			}
			order.teams = append(order.teams, t)
		}
	}
}

func (c *call) team(name string) *Team {
	if t := c.v.teams[name]; t != nil {
		return t
	}
	for _, t := range c.v.teams {
		if strings.EqualFold(t.Name, name) {
			return t
		}
	}
	return nil
}

func (c *call) changeFolder(cached *Folder, order folderOrder) error {
	now := c.s.clock.Now()
	f := c.v.state.folders[cached.UID]
	if f == nil {
		c.out.log("Shared folder " + cached.UID + " not found")
		return nil
	}
	me, member := f.member(c.v.service, now)
	allowed := member && me.ManageUsers
	users := order.users
	if i := slices.Index(users, allExisting); i >= 0 {
		users = slices.Delete(slices.Clone(users), i, i+1)
		for _, m := range f.members(now) {
			if m.User != c.v.service {
				users = append(users, m.User)
			}
		}
	}
	if order.remove && slices.Contains(users, c.v.service) && !order.force {
		return exception("EOF when reading a line")
	}
	for _, email := range users {
		c.changeMember(f.UID, email, allowed, order)
	}
	for _, t := range order.teams {
		c.changeTeam(f.UID, t, allowed, order)
	}
	if order.defaultUser && allowed {
		c.v.editFolder(f.UID, func(f *Folder) {
			f.ManageUsers = onOff(order.manageUsers, f.ManageUsers)
			f.ManageRecords = onOff(order.manageRecords, f.ManageRecords)
		})
		c.s.did(Entry{Kind: FolderDefaults, Folder: f.UID})
	}
	c.changeRecords(f.UID, order)
	return nil
}

func onOff(word string, old bool) bool {
	switch word {
	case "on":
		return true
	case "off":
		return false
	}
	return old
}

func (c *call) changeMember(folder, email string, allowed bool, order folderOrder) {
	f := c.v.state.folders[folder]
	old, exists := f.member(email, c.s.clock.Now())
	switch {
	case order.remove && !exists:
		return
	case !order.remove && c.v.relation(email) != Known:
		c.out.log("User " + email + " not found")
		return
	case !allowed:
		c.out.log("User share '" + email + "' failed: access_denied")
		return
	case order.remove:
		c.v.editFolder(folder, func(f *Folder) {
			f.Members = slices.DeleteFunc(f.Members, func(m Member) bool { return m.User == email })
		})
		c.s.did(Entry{Kind: FolderRevoke, Folder: folder, User: email})
		c.out.log("Folder access removed from user '" + email + "'")
		return
	}
	m := Member{User: email, ManageUsers: f.ManageUsers, ManageRecords: f.ManageRecords}
	if exists {
		m = old
	}
	m.ManageUsers = onOff(order.manageUsers, m.ManageUsers)
	m.ManageRecords = onOff(order.manageRecords, m.ManageRecords)
	m.Expires = order.end.apply(m.Expires)
	c.v.editFolder(folder, func(f *Folder) {
		f.Members = slices.DeleteFunc(f.Members, func(o Member) bool { return o.User == email && !exists })
		if i := slices.IndexFunc(f.Members, func(o Member) bool { return o.User == email }); i >= 0 {
			f.Members[i] = m
		} else {
			f.Members = append(f.Members, m)
		}
	})
	entry := Entry{Kind: FolderGrant, Folder: folder, User: email, Expires: m.Expires,
		Rights: folderRights(m.ManageUsers, m.ManageRecords)}
	verb := "added"
	if exists {
		entry.Kind, verb = FolderChange, "updated"
	}
	if !exists || m.ManageUsers != old.ManageUsers || m.ManageRecords != old.ManageRecords || !m.Expires.Equal(old.Expires) {
		c.s.did(entry)
	}
	if order.end.given {
		c.out.log("Folder access granted to user '" + email + "', expires " + order.end.text(c.s.opts.Location))
		return
	}
	c.out.log("User share '" + email + "' " + verb)
}

// changeTeam adds, changes or removes a team. The product reports nothing of it.
func (c *call) changeTeam(folder string, t *Team, allowed bool, order folderOrder) {
	if !allowed {
		c.out.log("Team share '" + t.Name + "' failed: access_denied")
		return
	}
	kind := FolderGrant
	c.v.editFolder(folder, func(f *Folder) {
		i := slices.IndexFunc(f.Teams, func(m TeamMember) bool { return m.Team == t.UID })
		switch {
		case order.remove && i >= 0:
			kind = FolderRevoke
			f.Teams = slices.Delete(f.Teams, i, i+1)
			return
		case order.remove:
			kind = ""
			return
		case i < 0:
			f.Teams = append(f.Teams, TeamMember{Team: t.UID, ManageUsers: f.ManageUsers, ManageRecords: f.ManageRecords})
			i = len(f.Teams) - 1
		default:
			kind = FolderChange
		}
		f.Teams[i].ManageUsers = onOff(order.manageUsers, f.Teams[i].ManageUsers)
		f.Teams[i].ManageRecords = onOff(order.manageRecords, f.Teams[i].ManageRecords)
	})
	if kind == "" {
		return
	}
	entry := Entry{Kind: kind, Folder: folder, User: t.Name}
	for _, m := range c.v.state.folders[folder].Teams {
		if m.Team == t.UID {
			entry.Rights = folderRights(m.ManageUsers, m.ManageRecords)
		}
	}
	c.s.did(entry)
}

// changeRecords changes what members may do with records of the folder.
func (c *call) changeRecords(folder string, order folderOrder) {
	if order.defaultRecords {
		c.v.editFolder(folder, func(f *Folder) {
			f.CanEdit, f.CanShare = onOff(order.canEdit, f.CanEdit), onOff(order.canShare, f.CanShare)
		})
		f := c.v.state.folders[folder]
		c.s.did(Entry{Kind: FolderDefaults, Folder: folder, Rights: Rights{Edit: f.CanEdit, Share: f.CanShare}.String()})
	}
	var records []*Record
	for _, name := range order.records {
		if name == allExisting {
			records = append(records, c.s.cache.inShared(folder)...)
		} else if r := c.s.cache.resolveRecord(name); r != nil {
			records = append(records, r)
		}
	}
	for _, r := range records {
		var now Rights
		c.v.editFolder(folder, func(f *Folder) {
			now = f.rights(r.UID)
			now = Rights{Edit: onOff(order.canEdit, now.Edit), Share: onOff(order.canShare, now.Share)}
			f.Records[r.UID] = now
		})
		c.s.did(Entry{Kind: FolderRecords, Folder: folder, Record: r.UID, Rights: now.String()})
		c.out.log("Record share '" + r.Title + "' updated")
	}
}
