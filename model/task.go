package model

import "time"

// TaskState is ServiceNow's code for the state of a catalog task (DESIGN 3).
type TaskState int

// The states of a task.
const (
	TaskPending          TaskState = -5
	TaskOpen             TaskState = 1
	TaskInProgress       TaskState = 2
	TaskClosedComplete   TaskState = 3
	TaskClosedIncomplete TaskState = 4
	TaskClosedSkipped    TaskState = 7
)

// TaskStates lists every state, open ones first.
func TaskStates() []TaskState {
	return []TaskState{TaskPending, TaskOpen, TaskInProgress, TaskClosedComplete, TaskClosedIncomplete, TaskClosedSkipped}
}

// Closed reports whether the task has ended.
func (s TaskState) Closed() bool {
	return s == TaskClosedComplete || s == TaskClosedIncomplete || s == TaskClosedSkipped
}

// Words is the state as screens name it.
func (s TaskState) Words() string {
	switch s {
	case TaskPending:
		return "pending"
	case TaskOpen:
		return "open"
	case TaskInProgress:
		return "in progress"
	case TaskClosedComplete:
		return "complete"
	case TaskClosedIncomplete:
		return "incomplete"
	case TaskClosedSkipped:
		return "skipped"
	}
	return "state " + itoa(int(s))
}

// TaskKind says what a task is for.
type TaskKind string

// The kinds of task.
const (
	TaskFulfil TaskKind = "fulfil" // carry out what was approved
	TaskRevoke TaskKind = "revoke" // take access back
)

// Task is the work after approval.
type Task struct {
	ID          int64
	Number      Number
	RequestID   int64
	Kind        TaskKind
	Group       GroupName
	Assignee    PersonID // empty while nobody has it
	State       TaskState
	Picked      Target // what the fulfiller chose where the request only described it
	Revision    int64
	Correlation CorrelationID
	Created     time.Time
	Updated     time.Time
	Closed      time.Time
	CloseNotes  string // foreign text
}

// Outcome returns the event that the closed tasks of a request amount to, and
// false while one is open (DESIGN 3): complete when at least one is complete
// and none incomplete, skipped when all are skipped, else incomplete. Tasks that
// take access back come after the request has ended and do not count.
func Outcome(tasks []Task) (Event, bool) {
	any, complete, incomplete := false, false, false
	for _, t := range tasks {
		if t.Kind != TaskFulfil {
			continue
		}
		any = true
		switch t.State {
		case TaskClosedComplete:
			complete = true
		case TaskClosedIncomplete:
			incomplete = true
		case TaskClosedSkipped:
		default:
			return "", false
		}
	}
	switch {
	case !any:
		return "", false
	case incomplete:
		return EventIncomplete, true
	case complete:
		return EventComplete, true
	}
	return EventSkipped, true
}
