package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
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

// siege is a company all of whose processes are killed again and again: commands,
// consoles, the server, the worker, and the vault service. Its vault stays.
type siege struct {
	*office // the keys of its people, and OpenSSH's clients
	me      string
	exe     string              // the program, where everybody can run it
	as      *syscall.Credential // nil: as who runs the tests
	kills   int                 // how many there are to be
	vault   *vaultsim.Vault
	records []string // in the vault, one for each errand
	address string   // of the vault service

	mu       sync.Mutex // guards what follows
	sim      *vaultsim.Server
	did      []vaultsim.Entry // by the services that were killed
	killed   map[string]int   // by what was killed
	usual    map[string]time.Duration
	over     bool // nothing is killed any more
	made     int  // errands so far
	attempts []*attempt
	said     tail // by the server and the worker
}

const siegeKey = "a-key-for-the-siege"

// errand is what alice wants once, and how far it has come.
type errand struct {
	title  string
	uid    string // of its record; "" where one is to be made
	item   string // record, described, login
	wish   string // have, return, deny, withdraw
	number model.Number
	over   bool
}

// attempt is something that somebody tried once.
type attempt struct {
	errand *errand
	verb   string
	who    string
	mark   string // that goes with it, and with nothing else
	number model.Number
	told   bool      // it was said to be done
	done   time.Time // by when it was said to be done in the vault; zero where it was not
	how    string
}

// siegeKills is how many processes are killed.
func siegeKills() int {
	if n, err := strconv.Atoi(os.Getenv("COUNTERSIGN_LONG")); err == nil && n > 1 {
		return n
	}
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		return 10_000
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		return 120
	}
	return 15
}

// TestTortureKills kills every process of a company at random moments while people
// order, decide, carry out and give back. What anybody was told, the queue, the audit
// and the vault's own ledger have to agree in the end, and everything can be carried
// to its end.
func TestTortureKills(t *testing.T) {
	t.Parallel()
	s := startSiege(t, siegeKills())
	began := time.Now()
	var services, people sync.WaitGroup
	stop := make(chan struct{})
	services.Go(func() { s.service("server", stop, "serve") })
	services.Go(func() { s.service("worker", stop, "worker") })
	services.Go(func() { s.simulateAndDie(stop) })
	services.Go(func() { s.tells(stop) })
	errands := make([][]*errand, 3) // of so many people
	if s.kills > 1000 {
		errands = make([][]*errand, 8) // most wait for the vault
	}
	for n := range errands {
		people.Go(func() { errands[n] = s.live() })
	}
	people.Wait()
	t.Logf("%s of killing: %v", time.Since(began).Round(time.Second), s.killed)
	s.calm(errands)
	close(stop)
	services.Wait()
	if t.Failed() {
		t.Fatalf("the server and the worker said:\n%s", s.said.String())
	}
	b := s.books(errands)
	for _, wrong := range b.wrong() {
		t.Error(wrong)
	}
	b.control(t)
	t.Logf("%s: %v; %s", time.Since(began).Round(time.Second), s.killed, b.summary())
}

// tells says every minute how far it is.
func (s *siege) tells(stop <-chan struct{}) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			s.t.Logf("%d kills of %d", s.died(""), s.kills)
		}
	}
}

// startSiege makes the queue, its people and the vault.
func startSiege(t *testing.T, kills int) *siege {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &siege{office: &office{t: t, dir: dir, conf: filepath.Join(dir, "config.toml"), port: lowPort(t)}, me: me.Username, kills: kills,
		vault: vaultsim.NewVault(vaultsim.VaultOptions{Seed: 29}), killed: map[string]int{}, usual: map[string]time.Duration{}}
	s.vault.AddUser(vaultsim.User{Email: "alice@example.com", Relation: vaultsim.Known})
	for n := range kills/3 + 60 {
		s.records = append(s.records, s.vault.AddRecord(vaultsim.Record{Title: titleOf(n), Type: "login"}))
	}
	s.address = "127.0.0.1:" + lowPort(t)
	s.simulate()
	t.Cleanup(func() { _ = s.sim.Close() })
	s.write("key", siegeKey+"\n")
	s.write("config.toml", fmt.Sprintf("[store]\ndir = \"queue\"\n[vault]\nurl = %q\napi_key_file = \"key\"\ncalls_per_minute = 1000\n"+
		"[serve]\nlisten = \"127.0.0.1:%s\"\nsessions_per_person = 1000\n[item.record-access]\nfulfilment = \"automatic\"\n", s.sim.URL(), s.port))
	s.hire()
	for _, login := range []string{"alice", "dana", "priya"} {
		s.keygen(login)
		s.addKey(login, login)
	}
	s.settleIn(me)
	return s
}

// lowPort is a port on which nothing listens, and that no system gives to who connects
// to somewhere: whoever had it is to get it back after a while.
func lowPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(10_000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// hire makes the queue, and fills it with its people.
func (s *siege) hire() {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), store.Options{Dir: s.path("queue")})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	roster := workflow.Roster{Groups: []workflow.RosterGroup{{Name: "Vault Approvers", Members: []string{"dana", "omar"}},
		{Name: "Vault Admins", Members: []string{"priya", "paul"}}}}
	for login, roles := range map[string][]model.Role{"alice": {model.RoleRequestor}, "dana": {model.RoleApprover}, "omar": {model.RoleApprover},
		"priya": {model.RoleAdmin}, "paul": {model.RoleAdmin}, s.me: model.Roles()} {
		roster.People = append(roster.People, workflow.RosterPerson{Login: login, Name: login, Email: login + "@example.com", Roles: roles})
	}
	svc := workflow.New(db, workflow.Options{Settings: workflow.Settings{Default: model.Policy{Steps: []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}}}}})
	if _, err := svc.ApplyPeople(s.t.Context(), s.me, roster, false); err != nil {
		s.t.Fatal(err)
	}
}

// settleIn puts the program where everybody can run it, and makes all of it the
// company's own. The server does not run as root, so nothing does.
func (s *siege) settleIn(me *user.User) {
	s.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	if s.exe = exe; me.Uid != "0" {
		return
	}
	s.exe = s.path("countersign")
	s.tool("cp", exe, s.exe) // a file that this process wrote could not be run while another one is being started
	nobody, err := user.Lookup("nobody")
	if err != nil {
		s.t.Fatal(err)
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	gid, _ := strconv.Atoi(nobody.Gid)
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	err = filepath.WalkDir(s.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, gid)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, login := range []string{"alice", "dana", "priya"} { // whose clients run as root
		if err := os.Chown(s.path(login), 0, 0); err != nil {
			s.t.Fatal(err)
		}
	}
	for at := s.dir; at != os.TempDir() && len(at) > 1; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
}

// program is a process of the program, as somebody.
func (s *siege) program(login string, args ...string) *exec.Cmd {
	return s.process("colleague", append([]string{login}, args...)...)
}

// process is a process of one of the commands of TestMain.
func (s *siege) process(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.exe, args...)
	cmd.Args[0] = name
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.dir, "COUNTERSIGN_CONFIG=" + s.conf, "TZ=UTC", "GORACE=atexit_sleep_ms=0",
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

// died counts what was killed of a kind, "" for everything.
func (s *siege) died(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := 0
	for k, n := range s.killed {
		if strings.HasPrefix(k, kind) {
			all += n
		}
	}
	return all
}

// enough reports whether everything has been killed often enough, also what lives long.
func (s *siege) enough() bool {
	enough := s.died("") >= s.kills
	for _, kind := range []string{"worker", "server", "simulator", "console"} {
		enough = enough && s.died(kind) > s.kills/60
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = s.over || enough || s.t.Failed()
	return s.over
}

// chance is true once in n times, as long as anything is killed.
func (s *siege) chance(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.over && rand.IntN(n) == 0
}

// spared reports whether a service has been killed often enough: what it was doing has
// to come to its end before the last errand has.
func (s *siege) spared(kind string) bool {
	return s.enough() || s.died(kind) > s.kills/10
}

// ended notes that a process has ended, and whether it was killed. usual is how long it
// took, where that is what such ones take; 0 where it is not.
func (s *siege) ended(kind string, cmd *exec.Cmd, usual time.Duration) (wasKilled bool) {
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok && status.Signal() == syscall.SIGKILL {
		s.killed[kind]++
		return true
	}
	if before, known := s.usual[kind]; known && usual > 0 {
		s.usual[kind] = (3*before + usual) / 4
	} else if usual > 0 {
		s.usual[kind] = usual
	}
	return false
}

// life is how long a process of a kind may live, from its start to a little after it
// usually ends. Every fourth is left to itself, as long as somebody would wait, and
// most that only read.
func (s *siege) life(kind string) (life time.Duration, armed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	usual, known := s.usual[kind]
	console, reads := strings.HasPrefix(kind, "console"), strings.HasPrefix(kind, "reading")
	if console && !known {
		usual, known = 3*time.Second, true
	}
	if s.over || !known || (rand.IntN(4) == 0) != reads {
		return patience, false
	}
	return rand.N(usual*13/10 + time.Millisecond), true
}

// runs runs a process and kills it at a random moment.
func (s *siege) runs(kind string, cmd *exec.Cmd) ran {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	life, armed := s.life(kind)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		s.t.Errorf("%v: %v", cmd.Args, err)
		return ran{code: -1}
	}
	timer := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	timer.Stop()
	r := ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
	usual := time.Since(began)
	if armed || r.code != 0 { // of those that might have been killed, only the quick ones come here
		usual = 0
	}
	s.ended(kind, cmd, usual)
	return r
}
