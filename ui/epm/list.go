package epm

import (
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// soon is from when on the time left asks for attention; late from when it
// presses.
const (
	soon = 10 * time.Minute
	late = 2 * time.Minute
)

func (t *Tab) waitingColumns() []widget.Column[model.EndpointRequest] {
	return []widget.Column[model.EndpointRequest]{
		{Title: "LEFT", Width: 4, Right: true, Cell: t.left},
		{Title: "WHO@MACHINE", Width: 15, Flex: 2, Max: 28, Cell: who},
		{Title: "RUNS", Width: 20, Flex: 3, Cell: what},
		{Title: "KIND", Width: 15, Drop: 1, Cell: kindCell},
	}
}

func (t *Tab) decidedColumns() []widget.Column[model.EndpointRequest] {
	return []widget.Column[model.EndpointRequest]{
		{Title: "ENDED", Width: 12, Cell: func(r model.EndpointRequest) widget.Line {
			ended := t.clock(r.Ended)
			if len(ended) > 1 && ended[1] == ' ' {
				ended = " " + ended // days of one digit under those of two
			}
			return widget.Words(theme.Heading, ended)
		}},
		{Title: "OUTCOME", Width: 9, Cell: func(r model.EndpointRequest) widget.Line { return stateLine(r.State) }},
		{Title: "WHO@MACHINE", Width: 15, Flex: 1, Max: 28, Cell: who},
		{Title: "RUNS", Width: 10, Flex: 4, Drop: 1, Cell: what},
	}
}

// left is the time that is left to decide.
func (t *Tab) left(r model.EndpointRequest) widget.Line {
	if r.Expires.IsZero() {
		return widget.Words(theme.Faint, "?")
	}
	left := r.Expires.Sub(t.env.Now())
	return widget.Words(leftInk(left, theme.Text), widget.Due(left))
}

// leftInk is the ink of a time that is left, calm while there is enough.
func leftInk(left time.Duration, calm theme.Ink) theme.Ink {
	switch {
	case left < late:
		return theme.BadStrong
	case left < soon:
		return theme.WarnStrong
	}
	return calm
}

func who(r model.EndpointRequest) widget.Line {
	user, machine := safetext.Line(r.User), safetext.Line(r.Machine)
	if r.User == "" && r.Machine == "" {
		return widget.Words(theme.Faint, "not reported")
	}
	return widget.Line{widget.Show(theme.Text, user), widget.Say(theme.Text, "@"), widget.Show(theme.Text, machine)}
}

// what names what is run and with what. Arguments alone mean nothing: where the
// file is not in them, it stands before.
func what(r model.EndpointRequest) widget.Line {
	text, file := r.What, fact(r, keyFile)
	if file == "" {
		file = fact(r, keyPath)
	}
	switch {
	case text == "":
		text = file
	case fact(r, keyCommand) == text && !named(text, file):
		text = file + " " + text
	}
	if text == "" {
		return widget.Words(theme.Faint, "not reported")
	}
	return widget.Foreign(theme.Text, safetext.Line(text))
}

// named reports whether a command line begins with the file, whose folder and
// ending it may leave out.
func named(line, file string) bool {
	if file == "" {
		return true
	}
	program, _ := windowsProgram(line)
	return sameFile(program, file) || strings.HasPrefix(line, file)
}

// kindCell is the kind, or the decision that is under way.
func kindCell(r model.EndpointRequest) widget.Line {
	if r.State == model.EndpointApproving || r.State == model.EndpointDenying {
		return stateLine(r.State)
	}
	return widget.Line{kind(theme.Text, r)}
}

// kind says in words what the service names in one.
func kind(ink theme.Ink, r model.EndpointRequest) widget.Span {
	words := map[string]string{
		"PrivilegeElevation": "elevation",
		"FileAccess":         "file access",
		"CommandLine":        "command line",
		"LeastPrivilege":     "least privilege",
		"Custom":             "custom",
		"Other":              "other",
	}
	if w, ok := words[r.Kind]; ok {
		return widget.Say(ink, w)
	}
	if r.Kind == "" {
		return widget.Say(theme.Faint, "not reported")
	}
	return widget.Show(ink, safetext.Line(r.Kind))
}

// stateLine says in words and colour where a request is.
func stateLine(s model.EndpointState) widget.Line {
	switch s {
	case model.EndpointPending:
		return widget.Words(theme.Heading, "waiting")
	case model.EndpointApproving:
		return widget.Words(theme.Accent, "approving…")
	case model.EndpointDenying:
		return widget.Words(theme.Accent, "denying…")
	case model.EndpointApproved:
		return widget.Words(theme.OK, "approved")
	case model.EndpointDenied:
		return widget.Words(theme.Bad, "denied")
	case model.EndpointExpired:
		return widget.Words(theme.Warn, "expired")
	case model.EndpointEscalated:
		return widget.Words(theme.Warn, "escalated")
	case model.EndpointElsewhere:
		return widget.Words(theme.Heading, "elsewhere")
	}
	return widget.Foreign(theme.Heading, safetext.Line(string(s)))
}

// clock says when something was, in at most twelve cells: of another year the day
// alone.
func (t *Tab) clock(at time.Time) string {
	switch {
	case at.IsZero():
		return "?"
	case at.In(t.env.Zone).Year() != t.env.Now().In(t.env.Zone).Year():
		return at.In(t.env.Zone).Format("2006-01-02")
	}
	return widget.Moment(at, t.env.Now(), t.env.Zone)
}
