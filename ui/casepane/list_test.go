package casepane_test

import (
	"slices"
	"testing"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

func TestWantsIsOneShortWord(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		item  model.ItemKey
		right model.Right
		want  widget.Line
	}{
		{"a right", model.ItemRecordAccess, model.RightEdit, widget.Foreign(theme.Accent, safetext.Line("edit"))},
		{"two rights", model.ItemRecordAccess, model.RightEditShare, widget.Words(theme.Accent, "edit+share")},
		{"ownership", model.ItemRecordAccess, model.RightOwner, widget.Words(theme.Warn, "owner")},
		{"a one-time link", model.ItemOneTimeShare, model.RightView, widget.Words(theme.Accent, "link")},
		{"something to be stored", model.ItemSSHKey, "", widget.Words(theme.Accent, "store")},
		{"a right on a folder", model.ItemFolderAccess, model.RightAll, widget.Foreign(theme.Accent, safetext.Line("all"))},
		{"a right that nobody knows", model.ItemRecordAccess, "\u202eview", widget.Foreign(theme.Accent, safetext.Line("\u202eview"))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := casepane.Wants(tt.item, tt.right)
			if len(got) != 1 || got[0] != tt.want[0] {
				t.Errorf("Wants = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSubjectNamesWhatItIsAbout(t *testing.T) {
	t.Parallel()
	view := model.Access{Right: model.RightView}
	record := model.Target{Kind: model.TargetRecord, UID: recordUID, Title: "prod-db-01"}
	words := model.Target{Kind: model.TargetRecord, Described: "the db"}
	for _, tt := range []struct {
		name     string
		row      workflow.RequestRow
		deceives bool
		want     widget.Line
	}{
		{"a record", workflow.RequestRow{Item: model.ItemRecordAccess, Asked: view, Target: record, Title: "prod-db-01"}, false,
			widget.Line{widget.Show(theme.Text, safetext.Line("prod-db-01"))}},
		{"a title that deceives", workflow.RequestRow{Item: model.ItemRecordAccess, Asked: view, Target: record, Title: "рrod\u202e"}, true,
			widget.Line{widget.Say(theme.WarnStrong, "▲ "), widget.Show(theme.Text, safetext.Line("рrod\u202e"))}},
		{"a record whose title was not stored with it", workflow.RequestRow{Item: model.ItemRecordAccess, Asked: view, Target: record}, false,
			widget.Line{widget.Show(theme.Text, safetext.Line("prod-db-01"))}},
		{"a description", workflow.RequestRow{Item: model.ItemRecordAccess, Asked: view, Target: words, Title: "the db"}, false,
			widget.Line{widget.Show(theme.Quote, safetext.Line("the db"))}},
		{"a folder", workflow.RequestRow{Item: model.ItemFolderAccess, Asked: view, Title: "Payroll",
			Target: model.Target{Kind: model.TargetFolder, UID: recordUID, Title: "Payroll"}}, false,
			widget.Line{widget.Show(theme.Text, safetext.Line("Payroll")), widget.Say(theme.Text, " (folder)")}},
		{"something to be made", workflow.RequestRow{Item: model.ItemLogin, Title: "intranet"}, false,
			widget.Line{widget.Say(theme.Text, "Login: "), widget.Show(theme.Text, safetext.Line("intranet"))}},
		{"an item that nobody knows", workflow.RequestRow{Item: "x", Title: "y"}, false, widget.Line{widget.Show(theme.Text, safetext.Line("y"))}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := casepane.Subject(tt.row, tt.deceives); !slices.Equal(got, tt.want) {
				t.Errorf("Subject = %v, want %v", got, tt.want)
			}
		})
	}
}
