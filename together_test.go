package main

import (
	"testing"

	"countersign/model"
)

// TestSeveralDecide plays at a terminal what more than one person decides: a question
// and its answer, two steps of which the second is taken by somebody who acts for
// another, and an emergency with its review.
func TestSeveralDecide(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		t.Run(map[bool]string{true: "120x36", false: "80x24"}[size[0] == 120], func(t *testing.T) {
			t.Parallel()
			p := startPlay(t, size[0], size[1])
			number := p.submit("Request access to record", []filled{{row: "Find it", right: 1, below: true, text: "the ledger database"},
				{row: "Rights", right: 4}, {row: "How long", right: 4}})

			p.be("erin")
			p.read(number)
			p.press("i")
			p.wait("Ask about " + number)
			p.typed("for which ticket?")
			p.confirm("Ask")
			p.wait(number + ": the requestor")

			p.be("alice")
			p.press("]")
			p.read(number)
			p.wait("for which ticket?", "not answered yet")
			p.press("i")
			p.wait("Answer about " + number)
			p.typed("INC0012345")
			p.confirm("Send")
			p.wait("is answered")

			p.be("erin")
			p.say(number, "your approval counts", "1 more has to approve after yours")
			p.be("omar")
			p.say(number, number+" approved", "yours is the last vote of this step")
			p.be("dana")
			p.say(number, number+" approved", "for sybil: you act for them")

			p.be("alice")
			number = p.submit("Request access to record", []filled{{row: "Find it", right: 1, below: true, text: "the core switch"}})
			p.be("dana")
			p.read(number)
			p.readAll()
			p.press("!")
			p.wait("alone, in an emergency")
			p.to("Reason")
			p.typed("the line is down")
			p.to("Phrase")
			p.paste(model.EmergencyPhrase(model.Number(number)))
			p.wait("this is typed, not pasted")
			p.typed(model.EmergencyPhrase(model.Number(number)))
			for range 3 {
				p.press("pgdown")
			}
			p.confirm("Approve alone")
			p.wait(number + " approved")

			p.be("omar")
			p.press("N")
			p.wait("dana approved " + number)
			p.press("s")
			p.wait("You were told nothing new")
			p.press("esc")
			p.wait("Waiting")
			p.press("[")
			p.wait("REVIEW")
			p.read(number)
			p.wait("the line is down")
			p.readAll()
			p.press("r")
			p.wait("Review " + number)
			p.typed("it was down indeed")
			p.confirm("Reviewed")
			p.wait("is reviewed")
			p.press("q")
			if err := p.quit(); err != nil {
				t.Errorf("the program ended with %v", err)
			}
		})
	}
}

// read opens a request of the list in front as a page.
func (p *play) read(number string) {
	p.t.Helper()
	p.wait("NUMBER")
	p.find(number)
	p.press("enter")
	p.wait("Asks", "c comment")
}

// readAll scrolls to the end.
func (p *play) readAll() {
	for range 6 {
		p.press("pgdown")
	}
}

// say reads a request to its end and approves it. The dialog and what came of it say
// how far that goes.
func (p *play) say(number, result, far string) {
	p.t.Helper()
	p.read(number)
	p.readAll()
	p.press("a")
	p.wait("Approve "+number, far)
	for range 3 {
		p.press("pgdown")
	}
	p.confirm("Approve")
	p.wait(result)
	p.press("esc")
}
