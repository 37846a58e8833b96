package config

import (
	"encoding/base64"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The names of the systemd credentials that are looked for.
const (
	credentialKey        = "api-key"
	credentialEncryption = "encryption-key"
	credentialIdentity   = "seal-identity"
)

// config reads every section. What is wrong is noted in r.
func (r *reader) config(root *table, at places) Config {
	policy, policies, rules := policies(root)
	store := readStore(root.section("store"), at)
	return Config{
		Store:     store,
		Vault:     readVault(root.section("vault"), at),
		Worker:    readWorker(root.section("worker")),
		Seal:      readSeal(root.section("seal"), at),
		Policy:    policy,
		Policies:  policies,
		Rules:     rules,
		Portal:    readPortal(root.section("portal")),
		Endpoints: readEPM(root.section("epm")),
		Incident:  readIncident(root.section("incident")),
		UI:        readUI(root.section("ui")),
		Log:       readLog(root.section("log")),
		Outside:   readOutside(root.section("notify"), at),
		Serve:     readServe(root.section("serve"), at, store),
	}
}

// places turns the paths of the file into absolute ones.
type places struct {
	file string // of the configuration, absolute
	env  Env
}

// path reads a path: absolute, below the home folder as "~/…", or beside the
// configuration file.
func (a places) path(t *table, key string) string {
	s := t.text(key, "")
	switch rest, inHome := strings.CutPrefix(s, "~/"); {
	case s == "":
		if t.has(key) {
			t.wrong(key, "expected a path")
		}
		return ""
	case strings.ContainsFunc(s, unicode.IsControl):
		t.wrong(key, "a path cannot hold control characters")
		return ""
	case inHome:
		home, ok := a.env("HOME")
		if !ok || !filepath.IsAbs(home) {
			t.wrong(key, "~ stands for the home folder, and HOME is not set: write the whole path")
			return ""
		}
		return filepath.Join(home, rest)
	case filepath.IsAbs(s):
		return filepath.Clean(s)
	default:
		return filepath.Join(filepath.Dir(a.file), s)
	}
}

func readStore(t *table, at places) Store {
	s := Store{Dir: at.path(t, "dir"), Shared: t.flag("shared", false)}
	if !t.has("dir") {
		t.missing("dir", `say where the queue lies: dir = "~/.local/share/countersign"`)
	}
	return s
}

func readVault(t *table, at places) Vault {
	v := Vault{
		CAFile:         at.path(t, "ca_file"),
		Fingerprint:    fingerprint(t),
		Zone:           zone(t),
		CallsPerMinute: t.whole("calls_per_minute", 55, 1, 1000),
		Deadline:       t.duration("deadline", 2*time.Minute, 5*time.Second, 30*time.Minute),
		Version:        version(t),
		EPMWord:        choice(t, "epm_word", EPM, EPM, PEDM),
		key:            keySource(t, at),
		encryption:     source{credential: credentialEncryption, file: at.path(t, "encryption_key_file")},
	}
	v.URL = serviceURL(t)
	if v.CAFile != "" && v.Fingerprint != "" {
		t.wrong("fingerprint", "ca_file and fingerprint exclude each other: a pinned certificate needs no authority")
	}
	if strings.HasPrefix(v.URL, "http:") && (v.CAFile != "" || v.Fingerprint != "") {
		t.wrong("url", "ca_file and fingerprint are about https, and this address begins with http")
	}
	return v
}

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	serviceKey   = regexp.MustCompile(`^[A-Za-z0-9_-]{40,}=*$`)
)

// keySource reads the places of the API key, of which one is enough. No text
// here repeats a value: the usual slip is to write the key where its place
// belongs.
func keySource(t *table, at places) source {
	s := source{credential: credentialKey}
	given := ""
	for _, key := range []string{"api_key_file", "api_key_env", "api_key"} {
		if !t.has(key) {
			continue
		}
		if given != "" {
			t.wrong(key, "%s says already where the key is: keep one of them", given)
		}
		given = key
	}
	if name, _ := t.values["api_key_file"].(string); looksLikeKey(filepath.Base(name)) {
		t.wrong("api_key_file", "this looks like the key itself: put it into a file with mode 600 and name that file here")
	} else {
		s.file = at.path(t, "api_key_file")
	}
	if name := t.text("api_key_env", ""); name == "" || variableName.MatchString(name) {
		s.variable = name
	} else {
		t.wrong("api_key_env", "expected the name of an environment variable, not its value: letters, digits and _")
	}
	if key := t.text("api_key", ""); visibleASCII(key) {
		s.inline = newSecret(key)
	} else if t.has("api_key") {
		t.wrong("api_key", "expected one word of letters, digits and signs, as service-create printed it")
	}
	return s
}

// looksLikeKey reports whether a text has the form of the service's keys: 32
// random bytes in URL-safe base64 (PROTOCOL 4).
func looksLikeKey(s string) bool {
	if !serviceKey.MatchString(s) {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil && len(b) == 32
}

// serviceURL reads and checks the address of the service. It repeats nothing of
// an address that it refuses, because addresses can hold passwords.
func serviceURL(t *table) string {
	const example = `"https://vault.example.com:8900"`
	plain := t.flag("plain_http", false)
	if !t.has("url") {
		t.missing("url", "say where the vault service listens: url = %s", example)
		return ""
	}
	s := strings.TrimSpace(t.text("url", ""))
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" {
		t.wrong("url", "expected an address that begins with https:// or http://, as %s", example)
		return ""
	}
	host := u.Hostname()
	switch port, err := strconv.Atoi(u.Port()); {
	case u.User != nil:
		t.wrong("url", "the address must not hold a user or password: the key goes into a file, see api_key_file")
	case host == "" || strings.ContainsFunc(host, notInHost):
		t.wrong("url", "the address names no host, or no possible one: write it as %s", example)
	case u.Port() != "" && (err != nil || port < 1 || port > 65535):
		t.wrong("url", "the port must be a number from 1 to 65535")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		t.wrong("url", "leave out what follows ? or #: %s is enough", example)
	case strings.Contains(u.Path, "/api"):
		t.wrong("url", "leave out the path: the program adds /api/v1 and /api/v2 itself")
	case u.Scheme == "http" && !loopback(host) && !plain:
		t.wrong("url", "http sends the key and every answer unencrypted to another host: use https, or a tunnel to localhost, or say plain_http = true where the network between is trusted")
	default:
		return strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/")
	}
	return ""
}

func notInHost(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"'<>\^{}|`+"`", r)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

var fingerprintForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// fingerprint reads the SHA-256 of a certificate as openssl and browsers print
// it, with colons or without.
func fingerprint(t *table) string {
	s := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(t.text("fingerprint", "")), ":", ""))
	if t.has("fingerprint") && !fingerprintForm.MatchString(s) {
		t.wrong("fingerprint", "expected the SHA-256 of the certificate, 64 hex digits with or without colons, as this prints it: openssl x509 -noout -fingerprint -sha256 -in cert.pem")
		return ""
	}
	return s
}

func zone(t *table) *time.Location {
	name := t.text("timezone", "Local")
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" {
		t.wrong("timezone", `%q is not a time zone: write its name as "Europe/Berlin" or "UTC"`, name)
		return time.Local
	}
	return loc
}

var versionForm = regexp.MustCompile(`^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$`)

func version(t *table) string {
	s := t.text("version", "")
	if t.has("version") && !versionForm.MatchString(s) {
		t.wrong("version", `%q is not a version: write three numbers, as "17.2.8"`, s)
		return ""
	}
	return s
}

func readWorker(t *table) Worker {
	return Worker{Mode: choice(t, "mode", WorkerSeparate, WorkerSeparate, WorkerConsole)}
}

// recipientForm is a public key of age. Whether its checksum fits is seen where it
// is used.
var recipientForm = regexp.MustCompile(`^age1[02-9ac-hj-np-z]{58}$`)

// readSeal repeats nothing of what it refuses: the usual slip is to write the
// secret key where its public one belongs.
func readSeal(t *table, at places) Seal {
	s := Seal{Recipients: t.texts("recipients"), IdentityFile: at.path(t, "identity")}
	for i, r := range s.Recipients {
		switch {
		case strings.HasPrefix(strings.ToUpper(strings.TrimSpace(r)), "AGE-SECRET-KEY"):
			t.wrong("recipients", "recipient %d is a secret key: make a new one with `countersign keygen`, and write the public key here that it prints", i+1)
		case !recipientForm.MatchString(r):
			t.wrong("recipients", "recipient %d is no public key: expected age1 and 58 more characters, as `countersign keygen` prints it", i+1)
		case slices.Contains(s.Recipients[:i], r):
			t.wrong("recipients", "recipient %d stands there twice", i+1)
		}
	}
	if strings.HasPrefix(strings.ToUpper(filepath.Base(s.IdentityFile)), "AGE-SECRET-KEY") {
		t.wrong("identity", "this looks like the key itself: put it into a file with mode 600 and name that file here")
		s.IdentityFile = ""
	}
	s.identity = source{credential: credentialIdentity, file: s.IdentityFile}
	return s
}

func readUI(t *table) UI {
	return UI{
		ASCII:  t.flag("ascii", false),
		Theme:  choice(t, "theme", ThemeAuto, ThemeAuto, ThemeDark, ThemeLight),
		Mouse:  t.flag("mouse", true),
		FPS:    t.whole("fps", 60, 20, 120),
		Notify: choice(t, "notify", NotifyAuto, NotifyAuto, NotifyBell, NotifyOff),
	}
}

func readLog(t *table) Log {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	return Log{
		Level: levels[choice(t, "level", "info", "debug", "info", "warn", "error")],
		Keep:  t.duration("keep", 30*24*time.Hour, 24*time.Hour, 10*365*24*time.Hour),
		Most:  int64(t.whole("max_mb", 2048, 16, 1<<20)) << 20,
	}
}
