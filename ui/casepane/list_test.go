package casepane_test

import (
	"slices"
	"testing"
	"time"

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
		{"membership alone", model.ItemFolderAccess, model.RightNone, widget.Words(theme.Accent, "join")},
		{"managing the records of a folder", model.ItemFolderAccess, model.RightManageRecords, widget.Words(theme.Accent, "records")},
		{"a search", model.ItemSearchFolder, "", widget.Words(theme.Accent, "search")},
		{"access to be taken", model.ItemRevoke, "", widget.Words(theme.Warn, "take")},
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

func TestLastsFitsAList(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 14*3600)
	for _, tt := range []struct {
		name   string
		access model.Access
		zone   *time.Location
		want   string
		ink    theme.Ink
	}{
		{"nothing is asked for", model.Access{}, time.UTC, "", theme.Text},
		{"without an end", model.Access{Right: model.RightEditShare}, time.UTC, "permanent", theme.Warn},
		{"a time from the grant on", model.Access{Right: model.RightView, Limit: model.For(90 * time.Minute)}, time.UTC, "1 h 30 min", theme.Text},
		{"an end today", model.Access{Right: model.RightView, Limit: model.Until(noon.Add(time.Hour))}, time.UTC, "to 13:00", theme.Text},
		{"an end tomorrow there", model.Access{Right: model.RightView, Limit: model.Until(noon.Add(23 * time.Hour))}, east, "to 23 Nov", theme.Text},
		{"an end next year", model.Access{Right: model.RightView, Limit: model.Until(noon.AddDate(0, 2, 0))}, time.UTC, "to 21 Jan", theme.Text},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := casepane.Lasts(tt.access, noon, tt.zone)
			if got.String() != tt.want || !slices.Equal(got, got.In(tt.ink)) {
				t.Errorf("Lasts = %v, want %q", got, tt.want)
			}
		})
	}
}

func TestShareSaysWhatSomebodyHas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		share model.Share
		want  string
	}{
		{model.Share{}, "nothing"},
		{model.Share{Right: model.RightOwner}, "owner"},
		{model.Share{Right: model.RightEdit}, "edit, permanent"},
		{model.Share{Right: model.RightEdit, Expires: noon.Add(time.Hour)}, "edit until 13:00"},
		{model.Share{Right: model.RightView, Expires: noon.Add(24 * time.Hour), Pending: true}, "view until 22 Nov 12:00 (invitation not accepted yet)"},
	} {
		if got := casepane.Share(theme.Text, tt.share, noon, time.UTC).String(); got != tt.want {
			t.Errorf("Share = %q, want %q", got, tt.want)
		}
	}
}

func TestRowsFindNamesThatDeceive(t *testing.T) {
	t.Parallel()
	named := func(title string) workflow.RequestRow { return workflow.RequestRow{Title: title} }
	got := casepane.Rows([]workflow.RequestRow{named("prod-db-01"), named("рrod-db-01"), named("vpn"),
		{Target: model.Target{Kind: model.TargetRecord, Described: "ledger \u202e"}}, named("ledger"), named("vpn")})
	for i, want := range []struct {
		mixed bool
		alike []string
	}{{false, []string{"рrod-db-01"}}, {true, []string{"prod-db-01"}}, {}, {false, []string{"ledger"}}, {false, []string{"ledger \u202e"}}, {}} {
		if r := got[i]; r.Mixed != want.mixed || !slices.Equal(r.Alike, want.alike) || r.Deceives() != (want.mixed || want.alike != nil) {
			t.Errorf("row %d (%q): mixed %v, alike %q; want %v, %q", i, casepane.Title(r.RequestRow), r.Mixed, r.Alike, want.mixed, want.alike)
		}
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
			if got := casepane.Subject(casepane.Row{RequestRow: tt.row, Mixed: tt.deceives}); !slices.Equal(got, tt.want) {
				t.Errorf("Subject = %v, want %v", got, tt.want)
			}
		})
	}
}
