package sshserver

import (
	"crypto/rand"
	"math"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// certify makes a certificate for a key, which holds for an hour, and changes it
// before it is signed.
func (h *house) certify(key ssh.Signer, by ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
	h.t.Helper()
	now := time.Now()
	cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, KeyId: "laptop", Serial: 7, ValidPrincipals: []string{"alice"},
		ValidAfter: uint64(now.Add(-time.Minute).Unix()), ValidBefore: uint64(now.Add(time.Hour).Unix()),
		Permissions: ssh.Permissions{Extensions: map[string]string{"permit-pty": ""}}}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, by); err != nil {
		h.t.Fatal(err)
	}
	s, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// forgive forgets the failures of this host: what they cost is another test's.
func (h *house) forgive() {
	if h.server.door.enter(at("127.0.0.1")) == nil {
		h.server.door.leave(at("127.0.0.1"), true)
	}
}

func TestACertificateOpensTheConsoleOfItsPrincipal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	both := func(c *ssh.Certificate) { c.ValidPrincipals = []string{"alice", "bob"} }
	for _, tt := range []struct {
		name, as string
		change   func(*ssh.Certificate)
		by       ssh.Signer
		why      string // of a refusal
	}{
		{name: "a good one", as: "alice"},
		{name: "one for two, as the second", as: "bob", change: both},
		{name: "for ever", as: "alice", change: func(c *ssh.Certificate) { c.ValidBefore = ssh.CertTimeInfinity }},
		{name: "from here", as: "alice", change: func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"source-address": "127.0.0.0/8"} }},
		{name: "as somebody else", as: "bob", why: "principal"},
		{name: "as nobody here", as: "stranger", change: func(c *ssh.Certificate) { c.ValidPrincipals = []string{"stranger"} }, why: "nobody here"},
		{name: "for nobody", as: "alice", change: func(c *ssh.Certificate) { c.ValidPrincipals = nil }, why: "names nobody"},
		{name: "one that has ended", as: "alice", change: func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Second).Unix()) }, why: "expired"},
		{name: "one that has not begun", as: "alice", change: func(c *ssh.Certificate) { c.ValidAfter = uint64(time.Now().Add(time.Hour).Unix()) }, why: "not yet valid"},
		{name: "an impossible time", as: "alice", change: func(c *ssh.Certificate) { c.ValidAfter = math.MaxUint64 - 1 }, why: "not yet valid"},
		{name: "from elsewhere", as: "alice", change: func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"source-address": "192.0.2.1/32"} }, why: ""},
		{name: "with a command", as: "alice", change: func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "list"} }, why: "unsupported critical option"},
		{name: "with an option that nobody knows", as: "alice", change: func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"x@y": ""} }, why: "unsupported critical option"},
		{name: "of a host", as: "alice", change: func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, why: "type"},
		{name: "by another authority", as: "alice", by: newKey(t), why: "authority"},
	} {
		by := tt.by
		if by == nil {
			by = h.ca
		}
		c, err := h.dial(tt.as, h.certify(newKey(t), by, tt.change))
		if good := !strings.HasPrefix(tt.name, "from elsewhere") && tt.why == ""; (err == nil) != good {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil {
			h.log.wait(t, tt.why)
			h.forgive()
			continue
		}
		out, _, code := h.run(c, "", "whoami")
		if code != 0 || !strings.HasPrefix(out, tt.as+" ") {
			t.Errorf("%s: code %d, %q", tt.name, code, out)
		}
		c.Close()
	}
}

func TestATerminalNeedsThePermissionOfTheAuthority(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	c := h.enter("alice", h.certify(newKey(t), h.ca, func(c *ssh.Certificate) { c.Extensions = nil }))
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RequestPty("xterm", 24, 80, nil); err == nil {
		t.Error("a terminal was granted")
	}
	if out, err := s.Output("list"); err != nil || !strings.HasPrefix(string(out), "alice ") {
		t.Errorf("a command: %q, %v", out, err)
	}
}

func TestARevokedKeyOpensNothing(t *testing.T) {
	t.Parallel()
	bare, certified, ca := newKey(t), newKey(t), newKey(t)
	taken := map[string]bool{}
	h := newHouse(t, func(o *Options) {
		o.Authorities = append(o.Authorities, ca.PublicKey())
		o.Revoked = func(fingerprint string) bool { return taken[fingerprint] }
	})
	h.keys[lineOf(bare.PublicKey())] = "alice"
	for _, k := range []ssh.PublicKey{bare.PublicKey(), certified.PublicKey(), ca.PublicKey()} {
		taken[ssh.FingerprintSHA256(k)] = true
	}
	for name, key := range map[string]ssh.Signer{
		"a bare key": bare, "a certified one": h.certify(certified, h.ca, nil), "one of a revoked authority": h.certify(newKey(t), ca, nil),
	} {
		if c, err := h.dial("alice", key); err == nil {
			c.Close()
			t.Errorf("%s opens a console", name)
		}
	}
	h.enter("alice", h.certify(newKey(t), h.ca, nil))
}
