package widget

import (
	"time"

	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// ListKeys are the keys of a List.
type ListKeys struct {
	Up, Down, Top, Bottom, PageUp, PageDown, HalfUp, HalfDown key.Binding
	Mark, MarkAll                                             key.Binding
}

// DefaultListKeys returns the keys of SCREENS, Keys.
func DefaultListKeys() ListKeys {
	return ListKeys{
		Up:       key.NewBinding(key.WithKeys("k", "up"), key.WithHelp("k ↑", "up")),
		Down:     key.NewBinding(key.WithKeys("j", "down"), key.WithHelp("j ↓", "down")),
		Top:      key.NewBinding(key.WithKeys("g", "home"), key.WithHelp("g", "first row")),
		Bottom:   key.NewBinding(key.WithKeys("G", "end"), key.WithHelp("G", "last row")),
		PageUp:   key.NewBinding(key.WithKeys("pgup", "ctrl+b"), key.WithHelp("pgup", "page up")),
		PageDown: key.NewBinding(key.WithKeys("pgdown", "ctrl+f"), key.WithHelp("pgdn", "page down")),
		HalfUp:   key.NewBinding(key.WithKeys("ctrl+u"), key.WithHelp("ctrl+u", "half a page up")),
		HalfDown: key.NewBinding(key.WithKeys("ctrl+d"), key.WithHelp("ctrl+d", "half a page down")),
		Mark:     key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "mark")),
		MarkAll:  key.NewBinding(key.WithKeys("*"), key.WithHelp("*", "mark all shown")),
	}
}

// Bindings returns the keys in the order help shows them.
func (k ListKeys) Bindings() []key.Binding {
	return []key.Binding{k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown, k.Mark, k.MarkAll}
}

// ListOptions say what a List shows.
type ListOptions[R any] struct {
	Columns []Column[R]
	// ID names a row for as long as it lives; cursor and marks follow it.
	ID func(row R) string
	// Version, if set, grows when a row changes: the row is then marked as
	// changed until the cursor has been on it. 0 is that of a row which is not whole
	// yet: what completes it changes nothing.
	Version func(row R) int64
	// More, if set, is asked for the next page when the cursor comes near the
	// end of rows that are not all.
	More func() tea.Cmd
	// Empty is what an empty list says, EmptyAdvice what one can do about it.
	Empty, EmptyAdvice string
	// Unmarkable lists take no marks.
	Unmarkable bool
	// Keys are DefaultListKeys when no key is set.
	Keys ListKeys
}

// List shows rows in columns, with a cursor that stays on its row whatever
// arrives or leaves. The zero value is not usable; make it by NewList.
type List[R any] struct {
	theme *theme.Theme
	opts  ListOptions[R]

	surface       theme.Surface
	width, height int
	focused       bool

	rows   []R
	index  map[string]int // id to place in rows
	cursor int            // place in rows; meaningless when there are none
	top    int            // first row drawn
	stay   string         // id that the cursor was on before Clear
	marked map[string]bool
	news   map[string]rune // id to 'n'ew or 'c'hanged

	more    bool // there are rows after the last
	asked   bool // More was called and has not been answered
	loaded  bool // rows were set since Clear
	failure Line
	advice  Line
	stale   time.Duration
	footer  Line

	widths   []int
	cache    map[rowLook]string
	revision int
}

// rowLook is all that a drawn row depends on beside the row itself.
type rowLook struct {
	id                      string
	selected, focus, marked bool
	news                    rune
}

// NewList returns an empty list that is loading.
func NewList[R any](t *theme.Theme, opts ListOptions[R]) *List[R] {
	if opts.Keys.Up.Keys() == nil {
		opts.Keys = DefaultListKeys()
	}
	return &List[R]{
		theme: t, opts: opts, focused: true,
		index: map[string]int{}, marked: map[string]bool{}, news: map[string]rune{},
		cache: map[rowLook]string{},
	}
}

// Keys returns the list's keys.
func (l *List[R]) Keys() ListKeys { return l.opts.Keys }

// SetSize sets the size in cells, heads and footer included.
func (l *List[R]) SetSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if width == l.width && height == l.height {
		return
	}
	l.width, l.height = width, height
	l.widths = columnWidths(l.opts.Columns, width-rowIndent-rowMargin)
	clear(l.cache)
	l.reveal()
}

// SetFocused tells whether the list has the keys; without them its cursor is
// drawn quieter and Update ignores keys.
func (l *List[R]) SetFocused(focused bool) { l.focused = focused }

// setSurface changes what the list is drawn on.
func (l *List[R]) setSurface(s theme.Surface) {
	if s != l.surface {
		l.surface = s
		clear(l.cache)
	}
}

// Clear forgets rows and marks and shows the loading state: before another view,
// filter or sort is loaded. The cursor goes back to its row if that is among the
// rows that come, else to the first.
func (l *List[R]) Clear() {
	if id := l.SelectedID(); id != "" {
		l.stay = id
	}
	l.setRows(nil, false)
	l.loaded, l.cursor, l.top = false, 0, 0
	clear(l.marked)
	clear(l.news)
}

// Restart is Clear with the cursor on the first of the rows that come.
func (l *List[R]) Restart() {
	l.Clear()
	l.stay = ""
}

// SetEmpty changes what an empty list says.
func (l *List[R]) SetEmpty(message, advice string) {
	l.opts.Empty, l.opts.EmptyAdvice = message, advice
}

// SetColumns changes the columns.
func (l *List[R]) SetColumns(cols []Column[R]) {
	l.opts.Columns = cols
	l.widths = columnWidths(cols, l.width-rowIndent-rowMargin)
	clear(l.cache)
}

// SetError shows why rows could not be loaded and what can be done. Rows that
// are there stay, under the error. SetRows and Clear take it away.
func (l *List[R]) SetError(cause, advice Line) {
	l.failure, l.advice, l.asked = cause, advice, false
	l.reveal()
}

// Failing reports whether the rows could not be loaded the last time.
func (l *List[R]) Failing() bool { return l.failure != nil }

// SetStale says that the rows are older than they look; 0 takes it away.
func (l *List[R]) SetStale(age time.Duration) { l.stale = age }

// SetFooter sets the line under the rows.
func (l *List[R]) SetFooter(footer Line) {
	l.footer = footer
	l.reveal()
}

// Redraw forgets drawn rows, when cells depend on the passing of time.
func (l *List[R]) Redraw() { clear(l.cache) }

// Update moves the cursor and sets marks. It returns what More returned when
// another page is needed.
func (l *List[R]) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if l.focused {
			l.press(msg)
		}
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			l.roll(-wheelStep)
		case tea.MouseWheelDown:
			l.roll(wheelStep)
		}
	case tea.MouseClickMsg:
		if at := l.top + msg.Y - l.firstLine(); msg.Y >= l.firstLine() && msg.Y < l.firstLine()+l.visible() && at < len(l.rows) {
			l.moveTo(at)
		}
	}
	return l.askMore()
}

// wheelStep is how many rows one notch of the wheel moves.
const wheelStep = 3

func (l *List[R]) press(msg tea.KeyPressMsg) {
	page, k := max(l.visible(), 1), l.opts.Keys
	switch {
	case key.Matches(msg, k.Down):
		l.moveTo(l.cursor + 1)
	case key.Matches(msg, k.Up):
		l.moveTo(l.cursor - 1)
	case key.Matches(msg, k.Top):
		l.moveTo(0)
	case key.Matches(msg, k.Bottom):
		l.moveTo(len(l.rows) - 1)
	case key.Matches(msg, k.PageDown):
		l.top += page
		l.moveTo(l.cursor + page)
	case key.Matches(msg, k.PageUp):
		l.top -= page
		l.moveTo(l.cursor - page)
	case key.Matches(msg, k.HalfDown):
		l.moveTo(l.cursor + max(page/2, 1))
	case key.Matches(msg, k.HalfUp):
		l.moveTo(l.cursor - max(page/2, 1))
	case l.opts.Unmarkable || len(l.rows) == 0:
	case key.Matches(msg, k.Mark):
		id := l.SelectedID()
		setMark(l.marked, id, !l.marked[id])
		l.moveTo(l.cursor + 1)
	case key.Matches(msg, k.MarkAll):
		all := len(l.marked) == len(l.rows)
		for id := range l.index {
			setMark(l.marked, id, !all)
		}
	}
}

func setMark(marks map[string]bool, id string, on bool) {
	if on {
		marks[id] = true
		return
	}
	delete(marks, id)
}

// moveTo puts the cursor on a place. Where it leaves the window, a third of a
// window more is scrolled: beside a detail a terminal cannot move the rows, so
// that each scroll draws all of them anew, and row by row that would be at every
// key. Where the list is alone it can, if most of them stay.
func (l *List[R]) moveTo(at int) {
	l.visit(at)
	ahead := l.visible() / 3
	switch {
	case l.cursor < l.top:
		l.top = l.cursor - ahead
	case l.cursor >= l.top+l.visible():
		l.top = l.cursor - l.visible() + 1 + ahead
	}
	l.reveal()
}

// roll moves the cursor as the wheel does: there rows come one by one.
func (l *List[R]) roll(rows int) {
	l.visit(l.cursor + rows)
	l.reveal()
}

// visit puts the cursor on the row nearest to a place and takes the news mark
// from the row it leaves and the one it reaches.
func (l *List[R]) visit(at int) {
	delete(l.news, l.SelectedID())
	l.cursor = max(min(at, len(l.rows)-1), 0)
	delete(l.news, l.SelectedID())
}

// reveal scrolls as little as needed to show the cursor in a window that is full.
func (l *List[R]) reveal() {
	n := max(l.visible(), 1)
	l.top = min(l.top, l.cursor)
	l.top = max(l.top, l.cursor-n+1)
	l.top = min(l.top, max(len(l.rows)-n, 0))
	l.top = max(l.top, 0)
}

func (l *List[R]) askMore() tea.Cmd {
	if l.opts.More == nil || !l.more || l.asked || l.cursor+l.visible() < len(l.rows) {
		return nil
	}
	l.asked = true
	return l.opts.More()
}
