package model_test

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// What somebody has is a raise of ours over a standing right, and more of it is
// asked for: the standing right comes back at the new end.
func TestPlanOverARaiseOfOurs(t *testing.T) {
	t.Parallel()
	in := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	view, edit := model.RightView, model.RightEdit
	for _, tt := range []struct {
		name    string
		have    model.Share
		stands  model.Share
		want    model.Access
		steps   string
		back    model.Share // at the end
		nothing string
	}{
		{"longer", model.Share{Right: edit, Expires: in(4)}, model.Share{Right: view}, model.Access{Right: edit, Limit: model.For(8 * time.Hour)},
			"grant restore", model.Share{Right: view}, ""},
		{"for good", model.Share{Right: edit, Expires: in(4)}, model.Share{Right: view}, model.Access{Right: edit}, "grant", model.Share{}, ""},
		{"shorter, but more", model.Share{Right: view, Expires: in(9)}, model.Share{}, model.Access{Right: edit, Limit: model.For(4 * time.Hour)},
			"grant restore", model.Share{Right: view, Expires: in(9)}, ""},
		{"what stands has an end before the new one", model.Share{Right: edit, Expires: in(4)}, model.Share{Right: view, Expires: in(6)},
			model.Access{Right: edit, Limit: model.For(8 * time.Hour)}, "grant", model.Share{}, ""},
		{"what stands has an end after the new one", model.Share{Right: edit, Expires: in(4)}, model.Share{Right: view, Expires: in(9)},
			model.Access{Right: edit, Limit: model.For(8 * time.Hour)}, "grant restore", model.Share{Right: view, Expires: in(9)}, ""},
		{"less, which stands anyway", model.Share{Right: edit, Expires: in(4)}, model.Share{Right: view}, model.Access{Right: view, Limit: model.For(8 * time.Hour)},
			"", model.Share{Right: view}, "and view, permanent after that"},
		{"less, and longer than what stands", model.Share{Right: edit, Expires: in(4)}, model.Share{Right: view, Expires: in(6)},
			model.Access{Right: view, Limit: model.For(8 * time.Hour)}, "at 18:00", model.Share{}, ""},
	} {
		p, err := model.PlanAccess(model.Wanted{On: onRecord, Email: "a@example.com", Access: tt.want, Standing: tt.stands}, tt.have, noon)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var kinds []string
		for _, s := range p.Steps {
			switch {
			case !s.At.IsZero():
				kinds = append(kinds, s.At.Format("at 15:04"))
			case s.Intent.Restores:
				kinds = append(kinds, "restore")
			case s.Kind == model.OpLower:
				kinds = append(kinds, "lower")
			default:
				kinds = append(kinds, "grant")
			}
		}
		if got := strings.Join(kinds, " "); got != tt.steps || !p.Standing.Same(tt.back) || !strings.Contains(p.Nothing, tt.nothing) || (p.Nothing == "") != (tt.nothing == "") {
			t.Errorf("%s: steps %q, back %s, nothing %q; want %q, %s, %q", tt.name, got, p.Standing.Words(), p.Nothing, tt.steps, tt.back.Words(), tt.nothing)
		}
	}
}

func TestPlanTake(t *testing.T) {
	t.Parallel()
	facts := model.RecordFacts{Kind: model.TargetFolder, UID: "sub", Title: "Reports", Owner: "owner@example.com",
		Whole: model.Target{Kind: model.TargetFolder, UID: "whole", Title: "Finance"},
		Shares: []model.Holder{{Email: "a@example.com", Share: model.Share{Right: model.RightNone}},
			{Email: "TeamDBATeamDBATeamDBA1", Team: "DBA", Share: model.Share{Right: model.RightAll}},
			{Email: "owner@example.com", Share: model.Share{Right: model.RightAll}}}}
	p, err := model.PlanTake(facts, []string{"A@example.com", "TeamDBATeamDBATeamDBA1", "gone@example.com"})
	if err != nil || len(p.Steps) != 2 || len(p.Warnings) != 1 || p.Nothing != "" {
		t.Fatalf("plan %+v, %v", p, err)
	}
	for i, who := range []string{"A@example.com", "team DBA"} {
		if s := p.Steps[i]; s.Kind != model.OpLeave || s.Intent.Folder != "whole" || s.Intent.Who() != who || s.Intent.Right != "" {
			t.Errorf("step %+v", s)
		}
	}
	if _, err := model.PlanTake(facts, []string{"owner@example.com"}); err == nil {
		t.Error("taken from the owner")
	}
	if p, err := model.PlanTake(facts, []string{"gone@example.com"}); err != nil || p.Nothing == "" || len(p.Warnings) != 0 {
		t.Errorf("from nobody: %+v, %v", p, err)
	}
}
