package vaultclient

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// MaxLinkLife is the longest life of a one-time link: what the service calls six months (PROTOCOL 12.4).
const MaxLinkLife = 182 * 24 * time.Hour

// linkLife adds the period that a link lives.
func (b *commandBuilder) linkLife(name string, d time.Duration) *commandBuilder {
	p, err := period(d)
	b.fail(err)
	if d > MaxLinkLife {
		b.fail(fmt.Errorf("a link that lives longer than %d days: %w", MaxLinkLife/(24*time.Hour), ErrInvalid))
	}
	return b.option(name, p)
}

// OneTimeShareCreate makes a link that opens one record once, for somebody without an account. It is not idempotent: after a
// lost answer, find what it left with Orphans, remove that and create anew (PROTOCOL 13).
type OneTimeShareCreate struct {
	Record   UID
	Lives    time.Duration // whole minutes, at most MaxLinkLife
	Name     string        // letters and digits, one of our numbers; "" for none. The service never gives it back
	Editable bool          // the recipient may edit the record
}

// OneTimeShareRemove takes a link back.
type OneTimeShareRemove struct {
	Record UID
	Share  ShareID
}

// OneTimeShareCreated proves a OneTimeShareCreate. The URL is shown once by the service and cannot be fetched again.
type OneTimeShareCreated struct {
	Record   UID
	Share    ShareID
	URL      Secret
	Editable bool
}

// OneTimeShareRemoved proves a OneTimeShareRemove.
type OneTimeShareRemoved struct {
	Record UID
	Share  ShareID
}

func (OneTimeShareCreated) evidence() {}
func (OneTimeShareRemoved) evidence() {}

// OneTimeShare is one row of a record's list of links.
type OneTimeShare struct {
	Record    UID
	Share     ShareID
	Generated LocalTime
	Expires   LocalTime
	Opened    LocalTime // "" if it was not opened
	Status    string    // the service's word, foreign text
}

// LinkState is what became of a one-time link.
type LinkState int

// The states of a link.
const (
	LinkWaits   LinkState = iota // nobody opened it
	LinkOpened                   // somebody did
	LinkExpired                  // its end has come
)

// String names the state.
func (s LinkState) String() string { return [...]string{"waits", "opened", "expired"}[s] }

// State returns what became of the link at a moment. loc is the zone of the service host; a link whose end cannot be read counts
// as not expired.
func (s OneTimeShare) State(at time.Time, loc *time.Location) LinkState {
	end, err := s.Expires.In(loc)
	switch {
	case err == nil && !at.Before(end):
		return LinkExpired
	case s.Opened != "":
		return LinkOpened
	}
	return LinkWaits
}

var (
	// A name with blanks could spell one of the phrases that switch the service's answer format (PROTOCOL 7.7).
	shareNamePattern = regexp.MustCompile(`^[A-Za-z0-9]{0,40}$`)
	shareURLPattern  = regexp.MustCompile(`^https://[!-~]+/vault/share/?(\?[!-~]*)?#([A-Za-z0-9_-]{43})$`)
)

// shareIDMessage is the fixed text whose keyed hash is the id of a one-time share (PROTOCOL 12.4).
const shareIDMessage = "KEEPER_SECRETS_MANAGER_CLIENT_ID"

// ShareIDOf computes the id of a one-time share from its URL. The error wraps ErrInvalid and does not show the URL.
func ShareIDOf(url Secret) (ShareID, error) {
	parts := shareURLPattern.FindStringSubmatch(url.Reveal())
	if parts == nil {
		return "", fmt.Errorf("one-time share url: %w", ErrInvalid)
	}
	key, err := decodeFragment(parts[2])
	if err != nil {
		return "", fmt.Errorf("one-time share url: %w", ErrInvalid)
	}
	h := hmac.New(sha512.New, key)
	h.Write([]byte(shareIDMessage))
	return ShareID(base64.RawURLEncoding.EncodeToString(h.Sum(nil))), nil
}

func (m OneTimeShareCreate) command(abilities) (command, error) {
	b := newCommand("one-time-share", "create")
	b.linkLife("expire", m.Lives).flagIf(m.Editable, "--editable")
	if m.Name != "" {
		b.fail(check(shareNamePattern, "one-time share name", m.Name))
		b.option("name", m.Name)
	}
	return b.uid(m.Record).build()
}

func (m OneTimeShareRemove) command(abilities) (command, error) {
	b := newCommand("one-time-share", "remove").uid(m.Record)
	b.fail(check(sharePattern, "one-time share id", string(m.Share)))
	return b.positional(string(m.Share)).build()
}

func (m OneTimeShareCreate) judge(r Reply) Outcome {
	if len(r.lines) == 1 {
		if parts := shareURLPattern.FindStringSubmatch(r.lines[0]); parts != nil {
			url := NewSecret(r.lines[0])
			id, err := ShareIDOf(url)
			editable := strings.Contains(parts[1], "editable=true")
			if err != nil || editable != m.Editable {
				return Unknown{OtherEffect, r.text()}
			}
			return Done{OneTimeShareCreated{m.Record, id, url, editable}, r.text()}
		}
	}
	return refusals{
		{"One-Time Shares are currently not available for PAM records", PAMRecord},
		{"URL expiration period cannot be greater than 6 months", BadExpiry},
		{"is not allowed as a unit for the timeout value", BadExpiry},
		{"one-time-share: Enter name or uid of existing record", ObjectMissing},
	}.find(r)
}

func (m OneTimeShareRemove) judge(r Reply) Outcome {
	if r.has(fmt.Sprintf(`One-time share "%s" is removed from record "%s"`, m.Share, m.Record)) {
		return Done{OneTimeShareRemoved(m), r.text()}
	}
	return refusals{
		{`There is no one-time share "`, AlreadyAbsent},
		{`There are no one-time shares for record "`, AlreadyAbsent},
		{"There are more than one one-time shares", NothingToDo},
		{"one-time-share: Enter name or uid of existing record", ObjectMissing},
	}.find(r)
}

// ListOneTimeShares returns the links of a record, also the used and expired ones.
func (c *Client) ListOneTimeShares(ctx context.Context, record UID) ([]OneTimeShare, error) {
	cmd, err := newCommand("one-time-share", "list").json().flag("-a").uid(record).build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, func(r Reply) ([]OneTimeShare, error) { return parseSharesOf(r, record) })
}

// parseSharesOf reads the links of a record; of those of another one nothing follows.
func parseSharesOf(r Reply, record UID) ([]OneTimeShare, error) {
	shares, err := parseOneTimeShares(r)
	if err != nil {
		return nil, ofAnother(r, record, err)
	}
	if slices.ContainsFunc(shares, func(s OneTimeShare) bool { return s.Record != record }) {
		return nil, &Error{Kind: ErrCommandFailed, HTTP: r.code, Text: answersAnother}
	}
	return shares, nil
}

func parseOneTimeShares(r Reply) ([]OneTimeShare, error) {
	var rows []struct {
		Record    UID       `json:"record_uid"`
		Share     ShareID   `json:"share_link_id"`
		Generated LocalTime `json:"generated"`
		Expires   LocalTime `json:"expires"`
		Opened    LocalTime `json:"opened"`
		Status    string    `json:"status"`
	}
	if err := json.Unmarshal(r.data, &rows); err != nil || rows == nil {
		return nil, failed(r)
	}
	shares := make([]OneTimeShare, len(rows))
	for i, row := range rows {
		shares[i] = OneTimeShare(row)
	}
	return shares, nil
}

// Verify looks for the link in a fresh list.
func (m OneTimeShareRemove) Verify(now []OneTimeShare) Finding {
	for _, s := range now {
		if s.Share == m.Share {
			return absent("the link is still there")
		}
	}
	return stands(OneTimeShareRemoved(m))
}
