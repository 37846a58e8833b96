package workflow

import (
	"fmt"
	"slices"
	"strings"
)

// release is a version of the service as three numbers.
type release [3]int

func parseRelease(s string) (r release, ok bool) {
	n, err := fmt.Sscanf(s, "%d.%d.%d", &r[0], &r[1], &r[2])
	return r, err == nil && n == 3
}

func (r release) before(o release) bool { return slices.Compare(r[:], o[:]) < 0 }

// lacks is what releases before one do not have (PROTOCOL 16).
var lacks = []struct {
	since release
	what  string
	bad   bool // something here does not work without it
}{
	{release{17, 1, 7}, "a queue, without which nothing can be sent", true},
	{release{17, 1, 15}, "endpoint requests in full", true},
	{release{17, 2, 8}, "values with blanks or signs in new records: they are refused here, since it would store them wrongly", true},
	{release{17, 2, 12}, "answers at once: every reading takes several calls", false},
	{release{18, 0, 3}, "answers that only the asking key can read", false},
	{release{18, 0, 5}, "health checks that do not use up the rate limit", false},
}

// version says what the release of the service lacks.
func (e Examination) version(found *checks) {
	r, known := parseRelease(e.Version)
	if !known {
		if e.Tried || e.Trouble.Obstacle != NoObstacle {
			return // it was not looked at
		}
		remedy := "run this again in some minutes"
		if e.Lacks("version") {
			remedy = `permit the command "version"`
		}
		found.warn("vault.version", remedy+", or write the release into [vault] version: until then the service is taken for an old one",
			"the release of the service is not known")
		return
	}
	var missing []string
	bad := false
	for _, l := range lacks {
		if r.before(l.since) {
			missing, bad = append(missing, l.what), bad || l.bad
		}
	}
	if r.before(release{17, 2, 1}) && e.EPMWord != "pedm" {
		missing, bad = append(missing, `the command "epm": set [vault] epm_word = "pedm"`), true
	}
	const remedy = "have the service's administrator update Commander (pip install -U keepercommander) and restart the service"
	switch {
	case len(missing) == 0:
		found.ok("vault.version", "release %s of Commander has everything that is needed", e.Version)
	case bad:
		found.bad("vault.version", remedy, "release %s of Commander lacks %s", e.Version, strings.Join(missing, "; "))
	default:
		found.warn("vault.version", remedy, "release %s of Commander lacks %s", e.Version, strings.Join(missing, "; "))
	}
}
