package ui

import (
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// shut stands in the place of the tabs for somebody to whom none is open. It
// implements tab.Tab.
type shut struct {
	detail *widget.Detail
	height int
}

func newShut(env *tab.Env) *shut {
	s := &shut{detail: widget.NewDetail(env.Theme)}
	me := env.Me
	who := widget.Line{widget.Show(theme.Strong, safetext.Line(me.Login))}
	if me.Name != "" && me.Name != me.Login {
		who = append(who, widget.Say(theme.Text, ", "), widget.Show(theme.Text, safetext.Line(me.Name)))
	}
	s.detail.SetContent("shut", widget.DetailContent{
		Title: widget.Words(theme.Strong, "No tab is open to your roles"),
		Sections: []widget.Section{{Facts: []widget.Fact{
			{Label: "You are", Value: []widget.Line{who}},
			{Label: "Roles", Value: []widget.Line{rolesLine(me)}},
			{Label: "Whom to ask", Value: []widget.Line{
				widget.Words(theme.Text, "Somebody with the role admin. They add roles to the people file and run: countersign people apply FILE")}},
			{Label: "Then", Value: []widget.Line{widget.Words(theme.Text, "Start countersign again. q quits.")}},
		}}},
	})
	return s
}

func rolesLine(me model.Actor) widget.Line {
	switch {
	case !me.Active:
		return widget.Words(theme.Warn, "none while you are disabled")
	case len(me.Roles) == 0:
		return widget.Words(theme.Faint, "none")
	}
	names := make([]string, len(me.Roles))
	for i, r := range me.Roles {
		names[i] = string(r)
	}
	return widget.Foreign(theme.Text, safetext.Line(strings.Join(names, ", ")))
}

func (s *shut) SetSize(width, height int) {
	s.height = max(height, 0)
	s.detail.SetSize(width, max(height-1, 0))
}

func (s *shut) View() string {
	if s.height <= 1 {
		return ""
	}
	return "\n" + s.detail.View()
}

func (s *shut) Update(msg tea.Msg) tea.Cmd { return s.detail.Update(msg) }
func (s *shut) Focus() tea.Cmd             { return nil }
func (s *shut) Views() ([]tab.View, int)   { return nil, 0 }
func (s *shut) SetView(int) tea.Cmd        { return nil }
func (s *shut) FilterText() string         { return "" }
func (s *shut) SortText() string           { return "" }
func (s *shut) Keys() []key.Binding        { return nil }
func (s *shut) Capturing() bool            { return false }
func (s *shut) Unsaved() string            { return "" }
func (s *shut) Open(model.Number) tea.Cmd  { return nil }
