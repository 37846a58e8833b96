package workflow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"countersign/model"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

const diskFault = "COUNTERSIGN_TEST_DISK_FAULT"

// brokenDisk is what the system answers to a worker's process from a moment on.
type brokenDisk struct {
	name  string
	calls []uint32
	errno syscall.Errno
	kind  store.FaultKind
	// unsure is set where what was refused may be found in the WAL by who reads it anew.
	unsure bool
}

func brokenDisks() []brokenDisk {
	write := []uint32{syscall.SYS_PWRITE64}
	return []brokenDisk{
		{"making durable fails", []uint32{syscall.SYS_FSYNC, syscall.SYS_FDATASYNC}, syscall.EIO, store.FaultDisk, true},
		{"writing fails", write, syscall.EIO, store.FaultDisk, true},
		{"became read-only", write, syscall.EROFS, store.FaultReadOnly, false},
		{"over its quota", write, syscall.EDQUOT, store.FaultFull, false},
	}
}

// breakCalls has the kernel answer system calls of this process with an error, in all
// of its threads and for good (seccomp(2)).
func breakCalls(calls []uint32, errno syscall.Errno) error {
	type instruction struct {
		code  uint16
		jt, _ uint8
		k     uint32
	}
	const (
		load, jumpEqual, ret     = 0x20, 0x15, 0x06
		allow, fails             = 0x7fff0000, 0x00050000
		setNoNewPrivs, filterAll = 38, 1
	)
	number, known := map[string]uintptr{"amd64": 317, "arm64": 277}[runtime.GOARCH]
	if !known {
		return errors.ErrUnsupported
	}
	program := []instruction{{code: load}}
	for i, c := range calls {
		program = append(program, instruction{code: jumpEqual, jt: uint8(len(calls) - i), k: c})
	}
	program = append(program, instruction{code: ret, k: allow}, instruction{code: ret, k: fails | uint32(errno)})
	filter := struct {
		n       uint16
		program *instruction
	}{uint16(len(program)), &program[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, e := syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); e != 0 {
		return e
	}
	if _, _, e := syscall.RawSyscall(number, filterAll, filterAll, uintptr(unsafe.Pointer(&filter))); e != 0 {
		return e
	}
	return nil
}

// steppingVault does something at a step of an order, once.
type steppingVault struct {
	workflow.Vault
	step string
	do   func()
	once sync.Once
}

func (v *steppingVault) at(step string) {
	if v.step == step {
		v.once.Do(v.do)
	}
}

func (v *steppingVault) Record(ctx context.Context, uid model.UID) (model.RecordFacts, error) {
	v.at(planBefore)
	defer v.at(planAfter)
	return v.Vault.Record(ctx, uid)
}

func (v *steppingVault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	v.at(sendBefore)
	defer v.at(sendAfter)
	return v.Vault.Submit(ctx, order)
}

func (v *steppingVault) Await(ctx context.Context, order workflow.Order, id string) (workflow.Outcome, error) {
	v.at(judgeBefore)
	defer v.at(judgeAfter)
	return v.Vault.Await(ctx, order, id)
}

// TestDiskChild is no test: it is the worker whose disk breaks. It ends after some
// rounds, and says what each came to.
func TestDiskChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		return
	}
	ctx := t.Context()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	breaks := func() {}
	for _, d := range brokenDisks() {
		if d.name == os.Getenv(diskFault) {
			breaks = func() {
				if err := breakCalls(d.calls, d.errno); err != nil {
					fmt.Println("cannot break:", err)
				}
			}
		}
	}
	vault := &steppingVault{Vault: vaultAt(t, os.Getenv(killURL)), step: os.Getenv(killStep), do: breaks}
	worker, err := workflow.NewWorker(workflow.New(db, workflow.Options{Settings: automatic()}), vault,
		workflow.WorkerOptions{Holder: "the killed one", SendLimit: 300 * time.Millisecond, Settle: 400 * time.Millisecond, Tick: 200 * time.Millisecond, HealthEvery: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var f *store.Fault
		if err := worker.Work(ctx); errors.As(err, &f) {
			fmt.Printf("fault: %s\n", f.Kind)
		} else {
			fmt.Printf("worked: %v\n", err)
		}
	}
	fmt.Println("all rounds done")
	_ = db.Close() // on that disk
}

func vaultAt(t *testing.T, url string) workflow.Vault {
	t.Helper()
	budget := vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 1_000_000}, time.Now)
	client, err := vaultclient.New(vaultclient.Options{URL: url, Key: killKey, Budget: budget, Version: "18.0.13"})
	if err != nil {
		t.Fatal(err)
	}
	return vaultadapt.New(client, vaultadapt.Options{})
}

// breaksAt plays one order whose worker's disk breaks at a step, and returns what is
// wrong. meanwhile is done before anybody looks.
func breaksAt(t *testing.T, fault, step string, want brokenDisk, meanwhile func(url string, record model.UID)) (wrong []string) {
	t.Helper()
	w := newWorld(t, automatic())
	w.clock.advance(time.Since(w.clock.now()))
	vault := vaultsim.NewVault(vaultsim.VaultOptions{Seed: 7})
	vault.AddUser(vaultsim.User{Email: "alice@example.com"})
	d := draft()
	d.Target = model.Target{Kind: model.TargetRecord, UID: model.UID(vault.AddRecord(vaultsim.Record{Title: "prod-db-01", Type: "login"})), Title: "prod-db-01", Type: "login"}
	server, err := vaultsim.New(vaultsim.Options{Vault: vault, Keys: []vaultsim.Key{{Value: killKey}}, RateLimit: "1000000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url, err := server.Start()
	if err != nil {
		t.Fatal(err)
	}
	r := w.submit("alice", d)
	w.approve("dana", r.Number)

	cmd := exec.Command(os.Args[0], "-test.run=^TestDiskChild$", "-test.count=1")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "GOCOVERDIR=") }),
		killDir+"="+w.db.Dir(), killURL+"="+url, killStep+"="+step, diskFault+"="+fault)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // what it printed tells
	said := out.String()
	if strings.Contains(said, "cannot break") {
		t.Skip(said)
	}
	if !strings.Contains(said, "all rounds done") || strings.Count(said, "fault: "+string(want.kind)) < 2 {
		wrong = append(wrong, "the worker does not say what is wrong with the disk:\n"+said)
	}
	meanwhile(url, d.Target.UID)
	state := model.OpQueued // where not even that is durable
	if ops := w.view("priya", r.Number).Operations; len(ops) > 0 {
		state = ops[0].State
	}
	did := server.Ledger()
	switch {
	case len(did) > 0 && state == model.OpQueued:
		wrong = append(wrong, "the vault did it, and nothing durable says so")
	case len(did) == 0 && state == model.OpDone:
		wrong = append(wrong, "it is told as done, and the vault has done nothing")
	case state == model.OpDone && !want.unsure:
		wrong = append(wrong, "it is recorded on a disk that takes nothing")
	}
	if said := w.killed(url, ""); !strings.Contains(said, "all work done") {
		return append(wrong, "when it is over:\n"+said)
	}
	if op := w.view("priya", r.Number).Operations[0]; op.State != model.OpDone {
		wrong = append(wrong, fmt.Sprintf("ended as %s: %s", op.State, op.Reason))
	}
	if did := server.Ledger(); len(did) != 1 || did[0].Kind != vaultsim.Grant {
		wrong = append(wrong, fmt.Sprintf("the vault did %v", did))
	}
	if chain, err := w.svc.VerifyAudit(w.ctx, "priya"); err != nil || !chain.Intact {
		wrong = append(wrong, fmt.Sprintf("the audit: %+v, %v", chain, err))
	}
	return wrong
}

// TestTortureStorageOfAWorkersProcess breaks the disk of a worker at each step of an
// order. It says what is wrong, sends nothing that is not durable before, and who comes
// after it finds the truth.
func TestTortureStorageOfAWorkersProcess(t *testing.T) {
	t.Parallel()
	steps := []string{planBefore, planAfter, sendBefore, sendAfter, judgeBefore, judgeAfter}
	if !heavy() && !long() {
		steps = []string{planAfter, sendAfter}
	}
	for i, d := range brokenDisks() {
		if i > 0 && !heavy() && !long() || d.name == "over its quota" && !long() {
			continue
		}
		for _, step := range steps {
			t.Run(d.name+", "+step, func(t *testing.T) {
				t.Parallel()
				for _, wrong := range breaksAt(t, d.name, step, d, func(string, model.UID) {}) {
					t.Error(wrong)
				}
			})
		}
	}
}

// TestTortureStorageOfAWorkersProcessControl breaks no disk, and has the vault do
// something of which nothing durable says that it was sent.
func TestTortureStorageOfAWorkersProcessControl(t *testing.T) {
	t.Parallel()
	d := brokenDisks()[2]
	notices := func(wrong []string, what string) {
		if !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, what) }) {
			t.Errorf("nobody notices; what is noticed: %q", wrong)
		}
	}
	notices(breaksAt(t, "nothing", planAfter, d, func(string, model.UID) {}), "does not say what is wrong")
	notices(breaksAt(t, d.name, planAfter, d, func(url string, record model.UID) {
		early, order := vaultAt(t, url), workflow.Order{Kind: model.OpLink,
			Intent: model.Intent{Record: record, Right: model.RightView, Limit: model.For(time.Hour), Number: "ELSE1"}}
		id, err := early.Submit(t.Context(), order)
		if err == nil {
			_, err = early.Await(t.Context(), order, id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}), "nothing durable says so")
}
