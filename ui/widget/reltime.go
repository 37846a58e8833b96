package widget

import (
	"fmt"
	"time"
)

// Due says how long something still has: seconds in the last two minutes
// ("80s"), then "12m", "2h", "1d", always rounded down so that nobody is
// promised time they do not have. Past ones say "over".
func Due(left time.Duration) string {
	if left < 0 {
		return "over"
	}
	if left < 2*time.Minute {
		return fmt.Sprintf("%ds", int(left/time.Second))
	}
	return coarse(left)
}

// DueTick returns how long Due's answer for left stays the same: what an owner
// may sleep before drawing it again.
func DueTick(left time.Duration) time.Duration {
	unit := 24 * time.Hour
	switch {
	case left < 0:
		return time.Hour
	case left < 2*time.Minute:
		unit = time.Second
	case left < 2*time.Hour:
		unit = time.Minute
	case left < 24*time.Hour:
		unit = time.Hour
	}
	return left%unit + 1
}

// Age says how long ago something was: "now" for the last minute, then "12m",
// "2h", "1d".
func Age(ago time.Duration) string {
	if ago < time.Minute {
		return "now"
	}
	return coarse(ago)
}

// Moment writes a time as shortly as it is clear at now: the clock on the same
// day, the day before it in the same year, else the whole date.
func Moment(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	switch {
	case t.Year() != now.Year():
		return t.Format("2006-01-02 15:04")
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan 15:04")
	}
	return t.Format("15:04")
}

// Day is Moment where there is room for the day or the clock alone.
func Day(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	switch {
	case t.Year() != now.Year():
		return t.Format("Jan 2006")
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan")
	}
	return t.Format("15:04")
}

func coarse(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d/time.Minute))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d/time.Hour))
	default:
		return fmt.Sprintf("%dd", int(d/(24*time.Hour)))
	}
}
