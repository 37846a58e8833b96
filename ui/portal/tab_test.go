package portal

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The tab is what the frame expects, and the service what the tab does.
var (
	_ tab.Tab    = (*Tab)(nil)
	_ tab.Timely = (*Tab)(nil)
	_ tab.Parted = (*Tab)(nil)
	_ Service    = (*workflow.Service)(nil)
)

func TestTheCatalogShowsEveryItem(t *testing.T) {
	t.Parallel()
	d := sit(t, empty(), 120, 32)
	for _, item := range model.Catalog() {
		d.shows(item.Name, item.Summary)
	}
}

func TestWhoHasNoRoleReadsWhatToDo(t *testing.T) {
	t.Parallel()
	d := sit(t, empty(), 120, 32)
	d.tab.core.env.Me.Roles = nil
	d.tab.SetSize(120, 32)
	d.shows("Your roles do not let you order: ask an admin")
	d.press("enter")
	if d.tab.catalog.form != nil || d.lastNotice() != "only requestors order from the catalog" {
		t.Errorf("the form is open, or the notice is %q", d.lastNotice())
	}
}

func TestTheCatalogIsFiltered(t *testing.T) {
	t.Parallel()
	d := sit(t, empty(), 120, 32)
	d.press("/")
	d.text("key pair")
	d.shows("SSH key")
	d.hides("Secure note")
	d.press("enter", "esc")
	d.shows("Secure note")
}

func TestOnlyUIDsAndNumbersAreCopied(t *testing.T) {
	t.Parallel()
	o := busy()
	o.cases["REQ0010038"].Request.Target.UID = "not a uid; rm -rf"
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("y", "down")
	d.rest()
	d.press("y")
	d.view(viewAccess)
	d.press("y")
	want := fmt.Sprint([]tea.Msg{tea.SetClipboard(string(prodUID))(), tea.SetClipboard("REQ0010038")(), tea.SetClipboard("grant00000000000000001")()})
	if got := fmt.Sprint(d.sent); got != want {
		t.Errorf("copied %s, want %s", got, want)
	}
}

func TestSecondsRunOnlyNearTheEnd(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewAccess)
	if got := d.tab.NextTick(); got != 0 {
		t.Errorf("NextTick = %v with 42 minutes left", got)
	}
	d.now = start.Add(40*time.Minute + 30*time.Second + time.Millisecond)
	if got := d.tab.NextTick(); got <= 0 || got > time.Second {
		t.Errorf("NextTick = %v with 90 seconds left", got)
	}
	d.send(tab.Minute(d.now))
	d.shows("89s")
	d.view(viewCatalog)
	if got := d.tab.NextTick(); got != 0 {
		t.Errorf("NextTick = %v in the catalog", got)
	}
}

func TestEveryScreenFitsEverySize(t *testing.T) {
	t.Parallel()
	for _, do := range []func(d *desk){
		func(*desk) {},
		func(d *desk) { d.press("enter"); d.fill() },
		func(d *desk) { d.press("enter"); d.find("prod") },
		func(d *desk) { d.press("enter"); d.fill(); d.press("tab", "enter") },
		func(d *desk) { d.view(viewRequests) },
		func(d *desk) { d.view(viewRequests); d.press("x") },
		func(d *desk) { d.view(viewAccess); d.press("/") },
		func(d *desk) { d.order(model.ItemLogin); d.fillLogin() },
		func(d *desk) { d.order(model.ItemLogin); d.fillLogin(); d.press("tab", "enter") },
		func(d *desk) { d.order(model.ItemSSHKey); d.press("tab", "tab", "right", "right", "right") },
		func(d *desk) { d.order(model.ItemFolderAccess); d.fillFolder("Databases") },
		func(d *desk) { d.order(model.ItemSearchRecord); d.text("prod") },
		func(d *desk) { d.run(d.tab.Open(linkNumber)); d.rest(); d.press("u", "tab", "enter") },
		func(d *desk) { d.run(d.tab.Open("REQ0010051")); d.rest(); d.press("e") },
	} {
		o := busy()
		for _, other := range []*office{withLink(), withFound()} {
			o.order, o.link = append(o.order, other.order...), madeUpLink
			maps.Copy(o.cases, other.cases)
		}
		d := sit(t, o, 120, 32)
		do(d)
		for _, size := range [][2]int{{0, 0}, {17, 5}, {40, 9}, {60, 12}, {80, 20}, {99, 20}, {100, 8}, {101, 31}, {160, 50}} {
			d.tab.SetSize(size[0], size[1])
			if size[0] == 0 {
				d.tab.View()
				continue
			}
			lines := strings.Split(d.tab.View(), "\n")
			if len(lines) != size[1] {
				t.Errorf("%v: %d lines:\n%s", size, len(lines), d.screen())
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > size[0] {
					t.Errorf("%v: a line of %d cells: %q", size, w, ansi.Strip(l))
				}
			}
		}
	}
}

func TestTheMouseReachesWhatItIsOver(t *testing.T) {
	t.Parallel()
	d := sit(t, busy(), 120, 32)
	d.press("enter")
	d.send(tea.MouseClickMsg{X: 60, Y: 2, Button: tea.MouseLeft}) // over "described in words"
	if d.tab.catalog.form.record.inWords() {
		t.Error("a click beside the chips took one")
	}
	d.send(tea.MouseClickMsg{X: 30, Y: 2, Button: tea.MouseLeft})
	if !d.tab.catalog.form.record.inWords() {
		t.Error("a click on a chip did not take it")
	}
	d.view(viewRequests)
	d.send(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft})
	if got := d.tab.requests.current(); got != "REQ0010030" {
		t.Errorf("the cursor is on %s", got)
	}
	d.view(viewAccess)
	d.send(tea.MouseClickMsg{X: 5, Y: 2, Button: tea.MouseLeft})
	if r, _ := d.tab.access.list.Selected(); r.Grant.Target.Title != "staging-vpn" {
		t.Errorf("the cursor is on %s", r.Grant.Target.Title)
	}
}

func TestKeysFollowWhatIsShown(t *testing.T) {
	t.Parallel()
	d := sit(t, busy(), 120, 32)
	offered := func() string {
		var all []string
		for _, b := range d.tab.Keys() {
			if b.Enabled() {
				all = append(all, b.Help().Desc)
			}
		}
		return strings.Join(all, ", ")
	}
	has := func(where, want string, yes bool) {
		t.Helper()
		if got := offered(); strings.Contains(got, want) != yes {
			t.Errorf("keys in %s: %s; %q among them is %v", where, got, want, !yes)
		}
	}
	has("the catalog", "open the form", true)
	d.press("enter")
	has("the form", "describe it in words", true)
	d.press("ctrl+t")
	has("the form with a description", "search the vault", true)
	d.press("esc")
	d.view(viewRequests)
	has("my requests", "withdraw", true)
	has("my requests", "drop the filter", false)
	has("my requests", "log lines", false)
	d.press("tab")
	has("the detail", "to the list", true)
	d.press("enter")
	has("the page", "back", true)
	d.press("c")
	has("a dialog", "choose", true)
	d.press("esc", "esc")
	d.view(viewAccess)
	has("my access", "give back", true)
	d.press("enter")
	has("the page of an access", "its request", true)
	d.press("enter")
	d.shows("REQ0010011: not found") // what the page's enter leads to
}

func TestWithoutAPolicyTheReviewSaysSo(t *testing.T) {
	t.Parallel()
	o := empty()
	d := sit(t, o, 120, 32)
	d.tab = New(d.tab.core.env, o, nil)
	d.tab.SetSize(120, 32)
	d.press("enter")
	d.fill()
	d.press("tab", "enter")
	d.shows("who they are is said once it is submitted")
}
