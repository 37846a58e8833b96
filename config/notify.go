package config

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"countersign/model"
)

// Outside says which program is told of what happens, while nobody looks at a
// console.
type Outside struct {
	// Command is the program, absolute, and its arguments; nil where nothing is told.
	Command []string
	Events  []model.OutsideEvent // that are wanted; nil for all
	// Ending is how long before its end an endpoint request is told of.
	Ending time.Duration
}

func readOutside(t *table, at places) Outside {
	o := Outside{Command: t.texts("command"), Events: choices(t, "events", "event", model.OutsideEvents()), Ending: t.duration("ending", 5*time.Minute, time.Minute, 24*time.Hour)}
	if !t.has("command") {
		return o
	}
	if len(o.Command) == 0 || o.Command[0] == "" {
		t.wrong("command", `expected the program and its arguments, as ["/usr/local/bin/tell-approvers", "--channel", "vault"]`)
		o.Command = nil
		return o
	}
	for _, arg := range o.Command {
		if strings.ContainsFunc(arg, unicode.IsControl) {
			t.wrong("command", "%q holds control characters", arg)
		}
	}
	o.Command = slices.Clone(o.Command)
	switch {
	case strings.HasPrefix(o.Command[0], "~/"):
		home, ok := at.env("HOME")
		if !ok || !filepath.IsAbs(home) {
			t.wrong("command", "~ stands for the home folder, and HOME is not set: write the whole path")
		}
		o.Command[0] = filepath.Join(home, o.Command[0][2:])
	case !filepath.IsAbs(o.Command[0]):
		t.wrong("command", "%q: write the whole path of the program; no shell looks for it, and it is no line of a shell", o.Command[0])
	}
	return o
}
