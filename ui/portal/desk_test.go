package portal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// desk is Alice at the tab: what she presses and sees.
type desk struct {
	t       *testing.T
	tab     *Tab
	now     time.Time
	notices []string
	sent    []tea.Msg // what went to the frame, notices apart
	late    []tea.Msg // what the tab asked to hear later
	hold    bool      // keep commands instead of running them
	held    []tea.Cmd
	hurry   bool   // the cursor rests on no result
	never   string // must not be drawn at any time
}

// sit opens the tab at a size.
func sit(t *testing.T, o *office, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, now: start}
	env := &tab.Env{Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return d.now }, Zone: time.UTC,
		Root: t.Context(), Me: model.Actor{Person: alice()}}
	d.tab = New(env, o, policy)
	d.tab.core.after = func(wait time.Duration, msg tea.Msg) tea.Cmd {
		if wait > tab.RestsFor {
			return nil // nothing takes that long
		}
		d.late = append(d.late, msg)
		return nil
	}
	d.tab.SetSize(width, height)
	d.run(d.tab.Focus())
	return d
}

// run carries out a command and what follows from it, as the program does.
func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if d.hold {
		d.held = append(d.held, cmd)
		return
	}
	d.deliver(cmd())
}

func (d *desk) deliver(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tab.Notice:
		d.notices = append(d.notices, msg.Text.String())
	case tab.Goto:
		d.sent = append(d.sent, msg)
		if msg.Tab == tab.Portal {
			d.run(d.tab.Open(msg.Number))
		}
	default:
		if fmt.Sprintf("%T", msg) == "tea.setClipboardMsg" {
			d.sent = append(d.sent, msg)
			return
		}
		d.send(msg)
	}
}

// send gives the tab a message; the screen is drawn after each.
func (d *desk) send(msg tea.Msg) {
	cmd := d.tab.Update(msg)
	d.tab.View()
	if _, found := msg.(searched); found && d.hurry {
		return
	}
	d.run(cmd)
	if frame := ansi.Strip(d.tab.View()); d.never != "" && strings.Contains(frame, d.never) {
		d.t.Errorf("%q is drawn:\n%s", d.never, frame)
	}
}

// rest lets all the time pass that the tab waits for.
func (d *desk) rest() {
	for len(d.late) > 0 {
		late := d.late
		d.late = nil
		for _, msg := range late {
			d.send(msg)
		}
	}
}

// press types keys, a second apart.
func (d *desk) press(keys ...string) {
	for _, k := range keys {
		d.now = d.now.Add(time.Second)
		d.key(k)
	}
}

// text types a text without a pause: only what its last key starts is waited
// for.
func (d *desk) text(s string) {
	rs := []rune(s)
	for _, r := range rs[:len(rs)-1] {
		d.tab.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	d.key(string(rs[len(rs)-1]))
}

// find types into the picker and goes on as soon as the answer is there, without
// the pauses that a search waits for.
func (d *desk) find(s string) {
	for _, r := range s {
		d.tab.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	d.hurry = true
	d.run(d.tab.catalog.form.record.picker.Refresh())
	d.hurry = false
}

func (d *desk) key(name string) {
	named := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}
	msg := tea.KeyPressMsg{}
	switch code, ok := named[name]; {
	case name == "space":
		msg.Code, msg.Text = tea.KeySpace, " "
	case name == "shift+tab":
		msg.Code, msg.Mod = tea.KeyTab, tea.ModShift
	case strings.HasPrefix(name, "ctrl+"):
		msg.Code, msg.Mod = rune(name[5]), tea.ModCtrl
	case ok:
		msg.Code = code
	default:
		msg.Code, msg.Text = []rune(name)[0], name
	}
	d.send(msg)
}

// order opens the form of an item, or what stands in its place.
func (d *desk) order(item model.ItemKey) {
	d.t.Helper()
	if !d.tab.catalog.list.Select(string(item)) {
		d.t.Fatalf("%s is not in the catalog", item)
	}
	d.press("enter")
}

// screen is the body as plain text.
func (d *desk) screen() string {
	var lines []string
	for _, l := range strings.Split(ansi.Strip(d.tab.View()), "\n") {
		lines = append(lines, strings.TrimRight(l, " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func (d *desk) shows(want ...string) {
	d.t.Helper()
	for _, w := range want {
		if !strings.Contains(d.screen(), w) {
			d.t.Errorf("%q is not on the screen:\n%s", w, d.screen())
		}
	}
}

func (d *desk) hides(unwanted ...string) {
	d.t.Helper()
	for _, w := range unwanted {
		if strings.Contains(d.screen(), w) {
			d.t.Errorf("%q is on the screen:\n%s", w, d.screen())
		}
	}
}

// lastNotice is what just happened.
func (d *desk) lastNotice() string {
	if len(d.notices) == 0 {
		return ""
	}
	return d.notices[len(d.notices)-1]
}
