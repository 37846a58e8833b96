package evidence

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Options say when and where times are read.
type Options struct {
	Now  time.Time
	Zone *time.Location
}

// longestLabel is what fits into the column of labels; longer keys stand above
// their value.
const longestLabel = 14

// Key names a reading of a request: under another key its evidence has to be read
// again.
func Key(v workflow.EndpointView) string {
	return fmt.Sprintf("endpoint %d %d %s", v.ID, v.Revision, v.Statement.Digest())
}

// Endpoint is everything that is known of a request.
func Endpoint(v workflow.EndpointView, o Options) widget.DetailContent {
	c := widget.DetailContent{
		Title:    title(v),
		Right:    Ends(v.EndpointRequest, o),
		Warnings: Warnings(v, o),
		Timeline: o.timeline(v),
	}
	c.Sections = []widget.Section{
		{Facts: append([]widget.Fact{{Label: "Who", Value: person(v.EndpointRequest)}}, Why(v.Justification)...)},
		{Facts: runs(v.EndpointRequest)},
	}
	if facts := o.outcome(v); len(facts) > 0 {
		c.Sections = append(c.Sections, widget.Section{Facts: facts})
	}
	c.Sections = append(c.Sections, hints(v.Hints))
	c.Sections = append(c.Sections, o.before(v.History))
	if facts := deciders(v); len(facts) > 0 {
		c.Sections = append(c.Sections, widget.Section{Facts: facts})
	}
	c.Sections = append(c.Sections, Reported(v.EndpointRequest, o)...)
	return c
}

func title(v workflow.EndpointView) widget.Line {
	name := widget.Say(theme.Strong, "Endpoint request")
	if v.EndpointRequest.Incident != "" {
		name = widget.Show(theme.Strong, safetext.Line(string(v.EndpointRequest.Incident)))
	}
	return widget.Line{name, widget.Say(theme.Text, "  "), KindOf(theme.Heading, v.EndpointRequest)}
}

// Ends says how long there still is to decide, or how it ended.
func Ends(r model.EndpointRequest, o Options) widget.Line {
	if r.State != model.EndpointPending {
		return State(r.State)
	}
	if r.Expires.IsZero() {
		return widget.Words(theme.Faint, "no end reported")
	}
	left := r.Expires.Sub(o.Now)
	if left <= 0 {
		return widget.Words(theme.BadStrong, "time is over")
	}
	return widget.Words(leftInk(left, theme.Heading), widget.Due(left)+" left")
}

// Warnings are what has to be read first: what is missing of the evidence, and
// doubts about the time.
func Warnings(v workflow.EndpointView, o Options) []widget.Line {
	var w []widget.Line
	r := v.EndpointRequest
	if !r.Complete && r.State == model.EndpointPending {
		w = append(w, widget.Words(theme.WarnStrong, Pending(v)+": the service has cut these values; the whole ones are being fetched. It can be denied, not approved."))
	} else if !r.Complete {
		w = append(w, widget.Words(theme.Warn, "The service has cut these values; the whole ones were never fetched."))
	}
	if r.Doubt != "" {
		w = append(w, widget.Line{widget.Say(theme.Warn, "Its time is in doubt: "), widget.Show(theme.Warn, safetext.Line(r.Doubt))})
	}
	if !r.Again.IsZero() {
		w = append(w, widget.Words(theme.Warn, "The hour comes twice on that day: it may have been raised at "+o.clock(r.Again)+" as well."))
	}
	if r.State == model.EndpointPending && !r.Expires.IsZero() && !r.Expires.After(o.Now) {
		w = append(w, widget.Words(theme.Warn, "Its time is over, but the vault has not said so yet."))
	}
	return w
}

// Pending says how long the evidence is still to be waited for.
func Pending(v workflow.EndpointView) string {
	if v.Ahead == 0 {
		return "Evidence pending"
	}
	return fmt.Sprintf("Evidence pending, %d ahead", v.Ahead)
}

func person(r model.EndpointRequest) []widget.Line {
	who := widget.Line{value(theme.Strong, r.User), widget.Say(theme.Heading, " on "), value(theme.Strong, r.Machine)}
	if r.Agent == "" {
		return []widget.Line{who}
	}
	return []widget.Line{who, {widget.Say(theme.Faint, "agent "), widget.Show(theme.Faint, safetext.Counted(r.Agent))}}
}

func value(ink theme.Ink, s string) widget.Span {
	if s == "" {
		return widget.Say(theme.Faint, "not reported")
	}
	return widget.Show(ink, safetext.Counted(s))
}

func notReported() []widget.Line { return []widget.Line{widget.Words(theme.Faint, "not reported")} }

// Why shows the justification as text, and what else came with it.
func Why(raw string) []widget.Fact {
	if raw == "" {
		return []widget.Fact{{Label: "Why", Value: notReported()}}
	}
	text, rest := model.JustificationOf(raw)
	facts := []widget.Fact{{Label: "Why", Value: block(theme.Text, text)}}
	// Its members have names that the writer chose: beside a label of ours they
	// could pass for one.
	for _, f := range rest {
		name := widget.Line{widget.Show(theme.Faint, safetext.Line(f.Key)), widget.Say(theme.Faint, ": ")}
		value := block(theme.Heading, f.Value)
		value[0] = append(name, value[0]...)
		facts = append(facts, widget.Fact{Label: "with it", Value: value})
	}
	return facts
}

// block shows foreign text of several lines, each character of it: blanks that
// nobody would see are counted.
func block(ink theme.Ink, s string) []widget.Line {
	var lines []widget.Line
	for part := range strings.SplitSeq(s, "\n") {
		lines = append(lines, widget.Foreign(ink, safetext.Counted(part)))
	}
	return lines
}

// labelled shows one key with its value.
func labelled(key, v string) []widget.Fact {
	lines := []widget.Line{widget.Words(theme.Faint, "empty")}
	switch {
	case key == model.KeyCommand && v != "":
		lines = []widget.Line{widget.Foreign(theme.Text, safetext.Counted(v))}
	case v != "":
		lines = block(theme.Text, v)
	}
	return under(key, lines)
}

// under puts a key before its value, or above where it is long or not plain.
func under(key string, lines []widget.Line) []widget.Fact {
	if shown := safetext.Line(key); utf8.RuneCountInString(key) > longestLabel || shown.String() != key {
		return []widget.Fact{{Value: append([]widget.Line{widget.Foreign(theme.Faint, shown)}, lines...)}}
	}
	return []widget.Fact{{Label: key, Value: lines}}
}

// Reported lists every key under the service's own name, the known ones even when
// they are missing, then what the service reports beside the two groups.
func Reported(r model.EndpointRequest, o Options) []widget.Section {
	account, application := widget.Section{Title: "Account"}, widget.Section{Title: "Application"}
	rest := widget.Section{Title: "Request"}
	for _, l := range r.Evidence() {
		facts := labelled(l.Key, l.Value)
		if !l.Reported {
			facts = under(l.Key, notReported())
		}
		s := &rest
		switch l.Group {
		case model.GroupAccount:
			s = &account
		case model.GroupApplication:
			s = &application
		}
		s.Facts = append(s.Facts, facts...)
	}
	add := func(key, v string) {
		if _, listed := r.Fact("", key); !listed {
			rest.Facts = append(rest.Facts, widget.Fact{Label: key, Value: []widget.Line{{value(theme.Text, v)}}})
		}
	}
	created, minutes := "", ""
	if !r.Created.IsZero() {
		created = r.Created.In(o.Zone).Format("2006-01-02 15:04:05 MST")
	}
	if r.Minutes > 0 {
		minutes = strconv.Itoa(r.Minutes) + " minutes"
	}
	for _, kv := range [][2]string{{"approval_uid", string(r.UID)}, {"approval_type", r.Kind}, {"agent_uid", r.Agent},
		{"created", created}, {"expire_in", minutes}} {
		add(kv[0], kv[1])
	}
	if _, named := Policy(r); !named {
		// People look for it: the service has no key for it (PROTOCOL 12.7).
		rest.Facts = append(rest.Facts, widget.Fact{Label: "policy", Value: []widget.Line{
			widget.Words(theme.Faint, "not reported: the service does not say by which policy it asks")}})
	}
	return []widget.Section{account, application, rest}
}

// Policy is the policy that made the machine ask, as a cell, and whether any is
// named: under whatever key speaks of one.
func Policy(r model.EndpointRequest) (widget.Line, bool) {
	for _, f := range r.Facts {
		if isPolicy(f) {
			return widget.Foreign(theme.Text, safetext.Line(f.Value)), true
		}
	}
	return widget.Words(theme.Faint, "not reported"), false
}

func isPolicy(f model.Fact) bool {
	return f.Value != "" && strings.Contains(strings.ToLower(f.Key), "policy")
}

// deciders says who can decide it, while somebody has to.
func deciders(v workflow.EndpointView) []widget.Fact {
	if v.State != model.EndpointPending {
		return nil
	}
	var facts []widget.Fact
	if v.Group != "" {
		facts = append(facts, widget.Fact{Label: "Waits for", Value: []widget.Line{widget.Foreign(theme.Text, safetext.Line(string(v.Group)))}})
	}
	return append(facts, whoCan(v.Deciders)...)
}

func whoCan(logins []string) []widget.Fact {
	if len(logins) == 0 {
		return nil
	}
	return []widget.Fact{{Label: "Can decide", Value: []widget.Line{widget.Foreign(theme.Text, safetext.Line(strings.Join(logins, ", ")))}}}
}

// outcome says who decided what, and what became of the order.
func (o Options) outcome(v workflow.EndpointView) []widget.Fact {
	var facts []widget.Fact
	if v.State != model.EndpointPending {
		lines := []widget.Line{State(v.State)}
		if v.State == model.EndpointElsewhere {
			lines = []widget.Line{widget.Words(theme.Heading, "decided elsewhere, not from here")}
		}
		if v.Outcome != "" {
			lines = append(lines, block(theme.Text, v.Outcome)...)
		}
		facts = append(facts, widget.Fact{Label: "Outcome", Value: lines})
	}
	return append(append(facts, o.vote(v.EndpointRequest.Decision, v.DecidedBy)...), Order(v.Op)...)
}

// vote says who decided here, and what they wrote.
func (o Options) vote(d model.EndpointVote, by string) []widget.Fact {
	if d.Verdict == "" {
		return nil
	}
	if by == "" {
		by = string(d.By)
	}
	lines := []widget.Line{{widget.Say(theme.Text, d.Verdict.Past()+" by "), widget.Show(theme.Strong, safetext.Line(by)),
		widget.Say(theme.Heading, " "+o.clock(d.At))}}
	if d.Comment != "" {
		lines = append(lines, block(theme.Text, d.Comment)...)
	}
	return []widget.Fact{{Label: "Decision", Value: lines}}
}

// Order is how far the order to the vault has got, nothing where there is none.
func Order(op *model.Operation) []widget.Fact {
	if op == nil {
		return nil
	}
	line := widget.Words(theme.Heading, string(op.State))
	return []widget.Fact{{Label: "Order", Value: []widget.Line{line}}}
}

// timeline is what happened to the request so far: it was raised on its machine
// before anything was written here.
func (o Options) timeline(v workflow.EndpointView) []widget.Event {
	var events []widget.Event
	if !v.Created.IsZero() {
		events = append(events, widget.Event{When: o.clock(v.Created), What: widget.Line{
			widget.Say(theme.Heading, "raised on "), value(theme.Heading, v.Machine)}})
	}
	if len(v.Timeline) > 0 {
		return append(events, Story(v.Timeline, o)...)
	}
	if !v.Seen.IsZero() {
		events = append(events, widget.Event{When: o.clock(v.Seen), What: widget.Words(theme.Heading, "first seen here")})
	}
	if !v.Ended.IsZero() {
		events = append(events, widget.Event{When: o.clock(v.Ended), What: State(v.State)})
	}
	return events
}

// vaultSays stands before the words of the vault service in a history.
const vaultSays = "the vault service: "

// Story is a history, oldest first.
func Story(entries []workflow.TimelineEntry, o Options) []widget.Event {
	var events []widget.Event
	for _, e := range entries {
		var head widget.Line
		who := safetext.Line(e.Who)
		switch {
		case e.Kind == model.EntryEvent && e.Who != "":
			head = widget.Line{widget.Show(theme.Text, who), widget.Say(theme.Text, " ")}
		case e.Kind != model.EntryEvent && e.Who != "":
			head = widget.Line{widget.Show(theme.Text, who), widget.Say(theme.Faint, " noted"), widget.Say(theme.Text, ": ")}
		case e.Kind != model.EntryEvent && !strings.HasPrefix(e.Text, vaultSays):
			head = widget.Line{widget.Say(theme.Text, "the program: ")}
		}
		ink, when := theme.Heading, o.clock(e.At)
		if e.Kind != model.EntryEvent {
			ink = theme.Text
		}
		for i, l := range block(ink, strings.TrimRight(e.Text, "\n")) {
			if i == 0 {
				l = append(head, l...)
			}
			events = append(events, widget.Event{When: when, What: l})
			when = ""
		}
	}
	return events
}

// clock says when something was, in at most twelve cells: of another year the day
// alone.
func (o Options) clock(at time.Time) string { return Clock(at, o) }

// Clock says when something was, in at most twelve cells: of another year the day
// alone.
func Clock(at time.Time, o Options) string {
	switch {
	case at.IsZero():
		return "?"
	case at.In(o.Zone).Year() != o.Now.In(o.Zone).Year():
		return at.In(o.Zone).Format("2006-01-02")
	}
	return widget.Moment(at, o.Now, o.Zone)
}
