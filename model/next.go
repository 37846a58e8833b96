package model

import (
	"fmt"
	"slices"
)

// Event is something that moves a request from one state to another.
type Event string

// The events of a request's life (DESIGN 3).
const (
	EventApproved   Event = "approved" // the last needed approval
	EventRejected   Event = "rejected"
	EventWithdrawn  Event = "withdrawn"
	EventExpired    Event = "expired" // nobody decided before the due date
	EventComplete   Event = "complete"
	EventIncomplete Event = "incomplete"
	EventSkipped    Event = "skipped"
)

// Events lists every event.
func Events() []Event {
	return []Event{EventApproved, EventRejected, EventWithdrawn, EventExpired, EventComplete, EventIncomplete, EventSkipped}
}

// TransitionError says that an event cannot happen in a state.
type TransitionError struct {
	State RequestState
	Event Event
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("a request that is %s cannot become %s", e.State.Words(), e.Event)
}

// Next returns the state that follows an event. It is the only place where a
// request's state is computed; anything it does not name is a *TransitionError.
func Next(s RequestState, e Event) (RequestState, error) {
	switch s {
	case Requested:
		switch e {
		case EventApproved:
			return InProcess, nil
		case EventRejected:
			return ClosedRejected, nil
		case EventWithdrawn:
			return ClosedCancelled, nil
		case EventExpired:
			return ClosedExpired, nil
		}
	case InProcess:
		switch e {
		case EventWithdrawn:
			return ClosedCancelled, nil
		case EventComplete:
			return ClosedComplete, nil
		case EventIncomplete:
			return ClosedIncomplete, nil
		case EventSkipped:
			return ClosedSkipped, nil
		}
	}
	return s, &TransitionError{s, e}
}

// taskNext lists which task state may follow which.
var taskNext = map[TaskState][]TaskState{
	TaskPending:    {TaskOpen, TaskClosedSkipped},
	TaskOpen:       {TaskInProgress, TaskClosedSkipped, TaskClosedIncomplete, TaskClosedComplete},
	TaskInProgress: {TaskOpen, TaskClosedComplete, TaskClosedIncomplete, TaskClosedSkipped},
}

// CanBecome reports whether a task may go from one state to another.
func (s TaskState) CanBecome(next TaskState) bool { return slices.Contains(taskNext[s], next) }
