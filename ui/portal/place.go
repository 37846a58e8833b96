package portal

import (
	"fmt"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// required reports whether the request is about what is picked here; a new
// record may go wherever whoever makes it puts it.
func (r *recordField) required() bool { return r.field.Required }

// searches reports whether one is picked from the index.
func (r *recordField) searches() bool { return r.ways.Value() == waySearch }

func (r *recordField) waysLabel() string {
	if r.required() {
		return "Find it"
	}
	return "Goes to"
}

// pickColumns are the columns of the results. Folders have no type.
func pickColumns(kind model.TargetKind) []widget.PickColumn {
	columns := []widget.PickColumn{{Title: "TITLE", Width: 14, Flex: 3}, {Title: "TYPE", Width: 19},
		{Title: "DESCRIPTION", Width: 12, Flex: 2, Drop: 1}, {Title: "UID", Width: 22, Drop: 2}}
	if kind == model.TargetFolder {
		columns = []widget.PickColumn{{Title: "NAME", Width: 14, Flex: 2}, {Title: "KIND", Width: 13},
			{Title: "DESCRIPTION", Width: 12, Flex: 2, Drop: 1}, {Title: "UID", Width: 22, Drop: 2}}
	}
	return columns
}

// cells are the columns of a result, after the mark of a title that deceives.
func (r *recordField) cells(h model.Hit, title widget.Line) []widget.Line {
	kind := widget.Foreign(theme.Heading, visible(h.Type))
	switch {
	case h.Nested:
		kind = widget.Words(theme.Warn, "nested")
	case r.kind == model.TargetFolder:
		kind = widget.Words(theme.Heading, "shared folder")
	case r.refusalOf(h) != "":
		kind = widget.Foreign(theme.Warn, visible(h.Type))
	}
	return []widget.Line{
		append(title, widget.Show(theme.Text, visible(h.Title))), kind,
		widget.Foreign(theme.Heading, visible(h.Description)),
		widget.Foreign(theme.Faint, visible(string(h.UID))),
	}
}

// refusal is why what is chosen cannot be asked for, "" if it can.
func (r *recordField) refusal() string {
	if f, known := r.facts(); known {
		if why := f.Unshareable(); why != "" {
			return why
		}
	}
	return r.refusalOf(r.hits[model.UID(r.picker.Value())])
}

// refusalOf is why the vault service would refuse a result, with what to do
// instead.
func (r *recordField) refusalOf(h model.Hit) string {
	switch {
	case h.Nested:
		return model.RecordFacts{Kind: model.TargetFolder, Nested: true}.Unshareable()
	case r.item.Key == model.ItemOneTimeShare && model.PAM(h.Type):
		return model.NoLinks(visible(h.Type).String())
	}
	return ""
}

// whole says what a folder inside a shared one means: access to it is access to
// all of the shared one (PROTOCOL 12.3). Nothing is said of where a new record
// goes: it goes there and nowhere else.
func (r *recordField) whole(f model.RecordFacts) []widget.Line {
	if !f.Whole.Named() || !r.required() {
		return nil
	}
	return []widget.Line{{widget.Say(theme.WarnStrong, "▲ "), widget.Say(theme.Warn, "a part of the shared folder "),
		widget.Show(theme.WarnStrong, visible(f.Whole.Title)), widget.Say(theme.Warn, ": access is given to all of it and everything in it")}}
}

// contents say what comes with a folder.
func (r *recordField) contents(f model.RecordFacts) widget.Line {
	if r.kind != model.TargetFolder {
		return nil
	}
	words := fmt.Sprintf("%d records", f.Records)
	if f.Records == 1 {
		words = "1 record"
	}
	if f.Only != "" {
		return widget.Words(theme.Heading, words) // others are not theirs to see
	}
	n := 0
	for _, h := range f.Shares {
		if !h.Share.None() {
			n++
		}
	}
	members := fmt.Sprintf(", %d members", n)
	if n == 1 {
		members = ", 1 member"
	}
	return widget.Words(theme.Heading, words+members)
}

// choose takes what was named elsewhere: in a request of before, or by a search.
func (r *recordField) choose(t model.Target) {
	switch {
	case t.Described != "" && !t.Named():
		r.ways.Take(wayWords)
		r.words.SetValue(t.Described)
	case t.Named():
		r.ways.Take(waySearch)
		h := model.Hit{UID: t.UID, Kind: t.Kind, Title: t.Title, Type: t.Type}
		if known, ok := r.hits[t.UID]; ok {
			h = known
		}
		r.hits[t.UID] = h
		r.picker.Choose(r.picks([]model.Hit{h})[0])
	}
}
