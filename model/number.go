package model

import (
	"fmt"
	"regexp"
)

// Number is the name people use for a thing: REQ0010001, SCTASK0010001,
// SIR0010001. It is unique, never reused, and grows with time.
type Number string

// The prefixes that numbers are drawn for (DESIGN 3).
const (
	PrefixRequest  = "REQ"
	PrefixTask     = "SCTASK"
	PrefixIncident = "SIR"
)

// FirstNumber is where each prefix starts counting.
const FirstNumber = 10001

// MakeNumber formats the n-th number of a prefix with seven digits, more where
// seven do not hold it.
func MakeNumber(prefix string, n int64) Number {
	return Number(fmt.Sprintf("%s%07d", prefix, n))
}

var numberPattern = regexp.MustCompile(`^(REQ|SCTASK|SIR)[0-9]{7,18}$`)

// Valid reports whether n looks like a number this program hands out; only such
// a value may reach the clipboard (DESIGN 6).
func (n Number) Valid() bool { return numberPattern.MatchString(string(n)) }

// UID names a record or folder in the vault: 22 characters of URL-safe base64.
type UID string

var uidPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// Valid reports whether u has the form of a vault UID.
func (u UID) Valid() bool { return uidPattern.MatchString(string(u)) }

// CorrelationID ties a request, its task, its operations, its vault traffic and
// its log lines together. It is random and says nothing about anybody.
type CorrelationID string
