package widget

import (
	"fmt"
	"strings"
	"time"

	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Rest is how long the cursor must rest on a result before its details are
// asked for: moving over a row fetches nothing (DESIGN 5).
const Rest = 300 * time.Millisecond

// Pick is one result of a search.
type Pick struct {
	ID    string
	Cells []Line // one for each column of the picker
	// Name is what the field shows once the pick is chosen.
	Name Line
}

// PickColumn is one column of the results.
type PickColumn struct {
	Title             string
	Width, Flex, Drop int
}

// PickerOptions describe a Picker.
type PickerOptions struct {
	Columns     []PickColumn
	Rows        int // results shown at once; 6 if not set
	Placeholder string
	// Chooses says what enter does to the result under the cursor; "enter chooses"
	// if not set.
	Chooses string
	// Search starts a search; its answer comes back by Results or Fail with
	// the same generation.
	Search func(query string, gen int) tea.Cmd
	// Look, if set, asks for the details of the result on which the cursor
	// rests; its answer comes back by Info.
	Look func(id string) tea.Cmd
}

// PickerKeys are the keys of a Picker beside text.
type PickerKeys struct{ Up, Down, Choose, Change key.Binding }

// DefaultPickerKeys returns the usual ones.
func DefaultPickerKeys() PickerKeys {
	return PickerKeys{
		Up:     key.NewBinding(key.WithKeys("up", "ctrl+p"), key.WithHelp("↑", "result before")),
		Down:   key.NewBinding(key.WithKeys("down", "ctrl+n"), key.WithHelp("↓", "next result")),
		Choose: key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "choose")),
		Change: key.NewBinding(key.WithKeys("backspace", "delete"), key.WithHelp("backspace", "choose another")),
	}
}

// Picker is a field that finds one thing as its name is typed.
type Picker struct {
	theme  *theme.Theme
	opts   PickerOptions
	keys   PickerKeys
	input  *Input
	list   *List[Pick]
	chosen *Pick

	width   int
	focused bool
	gen     int // of the search that is awaited or shown
	waiting bool
	hidden  int // results that were not sent
	age     time.Duration
	info    []Line
	infoFor string
}

// pickerTyped and pickerRested end the waits of one Picker.
type (
	pickerTyped struct {
		picker *Picker
		gen    int
	}
	pickerRested struct {
		picker *Picker
		id     string
	}
)

// NewPicker returns an empty field.
func NewPicker(t *theme.Theme, opts PickerOptions) *Picker {
	if opts.Rows <= 0 {
		opts.Rows = 6
	}
	if opts.Chooses == "" {
		opts.Chooses = "enter chooses"
	}
	p := &Picker{theme: t, opts: opts, keys: DefaultPickerKeys()}
	p.input = NewInput(t, InputOptions{Placeholder: opts.Placeholder})
	cols := make([]Column[Pick], len(opts.Columns))
	for n, c := range opts.Columns {
		cols[n] = Column[Pick]{Title: c.Title, Width: c.Width, Flex: c.Flex, Drop: c.Drop, Cell: func(p Pick) Line {
			if n >= len(p.Cells) {
				return nil
			}
			return p.Cells[n]
		}}
	}
	p.list = NewList(t, ListOptions[Pick]{
		Columns: cols, ID: func(p Pick) string { return p.ID }, Unmarkable: true,
		Empty: "Nothing is called like that.", EmptyAdvice: "Fewer letters find more; a UID finds exactly one.",
	})
	return p
}

// Keys returns the keys of the field beside text.
func (p *Picker) Keys() PickerKeys { return p.keys }

// Value returns the id of what is chosen, or "".
func (p *Picker) Value() string {
	if p.chosen == nil {
		return ""
	}
	return p.chosen.ID
}

// Chosen returns what is chosen, false while nothing is.
func (p *Picker) Chosen() (Pick, bool) {
	if p.chosen == nil {
		return Pick{}, false
	}
	return *p.chosen, true
}

// Query returns what was typed.
func (p *Picker) Query() string { return p.input.Value() }

// Highlighted returns the id of the result under the cursor, or "".
func (p *Picker) Highlighted() string {
	if p.chosen != nil || !p.list.Loaded() {
		return ""
	}
	return p.list.SelectedID()
}

// Choose chooses a pick from outside: one that was just created.
func (p *Picker) Choose(pick Pick) { p.chosen, p.info = &pick, nil }

// Reopen goes back from what is chosen to the results.
func (p *Picker) Reopen() tea.Cmd {
	p.chosen = nil
	return p.rest()
}

// SetRows sets how many results are shown at once.
func (p *Picker) SetRows(rows int) { p.opts.Rows = max(rows, 1) }

// Clear forgets choice, query and results.
func (p *Picker) Clear() {
	p.chosen, p.info, p.waiting = nil, nil, false
	p.gen++
	p.input.SetValue("")
	p.list.Clear()
}

// Results shows the answer to the search of a generation; answers to older
// searches are dropped. hidden is how many more were found, age how old the
// index is. The command it returns waits for the cursor to rest.
func (p *Picker) Results(gen int, picks []Pick, hidden int, age time.Duration) tea.Cmd {
	if gen != p.gen {
		return nil
	}
	p.waiting, p.hidden, p.age = false, hidden, age
	p.list.Clear()
	p.list.SetRows(picks, false)
	return p.rest()
}

// Fail shows why the search of a generation has no answer, such as that no
// worker can be reached, and what to do about it.
func (p *Picker) Fail(gen int, cause, advice Line) {
	if gen != p.gen {
		return
	}
	p.waiting = false
	p.list.Clear()
	p.list.SetError(cause, advice)
}

// Info shows the details of a result while the cursor is still on it.
func (p *Picker) Info(id string, lines []Line) {
	if id == p.Highlighted() || p.chosen != nil && id == p.chosen.ID {
		p.info, p.infoFor = lines, id
	}
}

// SetWidth implements Field.
func (p *Picker) SetWidth(width int) {
	p.width = max(width, 0)
	p.input.SetWidth(p.width)
	p.list.SetSize(p.width, p.opts.Rows+1)
}

// SetFocused implements Field.
func (p *Picker) SetFocused(focused bool) {
	p.focused = focused
	p.input.SetFocused(focused)
}

// Writes implements Field.
func (p *Picker) Writes() bool { return p.chosen == nil }

// Notice implements Field.
func (p *Picker) Notice() string { return p.input.Notice() }

// Holds implements Field.
func (p *Picker) Holds() ([]Line, bool) {
	if p.chosen == nil {
		return p.input.Holds()
	}
	return []Line{p.chosen.Name}, p.chosen.Name.Width()+2 <= p.width
}

// Update implements Field.
func (p *Picker) Update(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case pickerTyped:
		if msg.picker == p && msg.gen == p.gen {
			return p.search(), false
		}
		return nil, false
	case pickerRested:
		if msg.picker == p && msg.id == p.Highlighted() && p.infoFor != msg.id && p.opts.Look != nil {
			return p.opts.Look(msg.id), false
		}
		return nil, false
	}
	if p.chosen != nil {
		if matches(msg, p.keys.Change) {
			p.chosen, p.info = nil, nil
			return p.rest(), true
		}
		return nil, false
	}
	switch {
	case matches(msg, p.keys.Choose):
		return nil, p.choose()
	case matches(msg, p.keys.Down) && p.list.Len() > 0:
		p.list.moveTo(p.list.cursor + 1)
		return p.rest(), true
	case matches(msg, p.keys.Up) && p.list.Len() > 0 && p.list.cursor > 0:
		p.list.moveTo(p.list.cursor - 1)
		return p.rest(), true
	}
	before := p.input.Value()
	_, used := p.input.Update(msg)
	if p.input.Value() == before {
		return nil, used
	}
	return p.typed(), used
}

// typed starts the wait after a key; answers to what was asked before it are
// stale from now on.
func (p *Picker) typed() tea.Cmd {
	p.gen++
	p.info, p.infoFor = nil, ""
	p.waiting = strings.TrimSpace(p.input.Value()) != ""
	if !p.waiting {
		p.list.Clear()
		return nil
	}
	over := pickerTyped{p, p.gen}
	return tea.Tick(Debounce, func(time.Time) tea.Msg { return over })
}

func (p *Picker) search() tea.Cmd {
	query := strings.TrimSpace(p.input.Value())
	if p.opts.Search == nil || query == "" {
		return nil
	}
	return p.opts.Search(query, p.gen)
}

// Refresh asks again for what is typed, when the index has changed.
func (p *Picker) Refresh() tea.Cmd {
	if p.chosen != nil || strings.TrimSpace(p.input.Value()) == "" {
		return nil
	}
	p.gen++
	p.waiting = true
	return p.search()
}

func (p *Picker) rest() tea.Cmd {
	if p.opts.Look == nil || p.Highlighted() == "" {
		return nil
	}
	over := pickerRested{p, p.Highlighted()}
	return tea.Tick(Rest, func(time.Time) tea.Msg { return over })
}

// choose takes the result under the cursor. While an answer is awaited there is
// none that can be meant, and the key must not leave the field either.
func (p *Picker) choose() bool {
	pick, ok := p.list.Selected()
	if ok && !p.waiting {
		p.chosen = &pick
		return true
	}
	return strings.TrimSpace(p.input.Value()) != ""
}

// View implements Field: the choice in one line, or what is typed with the
// results under it.
func (p *Picker) View(s theme.Surface) []string {
	if p.chosen != nil {
		return p.viewChosen(s)
	}
	lines := p.input.View(s)
	typed := strings.TrimSpace(p.input.Value()) != ""
	if !p.focused || !typed && p.list.failure == nil {
		return lines
	}
	if p.waiting && !p.list.Loaded() {
		return append(lines, Words(theme.Note, "  searching…").Cut(p.width).Draw(p.theme, s))
	}
	p.list.setSurface(s)
	height := min(p.opts.Rows, p.list.Len()) + 1
	if p.list.Len() == 0 {
		height = 4
	}
	p.list.SetSize(p.width, height)
	for l := range strings.SplitSeq(p.list.View(), "\n") {
		lines = append(lines, clip(l, p.width))
	}
	if p.list.Len() == 0 {
		return lines
	}
	lines = append(lines, p.foot().Cut(p.width).Draw(p.theme, s))
	return append(lines, p.viewInfo(s)...)
}

func (p *Picker) viewChosen(s theme.Surface) []string {
	l := join(Words(theme.OK, "✓ "), p.chosen.Name)
	if p.focused {
		l = append(l, Say(theme.Faint, "   backspace to choose another"))
	}
	return append([]string{l.Cut(p.width).Draw(p.theme, s)}, p.viewInfo(s)...)
}

func (p *Picker) viewInfo(s theme.Surface) []string {
	var lines []string
	if id := p.Value(); p.infoFor == "" || id != p.infoFor && p.Highlighted() != p.infoFor {
		return nil
	}
	for _, l := range p.info {
		for _, w := range l.Wrap(max(p.width-rowIndent, 1)) {
			lines = append(lines, clip(blanks(p.theme, s, rowIndent)+w.Draw(p.theme, s), p.width))
		}
	}
	return lines
}

// foot says how much was found and how old the index is.
func (p *Picker) foot() Line {
	found := p.list.Len()
	words := fmt.Sprintf("  %d found", found+p.hidden)
	if p.hidden > 0 {
		words = fmt.Sprintf("  %d of %d found, type on", found, found+p.hidden)
	}
	if p.age >= time.Minute {
		words += " · list " + Age(p.age) + " old"
	}
	if p.waiting {
		words += " · searching…"
	}
	return Words(theme.Note, words+" · "+p.opts.Chooses)
}
