package evidence

import (
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// Listed is what a list that may be incomplete is of.
type Listed uint8

// What lists are of.
const (
	Requests Listed = iota
	Devices
)

// Trouble says why a list of what waits may be incomplete, and what to do about
// it; nil where nothing stands against it. A list that is silent about that would
// look like peace. words are the commands that the list is made with, of what is in
// it.
func Trouble(h model.Health, l model.Listing, of Listed, words []string, zone *time.Location) (cause, advice widget.Line) {
	what := [2]string{"requests", "Requests raised"}
	if of == Devices {
		what = [2]string{"devices", "Devices that asked"}
	}
	say := func(words string) widget.Line { return widget.Words(theme.Bad, words) }
	hint := func(words string) widget.Line { return widget.Words(theme.Text, words) }
	for _, word := range words {
		if slices.Contains(h.Missing, word) {
			return say("The vault service does not let this program use the command " + word + ", so new " + what[0] + " are not seen."),
				hint("An administrator must add " + word + " to the allow list of the service's key; until then set the alert in the admin console.")
		}
	}
	since := h.Since
	if !l.Since.IsZero() {
		since = l.Since
	}
	missed := "New " + what[0] + " are not here: "
	if !since.IsZero() {
		missed = what[1] + " since " + since.In(zone).Format("15:04") + " are not here: "
	}
	switch h.State {
	case model.HealthUnreachable:
		return say(missed + "the vault is away."), adviceOf(h.Advice, "They are listed when it answers.")
	case model.HealthNoWorker:
		return say(missed + "nothing talks to the vault."), adviceOf(h.Advice, "Start a worker: countersign worker.")
	case model.HealthRefused:
		cause = say(missed + "the vault service refuses this program.")
		if h.Cause != "" {
			cause = append(cause, widget.Say(theme.Bad, " It says: "), widget.Show(theme.Bad, safetext.Line(h.Cause)))
		}
		return cause, adviceOf(h.Advice, "Its key or its licence needs an administrator.")
	case model.HealthUnknown, "":
		return say("Nothing has been heard from the vault yet."), hint("What is shown is what was known before.")
	}
	switch {
	case l.Cause != "":
		// It begins with what is missed, which is said already.
		_, why, found := strings.Cut(l.Cause, " are not seen: ")
		if !found {
			why = l.Cause
		}
		return append(say(missed), widget.Show(theme.Bad, safetext.Line(fullStop(why)))), adviceOf(l.Advice, "They are listed as soon as the service answers again.")
	case l.Listed.IsZero():
		return say("What waits in the vault has not been listed yet."), hint("The worker asks for it when it starts, and about every two minutes.")
	}
	return nil, nil
}

// adviceOf returns the advice that came with the trouble, else ours.
func adviceOf(theirs, ours string) widget.Line {
	if theirs != "" {
		return widget.Foreign(theme.Text, safetext.Line(strings.ToUpper(theirs[:1])+fullStop(theirs[1:])))
	}
	return widget.Words(theme.Text, ours)
}

// fullStop ends a sentence that has no end.
func fullStop(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}
