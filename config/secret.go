package config

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden stands for a secret wherever one would be printed.
const hidden = "•••"

// Secret is a text that prints, logs and encodes as dots; only Reveal returns it.
// The zero value is no secret at all.
type Secret struct {
	// A pointer, because fmt cannot call methods on unexported fields of an
	// enclosing struct: it prints this address there, not the text.
	text *string
}

func newSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text itself, "" for the zero value.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil }

// String returns dots.
func (s Secret) String() string { return hidden }

// GoString returns dots.
func (s Secret) GoString() string { return hidden }

// Format writes dots for every verb, also for those that would look inside.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns dots, for JSON and everything else that encodes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns dots for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
