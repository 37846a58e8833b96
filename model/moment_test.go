package model

import (
	"testing"
	"time"
)

func TestMomentsAreReadAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("east", 2*60*60)
	now := time.Date(2026, 11, 21, 14, 30, 20, 0, zone)
	for _, tt := range []struct {
		typed string
		want  time.Time
	}{
		{"14:30", time.Date(2026, 11, 21, 14, 30, 0, 0, zone)},
		{" 14:30:20 ", now},
		{"14:31", time.Date(2026, 11, 20, 14, 31, 0, 0, zone)},
		{"00:00", time.Date(2026, 11, 21, 0, 0, 0, 0, zone)},
		{"today", time.Date(2026, 11, 21, 0, 0, 0, 0, zone)},
		{"Yesterday", time.Date(2026, 11, 20, 0, 0, 0, 0, zone)},
		{"2026-11-01", time.Date(2026, 11, 1, 0, 0, 0, 0, zone)},
		{"2026-11-01 08:15", time.Date(2026, 11, 1, 8, 15, 0, 0, zone)},
		{"2026-11-01T08:15:30", time.Date(2026, 11, 1, 8, 15, 30, 0, zone)},
		{"2026-11-01T08:15:30Z", time.Date(2026, 11, 1, 8, 15, 30, 0, time.UTC)},
		{"2h", now.Add(-2 * time.Hour)},
		{"1 d 12 h", now.Add(-36 * time.Hour)},
	} {
		if got, err := ParseMoment(tt.typed, now, zone); err != nil || !got.Equal(tt.want) {
			t.Errorf("%q is %s, %v; want %s", tt.typed, got, err, tt.want)
		}
	}
	for _, typed := range []string{"", "soon", "25:00", "2026-13-01", "5", "-2h"} {
		if got, err := ParseMoment(typed, now, zone); err == nil {
			t.Errorf("%q is %s, want a complaint", typed, got)
		}
	}
}
