package workflow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// exchangedBehind are changes of the only approved request that somebody makes who
// may write the queue's file.
func exchangedBehind() map[string]string {
	other := "RZToj60CrP9GDxjDTPWxAB"
	return map[string]string{
		"the title":                "UPDATE request SET target_title = 'other'",
		"the uid":                  "UPDATE request SET target_uid = '" + other + "'",
		"the kind":                 "UPDATE request SET target_kind = 'folder'",
		"the type":                 "UPDATE request SET target_type = 'login'",
		"a description":            "UPDATE request SET target_words = 'the other one'",
		"what is allowed":          "UPDATE request SET allowed_right = 'owner', allowed_limit = 0",
		"how long":                 "UPDATE request SET allowed_limit = 0",
		"until when":               "UPDATE request SET allowed_limit = -1795305600000000",
		"all rights":               "UPDATE request SET asked_right = 'edit and share', allowed_right = 'edit and share'",
		"whom it is for":           "UPDATE request SET requested_for = 'bob@example.com', for_key = 'bob@example.com'",
		"who asks":                 "UPDATE request SET requested_by = 'bob'",
		"the reason":               "UPDATE request SET justification = 'other'",
		"the answers":              `UPDATE request SET answers = '[{"field":"rotate","value":"yes"}]'`,
		"the item":                 "UPDATE request SET item = 'one-time-share'",
		"the policy":               "UPDATE request SET policy = replace(policy, 'Vault Approvers', 'Fulfilment')",
		"the revision":             "UPDATE request SET revision = revision + 1",
		"a sealed answer":          "INSERT INTO sealed (request_id, field, commitment, key_id, body) VALUES (1, 'password', 'c0ffee', 'k', x'00')",
		"no vote":                  "DELETE FROM vote",
		"the vote's allowance":     "UPDATE vote SET allowed_right = 'owner'",
		"vote and what is allowed": "UPDATE request SET asked_limit = 0, allowed_limit = 0; UPDATE vote SET allowed_limit = 0",
		"the vote's digest":        "UPDATE vote SET digest = '" + strings.Repeat("0", 64) + "'",
		"who voted":                "UPDATE vote SET voter = 'dana'",
	}
}

// exchangedSays is in every sentence that refuses what was exchanged.
const exchangedSays = "not what was approved: it was changed in the queue outside this program; run `countersign audit verify`"

// nothingReached fails if the vault did anything.
func (v *vaultWorld) nothingReached() {
	v.t.Helper()
	if got := v.kinds(); len(got) != 0 {
		v.t.Errorf("the vault did %v", got)
	}
}

func TestWhatWasExchangedAfterItsApprovalIsNotPlanned(t *testing.T) {
	t.Parallel()
	for name, statement := range exchangedBehind() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			_, task := v.approved("alice", draft())
			v.behind()(statement)
			if err := v.planError(task); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
				t.Errorf("planned: %v", err)
			}
			v.active(func() {
				if err := v.svc.Fulfil(v.ctx, "heidi", task, "any"); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
					t.Errorf("fulfilled: %v", err)
				}
			})
			v.work()
			v.nothingReached()
		})
	}
}

func TestWhatIsExchangedWhileItIsPlannedIsNotQueued(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	plan := v.plan(task)
	exec := v.behind()
	v.vault.at("after", "Record", func() { exec("UPDATE request SET justification = 'other'") })
	v.active(func() {
		if err := v.svc.Fulfil(v.ctx, "heidi", task, plan.Digest); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
			t.Errorf("fulfilled: %v", err)
		}
	})
	if got := len(v.view("priya", r.Number).Operations); got != 0 {
		t.Errorf("%d orders were queued", got)
	}
}

// It is looked at again when the order goes out, which may be long after.
func TestWhatWasExchangedAfterItsPlanIsNotSent(t *testing.T) {
	t.Parallel()
	for name, statement := range exchangedBehind() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			v.behind()(statement)
			v.work()
			op := v.op(r.Number)
			if op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, exchangedSays) {
				t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
			}
			v.later(time.Hour)
			v.nothingReached()
			if c := v.view("priya", r.Number); c.Request.State != model.InProcess || len(c.Grants) != 0 {
				t.Errorf("the request is %s with %d grants", c.Request.State, len(c.Grants))
			}
			var said []string
			for _, line := range v.view("priya", r.Number).Timeline {
				said = append(said, line.Text)
			}
			if !contains(strings.Join(said, "\n"), exchangedSays) {
				t.Errorf("the timeline says %q", said)
			}
		})
	}
}

func TestWhatWasExchangedIsNotFulfilledByTheProgramItself(t *testing.T) {
	t.Parallel()
	for name, statement := range exchangedBehind() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t, automatic())
			r := v.submit("alice", draft())
			v.approve("omar", r.Number)
			v.behind()(statement)
			for range 3 {
				v.work()
				v.time.Advance(25 * time.Hour)
			}
			v.nothingReached()
			c := v.view("priya", r.Number)
			if got := len(c.Operations); got != 0 {
				t.Errorf("%d orders were queued", got)
			}
			told := 0
			for _, line := range c.Timeline {
				if contains(line.Text, exchangedSays) {
					told++
				}
			}
			// One with a folder in a record's place is for a person anyway.
			if told > 1 || told == 0 && name != "the kind" {
				t.Errorf("the timeline says so %d times", told)
			}
		})
	}
}

// A vote whose digest was made to fit is not the one that the audit chain has.
func TestVoteThatWasMadeToFitIsNoVote(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	exec := v.behind()
	exec("UPDATE request SET allowed_right = 'edit and share', asked_right = 'edit and share'")
	c := v.view("priya", r.Number)
	forged := c.Statement(c.Request.Allowed).Digest()
	exec(fmt.Sprintf("UPDATE vote SET allowed_right = 'edit and share', digest = '%s'", forged))
	if c := v.view("priya", r.Number).Case; !c.AsVoted(func(id model.PersonID) string { return string(id) }) {
		t.Fatal("the votes do not fit what they were made to fit")
	}
	if err := v.planError(task); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
		t.Errorf("planned: %v", err)
	}
	v.nothingReached()
}

// What was lowered, voted on in several steps and by several, is carried out as the
// last of them allowed, also by a worker that comes in the middle of it.
func TestWhatEverybodyAllowedIsCarriedOut(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Steps = []model.PolicyStep{{Group: approvers, Mode: model.NOf, Needed: 2}, {Group: fulfilers, Mode: model.AnyOne}}
	v := newVaultWorld(t, workflow.Settings{Default: p})
	err := v.db.Write(v.ctx, func(tx *store.Tx) error {
		heidi, _, err := tx.Person("heidi")
		heidi.Roles = append(heidi.Roles, model.RoleApprover)
		if err == nil {
			_, err = tx.UpdatePerson(heidi)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := v.submit("alice", draft())
	lowered := func(by model.PersonID, allow model.Access) {
		c := v.view(by, r.Number)
		d := workflow.Decision{Number: r.Number, Revision: c.Request.Revision, Digest: c.Statement(allow).Digest(), Verdict: model.Approve, Allow: allow}
		if _, err := v.svc.Decide(v.ctx, by, d); err != nil {
			t.Fatalf("%s: %v", by, err)
		}
	}
	lowered("omar", model.Access{Right: model.RightEdit, Limit: model.For(3 * time.Hour)})
	lowered("dana", model.Access{Right: model.RightView, Limit: model.For(3 * time.Hour)})
	lowered("heidi", model.Access{Right: model.RightView, Limit: model.Until(v.time.Now().Add(time.Hour))})
	task := v.task(r.Number)
	if err := v.svc.Claim(v.ctx, "priya", task); err != nil {
		t.Fatal(err)
	}
	v.active(func() {
		plan, err := v.svc.Plan(v.ctx, "priya", task)
		if err == nil {
			err = v.svc.Fulfil(v.ctx, "priya", task, plan.Digest)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	v.worker = v.newWorker(v.vault) // the one that planned is gone
	v.work()
	if g := v.grant(r.Number); g.Right != model.RightView || g.State != model.GrantActive {
		t.Errorf("the grant is %s of %s", g.State, g.Right)
	}
}

// Links, folders, teams and what was only described, each with what else it needs.
func TestItemsOfEveryKindAreAsTheyWereVoted(t *testing.T) {
	t.Parallel()
	t.Run("a link", func(t *testing.T) {
		t.Parallel()
		v, _ := newSealedWorld(t)
		r, task := v.approved("alice", linkDraft())
		v.fulfil(task)
		v.behind()("UPDATE request SET requested_for = 'bob@example.com', for_key = 'bob@example.com'")
		v.work()
		if op := v.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, exchangedSays) || len(v.links()) != 0 {
			t.Errorf("%s: %s; %d links", op.State, op.Reason, len(v.links()))
		}
	})
	t.Run("a folder's defaults", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		d := with(joining(model.RightManageRecords, model.For(4*time.Hour)), model.FieldDefaults, string(model.RightView))
		r, task := v.approved("alice", d)
		v.fulfil(task)
		v.behind()("UPDATE request SET answers = replace(answers, 'view', 'edit and share')")
		v.work()
		if op := v.op(r.Number); op.State == model.OpDone || !v.membership(aliceMail).None() {
			t.Errorf("%s: %s; alice has %+v", op.State, op.Reason, v.membership(aliceMail))
		}
	})
	t.Run("a team", func(t *testing.T) {
		t.Parallel()
		v := newFolderWorld(t)
		_, task := v.approved("priya", forTeam(joining(model.RightManageRecords, model.Permanent)))
		v.behind()("UPDATE request SET answers = replace(answers, 'DBA', 'Auditors')")
		if err := v.planError(task); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
			t.Errorf("planned: %v", err)
		}
	})
	t.Run("what was described", func(t *testing.T) {
		t.Parallel()
		v := newVaultWorld(t)
		d := draft()
		d.Target = model.Target{Kind: model.TargetRecord, Described: "the ledger database of production"}
		_, task := v.approved("alice", d)
		v.behind()("UPDATE request SET target_uid = '" + string(prodDB) + "', target_title = 'prod-db-01', target_words = ''")
		if err := v.planError(task); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
			t.Errorf("planned: %v", err)
		}
	})
	t.Run("an extension", func(t *testing.T) {
		t.Parallel()
		v := newVaultWorld(t)
		r := v.granted("alice", draft())
		d, err := v.svc.Extension(v.ctx, "alice", v.grant(r.Number).ID)
		if err != nil {
			t.Fatal(err)
		}
		d.Justification, d.Asked.Limit = "INC0012345: it takes longer", model.For(8*time.Hour)
		again, task := v.approved("alice", d)
		exec := v.behind()
		exec(fmt.Sprintf("UPDATE request SET refers_to = '' WHERE number = '%s'", again.Number))
		if err := v.planError(task); conflict(err) == nil || !contains(err.Error(), exchangedSays) {
			t.Errorf("planned: %v", err)
		}
		exec(fmt.Sprintf("UPDATE request SET refers_to = '%s' WHERE number = '%s'", r.Number, again.Number))
		v.fulfil(task)
		v.work()
		if op := v.op(again.Number); op.State != model.OpDone {
			t.Errorf("put right again: %s: %s", op.State, op.Reason)
		}
	})
}

// Ending access needs no vote, whatever became of the request.
func TestAccessEndsAlsoWhereTheRequestWasExchanged(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.granted("alice", draft())
	v.behind()("UPDATE request SET target_title = 'other', justification = 'other'")
	v.revoke(r.Number)
	if _, has := v.share("alice"); has {
		t.Error("alice still has it")
	}
}
