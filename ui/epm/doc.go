// Package epm draws the fourth tab: endpoint privilege requests with all their
// evidence (SCREENS, EPM).
//
// Rules it keeps:
//
//   - Every key that the service reports is shown under the service's own name;
//     what it does not report is said to be not reported, and what it reports as
//     empty to be empty.
//   - A command is shown whole, one numbered argument a line, so that a line that
//     was wrapped cannot be taken for an argument. v shows every character.
//   - A list that may be incomplete says why (the vault is away, a command is not
//     permitted); it never looks like peace.
//   - Nothing is decided here yet; the keys for it are not offered.
package epm
