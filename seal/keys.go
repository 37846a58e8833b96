package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"filippo.io/age"
)

// ErrKey is wrapped by every complaint about a key that cannot be used.
var ErrKey = errors.New("not a usable key")

// maxKeys is how many keys may be given at once; rotation and escrow need three.
const maxKeys = 16

// KeyID names a key pair without revealing anything: 16 hex digits of the SHA-256
// of its public key. Rows keep it to tell which identity they wait for.
type KeyID string

// Recipient is a public key that something can be sealed to.
type Recipient struct {
	key *age.X25519Recipient
}

// ParseRecipient reads a public key, "age1" and 58 more characters. The error
// wraps ErrKey; it does not repeat the text, which may be a secret key put in the
// wrong place.
func ParseRecipient(s string) (Recipient, error) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(strings.ToUpper(s), "AGE-SECRET-KEY-") {
		return Recipient{}, fmt.Errorf("%w: a secret key stands where its public key belongs", ErrKey)
	}
	key, err := age.ParseX25519Recipient(s)
	if err != nil {
		return Recipient{}, fmt.Errorf("%w: expected a public key that begins with age1 and was copied whole", ErrKey)
	}
	return Recipient{key}, nil
}

// ParseRecipients reads public keys, each once however often it is given. The
// error says which of them, counted from 1, is wrong, and wraps ErrKey.
func ParseRecipients(list []string) ([]Recipient, error) {
	if len(list) > maxKeys {
		return nil, fmt.Errorf("%w: %d recipients, at most %d make sense", ErrKey, len(list), maxKeys)
	}
	seen := map[KeyID]bool{}
	recipients := make([]Recipient, 0, len(list))
	for i, s := range list {
		r, err := ParseRecipient(s)
		if err != nil {
			return nil, fmt.Errorf("recipient %d: %w", i+1, err)
		}
		if !seen[r.KeyID()] {
			seen[r.KeyID()] = true
			recipients = append(recipients, r)
		}
	}
	return recipients, nil
}

// String returns the public key as ParseRecipient reads it, "" for the zero value.
func (r Recipient) String() string {
	if r.key == nil {
		return ""
	}
	return r.key.String()
}

// KeyID names the key pair.
func (r Recipient) KeyID() KeyID {
	sum := sha256.Sum256([]byte(r.String()))
	return KeyID(hex.EncodeToString(sum[:8]))
}

// Identity is a secret key that opens what was sealed to its Recipient. It prints
// as dots.
type Identity struct {
	// A function, because fmt cannot call methods on unexported fields of an
	// enclosing struct: it would follow a pointer there and print the key.
	key func() *age.X25519Identity
}

func newIdentity(key *age.X25519Identity) Identity {
	return Identity{func() *age.X25519Identity { return key }}
}

// Generate makes a new identity.
func Generate() (Identity, error) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, fmt.Errorf("make an identity: %w", err)
	}
	return newIdentity(key), nil
}

// ParseIdentities reads the text of an identity file: one secret key a line, empty
// lines and those that begin with "#" apart. The first is the present one, others
// open what was sealed before a rotation. The error says the line and wraps ErrKey;
// it never repeats any of the text.
func ParseIdentities(text string) ([]Identity, error) {
	var identities []Identity
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := age.ParseX25519Identity(line)
		if err != nil {
			return nil, fmt.Errorf("identity in line %d: %w: expected a line that begins with AGE-SECRET-KEY-1 and was copied whole", n, ErrKey)
		}
		if len(identities) == maxKeys {
			return nil, fmt.Errorf("%w: more than %d identities", ErrKey, maxKeys)
		}
		identities = append(identities, newIdentity(key))
	}
	if len(identities) == 0 {
		return nil, fmt.Errorf("%w: the text holds no identity", ErrKey)
	}
	return identities, nil
}

// Recipient returns the public key.
func (i Identity) Recipient() Recipient {
	if i.key == nil {
		return Recipient{}
	}
	return Recipient{i.key().Recipient()}
}

// KeyID names the key pair.
func (i Identity) KeyID() KeyID { return i.Recipient().KeyID() }

// File returns the text of an identity file, as ParseIdentities and the age tools
// read it. It is the secret itself: write it with mode 0600 and wipe it.
func (i Identity) File() []byte {
	if i.key == nil {
		return nil
	}
	return []byte("# public key: " + i.Recipient().String() + "\n" + i.key().String() + "\n")
}

// hidden stands for a secret key wherever one would be printed.
const hidden = "•••"

// String returns dots.
func (i Identity) String() string { return hidden }

// GoString returns dots.
func (i Identity) GoString() string { return hidden }

// Format writes dots for every verb.
func (i Identity) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns dots.
func (i Identity) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns dots for log/slog.
func (i Identity) LogValue() slog.Value { return slog.StringValue(hidden) }
