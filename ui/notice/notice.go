// Package notice says on the line of keys what just happened, and puts what went
// wrong into words. All tabs say it from here, so that they say it alike.
package notice

import (
	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
)

// Say says what just happened.
func Say(kind tab.NoticeKind, text widget.Line) tea.Cmd {
	return tab.Send(tab.Notice{Kind: kind, Text: text})
}

// Warn says in words of ours why nothing happened.
func Warn(words string) tea.Cmd { return Say(tab.NoticeWarn, widget.Words(theme.Warn, words)) }

// Copy puts a UID of the vault on the clipboard, or one of our numbers where
// there is none, and says so. Nothing else ever goes there (DESIGN 6).
func Copy(uid model.UID, n model.Number) tea.Cmd {
	switch {
	case uid.Valid():
		return tea.Batch(tea.SetClipboard(string(uid)), Say(tab.NoticeOK, widget.Words(theme.OK, "UID copied")))
	case n.Valid():
		return tea.Batch(tea.SetClipboard(string(n)), Say(tab.NoticeOK, widget.Words(theme.OK, string(n)+" copied")))
	}
	return Warn("there is nothing here that may be copied")
}

// ToLog shows the log lines of one request. id is "" while it is not known which
// ones these are.
func ToLog(id model.CorrelationID) tea.Cmd {
	if id == "" {
		return Warn("it is not known yet which lines are its own")
	}
	return tab.Send(tab.Goto{Tab: tab.Logs, Correlation: id})
}
