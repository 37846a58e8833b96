package casepane

import (
	"slices"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

func (p *pane) what() widget.Fact {
	kind, uid, title := p.take("Target"), p.take("UID"), p.take("Title")
	kindOf, described := p.take("Type"), p.take("Described as")
	var v []widget.Line
	switch {
	case p.c.Item.Searches():
		v = block(theme.Strong, p.take("Answer "+model.FieldWords))
		return widget.Fact{Label: "What", Value: append(v, widget.Line{say(theme.Heading, "any "), show(theme.Heading, kind), say(theme.Heading, " that fits, by its title")})}
	case p.c.Item.Creates():
		v = append(v, widget.Line{say(theme.Text, "a new record  "), say(theme.Heading, p.c.Item.RecordType)})
		if title == "" && described == "" && p.picked() == nil {
			return widget.Fact{Label: "What", Value: append(v, widget.Words(theme.Heading, "in no folder yet"))}
		}
	}
	if title != "" || kindOf != "" {
		line := widget.Line{show(theme.Strong, title)}
		if p.c.Item.Creates() {
			line = append(widget.Words(theme.Text, "in "), line...)
		}
		if kindOf != "" {
			line = append(line, say(theme.Text, "  "), show(theme.Heading, kindOf))
		}
		v = append(v, line)
	}
	if described != "" {
		v = append(v, block(theme.Strong, described)...)
	}
	if f := p.c.Facts; f != nil && !f.Gone && f.Path != "" && f.Path != title {
		v = append(v, widget.Line{show(theme.Heading, f.Path)})
	}
	if f := p.c.Facts; f != nil && p.c.Item.Grants() && f.Whole.Named() {
		v = append(v, widget.Line{say(theme.WarnStrong, "means all of "), show(theme.WarnStrong, f.Whole.Title), say(theme.Warn, ", the shared folder that it lies in")})
	}
	if picked := p.picked(); picked != nil {
		v = append(v, picked...)
		kind = ""
	}
	if uid != "" || kind != "" {
		line := widget.Line{}
		if uid != "" {
			line = append(line, show(theme.Faint, uid), say(theme.Faint, "  "))
		}
		v = append(v, append(line, show(theme.Faint, kind)))
	}
	return widget.Fact{Label: "What", Value: append(v, p.exists()...)}
}

// picked is the record that the work was done on where the request only
// described one, and who picked it; nil while none is picked.
func (p *pane) picked() []widget.Line {
	if p.c.Request.Target.Named() {
		return nil
	}
	t := p.c.Target()
	if !t.Named() {
		return nil
	}
	title := widget.Line{say(theme.Faint, "picked "), show(theme.Strong, t.Title), say(theme.Text, "  "), show(theme.Heading, t.Type)}
	line := widget.Line{show(theme.Faint, string(t.UID))}
	if by := p.picker(t); by != "" {
		line = append(line, say(theme.Faint, "  by "), show(theme.Heading, by))
	}
	return []widget.Line{title, line}
}

// picker is the login of who picked a record last: who the history says it was,
// or else who has the task.
func (p *pane) picker(t model.Target) string {
	words := "picked " + t.Title + " (" + string(t.UID) + ")"
	for _, e := range slices.Backward(p.c.Timeline) {
		if e.Kind == model.EntryEvent && e.Text == words {
			return e.Who
		}
	}
	for _, task := range p.c.Tasks {
		if task.Picked == t {
			return p.c.Name(task.Assignee)
		}
	}
	return ""
}

// exists says whether the target is still there, where that is not plain from
// its path.
func (p *pane) exists() []widget.Line {
	f := p.c.Facts
	switch {
	case f == nil || !p.c.Target().Named():
		return nil
	case f.Gone:
		return []widget.Line{{say(theme.Bad, "does not exist in the vault any more"), p.asOf()}}
	case f.Path == "":
		return []widget.Line{{say(theme.Heading, "still there"), p.asOf()}}
	}
	return nil
}

// asOf says how long ago the vault was read.
func (p *pane) asOf() widget.Span {
	age := p.o.Now.Sub(p.c.Facts.Read)
	switch {
	case p.o.undated:
		return say(theme.Faint, "")
	case age < time.Minute:
		return say(theme.Faint, "  as of just now")
	}
	return say(theme.Faint, "  as of "+widget.Age(age)+" ago")
}
