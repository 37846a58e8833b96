package tasks

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"
)

// plain is what facts say, without their inks.
func plain(facts []widget.Fact) string {
	var lines []string
	for _, f := range facts {
		for _, v := range f.Value {
			lines = append(lines, f.Label+": "+v.String())
		}
	}
	return strings.Join(lines, "\n")
}

func TestPlansInWords(t *testing.T) {
	t.Parallel()
	view, edit := model.Share{Right: model.RightView}, model.Share{Right: model.RightEdit}
	for _, tt := range []struct {
		name string
		have model.Share
		want model.Access
		says []string
	}{
		{"nothing before", model.Share{}, model.Access{Right: model.RightView, Limit: model.For(30 * time.Minute)},
			[]string{"Plan: a@example.com: nothing → view, 30 min", "Plan: until about 11:00 if run now", "Steps: 1  give a@example.com view for 30 min"}},
		{"a raise over what stands", view, model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)},
			[]string{"view, permanent → edit, 4 h", "until about 14:30 if run now, then again view, permanent",
				"2  give a@example.com view back at about 14:30, when that ends"}},
		{"a raise until a moment", view, model.Access{Right: model.RightEdit, Limit: model.Until(noon.Add(2 * time.Hour))},
			[]string{"view, permanent → edit, until 12:30", "then again view, permanent", "2  give a@example.com view back at 12:30, when that ends"}},
		{"without an end", view, model.Access{Right: model.RightEditShare},
			[]string{"view, permanent → edit and share, permanent", "1  give a@example.com edit and share"}},
		{"ownership", edit, model.Access{Right: model.RightOwner},
			[]string{"edit, permanent → owner", "1  make a@example.com the owner"}},
		{"lower first", model.Share{Right: model.RightShare}, model.Access{Right: model.RightEdit, Limit: model.For(time.Hour)},
			[]string{"1  lower a@example.com to view", "2  give a@example.com edit for 1 h"}},
		{"later, when something better ends", model.Share{Right: model.RightEditShare, Expires: noon.Add(time.Hour)},
			model.Access{Right: model.RightView, Limit: model.For(3 * time.Hour)},
			[]string{"edit and share until 11:30 → view, 3 h", "1  give a@example.com view back until 2026-11-21 13:30 UTC at 11:30"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, company(), 120, 32)
			plan, err := model.PlanAccess(model.Wanted{On: model.Target{Kind: model.TargetRecord, UID: prodUID}, Email: "a@example.com", Access: tt.want}, tt.have, noon)
			if err != nil {
				t.Fatal(err)
			}
			got := plain(d.tab.planFacts(workflow.PlanView{Plan: plan}, "a@example.com"))
			for _, want := range tt.says {
				if !strings.Contains(got, want) {
					t.Errorf("the plan says\n%s\nwithout %q", got, want)
				}
			}
		})
	}
}

func TestRowsInWords(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), 120, 32)
	request := func(item model.ItemKey, right model.Right, l model.Limit) workflow.RequestRow {
		access := model.Access{Right: right, Limit: l}
		return workflow.RequestRow{Item: item, Title: "x", Asked: access, Allowed: access}
	}
	edit := request(model.ItemRecordAccess, model.RightEdit, model.For(time.Hour))
	for _, tt := range []struct {
		name               string
		row                workflow.TaskRow
		what, limit, state string
	}{
		{"a record", workflow.TaskRow{Request: request(model.ItemRecordAccess, model.RightEditShare, model.Permanent), State: model.TaskOpen},
			"edit+share", "permanent", "open"},
		{"less is allowed than was asked", workflow.TaskRow{Request: workflow.RequestRow{Item: model.ItemRecordAccess,
			Asked: model.Access{Right: model.RightEdit}, Allowed: model.Access{Right: model.RightView}}, State: model.TaskOpen}, "view", "permanent", "open"},
		{"ownership, refused to nobody", workflow.TaskRow{Request: request(model.ItemRecordAccess, model.RightOwner, model.Permanent), OpState: model.OpRefused},
			"owner", "permanent", "refused"},
		{"a link, queued", workflow.TaskRow{Request: request(model.ItemOneTimeShare, model.RightView, model.For(time.Hour)), OpState: model.OpQueued, Assignee: "priya"},
			"link", "1 h", "queued, priya"},
		{"something to store", workflow.TaskRow{Request: workflow.RequestRow{Item: model.ItemLogin, Title: "x"}, State: model.TaskInProgress, Assignee: "priya"},
			"store", "", "with priya"},
		{"one's own", workflow.TaskRow{Request: edit, State: model.TaskInProgress, Assignee: "omar", Mine: true}, "edit", "1 h", "with you"},
		{"one's own that has just been done in part", workflow.TaskRow{Request: edit, State: model.TaskInProgress, Assignee: "omar", Mine: true, OpState: model.OpDone},
			"edit", "1 h", "with you"},
		{"one's own, refused", workflow.TaskRow{Request: edit, State: model.TaskInProgress, Assignee: "omar", Mine: true, OpState: model.OpRefused},
			"edit", "1 h", "refused, you"},
		{"a login that attacks", workflow.TaskRow{Request: edit, State: model.TaskInProgress, Assignee: "\u202ex", OpState: model.OpSent}, "edit", "1 h", "sent, ⟦U+202E⟧x"},
		{"to be taken back, unknown", workflow.TaskRow{Kind: model.TaskRevoke, OpState: model.OpUnknown,
			Request: request(model.ItemRecordAccess, model.RightEdit, model.Until(noon.Add(48*time.Hour)))}, "take back", "to 23 Nov", "unknown"},
		{"incomplete, whatever an order says", workflow.TaskRow{State: model.TaskClosedIncomplete, OpState: model.OpRefused, Request: edit},
			"edit", "1 h", "incomplete"},
		{"done by somebody", workflow.TaskRow{State: model.TaskClosedComplete, Assignee: "priya", Request: edit}, "edit", "1 h", "complete"},
	} {
		r := row{TaskRow: tt.row}
		if got := what(r).String(); got != tt.what {
			t.Errorf("%s: what = %q, want %q", tt.name, got, tt.what)
		}
		if got := d.tab.limit(r).String(); got != tt.limit {
			t.Errorf("%s: limit = %q, want %q", tt.name, got, tt.limit)
		}
		if got := state(r).String(); got != tt.state {
			t.Errorf("%s: state = %q, want %q", tt.name, got, tt.state)
		}
	}
}

func TestWhatATaskIsAboutHasTheRoom(t *testing.T) {
	t.Parallel()
	for _, width := range []int{80, 120} {
		q := company()
		c := q.cases["SCTASK0010042"]
		c.Request.Target.Title = "github-deploy-keys"
		c.Request.Asked.Right, c.Request.Allowed.Right = model.RightView, model.RightView
		sit(t, q, width, 32).shows("SCTASK0010042  view   github-deploy-keys")
	}
}

func TestAnOrderIsOneWord(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind  model.OpKind
		right model.Right
		want  string
	}{
		{model.OpGrant, model.RightEdit, "edit"}, {model.OpGrant, model.RightEditShare, "edit+share"},
		{model.OpLower, model.RightView, "lower"}, {model.OpRemove, "", "remove"}, {model.OpOwner, model.RightOwner, "owner"},
	} {
		if got := opWord(workflow.OperationRow{Op: model.Operation{Kind: tt.kind, Intent: model.Intent{Right: tt.right}}}).String(); got != tt.want {
			t.Errorf("%s of %q is %q, want %q", tt.kind, tt.right, got, tt.want)
		}
	}
}

var _ tab.Resting = (*Tab)(nil)

func TestWhileTheTabRestsOnlyItsListIsDrawn(t *testing.T) {
	t.Parallel()
	for _, view := range []int{openView, unknownView} {
		d := sit(t, company().doubts(), 120, 32)
		d.run(d.tab.SetView(view))
		d.rest()
		d.tab.Rest(true)
		d.shows("alice ") // in the list
		for _, line := range strings.Split(d.screen(), "\n") {
			if _, detail, ok := strings.Cut(line, "│"); ok && detail != "" {
				t.Errorf("view %d draws %q", view, detail)
			}
		}
		d.tab.Rest(false)
		d.shows("@example.com") // in the detail
	}
}

func TestADomainIsLeftOutOnlyWhereItIsOnesOwn(t *testing.T) {
	t.Parallel()
	d := sit(t, company(), 120, 32)
	for email, want := range map[string]string{
		"alice@example.com": "alice", "alice@EXAMPLE.com": "alice", "alice@example.com.evil.net": "alice@example.com.evil.net", "alice@evil.net": "alice@evil.net",
		"": "the login",
	} {
		if got := d.tab.short(email, "the login"); got != want {
			t.Errorf("short(%q) = %q, want %q", email, got, want)
		}
	}
}

func TestTheStateIsReadableAtEveryWidth(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		for _, width := range []int{60, 80, 99, 100, 108, 120, 200} {
			d := sit(t, company().doubts(), width, 30)
			d.shows("STATE", "with you", "sent, p")
			d.run(d.tab.SetView(unknownView))
			d.shows("NEXT", "REQ0010")
			if row := strings.Split(d.screen(), "\n")[1]; !strings.Contains(row, "in ") && !strings.Contains(row, "now") {
				t.Errorf("at %d columns: %s", width, row)
			}
		}
	})
}
