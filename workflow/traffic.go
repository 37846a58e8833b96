package workflow

import "countersign/store"

// Call is one command that was sent to the vault, as the log keeps it.
type Call struct {
	TrafficRow
	Path     string // of the rate budget
	Priority string
}

// Stored is the call as the store keeps it.
func (c Call) Stored() store.Traffic {
	return store.Traffic{At: c.At, Command: c.Command, Path: c.Path, Priority: c.Priority, Waited: c.Wait, Took: c.Run,
		Status: c.Status, Outcome: c.Outcome, ServiceID: c.ServiceID, Problem: c.Error, Correlation: c.Correlation}
}
