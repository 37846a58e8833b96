package workflow_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// TestTheLeaseOfADeadWorkerIsFree has a worker begin while the lease is that of a
// process: one that runs keeps it, one that was killed does not keep people waiting.
func TestTheLeaseOfADeadWorkerIsFree(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	other := exec.Command("sleep", "600")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	holder := "host:" + workflow.ProcessName(other.Process.Pid) + ":ABCDEFGH"
	before, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: holder})
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Work(v.ctx); err != nil {
		t.Fatal(err)
	}
	next, err := workflow.NewWorker(v.svc, v.vault, workflow.WorkerOptions{Holder: "next"})
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Work(v.ctx); !errors.Is(err, workflow.ErrLeaseLost) {
		t.Errorf("while it runs: %v", err)
	}
	fence := v.lease().Fence
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	if err := next.Work(v.ctx); err != nil {
		t.Errorf("after its death: %v", err)
	}
	if l := v.lease(); l.Holder != "next" || l.Fence != fence+1 {
		t.Errorf("%+v, want a fence after %d", l, fence)
	}
}

// TestAQuestionToADeadWorkerIsAskedAnew kills the worker that somebody has just asked:
// the next one answers them, and where there is none, that is said at once.
func TestAQuestionToADeadWorkerIsAskedAnew(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{true, false} {
		v := newVaultWorld(t)
		elsewhere := workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.now})
		asked := exec.Command("sleep", "600")
		if err := asked.Start(); err != nil {
			t.Fatal(err)
		}
		if err := v.db.Beat(v.ctx, store.Heartbeat{Name: "host:" + workflow.ProcessName(asked.Process.Pid) + ":ABCDEFGH", Kind: "worker",
			Note: `{"recipient":"` + recipient(t) + `"}`}); err != nil {
			t.Fatal(err)
		}
		changed := v.db.WatchLive(v.ctx)
		answered := make(chan error, 1)
		go func() {
			_, err := elsewhere.Facts(v.ctx, "alice", prodDB, false)
			answered <- err
		}()
		for waits := false; !waits; <-changed {
			var err error
			if waits, err = v.db.LookupsAsked(v.ctx); err != nil {
				t.Fatal(err)
			}
			if waits {
				break
			}
		}
		if taken {
			if _, err := v.db.TakeLookups(v.ctx, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := asked.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = asked.Wait()
		if h := elsewhere.Health(v.ctx); h.State != model.HealthNoWorker {
			t.Errorf("after its death the vault is %s, want no worker", h.State)
		}
		v.run(v.worker)
		select {
		case err := <-answered:
			if err != nil {
				t.Errorf("taken %t: %v", taken, err)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("taken %t: nobody answers", taken)
		}
	}
}

func TestOnlyAProcessThatHasCertainlyEndedIsDead(t *testing.T) {
	t.Parallel()
	child := exec.Command("sleep", "600")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var pid, began, space int64
	if _, err := fmt.Sscanf(workflow.ProcessName(child.Process.Pid), "%d-%d-%d", &pid, &began, &space); err != nil {
		t.Fatal(err)
	}
	name := func(pid, began, space int64) string { return fmt.Sprintf("host:%d-%d-%d:ABCDEFGH", pid, began, space) }
	for _, tt := range []struct {
		name, holder string
		dead         bool
	}{
		{"one that runs", name(pid, began, space), false},
		{"ourselves", "host:" + workflow.ProcessName(os.Getpid()) + ":ABCDEFGH", false},
		{"one whose id another has now", name(pid, began-1, space), true},
		{"one that never was", name(1<<30, began, space), true},
		{"one of another container", name(1<<30, began, space+1), false},
		{"no id", "host:x-1-2:ABCDEFGH", false},
		{"a group of processes", name(-pid, began, space), false},
		{"no process", "host::ABCDEFGH", false},
		{"a name that was chosen", "the killed one", false},
		{"a name as it was before", "host:1073741824:ABCDEFGH", false},
	} {
		if got := workflow.Died(tt.holder); got != tt.dead {
			t.Errorf("%s, %s: dead %t, want %t", tt.name, tt.holder, got, tt.dead)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if !workflow.Died(name(pid, began, space)) {
		t.Error("one that was killed is not dead")
	}
}
