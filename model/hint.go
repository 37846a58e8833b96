package model

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Hint is something about an endpoint request that a decider may want to look at.
// It explains and never decides: requests without one are no safer for it.
type Hint struct {
	Name  string // of the rule: "encoded-powershell"
	Says  string // what is noticed and why it matters; ours, or the configuration's
	Key   string // the key that it was seen in, under the service's name; "" for none
	Found string // where it was seen, or what was decoded from it; foreign text
}

// HintRule is a row of the configuration's table of hints: a pattern that is looked
// for in the value of one key.
type HintRule struct {
	Name    string
	Key     string // as the service names it: "CommandLine"
	Pattern *regexp.Regexp
	Says    string
}

// The names of the built-in hints.
const (
	HintEncoded   = "encoded-powershell"
	HintDownload  = "download-in-shell"
	HintInline    = "inline-code"
	HintWritable  = "user-writable-path"
	HintHidden    = "hidden-characters"
	HintUnsigned  = "signature-checks-off"
	HintUnguarded = "protection-off"
	HintOddHour   = "odd-hour"
	HintBurst     = "burst"
	HintAlike     = "look-alike"
)

// HintNames lists the names of the built-in hints.
func HintNames() []string {
	return []string{HintEncoded, HintDownload, HintInline, HintWritable, HintHidden, HintUnsigned, HintUnguarded,
		HintOddHour, HintBurst, HintAlike}
}

// WithoutHints returns the hints but those with one of the names, which somebody does
// not want to hear of.
func WithoutHints(hints []Hint, off []string) []Hint {
	return slices.DeleteFunc(hints, func(h Hint) bool { return slices.Contains(off, h.Name) })
}

// builtInHints are the built-in hints that need no more than a pattern.
func builtInHints() []HintRule {
	return []HintRule{
		{HintUnsigned, KeyCommand, unsigned, "turns off the check of a package's signature"},
		{HintUnguarded, KeyCommand, unguarded, "turns off a protection of the machine"},
	}
}

var (
	unsigned = regexp.MustCompile(`(?i)(^|\s)(--allow-unauthenticated|--allow-insecure-repositories|--force-yes|--no-?gpg-?checks?|--nosignature|--no-verify-signatures?|` +
		`-skippublishercheck|-allowunsigned)\b|\[trusted=yes\]`)
	unguarded = regexp.MustCompile(`(?i)-(ex[a-z]*|ep)\s+(bypass|unrestricted)\b|\bset-mppreference\b.*-disable|\badd-mppreference\b.*-exclusion|` +
		`\bsetenforce\s+0\b|\bnetsh\b.*\bfirewall\b.*\boff\b|\bufw\s+disable\b|\bcsrutil\s+disable\b|\bspctl\s+--master-disable\b`)
)

// Hints returns what is to be noticed about a request. recent are requests of the
// time before it, in any order, itself among them or not; extra is the table of the
// configuration. now says only in which zone its hours are counted. What the service
// does not report never matches.
func Hints(e EndpointRequest, recent []EndpointRequest, extra []HintRule, now time.Time) []Hint {
	var hints []Hint
	for _, look := range []func(EndpointRequest) []Hint{hintEncoded, hintDownload, hintInline, hintWritable, hintHidden} {
		hints = append(hints, look(e)...)
	}
	for _, r := range slices.Concat(builtInHints(), extra) {
		hints = append(hints, r.look(e)...)
	}
	hints = append(hints, hintOddHour(e, now.Location())...)
	return append(hints, hintBurst(e, recent)...)
}

// look applies one row to every fact of its key.
func (r HintRule) look(e EndpointRequest) []Hint {
	for _, f := range append(slices.Clone(e.Facts), Fact{Key: "justification", Value: e.Justification}) {
		if f.Key == r.Key && f.Value != "" && r.Pattern.MatchString(f.Value) {
			return []Hint{{r.Name, r.Says, f.Key, r.Pattern.FindString(f.Value)}}
		}
	}
	return nil
}

// The hours that count as usual, from the first to before the second, on weekdays.
const (
	dayBegins = 6
	dayEnds   = 22
)

func hintOddHour(e EndpointRequest, zone *time.Location) []Hint {
	if e.Created.IsZero() {
		return nil
	}
	at := e.Created.In(zone)
	when := at.Format("Mon 15:04 MST")
	switch day := at.Weekday(); {
	case day == time.Saturday || day == time.Sunday:
		return []Hint{{Name: HintOddHour, Says: "asked at the weekend: " + when}}
	case at.Hour() < dayBegins || at.Hour() >= dayEnds:
		return []Hint{{Name: HintOddHour, Says: "asked at night: " + when}}
	}
	return nil
}

const (
	burstOf  = 5                // requests
	burstFor = 10 * time.Minute // before this one
)

// hintBurst counts what the same user asked for in the minutes before. Users of one
// name in two domains are two.
func hintBurst(e EndpointRequest, recent []EndpointRequest) []Hint {
	user, ok := e.said(GroupAccount, KeyUser)
	if !ok || e.Created.IsZero() {
		return nil
	}
	domain, _ := e.Fact(GroupAccount, KeyDomain)
	seen := map[UID]bool{e.UID: true}
	for _, r := range recent {
		theirs, _ := r.Fact(GroupAccount, KeyUser)
		where, _ := r.Fact(GroupAccount, KeyDomain)
		ago := e.Created.Sub(r.Created)
		if strings.EqualFold(theirs, user) && strings.EqualFold(where, domain) && !r.Created.IsZero() && ago >= 0 && ago <= burstFor {
			seen[r.UID] = true
		}
	}
	if len(seen) < burstOf {
		return nil
	}
	return []Hint{{HintBurst, fmt.Sprintf("the %d. request of this user within 10 minutes: people agree more easily when they are asked often", len(seen)),
		KeyUser, user}}
}

// LookAlikeHints notices names that look like others that were seen, and names of
// several scripts. alike returns for each of some names the others that look like it,
// mixed the scripts of a name if they do not belong together: both are safetext's.
func LookAlikeHints(e EndpointRequest, recent []EndpointRequest, alike func([]string) map[string][]string, mixed func(string) []string) []Hint {
	var hints []Hint
	for _, k := range []Fact{{Group: GroupAccount, Key: KeyUser}, {Group: GroupAccount, Key: KeyMachine}, {Group: GroupApplication, Key: KeyFile}} {
		name, ok := e.said(k.Group, k.Key)
		if !ok {
			continue
		}
		if scripts := mixed(name); len(scripts) > 1 {
			hints = append(hints, Hint{HintAlike, "mixes letters of several scripts: " + strings.Join(scripts, ", "), k.Key, name})
		}
		names := []string{name}
		for _, r := range recent {
			if other, ok := r.said(k.Group, k.Key); ok && !slices.Contains(names, other) {
				names = append(names, other)
			}
		}
		for _, other := range alike(names)[name] {
			if !strings.EqualFold(other, name) {
				hints = append(hints, Hint{HintAlike, "looks like another name that was seen, and is not the same: " + other, k.Key, name})
			}
		}
	}
	return hints
}

// hintHidden notices characters that people do not see, or that move others.
func hintHidden(e EndpointRequest) []Hint {
	var hints []Hint
	for _, f := range e.Facts {
		if strings.ContainsFunc(f.Value, hidden) {
			hints = append(hints, Hint{HintHidden, "holds characters that do not show, or that make text look like another", f.Key, f.Value})
		}
	}
	return hints
}

func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return false
	case r == unicode.ReplacementChar:
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}
