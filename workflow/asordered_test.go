package workflow_test

import (
	"encoding/hex"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/vaultclient/vaultsim"
)

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
