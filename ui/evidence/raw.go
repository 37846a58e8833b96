package evidence

import (
	"fmt"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// rawWidth is how many bytes stand in one line of the raw view: their hex stays on
// one line of the narrowest screen.
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
		c.Sections = append(c.Sections, widget.Section{Title: t.Name, Facts: rawFacts(t.Value)})
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
	for _, rows := range rawRows(s) {
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

// rawRows cuts a text into lines of whole characters.
func rawRows(s string) [][]safetext.RawRow {
	var all [][]safetext.RawRow
	var line []safetext.RawRow
	for row := range safetext.Raw(s) {
		if len(line) > 0 && row.Offset+bytesOf(row)-line[0].Offset > rawWidth {
			all, line = append(all, line), nil
		}
		line = append(line, row)
	}
	return append(all, line)
}

// bytesOf is how many bytes a character takes.
func bytesOf(row safetext.RawRow) int { return (len(row.Hex) + 1) / 3 }

// unusual reports whether a character is anything but printable ASCII.
func unusual(row safetext.RawRow) bool {
	return len(row.Hex) != 2 || row.Hex < "20" || row.Hex > "7E"
}
