package epm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// rawWidth is how many characters stand in one line of the raw view.
const rawWidth = 8

// rawContent shows every text of a request as it is stored: bytes in hex, the
// characters beside them, and each unusual character by its name (SCREENS,
// Foreign text).
func rawContent(r model.EndpointRequest) widget.DetailContent {
	c := widget.DetailContent{
		Title: widget.Line{widget.Say(theme.Strong, "Raw text"), widget.Say(theme.Heading, "  as it is stored")},
		Right: widget.Words(theme.Faint, "v back"),
	}
	add := func(name, value string) {
		c.Sections = append(c.Sections, widget.Section{Title: name, Facts: rawFacts(value)})
	}
	for _, f := range r.Facts {
		add(strings.TrimSpace(f.Group+" "+f.Key), f.Value)
	}
	if _, listed := find(r, "", "justification"); !listed && r.Justification != "" {
		add("justification", r.Justification)
	}
	if r.Outcome != "" {
		add("outcome", r.Outcome)
	}
	if len(c.Sections) == 0 {
		c.Sections = []widget.Section{{Facts: []widget.Fact{{Value: []widget.Line{widget.Words(theme.Faint, "nothing reported")}}}}}
	}
	return c
}

func rawFacts(s string) []widget.Fact {
	if s == "" {
		return []widget.Fact{{Value: []widget.Line{widget.Words(theme.Faint, "empty")}}}
	}
	var facts []widget.Fact
	for rows := range slices.Chunk(slices.Collect(safetext.Raw(s)), rawWidth) {
		var hex []string
		var shown, odd widget.Line
		for _, row := range rows {
			hex = append(hex, row.Hex)
			shown = append(shown, widget.Show(theme.Text, row.Shown))
			if unusual(row) {
				odd = append(odd, widget.Say(theme.Warn, strings.TrimSpace(row.Point+" "+row.Kind)+"  "))
			}
		}
		line := append(widget.Line{widget.Say(theme.Heading, fmt.Sprintf("%-*s  ", 3*rawWidth-1, strings.Join(hex, " ")))}, shown...)
		fact := widget.Fact{Label: fmt.Sprintf("%04d", rows[0].Offset), Value: []widget.Line{line}}
		if odd != nil {
			fact.Value = append(fact.Value, odd)
		}
		facts = append(facts, fact)
	}
	return facts
}

// unusual reports whether a character is anything but printable ASCII.
func unusual(row safetext.RawRow) bool {
	return len(row.Hex) != 2 || row.Hex < "20" || row.Hex > "7E"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
