package model

import (
	"strconv"
	"time"
)

// StatementOfEndpoint says what is decided about an endpoint request: every piece
// of evidence, under the service's own name. When it ends is not part of it, since
// that is computed here and may be learnt better.
func StatementOfEndpoint(e EndpointRequest) Statement {
	var s Statement
	add := func(label, value string) {
		if value != "" {
			s.lines = append(s.lines, StatementLine{label, value})
		}
	}
	add("Endpoint request", string(e.UID))
	add("Incident", string(e.Incident))
	add("Kind", e.Kind)
	add("Agent", string(e.Agent))
	for _, f := range e.Facts {
		// An empty value is told from one that is not reported.
		s.lines = append(s.lines, StatementLine{f.Group + " " + f.Key, f.Value})
	}
	add("Why", e.Justification)
	if !e.Created.IsZero() {
		add("Created", e.Created.UTC().Format(time.RFC3339))
	}
	if e.Minutes > 0 {
		add("Minutes", strconv.Itoa(e.Minutes))
	}
	if !e.Complete {
		add("Evidence", "cut by the list")
	}
	return s
}

// StatementOfDevice says what is decided about a device.
func StatementOfDevice(d Device) Statement {
	var s Statement
	for _, l := range []StatementLine{{"Device", d.DeviceID}, {"E-mail", d.Email}, {"Name", d.Name}, {"Type", d.Type}, {"IP", d.IP},
		{"Client", d.Client}, {"Location", d.Location}} {
		if l.Value != "" {
			s.lines = append(s.lines, l)
		}
	}
	if !d.Asked.IsZero() {
		s.lines = append(s.lines, StatementLine{"Asked", d.Asked.UTC().Format(time.RFC3339)})
	}
	return s
}
