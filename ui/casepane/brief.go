package casepane

import (
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Brief returns what has to be read before one of many requests is decided
// together with the others: every line of its statement, warnings first, the
// reason whole, and what is special about the plan where the vault was asked.
func Brief(c workflow.CaseView, o Options) widget.Section {
	p := newPane(c, o)
	section := widget.Section{Title: p.take("Request") + "  " + p.item()}
	var warnings []widget.Line
	for _, w := range p.warnings() {
		warnings = append(warnings, append(widget.Line{say(theme.WarnStrong, "▲ ")}, w...))
	}
	section.Facts = present(
		widget.Fact{Label: "Warning", Value: warnings},
		p.who(), p.what(), p.asks(), p.allowed(), p.why(), p.asked())
	section.Facts = append(section.Facts, p.answers()...)
	if c.Facts != nil || p.plan != nil {
		section.Facts = append(section.Facts, present(p.has(), p.inside(), p.willDo())...)
	}
	section.Facts = append(section.Facts, present(p.refersTo(), p.form())...)
	var also widget.Line
	for _, l := range p.lines {
		if also != nil {
			also = append(also, say(theme.Faint, " · "))
		}
		also = append(also, show(theme.Faint, l.Value))
	}
	p.lines = nil
	if also != nil {
		section.Facts = append(section.Facts, widget.Fact{Label: "Policy", Value: []widget.Line{also}})
	}
	return section
}
