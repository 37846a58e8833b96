package decide

import (
	"strings"

	"countersign/ui/notice"

	tea "charm.land/bubbletea/v2"
)

// Draft is what was written before a dialog was left.
type Draft struct {
	Reason string // the choice among the common ones
	Text   string
}

// Drafts keep what was not sent for as long as the console is open, by what it
// was written for.
type Drafts[For comparable] map[For]Draft

// Keep remembers what was written, and forgets it where there is nothing.
func (d Drafts[For]) Keep(of For, what Draft) {
	if what.Reason == "" && strings.TrimSpace(what.Text) == "" {
		delete(d, of)
		return
	}
	d[of] = what
}

// Told keeps a draft and says which key finds it again, nothing where there is
// none.
func (d Drafts[For]) Told(of For, what Draft, key string) tea.Cmd {
	d.Keep(of, what)
	if _, kept := d[of]; !kept {
		return nil
	}
	return notice.Warn("kept as a draft: " + key + " opens it")
}
