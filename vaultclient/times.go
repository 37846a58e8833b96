package vaultclient

import (
	"fmt"
	"strconv"
	"time"
)

// LocalTime is a time as the service host's clock showed it, without a zone: the service says neither where it stands nor
// whether summer time held (PROTOCOL 9.2, 12). It is foreign text until In has read it.
type LocalTime string

// Never is what the service writes in place of a time for access without an end.
const Never LocalTime = "never"

// In reads the time with the zone of the service host, which the caller must know. The error wraps ErrInvalid; Never and the
// empty text are errors too. A time that the clock showed twice or never, in the night of a clock change, is taken as
// time.ParseInLocation takes it.
func (t LocalTime) In(loc *time.Location) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.ParseInLocation(layout, string(t), loc); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: %w", string(t), ErrInvalid)
}

// Expiry says when access shall end. The zero value says nothing about it, which for a new share means no end and for
// an existing one leaves what is.
type Expiry struct {
	kind  expiryKind
	at    time.Time
	after time.Duration
}

type expiryKind int

const (
	unsaid expiryKind = iota
	endless
	atTime
	afterPeriod
)

// Endless takes away an existing end.
func Endless() Expiry { return Expiry{kind: endless} }

// Until ends access at t, which is sent to the second and in UTC, since the service would read a bare time as its host's (PROTOCOL 12.2).
func Until(t time.Time) Expiry {
	return Expiry{kind: atTime, at: t.UTC().Truncate(time.Second)}
}

// After ends access when d has passed since the service carried the command out. Only whole minutes can be sent.
func After(d time.Duration) Expiry { return Expiry{kind: afterPeriod, after: d} }

// IsZero reports whether nothing is said about the end.
func (e Expiry) IsZero() bool { return e.kind == unsaid }

// Ends reports whether access will end.
func (e Expiry) Ends() bool { return e.kind == atTime || e.kind == afterPeriod }

// String describes the expiry for logs.
func (e Expiry) String() string {
	switch e.kind {
	case endless:
		return "never"
	case atTime:
		return e.at.Format(time.RFC3339)
	case afterPeriod:
		return e.after.String()
	}
	return "unsaid"
}

// add puts the expiry into a command.
func (e Expiry) add(b *commandBuilder) {
	switch e.kind {
	case endless:
		b.option("expire-in", string(Never))
	case atTime:
		// "Z" is understood from Python 3.11 on only.
		b.option("expire-at", e.at.Format("2006-01-02T15:04:05+00:00"))
	case afterPeriod:
		p, err := period(e.after)
		b.fail(err)
		b.option("expire-in", p)
	}
}

// fits reports whether the words after "expires" in an answer, "" if there were none, belong to this expiry. The time itself
// is not compared: it is in the service host's zone.
func (e Expiry) fits(said LocalTime) bool {
	switch e.kind {
	case unsaid:
		return said == ""
	case endless:
		return said == Never
	}
	_, err := said.In(time.UTC)
	return err == nil
}

// Window is the span of time in which a command may have run, by our clock.
type Window struct{ From, To time.Time }

// ClockSlack is how far the clocks of this machine and of the service host may differ before an end given as a period
// no longer counts as the ordered one.
const ClockSlack = 2 * time.Minute

// Matches reports whether a share that ends at got, zero for never, is as ordered by a command that ran in w. Keeper keeps
// ends to the second.
func (e Expiry) Matches(got time.Time, w Window) bool {
	switch e.kind {
	case unsaid:
		return true
	case endless:
		return got.IsZero()
	case atTime:
		return got.Truncate(time.Second).Equal(e.at)
	}
	return !got.IsZero() &&
		!got.Before(w.From.Add(e.after-ClockSlack)) && !got.After(w.To.Add(e.after+ClockSlack))
}

// period writes a duration as the service reads it; a bare m or s is refused there (PROTOCOL 12.2). The error wraps ErrInvalid.
func period(d time.Duration) (string, error) {
	if d < time.Minute || d%time.Minute != 0 {
		return "", fmt.Errorf("period %s is not a whole number of minutes: %w", d, ErrInvalid)
	}
	return strconv.FormatInt(int64(d/time.Minute), 10) + "mi", nil
}

// fromMillis reads a time in epoch milliseconds, zero for none.
func fromMillis(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
