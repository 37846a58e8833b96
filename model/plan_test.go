package model_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/model"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// keeper applies operations to one share the way the vault service does
// (PROTOCOL 12.2): a grant never lowers, a revoke with flags drops them, a share
// whose time is over goes as a whole.
type keeper struct {
	share model.Share
	now   time.Time
}

func (k *keeper) advance(t time.Time) {
	k.now = t
	if !k.share.Expires.IsZero() && !t.Before(k.share.Expires) {
		k.share = model.Share{}
	}
}

func (k *keeper) apply(s model.Step) error {
	switch s.Kind {
	case model.OpGrant:
		end := s.Intent.Expires
		if end.IsZero() {
			end = s.Intent.Limit.End(k.now)
		}
		if !s.Intent.Right.AllowsLimit() && !end.IsZero() {
			return fmt.Errorf("%s with an end", s.Intent.Right)
		}
		k.share = model.Share{
			Right:   model.RecordRight(k.share.Right.Edit() || s.Intent.Right.Edit(), k.share.Right.Share() || s.Intent.Right.Share()),
			Expires: end,
		}
	case model.OpLower:
		r := k.share.Right
		k.share.Right = model.RecordRight(r.Edit() && !s.Intent.DropEdit, r.Share() && !s.Intent.DropShare)
	case model.OpRemove:
		k.share = model.Share{}
	case model.OpOwner:
		k.share = model.Share{Right: model.RightOwner}
	}
	return nil
}

func standings() []model.Share {
	all := []model.Share{{}}
	for _, r := range model.RecordRights() {
		all = append(all, model.Share{Right: r})
		if r.AllowsLimit() {
			all = append(all, model.Share{Right: r, Expires: noon.Add(time.Hour)}, model.Share{Right: r, Expires: noon.Add(100 * time.Hour)})
		}
	}
	return all
}

var onRecord = model.Target{Kind: model.TargetRecord, UID: "AAAAAAAAAAAAAAAAAAAAAA"}

// Every pair of what somebody has and what was approved is played through a
// model of the vault.
func TestPlanAccessNeverGivesMoreNorLosesStandingAccess(t *testing.T) {
	t.Parallel()
	limits := []model.Limit{model.Permanent, model.For(4 * time.Hour), model.Until(noon.Add(200 * time.Hour))}
	for _, have := range standings() {
		for _, right := range model.RecordRights() {
			for _, limit := range limits {
				want := model.Access{Right: right, Limit: limit}
				t.Run(have.Words()+" to "+want.Words(), func(t *testing.T) {
					t.Parallel()
					playPlan(t, have, want)
				})
			}
		}
	}
}

func playPlan(t *testing.T, have model.Share, want model.Access) {
	p, err := model.PlanAccess(model.Wanted{On: onRecord, Email: "a@example.com", Access: want}, have, noon)
	if !want.Right.AllowsLimit() && !want.Limit.IsPermanent() {
		if err == nil {
			t.Fatal("a right that cannot be limited was planned with a limit")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if (p.Nothing == "") == (len(p.Steps) == 0) {
		t.Fatalf("steps %v, nothing %q: exactly one must be empty", p.Steps, p.Nothing)
	}
	end := want.Limit.End(noon)
	k := &keeper{share: have, now: noon}
	check := func(when string) {
		t.Helper()
		r := k.share.Right
		if r != "" && !have.Right.Covers(r) && !want.Right.Covers(r) {
			t.Errorf("%s: holds %s, neither had nor approved", when, r)
		}
	}
	var later []model.Step
	for _, s := range p.Steps {
		if !s.At.IsZero() || s.AfterGrant {
			later = append(later, s)
			continue
		}
		if err := k.apply(s); err != nil {
			t.Fatal(err)
		}
		check("after " + string(s.Kind))
	}
	nowRight := k.share.Right
	if !nowRight.Covers(want.Right) {
		t.Errorf("holds %q after the plan, want %s", nowRight, want.Right)
	}
	if nowRight != want.Right && nowRight != have.Right {
		t.Errorf("holds %q, neither what was asked nor what was there", nowRight)
	}
	for _, s := range later {
		at := s.At
		if s.AfterGrant {
			at = end
		}
		k.advance(at)
		check("before the later step")
		if err := k.apply(s); err != nil {
			t.Fatal(err)
		}
		check("after the later step")
	}
	// When the granted time is over, longer-standing access stands as before.
	if !end.IsZero() && (have.Expires.IsZero() || have.Expires.After(end)) && !have.None() {
		k.advance(end.Add(time.Minute))
		if k.share.Right != have.Right || !k.share.Expires.Equal(have.Expires) {
			t.Errorf("after the end: %s, want the standing %s", k.share.Words(), have.Words())
		}
	}
	// Nobody keeps the granted right beyond its end.
	if !end.IsZero() && !have.Right.Covers(want.Right) {
		k.advance(end.Add(time.Minute))
		if k.share.Right.Covers(want.Right) {
			t.Errorf("still %s after the end", k.share.Words())
		}
	}
}

func TestPlanReturnLeadsBackToTheStandingAccess(t *testing.T) {
	t.Parallel()
	for _, have := range standings() {
		for _, standing := range standings() {
			if have.Right.Owner() || standing.Right.Owner() {
				continue
			}
			k := &keeper{share: have, now: noon}
			p := model.PlanReturn(model.Wanted{On: onRecord, Email: "a@example.com", Standing: standing}, have, noon)
			for _, s := range p.Steps {
				if err := k.apply(s); err != nil {
					t.Fatal(err)
				}
				if r := k.share.Right; r != "" && !have.Right.Covers(r) && !standing.Right.Covers(r) {
					t.Errorf("%s to %s: holds %s on the way", have.Words(), standing.Words(), r)
				}
			}
			if !k.share.Same(standing) {
				t.Errorf("%s given back: %s, want %s", have.Words(), k.share.Words(), standing.Words())
			}
		}
	}
}

func TestPlanReturnRestoresNothingThatIsOver(t *testing.T) {
	t.Parallel()
	standing := model.Share{Right: model.RightView, Expires: noon.Add(-time.Hour)}
	p := model.PlanReturn(model.Wanted{On: onRecord, Email: "a@example.com", Standing: standing}, model.Share{Right: model.RightEdit}, noon)
	if len(p.Steps) != 1 || p.Steps[0].Kind != model.OpRemove {
		t.Errorf("steps = %+v, want one remove", p.Steps)
	}
}
