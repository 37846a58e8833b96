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
			marked := func(who model.PersonID) bool {
				page, err := v.svc.Requests(v.ctx, who, workflow.Query{View: workflow.RequestsAll})
				if err != nil {
					t.Fatal(err)
				}
				return slices.ContainsFunc(page.Rows, func(row workflow.RequestRow) bool { return row.LinkWaits })
			}
			if !marked("alice") || marked("dana") {
				t.Error("the link does not wait in the list of alice, or in that of dana")
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
			if marked("alice") {
				t.Error("the link was shown and still waits in the list")
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
