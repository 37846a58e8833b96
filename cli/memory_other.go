//go:build !linux

package cli

// keepMemory keeps nothing here: see the one for Linux.
func keepMemory() {}
