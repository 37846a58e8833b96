package model

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The shortest and longest time access can be limited to (DESIGN 3).
const (
	MinLimit = 5 * time.Minute
	MaxLimit = 30 * 24 * time.Hour
)

// Limit says how long access lasts: a time counted from the moment the grant
// stands, an absolute end, or for ever. The zero value is permanent.
type Limit struct {
	length time.Duration
	until  time.Time
}

// Permanent is access without an end.
var Permanent = Limit{}

// For limits access to d in whole minutes, counted from the moment the grant
// stands.
func For(d time.Duration) Limit { return Limit{length: d.Truncate(time.Minute)} }

// Until limits access to an absolute end, kept to the second as the vault keeps
// it (PROTOCOL 12.2).
func Until(t time.Time) Limit { return Limit{until: t.UTC().Truncate(time.Second)} }

// IsPermanent reports whether the limit has no end.
func (l Limit) IsPermanent() bool { return l.length == 0 && l.until.IsZero() }

// Length returns the time for a limit counted from the grant, 0 otherwise.
func (l Limit) Length() time.Duration { return l.length }

// End returns when access ends if the grant stands at t; the zero time means
// never.
func (l Limit) End(t time.Time) time.Time {
	switch {
	case !l.until.IsZero():
		return l.until
	case l.length > 0:
		return t.Add(l.length).UTC().Truncate(time.Second)
	}
	return time.Time{}
}

// Within reports whether l, granted at t, ends no later than other would.
func (l Limit) Within(other Limit, t time.Time) bool {
	if other.IsPermanent() {
		return true
	}
	if l.IsPermanent() {
		return false
	}
	return !l.End(t).After(other.End(t))
}

// Validate checks the bounds of DESIGN 3 at time t. A request may carry
// 5 minutes to 30 days, an absolute end no nearer and no farther, or none.
func (l Limit) Validate(t time.Time) error {
	if l.IsPermanent() {
		return nil
	}
	d := l.End(t).Sub(t.UTC().Truncate(time.Second))
	switch {
	case d <= 0:
		return errors.New("that end has passed")
	case d < MinLimit:
		return fmt.Errorf("at least %s", FormatDuration(MinLimit))
	case d > MaxLimit:
		return fmt.Errorf("at most %s, or permanent", FormatDuration(MaxLimit))
	}
	return nil
}

// String is the limit in words, the same in the statement, on the screen and in
// the store: "4 h", "until 2026-11-21 18:00:00 UTC", "permanent".
func (l Limit) String() string {
	switch {
	case !l.until.IsZero():
		return "until " + l.until.Format("2006-01-02 15:04:05") + " UTC"
	case l.length > 0:
		return FormatDuration(l.length)
	}
	return "permanent"
}

// ParseLimit reads what people type and what String writes: "4 h", "1d 12h",
// "permanent", "until 2026-11-21 18:00", in the given zone where none is named.
func ParseLimit(s string, zone *time.Location) (Limit, error) {
	s = strings.TrimSpace(s)
	if strings.EqualFold(s, "permanent") {
		return Permanent, nil
	}
	rest, isEnd := strings.CutPrefix(strings.ToLower(s), "until ")
	if !isEnd {
		d, err := ParseDuration(s)
		if err != nil {
			return Limit{}, err
		}
		return For(d), nil
	}
	rest = strings.ToUpper(strings.TrimSpace(rest))
	if utc, ok := strings.CutSuffix(rest, " UTC"); ok {
		rest, zone = utc, time.UTC
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, rest, zone); err == nil {
			return Until(t), nil
		}
	}
	return Limit{}, fmt.Errorf("%q: write an end as \"until 2026-11-21 18:00\"", s)
}

// clockTime is a time of the day as people type it.
var clockTime = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):[0-5][0-9]$`)

// ParseTyped reads what people type where they are asked how long or until when:
// whatever ParseLimit reads, an end without "until", and a time of the day in the
// given zone, which is the next one after now.
func ParseTyped(s string, now time.Time, zone *time.Location) (Limit, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Limit{}, errors.New("write how long, or until when")
	}
	if clock := strings.TrimSpace(strings.TrimPrefix(strings.ToLower(s), "until ")); clockTime.MatchString(clock) {
		now = now.In(zone)
		at, err := time.ParseInLocation("2006-01-02 15:04", now.Format("2006-01-02 ")+clock, zone)
		if err != nil {
			return Limit{}, err
		}
		if !at.After(now) {
			at = at.AddDate(0, 0, 1)
		}
		return Until(at), nil
	}
	limit, err := ParseLimit(s, zone)
	if err == nil {
		return limit, nil
	}
	if end, ended := ParseLimit("until "+s, zone); ended == nil {
		return end, nil
	}
	return Limit{}, err
}

// MarshalText and UnmarshalText keep a limit in the store and in JSON in the
// words of String.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (l *Limit) UnmarshalText(b []byte) error {
	got, err := ParseLimit(string(b), time.UTC)
	if err != nil {
		return err
	}
	*l = got
	return nil
}

var durationPart = regexp.MustCompile(`^\s*([0-9]{1,6})\s*([a-zA-Z]*)`)

// longest is the most that ParseDuration returns; it keeps sums far from overflow.
const longest = 100 * 365 * 24 * time.Hour

// ErrDuration is wrapped by every complaint about a duration.
var ErrDuration = errors.New("duration")

// ParseDuration reads "30 min", "4h", "1 d 12 h", "2 weeks"; a bare number is
// refused, because minutes and hours are too easily confused.
func ParseDuration(s string) (time.Duration, error) {
	rest, total := strings.TrimSpace(s), time.Duration(0)
	if rest == "" {
		return 0, fmt.Errorf("%w: write it as 30 min, 4 h or 7 d", ErrDuration)
	}
	for rest != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%w %q: write it as 30 min, 4 h or 7 d", ErrDuration, s)
		}
		unit, ok := durationUnit(m[2])
		if !ok {
			return 0, fmt.Errorf("%w %q: the unit must be min, h, d or w", ErrDuration, s)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return 0, fmt.Errorf("%w %q: %w", ErrDuration, s, err)
		}
		if time.Duration(n) > longest/unit || total > longest-time.Duration(n)*unit {
			return 0, fmt.Errorf("%w %q is too long", ErrDuration, s)
		}
		total += time.Duration(n) * unit
		rest = strings.TrimSpace(rest[len(m[0]):])
	}
	if total == 0 {
		return 0, fmt.Errorf("%w: 0 is no time at all", ErrDuration)
	}
	return total, nil
}

func durationUnit(s string) (time.Duration, bool) {
	switch strings.ToLower(s) {
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute, true
	case "h", "hour", "hours":
		return time.Hour, true
	case "d", "day", "days":
		return 24 * time.Hour, true
	case "w", "week", "weeks":
		return 7 * 24 * time.Hour, true
	}
	return 0, false
}

// FormatDuration writes a duration in whole minutes as people read it: "5 min",
// "4 h", "1 d 12 h". Less than a minute is "0 min".
func FormatDuration(d time.Duration) string {
	m := int64(d / time.Minute)
	parts := make([]string, 0, 3)
	for _, u := range []struct {
		size int64
		name string
	}{{24 * 60, "d"}, {60, "h"}, {1, "min"}} {
		if n := m / u.size; n > 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+" "+u.name)
			m -= n * u.size
		}
	}
	if len(parts) == 0 {
		return "0 min"
	}
	return strings.Join(parts, " ")
}
