package portal

import (
	"testing"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

func TestWantsAlignsWhatTheRightIsOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		right    model.Right
		deceives bool
		want     string
	}{
		{model.RightEdit, false, "edit   prod-db-01"},
		{model.RightEditShare, false, "edit+share  prod-db-01"},
		{model.RightView, true, "view   ▲ prod-db-01"},
		{"\u202e", false, "⟦U+202E⟧  prod-db-01"},
	} {
		row := casepane.Row{Mixed: tt.deceives, RequestRow: workflow.RequestRow{Item: model.ItemRecordAccess, Asked: model.Access{Right: tt.right},
			Target: model.Target{Kind: model.TargetRecord, UID: prodUID, Title: "prod-db-01"}}}
		got := wants(row, false)
		if got.String() != tt.want {
			t.Errorf("wants = %q, want %q", got, tt.want)
		}
		if word := casepane.Wants(row.Item, tt.right); got[0] != word[0] {
			t.Errorf("the word is %v, elsewhere %v", got[0], word[0])
		}
		faint := wants(row, true)
		if faint.String() != tt.want {
			t.Errorf("faint it says %q, want %q", faint, tt.want)
		}
		for _, s := range faint {
			if want := (widget.Line{s}).In(theme.Faint)[0]; s != want {
				t.Errorf("%v is not faint", s)
			}
		}
	}
}
