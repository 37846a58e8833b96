package workflow_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// extension is the draft that extends the grant of a request, as its requestor
// fills it in.
func (v *vaultWorld) extension(n model.Number, want model.Access) workflow.Draft {
	v.t.Helper()
	d, err := v.svc.Extension(v.ctx, "alice", v.grant(n).ID)
	if err != nil {
		v.t.Fatalf("extension of %s: %v", n, err)
	}
	d.Asked, d.Justification = want, "the batch takes longer than was thought"
	return d
}

func TestExtensionAsksForTheSameAgain(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	d, err := v.svc.Extension(v.ctx, "alice", v.grant(r.Number).ID)
	if err != nil {
		t.Fatal(err)
	}
	if d.Item != model.ItemRecordAccess || d.Target.UID != prodDB || d.RefersTo != r.Number || d.For != aliceMail || d.Justification != "" ||
		d.Asked != draft().Asked {
		t.Errorf("draft %+v", d)
	}
	if _, err := v.svc.Extension(v.ctx, "bob", v.grant(r.Number).ID); denied(err) != model.DenyRole {
		t.Errorf("bob: %v", err)
	}
	if _, err := v.svc.Extension(v.ctx, "alice", 99); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("no such grant: %v", err)
	}
	lasting := v.granted("bob", asking(model.RightEdit, model.Permanent))
	if _, err := v.svc.Extension(v.ctx, "bob", v.grant(lasting.Number).ID); denied(err) != model.DenyState {
		t.Errorf("what does not end: %v", err)
	}
}

// Whatever stood before, and whatever is asked instead: the old grant ends when
// the new one stands, what stood before comes back at the new end and not at the
// old one, and when the new one is given back.
func TestAccessIsExtended(t *testing.T) {
	t.Parallel()
	view, edit := model.RightView, model.RightEdit
	member, records := model.RightNone, model.RightManageRecords
	for _, tt := range []struct {
		name        string
		on          int // of grounds
		stood       model.Right
		old, wanted model.Right
		limit       model.Limit
	}{
		{"a record", 0, "", edit, edit, model.For(8 * time.Hour)},
		{"a record over a standing right", 0, view, edit, edit, model.For(8 * time.Hour)},
		{"a record for good", 0, "", edit, edit, model.Permanent},
		{"a record over a standing right for good", 0, view, edit, edit, model.Permanent},
		{"a record with a higher right", 0, "", view, edit, model.For(8 * time.Hour)},
		{"a folder", 1, "", records, records, model.For(8 * time.Hour)},
		{"a folder over a membership", 1, member, records, records, model.For(8 * time.Hour)},
		{"a folder over a membership for good", 1, member, records, records, model.Permanent},
	} {
		for _, end := range []string{"runs out", "given back"} {
			if end == "runs out" && tt.limit.IsPermanent() {
				continue
			}
			t.Run(tt.name+", "+end, func(t *testing.T) {
				t.Parallel()
				v := newFolderWorld(t)
				on := grounds()[tt.on]
				stood := model.Share{Right: tt.stood}
				if !stood.None() {
					on.set(v, aliceMail, stood)
				}
				first := v.granted("alice", on.draft(tt.old, model.For(4*time.Hour)))
				v.later(3 * time.Hour)
				second := v.granted("alice", v.extension(first.Number, model.Access{Right: tt.wanted, Limit: tt.limit}))
				old, g := v.grant(first.Number), v.grant(second.Number)
				if old.State != model.GrantEnded || old.Note != "goes on by "+string(second.Number) {
					t.Errorf("the old grant is %s: %s", old.State, old.Note)
				}
				if g.State != model.GrantActive || !g.Standing.Same(stood) || second.RefersTo != first.Number {
					t.Errorf("the new grant %+v", g)
				}
				for range 3 { // over the old end
					v.later(time.Hour)
				}
				if got, want := on.get(v, aliceMail), (model.Share{Right: tt.wanted, Expires: g.Until}); !got.Same(want) {
					t.Errorf("after the old end alice has %s, want %s", got.Words(), want.Words())
				}
				if end == "given back" {
					v.giveBack(second.Number)
				}
				for range 4 {
					v.later(2*time.Hour + time.Minute)
				}
				if got := on.get(v, aliceMail); !got.Same(stood) {
					t.Errorf("afterwards alice has %s, want %s", got.Words(), stood.Words())
				}
				for _, n := range []model.Number{first.Number, second.Number} {
					if got := v.grant(n).State; got.Open() {
						t.Errorf("%s: the grant is %s", n, got)
					}
					for _, op := range v.view("priya", n).Operations {
						if !op.State.Final() || op.State == model.OpRefused {
							t.Errorf("%s: %s is %s: %s", n, op.Kind, op.State, op.Reason)
						}
					}
				}
			})
		}
	}
}

func (v *vaultWorld) giveBack(n model.Number) {
	v.t.Helper()
	var err error
	v.active(func() { err = v.svc.GiveBack(v.ctx, "alice", v.grant(n).ID, "") })
	if err != nil {
		v.t.Fatal(err)
	}
	v.work()
}

// Less is asked for after what runs now: that runs to its end, and the lesser
// right follows.
func TestExtensionWithALowerRightFollowsTheHigherOne(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	first := v.granted("alice", draft())
	v.later(time.Hour)
	r, task := v.approved("alice", v.extension(first.Number, model.Access{Right: model.RightView, Limit: model.For(8 * time.Hour)}))
	v.fulfil(task)
	v.work()
	if share, _ := v.share("alice"); !share.Rights.Edit {
		t.Error("edit was taken before its time was over")
	}
	for range 4 {
		v.later(time.Hour + time.Second)
	}
	v.settle(r.Number)
	share, has := v.share("alice")
	if !has || share.Rights.Edit || !share.Expires.Equal(v.grant(r.Number).Until) {
		t.Errorf("after edit alice has %+v, %t", share, has)
	}
	if g := v.grant(first.Number); g.State != model.GrantEnded {
		t.Errorf("the first grant is %s", g.State)
	}
	if g := v.grant(r.Number); !g.Standing.None() {
		t.Errorf("the second grant would give back %s", g.Standing.Words())
	}
}

// What stands under a raise is what is wanted after it: nothing has to be done.
func TestExtensionToWhatStandsAnywayIsNothing(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	first := v.granted("alice", draft())
	v.later(time.Hour)
	_, task := v.approved("alice", v.extension(first.Number, model.Access{Right: model.RightView, Limit: model.For(8 * time.Hour)}))
	if plan := v.plan(task); !contains(plan.Plan.Nothing, "and view, permanent after that") {
		t.Errorf("plan %+v", plan.Plan)
	}
}

func TestEndedAccessIsExtendedByOrderingItAgain(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	first := v.granted("alice", draft())
	v.later(5 * time.Hour)
	if g := v.grant(first.Number); g.State != model.GrantEnded {
		t.Fatalf("the grant is %s", g.State)
	}
	second := v.granted("alice", v.extension(first.Number, model.Access{Right: model.RightEdit, Limit: model.For(time.Hour)}))
	if g := v.grant(second.Number); g.State != model.GrantActive || !g.Standing.None() {
		t.Errorf("grant %+v", g)
	}
}

// A right for good was given over a lesser one that the person had: giving it back
// leaves that.
func TestGivingBackForGoodLeavesWhatStoodBefore(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", asking(model.RightEdit, model.Permanent))
	v.giveBack(r.Number)
	if share, has := v.share("alice"); !has || share.Rights.Edit {
		t.Errorf("alice has %+v, %t, want view", share, has)
	}
}

// What a raise stands over is given back: nothing of it comes back when the raise
// ends.
func TestRevokedAccessDoesNotComeBackUnderARaise(t *testing.T) {
	t.Parallel()
	for name, stood := range map[string]model.Right{"over nothing": "", "over view": model.RightView} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			lasting := model.RightView
			if stood != "" {
				v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
				lasting = model.RightShare
			}
			first := v.granted("alice", asking(lasting, model.Permanent))
			second := v.granted("alice", draft())
			v.giveBack(first.Number)
			if g := v.grant(first.Number); g.State != model.GrantRevoked {
				t.Fatalf("the first grant is %s", g.State)
			}
			for range 3 {
				v.later(2*time.Hour + time.Minute)
			}
			got := model.Right("")
			if share, has := v.share("alice"); has {
				got = model.RecordRight(share.Rights.Edit, share.Rights.Share)
			}
			if got != stood {
				t.Errorf("after the raise alice has %q, want %q", got, stood)
			}
			if g := v.grant(second.Number); g.State != model.GrantEnded {
				t.Errorf("the second grant is %s: %s", g.State, g.Note)
			}
		})
	}
}

// It is not known yet what became of the extension when the old end comes: what
// stood before is not given back over it, and nobody is called.
func TestRestoringWaitsForTheOutcomeOfAnExtension(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	exec := v.behind()
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	first := v.granted("alice", draft())
	v.later(4*time.Hour - 2*time.Minute)
	second, task := v.approved("alice", v.extension(first.Number, model.Access{Right: model.RightEdit, Limit: model.For(8 * time.Hour)}))
	v.fulfil(task)
	id := strconv.FormatInt(v.view("priya", second.Number).Operations[0].ID, 10)
	end := v.time.Now().Add(8 * time.Hour).Truncate(time.Second)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{Edit: true}, end)
	exec("UPDATE operation SET state = 'unknown', looking_for = 'the answer', next_look = 9000000000000000, sent_at = not_before WHERE id = " + id)
	v.later(2*time.Minute + time.Second)
	restore := v.op(first.Number)
	if restore.State != model.OpQueued || !contains(restore.Reason, "on its way") {
		t.Errorf("the restoring is %s: %s", restore.State, restore.Reason)
	}
	if _, open := v.view("priya", first.Number).OpenTask(); open {
		t.Error("a task is open for the old request")
	}
}

// The draft of every kind of access can be submitted once it says why.
func TestExtensionOfEveryKindIsAValidDraft(t *testing.T) {
	t.Parallel()
	id, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, workflow.Settings{Default: policy(), Recipients: []seal.Recipient{id.Recipient()}})
	link := draft()
	link.Item, link.Asked.Right = model.ItemOneTimeShare, model.RightView
	until := draft()
	until.Asked.Limit = model.Until(w.clock.now().Add(3 * time.Hour))
	for name, tt := range map[string]struct {
		d    workflow.Draft
		kind model.TargetKind
		link model.LinkID
	}{
		"record":              {draft(), model.TargetRecord, ""},
		"record until an end": {until, model.TargetRecord, ""},
		"folder":              {joining(model.RightManageRecords, model.For(time.Hour)), model.TargetFolder, ""},
		"link":                {link, model.TargetRecord, "a-link"},
	} {
		r := w.submit("alice", tt.d)
		var grant int64
		err := w.db.Write(w.ctx, func(tx *store.Tx) (err error) {
			grant, err = tx.InsertGrant(model.Grant{RequestID: r.ID, Email: aliceMail, Person: "alice", Target: tt.d.Target, Link: tt.link,
				Right: tt.d.Asked.Right, State: model.GrantEnded, Since: tx.Now, Until: tx.Now.Add(3 * time.Hour)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		d, err := w.svc.Extension(w.ctx, "alice", grant)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Item != tt.d.Item || d.Target != tt.d.Target || d.RefersTo != r.Number || d.Asked.Limit.Length() == 0 {
			t.Errorf("%s: draft %+v", name, d)
		}
		if err := w.svc.Check(w.ctx, "alice", d); err == nil || err.Error() != w.svc.Check(w.ctx, "alice", withoutReason(tt.d)).Error() {
			t.Errorf("%s: before it says why: %v", name, err)
		}
		d.Justification = "the batch takes longer than was thought"
		if err := w.svc.Check(w.ctx, "alice", d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func withoutReason(d workflow.Draft) workflow.Draft {
	d.Justification = ""
	return d
}
