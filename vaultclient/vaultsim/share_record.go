package vaultsim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

func shareRecordParser() *parser {
	return &parser{
		options: append([]option{
			{names: []string{"-e", "--email"}, group: "required"},
			{names: []string{"--contacts-only"}, flag: true},
			{names: []string{"-f", "--force"}, flag: true},
			{names: []string{"-a", "--action"}, choices: []string{"grant", "revoke", "owner", "cancel"}},
			{names: []string{"-s", "--share"}, flag: true},
			{names: []string{"-w", "--write"}, flag: true},
			{names: []string{"-R", "--recursive"}, flag: true},
			{names: []string{"--dry-run"}, flag: true},
		}, expiryOptions()...),
		positionals: []positional{{name: "record", max: 1}},
	}
}

// address is the product's idea of an e-mail address: no apostrophe, for one.
var address = regexp.MustCompile(`^[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+$`)

const invitationAgain = "Please repeat this command when invitation is accepted."

// shareRecord grants, changes and revokes access to single records (PROTOCOL 12.2).
func (c *call) shareRecord() error {
	args, err := c.parse(shareRecordParser())
	if err != nil {
		return err
	}
	name := args.last("record")
	if args.help || name == "" {
		c.out.print(helpShareRecord)
		return nil
	}
	action := args.last("action")
	if action == "" {
		action = "grant"
	}
	end, err := c.expiry(args)
	if err != nil {
		return err
	}
	rotate := args.has("rotate-on-expiration")
	if rotate && (action != "grant" || !end.given || end.never) {
		return commandError("share-record", "--rotate-on-expiration requires a grant with an end.")
	}
	emails, err := c.emails(args.values["email"])
	if err != nil {
		return err
	}
	if action == "cancel" {
		return c.cancelShares(emails, args.has("force"))
	}
	records, err := c.shareTargets(name, args.has("recursive"))
	if err != nil {
		return err
	}
	for _, uid := range records {
		if r := c.s.cache.records[uid]; rotate && (r == nil || r.Type != "pamUser" || r.NoRotation) {
			return commandError("share-record", "--rotate-on-expiration requires a pamUser record with rotation configured. Ineligible record(s): "+uid)
		}
	}
	want := Rights{Edit: args.has("write"), Share: args.has("share")}
	if args.has("dry-run") {
		c.dryRun(records, emails, want, end)
		return nil
	}
	reachable := c.invite(emails, action)
	if len(reachable) == 0 {
		if len(c.out.logged) > 0 {
			return nil
		}
		return commandError("share-record", "Nothing to do.")
	}
	var granted, changed []string
	for _, uid := range records {
		for _, email := range reachable {
			line, isNew := c.shareOne(uid, email, action, want, end, rotate)
			if isNew {
				granted = append(granted, line)
			} else {
				changed = append(changed, line)
			}
		}
	}
	for _, line := range append(granted, changed...) {
		c.out.log(line)
	}
	return nil
}

func (c *call) emails(given []string) ([]string, error) {
	var out []string
	for _, e := range given {
		if !address.MatchString(e) {
			return nil, commandError(c.word, "Invalid email format: "+e)
		}
		out = append(out, strings.ToLower(e))
	}
	return out, nil
}

// shareTargets finds what a share-record is about: one record, or the records of a shared folder.
func (c *call) shareTargets(name string, recursive bool) ([]string, error) {
	w := c.s.cache
	if r := w.resolveRecord(name); r != nil {
		return []string{r.UID}, nil
	}
	f := w.resolveFolder(name)
	if f == nil || f.Shared == "" {
		return nil, commandError("share-record", "Enter name or uid of existing record or shared folder")
	}
	records := w.recordsIn(f.UID)
	if recursive {
		records = w.inShared(f.Shared)
	}
	var out []string
	for _, r := range records {
		out = append(out, r.UID)
	}
	return out, nil
}

// invite sends invitations where they are needed and returns the addresses that can be shared with now.
func (c *call) invite(emails []string, action string) []string {
	var reachable []string
	for _, e := range emails {
		if action == "revoke" {
			reachable = append(reachable, e)
			continue
		}
		switch c.v.relation(e) {
		case Known:
			reachable = append(reachable, e)
		case NeedsInvitation:
			c.s.did(Entry{Kind: Invite, User: e})
			c.out.log("Share invitation has been sent to '" + e + "'")
			c.out.log(invitationAgain)
		}
	}
	return reachable
}

// mayShare tells whether the service account may share a record.
func (c *call) mayShare(r *Record) bool {
	if r.Owner == c.v.service {
		return true
	}
	if s, shared := c.v.shareOf(r.UID, c.v.service); shared && s.Rights.Share {
		return true
	}
	f := c.v.state.folders[r.Folder]
	if f == nil || f.Shared == "" {
		return false
	}
	return c.v.state.folders[f.Shared].rights(r.UID).Share
}

// shareOne changes one person's access to one record in the cloud and returns the line that reports it, and
// whether it is one of those that are listed first.
func (c *call) shareOne(uid, email, action string, want Rights, end expiry, rotate bool) (line string, isNew bool) {
	r := c.v.state.records[uid]
	old, exists := c.v.shareOf(uid, email)
	if r != nil && email == r.Owner && !exists {
		// The cloud lets an owner be granted what they own; the rights of the owner's entry carry over.
		old, exists = Share{User: email, Rights: Rights{Edit: true, Share: true}}, true
	}
	failed := func(verb, text string) (string, bool) {
		return fmt.Sprintf("Failed to %s record %q access permissions for user '%s': %s", verb, uid, email, text), false
	}
	done := func(verb string) string {
		text := fmt.Sprintf("Record %q access permissions has been %s user '%s'", uid, verb, email)
		if end.given && action == "grant" {
			text += ", record access expires " + end.text(c.s.opts.Location)
		}
		return text
	}
	switch {
	case r == nil:
		return failed(action, "Record not found")
	case !c.mayShare(r):
		return failed(action, "You do not have permission to share this record")
	case action == "owner":
		c.giveAway(r, email)
		return done("granted to"), true
	case action == "revoke" && !exists:
		return failed("revoke", "No share exists for this user")
	case action == "revoke" && !want.Edit && !want.Share:
		c.v.dropShare(uid, email)
		c.s.did(Entry{Kind: Revoke, Record: uid, User: email})
		return done("revoked from"), false
	}
	share := Share{User: email, Rights: old.Rights, Expires: end.apply(old.Expires), Rotates: rotate || old.Rotates && !end.given}
	if action == "revoke" {
		share.Rights.Edit = share.Rights.Edit && !want.Edit
		share.Rights.Share = share.Rights.Share && !want.Share
	} else {
		share.Rights.Edit = share.Rights.Edit || want.Edit
		share.Rights.Share = share.Rights.Share || want.Share
	}
	kind, verb := Grant, "granted to"
	if exists {
		kind, verb = Change, "changed for"
	}
	if !exists || share.Rights != old.Rights || !share.Expires.Equal(old.Expires) || share.Rotates != old.Rotates {
		c.s.did(Entry{Kind: kind, Record: uid, User: email, Rights: share.Rights.String(), Expires: share.Expires, Rotates: share.Rotates})
	}
	c.v.setShare(uid, share)
	return done(verb), !exists
}

// giveAway makes somebody else the owner of a record; the old owner keeps a read-only share.
func (c *call) giveAway(r *Record, email string) {
	old := r.Owner
	c.v.shares[r.UID] = slices.DeleteFunc(c.v.shares[r.UID], func(s Share) bool { return s.User == email })
	c.v.setShare(r.UID, Share{User: old})
	moved := *c.v.state.records[r.UID]
	moved.Owner = email
	c.v.state.records[r.UID] = &moved
	c.s.did(Entry{Kind: Owner, Record: r.UID, User: email, Rights: "owner", Details: "from " + old})
	c.sync = true
}

// cancelShares ends everything that is shared with the given people. It asks on the service's terminal, of
// which there is none (PROTOCOL 9.7).
func (c *call) cancelShares(emails []string, force bool) error {
	if !force {
		return exception("EOF when reading a line")
	}
	for _, email := range emails {
		ended := 0
		for _, uid := range c.v.state.order {
			r := c.v.state.records[uid]
			if _, shared := c.v.shareOf(uid, email); shared && r.Owner == c.v.service {
				c.v.dropShare(uid, email)
				c.s.did(Entry{Kind: Revoke, Record: uid, User: email, Details: "cancel"})
				ended++
			}
		}
		if ended == 0 {
			c.out.log(email + ": No shared records are found.")
		}
	}
	return nil
}

func (c *call) dryRun(records, emails []string, want Rights, end expiry) {
	var rows [][]string
	for _, uid := range records {
		for _, email := range emails {
			action := map[Rights]string{
				{}: "Read Only", {Edit: true}: "Can Edit", {Share: true}: "Can Share", {Edit: true, Share: true}: "Can Edit & Share",
			}[want]
			expires := ""
			if end.given {
				expires = end.text(time.UTC)
			}
			rows = append(rows, []string{email, uid, c.s.cache.records[uid].Title, action, expires, ""})
		}
	}
	c.out.print(table(numbered(
		[]string{"Username", "Record UID", "Title", "Share Action", "Expiration", "Rotate on Expiration"}, rows)))
}
