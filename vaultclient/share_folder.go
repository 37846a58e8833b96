package vaultclient

import (
	"fmt"
	"strings"
	"time"
)

// ShareFolder gives one person access to a shared folder, with exactly these rights. A subfolder's UID acts on the whole
// shared folder above it (PROTOCOL 12.3). Keeper excludes ManageUsers with an end.
type ShareFolder struct {
	Folder        UID
	Email         Email
	ManageRecords bool
	ManageUsers   bool
	Expiry        Expiry
}

// UnshareFolder takes a shared folder from one person.
type UnshareFolder struct {
	Folder UID
	Email  Email
}

// FolderShared proves a ShareFolder.
type FolderShared struct {
	Folder  UID
	Email   Email
	Changed bool      // the person was a member before, as far as the answer tells
	Expires LocalTime // as the service host's clock will show it, Never, or "" if the order said nothing about it
}

// FolderUnshared proves an UnshareFolder.
type FolderUnshared struct {
	Folder UID
	Email  Email
}

func (FolderShared) evidence()   {}
func (FolderUnshared) evidence() {}

func (m ShareFolder) command(abilities) (command, error) {
	// Both rights are always named: left out, they mean the folder's defaults for a new member and no change for an old one.
	b := newCommand("share-folder").email(m.Email).option("action", "grant").flag("-f").
		option("manage-records", onOff(m.ManageRecords)).option("manage-users", onOff(m.ManageUsers))
	if m.ManageUsers && m.Expiry.Ends() {
		b.fail(fmt.Errorf("managing users together with an end: %w", ErrInvalid))
	}
	m.Expiry.add(b)
	return b.uid(m.Folder).build()
}

func (m UnshareFolder) command(abilities) (command, error) {
	return newCommand("share-folder").email(m.Email).option("action", "remove").flag("-f").uid(m.Folder).build()
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (m ShareFolder) judge(r Reply) Outcome {
	for _, line := range r.lines {
		user, rest := quotedUser(line, "User share '")
		if m.Email.SameAs(user) && (rest == " added" || rest == " updated") {
			if m.Expiry.IsZero() {
				return Done{FolderShared{m.Folder, m.Email, rest == " updated", ""}, r.text()}
			}
			return Unknown{OtherEffect, r.text()}
		}
		user, rest = quotedUser(line, "Folder access granted to user '")
		if expires, ok := strings.CutPrefix(rest, ", expires "); ok && m.Email.SameAs(user) {
			if m.Expiry.fits(LocalTime(expires)) {
				return Done{FolderShared{m.Folder, m.Email, false, LocalTime(expires)}, r.text()}
			}
			return Unknown{OtherEffect, r.text()}
		}
	}
	return refusedFolder(r)
}

func (m UnshareFolder) judge(r Reply) Outcome {
	for _, line := range r.lines {
		if user, rest := quotedUser(line, "Folder access removed from user '"); m.Email.SameAs(user) && rest == "" {
			return Done{FolderUnshared(m), r.text()}
		}
	}
	return refusedFolder(r)
}

// quotedUser takes a line apart that begins with prefix, the last character of which opens a quoted address. If the line is
// another one, both results are empty, which no address equals.
func quotedUser(line, prefix string) (user Email, rest string) {
	after, ok := strings.CutPrefix(line, prefix)
	name, rest, closed := strings.Cut(after, "'")
	if !ok || !closed {
		return "", ""
	}
	return Email(name), rest
}

// cutFailed returns the cloud's words behind the name of a share that failed.
func cutFailed(rest string) (text string, failed bool) { return strings.CutPrefix(rest, " failed: ") }

// refusedFolder knows the refusals of share-folder (PROTOCOL 12.3).
func refusedFolder(r Reply) Outcome {
	if out := (refusals{
		{"Share invitation has been sent to '", InvitationSent},
		{"share-folder: Enter name of at least one existing folder", ObjectMissing},
		{"could not be resolved as email or team", NoAccount},
		{"is not allowed as a unit for the timeout value", BadExpiry},
		{"Share expiration must be at least 1 minute", BadExpiry},
		{"Invalid isoformat string: ", BadExpiry},
	}).find(r); out != nil {
		return out
	}
	for _, line := range r.lines {
		if strings.HasPrefix(line, "User ") && strings.HasSuffix(line, " not found") {
			return Refused{NoAccount, r.text()}
		}
		if _, rest := quotedUser(line, "User share '"); rest != "" {
			if text, failed := cutFailed(rest); failed {
				return Refused{cloudRefusal(text), r.text()}
			}
		}
	}
	if r.has("Nothing to do") {
		return Refused{NothingToDo, r.text()}
	}
	return nil
}

// Verify compares a freshly read shared folder with the order. loc is the zone of the service host, in which the folder's
// ends are given; w is when the command may have run.
func (m ShareFolder) Verify(f SharedFolder, loc *time.Location, w Window) Finding {
	member, ok := f.Member(m.Email)
	if !ok {
		return absent("not a member: " + string(m.Email))
	}
	if member.ManageRecords != m.ManageRecords || member.ManageUsers != m.ManageUsers {
		return differentFrom("rights now: " + member.String())
	}
	var end time.Time
	if member.Expires != Never && member.Expires != "" {
		var err error
		if end, err = member.Expires.In(loc); err != nil {
			return differentFrom("end now: " + string(member.Expires))
		}
	}
	if !m.Expiry.Matches(end, w) {
		return differentFrom("end now: " + string(member.Expires))
	}
	return stands(FolderShared{Folder: m.Folder, Email: m.Email})
}

// Verify compares a freshly read shared folder with the order.
func (m UnshareFolder) Verify(f SharedFolder) Finding {
	if member, ok := f.Member(m.Email); ok {
		return absent("rights now: " + member.String())
	}
	return stands(FolderUnshared(m))
}
