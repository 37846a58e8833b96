package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"time"
	_ "time/tzdata" // [vault] timezone must work on hosts without zone files

	"github.com/BurntSushi/toml"

	"countersign/model"
)

// Config is a checked configuration. config.toml.example explains every key and
// its default.
type Config struct {
	File   string // where it was read from, absolute
	Store  Store
	Vault  Vault
	Worker Worker
	Seal   Seal
	// Policy is how requests are approved and fulfilled; Policies holds the items
	// that differ, complete and not only their differences.
	Policy   model.Policy
	Policies map[model.ItemKey]model.Policy
	// Rules are policies for some requests about an item only, complete as well; the
	// first that fits goes before those.
	Rules     map[model.ItemKey][]model.PolicyRule
	Portal    model.Portal
	Endpoints Endpoints
	Incident  model.IncidentTable
	UI        UI
	Log       Log
	Outside   Outside // [notify]
	Serve     Serve
}

// Store says where the queue lies.
type Store struct {
	Dir    string // absolute
	Shared bool   // the folder's Unix group may use the files too
}

// Vault says how the vault service is reached.
type Vault struct {
	URL            string // scheme, host and port, without a slash at the end
	CAFile         string // absolute; "" means the system's authorities
	Fingerprint    string // SHA-256 of the certificate, 64 lower-case hex digits; "" if none is pinned
	Zone           *time.Location
	CallsPerMinute int           // for each URL path (DESIGN 5)
	Deadline       time.Duration // how long to wait for one answer
	Version        string        // of the service, as "17.2.8"; "" means ask it
	EPMWord        EPMWord
	key            source // read by APIKey
	encryption     source // read by EncryptionKey
}

// EPMWord is what the service calls the endpoint commands (PROTOCOL 16).
type EPMWord string

// The two words.
const (
	EPM  EPMWord = "epm"
	PEDM EPMWord = "pedm" // before 17.2.1
)

// Worker says which process talks to the vault.
type Worker struct {
	Mode WorkerMode
}

// WorkerMode says where the worker runs.
type WorkerMode string

// The two modes (DESIGN 5).
const (
	WorkerSeparate WorkerMode = "separate" // as a process of its own
	WorkerConsole  WorkerMode = "console"  // inside the console
)

// Seal says who reads secret answers (DESIGN 4).
type Seal struct {
	// Recipients are the public keys that answers are sealed to, the worker's
	// first: "age1" and 58 more characters each.
	Recipients []string
	// IdentityFile is where the worker's secret key lies, absolute, "" where only a
	// credential of systemd can hold it.
	IdentityFile string
	identity     source // read by Identity
}

// UI says how the console looks.
type UI struct {
	ASCII  bool
	Theme  Theme
	Mouse  bool
	FPS    int // frames a second at most
	Notify Notify
}

// Notify says how the console calls somebody who looks elsewhere.
type Notify string

// The ways to call somebody.
const (
	NotifyAuto Notify = "auto" // on the desktop where the terminal can, and by its bell
	NotifyBell Notify = "bell" // by the bell alone
	NotifyOff  Notify = "off"  // not at all
)

// Theme is the brightness of the terminal's background.
type Theme string

// The themes.
const (
	ThemeAuto  Theme = "auto" // ask the terminal
	ThemeDark  Theme = "dark"
	ThemeLight Theme = "light"
)

// Log says what the application log keeps, and how long.
type Log struct {
	Level slog.Level
	Keep  time.Duration
	Most  int64 // bytes
}

// maxFile bounds a configuration file; the example has some 10 KiB.
const maxFile = 64 << 10

// Load reads and checks a configuration file. Everything wrong with what is
// written in it comes as one *Error; a file that cannot be read is another error.
// env gives HOME for paths that begin with "~/".
func Load(path string, env Env) (Config, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration %s: %w", shellPath(path), err)
	}
	data, info, err := readFile(abs)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", withoutPath(abs, err))
	}
	return read(abs, data, info, env)
}

// Parse reads and checks the text that is to stand in a file, as Load would. Who may
// read and write that file is not looked at.
func Parse(path, text string, env Env) (Config, error) { return read(path, text, nil, env) }

// read checks a text; info is about the file that it is from, nil for none.
func read(abs, data string, info fs.FileInfo, env Env) (Config, error) {
	values := map[string]any{}
	if _, err := toml.Decode(data, &values); err != nil {
		return Config{}, syntaxError(abs, data, err)
	}
	r := newReader()
	root := r.table(nil, values)
	c := r.config(root, places{file: abs, env: env})
	if info != nil {
		r.checkFile(root, abs, info)
	}
	r.unknown()
	if err := r.err(abs, data); err != nil {
		return Config{}, err
	}
	c.File = abs
	return c, nil
}

func readFile(path string) (string, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return "", nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	if !info.Mode().IsRegular() {
		return "", nil, errors.New("not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("too large for a configuration: at most %d KiB", maxFile>>10)
	}
	return string(b), info, err
}

// checkFile looks at the permissions of the file itself. Whoever may write it
// decides who approves; whoever may read it reads a key that is written in it.
func (r *reader) checkFile(root *table, path string, info fs.FileInfo) {
	if !checksModes {
		return
	}
	if info.Mode().Perm()&0o002 != 0 {
		r.problems = append(r.problems, located{missing: true, text: fmt.Sprintf(
			"everybody may change this file (mode %04o), and with it who approves: chmod o-w %s", info.Mode().Perm(), shellPath(path))})
	}
	vault := root.section("vault")
	if !vault.has("api_key") {
		return
	}
	switch {
	case exposed(info.Mode()):
		vault.wrong("api_key", "others may read this file (mode %04o) and the key in it: chmod 600 %s, or move the key to a file of its own and name that as api_key_file",
			info.Mode().Perm(), shellPath(path))
	case !ownedByUs(info):
		vault.wrong("api_key", "this file belongs to another user: move the key to a file of your own and name that as api_key_file")
	}
}

// inlineKey finds a key written into the file, even where TOML does not: the
// parser repeats what it stumbled over, and that must not be the key.
var inlineKey = regexp.MustCompile(`api_key["']?\s*=`)

// syntaxError turns a complaint of the parser into ours. The parser's error is
// not wrapped, because it holds the whole file.
func syntaxError(path, data string, err error) error {
	p := Problem{Text: "this is not valid TOML"}
	var parse toml.ParseError
	if errors.As(err, &parse) {
		p.Line = parse.Position.Line
		p.Text += fmt.Sprintf(" (column %d)", parse.Position.Col)
		if !inlineKey.MatchString(data) {
			p.Text += ": " + visible(parse.Message)
		}
	}
	return &Error{Path: path, Problems: []Problem{p}}
}
