//go:build !linux

package main

// Faults of the disk are played on Linux alone.
func runHolder() {}
func runBroken() {}
