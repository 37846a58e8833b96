package portal

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// catalogRow is an item with where it stands in the list.
type catalogRow struct {
	model.Item
	leads bool // the first of its category
}

func (g *catalog) columns() []widget.Column[catalogRow] {
	ink := func(r catalogRow, i theme.Ink) theme.Ink {
		if !r.Offered {
			return theme.Faint
		}
		return i
	}
	return []widget.Column[catalogRow]{
		{Title: "KIND", Width: 6, Cell: func(r catalogRow) widget.Line {
			if !r.leads {
				return nil
			}
			return widget.Words(theme.Heading, string(r.Category))
		}},
		{Title: "ITEM", Width: 24, Key: true, Cell: func(r catalogRow) widget.Line {
			return widget.Words(ink(r, theme.Text), r.Name)
		}},
		{Title: "WHAT YOU GET", Width: 20, Flex: 1, Cell: func(r catalogRow) widget.Line {
			return widget.Words(ink(r, theme.Heading), r.Summary)
		}},
		{Width: 11, Right: true, Cell: func(r catalogRow) widget.Line {
			f := g.forms[r.Key]
			switch {
			case !r.Offered:
				return widget.Words(theme.Faint, "comes later")
			case g.off(r.Item):
				return widget.Words(theme.Faint, "off here")
			case f != nil && f.sends:
				return widget.Words(theme.Accent, "submitting")
			case f != nil && f.halfWritten():
				return widget.Words(theme.Warn, "half-filled")
			}
			return nil
		}},
	}
}

// show lists the items that fit the filter.
func (g *catalog) show() {
	var rows []catalogRow
	category := model.Category("")
	for _, item := range g.items {
		if fits(g.bar.Filter(), item.Name, item.Summary, string(item.Category)) {
			rows = append(rows, catalogRow{item, item.Category != category})
			category = item.Category
		}
	}
	g.list.SetRows(rows, false)
	g.list.SetFooter(g.footer())
}

// footer says what the row under the cursor gives where the list cuts it, and
// else what becomes of a request for it. Who may not order reads that instead.
func (g *catalog) footer() widget.Line {
	row, ok := g.list.Selected()
	switch {
	case !g.core.orders():
		return widget.Words(theme.Warn, "▲ Your roles do not let you order: ask an admin for the role requestor.")
	case !ok:
		return nil
	case g.width < widget.SplitWidth:
		return widget.Words(theme.Note, row.Summary+".")
	case !row.Offered:
		return widget.Words(theme.Note, "It cannot be ordered yet.")
	case g.off(row.Item):
		return widget.Words(theme.Note, "Searching is switched off here: describe in words what you need when you ask for access.")
	case row.Searches() && g.core.mode(row.Item) == model.SearchLive:
		return widget.Words(theme.Note, "Answered at once from the list of titles; no request is made.")
	case g.core.policy == nil:
		return nil
	}
	p := g.core.policy(row.Key, model.Access{})
	line := widget.Words(theme.Note, "Decided by ")
	for i, step := range p.Steps {
		if i > 0 {
			line = append(line, widget.Say(theme.Note, ", then "))
		}
		line = append(line, widget.Show(theme.Note, visible(step.Words())))
	}
	return append(line, widget.Say(theme.Note, "; carried out by "), widget.Show(theme.Note, visible(string(p.FulfilGroup))), widget.Say(theme.Note, "."))
}

// off reports whether an item is a search that nobody may make here.
func (g *catalog) off(item model.Item) bool {
	return item.Searches() && g.core.mode(item) == model.SearchOff
}
