package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Generator is a way in which the vault generates a secret, so that it never
// passes through this program (PROTOCOL 12.5).
type Generator string

// The generators.
const (
	GenRandom  Generator = "random"  // password of characters
	GenWords   Generator = "words"   // password of words
	GenEd25519 Generator = "ed25519" // key pairs
	GenRSA     Generator = "rsa"
	GenEC      Generator = "ec"
	GenCode    Generator = "code" // seed of one-time codes
)

// Generate says how the vault generates a secret. The zero value means that it
// does not.
type Generate struct {
	By     Generator `json:"by"`
	Length int       `json:"length,omitempty"` // characters or words; 0 where it has none
}

// The lengths that are offered, and asked for where none is named.
const (
	MinRandom, MaxRandom, DefaultRandom = 12, 100, 24
	MinWords, MaxWords, DefaultWords    = 5, 20, 6
)

// None reports whether nothing is generated.
func (g Generate) None() bool { return g.By == "" }

// generated begins the answer to a field that the vault generates.
const generated = "generate "

// Answer is the answer that asks for it: "generate random 24".
func (g Generate) Answer() string {
	s := generated + string(g.By)
	if g.Length > 0 {
		s += " " + strconv.Itoa(g.Length)
	}
	return s
}

// Words says it for people: "generated in the vault: 24 random characters".
func (g Generate) Words() string {
	switch g.By {
	case GenRandom:
		return fmt.Sprintf("generated in the vault: %d random characters", g.Length)
	case GenWords:
		return fmt.Sprintf("generated in the vault: %d words", g.Length)
	case GenCode:
		return "generated in the vault: a new seed"
	}
	return "generated in the vault: " + map[Generator]string{GenEd25519: "Ed25519", GenRSA: "RSA", GenEC: "elliptic curve"}[g.By] + " key pair"
}

// Validate checks the length.
func (g Generate) Validate() error {
	low, high := 0, 0
	switch g.By {
	case GenRandom:
		low, high = MinRandom, MaxRandom
	case GenWords:
		low, high = MinWords, MaxWords
	case GenEd25519, GenRSA, GenEC, GenCode:
	default:
		return fmt.Errorf("the vault cannot generate %q", string(g.By))
	}
	if g.Length < low || g.Length > high {
		return fmt.Errorf("choose a length from %d to %d", low, high)
	}
	return nil
}

// ParseGenerate reads what Answer wrote, or the same without a length, and
// reports whether the text is one.
func ParseGenerate(s string) (Generate, bool) {
	rest, ok := strings.CutPrefix(s, generated)
	if !ok {
		return Generate{}, false
	}
	by, length, counted := strings.Cut(rest, " ")
	g := Generate{By: Generator(by)}
	switch {
	case counted:
		n, err := strconv.Atoi(length)
		if err != nil {
			return Generate{}, false
		}
		g.Length = n
	case g.By == GenRandom:
		g.Length = DefaultRandom
	case g.By == GenWords:
		g.Length = DefaultWords
	}
	return g, g.Validate() == nil
}

// Generators lists how the vault can generate the field, the default first;
// nothing for a field that has to be typed.
func (f Field) Generators() []Generator {
	switch f.Kind {
	case FieldSecret:
		if f.Vault == "password" {
			return []Generator{GenRandom, GenWords}
		}
	case FieldKeyPair:
		return []Generator{GenEd25519, GenRSA, GenEC}
	case FieldTOTP:
		return []Generator{GenCode}
	}
	return nil
}

// CanGenerate reports whether the vault can generate the field in that way.
func (f Field) CanGenerate(g Generate) bool {
	return slices.Contains(f.Generators(), g.By) && g.Validate() == nil
}
