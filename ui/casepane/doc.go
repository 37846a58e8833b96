// Package casepane says what the pane of one request shows: who asks for what,
// for how long and why, what the person has, what would be done, and who may
// decide (SCREENS, Approvals). Every screen that shows a request draws it from
// here, so that all of them show the same.
//
// Rules it keeps:
//
//   - The pane is drawn from the statement (DESIGN 1): each of its lines is
//     placed once, and a line that no place was made for is drawn at the end
//     under its own label. None can be left out.
//   - What is true only now (present access, whether the record exists, what
//     happened before) stands apart and says how old it is. Because an age
//     changes by itself, Evidence returns what has to be read without it.
//   - All values are foreign text and pass safetext. Nothing is cut: a pane
//     that does not fit is scrolled.
package casepane

import (
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Options say when and for which decision a request is shown.
type Options struct {
	Now  time.Time
	Zone *time.Location // times are shown in it; nil means UTC
	// Viewer is who looks: their own request is put in other words.
	Viewer model.PersonID
	// Allow is what a decision would allow. The zero value stands for what the
	// request allows so far.
	Allow model.Access
	// Asking says that the vault has been asked and has not answered yet.
	Asking bool
	// Changed lists what is different from what the person saw last; see
	// Changes.
	Changed []widget.Line
	// Alike are other names of the same list that look like the target's.
	Alike []string

	undated bool // leave ages and countdowns out
}

// zone returns the zone to show times in.
func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// own reports whether whoever looks made the request.
func (o Options) own(c workflow.CaseView) bool {
	return o.Viewer != "" && o.Viewer == c.Request.RequestedBy
}

// allow returns what the statement that is drawn would allow.
func (o Options) allow(c workflow.CaseView) model.Access {
	if o.Allow == (model.Access{}) {
		return c.Request.Allowed
	}
	return o.Allow
}

// Key names a request at a revision, for widget.Detail: what is shown under
// another key has to be read anew.
func Key(c workflow.CaseView) string {
	return string(c.Request.Number) + "#" + strconv.FormatInt(c.Request.Revision, 10)
}

// Content returns what the pane shows.
func Content(c workflow.CaseView, o Options) widget.DetailContent {
	p := newPane(c, o)
	content := widget.DetailContent{Title: p.title(), Right: p.right(), Warnings: p.warnings(), Timeline: p.timeline()}
	sections := []widget.Section{
		{Facts: present(p.who(), p.what())},
		{Facts: present(p.asks(), p.allowed(), p.has(), p.inside(), p.why(), p.asked())},
		{Facts: p.answers()},
		{Facts: present(p.willDo())},
		{Facts: p.outcome()},
		{Facts: present(p.reviewed(), p.before(), p.can(), p.doneBy(), p.refersTo(), p.form())},
	}
	// Last, when everything else has taken its line.
	sections = append(sections, widget.Section{Facts: p.rest()})
	for _, s := range sections {
		if len(s.Facts) > 0 {
			content.Sections = append(content.Sections, s)
		}
	}
	return content
}

// Evidence returns all that Content shows but ages and countdowns, as text: who
// has read it once need not read it again because time has passed.
func Evidence(c workflow.CaseView, o Options) string {
	o.undated = true
	content := Content(c, o)
	var b strings.Builder
	write := func(label string, lines ...widget.Line) {
		b.WriteString(label)
		for _, l := range lines {
			b.WriteByte('\t')
			b.WriteString(l.String())
		}
		b.WriteByte('\n')
	}
	write("", content.Title)
	write("", content.Warnings...)
	for _, s := range content.Sections {
		for _, f := range s.Facts {
			write(f.Label, f.Value...)
		}
	}
	for _, e := range content.Timeline {
		write(e.When, e.What)
	}
	return b.String()
}

// present drops facts without a value.
func present(facts ...widget.Fact) []widget.Fact {
	var kept []widget.Fact
	for _, f := range facts {
		if len(f.Value) > 0 {
			kept = append(kept, f)
		}
	}
	return kept
}

// pane is one request while its content is put together.
type pane struct {
	c     workflow.CaseView
	o     Options
	lines []model.StatementLine // of the statement, those not yet placed
	plan  *plan                 // nil where nothing is planned
}

func newPane(c workflow.CaseView, o Options) *pane {
	allow := o.allow(c)
	p := &pane{c: c, o: o, lines: append([]model.StatementLine(nil), c.Statement(allow).Lines()...)}
	p.plan = planOf(c, allow, o.Now)
	return p
}

// take removes a line from the statement's lines that are still to be placed
// and returns its value, "" if there is none.
func (p *pane) take(label string) string {
	for i, l := range p.lines {
		if l.Label == label {
			p.lines = append(p.lines[:i], p.lines[i+1:]...)
			return l.Value
		}
	}
	return ""
}

// rest places every line of the statement that found no other place.
func (p *pane) rest() []widget.Fact {
	var facts []widget.Fact
	for _, l := range p.lines {
		facts = append(facts, widget.Fact{Label: l.Label, Value: block(theme.Text, l.Value)})
	}
	p.lines = nil
	return facts
}
