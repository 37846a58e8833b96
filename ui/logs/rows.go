package logs

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// clockWidth is the width of what clock returns.
const clockWidth = 12

// clock says when something was: the time of today, else the date with it.
func (t *Tab) clock(at time.Time) widget.Line { return widget.Words(theme.Text, t.clockCell(at)) }

// clockWords is clock inside of a sentence.
func (t *Tab) clockWords(at time.Time) string { return strings.TrimSpace(t.clockCell(at)) }

func (t *Tab) clockCell(at time.Time) string {
	at, now := at.In(t.env.Zone), t.env.Now().In(t.env.Zone)
	switch {
	case at.Year() == now.Year() && at.YearDay() == now.YearDay():
		return at.Format("15:04:05")
	case at.Year() == now.Year():
		return at.Format("_2 Jan 15:04")
	}
	return at.Format("2006-01-02")
}

func (t *Tab) exactly(at time.Time) widget.Line {
	return widget.Words(theme.Text, at.In(t.env.Zone).Format("2006-01-02 15:04:05.000 MST"))
}

func foreign(ink theme.Ink, s string) widget.Line { return widget.Foreign(ink, safetext.Line(s)) }

// paragraphs shows foreign text of several lines, and says where there is none.
func paragraphs(ink theme.Ink, s string) []widget.Line {
	if s == "" {
		return []widget.Line{widget.Words(theme.Faint, "none")}
	}
	var lines []widget.Line
	for _, v := range safetext.Block(s) {
		lines = append(lines, widget.Foreign(ink, v))
	}
	return lines
}

func labelled(label string, ink theme.Ink, s string) widget.Fact {
	return widget.Fact{Label: label, Value: paragraphs(ink, s)}
}

// logColumns leave most of the width to the message: which part of the program
// wrote a line is left to the detail where there is not much.
func (t *Tab) logColumns() []widget.Column[workflow.LogRow] {
	return []widget.Column[workflow.LogRow]{
		{Title: "TIME", Width: clockWidth, Cell: func(r workflow.LogRow) widget.Line { return t.clock(r.At) }},
		{Title: "LEVEL", Width: 5, Cell: func(r workflow.LogRow) widget.Line { return foreign(levelInk(r.Level), r.Level) }},
		{Title: "COMPONENT", Width: 9, Drop: 1, Cell: func(r workflow.LogRow) widget.Line { return foreign(theme.Text, r.Component) }},
		{Title: "NUMBER", Width: 10, Spills: true, Cell: func(r workflow.LogRow) widget.Line { return foreign(theme.Heading, numberOf(r)) }},
		{Title: "MESSAGE", Width: 40, Flex: 1, Cell: func(r workflow.LogRow) widget.Line {
			_, rest := leading(r.Message)
			return foreign(theme.Text, rest)
		}},
	}
}

// numberOf is the number of the request, task or incident that a line is about,
// "" where neither the beginning of its message nor its fields name one.
func numberOf(r workflow.LogRow) string {
	if number, _ := leading(r.Message); number != "" {
		return number
	}
	first := ""
	for _, f := range r.Fields {
		switch {
		case !model.Number(f.Value).Valid():
		case strings.HasPrefix(f.Value, model.PrefixRequest):
			return f.Value
		case first == "":
			first = f.Value
		}
	}
	return first
}

// leading cuts off the number that a message begins with, which has a column of
// its own, and that of the task behind it: "REQ0010042, SCTASK0010044: it is done".
func leading(message string) (number, rest string) {
	head, rest, _ := strings.Cut(message, " ")
	number = strings.TrimRight(head, ",:")
	if !model.Number(number).Valid() {
		return "", message
	}
	if strings.HasSuffix(head, ",") {
		second, behind, _ := strings.Cut(rest, " ")
		if task, ends := strings.CutSuffix(second, ":"); ends && model.Number(task).Valid() {
			rest = behind
		}
	}
	return number, rest
}

func levelInk(level string) theme.Ink {
	switch level {
	case "ERROR":
		return theme.BadStrong
	case "WARN":
		return theme.WarnStrong
	}
	return theme.Text
}

func (t *Tab) describeLog(r workflow.LogRow) chosen {
	about := widget.Section{Facts: []widget.Fact{
		labelled("Message", theme.Strong, r.Message),
		{Label: "When", Value: []widget.Line{t.exactly(r.At)}},
		labelled("Correlation", theme.Faint, string(r.Correlation)),
	}}
	fields := widget.Section{Title: "Fields"}
	for _, f := range r.Fields {
		name := f.Key
		if f.Group != "" {
			name = f.Group + "." + f.Key
		}
		fields.Facts = append(fields.Facts, named(name, f.Value)...)
	}
	title := append(foreign(levelInk(r.Level), r.Level), widget.Say(theme.Text, "  "), widget.Show(theme.Heading, safetext.Line(r.Component)))
	c := widget.DetailContent{Title: title, Sections: []widget.Section{about}}
	if len(fields.Facts) > 0 {
		c.Sections = append(c.Sections, fields)
	}
	return chosen{correlation: r.Correlation, object: numberOf(r), content: c}
}

// longestLabel is what fits into the detail's column of labels.
const longestLabel = 14

// named shows a field; a long name stands above its value.
func named(name, value string) []widget.Fact {
	if safetext.Width(safetext.Line(name).String()) > longestLabel {
		return []widget.Fact{{Value: append([]widget.Line{foreign(theme.Faint, name)}, paragraphs(theme.Text, value)...)}}
	}
	return []widget.Fact{labelled(name, theme.Text, value)}
}

func (t *Tab) auditColumns() []widget.Column[workflow.AuditRow] {
	return []widget.Column[workflow.AuditRow]{
		{Title: "ENTRY", Width: 10, Right: true, Drop: 1, Cell: func(r workflow.AuditRow) widget.Line {
			return widget.Words(theme.Faint, strconv.FormatInt(r.Seq, 10))
		}},
		{Title: "TIME", Width: clockWidth, Cell: func(r workflow.AuditRow) widget.Line { return t.clock(r.At) }},
		{Title: "WHO", Width: 11, Flex: 1, Max: 16, Cell: func(r workflow.AuditRow) widget.Line { return who(theme.Text, r) }},
		{Title: "WHAT", Width: 13, Flex: 4, Max: 24, Cell: func(r workflow.AuditRow) widget.Line { return foreign(theme.Text, r.Action) }},
		{Title: "OBJECT", Width: 10, Flex: 2, Cell: func(r workflow.AuditRow) widget.Line { return foreign(theme.Heading, cmp.Or(r.Whom, r.Object)) }},
	}
}

// who is the login of who did it, or the program.
func who(ink theme.Ink, r workflow.AuditRow) widget.Line {
	switch {
	case r.Actor == model.System:
		return widget.Words(theme.Faint, "the program")
	case r.Who == "":
		return widget.Words(theme.Faint, "erased")
	}
	return foreign(ink, r.Who)
}

func (t *Tab) describeAudit(r workflow.AuditRow) chosen {
	about := widget.Section{Facts: []widget.Fact{
		{Label: "Who", Value: []widget.Line{who(theme.Strong, r)}},
		labelled("What", theme.Strong, r.Action),
		labelled("Object", theme.Text, strings.TrimSpace(r.Whom+"\n"+r.Object)),
		{Label: "When", Value: []widget.Line{t.exactly(r.At)}},
		labelled("Detail", theme.Text, r.Detail),
	}}
	texts := widget.Section{}
	for _, text := range r.Texts {
		texts.Facts = append(texts.Facts, named(text.Name, text.Text)...)
	}
	if r.Erased {
		texts.Facts = append(texts.Facts, widget.Fact{Label: "Texts", Value: []widget.Line{widget.Words(theme.Note, "erased; the chain holds their commitments")}})
	}
	link := widget.Section{Facts: []widget.Fact{
		labelled("Correlation", theme.Faint, string(r.Correlation)),
		labelled("Hash", theme.Faint, r.Hash),
	}}
	c := widget.DetailContent{
		Title:    widget.Words(theme.Strong, fmt.Sprintf("Audit entry %d", r.Seq)),
		Sections: []widget.Section{about},
	}
	if len(texts.Facts) > 0 {
		c.Sections = append(c.Sections, texts)
	}
	c.Sections = append(c.Sections, link)
	return chosen{correlation: r.Correlation, object: r.Object, content: c}
}

func (t *Tab) trafficColumns() []widget.Column[workflow.TrafficRow] {
	return []widget.Column[workflow.TrafficRow]{
		{Title: "TIME", Width: clockWidth, Cell: func(r workflow.TrafficRow) widget.Line { return t.clock(r.At) }},
		{Title: "COMMAND", Width: 27, Flex: 1, Cell: func(r workflow.TrafficRow) widget.Line { return foreign(theme.Text, r.Command) }},
		{Title: "WAIT", Width: 6, Right: true, Drop: 2, Cell: func(r workflow.TrafficRow) widget.Line { return widget.Words(theme.Faint, spent(r.Wait)) }},
		{Title: "RUN", Width: 6, Right: true, Drop: 1, Cell: func(r workflow.TrafficRow) widget.Line { return widget.Words(theme.Heading, spent(r.Run)) }},
		{Title: "HTTP", Width: 4, Right: true, Drop: 3, Cell: func(r workflow.TrafficRow) widget.Line { return status(r) }},
		{Title: "OUTCOME", Width: 9, Cell: func(r workflow.TrafficRow) widget.Line { return foreign(outcomeInk(r.Outcome), r.Outcome) }},
	}
}

// spent says how long something took, in at most six cells.
func spent(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

func status(r workflow.TrafficRow) widget.Line {
	if r.Status == 0 {
		return widget.Words(theme.Warn, "none")
	}
	return widget.Words(theme.Faint, strconv.Itoa(r.Status))
}

func outcomeInk(outcome string) theme.Ink {
	switch outcome {
	case "answered", "queued":
		return theme.Heading
	case "failed":
		return theme.Bad
	}
	return theme.Warn // a word for what came instead of an answer
}

func (t *Tab) describeTraffic(r workflow.TrafficRow) chosen {
	answer := status(r)
	if r.Status == 0 {
		answer = widget.Words(theme.Warn, "no answer")
	}
	facts := []widget.Fact{
		labelled("Command", theme.Strong, r.Command),
		{Label: "When", Value: []widget.Line{t.exactly(r.At)}},
		{Label: "Waited", Value: []widget.Line{widget.Words(theme.Text, spent(r.Wait))}},
		{Label: "Ran", Value: []widget.Line{widget.Words(theme.Text, spent(r.Run))}},
		{Label: "HTTP", Value: []widget.Line{answer}},
	}
	if r.Error != "" {
		facts = append(facts, labelled("Error", theme.Bad, r.Error))
	}
	return chosen{correlation: r.Correlation, content: widget.DetailContent{
		Title: widget.Words(theme.Strong, "Vault command"),
		Right: foreign(outcomeInk(r.Outcome), r.Outcome),
		Sections: []widget.Section{{Facts: facts}, {Facts: []widget.Fact{
			labelled("Request id", theme.Faint, r.ServiceID),
			labelled("Correlation", theme.Faint, string(r.Correlation)),
		}}},
	}}
}
