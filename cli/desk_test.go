package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/sshserver"
)

const (
	aKey       = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k"
	anotherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k"
	aThirdKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k"
)

// opened opens the caller's queue as a server does.
func (c *caller) opened(more string) (*app, *queue) {
	c.t.Helper()
	text, err := os.ReadFile(c.conf)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write("config.toml", string(text)+more)
	a := &app{Invocation: Invocation{Env: func(string) (string, bool) { return "", false }, Err: &bytes.Buffer{}, Now: c.now, Zone: time.UTC}, configPath: c.conf}
	q, err := a.open(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = q.close() })
	return a, q
}

func TestAKeyIsWhoseItIs(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	c.write("keys", "# further keys\n\nalice  "+anotherKey+" laptop\n")
	c.call(CodeOK, "people", "key", "add", "dana", aKey)
	a, q := c.opened("[serve]\nkeys = \"keys\"\n")
	d, err := newDesk(t.Context(), a, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		cred  sshserver.Credential
		login string
	}{
		{sshserver.Credential{Key: aKey}, "dana"},
		{sshserver.Credential{Key: anotherKey}, "alice"},
		{sshserver.Credential{Key: aThirdKey}, ""},
		{sshserver.Credential{Key: aThirdKey, Name: "dana"}, "dana"},
		{sshserver.Credential{Key: aKey, Name: "alice"}, "alice"},
		{sshserver.Credential{Key: aKey, Name: "nobody"}, ""},
	} {
		owner, err := d.who(t.Context(), tt.cred)
		if owner.Login != tt.login || (tt.login == "") != errors.Is(err, sshserver.ErrNobody) {
			t.Errorf("%+v is %+v, %v; want %q", tt.cred, owner, err, tt.login)
		}
	}
	c.call(CodeOK, "people", "key", "remove", "dana", aKey)
	if owner, err := d.who(t.Context(), sshserver.Credential{Key: aKey}); !errors.Is(err, sshserver.ErrNobody) {
		t.Errorf("a removed key is of %+v, %v", owner, err)
	}
	// A file that others may write says nothing about anybody.
	if err := os.Chmod(filepath.Join(filepath.Dir(c.conf), "keys"), 0o666); err != nil {
		t.Fatal(err)
	}
	if owner, err := d.who(t.Context(), sshserver.Credential{Key: anotherKey}); err == nil {
		t.Errorf("a key in a file that everybody may write is of %+v", owner)
	}
}

// Without a pty it is for programs, with one for the person who sits there.
func TestWhatIsShownOnATerminalElsewhereIsText(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	number := c.first("waiting", "requestor:alice")
	a, q := c.opened("")
	d := &desk{app: a, q: q}
	for _, hide := range []func() (func(), error){nil, func() (func(), error) { return func() {}, nil }} {
		var out bytes.Buffer
		code := d.command(t.Context(), sshserver.Guest{Owner: sshserver.Owner{Login: "casey"}}, sshserver.Call{Args: []string{"show", number}, In: &bytes.Buffer{}, Out: &out, Err: &out, Hide: hide})
		if isJSON := strings.HasPrefix(out.String(), "{"); code != 0 || isJSON != (hide == nil) || !strings.Contains(out.String(), number) {
			t.Errorf("with a terminal %v: code %d\n%s", hide != nil, code, out.String())
		}
	}
}

func TestAServerThatNobodyCouldEnterIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, more string
		files      map[string]string
		want       string // of the error; "" for none
	}{
		{name: "no keys", want: "nobody has a key"},
		{name: "an empty file", more: "keys = \"keys\"", files: map[string]string{"keys": "# none yet\n"}, want: "nobody has a key"},
		{name: "an empty list of authorities", more: "user_ca = \"ca\"", files: map[string]string{"ca": "\n"}, want: "nobody has a key"},
		{name: "a key in a file", more: "keys = \"keys\"", files: map[string]string{"keys": "alice " + aKey + "\n"}},
		{name: "an authority", more: "user_ca = \"ca\"", files: map[string]string{"ca": aKey + " the authority\n"}},
		{name: "a file that is not there", more: "keys = \"keys\"", want: "[serve] keys"},
		{name: "a key for two", more: "keys = \"keys\"", files: map[string]string{"keys": "alice " + aKey + "\nbob " + aKey + "\n"}, want: "keys:2: this key is alice's already"},
		{name: "a key without a login", more: "keys = \"keys\"", files: map[string]string{"keys": aKey + "\n"}, want: "keys:1: "},
		{name: "a private key", more: "keys = \"keys\"", files: map[string]string{"keys": "alice -----BEGIN OPENSSH PRIVATE KEY-----\n"}, want: "this is a private key"},
		{name: "an authority with options", more: "user_ca = \"ca\"", files: map[string]string{"ca": "cert-authority " + aKey + "\n"}, want: "line 1: options"},
		{name: "no list of revoked keys", more: "revoked = \"gone\"", want: "[serve] revoked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t)
			for name, text := range tt.files {
				c.write(name, text)
			}
			a, q := c.opened("[serve]\n" + tt.more + "\n")
			_, err := newDesk(t.Context(), a, q)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && explain(err).code != CodeConfig {
				t.Errorf("exit code %d", explain(err).code)
			}
		})
	}
}

func TestAHostKeyIsMadeOnceAndKeptPrivate(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	a, q := c.opened("")
	first, err := a.hostKey(q.conf.Serve)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(q.conf.Store.Dir, "ssh_host_key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the host key has mode %v, %v", info.Mode(), err)
	}
	again, err := a.hostKey(q.conf.Serve)
	if err != nil || !bytes.Equal(first.PublicKey().Marshal(), again.PublicKey().Marshal()) {
		t.Errorf("another start makes another key: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := a.hostKey(q.conf.Serve); err == nil {
		t.Error("a host key that everybody may read is used")
	}
	if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.hostKey(q.conf.Serve); err == nil || strings.Contains(err.Error(), "no key") {
		t.Errorf("a damaged one: %v", err)
	}
}

// TestEveryCommandIsForSSHOrForTheHost makes somebody who adds a command think
// about whether it may be served.
func TestEveryCommandIsForSSHOrForTheHost(t *testing.T) {
	t.Parallel()
	host := []string{"serve", "worker", "setup", "keygen", "backup", "restore", "demo", "completion", "man", "notify", "__complete", "__completeNoDesc"}
	here, away := &app{}, &app{Invocation: Invocation{Remote: true}}
	for _, cmd := range here.root().Commands() {
		if servedCommands()[cmd.Name()] == slices.Contains(host, cmd.Name()) {
			t.Errorf("%s: say in servedCommands that it is served over SSH, or here that it is not", cmd.Name())
		}
	}
	for _, cmd := range away.root().Commands() {
		if slices.Contains(host, cmd.Name()) && (len(cmd.Commands()) > 0 || !cmd.Hidden) {
			t.Errorf("%s is offered over SSH", cmd.CommandPath())
		}
	}
	if strings.Contains(away.root().Example, "demo") {
		t.Error("what acts on the host is an example of what works over SSH")
	}
	if away.root().PersistentFlags().Lookup("config") != nil {
		t.Error("another configuration can be named over SSH")
	}
}

// TestNoArgumentsAreNotTheServersOwn calls the program as a session without a
// command does.
func TestNoArgumentsAreNotTheServersOwn(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	_, q := c.opened("")
	var out, errs bytes.Buffer
	code := Run(context.Background(), Invocation{Args: nil, In: strings.NewReader("quit\n"), Out: &out, Err: &errs, Remote: true, served: q,
		Env: func(string) (string, bool) { return "", false }, Login: func() (string, error) { return "casey", nil }, Now: c.now, Zone: q.conf.Vault.Zone})
	if code != CodeOK || !strings.Contains(out.String(), "You are casey") {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
}

// Why a session ends is the server's to say; that it was ended, the exit code.
func TestAConsoleLineByLineIsInterruptedAsTheOtherOne(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	a, q := c.opened("")
	ctx, end := context.WithCancelCause(t.Context())
	in, typing := io.Pipe()
	defer typing.Close()
	var errs bytes.Buffer
	out := newWatched()
	code := make(chan int, 1)
	go func() {
		code <- (&desk{app: a, q: q}).command(ctx, sshserver.Guest{Owner: sshserver.Owner{Login: "casey"}}, sshserver.Call{In: in, Out: out, Err: &errs})
	}()
	if err := out.until(t.Context(), "countersign> "); err != nil {
		t.Fatal(err)
	}
	why := errors.New("the server is being stopped")
	end(why)
	if got := <-code; got != int(CodeInterrupted) || strings.Contains(errs.String(), why.Error()) {
		t.Errorf("exit code %d: %s", got, &errs)
	}
}
