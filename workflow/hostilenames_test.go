package workflow_test

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// Whatever a folder, a team, a machine or a user is called: the work is done on what was
// meant, and what is told of it is told whole.
func TestHostileNamesOfFoldersAndTeams(t *testing.T) {
	t.Parallel()
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.Name = text })
			v.cloud.AddTeam(vaultsim.Team{UID: another, Name: text})
			v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.Teams = append(f.Teams, vaultsim.TeamMember{Team: another}) })
			v.sim.Restart()
			r, task := v.approved("alice", at(joining(model.RightManageRecords, model.For(4*time.Hour)), reports, "Reports"))
			plan := v.plan(task)
			if !plan.Facts.Whole.Named() || len(plan.Plan.Warnings) == 0 {
				t.Fatalf("plan %+v of %+v", plan.Plan, plan.Facts)
			}
			v.fulfil(task)
			v.work()
			if op := v.op(r.Number); op.State != model.OpDone {
				t.Errorf("%s: %s%s", op.State, op.Reason, op.LookingFor)
			}
			if got := v.membership(aliceMail).Right; got != model.RightManageRecords {
				t.Errorf("alice has %q", got)
			}
			v.revoke(r.Number)
			if got := v.membership(aliceMail); !got.None() {
				t.Errorf("after the revocation alice has %+v", got)
			}
		})
	}
}

func TestHostileNamesOfUsersAndMachines(t *testing.T) {
	t.Parallel()
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid := v.cloud.AddApproval(vaultsim.Approval{Type: text, Status: vaultsim.Pending, ExpireIn: 30, Created: v.time.Now().Truncate(time.Second), Justification: text,
				Account:     []vaultsim.Pair{{Key: model.KeyUser, Value: text}, {Key: "MachineName", Value: text}, {Key: text, Value: text}},
				Application: []vaultsim.Pair{{Key: model.KeyFile, Value: text}, {Key: model.KeyPath, Value: text}, {Key: model.KeyCommand, Value: text}}})
			device := v.asksIn("alice@example.com", text)
			v.poll()
			view := v.sees("omar", uid)
			if !view.Complete || view.State != model.EndpointPending {
				t.Fatalf("%s, complete: %t", view.State, view.Complete)
			}
			// JSON itself cannot carry what is no UTF-8.
			if sent := string([]rune(text)); sent == text && text != "" {
				if user, ok := view.Fact(model.GroupAccount, model.KeyUser); !ok || user != text || view.User != text || view.Machine != text {
					t.Errorf("the user is %q, the machine %q, want %q", user, view.Machine, text)
				}
			}
			v.decides("omar", uid, model.Approve)
			if view := v.ends(uid); view.State != model.EndpointApproved {
				t.Errorf("it is %s: %s", view.State, view.Outcome)
			}
			if again, err := v.svc.Incident(v.ctx, "dana", view.Incident.Number); err != nil || again.State != model.IncidentClosed {
				t.Errorf("the incident: %+v, %v", again.Incident, err)
			}
			if d := v.device(device); d.State != model.EndpointPending || d.Statement.Digest() == "" {
				t.Errorf("the device: %+v", d)
			}
		})
	}
}
