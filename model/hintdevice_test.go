package model

import (
	"slices"
	"testing"
	"time"
)

func TestDeviceHints(t *testing.T) {
	t.Parallel()
	device := func(id, email, where string, ago time.Duration) Device {
		return Device{DeviceID: id, Email: email, Location: where, Asked: noon.Add(-ago)}
	}
	d := device("a", "carol@example.com", "Lyon, FR", 0)
	home := device("b", "Carol@example.com", "Zürich, CH", 240*time.Hour)
	for _, tt := range []struct {
		name   string
		d      Device
		others []Device
		want   []string
	}{
		{"the first device of all", d, nil, nil},
		{"itself tells nothing", d, []Device{d, d, d}, nil},
		{"from another country than before", d, []Device{home}, []string{HintCountry}},
		{"from a country known", d, []Device{home, device("c", d.Email, "Paris, fr", 300*time.Hour)}, nil},
		{"from another town", device("a", d.Email, "Bern, CH", 0), []Device{home}, nil},
		{"what others' devices do", d, []Device{device("b", "bob@example.com", "Zürich, CH", time.Hour)}, nil},
		{"without a location", device("a", d.Email, "", 0), []Device{home}, nil},
		{"after one without a location", d, []Device{device("b", d.Email, "", time.Hour)}, nil},
		{"what came later is no past", d, []Device{device("b", d.Email, "Zürich, CH", -time.Hour)}, nil},
		{"the third within an hour", d, []Device{device("b", d.Email, "X, FR", time.Hour), device("c", d.Email, "", 0)}, []string{HintMany}},
		{"the third within more", d, []Device{device("b", d.Email, "X, FR", time.Hour+1), device("c", d.Email, "", 0)}, nil},
		{"one that is seen twice", d, []Device{device("b", d.Email, "X, FR", 0), device("b", d.Email, "X, FR", 0)}, nil},
		{"without an address", device("a", "", "Lyon, FR", 0), []Device{device("b", "", "Zürich, CH", 0), device("c", "", "", 0)}, nil},
		{"without a time", Device{DeviceID: "a", Email: d.Email}, []Device{{DeviceID: "b", Email: d.Email}, {DeviceID: "c", Email: d.Email}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := names(DeviceHints(tt.d, tt.others)); !slices.Equal(got, tt.want) {
				t.Errorf("hints %v, want %v", got, tt.want)
			}
		})
	}
}
