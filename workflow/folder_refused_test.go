package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

func TestFolderThatCannotBeSharedIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		uid  model.UID
		says string
	}{
		{"nested share folder", nested, "nested share folder"},
		{"personal folder", personal, "personal folder of the service account"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			r, task := v.approved("alice", at(joining(model.RightNone, model.Permanent), tt.uid, "that"))
			if err := v.planError(task); !contains(errText(err), tt.says) {
				t.Errorf("plan: %v", err)
			}
			if c := v.view("omar", r.Number); !slices.ContainsFunc(c.Warnings, func(w string) bool { return contains(w, tt.says) }) {
				t.Errorf("warnings %q", c.Warnings)
			}
			// The vault has answered, so the next one is told at once.
			_, err := v.svc.Submit(v.ctx, "bob", at(joining(model.RightNone, model.Permanent), tt.uid, "that"))
			if !contains(errText(err), tt.says) {
				t.Errorf("submit: %v", err)
			}
			described := joining(model.RightNone, model.Permanent)
			described.Target = model.Target{Kind: model.TargetFolder, Described: "the folder of the auditors"}
			_, second := v.approved("bob", described)
			v.active(func() { err = v.svc.Pick(v.ctx, "heidi", second, tt.uid) })
			if !contains(errText(err), tt.says) {
				t.Errorf("pick: %v", err)
			}
			if got := v.kinds(); len(got) != 0 {
				t.Errorf("the vault did %v", got)
			}
		})
	}
}

func TestRecordAndFolderAreNotMixedUp(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	d := draft()
	d.Target.UID = finance
	_, task := v.approved("alice", d)
	if err := v.planError(task); !contains(errText(err), "a record is needed here") {
		t.Errorf("a record that is a folder: %v", err)
	}
	_, task = v.approved("alice", at(joining(model.RightNone, model.Permanent), prodDB, "prod-db-01"))
	if err := v.planError(task); !contains(errText(err), "a folder is needed here") {
		t.Errorf("a folder that is a record: %v", err)
	}
	_, task = v.approved("alice", at(joining(model.RightNone, model.Permanent), dba, "DBA"))
	if err := v.planError(task); err == nil {
		t.Error("a team was planned as a folder")
	}
}

func TestWhatBecameOfTheFolderMeanwhile(t *testing.T) {
	t.Parallel()
	t.Run("gone before the plan", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		_, task := v.approved("alice", at(joining(model.RightNone, model.Permanent), "GoneGoneGoneGoneGoneG1", "Gone"))
		if err := v.planError(task); err == nil {
			t.Error("a folder that is not there was planned")
		}
	})
	t.Run("renamed", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		_, task := v.approved("alice", joining(model.RightNone, model.Permanent))
		v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.Name = "Treasury" })
		if plan := v.plan(task); !slices.Contains(plan.Differences, `approved as "Finance", the folder is now called "Treasury"`) {
			t.Errorf("differences %q", plan.Differences)
		}
	})
	t.Run("its subfolder moved into another shared folder", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		other := v.cloud.AddSharedFolder(vaultsim.Folder{Name: "Public"})
		_, task := v.approved("alice", at(joining(model.RightNone, model.Permanent), reports, "Reports"))
		plan := v.plan(task)
		v.cloud.EditFolder(string(reports), func(f *vaultsim.Folder) { f.Parent, f.Shared = other, other })
		var err error
		v.active(func() { err = v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest) })
		if conflict(err) == nil {
			t.Errorf("another whole than was confirmed: %v", err)
		}
	})
	t.Run("somebody else let them in", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		r, task := v.approved("alice", joining(model.RightNone, model.Permanent))
		v.fulfil(task)
		v.admit(aliceMail, model.RightAll, time.Time{})
		v.work()
		if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "plan it again") || v.membership(aliceMail).Right != model.RightAll {
			t.Errorf("%s: %s, alice has %s", op.State, op.Reason, v.membership(aliceMail).Words())
		}
	})
}

func TestFolderRefusalsAreToldInTheServicesWords(t *testing.T) {
	t.Parallel()
	t.Run("unknown address", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		d := joining(model.RightNone, model.Permanent)
		d.For = "stranger@example.com"
		r, task := v.approved("alice", d)
		v.fulfil(task)
		v.work()
		if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "stranger@example.com not found") {
			t.Errorf("%s: %s", op.State, op.Reason)
		}
	})
	t.Run("no right", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) {
			for i := range f.Members {
				f.Members[i].ManageUsers = false
			}
		})
		r, task := v.approved("alice", joining(model.RightNone, model.Permanent))
		v.fulfil(task)
		v.work()
		if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "access_denied") || !contains(op.Reason, "manage the users of the folder") {
			t.Errorf("%s: %s", op.State, op.Reason)
		}
	})
}
