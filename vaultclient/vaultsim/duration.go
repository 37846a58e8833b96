package vaultsim

import (
	"regexp"
	"strconv"
	"time"
)

var periodPart = regexp.MustCompile(`(\d+)\s*([A-Za-z]*)`)

// parsePeriod reads a period such as "1d 12h" (PROTOCOL 12.2). A bare number means minutes, a month has 30
// days, a year 365. A text without any number is no time at all, as in the product.
func parsePeriod(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	units := map[string]time.Duration{
		"": time.Minute, "mi": time.Minute, "minutes": time.Minute, "h": time.Hour, "hours": time.Hour,
		"d": day, "days": day, "mo": 30 * day, "months": 30 * day, "y": 365 * day, "years": 365 * day,
	}
	var total time.Duration
	for _, m := range periodPart.FindAllStringSubmatch(text, -1) {
		unit, known := units[m[2]]
		if !known {
			return 0, exception(m[2] + " is not allowed as a unit for the timeout value.\n" +
				`Valid units are "years/y, months/mo, days/d, hours/h, minutes/mi".`)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 1_000_000 {
			return 0, exception("date value out of range")
		}
		total += time.Duration(n) * unit
	}
	return total, nil
}

// parseMoment reads an ISO date or time. Without an offset it is local to the service host.
func parseMoment(text string, local *time.Location) (time.Time, error) {
	for _, layout := range []string{
		"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{
		"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	} {
		if t, err := time.ParseInLocation(layout, text, local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, exception("Invalid isoformat string: " + pyQuote(text))
}

// expiry is what --expire-at and --expire-in ask for.
type expiry struct {
	given bool
	never bool
	at    time.Time
}

func expiryOptions() []option {
	return []option{
		{names: []string{"--expire-at"}, group: "expiry"},
		{names: []string{"--expire-in"}, group: "expiry"},
		{names: []string{"-roe", "--rotate-on-expiration"}, flag: true},
	}
}

func (c *call) expiry(args arguments) (expiry, error) {
	now := c.s.clock.Now()
	e := expiry{}
	switch {
	case args.has("expire-at"):
		e.given = true
		if args.last("expire-at") == "never" {
			e.never = true
			return e, nil
		}
		at, err := parseMoment(args.last("expire-at"), c.s.opts.Location)
		if err != nil {
			return e, err
		}
		e.at = at
	case args.has("expire-in"):
		e.given = true
		if args.last("expire-in") == "never" {
			e.never = true
			return e, nil
		}
		period, err := parsePeriod(args.last("expire-in"))
		if err != nil {
			return e, err
		}
		e.at = now.Add(period)
	default:
		return e, nil
	}
	e.at = e.at.Truncate(time.Second)
	if e.at.Before(now.Truncate(time.Second).Add(time.Minute)) {
		return e, commandError(c.word, "Share expiration must be at least 1 minute.")
	}
	return e, nil
}

// text gives an expiry as messages spell it: local time of the service host, or never.
func (e expiry) text(local *time.Location) string {
	if e.never {
		return "never"
	}
	return e.at.In(local).Format("2006-01-02 15:04:05")
}

// apply returns the end of a share that ended at old before.
func (e expiry) apply(old time.Time) time.Time {
	if !e.given {
		return old
	}
	return e.at
}
