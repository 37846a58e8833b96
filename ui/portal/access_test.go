package portal

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

func TestGivingBackNeedsItsButtonAndSaysWhatHappens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		row  int
		then string
	}{
		{"back to what one had", 0, "back to view, permanent, as before"},
		{"to nothing", 3, "the share ends now: nothing of it is left"},
		{"an invitation", 2, "it is not given any more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := busy()
			d := sit(t, o, 120, 32)
			d.view(viewAccess)
			for range tt.row {
				d.press("down")
			}
			d.press("x")
			d.shows("Give back "+o.grants[tt.row].Grant.Target.Title, tt.then)
			d.press("tab", "enter")
			if got := o.calls("give back"); got != nil {
				t.Fatalf("the first button gave back: %q", got)
			}
			d.press("x", "b", "y", "e", "tab", "tab", "enter")
			if got, want := o.calls("give back"), []string{fmt.Sprintf("give back %d %q", tt.row+1, "bye")}; !slices.Equal(got, want) {
				t.Errorf("calls %q, want %q", got, want)
			}
		})
	}
}

func TestAnAccessThatEndedEarlySaysByWhom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ by, want string }{
		{"alice", "given back by alice, nothing was left"},
		{"omar", "revoked by omar, nothing was left"},
	} {
		o := busy()
		g := &o.grants[0].Grant
		g.State, g.Person, g.Updated, g.Number = model.GrantRevoked, "alice", start.Add(-time.Hour), "REQ0010042"
		g.Note = "given back or revoked: " + g.Email + " has nothing"
		o.add("REQ0010042", func(c *workflow.CaseView) {
			c.People = map[model.PersonID]model.Person{"alice": {ID: "alice", Login: "alice"}, "omar": {ID: "omar", Login: "omar"}}
			c.Operations = []model.Operation{{GrantID: g.ID, RequestedBy: model.PersonID(tt.by)}}
		})
		d := sit(t, o, 120, 32)
		d.view(viewAccess)
		for range len(o.grants) {
			if r, ok := d.tab.access.list.Selected(); ok && r.Grant.ID == g.ID {
				break
			}
			d.press("down")
		}
		d.shows("Ended     09:30", tt.want)
		d.hides("has nothing", "given back or revoked")
	}
}

func TestAStandingRightThatHasEndedIsNotPromised(t *testing.T) {
	t.Parallel()
	o := busy()
	o.grants[0].Grant.Standing.Expires = start.Add(-time.Minute)
	d := sit(t, o, 120, 32)
	d.view(viewAccess)
	d.shows("no access any more")
	d.press("x")
	d.shows("the share ends now: nothing of it is left")
}

func TestTheRowFollowsTheGivingBack(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewAccess)
	d.press("x", "tab", "tab")
	d.hold = true
	d.press("enter")
	d.shows("giving back…")
	d.press("x")
	d.hold = false
	held := d.held
	d.held = nil
	for _, cmd := range held {
		d.run(cmd)
	}
	if got := o.calls("give back"); len(got) != 1 {
		t.Errorf("gave back %q, want once", got)
	}
	d.shows("give-back queued", "queued → sent → done")
	for _, state := range []model.OpState{model.OpSent, model.OpUnknown, model.OpRefused} {
		o.grants[0].OpState = state
		d.send(tab.Changed{})
		d.shows("give-back " + string(state))
	}
	o.grants[0].OpState, o.grants[0].Grant.State, o.grants[0].Perms = "", model.GrantRevoked, nil
	o.grants[0].Ending = false
	d.send(tab.Changed{})
	d.shows("ended early")
	if got := d.lastNotice(); got != "prod-db-02 is given back" {
		t.Errorf("notice = %q", got)
	}
	if rows := d.tab.access.list.Rows(); rows[0].Grant.Target.Title == "prod-db-02" {
		t.Error("what has ended stands above what has not")
	}
}

func TestAGivingBackThatTheVaultRefusesIsSaid(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewAccess)
	d.press("x", "tab", "tab", "enter")
	o.grants[0].OpState = ""
	d.send(tab.Changed{})
	if got := d.lastNotice(); got != "prod-db-02 was not given back: see REQ0010011" {
		t.Errorf("notice = %q", got)
	}

	o.giveBackErr = away()
	d.press("x", "tab", "tab", "enter")
	d.shows("Not given back", "nothing here talks to the vault at the moment", "start a worker")
	d.press("enter")
	d.hides("giving back…")
}

func TestWhyAnAccessCannotBeGivenBackIsSaid(t *testing.T) {
	t.Parallel()
	o := busy()
	o.grants[0].Perms[0].Err = &model.Denied{Code: model.DenyInFlight, Reason: "an order to the vault is sent; wait for its outcome"}
	d := sit(t, o, 120, 32)
	d.view(viewAccess)
	d.press("x")
	if got := d.lastNotice(); got != "an order to the vault is sent; wait for its outcome" {
		t.Errorf("notice = %q", got)
	}
	d.press("G", "x")
	if got := d.lastNotice(); got != "this access has ended already" {
		t.Errorf("notice = %q", got)
	}
	if got := o.calls("give back"); got != nil {
		t.Errorf("calls %q", got)
	}
}

func TestAccessIsFilteredAndSorted(t *testing.T) {
	t.Parallel()
	titles := func(d *desk) string {
		var all []string
		for _, r := range d.tab.access.list.Rows() {
			all = append(all, r.Grant.Target.Title)
		}
		return strings.Join(all, " ")
	}
	d := sit(t, busy(), 120, 32)
	d.view(viewAccess)
	d.press("o")
	if got, want := titles(d), "backup-gpg-key prod-db-02 staging-vpn wiki-admin old-jump-host stripe-test"; got != want {
		t.Errorf("by title = %s, want %s", got, want)
	}
	if got := d.tab.SortText(); got != "title" {
		t.Errorf("SortText = %q", got)
	}
	d.press("o")
	if got, want := titles(d), "prod-db-02 staging-vpn backup-gpg-key wiki-admin stripe-test old-jump-host"; got != want {
		t.Errorf("by time left = %s, want %s", got, want)
	}
	d.press("/")
	d.text("state:ended")
	d.press("enter")
	if got, want := titles(d), "stripe-test old-jump-host"; got != want {
		t.Errorf("ended = %s, want %s", got, want)
	}
	if got := d.tab.FilterText(); got != "state:ended" {
		t.Errorf("FilterText = %q", got)
	}
}
