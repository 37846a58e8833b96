package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/demo"
	"countersign/vaultclient/vaultsim"
)

// disaster is a company whose queue is lost: its vault is simulated in this process,
// everybody else is a process of the program.
type disaster struct {
	t      *testing.T
	dir    string
	me     string
	demo   *demo.Demo
	worker *exec.Cmd
	// records are what is asked for, one for each request.
	records []string

	mu    sync.Mutex
	acked map[string]string // what people were told of each request last
	asked map[string]string // the record of each request
}

// The states that people are told, in their order.
var ackOrder = []string{"", "requested", "in_process", "closed_complete"}

func startDisaster(t *testing.T, records int) *disaster {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	x := &disaster{t: t, dir: t.TempDir(), me: me.Username, acked: map[string]string{}, asked: map[string]string{}}
	x.demo, err = demo.Start(t.Context(), demo.Options{Dir: x.path("queue"), Requests: demo.LeastRequests, Login: x.me, Rate: "100000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.demo.Close() }) // its queue is closed already
	x.demo.Vault.SetLatency(0, 0)
	for n := range records {
		x.records = append(x.records, x.demo.Vault.Vault().AddRecord(vaultsim.Record{Title: fmt.Sprintf("drill %03d", n), Type: "login"}))
	}
	if err := x.demo.DB.Close(); err != nil {
		t.Fatal(err)
	}
	x.write("key", x.demo.Key+"\n")
	x.configure("config.toml", "queue")
	x.configure("control.toml", "control")
	if err := os.Rename(x.path("queue/identity"), x.path("identity")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		x.kill()
		for _, found := range leftOver(t, x.dir, map[string]string{"key of the vault service in key": x.demo.Key}) {
			t.Error(found)
		}
	})
	return x
}

// configure writes a configuration for a queue in a folder of that name.
func (x *disaster) configure(name, queue string) {
	x.t.Helper()
	x.write(name, fmt.Sprintf("[store]\ndir = %q\n[vault]\nurl = %q\napi_key_file = \"key\"\ncalls_per_minute = 1000\n[seal]\nrecipients = [%q]\nidentity = \"identity\"\n",
		queue, x.demo.URL, x.demo.Identity.Recipient()))
}

func (x *disaster) path(name string) string { return filepath.Join(x.dir, name) }

func (x *disaster) write(name, text string) {
	x.t.Helper()
	if err := os.WriteFile(x.path(name), []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
}

// program is a process of the program, as somebody.
func (x *disaster) program(login string, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		x.t.Error(err)
	}
	cmd := exec.CommandContext(x.t.Context(), exe, append([]string{login}, args...)...)
	cmd.Args[0] = "colleague"
	cmd.Dir = x.dir
	cmd.Env = append(os.Environ(), "COUNTERSIGN_CONFIG="+x.path("config.toml"), "TZ=UTC", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// runs carries out a command and returns what it printed and its exit code.
func (x *disaster) runs(cmd *exec.Cmd) (out string, code int) {
	var b, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		x.t.Errorf("%v: %v", cmd.Args, err)
		return "", -1
	}
	if found := marked(append(b.Bytes(), errs.Bytes()...)); found != "" {
		x.t.Errorf("%v printed a secret: %s", cmd.Args, found)
	}
	if err != nil {
		return b.String() + errs.String(), exit.ExitCode()
	}
	return b.String(), 0
}

// must is runs for a command that has to go well.
func (x *disaster) must(login string, args ...string) string {
	x.t.Helper()
	out, code := x.runs(x.program(login, args...))
	if code != 0 {
		x.t.Errorf("%s: %v: exit code %d: %s", login, args, code, out)
	}
	return out
}

// start starts the worker and waits until it answers.
func (x *disaster) start() {
	x.t.Helper()
	x.worker = x.program(x.me, "worker")
	if err := x.worker.Start(); err != nil {
		x.t.Fatal(err)
	}
	for late := time.Now().Add(patience); ; {
		out, code := x.runs(x.program(x.me, "search", "record", "prod"))
		if code == 0 {
			return
		}
		if time.Now().After(late) {
			x.t.Fatalf("the worker does not answer: %s", out)
		}
	}
}

// kill ends the worker as a power switch does.
func (x *disaster) kill() {
	if x.worker != nil {
		_ = x.worker.Process.Kill()
		_ = x.worker.Wait()
		x.worker = nil
	}
}

// told keeps what somebody was told.
func (x *disaster) told(number, state string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.acked[number] = state
}

// known is what people were told so far.
func (x *disaster) known() map[string]string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return maps.Clone(x.acked)
}

// job has alice ask for a record, dana approve it and priya carry it out.
func (x *disaster) job(n int) {
	uid := x.records[n]
	get := func(text, key string) string {
		var v map[string]any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			x.t.Errorf("%v in %s", err, text)
		}
		return fmt.Sprint(v[key])
	}
	number := get(x.must("alice", "request", "record-access", "--record", uid, "--right", "view", "--limit", "4 h",
		"--justification", "INC0012345: the drill", "--json"), "number")
	x.mu.Lock()
	x.asked[number] = uid
	x.mu.Unlock()
	x.told(number, "requested")
	digest := get(x.must("dana", "show", number, "--json"), "digest")
	if x.must("dana", "approve", number, "--digest", digest); x.t.Failed() {
		return
	}
	x.told(number, "in_process")
	x.must("priya", "task", "claim", number)
	digest = get(x.must("priya", "task", "plan", number, "--json"), "digest")
	if x.must("priya", "task", "run", number, "--digest", digest, "--wait"); x.t.Failed() {
		return
	}
	x.told(number, "closed_complete")
}

// jobs plays some jobs, two at a time.
func (x *disaster) jobs(from, to int) {
	var all sync.WaitGroup
	for first := range 2 {
		all.Go(func() {
			for n := from + first; n < to && !x.t.Failed(); n += 2 {
				x.job(n)
			}
		})
	}
	all.Wait()
}

// lost lists what people were told before a backup and the queue does not have: a
// request that is not there, or is not as far.
func (x *disaster) lost(conf string, told map[string]string) []string {
	var lost []string
	for number, state := range told {
		cmd := x.program(x.me, "show", number, "--json", "--config", x.path(conf))
		out, code := x.runs(cmd)
		var now struct{ State string }
		if code == 0 && json.Unmarshal([]byte(out), &now) != nil {
			x.t.Errorf("show %s printed %s", number, out)
		}
		if slices.Index(ackOrder, now.State) < slices.Index(ackOrder, state) {
			lost = append(lost, fmt.Sprintf("%s was told as %s, and is %q", number, state, now.State))
		}
	}
	return lost
}

// TestTortureDrill is the disaster of docs/recovery.md: people go on deciding while
// backups are made; then every file of the queue is gone. The newest backup is
// restored, compared with an export that was kept elsewhere, and work goes on. Nothing
// is lost that anybody was told before the backup began, and nothing is done twice.
func TestTortureDrill(t *testing.T) {
	t.Parallel()
	jobs := drillJobs(t)
	x := startDisaster(t, 6+jobs)
	x.start()
	x.jobs(0, 2)
	if t.Failed() {
		return
	}

	// Backups are made while the jobs go on.
	type made struct {
		path string
		told map[string]string // before it was begun
		then map[string]string // once it was made
	}
	var all []made
	working := make(chan struct{})
	go func() {
		defer close(working)
		x.jobs(2, 2+jobs)
	}()
	for over := false; !over; {
		select {
		case <-working:
			over = true
		default:
			b := made{path: x.path(fmt.Sprintf("backup-%d.db", len(all))), told: x.known()}
			x.must(x.me, "backup", b.path)
			b.then = x.known()
			all = append(all, b)
		}
	}
	t.Logf("%d backups beside %d jobs", len(all), jobs)
	backup, before, then := all[len(all)-1].path, all[len(all)-1].told, all[len(all)-1].then
	x.copyPlainly()
	x.jobs(2+jobs, 4+jobs)
	export := x.must(x.me, "audit", "export", "--texts")
	x.write("audit.jsonl", export)
	named := x.known()
	x.jobs(4+jobs, 5+jobs)

	// The disaster.
	x.kill()
	if err := os.RemoveAll(x.path("queue")); err != nil {
		t.Fatal(err)
	}
	x.must(x.me, "restore", backup)
	for _, l := range x.lost("config.toml", before) {
		t.Error(l)
	}
	x.must(x.me, "audit", "verify")
	x.start()
	x.compared(before, then, named)

	// Work goes on, under numbers that nobody had.
	old := x.known()
	x.jobs(5+jobs, 6+jobs)
	for number := range x.known() {
		if _, had := old[number]; !had && number <= slices.Max(slices.Collect(maps.Keys(old))) {
			t.Errorf("%s was given to somebody before", number)
		}
	}
	x.must(x.me, "audit", "verify")
	given := map[string]int{}
	for _, e := range x.demo.Vault.Ledger() {
		given[e.Record]++
	}
	for number, uid := range x.asked {
		if x.acked[number] == "closed_complete" && given[uid] != 1 {
			t.Errorf("%s was carried out %d times", number, given[uid])
		}
	}
	x.control(before, backup)

	// Any other backup would have done as well.
	for n, b := range all {
		if n%(len(all)/3+1) != 0 {
			continue
		}
		conf := fmt.Sprintf("sample-%d", n)
		x.configure(conf+".toml", conf)
		x.must(x.me, "restore", b.path, "--config", x.path(conf+".toml"))
		for _, l := range x.lost(conf+".toml", b.told) {
			t.Errorf("%s: %s", b.path, l)
		}
	}
}

// copyPlainly keeps the queue's file as cp without -wal does.
func (x *disaster) copyPlainly() {
	x.t.Helper()
	content, err := os.ReadFile(x.path("queue/queue.db"))
	if err != nil {
		x.t.Fatal(err)
	}
	x.write("plain.db", string(content))
}

// comparedObject is what the comparison says of one thing.
type comparedObject struct{ Object, Here, Vault, Do string }

// compared reads what the comparison with the export says: it names every request of
// which people were told more between the backup and the export, and none that was over
// before or came later; of each, what the simulated vault holds. The same with one of
// its answers turned round has to be noticed, which is the control.
func (x *disaster) compared(before, then, named map[string]string) {
	x.t.Helper()
	var c struct{ Objects []comparedObject }
	out := x.must(x.me, "audit", "compare", "audit.jsonl", "--json")
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		x.t.Fatalf("%v: %s", err, out)
	}
	for _, wrong := range x.misjudged(c.Objects, before, then, named) {
		x.t.Error(wrong)
	}
	for n, o := range c.Objects {
		if !strings.HasPrefix(o.Object, "REQ") {
			continue
		}
		turned := o
		if turned.Vault = strings.Replace(o.Vault, " has view until ", " has nothing until ", 1); turned == o {
			turned.Vault = strings.Replace(o.Vault, " has nothing ", " has view ", 1)
		}
		idle := o
		idle.Do = "nothing"
		for _, lie := range [][]comparedObject{{turned}, {idle}, {}} {
			if len(x.misjudged(slices.Replace(slices.Clone(c.Objects), n, n+1, lie...), before, then, named)) == 0 && (len(lie) > 0 || named[o.Object] != then[o.Object]) {
				x.t.Errorf("that %s is told as %+v instead of %+v would not be noticed", o.Object, lie, o)
			}
		}
	}
}

// misjudged says where a comparison is not what people were told and the vault holds.
// Whether something that was told while the backup was made is in it, nobody can say.
func (x *disaster) misjudged(objects []comparedObject, before, then, named map[string]string) (wrong []string) {
	says := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	told := map[string]bool{}
	for _, o := range objects {
		told[o.Object] = true
		if !strings.HasPrefix(o.Object, "REQ") {
			if o.Here == "" || o.Do == "" {
				says("%+v", o)
			}
			continue
		}
		shows := " has nothing "
		for _, s := range x.demo.Vault.Vault().Shares(x.asked[o.Object]) {
			if strings.HasPrefix(s.User, "alice@") {
				shows = " has view until " + s.Expires.UTC().Format("2006-01-02 15:04") + " UTC "
			}
		}
		if !strings.HasPrefix(o.Vault, "alice@") || !strings.Contains(o.Vault, shows) {
			says("%s: the vault shows %q, and is said to show %q", o.Object, shows, o.Vault)
		}
		lost := strings.HasPrefix(o.Here, "not in this queue")
		if lost && before[o.Object] != "" || !lost && then[o.Object] == "" || o.Do == "" || strings.HasPrefix(o.Do, "nothing") {
			says("%s was told as %q before the backup and %q before the export: here %q, to do %q", o.Object, before[o.Object], named[o.Object], o.Here, o.Do)
		}
	}
	for number := range x.known() {
		switch {
		case told[number] && named[number] == "":
			says("%s is named, and the export is older", number)
		case told[number] && before[number] == "closed_complete":
			says("%s is named, and was over before the backup", number)
		case !told[number] && named[number] != then[number]:
			says("%s is not named: it was told as %q when the backup was made and %q before the export", number, then[number], named[number])
		}
	}
	return wrong
}

// control looks at a copy that was made by hand: its record tells that it is short,
// and without one, what is missing is missed by the same check as above.
func (x *disaster) control(before map[string]string, backup string) {
	x.t.Helper()
	if out, code := x.runs(x.program(x.me, "restore", "plain.db", "--no-record", "--config", x.path("control.toml"))); code == 0 {
		if lost := x.lost("control.toml", before); len(lost) == 0 {
			x.t.Error("a plain copy lacks nothing: nobody would notice")
		}
	} else if code != 8 {
		x.t.Errorf("a plain copy: exit code %d: %s", code, out)
	}
	record, err := os.ReadFile(backup + ".json")
	if err != nil {
		x.t.Fatal(err)
	}
	x.write("plain.db.json", string(record))
	if out, code := x.runs(x.program(x.me, "restore", "--check", "plain.db")); code != 8 || !strings.Contains(out, "cannot be restored") {
		x.t.Errorf("a plain copy under a record: exit code %d: %s", code, out)
	}
}

// drillJobs is how many requests are carried out beside the backups: in the long form
// 400, or what COUNTERSIGN_LONG says.
func drillJobs(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		return n
	}
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 400
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 8
	}
	return 2
}
