// Package vaultadapt makes a vaultclient.Client into the workflow.Vault that the
// worker drives: it turns intents into mutations, replies into outcomes and the
// client's errors into sentences for people. It decides nothing.
package vaultadapt
