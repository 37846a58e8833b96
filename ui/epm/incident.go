package epm

import (
	"fmt"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/evidence"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// incidentContent tells both stories: what was asked for and what became of it,
// and under it how the incident went.
func incidentContent(v workflow.IncidentView, o evidence.Options) widget.DetailContent {
	fact := func(label string, lines ...widget.Line) widget.Fact { return widget.Fact{Label: label, Value: lines} }
	c := widget.DetailContent{
		Title:    widget.Line{widget.Show(theme.Strong, safetext.Line(string(v.Number))), widget.Say(theme.Heading, "  security incident")},
		Right:    incidentState(v.State, v.StateName),
		Timeline: evidence.Story(v.Timeline, o),
	}
	state := append(incidentState(v.State, v.StateName), widget.Say(theme.Faint, fmt.Sprintf("  code %d", v.State)))
	own := widget.Section{Facts: []widget.Fact{
		fact("What", widget.Foreign(theme.Text, safetext.Line(v.Short))),
		fact("State", state),
		fact("Priority", append(priority(v.Priority), widget.Say(theme.Faint, " of 5, 1 is critical"))),
		fact("Assigned", login(v.Login)),
		fact("Opened", widget.Words(theme.Text, evidence.Clock(v.Created, o))),
	}}
	if !v.Closed.IsZero() {
		own.Facts = append(own.Facts, fact("Closed", widget.Words(theme.Text, evidence.Clock(v.Closed, o))))
	}
	if v.CloseNotes != "" {
		var lines []widget.Line
		for part := range strings.SplitSeq(v.CloseNotes, "\n") {
			lines = append(lines, widget.Foreign(theme.Text, safetext.Line(part)))
		}
		own.Facts = append(own.Facts, fact("Close notes", lines...))
	}
	c.Sections = []widget.Section{own, {Title: "Its request", Ruled: true, Facts: requestStory(v.Request, o)}}
	return c
}

// requestStory is the request's own story in brief; i opens all of it.
func requestStory(v workflow.EndpointView, o evidence.Options) []widget.Fact {
	r := v.EndpointRequest
	event := func(label string, what widget.Line) widget.Fact {
		return widget.Fact{Label: label, Value: []widget.Line{what}}
	}
	facts := []widget.Fact{
		event("Who", evidence.Who(r)),
		event("Runs", evidence.Runs(r)),
		event("Kind", widget.Line{evidence.KindOf(theme.Text, r)}),
		event("State", evidence.Ends(r, o)),
	}
	at := func(words string, moment string) {
		facts = append(facts, event(moment, widget.Words(theme.Heading, words)))
	}
	if !r.Created.IsZero() {
		at("raised", evidence.Clock(r.Created, o))
	}
	if !r.Seen.IsZero() {
		at("first seen here", evidence.Clock(r.Seen, o))
	}
	if d := r.Decision; d.Verdict != "" {
		by := v.DecidedBy
		if by == "" {
			by = string(d.By)
		}
		line := widget.Line{widget.Say(theme.Heading, d.Verdict.Past()+" by "), widget.Show(theme.Text, safetext.Line(by))}
		if d.Comment != "" {
			line = append(line, widget.Say(theme.Heading, ": "), widget.Show(theme.Text, safetext.Line(d.Comment)))
		}
		facts = append(facts, event(evidence.Clock(d.At, o), line))
	}
	if !r.Ended.IsZero() {
		line := widget.Line{widget.Say(theme.Heading, "ended: "), evidence.State(r.State)[0]}
		if r.Outcome != "" {
			line = widget.Line{line[0], widget.Show(theme.Text, safetext.Line(r.Outcome))}
		}
		facts = append(facts, event(evidence.Clock(r.Ended, o), line))
	}
	if r.State == model.EndpointPending {
		facts = append(facts, widget.Fact{Value: []widget.Line{widget.Words(theme.Note, "i opens it with its evidence")}})
	}
	return facts
}
