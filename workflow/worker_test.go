package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

func TestTheWholeJob(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())

	c := v.view("alice", r.Number)
	g := v.grant(r.Number)
	if g.State != model.GrantActive || g.Right != model.RightEdit || g.Person != "alice" {
		t.Errorf("grant %+v", g)
	}
	share, ok := v.share("alice")
	if !ok || !share.Rights.Edit || share.Rights.Share || !share.Expires.Equal(g.Until) {
		t.Errorf("share %+v, %t; the grant ends at %s", share, ok, g.Until)
	}
	if left := g.Until.Sub(v.time.Now()); left > 4*time.Hour || left < 4*time.Hour-time.Minute {
		t.Errorf("%s left, want about 4 h", left)
	}
	if got := v.op(r.Number); got.State != model.OpDone || got.ServiceID == "" || got.Evidence == "" || got.Attempts != 1 {
		t.Errorf("operation %+v", got)
	}
	if !slices.ContainsFunc(c.Timeline, func(e workflow.TimelineEntry) bool { return e.Kind == model.EntryNote }) {
		t.Error("the words of the service are not in the work notes")
	}

	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", g.ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	if g := v.grant(r.Number); g.State != model.GrantRevoked {
		t.Errorf("given back, but the grant is %s", g.State)
	}
	if _, ok := v.share("alice"); ok {
		t.Error("given back, but the share stands")
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant, vaultsim.Revoke}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}
