package logs

import (
	"context"
	"errors"
	"time"

	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// sheet is a page of a few rows with all about the chosen one beside them: the
// support page and the privacy page. It implements page.
type sheet struct {
	env  *tab.Env
	name string
	// ask reads the rows and what stands under them. It may take its time: what is
	// on the screen stays until then.
	ask func(ctx context.Context) ([]leaf, widget.Line, error)

	list    *widget.List[leaf]
	detail  *widget.Detail
	refresh key.Binding
	open    key.Binding
	back    key.Binding
	other   key.Binding

	width, height int
	parts         widget.Split
	onDetail      bool
	gen           int
	reading       bool
	read          time.Time // when the rows were read
}

// leaf is a row of a sheet.
type leaf struct {
	id      string
	cells   []widget.Line
	content widget.DetailContent
}

// leaves answers what a sheet asks.
type leaves struct {
	sheet *sheet
	gen   int
	rows  []leaf
	foot  widget.Line
	err   error
}

// goodFor is how long a sheet stays as it is although something has changed: to
// make one costs more than a list.
const goodFor = time.Minute

// sheetPatience is how long the making of a sheet may take: it may read a whole
// audit.
const sheetPatience = time.Minute

func newSheet(env *tab.Env, name string, columns []widget.Column[leaf], ask func(ctx context.Context) ([]leaf, widget.Line, error)) *sheet {
	return &sheet{env: env, name: name, ask: ask, detail: widget.NewDetail(env.Theme),
		list:    widget.NewList(env.Theme, widget.ListOptions[leaf]{Columns: columns, ID: func(l leaf) string { return l.id }, Unmarkable: true}),
		refresh: key.NewBinding(key.WithKeys("R"), key.WithHelp("R", "look again")),
		open:    key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "open")),
		back:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
		other:   key.NewBinding(key.WithKeys("tab", "shift+tab"), key.WithHelp("tab", "detail")),
	}
}

// cell is a column that shows one of the cells of a row.
func cell(n int) func(leaf) widget.Line { return func(l leaf) widget.Line { return l.cells[n] } }

func (s *sheet) title() string   { return s.name }
func (s *sheet) capturing() bool { return false }
func (s *sheet) unsaved() string { return "" }

// load reads the rows, unless they are new enough or being read.
func (s *sheet) load() tea.Cmd {
	if s.reading || !s.read.IsZero() && s.env.Now().Sub(s.read) < goodFor {
		return nil
	}
	return s.reload()
}

func (s *sheet) reload() tea.Cmd {
	s.gen++
	s.reading = true
	gen := s.gen
	return s.env.DoFor(sheetPatience, func(ctx context.Context) tea.Msg {
		rows, foot, err := s.ask(ctx)
		return leaves{s, gen, rows, foot, err}
	})
}

func (s *sheet) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case leaves:
		if msg.sheet == s && msg.gen == s.gen {
			s.take(msg)
		}
	case tea.KeyPressMsg:
		return s.press(msg)
	case tea.MouseMsg:
		s.mouse(msg)
	}
	return nil
}

func (s *sheet) take(msg leaves) {
	s.reading = false
	switch {
	case errors.Is(msg.err, context.Canceled):
		return
	case msg.err != nil:
		s.list.SetError(complaint(msg.err))
	default:
		s.read = s.env.Now()
		s.list.SetRows(msg.rows, false)
		s.list.SetFooter(msg.foot)
	}
	s.show()
}

func (s *sheet) press(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, s.refresh):
		return s.reload()
	case s.onDetail && key.Matches(msg, s.back, s.other):
		s.onDetail = false
		s.layOut()
	case s.onDetail:
		return s.detail.Update(msg)
	case s.list.Len() > 0 && (key.Matches(msg, s.open) || s.parts.Both && key.Matches(msg, s.other)):
		s.onDetail = true
		s.layOut()
	default:
		cmd := s.list.Update(msg)
		s.show()
		return cmd
	}
	return nil
}

func (s *sheet) mouse(msg tea.MouseMsg) {
	if local, hit := s.parts.List.Mouse(msg); hit && (!s.onDetail || s.parts.Both) {
		s.onDetail = false
		s.layOut()
		s.list.Update(local)
		s.show()
		return
	}
	if local, hit := s.parts.Detail.Mouse(msg); hit {
		s.detail.Update(local)
	}
}

// show draws the row under the cursor into the detail.
func (s *sheet) show() {
	if l, ok := s.list.Selected(); ok {
		s.detail.SetContent(s.name+" "+l.id, l.content)
		return
	}
	s.detail.SetEmpty("")
	s.onDetail = false
}

func (s *sheet) keys() []key.Binding {
	if s.onDetail {
		return append([]key.Binding{s.back, s.refresh}, s.detail.Keys().Bindings()...)
	}
	own := []key.Binding{s.refresh}
	if s.list.Len() == 0 {
		return own
	}
	own = append([]key.Binding{s.open}, own...)
	if s.parts.Both {
		own = append(own, s.other)
	}
	k := s.list.Keys()
	return append(own, k.Up, k.Down, k.Top, k.Bottom, k.PageUp, k.PageDown, k.HalfUp, k.HalfDown)
}

func (s *sheet) setSize(width, height int) {
	s.width, s.height = width, height
	s.layOut()
}

func (s *sheet) layOut() {
	s.parts = widget.NewSplit(widget.Rect{W: s.width, H: s.height}, tab.ListPercent)
	s.list.SetSize(s.parts.List.W, s.parts.List.H)
	s.list.SetFocused(!s.onDetail)
	s.detail.SetSize(s.parts.Detail.W, s.parts.Detail.H)
}

// split tells where the wall between rows and detail stands.
func (s *sheet) split() widget.Split { return s.parts }

func (s *sheet) view() string {
	switch {
	case s.parts.Both:
		return s.parts.ToDetail(s.onDetail).Join(s.env.Theme, s.list.View(), s.detail.View(), s.detail.Rules())
	case s.onDetail:
		return s.detail.View()
	}
	return s.list.View()
}

// prose is a fact of words of ours, or of several lines of them.
func prose(label string, ink theme.Ink, lines ...string) widget.Fact {
	f := widget.Fact{Label: label}
	for _, l := range lines {
		f.Value = append(f.Value, foreign(ink, l))
	}
	return f
}
