//go:build !linux

package workflow

// processName names no process here: its end cannot be told from outside.
func processName(int) string { return "" }

// ended is not known here: a lease has to run out.
func ended(string) bool { return false }
