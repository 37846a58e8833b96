package vaultclient

import (
	"fmt"
	"slices"
	"strings"
)

// ShareRecord grants one person access to one record. Granting never lowers rights: without Edit and Share it leaves what
// the person has (PROTOCOL 12.2); to lower, send LowerRecord first.
type ShareRecord struct {
	Record UID
	Email  Email
	Edit   bool
	Share  bool // may share it with others
	Expiry Expiry

	// Rotate has Keeper change the password when the access ends. It needs an end and a pamUser record with rotation set up; neither
	// answers nor Get tell whether it is set (PROTOCOL 12.2).
	Rotate bool
}

// LowerRecord takes edit or share rights from a person who keeps the record. At least one of them must be set.
type LowerRecord struct {
	Record    UID
	Email     Email
	DropEdit  bool
	DropShare bool
}

// RevokeRecord takes a record from one person.
type RevokeRecord struct {
	Record UID
	Email  Email
}

// TransferRecord makes a person the owner of a record. It cannot be repeated and not undone from here: the owner before, who is the
// service account where this can work, keeps a share for viewing and loses edit, share and the right to end shares (PROTOCOL 12.2).
type TransferRecord struct {
	Record UID
	Email  Email
}

// RecordShared proves a ShareRecord, LowerRecord or TransferRecord.
type RecordShared struct {
	Record  UID
	Email   Email
	Changed bool      // there was a share before
	Expires LocalTime // as the service host's clock will show it, Never, or "" if the order said nothing about it
}

// RecordRevoked proves a RevokeRecord.
type RecordRevoked struct {
	Record UID
	Email  Email
}

func (RecordShared) evidence()  {}
func (RecordRevoked) evidence() {}

func shareRecord(action string, e Email) *commandBuilder {
	return newCommand("share-record").email(e).option("action", action).flag("-f")
}

func (m ShareRecord) command(abilities) (command, error) {
	b := shareRecord("grant", m.Email).flagIf(m.Edit, "--write").flagIf(m.Share, "--share")
	m.Expiry.add(b)
	if m.Rotate && !m.Expiry.Ends() {
		b.fail(fmt.Errorf("rotation at the end of access without an end: %w", ErrInvalid))
	}
	return b.flagIf(m.Rotate, "--rotate-on-expiration").uid(m.Record).build()
}

func (m LowerRecord) command(abilities) (command, error) {
	b := shareRecord("revoke", m.Email).flagIf(m.DropEdit, "--write").flagIf(m.DropShare, "--share")
	if !m.DropEdit && !m.DropShare {
		// Without a flag the same command would take the record away.
		b.fail(ErrInvalid)
	}
	return b.uid(m.Record).build()
}

func (m RevokeRecord) command(abilities) (command, error) {
	return shareRecord("revoke", m.Email).uid(m.Record).build()
}

func (m TransferRecord) command(abilities) (command, error) {
	return shareRecord("owner", m.Email).uid(m.Record).build()
}

func (m ShareRecord) judge(r Reply) Outcome {
	for _, verb := range []string{"granted to", "changed for"} {
		ends := accessLines(r, m.Record, m.Email, verb)
		if i := slices.IndexFunc(ends, m.Expiry.fits); i >= 0 {
			return Done{RecordShared{m.Record, m.Email, verb == "changed for", ends[i]}, r.text()}
		}
		if len(ends) > 0 {
			return Unknown{OtherEffect, r.text()}
		}
	}
	return refusedShare(r)
}

func (m LowerRecord) judge(r Reply) Outcome {
	if len(accessLines(r, m.Record, m.Email, "changed for")) > 0 {
		return Done{RecordShared{Record: m.Record, Email: m.Email, Changed: true}, r.text()}
	}
	return refusedShare(r)
}

func (m RevokeRecord) judge(r Reply) Outcome {
	if len(accessLines(r, m.Record, m.Email, "revoked from")) > 0 {
		return Done{RecordRevoked(m), r.text()}
	}
	return refusedShare(r)
}

func (m TransferRecord) judge(r Reply) Outcome {
	if len(accessLines(r, m.Record, m.Email, "granted to")) > 0 {
		return Done{RecordShared{Record: m.Record, Email: m.Email}, r.text()}
	}
	return refusedShare(r)
}

// accessLines finds the sentences that prove a change of this person's access to this record, as whole lines, and returns
// for each what it says of the end of access, "" if nothing. The service lower-cases addresses.
func accessLines(r Reply, record UID, e Email, verb string) []LocalTime {
	var found []LocalTime
	for _, line := range r.lines {
		rest, ok := strings.CutPrefix(line, `Record "`+string(record)+`" access permissions has been `+verb+` user '`)
		user, rest, closed := strings.Cut(rest, "'")
		if !ok || !closed || !e.SameAs(Email(user)) {
			continue
		}
		if rest == "" {
			found = append(found, "")
		} else if expires, ok := strings.CutPrefix(rest, ", record access expires "); ok {
			found = append(found, LocalTime(expires))
		}
	}
	return found
}

// refusedShare knows the refusals of share-record (PROTOCOL 12.2). A text that begins with "Failed to" comes from Keeper's
// cloud, which did answer.
func refusedShare(r Reply) Outcome {
	if out := (refusals{
		{"Share invitation has been sent to '", InvitationSent},
		{"share-record: Enter name or uid of existing record or shared folder", ObjectMissing},
		{"share-record: Nothing to do.", NoAccount},
		{"share-record: Invalid email format: ", InvalidEmail},
		{"share-record: Share expiration must be at least 1 minute", BadExpiry},
		{"is not allowed as a unit for the timeout value", BadExpiry},
		{"Invalid isoformat string: ", BadExpiry},
		{": No share exists for this user", AlreadyAbsent},
		{"share-record: --rotate-on-expiration requires ", NoRotation},
		{"otation must be already set", NoRotation},
	}).find(r); out != nil {
		return out
	}
	for _, verb := range []string{"grant", "change", "revoke"} {
		if text, ok := r.said("Failed to " + verb + ` record "`); ok {
			return Refused{cloudRefusal(text), r.text()}
		}
	}
	return nil
}

// cloudRefusal sorts the texts of Keeper's cloud as far as their words allow; the text itself is always kept.
func cloudRefusal(text string) Refusal {
	text = strings.ToLower(text)
	switch {
	case strings.Contains(text, "permission to "), strings.Contains(text, "access_denied"):
		return AccessDenied
	case strings.Contains(text, "out_of_sync"):
		return OutOfSync
	}
	return ServerRefused
}

// Verify compares a freshly read record with the order. w is when the command may have run.
func (m ShareRecord) Verify(r Record, w Window) Finding {
	p, ok := r.Permission(m.Email)
	switch {
	case !ok:
		return absent("no share for " + string(m.Email))
	case p.AwaitingApproval:
		return differentFrom("the share for " + string(m.Email) + " awaits approval")
	case p.Editable != m.Edit || p.Shareable != m.Share:
		return differentFrom("rights now: " + p.String())
	case !m.Expiry.Matches(p.Expires, w):
		return differentFrom("end now: " + p.end())
	}
	return stands(RecordShared{Record: m.Record, Email: m.Email})
}

// Verify compares a freshly read record with the order.
func (m LowerRecord) Verify(r Record) Finding {
	p, ok := r.Permission(m.Email)
	switch {
	case !ok:
		return differentFrom("no share for " + string(m.Email))
	case m.DropEdit && p.Editable, m.DropShare && p.Shareable:
		return absent("rights now: " + p.String())
	}
	return stands(RecordShared{Record: m.Record, Email: m.Email, Changed: true})
}

// Verify compares a freshly read record with the order.
func (m RevokeRecord) Verify(r Record) Finding {
	if p, ok := r.Permission(m.Email); ok {
		return absent("rights now: " + p.String())
	}
	return stands(RecordRevoked(m))
}

// Verify compares a freshly read record with the order.
func (m TransferRecord) Verify(r Record) Finding {
	if p, ok := r.Permission(m.Email); ok && p.Owner {
		return stands(RecordShared{Record: m.Record, Email: m.Email})
	}
	return absent("owner now: " + string(r.Owner()))
}
