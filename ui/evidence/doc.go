// Package evidence puts into words and lines what is known of an endpoint
// privilege request or of a device that waits for approval (SCREENS, EPM), for
// the two tabs that show them.
//
// Rules it keeps:
//
//   - Every key that the service reports is shown under the service's own name;
//     what it does not report is said to be not reported, and what it reports as
//     empty to be empty.
//   - Every character of it is shown: line breaks end lines only where people
//     write them, tabs and all other controls are drawn by name. safetext.Decode
//     of the lines joined with LF is what was reported.
//   - A command is shown whole, one numbered argument a line, so that a line that
//     was wrapped cannot be taken for an argument.
//   - Nothing in it changes with the passing of time but the time that is left, so
//     that what was read stays read.
package evidence
