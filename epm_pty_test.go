package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// surge is how many endpoint requests come in which time, and what the worker and
// the service have to bear.
type surge struct {
	requests int
	over     time.Duration
	rate     string // of the service; "" is its default
	calls    int    // that the worker makes in a minute
	lives    []time.Duration
	short    time.Duration // left to those requests that nobody here decides
	patience time.Duration // until all is over, from when the last one has come
}

// surgeOf is half a minute without a rate limit that matters; with the heavy tests
// a minute under one; and for who has ten minutes (COUNTERSIGN_LONG) five minutes
// under the limit that the service has by default.
func surgeOf() surge {
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return surge{requests: 200, over: 5 * time.Minute, calls: 55, short: 2 * time.Minute, patience: 6 * time.Minute,
			lives: lives(10, 20*time.Second)}
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return surge{requests: 60, over: time.Minute, rate: "180/minute", calls: 165, short: 30 * time.Second, patience: 3 * time.Minute,
			lives: lives(4, 6*time.Second)}
	}
	return surge{requests: 24, over: 18 * time.Second, rate: "10000/minute", calls: 1000, short: 12 * time.Second, patience: 60 * time.Second,
		lives: []time.Duration{5 * time.Second, 300 * time.Millisecond, 6 * time.Second, 7 * time.Second}}
}

// lives is how long each worker lives: time and again four die at whatever they
// begin with, and one in the middle of its work, after once to twice the time given.
func lives(rounds int, working time.Duration) []time.Duration {
	var all []time.Duration
	for range rounds {
		for range 4 {
			all = append(all, 50*time.Millisecond+mathrand.N(400*time.Millisecond))
		}
		all = append(all, working+mathrand.N(working))
	}
	return all
}

// asked is one request as the simulator lets it come.
type asked struct {
	uid     string
	quiet   bool   // nobody here decides it
	outside string // decided elsewhere by the simulator, which way
	ends    time.Time
}

// flood is a queue with a worker's process and two people at their consoles, and
// the vault service that requests come from.
type flood struct {
	surge
	t     *testing.T
	ctx   context.Context
	conf  string
	db    *store.DB
	svc   *workflow.Service
	root  model.PersonID
	sim   *vaultsim.Server
	cloud *vaultsim.Vault

	elsewhere sync.WaitGroup // what goes on in the cloud

	mu    sync.Mutex // guards what follows
	asked []*asked
	kills int
	said  bytes.Buffer // by the workers
}

// TestSurgeOfEndpointRequests lets endpoint requests come for minutes while two
// people decide by keyboard what they see, others decide elsewhere, some nobody
// decides, and the worker's process is killed again and again. What the vault did,
// what the queue says, the audit, the incidents and what the two have read on their
// screens has to agree in the end.
func TestSurgeOfEndpointRequests(t *testing.T) {
	t.Parallel()
	f := startFlood(t, surgeOf())
	people := []*approver{
		{flood: f, login: "dana", terminal: startNamed(t, 120, 36, "colleague", "dana", "--config", f.conf)},
		{flood: f, login: "omar", terminal: startNamed(t, 80, 24, "colleague", "omar", "--config", f.conf)},
	}
	ctx, stop := context.WithCancel(f.ctx)
	defer stop()
	var working, deciding sync.WaitGroup
	working.Go(func() { f.workAndDie(ctx) })
	for _, p := range people {
		deciding.Go(func() { p.decideUntil(ctx) })
	}
	f.letCome()
	done := f.await()
	stop()
	deciding.Wait()
	working.Wait()
	if t.Failed() || !done {
		for _, p := range people {
			t.Logf("%s sees:\n%s", p.login, p.text())
		}
		t.Fatalf("not all is over:\n%s\nthe workers said:\n%s", strings.Join(f.left(), "\n"), &f.said)
	}
	got := f.accounts(people)
	for _, wrong := range got.wrong() {
		t.Error(wrong)
	}
	got.control(t)
	t.Log(got.summary())
}

// startFlood makes the queue, its people and the vault service.
func startFlood(t *testing.T, s surge) *flood {
	t.Helper()
	const key = "a-key-for-the-flood"
	dir := t.TempDir()
	f := &flood{surge: s, t: t, ctx: t.Context(), conf: filepath.Join(dir, "config.toml"), cloud: vaultsim.NewVault(vaultsim.VaultOptions{Seed: 17})}
	var err error
	f.sim, err = vaultsim.New(vaultsim.Options{Vault: f.cloud, Keys: []vaultsim.Key{{Value: key}}, RateLimit: s.rate, Latency: 30 * time.Millisecond,
		Jitter: 60 * time.Millisecond, Location: time.Local})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.sim.Close() })
	url, err := f.sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	queue, keyFile := filepath.Join(dir, "queue"), filepath.Join(dir, "key")
	text := fmt.Sprintf("[store]\ndir = %q\n[vault]\nurl = %q\napi_key_file = %q\ncalls_per_minute = %d\n", queue, url, keyFile, s.calls)
	if err := errors.Join(os.WriteFile(keyFile, []byte(key+"\n"), 0o600), os.WriteFile(f.conf, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	if f.db, err = store.Open(f.ctx, store.Options{Dir: queue}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.db.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(f.elsewhere.Wait) // the test's context has ended by then
	const group = model.GroupName("Vault Approvers")
	f.svc = workflow.New(f.db, workflow.Options{Settings: workflow.Settings{Default: model.Policy{Steps: []model.PolicyStep{{Group: group, Mode: model.AnyOne}}}}})
	roster := workflow.Roster{Groups: []workflow.RosterGroup{{Name: group, Members: []string{"dana", "omar"}}}}
	for _, login := range []string{"root", "dana", "omar"} {
		roles := []model.Role{model.RoleApprover}
		if login == "root" {
			roles = model.Roles()
		}
		roster.People = append(roster.People, workflow.RosterPerson{Login: login, Name: login, Email: login + "@example.com", Roles: roles})
	}
	if _, err := f.svc.ApplyPeople(f.ctx, "root", roster, false); err != nil {
		t.Fatal(err)
	}
	root, err := f.svc.Actor(f.ctx, "root")
	if err != nil {
		t.Fatal(err)
	}
	f.root = root.ID
	return f
}

// letCome lets the requests come, one after the other. Some are decided elsewhere
// after a while; when the time of one is over the cloud says so.
func (f *flood) letCome() {
	begin := time.Now()
	for n := range f.requests {
		f.sleepUntil(begin.Add(f.over * time.Duration(n) / time.Duration(f.requests)))
		a := f.comes(n)
		switch {
		case n%8 == 5:
			f.ends(a, a.ends, vaultsim.Expired)
		case a.quiet, n%8 == 3:
			f.ends(a, time.Now().Add(f.short/3+mathrand.N(f.short)/2), []string{vaultsim.Approved, vaultsim.Denied}[n/16%2])
		}
	}
}

// ends has the cloud end a request after a while, unless it has been decided. Where
// nobody here decides it, it is known here before it ends.
func (f *flood) ends(a *asked, at time.Time, status string) {
	f.elsewhere.Go(func() {
		for f.sleepUntil(at); a.quiet && !f.knows(a.uid) && f.ctx.Err() == nil; {
			f.sleepUntil(time.Now().Add(time.Second))
		}
		if f.ctx.Err() == nil && f.cloud.EndApproval(a.uid, status) && status != vaultsim.Expired {
			f.mu.Lock()
			defer f.mu.Unlock()
			a.outside = status
		}
	})
}

// knows reports whether the queue has a request.
func (f *flood) knows(uid string) bool {
	known := false
	err := f.db.Read(f.ctx, func(tx *store.Tx) error {
		var err error
		_, known, err = tx.EndpointByUID(model.UID(uid))
		return err
	})
	return err == nil && known
}

// comes adds a request. Some have a UID that looks like an option.
func (f *flood) comes(n int) *asked {
	uid := make([]byte, 16)
	_, _ = rand.Read(uid) // it never fails
	if n%5 == 0 {
		uid[0] = 62 << 2
	}
	user, now, minutes := "zoe", time.Now(), 60
	a := &asked{uid: base64.RawURLEncoding.EncodeToString(uid), quiet: n%8 == 5 || n%16 == 1}
	created := now
	if a.quiet {
		user = "walter"
	}
	if n%8 == 5 {
		// It was raised a while ago, so that its last minutes are seen here.
		minutes = int(f.short/time.Minute) + 1
		created = now.Add(f.short - time.Duration(minutes)*time.Minute)
	}
	created = created.Truncate(time.Millisecond)
	a.ends = created.Add(time.Duration(minutes) * time.Minute)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, a)
	f.cloud.AddApproval(vaultsim.Approval{UID: a.uid, Type: "PrivilegeElevation", ExpireIn: minutes, Created: created,
		Justification: fmt.Sprintf(`{"text": "Ticket %d"}`, n), Account: []vaultsim.Pair{{Key: "Username", Value: user}, {Key: "MachineName", Value: "MKT-LT-003"}},
		Application: []vaultsim.Pair{{Key: "FileName", Value: "setup.exe"}, {Key: "FilePath", Value: `C:\Downloads`},
			{Key: "CommandLine", Value: fmt.Sprintf("/quiet /job:%d", n)}}})
	return a
}

// workAndDie keeps a worker's process running until ctx ends, and kills it as often
// as it is to die. The last one ends in good order.
func (f *flood) workAndDie(ctx context.Context) {
	for _, life := range f.lives {
		w := f.startWorker()
		died := w.Process.Kill
		select {
		case <-ctx.Done():
			died = func() error { return w.Process.Signal(syscall.SIGTERM) }
		case <-time.After(life):
		}
		if err := died(); err != nil {
			f.t.Error(err)
		}
		_ = w.Wait()
		if ctx.Err() != nil {
			return
		}
		if status, ok := w.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
			f.t.Errorf("a worker ended by itself: %s", w.ProcessState)
		}
		f.mu.Lock()
		f.kills++
		f.mu.Unlock()
	}
	w := f.startWorker()
	<-ctx.Done()
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		f.t.Error(err)
	}
	if err := w.Wait(); err != nil {
		f.t.Errorf("the last worker: %v", err)
	}
}

func (f *flood) startWorker() *exec.Cmd {
	path, err := os.Executable()
	if err != nil {
		f.t.Error(err)
	}
	w := exec.Command(path, "worker", "--config", f.conf)
	w.Args[0] = "countersign" // see TestMain
	w.Stderr = writerFunc(func(b []byte) (int, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.said.Write(b)
	})
	if err := w.Start(); err != nil {
		f.t.Error(err)
	}
	return w
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

// await waits until the worker has died often enough and every request has ended
// here, and reports whether that came to be.
func (f *flood) await() bool {
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for enough := time.Now().Add(f.patience); time.Now().Before(enough) && !f.t.Failed(); <-look.C {
		if len(f.left()) == 0 {
			return true
		}
	}
	return false
}

// left says what is not over yet.
func (f *flood) left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var left []string
	if f.kills < len(f.lives) {
		left = append(left, fmt.Sprintf("the worker has died %d times of %d", f.kills, len(f.lives)))
	}
	err := f.db.Read(f.ctx, func(tx *store.Tx) error {
		for _, a := range f.asked {
			switch e, found, err := tx.EndpointByUID(model.UID(a.uid)); {
			case err != nil:
				return err
			case !found && a.outside == "":
				left = append(left, a.uid+" is not known")
			case found && e.State.Open():
				left = append(left, fmt.Sprintf("%s is %s", a.uid, e.State))
			}
		}
		return nil
	})
	if err != nil {
		left = append(left, err.Error())
	}
	return left
}

func (f *flood) sleepUntil(at time.Time) {
	select {
	case <-f.ctx.Done():
	case <-time.After(time.Until(at)):
	}
}
