// Package model is countersign's domain: requests, approvals, votes, tasks,
// operations, grants, endpoint requests, people and the catalog, as pure values
// and functions.
//
// Three functions hold the rules, and nothing else does:
//
//   - Next says which request state follows which event.
//   - Can says whether a person may do something to a case now, and if not, why.
//   - PlanAccess says which vault operations lead from what somebody has
//     to what was approved, never losing standing access on the way.
//
// The package does no I/O, never reads the clock and imports no other package
// of this module, so every rule can be tested without a database, a vault or a
// terminal. Words and codes are ServiceNow's wherever it has one (DESIGN 3).
package model
