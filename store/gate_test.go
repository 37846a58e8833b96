package store

import (
	"path/filepath"
	"testing"
	"time"
)

func testGate(t *testing.T, path string, limit time.Duration) *gate {
	t.Helper()
	g, err := openGate(path, 0o600, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.close() })
	return g
}

func TestGateIsHeldByOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gate")
	a, b := testGate(t, path, time.Hour), testGate(t, path, time.Hour)
	if !a.lock() {
		t.Fatal("a free gate was not given")
	}
	got := make(chan bool)
	go func() { got <- b.lock() }()
	a.unlock()
	if !<-got {
		t.Error("the second did not get the gate after the first let go")
	}
	b.unlock()
	if !a.lock() {
		t.Error("the gate was not given back")
	}
}

func TestGateGoesOnWithoutAfterTheLimit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gate")
	holder, late := testGate(t, path, time.Hour), testGate(t, path, time.Millisecond)
	if !holder.lock() {
		t.Fatal("a free gate was not given")
	}
	if late.lock() {
		t.Fatal("a held gate was given")
	}
	left := late.left
	if left == nil || late.lock() {
		t.Fatal("the gate was tried again while an attempt still waits in the kernel")
	}
	holder.unlock()
	<-left.got // the abandoned attempt got the lock, and gave it back
	if !holder.lock() {
		t.Error("an abandoned attempt kept the gate")
	}
	holder.unlock()
	if !late.lock() {
		t.Error("the gate is not used again after the attempt ended")
	}
}
