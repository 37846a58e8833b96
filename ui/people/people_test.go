package people

import (
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
)

var update = flag.Bool("update", false, "write the golden files anew")

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

func TestWhoIsHereIsShownWhereItIsKnown(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), "kofi", 120, 32)
	d.press("down")
	d.hides("Here now")
	open := []Session{{Person: "dana", From: "192.0.2.1", Since: noon.Add(-time.Hour)}, {Person: "dana", From: "192.0.2.1", Command: "ap\x1b[2Jprove", Since: noon},
		{Person: "erin", From: "192.0.2.2", Since: noon}}
	d.tab.ShowSessions(func() []Session { return open })
	d.press("R")
	d.shows("Here now", "console since 11:00  from 192.0.2.1", "ap⟦ESC⟧[2Jprove since 12:00")
	d.hides("192.0.2.2")
	d.press("x")
	d.shows("2 open sessions end at once", "Their votes count still")
	d.press("esc", "down", "x")
	d.shows("1 open session ends at once")
	d.press("esc", "down")
	d.shows("no session over SSH")
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

func TestAGroupThatCannotDoItsWorkSaysSo(t *testing.T) {
	t.Parallel()
	o := company()
	d := sit(t, o, "kofi", 120, 32)
	d.view(ViewGroups)
	d.shows("nobody in it can decide") // Owners, of whom none is an approver
	for i := range o.people {
		o.people[i].Active = o.people[i].Login != "kofi"
	}
	d.send(tab.Changed{})
	d.press("down", "down")
	d.shows("Vault Admins", "nobody in it can carry anything out", "0 of them are enabled")
}
