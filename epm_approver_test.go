package main

import (
	"context"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"countersign/model"
)

// approver is somebody who decides at a console by keyboard, and remembers what the
// screen told of it.
type approver struct {
	*flood
	*terminal
	login string
	took  []taken
	late  int // decisions that were not taken, since somebody was first or it was over
	many  int // decisions that were taken together
}

// taken is a decision that was taken, as the screen said.
type taken struct {
	number  model.Number
	verdict model.Verdict
}

var (
	asksFor   = regexp.MustCompile(`(Approve|Deny) (SIR[0-9]{7}|together)`)
	tookOne   = regexp.MustCompile(`(SIR[0-9]{7}) (approved|denied): the vault is told`)
	tookAmong = regexp.MustCompile(`✓ +(SIR[0-9]{7})`)
	leftAmong = regexp.MustCompile(`▲ +(SIR[0-9]{7})`)
	rowsFit   = regexp.MustCompile(`(?m)^ *[0-9]+\+? fit the filter`)
)

// decideUntil decides what is on the screen, one by one and together, until ctx
// ends. Walter's requests are left alone: they are not in the list.
func (p *approver) decideUntil(ctx context.Context) {
	if _, ok := p.shows(patience, func(s string) bool { return strings.Contains(s, "4 EPM") }); !ok {
		p.flood.t.Errorf("no console for %s", p.login)
		return
	}
	p.press("4")
	for ctx.Err() == nil {
		if !p.home() {
			continue
		}
		verdict := []model.Verdict{model.Approve, model.Deny}[rand.IntN(2)]
		if !rowsFit.MatchString(p.text()) {
			p.idle()
			continue
		}
		if rand.IntN(2) == 0 {
			p.decideMany(verdict)
		} else {
			p.decideOne(verdict)
		}
	}
}

// readOn goes down until the screen shows the end.
func (p *approver) readOn(end func(string) bool) {
	for range 20 {
		p.press("pgdown")
		if end(p.text()) {
			return
		}
	}
}

// idle waits a moment for the screen to change.
func (p *approver) idle() {
	select {
	case <-p.change:
	case <-time.After(500 * time.Millisecond):
	}
}

// shows waits until the screen is as wanted, and returns it.
func (p *approver) shows(limit time.Duration, ok func(string) bool) (string, bool) {
	enough := time.After(limit)
	for {
		s := p.text()
		if ok(s) {
			return s, true
		}
		select {
		case <-p.change:
		case <-enough:
			return s, false
		}
	}
}

// home goes back to the list of zoe's requests.
func (p *approver) home() bool {
	for range 8 {
		s := p.text()
		switch {
		case strings.Contains(s, "enter choose"), !strings.Contains(s, "WHO@MACHINE") && !strings.Contains(s, "No endpoint request waits") && !strings.Contains(s, "Nothing fits"):
			p.press("esc")
		case strings.Contains(s, "/ zoe") || rowsFit.MatchString(s) || strings.Contains(s, "Nothing fits"):
			return true
		default:
			p.press("/", "ctrl+u")
			p.typed("zoe")
			p.press("enter")
			return false
		}
	}
	return false
}

// decideOne opens a request, reads it to its end, and decides it.
func (p *approver) decideOne(verdict model.Verdict) {
	for range rand.IntN(6) {
		p.press("down")
	}
	p.press("enter")
	if _, ok := p.shows(2*time.Second, func(s string) bool { return !strings.Contains(s, "WHO@MACHINE") }); !ok {
		return
	}
	if strings.Contains(p.text(), "Evidence pending") {
		if rand.IntN(2) == 0 {
			return
		}
		verdict = model.Deny // which is all that is possible
	}
	p.readOn(func(s string) bool { return !strings.Contains(s, "more line") })
	if !p.ask(verdict) {
		return
	}
	s, ok := p.say(verdict, "Approve", "Deny")
	if !ok {
		return
	}
	if told := tookOne.FindStringSubmatch(s); told != nil {
		p.took = append(p.took, taken{model.Number(told[1]), verdict})
		return
	}
	p.late++
}

// decideMany marks some requests and decides them on one page.
func (p *approver) decideMany(verdict model.Verdict) {
	p.press("g")
	for range rand.IntN(4) {
		p.press("down")
	}
	for range 2 + rand.IntN(6) {
		p.press("space", "down")
	}
	defer func() {
		p.home()
		p.press("esc") // takes marks away that are left
	}()
	if !p.ask(verdict) {
		return
	}
	p.readOn(func(s string) bool { return regexp.MustCompile(`all [0-9]+ requests? read`).MatchString(s) })
	s, ok := p.say(verdict, "Approve these", "Deny these")
	if !ok {
		return
	}
	for _, told := range tookAmong.FindAllStringSubmatch(s, -1) {
		p.took = append(p.took, taken{model.Number(told[1]), verdict})
		p.many++
	}
	p.late += len(leftAmong.FindAllString(s, -1))
}

// ask presses the key of a verdict and reports whether the page of consent opened.
func (p *approver) ask(verdict model.Verdict) bool {
	p.press(map[model.Verdict]string{model.Approve: "a", model.Deny: "d"}[verdict])
	_, ok := p.shows(2*time.Second, func(s string) bool { return asksFor.MatchString(s) && strings.Contains(s, "enter choose") })
	return ok
}

// say gives the words of a decision, confirms it, and returns the screen that tells
// what came of it.
func (p *approver) say(verdict model.Verdict, approve, deny string) (string, bool) {
	button := approve
	if verdict == model.Deny {
		button = deny
		p.press("tab") // from the reasons to the comment
	}
	p.typed("says " + p.login)
	for range 5 {
		s := p.text()
		if !strings.Contains(s, "enter choose") || strings.Contains(s, "has changed") {
			p.late++
			return s, false // it was taken back, since it has changed
		}
		if regexp.MustCompile("▌ " + button + " ").MatchString(s) {
			break
		}
		p.press("tab")
		p.other(s)
	}
	for range 3 {
		p.settle(guard)
		before := p.text()
		p.press("enter")
		p.other(before)
		if !strings.Contains(p.text(), "that was too fast") {
			break
		}
	}
	return p.shows(5*time.Second, func(s string) bool {
		if strings.Contains(button, "these") {
			return strings.Contains(s, "Close") && (tookAmong.MatchString(s) || leftAmong.MatchString(s))
		}
		return tookOne.MatchString(s) || strings.Contains(s, "by you") || strings.Contains(s, "has changed")
	})
}
