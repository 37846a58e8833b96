package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testsOnly is a licence of which nothing is compiled into the program.
const testsOnly = "MPL-2.0"

// patentGrant is no licence but a further grant, which the modules of the Go project have besides.
const patentGrant = "PATENTS"

// licences are the texts that somebody has read and found to fit, each by the hash of all its words, with
// its identifier in the SPDX list. A text with a word more or less is another one, and has to be read.
var licences = map[string]string{
	"fe2a9817987f862eaced948f0468c7f51d2fedfc48c5c505b246a49a3870e9a5": "MIT",          // without a heading
	"7c9b48b52decb9837c70f608678129e1ac79e056829c8d1e82e8cdd8aed562f8": "MIT",          // headed "MIT License"
	"dcdd5bec314a2c06621a42d529b6c1e6705301c076bb641fff909129fbca8897": "MIT",          // headed "The MIT License (MIT)"
	"d62fa4ff7ea2363ea31e475b08260cb230dd5bc0cc49545176295cfab23b5261": "MIT",          // with an address where it can be read
	"8ab6e442375769f45c2c6c374b82e352b44cf4cdc2dd19f3a65dca7383396f36": "BSD-3-Clause", // names Google LLC
	"62026297ff963401183d38bdf53c2af078617e9d6178d8ebc339658404883295": "BSD-3-Clause", // names Google Inc.
	"e6dee263c97c9a6b1c080dcedd057c949ce18dfb22dc803b54e32433d98553b4": "BSD-3-Clause", // names the age project
	"09ae9bf1886f530f7338889ef805f37b288ec6adedd1e1e32058921acf05a782": "Apache-2.0",   // without the appendix
	"e8ba82e63ba908724aaee6043943c5a2629b9ebf1af581ea0eea19a713123685": testsOnly,
	"f1a3af7e25702266bf76f8cbc0bdeeab2d46755944ace382db4aac52d2fe5f46": patentGrant, // of the Go project
}

// holders are those whose lines about their copyright stand in the texts: names and nothing else.
var holders = []string{
	"Alex Ogier", "Anmol Sethi", "Ayman Bagabas", "Cenk Altı", "Charmbracelet, Inc", "Dustin Sallings <dustin@spy.net>",
	"Erik Geiser and Christian Muehlhaeuser", "Filippo Valsorda", "Google LLC", "Keith Rarick", "Lucas Beyer", "Matt Sherman",
	"Oliver Kuederle", "Sahil Muthoo", "TOML authors", "The Go Authors", "The age Authors", "Uber Technologies, Inc", "Yasuhiro Matsumoto",
}

var copyrightLine = regexp.MustCompile(`^Copyright (?:\(c\) )?[0-9]{4}(?:-[0-9]{4})? (.+?)\.?(?: All rights reserved\.)?$`)

// wordsOf are the words of a licence without the lines that say whose it is.
func wordsOf(text string) []string {
	var words []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		m := copyrightLine.FindStringSubmatch(strings.Join(fields, " "))
		if m == nil || !slices.Contains(holders, m[1]) {
			words = append(words, fields...)
		}
	}
	return words
}

func hashOf(words []string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, " ")))
	return hex.EncodeToString(sum[:])
}

// licenceOf names the licence of a text by its identifier in the SPDX list, "" where
// it is none that was looked at and found to fit.
func licenceOf(text string) string { return licences[hashOf(wordsOf(text))] }

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)`)

// licenceTexts are the files at the top of a module that tell what it may be used for.
func licenceTexts(t *testing.T, dir string) (texts []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	return texts
}

// licenceIn names the licences of a module.
func licenceIn(t *testing.T, dir string) string {
	t.Helper()
	var found []string
	for _, text := range licenceTexts(t, dir) {
		switch id := licenceOf(text); id {
		case patentGrant:
		case "":
			found = append(found, "unknown")
		default:
			found = append(found, id)
		}
	}
	return strings.Join(slices.Compact(found), " AND ")
}

// TestTortureLicencesAreKnownByEveryWord is the control: each licence of a module is no longer known
// where a word is missing or a condition was put to it, wherever that stands.
func TestTortureLicencesAreKnownByEveryWord(t *testing.T) {
	t.Parallel()
	texts, seen := map[string]string{}, map[string]bool{}
	for _, p := range packagesOf(t, "-test", "./...") {
		if p.Module == nil || p.Module.Main || p.Module.Dir == "" {
			continue
		}
		if seen[p.Module.Dir] {
			continue
		}
		seen[p.Module.Dir] = true
		for _, text := range licenceTexts(t, p.Module.Dir) {
			texts[hashOf(wordsOf(text))] = text
		}
	}
	for _, text := range texts {
		id := licenceOf(text)
		for _, more := range []string{
			"The Software shall be used for Good, not Evil.", "Server Side Public License", "PolyForm Noncommercial License 1.0.0", "Elastic License 2.0",
			"Gnu General Public License", "GNU GENERAL PUBLIC LICENSE", "Commons Clause", "not", "Copyright (c) 2026 Somebody. Not for commercial use.",
			"Copyright (c) 2026 Nobody Known", "Copyright (c) 2009 The Go Authors. Not for use in production.",
		} {
			first, rest, _ := strings.Cut(text, "\n")
			for where, falsified := range map[string]string{
				"at the beginning": more + "\n" + text, "at the end": text + "\n" + more, "in the first line": first + " " + more + "\n" + rest,
				"behind each copyright": regexp.MustCompile(`(?m)^ *Copyright .*$`).ReplaceAllString(text, "$0 "+more),
			} {
				if got := licenceOf(falsified); got != "" && falsified != text {
					t.Errorf("%s with %q %s is taken for %s", id, more, where, got)
				}
			}
		}
		words := wordsOf(text)
		for i := range words {
			less := hashOf(slices.Delete(slices.Clone(words), i, i+1))
			// The MIT licence without the address where it can be read is another one of its forms.
			if got := licences[less]; got != "" && texts[less] == "" {
				t.Errorf("%s without its word %d, %q, is taken for %s", id, i, words[i], got)
			}
		}
	}
	for sum, id := range licences {
		if texts[sum] == "" {
			t.Errorf("%s %s is known, and nothing is under it", id, sum)
		}
	}
	for name, text := range map[string]string{"nothing": "", "all rights reserved": "Copyright 2026. All rights reserved."} {
		if id := licenceOf(text); id != "" {
			t.Errorf("%s is taken for %s", name, id)
		}
	}
}
