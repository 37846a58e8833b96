// Package vaultsim is an HTTP server that behaves like Keeper Commander's Service Mode 18.0.13 over a vault
// that lives in memory. It serves `countersign demo` and the tests of everything that talks to the vault.
//
// It is written against the recorded exchanges in vaultclient/testdata/transcripts and keeps to what
// docs/commander-protocol.md (cited here as PROTOCOL) says of the service, oddities included: a command that
// did nothing may answer "success", one that worked may answer 400, and reads come from a cache that other
// people's changes reach only after sync-down. It shares no code with vaultclient, so that a mistake in one
// is not repeated by the other.
//
// A [Vault] holds what the Keeper cloud holds; calling its methods while a [Server] runs over it is "somebody
// else, elsewhere". The [Server] is the service process: keys, limits, one queue with one worker, the cached
// view, faults that a test arms with [Server.Arm], the ledger of what was really done ([Server.Ledger]) and
// the log of what was asked ([Server.Commands]).
//
// All times come from a [Clock]; nothing here sleeps.
package vaultsim
