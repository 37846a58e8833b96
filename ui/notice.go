package ui

import (
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

const (
	noticeFor   = 8 * time.Second // how long a notice stays by itself
	noticeLeast = time.Second     // how long it stays whatever is typed
)

// notice is what just happened, at the right of the key line. It goes with the
// next key, or by itself; one that something went wrong waits for the key.
type notice struct {
	tab.Notice
	since time.Time
	shown bool
}

func (n *notice) show(what tab.Notice, now time.Time) { *n = notice{what, now, true} }

// over is when the notice goes by itself, zero if it does not.
func (n *notice) over() time.Time {
	if !n.shown || n.Kind == tab.NoticeBad {
		return time.Time{}
	}
	return n.since.Add(noticeFor)
}

// pass takes the notice away when its time is over.
func (n *notice) pass(now time.Time) {
	if over := n.over(); !over.IsZero() && !now.Before(over) {
		*n = notice{}
	}
}

// pressed takes the notice away once it could be read.
func (n *notice) pressed(now time.Time) {
	if n.shown && now.Sub(n.since) >= noticeLeast {
		*n = notice{}
	}
}

// logged puts what went wrong into the log, so that the key l leads from it to a
// line even where it is about no request: then it is a matter of its own. The
// handler of the log does not wait for the disk.
func (a *App) logged(n tab.Notice) tab.Notice {
	if a.opts.Log == nil || n.Kind != tab.NoticeBad {
		return n
	}
	if n.Correlation == "" {
		n.Correlation = workflow.NewCorrelation()
	}
	a.opts.Log.Error(n.Text.String(), workflow.LogPerson, a.session.env.Me.ID, workflow.LogCorrelation, n.Correlation)
	return n
}

// matter is the correlation that the notice leads to, "" for none.
func (n *notice) matter() model.CorrelationID {
	if !n.shown {
		return ""
	}
	return n.Correlation
}

// line is the notice as it is drawn; logs tells whether the person may follow it
// into the log.
func (n *notice) line(logs bool) widget.Line {
	if !n.shown {
		return nil
	}
	var l widget.Line
	switch n.Kind {
	case tab.NoticeOK:
		l = widget.Words(theme.OK, "✓ ")
	case tab.NoticeWarn:
		l = widget.Words(theme.Warn, "▲ ")
	default:
		l = widget.Words(theme.BadStrong, "▲ ")
	}
	l = append(l, n.Text...)
	if logs && n.Correlation != "" {
		l = append(l, widget.Say(theme.Text, "  "), widget.Say(theme.AccentStrong, "l"), widget.Say(theme.Heading, " log"))
	}
	return l
}
