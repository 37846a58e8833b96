//go:build !linux && !darwin

package ui

import tea "charm.land/bubbletea/v2"

// CanStop reports whether the program can go into the background.
func CanStop() bool { return false }

func stop() tea.Cmd { return nil }

func stopsFor(*tea.Program) (end func()) { return func() {} }
