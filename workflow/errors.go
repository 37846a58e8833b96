package workflow

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/model"
)

// ErrNotFound says that nothing with that number or id exists, or that the
// person may not know whether it does.
var ErrNotFound = errors.New("not found")

// notFound names what does not exist.
func notFound(what string) error { return fmt.Errorf("%s: %w", what, ErrNotFound) }

// ErrUnknownPerson says that nobody with that login is registered.
var ErrUnknownPerson = errors.New("not registered here")

// Conflict says that a decision or change was not made because something else
// happened first. Nothing was written.
type Conflict struct {
	Number model.Number
	// Decided is set when somebody decided or closed it; otherwise it was
	// changed.
	Decided bool
	State   model.RequestState
	// Endpoint is the state of an endpoint request or a device; State is empty then.
	Endpoint model.EndpointState
	By       string // login of who was first, "" if that was the program
	At       time.Time
	// Changed lists what is different from what was shown, one sentence each.
	Changed []string
}

// Error says who was first and when, or what changed.
func (c *Conflict) Error() string {
	if c.Decided {
		if c.By == "" && len(c.Changed) > 0 {
			return fmt.Sprintf("%s is already %s: %s", c.Number, c.words(), strings.Join(c.Changed, "; "))
		}
		by := c.By
		if by == "" {
			by = "the program"
		}
		return fmt.Sprintf("%s is already %s: by %s at %s", c.Number, c.words(), by, c.At.Format("15:04:05"))
	}
	if len(c.Changed) == 0 {
		return fmt.Sprintf("%s has changed since it was shown; look at it again", c.Number)
	}
	return fmt.Sprintf("%s has changed since it was shown: %s", c.Number, strings.Join(c.Changed, "; "))
}

func (c *Conflict) words() string {
	if c.Endpoint != "" {
		return c.Endpoint.Words()
	}
	return c.State.Words()
}

// Invalid lists what is wrong with a form, by field key. It is never empty.
type Invalid map[string]string

// Error joins the complaints in no particular order.
func (i Invalid) Error() string {
	parts := make([]string, 0, len(i))
	for field, reason := range i {
		parts = append(parts, field+": "+reason)
	}
	return strings.Join(parts, "; ")
}

// VaultErrorKind says what is wrong between us and the vault, so that screens
// and exit codes can tell the cases apart.
type VaultErrorKind string

// The kinds of vault trouble.
const (
	VaultNoWorker     VaultErrorKind = "no worker"     // nothing here talks to the vault
	VaultUnreachable  VaultErrorKind = "unreachable"   // no connection, TLS mismatch, no answer in time
	VaultKeyRefused   VaultErrorKind = "key refused"   // 401
	VaultKeyExpired   VaultErrorKind = "key expired"   // 401, past its expiry
	VaultNotPermitted VaultErrorKind = "not permitted" // 403: a command is missing in the allow list
	VaultLimited      VaultErrorKind = "limited"       // 429 or our own budget
	VaultBusy         VaultErrorKind = "busy"          // 503, queue full
	VaultGarbage      VaultErrorKind = "garbage"       // an answer that is not the service's
	VaultSession      VaultErrorKind = "session"       // the service account must log in again
	VaultGone         VaultErrorKind = "gone"          // the record or folder does not exist (any more)
	VaultAmbiguous    VaultErrorKind = "ambiguous"     // several fit
	VaultFailed       VaultErrorKind = "failed"        // the service said no in its own words
)

// VaultError is trouble with the vault as people read it: what happened, and
// what to do.
type VaultError struct {
	Kind   VaultErrorKind
	Text   string // one sentence; may hold words of the service
	Advice string
	// NotSent is true where it is certain that the command never reached the
	// service, so that sending it again is safe.
	NotSent bool
	Until   time.Time // when it is worth trying again, zero if unknown
	// Spared is true where nobody waited for the command, and it made room for
	// somebody who might.
	Spared bool
	Err    error
}

func (e *VaultError) Error() string {
	if e.Advice == "" {
		return e.Text
	}
	return e.Text + ": " + e.Advice
}

// Unwrap returns the cause.
func (e *VaultError) Unwrap() error { return e.Err }

// Passing reports whether the trouble concerns every command alike and passes by
// itself or with somebody's help, so that the same command is worth trying again
// later.
func (e *VaultError) Passing() bool {
	switch e.Kind {
	case VaultGone, VaultAmbiguous, VaultFailed:
		return false
	}
	return true
}

// HealthOf is how the vault service is doing, judged by the trouble with it.
func HealthOf(e *VaultError) model.HealthState {
	switch e.Kind {
	case VaultNoWorker:
		return model.HealthNoWorker
	case VaultUnreachable, VaultGarbage:
		return model.HealthUnreachable
	case VaultKeyRefused, VaultKeyExpired, VaultNotPermitted, VaultSession:
		return model.HealthRefused
	case VaultLimited:
		return model.HealthLimited
	case VaultBusy:
		return model.HealthSlow
	}
	return model.HealthConnected
}
