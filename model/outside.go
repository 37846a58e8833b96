package model

// OutsideEvent says what the program that [notify] names is told of.
type OutsideEvent string

// The events.
const (
	OutsideWaiting   OutsideEvent = "waiting"   // something waits for a group's decision
	OutsideAsked     OutsideEvent = "asked"     // an approver asks the requestor something
	OutsideDecided   OutsideEvent = "decided"   // a request was approved, denied, or expired
	OutsideEmergency OutsideEvent = "emergency" // somebody has approved alone
	OutsideEnding    OutsideEvent = "ending"    // an endpoint request is about to end, undecided
	OutsideTrouble   OutsideEvent = "trouble"   // the worker cannot do its work
	OutsideWell      OutsideEvent = "well"      // it can again
	OutsideTest      OutsideEvent = "test"      // somebody tries the program
)

// OutsideEvents lists the events that can be wanted; the test always is.
func OutsideEvents() []OutsideEvent {
	return []OutsideEvent{OutsideWaiting, OutsideAsked, OutsideDecided, OutsideEmergency, OutsideEnding, OutsideTrouble, OutsideWell}
}
