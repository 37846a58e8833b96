//go:build !linux

package store

import "errors"

// nothingDurable says that only Linux lets fsync fail.
func nothingDurable() error { return errors.New("let no fsync succeed: not on this system") }
