package vaultclient

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden stands for a secret wherever text is kept or shown.
const hidden = "•••"

// Secret is a text that must not be printed, logged or encoded by accident: everything but Reveal shows dots. The zero value is
// no text. Two secrets are not compared with ==, which compares where they lie.
type Secret struct {
	// A pointer, because fmt cannot call methods on what lies in an unexported field: it prints this address there, not the text.
	text *string
}

// NewSecret wraps a secret text; an empty one gives the zero value.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself, "" for the zero value.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// String returns dots.
func (s Secret) String() string { return hidden }

// GoString returns dots, also for %#v.
func (s Secret) GoString() string { return hidden }

// Format writes dots for every verb, also for those that would look inside.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue returns dots for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns dots, also for encoding/json.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
