package sshserver

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func TestACommandKeepsItsCodeAndItsStreams(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("whoever", h.person("alice"))
	for _, tt := range []struct {
		command, in    string
		code           int
		out, errs      string
		wantPart       bool
		visitedCommand string
	}{
		{command: "fail", code: 7, out: "out\n", errs: "err\n"},
		{command: "cat", in: "in\nput", out: "in\nput"},
		{command: `list "two words" 'a"b' \x`, out: `alice from 127.0.0.1 runs ["list" "two words" "a\"b" "x"] with []` + "\n"},
		{command: "list; rm -rf $HOME", out: `alice from 127.0.0.1 runs ["list;" "rm" "-rf" "$HOME"] with []` + "\n"},
		{command: "list 'open", code: codeUsage, errs: "countersign: " + errQuote.Error() + "\n"},
		{command: "", code: 2, errs: "no terminal\n"},
	} {
		out, errs, code := h.run(c, tt.in, tt.command)
		if out != tt.out || errs != tt.errs || code != tt.code {
			t.Errorf("%q: code %d, out %q, err %q; want %d, %q, %q", tt.command, code, out, errs, tt.code, tt.out, tt.errs)
		}
	}
}

func TestAConsoleLearnsItsTerminal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("", h.person("alice"))
	s := h.sit(c)
	s.out.wait(t, "console of alice 80x24 TERM=xterm-256color\r\n")
	if err := s.s.WindowChange(50, 132); err != nil {
		t.Fatal(err)
	}
	s.out.wait(t, "now 132x50\r\n")
	if err := s.s.WindowChange(1<<30, 1<<30); err != nil {
		t.Fatal(err)
	}
	s.out.wait(t, "now 640x240\r\n")
	s.press("q")
	if code := s.code(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestOnlyWhatDescribesTheTerminalIsTakenOfTheEnvironment(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("", h.person("alice"))
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, value string
		taken       bool
	}{
		{"COLORTERM", "truecolor", true}, {"NO_COLOR", "1", true}, {"LANG", "C.UTF-8", true},
		{"COLORTERM", "again", false}, {"TERM", "dumb", false}, {"LD_PRELOAD", "/tmp/x.so", false}, {"HOME", "/", false},
		{"COUNTERSIGN_CONFIG", "/tmp/mine.toml", false}, {"LC_ALL", "C", false}, {"LANG\x00", "x", false}, {"TEA_DEBUG", "1", false},
		{"NO_COLOR", strings.Repeat("1", 1000), false},
	} {
		if err := s.Setenv(tt.name, tt.value); (err == nil) != tt.taken {
			t.Errorf("%s=%.20s: %v", tt.name, tt.value, err)
		}
	}
	out, err := s.Output("env")
	if want := `with ["COLORTERM=truecolor" "NO_COLOR=1" "LANG=C.UTF-8"]`; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("got %s, %v", out, err)
	}
	h.log.wait(t, "LD_PRELOAD")
}

func TestNothingButSessionsIsServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("", h.person("alice"))
	if conn, err := c.Dial("tcp", "127.0.0.1:22"); err == nil {
		conn.Close()
		t.Error("a port was forwarded")
	}
	if l, err := c.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		t.Error("a port was listened on")
	}
	if l, err := c.ListenUnix("/tmp/never"); err == nil {
		l.Close()
		t.Error("a socket was listened on")
	}
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{"auth-agent-req@openssh.com", "x11-req", "break", "eow@openssh.com", "no-such-thing"} {
		if ok, err := s.SendRequest(request, true, nil); ok || err != nil {
			t.Errorf("%s: %v, %v", request, ok, err)
		}
	}
	if err := s.RequestSubsystem("sftp"); err == nil {
		t.Error("sftp was granted")
	}
	for _, part := range []string{"direct-tcpip", "tcpip-forward", "streamlocal-forward", "auth-agent-req", "x11-req", "subsystem"} {
		h.log.wait(t, part)
	}
	// The connection goes on.
	if _, _, code := h.run(c, "", "list"); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestWhoIsNotListedStaysOutside(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	known := h.person("alice")
	h.mu.Lock()
	h.away["bob"] = true
	h.mu.Unlock()
	disabled := h.person("bob")
	for name, auth := range map[string][]ssh.AuthMethod{
		"an unknown key": {ssh.PublicKeys(newKey(t))},
		"a disabled one": {ssh.PublicKeys(disabled)},
		"a password":     {ssh.Password("secret")},
		"questions":      {ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil })},
		"nothing":        {},
	} {
		_, err := ssh.Dial("tcp", h.addr, &ssh.ClientConfig{User: "alice", Auth: auth, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
		if err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
			t.Errorf("%s: %v", name, err)
		}
		h.forgive()
	}
	h.enter("alice", known)
	h.log.wait(t, "login refused")
}

// foreign offers a key that it cannot sign with.
type foreign struct {
	ssh.Signer
	public ssh.PublicKey
}

func (f foreign) PublicKey() ssh.PublicKey { return f.public }

// TestAKeyThatIsOnlyOfferedIsNobody offers the key of somebody else before one's
// own: whoever is remembered at the offer would be that one.
func TestAKeyThatIsOnlyOfferedIsNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	admin, mine := h.person("admin"), h.person("mallory")
	stolen := foreign{mine, admin.PublicKey()}
	if c, err := h.dial("admin", stolen); err == nil {
		c.Close()
		t.Fatal("somebody came in with a key that they cannot prove")
	}
	h.log.wait(t, "not proved")
	// What is kept of an offer is kept with that offer alone.
	l := &login{server: h.server, ctx: t.Context()}
	first, err := l.offered(meta{}, admin.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.offered(meta{}, mine.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	for perms, key := range map[*ssh.Permissions]ssh.Signer{first: admin, second: mine} {
		if c, _ := perms.ExtraData[credentialKey{}].(Credential); c.Fingerprint != ssh.FingerprintSHA256(key.PublicKey()) {
			t.Errorf("the permissions are of %s", c.Fingerprint)
		}
	}
}

// meta is a connection of which nothing is known.
type meta struct{ ssh.ConnMetadata }

func (meta) User() string { return "mallory" }

func TestSeveralSessionsOfOneConnectionEndByThemselves(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("", h.person("alice"))
	first, second := h.sit(c), h.sit(c)
	if err := first.s.Close(); err != nil {
		t.Fatal(err)
	}
	// The console of a session that its client has closed ends, although the
	// connection goes on.
	h.log.wait(t, "session ended")
	second.press("x")
	second.out.wait(t, "key x")
}

func TestAPanicEndsOneSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	alice, bob := h.sit(h.enter("", h.person("alice"))), h.enter("", h.person("bob"))
	other := h.sit(bob)
	alice.press("p")
	if code := alice.code(); code != codeFailure {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(alice.err.String(), "a mistake of the program") {
		t.Errorf("told: %q", alice.err)
	}
	if _, _, code := h.run(bob, "", "panic"); code != codeFailure {
		t.Errorf("exit code %d", code)
	}
	other.press("x")
	other.out.wait(t, "key x")
	h.log.wait(t, "panic in a session")
}

// TestAPanicOfTheServerItselfEndsNothing has the look at who may stay panic.
func TestAPanicOfTheServerItselfEndsNothing(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var h *house
	h = newHouse(t, func(o *Options) {
		o.Who = func(ctx context.Context, c Credential) (Owner, error) {
			if broken.Load() {
				panic("a mistake")
			}
			return h.who(ctx, c)
		}
	})
	alice := h.sit(h.enter("", h.person("alice")))
	broken.Store(true)
	h.changed <- struct{}{}
	h.log.wait(t, "panic in looking who may stay")
	if c, err := h.dial("", h.person("bob")); err == nil {
		c.Close()
		t.Error("somebody came in whom nobody knows")
	}
	h.log.wait(t, "panic in a connection")
	broken.Store(false)
	h.disable("alice")
	if code := alice.code(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	h.enter("", h.person("carol"))
}

func TestWhoIsDisabledIsSentAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	alice, bob := h.sit(h.enter("", h.person("alice"))), h.sit(h.enter("", h.person("bob")))
	h.disable("alice")
	if code := alice.code(); code != 130 || !strings.Contains(alice.err.String(), "your account was disabled") {
		t.Errorf("exit code %d, told %q", code, alice.err)
	}
	bob.press("x")
	bob.out.wait(t, "key x")
}

// The exit code is the last that is sent before the server ends the connection: a client
// has time to read it.
func TestAConnectionIsLeftToTheClientWhenItsSessionsHaveEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	client := h.enter("", h.person("alice"))
	alice := h.sit(client)
	h.stop()
	if code := alice.code(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	time.Sleep(hangUp / 10) // in which it was closed
	if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		t.Errorf("the connection is gone: %v", err)
	}
	gone := make(chan error, 1)
	go func() { gone <- client.Wait() }()
	select {
	case <-gone:
	case <-time.After(patience):
		t.Error("the connection stays")
	}
}
