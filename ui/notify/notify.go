// Package notify calls somebody who looks elsewhere: by the bell of the terminal, by
// a notification of the desktop where the terminal passes one on, and by a mark in the
// window's title.
//
// What it sends is never foreign: the calls are made here, of numbers and words of
// this program. Nobody's request can put a text on somebody's desktop, or a control
// sequence into the terminal.
package notify

import (
	"fmt"
	"strings"
	"time"
)

// Way is how somebody is called.
type Way int

// The ways, each with the ones before it.
const (
	Off        Way = iota // not at all
	Bell                  // the terminal's bell
	Desktop9              // and OSC 9, of iTerm2, WezTerm, Ghostty and kitty
	Desktop777            // and OSC 777, of foot, rxvt and Contour
)

// Detect returns the best way that the terminal of an environment is known to have:
// the bell where none is known. Inside tmux and screen that is all: they do not pass
// notifications on, and some print them.
func Detect(env func(name string) (string, bool)) Way {
	get := func(name string) string { v, _ := env(name); return v }
	term, program := get("TERM"), get("TERM_PROGRAM")
	switch {
	case get("TMUX") != "" || get("STY") != "" || strings.HasPrefix(term, "tmux") || strings.HasPrefix(term, "screen"):
		return Bell
	case program == "iTerm.app", program == "WezTerm", program == "ghostty", term == "wezterm", term == "xterm-ghostty", term == "xterm-kitty":
		return Desktop9
	case term == "foot", strings.HasPrefix(term, "foot-"), strings.HasPrefix(term, "rxvt-unicode"), strings.HasPrefix(term, "contour"):
		return Desktop777
	}
	return Bell
}

// Call is something to call somebody for. It holds numbers alone, so that there is
// nothing in it that somebody else has written.
type Call struct {
	New    int           // endpoint requests and devices that came
	Ending int           // requests that are about to end
	Left   time.Duration // until the first of those ends
}

// Empty reports whether there is nothing to call for.
func (c Call) Empty() bool { return c.New <= 0 && c.Ending <= 0 }

// Words says what there is, in ASCII.
func (c Call) Words() string {
	var parts []string
	if c.Ending > 0 {
		parts = append(parts, fmt.Sprintf("%s within %d s", requests(c.Ending, "ends", "end"), max(int(c.Left/time.Second), 0)))
	}
	if c.New > 0 {
		parts = append(parts, requests(c.New, "waits", "wait"))
	}
	return strings.Join(parts, "; ")
}

// requests is a number of requests with what they do.
func requests(n int, one, many string) string {
	if n == 1 {
		return "1 endpoint request " + one
	}
	return fmt.Sprintf("%d endpoint requests %s", n, many)
}

// Sequence is what is written to the terminal for a call, "" for none.
func (w Way) Sequence(c Call) string {
	const name, bell, end = "countersign", "\a", "\x1b\\"
	switch {
	case w == Off || c.Empty():
		return ""
	case w == Desktop9:
		return bell + "\x1b]9;" + name + ": " + c.Words() + end
	case w == Desktop777:
		return bell + "\x1b]777;notify;" + name + ";" + c.Words() + end
	}
	return bell
}

// Title is the window's title: the program's name, with a mark while a request is
// about to end.
func Title(name string, ending bool) string {
	if ending {
		return "(!) " + name
	}
	return name
}

// Soon is how long before the end of a request somebody is called.
const Soon = time.Minute

// apart is the least time between two calls.
const apart = 10 * time.Second

// Caller decides when to call. The zero value has called nobody yet.
type Caller struct {
	met    bool      // it knows how many waited at first: those are on the screen
	waited int       // at the last look
	called time.Time // the end for which somebody was called last
	last   time.Time // of the last call
	behind Call      // what came too soon after a call
}

// Look takes in how many wait and when the first of them ends, zero for never or
// unknown, and returns what to call for now; it is empty most of the time. What comes
// soon after a call is told with the next one.
func (c *Caller) Look(waiting int, ends, now time.Time) Call {
	if c.met && waiting > c.waited {
		c.behind.New += waiting - c.waited
	}
	c.met, c.waited = true, waiting
	c.behind.New = min(c.behind.New, waiting)
	c.behind.Ending = 0
	if Ending(ends, now) && !ends.Equal(c.called) {
		c.behind.Ending, c.behind.Left = 1, ends.Sub(now)
	}
	if c.behind.Empty() || !c.last.IsZero() && now.Sub(c.last) < apart && !now.Before(c.last) {
		return Call{}
	}
	call := c.behind
	if call.Ending > 0 {
		c.called = ends
	}
	c.behind, c.last = Call{}, now
	return call
}

// Ending reports whether an end is near, and not over.
func Ending(ends, now time.Time) bool {
	return !ends.IsZero() && now.Before(ends) && ends.Sub(now) <= Soon
}
