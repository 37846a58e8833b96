package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"countersign/model"
)

// midstTimes is how often a console comes to its end amid a decision.
func midstTimes() int {
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		return n
	}
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 200
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 12
	}
	return 3
}

// denied is a request that somebody denied, and whether the screen said so.
type denied struct {
	number, reason string
	told           bool
}

// waitingRequest is the number of a request in a list.
var waitingRequest = regexp.MustCompile(`REQ\d+`)

// toDeny goes right before the key that denies the first request that waits, and returns
// its number, "" where it does not get there.
func (h *hand) toDeny(reason string) string {
	if !h.see("Approvals") || !h.press("2") || !h.see("waiting for you", "▌", "REQ") {
		return ""
	}
	for _, number := range waitingRequest.FindAllString(h.text(), -1) {
		if h.over() {
			break
		}
		if h.find(model.Number(number)) && h.see("Asks") && h.press("d") && h.see("Deny "+number) && h.press("tab", reason, "tab", "tab") && h.ponder() {
			return number
		}
	}
	return ""
}

// deny denies the first request that waits, and comes to the end so long after the key
// that confirms, or before it.
func (m *manners) deny(reason string, after time.Duration) denied {
	m.t.Helper()
	d := denied{number: (&hand{m.terminal}).toDeny(reason), reason: reason}
	if d.number == "" {
		m.t.Fatalf("there is nothing to deny:\n%s", m.text())
	}
	m.drew = true
	p := m.parting
	if after < 0 {
		p.do(m)
		time.Sleep(-after)
	}
	_, _ = m.tty.WriteString("\r") // its terminal may be closed
	if after >= 0 {
		time.Sleep(after)
		p.do(m)
	}
	err := m.quit()
	m.ended(m.inside)
	var exit *exec.ExitError
	if code := m.cmd.ProcessState.ExitCode(); code != p.code || err != nil && !errors.As(err, &exit) {
		m.t.Errorf("%s after %s: the program ended with %v, want code %d:\n%s", p.name, after, err, p.code, m.text())
	}
	d.told = strings.Contains(m.lastScreen(), d.number+" denied")
	return d
}

// lastScreen is what the console showed before the terminal was the shell's again.
func (m *manners) lastScreen() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sized {
		return m.screen.String() // before that
	}
	drawn := m.drawn
	if at := bytes.LastIndex(drawn, []byte("\x1b[?1049l")); at >= 0 {
		drawn = drawn[:at]
	}
	screen := vt.NewEmulator(120, 36)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(io.Discard, screen) // its answers to questions
	}()
	_, _ = screen.Write(drawn)
	text := screen.String()
	if pipe, ok := screen.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
	<-answered
	return text
}

// otherwise lists what the queue has of a denial otherwise than it was told.
func (c *company) otherwise(conf string, d denied) []string {
	c.t.Helper()
	of := " WHERE v.comment = '" + d.reason + "'"
	votes := c.count(conf, "queue", "SELECT count(*) FROM vote v"+of)
	rejected := c.count(conf, "queue", "SELECT count(*) FROM vote v JOIN approval a ON a.id = v.approval_id JOIN request r ON r.id = a.request_id"+of+
		" AND r.number = '"+d.number+"' AND r.state = 'closed_rejected'")
	var all []string
	switch {
	case votes > 1:
		all = append(all, fmt.Sprintf("%s was denied %d times", d.number, votes))
	case votes != rejected:
		all = append(all, d.number+" has the vote and is not rejected")
	case d.told && votes == 0:
		all = append(all, d.number+" was told to be denied, and is not")
	}
	return append(all, c.halfDone(conf)...)
}

// TestTortureMannersAmidADecision ends consoles in the moment in which a decision is
// made: it is made as a whole or not at all, and made where the screen has said so.
func TestTortureMannersAmidADecision(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	var ways []parting
	for _, p := range partings() {
		if p.do != nil { // a panic comes by itself
			ways = append(ways, p)
		}
	}
	conf, made, told, first := "", 0, 0, rand.N(len(ways))
	for n := range midstTimes() {
		p := ways[(first+n)%len(ways)]
		if n%8 == 0 { // before nothing is left to decide
			conf = c.mine()
		}
		t.Run(fmt.Sprintf("%d %s", n, p.name), func(t *testing.T) {
			c := c.of(t)
			ended := c.ends(conf)
			after := rand.N(120*time.Millisecond) - 20*time.Millisecond
			m := &manners{terminal: startNamed(t, 120, 36, p.program(t), "--config", conf), parting: p}
			d := m.deny(fmt.Sprintf("too broad, said %d", n), after)
			if left := m.left(); len(left) > 0 && p.window == "" {
				t.Errorf("after %s the terminal is left with %q", after, left)
			}
			if wrong := p.misTold(ended, c.ends(conf)); wrong != "" {
				t.Errorf("after %s %s", after, wrong)
			}
			for _, wrong := range c.otherwise(conf, d) {
				t.Errorf("%s, after %s", wrong, after)
			}
			if c.count(conf, "queue", "SELECT count(*) FROM vote WHERE comment = '"+d.reason+"'") > 0 {
				made++
				c.control(conf, d)
			}
			if d.told {
				told++
			}
		})
	}
	t.Logf("%d ends about the key that confirms: %d decisions were made, %d of them told", midstTimes(), made, told)
	if made == 0 && midstTimes() > 10 {
		t.Error("no decision was made: the ends came too early to tell anything")
	}
}

// control takes a decision that was made back in a copy of the queue, by half and as a
// whole: both have to be noticed where it was told.
func (c *company) control(conf string, d denied) {
	c.t.Helper()
	d.told = true
	for what, undo := range map[string]string{
		"the vote":      "DELETE FROM vote WHERE comment = '" + d.reason + "'",
		"the rejection": "UPDATE request SET state = 'requested', closed_at = NULL WHERE number = '" + d.number + "'",
	} {
		dir := c.t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "queue"), os.DirFS(filepath.Join(filepath.Dir(conf), "queue"))); err != nil {
			c.t.Fatal(err)
		}
		without := filepath.Join(dir, "config.toml")
		c.conf(without, undo)
		if len(c.otherwise(without, d)) == 0 {
			c.t.Errorf("%s was taken out, and nobody noticed", what)
		}
	}
}
