package config

import (
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// credentialHostKey is the name of the systemd credential with the host key.
const credentialHostKey = "ssh-host-key" // #nosec G101 -- its name

// Serve says how the console is served over SSH.
type Serve struct {
	Listen string // host and port; an empty host means every address
	// HostKeyFile is made where it is missing; absolute.
	HostKeyFile string
	// KeysFile holds a login and a public key on each line; UserCAFile the keys of
	// certificate authorities; RevokedFile keys and authorities that are taken back.
	// All absolute, "" for none.
	KeysFile    string
	UserCAFile  string
	RevokedFile string
	// User is the account that a start as root changes to; "" if that is refused.
	User              string
	Sessions, PerUser int // at once, in all and of one person
	Idle, Longest     time.Duration
	hostKey           source
}

// HostKey reads the key that the server shows to its clients. The error wraps
// fs.ErrNotExist where it is still to be made in HostKeyFile.
func (s Serve) HostKey(env Env) ([]byte, error) {
	b, err := s.hostKey.read(env)
	if err != nil {
		return nil, fmt.Errorf("the host key: %w", err)
	}
	return b, nil
}

// accountName is the name of an account of the system.
var accountName = regexp.MustCompile(`^[a-z_][a-z0-9_-]*\$?$`)

func readServe(t *table, at places, store Store) Serve {
	s := Serve{
		Listen:      t.text("listen", ":2222"),
		HostKeyFile: at.path(t, "host_key"),
		KeysFile:    at.path(t, "keys"),
		UserCAFile:  at.path(t, "user_ca"),
		RevokedFile: at.path(t, "revoked"),
		User:        t.text("user", ""),
		Sessions:    t.whole("sessions", 200, 1, 10000),
		PerUser:     t.whole("sessions_per_person", 10, 1, 1000),
		Idle:        t.duration("idle", 30*time.Minute, time.Minute, 24*time.Hour),
		Longest:     t.duration("longest", 12*time.Hour, time.Minute, 30*24*time.Hour),
	}
	if s.HostKeyFile == "" && store.Dir != "" {
		s.HostKeyFile = filepath.Join(store.Dir, "ssh_host_key")
	}
	s.hostKey = source{credential: credentialHostKey, file: s.HostKeyFile}
	if _, port, err := net.SplitHostPort(s.Listen); err != nil || !isPort(port) {
		t.wrong("listen", `%q is not an address with a port: write it as ":2222" or "10.0.0.5:2222"`, s.Listen)
	}
	if t.has("user") && !accountName.MatchString(s.User) {
		t.wrong("user", "expected the name of an account of this host")
	}
	return s
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 65535
}
