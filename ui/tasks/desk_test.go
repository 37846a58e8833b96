package tasks

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// desk is a person at the tab: what they press and see.
type desk struct {
	t       *testing.T
	tab     *Tab
	q       *queue
	now     time.Time
	notices []string
	sent    []tea.Msg // what went to the frame, notices apart
	late    []tea.Msg // what the tab asked to hear later
	hold    bool      // keep what the service answers instead of delivering it
	held    []tea.Msg
}

// instantly runs a test in a bubble whose clock runs by itself: nothing is waited
// for where typing rests or seconds pass.
func instantly(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// sit opens the tab at a size; the cursor has rested.
func sit(t *testing.T, q *queue, width, height int) *desk { return sitAs(t, "omar", q, width, height) }

func sitAs(t *testing.T, login string, q *queue, width, height int) *desk {
	t.Helper()
	d := &desk{t: t, q: q, now: noon}
	q.now = func() time.Time { return d.now }
	env := &tab.Env{Theme: theme.New(theme.Options{Dark: true}), Now: q.now, Zone: time.UTC,
		Root: context.Background(), Me: model.Actor{Person: person(login)}}
	d.tab = New(env, q)
	d.tab.preview.After = func(wait time.Duration, msg tea.Msg) tea.Cmd {
		if wait > tab.RestsFor {
			return nil // nothing takes that long
		}
		d.late = append(d.late, msg)
		return nil
	}
	d.tab.SetSize(width, height)
	d.run(d.tab.Focus())
	d.rest()
	return d
}

// run carries out a command and what follows from it, as the program does. Turns
// of spinners and seconds of clocks are left out: they would go on for ever.
func (d *desk) run(cmd tea.Cmd) {
	if cmd == nil {
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
	default:
		switch name := fmt.Sprintf("%T", msg); {
		case name == "tea.setClipboardMsg":
			d.sent = append(d.sent, msg)
		case name == "widget.spun" || name == "widget.ticked":
		case d.hold:
			d.held = append(d.held, msg)
		default:
			d.send(msg)
		}
	}
}

// send gives the tab a message; the screen is drawn after each.
func (d *desk) send(msg tea.Msg) {
	cmd := d.tab.Update(msg)
	d.tab.View()
	d.run(cmd)
	d.tab.View()
}

// release delivers what was held, in its order.
func (d *desk) release() {
	held := d.held
	d.hold, d.held = false, nil
	for _, msg := range held {
		d.send(msg)
	}
}

// rest lets all the time pass that the preview waits for.
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

// paste types text as a terminal with bracketed paste hands it over.
func (d *desk) paste(text string) { d.send(tea.PasteMsg{Content: text}) }

func (d *desk) key(name string) {
	named := map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "down": tea.KeyDown, "up": tea.KeyUp,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}
	msg := tea.KeyPressMsg{}
	if code, ok := named[name]; ok {
		msg.Code = code
	} else {
		msg.Code, msg.Text = []rune(name)[0], name
	}
	d.send(msg)
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

// said is what just happened.
func (d *desk) said() string {
	if len(d.notices) == 0 {
		return ""
	}
	return d.notices[len(d.notices)-1]
}

// confirm moves to the last button of a dialog and presses it, reading on as
// far as needed.
func (d *desk) confirm() {
	d.t.Helper()
	for range 12 {
		if d.tab.stack.Empty() {
			return
		}
		d.press("pgdown")
	}
	d.press("right", "enter")
	if !d.tab.stack.Empty() {
		d.t.Fatalf("the dialog is still open:\n%s", d.screen())
	}
}
