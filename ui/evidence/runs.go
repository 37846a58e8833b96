package evidence

import (
	"fmt"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// runs shows the program and its arguments, one numbered argument a line.
func runs(r model.EndpointRequest) []widget.Fact {
	facts := []widget.Fact{{Label: "Runs", Value: []widget.Line{{value(theme.Strong, r.Program())}}}}
	line, reported := r.Fact(model.GroupApplication, model.KeyCommand)
	switch {
	case !reported:
		return append(facts, widget.Fact{Value: []widget.Line{widget.Words(theme.Faint, "arguments not reported")}})
	case line == "":
		return append(facts, widget.Fact{Value: []widget.Line{widget.Words(theme.Faint, "no arguments")}})
	}
	c := model.CommandOf(r)
	for n, w := range c.Words {
		facts = append(facts, argument(n+1, w.Text))
	}
	rules := "POSIX"
	if c.Windows {
		rules = "Windows"
	}
	note := widget.Words(theme.Note, "split by "+rules+" rules; v: raw text")
	if c.Doubt != "" {
		note = widget.Words(theme.Warn, c.Doubt+": the machine may read this otherwise; v shows it as reported")
	}
	return append(facts, widget.Fact{Value: []widget.Line{note}})
}

// argument shows one argument. That it is empty stands beside the number, where no
// argument can write.
func argument(n int, arg string) widget.Fact {
	label := fmt.Sprintf("arg %d", n)
	if arg == "" {
		return widget.Fact{Label: label + " empty", Value: []widget.Line{widget.Words(theme.Text, "")}}
	}
	return widget.Fact{Label: label, Value: []widget.Line{widget.Foreign(theme.Accent, safetext.Counted(arg))}}
}
