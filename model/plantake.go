package model

import (
	"fmt"
	"time"
)

// PlanTake plans the taking of a record or a folder from people and teams, one
// step each from what they have now. Who has nothing any more needs no step, and
// is told. It fails where somebody owns it: ownership is not taken.
func PlanTake(facts RecordFacts, who []string) (Plan, error) {
	var p Plan
	on := facts.Target()
	kind := OpRemove
	if on.Kind == TargetFolder {
		kind = OpLeave
	}
	for _, address := range who {
		have, name := facts.Share(address), ""
		for _, h := range facts.Shares {
			if h.Email == address {
				name = h.Team
			}
		}
		base := Wanted{On: on, Email: address, Team: name}.base(have)
		owner := Person{Email: address}
		switch {
		case have.Right.Owner() || owner.Is(facts.Owner):
			return p, fmt.Errorf("%s owns the %s: ownership is not taken here, it is transferred in Keeper", address, on.Kind)
		case have.None():
			p.Warnings = append(p.Warnings, base.Who()+" has no access any more")
		default:
			p.Steps = append(p.Steps, Step{Kind: kind, Intent: base.with("", Permanent, time.Time{})})
		}
	}
	if len(p.Steps) == 0 {
		p.Nothing, p.Warnings = "none of them has access any more", nil
	}
	return p, nil
}
