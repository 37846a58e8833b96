// Package decide is what the tabs have in common in which somebody approves or
// denies: the words of a decision, and what was written before a dialog was left.
//
// Rules it keeps (SCREENS, Approvals; DESIGN 6):
//
//   - Nobody denies without a word: a reason is picked, or written.
//   - What was written is lost only to the one who takes it away or sends it.
package decide
