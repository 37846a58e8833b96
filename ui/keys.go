package ui

import (
	"strings"

	"countersign/ui/people"
	"countersign/ui/tab"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// keys are the keys of the frame (SCREENS, Keys).
type keys struct {
	Tab, Before, Next, Palette, Help, Refresh, Log, Told, Person, Quit, Leave, Suspend key.Binding
}

func newKeys(opts Options) keys {
	k := keys{
		Tab:     key.NewBinding(key.WithKeys("1", "2", "3", "4", "5"), key.WithHelp("1…5", "tab")),
		Before:  key.NewBinding(key.WithKeys("["), key.WithHelp("[", "view before")),
		Next:    key.NewBinding(key.WithKeys("]"), key.WithHelp("]", "next view")),
		Palette: key.NewBinding(key.WithKeys(":"), key.WithHelp(":", "commands")),
		Help:    key.NewBinding(key.WithKeys("?"), key.WithHelp("?", "help")),
		Refresh: key.NewBinding(key.WithKeys("R"), key.WithHelp("R", "refresh")),
		Log:     key.NewBinding(key.WithKeys("l"), key.WithHelp("l", "log lines of what happened")),
		Told:    key.NewBinding(key.WithKeys("N"), key.WithHelp("N", "what you were told")),
		Person:  key.NewBinding(key.WithKeys("P"), key.WithHelp("P", "be somebody else")),
		Quit:    key.NewBinding(key.WithKeys("q"), key.WithHelp("q", "quit")),
		Leave:   key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "quit from anywhere")),
		Suspend: key.NewBinding(key.WithKeys("ctrl+z"), key.WithHelp("ctrl+z", "into the background")),
	}
	k.Told.SetEnabled(opts.People != nil)
	k.Person.SetEnabled(opts.Demo && len(opts.Personas) > 0)
	k.Suspend.SetEnabled(opts.Suspend)
	return k
}

// bindings are the keys of the frame in the order help shows them.
func (k keys) bindings() []key.Binding {
	return []key.Binding{k.Tab, k.Before, k.Next, k.Palette, k.Help, k.Refresh, k.Log, k.Told, k.Person, k.Quit, k.Leave, k.Suspend}
}

// isMove reports whether a key moves in lists and details. These are the same on
// every screen, so the key line leaves them to the help.
func isMove(name string) bool {
	switch name {
	case "k", "j", "g", "G", "J", "K", "up", "down", "home", "end", "pgup", "pgdown", "ctrl+u", "ctrl+d":
		return true
	}
	return false
}

// tabKeys are the enabled keys of the tab in front: what they do, and how one
// moves.
func (a *App) tabKeys() (actions, movement []key.Binding) {
	for _, b := range a.session.tab().Keys() {
		switch {
		case !b.Enabled() || len(b.Keys()) == 0:
		case isMove(b.Keys()[0]):
			movement = append(movement, b)
		default:
			actions = append(actions, b)
		}
	}
	return actions, movement
}

// press handles a key: the overlay on top first, then a field that captures
// keys, then the frame, then the tab in front.
func (a *App) press(k tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(k, a.keys.Leave):
		return a.quit()
	case key.Matches(k, a.keys.Suspend):
		return stop()
	case a.frame.TooSmall:
		// What cannot be seen cannot be worked with.
		if key.Matches(k, a.keys.Quit) && !a.session.tab().Capturing() {
			return a.quit()
		}
		return nil
	case !a.overlays.Empty():
		return a.overlays.Update(k)
	}
	front := a.session.tab()
	matter := a.notice.matter()
	a.notice.pressed(a.frameEnv.Now())
	if front.Capturing() {
		return a.session.update(k)
	}
	switch {
	case key.Matches(k, a.keys.Tab):
		return a.goTo(tab.Goto{Tab: tab.Name(k.Code - '0')})
	case key.Matches(k, a.keys.Before):
		return a.changeView(-1)
	case key.Matches(k, a.keys.Next):
		return a.changeView(1)
	case key.Matches(k, a.keys.Palette):
		a.openPalette()
	case key.Matches(k, a.keys.Help):
		a.openHelp()
	case key.Matches(k, a.keys.Refresh):
		return tea.Batch(a.session.update(k), a.refresh())
	case matter != "" && key.Matches(k, a.keys.Log):
		return a.goTo(tab.Goto{Tab: tab.Logs, Correlation: matter})
	case key.Matches(k, a.keys.Told):
		return a.openPeople(people.ViewNotices)
	case key.Matches(k, a.keys.Person):
		a.choosePerson()
	case key.Matches(k, a.keys.Quit):
		return a.quit()
	default:
		return a.session.update(k)
	}
	return nil
}

// paste gives pasted text to whatever takes text: never a key, so that nothing
// pasted can decide.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case a.frame.TooSmall:
		return nil
	case !a.overlays.Empty():
		return a.overlays.Update(msg)
	}
	return a.session.update(msg)
}

// changeView shows the view that stands by places away, round the ends.
func (a *App) changeView(by int) tea.Cmd {
	views, at := a.session.tab().Views()
	if len(views) < 2 {
		return nil
	}
	return a.session.own(a.session.tab().SetView((at + by + len(views)) % len(views)))
}

// mouse handles a click or a turn of the wheel where it happened.
func (a *App) mouse(msg tea.MouseMsg) tea.Cmd {
	if a.frame.TooSmall {
		return nil
	}
	if !a.overlays.Empty() {
		return a.overlays.Update(msg)
	}
	if local, hit := a.frame.Body.Mouse(msg); hit {
		return a.session.update(local)
	}
	click, ok := msg.(tea.MouseClickMsg)
	if !ok || a.session.tab().Capturing() {
		return nil
	}
	switch {
	case a.frame.Tabs.Contains(click.X, click.Y):
		if n := a.tabBar.TabAt(click.X); n >= 0 && n < len(a.session.names) {
			return a.goTo(tab.Goto{Tab: a.session.names[n]})
		}
	case a.frame.Views.Contains(click.X, click.Y):
		if n := a.viewBar.ViewAt(click.X); n >= 0 {
			return a.session.own(a.session.tab().SetView(n))
		}
	}
	return nil
}

// keyPress is the message of a key by its name, as a binding names it.
func keyPress(name string) tea.KeyPressMsg {
	var mod tea.KeyMod
	rest := name
	for _, m := range []struct {
		prefix string
		mod    tea.KeyMod
	}{{"ctrl+", tea.ModCtrl}, {"alt+", tea.ModAlt}, {"shift+", tea.ModShift}} {
		if after, ok := strings.CutPrefix(rest, m.prefix); ok && after != "" {
			rest, mod = after, mod|m.mod
		}
	}
	codes := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "space": tea.KeySpace, "backspace": tea.KeyBackspace,
		"delete": tea.KeyDelete, "insert": tea.KeyInsert, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	}
	if code, ok := codes[rest]; ok {
		k := tea.KeyPressMsg{Code: code, Mod: mod}
		if rest == "space" && mod == 0 {
			k.Text = " "
		}
		return k
	}
	k := tea.KeyPressMsg{Code: []rune(rest)[0], Mod: mod}
	if mod == 0 {
		k.Text = rest
	}
	return k
}

// helpGroups are the keys that work at the moment, in groups.
func (a *App) helpGroups() []widget.HelpGroup {
	actions, movement := a.tabKeys()
	var filter []key.Binding
	if f, ok := a.session.tab().(tab.Filtering); ok {
		filter = f.FilterKeys()
	}
	return []widget.HelpGroup{
		{Title: "Here", Bindings: actions},
		{Title: "Behind /, beside words", Bindings: filter},
		{Title: "Moving", Bindings: movement},
		{Title: "Everywhere", Bindings: a.keys.bindings()},
		{Title: "Signs", Bindings: a.signs()},
	}
}

// signs are the signs of the frame and of lists, explained as the keys are; they
// are no keys.
func (a *App) signs() []key.Binding {
	g := a.frameEnv.Theme.Glyphs
	var signs []key.Binding
	for _, s := range [][2]string{
		{"Tab 3", "3 wait for you"},
		{"View 9", "9 under way, anybody's"},
		{g.New, "row is new"},
		{g.Changed, "row has changed"},
		{g.Mark, "row is marked"},
		{g.Alert, "a warning: look twice"},
	} {
		signs = append(signs, key.NewBinding(key.WithKeys(s[0]), key.WithHelp(s[0], s[1])))
	}
	return signs
}
