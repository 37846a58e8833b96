package casepane

import (
	"fmt"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// Raw returns the raw view of a request (SCREENS, Keys: v): each foreign text
// as it is stored, by its bytes and code points.
func Raw(c workflow.CaseView) widget.DetailContent {
	r := c.Request
	content := widget.DetailContent{
		Title: widget.Line{show(theme.Strong, string(r.Number)), say(theme.Heading, "  as it is stored")},
		Lead:  []widget.Line{{say(theme.Faint, "offset, bytes, text; what is not plain ASCII stands alone with its code point")}},
	}
	add := func(label, text string) {
		if text != "" {
			content.Sections = append(content.Sections, widget.Section{Title: label, Facts: rawFacts(text)})
		}
	}
	add("Title", r.Target.Title)
	add("Type", r.Target.Type)
	add("Described as", r.Target.Described)
	add("For", r.RequestedFor)
	add("Requested by", c.People[r.RequestedBy].Name)
	add("Why", r.Justification)
	for _, a := range r.Answers {
		add("Answer "+a.Field, a.Value)
	}
	if c.Facts != nil {
		add("Title in the vault", c.Facts.Title)
		add("Path in the vault", c.Facts.Path)
		add("Owner in the vault", c.Facts.Owner)
	}
	for _, e := range c.Timeline {
		if e.Kind != model.EntryEvent {
			who, _ := speaker(e)
			add("Said by "+who+", "+e.At.UTC().Format("2006-01-02 15:04")+" UTC", e.Text)
		}
	}
	return content
}

// rawRun is how many characters of plain ASCII stand on one line.
const rawRun = 8

// rawFacts lays one text out: runs of plain ASCII together, every other
// character by itself.
func rawFacts(text string) []widget.Fact {
	var facts []widget.Fact
	var hex, shown []string
	offset := 0
	flush := func() {
		if len(hex) == 0 {
			return
		}
		facts = append(facts, widget.Fact{Label: fmt.Sprintf("%04d", offset), Value: []widget.Line{{
			say(theme.Heading, fmt.Sprintf("%-*s", 3*rawRun, strings.Join(hex, " "))),
			widget.Show(theme.Text, safetext.Line(strings.Join(shown, ""))),
		}}})
		hex, shown = nil, nil
	}
	for row := range safetext.Raw(text) {
		if row.Offset < len(text) && text[row.Offset] >= 0x20 && text[row.Offset] < 0x7F {
			if len(hex) == rawRun {
				flush()
			}
			if len(hex) == 0 {
				offset = row.Offset
			}
			hex, shown = append(hex, row.Hex), append(shown, row.Shown.String())
			continue
		}
		flush()
		facts = append(facts, widget.Fact{Label: fmt.Sprintf("%04d", row.Offset), Value: []widget.Line{{
			say(theme.Heading, row.Hex+"  "), widget.Show(theme.Text, row.Shown),
			say(theme.Warn, strings.TrimRight("  "+row.Point, " ")), say(theme.Faint, "  "+row.Kind),
		}}})
	}
	flush()
	return facts
}
