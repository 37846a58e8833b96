//go:build !linux

package main

// Faults of the disk, and other programs of the same account, are played on Linux alone.
func runHolder() {}
func runBroken() {}
func runPrying() {}
