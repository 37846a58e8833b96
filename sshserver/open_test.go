package sshserver

import (
	"context"
	"testing"
)

func TestTheServerKnowsWhoIsHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	if all := h.server.Sessions(); len(all) != 0 {
		t.Errorf("nobody is here: %+v", all)
	}
	alice := h.sit(h.enter("alice", h.person("alice")))
	s, err := h.enter("bob", h.person("bob")).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out := &notes{more: make(chan struct{}, 1)}
	s.Stdout = out
	if err := s.Start("wait"); err != nil {
		t.Fatal(err)
	}
	out.wait(t, "waiting")
	alice.press("k")
	alice.out.wait(t, "key k")
	all := h.server.Sessions()
	if len(all) != 2 || all[0].Guest.Login != "alice" || all[0].Command != "" || !all[0].Active.After(all[0].Since) {
		t.Fatalf("%+v", all)
	}
	if bob := all[1]; bob.Guest.Login != "bob" || bob.Guest.From != "127.0.0.1" || bob.Command != "wait" || !bob.Active.Equal(bob.Since) {
		t.Errorf("%+v", bob)
	}
	alice.press("q")
	if alice.code() != 0 {
		t.Error("alice did not leave")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Who reads the list when an end is recorded, must not find what has ended.
func TestASessionWhoseEndIsRecordedIsNotOpen(t *testing.T) {
	t.Parallel()
	open := make(chan int, 1)
	var h *house
	h = newHouse(t, func(o *Options) {
		o.End = func(context.Context, Visit) error {
			open <- len(h.server.Sessions())
			return nil
		}
	})
	alice := h.sit(h.enter("alice", h.person("alice")))
	alice.press("q")
	if alice.code() != 0 {
		t.Error("alice did not leave")
	}
	if n := <-open; n != 0 {
		t.Errorf("%d are open", n)
	}
}
