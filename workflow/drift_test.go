package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// said counts the lines of a timeline that hold a text.
func (v *vaultWorld) said(n model.Number, text string) int {
	count := 0
	for _, e := range v.view("priya", n).Timeline {
		if contains(e.Text, text) {
			count++
		}
	}
	return count
}

// cleared takes everything that alice has elsewhere.
func (v *vaultWorld) cleared(on ground) {
	if on.name == "record" {
		v.cloud.Unshare(string(prodDB), aliceMail)
		return
	}
	v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) {
		f.Members = slices.DeleteFunc(f.Members, func(m vaultsim.Member) bool { return m.User == aliceMail })
	})
}

// Somebody changes in the web vault what was given here: it is shown and told
// once, in words, and nothing is mended.
func TestDriftIsSeenTwiceADayAndToldOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		on    int // of grounds
		right model.Right
		meet  model.Share // the zero share takes it away
		want  string
	}{
		{"a record lowered", 0, model.RightEdit, model.Share{Right: model.RightView}, "the vault shows view, permanent instead of edit, permanent"},
		{"a record taken", 0, model.RightEdit, model.Share{}, "the vault shows nothing instead of edit, permanent"},
		{"a folder raised", 1, model.RightNone, model.Share{Right: model.RightAll}, "the vault shows all, permanent instead of membership, permanent"},
		{"a folder taken", 1, model.RightNone, model.Share{}, "the vault shows nothing instead of membership, permanent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			on := grounds()[tt.on]
			r := v.granted("alice", on.draft(tt.right, model.Permanent))
			v.cleared(on)
			if !tt.meet.None() {
				on.set(v, aliceMail, tt.meet)
			}
			before := v.kinds()
			v.later(time.Hour)
			if g := v.grant(r.Number); g.Drift != "" {
				t.Errorf("seen after an hour already: %s", g.Drift)
			}
			for range 4 {
				v.later(7 * time.Hour)
			}
			g := v.grant(r.Number)
			if g.Drift != tt.want || g.State != model.GrantActive || g.Checked.IsZero() {
				t.Errorf("drift %q, %s, want %q", g.Drift, g.State, tt.want)
			}
			if got := v.said(r.Number, tt.want); got != 1 {
				t.Errorf("told %d times", got)
			}
			if !slices.Equal(v.kinds(), before) {
				t.Errorf("the vault did %v", v.kinds())
			}
			v.cleared(on)
			on.set(v, aliceMail, model.Share{Right: tt.right})
			v.later(13 * time.Hour)
			if g := v.grant(r.Number); g.Drift != "" || v.said(r.Number, "again as it was given") != 1 {
				t.Errorf("put right, but the drift is %q", g.Drift)
			}
		})
	}
}

// What a person looks at is compared, and read once more before it is told.
func TestDriftIsSeenWhereSomebodyLooks(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", asking(model.RightEdit, model.Permanent))
	v.cloud.Unshare(string(prodDB), aliceMail)
	v.time.Advance(time.Minute)
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "priya", prodDB, true); err != nil {
			t.Error(err)
		}
	})
	calls := len(v.calls.list())
	v.work()
	if g := v.grant(r.Number); g.Drift != "the vault shows nothing instead of edit, permanent" {
		t.Errorf("drift %q", g.Drift)
	}
	if got := len(v.calls.list()); got != calls+1 {
		t.Errorf("%d calls for it", got-calls)
	}
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "priya", prodDB, true); err != nil {
			t.Error(err)
		}
	})
	calls = len(v.calls.list())
	v.later(time.Minute)
	if got := len(v.calls.list()); got != calls {
		t.Errorf("%d calls for what is known", got-calls)
	}
}

// Four targets a minute at most, whatever is to be compared.
func TestComparingKeepsWithinItsShare(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	for range 3 {
		uid := v.cloud.AddRecord(vaultsim.Record{Title: "another", Type: "login"})
		d := asking(model.RightView, model.Permanent)
		d.Target.UID, d.Target.Title, d.Target.Type = model.UID(uid), "another", "login"
		v.sim.Restart()
		v.granted("alice", d)
	}
	v.time.Advance(13 * time.Hour)
	for want := 1; want <= 3; want++ {
		before := len(v.calls.list())
		v.work()
		v.work() // at once: not yet
		if got := len(v.calls.list()) - before; got != 1 {
			t.Errorf("%d calls for the comparing", got)
		}
		v.time.Advance(20 * time.Second)
	}
}

// A raise over what was given for good, an order under way and an invitation are
// no drift.
func TestWhatIsExplainedIsNoDrift(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	lasting := v.granted("alice", asking(model.RightView, model.Permanent))
	raise := v.granted("alice", asking(model.RightEdit, model.For(20*time.Hour)))
	v.later(13 * time.Hour)
	for range 4 {
		v.later(20 * time.Second)
	}
	for _, n := range []model.Number{lasting.Number, raise.Number} {
		if g := v.grant(n); g.Drift != "" || !g.Checked.After(g.Since) {
			t.Errorf("%s: %q, checked %s, since %s", n, g.Drift, g.Checked, g.Since)
		}
	}
	v.sim.LoseSession()
	v.later(13 * time.Hour)
	if g := v.grant(lasting.Number); g.Drift != "" {
		t.Errorf("while the vault is away: %q", g.Drift)
	}
}

// Nothing is left in the vault long before the end: a person closes it, with a
// reason, and the vault is left alone.
func TestGrantThatTheVaultDoesNotShowIsClosedByAPerson(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.Share(string(prodDB), aliceMail, vaultsim.Rights{}, time.Time{})
	r := v.granted("alice", asking(model.RightEdit, model.For(20*24*time.Hour)))
	g := v.grant(r.Number)
	if c := conflict(v.svc.CloseGrant(v.ctx, "heidi", g.ID, "not needed")); c == nil {
		t.Error("closed although the vault shows it")
	}
	v.cloud.Unshare(string(prodDB), aliceMail)
	v.later(13 * time.Hour)
	if err := v.svc.CloseGrant(v.ctx, "alice", g.ID, "not needed"); denied(err) != model.DenyRole {
		t.Errorf("alice: %v", err)
	}
	if err := v.svc.CloseGrant(v.ctx, "heidi", g.ID, " "); err == nil {
		t.Error("closed without a reason")
	}
	before := len(v.kinds())
	if err := v.svc.CloseGrant(v.ctx, "heidi", g.ID, "dana took it in the web vault"); err != nil {
		t.Fatal(err)
	}
	if g := v.grant(r.Number); g.State != model.GrantEnded || !contains(g.Note, "closed by hand") {
		t.Errorf("the grant is %s: %s", g.State, g.Note)
	}
	v.later(30 * 24 * time.Hour)
	if len(v.kinds()) != before {
		t.Errorf("the vault did %v", v.kinds())
	}
	for _, op := range v.view("priya", r.Number).Operations {
		if !op.State.Final() {
			t.Errorf("%s is %s", op.Kind, op.State)
		}
	}
}

func TestRequestorIsRemindedOfAnInvitationOnce(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation(aliceMail, vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.work()
	for range 2 {
		v.later(24 * time.Hour)
	}
	if got := v.said(r.Number, "has not accepted the invitation"); got != 0 {
		t.Errorf("reminded after two days already: %d", got)
	}
	for range 5 {
		v.later(24 * time.Hour)
	}
	if got := v.said(r.Number, "has not accepted the invitation"); got != 1 {
		t.Errorf("reminded %d times", got)
	}
}

// Who does not want the access any more gives it back before they have accepted
// the invitation: it is not repeated, and nobody has work left.
func TestGivingBackWhatWaitsForAnInvitation(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.cloud.SetRelation(aliceMail, vaultsim.NeedsInvitation)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.work()
	v.giveBack(r.Number)
	v.cloud.SetRelation(aliceMail, vaultsim.Known)
	for range 3 {
		v.later(24 * time.Hour)
	}
	c := v.view("priya", r.Number)
	if _, open := c.OpenTask(); open || c.Request.State != model.ClosedSkipped || c.Grants[0].State != model.GrantRevoked {
		t.Errorf("a task is open: %t, the request is %s, the grant %s", open, c.Request.State, c.Grants[0].State)
	}
	if share, has := v.share("alice"); has {
		t.Errorf("alice has %+v", share)
	}
}
