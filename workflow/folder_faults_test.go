package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultadapt"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// folderOrder is one kind of order about a folder: how it comes to be, and what the
// vault did once it is done.
type folderOrder struct {
	name string
	// queue brings the order about and returns its request.
	queue func(v *vaultWorld) model.Number
	// matches tells the order's command from others.
	matches string
	did     []vaultsim.Kind
	stands  func(v *vaultWorld) bool
	// silent is set where the answer proves nothing, and only the folder tells.
	silent bool
}

func folderOrders() []folderOrder {
	ordered := func(by model.PersonID, d workflow.Draft) func(v *vaultWorld) model.Number {
		return func(v *vaultWorld) model.Number {
			r, task := v.approved(by, d)
			v.fulfil(task)
			return r.Number
		}
	}
	leaving := func(by model.PersonID, d workflow.Draft) func(v *vaultWorld) model.Number {
		return func(v *vaultWorld) model.Number {
			r := v.granted(by, d)
			v.active(func() {
				if err := v.svc.Revoke(v.ctx, "heidi", v.grant(r.Number).ID, "not needed any more"); err != nil {
					v.t.Fatal(err)
				}
			})
			return r.Number
		}
	}
	permanent := joining(model.RightManageRecords, model.Permanent)
	return []folderOrder{
		{"join", ordered("alice", joining(model.RightManageRecords, model.For(4*time.Hour))), "--action=grant", []vaultsim.Kind{vaultsim.FolderGrant},
			func(v *vaultWorld) bool { return v.membership(aliceMail).Right == model.RightManageRecords }, false},
		{"leave", leaving("alice", permanent), "--action=remove", []vaultsim.Kind{vaultsim.FolderGrant, vaultsim.FolderRevoke},
			func(v *vaultWorld) bool { return v.membership(aliceMail).None() }, false},
		{"a team joins", ordered("priya", forTeam(permanent)), "--action=grant", []vaultsim.Kind{vaultsim.FolderGrant},
			func(v *vaultWorld) bool { return v.teamRight() == model.RightManageRecords }, true},
		{"a team leaves", leaving("priya", forTeam(permanent)), "--action=remove", []vaultsim.Kind{vaultsim.FolderGrant, vaultsim.FolderRevoke},
			func(v *vaultWorld) bool { return v.teamRight() == "" }, true},
		{"defaults", ordered("alice", with(permanent, model.FieldDefaults, string(model.RightEditShare))), "--can-edit", []vaultsim.Kind{vaultsim.FolderGrant, vaultsim.FolderDefaults},
			func(v *vaultWorld) bool { return v.defaults() == model.RightEditShare }, true},
	}
}

// Whatever goes wrong between us and the vault around an order about a folder, it
// is done, and done once, or it is said that this is not known.
func TestFolderOrdersEndInTheTruth(t *testing.T) {
	t.Parallel()
	for _, order := range folderOrders() {
		for _, fault := range []vaultsim.Fault{
			{Kind: vaultsim.CutBefore, Endpoint: vaultsim.EndpointSubmit},
			{Kind: vaultsim.CutAfter, Endpoint: vaultsim.EndpointSubmit},
			{Kind: vaultsim.GarbageEmpty, Endpoint: vaultsim.EndpointSubmit},
			{Kind: vaultsim.QueueFull, Endpoint: vaultsim.EndpointSubmit},
			{Kind: vaultsim.RateLimited, Endpoint: vaultsim.EndpointSubmit},
			{Kind: vaultsim.CutAfter, Endpoint: vaultsim.EndpointResult},
			{Kind: vaultsim.UpstreamBefore},
			{Kind: vaultsim.UpstreamAfter},
			{Kind: vaultsim.Throttled},
			{Kind: vaultsim.RestartBefore},
			{Kind: vaultsim.RestartAfter},
		} {
			if order.silent && fault.Endpoint != "" {
				continue // how an order is sent is the same for all
			}
			t.Run(order.name+", "+string(fault.Kind)+" "+string(fault.Endpoint), func(t *testing.T) {
				t.Parallel()
				v := newFolderWorld(t)
				n := order.queue(v)
				fault.Contains = order.matches
				armed := v.sim.Arm(fault)
				op := v.settle(n)
				if armed.Hits() == 0 {
					t.Fatal("the fault did not strike")
				}
				order.check(t, v, op)
			})
		}
		t.Run(order.name+", hang", func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			n := order.queue(v)
			armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.Hang, Contains: order.matches})
			v.work()
			if op := v.op(n); op.State != model.OpUnknown || op.Attempts != 1 || op.LookingFor == "" || op.NextLook.IsZero() {
				t.Fatalf("hangs, but is %s after %d attempts: %+v", op.State, op.Attempts, op)
			}
			armed.Release()
			order.check(t, v, v.settle(n))
		})
	}
}

func (o folderOrder) check(t *testing.T, v *vaultWorld, op model.Operation) {
	t.Helper()
	if op.State != model.OpDone {
		t.Fatalf("ended as %s: %s", op.State, op.Reason)
	}
	if got := v.kinds(); !slices.Equal(got, o.did) {
		t.Errorf("the vault did %v, want %v", got, o.did)
	}
	if !o.stands(v) {
		t.Error("it is done, but the vault shows something else")
	}
}

// While the vault cannot be read, an order without an answer stays unknown, and
// says what is looked for and when.
func TestFolderOrderStaysUnknownWhileNothingCanBeRead(t *testing.T) {
	t.Parallel()
	for _, order := range folderOrders() {
		t.Run(order.name, func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			n := order.queue(v)
			v.sim.Arm(vaultsim.Fault{Kind: vaultsim.RestartAfter, Contains: order.matches})
			blind := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "sync-down", Skip: syncsBefore(order), Count: -1})
			for range 3 {
				v.work()
				if op := v.op(n); op.State != model.OpUnknown || op.LookingFor == "" || !op.NextLook.After(v.time.Now()) {
					t.Fatalf("%s after %d attempts, looking for %q at %s", op.State, op.Attempts, op.LookingFor, op.NextLook)
				}
				v.time.Advance(2 * time.Minute)
			}
			blind.Disarm()
			order.check(t, v, v.settle(n))
		})
	}
}

// syncsBefore is how often the vault is synced before the order's own command.
func syncsBefore(o folderOrder) int {
	if o.name == "defaults" {
		return 3 // before and after the joining, before the defaults
	}
	return 1
}

// The vault service tells the end of a membership in the time of its host. Where
// that is another than was configured, the access stands, and what the queue says
// is that this is not known, why, and what to set: never that it was refused.
func TestAnotherTimeZoneOfTheServiceIsNamed(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	v.serve(func(o *vaultsim.Options) { o.Location = time.FixedZone("there", 2*60*60) })
	v.worker = v.newWorker(v.vault)
	v.svc.UseWorker(v.worker)
	r, task := v.approved("alice", joining(model.RightManageRecords, model.For(48*time.Hour)))
	v.fulfil(task)
	for range 20 {
		v.work()
		op := v.op(r.Number)
		if op.State != model.OpUnknown || op.Attempts != 1 || !contains(op.LookingFor, "2 h later than ordered") || !contains(op.LookingFor, "timezone") {
			t.Fatalf("%s after %d attempts: %s", op.State, op.Attempts, op.LookingFor)
		}
		v.time.Advance(10 * time.Minute)
	}
	traffic := vaultadapt.NewTraffic(v.calls.add)
	zone := vaultadapt.Options{Zone: time.FixedZone("there", 2*60*60), Traffic: traffic}
	v.worker = v.newWorker(vaultadapt.New(v.client(traffic), zone))
	v.svc.UseWorker(v.worker)
	if op := v.settle(r.Number); op.State != model.OpDone || !v.grant(r.Number).Until.Equal(v.membership(aliceMail).Expires) {
		t.Errorf("with the right zone it is %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.FolderGrant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}

// A command that the key may not run holds up the orders that need it, and no
// others.
func TestForbiddenCommandHoldsUpItsOwnOrdersOnly(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"share-folder", "sync-down"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			v := newFolderWorld(t)
			folder, task := v.approved("alice", joining(model.RightNone, model.Permanent))
			v.fulfil(task)
			record, task := v.approved("alice", draft())
			v.fulfil(task)
			v.sim.Forbid(simKey, word)
			v.work()
			if op := v.op(record.Number); op.State != model.OpDone {
				t.Errorf("the record's order is %s: %s", op.State, op.Reason)
			}
			op := v.op(folder.Number)
			if op.State != model.OpQueued || op.Attempts != 0 || !contains(op.Reason, word) {
				t.Errorf("the folder's order is %s after %d attempts: %s", op.State, op.Attempts, op.Reason)
			}
			v.sim.Permit(simKey, word)
			v.time.Advance(time.Minute)
			if op := v.settle(folder.Number); op.State != model.OpDone {
				t.Errorf("permitted, but it is %s: %s", op.State, op.Reason)
			}
		})
	}
}
