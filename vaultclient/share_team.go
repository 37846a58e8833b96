package vaultclient

// ShareFolderTeam gives a team access to a shared folder, with exactly these rights; Keeper has no end for teams here. The answer
// never is proof: Judge returns Unknown with cause Silent where all seems well, and Verify tells (PROTOCOL 12.3).
type ShareFolderTeam struct {
	Folder        UID
	Team          UID
	ManageRecords bool
	ManageUsers   bool
}

// UnshareFolderTeam takes a shared folder from a team. Its answer never is proof either.
type UnshareFolderTeam struct {
	Folder UID
	Team   UID
}

// FolderSharedTeam proves a ShareFolderTeam, from Verify.
type FolderSharedTeam struct {
	Folder UID
	Team   UID
}

// FolderUnsharedTeam proves an UnshareFolderTeam, from Verify.
type FolderUnsharedTeam struct {
	Folder UID
	Team   UID
}

func (FolderSharedTeam) evidence()   {}
func (FolderUnsharedTeam) evidence() {}

// team names a team where share-folder takes an address. By its UID, since several teams may have one name.
func (b *commandBuilder) team(u UID) *commandBuilder {
	b.fail(check(uidPattern, "team", string(u)))
	return b.option("email", string(u))
}

func (m ShareFolderTeam) command(abilities) (command, error) {
	return newCommand("share-folder").team(m.Team).option("action", "grant").flag("-f").
		option("manage-records", onOff(m.ManageRecords)).option("manage-users", onOff(m.ManageUsers)).uid(m.Folder).build()
}

func (m UnshareFolderTeam) command(abilities) (command, error) {
	return newCommand("share-folder").team(m.Team).option("action", "remove").flag("-f").uid(m.Folder).build()
}

func (m ShareFolderTeam) judge(r Reply) Outcome   { return refusedTeam(r) }
func (m UnshareFolderTeam) judge(r Reply) Outcome { return refusedTeam(r) }

// refusedTeam knows the refusals of share-folder for a team.
func refusedTeam(r Reply) Outcome {
	for _, line := range r.lines {
		if _, rest := quotedUser(line, "Team share '"); rest != "" {
			if text, failed := cutFailed(rest); failed {
				return Refused{cloudRefusal(text), r.text()}
			}
		}
	}
	return refusedFolder(r)
}

// Verify compares a freshly read shared folder with the order.
func (m ShareFolderTeam) Verify(f SharedFolder) Finding {
	team, ok := f.Team(m.Team)
	switch {
	case !ok:
		return absent("not a member: team " + string(m.Team))
	case team.ManageRecords != m.ManageRecords || team.ManageUsers != m.ManageUsers:
		return differentFrom("rights now: " + team.String())
	}
	return stands(FolderSharedTeam{m.Folder, m.Team})
}

// Verify compares a freshly read shared folder with the order.
func (m UnshareFolderTeam) Verify(f SharedFolder) Finding {
	if team, ok := f.Team(m.Team); ok {
		return absent("rights now: " + team.String())
	}
	return stands(FolderUnsharedTeam(m))
}

// Team returns what a team may do in the folder.
func (f SharedFolder) Team(u UID) (TeamMember, bool) {
	for _, t := range f.Teams {
		if t.UID == u {
			return t, true
		}
	}
	return TeamMember{}, false
}

// String names the rights, for work notes.
func (t TeamMember) String() string {
	return rights("member", right{"manage records", t.ManageRecords}, right{"manage users", t.ManageUsers})
}
