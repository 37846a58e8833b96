package typedahead

import (
	"regexp"
	"strings"
	"time"

	"countersign/ui/tab"
)

// place is somewhere that something is decided or ordered.
type place struct {
	name  string
	login string
	front tab.Name
	// keys open the dialog on the row that the cursor is on. Where none opens,
	// another row is tried.
	keys string
	// order is what comes of confirming there.
	order string
	// first are keys before all, to come to the list.
	first string
}

func places() []place {
	return []place{
		{"approve", "dana", tab.Approvals, "enter pgdown pgdown pgdown pgdown a", "decide", ""},
		{"deny", "dana", tab.Approvals, "d", "decide", ""},
		{"approve the marked", "dana", tab.Approvals, "space j space a", "bulk", ""},
		{"deny the marked", "dana", tab.Approvals, "space j space d", "bulk", ""},
		{"reassign", "dana", tab.Approvals, "m", "reassign", ""},
		{"approve alone", "omar", tab.Approvals, "enter pgdown pgdown pgdown pgdown !", "emergency", ""},
		{"review", "dana", tab.Approvals, "enter pgdown pgdown r", "review", "] ] ]"},
		{"approve an elevation", "dana", tab.EPM, "enter pgdown pgdown pgdown a", "endpoint", ""},
		{"deny an elevation", "dana", tab.EPM, "d", "endpoint", ""},
		{"approve elevations", "dana", tab.EPM, "space j space a", "endpoints", ""},
		{"approve a device", "dana", tab.EPM, "enter pgdown pgdown pgdown a", "device", "]"},
		{"deny devices", "dana", tab.EPM, "space j space d", "devices", "]"},
		{"close an incident", "dana", tab.EPM, "x", "close incident", "] ] ]"},
		{"run a plan", "priya", tab.Tasks, "f f", "run", ""},
		{"close a task", "priya", tab.Tasks, "c", "close task", ""},
		{"release", "priya", tab.Tasks, "t", "release", ""},
		{"revoke", "priya", tab.Tasks, "x", "revoke", "] ] ] ]"},
		{"withdraw", "alice", tab.Portal, "x", "withdraw", "]"},
		{"give back", "alice", tab.Portal, "x", "give back", "] ]"},
		{"reveal", "alice", tab.Portal, "u", "reveal", "]"},
		{"disable", "priya", tab.Tasks, "x", "disable", ": P e o p l e enter"},
		{"save a person", "priya", tab.Tasks, "e", "save person", ": P e o p l e enter"},
	}
}

// pace is how fast somebody presses keys who looks at the screen.
const pace = 600 * time.Millisecond

// careful is somebody who comes to an order in a place by reading the screen. It
// returns the keys that led there; nil if none did.
func careful(s *sitting, p place) []string {
	var keys []string
	press := func(names ...string) {
		for _, k := range names {
			keys = append(keys, k)
			s.send(keyBytes(k))
			s.rest(pace)
		}
	}
	press(strings.Fields(p.first)...)
	from := len(keys)
	for range 16 {
		press(strings.Fields(p.keys)...)
		if _, open := boxOf(s.screen.text()); open && confirm(s, p, press) {
			return keys
		}
		// Nobody types ahead what led nowhere.
		keys = keys[:from]
		for range 3 {
			s.send(keyBytes("esc"))
			s.rest(pace)
		}
		press("j")
		from = len(keys)
	}
	return nil
}

var asked = regexp.MustCompile(`type: (\w+ \w+)`)

// confirm goes through a dialog to its last button.
func confirm(s *sitting, p place, press func(names ...string)) bool {
	before := len(s.svc.taken())
	for range 40 {
		b, open := boxOf(s.screen.text())
		if !open {
			break
		}
		words := "because"
		if found := asked.FindStringSubmatch(b.body); found != nil && strings.HasPrefix(b.field(), "Phrase") {
			words = found[1]
		}
		switch field := b.field(); {
		case strings.HasPrefix(field, "Group") || strings.HasPrefix(field, "What"):
			press("right", "right", "tab") // the first of them is nobody, or a mere note
		case strings.Contains(b.body, "read on first"):
			press("pgdown")
			fallthrough
		case b.on == b.last:
			press("enter")
		case b.on == "" && !strings.Contains(b.body, "because") || words != "because":
			press(strings.Split(strings.ReplaceAll(words, " ", "§"), "")...)
			press("tab")
		default:
			press("tab")
		}
		for _, o := range s.svc.taken()[before:] {
			if o.what == p.order {
				return true
			}
		}
	}
	return false
}
