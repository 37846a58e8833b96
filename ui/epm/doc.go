// Package epm draws the fourth tab: endpoint privilege requests with all their
// evidence, devices that wait for approval, and the security incidents that go
// with the requests (SCREENS, EPM).
//
// Rules it keeps:
//
//   - What is known of a request is put into words by the package evidence: every
//     key, every character. Approving waits until all of it was on the screen, and
//     is not offered while the service has only told cut values.
//   - A decision is on the reading that was drawn, with its revision and digest.
//     What came between closes the dialog and says so; the queue refuses the rest.
//   - A list that may be incomplete says why (the vault is away, a command is not
//     permitted, a listing failed); it never looks like peace.
//   - Seconds are counted in the last two minutes only, and nothing but the time
//     that is left is then drawn anew.
package epm
