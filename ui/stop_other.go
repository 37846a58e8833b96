//go:build !linux && !darwin

package ui

import tea "charm.land/bubbletea/v2"

// CanStop reports whether the program can go into the background.
func CanStop() bool { return false }

type stops struct{}

func (*stops) filter(_ tea.Model, msg tea.Msg) tea.Msg { return msg }
func (*stops) begin(*tea.Program)                      {}
func (*stops) end()                                    {}
