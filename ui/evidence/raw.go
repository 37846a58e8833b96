package evidence

import (
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// rawWidth is how many characters stand in one line of the raw view.
const rawWidth = 8

// RawText is a text with its name.
type RawText struct{ Name, Value string }

// RawEndpoint lists the texts of a request.
func RawEndpoint(r model.EndpointRequest) []RawText {
	var texts []RawText
	for _, f := range r.Facts {
		texts = append(texts, RawText{strings.TrimSpace(f.Group + " " + f.Key), f.Value})
	}
	if _, listed := r.Fact("", "justification"); !listed && r.Justification != "" {
		texts = append(texts, RawText{"justification", r.Justification})
	}
	if r.Outcome != "" {
		texts = append(texts, RawText{"outcome", r.Outcome})
	}
	return texts
}

// RawDevice lists the texts of a device.
func RawDevice(d model.Device) []RawText {
	return []RawText{{"e-mail", d.Email}, {"device", d.Name}, {"type", d.Type}, {"client", d.Client}, {"ip", d.IP},
		{"location", d.Location}, {"device id", d.DeviceID}}
}

// Raw shows texts as they are stored: bytes in hex, the characters beside them,
// and each unusual character by its name (SCREENS, Foreign text).
func Raw(texts []RawText) widget.DetailContent {
	c := widget.DetailContent{
		Title: widget.Line{widget.Say(theme.Strong, "Raw text"), widget.Say(theme.Heading, "  as it is stored")},
		Right: widget.Words(theme.Faint, "v back"),
	}
	for _, t := range texts {
		name := safetext.Line(t.Name).String()
		c.Sections = append(c.Sections, widget.Section{Title: name, Facts: rawFacts(t.Value)})
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
