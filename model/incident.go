package model

import (
	"slices"
	"strings"
)

// IncidentTable is what incidents are called and how urgent they are: data of the
// configuration.
type IncidentTable struct {
	// Names are what the states are called; one that is missing has its usual name.
	Names map[IncidentState]string
	// Priority is by the kind of endpoint request, as the service names it, from 1,
	// critical, to 5, planning; DefaultPriority is for the others.
	Priority map[string]int
}

// DefaultPriority is the priority of an incident of which the table says nothing:
// moderate.
const DefaultPriority = 3

// PriorityOf returns the priority of a new incident.
func (t IncidentTable) PriorityOf(kind string) int {
	if p := t.Priority[kind]; p >= 1 && p <= 5 {
		return p
	}
	return DefaultPriority
}

// Name returns what a state is called.
func (t IncidentTable) Name(s IncidentState) string {
	if n := t.Names[s]; n != "" {
		return n
	}
	return s.Words()
}

// Find returns the state with that name, ignoring case, or code.
func (t IncidentTable) Find(name string) (IncidentState, bool) {
	all := IncidentStates()
	i := slices.IndexFunc(all, func(s IncidentState) bool { return strings.EqualFold(t.Name(s), name) || itoa(int(s)) == name })
	if i < 0 {
		return 0, false
	}
	return all[i], true
}

// Words names a state as ServiceNow does.
func (s IncidentState) Words() string {
	switch s {
	case IncidentDraft:
		return "Draft"
	case IncidentAnalysis:
		return "Analysis"
	case IncidentContain:
		return "Contain"
	case IncidentEradicate:
		return "Eradicate"
	case IncidentRecover:
		return "Recover"
	case IncidentReview:
		return "Review"
	case IncidentClosed:
		return "Closed"
	case IncidentCancelled:
		return "Cancelled"
	}
	return itoa(int(s))
}

// Over reports whether an incident in this state is closed or cancelled.
func (s IncidentState) Over() bool { return s == IncidentClosed || s == IncidentCancelled }
