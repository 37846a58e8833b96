// Package vaultclient speaks Keeper Commander's Service Mode: it sends one command of Commander's console
// at a time over HTTP and turns what comes back into evidence. It knows nothing of requests, approvals or tasks.
//
// The rules it keeps:
//
//   - Commands are built from typed parts only, through one quoting rule (PROTOCOL 8). No caller can pass a command as text,
//     and nothing a person typed is ever sent to the service's search.
//   - Reads go by v1, which costs one call, and by v2 where v1 is absent. Mutations go by v2 only, in three steps that the caller
//     can make durable one by one: Client.Submit, Client.Await, Judge.
//   - An outcome is Done only by the positive evidence that PROTOCOL 11 and 12 name for that command, Refused only by a text that is
//     known to mean so, and Unknown otherwise: HTTP codes and the word "success" prove nothing. What is Unknown is found
//     out by reading, with the Verify method of the mutation (PROTOCOL 13).
//   - An error of Submit means that nothing was queued, unless errors.Is(err, ErrMaybeQueued).
//   - An error of Await never means that the operation failed: call it again with the same id, unless errors.Is(err, ErrRequestUnknown).
//   - All calls share one Budget (DESIGN 5): a sliding log per URL path with three priorities.
//   - Secrets do not leave by accident: the service's echo of the command is never kept, the fields of a record are dropped while its
//     answer is parsed unless GetSecrets asks for them, values in commands are masked in the traffic log, and a one-time link is a
//     Secret that prints as dots.
//   - Texts of the service (Refused.Text, Error.Text, titles, justifications) are foreign: draw them through safetext only.
//   - TLS is verified; there is no way to switch that off, redirects are not followed and proxy variables of the environment are ignored.
package vaultclient
