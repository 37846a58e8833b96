package widget

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimesInWords(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name string
		say  func(time.Duration) string
		in   time.Duration
		want string
	}{
		{"due long ago", Due, -time.Hour, "over"},
		{"due now", Due, 0, "0s"},
		{"due in seconds", Due, 42*time.Second + 900*time.Millisecond, "42s"},
		{"the last two minutes in seconds", Due, 119 * time.Second, "119s"},
		{"then in minutes", Due, 120 * time.Second, "2m"},
		{"rounded down", Due, 12*time.Minute + 59*time.Second, "12m"},
		{"minutes up to two hours", Due, 119 * time.Minute, "119m"},
		{"hours", Due, 2 * time.Hour, "2h"},
		{"hours up to a day", Due, 23*time.Hour + 59*time.Minute, "23h"},
		{"days", Due, day, "1d"},
		{"many days", Due, 30*day - 1, "29d"},
		{"just now", Age, 59 * time.Second, "now"},
		{"minutes ago", Age, 12 * time.Minute, "12m"},
		{"from the future", Age, -time.Hour, "now"},
		{"days ago", Age, 3 * day, "3d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.say(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMomentsAreAsShortAsTheyAreClear(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 2*3600)
	now := time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC) // the 22nd in the east
	for _, tt := range []struct {
		name        string
		at          time.Time
		zone        *time.Location
		moment, day string
	}{
		{"the same day", now.Add(-8 * time.Hour), time.UTC, "15:30", "15:30"},
		{"the same day there", now.Add(-time.Hour), east, "00:30", "00:30"},
		{"the day before there", now.Add(-2 * time.Hour), east, "21 Nov 23:30", "21 Nov"},
		{"the day after", now.Add(time.Hour), time.UTC, "22 Nov 00:30", "22 Nov"},
		{"the same day of another year", now.AddDate(-1, 0, 0), time.UTC, "2025-11-21 23:30", "Nov 2025"},
		{"next year", now.AddDate(0, 2, 0), time.UTC, "2027-01-21 23:30", "Jan 2027"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if moment, day := Moment(tt.at, now, tt.zone), Day(tt.at, now, tt.zone); moment != tt.moment || day != tt.day {
				t.Errorf("Moment and Day = %q, %q; want %q, %q", moment, day, tt.moment, tt.day)
			}
		})
	}
}

// An owner that sleeps for DueTick misses no change of Due, and wakes for none
// that does not come.
func TestDueTickIsWhenDueChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		left := time.Duration(rapid.Int64Range(1, int64(40*24*time.Hour)).Draw(t, "left"))
		tick := DueTick(left)
		if tick <= 0 {
			t.Fatalf("DueTick(%v) = %v", left, tick)
		}
		if Due(left-tick+1) != Due(left) {
			t.Fatalf("Due changed before %v: %q, then %q", tick, Due(left), Due(left-tick+1))
		}
		if Due(left-tick) == Due(left) {
			t.Fatalf("Due still says %q after %v", Due(left), tick)
		}
	})
}
