package people

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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

var update = flag.Bool("update", false, "write the golden files anew")

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

func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, login string
		do          func(d *desk)
	}{
		{"people", "kofi", func(d *desk) { d.press("down") }},
		{"self", "dana", func(*desk) {}},
		{"groups", "samir", func(d *desk) { d.view(ViewGroups) }},
		{"delegations", "kofi", func(d *desk) { d.view(ViewDelegations) }},
		{"notices", "dana", func(d *desk) { d.view(ViewNotices) }},
		{"edit", "kofi", func(d *desk) { d.press("down", "e") }},
		{"new", "kofi", func(d *desk) { d.press("n") }},
		{"disable", "kofi", func(d *desk) { d.press("down", "down", "x") }},
		{"delegate", "dana", func(d *desk) { d.view(ViewDelegations); d.press("n"); d.text("om") }},
		{"filter", "kofi", func(d *desk) { d.press("/"); d.text("state:disabled"); d.press("enter") }},
		{"none", "alice", func(d *desk) { d.view(ViewDelegations) }},
	} {
		for _, size := range [][2]int{{120, 32}, {80, 20}} {
			name := fmt.Sprintf("%s-%dx%d", tt.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := sit(t, company(), tt.login, size[0], size[1])
				tt.do(d)
				got, path := d.screen(), filepath.Join("testdata", name+".golden")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("screen =\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

func TestOnlyThoseWhoManageSeeOthers(t *testing.T) {
	t.Parallel()
	for login, others := range map[string]bool{"kofi": true, "samir": true, "dana": false, "alice": false} {
		d := sit(t, company(), login, 120, 32)
		d.shows(login)
		if got := strings.Contains(d.screen(), "niaj"); got != others {
			t.Errorf("%s sees others: %t\n%s", login, got, d.screen())
		}
		views, _ := d.tab.Views()
		if got := slices.ContainsFunc(views, func(v tab.View) bool { return v.Name == ViewGroups }); got != others {
			t.Errorf("%s has the groups: %t", login, got)
		}
	}
}

func TestWhoMayNotChangeIsToldWhy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ login, key, want string }{
		{"samir", "e", "only admins manage people"}, {"samir", "x", "only admins manage people"}, {"samir", "n", "only admins add people"},
		{"dana", "e", "only admins manage people"}, {"alice", "d", "alice is no approver: there is nothing to act for"},
	} {
		d := sit(t, company(), tt.login, 120, 32)
		d.press(tt.key)
		if got := d.last(); got != tt.want || !d.tab.stack.Empty() {
			t.Errorf("%s of %s says %q, want %q", tt.key, tt.login, got, tt.want)
		}
	}
	d := sit(t, company(), "kofi", 120, 32)
	d.press("down", "down", "down", "x")
	if got := d.last(); got != "nobody disables themselves; another admin can" {
		t.Errorf("x on oneself says %q", got)
	}
}

func TestANewPersonIsSavedAsWritten(t *testing.T) {
	t.Parallel()
	o := company()
	d := sit(t, o, "kofi", 120, 40)
	d.press("n", "tab", "tab", "tab") // the login is missing, and the address
	d.shows("a login is needed, without blanks", "is not an e-mail address")
	d.press("esc")
	d.press("n")
	d.text("zoe")
	d.press("tab")
	d.text("Zoe Zimmer")
	d.press("tab")
	d.text("zoe@example.com")
	d.press("tab", "right", "space", "tab", "right", "right", "right", "space", "tab")
	d.text("not a key")
	d.press("tab", "tab", "enter")
	d.shows("is no kind of key that is taken here")
	for range len("not a key") {
		d.send(tea.KeyPressMsg{Code: tea.KeyBackspace})
	}
	d.text(aKey)
	d.press("tab", "tab", "enter")
	want := workflow.PersonDraft{RosterPerson: workflow.RosterPerson{Login: "zoe", Name: "Zoe Zimmer", Email: "zoe@example.com",
		Roles: []model.Role{model.RoleRequestor, model.RoleApprover}, Keys: []string{aKey}}, Groups: []model.GroupName{"Vault Approvers"}}
	if len(o.saved) != 1 || fmt.Sprint(o.saved[0]) != fmt.Sprint(want) {
		t.Errorf("saved %+v, want %+v\n%s", o.saved, want, d.screen())
	}
	if d.last() != "add person zoe" {
		t.Errorf("notice = %q", d.last())
	}
}

func TestAnEditCarriesTheRevisionThatWasShown(t *testing.T) {
	t.Parallel()
	o := company()
	o.doErr = workflow.Invalid{"email": "the address is omar's already"}
	d := sit(t, o, "kofi", 120, 40)
	d.press("down", "e")
	d.shows("Edit dana", "[x] approver", "[x] Vault Approvers", "[ ] Owners")
	d.press("tab", "tab", "tab", "tab", "tab", "tab", "enter")
	if len(o.saved) != 1 || o.saved[0].Revision != 2 || o.saved[0].Login != "dana" {
		t.Fatalf("saved %+v\n%s", o.saved, d.screen())
	}
	d.shows("Edit dana", "the address is omar's already") // it stays to be mended
}

func TestAFormThatIsLeftIsThereAgain(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), "kofi", 120, 40)
	d.press("e")
	d.text(" the First")
	d.press("esc")
	if d.tab.Unsaved() != "a person who was not saved" {
		t.Errorf("Unsaved = %q", d.tab.Unsaved())
	}
	d.press("down", "e") // of somebody else
	d.shows("Edit dana")
	d.hides("the First")
	d.press("esc")
	d.send(tea.KeyPressMsg{Code: tea.KeyUp})
	d.press("e")
	d.shows("Alice Example the First")
}

func TestAClickTakesARole(t *testing.T) {
	t.Parallel()
	c := newChecks(theme.New(theme.Options{Dark: true}), []string{"requestor", "approver"}, []string{"requestor"})
	c.SetWidth(14) // one below the other
	c.View(theme.Panel)
	if _, used := c.Update(tea.MouseClickMsg{X: 3, Y: 1}); !used || !slices.Equal(c.value(), []string{"requestor", "approver"}) {
		t.Errorf("taken: %q", c.value())
	}
	if _, used := c.Update(tea.MouseClickMsg{X: 3, Y: 2}); used {
		t.Error("a click beside them is used")
	}
	c.Update(tea.MouseClickMsg{X: 3, Y: 0})
	if !slices.Equal(c.value(), []string{"approver"}) {
		t.Errorf("taken: %q", c.value())
	}
}

func TestDisablingSaysWhatItTakesAndNeedsItsButton(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		keys []string
		want []string
	}{
		{"esc changes nothing", []string{"esc"}, nil},
		{"the first button changes nothing", []string{"tab", "enter"}, nil},
		{"the second does it", []string{"b", "y", "e", "tab", "tab", "enter"}, []string{`disable erin "bye"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := company()
			d := sit(t, o, "kofi", 120, 32)
			d.press("down", "down", "x")
			d.shows("Disable erin", "Open sessions end at once", "1 open task goes back to its group.", "Nobody acts for them")
			d.press(tt.keys...)
			if !slices.Equal(o.calls, tt.want) {
				t.Errorf("calls %q, want %q", o.calls, tt.want)
			}
		})
	}
	o := company()
	d := sit(t, o, "kofi", 120, 32)
	d.press("down", "down", "down", "down", "x")
	d.shows("Enable niaj")
	d.press("tab", "tab", "enter")
	if want := []string{`enable niaj ""`}; !slices.Equal(o.calls, want) || d.last() != "niaj is enabled" {
		t.Errorf("calls %q, notice %q", o.calls, d.last())
	}
}

func TestDelegationsAreMadeForOneselfAndForOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, login string
		open        []string
		to, until   string
		want        workflow.DelegationDraft
		says        string
	}{
		{"one's own", "dana", []string{"d"}, "erin", "5 d", workflow.DelegationDraft{To: "erin", Ends: noon.AddDate(0, 0, 5)}, ""},
		{"an admin for another", "kofi", []string{"down", "d"}, "omar", "2026-12-01 18:00",
			workflow.DelegationDraft{From: "dana", To: "omar", Ends: time.Date(2026, 12, 1, 18, 0, 0, 0, time.UTC)}, ""},
		{"to nobody", "dana", []string{"d"}, "alice", "5 d", workflow.DelegationDraft{}, "nobody of that login can act for dana"},
		{"for too long", "dana", []string{"d"}, "erin", "2027-12-01", workflow.DelegationDraft{}, "at most 90 d in one go"},
		{"without an end", "dana", []string{"d"}, "erin", "permanent", workflow.DelegationDraft{}, "it needs an end"},
		{"over before it begins", "dana", []string{"d"}, "erin", "2026-11-01", workflow.DelegationDraft{}, "it ends before it begins"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := company()
			d := sit(t, o, tt.login, 120, 40)
			d.press(tt.open...)
			d.shows("Have somebody act for")
			d.text(tt.to)
			d.press("tab", "tab")
			d.text(tt.until)
			d.press("tab", "tab", "enter")
			if tt.says != "" {
				d.shows(tt.says)
				if len(o.made) > 0 {
					t.Errorf("made %+v", o.made)
				}
				return
			}
			if len(o.made) != 1 {
				t.Fatalf("made %+v\n%s", o.made, d.screen())
			}
			got := o.made[0]
			got.Ends = got.Ends.Truncate(time.Minute)
			if got != tt.want {
				t.Errorf("made %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestADelegationIsEndedByThoseWhoMay(t *testing.T) {
	t.Parallel()
	o := company()
	d := sit(t, o, "dana", 120, 32)
	d.view(ViewDelegations)
	d.shows("omar", "acts now", "until 23 Nov 13:00")
	d.hides("erin ")
	d.press("x")
	d.shows("End it now?", "dana does not act for omar any more")
	d.press("enter")
	if len(o.calls) > 0 {
		t.Fatalf("the first button did %q", o.calls)
	}
	d.press("x", "tab", "enter")
	if want := []string{"end 7"}; !slices.Equal(o.calls, want) {
		t.Errorf("calls %q, want %q", o.calls, want)
	}
	d = sit(t, company(), "samir", 120, 32)
	d.view(ViewDelegations)
	d.press("x")
	if d.last() != "only the two whom it is about and admins end it" {
		t.Errorf("x says %q", d.last())
	}
}

func TestNoticesLeadToTheirRequestAndGoWhenSeen(t *testing.T) {
	t.Parallel()
	for login, to := range map[string]tab.Name{"dana": tab.Approvals, "alice": tab.Portal} {
		o := company()
		d := sit(t, o, login, 120, 32)
		d.view(ViewNotices)
		d.shows("omar approved REQ0010042 alone", "⟦U+202E⟧")
		d.press("enter")
		if want := []tea.Msg{tab.Goto{Tab: to, Number: "REQ0010042"}}; !slices.Equal(d.sent, want) {
			t.Errorf("%s goes to %v, want %v", login, d.sent, want)
		}
		d.press("down", "enter")
		if d.last() != "it is about no request" {
			t.Errorf("enter says %q", d.last())
		}
		d.press("s")
		if want := []string{"seen 5"}; !slices.Equal(o.calls, want) {
			t.Errorf("calls %q, want %q", o.calls, want)
		}
		d.shows("You were told nothing new.")
	}
}

func TestTheFilterAndTheOrderArrangeTheRows(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), "kofi", 120, 32)
	first := func() string { return d.tab.view().list.SelectedID() }
	d.press("o", "g")
	if d.tab.SortText() != "most tasks" || first() != "kofi" {
		t.Errorf("sorted by %q, first %q", d.tab.SortText(), first())
	}
	d.press("/")
	d.text("role:approver security")
	d.press("enter")
	d.shows("1 of 7 fit the filter", "erin")
	d.hides("omar ")
	d.press("esc")
	d.shows("7 people")
	d.press("esc")
	if len(d.sent) != 1 || d.sent[0] != (tab.Leave{}) {
		t.Errorf("esc sends %v", d.sent)
	}
}

func TestWhatCannotBeReadSaysWhy(t *testing.T) {
	t.Parallel()
	o := company()
	o.readErr = errors.New("read the people: database is locked")
	d := sit(t, o, "kofi", 80, 20)
	d.shows("database is locked", "R tries again")
	o.readErr = nil
	d.press("R")
	d.shows("alice")
}

func TestAnAnswerToAnEarlierReadingIsDropped(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), "kofi", 80, 20)
	d.send(loaded{gen: d.tab.loads - 1, err: errors.New("an old error")})
	d.hides("an old error")
}

func TestTheDetailIsAPageOfItsOwnWhereThereIsNoRoom(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), "kofi", 80, 20)
	d.press("down", "enter")
	d.shows("dana  Dana Example", "SHA256:", "laptop", "Acts for")
	d.press("esc")
	d.shows("LOGIN")
	if len(d.sent) > 0 {
		t.Errorf("esc leaves the page of people: %v", d.sent)
	}
}
