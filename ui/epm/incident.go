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

// incidentContent tells both stories one below the other: how the incident went,
// and under it the request's.
func incidentContent(v workflow.IncidentView, o evidence.Options) widget.DetailContent {
	own, request := incidentSides(v, o)
	request.Sections[0].Ruled, request.Sections[0].Title = true, "Its request"
	own.Sections = append(own.Sections, request.Sections...)
	return own
}

// incidentSides tells both stories side by side: the incident's, and the
// request's.
func incidentSides(v workflow.IncidentView, o evidence.Options) (own, request widget.DetailContent) {
	own = widget.DetailContent{
		Title:    widget.Line{widget.Show(theme.Strong, safetext.Line(string(v.Number))), widget.Say(theme.Heading, "  security incident")},
		Right:    incidentState(v.State, v.StateName),
		Sections: []widget.Section{{Facts: incidentFacts(v, o)}},
	}
	if done := asFacts(evidence.Story(v.Timeline, o)); len(done) > 0 {
		own.Sections = append(own.Sections, widget.Section{Title: "What was done and noted", Facts: done})
	}
	r := v.Request
	request = widget.DetailContent{
		Title:    widget.Line{widget.Say(theme.Strong, "Its request"), widget.Say(theme.Text, "  "), evidence.KindOf(theme.Heading, r.EndpointRequest)},
		Right:    evidence.Ends(r.EndpointRequest, o),
		Sections: []widget.Section{{Facts: requestFacts(r, o)}, {Title: "What became of it", Facts: asFacts(requestStory(r, o))}},
	}
	return own, request
}

func fact(label string, lines ...widget.Line) widget.Fact {
	return widget.Fact{Label: label, Value: lines}
}

// asFacts puts events into a section, each behind its time.
func asFacts(events []widget.Event) []widget.Fact {
	var facts []widget.Fact
	for _, e := range events {
		facts = append(facts, fact(e.When, e.What))
	}
	return facts
}

// paragraphs shows foreign text of several lines.
func paragraphs(s string) []widget.Line {
	var lines []widget.Line
	for part := range strings.SplitSeq(s, "\n") {
		lines = append(lines, widget.Foreign(theme.Text, safetext.Line(part)))
	}
	return lines
}

func incidentFacts(v workflow.IncidentView, o evidence.Options) []widget.Fact {
	facts := []widget.Fact{
		fact("What", widget.Foreign(theme.Text, safetext.Line(v.Short))),
		fact("State", append(incidentState(v.State, v.StateName), widget.Say(theme.Faint, fmt.Sprintf("  code %d", v.State)))),
		fact("Priority", append(priority(v.Priority), widget.Say(theme.Faint, " of 5, 1 is critical"))),
		fact("Assigned", login(v.Login)),
		fact("Opened", widget.Words(theme.Text, evidence.Clock(v.Created, o))),
	}
	if !v.Closed.IsZero() {
		facts = append(facts, fact("Closed", widget.Words(theme.Text, evidence.Clock(v.Closed, o))))
	}
	if v.CloseNotes != "" {
		facts = append(facts, fact("Close notes", paragraphs(v.CloseNotes)...))
	}
	return facts
}

// requestFacts is the request in brief; i opens all of it.
func requestFacts(v workflow.EndpointView, o evidence.Options) []widget.Fact {
	r := v.EndpointRequest
	why := []widget.Line{widget.Words(theme.Faint, "not reported")}
	if text, _ := model.JustificationOf(r.Justification); text != "" {
		why = paragraphs(text)
	}
	state := evidence.Ends(r, o)
	if r.State == model.EndpointPending {
		state = append(append(evidence.State(r.State), widget.Say(theme.Faint, " · ")), state...)
	}
	facts := []widget.Fact{
		fact("Who", evidence.Who(r)),
		fact("Runs", evidence.Runs(r)),
		fact("Why", why...),
		fact("Kind", widget.Line{evidence.KindOf(theme.Text, r)}),
		fact("State", state),
	}
	facts = append(facts, evidence.Order(v.Op)...)
	return append(facts, fact("", widget.Words(theme.Note, "i opens it with its evidence")))
}

// requestStory is what became of the request: when it was raised and seen, who
// decided what, and how it ended.
func requestStory(v workflow.EndpointView, o evidence.Options) []widget.Event {
	r := v.EndpointRequest
	var events []widget.Event
	add := func(when string, what ...widget.Line) {
		for _, l := range what {
			events = append(events, widget.Event{When: when, What: l})
			when = ""
		}
	}
	if !r.Created.IsZero() {
		add(evidence.Clock(r.Created, o), widget.Words(theme.Heading, "raised on the machine"))
	}
	if !r.Seen.IsZero() {
		add(evidence.Clock(r.Seen, o), widget.Words(theme.Heading, "first seen here"))
	}
	if d := r.Decision; d.Verdict != "" {
		by := v.DecidedBy
		if by == "" {
			by = string(d.By)
		}
		add(evidence.Clock(d.At, o), widget.Line{widget.Say(theme.Heading, d.Verdict.Past()+" by "), widget.Show(theme.Text, safetext.Line(by))})
		if d.Comment != "" {
			add("", paragraphs(d.Comment)...)
		}
	}
	switch {
	case !r.Ended.IsZero():
		add(evidence.Clock(r.Ended, o), append(widget.Words(theme.Heading, "ended: "), evidence.State(r.State)...))
		if r.Outcome != "" {
			add("", paragraphs(r.Outcome)...)
		}
	case r.State == model.EndpointPending && !r.Expires.IsZero():
		add(evidence.Clock(r.Expires, o), widget.Words(theme.Faint, "ends then, if nobody decides"))
	}
	return events
}
