package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// play is a demo in a terminal in which journeys are made, with a queue that is
// kept to be looked into.
type play struct {
	*terminal
	canaries
	sim *simulator
	dir string // of the queue
}

// startPlay begins as the requestor. The vault service answers as often as it is
// asked: what its limit does is tested elsewhere, and takes minutes.
func startPlay(t *testing.T, width, height int) *play {
	t.Helper()
	dir := t.TempDir()
	control := filepath.Join(dir, "control.json")
	p := &play{dir: filepath.Join(dir, "queue")}
	t.Cleanup(func() { // when the program has ended
		for _, found := range leftOver(t, dir, nil) {
			t.Error(found)
		}
	})
	p.terminal = startTerminal(t, width, height, "demo", "--as", "requestor", "--requests", least, "--calls", "9000",
		"--keep", p.dir, "--control", control)
	p.wait("Request access to record")
	p.sim = openSimulator(t, control)
	return p
}

// filled is one row of a form that is filled in: which it is, how often another
// choice is taken in it, and what is typed, in the row itself or in the one below.
type filled struct {
	row   string // what its label begins with
	open  bool   // enter shows what is behind it
	right int
	below bool // the text goes into a row that the choice opens
	text  string
	paste string
	pick  bool // the text is looked up, and the first result chosen
}

// focus is what stands where the keys go: a row, or a button. Only the row that
// shows more stands farther to the right.
func focus(label string) *regexp.Regexp {
	if label == "More…" {
		return regexp.MustCompile("▌ +More…")
	}
	return regexp.MustCompile("▌ " + regexp.QuoteMeta(label))
}

// focused finds the rows and buttons that are marked, by their labels: what is typed
// into a row stands two blanks away.
var focused = regexp.MustCompile(`▌ +\S+( \S+)*`)

// to goes to the row or button that begins with a label. It waits until each key
// has moved the mark: a second one would be one too many where the first is only
// late, and so would one pressed while what was typed before is still being drawn.
func (term *terminal) to(label string) {
	term.t.Helper()
	at := focus(label)
	term.settle(guard / 4)
	for range 30 {
		if at.MatchString(term.text()) {
			return
		}
		before := focused.FindAllString(term.text(), -1)
		term.press("tab")
		term.until("the focus elsewhere", func(s string) bool { return !slices.Equal(focused.FindAllString(s, -1), before) })
	}
	term.t.Fatalf("no way to %q:\n%s", label, term.text())
}

// other waits until the screen is another one than before, as it is after a key
// that moves the focus. A second key would be one too many where the first one is
// only late; it waits no longer than a machine can be slow.
func (term *terminal) other(before string) {
	enough := time.After(10 * time.Second)
	for term.text() == before {
		select {
		case <-term.change:
		case <-enough:
			return
		}
	}
}

// confirm chooses a button of a dialog of consent.
func (term *terminal) confirm(button string) {
	term.t.Helper()
	term.settle(guard)
	term.to(button)
	term.consent()
}

// consent presses the button that has the keys, again where a loaded machine has
// drawn the dialog so late that it takes the key for one typed ahead.
func (term *terminal) consent() {
	term.t.Helper()
	for range 5 {
		term.settle(guard)
		before := term.text()
		term.press("enter")
		term.other(before)
		if !strings.Contains(term.text(), "that was too fast") {
			return
		}
	}
	term.t.Fatalf("never slow enough to confirm:\n%s", term.text())
}

func (p *play) fill(rows ...filled) {
	p.t.Helper()
	for _, f := range rows {
		p.to(f.row)
		if f.open {
			p.press("enter")
		}
		for range f.right {
			p.press("right")
		}
		if f.below {
			p.press("tab")
		}
		if f.paste != "" {
			p.paste(f.paste)
		}
		if f.text == "" {
			continue
		}
		p.typed(f.text)
		if f.pick {
			p.wait("found", "▌ "+f.text)
			p.press("enter")
			p.wait("✓ " + f.text)
		}
	}
}

// choose opens an item of the catalog.
func (p *play) choose(name string) {
	p.t.Helper()
	p.wait("WHAT YOU GET")
	p.press("g")
	for _, item := range model.Catalog() {
		p.until("the cursor on "+item.Name, regexp.MustCompile(`(?m)^▌.{9}`+regexp.QuoteMeta(item.Name)+`  `).MatchString)
		if item.Name == name {
			p.press("enter")
			p.gone("WHAT YOU GET")
			return
		}
		p.press("down")
	}
	p.t.Fatalf("%s is not in the catalog", name)
}

// submit orders an item and returns the request's number.
func (p *play) submit(item string, form []filled) string {
	p.t.Helper()
	p.choose(item)
	p.fill(form...)
	p.fill(filled{row: "Why", text: "INC0012345: played by a test"})
	p.to("Review")
	p.press("enter")
	p.wait("Review: ")
	p.confirm("Submit")
	p.wait("is submitted")
	number := requestNumber.FindStringSubmatch(p.text())
	if number == nil {
		p.t.Fatalf("no number on the screen:\n%s", p.text())
	}
	p.press("esc")
	p.gone("is submitted")
	return number[1]
}

// approve reads a request to its end and says yes to it as it is.
func (p *play) approve(number string) {
	p.t.Helper()
	p.find(number)
	p.press("enter")
	p.wait("Why", "c comment")
	for range 6 {
		p.press("pgdown")
	}
	p.press("a")
	p.wait("Approve " + number)
	p.confirm("Approve")
	p.wait(number + " approved")
	p.press("esc")
}

// open takes the task of a request and opens its work area, until one of the
// texts says that the vault has answered.
func (p *play) open(number string, ready ...string) {
	p.t.Helper()
	p.wait("NUMBER  ")
	p.find(number)
	p.press("t")
	p.wait("you")
	p.press("f")
	p.until(strings.Join(ready, " or "), func(s string) bool {
		return strings.Contains(s, "yours since") && slices.ContainsFunc(ready, func(text string) bool { return strings.Contains(s, text) })
	})
}

// carryOut runs the plan of the task that is open to the task's end, and returns
// what it did in the vault.
func (p *play) carryOut(words ...string) []vaultsim.Entry {
	p.t.Helper()
	p.press("f")
	return p.finish("Run", words...)
}

// finish confirms a plan by its button, and waits for the task's end.
func (p *play) finish(button string, words ...string) []vaultsim.Entry {
	p.t.Helper()
	before := len(p.sim.ledger())
	p.run(button, words...)
	p.wait("complete")
	p.press("esc")
	return p.sim.ledger()[before:]
}

// run confirms a plan by its button, and returns the first things that it did.
func (p *play) run(button string, words ...string) []vaultsim.Entry {
	p.t.Helper()
	before := len(p.sim.ledger())
	p.wait(append(words, "No, go back")...)
	p.confirm(button)
	deadline := time.Now().Add(patience)
	for {
		if done := p.sim.ledger()[before:]; len(done) > 0 {
			return done
		}
		if strings.Contains(p.text(), "was not run: an order to the vault is") { // the one before, which is told a moment later
			p.settle(guard)
			p.press("enter")
			p.wait("f runs the plan")
			p.press("f")
			p.wait("No, go back")
			p.confirm(button)
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("nothing is done in the vault:\n%s", p.text())
		}
		p.settle(guard / 4)
	}
}

func (s *simulator) ledger() []vaultsim.Entry {
	s.t.Helper()
	var all []vaultsim.Entry
	s.get("ledger", &all)
	return all
}

// orders lists the commands that reached the vault to change it.
func (s *simulator) orders() []string {
	s.t.Helper()
	var all []vaultsim.Command
	s.get("commands", &all)
	var orders []string
	for _, c := range all {
		for _, verb := range []string{"share-record -", "share-folder -", "one-time-share create", "one-time-share remove", "record-add -", "record-update -"} {
			if strings.HasPrefix(c.Text, verb) && !slices.Contains(strings.Fields(c.Text), "--help") {
				orders = append(orders, c.Text)
			}
		}
	}
	return orders
}

// content is what a record holds, by the type of each field and its label: texts
// as they are, all else as JSON.
func content(t *testing.T, r *vaultsim.Record) map[string]string {
	t.Helper()
	held := map[string]string{"title": r.Title, "type": r.Type}
	if r.Notes != "" {
		held["notes"] = r.Notes
	}
	for _, f := range append(slices.Clone(r.Fields), r.Custom...) {
		name := f.Type
		if f.Label != "" && f.Label != f.Type {
			name += "." + f.Label
		}
		for _, v := range f.Value {
			text, plain := v.(string)
			if !plain {
				b, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			held[name] += text
		}
	}
	return held
}
