package plain

import (
	"fmt"
	"io"
	"strings"

	"countersign/safetext"
	"countersign/ui/widget"
)

// output prints lines and remembers the first failure, after which nothing more
// is printed.
type output struct {
	w   io.Writer
	err error
}

func (o *output) write(text string) {
	if o.err == nil {
		_, o.err = io.WriteString(o.w, text)
	}
}

// say prints a line of words of ours, in which everything foreign is made visible.
func (o *output) say(format string, args ...any) {
	o.line(safetext.Line(fmt.Sprintf(format, args...)).String())
}

// line prints a line that holds visible text only.
func (o *output) line(text string) { o.write(text + "\n") }

// lines prints lines of a screen.
func (o *output) lines(all []widget.Line) {
	for _, l := range all {
		o.line(l.String())
	}
}

// gap prints an empty line.
func (o *output) gap() { o.write("\n") }

// fact prints a label with its value. What has several lines goes on below, set
// in.
func (o *output) fact(label string, value ...widget.Line) {
	for i, l := range value {
		text := squeezed(l.String())
		switch {
		case i > 0:
			o.line("  " + text)
		case label == "":
			o.line(text)
		default:
			o.line(safetext.Line(label).String() + ": " + text)
		}
	}
}

// text prints a label with foreign text of perhaps several lines, nothing where
// there is none.
func (o *output) text(label, value string) {
	if value == "" {
		return
	}
	for i, v := range safetext.Block(value) {
		if i > 0 {
			label = ""
		}
		switch {
		case i > 0:
			o.line("  " + v.String())
		default:
			o.line(label + ": " + v.String())
		}
	}
}

// content prints all that a detail shows: nothing of it is cut, and nothing left
// out.
func (o *output) content(c widget.DetailContent) {
	title := squeezed(c.Title.String())
	if right := squeezed(c.Right.String()); right != "" {
		title += ", " + right
	}
	if title != "" {
		o.line(title)
	}
	for _, w := range c.Warnings {
		o.line("Warning: " + w.String())
	}
	o.lines(c.Lead)
	for _, s := range c.Sections {
		if s.Title != "" {
			o.say("%s:", s.Title)
		}
		for _, f := range s.Facts {
			o.fact(f.Label, f.Value...)
		}
	}
	if len(c.Timeline) > 0 {
		o.line("History:")
	}
	for _, e := range c.Timeline {
		o.fact(e.When, e.What)
	}
}

// squeezed takes out the blanks that only keep the columns of a screen apart.
func squeezed(text string) string { return strings.TrimRight(text, " ") }

// row prints a numbered row of a list from the cells of a screen.
func (o *output) row(n int, cells ...widget.Line) {
	var parts []string
	for _, c := range cells {
		if text := strings.TrimSpace(c.String()); text != "" && text != "-" {
			parts = append(parts, text)
		}
	}
	o.line(fmt.Sprintf("%d. %s", n, strings.Join(parts, ", ")))
}
