// Package logs draws the fifth tab: what the program did (Application), who did
// what to which object (Audit), and what was said to the vault (Vault). They are
// three different things (DESIGN 3).
//
// Rules it keeps:
//
//   - Rows are immutable and come newest first, a page at a time. New ones are put
//     in front; the cursor stays on its row unless one follows.
//   - Words of a filter are looked up, those in quotes are looked for as they are. A
//     search is asked for in parts: what it has found is shown while it goes on, how
//     far it came is said, and esc stops it.
//   - Who follows is told of changes by a subscription, and asks only for what is new.
//   - From a correlation id one key leads to all log lines of the same matter.
//   - Commands come masked from the workflow; nothing here could unmask them.
package logs
