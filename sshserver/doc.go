// Package sshserver is the console over SSH: it lets people in by their keys and
// gives each session to functions that draw a console or run a command. It knows
// nothing of either, nor they of it (DESIGN 2).
//
// It stands on golang.org/x/crypto/ssh itself, because what matters here is what
// is refused and how a session ends: a library above it grants what a client asks
// for (its agent, any variable) and ends sessions with their connection, which
// several sessions may share.
//
// The rules it keeps:
//
//   - Who somebody is comes from the permissions of the finished handshake, never
//     from what was noted while keys were only offered (TERMINAL, v2 over SSH).
//     Options.Who is asked again when the handshake is done, and whenever the queue
//     changes: who has lost the right to be here is sent away.
//   - Only public keys and certificates of a configured authority prove anything.
//   - A session is a console or one command. There is no shell, no subsystem, no
//     forwarding of any kind, and of the environment only what describes the
//     terminal. What is not known is refused.
//   - Everything that a stranger can cause is bounded: handshakes at once, in all and by
//     address, tries, time, lines in the log. Everything that a guest can cause is
//     bounded as well: sessions, the size of a screen, how long one stays.
//   - A panic in one session ends that session alone.
//   - Serve returns when every goroutine that it started has ended.
package sshserver
