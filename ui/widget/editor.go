package widget

import (
	"strings"
	"unicode/utf8"

	"countersign/safetext"
	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// maxTyped is the most bytes a field takes: enough for a key file, too little
// to make a console slow.
const maxTyped = 64 << 10

// EditKeys are the keys of Input and Area beside typed text. They never read
// the clipboard of the machine the console runs on: over SSH that is not the
// person's; pasting is the terminal's business.
type EditKeys struct {
	Left, Right, WordLeft, WordRight, Start, End             key.Binding
	DeleteBack, Delete, DeleteWord, DeleteToStart, DeleteEnd key.Binding
}

// DefaultEditKeys returns the usual keys of a line editor.
func DefaultEditKeys() EditKeys {
	bind := func(help, desc string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
	}
	return EditKeys{
		Left:          bind("←", "left", "left", "ctrl+b"),
		Right:         bind("→", "right", "right", "ctrl+f"),
		WordLeft:      bind("alt+b", "word left", "alt+left", "ctrl+left", "alt+b"),
		WordRight:     bind("alt+f", "word right", "alt+right", "ctrl+right", "alt+f"),
		Start:         bind("home", "start of line", "home", "ctrl+a"),
		End:           bind("end", "end of line", "end", "ctrl+e"),
		DeleteBack:    bind("backspace", "delete", "backspace", "ctrl+h"),
		Delete:        bind("del", "delete forward", "delete", "ctrl+d"),
		DeleteWord:    bind("ctrl+w", "delete word", "ctrl+w", "alt+backspace", "ctrl+backspace"),
		DeleteToStart: bind("ctrl+u", "delete to start", "ctrl+u"),
		DeleteEnd:     bind("ctrl+k", "delete to end", "ctrl+k"),
	}
}

// editor is the text of a field and its caret, a byte offset that is always on
// the border of a grapheme cluster.
type editor struct {
	keys   EditKeys
	value  string
	at     int
	lines  bool // line feeds are kept
	masked bool
	notice string // why the last paste was not taken
}

// cell is one cluster of the text as it is drawn. The text of a line feed is
// empty.
type cell struct {
	off     int // in value
	text    string
	width   int
	escaped bool
	feed    bool
}

// set replaces the text and puts the caret at its end.
func (e *editor) set(s string) {
	e.value, e.at, e.notice = s, len(s), ""
}

// borders returns the offsets of all clusters and the end.
func (e *editor) borders() []int {
	at := []int{0}
	for off := 0; off < len(e.value); {
		off += len(clusterAt(e.value[off:]))
		at = append(at, off)
	}
	return at
}

func clusterAt(s string) string {
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		return s[:1]
	}
	c, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	if c == "" {
		_, n := utf8.DecodeRuneInString(s)
		return s[:n]
	}
	return c
}

func (e *editor) before() int {
	prev := 0
	for _, b := range e.borders() {
		if b >= e.at {
			break
		}
		prev = b
	}
	return prev
}

func (e *editor) after() int {
	if e.at >= len(e.value) {
		return e.at
	}
	return e.at + len(clusterAt(e.value[e.at:]))
}

// wordLeft and wordRight go over blanks, then over what is not blank. In a
// masked field they go to the ends: where words break is part of the secret.
func (e *editor) wordLeft() int {
	if e.masked {
		return 0
	}
	s := strings.TrimRight(e.value[:e.at], " \n\t")
	return strings.LastIndexAny(s, " \n\t") + 1
}

func (e *editor) wordRight() int {
	if e.masked {
		return len(e.value)
	}
	rest := e.value[e.at:]
	skip := len(rest) - len(strings.TrimLeft(rest, " \n\t"))
	if n := strings.IndexAny(rest[skip:], " \n\t"); n >= 0 {
		return e.at + skip + n
	}
	return len(e.value)
}

func (e *editor) lineStart() int { return strings.LastIndexByte(e.value[:e.at], '\n') + 1 }

func (e *editor) lineEnd() int {
	if n := strings.IndexByte(e.value[e.at:], '\n'); n >= 0 {
		return e.at + n
	}
	return len(e.value)
}

// cut removes the text between two offsets and puts the caret there.
func (e *editor) cut(from, to int) {
	e.value = e.value[:from] + e.value[to:]
	e.at = from
	e.toBorder()
}

// toBorder moves the caret forward to a border: removing or adding text can
// join what stands around it into one cluster.
func (e *editor) toBorder() {
	for _, b := range e.borders() {
		if b >= e.at {
			e.at = b
			return
		}
	}
}

func (e *editor) insert(s string) {
	e.value = e.value[:e.at] + s + e.value[e.at:]
	e.at += len(s)
	e.toBorder()
}

// paste inserts pasted text. A secret is taken exactly or not at all; other
// text loses its line breaks where only one line is expected.
func (e *editor) paste(s string) {
	e.notice = ""
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	if !e.lines {
		s = strings.TrimRight(s, "\n")
		if e.masked && strings.Contains(s, "\n") {
			e.notice = "the pasted text has several lines, this field takes one"
			return
		}
		s = strings.ReplaceAll(s, "\n", " ")
	}
	if len(e.value)+len(s) > maxTyped {
		e.notice = "the pasted text is too long, nothing was taken"
		return
	}
	e.insert(s)
}

// update edits, and reports whether the message was for an editor.
func (e *editor) update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		e.paste(msg.Content)
		return true
	case tea.KeyPressMsg:
		return e.press(msg)
	}
	return false
}

func (e *editor) press(msg tea.KeyPressMsg) bool {
	k := e.keys
	switch {
	case key.Matches(msg, k.Left):
		e.at = e.before()
	case key.Matches(msg, k.Right):
		e.at = e.after()
	case key.Matches(msg, k.WordLeft):
		e.at = e.wordLeft()
	case key.Matches(msg, k.WordRight):
		e.at = e.wordRight()
	case key.Matches(msg, k.Start):
		e.at = e.lineStart()
	case key.Matches(msg, k.End):
		e.at = e.lineEnd()
	case key.Matches(msg, k.DeleteBack):
		e.cut(e.before(), e.at)
	case key.Matches(msg, k.Delete):
		e.cut(e.at, e.after())
	case key.Matches(msg, k.DeleteWord):
		e.cut(e.wordLeft(), e.at)
	case key.Matches(msg, k.DeleteToStart):
		e.cut(e.lineStart(), e.at)
	case key.Matches(msg, k.DeleteEnd):
		e.cut(e.at, e.lineEnd())
	case msg.Text != "" && len(e.value)+len(msg.Text) <= maxTyped:
		e.insert(msg.Text)
	default:
		return false
	}
	e.notice = ""
	return true
}

// cells returns the text cluster by cluster as it is drawn: foreign characters
// escaped, secrets as one sign each.
func (e *editor) cells(mask string) []cell {
	var cs []cell
	for off := 0; off < len(e.value); {
		raw := clusterAt(e.value[off:])
		c := cell{off: off, text: raw, width: 1}
		switch {
		case e.lines && (raw == "\n" || raw == "\r\n"):
			c.text, c.width, c.feed = "", 0, true
		case e.masked:
			c.text = mask
		case e.lines && raw == "\t":
			c.text, c.width = "    ", 4
		case len(raw) == 1 && raw[0] >= 0x20 && raw[0] < 0x7F:
		default:
			c.text = safetext.Line(raw).String()
			c.width = safetext.Width(c.text)
			c.escaped = strings.HasPrefix(c.text, openEscape)
		}
		cs = append(cs, c)
		off += len(raw)
	}
	return cs
}

// paragraphs returns the text of cells to be wrapped, none where it is empty.
func (e *editor) paragraphs(cs []cell) []Line {
	if len(cs) == 0 {
		return nil
	}
	out := []Line{nil}
	for _, c := range cs {
		if c.feed {
			out = append(out, nil)
			continue
		}
		out[len(out)-1] = append(out[len(out)-1], Span{text: c.text, ink: theme.Text})
	}
	for n, l := range out {
		out[n] = mergeSpans(l)
	}
	return out
}

// length returns the characters of the text, for counts and limits.
func (e *editor) length() int { return utf8.RuneCountInString(e.value) }

// drawCells draws cells on a surface with the caret before the one at offset
// caret; a negative caret draws none. The caret after the last cell takes one
// more cell.
func drawCells(t *theme.Theme, s theme.Surface, cs []cell, caret, end int) string {
	var l Line
	for _, c := range cs {
		ink := theme.Text
		if c.escaped {
			ink = theme.BadStrong
		}
		if c.off == caret {
			ink = theme.Caret
		}
		l = append(l, Span{text: c.text, ink: ink})
	}
	if caret == end {
		l = append(l, Span{text: " ", ink: theme.Caret})
	}
	return mergeSpans(l).drawRaw(t, s)
}

func mergeSpans(l Line) Line {
	var out Line
	for _, s := range l {
		if n := len(out); n > 0 && out[n-1].ink == s.ink {
			out[n-1].text += s.text
			continue
		}
		out = append(out, s)
	}
	return out
}

// drawRaw draws spans whose escapes already have their ink.
func (l Line) drawRaw(t *theme.Theme, s theme.Surface) string {
	var b strings.Builder
	for _, span := range l {
		b.WriteString(t.Paint(s, span.ink, span.text))
	}
	return b.String()
}
