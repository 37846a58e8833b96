package portal

import (
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// answers are what was filled in beside the access itself, in the order of the
// form. Of a secret it says only that there is one.
func (r *review) answers(answers []model.Answer) []widget.Fact {
	given := map[string]string{}
	for _, a := range answers {
		given[a.Field] = a.Value
	}
	var facts []widget.Fact
	for _, field := range r.form.item.Fields {
		text, answered := given[field.Key]
		switch _, sealed := r.draft.Secrets[field.Key]; {
		case sealed:
			facts = append(facts, widget.Fact{Label: field.Label, Value: []widget.Line{
				{widget.Say(theme.OK, "sealed"), widget.Say(theme.Faint, ": only the worker can read it")}}})
		case answered:
			facts = append(facts, widget.Fact{Label: field.Label, Value: said(field, text)})
		}
	}
	return facts
}

// said is an answer as it is read.
func said(field model.Field, text string) []widget.Line {
	g, made := model.ParseGenerate(text)
	switch {
	case made && len(field.Generators()) > 0:
		return []widget.Line{widget.Words(theme.Text, g.Words())}
	case field.Key == model.FieldDestroys:
		return []widget.Line{{widget.Say(theme.Warn, "when its link has been opened, at the latest after "), widget.Show(theme.Warn, visible(text))}}
	case field.Key == model.FieldShareIt && model.Right(text).Owner():
		return []widget.Line{widget.Words(theme.Warn, "you own it then")}
	}
	var lines []widget.Line
	for _, l := range safetext.Block(text) {
		lines = append(lines, widget.Foreign(theme.Text, l))
	}
	return lines
}

// inSentence is the name of an item within a sentence: "login", "SSH key".
func inSentence(name string) string {
	if len(name) < 2 || strings.ToUpper(name[:2]) == name[:2] {
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// goesInto says where a new record is put.
func (r *review) goesInto() []widget.Line {
	kind := widget.Line{widget.Say(theme.Strong, r.form.item.Name), widget.Say(theme.Heading, "  a new "+r.form.item.RecordType)}
	switch t := r.draft.Target; {
	case t.Named():
		return []widget.Line{kind, {widget.Say(theme.Faint, "in "), widget.Show(theme.Text, visible(t.Title)), widget.Say(theme.Faint, "  "), widget.Show(theme.Faint, visible(string(t.UID)))}}
	case t.Described != "":
		return []widget.Line{kind, {widget.Say(theme.Faint, "in "), widget.Show(theme.Quote, visible(t.Described))}}
	}
	return []widget.Line{kind} // what is done says who chooses the folder
}

// willDo says what the vault would be told, once that can be known.
func (r *review) willDo(view workflow.CaseView) []widget.Fact {
	c := r.form.core
	if view.Facts == nil && !r.form.item.Creates() {
		return nil
	}
	lines := casepane.WillDo(view, casepane.Options{Now: c.env.Now(), Zone: c.env.Zone})
	if lines == nil {
		return nil
	}
	return []widget.Fact{{Label: "Will do", Value: lines}}
}
