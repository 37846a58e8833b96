package approvals

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// seatsOf lets the person choose whose say they give; nil where there is nothing to
// choose.
func seatsOf(look *theme.Theme, c workflow.CaseView, me model.PersonID) *widget.Chips {
	if len(c.Seats) < 2 {
		return nil
	}
	choices := make([]widget.Choice, len(c.Seats))
	for i, id := range c.Seats {
		choices[i] = widget.Choice{ID: string(id), Label: "for " + c.Name(id)}
		if id == me {
			choices[i].Label = "for yourself"
		}
	}
	return widget.NewChips(look, choices, string(c.Seats[0]))
}

// seat is whose say the decision gives, "" for the person's own.
func (d *decision) seat() model.PersonID {
	seat := firstSeat(d.view)
	if d.seats != nil {
		seat = model.PersonID(d.seats.Value())
	}
	if seat == d.tab.env.Me.ID || d.alone != nil {
		return ""
	}
	return seat
}

// firstSeat is whose say is given where nobody chooses: one's own before others'.
func firstSeat(c workflow.CaseView) model.PersonID {
	if len(c.Seats) == 0 {
		return ""
	}
	return c.Seats[0]
}

// actsFor says for whom the vote counts, nothing where it is the person's own.
func actsFor(c workflow.CaseView, seat, me model.PersonID) []widget.Line {
	if seat == "" || seat == me {
		return nil
	}
	return []widget.Line{{widget.Say(theme.WarnStrong, "for "), widget.Show(theme.WarnStrong, visible(c.Name(seat))),
		widget.Say(theme.Warn, ": you act for them, and the vote counts as theirs")}}
}
