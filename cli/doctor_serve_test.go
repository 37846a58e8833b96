package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"countersign/sshserver"
	"countersign/vaultclient/vaultsim"
)

// TestDoctorLooksAtTheServer falls ill and is mended by what doctor says.
func TestDoctorLooksAtTheServer(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.apply()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	go func() {
		for {
			conn, err := other.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "220 mail\r\n")
			conn.Close()
		}
	}()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	line := string(ssh.MarshalAuthorizedKey(key))
	host, err := sshserver.NewHostKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, serve string
		before      func()
		want        []string
	}{
		{name: "no server", serve: "listen = %q", want: []string{"✓ nobody has a key, so the console is not served over SSH"}},
		{name: "keys that cannot be read", serve: "listen = %q\nkeys = \"people\"", want: []string{"✗", "[serve] keys:", "no such file"}},
		{name: "keys that others may write", serve: "listen = %q\nkeys = \"people\"",
			before: func() { c.write("people", "dana "+line+"ghost "+otherKey(t)); c.chmod(c.dir+"/people", 0o666) }, want: []string{"✗ ", "others may change", "chmod go-w"}},
		{name: "a key of nobody", serve: "listen = %q\nkeys = \"people\"", before: func() { c.chmod(c.dir+"/people", 0o644) },
			want: []string{"! [serve] keys has keys of logins that nobody here has: ghost", "✓ the host key is made at the first start", "! no server is running"}},
		{name: "an authority that is none", serve: "listen = %q\nuser_ca = \"ca\"", before: func() { c.write("ca", "nothing\n") }, want: []string{"✗", "[serve] user_ca:", "line 1"}},
		{name: "a good host key", serve: "listen = %q\nuser_ca = \"ca\"\nhost_key = \"host\"", before: func() { c.write("ca", line); c.write("host", string(host)) },
			want: []string{"✓ somebody may come in", "✓ the host key is SHA256:"}},
		{name: "a host key for everybody", serve: "listen = %q\nuser_ca = \"ca\"\nhost_key = \"host\"", before: func() { c.chmod(c.dir+"/host", 0o644) }, want: []string{"✗ [serve] host_key:", "chmod 600"}},
		{name: "a host key and nobody to come", serve: "listen = %q\nhost_key = \"host\"", before: func() { c.chmod(c.dir+"/host", 0o600) }, want: []string{"✗ nobody has a key, so nobody could come in"}},
		{name: "another program on the port", serve: "listen = \"" + other.Addr().String() + "\" # %q\nuser_ca = \"ca\"", want: []string{"✗ another program listens on"}},
		{name: "an address of another host", serve: "listen = \"192.0.2.1:2222\" # %q\nuser_ca = \"ca\"", want: []string{"✗ [serve] listen:", "name an address of this host"}},
	} {
		if tt.before != nil {
			tt.before()
		}
		c.more = "[serve]\n" + fmt.Sprintf(tt.serve, at) + "\n"
		_, out, _ := c.run("doctor", "--offline")
		_, section, found := strings.Cut(out, "Console over SSH")
		if !found {
			t.Errorf("%s: nothing is said of the server\n%s", tt.name, out)
		}
		for _, want := range tt.want {
			if !strings.Contains(strings.Join(strings.Fields(section), " "), want) {
				t.Errorf("%s: no %q\n%s", tt.name, want, section)
			}
		}
	}
}

func otherKey(t *testing.T) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(ssh.MarshalAuthorizedKey(key))
}

func TestDoctorKeepsToTheSignsOfTheTerminal(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.apply()
	for _, tt := range []struct {
		name  string
		env   map[string]string
		more  string
		ascii bool
	}{
		{name: "no locale"},
		{name: "UTF-8", env: map[string]string{"LANG": "de_DE.UTF-8"}},
		{name: "UTF-8 in small letters", env: map[string]string{"LC_ALL": "C.utf8", "LANG": "C"}},
		{name: "an old locale", env: map[string]string{"LANG": "de_DE@euro"}, ascii: true},
		{name: "no language", env: map[string]string{"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, ascii: true},
		{name: "as configured", more: "[ui]\nascii = true\n", ascii: true},
	} {
		c.env, c.more = tt.env, tt.more
		_, out, errs := c.run("doctor", "--offline")
		plain := !strings.ContainsFunc(out+errs, func(r rune) bool { return r > '~' })
		if plain != tt.ascii || !strings.Contains(out, "as it should be") {
			t.Errorf("%s: only ASCII: %v\n%s", tt.name, plain, out)
		}
	}
}
