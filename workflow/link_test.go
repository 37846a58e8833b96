package workflow_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

func TestLinkFromOrderToTheOneWhoAskedForIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		asked model.Access
	}{
		{"to view, the shortest time", model.Access{Right: model.RightView, Limit: model.For(5 * time.Minute)}},
		{"to edit, the longest time", model.Access{Right: model.RightEdit, Limit: model.For(model.MaxLinkLife)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			d := linkDraft()
			d.Asked = tt.asked
			r := v.granted("alice", d)
			links := v.links()
			if len(links) != 1 {
				t.Fatalf("the vault has %d links", len(links))
			}
			l := links[0]
			if l.Name != string(r.Number) || l.Editable != tt.asked.Right.Edit() || l.Expires.Sub(l.Generated) != tt.asked.Limit.Length() {
				t.Errorf("the vault made %+v", l)
			}
			g := v.grant(r.Number)
			if g.Link != model.LinkID(l.ID) || !g.Until.Equal(l.Expires.Truncate(time.Second)) && !g.Until.Equal(l.Expires) || g.State != model.GrantActive {
				t.Errorf("the grant is %+v, the link %+v", g, l)
			}
			c := v.view("alice", r.Number)
			if c.Link == nil || !c.Link.Waiting || !c.Link.Shown.IsZero() || c.Link.Gone || c.Link.ID != g.Link || c.Can(model.ActReveal) != nil {
				t.Fatalf("before it is shown: %+v, %v", c.Link, c.Can(model.ActReveal))
			}
			for range 2 { // until it is acknowledged, it can be asked for again
				link, err := v.reveal("alice", r.Number)
				if err != nil || !opens(link, g.Link) {
					t.Fatalf("reveal: %v, and it is the link: %t", err, opens(link, g.Link))
				}
			}
			if err := v.svc.Acknowledge(v.ctx, "alice", r.Number); err != nil {
				t.Fatal(err)
			}
			var denied *model.Denied
			if _, err := v.reveal("alice", r.Number); !errors.As(err, &denied) {
				t.Errorf("a second time: %v", err)
			}
			if err := v.svc.Acknowledge(v.ctx, "alice", r.Number); !errors.As(err, &denied) {
				t.Errorf("acknowledged a second time: %v", err)
			}
			c = v.view("alice", r.Number)
			if c.Link.Waiting || c.Link.Shown.IsZero() || c.Link.Gone || !errors.As(c.Can(model.ActReveal), &denied) {
				t.Errorf("after it was shown: %+v, %v", c.Link, c.Can(model.ActReveal))
			}
			if len(c.Request.Sealed) != 0 {
				t.Errorf("the link counts among what was approved: %+v", c.Request.Sealed)
			}
			v.work()
			if rows := v.sealed(r.ID); len(rows) != 1 || rows[0].Body != nil || rows[0].Wiped.IsZero() {
				t.Errorf("after the wipe: %+v", rows)
			}
			want := []string{"link.reveal", "link.reveal", "link.acknowledge"}
			if got := v.audited("link."); !slices.Equal(got, want) {
				t.Errorf("the audit says %v, want %v", got, want)
			}
		})
	}
}

func (v *vaultWorld) sealed(request int64) []store.SealedSecret {
	v.t.Helper()
	var rows []store.SealedSecret
	err := v.db.Read(v.ctx, func(tx *store.Tx) error {
		var err error
		rows, err = tx.Sealed(request)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return rows
}

func TestNobodyElseSeesALink(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	d := linkDraft()
	d.For = "bob@example.com"
	r := v.granted("alice", d)
	for _, who := range []model.PersonID{"bob", "omar", "heidi", "priya", "sam", "dana"} {
		var denied *model.Denied
		if link, err := v.reveal(who, r.Number); !errors.As(err, &denied) || link != "" {
			t.Errorf("%s: %v", who, err)
		}
		if err := v.svc.Acknowledge(v.ctx, who, r.Number); !errors.As(err, &denied) {
			t.Errorf("%s acknowledges: %v", who, err)
		}
	}
	if link, err := v.reveal("alice", r.Number); err != nil || !opens(link, v.grant(r.Number).Link) {
		t.Errorf("alice: %v", err)
	}
}

func TestLinkCannotBeSeenAfterItsEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(v *vaultWorld, g model.Grant)
	}{
		{"its time is over", func(v *vaultWorld, _ model.Grant) { v.later(25 * time.Hour) }},
		{"it was revoked", func(v *vaultWorld, g model.Grant) {
			v.active(func() {
				if err := v.svc.Revoke(v.ctx, "heidi", g.ID, "no longer needed"); err != nil {
					v.t.Fatal(err)
				}
			})
		}},
		{"it was given back", func(v *vaultWorld, g model.Grant) {
			v.active(func() {
				if err := v.svc.GiveBack(v.ctx, "alice", g.ID, ""); err != nil {
					v.t.Fatal(err)
				}
			})
		}},
		{"it was removed in the web vault", func(v *vaultWorld, g model.Grant) {
			v.inTheVault(workflow.Order{Kind: model.OpUnlink, Intent: model.Intent{Record: prodDB, Link: g.Link}})
			v.time.Advance(11 * time.Minute)
		}},
		{"the record was removed", func(v *vaultWorld, _ model.Grant) {
			v.cloud.RemoveRecord(string(prodDB))
			v.time.Advance(11 * time.Minute)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			r := v.granted("alice", linkDraft())
			tt.end(v, v.grant(r.Number))
			v.work()
			v.work()
			g := v.grant(r.Number)
			if g.State.Open() {
				t.Errorf("the grant is %s", g.State)
			}
			for _, l := range v.links() {
				if l.Expires.After(v.time.Now()) {
					t.Errorf("the link lives on: %+v", l)
				}
			}
			if rows := v.sealed(r.ID); rows[0].Body != nil || rows[0].Wiped.IsZero() {
				t.Errorf("it is not wiped: due %s, now %s", rows[0].WipeDue, v.time.Now())
			}
			var denied *model.Denied
			if _, err := v.reveal("alice", r.Number); !errors.As(err, &denied) {
				t.Errorf("reveal: %v", err)
			}
			if l := v.view("alice", r.Number).Link; l == nil || !l.Gone || l.Waiting {
				t.Errorf("shown as %+v", l)
			}
		})
	}
}

// inTheVault carries out an order past the program, as somebody in the web vault.
func (v *vaultWorld) inTheVault(order workflow.Order) workflow.Outcome {
	v.t.Helper()
	other := v.adapter()
	id, err := other.Submit(v.ctx, order)
	if err != nil {
		v.t.Fatal(err)
	}
	out, err := other.Await(v.ctx, order, id)
	if err != nil || out.State != model.OpDone {
		v.t.Fatalf("%+v, %v", out, err)
	}
	return out
}

// foreign makes a link that is not ours, and returns its id.
func (v *vaultWorld) foreign() model.LinkID {
	v.t.Helper()
	return v.inTheVault(workflow.Order{Kind: model.OpLink, Intent: model.Intent{Record: prodDB, Right: model.RightView,
		Limit: model.For(time.Hour), Number: "ELSE1"}}).Link
}

func TestOpenedLinkIsTold(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r := v.granted("alice", linkDraft())
	g := v.grant(r.Number)
	if !v.cloud.OpenLink(string(g.Link)) {
		t.Fatal("the link does not open")
	}
	v.later(11 * time.Minute)
	l := v.view("alice", r.Number).Link
	if l.Opened.IsZero() || l.Gone {
		t.Errorf("after it was opened: %+v", l)
	}
	if got := v.audited("link.opened"); len(got) != 1 {
		t.Errorf("audited %d times", len(got))
	}
	v.later(11 * time.Minute)
	if got := v.audited("link.opened"); len(got) != 1 {
		t.Errorf("audited %d times", len(got))
	}
	if !v.grant(r.Number).State.Open() {
		t.Error("the device that opened it can still use it, but it cannot be revoked")
	}
}

// TestLinkIsNeverLeftAliveUnseen plays what can go wrong around the making of a
// link. In the end there is one link that its requestor can see, and those that
// others made meanwhile.
func TestLinkIsNeverLeftAliveUnseen(t *testing.T) {
	t.Parallel()
	make := vaultsim.Fault{Command: "one-time-share create"}
	with := func(kind vaultsim.FaultKind, endpoint vaultsim.Endpoint) vaultsim.Fault {
		f := make
		f.Kind, f.Endpoint = kind, endpoint
		return f
	}
	for _, tt := range []struct {
		name  string
		fault vaultsim.Fault
		made  int // links in all
	}{
		{"the submit is cut before it arrives", with(vaultsim.CutBefore, vaultsim.EndpointSubmit), 1},
		{"the submit is cut after it was queued", with(vaultsim.CutAfter, vaultsim.EndpointSubmit), 2},
		{"a proxy answers the submit with a page", with(vaultsim.GarbageHTML, vaultsim.EndpointSubmit), 2},
		{"the answer to the submit is cut in half", with(vaultsim.GarbageTruncated, vaultsim.EndpointSubmit), 2},
		{"the queue is full", with(vaultsim.QueueFull, vaultsim.EndpointSubmit), 1},
		{"the rate limit is used up", with(vaultsim.RateLimited, vaultsim.EndpointSubmit), 1},
		{"the cloud did nothing and says so badly", with(vaultsim.UpstreamBefore, ""), 1},
		{"the cloud did it and says the same", with(vaultsim.UpstreamAfter, ""), 2},
		{"the cloud throttles", with(vaultsim.Throttled, ""), 1},
		{"the service restarts before, its queue lost", with(vaultsim.RestartBefore, ""), 1},
		{"the service restarts after, its answer lost", with(vaultsim.RestartAfter, ""), 2},
		{"the result is garbage", with(vaultsim.GarbageHTML, vaultsim.EndpointResult), 1},
		{"the result is cut", with(vaultsim.CutAfter, vaultsim.EndpointResult), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			before := v.foreign()
			r, task := v.approved("alice", linkDraft())
			v.fulfil(task)
			armed := v.sim.Arm(tt.fault)
			v.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			v.settleAll(r.Number)
			v.hasOneLink(r.Number, before)
			made := -1 // the foreign one
			for _, e := range v.sim.Ledger() {
				if e.Kind == vaultsim.LinkCreate {
					made++
				}
			}
			if made != tt.made {
				t.Errorf("%d links were made, want %d", made, tt.made)
			}
		})
	}
}

// settleAll lets time pass until every operation of a request has ended.
func (v *vaultWorld) settleAll(n model.Number) {
	v.t.Helper()
	for range 60 {
		v.work()
		open := slices.ContainsFunc(v.view("priya", n).Operations, func(o model.Operation) bool { return !o.State.Final() })
		if !open {
			return
		}
		v.time.Advance(30 * time.Second)
	}
	for _, o := range v.view("priya", n).Operations {
		v.t.Errorf("still %s: %s %s%s", o.Kind, o.State, o.Reason, o.LookingFor)
	}
	v.t.FailNow()
}

// hasOneLink checks that the record has the request's link, which its requestor
// can see, and the others and no more.
func (v *vaultWorld) hasOneLink(n model.Number, others ...model.LinkID) {
	v.t.Helper()
	g := v.grant(n)
	var got []model.LinkID
	for _, l := range v.links() {
		got = append(got, model.LinkID(l.ID))
	}
	want := append([]model.LinkID{g.Link}, others...)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		v.t.Errorf("the record has the links %v, want %v", got, want)
	}
	if link, err := v.reveal("alice", n); err != nil || !opens(link, g.Link) {
		v.t.Errorf("reveal: %v, the link: %t", err, opens(link, g.Link))
	}
	if got := v.view("alice", n).Request.State; got != model.ClosedComplete {
		v.t.Errorf("the request is %s", got)
	}
}

func TestLinkOfAHangingService(t *testing.T) {
	t.Parallel()
	for _, then := range []vaultsim.FaultKind{"", vaultsim.UpstreamAfter, vaultsim.UpstreamBefore} {
		t.Run("then "+string(then), func(t *testing.T) {
			t.Parallel()
			v, _ := newSealedWorld(t)
			before := v.foreign()
			r, task := v.approved("alice", linkDraft())
			v.fulfil(task)
			armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Command: "one-time-share create", Then: then})
			for range 3 {
				v.work()
				if op := v.op(r.Number); op.State != model.OpUnknown || op.LookingFor == "" {
					t.Fatalf("%s: %s", op.State, op.LookingFor)
				}
				v.time.Advance(time.Minute)
			}
			armed.Release()
			v.settleAll(r.Number)
			v.hasOneLink(r.Number, before)
		})
	}
}

// TestTwoLostLinks loses the answer twice, while others make and remove links.
func TestTwoLostLinks(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	before := v.foreign()
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	lost := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "one-time-share create", Count: 2})
	v.settleAll(r.Number)
	if lost.Hits() != 2 {
		t.Fatalf("%d answers were lost", lost.Hits())
	}
	v.hasOneLink(r.Number, before)
	if made := v.kinds(); !slices.Equal(made, []vaultsim.Kind{vaultsim.LinkCreate, vaultsim.LinkCreate, vaultsim.LinkRemove,
		vaultsim.LinkCreate, vaultsim.LinkRemove, vaultsim.LinkCreate}) {
		t.Errorf("the vault did %v", made)
	}
}

// TestLostLinkIsRemovedAlsoWhenTheRequestIsWithdrawn withdraws between the finding
// of the lost link and its removal.
func TestLostLinkIsRemovedAlsoWhenTheRequestIsWithdrawn(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Command: "one-time-share create"})
	v.work()
	v.sim.Forbid(simKey, "one-time-share remove", "one-time-share")
	for range 40 {
		if v.op(r.Number).Kind == model.OpUnlink {
			break
		}
		v.sim.Permit(simKey, "one-time-share")
		v.vault.at("before", "Submit", func() { v.sim.Forbid(simKey, "one-time-share") })
		v.later(30 * time.Second)
	}
	if err := v.svc.Withdraw(v.ctx, "alice", r.Number, "not needed any more"); err != nil {
		t.Fatal(err)
	}
	v.sim.Permit(simKey, "one-time-share")
	v.settleAll(r.Number)
	if n := len(v.links()); n != 0 {
		t.Errorf("%d links are left alive, which nobody has seen", n)
	}
}

// TestLinkWhoseListCouldNotBeRead loses what the vault shows right after the link
// was made, and the service's answers with it.
func TestLinkWhoseListCouldNotBeRead(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	before := v.foreign()
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	v.vault.at("after", "Await", func() {
		v.sim.Arm(vaultsim.Fault{Kind: vaultsim.CutBefore, Command: "one-time-share list", Count: 4})
	})
	v.work()
	if op := v.op(r.Number); op.State != model.OpUnknown {
		t.Fatalf("%s: %s", op.State, op.Reason)
	}
	v.sim.Restart()
	v.settleAll(r.Number)
	v.hasOneLink(r.Number, before)
}

func TestPAMRecordsGetNoLink(t *testing.T) {
	t.Parallel()
	t.Run("in the form", func(t *testing.T) {
		t.Parallel()
		v, _ := newSealedWorld(t)
		d := linkDraft()
		d.Target.Type = "pamUser"
		var wrong workflow.Invalid
		if _, err := v.svc.Submit(v.ctx, "alice", d); !errors.As(err, &wrong) || !contains(wrong["record"], "pamUser") {
			t.Errorf("submit: %v", err)
		}
	})
	pam := func(v *vaultWorld) {
		v.cloud.EditRecord(string(prodDB), func(r *vaultsim.Record) { r.Type = "pamUser" })
		if err := v.vault.Sync(v.ctx); err != nil {
			v.t.Fatal(err)
		}
	}
	t.Run("in the approval", func(t *testing.T) {
		t.Parallel()
		v, _ := newSealedWorld(t)
		r := v.submit("alice", linkDraft())
		pam(v)
		v.active(func() {
			if _, err := v.svc.Facts(v.ctx, "omar", prodDB, true); err != nil {
				t.Fatal(err)
			}
		})
		told := func(w string) bool { return contains(w, "no one-time links to records of type pamUser") }
		if c := v.view("omar", r.Number); !slices.ContainsFunc(c.Warnings, told) {
			t.Errorf("warned of %q", c.Warnings)
		}
	})
	t.Run("in the plan", func(t *testing.T) {
		t.Parallel()
		v, _ := newSealedWorld(t)
		_, task := v.approved("alice", linkDraft())
		pam(v)
		v.active(func() {
			if _, err := v.svc.Plan(v.ctx, "heidi", task); err == nil || !contains(err.Error(), "pamUser") {
				t.Errorf("plan: %v", err)
			}
		})
	})
	t.Run("before sending", func(t *testing.T) {
		t.Parallel()
		v, _ := newSealedWorld(t)
		r, task := v.approved("alice", linkDraft())
		v.fulfil(task)
		pam(v)
		v.work()
		if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "pamUser") || len(v.kinds()) != 0 {
			t.Errorf("%s: %s; the vault did %v", op.State, op.Reason, v.kinds())
		}
	})
	t.Run("by the service", func(t *testing.T) {
		t.Parallel()
		v, _ := newSealedWorld(t)
		r, task := v.approved("alice", linkDraft())
		v.fulfil(task)
		v.vault.at("before", "Submit", func() { pam(v) })
		v.work()
		v.settleAll(r.Number)
		if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "not available for PAM records") || len(v.links()) != 0 {
			t.Errorf("%s: %s; %d links", op.State, op.Reason, len(v.links()))
		}
	})
}

func TestLinkWithAnAbsoluteEnd(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	d := linkDraft()
	end := v.time.Now().UTC().Add(90 * time.Minute).Truncate(time.Minute)
	d.Asked.Limit = model.Until(end)
	r, task := v.approved("alice", d)
	v.fulfil(task)
	v.time.Advance(20 * time.Minute)
	v.work()
	links := v.links()
	if len(links) != 1 || links[0].Expires.After(end) || end.Sub(links[0].Expires) > 2*time.Minute {
		t.Errorf("asked until %s, got %+v (%s)", end, links, v.op(r.Number).Reason)
	}
}

func TestLinkWhoseEndHasCome(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	d := linkDraft()
	d.Asked.Limit = model.Until(v.time.Now().UTC().Add(10 * time.Minute).Truncate(time.Minute))
	r, task := v.approved("alice", d)
	v.fulfil(task)
	v.time.Advance(20 * time.Minute)
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused || len(v.links()) != 0 {
		t.Errorf("%s: %s, and %d links", op.State, op.Reason, len(v.links()))
	}
}

// TestNoLinkThatNobodyCouldRead holds that without the identity none is made.
func TestNoLinkThatNobodyCouldRead(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	v.worker = v.newSealedWorker(v.vault)
	v.svc.UseWorker(v.worker)
	r, task := v.approved("alice", linkDraft())
	v.fulfil(task)
	v.work()
	if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "keygen") || len(v.links()) != 0 {
		t.Errorf("%s: %s, and %d links", op.State, op.Reason, len(v.links()))
	}
	plain := newVaultWorld(t)
	var wrong workflow.Invalid
	if _, err := plain.svc.Submit(plain.ctx, "alice", linkDraft()); !errors.As(err, &wrong) {
		t.Errorf("without a recipient: %v", err)
	}
}

// TestLinkIsNoAccessOfItsRequestor has somebody with a link to a record give back
// the access that they have on it.
func TestLinkIsNoAccessOfItsRequestor(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	access := v.granted("alice", draft())
	link := v.granted("alice", linkDraft())
	v.active(func() {
		if err := v.svc.GiveBack(v.ctx, "alice", v.grant(access.Number).ID, ""); err != nil {
			t.Fatal(err)
		}
	})
	v.work()
	if share, has := v.share("alice"); has {
		t.Errorf("alice still has %+v", share)
	}
	if g := v.grant(access.Number); g.State != model.GrantRevoked {
		t.Errorf("the access is %s", g.State)
	}
	if g := v.grant(link.Number); g.State != model.GrantActive || len(v.links()) != 1 {
		t.Errorf("the link is %s; the vault has %d", g.State, len(v.links()))
	}
}

// TestLinkBesideAccess warns of nothing where the one who asks has access already.
func TestLinkBesideAccess(t *testing.T) {
	t.Parallel()
	v, _ := newSealedWorld(t)
	d := draft()
	d.Asked.Right = model.RightView
	v.granted("alice", d)
	r := v.submit("alice", linkDraft())
	v.active(func() {
		if _, err := v.svc.Facts(v.ctx, "omar", prodDB, true); err != nil {
			t.Fatal(err)
		}
	})
	if c := v.view("omar", r.Number); len(c.Warnings) != 0 {
		t.Errorf("warned of %q", c.Warnings)
	}
}
