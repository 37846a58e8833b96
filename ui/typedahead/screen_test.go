package typedahead

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"

	"countersign/ui/theme"

	"github.com/charmbracelet/x/vt"
)

// frame is what stood on the screen from a moment on.
type frame struct {
	at   time.Time
	text string
}

// screen is a terminal that remembers what it showed, and when.
type screen struct {
	mu     sync.Mutex
	term   *vt.Emulator
	frames []frame
	delay  func() time.Duration // before what is written is shown, for a slow line
	silent chan struct{}        // closed when the terminal answers nothing any more
}

func newScreen(width, height int, delay func() time.Duration) *screen {
	s := &screen{term: vt.NewEmulator(width, height), delay: delay, silent: make(chan struct{})}
	go func() {
		defer close(s.silent)
		_, _ = io.Copy(io.Discard, s.term) // what the terminal answers is nobody's matter
	}()
	return s
}

// Write shows what was drawn.
func (s *screen) Write(b []byte) (int, error) {
	time.Sleep(s.delay())
	s.mu.Lock()
	defer s.mu.Unlock()
	// Where the program's input is no terminal it leaves the carriage to whom it
	// writes to, as sshserver does.
	_, err := s.term.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")))
	s.keep()
	return len(b), err
}

// resize changes the size, which moves what stands on the screen.
func (s *screen) resize(width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.term.Resize(width, height)
	s.keep()
}

func (s *screen) keep() {
	text := s.term.String()
	if n := len(s.frames); n > 0 && s.frames[n-1].text == text {
		return
	}
	s.frames = append(s.frames, frame{time.Now(), text})
}

// text is what stands on the screen now.
func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.frames) == 0 {
		return ""
	}
	return s.frames[len(s.frames)-1].text
}

func (s *screen) close() {
	_ = s.term.Close()
	<-s.silent
}

// box is a dialog as it stands on a screen.
type box struct {
	title string
	body  string   // its words, whatever the lines they were broken into
	lines []string // within its walls
	on    string   // the label of the button that has the keys, "" if none has
	last  string   // the label of the last button, which confirms
}

// glyphs are the signs that a console draws with.
var glyphs = sync.OnceValue(func() theme.Glyphs { return theme.New(theme.Options{}).Glyphs })

// boxOf finds the dialog on a screen: the smallest box that nothing stands over.
func boxOf(text string) (box, bool) {
	g := glyphs()
	var rows [][]rune
	for l := range strings.SplitSeq(text, "\n") {
		rows = append(rows, []rune(l))
	}
	at := func(y, x int) string {
		if y < 0 || y >= len(rows) || x < 0 || x >= len(rows[y]) {
			return ""
		}
		return string(rows[y][x])
	}
	var best box
	area := 0
	for top := range rows {
		for left := range rows[top] {
			if at(top, left) != g.TopLeft {
				continue
			}
			bottom := top + 1
			for at(bottom, left) == g.Wall {
				bottom++
			}
			if at(bottom, left) != g.BottomLeft {
				continue
			}
			right := left + 1
			for at(bottom, right) == g.Rule {
				right++
			}
			if at(bottom, right) != g.BottomRight {
				continue
			}
			if size := (bottom - top) * (right - left); area == 0 || size < area {
				area, best = size, readBox(rows, top, bottom, left, right)
			}
		}
	}
	return best, area > 0
}

// readBox reads a box. Wide characters take one rune and two cells, so a wall is
// looked for, not counted.
func readBox(rows [][]rune, top, bottom, left, right int) box {
	g := glyphs()
	head := string(rows[top][left:min(right+1, len(rows[top]))])
	b := box{title: strings.TrimSpace(strings.Trim(head, g.TopLeft+g.TopRight+g.Rule))}
	for _, row := range rows[top+1 : bottom] {
		line := string(row[min(left+1, len(row)):])
		if end := strings.LastIndex(string(row[:min(right+1, len(row))]), g.Wall); end >= 0 {
			line = string(row[min(left+1, len(row)):min(right, len(row))])
		}
		b.lines = append(b.lines, line)
	}
	b.body = strings.Join(strings.Fields(strings.Join(b.lines, " ")), " ")
	// The buttons stand above the line of keys, at the right.
	for n, l := range b.lines {
		if n+1 < len(b.lines) && strings.TrimSpace(l) != "" && keyLine(b.lines[n+1:]) {
			names := strings.Split(strings.TrimSpace(l), "  ")
			b.last = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(names[len(names)-1]), g.Cursor))
			if i := strings.LastIndex(l, g.Cursor+" "); i >= 0 {
				b.on, _, _ = strings.Cut(strings.TrimSpace(l[i+len(g.Cursor):]), "  ")
			}
		}
	}
	return b
}

// keyLine reports whether nothing but the line of keys follows.
func keyLine(lines []string) bool {
	n := 0
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			n++
		}
	}
	return n == 1
}

// field is the line of the field that has the keys, its label first; "" if none
// has them.
func (b box) field() string {
	g := glyphs()
	for _, l := range b.lines {
		if label, has := strings.CutPrefix(strings.TrimSpace(l), g.Cursor); has && b.on == "" {
			return strings.TrimSpace(label)
		}
	}
	return ""
}

// keyboard is an input of which each read gets what was sent in one piece.
type keyboard struct {
	sent chan []byte
	rest []byte
}

// Read implements io.Reader.
func (k *keyboard) Read(b []byte) (int, error) {
	if len(k.rest) == 0 {
		piece, open := <-k.sent
		if !open {
			return 0, io.EOF
		}
		k.rest = piece
	}
	n := copy(b, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}
