// Package logs draws the fifth tab: what the program did (Application), who did
// what to which object (Audit), and what was said to the vault (Vault). They are
// three different things (DESIGN 3).
//
// Rules it keeps:
//
//   - Rows are immutable and come newest first, a page at a time. New ones are put
//     in front; the cursor stays on its row unless one follows.
//   - From a correlation id one key leads to all log lines of the same matter.
//   - Commands come masked from the workflow; nothing here could unmask them.
package logs
