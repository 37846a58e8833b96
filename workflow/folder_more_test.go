package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

func TestDefaultsAreASecondStep(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	r := v.granted("alice", with(joining(model.RightNone, model.Permanent), model.FieldDefaults, string(model.RightEditShare)))
	if got := v.defaults(); got != model.RightEditShare {
		t.Errorf("the default is %s", got)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.FolderGrant, vaultsim.FolderDefaults}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
	if got := v.view("alice", r.Number).Request.Outcome; !contains(got, "alice@example.com has membership, permanent; members have edit and share") {
		t.Errorf("outcome %q", got)
	}
	if c := v.view("alice", r.Number); len(c.Grants) != 1 {
		t.Errorf("grants %+v", c.Grants)
	}
	v.revoke(r.Number)
	if got := v.defaults(); got != model.RightEditShare || !v.membership(aliceMail).None() {
		t.Errorf("after the revoke the default is %s, alice has %s", got, v.membership(aliceMail).Words())
	}
}

func TestOnlyTheDefaultsAreToBeSet(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.admit(aliceMail, model.RightAll, time.Time{})
	r := v.granted("alice", with(joining(model.RightNone, model.Permanent), model.FieldDefaults, string(model.RightView)))
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.FolderDefaults}; !slices.Equal(got, want) || v.membership(aliceMail).Right != model.RightAll {
		t.Errorf("the vault did %v, want %v", got, want)
	}
	if c := v.view("alice", r.Number); len(c.Grants) != 0 {
		t.Errorf("grants %+v for what was there before", c.Grants)
	}
}

// The default is not set where somebody changed it since; the access stands, what
// gives the standing right back stays, and the rest is planned again.
func TestRefusedDefaultsLeaveTheAccess(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.admit(aliceMail, model.RightNone, time.Time{})
	r, task := v.approved("alice", with(joining(model.RightManageRecords, model.For(time.Hour)), model.FieldDefaults, string(model.RightView)))
	if plan := v.fulfil(task); len(plan.Plan.Steps) != 3 || plan.Plan.Steps[1].Kind != model.OpDefaults {
		t.Fatalf("plan %+v, want join, defaults, restore", plan.Plan.Steps)
	}
	v.vault.at("after", "Await", func() {
		v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.CanShare = true })
	})
	v.work()
	ops := v.view("priya", r.Number).Operations
	if ops[0].State != model.OpDone || ops[1].State != model.OpRefused || ops[2].State != model.OpScheduled {
		t.Fatalf("operations %s, %s, %s: %s", ops[0].State, ops[1].State, ops[2].State, ops[1].Reason)
	}
	again := v.fulfil(task)
	if len(again.Plan.Steps) != 1 || again.Plan.Steps[0].Kind != model.OpDefaults {
		t.Fatalf("the second plan is %+v", again.Plan.Steps)
	}
	v.work()
	if got := v.defaults(); got != model.RightView || v.view("alice", r.Number).Request.State != model.ClosedComplete {
		t.Errorf("the default is %s, the request %s", got, v.view("alice", r.Number).Request.State)
	}
	for range 4 {
		v.later(20 * time.Minute)
	}
	if got := v.membership(aliceMail); !got.Same(model.Share{Right: model.RightNone}) {
		t.Errorf("after the hour alice has %s", got.Words())
	}
}

// Who closes a task by hand after the access stands does not take away what
// restores the standing right.
func TestClosingATaskKeepsWhatRestores(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.admit(aliceMail, model.RightNone, time.Time{})
	_, task := v.approved("alice", with(joining(model.RightManageRecords, model.For(time.Hour)), model.FieldDefaults, string(model.RightView)))
	v.fulfil(task)
	v.vault.at("after", "Await", func() {
		v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.CanShare = true })
	})
	v.work()
	if err := v.svc.CloseTask(v.ctx, "heidi", task, model.TaskClosedIncomplete, "the default is somebody else's business"); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		v.later(20 * time.Minute)
	}
	if got := v.membership(aliceMail); !got.Same(model.Share{Right: model.RightNone}) {
		t.Errorf("after the hour alice has %s", got.Words())
	}
}

func TestTeamIsGivenAFolderAndLeavesIt(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	r := v.submit("priya", forTeam(joining(model.RightManageRecords, model.Permanent)))
	c := v.view("omar", r.Number)
	if !slices.Contains(c.Warnings, "priya asks for the team DBA: whoever is in it gets the access, now or later") {
		t.Errorf("warnings %q", c.Warnings)
	}
	if text := c.Statement(r.Allowed).Text(); !contains(text, `"Answer team" "DBA"`) || !contains(text, string(dba)) {
		t.Errorf("statement %s", text)
	}
	v.approve("omar", r.Number)
	task := v.task(r.Number)
	if err := v.svc.Claim(v.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	plan := v.fulfil(task)
	if got := plan.Plan.Steps[0].Intent.Words(model.OpJoin); got != "give team DBA membership with managing records" || len(plan.Differences) != 0 {
		t.Errorf("plan %q, differences %q", got, plan.Differences)
	}
	v.work()
	if got := v.teamRight(); got != model.RightManageRecords {
		t.Fatalf("the team has %q: %+v", got, v.op(r.Number))
	}
	if g := v.grant(r.Number); g.Team != "DBA" || g.Email != string(dba) || g.Person != "" || g.State != model.GrantActive {
		t.Errorf("grant %+v", g)
	}
	v.revoke(r.Number)
	if got := v.teamRight(); got != "" || v.grant(r.Number).State != model.GrantRevoked {
		t.Errorf("revoked, but the team has %q", got)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.FolderGrant, vaultsim.FolderRevoke}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

func TestTeamIsRaisedOverItsStandingRight(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.Teams = []vaultsim.TeamMember{{Team: string(dba)}} })
	v.granted("priya", forTeam(joining(model.RightAll, model.Permanent)))
	if got := v.teamRight(); got != model.RightAll {
		t.Errorf("the team has %q", got)
	}
}

func TestWhoMayAskForATeamAndHow(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	d := forTeam(joining(model.RightNone, model.Permanent))
	limited, nameless, record := d, d, draft()
	limited.Asked.Limit, nameless.Answers, record.For = model.For(time.Hour), nil, string(dba)
	plain := with(joining(model.RightNone, model.Permanent), model.FieldTeam, "DBA")
	for name, tt := range map[string]struct {
		by    model.PersonID
		draft workflow.Draft
		says  string
	}{
		"no admin":             {"alice", d, "only admins ask for a team"},
		"for a time":           {"priya", limited, "without a time limit"},
		"without its name":     {"priya", nameless, "name the team"},
		"a record":             {"priya", record, "a team can only be given a folder"},
		"a team without a UID": {"priya", plain, "has no field of that name"},
	} {
		if _, err := v.svc.Submit(v.ctx, tt.by, tt.draft); !contains(errText(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAdminsFindTeams(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	var err error
	var teams []model.Team
	v.active(func() { teams, err = v.svc.Teams(v.ctx, "priya", "db") })
	if want := []model.Team{{UID: dba, Name: "DBA"}}; err != nil || !slices.Equal(teams, want) {
		t.Errorf("teams %+v, %v", teams, err)
	}
	v.active(func() { teams, err = v.svc.Teams(v.ctx, "priya", "nobody") })
	if err != nil || len(teams) != 0 {
		t.Errorf("teams %+v, %v", teams, err)
	}
	if _, err = v.svc.Teams(v.ctx, "alice", ""); denied(err) != model.DenyRole {
		t.Errorf("alice is told of teams: %v", err)
	}
}

func TestTeamOfAnotherNameIsADifference(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	d := joining(model.RightNone, model.Permanent)
	d.For = string(dba)
	_, task := v.approved("priya", with(d, model.FieldTeam, "Interns"))
	if plan := v.plan(task); !slices.Contains(plan.Differences, `approved as the team "Interns", the team is called "DBA"`) {
		t.Errorf("differences %q", plan.Differences)
	}
	d.For = "StrangeTeamStrangeTea1"
	_, task = v.approved("priya", with(d, model.FieldTeam, "Interns"))
	if plan := v.plan(task); len(plan.Differences) != 1 || !contains(plan.Differences[0], "only what the requestor says") {
		t.Errorf("differences %q", plan.Differences)
	}
}

// rotating asks for the PAM user with its password changed at the end.
func rotating(l model.Limit) workflow.Draft {
	d := asking(model.RightEdit, l)
	d.Target = model.Target{Kind: model.TargetRecord, UID: svcUser, Title: "svc-backup", Type: "pamUser"}
	return with(d, model.FieldRotate, "yes")
}

func TestPasswordChangesWhenTheAccessEnds(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.granted("alice", rotating(model.For(time.Hour)))
	if shares := v.cloud.Shares(string(svcUser)); len(shares) != 1 || !shares[0].Rotates {
		t.Errorf("shares %+v", shares)
	}
}

func TestRotationIsOfferedOnlyWhereItWorks(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	login := with(draft(), model.FieldRotate, "yes")
	for name, tt := range map[string]struct {
		draft workflow.Draft
		says  string
	}{
		"another type":   {login, "only in records of type pamUser"},
		"without an end": {rotating(model.Permanent), "choose how long"},
		"a folder":       {with(joining(model.RightNone, model.For(time.Hour)), model.FieldRotate, "yes"), "has no field of that name"},
	} {
		if _, err := v.svc.Submit(v.ctx, "alice", tt.draft); !contains(errText(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	login.Target.Type = "" // not known when it was ordered
	r, task := v.approved("alice", login)
	if err := v.planError(task); !contains(errText(err), "only in records of type pamUser") {
		t.Errorf("plan: %v", err)
	}
	if c := v.view("omar", r.Number); !slices.ContainsFunc(c.Warnings, func(w string) bool { return contains(w, "pamUser") }) {
		t.Errorf("warnings %q", c.Warnings)
	}
}

func TestRefusedRotationBecomesAdvice(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.cloud.EditRecord(string(svcUser), func(r *vaultsim.Record) { r.NoRotation = true })
	v.sim.Restart()
	r, task := v.approved("alice", rotating(model.For(time.Hour)))
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "set it up in Keeper, or order again without it") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
}

func TestOwnershipSaysWhatTheOldOwnerLoses(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	r, task := v.approved("alice", asking(model.RightOwner, model.Permanent))
	plan := v.plan(task)
	want := model.OwnerLoses(v.cloud.Service())
	if !slices.Contains(plan.Plan.Warnings, want) || !contains(want, v.cloud.Service()+", who owns it now, keeps view and loses edit, share") {
		t.Errorf("the plan warns %q", plan.Plan.Warnings)
	}
	if c := v.view("omar", r.Number); !slices.Contains(c.Warnings, want) {
		t.Errorf("the approver reads %q", c.Warnings)
	}
}

func TestPlanShowsTheMembersNowAndThen(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) { f.Teams = []vaultsim.TeamMember{{Team: string(dba)}} })
	v.admit(aliceMail, model.RightNone, time.Time{})
	_, task := v.approved("alice", joining(model.RightManageRecords, model.For(4*time.Hour)))
	plan := v.plan(task)
	want := []workflow.Membership{
		{Who: aliceMail, Now: "membership, permanent", Then: "manage records, 4 h", Changes: true},
		{Who: v.cloud.Service(), Now: "all, permanent", Then: "all, permanent"},
		{Who: "team DBA", Now: "membership, permanent", Then: "membership, permanent"},
	}
	if got := plan.Members(); !slices.Equal(got, want) {
		t.Errorf("members %+v", got)
	}
	_, task = v.approved("alice", draft())
	if plan := v.plan(task); plan.Members() != nil {
		t.Errorf("a plan for a record has members %+v", plan.Members())
	}
}
