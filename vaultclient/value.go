package vaultclient

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// UID names a record, folder, team or endpoint request: 16 bytes in URL-safe base64 without padding, 22 characters.
type UID string

// RequestID is the id the service gave to a submitted command. It can be exchanged for the answer for about an hour,
// and is lost when the service restarts (PROTOCOL 9.3).
type RequestID string

// DeviceID names a device that waits for approval: 20 hex digits (PROTOCOL 12.8).
type DeviceID string

// ShareID names a one-time share without giving access to it (PROTOCOL 12.4).
type ShareID string

// Email is an address that Keeper's share commands accept, as it was given; compare with SameAs.
type Email string

// Marker is one of our own numbers, stored in a custom field of a record we create so that it can be found again
// after a lost answer (PROTOCOL 12.5). It holds letters and digits only.
type Marker string

// MarkerLabel is the label of the custom text field that carries a Marker.
const MarkerLabel = "request_id"

// ErrInvalid is wrapped by every error about a value that cannot be sent to the service at all. Nothing was sent.
var ErrInvalid = errors.New("not a value the vault service accepts")

var (
	uidPattern     = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	requestPattern = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	devicePattern  = regexp.MustCompile(`^[0-9a-f]{20}$`)
	sharePattern   = regexp.MustCompile(`^[A-Za-z0-9_-]{86}$`)
	emailPattern   = regexp.MustCompile(`^[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	markerPattern  = regexp.MustCompile(`^[A-Za-z0-9]{6,40}$`)
)

func check(pattern *regexp.Regexp, what, s string) error {
	if !pattern.MatchString(s) {
		return fmt.Errorf("%s %q: %w", what, s, ErrInvalid)
	}
	return nil
}

// Valid reports whether u has the form of a UID.
func (u UID) Valid() bool { return uidPattern.MatchString(string(u)) }

// ParseRequestID checks the form of a request id; the error wraps ErrInvalid.
func ParseRequestID(s string) (RequestID, error) {
	return RequestID(s), check(requestPattern, "request id", s)
}

// SameAs reports whether two addresses are the same to Keeper, which ignores case.
func (e Email) SameAs(other Email) bool { return strings.EqualFold(string(e), string(other)) }

// ParseMarker checks the form of a marker; the error wraps ErrInvalid. The service finds markers by substring: give all
// markers the same length, or one may be found inside another.
func ParseMarker(s string) (Marker, error) { return Marker(s), check(markerPattern, "marker", s) }

// decodeFragment returns the key bytes of a one-time link's fragment.
func decodeFragment(fragment string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(fragment)
}
