package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The names of the hints about devices.
const (
	HintCountry = "new-country"
	HintMany    = "many-devices"
)

// DeviceHintNames lists the names of the hints about devices.
func DeviceHintNames() []string { return []string{HintCountry, HintMany} }

const (
	manyDevices = 3         // of one address
	manyWithin  = time.Hour // before this one
)

// DeviceHints returns what is to be noticed about a device, held against others that
// are known, in any order, itself among them or not. What is not reported never
// matches.
func DeviceHints(d Device, others []Device) []Hint {
	var hints []Hint
	seen := map[string]bool{d.DeviceID: true}
	var countries []string
	for _, o := range others {
		if d.Email == "" || !strings.EqualFold(o.Email, d.Email) || o.DeviceID == d.DeviceID {
			continue
		}
		if c := country(o.Location); c != "" && !slices.Contains(countries, c) && !o.Asked.After(d.Asked) {
			countries = append(countries, c)
		}
		if ago := d.Asked.Sub(o.Asked); !d.Asked.IsZero() && !o.Asked.IsZero() && ago >= 0 && ago <= manyWithin {
			seen[o.DeviceID] = true
		}
	}
	if c := country(d.Location); c != "" && len(countries) > 0 && !slices.Contains(countries, c) {
		slices.Sort(countries)
		hints = append(hints, Hint{HintCountry, "the first device of this address from there; the others were from " + strings.Join(countries, ", "),
			"location", d.Location})
	}
	if len(seen) >= manyDevices {
		hints = append(hints, Hint{HintMany, fmt.Sprintf("the %d. device of this address within an hour", len(seen)), "email", d.Email})
	}
	return hints
}

// country is the last part of a location, as "CH" of "Zürich, CH"; "" if there is
// none.
func country(location string) string {
	return strings.ToUpper(strings.TrimSpace(location[strings.LastIndexByte(location, ',')+1:]))
}
