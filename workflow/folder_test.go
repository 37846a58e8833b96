package workflow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const aliceMail = "alice@example.com"

func TestEveryFolderRightStandsAsAskedAndIsGivenBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		right model.Right
		limit model.Limit
	}{
		{model.RightNone, model.Permanent},
		{model.RightNone, model.For(time.Hour)},
		{model.RightManageUsers, model.Permanent},
		{model.RightManageRecords, model.For(4 * time.Hour)},
		{model.RightManageRecords, model.Permanent},
		{model.RightAll, model.Permanent},
	} {
		t.Run(model.Access{Right: tt.right, Limit: tt.limit}.Words(), func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			r := v.granted("alice", joining(tt.right, tt.limit))
			g := v.grant(r.Number)
			if got, want := v.membership(aliceMail), (model.Share{Right: tt.right, Expires: g.Until}); !got.Same(want) {
				t.Errorf("alice has %s, want %s", got.Words(), want.Words())
			}
			if g.Until.IsZero() != tt.limit.IsPermanent() || g.Target.Kind != model.TargetFolder || g.Target.UID != finance {
				t.Errorf("grant %+v", g)
			}
			var err error
			v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", g.ID, "") })
			if err != nil {
				t.Fatal(err)
			}
			v.work()
			if got := v.membership(aliceMail); !got.None() || v.grant(r.Number).State != model.GrantRevoked {
				t.Errorf("given back, but alice has %s and the grant is %s", got.Words(), v.grant(r.Number).State)
			}
			if got, want := v.kinds(), []vaultsim.Kind{vaultsim.FolderGrant, vaultsim.FolderRevoke}; !slices.Equal(got, want) {
				t.Errorf("the vault did %v, want %v", got, want)
			}
		})
	}
}

// Both rights are always named: what is left out would be the folder's default.
func TestFolderOrderNamesBothRights(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.ManageUsers, f.ManageRecords = true, true })
	v.granted("alice", joining(model.RightNone, model.Permanent))
	if got := v.membership(aliceMail); got.Right != model.RightNone {
		t.Errorf("alice has %s", got.Words())
	}
	for _, c := range v.sim.Commands() {
		if strings.HasPrefix(c.Text, "share-folder") && (!strings.Contains(c.Text, "--manage-records=off") || !strings.Contains(c.Text, "--manage-users=off")) {
			t.Errorf("sent %q", c.Text)
		}
	}
}

func TestManagingUsersHasNoTimeLimit(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	for _, r := range []model.Right{model.RightManageUsers, model.RightAll} {
		_, err := v.svc.Submit(v.ctx, "alice", joining(r, model.For(time.Hour)))
		if !contains(errText(err), "only without a time limit") {
			t.Errorf("%s for an hour: %v", r, err)
		}
	}
}

func TestRaiseOverAMembershipIsEndedAndRestored(t *testing.T) {
	t.Parallel()
	raise := func(t *testing.T) (*vaultWorld, model.Request) {
		v := newFolderWorld(t)
		v.admit(aliceMail, model.RightNone, time.Time{})
		return v, v.granted("alice", joining(model.RightManageRecords, model.For(time.Hour)))
	}
	standing := model.Share{Right: model.RightNone}
	t.Run("when its time is over", func(t *testing.T) {
		t.Parallel()
		v, r := raise(t)
		v.later(59 * time.Minute)
		if got := v.membership(aliceMail).Right; got != model.RightManageRecords {
			t.Fatalf("before the end alice has %q", got)
		}
		for range 4 {
			v.later(time.Minute)
		}
		if got := v.membership(aliceMail); !got.Same(standing) {
			t.Errorf("alice has %s, want %s", got.Words(), standing.Words())
		}
		if g := v.grant(r.Number); g.State != model.GrantEnded {
			t.Errorf("the grant is %s", g.State)
		}
	})
	t.Run("when it is revoked", func(t *testing.T) {
		t.Parallel()
		v, r := raise(t)
		v.revoke(r.Number)
		if got := v.membership(aliceMail); !got.Same(standing) || v.grant(r.Number).State != model.GrantRevoked {
			t.Errorf("alice has %s, the grant is %s", got.Words(), v.grant(r.Number).State)
		}
		v.later(2 * time.Hour)
		if got := v.membership(aliceMail); !got.Same(standing) {
			t.Errorf("an hour later alice has %s", got.Words())
		}
	})
	t.Run("fails closed where somebody changed it", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		v.admit(aliceMail, model.RightManageUsers, time.Time{})
		r := v.granted("alice", joining(model.RightManageRecords, model.For(time.Hour)))
		v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) {
			for i := range f.Members {
				if f.Members[i].User == aliceMail {
					f.Members[i].Expires, f.Members[i].ManageRecords = time.Time{}, false
				}
			}
		})
		for range 5 {
			v.later(30 * time.Minute)
		}
		if got := v.membership(aliceMail); !got.Same(standing) {
			t.Errorf("alice has %s: what nobody planned was changed", got.Words())
		}
		open, ok := v.view("heidi", r.Number).OpenTask()
		if !ok || open.Kind != model.TaskRevoke || !contains(v.op(r.Number).Reason, "which nobody planned") {
			t.Fatalf("nobody is told: %+v", v.op(r.Number))
		}
		if err := v.svc.Claim(v.ctx, "heidi", open.Number); err != nil {
			t.Fatal(err)
		}
		v.fulfil(open.Number)
		v.work()
		if got := v.membership(aliceMail); !got.Same(model.Share{Right: model.RightManageUsers}) {
			t.Errorf("after the task alice has %s", got.Words())
		}
	})
}

func TestSubfolderMeansTheWhole(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	d := at(joining(model.RightNone, model.Permanent), reports, "Reports")
	r := v.submit("alice", d)
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "omar", reports, true); err != nil {
			t.Error(err)
		}
	})
	said := `"Reports" lies in the shared folder "Finance", and Keeper shares only the whole of that: 1 record, 1 member`
	if c := v.view("omar", r.Number); !slices.Contains(c.Warnings, said) {
		t.Errorf("the approver reads %q", c.Warnings)
	}
	v.approve("omar", r.Number)
	task := v.task(r.Number)
	if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	plan := v.fulfil(task)
	if !slices.Contains(plan.Plan.Warnings, said) || plan.Plan.Steps[0].Intent.Folder != finance {
		t.Errorf("plan %+v", plan.Plan)
	}
	v.work()
	if g := v.grant(r.Number); g.Target.UID != finance || g.Target.Title != "Finance" || v.membership(aliceMail).None() {
		t.Errorf("grant %+v", g)
	}
	v.revoke(r.Number)
	if got := v.membership(aliceMail); !got.None() {
		t.Errorf("revoked, but alice has %s", got.Words())
	}
}

func TestDescribedFolderIsPicked(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	d := joining(model.RightManageRecords, model.Permanent)
	d.Target = model.Target{Kind: model.TargetFolder, Described: "the folder of the accountants"}
	r, task := v.approved("alice", d)
	v.active(func() {
		if err := v.svc.Pick(v.ctx, "heidi", task, finance); err != nil {
			t.Error(err)
		}
		if err := v.svc.Pick(v.ctx, "heidi", task, prodDB); err == nil {
			t.Error("a record was picked for a folder")
		}
	})
	v.fulfil(task)
	v.work()
	if got := v.membership(aliceMail); got.Right != model.RightManageRecords || v.view("alice", r.Number).Request.State != model.ClosedComplete {
		t.Errorf("alice has %s", got.Words())
	}
}

func TestFolderInvitationIsRepeatedUntilItIsAccepted(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.cloud.SetRelation(aliceMail, vaultsim.NeedsInvitation)
	r, task := v.approved("alice", with(joining(model.RightManageRecords, model.For(4*time.Hour)), model.FieldDefaults, string(model.RightView)))
	v.fulfil(task)
	v.work()
	g := v.grant(r.Number)
	if g.State != model.GrantPending || g.Target.Kind != model.TargetFolder || v.view("alice", r.Number).Request.State != model.InProcess {
		t.Fatalf("grant %+v", g)
	}
	v.later(11 * time.Minute)
	if got := v.defaults(); got != model.RightEdit {
		t.Errorf("the default is %s before anybody has access", got)
	}
	v.cloud.SetRelation(aliceMail, vaultsim.Known)
	v.later(30 * time.Minute)
	g = v.grant(r.Number)
	if g.State != model.GrantActive || len(v.view("alice", r.Number).Grants) != 1 || v.membership(aliceMail).Right != model.RightManageRecords {
		t.Errorf("accepted, but the grant is %s", g.State)
	}
	if left := g.Until.Sub(v.time.Now()); left < 4*time.Hour-time.Minute {
		t.Errorf("%s left: the time counts from when the access stands", left)
	}
	if got := v.defaults(); got != model.RightView || v.view("alice", r.Number).Request.State != model.ClosedComplete {
		t.Errorf("the default is %s", got)
	}
}

func TestApproverReadsWhatTheFolderIs(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.admit("bob@example.com", model.RightNone, time.Time{})
	v.admit(aliceMail, model.RightNone, time.Time{})
	r := v.submit("alice", with(joining(model.RightAll, model.Permanent), model.FieldDefaults, string(model.RightView)))
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "omar", finance, true); err != nil {
			t.Error(err)
		}
	})
	c := v.view("omar", r.Number)
	for _, want := range []string{
		"the folder holds 1 record, 3 members",
		"managing users means letting others into the folder, past this program",
		model.DefaultsWords(model.RightEdit, model.RightView),
	} {
		if !slices.Contains(c.Warnings, want) {
			t.Errorf("the approver does not read %q: %q", want, c.Warnings)
		}
	}
	if got := c.Facts.Share(aliceMail); got.Right != model.RightNone {
		t.Errorf("facts say alice has %s", got.Words())
	}
	gone := v.submit("alice", at(joining(model.RightNone, model.Permanent), "GoneGoneGoneGoneGoneG1", "Gone"))
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "omar", "GoneGoneGoneGoneGoneG1", true); err != nil {
			t.Error(err)
		}
	})
	if c := v.view("omar", gone.Number); !slices.Contains(c.Warnings, "the vault does not know this folder (any more)") {
		t.Errorf("warnings %q", c.Warnings)
	}
}

func TestAutomaticFulfilmentReadsTheFolder(t *testing.T) {
	t.Parallel()
	automatic := policy()
	automatic.Fulfilment = model.FulfilAutomatic
	v := newFolderWorld(t, workflow.Settings{Default: automatic})
	v.admit(aliceMail, model.RightAll, time.Time{})
	r := v.submit("alice", joining(model.RightNone, model.Permanent))
	v.approve("omar", r.Number)
	sub := v.submit("alice", at(joining(model.RightNone, model.Permanent), reports, "Reports"))
	v.approve("omar", sub.Number)
	v.work()
	if got := v.view("alice", r.Number).Request; got.State != model.ClosedComplete || !contains(got.Outcome, "already has") {
		t.Errorf("%s: %s %+v", got.State, got.Outcome, v.view("alice", r.Number).Timeline)
	}
	if got := v.view("alice", sub.Number).Request; got.State != model.InProcess {
		t.Errorf("a subfolder was done without a person's eye: %s", got.State)
	}
	if got := v.kinds(); len(got) != 0 {
		t.Errorf("the vault did %v", got)
	}
}

// errText is the text of an error, "" for none.
func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
