package vaultsim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// masks compares a recorded answer with ours. Identifiers that either service made up itself are bound to one
// another where they first meet and must agree ever after; times and generated values are only compared in
// shape.
type masks struct {
	toOurs, toTheirs map[string]string
}

func newMasks() *masks {
	return &masks{toOurs: map[string]string{}, toTheirs: map[string]string{}}
}

var (
	times = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{6})?`)
	ids   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9_-]{86}|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{22}`)
)

// generatedPassword is what the recorded service made of $GEN.
const generatedPassword = ".JXr+T>=p]+.Aj5@skgn"

// ours replaces recorded identifiers in a request by those that our service gave out.
func (m *masks) ours(text string) string {
	return ids.ReplaceAllStringFunc(text, func(id string) string {
		if mine, bound := m.toOurs[id]; bound {
			return mine
		}
		return id
	})
}

// diff describes the first difference, "" when there is none.
func (m *masks) diff(at string, want, got any, unordered bool) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %T, want an object", at, got)
		}
		for k := range g {
			if _, known := w[k]; !known {
				return fmt.Sprintf("%s has an unexpected member %q", at, k)
			}
		}
		for k, v := range w {
			value, known := g[k]
			if !known {
				return fmt.Sprintf("%s lacks member %q", at, k)
			}
			if d := m.member(at+"."+k, k, v, value, unordered); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s is %s, want a list of %d: %s", at, show(got), len(w), show(want))
		}
		if unordered {
			w, g = sorted(w), sorted(g)
		}
		for i := range w {
			if d := m.diff(fmt.Sprintf("%s[%d]", at, i), w[i], g[i], unordered); d != "" {
				return d
			}
		}
		return ""
	case string:
		g, ok := got.(string)
		if !ok {
			return fmt.Sprintf("%s is %s, want %q", at, show(got), w)
		}
		return m.text(at, w, g)
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return fmt.Sprintf("%s is %s, want %s", at, show(got), show(want))
	}
	return ""
}

// member compares one member of an object; some hold numbers that count what a session did before.
func (m *masks) member(at, key string, want, got any, unordered bool) string {
	switch key {
	case "revision", "expiration", "completed_requests":
		w, wantNumber := want.(float64)
		g, gotNumber := got.(float64)
		if sameUnit := (w > 1e11) == (g > 1e11); wantNumber && gotNumber && sameUnit { // milliseconds are, seconds are not
			return ""
		}
	}
	return m.diff(at, want, got, unordered)
}

func (m *masks) text(at, want, got string) string {
	if want == generatedPassword && len(got) == len(want) {
		return ""
	}
	// The stand-in for the cloud that the recording used marked its own throttling text.
	want = strings.ReplaceAll(want, "throttled_by_test", "throttled")
	got = strings.ReplaceAll(got, "/tmp/keeper_service_filedata.json", "<TMPFILE>")
	want, got = maskTimes(want), maskTimes(got)
	wantIDs, gotIDs := ids.FindAllString(want, -1), ids.FindAllString(got, -1)
	if len(wantIDs) != len(gotIDs) {
		return fmt.Sprintf("%s is %q, want %q", at, clip(got), clip(want))
	}
	for i, w := range wantIDs {
		if !m.bind(w, gotIDs[i]) {
			return fmt.Sprintf("%s names %s where the recording names %s: %q, want %q", at, gotIDs[i], w, clip(got), clip(want))
		}
	}
	if ids.ReplaceAllString(want, "<id>") != ids.ReplaceAllString(got, "<id>") {
		return fmt.Sprintf("%s is\n%q, want\n%q", at, clip(got), clip(want))
	}
	return ""
}

// maskTimes blanks times. Whether a time has a fraction depends on the instant alone.
func maskTimes(s string) string {
	s = times.ReplaceAllString(s, "<time>")
	return regexp.MustCompile(`<time> +`).ReplaceAllString(s, "<time> ")
}

func (m *masks) bind(theirs, mine string) bool {
	if bound, known := m.toOurs[theirs]; known {
		return bound == mine
	}
	if other, taken := m.toTheirs[mine]; taken {
		return other == theirs
	}
	m.toOurs[theirs], m.toTheirs[mine] = mine, theirs
	return true
}

func sorted(list []any) []any {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(show(a), show(b)) })
	return out
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return clip(string(b))
}
