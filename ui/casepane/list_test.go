package casepane_test

import (
	"testing"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
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
