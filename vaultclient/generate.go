package vaultclient

import "strconv"

// KeyKind is the algorithm of a key pair that the service makes up.
type KeyKind string

// The algorithms the service knows (PROTOCOL 12.5).
const (
	Ed25519 KeyKind = "ed25519"
	RSA     KeyKind = "rsa"
	EC      KeyKind = "ec"
)

// generatedValue asks the service to make up a value for fields of one type; a value that cannot be ordered has none.
func generatedValue(forType, how string) Value {
	v := Value{kind: generated, forType: forType}
	if how == "" {
		v.text = NewSecret("$GEN")
	} else {
		v.text = NewSecret("$GEN:" + how)
	}
	return v
}

// counted is generatedValue with a number between least and most; outside of them the service would quietly take another one.
func counted(forType, how string, n, least, most int) Value {
	if n < least || n > most {
		forType = ""
	}
	return generatedValue(forType, how+","+strconv.Itoa(n))
}

// RandomPassword has the service make up a password of 4 to 200 characters, which the answer does not contain.
func RandomPassword(n int) Value { return counted("password", "rand", n, 4, 200) }

// DicePassword has the service make up a password of 1 to 40 words.
func DicePassword(n int) Value { return counted("password", "dice", n, 1, 40) }

// Passphrase has the service make up a password of 5 to 9 words by the rules of the enterprise's policy.
func Passphrase(n int) Value { return counted("password", "passphrase", n, 5, 9) }

// RandomKeyPair has the service make up an Ed25519 key pair without a passphrase.
func RandomKeyPair() Value { return GenerateKeyPair(Ed25519, false) }

// GenerateKeyPair has the service make up a key pair. A locked one gets a passphrase, which the service puts into an additional
// field of type password labelled "passphrase".
func GenerateKeyPair(kind KeyKind, locked bool) Value {
	switch kind {
	case Ed25519, RSA, EC:
	default:
		return Value{kind: generated}
	}
	if locked {
		return generatedValue("keyPair", string(kind)+",enc")
	}
	return generatedValue("keyPair", string(kind))
}

// RandomCode has the service make up the secret of a one-time code.
func RandomCode() Value { return generatedValue("oneTimeCode", "") }
