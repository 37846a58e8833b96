package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"countersign/safetext"
)

// watchedSeat is a console with two terminals: the one it runs in, and the second.
type watchedSeat struct {
	*terminal
	witness *witness
	second  *second
	begun   map[string]int // what it was asked for until its first screen
	fed     int
}

// since is what the terminal was asked for since the first screen.
func (s *watchedSeat) since() map[string]int {
	all := map[string]int{}
	for what, n := range s.witness.touched {
		if n -= s.begun[what]; n > 0 {
			all[what] = n
		}
	}
	return all
}

const (
	wide = 200
	high = 110 // all of a detail is on the screen at once
)

func (c *company) sit(conf string) *watchedSeat {
	c.t.Helper()
	return &watchedSeat{terminal: startNamed(c.t, wide, high, "frozen", c.at.Format(time.RFC3339), "casey", "--config", conf), witness: newWitness(),
		second: startSecond(c.t, wide, high)}
}

// feed gives what came from the console since the last time to the others.
func (s *watchedSeat) feed() {
	s.mu.Lock()
	more := slices.Clone(s.drawn[s.fed:])
	s.fed = len(s.drawn)
	s.mu.Unlock()
	_, _ = s.witness.Write(more)
	if s.second != nil {
		if _, err := s.second.Write(more); err != nil {
			s.t.Fatal(err)
		}
	}
}

// rests waits until the console has nothing to do: however busy the machine is, a
// thread of it that has would be seen to run or to wait for the disk.
func (s *watchedSeat) rests() {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for quiet := 0; quiet < 5; quiet++ {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", s.cmd.Process.Pid))
		if err != nil || time.Now().After(deadline) {
			s.t.Fatalf("the console never rests: %v\n%s", err, s.text())
		}
		for _, path := range threads {
			stat, _ := os.ReadFile(path) // it may have ended
			if _, after, _ := bytes.Cut(stat, []byte(") ")); len(after) > 0 && after[0] != 'S' {
				quiet = -1
			}
		}
		time.Sleep(8 * time.Millisecond)
	}
}

// pairOfSeats are two consoles on companies that differ in what somebody wrote: the
// one in tricks, the other in their twins.
type pairOfSeats struct {
	t                 *testing.T
	hostile, harmless *watchedSeat
	alike             func(screen string) string
	steps             []step
}

// step is where the two were after a key.
type step struct {
	hostile, harmless int    // bytes that had come
	raw               bool   // it is the raw view
	screen            string // of the hostile one
	alike             string // of the harmless one
}

// press presses a key in both, and waits until they show where it leads, and the same
// but for the names of characters.
func (p *pairOfSeats) press(to stop) {
	p.t.Helper()
	key := to.key
	if key != "" {
		if before := p.steps[len(p.steps)-1].screen; to.reached(before) {
			p.t.Fatalf("%q is to lead to %q, and it is there before:\n%s", key, to.words, before)
		}
		b, special := keyBytes[key]
		if !special {
			b = key
		}
		for _, seat := range []*watchedSeat{p.hostile, p.harmless} {
			if _, err := seat.tty.WriteString(b); err != nil {
				p.t.Fatal(err)
			}
		}
		time.Sleep(120 * time.Millisecond) // within 50 ms esc and a key would be alt, and within 50 ms a cursor does not rest
	}
	p.hostile.rests()
	p.harmless.rests()
	if key == "v" {
		p.alike = rawAlike
	} else if key == "esc" {
		p.alike = alike
	}
	deadline := time.Now().Add(patience / 2)
	for {
		p.hostile.feed()
		p.harmless.feed()
		a, b := p.alike(p.hostile.text()), p.alike(p.harmless.text())
		if a == b && (key == "" || to.reached(p.hostile.text())) {
			break
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%q is to lead to %q; the screens differ:\n%s\n%s", key, to.words, firstDifference(a, b), p.hostile.text())
		}
		p.hostile.settle(50 * time.Millisecond)
	}
	if p.steps == nil { // what is asked while a console begins, it asks once or twice
		p.hostile.begun, p.harmless.begun = maps.Clone(p.hostile.witness.touched), maps.Clone(p.harmless.witness.touched)
	}
	p.steps = append(p.steps, step{hostile: p.hostile.fed, harmless: p.harmless.fed, screen: p.hostile.text(), alike: p.alike(p.harmless.text()),
		raw: key == "v" || p.steps != nil && p.steps[len(p.steps)-1].raw && key != "esc"})
	if p.harmless.second == nil {
		return
	}
	for {
		p.hostile.feed()
		p.harmless.feed()
		a, b := p.alike(p.hostile.second.text()), p.alike(p.harmless.second.text())
		if a == b && !strings.Contains(a, "asking the vault…") { // that passes
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("after %q the second terminals differ:\n%s", key, firstDifference(a, b))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// untouched holds that the hostile console has asked its terminals for nothing that
// the other has not.
func (p *pairOfSeats) untouched() {
	p.t.Helper()
	if touched := p.hostile.witness.foreign(); len(touched) > 0 {
		p.t.Errorf("the terminal was asked for %q", touched)
	}
	if a, b := p.hostile.since(), p.harmless.since(); !maps.Equal(a, b) {
		p.t.Errorf("the terminal was asked for %v, with harmless texts for %v", a, b)
	}
	if p.harmless.second == nil {
		return
	}
	if a, b := p.hostile.second.state(), p.harmless.second.state(); a != b || !strings.Contains(a, "title countersign ") {
		p.t.Errorf("the state of the second terminal is\n%swith harmless texts\n%s", a, b)
	}
}

// firstDifference is the first line that two screens do not have in common.
func firstDifference(a, b string) string {
	left, right := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		if l != r {
			return fmt.Sprintf("line %d:\n%s\n%s", i+1, l, r)
		}
	}
	return "none"
}

// rounds are which trick is in which column: in the long form each in each.
func rounds(most int) int {
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		return n
	}
	if os.Getenv("COUNTERSIGN_LONG") != "" {
		return most
	}
	return 1
}

// saying is what each column says in a round.
func (c *company) saying(round int) func(column) string {
	all, places := tricks(), map[string]int{}
	for i, k := range c.columns {
		places[k.mark] = i
	}
	return func(k column) string { return k.mark + all[(places[k.mark]+round)%len(all)].text }
}

// harmless is saying with twins.
func harmless(says func(column) string) func(column) string {
	return func(k column) string { return twin(says(k)) }
}

// TestTortureTextOnScreens writes tricks into every column of the queue's files, and
// goes through the screens of two terminals: nothing but their names differs from
// what harmless texts of the same shape show, and nothing is asked of a terminal.
func TestTortureTextOnScreens(t *testing.T) {
	t.Parallel()
	made := newCompany(t)
	all := tours()
	short := os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == ""
	if short {
		all = all[:1]
	}
	whole := map[string]bool{}
	for round := range rounds(len(tricks())) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			c := made.of(t)
			says := c.saying(round)
			p := &pairOfSeats{t: t, alike: alike, hostile: c.sit(c.written(says)), harmless: c.sit(c.written(harmless(says)))}
			p.hostile.wait("waiting for you")
			p.harmless.wait("waiting for you")
			p.press(stop{})
			for _, r := range all {
				for _, to := range r.each(t) {
					p.press(to)
					for _, k := range c.columns {
						whole[k.mark] = whole[k.mark] || strings.Contains(p.steps[len(p.steps)-1].screen, safetext.Line(says(k)).String())
					}
				}
			}
			p.untouched()
			t.Logf("%d tours, %d keys", len(all), len(p.steps)-1)
			if round == 0 {
				p.control()
			}
		})
	}
	for _, name := range made.saw(whole) {
		if !short && !slices.Contains(strings.Fields(notOnScreens), name) {
			t.Errorf("%s was on no screen whole", name)
		}
	}
}

// notOnScreens are columns of which no screen of the tours tells, or cuts the text: what
// is only looked up, what stands in for another column, and what is in rows on which no
// tour stops. What of them commands tell, TestTortureTextInOutput reads.
const notOnScreens = "access_grant.standing access_grant.note access_grant.team access_grant.drift access_grant.title audit_text.name audit_text.text device.outcome device.comment draft.body endpoint.comment event.problem found.uid found.title " +
	"found.type found.description lease.holder operation.evidence person_key.note request.who review.comment saved_view.name task.close_notes line.fields traffic.path traffic.priority traffic.problem heartbeat.note lookup.problem"

// saw tells which columns were read back whole, and returns the others.
func (c *company) saw(whole map[string]bool) []string {
	c.t.Helper()
	var not []string
	n := 0
	for _, k := range c.columns {
		if whole[k.mark] {
			n++
			continue
		}
		not = append(not, k.table+"."+k.name)
	}
	c.t.Logf("%d columns were read back whole; not told here, or cut: %s", n, strings.Join(not, " "))
	return not
}

// control undoes for one trick after the other what the gate did: the same bytes, but
// with the characters themselves in the place of their names, as a screen prints that
// does not use the gate. Both terminals have to notice each.
func (p *pairOfSeats) control() {
	p.t.Helper()
	missed := map[string][]string{}
	noticed := 0
	for n, k := range tricks() {
		drawn := safetext.Line(k.text).String()
		if !named.MatchString(drawn) {
			continue // it is drawn as it is
		}
		i := slices.IndexFunc(p.steps, func(s step) bool { return !s.raw && strings.Contains(s.screen, drawn) })
		if i < 0 {
			continue
		}
		at := p.steps[i]
		good := p.harmless.drawn[:at.harmless]
		raw := undone(p.hostile.drawn[:at.hostile], k.text)
		if bytes.Equal(raw, p.hostile.drawn[:at.hostile]) {
			p.t.Errorf("%s: it was not found in what came", k.name)
			continue
		}
		noticed++
		if !noticedByFirst(raw, at) {
			missed["first"] = append(missed["first"], k.name)
		}
		if p.hostile.second != nil && (n%12 == 0 || os.Getenv("COUNTERSIGN_LONG") != "") && !noticedBySecond(p.t, raw, good, at) {
			missed["second"] = append(missed["second"], k.name)
		}
	}
	if len(missed) > 0 || noticed < 10 {
		p.t.Errorf("of %d texts that were printed as they are, nobody noticed %v", noticed, missed)
	}
	p.t.Logf("control: %d texts printed as they are were noticed", noticed)
}

// undone puts a text into a stream in the place of how the gate draws it.
func undone(stream []byte, text string) []byte {
	const style = `(?:\x1b\[[0-9;:]*m)*`
	var pattern strings.Builder
	for span := range safetext.Line(text).Spans() {
		pattern.WriteString(style + regexp.QuoteMeta(span.Text))
	}
	return regexp.MustCompile(pattern.String()).ReplaceAllLiteral(stream, []byte(text))
}

func noticedByFirst(raw []byte, at step) bool {
	w := newWitness()
	_, _ = w.Write(raw)
	return alike(onFirst(string(raw), wide, high)) != at.alike || len(w.foreign()) > 0
}

// onFirst is a stream on charmbracelet's emulator.
func onFirst(stream string, width, height int) string {
	screen := vt.NewEmulator(width, height)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(io.Discard, screen)
	}()
	_, _ = screen.Write([]byte(stream))
	if pipe, ok := screen.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
	<-answered
	lines := strings.Split(screen.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n")
}

// noticedBySecond tells whether tmux shows raw otherwise than good, which has to be
// shown as it was on the harmless console.
func noticedBySecond(t *testing.T, raw, good []byte, at step) bool {
	t.Helper()
	var screens, states [2]string
	for i, stream := range [][]byte{raw, good} {
		s := startSecond(t, wide, high)
		screens[i], states[i] = alike(s.screen(stream)), s.state()
	}
	was := strings.Split(at.alike, "\n")
	if want := strings.Join(was[:len(was)-1], "\n"); screens[1] != want {
		t.Fatalf("what nobody changed is not on the second terminal as it was:\n%s", firstDifference(screens[1], want))
	}
	return screens[0] != screens[1] || states[0] != states[1]
}
