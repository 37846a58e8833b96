package logs

import (
	"context"
	"fmt"
	"strings"

	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// newPrivacy is the privacy page: what is kept of people, where, protected how, how
// long, and who sees it (SCREENS, Logs).
func newPrivacy(env *tab.Env, svc Helping) *sheet {
	me := env.Me.ID
	return newSheet(env, "Privacy", []widget.Column[leaf]{
		{Title: "WHAT", Width: 18, Key: true, Cell: cell(0)},
		{Title: "KEPT", Width: 20, Flex: 1, Cell: cell(1)},
		{Title: "IN", Width: 8, Cell: cell(2)},
	}, func(ctx context.Context) ([]leaf, widget.Line, error) {
		all, err := svc.Privacy(ctx, me)
		rows := make([]leaf, len(all))
		for i, h := range all {
			rows[i] = holding(h)
		}
		return rows, widget.Words(theme.Note, fmt.Sprintf("%d kinds · countersign privacy export or erase PERSON", len(all))), err
	})
}

func holding(h workflow.Holding) leaf {
	where := widget.Section{Title: "Where: " + h.File, Ruled: true}
	for _, w := range h.Where {
		table, columns, _ := strings.Cut(w, ": ")
		where.Facts = append(where.Facts, prose(table, theme.Heading, columns))
	}
	return leaf{id: h.What, cells: []widget.Line{foreign(theme.Text, h.What), foreign(theme.Heading, h.Kept), foreign(theme.Faint, h.File)},
		content: widget.DetailContent{Title: foreign(theme.Strong, h.What), Sections: []widget.Section{
			{Facts: []widget.Fact{prose("Of people", theme.Text, h.Holds)}},
			{Facts: []widget.Fact{prose("Kept", theme.Text, h.Kept), prose("Protected", theme.Text, h.Sealed), prose("Seen by", theme.Text, h.Sees)}},
			where,
		}}}
}
