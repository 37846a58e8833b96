package epm

import (
	"slices"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// trouble says why the list of waiting requests may be incomplete, and what to
// do about it; nil where nothing stands against it. A list that is silent about
// that would look like peace.
func trouble(h model.Health, zone *time.Location) (cause, advice widget.Line) {
	say := func(words string) widget.Line { return widget.Words(theme.Bad, words) }
	hint := func(words string) widget.Line { return widget.Words(theme.Text, words) }
	for _, word := range []string{"epm", "sync-down"} {
		if slices.Contains(h.Missing, word) {
			return say("The vault service does not let this program use the command " + word + ", so new requests are not seen."),
				hint("An administrator must add " + word + " to the allow list of the service's key.")
		}
	}
	missed := "New requests are not here: "
	if !h.Since.IsZero() {
		missed = "Requests raised since " + h.Since.In(zone).Format("15:04") + " are not here: "
	}
	switch h.State {
	case model.HealthUnreachable:
		return say(missed + "the vault is away."), adviceOf(h, "They are listed when it answers.")
	case model.HealthNoWorker:
		return say(missed + "nothing talks to the vault."), adviceOf(h, "Start a worker: countersign worker.")
	case model.HealthRefused:
		cause = say(missed + "the vault service refuses this program.")
		if h.Cause != "" {
			cause = append(cause, widget.Say(theme.Bad, " It says: "), widget.Show(theme.Bad, safetext.Line(h.Cause)))
		}
		return cause, adviceOf(h, "Its key or its licence needs an administrator.")
	case model.HealthUnknown, "":
		return say("Nothing has been heard from the vault yet."), hint("What is shown is what was known before.")
	}
	return nil, nil
}

// adviceOf returns the advice that came with the health, else ours.
func adviceOf(h model.Health, ours string) widget.Line {
	if h.Advice != "" {
		return widget.Foreign(theme.Text, safetext.Line(h.Advice))
	}
	return widget.Words(theme.Text, ours)
}

// drawBanner puts a cause on one line of the width. What to do about it stands in
// the frame.
func drawBanner(t *theme.Theme, cause widget.Line, width int) string {
	l := append(widget.Words(theme.Bad, "  "+t.Glyphs.Alert+" "), cause...).Cut(width)
	return t.Paint(theme.Page, theme.Bad, l.String())
}
