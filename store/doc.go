// Package store is countersign's queue on disk: typed reads and conditional
// writes over three SQLite files in one folder (DESIGN 4, STORAGE).
//
//   - queue.db holds all that must last: people, requests, votes, tasks,
//     operations, grants, sealed answers and the audit chain. A commit is on the
//     disk (synchronous FULL) before anybody is told.
//   - log.db holds the application log and the vault traffic.
//   - live.db holds what may be lost at any time: heartbeats, the vault's health
//     and look-ups with their short-lived answers. It is recreated when deleted.
//
// The package keeps these rules:
//
//   - It holds no rules of the domain. States are moved by conditional writes
//     that name the state, revision or fence they expect; that no row changed is
//     an answer (a bool), never an error.
//   - All writing goes through one goroutine for each file and process, which
//     commits waiting jobs in groups. A job that fails undoes its own changes
//     only.
//   - Statements are written once for SQLite and PostgreSQL: parameters are $n,
//     numbered in order of first appearance, and new ids come from RETURNING. A
//     test reads every statement.
//   - Lists page by key, and every order that is offered has its index. There
//     are no statistics for the planner: joins are written in the order in which
//     they are walked, and tests hold the plans.
//   - Times are microseconds since 1970 UTC, as integers, in every table.
//   - Correctness never rests on the gate between processes; it only orders
//     them fairly (STORAGE 2).
package store
