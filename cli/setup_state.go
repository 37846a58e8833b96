package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"countersign/config"
	"countersign/model"
	"countersign/store"
	"countersign/ui/setup"
)

// The keys of the answers. Those of a file for --from have the same names.
const (
	askHost       = "host"
	askPort       = "port"
	askScheme     = "scheme"
	askPlain      = "plain_http"
	askTrust      = "trust"
	askCAFile     = "ca_file"
	askPin        = "fingerprint"
	askKeyFrom    = "key_from"
	askKey        = "key"
	askKeyFile    = "api_key_file"
	askEncryption = "encryption_key_file"
	askZone       = "timezone"
	askApprovers  = "approval_group"
	askFulfillers = "fulfil_group"
	askLogin      = "admin_login"
	askName       = "admin_name"
	askEmail      = "admin_email"
	askDir        = "dir"
	askIdentity   = "identity"
	askWorker     = "worker"
)

// The ways to the key of the service, and to trust its certificate.
const (
	keyTyped  = "typed"
	keyInFile = "file"
	keyStands = "stands" // where the configuration says already

	trustSystem = "system"
	trustFile   = "file"
	trustPin    = "fingerprint"
)

// standing is what is there before set-up: the configuration and the queue.
type standing struct {
	path   string // of the configuration
	text   string // "" where there is none yet
	fresh  bool
	mode   fs.FileMode
	values map[string]any
	people int
	login  string // who calls
	admin  bool   // whether they manage people
	groups []model.GroupName
	folder string // for the queue, where none is named
}

// errDamagedConfig says that what stands cannot be built on.
var errDamagedConfig = errors.New("set-up changes single lines of it, and cannot before it can be read: mend it, or move it away")

// stand reads what is there.
func (a *app) stand(ctx context.Context) (*standing, error) {
	s := &standing{path: a.configPath, mode: 0o644, folder: "/var/lib/countersign"}
	if home, ok := a.Env("HOME"); ok && filepath.IsAbs(home) {
		s.folder = "~/.local/share/countersign"
	}
	if s.path == "" {
		found, err := config.Find(a.Env)
		switch {
		case err == nil:
			s.path = found
		case errors.Is(err, config.ErrNoConfig):
			s.path = config.Places(a.Env)[0]
		default:
			return nil, err
		}
	}
	var err error
	if s.path, err = filepath.Abs(s.path); err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	if s.login, err = a.Login(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.fresh, s.values = true, map[string]any{}
		s.text = fmt.Sprintf("# countersign: configuration, begun by `countersign setup` on %s.\n# config.toml.example explains every key.\n", a.Now().Format("2006-01-02"))
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	if info, err := os.Stat(s.path); err == nil {
		s.mode = info.Mode().Perm()
	}
	s.text = string(b)
	if _, err := toml.Decode(s.text, &s.values); err != nil {
		_, err := config.Parse(s.path, s.text, a.Env) // which says it with its line
		return nil, fmt.Errorf("%w; %w", err, errDamagedConfig)
	}
	s.readQueue(ctx, a)
	return s, nil
}

// readQueue looks whether there is a queue with people. What is wrong with it is
// found at the end, by doctor.
func (s *standing) readQueue(ctx context.Context, a *app) {
	conf, err := config.Parse(s.path, s.text, a.Env)
	if err != nil {
		return
	}
	if _, err := os.Stat(filepath.Join(conf.Store.Dir, "queue.db")); err != nil {
		return
	}
	db, err := store.Open(ctx, store.Options{Dir: conf.Store.Dir, Shared: conf.Store.Shared, Now: a.Now})
	if err != nil {
		return
	}
	defer db.Close()
	_ = db.Read(ctx, func(tx *store.Tx) error {
		people, err := tx.People()
		if err != nil {
			return err
		}
		groups, err := tx.Groups()
		s.people, s.groups = len(people), nil
		s.admin = slices.ContainsFunc(people, func(p model.Person) bool { return p.Login == s.login && p.Active && p.Has(model.RoleAdmin) })
		for _, g := range groups {
			s.groups = append(s.groups, g.Name)
		}
		return err
	})
}

// has returns what a key of the file holds, as text, "" if nothing.
func (s *standing) has(section, key string) string {
	values, ok := s.values[section].(map[string]any)
	if !ok || values[key] == nil {
		return ""
	}
	return fmt.Sprint(values[key])
}

// orElse is what a key holds, or what is proposed.
func (s *standing) orElse(section, key, proposed string) string {
	if v := s.has(section, key); v != "" {
		return v
	}
	return proposed
}

// answers are what stands as answers, and proposals for the rest.
func (s *standing) answers() setup.Values {
	v := setup.Values{
		askHost: "localhost", askPort: "8900", askScheme: "http", askPlain: "no",
		askTrust:  trustSystem,
		askCAFile: s.has("vault", "ca_file"), askPin: s.has("vault", "fingerprint"),
		askKeyFrom: keyTyped, askKey: "", askKeyFile: s.orElse("vault", "api_key_file", nextTo(s.path, "api-key")),
		askEncryption: s.has("vault", "encryption_key_file"), askZone: s.orElse("vault", "timezone", "Local"),
		askApprovers: s.orElse("approval", "group", "Vault Approvers"), askFulfillers: s.orElse("approval", "fulfil_group", "Vault Admins"),
		askLogin: s.login, askName: "", askEmail: "",
		askDir: s.orElse("store", "dir", s.folder), askIdentity: s.orElse("seal", "identity", nextTo(s.path, "identity")),
		askWorker: s.orElse("worker", "mode", string(config.WorkerSeparate)),
	}
	if u, err := url.Parse(s.has("vault", "url")); err == nil && u.Host != "" {
		v[askScheme], v[askHost], v[askPort] = u.Scheme, u.Hostname(), u.Port()
		if u.Path != "" && u.Path != "/" {
			v[askHost] = u.String() // as a whole: it has more than host and port
		}
	}
	if s.has("vault", "plain_http") == "true" {
		v[askPlain] = "yes"
	}
	if v[askCAFile] != "" {
		v[askTrust] = trustFile
	}
	if v[askPin] != "" {
		v[askTrust] = trustPin
	}
	if s.has("vault", "api_key_file") != "" || s.has("vault", "api_key_env") != "" || s.has("vault", "api_key") != "" {
		v[askKeyFrom] = keyStands
	}
	return v
}

// nextTo is a file in the folder of the configuration.
func nextTo(path, name string) string { return filepath.Join(filepath.Dir(path), name) }

// hasSteps reports whether the configuration has approvals in several steps, which
// are not asked for here.
func (s *standing) hasSteps() bool { return s.has("approval", "steps") != "" }

// addressOf is the address of the service: from host and port, or as a whole where
// somebody pasted it.
func addressOf(v setup.Values) string {
	host := strings.TrimSpace(v[askHost])
	if strings.Contains(host, "://") {
		return strings.TrimRight(host, "/")
	}
	if v[askPort] == "" {
		return v[askScheme] + "://" + host
	}
	return v[askScheme] + "://" + net.JoinHostPort(strings.Trim(host, "[]"), v[askPort])
}

// schemeOf is https or http, also of an address that was pasted.
func schemeOf(v setup.Values) string {
	scheme, _, _ := strings.Cut(addressOf(v), "://")
	return scheme
}

// isHere reports whether the service is on this host.
func isHere(v setup.Values) bool {
	u, err := url.Parse(addressOf(v))
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}
