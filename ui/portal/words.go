package portal

import (
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// visible is foreign text of one line.
func visible(s string) safetext.Visible { return safetext.Line(s) }

// plain is the text of an error for people: without the name of the field, which
// stands in front of it already.
func plain(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, named := range []error{model.ErrJustification, model.ErrDuration} {
		text = strings.TrimPrefix(text, named.Error()+": ")
	}
	return text
}

// rightWidth is the column of the short word for a right and of the gap behind
// it.
const rightWidth = 7

// wants is a right and what it is on, as the lists of this tab show them: faint
// where nothing comes of it any more.
func wants(r casepane.Row, faint bool) widget.Line {
	return aligned(casepane.Wants(r.Item, r.Asked.Right), r, faint)
}

// aligned puts a word for a right in front of what it is on.
func aligned(line widget.Line, r casepane.Row, faint bool) widget.Line {
	switch r.Asked.Right { // as long as the column
	case model.RightManageUsers:
		line = widget.Words(theme.Accent, "users")
	case model.RightManageRecords:
		line = widget.Words(theme.Accent, "records")
	}
	line = append(line, widget.Say(theme.Accent, strings.Repeat(" ", max(rightWidth-line.Width(), 2))))
	line = append(line, casepane.Subject(r)...)
	if faint {
		return line.In(theme.Faint)
	}
	return line
}

// fits reports whether every word of a filter is in one of the texts, in any
// case.
func fits(f widget.Filter, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, w := range f.Words {
		if !strings.Contains(all, strings.ToLower(w)) {
			return false
		}
	}
	return true
}
