package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/demo"
)

// everybody lets the company's four people in, dana by a certificate.
func everybody(o *office) {
	for _, login := range []string{"alice", "priya", "samir"} {
		o.addKey(login, login)
	}
	o.keygen("authority")
	o.tool("ssh-keygen", "-q", "-s", o.path("authority"), "-I", "dana's laptop", "-n", "dana", "-V", "+1h", o.path("dana.pub"))
}

const byAuthority = "user_ca = \"authority.pub\"\n"

// TestTheWholeJobOverSSH has four people at once do the main job through OpenSSH's
// clients: each has their tabs and no others. Meanwhile strangers knock.
func TestTheWholeJobOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	o.keygen("mallory")
	people := map[string]*terminal{}
	for login, tabs := range map[string][]string{
		"alice": {"Portal"}, "dana": {"Portal", "Approvals", "EPM"}, "priya": {"Portal", "Tasks", "Logs"}, "samir": {"Portal", "Logs"},
	} {
		people[login] = o.sit(login, login+"@127.0.0.1")
		people[login].wait(login, tabs[len(tabs)-1])
		header, _, _ := strings.Cut(people[login].text(), "\n")
		for _, tab := range []string{"Portal", "Approvals", "Tasks", "EPM", "Logs"} {
			if has, wants := strings.Contains(header, " "+tab), strings.Contains(strings.Join(tabs, " "), tab); has != wants {
				t.Errorf("%s has the tab %s: %v\n%s", login, tab, has, header)
			}
		}
	}
	knocks := 20
	if os.Getenv("COUNTERSIGN_HEAVY") != "" {
		knocks = 200
	}
	var strangers sync.WaitGroup
	strangers.Go(func() {
		for range knocks {
			if r := o.ssh("", "mallory", "-b", "127.0.0.2", "dana@127.0.0.1", "list"); r.code != 255 || r.out != "" {
				t.Errorf("a stranger got %+v", r)
			}
		}
	})
	alice, dana, priya := people["alice"], people["dana"], people["priya"]
	alice.wait("Request access to record")
	number := alice.order("the live stripe key of the web shop")
	dana.lowerAndApprove(number)
	priya.press("3")
	priya.fulfil(number)
	granted := time.Now()
	alice.giveBack()
	o.sim.checkJob(granted)
	strangers.Wait()
	samir := people["samir"]
	samir.press("5")
	samir.wait("Application")
	samir.press("g")
	samir.wait("login refused")
	for login, p := range people {
		p.press("q")
		if err := p.quit(); err != nil {
			t.Errorf("%s: the client ended with %v", login, err)
		}
	}
	// Whoever came is in the audit, and in the log.
	if r := o.ssh("", "samir", "127.0.0.1", "audit", "verify"); r.code != 0 {
		t.Errorf("the chain: %+v", r)
	}
	o.stop()
}

// TestCommandsOverSSH holds what commands may do there, and how they end.
func TestCommandsOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	for _, tt := range []struct {
		name, key, in string
		args          []string
		code          int
		out, errs     string // parts
	}{
		{name: "a list", key: "dana", args: []string{"list", "waiting", "--json"}, out: `"number"`},
		{name: "a request that is not there", key: "alice", args: []string{"show", "REQ0999999"}, code: 3, errs: "countersign: "},
		{name: "wrong use", key: "alice", args: []string{"lst"}, code: 2, errs: `did you mean list?`},
		{name: "a key on standard input", key: "priya", in: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k bob\n",
			args: []string{"people", "key", "add", "bob"}, out: "opens the console of bob"},
		{name: "a key by somebody who manages nobody", key: "alice", in: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k bob\n",
			args: []string{"people", "key", "add", "alice"}, code: 4, errs: "only admins"},
		{name: "the shell's words", key: "alice", args: []string{"show", "'$(id);`id`'"}, code: 2, errs: "$(id);`id`"},
		{name: "a shell", key: "alice", args: []string{"/bin/sh"}, code: 2, errs: "no command"},
		{name: "a backup", key: "priya", args: []string{"backup", "/tmp/never"}, code: 2, errs: "acts on the host"},
		{name: "a key pair", key: "priya", args: []string{"keygen", "/tmp/never"}, code: 2, errs: "acts on the host"},
		{name: "another server", key: "priya", args: []string{"serve"}, code: 2, errs: "acts on the host"},
		{name: "a worker", key: "priya", args: []string{"worker", "--check"}, code: 2, errs: "acts on the host"},
		{name: "a demo", key: "priya", args: []string{"demo"}, code: 2, errs: "acts on the host"},
		{name: "another configuration", key: "priya", args: []string{"list", "--config", "/etc/passwd"}, code: 2, errs: "unknown flag"},
		{name: "a people file on standard input", key: "priya", in: "", args: []string{"people", "apply", "-", "--dry-run"}, out: "nothing to change"},
		{name: "a people file of the host", key: "priya", args: []string{"people", "apply", "/etc/passwd"}, code: 2, errs: "cannot be read from here"},
		{name: "a secret in a file of the host", key: "alice", args: []string{"request", "login", "--secret", "password=@/etc/passwd"}, code: 2, errs: "cannot be read from here"},
		{name: "completion", key: "alice", args: []string{"__complete", "show", "x"}, code: 2, errs: "acts on the host"},
		{name: "the console line by line", key: "dana", in: "status\nquit\n", args: []string{}, out: "line by line"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := o.ssh(tt.in, tt.key, append([]string{"-T", tt.key + "@127.0.0.1"}, tt.args...)...)
			if r.code != tt.code || !strings.Contains(r.out, tt.out) || !strings.Contains(r.errs, tt.errs) || tt.code != 0 && tt.code != 4 && r.out != "" {
				t.Errorf("got %+v, want code %d, %q, %q", r, tt.code, tt.out, tt.errs)
			}
		})
	}
}

// TestADecisionByCommandOverSSH approves exactly what was read.
func TestADecisionByCommandOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	r := o.ssh("", "dana", "dana@127.0.0.1", "list", "waiting", "--json")
	var waiting []struct{ Number string }
	if err := json.Unmarshal([]byte(r.out), &waiting); err != nil || len(waiting) == 0 {
		t.Fatalf("%v: %+v", err, r)
	}
	number := waiting[0].Number
	r = o.ssh("", "dana", "dana@127.0.0.1", "show", number, "--json")
	var shown struct{ Digest string }
	if err := json.Unmarshal([]byte(r.out), &shown); err != nil || shown.Digest == "" {
		t.Fatalf("%v: %+v", err, r)
	}
	for _, tt := range []struct {
		digest string
		code   int
	}{{strings.Repeat("0", 64), 5}, {shown.Digest, 0}, {shown.Digest, 5}} {
		if r := o.ssh("", "dana", "dana@127.0.0.1", "approve", number, "--digest", tt.digest, "--comment", "'as agreed'"); r.code != tt.code {
			t.Errorf("digest %s: %+v, want code %d", tt.digest, r, tt.code)
		}
	}
}

// TestADecisionIsConfirmedOnATerminalOverSSH decides by command, with a terminal:
// the evidence is printed, and the end of the number typed. A secret that is typed
// there would be seen.
func TestADecisionIsConfirmedOnATerminalOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	r := o.ssh("", "dana", "dana@127.0.0.1", "list", "waiting", "--json")
	var waiting []struct{ Number string }
	if err := json.Unmarshal([]byte(r.out), &waiting); err != nil || len(waiting) < 2 {
		t.Fatalf("%v: %+v", err, r)
	}
	for i, tt := range []struct {
		typed string
		code  int
	}{{waiting[0].Number[6:] + "\r", 0}, {"no\r", 1}, {"\x03", 130}} {
		term := openTerminal(t, 120, 36, o.client("dana", "-tt", "dana@127.0.0.1", "approve", waiting[min(i, 1)].Number))
		term.wait("type the last four digits")
		term.settle(guard)
		term.typed(tt.typed)
		_ = term.quit()
		if code := term.cmd.ProcessState.ExitCode(); code != tt.code {
			t.Errorf("%q: exit code %d, want %d:\n%s", tt.typed, code, tt.code, term.text())
		}
	}
	term := openTerminal(t, 120, 36, o.client("alice", "-tt", "alice@127.0.0.1", "request", "login", "--field", "title=shop", "--secret", "password"))
	term.wait("would be seen")
	_ = term.quit()
}

// TestNobodyApprovesTheirOwnOverSSH has a requestor approve what they have asked
// for.
func TestNobodyApprovesTheirOwnOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	r := o.ssh("", "alice", "127.0.0.1", "request", "record-access", "--described", "'the live stripe key'", "--right", "view", "--limit", "4h",
		"--justification", "'INC0012345: restore the payments'", "--json")
	var asked struct{ Number string }
	if err := json.Unmarshal([]byte(r.out), &asked); err != nil || r.code != 0 {
		t.Fatalf("%v: %+v", err, r)
	}
	r = o.ssh("", "alice", "127.0.0.1", "show", asked.Number, "--json")
	var shown struct{ Digest string }
	if err := json.Unmarshal([]byte(r.out), &shown); err != nil || shown.Digest == "" {
		t.Fatalf("%v: %+v", err, r)
	}
	if r := o.ssh("", "alice", "dana@127.0.0.1", "approve", asked.Number, "--digest", shown.Digest); r.code != 4 {
		t.Errorf("got %+v", r)
	}
}

// TestWhoComesInOverSSH holds who OpenSSH's client lets in, and as whom.
func TestWhoComesInOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	// Strangers come from another address, so that they make nobody wait.
	from := 2
	stranger := func() []string {
		from++
		return []string{"-b", fmt.Sprintf("127.0.0.%d", from)}
	}
	o.keygen("mallory")
	for _, c := range []struct{ name, principal, validity string }{{"old", "dana", "20200101:20210101"}, {"foreign", "dana", "+1h"}, {"omar", "omar", "+1h"}} {
		o.keygen(c.name)
		by := "authority"
		if c.name == "foreign" {
			by = "mallory"
		}
		o.tool("ssh-keygen", "-q", "-s", o.path(by), "-I", c.name, "-n", c.principal, "-V", c.validity, o.path(c.name+".pub"))
	}
	o.keygen("forced")
	o.tool("ssh-keygen", "-q", "-s", o.path("authority"), "-I", "forced", "-n", "dana", "-V", "+1h", "-O", "force-command=/bin/sh", o.path("forced.pub"))
	for name, args := range map[string][]string{
		"a key that is not listed":                  {"-i", o.path("mallory"), "alice@127.0.0.1"},
		"a password":                                {"-o", "PreferredAuthentications=password,keyboard-interactive", "alice@127.0.0.1"},
		"a certificate that has ended":              {"-i", o.path("old"), "dana@127.0.0.1"},
		"a certificate of another authority":        {"-i", o.path("foreign"), "dana@127.0.0.1"},
		"a certificate of somebody else":            {"-i", o.path("omar"), "dana@127.0.0.1"},
		"a certificate that would force a command":  {"-i", o.path("forced"), "dana@127.0.0.1"},
		"a certificate's key without a certificate": {"-i", o.path("dana"), "-o", "CertificateFile=none", "-o", "PubkeyAcceptedAlgorithms=ssh-ed25519", "dana@127.0.0.1"},
	} {
		if r := o.ssh("", "none", append(append(stranger(), args...), "list", "mine")...); r.code != 255 || r.out != "" || !strings.Contains(r.errs, "Permission denied (publickey)") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// The key of an admin that is offered and cannot be proved, before one's own: the
	// session is one's own.
	public, err := os.ReadFile(o.path("priya.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(o.path("stolen"), 0o700); err != nil {
		t.Fatal(err)
	}
	o.write(filepath.Join("stolen", "id.pub"), string(public))
	r := o.ssh("", filepath.Join("stolen", "id"), append(stranger(), "-i", o.path("alice"), "priya@127.0.0.1", "people", "key", "list", "alice")...)
	if r.code != 0 || !strings.Contains(r.out, "alice@laptop") {
		t.Errorf("alice, who has offered the key of priya: %+v", r)
	}
	if r := o.ssh("", filepath.Join("stolen", "id"), append(stranger(), "priya@127.0.0.1", "list")...); r.code != 255 {
		t.Errorf("with a key that was only offered: %+v", r)
	}
	// A certificate for omar opens his console, and only that.
	if r := o.ssh("", "omar", "omar@127.0.0.1", "list", "waiting", "--json"); r.code != 0 {
		t.Errorf("a good certificate: %+v", r)
	}
	// The key that the client has seen is the one that the server named.
	if seen := o.tool("ssh-keygen", "-lf", o.path("known_hosts")); !strings.Contains(seen, o.host) {
		t.Errorf("the client has seen %s, the server says %s", seen, o.host)
	}
}

// TestNothingElseIsServedOverSSH asks for what SSH servers do otherwise.
func TestNothingElseIsServedOverSSH(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	port := free(t)
	for name, args := range map[string][]string{
		"a port forwarded back":     {"-o", "ExitOnForwardFailure=yes", "-N", "-R", port + ":127.0.0.1:1", "alice@127.0.0.1"},
		"a connection to elsewhere": {"-W", "127.0.0.1:" + o.port, "alice@127.0.0.1"},
		"a subsystem":               {"-s", "alice@127.0.0.1", "sftp"},
		"a copy to the host":        {"alice@127.0.0.1", "scp", "-t", "/tmp"},
	} {
		if r := o.ssh("", "alice", args...); r.code == 0 || r.out != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	// What is set in the environment changes nothing.
	r := o.ssh("", "alice", "-o", "SetEnv=COUNTERSIGN_CONFIG=/etc/passwd LD_PRELOAD=/tmp/x.so HOME=/root CREDENTIALS_DIRECTORY=/tmp", "alice@127.0.0.1", "version")
	if r.code != 0 || !strings.Contains(r.out, "countersign") {
		t.Errorf("an odd environment: %+v", r)
	}
	samir := o.ssh("", "samir", "samir@127.0.0.1", "logs", "--limit", "200", "--json")
	for _, part := range []string{"tcpip-forward", "direct-tcpip", "subsystem", "LD_PRELOAD"} {
		if !strings.Contains(samir.out, part) {
			t.Errorf("the log does not hold %q: %+v", part, samir)
		}
	}
}

// TestTheServerIsStoppedWhilePeopleWork sends SIGTERM: every session is told, its
// terminal is as it was, and nothing is half done.
func TestTheServerIsStoppedWhilePeopleWork(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	alice, dana := o.sit("alice", "alice@127.0.0.1"), o.sit("dana", "dana@127.0.0.1")
	alice.wait("Request access to record")
	dana.wait("waiting for you")
	o.stop()
	for _, p := range []*terminal{alice, dana} {
		p.wait("the server is being stopped")
		if err := p.quit(); err == nil || p.cmd.ProcessState.ExitCode() != 130 {
			t.Errorf("the client ended with %v", err)
		}
		if drawn := string(p.drawn); strings.Count(drawn, "\x1b[?1049h") != strings.Count(drawn, "\x1b[?1049l") || !strings.Contains(drawn, "\x1b[?25h") {
			t.Error("the terminal is not as it was")
		}
	}
	if out, code := o.here("", "audit", "verify"); code != 0 {
		t.Errorf("the chain: %s", out)
	}
}

// TestADisabledPersonIsSentAway disables somebody whose console is open.
func TestADisabledPersonIsSentAway(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	alice := o.sit("alice", "alice@127.0.0.1")
	alice.wait("Request access to record")
	priya := o.sit("priya", "priya@127.0.0.1")
	priya.wait("Tasks")
	priya.press(":")
	priya.typed("People")
	priya.press("enter")
	priya.wait("LOGIN", "ROLES")
	priya.press("/")
	priya.typed("login:alice")
	priya.press("enter")
	priya.wait("1 of ", "Here now", "console since")
	priya.press("x")
	priya.wait("1 open session ends at once")
	priya.press("esc")
	if r := o.ssh("", "priya", "priya@127.0.0.1", "people", "disable", "alice"); r.code != 0 {
		t.Fatalf("%+v", r)
	}
	alice.wait("your account was disabled")
	priya.wait("no session over SSH")
	if r := o.ssh("", "alice", "-b", "127.0.0.2", "alice@127.0.0.1", "list", "mine"); r.code != 255 {
		t.Errorf("alice still gets in: %+v", r)
	}
}

// TestServingNeedsKeys starts a server that nobody could enter.
func TestServingNeedsKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := demo.Start(t.Context(), demo.Options{Dir: filepath.Join(dir, "queue"), Requests: demo.LeastRequests, Away: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, dir: dir, conf: filepath.Join(dir, "config.toml")}
	o.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\n[serve]\nlisten = \"127.0.0.1:0\"\n")
	if os.Geteuid() == 0 {
		out, code := o.here("", "serve", "--no-worker")
		if code != 7 || !strings.Contains(out, "does not run as root") {
			t.Errorf("as root: exit code %d, %s", code, out)
		}
		return // giving up root here would take it from the other tests
	}
	out, code := o.here("", "serve", "--no-worker")
	if code != 7 || !strings.Contains(out, "nobody has a key") || !strings.Contains(out, "people key add") {
		t.Errorf("exit code %d, %s", code, out)
	}
}
