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

// asking is a valid request for the record with this right and limit.
func asking(r model.Right, l model.Limit) workflow.Draft {
	d := draft()
	d.Asked = model.Access{Right: r, Limit: l}
	return d
}

func TestEveryRightStandsAsAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		right model.Right
		limit model.Limit
		want  vaultsim.Rights
	}{
		{model.RightView, model.For(time.Hour), vaultsim.Rights{}},
		{model.RightEdit, model.Permanent, vaultsim.Rights{Edit: true}},
		{model.RightShare, model.Permanent, vaultsim.Rights{Share: true}},
		{model.RightEditShare, model.Permanent, vaultsim.Rights{Edit: true, Share: true}},
	} {
		t.Run(string(tt.right), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r := v.granted("alice", asking(tt.right, tt.limit))
			share, ok := v.share("alice")
			if !ok || share.Rights != tt.want || !share.Expires.Equal(v.grant(r.Number).Until) {
				t.Errorf("share %+v, %t, grant until %s", share, ok, v.grant(r.Number).Until)
			}
			if tt.limit.IsPermanent() != share.Expires.IsZero() {
				t.Errorf("asked %s, ends %s", tt.limit, share.Expires)
			}
		})
	}
}

func TestOwnershipIsTransferredOnce(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", asking(model.RightOwner, model.Permanent))
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "share-record"})
	v.work()
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Owner}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
	record, _ := v.cloud.Record(string(prodDB))
	if record.Owner != "alice@example.com" {
		t.Errorf("owner is %s", record.Owner)
	}
	if g := v.grant(r.Number); g.Right != model.RightOwner || g.State != model.GrantActive {
		t.Errorf("grant %+v", g)
	}
}

func TestWhatStandsAlreadyIsNotOrdered(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	r, task := v.approved("alice", asking(model.RightEdit, model.For(time.Hour)))
	if plan := v.fulfil(task); plan.Plan.Nothing == "" {
		t.Errorf("plan %+v, want nothing to do", plan.Plan)
	}
	v.work()
	if got := v.view("alice", r.Number).Request; got.State != model.ClosedComplete || !contains(got.Outcome, "already has") {
		t.Errorf("%s: %s", got.State, got.Outcome)
	}
	if got := v.kinds(); len(got) != 0 {
		t.Errorf("the vault did %v, want nothing", got)
	}
}

func TestInvitedPersonGetsTheAccessWhenTheyAccept(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation("alice@example.com", vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.work()
	c := v.view("alice", r.Number)
	if g := v.grant(r.Number); g.State != model.GrantPending {
		t.Errorf("grant is %s, want pending_invitation", g.State)
	}
	if c.Request.State != model.InProcess || v.op(r.Number).State != model.OpScheduled {
		t.Errorf("request %s, operation %s", c.Request.State, v.op(r.Number).State)
	}
	invited := 0
	v.later(11 * time.Minute)
	for _, e := range v.view("alice", r.Number).Timeline {
		if contains(e.Text, "invited") && e.Kind == model.EntryEvent {
			invited++
		}
	}
	if invited != 1 {
		t.Errorf("the timeline says %d times that alice is invited, want once", invited)
	}
	v.cloud.SetRelation("alice@example.com", vaultsim.Known)
	v.later(30 * time.Minute)
	g := v.grant(r.Number)
	if g.State != model.GrantActive || len(v.view("alice", r.Number).Grants) != 1 {
		t.Errorf("accepted, but the grant is %s: %+v", g.State, v.op(r.Number))
	}
	if left := g.Until.Sub(v.time.Now()); left < 4*time.Hour-time.Minute {
		t.Errorf("%s left: the time counts from when the access stands", left)
	}
	if got := v.view("alice", r.Number).Request.State; got != model.ClosedComplete {
		t.Errorf("the request is %s", got)
	}
}

func TestInvitationThatNobodyAcceptsEnds(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation("alice@example.com", vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.work()
	for range 15 {
		v.later(24 * time.Hour)
	}
	op := v.op(r.Number)
	if op.State != model.OpRefused || !contains(op.Reason, "14 d") {
		t.Errorf("after 15 days the operation is %s: %s", op.State, op.Reason)
	}
	if g := v.grant(r.Number); g.State != model.GrantEnded {
		t.Errorf("grant is %s, want ended", g.State)
	}
	if got := v.view("alice", r.Number); got.Request.State != model.InProcess {
		t.Errorf("the request is %s; its task waits for a person", got.Request.State)
	}
}

// TestAddressThatLooksLikeAnError has the address that makes the service answer
// 400 "error" to an order that it carried out (PROTOCOL 11).
func TestAddressThatLooksLikeAnError(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.AddUser(vaultsim.User{Email: "invalid.user@example.com", Relation: vaultsim.Known})
	d := draft()
	d.For = "invalid.user@example.com"
	r, task := v.approved("alice", d)
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpDone {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

func TestNoAccountIsRefusedInTheWordsOfTheService(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	d := draft()
	d.For = "stranger@example.com"
	r, task := v.approved("alice", d)
	v.fulfil(task)
	v.work()
	op := v.op(r.Number)
	if op.State != model.OpRefused || !contains(op.Reason, "Nothing to do") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	c := v.view("heidi", r.Number)
	if open, ok := c.OpenTask(); !ok || open.Assignee != "heidi" || c.Request.State != model.InProcess {
		t.Error("the task did not stay with heidi")
	}
	if !slices.ContainsFunc(c.Timeline, func(e workflow.TimelineEntry) bool {
		return e.Kind == model.EntryNote && contains(e.Text, "Nothing to do")
	}) {
		t.Error("the words of the service are not in the notes")
	}
}

func TestStandingRightComesBackWhenTheRaiseEnds(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", draft())
	g := v.grant(r.Number)
	if g.Standing.Right != model.RightView {
		t.Errorf("standing %+v", g.Standing)
	}
	restore := v.op(r.Number)
	if restore.State != model.OpScheduled || !restore.NotBefore.Equal(g.Until) {
		t.Fatalf("the restoring is %s for %s, the grant ends at %s", restore.State, restore.NotBefore, g.Until)
	}
	v.time.Advance(g.Until.Sub(v.time.Now()) - time.Minute)
	v.work()
	if share, _ := v.share("alice"); !share.Rights.Edit {
		t.Error("edit ended early")
	}
	v.later(time.Minute + time.Second)
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("restoring ended as %s: %s", op.State, op.Reason)
	}
	share, ok := v.share("alice")
	if !ok || share.Rights.Edit || !share.Expires.IsZero() {
		t.Errorf("afterwards alice has %+v, %t, want view for good", share, ok)
	}
	if g := v.grant(r.Number); g.State != model.GrantEnded {
		t.Errorf("the grant is %s", g.State)
	}
}

func TestRestoringFailsClosed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		meet   func(v *vaultWorld) // what happens before the raise ends
		state  model.OpState
		want   string // rights that alice has at the end
		person bool   // a person has to look
	}{
		{"the vault is away at that time", func(v *vaultWorld) { v.sim.LoseSession() }, model.OpQueued, "", false},
		{"somebody made the raise permanent", func(v *vaultWorld) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, time.Time{})
		}, model.OpDone, "edit", false},
		{"somebody gave another right for longer", func(v *vaultWorld) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, v.time.Now().Add(300*time.Hour))
		}, model.OpRefused, "share", true},
		{"the record is gone", func(v *vaultWorld) { v.removeRecord() }, model.OpCancelled, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
			r := v.granted("alice", draft())
			tt.meet(v)
			v.later(4*time.Hour + time.Second)
			if op := v.op(r.Number); op.State != tt.state {
				t.Errorf("the restoring is %s, want %s: %s%s", op.State, tt.state, op.Reason, op.Evidence)
			}
			got := ""
			if share, ok := v.share("alice"); ok {
				got = share.Rights.String()
			}
			if got != tt.want {
				t.Errorf("alice has %q, want %q", got, tt.want)
			}
			_, open := v.view("priya", r.Number).OpenTask()
			if open != tt.person {
				t.Errorf("a task is open: %t, want %t", open, tt.person)
			}
		})
	}
}

func TestLowerRightFollowsWhenAHigherOneEnds(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	end := v.time.Now().Add(time.Hour).Truncate(time.Second)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, end)
	r, task := v.approved("alice", asking(model.RightView, model.For(4*time.Hour)))
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpScheduled || !op.NotBefore.Equal(end) {
		t.Fatalf("%s for %s, want scheduled for %s", op.State, op.NotBefore, end)
	}
	v.later(time.Hour)
	op := v.settle(r.Number)
	if op.State != model.OpDone {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
	share, ok := v.share("alice")
	if !ok || share.Rights.Edit || !share.Expires.Equal(op.Intent.Expires) {
		t.Errorf("alice has %+v, %t, want view until %s", share, ok, op.Intent.Expires)
	}
	if g := v.grant(r.Number); g.State != model.GrantActive || g.Right != model.RightView {
		t.Errorf("grant %+v", g)
	}
	if got := v.view("alice", r.Number).Request.State; got != model.ClosedComplete {
		t.Errorf("the request is %s", got)
	}
}

func TestGivingBackEarlyRestoresWhatStoodBefore(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", draft())
	g := v.grant(r.Number)
	v.time.Advance(time.Hour)
	var err error
	v.active(func() { err = v.svc.Revoke(v.ctx, "heidi", g.ID, "no longer needed") })
	if err != nil {
		t.Fatal(err)
	}
	v.work()
	share, ok := v.share("alice")
	if !ok || share.Rights.Edit || !share.Expires.IsZero() {
		t.Errorf("alice has %+v, %t, want view for good", share, ok)
	}
	if g := v.grant(r.Number); g.State != model.GrantRevoked {
		t.Errorf("the grant is %s", g.State)
	}
	v.later(4 * time.Hour)
	for _, op := range v.view("priya", r.Number).Operations {
		if !op.State.Final() {
			t.Errorf("operation %d is still %s", op.ID, op.State)
		}
	}
	if _, ok := v.share("alice"); !ok {
		t.Error("the standing right ended with the raise that was given back")
	}
}

func TestRefusedRemovalIsSeenByAPerson(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", asking(model.RightEdit, model.Permanent))
	g := v.grant(r.Number)
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", g.ID, "") })
	if err != nil {
		t.Fatal(err)
	}
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused {
		t.Errorf("%s, want refused: what stands is not what was to be given back", op.State)
	}
	open, ok := v.view("heidi", r.Number).OpenTask()
	if !ok || open.Kind != model.TaskRevoke {
		t.Errorf("open task %+v, %t, want one to take the access back", open, ok)
	}
	if g := v.grant(r.Number); g.State != model.GrantActive {
		t.Errorf("the grant is %s though the access stands", g.State)
	}
}

func TestRefusedStepGivesBackWhatWasTakenFirst(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, time.Time{})
	r, task := v.approved("alice", asking(model.RightEdit, model.For(time.Hour)))
	plan := v.fulfil(task)
	if len(plan.Plan.Steps) != 3 || plan.Plan.Steps[0].Kind != model.OpLower {
		t.Fatalf("plan %+v, want lower, grant, restore", plan.Plan.Steps)
	}
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Throttled, Contains: "--action=grant", Count: -1})
	for range 30 {
		v.later(time.Minute)
	}
	ops := v.view("priya", r.Number).Operations
	if ops[1].State != model.OpRefused || ops[2].State != model.OpCancelled || len(ops) != 4 {
		t.Fatalf("operations %+v", ops)
	}
	if back := ops[3]; back.Intent.Right != model.RightShare || !back.Intent.Restores {
		t.Errorf("what is given back: %+v", back.Intent)
	}
}

func TestWhatChangedSinceThePlanIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Share: true}, time.Time{})
	v.work()
	op := v.op(r.Number)
	if op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, "plan it again") {
		t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
	if got := v.kinds(); len(got) != 0 {
		t.Errorf("the vault did %v, want nothing", got)
	}
}

func TestAbsoluteEndThatHasPassedIsNotSent(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", asking(model.RightEdit, model.Until(v.time.Now().Add(time.Hour))))
	v.fulfil(task)
	v.later(59*time.Minute + 30*time.Second)
	op := v.op(r.Number)
	if op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, "less than a minute") {
		t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
	}
}

// removeRecord takes the record out of the vault, and lets the service know.
func (v *vaultWorld) removeRecord() {
	v.cloud.RemoveRecord(string(prodDB))
	v.sim.Restart()
}

func TestGoneRecordIsRefused(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.removeRecord()
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "gone") {
		t.Errorf("%s: %s", op.State, op.Reason)
	}
}

func TestGrantsEndByThemselves(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	v.later(4*time.Hour + time.Second)
	g := v.grant(r.Number)
	if g.State != model.GrantEnded || g.Note != "its time was over" {
		t.Errorf("grant is %s: %s", g.State, g.Note)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

func TestDriftIsNotedAndLeftAlone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true, Share: true}, time.Time{})
	v.later(4*time.Hour + time.Second)
	g := v.grant(r.Number)
	if g.State != model.GrantEnded || !contains(g.Note, "outside this program") {
		t.Errorf("grant is %s: %s", g.State, g.Note)
	}
	if share, ok := v.share("alice"); !ok || !share.Rights.Share {
		t.Error("what somebody else gave was taken away")
	}
}

func TestUndecidedRequestsExpire(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	late := v.submit("alice", draft())
	v.time.Advance(47 * time.Hour)
	young := v.submit("bob", draft())
	v.later(time.Hour + time.Second)
	c := v.view("priya", late.Number)
	if c.Request.State != model.ClosedExpired || c.Approvals[0].State != model.ApprovalCancelled {
		t.Errorf("%s, approval %s", c.Request.State, c.Approvals[0].State)
	}
	if got := v.view("priya", young.Number).Request.State; got != model.Requested {
		t.Errorf("the younger one is %s", got)
	}
}

func TestAutomaticFulfilment(t *testing.T) {
	t.Parallel()
	automatic := policy()
	automatic.Fulfilment = model.FulfilAutomatic
	for _, tt := range []struct {
		name  string
		meet  func(v *vaultWorld, d *workflow.Draft)
		state model.RequestState
		left  string // what the timeline says where it is left to the group
	}{
		{"named exactly", func(*vaultWorld, *workflow.Draft) {}, model.ClosedComplete, ""},
		{"described only", func(_ *vaultWorld, d *workflow.Draft) {
			d.Target = model.Target{Kind: model.TargetRecord, Described: "the production database"}
		}, model.InProcess, ""},
		{"renamed since", func(v *vaultWorld, _ *workflow.Draft) {
			v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Title = "something else" })
			v.sim.Restart() // which makes the service read it
		}, model.InProcess, "is now called"},
		{"a plan with a warning", func(v *vaultWorld, _ *workflow.Draft) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{}, time.Time{})
		}, model.InProcess, "Keeper ends the whole share"},
		{"nothing to do", func(v *vaultWorld, _ *workflow.Draft) {
			v.cloud.Share(string(prodDB), "alice@example.com", vaultsim.Rights{Edit: true}, time.Time{})
		}, model.ClosedComplete, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t, workflow.Settings{Default: automatic})
			d := draft()
			tt.meet(v, &d)
			r := v.submit("alice", d)
			v.approve("omar", r.Number)
			v.work()
			v.later(48 * time.Hour)
			c := v.view("priya", r.Number)
			if c.Request.State != tt.state {
				t.Errorf("the request is %s, want %s", c.Request.State, tt.state)
			}
			said := 0
			for _, e := range c.Timeline {
				if strings.HasPrefix(e.Text, "left to") && tt.left != "" && contains(e.Text, tt.left) {
					said++
				}
			}
			if want := min(len(tt.left), 1); said != want {
				t.Errorf("the reason is on the timeline %d times, want %d: %+v", said, want, c.Timeline)
			}
		})
	}
}
