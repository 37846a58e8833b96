package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/workflow"
)

// table prints rows in columns that line up. Every cell goes through safetext, so
// that it stays in its place.
type table struct {
	head []string
	rows [][]safetext.Visible
}

// cellMost is the widest a column gets; longer cells are cut with a count of what
// is not shown.
const cellMost = 48

func (t *table) add(cells ...string) {
	row := make([]safetext.Visible, len(cells))
	for i, c := range cells {
		row[i] = safetext.Line(c).CutCount(cellMost)
	}
	t.rows = append(t.rows, row)
}

func (t *table) print(w io.Writer) error {
	widths := make([]int, len(t.head))
	for i, h := range t.head {
		widths[i] = safetext.Width(h)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], c.Width())
		}
	}
	var b strings.Builder
	line := func(cell func(i int) safetext.Visible) {
		var l strings.Builder
		for i := range t.head {
			l.WriteString(cell(i).Pad(widths[i]).String() + "  ")
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(func(i int) safetext.Visible { return safetext.Line(t.head[i]) })
	for _, row := range t.rows {
		line(func(i int) safetext.Visible { return row[i] })
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// facts prints labels with values beside them; a value of several lines goes on
// below itself.
type facts struct{ b strings.Builder }

// labelWidth is where values begin.
const labelWidth = 16

func (f *facts) add(label, value string) {
	if value == "" {
		return
	}
	for i, line := range safetext.Block(value) {
		if i > 0 {
			label = ""
		}
		fmt.Fprintf(&f.b, "  %s %s\n", safetext.Line(label).Pad(labelWidth-1), line)
	}
}

// section begins a part with a heading of ours.
func (f *facts) section(heading string) { fmt.Fprintf(&f.b, "\n%s\n", heading) }

// statement prints the lines that a decision on an endpoint request or a device
// covers, empty ones too, and their digest.
func (f *facts) statement(s model.Statement) {
	f.section("Statement: what is decided")
	for _, l := range s.Lines() {
		f.add(l.Label, orEmpty(l.Value))
	}
	f.add("Digest", string(s.Digest()))
}

// hints prints what is odd, if anything is.
func (f *facts) hints(all []model.Hint) {
	if len(all) > 0 {
		f.section("Hints, which decide nothing")
	}
	for _, h := range all {
		f.add(h.Name, h.Says+"\n"+strings.TrimSpace(h.Key+" "+h.Found))
	}
}

// history prints what happened, the oldest first.
func (f *facts) history(all []workflow.TimelineEntry, zone *time.Location) {
	if len(all) > 0 {
		f.section("History")
	}
	for _, e := range all {
		f.add(e.At.In(zone).Format("01-02 15:04"), strings.TrimSpace(e.Who+" "+said(e)))
	}
}

// orEmpty marks what is reported and empty, which facts would leave out.
func orEmpty(value string) string {
	if value == "" {
		return "(empty)"
	}
	return value
}
