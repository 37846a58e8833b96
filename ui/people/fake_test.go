package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f laptop"

// office is a Service over a few people in memory.
type office struct {
	people      []model.Person
	tasks       map[string]int
	delegations []workflow.DelegationView
	notices     []model.Notice
	readErr     error
	doErr       error

	saved []workflow.PersonDraft
	made  []workflow.DelegationDraft
	calls []string
}

func company() *office {
	o := &office{tasks: map[string]int{"kofi": 3, "erin": 1}}
	add := func(login string, active bool, groups string, roles ...model.Role) {
		p := model.Person{ID: model.PersonID(login), Login: login, Name: strings.ToUpper(login[:1]) + login[1:] + " Example",
			Email: login + "@example.com", Roles: append([]model.Role{model.RoleRequestor}, roles...), Active: active, Revision: 2}
		for _, g := range strings.Split(groups, ",") {
			if g != "" {
				p.Groups = append(p.Groups, model.GroupName(g))
			}
		}
		o.people = append(o.people, p)
	}
	add("alice", true, "")
	add("dana", true, "Vault Approvers,On Call", model.RoleApprover)
	add("erin", true, "Vault Approvers,Security", model.RoleApprover)
	add("kofi", true, "Vault Admins", model.RoleAdmin)
	add("niaj", false, "")
	add("omar", true, "Vault Approvers", model.RoleApprover)
	add("samir", true, "", model.RoleSupport)
	o.people[1].Keys = []string{aKey}
	o.delegations = []workflow.DelegationView{
		{Delegation: model.Delegation{ID: 7, From: "omar", To: "dana", Starts: noon.Add(-time.Hour), Ends: noon.Add(49 * time.Hour), Made: noon.Add(-time.Hour)},
			FromLogin: "omar", ToLogin: "dana", MadeByLogin: "omar", Active: true},
		{Delegation: model.Delegation{ID: 8, From: "erin", To: "omar", Starts: noon.Add(72 * time.Hour), Ends: noon.Add(90 * time.Hour), Made: noon},
			FromLogin: "erin", ToLogin: "omar", MadeByLogin: "kofi"},
	}
	o.notices = []model.Notice{
		{ID: 5, At: noon.Add(-time.Hour), Object: "REQ0010042", Text: "omar approved REQ0010042 alone, in an emergency: the line is\u202e down"},
		{ID: 4, At: noon.Add(-26 * time.Hour), Text: "dana acts for omar from now on"},
	}
	return o
}

func (o *office) view(me model.PersonID, p model.Person) workflow.PersonView {
	v := workflow.PersonView{Person: p, Tasks: o.tasks[p.Login]}
	for _, act := range model.PeopleActions() {
		v.Perms = append(v.Perms, model.Permission{Action: act, Err: model.CanManage(o.actor(me), act, p)})
	}
	for _, d := range o.delegations {
		if d.From == p.ID || d.To == p.ID {
			d.EndErr = model.CanEndDelegation(o.actor(me), d.Delegation, noon)
			v.Delegations = append(v.Delegations, d)
		}
	}
	return v
}

func (o *office) actor(id model.PersonID) model.Actor {
	at := slices.IndexFunc(o.people, func(p model.Person) bool { return p.ID == id })
	return model.Actor{Person: o.people[at]}
}

func (o *office) People(_ context.Context, me model.PersonID) ([]workflow.PersonView, error) {
	var all []workflow.PersonView
	for _, p := range o.people {
		all = append(all, o.view(me, p))
	}
	return all, o.readErr
}

func (o *office) Person(_ context.Context, me model.PersonID, login string) (workflow.PersonView, error) {
	return o.view(me, o.actor(model.PersonID(login)).Person), o.readErr
}

func (o *office) Groups(context.Context, model.PersonID) ([]workflow.GroupView, error) {
	return []workflow.GroupView{{Name: "Owners", Members: []string{"alice"}, Decides: true}, {Name: "On Call", Members: []string{"dana"}, Able: 1},
		{Name: "Vault Admins", Members: []string{"kofi"}, Fulfils: true},
		{Name: "Vault Approvers", Members: []string{"dana", "erin", "omar"}, Able: 3, Decides: true}}, nil
}

func (o *office) SavePerson(_ context.Context, _ model.PersonID, d workflow.PersonDraft) ([]string, error) {
	o.saved = append(o.saved, d)
	return []string{"add person " + d.Login}, o.doErr
}

func (o *office) Disable(_ context.Context, _ model.PersonID, login, reason string) ([]string, error) {
	o.calls = append(o.calls, fmt.Sprintf("disable %s %q", login, reason))
	return []string{"change person"}, o.doErr
}

func (o *office) Enable(_ context.Context, _ model.PersonID, login, reason string) ([]string, error) {
	o.calls = append(o.calls, fmt.Sprintf("enable %s %q", login, reason))
	return []string{"change person"}, o.doErr
}

func (o *office) Delegate(_ context.Context, me model.PersonID, d workflow.DelegationDraft) (workflow.DelegationView, error) {
	o.made = append(o.made, d)
	from := d.From
	if from == "" {
		from = string(me)
	}
	return workflow.DelegationView{FromLogin: from, ToLogin: d.To, Active: true, Delegation: model.Delegation{Ends: d.Ends}}, o.doErr
}

func (o *office) Delegations(_ context.Context, me model.PersonID) ([]workflow.DelegationView, error) {
	return o.view(me, o.actor(me).Person).Delegations, nil
}

func (o *office) Delegates(_ context.Context, me model.PersonID) ([]string, error) {
	var logins []string
	for _, p := range o.people {
		if p.Has(model.RoleApprover) && p.ID != me {
			logins = append(logins, p.Login)
		}
	}
	return logins, nil
}

func (o *office) EndDelegation(_ context.Context, _ model.PersonID, id int64) error {
	o.calls = append(o.calls, fmt.Sprintf("end %d", id))
	return o.doErr
}

func (o *office) Notices(context.Context, model.PersonID) ([]model.Notice, error) {
	return o.notices, nil
}

func (o *office) SeeNotices(_ context.Context, _ model.PersonID, upTo int64) error {
	o.calls = append(o.calls, fmt.Sprintf("seen %d", upTo))
	o.notices = nil
	return nil
}

func (o *office) Case(_ context.Context, _ model.PersonID, n model.Number) (workflow.CaseView, error) {
	return workflow.CaseView{Case: model.Case{Request: model.Request{Number: n, RequestedBy: "alice"}}}, nil
}

// desk is a person at the page.
type desk struct {
	t       *testing.T
	tab     *Tab
	now     time.Time
	notices []string
	sent    []tea.Msg
}

func sit(t *testing.T, o *office, login string, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, now: noon}
	d.tab = New(&tab.Env{Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return d.now }, Zone: time.UTC,
		Root: context.Background(), Me: o.actor(model.PersonID(login))}, o)
	d.tab.SetSize(width, height)
	d.run(d.tab.Focus())
	d.tab.View()
	return d
}

func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, one := range msg {
			d.run(one)
		}
	case tab.Notice:
		d.notices = append(d.notices, msg.Text.String())
	case tab.Leave, tab.Goto:
		d.sent = append(d.sent, msg)
	default:
		d.send(msg)
	}
}

func (d *desk) send(msg tea.Msg) {
	cmd := d.tab.Update(msg)
	d.tab.View()
	d.run(cmd)
	d.tab.View()
}

// press types keys, a second apart.
func (d *desk) press(names ...string) {
	named := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "down": tea.KeyDown, "right": tea.KeyRight, "space": tea.KeySpace}
	for _, name := range names {
		d.now = d.now.Add(time.Second)
		msg := tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
		if code, ok := named[name]; ok {
			msg = tea.KeyPressMsg{Code: code}
		}
		d.send(msg)
	}
}

func (d *desk) text(s string) { d.send(tea.PasteMsg{Content: s}) }

func (d *desk) view(name string) {
	views, _ := d.tab.Views()
	d.run(d.tab.SetView(slices.IndexFunc(views, func(v tab.View) bool { return v.Name == name })))
	d.tab.View()
}

func (d *desk) screen() string {
	var lines []string
	for _, l := range strings.Split(ansi.Strip(d.tab.View()), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n")
}

func (d *desk) shows(want ...string) {
	d.t.Helper()
	for _, w := range want {
		if !strings.Contains(d.screen(), w) {
			d.t.Fatalf("%q is not on the screen:\n%s", w, d.screen())
		}
	}
}

func (d *desk) hides(unwanted ...string) {
	d.t.Helper()
	for _, u := range unwanted {
		if strings.Contains(d.screen(), u) {
			d.t.Fatalf("%q is on the screen:\n%s", u, d.screen())
		}
	}
}

func (d *desk) last() string {
	if len(d.notices) == 0 {
		return ""
	}
	return d.notices[len(d.notices)-1]
}
