package people

import (
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Session is one that somebody has open over SSH.
type Session struct {
	Person  model.PersonID
	From    string // address
	Command string // first word, "" for a console; may be anything that was typed
	Since   time.Time
}

// ShowSessions has the page say who is here over SSH. Only a server knows; open is
// asked whenever the page is read, by any goroutine.
func (t *Tab) ShowSessions(open func() []Session) { t.sessions = open }

// of are the sessions of one person.
func (r reading) of(p workflow.PersonView) []Session {
	var own []Session
	for _, s := range r.sessions {
		if s.Person == p.ID {
			own = append(own, s)
		}
	}
	return own
}

// here says which sessions somebody has open, where that is known.
func (t *Tab) here(p workflow.PersonView) []widget.Fact {
	if t.sessions == nil {
		return nil
	}
	var lines []widget.Line
	for _, s := range t.read.of(p) {
		what := "console"
		if s.Command != "" {
			what = s.Command
		}
		lines = append(lines, widget.Line{show(theme.Text, what), say(theme.Heading, " since "+t.moment(s.Since)), say(theme.Faint, "  from "), show(theme.Heading, s.From)})
	}
	if lines == nil {
		lines = []widget.Line{widget.Words(theme.Faint, "no session over SSH")}
	}
	return []widget.Fact{{Label: "Here now", Value: lines}}
}

// sentAway says what becomes of somebody's sessions when they are disabled.
func (t *Tab) sentAway(p workflow.PersonView) string {
	sessions := "Open sessions end"
	switch n := len(t.read.of(p)); {
	case n == 1:
		sessions = "1 open session ends"
	case n > 1:
		sessions = howMany(n, "open session") + " end"
	}
	return sessions + " at once, and every command refuses them."
}
