package typedahead

import (
	"math/rand/v2"
	"strings"
	"time"
)

// gaps are pauses between two inputs, most of them beside a bound of the guard.
var gaps = []time.Duration{0, 0, 0, 1, 5, 17, 33, 49, 50, 51, 60, 120, 250, 380, 399, 400, 401, 416, 417, 450, 700, 1500}

// strays are keys that somebody may hit on the way.
var strays = []string{"enter", "enter", "enter", "tab", "shift+tab", "esc", "left", "right", "up", "down", "pgdown", "space",
	"a", "d", "x", "y", "j", "k", "g", "?", ":", "q", "1", "2", "]", "R", "\x03", "\n", "\x1b[F"}

// stream is a way to send the keys that led a careful person to an order.
type stream struct {
	r       *rand.Rand
	s       *sitting
	keys    []string
	calm    int     // how many of them are sent by somebody who looks at the screen
	fast    int     // pauses are below that; 0 takes them from gaps
	joined  float64 // how often keys come in one piece with those before
	pasted  float64 // how often some are pasted
	strayed float64 // how often something else happens before a key
}

// newStream draws how the keys are sent.
func newStream(r *rand.Rand, s *sitting, keys []string) *stream {
	st := &stream{r: r, s: s, keys: keys}
	switch r.IntN(6) {
	case 0: // all at once, or from some key on
		st.joined, st.fast = 1, 1
	case 1:
		st.fast = 1 + r.IntN(130)
	case 2:
		st.joined = r.Float64() / 2
	case 3:
		st.pasted = r.Float64() / 3
	case 4:
		st.strayed = r.Float64() / 4
	default:
		st.joined, st.pasted, st.strayed = r.Float64()/8, r.Float64()/8, r.Float64()/8
	}
	switch r.IntN(8) {
	case 0: // nothing is looked at
	case 1:
		st.calm = len(keys)
	default:
		st.calm = r.IntN(len(keys) + 1)
	}
	return st
}

func (st *stream) gap() time.Duration {
	if st.fast > 0 {
		return time.Duration(st.r.IntN(st.fast)) * time.Millisecond
	}
	return gaps[st.r.IntN(len(gaps))] * time.Millisecond
}

// run sends the keys, and some more of those that confirm.
func (st *stream) run() {
	for _, k := range st.keys[:st.calm] {
		st.s.send(keyBytes(k))
		st.s.rest(pace)
	}
	rest := append([]string(nil), st.keys[st.calm:]...)
	for range st.r.IntN(6) {
		rest = append(rest, []string{"enter", "enter", "shift+tab", "tab", "esc"}[st.r.IntN(5)])
	}
	piece := ""
	flush := func() {
		if piece != "" {
			st.s.send(piece)
			piece = ""
		}
	}
	for len(rest) > 0 {
		if st.r.Float64() < st.strayed {
			flush()
			st.stray()
			st.s.rest(st.gap())
		}
		if st.r.Float64() < st.pasted {
			flush()
			n := 1 + st.r.IntN(min(len(rest), 8))
			st.paste(rest[:n])
			rest = rest[n:]
			st.s.rest(st.gap())
			continue
		}
		piece += keyBytes(rest[0])
		rest = rest[1:]
		if st.r.Float64() >= st.joined {
			flush()
			st.s.rest(st.gap())
		}
	}
	flush()
}

// paste pastes what the keys would have sent, in one piece or in several.
func (st *stream) paste(keys []string) {
	pieces := []string{"\x1b[200~"}
	for _, k := range keys {
		pieces = append(pieces, keyBytes(k))
	}
	pieces = append(pieces, "\x1b[201~")
	if st.r.IntN(2) == 0 {
		pieces = []string{strings.Join(pieces, "")}
	}
	for _, p := range pieces {
		st.s.pasted(p)
		if st.r.IntN(2) == 0 {
			st.s.rest(st.gap())
		}
	}
}

// stray is what happens beside: another key, a click, another size, news.
func (st *stream) stray() {
	switch st.r.IntN(10) {
	case 8: // something stands over the dialog for a while
		for _, k := range []string{"\x03", "enter", "enter"} {
			st.s.send(keyBytes(k))
			st.s.rest(st.gap())
		}
	case 9: // nothing can be seen for a while
		before := st.s.size
		st.s.resize(size{50, 12})
		st.s.rest(st.gap() + 2*torn)
		st.s.resize(before)
		st.s.rest(st.gap())
		st.s.send(keyBytes("enter"))
	case 0:
		st.click(1+st.r.IntN(st.s.size.width), 1+st.r.IntN(st.s.size.height))
	case 1:
		if x, y, found := st.button(); found {
			st.click(x, y)
		}
	case 2:
		sizes := []size{{120, 36}, {100, 30}, {80, 24}, {60, 16}, {50, 12}}
		st.s.resize(sizes[st.r.IntN(len(sizes))])
	case 3, 4:
		st.s.svc.change()
	default:
		st.s.send(keyBytes(strays[st.r.IntN(len(strays))]))
	}
}

// button is where the confirming button of the dialog stands.
func (st *stream) button() (x, y int, found bool) {
	text := st.s.screen.text()
	b, open := boxOf(text)
	if !open || b.last == "" {
		return 0, 0, false
	}
	for n, l := range strings.Split(text, "\n") {
		if i := strings.LastIndex(l, b.last+" "); i >= 0 {
			x, y, found = len([]rune(l[:i]))+2, n+1, true
		}
	}
	return x, y, found
}

func (st *stream) click(x, y int) {
	st.s.send(mouse(x, y, "M"))
	if st.r.IntN(4) > 0 {
		st.s.rest(st.gap())
		st.s.send(mouse(x, y, "m"))
	}
}
