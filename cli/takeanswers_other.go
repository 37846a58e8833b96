//go:build !unix

package cli

import "io"

// takeAnswers does nothing here: what a terminal answers late is typed into the shell.
func takeAnswers(io.Reader, terminalFile) error { return nil }
