package workflow_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

// onSmallDisk returns a folder on a file system of a few megabytes; only root can make
// one.
func onSmallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fillDisk leaves no block of the file system that a folder lies on, and returns how to
// free them.
func fillDisk(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for size := 64 << 10; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, syscall.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// TestDiskThatIsFullWhenTheOutcomeComes has no block left from the moment that an order
// was sent: nothing is claimed, the worker says why, and the truth is found later.
func TestDiskThatIsFullWhenTheOutcomeComes(t *testing.T) {
	t.Parallel()
	dir := onSmallDisk(t)
	v := newVaultWorldIn(t, dir)
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	free := func() {}
	v.vault.at("after", "Submit", func() { free = fillDisk(t, dir) })
	for i := range 3 {
		// The order that met it says so in the log; then it is the worker's own trouble.
		if err := v.worker.Work(v.ctx); i > 0 && !errors.Is(err, &store.Fault{Kind: store.FaultFull}) {
			t.Errorf("work %d on a full disk: %v", i, err)
		}
		if op := v.op(r.Number); op.State != model.OpSent || op.Attempts != 1 {
			t.Fatalf("%s after %d attempts, want sent as it was recorded last", op.State, op.Attempts)
		}
		v.time.Advance(time.Minute)
	}
	free()
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
	if got, want := v.kinds(), []vaultsim.Kind{vaultsim.Grant}; !slices.Equal(got, want) {
		t.Errorf("the vault did %v, want %v", got, want)
	}
}
