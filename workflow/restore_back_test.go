package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// TestTortureRestoreGivesNothingBackBlindly goes back to a copy in which somebody's
// permanent right has still to be given back after a raise. Since then it was, and in
// the one half it was taken away after that. It is not given back a second time; who
// still has it keeps it, which is the control.
func TestTortureRestoreGivesNothingBackBlindly(t *testing.T) {
	t.Parallel()
	type copied struct {
		name   string
		during string // the call of the vault behind which the copy is made
		late   func(v *vaultWorld, r model.Request)
	}
	for _, m := range []copied{
		{"the raise stood", "", func(*vaultWorld, model.Request) {}},
		{"the raise was sent", "Await", nil},
		{"it was just to be given back early", "", func(v *vaultWorld, r model.Request) {
			v.active(func() {
				if err := v.svc.GiveBack(v.ctx, "alice", v.grant(r.Number).ID, ""); err != nil {
					v.t.Fatal(err)
				}
			})
		}},
		{"its time had just come", "", func(v *vaultWorld, _ model.Request) { v.time.Advance(4*time.Hour + time.Second) }},
	} {
		for _, taken := range []bool{true, false} {
			for name, off := range map[string]time.Duration{"": 0, ", by a clock that is a day behind": -24 * time.Hour} {
				if off != 0 && !taken {
					continue
				}
				then := map[bool]string{true: " and then was taken", false: " and stands"}[taken]
				t.Run(m.name+then+name, func(t *testing.T) {
					t.Parallel()
					v := newVaultWorld(t)
					set := workflow.Settings{Default: policy()}
					v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
					backup := ""
					if m.during != "" {
						v.vault.at("after", m.during, func() { backup = v.backup() })
					}
					r := v.granted("alice", draft())
					if m.late != nil {
						m.late(v, r)
						backup = v.backup()
					}
					for range 20 {
						v.later(15 * time.Minute)
					}
					if s, there := v.share("alice"); !there || s.Rights.Edit || !s.Expires.IsZero() || backup == "" {
						t.Fatalf("before the disaster alice has %+v", s)
					}
					if taken {
						v.cloud.Unshare(string(prodDB), "alice@example.com")
					}
					v.later(time.Hour)
					v.restoredOff(set, backup, off)
					for i := 0; i < 60 || i < 600 && !v.allOver(r.Number); i++ { // on a slow machine answers come late
						v.later(15 * time.Second)
					}
					for _, op := range v.view("priya", r.Number).Operations {
						if !op.State.Final() {
							t.Errorf("operation %d is %s: %s", op.ID, op.State, op.LookingFor)
						}
					}
					s, there := v.share("alice")
					if there == taken || there && (s.Rights.Edit || !s.Expires.IsZero()) {
						t.Errorf("alice has %+v", s)
					}
					if _, open := v.view("priya", r.Number).OpenTask(); open != taken && m.during == "" {
						t.Errorf("a task for a person is open: %v", open)
					}
				})
			}
		}
	}
}
