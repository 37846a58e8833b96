package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// witness is told every byte that a terminal gets. It remembers what of it was no
// text and no drawing, and how the terminal is left.
type witness struct {
	parser  *ansi.Parser
	touched map[string]int // what was asked of the terminal, and how often
	modes   map[string]bool
	pushed  [2]int // kitty's key modes on the stack of each screen
	popped  bool   // one that was there before
	keys    string // level of other key reports, "" for none
	pen     bool   // colours or attributes are on
	rows    int    // of the terminal, 0 where they change
	margins bool
	keypad  bool
	charset bool
	colours map[int]bool // of the terminal itself
	title   string       // of its window
}

func newWitness() *witness {
	w := &witness{parser: ansi.NewParser(), touched: map[string]int{}, modes: map[string]bool{}, colours: map[int]bool{}}
	w.parser.SetHandler(ansi.Handler{Execute: w.control, HandleCsi: w.csi, HandleEsc: w.esc, HandleOsc: w.osc,
		HandleDcs: func(c ansi.Cmd, _ ansi.Params, data []byte) { w.touch("DCS %c %q", c.Final(), data) },
		HandleApc: func(data []byte) { w.touch("APC %q", data) },
		HandlePm:  func(data []byte) { w.touch("PM %q", data) },
		HandleSos: func(data []byte) { w.touch("SOS %q", data) },
	})
	return w
}

func (w *witness) Write(p []byte) (int, error) {
	for _, b := range p {
		w.parser.Advance(b)
	}
	return len(p), nil
}

func (w *witness) touch(format string, args ...any) { w.touched[fmt.Sprintf(format, args...)]++ }

func (w *witness) control(b byte) {
	switch b {
	case '\r', '\n', '\b', '\t':
	case 0x0e, 0x0f:
		w.charset = b == 0x0e
		w.touch("control %#02x", b)
	default:
		w.touch("control %#02x", b)
	}
}

func (w *witness) esc(c ansi.Cmd) {
	switch {
	case c.Intermediate() == 0 && c.Final() == '=', c.Intermediate() == 0 && c.Final() == '>':
		w.keypad = c.Final() == '='
	case c.Intermediate() == 0 && c.Final() == 'c':
		*w = witness{rows: w.rows, parser: w.parser, touched: w.touched, modes: map[string]bool{}, colours: map[int]bool{}}
	case c.Intermediate() == 0 && (c.Final() == '\\' || c.Final() == 'M' || c.Final() == 'D' || c.Final() == 'E'):
		return // the end of a string; a line up or down
	case strings.ContainsRune("()*+", rune(c.Intermediate())):
		w.charset = c.Final() != 'B'
	}
	w.touch("ESC %s%c", letter(c.Intermediate()), c.Final())
}

func letter(b byte) string {
	if b == 0 {
		return ""
	}
	return string(b)
}

// drawing are the final bytes of what moves the cursor, erases, scrolls and styles.
const drawing = "@ABCDEFGHIJKLMPSTXZ`abdefm"

func (w *witness) csi(c ansi.Cmd, params ansi.Params) {
	var all []string
	for _, p := range params {
		all = append(all, fmt.Sprint(p.Param(0)))
	}
	prefix, with := letter(c.Prefix()), strings.Join(all, ";")
	switch {
	case prefix == "" && c.Intermediate() == 0 && c.Final() == 'm':
		w.pen = with != "" && with != "0"
		return
	case prefix == "" && c.Intermediate() == 0 && strings.ContainsRune(drawing, rune(c.Final())):
		return
	case c.Intermediate() == 0 && (c.Final() == 'h' || c.Final() == 'l'):
		for _, mode := range all {
			w.modes[prefix+mode] = c.Final() == 'h'
			w.touch("CSI %s%s%c", prefix, mode, c.Final())
		}
		return
	case prefix == "" && c.Intermediate() == 0 && c.Final() == 'r': // to scroll a part
		w.margins = strings.Trim(with, "0;") != "" && with != fmt.Sprintf("1;%d", w.rows)
		return
	case prefix == ">" && c.Final() == 'u':
		w.pushed[w.screen()]++
	case prefix == "<" && c.Final() == 'u':
		w.popped = w.popped || w.pushed[w.screen()] == 0
		w.pushed[w.screen()] = max(0, w.pushed[w.screen()]-1)
	case prefix == "=" && c.Final() == 'u':
		w.pushed[w.screen()] = min(1, len(strings.Trim(all[0], "0")))
	case prefix == ">" && c.Final() == 'm':
		w.keys = strings.Trim(strings.TrimPrefix(with+";", "4;"), ";0")
	}
	w.touch("CSI %s%s%s%c", prefix, with, letter(c.Intermediate()), c.Final())
}

// screen is which of the two is shown.
func (w *witness) screen() int {
	if w.modes["?1049"] {
		return 1
	}
	return 0
}

func (w *witness) osc(cmd int, data []byte) {
	switch {
	case cmd <= 2:
		_, w.title, _ = strings.Cut(string(data), ";")
	case cmd >= 10 && cmd <= 19:
		w.colours[cmd] = !strings.HasSuffix(string(data), ";?") || w.colours[cmd]
	case cmd >= 110 && cmd <= 119:
		delete(w.colours, cmd-100)
	}
	w.touch("OSC %q", data)
}

// resting is how a terminal has its modes that are not off.
var resting = map[string]bool{"?7": true, "?25": true}

// left lists what a program has left otherwise than it found it.
func (w *witness) left() []string {
	var all []string
	for mode, on := range w.modes {
		if on != resting[mode] {
			all = append(all, fmt.Sprintf("mode %s is %t", mode, on))
		}
	}
	for cmd, set := range w.colours {
		if set {
			all = append(all, fmt.Sprintf("colour %d is set", cmd))
		}
	}
	for what, so := range map[string]bool{"keys are still pushed": w.pushed != [2]int{}, "keys were popped that somebody else had pushed": w.popped, "other keys are reported": w.keys != "", "the window has a title": w.title != "", "the pen is not reset": w.pen,
		"margins are set": w.margins, "the keypad is in application mode": w.keypad, "another character set is chosen": w.charset} {
		if so {
			all = append(all, what)
		}
	}
	slices.Sort(all)
	return all
}

// ours is what the console itself asks of a terminal, beside drawing.
func ours() []string {
	return []string{
		"CSI ?1049h", "CSI ?1049l", "CSI ?25h", "CSI ?25l", "CSI ?2004h", "CSI ?2004l", "CSI ?1002h", "CSI ?1002l", "CSI ?1003l", "CSI ?1006h", "CSI ?1006l",
		"CSI ?2026h", "CSI ?2026l", "CSI ?2027h", "CSI ?2027l", "CSI >1u", "CSI <1u", "CSI >4;2m", "CSI >4m", // modes, and back
		"CSI ?2026$p", "CSI ?2027$p", "CSI ?u", `OSC "11;?"`, // what the terminal can do, and its background
		"CSI c", // right behind an early end, see cli.takeAnswers
		"CSI ?5W", `OSC "2;countersign"`, `OSC "2;(!) countersign"`, `OSC "2;"`, "control 0x07",
	}
}

// foreign lists what was asked of the terminal that the console never asks.
func (w *witness) foreign() []string {
	var all []string
	own := ours()
	for _, what := range slices.Sorted(maps.Keys(w.touched)) {
		if !slices.Contains(own, what) {
			all = append(all, fmt.Sprintf("%s (%d times)", what, w.touched[what]))
		}
	}
	return all
}
