package model

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Digest identifies a statement: the hex SHA-256 of its canonical text.
type Digest string

// Valid reports whether d has the form of a digest.
func (d Digest) Valid() bool {
	b, err := hex.DecodeString(string(d))
	return err == nil && len(b) == sha256.Size && strings.ToLower(string(d)) == string(d)
}

// StatementLine is one fact of a statement.
type StatementLine struct {
	Label string `json:"label"` // written by this program
	Value string `json:"value"` // may be foreign text
}

// Statement is what is being decided, independent of any screen's width. The
// screen is drawn from its lines; a vote carries its digest. What is true only
// now (present access, countdowns) is not part of it (DESIGN 1).
type Statement struct {
	lines []StatementLine
}

// Lines returns the facts in the order they are shown.
func (s Statement) Lines() []StatementLine { return s.lines }

// Text is the canonical form: one line a fact, both parts quoted in ASCII, so
// that no value can pass for another line.
func (s Statement) Text() string {
	var b strings.Builder
	b.WriteString("countersign statement 1\n")
	for _, l := range s.lines {
		b.WriteString(strconv.QuoteToASCII(l.Label))
		b.WriteByte(' ')
		b.WriteString(strconv.QuoteToASCII(l.Value))
		b.WriteByte('\n')
	}
	return b.String()
}

// Digest returns the digest of Text.
func (s Statement) Digest() Digest {
	sum := sha256.Sum256([]byte(s.Text()))
	return Digest(hex.EncodeToString(sum[:]))
}

// Names resolves people for statements. The login is used because it is unique.
type Names func(PersonID) string

// StatementOf says what approving the request means, with the access that the
// approver would allow. allow must not exceed what was asked; see ValidateAllow.
func StatementOf(r Request, allow Access, names Names) Statement {
	var s Statement
	add := func(label, value string) {
		if value != "" {
			s.lines = append(s.lines, StatementLine{label, value})
		}
	}
	add("Request", string(r.Number))
	add("Revision", strconv.FormatInt(r.Revision, 10))
	add("Item", string(r.Item))
	add("Requested by", names(r.RequestedBy))
	add("For", r.RequestedFor)
	add("Target", string(r.Target.Kind))
	add("UID", string(r.Target.UID))
	add("Title", r.Target.Title)
	add("Type", r.Target.Type)
	add("Described as", r.Target.Described)
	if r.Asked.Right != "" {
		add("Asked", r.Asked.Words())
		add("Allowed", allow.Words())
	}
	add("Why", r.Justification)
	for _, a := range r.Answers {
		add("Answer "+a.Field, a.Value)
	}
	for _, a := range r.Sealed {
		add("Sealed "+a.Field, a.Commitment)
	}
	for i, q := range r.Inquiries {
		n := itoa(i + 1)
		add("Question "+n+" by", names(q.By))
		add("Question "+n, q.Question)
		if !q.Open() {
			add("Reply "+n+" by", names(q.Answerer))
			add("Reply "+n, q.Answer)
		}
	}
	add("Refers to", string(r.RefersTo))
	for i, step := range r.Policy.Steps {
		add("Approval step "+itoa(i+1), step.Words())
	}
	add("Emergency approval by", string(r.Policy.Emergency))
	add("Fulfilled by", string(r.Policy.FulfilGroup)+", "+string(r.Policy.Fulfilment))
	return s
}

// ValidateAllow checks that an approver's reduction gives no more than what is
// allowed so far and is something the vault can do.
func ValidateAllow(r Request, allow Access, now time.Time) error {
	if r.Asked.Right == "" {
		if allow != (Access{}) {
			return fmt.Errorf("%s grants no access, so there is none to lower", r.Number)
		}
		return nil
	}
	if !allow.Within(r.Allowed, now) {
		return fmt.Errorf("%s is more than %s: raising needs a new request", allow.Words(), r.Allowed.Words())
	}
	if err := ValidateAccess(allow.Right, allow.Limit); err != nil {
		return err
	}
	if allow.Limit != r.Allowed.Limit {
		if err := allow.Limit.Validate(now); err != nil {
			return err
		}
	}
	return Wanted{On: Target{Kind: r.Target.Kind}, Email: r.RequestedFor, Access: allow}.Possible()
}

func itoa(n int) string { return strconv.Itoa(n) }
