package sshserver

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// rsaKey is an RSA key, as a file of ssh-keygen and as a signer.
func rsaKey(t *testing.T, bits int) ([]byte, ssh.Signer) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block), s
}

// bySHA1 signs as ssh-rsa.
type bySHA1 struct{ ssh.AlgorithmSigner }

func (s bySHA1) Algorithms() []string { return []string{ssh.KeyAlgoRSA} }

func TestNothingRestsOnSHA1(t *testing.T) {
	t.Parallel()
	text, _ := rsaKey(t, 2048)
	host, err := ParseHostKey(text)
	if err != nil {
		t.Fatal(err)
	}
	_, mine := rsaKey(t, 2048)
	h := newHouse(t, func(o *Options) { o.HostKeys = []ssh.Signer{host} })
	h.mu.Lock()
	h.keys[lineOf(mine.PublicKey())] = "alice"
	h.mu.Unlock()
	h.enter("alice", mine)
	for name, change := range map[string]func(*ssh.ClientConfig){
		"the exchange of keys": func(c *ssh.ClientConfig) { c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH14SHA1} },
		"the sums": func(c *ssh.ClientConfig) {
			c.Ciphers, c.MACs = []string{ssh.CipherAES128CTR}, []string{ssh.HMACSHA1}
		},
		"the host key": func(c *ssh.ClientConfig) { c.HostKeyAlgorithms = []string{ssh.KeyAlgoRSA} },
		"a guest's key": func(c *ssh.ClientConfig) {
			c.Auth = []ssh.AuthMethod{ssh.PublicKeys(bySHA1{mine.(ssh.AlgorithmSigner)})}
		},
	} {
		conf := &ssh.ClientConfig{User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(mine)}, Timeout: patience, HostKeyCallback: ssh.InsecureIgnoreHostKey()}
		change(conf)
		if c, err := ssh.Dial("tcp", h.addr, conf); err == nil {
			c.Close()
			t.Errorf("%s may rest on SHA-1", name)
		}
		h.forgive()
	}
}

func TestAShortHostKeyIsRefused(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	text, _ := rsaKey(t, 1024)
	if _, err := ParseHostKey(text); err == nil || !strings.Contains(err.Error(), "2048") {
		t.Error(err)
	}
}

func TestACertificateNeedsAStrongAuthority(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	_, strong := rsaKey(t, 2048)
	_, short := rsaKey(t, 1024)
	h := newHouse(t, func(o *Options) { o.Authorities = []ssh.PublicKey{strong.PublicKey(), short.PublicKey()} })
	h.enter("alice", h.certify(newKey(t), strong, nil))
	for why, by := range map[string]ssh.Signer{"SHA-1": bySHA1{strong.(ssh.AlgorithmSigner)}, "shorter than 2048": short} {
		if c, err := h.dial("alice", h.certify(newKey(t), by, nil)); err == nil {
			c.Close()
			t.Errorf("%s: it opens a console", why)
		}
		h.log.wait(t, why)
		h.forgive()
	}
}

// A stranger's words reach the log short, and in one line.
func TestAStrangerCannotFillTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	name := "x\nlevel=ERROR msg=forged \x1b[2J\xff" + strings.Repeat("n", 100_000)
	if c, err := h.dial(name, newKey(t)); err == nil {
		c.Close()
		t.Error("a stranger is in")
	}
	h.log.wait(t, "login refused")
	if text := h.log.String(); len(text) > 2000 || strings.Contains(text, "\nlevel=ERROR") || strings.Contains(text, "\x1b") || strings.Contains(text, "\xff") {
		t.Errorf("the log has %d bytes: %.300q", len(text), text)
	}
	c := h.enter("alice", h.person("alice"))
	h.run(c, "", strings.Repeat("w", 30_000))
	h.log.wait(t, "session ended")
	if text := h.log.String(); len(text) > 4000 {
		t.Errorf("the log has %d bytes", len(text))
	}
}

// Whoever is in may keep so many connections open, with sessions or without.
func TestConnectionsOfAPersonAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.PerPerson = 2 })
	key := h.person("alice")
	for range 4 {
		h.enter("alice", key)
	}
	c, err := h.dial("alice", key)
	if err == nil {
		// The handshake is done before it is known whose connection it is.
		_, err = c.NewSession()
		c.Close()
	}
	if err == nil {
		t.Error("a fifth connection has a session")
	}
	h.log.wait(t, "connections open already")
	h.enter("bob", h.person("bob"))
}

func TestOnlyKeysAreAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for name, auth := range map[string][]ssh.AuthMethod{
		"nothing":    nil,
		"a password": {ssh.Password("x")},
		"questions":  {ssh.KeyboardInteractive(func(string, string, []string, []bool) ([]string, error) { return nil, nil })},
	} {
		var tried ssh.AuthMethod
		conf := &ssh.ClientConfig{User: "alice", Auth: auth, Timeout: patience, HostKeyCallback: ssh.InsecureIgnoreHostKey()}
		if c, err := ssh.Dial("tcp", h.addr, conf); err == nil {
			c.Close()
			t.Errorf("%s lets somebody in: %v", name, tried)
		}
		h.forgive()
	}
}

// What comes over the wire is foreign: none of it ends the server, or another
// session.
func TestOddRequestsDoNoHarm(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c, other := h.enter("alice", h.person("alice")), h.sit(h.enter("bob", h.person("bob")))
	ch, reqs, err := c.OpenChannel("session", []byte(strings.Repeat("x", 10_000)))
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(reqs)
	long := strings.Repeat("y", 200_000)
	for _, r := range []struct {
		kind    string
		payload []byte
	}{
		{"exec", nil}, {"exec", []byte{0xff, 0xff, 0xff, 0xff}}, {"pty-req", []byte("short")}, {"window-change", ssh.Marshal(struct{ A, B, C, D uint32 }{9, 9, 9, 9})},
		{"env", ssh.Marshal(struct{ N, V string }{"LD_PRELOAD", long})}, {"env", ssh.Marshal(struct{ N, V string }{"LANG", long})},
		{"env", ssh.Marshal(struct{ N, V string }{"LANG", "C\n\x1b[2J"})}, {"signal", []byte{1}}, {long, nil}, {"subsystem", ssh.Marshal(struct{ N string }{"sftp"})},
		{"x11-req", nil}, {"auth-agent-req@openssh.com", nil}, {"break", nil}, {"xon-xoff", nil},
	} {
		if ok, err := ch.SendRequest(r.kind, true, r.payload); err != nil || ok {
			t.Errorf("%.20q is granted, or ends the session: %v", r.kind, err)
		}
	}
	pty := ssh.Marshal(struct {
		Term         string
		W, H, PW, PH uint32
		Modes        string
	}{"xterm", 1 << 31, 1 << 31, 0, 0, long})
	for _, r := range []struct {
		kind    string
		payload []byte
		granted bool
	}{
		{"pty-req", pty, true}, {"pty-req", pty, false}, {"shell", nil, true}, {"shell", nil, false}, {"pty-req", pty, false},
		{"env", ssh.Marshal(struct{ N, V string }{"LANG", "C"}), false},
	} {
		if ok, err := ch.SendRequest(r.kind, true, r.payload); err != nil || ok != r.granted {
			t.Fatalf("%s: %v, %v; want %v", r.kind, ok, err, r.granted)
		}
	}
	for i := range uint32(5000) {
		if _, err := ch.SendRequest("window-change", false, ssh.Marshal(struct{ A, B, C, D uint32 }{i, i * 7, 0, 0})); err != nil {
			t.Fatal(err)
		}
	}
	if ok, err := ch.SendRequest("exec", true, ssh.Marshal(struct{ C string }{"list"})); err != nil || ok {
		t.Errorf("a second command begins: %v", err)
	}
	other.press("k")
	other.out.wait(t, "key k")
	if text := h.log.String(); len(text) > 10_000 {
		t.Errorf("the log has %d bytes", len(text))
	}
	ch.Close()
}

func TestOddCommandsReachTheProgramAsTheyCame(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("alice", h.person("alice"))
	for _, command := range []string{"list; rm -rf /", "$(id)", "`id`", "a|b>c&d", "list \x00\x1b[2J\xff", "list \u202e", "~ * ? [x]"} {
		out, _, code := h.run(c, "", command)
		args, err := words(command)
		if err != nil {
			t.Fatal(err)
		}
		if code != 0 || !strings.Contains(out, fmt.Sprintf("runs %q", args)) {
			t.Errorf("%q: code %d, %q", command, code, out)
		}
	}
	if _, errs, code := h.run(c, "", strings.Repeat("a ", mostCommand)); code != codeUsage || !strings.Contains(errs, "too long") {
		t.Errorf("a long one: code %d, %.100q", code, errs)
	}
}

// Whoever connects and says nothing costs a connection, and not for long.
func TestSilentStrangersAreLetGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) { o.Limits.Handshakes, o.Limits.PerHost = 8, 8 })
	var all []net.Conn
	for range 20 {
		c, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	h.log.wait(t, "too many logins")
	for _, c := range all {
		c.Close()
	}
}

// What only looks whether somebody listens has not failed to come in; it does not
// make up for failures either.
func TestWhoeverOnlyLooksDoesNotHaveToWait(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	look := func() {
		c, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if hello, err := bufio.NewReader(c).ReadString('\n'); err != nil || hello != "SSH-2.0-countersign\r\n" {
			t.Fatalf("%q, %v", hello, err)
		}
	}
	for range 2 * freeFailures {
		look()
	}
	h.enter("alice", h.person("alice"))
	if text := h.log.String(); strings.Contains(text, "login refused") {
		t.Error(text)
	}
}

func TestLookingDoesNotMakeUpForFailures(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	d, from := newDoor(func() time.Time { return noon }, 64, 16), at("192.0.2.1")
	for range freeFailures {
		for _, leave := range []func(){func() { d.pass(from) }, func() { d.leave(from, false) }} {
			if err := d.enter(from); err != nil {
				t.Fatal(err)
			}
			leave()
		}
	}
	if err := d.enter(from); err == nil {
		t.Error("it has not to wait")
	}
	if d.pending != 0 {
		t.Errorf("%d are at the door", d.pending)
	}
}
