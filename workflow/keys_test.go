package workflow_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

const (
	key1 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k"
	key2 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k"
)

// manned is a world in which root manages people and dana does not.
func manned(t *testing.T) (w *world, root, dana model.PersonID) {
	t.Helper()
	w = emptyWorld(t)
	if _, err := w.svc.ApplyPeople(w.ctx, "root", roster(), false); err != nil {
		t.Fatal(err)
	}
	id := func(login string) model.PersonID {
		a, err := w.svc.Actor(w.ctx, login)
		if err != nil {
			t.Fatal(err)
		}
		return a.ID
	}
	return w, id("root"), id("dana")
}

// entries are the actions of the audit with the texts beside them.
func (w *world) entries(action string) []string {
	w.t.Helper()
	var all []string
	err := w.db.Read(w.ctx, func(tx *store.Tx) error {
		page, err := tx.Audit(store.AuditQuery{Span: store.Span{Limit: 100}})
		for _, e := range page.Rows {
			if e.Action == action {
				all = append(all, e.Detail)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestAKeyBelongsToOnePerson(t *testing.T) {
	t.Parallel()
	w, root, dana := manned(t)
	if _, err := w.svc.AddKey(w.ctx, dana, "dana", key1); denied(err) != model.DenyRole {
		t.Errorf("by somebody who is no admin: %v", err)
	}
	added, err := w.svc.AddKey(w.ctx, root, "dana", "  "+key1+"   laptop ")
	if err != nil || added.Note != "laptop" {
		t.Fatalf("%+v, %v", added, err)
	}
	var wrong workflow.Invalid
	for login, want := range map[string]string{"dana": "has this key already", "root": "is dana's already"} {
		if _, err := w.svc.AddKey(w.ctx, root, login, key1+" another note"); !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", login, err, want)
		}
	}
	if _, err := w.svc.AddKey(w.ctx, root, "nobody", key2); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("for nobody: %v", err)
	}
	if _, err := w.svc.AddKey(w.ctx, root, "dana", "no key"); !errors.As(err, &wrong) {
		t.Errorf("no key: %v", err)
	}
	if _, err := w.svc.AddKey(w.ctx, root, "dana", key2); err != nil {
		t.Fatal(err)
	}
	keys, err := w.svc.Keys(w.ctx, dana, "dana")
	if err != nil || len(keys) != 2 {
		t.Errorf("%v, %v", keys, err)
	}
	if _, err := w.svc.Keys(w.ctx, dana, "root"); denied(err) != model.DenyRole {
		t.Errorf("somebody else's keys: %v", err)
	}
	if n := len(w.entries("key.add")); n != 2 {
		t.Errorf("%d entries of the audit", n)
	}
}

func TestAKeyIsTakenAway(t *testing.T) {
	t.Parallel()
	for name, which := range map[string]func(model.PublicKey) string{
		"by its fingerprint": model.PublicKey.Fingerprint, "by itself": model.PublicKey.Line, "with its note": model.PublicKey.String,
	} {
		w, root, dana := manned(t)
		one, err := w.svc.AddKey(w.ctx, root, "dana", key1+" laptop")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.svc.AddKey(w.ctx, root, "dana", key2); err != nil {
			t.Fatal(err)
		}
		if _, err := w.svc.RemoveKey(w.ctx, dana, "dana", which(one)); denied(err) != model.DenyRole {
			t.Errorf("%s, by somebody who is no admin: %v", name, err)
		}
		if gone, err := w.svc.RemoveKey(w.ctx, root, "dana", which(one)); err != nil || gone != one {
			t.Errorf("%s: %v, %v", name, gone, err)
		}
		if _, err := w.svc.RemoveKey(w.ctx, root, "dana", which(one)); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("%s, again: %v", name, err)
		}
		left, err := w.svc.Keys(w.ctx, dana, "dana")
		if err != nil || len(left) != 1 || left[0].Line() != key2 {
			t.Errorf("%s: left are %v, %v", name, left, err)
		}
	}
}

func TestAPeopleFileCannotHoldWhatIsNoKey(t *testing.T) {
	t.Parallel()
	w, _, _ := manned(t)
	r := roster()
	r.People[1].Keys = []string{key1, "command=\"id\" " + key2}
	r.People[0].Roles = append(r.People[0].Roles, model.RoleAdmin)
	var wrong workflow.Invalid
	if _, err := w.svc.ApplyPeople(w.ctx, "root", r, false); !errors.As(err, &wrong) || wrong["person dana, key 2"] == "" {
		t.Errorf("got %v", err)
	}
	r.People[1].Keys = []string{key1 + "  laptop", key2}
	for _, want := range []int{1, 0} { // and then nothing changes any more
		if changes, err := w.svc.ApplyPeople(w.ctx, "root", r, false); err != nil || len(changes) != want {
			t.Errorf("changes %q, %v", changes, err)
		}
	}
	// Who has keys that were added one by one keeps them with a file that says nothing
	// of keys, and loses them to one that says there are none.
	for _, tt := range []struct {
		keys    []string
		changes int
	}{{nil, 0}, {[]string{}, 1}} {
		r.People[1].Keys = tt.keys
		if changes, err := w.svc.ApplyPeople(w.ctx, "root", r, false); err != nil || len(changes) != tt.changes {
			t.Errorf("with keys %#v: changes %q, %v", tt.keys, changes, err)
		}
	}
}

func TestVisitsAreInTheAudit(t *testing.T) {
	t.Parallel()
	w, root, dana := manned(t)
	visit := workflow.Visit{Connection: "c1", From: "192.0.2.1", Fingerprint: "SHA256:x"}
	if err := w.svc.BeginVisit(w.ctx, dana, visit); err != nil {
		t.Fatal(err)
	}
	if got := w.entries("session.begin"); !slices.Equal(got, []string{"console"}) {
		t.Errorf("entries %q", got)
	}
	r := roster()
	r.People[0].Roles, r.People[1].Disabled = append(r.People[0].Roles, model.RoleAdmin), true
	if _, err := w.svc.ApplyPeople(w.ctx, "root", r, false); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.BeginVisit(w.ctx, dana, visit); denied(err) != model.DenyInactive {
		t.Errorf("somebody who is disabled: %v", err)
	}
	visit.Lasted, visit.Why = 90*time.Second, "sent away"
	if err := w.svc.EndVisit(w.ctx, dana, visit); err != nil {
		t.Fatal(err)
	}
	visit.Command, visit.Why, visit.Lasted = "list", "", 5*time.Millisecond
	if err := w.svc.EndVisit(w.ctx, root, visit); err != nil {
		t.Fatal(err)
	}
	got := w.entries("session.end")
	slices.Sort(got)
	if want := []string{"command list; after 5ms", "console; after 1m30s; sent away"}; !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}
