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
	since := ""
	if !h.Since.IsZero() {
		since = " since " + h.Since.In(zone).Format("15:04")
	}
	switch h.State {
	case model.HealthUnreachable:
		return say("The vault is away" + since + ": requests raised since then are not here."), adviceOf(h, "They are listed when it answers.")
	case model.HealthNoWorker:
		return say("Nothing talks to the vault" + since + ": requests raised since then are not here."), adviceOf(h, "Start a worker: countersign worker.")
	case model.HealthRefused:
		cause = say("The vault service refuses this program" + since + ": requests raised since then are not here.")
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

// drawBanner puts cause and advice on one line of the width.
func drawBanner(t *theme.Theme, cause, advice widget.Line, width int) string {
	cause = append(widget.Words(theme.Bad, "  "+t.Glyphs.Alert+" "), cause...).Cut(width)
	advice = append(widget.Words(theme.Text, "  "), advice...).Cut(width - cause.Width())
	return t.Paint(theme.Page, theme.Bad, cause.String()) + t.Paint(theme.Page, theme.Text, advice.String())
}
