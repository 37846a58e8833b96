package ui

import (
	"fmt"

	"countersign/safetext"
	"countersign/ui/people"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// peopleTitle is what the page of people is called.
const peopleTitle = people.ViewPeople

// peopleActions offer the views of the page of people, unless it is open: its views
// are among those of the screen in front then.
func (a *App) peopleActions() []widget.Action {
	s := a.session
	if s.people == nil || s.paged {
		return nil
	}
	var list []widget.Action
	views, _ := s.people.Views()
	for _, v := range views {
		action := widget.Action{Title: v.Name, Run: func() tea.Cmd { return a.openPeople(v.Name) }}
		if v.Name == people.ViewNotices {
			action.Key = "N"
			action.Title = "Notices: what you were told"
		}
		list = append(list, action)
	}
	return list
}

// openPeople brings a view of the page of people before the tabs.
func (a *App) openPeople(name string) tea.Cmd {
	s := a.session
	if s.people == nil {
		return nil
	}
	s.rest(false)
	s.paged = true
	views, _ := s.people.Views()
	for n, v := range views {
		if v.Name != name {
			continue
		}
		if load := s.people.SetView(n); load != nil {
			return s.own(load)
		}
	}
	return s.focus()
}

// closePeople goes back to the tabs.
func (a *App) closePeople() tea.Cmd {
	a.session.paged = false
	return tea.Batch(a.session.focus(), a.summarise())
}

// told says that there is something new to be read, where that became more.
func (a *App) told(n int) {
	bad := a.notice.shown && a.notice.Kind == tab.NoticeBad // which waits to be read
	if bad || n <= a.session.badges.Notices || a.session.people == nil {
		return
	}
	words := "you were told something new: N shows it"
	if n > 1 {
		words = fmt.Sprintf("you were told %d things: N shows them", n)
	}
	a.notice.show(tab.Notice{Kind: tab.NoticeWarn, Text: widget.Words(theme.Warn, words)}, a.frameEnv.Now())
}

// shutOut ends the session of somebody who has been disabled while it was open. What
// was on the screen goes at once, what they had written too, and they read why.
func (a *App) shutOut() tea.Cmd {
	s := a.session
	if s.shut != nil && !s.env.Me.Active {
		return nil
	}
	s.cancel()
	s.env.End()
	a.old = append(a.old, s)
	gone := s.env.Me
	gone.Active = false
	a.session = a.newSession(gone, s.id+1)
	a.session.names, a.session.front, a.session.people, a.session.paged = nil, 0, nil, false
	a.session.shut = newShut(a.session.env)
	a.resize(a.width, a.height) // which forgets what was drawn
	a.overlays.Clear()
	a.keys.Log.SetEnabled(false)
	a.keys.Told.SetEnabled(false)
	a.notice, a.leaving = notice{}, false
	a.overlays.Push(widget.NewDialog(a.frameEnv.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Your account is disabled"),
		Evidence: widget.DetailContent{Lead: []widget.Line{
			{widget.Say(theme.Text, "An admin has disabled "), widget.Show(theme.Strong, safetext.Line(gone.Login)),
				widget.Say(theme.Text, " while you were here. This session is over; nothing that you do reaches the queue.")},
			widget.Words(theme.Text, "Tasks that were open with you went back to their groups. Ask an admin."),
		}},
		Buttons: []widget.Button{{ID: "leave", Label: "Leave"}},
		Done:    func(string) tea.Cmd { return a.leave() },
		Now:     a.frameEnv.Now,
	}))
	return nil
}
