package main

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// hand is somebody at a console that may die under their fingers.
type hand struct {
	*terminal
}

// see waits until all the texts are on the screen at once, or none of it can come any
// more.
func (h *hand) see(texts ...string) bool {
	all := func(s string) bool {
		for _, text := range texts {
			if !strings.Contains(s, text) {
				return false
			}
		}
		return true
	}
	for enough := time.After(patience / 5); ; {
		if all(h.text()) {
			return true
		}
		select {
		case <-h.change:
		case err := <-h.ended:
			h.ended <- err
			return all(h.text())
		case <-enough:
			return false
		}
	}
}

// press presses keys with the pauses of a quick typist; words are typed.
func (h *hand) press(keys ...string) bool {
	for _, k := range keys {
		b, special := keyBytes[k]
		if !special {
			b = k
		}
		for _, r := range b {
			if _, err := h.tty.WriteString(string(r)); err != nil {
				return false
			}
			if special {
				continue // an escape sequence comes at once
			}
			time.Sleep(2 * time.Millisecond)
		}
		pause := 60 * time.Millisecond
		if k == "esc" {
			pause *= 3
		}
		h.settle(pause)
	}
	return true
}

// ponder waits as long as a dialog of consent wants.
func (h *hand) ponder() bool {
	h.settle(guard)
	return true
}

// over reports whether the console has ended.
func (h *hand) over() bool {
	select {
	case err := <-h.ended:
		h.ended <- err
		return true
	default:
		return false
	}
}

// find filters the list in front for a request's number, and reports whether that is
// all that is left in it.
func (h *hand) find(n model.Number) bool {
	if !h.press("/", "ctrl+u", "number:"+string(n), "enter") {
		return false
	}
	for range 20 {
		if h.over() {
			return false
		}
		s := h.text()
		tasks := strings.Contains(s, "SCTASK") // whose rows do not name the request
		if strings.Contains(s, "1 fit") || !tasks && strings.Contains(s, string(n)) && strings.Count(s, "REQ") <= 4 {
			return true
		}
		h.settle(guard / 4)
	}
	return false
}

// sits reports whether something is to be done at a console this time.
func (s *siege) sits() bool { return s.chance(20) || s.died("console") <= s.kills/60 && s.chance(2) }

// console lets somebody work at a console, here or over SSH, which may be killed under
// their fingers. read gets the last screen.
func (s *siege) console(kind, login string, work func(h *hand) bool, read func(screen string)) {
	s.t.Run("console "+kind, func(t *testing.T) {
		cmd, kind := s.program(login), "console "+kind
		if login != "paul" && rand.IntN(4) == 0 {
			cmd, kind = s.client(login, "-tt", login+"@127.0.0.1"), kind+" over SSH"
		}
		life, armed := s.life(kind)
		h := &hand{openTerminal(t, 120, 36, cmd)}
		began := time.Now()
		timer := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		worked := work(h)
		usual := time.Since(began)
		if armed || !worked {
			usual = 0
		}
		if !worked && !armed {
			t.Logf("%s:\n%s", kind, h.text())
		}
		if !worked || !h.press("q") || !h.leaves() {
			_ = cmd.Process.Kill() // nothing more comes of it
		}
		_ = h.quit()
		read(h.text())
		if drawn := string(h.drawn); strings.Contains(drawn, "panic:") {
			s.t.Errorf("%s panicked: %q", kind, drawn[max(0, len(drawn)-2000):])
		}
		if !s.ended(kind, cmd, usual) && !worked && !strings.Contains(kind, "SSH") {
			s.t.Errorf("%s ended by itself, and shows:\n%s", kind, h.text())
		}
	})
}

// leaves reports whether the program ends by itself soon.
func (h *hand) leaves() bool {
	select {
	case err := <-h.ended:
		h.ended <- err
		return true
	case <-time.After(2 * time.Second):
		return false
	}
}

func (s *siege) orderAtConsole(x *errand) {
	var a *attempt
	s.console("order", "alice", func(h *hand) bool {
		if !h.see("Request access to record") || !h.press("enter") || !h.see("Find it") || !h.press("ctrl+t", "the secret "+x.title, "tab", "tab", "tab", "tab") {
			return false
		}
		a = s.attempted(x, "submit", "alice", "", "console")
		return h.press(a.mark, "tab") && h.see("Review") && h.press("enter") && h.see("Review: request access") &&
			h.press("tab") && h.ponder() && h.press("enter") && h.see("is submitted") && h.press("esc")
	}, func(screen string) {
		if n := requestNumber.FindStringSubmatch(screen); n != nil && a != nil {
			a.told, a.number, x.number = true, model.Number(n[1]), model.Number(n[1])
		}
	})
}

func (s *siege) approveAtConsole(x *errand) {
	var a *attempt
	s.console("approve", "dana", func(h *hand) bool {
		if !h.see("dana", "Approvals") || !h.press("2") || !h.find(x.number) || !h.press("enter") || !h.see("Why", "c comment") {
			return false
		}
		if !h.press("pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "a") || !h.see("Approve "+string(x.number)) || !h.press("tab", "tab") {
			return false
		}
		a = s.attempted(x, "approve", "dana", x.number, "console")
		return h.press(a.mark, "tab", "tab") && h.ponder() && h.press("enter") && h.see(string(x.number)+" approved")
	}, func(screen string) {
		if a != nil {
			a.told = strings.Contains(screen, string(x.number)+" approved")
		}
	})
}

func (s *siege) fulfilAtConsole(x *errand) {
	var claim, pick, run *attempt
	s.console("fulfil", "priya", func(h *hand) bool {
		if !h.see("priya", "Tasks") || !h.press("3") || !h.see("SCTASK") || !h.find(x.number) {
			return false
		}
		claim = s.attempted(x, "claim", "priya", x.number, "console")
		if !h.press("t") || !h.see("you") || !h.press("f") || !h.see("yours since") {
			return false
		}
		claim.told = true
		if x.item == "described" {
			if !h.see("s search") || !h.press("s", x.title) || !h.see("found") {
				return false
			}
			pick = s.attempted(x, "pick", "priya", x.number, "console")
			if !h.press("enter") {
				return false
			}
		}
		if !h.see("f runs the plan") {
			return false
		}
		if pick != nil {
			pick.told = true
		}
		if !h.press("f") || !h.see("give alice@example.com view") {
			return false
		}
		run = s.attempted(x, "run", "priya", x.number, "console")
		return h.press("tab") && h.ponder() && h.press("enter") && h.see("complete")
	}, func(screen string) {
		for a, words := range map[*attempt]string{claim: `yours since|✓ SCTASK[0-9]+ is yours`, pick: `✓ SCTASK[0-9]+: picked`,
			run: `✓ SCTASK[0-9]+ is queued|\bcomplete\b`} {
			if a != nil && regexp.MustCompile(words).MatchString(screen) {
				a.told = true
			}
		}
		if run != nil && regexp.MustCompile(`\bcomplete\b`).MatchString(screen) {
			run.done = time.Now()
		}
	})
}
