package vaultclient

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Outcome is what became of a mutation: Done, Refused or Unknown, and nothing else.
type Outcome interface{ outcome() }

// Done means that the service's answer, or what was read afterwards, proves the mutation.
type Done struct {
	Evidence Evidence
	Text     string // the service's words, foreign text, without secrets
}

// Refused means that the service said in known words that nothing was done, and why.
type Refused struct {
	Kind Refusal
	Text string // the service's words, foreign text, without secrets
}

// Unknown means that the answer proves neither; what happened must be read from the vault (PROTOCOL 13).
type Unknown struct {
	Cause Cause
	Text  string // the service's words, foreign text, without secrets
}

func (Done) outcome()    {}
func (Refused) outcome() {}
func (Unknown) outcome() {}

// Evidence is what proves a mutation; each mutation has its own type.
type Evidence interface{ evidence() }

// Refusal is a known reason; its value is stable and may be stored.
type Refusal string

// The reasons that PROTOCOL 11 and 12 name.
const (
	InvitationSent Refusal = "invitation_sent" // not shared: the person was invited to Keeper; repeat after acceptance
	NoAccount      Refusal = "no_account"      // no Keeper account or public key for the address
	ObjectMissing  Refusal = "object_missing"  // no such record, folder or request
	InvalidEmail   Refusal = "invalid_email"   // the address does not fit Keeper's pattern
	AccessDenied   Refusal = "access_denied"   // the service account may not do this
	OutOfSync      Refusal = "out_of_sync"     // someone else changed it meanwhile: SyncDown, read, decide again
	PAMRecord      Refusal = "pam_record"      // one-time shares do not exist for PAM record types
	BadExpiry      Refusal = "bad_expiry"      // period or end not accepted
	AlreadyHandled Refusal = "already_handled" // someone decided this before, or it is gone
	AlreadyAbsent  Refusal = "already_absent"  // there was nothing to take away
	BadRecordType  Refusal = "bad_record_type" // the record type does not exist in this vault
	BadField       Refusal = "bad_field"       // a field or its value was not accepted
	TypeBarred     Refusal = "type_barred"     // the enterprise bars the service account from records of this type
	PasswordPolicy Refusal = "password_policy" // the enterprise's policy does not take the password
	NoRotation     Refusal = "no_rotation"     // only a pamUser record with rotation set up can rotate when access ends
	LegacyRecord   Refusal = "legacy_record"   // records of the old format cannot be changed this way
	NothingToDo    Refusal = "nothing_to_do"   // the command found nothing to act on
	BadCommand     Refusal = "bad_command"     // the command line was not understood: a fault of ours or another version
	ServerRefused  Refusal = "server_refused"  // Keeper's cloud refused, in words we do not know
)

// Cause says why an outcome is unknown; its value is stable and may be stored.
type Cause string

// The causes.
const (
	Silent       Cause = "silent"       // the service reports success in words that prove nothing: verify by reading
	Upstream     Cause = "upstream"     // the service lost its answer from Keeper's cloud: it may or may not have happened
	Throttled    Cause = "throttled"    // Keeper's cloud throttles: probably nothing happened
	LoggedOut    Cause = "logged_out"   // the service account is logged out
	Unreadable   Cause = "unreadable"   // the service could not read its own output; the command may have worked
	Unrecognised Cause = "unrecognised" // the answer fits nothing known
	OtherEffect  Cause = "other_effect" // the answer speaks of something else than was ordered
)

// Judge says what the reply to m proves. It is a pure function; the texts it returns hold none of m's secrets.
func Judge(m Mutation, r Reply) Outcome {
	out := m.judge(r)
	if out == nil {
		out = judgeCommon(r)
	}
	secrets := secretsOf(m)
	switch o := out.(type) {
	case Done:
		o.Text = mask(o.Text, secrets)
		return o
	case Refused:
		o.Text = mask(o.Text, secrets)
		return o
	case Unknown:
		o.Text = mask(o.Text, secrets)
		return o
	}
	return out
}

// judgeCommon knows the answers that mean the same for every command.
func judgeCommon(r Reply) Outcome {
	text := r.text()
	switch {
	case r.sessionLost():
		return Unknown{LoggedOut, text}
	case r.code == http.StatusTooManyRequests, r.line("Due to repeated attempts, your request has been throttled") != "":
		return Unknown{Throttled, text}
	case notUnderstood(r):
		return Refused{BadCommand, text}
	case r.has("Invalid JSON response"):
		return Unknown{Unreadable, text}
	case len(r.lines) == 1 && canned(r.lines[0]):
		return Unknown{Silent, text}
	case r.exception:
		return Unknown{Upstream, text}
	}
	return Unknown{Unrecognised, text}
}

// notUnderstood recognises argparse, shlex and the service's own check of the command text, all of which stop before the
// command runs, the first with HTTP 200 and "success" (PROTOCOL 11).
func notUnderstood(r Reply) bool {
	if len(r.lines) == 0 {
		return false
	}
	first := strings.TrimSpace(strings.TrimPrefix(r.lines[0], "Unexpected error:"))
	for _, start := range []string{
		"the following arguments are required: ", "unrecognized arguments: ", "ambiguous option: ", "usage: ",
		"No closing quotation", "No escaped character", "Invalid command: control characters are not allowed",
	} {
		if strings.HasPrefix(first, start) {
			return true
		}
	}
	if rest, ok := strings.CutPrefix(first, "argument "); ok {
		for _, end := range []string{": expected one argument", ": invalid choice: ", ": not allowed with argument ", ": ignored explicit argument "} {
			if strings.Contains(rest, end) {
				return true
			}
		}
	}
	// Group commands answer an unknown verb with their help page.
	return strings.HasSuffix(first, " command [--options]")
}

// cannedPattern fits the sentences the service makes up itself when a command printed nothing. Which one depends on substrings of
// the whole command, so that a UID can choose it (PROTOCOL 11).
var cannedPattern = regexp.MustCompile(`^([A-Z][a-z]+( [a-z]+){1,3} successfully|Command executed successfully but produced no output)$`)

func canned(line string) bool { return cannedPattern.MatchString(line) }

// mask puts dots in place of every secret in text.
func mask(text string, secrets []string) string {
	longestFirst := slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return len(b) - len(a) })
	for _, s := range longestFirst {
		if s != "" {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	return text
}

// String names the outcome in one line without secrets.
func (d Done) String() string { return fmt.Sprintf("done: %+v", d.Evidence) }

// String names the outcome in one line without secrets.
func (r Refused) String() string { return fmt.Sprintf("refused: %s: %q", r.Kind, r.Text) }

// String names the outcome in one line without secrets.
func (u Unknown) String() string { return fmt.Sprintf("unknown: %s: %q", u.Cause, u.Text) }
