package notice

import (
	"context"
	"errors"
	"slices"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// ReadsLogs reports whether the Logs tab is open to somebody (DESIGN 1).
func ReadsLogs(a model.Actor) bool { return a.Has(model.RoleSupport) || a.Has(model.RoleAdmin) }

// Trouble says why something could not be read or done, and what helps the
// person who is told; advice is nil where trying again does not.
func Trouble(err error, me model.Actor) (cause, advice widget.Line) {
	var vault *workflow.VaultError
	var denied *model.Denied
	var invalid workflow.Invalid
	switch {
	case errors.As(err, &vault):
		return Cause(err), widget.Foreign(theme.Faint, safetext.Line(vault.Advice))
	case errors.As(err, &denied), errors.As(err, &invalid):
		return Cause(err), nil
	case ReadsLogs(me):
		return Cause(err), widget.Words(theme.Faint, "R tries again, 5 shows the log")
	}
	return Cause(err), widget.Words(theme.Faint, "R tries again")
}

// list is a widget.List of any rows.
type list interface {
	SetError(cause, advice widget.Line)
	Failing() bool
}

// Unread shows in a list why its rows could not be read. Where that is new, and no
// rule, it is said on the line of keys as well: so it is logged, and one key leads
// there (SCREENS, Logs).
func Unread(l list, err error, me model.Actor) tea.Cmd {
	said := l.Failing()
	cause, advice := Trouble(err, me)
	l.SetError(cause, advice)
	if said || advice == nil {
		return nil
	}
	return Say(tab.NoticeBad, cause)
}

// Cause says why something could not be read or done. What the rules do not
// allow is a warning, everything else is bad.
func Cause(err error) widget.Line {
	var vault *workflow.VaultError
	var denied *model.Denied
	var conflict *workflow.Conflict
	var invalid workflow.Invalid
	switch {
	case errors.As(err, &vault):
		return widget.Foreign(theme.Bad, safetext.Line(vault.Text))
	case errors.Is(err, context.DeadlineExceeded):
		return widget.Words(theme.Bad, "there was no answer in time")
	case errors.As(err, &denied):
		return widget.Foreign(theme.Warn, safetext.Line(denied.Reason))
	case errors.As(err, &conflict):
		return widget.Foreign(theme.Warn, safetext.Line(Changed(conflict)))
	case errors.As(err, &invalid):
		return widget.Foreign(theme.Warn, safetext.Line(complaints(invalid)))
	}
	return widget.Foreign(theme.Bad, safetext.Line(err.Error()))
}

// Changed says what came between. Its number is left out where more is known
// than that it has changed: it stands beside the sentence. The result holds
// foreign text.
func Changed(c *workflow.Conflict) string {
	if c.Decided || len(c.Changed) == 0 {
		return c.Error()
	}
	return strings.Join(c.Changed, "; ")
}

// complaints joins what is wrong with a form or a filter, in a fixed order and
// without the names of fields, which are the program's own.
func complaints(invalid workflow.Invalid) string {
	var parts []string
	for _, reason := range invalid {
		parts = append(parts, reason)
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}
