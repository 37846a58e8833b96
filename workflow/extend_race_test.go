package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
)

// TestRevokingWhileAnExtensionIsSentIsNotForgotten holds that who revoked hears of
// it where the access goes on by another request that was on its way.
func TestRevokingWhileAnExtensionIsSentIsNotForgotten(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		t.Run(when+" it is sent", func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			old := v.granted("alice", draft())
			v.time.Advance(time.Hour)
			longer, task := v.approved("alice", v.extension(old.Number, model.Access{Right: model.RightEdit, Limit: model.For(8 * time.Hour)}))
			v.fulfil(task)
			v.vault.at(when, "Submit", func() {
				if err := v.svc.Revoke(v.ctx, "heidi", v.grant(old.Number).ID, "the laptop is stolen"); err != nil {
					t.Errorf("revoke: %v", err)
				}
			})
			for range 5 {
				v.later(time.Minute)
			}
			revoke, open := v.view("priya", old.Number).OpenTask()
			if _, there := v.share("alice"); !there || !open || revoke.Kind != model.TaskRevoke {
				t.Fatalf("the access stands: %v; a task to revoke it: %v; %+v", there, open, v.view("priya", old.Number).Operations)
			}
			// Whoever takes the task sees by what the access goes on, and ends that.
			if err := v.svc.Claim(v.ctx, "heidi", revoke.Number); err != nil {
				t.Fatal(err)
			}
			v.revoke(longer.Number)
			if _, there := v.share("alice"); there {
				t.Error("the access stands")
			}
			plan := v.fulfil(revoke.Number)
			if c := v.view("priya", old.Number); plan.Plan.Nothing == "" || c.Tasks[len(c.Tasks)-1].State != model.TaskClosedComplete {
				t.Errorf("plan %+v, tasks %+v", plan.Plan, c.Tasks)
			}
		})
	}
}
