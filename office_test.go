package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/cli"
	"countersign/demo"
)

// office is a company whose console is served over SSH by a process of its own.
type office struct {
	t       *testing.T
	dir     string // keys and configuration
	conf    string
	sim     *simulator
	as      []string // the command of TestMain that the server is, with what comes before "serve"
	server  *exec.Cmd
	said    chan string // lines
	ended   chan error
	port    string
	host    string // fingerprint of the host key
	journal *cut   // all that the server has said since it was started
}

// startOffice makes a company and serves it. more is what the configuration says
// besides, and before is called when the queue and the configuration are there.
func startOffice(t *testing.T, more string, before func(o *office)) *office {
	t.Helper()
	for _, program := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: install openssh-client", err)
		}
	}
	dir := t.TempDir()
	o := &office{t: t, as: []string{"countersign"}, dir: dir, conf: filepath.Join(dir, "config.toml"), ended: make(chan error, 1)}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	queue, control := filepath.Join(dir, "queue"), filepath.Join(dir, "control.json")
	d, err := demo.Start(context.Background(), demo.Options{Dir: queue, Requests: demo.LeastRequests, Login: me.Username, Rate: "10000/minute", Control: control})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // its queue is closed already
	if err := d.DB.Close(); err != nil {
		t.Fatal(err)
	}
	o.sim = openSimulator(t, control)
	o.write("key", d.Key+"\n")
	text := fmt.Sprintf("[store]\ndir = \"queue\"\n[vault]\nurl = %q\napi_key_file = \"key\"\ncalls_per_minute = 1000\n[seal]\nrecipients = [%q]\nidentity = \"queue/identity\"\n[serve]\nlisten = \"127.0.0.1:0\"\n",
		d.URL, d.Identity.Recipient())
	if me.Uid == "0" {
		text += "user = \"nobody\"\n"
	}
	o.write("config.toml", text+more)
	for _, p := range demo.Personas() {
		o.keygen(p.Login)
	}
	if before != nil {
		before(o)
	}
	if me.Uid == "0" {
		o.giveTo("nobody")
	}
	t.Cleanup(func() { // when the server has ended
		for _, found := range leftOver(t, dir, map[string]string{"key of the vault service in key": d.Key}) {
			t.Error(found)
		}
	})
	o.serve()
	return o
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) write(name, text string) {
	o.t.Helper()
	if err := os.WriteFile(o.path(name), []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// keygen makes a pair of keys.
func (o *office) keygen(name string) {
	o.t.Helper()
	o.tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name+"@laptop", "-f", o.path(name))
}

// addKey lets somebody in by the key of that name.
func (o *office) addKey(login, key string) {
	o.t.Helper()
	public, err := os.ReadFile(o.path(key + ".pub"))
	if err != nil {
		o.t.Fatal(err)
	}
	if out, code := o.here(string(public), "people", "key", "add", login); code != cli.CodeOK {
		o.t.Fatalf("exit code %d: %s", code, out)
	}
}

// here runs a command on the host, in this process.
func (o *office) here(in string, args ...string) (string, cli.Code) {
	me, err := user.Current()
	if err != nil {
		o.t.Fatal(err)
	}
	var out bytes.Buffer
	code := cli.Run(context.Background(), cli.Invocation{Args: append(args, "--config", o.conf), In: strings.NewReader(in), Out: &out, Err: &out,
		Env: func(string) (string, bool) { return "", false }, Login: func() (string, error) { return me.Username, nil }, Now: time.Now, Zone: time.UTC})
	o.nothingIn(args[0], out.String())
	return out.String(), code
}

// nothingIn looks for marked secrets in what was printed.
func (o *office) nothingIn(where, printed string) {
	o.t.Helper()
	if found := marked([]byte(printed)); found != "" {
		o.t.Errorf("%s printed a secret: %s", where, found)
	}
}

func (o *office) tool(name string, args ...string) string {
	o.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		o.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
	return string(out)
}

// giveTo gives what the server needs to an account that is not root.
func (o *office) giveTo(account string) {
	o.t.Helper()
	u, err := user.Lookup(account)
	if err != nil {
		o.t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	for _, path := range []string{"queue", "key"} {
		err := filepath.WalkDir(o.path(path), func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chown(path, uid, gid)
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
	for at := o.dir; at != os.TempDir() && len(at) > 1; at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			o.t.Fatal(err)
		}
	}
}

var servingOn = regexp.MustCompile(`serving the console .* on 127\.0\.0\.1:([0-9]+)`)
var hostKeyIs = regexp.MustCompile(`the host key is (SHA256:\S+)`)

// serve starts the server and waits until it listens.
func (o *office) serve() {
	o.t.Helper()
	program, err := os.Executable()
	if err != nil {
		o.t.Fatal(err)
	}
	o.server = exec.Command(program)
	o.server.Args = append(slices.Clone(o.as), "serve", "--config", o.conf)
	o.server.Dir = "/"
	o.server.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", detector()}
	o.said = make(chan string, 1000)
	o.journal = &cut{lines: o.said}
	o.server.Stderr = o.journal
	if err := o.server.Start(); err != nil {
		o.t.Fatal(err)
	}
	go func() { o.ended <- o.server.Wait() }()
	o.t.Cleanup(func() {
		_ = o.server.Process.Kill()
		<-o.ended
		o.nothingIn("what the server said", string(o.journal.text()))
	})
	o.port = o.hears(servingOn)
	o.host = o.hears(hostKeyIs)
}

// cut cuts what a process writes into lines, and keeps all of it.
type cut struct {
	lines chan string
	rest  []byte
	mu    sync.Mutex // guards all
	all   []byte
}

// text is all that the process has written so far.
func (c *cut) text() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

func (c *cut) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.all = append(c.all, p...)
	c.mu.Unlock()
	c.rest = append(c.rest, p...)
	for {
		line, rest, whole := bytes.Cut(c.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		select {
		case c.lines <- string(line):
		default: // nobody listens any more
		}
		c.rest = rest
	}
}

// hears waits until the server says something, and returns the part of interest.
func (o *office) hears(what *regexp.Regexp) string {
	o.t.Helper()
	deadline := time.After(patience)
	var all []string
	for {
		select {
		case line := <-o.said:
			all = append(all, line)
			if m := what.FindStringSubmatch(line); m != nil {
				return m[len(m)-1]
			}
		case err := <-o.ended:
			o.ended <- err
			o.t.Fatalf("the server ended (%v) and said:\n%s", err, strings.Join(all, "\n"))
		case <-deadline:
			o.t.Fatalf("the server did not say %s:\n%s", what, strings.Join(all, "\n"))
		}
	}
}

// stop ends the server as a service manager does, and waits for its end.
func (o *office) stop() {
	o.t.Helper()
	if err := o.server.Process.Signal(syscall.SIGTERM); err != nil {
		o.t.Fatal(err)
	}
	select {
	case err := <-o.ended:
		o.ended <- err
		if err != nil {
			o.t.Errorf("the server ended with %v", err)
		}
	case <-time.After(patience):
		o.t.Error("the server does not end")
	}
}

// client is OpenSSH's client with a key; the arguments follow its options.
func (o *office) client(key string, args ...string) *exec.Cmd {
	all := append([]string{"-F", "none", "-p", o.port, "-i", o.path(key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=accept-new", "-o", "UserKnownHostsFile=" + o.path("known_hosts"), "-o", "LogLevel=ERROR"}, args...)
	cmd := exec.Command("ssh", all...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8"}
	return cmd
}

// sit opens a console over SSH.
func (o *office) sit(key string, args ...string) *terminal {
	o.t.Helper()
	return openTerminal(o.t, 120, 36, o.client(key, append([]string{"-tt"}, args...)...))
}

// ran is what came of a command over SSH.
type ran struct {
	out, errs string
	code      int
}

// ssh runs OpenSSH's client.
func (o *office) ssh(in, key string, args ...string) ran {
	o.t.Helper()
	return o.finish(o.client(key, args...), in)
}

func (o *office) finish(cmd *exec.Cmd, in string) ran {
	o.t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		o.t.Fatal(err)
	}
	o.nothingIn(strings.Join(cmd.Args, " "), out.String()+errs.String())
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// free is a port of this host on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
