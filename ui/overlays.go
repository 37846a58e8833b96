package ui

import (
	"context"
	"errors"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// openHelp shows the keys of the screen in front.
func (a *App) openHelp() {
	views, at := a.session.tab().Views()
	name := title(a.session.front)
	if a.session.paged {
		name = peopleTitle
	}
	if at >= 0 && at < len(views) {
		name += " · " + views[at].Name
	}
	a.overlays.Push(widget.NewHelp(a.frameEnv.Theme, name, a.helpGroups()))
}

// openPalette offers everything that can be done at the moment.
func (a *App) openPalette() {
	a.overlays.Push(widget.NewPalette(a.frameEnv.Theme, a.actions()))
}

// actions are the keys of the tab in front and of the frame, the other tabs and
// the views. Choosing one sends its key, so that there is one way to do it.
func (a *App) actions() []widget.Action {
	var list []widget.Action
	send := func(title, shown, name string) {
		k := keyPress(name)
		list = append(list, widget.Action{Title: title, Key: shown, Run: func() tea.Cmd { return tab.Send(k) }})
	}
	here, _ := a.tabKeys()
	for _, b := range here {
		send(b.Help().Desc, b.Help().Key, b.Keys()[0])
	}
	views, at := a.session.tab().Views()
	for n, v := range views {
		if n != at {
			list = append(list, widget.Action{Title: "show " + v.Name, Run: func() tea.Cmd {
				return a.session.own(a.session.tab().SetView(n))
			}})
		}
	}
	list = append(list, a.savedActions()...)
	for _, name := range a.session.names {
		if name != a.session.front || a.session.paged {
			digit := string(rune('0' + int(name)))
			send("go to "+title(name), digit, digit)
		}
	}
	list = append(list, a.peopleActions()...)
	for _, b := range []key.Binding{a.keys.Help, a.keys.Refresh, a.keys.Person, a.keys.Suspend, a.keys.Quit} {
		if b.Enabled() {
			send(b.Help().Desc, b.Help().Key, b.Keys()[0])
		}
	}
	return list
}

// goTo brings a tab to the front and opens what is wanted there.
func (a *App) goTo(to tab.Goto) tea.Cmd {
	if !a.session.has(to.Tab) {
		if to.Tab >= tab.Portal && to.Tab <= tab.Logs {
			a.notice.show(tab.Notice{
				Kind: tab.NoticeWarn, Text: widget.Words(theme.Text, title(to.Tab)+" is not open to your roles"),
			}, a.frameEnv.Now())
		}
		return nil
	}
	var cmds []tea.Cmd
	if to.Tab != a.session.front || a.session.paged {
		cmds = append(cmds, a.bring(to))
	}
	switch {
	case to.Correlation != "":
		cmds = append(cmds, a.session.update(to))
	case to.Number != "":
		cmds = append(cmds, a.session.own(a.session.tab().Open(to.Number)))
	}
	return tea.Batch(cmds...)
}

// rested says that a tab has been in front for tab.RestsFor. Whoever only passes
// by, on the way to another tab, need not wait for its detail to be drawn, and
// what is drawn then has been read anew.
type rested struct{ gen int }

// bring brings another tab to the front. A thing to be opened there is shown at
// once.
func (a *App) bring(to tab.Goto) tea.Cmd {
	a.session.rest(false)
	load := a.session.show(to.Tab)
	a.rests++
	if to.Number != "" || !a.session.rest(true) {
		return load
	}
	gen := a.rests
	return tea.Batch(load, a.frameEnv.DoFor(0, func(ctx context.Context) tea.Msg {
		if !sleep(ctx, tab.RestsFor) {
			return nil
		}
		return rested{gen}
	}))
}

// quit leaves, after a question when something would be lost. Asked again over
// that question, it leaves.
func (a *App) quit() tea.Cmd {
	lost := a.session.unsaved()
	if len(lost) == 0 || a.leaving {
		return a.leave()
	}
	a.leaving = true
	a.askLoss("Leave "+Name+"?", "Leave", lost, func(yes bool) tea.Cmd {
		if yes {
			return a.leave()
		}
		a.leaving = false
		return nil
	})
	return nil
}

func (a *App) leave() tea.Cmd {
	a.leaving = true
	a.end()
	return tea.Quit
}

// askLoss asks whether what is unsaved may be lost.
func (a *App) askLoss(question, do string, lost []string, then func(yes bool) tea.Cmd) {
	var lines []widget.Line
	for _, l := range lost {
		lines = append(lines, widget.Foreign(theme.Text, safetext.Line(l)))
	}
	a.overlays.Push(widget.NewDialog(a.frameEnv.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, question),
		Evidence: widget.DetailContent{Sections: []widget.Section{
			{Facts: []widget.Fact{{Label: "Lost", Value: lines}}},
		}},
		Buttons: []widget.Button{{ID: "stay", Label: "No, stay"}, {ID: "do", Label: do, Confirm: true}},
		Done:    func(id string) tea.Cmd { return then(id == "do") },
		Now:     a.frameEnv.Now,
	}))
}

// choosePerson offers the people that a demo can be.
func (a *App) choosePerson() {
	var list []widget.Action
	for _, p := range a.opts.Personas {
		if p.Login == a.session.env.Me.Login {
			continue
		}
		list = append(list, widget.Action{Title: "be " + p.Login + ", " + p.Role, Run: func() tea.Cmd { return a.change(p) }})
	}
	chooser := widget.NewPalette(a.frameEnv.Theme, list)
	chooser.SetWords("Be somebody else", "whose screen?")
	a.overlays.Push(chooser)
}

// change becomes another person, after a question when something would be lost.
func (a *App) change(p Persona) tea.Cmd {
	load := func(yes bool) tea.Cmd {
		if !yes {
			return nil
		}
		return a.frameEnv.Do(func(ctx context.Context) tea.Msg {
			actor, err := a.opts.Service.Actor(ctx, p.Login)
			return became{actor, err}
		})
	}
	lost := a.session.unsaved()
	if len(lost) == 0 {
		return load(true)
	}
	a.askLoss("Become "+p.Login+"?", "Become "+p.Login, lost, load)
	return nil
}

// became is the person that was chosen, loaded.
type became struct {
	actor model.Actor
	err   error
}

// become starts the session of another person and ends the one before.
func (a *App) become(m became) tea.Cmd {
	if m.err != nil {
		if !errors.Is(m.err, context.Canceled) {
			a.notice.show(tab.Notice{Kind: tab.NoticeBad, Text: widget.Foreign(theme.Text, safetext.Line(m.err.Error()))}, a.frameEnv.Now())
		}
		return nil
	}
	a.session.cancel()
	a.session.env.End()
	a.old = append(a.old, a.session)
	a.session = a.newSession(m.actor, a.session.id+1)
	a.session.setSize(a.frame.Body)
	a.overlays.Clear()
	a.notice, a.leaving = notice{}, false
	a.keys.Log.SetEnabled(a.session.has(tab.Logs))
	return tea.Batch(a.session.focus(), a.summarise(), a.loadSaved("", nil))
}
