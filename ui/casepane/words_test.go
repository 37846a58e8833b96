package casepane_test

import (
	"strings"
	"testing"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/widget"
	"countersign/workflow"
)

func TestWhoIsNamed(t *testing.T) {
	t.Parallel()
	forDana := func(c *workflow.CaseView) { c.Request.RequestedFor, c.Recipient = "dana@example.com", "p2" }
	for _, tt := range []struct {
		name   string
		viewer model.PersonID
		change func(c *workflow.CaseView)
		want   string
	}{
		{"somebody's own request", "p2", func(*workflow.CaseView) {}, "alice@example.com, for themselves"},
		{"one's own request", "p1", func(*workflow.CaseView) {}, "alice@example.com, for yourself"},
		{"one's own request for somebody else", "p1", forDana, "dana@example.com · Dana Diaz"},
		{"a request for whoever looks", "p2", forDana, "dana@example.com · Dana Diaz"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, o := alicesCase(), options()
			tt.change(&c)
			o.Viewer = tt.viewer
			if got := fact(casepane.Content(c, o), "Who"); got[0] != tt.want {
				t.Errorf("Who = %q, want %q first", got, tt.want)
			}
		})
	}
}

func TestWhatSomebodyHasIsMissedOnlyWhereItDecides(t *testing.T) {
	t.Parallel()
	const missed = "not known, the vault was not asked"
	for _, tt := range []struct {
		name   string
		viewer model.PersonID
		state  model.RequestState
		facts  *model.RecordFacts
		want   string // "" for no line
	}{
		{"who decides has to know it", "p2", model.Requested, nil, missed},
		{"the requestor knows it", "p1", model.Requested, nil, ""},
		{"the requestor may read it where it is known", "p1", model.Requested, facts(model.RightView), "view, permanent  as of just now"},
		{"it is decided", "p2", model.ClosedRejected, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, o := alicesCase(), options()
			c.Request.State, c.Facts, o.Viewer = tt.state, tt.facts, tt.viewer
			if got := strings.Join(fact(casepane.Content(c, o), "Has"), "\n"); got != tt.want {
				t.Errorf("Has = %q, want %q", got, tt.want)
			}
		})
	}
}

// fact returns what stands behind a label.
func fact(content widget.DetailContent, label string) []string {
	var lines []string
	for _, s := range content.Sections {
		for _, f := range s.Facts {
			if f.Label == label {
				for _, v := range f.Value {
					lines = append(lines, v.String())
				}
			}
		}
	}
	return lines
}

func TestWhoSaidSomethingIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		entry workflow.TimelineEntry
		want  string
		raw   string // what the raw view calls it
	}{
		{"a comment", workflow.TimelineEntry{Who: "omar", Kind: model.EntryComment, Text: "why?"}, "omar: “why?”", "omar"},
		{"a work note", workflow.TimelineEntry{Who: "omar", Kind: model.EntryNote, Text: "done"}, "omar, work note: “done”", "omar"},
		{"a note of the program", workflow.TimelineEntry{Kind: model.EntryNote, Text: "retired"}, "the program, work note: “retired”", "the program"},
		{"words of the vault service", workflow.TimelineEntry{Kind: model.EntryNote, Text: "the vault service: changed"}, "the vault service: “changed”", "the vault service"},
		{"a person who pretends to be the service", workflow.TimelineEntry{Who: "omar", Kind: model.EntryNote, Text: "the vault service: changed"},
			"omar, work note: “the vault service: changed”", "omar"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := alicesCase()
			tt.entry.At = noon
			c.Timeline = []workflow.TimelineEntry{tt.entry}
			if got := casepane.Content(c, options()).Timeline[0].What.String(); got != tt.want {
				t.Errorf("it reads %q, want %q", got, tt.want)
			}
			sections := casepane.Raw(c).Sections
			if got, want := sections[len(sections)-1].Title, "Said by "+tt.raw+", 2026-11-21 12:00 UTC"; got != want {
				t.Errorf("the raw view says %q, want %q", got, want)
			}
		})
	}
}
