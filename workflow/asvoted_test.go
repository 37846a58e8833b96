package workflow_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
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

// password is a request for a database's credentials with a sealed password, planned.
func (s *storeWorld) password() model.Request {
	s.t.Helper()
	r, task := s.approved("alice", s.in(s.folder, storing(model.ItemDatabase, map[string]string{"password": "canary"},
		model.Answer{Field: "login", Value: "app"}, model.Answer{Field: "host", Value: "db9:5432"})))
	s.fulfil(task)
	return r
}

// forged is another password, sealed as that of the request could be by anybody: the
// key is public.
func (s *storeWorld) forged(n model.Number) (body, commitment string) {
	s.t.Helper()
	b, err := seal.Seal([]seal.Recipient{s.identity.Recipient()}, seal.Binding{Request: string(n), Field: "password"}, []byte("mallory's"))
	if err != nil {
		s.t.Fatal(err)
	}
	return hex.EncodeToString(b), seal.Commitment(b)
}

func TestSealedAnswerThatWasExchangedIsNotSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(body, commitment string) string
		says   string
	}{
		{"the ciphertext alone", func(body, _ string) string { return "UPDATE sealed SET body = x'" + body + "'" }, "is not the one that was approved"},
		{"with its commitment", func(body, commitment string) string {
			return "UPDATE sealed SET body = x'" + body + "', commitment = '" + commitment + "'"
		}, exchangedSays},
		{"as if the keys had changed", func(body, commitment string) string {
			return "UPDATE sealed SET body = x'" + body + "', resealed = '" + commitment + "'"
		}, "no rotation of keys made it"},
		{"wiped", func(string, string) string { return "UPDATE sealed SET body = NULL" }, "has been wiped"},
		{"removed", func(string, string) string { return "DELETE FROM sealed" }, exchangedSays},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r := s.password()
			s.behind()(tt.change(s.forged(r.Number)))
			s.work()
			if op := s.op(r.Number); op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, tt.says) {
				t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
			}
			if got := s.made(); len(got) != 0 {
				t.Errorf("made %+v", got)
			}
		})
	}
}

// rotated seals what waits to a new key, which the worker has as well.
func (s *storeWorld) rotated() {
	s.t.Helper()
	next, err := seal.Generate()
	if err != nil {
		s.t.Fatal(err)
	}
	if n, err := s.svc.Reseal(s.ctx, []seal.Identity{s.identity}, []seal.Recipient{next.Recipient()}); n != 1 || err != nil {
		s.t.Fatalf("sealed anew: %d, %v", n, err)
	}
	s.identity = next
}

func TestSealedAnswerIsSentAfterRotationsAndNotWhereOneWasPlayedIn(t *testing.T) {
	t.Parallel()
	t.Run("two rotations", func(t *testing.T) {
		t.Parallel()
		s := newStoreWorld(t)
		r := s.password()
		s.rotated()
		s.rotated()
		s.restart()
		s.work()
		if op := s.op(r.Number); op.State != model.OpDone {
			t.Fatalf("%s: %s", op.State, op.Reason)
		}
		if got := held(s.one(), "password"); got != "canary" {
			t.Errorf("the record holds %v", got)
		}
	})
	t.Run("exchanged before a rotation", func(t *testing.T) {
		t.Parallel()
		s := newStoreWorld(t)
		r := s.password()
		s.rotated()
		body, commitment := s.forged(r.Number)
		s.behind()("UPDATE sealed SET body = x'" + body + "', resealed = '" + commitment + "'")
		s.rotated()
		s.restart()
		s.work()
		if op := s.op(r.Number); op.State != model.OpRefused || !contains(op.Reason, "no rotation of keys made it") || len(s.made()) != 0 {
			t.Errorf("%s: %s; made %+v", op.State, op.Reason, s.made())
		}
	})
}

// The order that was made of what was approved is changed itself.
func TestOrderThatWasExchangedIsNotSent(t *testing.T) {
	t.Parallel()
	intent := func(path, value string) string {
		return "UPDATE operation SET intent = json_set(intent, '$." + path + "', " + value + ")"
	}
	twin := "'" + another + "'"
	for name, statement := range map[string]string{
		"to somebody else":          intent("email", "'bob@example.com'"),
		"of another record":         intent("record", twin),
		"of more":                   intent("right", "'edit and share'"),
		"of the record itself":      "UPDATE operation SET kind = 'share-record owner', intent = json_set(intent, '$.right', 'owner')",
		"for ever":                  intent("limit", "'permanent'"),
		"for longer":                intent("limit", "'8 h'"),
		"with another password":     intent("rotate", "json('true')"),
		"as if it were given back":  "UPDATE operation SET task_id = NULL, intent = json_set(intent, '$.email', 'bob@example.com', '$.restores', json('true'))",
		"as if it were made good":   "UPDATE operation SET task_id = NULL",
		"as if something was taken": "UPDATE operation SET task_id = NULL, intent = json_set(intent, '$.record', " + twin + ", '$.restores', json('true'))",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			v.cloud.AddRecord(vaultsim.Record{UID: another, Title: "another", Type: "login"})
			r, task := v.approved("alice", draft())
			v.fulfil(task)
			v.behind()(statement)
			v.work()
			if op := v.op(r.Number); op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, "gives something else than was approved: it was changed in the queue outside this program") {
				t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
			}
			v.nothingReached()
		})
	}
}

func TestRecordThatWasExchangedIsNotMade(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"title": "$.create.title", "type": "$.create.type", "marker": "$.create.marker", "folder": "$.folder",
		"a value": "$.create.fields[0].text", "destruction": "$.create.destroys"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStoreWorld(t)
			r := s.password()
			value := "'REQ0019999'"
			if name == "destruction" {
				value = "3600000000000"
			}
			s.behind()("UPDATE operation SET intent = json_set(intent, '" + path + "', " + value + ")")
			s.work()
			if op := s.op(r.Number); op.State != model.OpRefused || op.Attempts != 0 || !contains(op.Reason, "gives something else than was approved") {
				t.Errorf("%s after %d attempts: %s", op.State, op.Attempts, op.Reason)
			}
			if got := s.made(); len(got) != 0 {
				t.Errorf("made %+v", got)
			}
		})
	}
}

// Planned again, it is carried out as it was approved.
func TestExchangedOrderIsPlannedAgain(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.behind()("UPDATE operation SET intent = json_set(intent, '$.right', 'edit and share')")
	v.work()
	v.fulfil(task)
	v.work()
	if g := v.grant(r.Number); g.Right != model.RightEdit || g.State != model.GrantActive {
		t.Errorf("the grant is %s of %s", g.State, g.Right)
	}
}

func TestDefaultsThatWereExchangedAreNotSet(t *testing.T) {
	t.Parallel()
	v := newFolderWorld(t)
	r, task := v.approved("alice", with(joining(model.RightManageRecords, model.For(4*time.Hour)), model.FieldDefaults, string(model.RightView)))
	v.fulfil(task)
	v.behind()("UPDATE operation SET intent = json_set(intent, '$.right', 'edit and share') WHERE kind = 'share-folder defaults'")
	was := v.defaults()
	v.work()
	refused := 0
	for _, op := range v.view("priya", r.Number).Operations {
		if op.Kind == model.OpDefaults && op.State == model.OpRefused && contains(op.Reason, "gives something else than was approved") {
			refused++
		}
	}
	if refused != 1 || v.defaults() != was || v.membership(aliceMail).None() {
		t.Errorf("%d refused; members have %s, alice %+v", refused, v.defaults(), v.membership(aliceMail))
	}
}
