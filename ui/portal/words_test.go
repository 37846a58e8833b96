package portal

import (
	"testing"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

func TestWantsNamesTheRightAndWhatItIsOn(t *testing.T) {
	t.Parallel()
	record := model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01"}
	for _, tt := range []struct {
		name      string
		item      model.ItemKey
		right     model.Right
		target    model.Target
		title     string
		deceiving bool
		want      string
	}{
		{"a record", model.ItemRecordAccess, model.RightEdit, record, "prod-db-01", false, "edit   prod-db-01"},
		{"a long right", model.ItemRecordAccess, model.RightEditShare, record, "prod-db-01", false, "edit+share  prod-db-01"},
		{"a title that deceives", model.ItemRecordAccess, model.RightView, record, "prod-db-01", true, "view   ▲ prod-db-01"},
		{"without a title", model.ItemRecordAccess, model.RightView, model.Target{Kind: model.TargetRecord, UID: prodUID}, "", false, "view   " + string(prodUID)},
		{"described", model.ItemRecordAccess, model.RightView, model.Target{Kind: model.TargetRecord, Described: "the db"}, "the db", false, "view   the db"},
		{"a folder", model.ItemFolderAccess, model.RightAll, model.Target{Kind: model.TargetFolder, UID: prodUID}, "Payroll", false, "all    Payroll (folder)"},
		{"something to store", model.ItemLogin, "", model.Target{}, "intranet", false, "store  Login: intranet"},
		{"a right that nobody knows", model.ItemRecordAccess, "\u202e", record, "prod-db-01", false, "⟦U+202E⟧  prod-db-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := wants(tt.item, tt.right, tt.target, tt.title, tt.deceiving, false)
			if got.String() != tt.want {
				t.Errorf("wants = %q, want %q", got, tt.want)
			}
			if word := casepane.Wants(tt.item, tt.right); got[0] != word[0] {
				t.Errorf("the word is %v, elsewhere %v", got[0], word[0])
			}
			faint := wants(tt.item, tt.right, tt.target, tt.title, tt.deceiving, true)
			if faint.String() != tt.want {
				t.Errorf("faint it says %q, want %q", faint, tt.want)
			}
			for _, s := range faint {
				if want := (widget.Line{s}).In(theme.Faint)[0]; s != want {
					t.Errorf("%v is not faint", s)
				}
			}
		})
	}
}
