package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// ErrLeft says that the form was left before its end.
var ErrLeft = errors.New("set-up was left before its end; nothing more is changed")

// keys are those of the form beside the fields' own.
type keys struct{ On, Again, Anyway, Change, Back, Quit, Up, Down key.Binding }

func newKeys() keys {
	return keys{
		On:     key.NewBinding(key.WithKeys("enter", "ctrl+s"), key.WithHelp("enter", "go on")),
		Again:  key.NewBinding(key.WithKeys("r", "R"), key.WithHelp("R", "look again")),
		Anyway: key.NewBinding(key.WithKeys("c"), key.WithHelp("c", "go on all the same")),
		Change: key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "change the answers")),
		Back:   key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "page before")),
		Quit:   key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "leave")),
		Up:     key.NewBinding(key.WithKeys("k", "up", "pgup"), key.WithHelp("k", "up")),
		Down:   key.NewBinding(key.WithKeys("j", "down", "pgdown"), key.WithHelp("j", "down")),
	}
}

// Model is the form as a Bubble Tea program.
type Model struct {
	ctx           context.Context
	theme         *theme.Theme
	script        Script
	keys          keys
	width, height int

	page   int
	form   *widget.Form
	inputs map[string]*widget.Input
	chips  map[string]*widget.Chips

	looking bool
	stop    context.CancelFunc // of the look under way
	look    int                // counts looks, so that a late answer is dropped
	result  *Result            // of the page, nil while it is asked
	top     int                // first line that is shown of what is longer than the screen
	left    bool
}

// looked ends a look.
type looked struct {
	look   int
	result Result
}

// New returns the form on its first page.
func New(ctx context.Context, t *theme.Theme, script Script) *Model {
	m := &Model{ctx: ctx, theme: t, script: script, keys: newKeys(), stop: func() {}}
	m.open(0)
	return m
}

// Run shows the form until it is done or left, which is ErrLeft.
func Run(ctx context.Context, t *theme.Theme, script Script, opts ...tea.ProgramOption) error {
	end, err := tea.NewProgram(New(ctx, t, script), opts...).Run()
	if err != nil {
		return fmt.Errorf("show the form: %w", err)
	}
	if m, ok := end.(*Model); ok && m.left {
		return ErrLeft
	}
	return nil
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd { return tea.RequestBackgroundColor }

// open makes the fields of a page, with the answers that stand.
func (m *Model) open(n int) {
	m.page, m.result, m.top = n, nil, 0
	m.inputs, m.chips = map[string]*widget.Input{}, map[string]*widget.Chips{}
	var items []widget.FormItem
	for _, q := range m.now().Questions {
		var field widget.Field
		if q.Choices != nil {
			choices := make([]widget.Choice, len(q.Choices))
			for i, c := range q.Choices {
				choices[i] = widget.Choice{ID: c.ID, Label: c.Label}
			}
			chips := widget.NewChips(m.theme, choices, m.script.Values[q.Key])
			m.chips[q.Key], field = chips, chips
		} else {
			in := widget.NewInput(m.theme, widget.InputOptions{Masked: q.Secret})
			in.SetValue(m.script.Values[q.Key])
			m.inputs[q.Key], field = in, in
		}
		items = append(items, widget.FormItem{Label: q.Label, Field: field, Hint: widget.Hint(q.Hint),
			Check:  func() string { m.take(); return q.Wrong(m.script.Values) },
			Hidden: func() bool { return !q.Asked(m.script.Values) }})
	}
	m.form = widget.NewForm(m.theme, items)
	m.size()
}

func (m *Model) now() Page { return m.script.Pages[m.page] }

// take puts what the fields hold among the answers.
func (m *Model) take() {
	for key, in := range m.inputs {
		m.script.Values[key] = strings.TrimSpace(in.Value())
	}
	for key, c := range m.chips {
		m.script.Values[key] = c.Value()
	}
}

// set takes answers that follow from what was found.
func (m *Model) set(v Values) {
	maps.Copy(m.script.Values, v)
	for key, value := range v {
		if in := m.inputs[key]; in != nil {
			in.SetValue(value)
		}
		if c := m.chips[key]; c != nil {
			c.Take(value)
		}
	}
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.size()
		return m, nil
	case tea.BackgroundColorMsg:
		look := m.theme.Options()
		look.Dark = msg.IsDark()
		m.theme.Reset(look)
		return m, nil
	case tea.ColorProfileMsg:
		look := m.theme.Options()
		look.Profile = msg.Profile
		m.theme.Reset(look)
		return m, nil
	case looked:
		if msg.look == m.look && m.looking {
			m.looking, m.result, m.top = false, &msg.result, 0
			m.set(msg.result.Set)
		}
		return m, nil
	case tea.KeyPressMsg:
		if key.Matches(msg, m.keys.Quit) {
			m.stop()
			m.left = m.result == nil || !m.result.Done
			return m, tea.Quit
		}
	}
	switch {
	case m.looking:
		return m, m.wait(msg)
	case m.result != nil:
		return m, m.read(msg)
	}
	return m, m.ask(msg)
}

// wait takes the keys while something is looked at: it can be left.
func (m *Model) wait(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok && key.Matches(k, m.keys.Change) {
		m.stop()
		m.looking = false
	}
	return nil
}

// read takes the keys while findings are shown.
func (m *Model) read(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	switch {
	case !ok:
	case key.Matches(k, m.keys.Up):
		m.top--
	case key.Matches(k, m.keys.Down):
		m.top++
	case m.result.Done && key.Matches(k, m.keys.On):
		return tea.Quit
	case m.result.Done:
	case key.Matches(k, m.keys.Again):
		return m.startLook()
	case key.Matches(k, m.keys.Change):
		m.result = nil
		m.size()
	case m.result.Stop:
	case !m.result.Bad() && key.Matches(k, m.keys.On), m.result.Bad() && key.Matches(k, m.keys.Anyway):
		m.next()
	}
	return nil
}

// ask gives a message to the fields.
func (m *Model) ask(msg tea.Msg) tea.Cmd {
	k, isKey := msg.(tea.KeyPressMsg)
	switch {
	case isKey && key.Matches(k, m.keys.Back):
		m.take()
		if m.page > 0 {
			m.open(m.page - 1)
		}
		return nil
	case isKey && k.String() == "ctrl+s":
		return m.submit()
	case isKey && !m.form.Focused() && (key.Matches(k, m.keys.Up) || key.Matches(k, m.keys.Down)):
		if key.Matches(k, m.keys.Up) {
			m.top--
		} else {
			m.top++
		}
		return nil
	}
	cmd, used := m.form.Update(msg)
	m.take()
	m.size() // what was answered may show or hide a field
	if isKey && !used && k.String() == "enter" {
		return m.submit()
	}
	return cmd
}

// submit checks the page and goes on, or has something looked at.
func (m *Model) submit() tea.Cmd {
	m.take()
	if !m.form.Validate() {
		return nil
	}
	if m.now().Look == nil {
		m.next()
		return nil
	}
	return m.startLook()
}

func (m *Model) startLook() tea.Cmd {
	m.look++
	m.looking, m.result = true, nil
	ctx, stop := context.WithCancel(m.ctx)
	m.stop = stop
	n, look, values := m.look, m.now().Look, maps.Clone(m.script.Values) // a look that was left may still read them
	return func() tea.Msg {
		defer stop()
		return looked{look: n, result: look(ctx, values)}
	}
}

func (m *Model) next() {
	if m.page+1 < len(m.script.Pages) {
		m.open(m.page + 1)
	}
}

// size fits the form into what the head and the text leave.
func (m *Model) size() {
	if m.form == nil || m.width == 0 {
		return
	}
	m.form.SetSize(m.width-2*margin, max(m.height-head-foot-len(m.text())-1, 1))
}

// text is the page's explanation, drawn.
func (m *Model) text() []string {
	if m.now().Text == nil {
		return nil
	}
	return m.paragraphs(m.now().Text(m.script.Values))
}

func (m *Model) paragraphs(all []string) []string {
	var lines []string
	for i, p := range all {
		if code, ok := strings.CutPrefix(p, "\t"); ok {
			lines = append(lines, m.copied(code)...)
			if i+1 == len(all) || !strings.HasPrefix(all[i+1], "\t") {
				lines = append(lines, "")
			}
			continue
		}
		for _, l := range widget.Foreign(theme.Text, safetext.Line(p)).Wrap(m.room()) {
			lines = append(lines, l.Draw(m.theme, theme.Page))
		}
		lines = append(lines, "")
	}
	return lines
}

// copied draws a text that is to be copied, cut into lines at its width: what a
// terminal selects is put together again by whoever pastes it.
func (m *Model) copied(code string) []string {
	var lines []string
	for _, l := range widget.Foreign(theme.Accent, safetext.Line(code)).Wrap(m.room() - 2) {
		lines = append(lines, "  "+l.Draw(m.theme, theme.Page))
	}
	return lines
}

// room is how wide text is.
func (m *Model) room() int { return max(min(m.width-2*margin, 100), 10) }

// inkOf is how the sign of a finding is drawn.
func inkOf(s workflow.CheckState) (ink theme.Ink, sign string) {
	switch s {
	case workflow.CheckOK:
		return theme.OK, "✓ "
	case workflow.CheckWarn:
		return theme.Warn, "! "
	}
	return theme.BadStrong, "✗ "
}

// findings draws what was found; of what is as it should be, what comes in numbers
// takes one line.
func (m *Model) findings(r Result) []string {
	var lines []string
	for _, c := range workflow.FoldPermits(r.Checks) {
		ink, sign := inkOf(c.State)
		lines = append(lines, m.hung(widget.Say(ink, sign), theme.Text, c.Text)...)
		if c.Remedy != "" {
			lines = append(lines, m.hung(widget.Say(theme.Faint, "  → "), theme.Heading, c.Remedy)...)
		}
	}
	if len(lines) > 0 && len(r.Notes) > 0 {
		lines = append(lines, "")
	}
	return append(lines, m.paragraphs(r.Notes)...)
}

// hung draws a text behind a sign, its further lines below its first.
func (m *Model) hung(sign widget.Span, ink theme.Ink, text string) []string {
	indent := (widget.Line{sign}).Width()
	var lines []string
	for i, l := range widget.Foreign(ink, safetext.Line(text)).Wrap(m.room() - indent) {
		lead := strings.Repeat(" ", indent)
		if i == 0 {
			lead = (widget.Line{sign}).Draw(m.theme, theme.Page)
		}
		lines = append(lines, lead+l.Draw(m.theme, theme.Page))
	}
	return lines
}
