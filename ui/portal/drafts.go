package portal

import (
	"fmt"
	"strings"

	"countersign/ui/notice"

	tea "charm.land/bubbletea/v2"
)

// draftOf says what was being written: in which dialog, by the key that opens
// it, and about what.
type draftOf struct{ key, about string }

// The keys of the dialogs that take words.
const (
	draftComment = "c"
	draftReply   = "i" // the answer to a question
	draftEnd     = "x" // why a request is withdrawn, or an access given back
)

// drafts keep what was not sent for as long as the console is open.
type drafts map[draftOf]string

// keep remembers what was written, and forgets it where there is nothing.
func (d drafts) keep(of draftOf, text string) {
	if strings.TrimSpace(text) == "" {
		delete(d, of)
		return
	}
	d[of] = text
}

// told keeps a draft and says how to find it again, nothing where there is none.
func (d drafts) told(of draftOf, text string) tea.Cmd {
	d.keep(of, text)
	if _, kept := d[of]; !kept {
		return nil
	}
	return notice.Warn("kept as a draft: " + of.key + " opens it")
}

// unsaved says what leaving would lose.
func (d drafts) unsaved() string {
	if len(d) > 1 {
		return fmt.Sprintf("%d drafts that were not sent", len(d))
	}
	for of := range d {
		return "a draft for " + of.about + " that was not sent"
	}
	return ""
}
