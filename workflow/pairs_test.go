package workflow_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// ground is what access is asked to: a record or a folder.
type ground struct {
	name   string
	rights []model.Right
	draft  func(model.Right, model.Limit) workflow.Draft
	set    func(v *vaultWorld, email string, s model.Share)
	get    func(v *vaultWorld, email string) model.Share
}

func grounds() []ground {
	return []ground{
		{"record", []model.Right{model.RightView, model.RightEdit, model.RightShare, model.RightEditShare}, asking,
			func(v *vaultWorld, email string, s model.Share) {
				v.cloud.Share(string(prodDB), email, vaultsim.Rights{Edit: s.Right.Edit(), Share: s.Right.Share()}, s.Expires)
			},
			func(v *vaultWorld, email string) model.Share {
				for _, s := range v.cloud.Shares(string(prodDB)) {
					if s.User == email {
						return model.Share{Right: model.RecordRight(s.Rights.Edit, s.Rights.Share), Expires: s.Expires}
					}
				}
				return model.Share{}
			}},
		{"folder", model.FolderRights(), joining,
			func(v *vaultWorld, email string, s model.Share) {
				v.cloud.EditFolder(string(finance), func(f *vaultsim.Folder) {
					f.Members = append(f.Members, vaultsim.Member{User: email, ManageUsers: s.Right.ManageUsers(),
						ManageRecords: s.Right.ManageRecords(), Expires: s.Expires})
				})
			},
			func(v *vaultWorld, email string) model.Share { return v.membership(email) }},
	}
}

// pair is what somebody has and what was approved for them.
type pair struct {
	have  model.Share
	want  model.Access
	email string
	r     model.Request
	plan  model.Plan
}

// refusingVault refuses the nth order about each person, and no other.
type refusingVault struct {
	workflow.Vault
	nth  int
	mu   sync.Mutex
	seen map[string]int
}

func (r *refusingVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	r.mu.Lock()
	r.seen[order.Intent.Email]++
	refused := r.seen[order.Intent.Email] == r.nth
	r.mu.Unlock()
	if refused {
		return "", &workflow.VaultError{Kind: workflow.VaultFailed, Text: "refused by the test", NotSent: true}
	}
	return r.Vault.Submit(ctx, order)
}

// For every pair of what somebody has and what is approved, with every limit, on
// records and on folders: the plan takes no step too many, nothing that was there
// is lost for having asked for more, and a step that is refused leaves what was
// there, or what was taken first is given back.
func TestNothingIsLostForHavingAskedForMore(t *testing.T) {
	t.Parallel()
	for _, g := range grounds() {
		for _, refused := range []int{0, 1, 2} {
			t.Run(fmt.Sprintf("%s, step %d refused", g.name, refused), func(t *testing.T) {
				t.Parallel()
				v := newFolderWorld(t)
				v.worker = v.newWorker(&refusingVault{Vault: v.adapter(), nth: refused, seen: map[string]int{}})
				v.svc.UseWorker(v.worker)
				pairs := pairsOn(v, g)
				for _, p := range pairs {
					p.order(t, v, g)
				}
				v.work()
				for _, p := range pairs {
					p.checkNow(t, v, g, refused)
				}
				v.later(3 * time.Hour)
				v.later(2 * time.Hour)
				for range 18 {
					v.later(12 * time.Hour)
				}
				for _, p := range pairs {
					p.checkLater(t, v, g, refused)
				}
			})
		}
	}
}

// pairsOn lists every pair, each for a person of its own.
func pairsOn(v *vaultWorld, g ground) []*pair {
	now := v.time.Now().Truncate(time.Second)
	haves := []model.Share{{}}
	var wants []model.Access
	for _, r := range g.rights {
		haves = append(haves, model.Share{Right: r})
		wants = append(wants, model.Access{Right: r})
		if r.AllowsLimit() {
			haves = append(haves, model.Share{Right: r, Expires: now.Add(2 * time.Hour)}, model.Share{Right: r, Expires: now.Add(100 * time.Hour)})
			wants = append(wants, model.Access{Right: r, Limit: model.For(4 * time.Hour)}, model.Access{Right: r, Limit: model.Until(now.Add(200 * time.Hour))})
		}
	}
	var all []*pair
	for _, have := range haves {
		for _, want := range wants {
			p := &pair{have: have, want: want, email: fmt.Sprintf("p%d@example.com", len(all))}
			v.cloud.AddUser(vaultsim.User{Email: p.email, Relation: vaultsim.Known})
			if !have.None() {
				g.set(v, p.email, have)
			}
			all = append(all, p)
		}
	}
	return all
}

func (p *pair) String() string { return p.have.Words() + " to " + p.want.Words() }

// order has the access approved and its plan run.
func (p *pair) order(t *testing.T, v *vaultWorld, g ground) {
	t.Helper()
	d := g.draft(p.want.Right, p.want.Limit)
	d.For = p.email
	var task model.Number
	p.r, task = v.approved("alice", d)
	p.plan = v.fulfil(task).Plan
}

// steps are those of the plan that run at once.
func (p *pair) steps() int {
	n := 0
	for _, s := range p.plan.Steps {
		if s.At.IsZero() && !s.AfterGrant {
			n++
		}
	}
	return n
}

// checkNow looks at what stands right after the plan ran.
func (p *pair) checkNow(t *testing.T, v *vaultWorld, g ground, refused int) {
	t.Helper()
	got := g.get(v, p.email)
	done := 0
	for _, e := range v.sim.Ledger() {
		if e.User == p.email {
			done++
		}
	}
	switch {
	case p.steps() == 0, refused > 0 && refused <= p.steps():
		if !got.Same(p.have) {
			t.Errorf("%s: holds %s, want what was there", p, got.Words())
		}
	default:
		if got.Right != p.want.Right || got.Expires.IsZero() != p.want.Limit.IsPermanent() {
			t.Errorf("%s: holds %s", p, got.Words())
		}
		if done != p.steps() {
			t.Errorf("%s: the vault did %d things for %d steps", p, done, p.steps())
		}
	}
	if p.have.None() && p.steps() != 1 || p.steps() > 2 || g.name == "folder" && p.steps() > 1 {
		t.Errorf("%s: %d steps: %+v", p, p.steps(), p.plan.Steps)
	}
}

// checkLater looks at what stands when every time is over.
func (p *pair) checkLater(t *testing.T, v *vaultWorld, g ground, refused int) {
	t.Helper()
	stands := p.steps() > 0 && (refused == 0 || refused > p.steps())
	want := model.Share{}
	switch {
	case stands && p.want.Limit.IsPermanent():
		want.Right = p.want.Right
	case p.have.Expires.IsZero():
		want = p.have
	}
	// A grant that waits until the lesser or longer one ends.
	if p.deferred() && p.want.Limit.IsPermanent() && refused != 1 {
		want.Right = p.want.Right
	}
	got := g.get(v, p.email)
	if got.Same(want) {
		return
	}
	// The order that gives the standing right back was refused: a person sees it,
	// and their plan gives it back.
	open, ok := v.view("priya", p.r.Number).OpenTask()
	if !ok || open.Kind != model.TaskRevoke {
		t.Errorf("%s: in the end holds %s, want %s, and nobody is told: %+v", p, got.Words(), want.Words(), v.view("priya", p.r.Number).Operations)
		return
	}
	if err := v.svc.Claim(v.ctx, "heidi", open.Number); err != nil {
		t.Fatal(err)
	}
	v.fulfil(open.Number)
	v.work()
	if got := g.get(v, p.email); !got.Same(want) {
		t.Errorf("%s: after the task holds %s, want %s", p, got.Words(), want.Words())
	}
}

// deferred reports whether the grant waits for the end of what is there.
func (p *pair) deferred() bool { return len(p.plan.Steps) > 0 && !p.plan.Steps[0].At.IsZero() }
