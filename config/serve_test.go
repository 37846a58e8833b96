package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServingHasDefaults(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("[store]\ndir = \"queue\"\n[vault]\nurl = \"http://localhost:1\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	c, err := Load(path, none)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "queue", "ssh_host_key")
	want := Serve{Listen: ":2222", HostKeyFile: key, Sessions: 200, PerUser: 10, Idle: 30 * time.Minute, Longest: 12 * time.Hour,
		hostKey: source{credential: "ssh-host-key", file: key}}
	if c.Serve != want {
		t.Errorf("got %+v, want %+v", c.Serve, want)
	}
	if _, err := c.Serve.HostKey(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a host key that is not there: %v", err)
	}
	// A credential of systemd comes first.
	if err := os.WriteFile(filepath.Join(dir, "ssh-host-key"), []byte("the credential"), 0o440); err != nil {
		t.Fatal(err)
	}
	b, err := c.Serve.HostKey(func(name string) (string, bool) { return dir, name == "CREDENTIALS_DIRECTORY" })
	if string(b) != "the credential" || err != nil {
		t.Errorf("the credential: %q, %v", b, err)
	}
}

func TestWhatIsWrongWithServing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{`listen = "2222"`, `:7: [serve] listen: "2222" is not an address with a port`},
		{`listen = ":ssh"`, `:7: [serve] listen: ":ssh" is not an address`},
		{`listen = ":70000"`, `:7: [serve] listen: ":70000" is not an address`},
		{`user = "root; id"`, ":7: [serve] user: expected the name of an account"},
		{`user = ""`, ":7: [serve] user: expected the name of an account"},
		{`sessions = 0`, ":7: [serve] sessions: 0 is out of range"},
		{`sessions_per_person = 1001`, ":7: [serve] sessions_per_person: 1001 is out of range"},
		{`idle = "30 s"`, ":7: [serve] idle: 30 s is out of range"},
		{`longest = "never"`, `:7: [serve] longest: "never" is not a time`},
		{`authorized_keys = "x"`, ":7: [serve] authorized_keys: no such key"},
	} {
		if got := problems(t, minimal+"[serve]\n"+tt.text); !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestAFileThatOthersMayChangeIsNotTrusted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("alice"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, trusted := range map[fs.FileMode]bool{0o600: true, 0o644: true, 0o664: false, 0o602: false, 0o400: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		b, err := ReadTrusted(path)
		if (err == nil) != trusted || trusted && string(b) != "alice" || !trusted && !errors.Is(err, ErrExposed) {
			t.Errorf("mode %04o: %q, %v", mode, b, err)
		}
	}
	if _, err := ReadTrusted(t.TempDir()); err == nil {
		t.Error("a folder was read")
	}
	if err := os.WriteFile(path, make([]byte, maxTrusted+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTrusted(path); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a file that is too large: %v", err)
	}
}
