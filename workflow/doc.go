// Package workflow holds the verbs that people use: submit, decide, claim, plan,
// fulfil, close, withdraw, give back, revoke. Each takes the acting person's id,
// loads that person inside its transaction, asks model.Can there, and commits
// the new state, the audit entry and the orders to the vault together.
//
// The package opens every transaction and keeps none open during a call to the
// vault. Orders to the vault are rows of the outbox; the Worker carries them out
// through the Vault interface and judges them by positive evidence only.
//
// Screens and commands know this package and model, nothing below.
package workflow
