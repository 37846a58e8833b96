package vaultclient

import (
	"fmt"
	"io"
	"log/slog"
)

// Credential is a key in Options: a text that fmt, encoding/json and log/slog show as dots, so that options can be printed.
// Constants convert by themselves, other strings by Credential(s), and back by string(c). Do not keep one in an unexported field
// of something that is printed, where fmt cannot call methods, nor as the key of a map that is encoded, where encoding/json does not:
// both would show the text. A Secret stays hidden in both.
type Credential string

// String returns dots, and "" for no credential, so that a missing one can be told.
func (c Credential) String() string {
	if c == "" {
		return ""
	}
	return hidden
}

// GoString returns dots, for %#v.
func (c Credential) GoString() string { return c.String() }

// Format writes dots for every verb, also for those that would look inside.
func (c Credential) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns dots for log/slog.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns dots, also for encoding/json.
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
