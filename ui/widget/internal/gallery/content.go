package main

import (
	"fmt"
	"time"

	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func keys() []key.Binding {
	var bs []key.Binding
	for _, k := range [][2]string{{"a", "approve"}, {"d", "deny"}, {"c", "comment"}, {"space", "mark"}, {"enter", "open"}, {"y", "copy uid"}, {":", "commands"}} {
		bs = append(bs, key.NewBinding(key.WithKeys(k[0]), key.WithHelp(k[0], k[1])))
	}
	return bs
}

func columns() []widget.Column[row] {
	text := func(ink theme.Ink, get func(row) string) func(row) widget.Line {
		return func(r row) widget.Line { return widget.Foreign(ink, safetext.Line(get(r))) }
	}
	warm := func(ink theme.Ink, hot string, get func(row) string) func(row) widget.Line {
		return func(r row) widget.Line {
			if get(r) == hot {
				return widget.Words(theme.Warn, get(r))
			}
			return widget.Words(ink, get(r))
		}
	}
	return []widget.Column[row]{
		{Title: "DUE", Width: 5, Key: true, Cell: warm(theme.Heading, "12m", func(r row) string { return r.due })},
		{Title: "NUMBER", Width: 11, Key: true, Cell: text(theme.Text, func(r row) string { return r.number })},
		{Title: "WHO", Width: 7, Cell: text(theme.Text, func(r row) string { return r.who })},
		{Title: "WANTS", Width: 5, Cell: warm(theme.Accent, "owner", func(r row) string { return r.right })},
		{Width: 10, Flex: 1, Cell: text(theme.Text, func(r row) string { return r.object })},
		{Width: 9, Right: true, Drop: 1, Cell: warm(theme.Faint, "permanent", func(r row) string { return r.length })},
	}
}

// rows returns n requests, of which seven in a row are of all kinds.
func rows(n int) []row {
	kinds := []row{
		{"12m", "REQ0010042", "alice", "edit", "prod-db-01", "4 h"},
		{"58m", "REQ0010039", "bob", "view", "Payroll (folder)", "30 d"},
		{"2h", "REQ0010037", "erin", "link", "vpn-gateway", "1 d"},
		{"3h", "REQ0010036", "heidi", "owner", "github-deploy-key", "permanent"},
		{"5h", "REQ0010033", "frank", "store", "SSH key: build-07", ""},
		{"1d", "REQ0010031", "carol", "view", "Infrastructure/Linux", "7 d"},
		{"2d", "REQ0010028", "grace", "edit", "stripe-live \u202egnp.exe", "1 h"},
	}
	rs := make([]row, n)
	for i := range rs {
		rs[i] = kinds[i%len(kinds)]
		if i >= len(kinds) {
			rs[i].number = fmt.Sprintf("REQ%07d", 10042+i)
		}
	}
	return rs
}

func content(r row) widget.DetailContent {
	say, words := widget.Say, widget.Words
	return widget.DetailContent{
		Title: widget.Line{say(theme.Strong, r.number), say(theme.Heading, "  Request access to record")},
		Right: words(theme.WarnStrong, "due "+r.due),
		Sections: []widget.Section{
			{Facts: []widget.Fact{
				{Label: "Who", Value: []widget.Line{words(theme.Text, r.who+"@example.com, for herself")}},
				{Label: "What", Value: []widget.Line{
					{widget.Show(theme.Strong, safetext.Line(r.object)), say(theme.Heading, "  databaseCredentials")},
					words(theme.Heading, "Infrastructure / Databases"), words(theme.Faint, "RZToj60CrP9GDxjDTPWxAQ")}},
			}},
			{Facts: []widget.Fact{
				{Label: "Asks", Value: []widget.Line{{say(theme.Heading, "view → "), say(theme.AccentStrong, r.right), say(theme.Text, " for 4 h once granted")}}},
				{Label: "Has", Value: []widget.Line{words(theme.Text, "view, permanent, since 2026-03-02")}},
				{Label: "Why", Value: []widget.Line{words(theme.Text, "INC0012345: restore the ledger before the night batch; DBA on call is out")}},
			}},
			{Facts: []widget.Fact{{Label: "Will do", Value: []widget.Line{
				{say(theme.Accent, "change"), say(theme.Text, " alice's share: view → edit, ends after 4 h, then view again")}}}}},
			{Facts: []widget.Fact{
				{Label: "Before", Value: []widget.Line{{say(theme.OK, "3 approved"), say(theme.Heading, " · 0 denied"), say(theme.Faint, "  in 90 days")}}},
				{Label: "Can", Value: []widget.Line{words(theme.Heading, "dana, omar, priya  (any one)")}}}},
		},
		Timeline: []widget.Event{
			{When: "09:58", What: words(theme.Heading, "requested by alice")},
			{When: "09:58", What: words(theme.Heading, "sent to Vault Approvers")},
			{When: "10:04", What: widget.Line{say(theme.Text, "omar: "), say(theme.Quote, "“is this for the whole night?”")}},
			{When: "10:06", What: widget.Line{say(theme.Text, "alice: "), say(theme.Quote, "“yes, until the batch ends”")}},
		},
	}
}

func (g *gallery) dialog() *widget.Dialog {
	rights := widget.NewChips(g.theme, []widget.Choice{{ID: "view", Label: "view"}, {ID: "edit", Label: "edit"}}, "edit")
	length := widget.NewChips(g.theme, []widget.Choice{{ID: "30m", Label: "30 min"}, {ID: "1h", Label: "1 h"}, {ID: "2h", Label: "2 h"}, {ID: "4h", Label: "4 h"}, {ID: "until", Label: "until…"}}, "4h")
	comment := widget.NewInput(g.theme, widget.InputOptions{})
	form := widget.NewForm(g.theme, []widget.FormItem{
		{Label: "Rights", Field: rights, Hint: widget.Hint("asked: edit (may be lowered, never raised)")},
		{Label: "For", Field: length, Hint: widget.Hint("until about 14:30")},
		{Label: "Comment", Field: comment},
		{Label: "Will do", Text: func() []widget.Line {
			return []widget.Line{widget.Words(theme.Text, "share-record: change alice view → "+rights.Value()+" for "+length.Value()+", then restore view (Keeper would end both)")}
		}},
	})
	return widget.NewDialog(g.theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Approve REQ0010042"),
		Evidence: widget.DetailContent{Lead: []widget.Line{{widget.Say(theme.Strong, "alice@example.com"), widget.Say(theme.Heading, " gets "),
			widget.Say(theme.AccentStrong, "edit"), widget.Say(theme.Heading, " on "), widget.Say(theme.Strong, "prod-db-01")}}},
		Form:    form,
		Buttons: []widget.Button{{ID: "no", Label: "No, go back"}, {ID: "yes", Label: "Approve", Confirm: true, NeedsEvidence: true}},
		Done: func(id string) tea.Cmd {
			if id != "yes" {
				return nil
			}
			return g.status.OK(widget.Words(theme.OK, "REQ0010042 approved"))
		},
	})
}

func (g *gallery) makeForm() {
	g.picker = widget.NewPicker(g.theme, widget.PickerOptions{
		Columns:     []widget.PickColumn{{Title: "TITLE", Width: 14, Flex: 1}, {Title: "TYPE", Width: 20, Drop: 2}, {Title: "UID", Width: 22, Drop: 1}},
		Placeholder: "type a title, a type or a UID",
		Search: func(query string, gen int) tea.Cmd {
			var picks []widget.Pick
			for n := range 5 {
				title := fmt.Sprintf("%s-db-%02d", query, n+1)
				picks = append(picks, widget.Pick{ID: title, Name: widget.Words(theme.Strong, title), Cells: []widget.Line{
					widget.Foreign(theme.Text, safetext.Line(title)), widget.Words(theme.Heading, "databaseCredentials"), widget.Words(theme.Faint, "RZToj60CrP9GDxjDTPWxAQ")}})
			}
			return g.picker.Results(gen, picks, 7, 3*time.Minute)
		},
		Look: func(id string) tea.Cmd {
			g.picker.Info(id, []widget.Line{{widget.Say(theme.Faint, "in "), widget.Say(theme.Heading, "Infrastructure / Databases, owned by omar; you have view")}})
			return nil
		},
	})
	why := widget.NewArea(g.theme, widget.AreaOptions{Height: 3, Limit: 500})
	g.form = widget.NewForm(g.theme, []widget.FormItem{
		{Text: func() []widget.Line { return []widget.Line{widget.Words(theme.Strong, "Request access to record")} }},
		{Label: "Record", Field: g.picker, Check: func() string {
			if g.picker.Value() == "" {
				return "choose a record"
			}
			return ""
		}},
		{Label: "Rights", Field: widget.NewChips(g.theme, []widget.Choice{{ID: "view", Label: "view"}, {ID: "edit", Label: "edit"}, {ID: "share", Label: "share"}, {ID: "owner", Label: "owner", Off: "only without a limit"}}, "view"), Hint: widget.Hint("you have: nothing")},
		{Label: "For how long", Field: widget.NewChips(g.theme, []widget.Choice{{ID: "1h", Label: "1 h"}, {ID: "4h", Label: "4 h"}, {ID: "1d", Label: "1 d"}, {ID: "p", Label: "permanent"}}, "4h")},
		{Label: "Password", Field: widget.NewInput(g.theme, widget.InputOptions{Masked: true, Placeholder: "$GEN makes one"}), Hint: widget.Hint("sealed as soon as you submit")},
		{Label: "Why", Field: why, Hint: widget.Hint("who needs it, for what, which ticket"), Check: func() string {
			if len(why.Value()) < 10 {
				return "at least 10 characters, so that an approver can decide"
			}
			return ""
		}},
	})
}
