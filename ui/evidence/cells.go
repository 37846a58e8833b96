package evidence

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

// Left is the time that is left to decide, as a cell.
func Left(expires time.Time, o Options) widget.Line {
	if expires.IsZero() {
		return widget.Words(theme.Faint, "?")
	}
	left := expires.Sub(o.Now)
	return widget.Words(leftInk(left, theme.Text), widget.Due(left))
}

// leftInk is the ink of a time that is left, calm while there is enough. What runs by
// seconds has one that costs few bytes: a list may be full of it.
func leftInk(left time.Duration, calm theme.Ink) theme.Ink {
	switch {
	case left < late:
		return theme.Ticking
	case left < soon:
		return theme.WarnStrong
	}
	return calm
}

// Who is user and machine, as a cell.
func Who(r model.EndpointRequest) widget.Line {
	if r.User == "" && r.Machine == "" {
		return widget.Words(theme.Faint, "not reported")
	}
	return widget.Line{widget.Show(theme.Text, safetext.Line(r.User)), widget.Say(theme.Text, "@"),
		widget.Show(theme.Text, safetext.Line(r.Machine))}
}

// Runs names what is run and with what, as a cell. Arguments alone mean nothing:
// where the file is not in them, it stands before.
func Runs(r model.EndpointRequest) widget.Line {
	text := r.What
	file, _ := r.Fact(model.GroupApplication, model.KeyFile)
	if file == "" {
		file, _ = r.Fact(model.GroupApplication, model.KeyPath)
	}
	line, _ := r.Fact(model.GroupApplication, model.KeyCommand)
	switch {
	case text == "":
		text = file
	case line == text && !named(r, text, file):
		text = file + " " + text
	}
	if text == "" {
		return widget.Words(theme.Faint, "not reported")
	}
	return widget.Foreign(theme.Text, safetext.Line(text))
}

// InRow reports whether the cells of a row need the fact.
func InRow(f model.Fact) bool {
	if f.Group == model.GroupApplication && (f.Key == model.KeyFile || f.Key == model.KeyPath || f.Key == model.KeyCommand) {
		return true
	}
	return isPolicy(f)
}

// named reports whether a command line begins with the file, whose folder and
// ending it may leave out.
func named(r model.EndpointRequest, line, file string) bool {
	if file == "" || strings.HasPrefix(line, file) {
		return true
	}
	words := model.CommandOf(r).Words
	return len(words) > 0 && bare(words[0].Text) == bare(file)
}

// bare is a program's name without folder and ending.
func bare(program string) string {
	name := program[strings.LastIndexAny(program, `\/`)+1:]
	return strings.TrimSuffix(strings.ToLower(name), ".exe")
}

// Kind is the kind of a request, as a cell, or the decision that is under way.
func Kind(r model.EndpointRequest) widget.Line {
	if r.State == model.EndpointApproving || r.State == model.EndpointDenying {
		return State(r.State)
	}
	return widget.Line{KindOf(theme.Text, r)}
}

// KindOf says in words what the service names in one.
func KindOf(ink theme.Ink, r model.EndpointRequest) widget.Span {
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
	return value(ink, r.Kind)
}

// State says in words and colour where a request or a device is.
func State(s model.EndpointState) widget.Line {
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
