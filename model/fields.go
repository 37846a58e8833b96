package model

import (
	"encoding/base32"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The keys of answers that mean the same in every item.
const (
	FieldTitle    = "title"
	FieldLink     = "link"     // no item asks it: a one-time link lies sealed under it until its requestor has seen it
	FieldShareIt  = "share"    // the right that the requestor gets on the new record
	FieldDestroys = "destroys" // how long the link of a self-destructing record lives
	FieldRotate   = "rotate"   // "yes": change the password when the access ends
	FieldTeam     = "team"     // the name of the team that gets access
	FieldWords    = "words"    // what is searched
	FieldDefaults = "defaults" // what members may do with the records of a folder
)

// OfRequest reports whether what lies sealed under a name was given with the
// request, and approved with it. A link came later, and so did what an admin typed
// in a task, whose names hold a dot.
func OfRequest(sealed string) bool { return sealed != FieldLink && !strings.Contains(sealed, ".") }

// Bounds of the answers, in bytes. One command holds at most 4,096 characters,
// and a value travels as base64, which is a third longer (PROTOCOL 7, 8).
const (
	MaxText      = 500
	MaxMultiline = 2400
	// MaxRecord bounds all values of one record together.
	MaxRecord = 2600
)

// Secret reports whether the field's answer is sealed the moment it is given.
func (f Field) Secret() bool {
	return f.Kind == FieldSecret || f.Kind == FieldKeyPair || f.Kind == FieldTOTP || f.Sealed
}

// Multiline reports whether the answer may hold line feeds.
func (f Field) Multiline() bool { return f.Kind == FieldMultiline || f.Kind == FieldKeyPair }

// Validate checks an answer to a field of a record. An empty answer is checked
// for being required only. The text is never changed: what was typed arrives, or
// is refused here. The error is a sentence to be shown beside the field; it
// holds nothing of a secret.
func (f Field) Validate(text string) error {
	if text == "" {
		if f.Required {
			return errors.New("needed")
		}
		return nil
	}
	if g, ok := ParseGenerate(text); ok && len(f.Generators()) > 0 {
		if !f.CanGenerate(g) {
			return fmt.Errorf("the vault cannot generate this field by %q", string(g.By))
		}
		return nil
	}
	if err := f.validText(text); err != nil {
		return err
	}
	switch f.Kind {
	case FieldURL:
		return validURL(text)
	case FieldDate:
		if day, err := time.Parse(time.DateOnly, text); err != nil || day.Year() < 1900 {
			return errors.New("write the date as 2026-12-31, from 1900 on")
		}
	case FieldHostPort:
		_, _, err := HostPort(text)
		return err
	case FieldKeyPair:
		_, _, err := KeyPair(text)
		return err
	case FieldTOTP:
		_, err := TOTP(text, "")
		return err
	case FieldName:
		if strings.Join(strings.Fields(text), " ") != text {
			return errors.New("one blank between the parts of a name")
		}
	case FieldRight:
		if !Right(text).OnRecord() {
			return fmt.Errorf("%q is no right on a record", text)
		}
		if f.Key == FieldDefaults && Right(text).Owner() {
			return errors.New("members cannot own the folder's records: view, edit, share, or edit and share")
		}
	case FieldLimit:
		if l, err := ParseLimit(text, time.UTC); err != nil || l.Length() < MinLimit || l.Length() > MaxLinkLife {
			return fmt.Errorf("a time from %s to %s", FormatDuration(MinLimit), FormatDuration(MaxLinkLife))
		}
	case FieldFolder:
		if !UID(text).Valid() {
			return fmt.Errorf("%q is no UID of the vault", text)
		}
	case FieldYesNo:
		if text != "yes" && text != "no" {
			return errors.New("yes or no")
		}
	}
	return nil
}

// MaxLinkLife is how long a link can live (PROTOCOL 12.4: six months, of 30
// days).
const MaxLinkLife = 180 * 24 * time.Hour

func (f Field) validText(text string) error {
	limit := f.Max
	if limit == 0 {
		limit = MaxText
		if f.Multiline() {
			limit = MaxMultiline
		}
	}
	switch {
	case !utf8.ValidString(text):
		return errors.New("this is not valid UTF-8 text")
	case strings.ContainsRune(text, 0):
		return errors.New("the vault cannot hold a zero character")
	case len(text) > limit:
		return fmt.Errorf("%d bytes; at most %d fit", len(text), limit)
	case !f.Multiline() && strings.ContainsAny(text, "\n\r"):
		return errors.New("one line only")
	case strings.ContainsRune(text, '\r'):
		return errors.New("carriage returns do not survive the vault: use plain line feeds")
	case text != strings.TrimSpace(text) && !f.Multiline():
		return errors.New("no blanks at the beginning or the end: the vault may drop them")
	}
	return nil
}

func validURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || u.Host == "" && u.Opaque == "" {
		return errors.New("write the whole address, such as https://example.com/login")
	}
	if _, has := u.User.Password(); has {
		return errors.New("leave the password out of the address: who decides reads it")
	}
	return nil
}

// HostPort reads "db1.example.com:5432" or a host alone; an IPv6 address with a
// port is in brackets.
func HostPort(s string) (host, port string, err error) {
	advice := errors.New("write host:port, such as db1.example.com:5432, or the host alone")
	host = s
	if h, p, splitErr := net.SplitHostPort(s); splitErr == nil {
		host, port = h, p
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return "", "", errors.New("a port is a number from 1 to 65535")
		}
	} else if strings.Contains(s, ":") && net.ParseIP(strings.Trim(s, "[]")) == nil {
		return "", "", advice
	}
	if host == "" || strings.ContainsAny(host, " \t/") {
		return "", "", advice
	}
	return strings.Trim(host, "[]"), port, nil
}

// JoinHostPort is what HostPort takes apart.
func JoinHostPort(host, port string) string {
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}

// KeyPair reads a private key in PEM, followed by its public key in one line if
// there is one. Neither is checked beyond its form.
func KeyPair(s string) (private, public string, err error) {
	block, rest := pem.Decode([]byte(s))
	if block == nil || !strings.HasPrefix(s, "-----BEGIN") || !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return "", "", errors.New(`paste the private key from "-----BEGIN" to "-----END", and the public key after it if you have it`)
	}
	public = strings.TrimSpace(string(rest))
	if strings.Contains(public, "\n") && !strings.HasPrefix(public, "-----BEGIN") {
		return "", "", errors.New("after the private key, one line with the public key and nothing else")
	}
	return strings.TrimRight(s[:len(s)-len(rest)], "\n") + "\n", public, nil
}

// TOTP returns the otpauth address for the seed of one-time codes: what was
// given, or made from a bare seed in base32, named after the record.
func TOTP(s, title string) (string, error) {
	advice := errors.New("paste the otpauth:// address, or the seed in letters A to Z and digits 2 to 7")
	if strings.HasPrefix(s, "otpauth://") {
		u, err := url.Parse(s)
		if err != nil || u.Query().Get("secret") == "" || strings.Contains(s, `\`) {
			return "", advice
		}
		return s, nil
	}
	seed := strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(seed, "=")); err != nil || len(seed) < 8 {
		return "", advice
	}
	return "otpauth://totp/" + url.PathEscape(title) + "?secret=" + strings.TrimRight(seed, "="), nil
}

// PersonName takes a name apart as the vault keeps it: the first word, the last,
// and what is between.
func PersonName(s string) (first, middle, last string) {
	words := strings.Fields(s)
	switch len(words) {
	case 0:
		return "", "", ""
	case 1:
		return "", "", words[0]
	}
	return words[0], strings.Join(words[1:len(words)-1], " "), words[len(words)-1]
}
