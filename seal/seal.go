package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"filippo.io/age"
)

// The kinds of trouble with something sealed. Errors of this package wrap one of
// them, or ErrKey.
var (
	// ErrWrongIdentity says that none of the identities opens it. Damage to the
	// part that carries the key looks the same.
	ErrWrongIdentity = errors.New("sealed to another key")
	// ErrSwapped says that it opens, and belongs to another request or field.
	ErrSwapped = errors.New("sealed for another request or field")
	// ErrDamaged says that it is cut, changed, or nothing that was sealed here.
	ErrDamaged = errors.New("damaged")
	// ErrTooLarge says that there is more to seal or to open than MaxPlaintext.
	ErrTooLarge = errors.New("too large")
)

// MaxPlaintext is how many bytes can be sealed at once. Secrets have some dozen;
// the bound leaves room for long notes and for answers to a console.
const MaxPlaintext = 1 << 20

// maxOverhead bounds what sealing adds: some 130 bytes for each recipient, the
// binding, the padding, and 16 bytes for every 64 KiB.
const maxOverhead = 8 << 10

// Binding says what a sealed value belongs to. Neither part is secret; each has
// at least 1 and at most 255 bytes.
type Binding struct {
	Request string // any name of the request that never changes
	Field   string // Field.Key of the catalog, or what an answer to a console is
}

func (b Binding) check() error {
	for _, part := range []string{b.Request, b.Field} {
		if part == "" || len(part) > 255 {
			return fmt.Errorf("a binding needs a request and a field of 1 to 255 bytes, not %d and %d", len(b.Request), len(b.Field))
		}
	}
	return nil
}

// Seal encrypts plaintext to every recipient and binds it. Any one of their
// identities opens it. The caller still owns plaintext, and wipes it. Errors wrap
// ErrTooLarge or ErrKey, or say that the binding is incomplete.
func Seal(recipients []Recipient, b Binding, plaintext []byte) ([]byte, error) {
	sealed, err := encrypt(recipients, b, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal %q of %q: %w", b.Field, b.Request, err)
	}
	return sealed, nil
}

func encrypt(recipients []Recipient, b Binding, plaintext []byte) ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	if len(plaintext) > MaxPlaintext {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(plaintext), MaxPlaintext)
	}
	if len(recipients) == 0 || len(recipients) > maxKeys {
		return nil, fmt.Errorf("%w: %d recipients, expected 1 to %d", ErrKey, len(recipients), maxKeys)
	}
	to := make([]age.Recipient, len(recipients))
	for i, r := range recipients {
		if r.key == nil {
			return nil, fmt.Errorf("%w: recipient %d is empty", ErrKey, i+1)
		}
		to[i] = r.key
	}
	packed := pack(b, plaintext)
	defer Wipe(packed)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to...)
	if err != nil {
		// Nothing but a public key that is no point of the curve is left to fail.
		return nil, fmt.Errorf("%w: a recipient cannot be sealed to", ErrKey)
	}
	if _, err := w.Write(packed); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Open decrypts what Seal returned and checks that it belongs to the binding. The
// caller wipes the result. Errors wrap ErrWrongIdentity, ErrSwapped, ErrDamaged,
// ErrTooLarge or ErrKey and hold nothing of what was sealed.
func Open(identities []Identity, b Binding, sealed []byte) ([]byte, error) {
	plaintext, err := decrypt(identities, b, sealed)
	if err != nil {
		return nil, fmt.Errorf("open %q of %q: %w", b.Field, b.Request, err)
	}
	return plaintext, nil
}

func decrypt(identities []Identity, b Binding, sealed []byte) ([]byte, error) {
	if len(sealed) > MaxPlaintext+maxOverhead {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(sealed))
	}
	if len(identities) == 0 {
		return nil, fmt.Errorf("%w: no identity at hand", ErrKey)
	}
	with := make([]age.Identity, len(identities))
	for i, id := range identities {
		if id.key == nil {
			return nil, fmt.Errorf("%w: identity %d is empty", ErrKey, i+1)
		}
		with[i] = id.key()
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), with...)
	if err != nil {
		return nil, kind(err)
	}
	// Roomy enough that it never grows: growing would leave copies behind.
	packed := bytes.NewBuffer(make([]byte, 0, len(sealed)+bytes.MinRead))
	if _, err := packed.ReadFrom(r); err != nil {
		Wipe(packed.Bytes())
		return nil, ErrDamaged
	}
	of, plaintext, err := unpack(packed.Bytes())
	if err == nil && of != b {
		err = ErrSwapped
	}
	if err != nil {
		Wipe(packed.Bytes())
		return nil, err
	}
	return plaintext, nil
}

// kind tells a key that does not fit from everything else that can be wrong.
func kind(err error) error {
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return ErrWrongIdentity
	}
	return ErrDamaged
}

// Reseal opens something and seals it to other recipients with the same binding:
// to the ephemeral key of a console, or to the worker's new key. Errors are those
// of Open and Seal.
func Reseal(identities []Identity, to []Recipient, b Binding, sealed []byte) ([]byte, error) {
	plaintext, err := Open(identities, b, sealed)
	if err != nil {
		return nil, err
	}
	defer Wipe(plaintext)
	return Seal(to, b, plaintext)
}

// Commitment returns the hex SHA-256 of something sealed, as a statement carries
// it in model.SealedAnswer: it fixes the ciphertext and reveals nothing.
func Commitment(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

// Wipe overwrites bytes that are no longer needed.
func Wipe(b []byte) { clear(b) }

// Ephemeral is a key pair that a console makes for one purpose and never stores:
// the worker reseals to its public key what only this console may read, and once
// the console ends, nobody can (DESIGN 4).
type Ephemeral struct {
	identity Identity
}

// NewEphemeral makes a key pair.
func NewEphemeral() (Ephemeral, error) {
	id, err := Generate()
	return Ephemeral{id}, err
}

// Recipient returns the public key, for ParseRecipient on the worker's side.
func (e Ephemeral) Recipient() string { return e.identity.Recipient().String() }

// Open opens what was sealed to this key; see the function Open.
func (e Ephemeral) Open(b Binding, sealed []byte) ([]byte, error) {
	return Open([]Identity{e.identity}, b, sealed)
}
