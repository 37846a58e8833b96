package epm

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// The keys of the evidence that the service is known to report (PROTOCOL 12.7).
const (
	keyUser    = "Username"
	keyDomain  = "Domainname"
	keyMachine = "MachineName"

	keyFile    = "FileName"
	keyPath    = "FilePath"
	keyCommand = "CommandLine"
	keyAbout   = "Description"
	keyHash    = "FileHash"

	groupAccount     = "account"
	groupApplication = "application"
)

// longestLabel is what fits into the column of labels; longer keys stand above
// their value.
const longestLabel = 14

// fact returns the value of a key of the application, "" if it is not reported.
func fact(r model.EndpointRequest, key string) string {
	v, _ := find(r, groupApplication, key)
	return v
}

func find(r model.EndpointRequest, group, key string) (string, bool) {
	for _, f := range r.Facts {
		if f.Group == group && f.Key == key {
			return f.Value, true
		}
	}
	return "", false
}

// showSelected draws the request under the cursor into the detail.
func (t *Tab) showSelected() {
	r, ok := t.pane().list.Selected()
	t.shown = string(r.UID)
	switch {
	case !ok:
		t.detail.SetEmpty("Nothing is chosen.")
	case t.raw:
		t.detail.SetContent("raw "+string(r.UID), rawContent(r))
	default:
		t.detail.SetContent(fmt.Sprintf("%s %d", r.UID, r.Revision), t.content(r))
	}
}

// content is everything that is known of a request.
func (t *Tab) content(r model.EndpointRequest) widget.DetailContent {
	c := widget.DetailContent{
		Title:    t.title(r),
		Right:    t.ends(r),
		Warnings: t.warnings(r),
		Timeline: t.timeline(r),
	}
	why := widget.Fact{Label: "Why", Value: justification(r.Justification)}
	c.Sections = []widget.Section{
		{Facts: []widget.Fact{{Label: "Who", Value: person(r)}, why}},
		{Facts: runs(r)},
	}
	if r.Outcome != "" || !r.State.Open() {
		c.Sections = append(c.Sections, widget.Section{Facts: []widget.Fact{outcome(r)}})
	}
	c.Sections = append(c.Sections,
		reported("Account", r, groupAccount, keyUser, keyDomain, keyMachine),
		reported("Application", r, groupApplication, keyFile, keyPath, keyCommand, keyAbout, keyHash),
		t.request(r),
	)
	return c
}

func (t *Tab) title(r model.EndpointRequest) widget.Line {
	name := widget.Say(theme.Strong, "Endpoint request")
	if r.Incident != "" {
		name = widget.Show(theme.Strong, safetext.Line(string(r.Incident)))
	}
	return widget.Line{name, widget.Say(theme.Text, "  "), kind(theme.Heading, r)}
}

// ends says how long there still is to decide, or how it ended.
func (t *Tab) ends(r model.EndpointRequest) widget.Line {
	if r.State != model.EndpointPending {
		return stateLine(r.State)
	}
	if r.Expires.IsZero() {
		return widget.Words(theme.Faint, "no end reported")
	}
	left := r.Expires.Sub(t.env.Now())
	if left <= 0 {
		return widget.Words(theme.BadStrong, "time is over")
	}
	return widget.Words(leftInk(left, theme.Heading), widget.Due(left)+" left")
}

func (t *Tab) warnings(r model.EndpointRequest) []widget.Line {
	var w []widget.Line
	if !r.Complete {
		w = append(w, widget.Words(theme.WarnStrong, "Evidence pending: the service has cut these values; the whole ones are being fetched."))
	}
	if r.State == model.EndpointPending && !r.Expires.IsZero() && !r.Expires.After(t.env.Now()) {
		w = append(w, widget.Words(theme.Warn, "Its time is over, but the vault has not said so yet."))
	}
	return w
}

func person(r model.EndpointRequest) []widget.Line {
	lines := []widget.Line{{value(theme.Strong, r.User), widget.Say(theme.Heading, " on "), value(theme.Strong, r.Machine)}}
	if r.Agent != "" {
		lines = append(lines, widget.Line{widget.Say(theme.Faint, "agent "), widget.Show(theme.Faint, safetext.Line(r.Agent))})
	}
	return lines
}

func value(ink theme.Ink, s string) widget.Span {
	if s == "" {
		return widget.Say(theme.Faint, "not reported")
	}
	return widget.Show(ink, safetext.Line(s))
}

// justification shows why, as text: the service may report a JSON object whose
// member text is what the person wrote; the others are listed under it.
func justification(s string) []widget.Line {
	if s == "" {
		return []widget.Line{widget.Words(theme.Faint, "not reported")}
	}
	var members map[string]json.RawMessage
	var text string
	if json.Unmarshal([]byte(s), &members) != nil || json.Unmarshal(members["text"], &text) != nil {
		return block(theme.Text, s)
	}
	lines := block(theme.Text, text)
	delete(members, "text")
	for _, key := range sortedKeys(members) {
		lines = append(lines, widget.Line{
			widget.Show(theme.Faint, safetext.Line(key)), widget.Say(theme.Faint, ": "),
			widget.Show(theme.Heading, safetext.Line(string(members[key]))),
		})
	}
	return lines
}

// block shows foreign text of several lines.
func block(ink theme.Ink, s string) []widget.Line {
	var lines []widget.Line
	for _, v := range safetext.Block(s) {
		lines = append(lines, widget.Foreign(ink, v))
	}
	return lines
}

// runs shows the program and its arguments, one numbered argument a line.
func runs(r model.EndpointRequest) []widget.Fact {
	facts := []widget.Fact{{Label: "Runs", Value: []widget.Line{{value(theme.Strong, program(r))}}}}
	line, reported := find(r, groupApplication, keyCommand)
	switch {
	case !reported:
		return append(facts, widget.Fact{Value: []widget.Line{widget.Words(theme.Faint, "arguments not reported")}})
	case line == "":
		return append(facts, widget.Fact{Value: []widget.Line{widget.Words(theme.Faint, "no arguments")}})
	}
	c := cut(line, r)
	for n, arg := range c.args {
		facts = append(facts, argument(n+1, arg))
	}
	note := widget.Words(theme.Note, "split by "+c.rules.String()+" rules; v: raw text")
	if !c.closed {
		note = widget.Words(theme.Warn, "a quotation is not closed: the machine may read this otherwise; v shows it as reported")
	}
	return append(facts, widget.Fact{Value: []widget.Line{note}})
}

// argument shows one argument. What is said about it stands beside the number,
// where no argument can write: that it is empty, or has blanks at its ends.
func argument(n int, arg string) widget.Fact {
	label := fmt.Sprintf("arg %d", n)
	switch {
	case arg == "":
		return widget.Fact{Label: label + " empty", Value: []widget.Line{widget.Words(theme.Text, "")}}
	case strings.Trim(arg, " ") != arg:
		label += " blanks"
	}
	return widget.Fact{Label: label, Value: []widget.Line{widget.Foreign(theme.Accent, safetext.Line(arg))}}
}

// program is path and file as one name.
func program(r model.EndpointRequest) string {
	path, file := fact(r, keyPath), fact(r, keyFile)
	switch {
	case path == "":
		return file
	case file == "" || sameFile(path, file):
		return path
	}
	separator := "/"
	if looksWindows(path, file, "") {
		separator = `\`
	}
	return strings.TrimRight(path, separator) + separator + file
}

func outcome(r model.EndpointRequest) widget.Fact {
	l := stateLine(r.State)
	if r.State == model.EndpointElsewhere {
		l = widget.Words(theme.Heading, "decided elsewhere")
	}
	f := widget.Fact{Label: "Outcome", Value: []widget.Line{l}}
	if r.Outcome != "" {
		f.Value = append(f.Value, block(theme.Text, r.Outcome)...)
	}
	return f
}

// reported lists every key of a group under the service's own name, the known
// ones even when they are missing.
func reported(title string, r model.EndpointRequest, group string, known ...string) widget.Section {
	s := widget.Section{Title: title}
	for _, f := range r.Facts {
		if f.Group == group {
			s.Facts = append(s.Facts, labelled(f.Key, f.Value)...)
		}
	}
	for _, key := range known {
		if _, ok := find(r, group, key); !ok {
			s.Facts = append(s.Facts, widget.Fact{Label: key, Value: []widget.Line{widget.Words(theme.Faint, "not reported")}})
		}
	}
	return s
}

// request lists what the service reports beside the two groups.
func (t *Tab) request(r model.EndpointRequest) widget.Section {
	s := widget.Section{Title: "Request"}
	for _, f := range r.Facts {
		if f.Group != groupAccount && f.Group != groupApplication {
			s.Facts = append(s.Facts, labelled(f.Key, f.Value)...)
		}
	}
	has := func(key string) bool { _, ok := find(r, "", key); return ok }
	add := func(key string, v widget.Span) {
		if !has(key) {
			s.Facts = append(s.Facts, widget.Fact{Label: key, Value: []widget.Line{{v}}})
		}
	}
	add("approval_uid", value(theme.Text, string(r.UID)))
	add("approval_type", value(theme.Text, r.Kind))
	add("agent_uid", value(theme.Text, r.Agent))
	if r.Created.IsZero() {
		add("created", value(theme.Text, ""))
	} else {
		add("created", widget.Say(theme.Text, r.Created.In(t.env.Zone).Format("2006-01-02 15:04:05 MST")))
	}
	if r.Minutes == 0 {
		add("expire_in", value(theme.Text, ""))
	} else {
		add("expire_in", widget.Say(theme.Text, fmt.Sprintf("%d minutes", r.Minutes)))
	}
	return s
}

// labelled shows one key with its value.
func labelled(key, v string) []widget.Fact {
	lines := []widget.Line{widget.Words(theme.Faint, "empty")}
	if v != "" {
		lines = block(theme.Text, v)
	}
	if utf8.RuneCountInString(key) > longestLabel {
		return []widget.Fact{{Value: append([]widget.Line{widget.Foreign(theme.Faint, safetext.Line(key))}, lines...)}}
	}
	return []widget.Fact{{Label: key, Value: lines}}
}

// timeline is what happened to the request so far.
func (t *Tab) timeline(r model.EndpointRequest) []widget.Event {
	var events []widget.Event
	if !r.Created.IsZero() {
		events = append(events, widget.Event{When: t.clock(r.Created), What: widget.Line{
			widget.Say(theme.Heading, "raised on "), value(theme.Heading, r.Machine)}})
	}
	if !r.Seen.IsZero() {
		events = append(events, widget.Event{When: t.clock(r.Seen), What: widget.Words(theme.Heading, "first seen here")})
	}
	if !r.Ended.IsZero() {
		events = append(events, widget.Event{When: t.clock(r.Ended), What: stateLine(r.State)})
	}
	return events
}
