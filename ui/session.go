package ui

import (
	"context"
	"reflect"
	"slices"

	"countersign/model"
	"countersign/ui/notify"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// Opens lists the tabs that a person's roles open (DESIGN 1, 3): the portal for
// requestors, approvals and endpoint requests for approvers, tasks for admins
// and the members of a fulfilment group, logs for support and admins. Somebody
// without any role still gets the portal, which says what they may do.
func Opens(a model.Actor, fulfilment []model.GroupName) []tab.Name {
	var open []tab.Name
	if a.Has(model.RoleRequestor) {
		open = append(open, tab.Portal)
	}
	if a.Has(model.RoleApprover) {
		open = append(open, tab.Approvals)
	}
	works := a.Has(model.RoleAdmin)
	for _, g := range fulfilment {
		works = works || a.In(g)
	}
	if works {
		open = append(open, tab.Tasks)
	}
	if a.Has(model.RoleApprover) {
		open = append(open, tab.EPM)
	}
	if a.Has(model.RoleSupport) || a.Has(model.RoleAdmin) {
		open = append(open, tab.Logs)
	}
	if open == nil {
		open = []tab.Name{tab.Portal}
	}
	return open
}

// session is one person at the console: their tabs and what waits for them.
type session struct {
	id     int
	env    *tab.Env
	cancel context.CancelFunc
	tabs   map[tab.Name]tab.Tab
	names  []tab.Name // of the tabs that are open, in their order
	front  tab.Name   // 0 where none is open
	shut   *shut      // in their place then
	people tab.Tab    // the page of people, nil where there is none
	paged  bool       // it stands before the tabs
	badges workflow.Badges
	saved  []workflow.SavedView
	caller notify.Caller // for what the badges count
}

func (a *App) newSession(me model.Actor, id int) *session {
	root, cancel := context.WithCancel(a.frameEnv.Root)
	env := &tab.Env{Theme: a.opts.Env.Theme, Now: a.opts.Env.Now, Zone: a.opts.Env.Zone, Root: root, Me: me}
	s := &session{id: id, env: env, cancel: cancel, tabs: a.opts.Tabs(env)}
	if a.opts.People != nil {
		s.people = a.opts.People(env)
	}
	for _, name := range a.opts.Opens(me) {
		if s.tabs[name] != nil {
			s.names = append(s.names, name)
		}
	}
	if len(s.names) == 0 {
		s.shut = newShut(env)
		return s
	}
	s.front = s.start()
	return s
}

// start is the tab where a person's work is: what they alone can do comes before
// what everybody can.
func (s *session) start() tab.Name {
	for _, best := range []struct {
		role model.Role
		name tab.Name
	}{{model.RoleApprover, tab.Approvals}, {model.RoleAdmin, tab.Tasks}, {model.RoleSupport, tab.Logs}} {
		if s.env.Me.Has(best.role) && s.has(best.name) {
			return best.name
		}
	}
	return s.names[0]
}

// has reports whether a tab is open to the person.
func (s *session) has(name tab.Name) bool { return slices.Contains(s.names, name) }

// tab is the tab in front.
func (s *session) tab() tab.Tab {
	switch {
	case s.paged:
		return s.people
	case s.shut != nil:
		return s.shut
	}
	return s.tabs[s.front]
}

// place is where the tab in front stands among those that are open, -1 while the
// page of people stands before them.
func (s *session) place() int {
	if s.paged {
		return -1
	}
	return slices.Index(s.names, s.front)
}

func (s *session) setSize(body widget.Rect) {
	if s.shut != nil {
		s.shut.SetSize(body.W, body.H)
	}
	if s.people != nil {
		s.people.SetSize(body.W, body.H)
	}
	for _, name := range s.names {
		s.tabs[name].SetSize(body.W, body.H)
	}
}

// show brings a tab to the front.
func (s *session) show(name tab.Name) tea.Cmd {
	s.front, s.paged = name, false
	return s.focus()
}

// rest leaves the detail of the tab in front blank, or draws it. It reports
// whether there is one beside a list.
func (s *session) rest(on bool) bool {
	parted, ok := s.tab().(tab.Parted)
	resting, can := s.tab().(tab.Resting)
	if !can || on && (!ok || !parted.Split().Both) {
		return false
	}
	resting.Rest(on)
	return true
}

func (s *session) focus() tea.Cmd { return s.own(s.tab().Focus()) }

// update gives a message to the tab in front.
func (s *session) update(msg tea.Msg) tea.Cmd { return s.own(s.tab().Update(msg)) }

// tell gives a message to every tab.
func (s *session) tell(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, name := range s.names {
		cmds = append(cmds, s.own(s.tabs[name].Update(msg)))
	}
	if s.people != nil {
		cmds = append(cmds, s.own(s.people.Update(msg)))
	}
	return tea.Batch(cmds...)
}

// answer is what a command of a session's tab answered.
type answer struct {
	session int
	msg     tea.Msg
}

// own marks what a command answers with the session that asked: the tabs of
// another person are of the same kind and would take it for theirs. What is
// meant for Bubble Tea itself, such as the clipboard, passes unmarked.
func (s *session) own(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			owned := make(tea.BatchMsg, len(batch))
			for i, c := range batch {
				owned[i] = s.own(c)
			}
			return owned
		}
		if msg == nil || reflect.TypeOf(msg).PkgPath() == reflect.TypeFor[tea.QuitMsg]().PkgPath() {
			return msg
		}
		return answer{s.id, msg}
	}
}

// unsaved says what leaving the session would lose, one line a tab.
func (s *session) unsaved() []string {
	var lost []string
	for _, name := range s.names {
		if u := s.tabs[name].Unsaved(); u != "" {
			lost = append(lost, title(name)+": "+u)
		}
	}
	if s.people != nil && s.people.Unsaved() != "" {
		lost = append(lost, "People: "+s.people.Unsaved())
	}
	return lost
}

// title is a tab's name in the header, the program's where no tab is open.
func title(name tab.Name) string {
	return [...]string{0: Name, tab.Portal: "Portal", tab.Approvals: "Approvals", tab.Tasks: "Tasks", tab.EPM: "EPM", tab.Logs: "Logs"}[name]
}

// shortTitle is the name on narrow screens.
func shortTitle(name tab.Name) string {
	return [...]string{tab.Portal: "Port", tab.Approvals: "Appr", tab.Tasks: "Task", tab.EPM: "EPM", tab.Logs: "Logs"}[name]
}

// badge is how much waits in a tab.
func (s *session) badge(name tab.Name) int {
	switch name {
	case tab.Approvals:
		return s.badges.Approvals + s.badges.Reviews
	case tab.Tasks:
		return s.badges.Tasks
	case tab.EPM:
		return s.badges.Endpoints
	}
	return 0
}
