package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"countersign/config"
	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/ui/setup"
	"countersign/vaultadapt"
	"countersign/workflow"
)

// changes are what the answers change in the configuration. Keys that stand as they
// were answered are left alone, as are those that nobody asked about.
func (s *standing) changes(v setup.Values) []config.Change {
	var all []config.Change
	set := func(section, key, value, usual string) {
		stands := s.has(section, key)
		switch {
		case value == stands, value == usual && stands == "":
		case value == "" && stands != "":
			all = append(all, config.Change{Section: section, Key: key})
		case value == "":
		default:
			all = append(all, config.Change{Section: section, Key: key, Value: value})
		}
	}
	flag := func(section, key string, on bool) {
		if (s.has(section, key) == "true") != on {
			c := config.Change{Section: section, Key: key}
			if on {
				c.Value = true
			}
			all = append(all, c)
		}
	}
	set("store", "dir", v[askDir], "")
	set("vault", "url", addressOf(v), "")
	flag("vault", "plain_http", schemeOf(v) == "http" && !isHere(v) && v[askPlain] == "yes")
	ca, pin := "", ""
	if schemeOf(v) == "https" {
		switch v[askTrust] {
		case trustFile:
			ca = v[askCAFile]
		case trustPin:
			pin = v[askPin]
		}
	}
	set("vault", "ca_file", ca, "")
	set("vault", "fingerprint", pin, "")
	if v[askKeyFrom] != keyStands {
		set("vault", "api_key_file", v[askKeyFile], "")
		set("vault", "api_key", "", "")
		set("vault", "api_key_env", "", "")
	}
	set("vault", "encryption_key_file", v[askEncryption], "")
	set("vault", "timezone", v[askZone], "Local")
	approvers, fulfillers := "Vault Approvers", "Vault Admins"
	if s.fresh {
		approvers, fulfillers = "", "" // they are written even as they are proposed, to be seen
	}
	if !s.hasSteps() {
		set("approval", "group", v[askApprovers], approvers)
	}
	set("approval", "fulfil_group", v[askFulfillers], fulfillers)
	set("seal", "identity", v[askIdentity], "")
	set("worker", "mode", v[askWorker], string(config.WorkerSeparate))
	return all
}

// candidate is the configuration as the answers make it, and its text.
func (s *standing) candidate(a *app, v setup.Values, more ...config.Change) (config.Config, string, error) {
	text, err := config.Edit(s.text, append(s.changes(v), more...))
	if err != nil {
		return config.Config{}, "", err
	}
	conf, err := config.Parse(s.path, text, a.Env)
	return conf, text, err
}

// wrongKey is what the configuration would say about one of its keys, "" if nothing.
func (s *standing) wrongKey(a *app, v setup.Values, key string) string {
	_, _, err := s.candidate(a, v)
	var wrong *config.Error
	if !errors.As(err, &wrong) {
		return ""
	}
	for _, p := range wrong.Problems {
		if p.Key == key {
			return p.Text
		}
	}
	return ""
}

// words says what a change does; of a file's content it says nothing.
func (s *standing) words(c config.Change) string {
	was := s.has(c.Section, c.Key)
	if c.Key == "api_key" {
		was = "•••"
	}
	name := fmt.Sprintf("[%s] %s", c.Section, c.Key)
	switch {
	case c.Value == nil:
		return fmt.Sprintf("%s: %s is taken out", name, was)
	case was == "":
		return fmt.Sprintf("%s = %v", name, c.Value)
	}
	return fmt.Sprintf("%s: %s → %v", name, was, c.Value)
}

// plan says what would be done, a line each.
func (s *standing) plan(a *app, v setup.Values) []string {
	var lines []string
	changes := s.changes(v)
	switch {
	case s.fresh:
		lines = append(lines, s.path+" is written")
	case len(changes) > 0:
		lines = append(lines, s.path+" is changed; the old one is kept beside it")
	default:
		lines = append(lines, s.path+" stays as it is")
	}
	for _, c := range changes {
		lines = append(lines, "  "+s.words(c))
	}
	conf, _, err := s.candidate(a, v)
	if err != nil {
		return append(lines, err.Error())
	}
	if v[askKeyFrom] == keyTyped {
		lines = append(lines, "the key of the service is written to "+a.inFull(v[askKeyFile])+", mode 600")
	}
	if path := conf.Seal.IdentityFile; path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			lines = append(lines, "the key that opens secrets is made: "+path+", mode 600")
		}
	}
	if _, err := os.Stat(filepath.Join(conf.Store.Dir, "queue.db")); errors.Is(err, fs.ErrNotExist) {
		lines = append(lines, "the queue is made in "+conf.Store.Dir)
	}
	return append(lines, s.peoplePlan(v)...)
}

// peoplePlan says what would be done about people and groups.
func (s *standing) peoplePlan(v setup.Values) []string {
	if s.people == 0 {
		return []string{fmt.Sprintf("%s (%s) becomes the first admin, who also requests and approves, in the groups %s and %s", v[askLogin], v[askEmail], v[askApprovers], v[askFulfillers])}
	}
	var missing []string
	for _, g := range s.missing(v) {
		missing = append(missing, string(g))
	}
	switch {
	case len(missing) == 0:
		return nil
	case s.admin:
		return []string{fmt.Sprintf("%s is added to the groups that are new: %s", s.login, strings.Join(missing, ", "))}
	}
	return []string{"an admin has to add the groups " + strings.Join(missing, ", ") + ": countersign people apply FILE"}
}

// missing are the groups that are named and not there yet.
func (s *standing) missing(v setup.Values) []model.GroupName {
	var missing []model.GroupName
	for _, name := range []string{v[askApprovers], v[askFulfillers]} {
		g := model.GroupName(name)
		if g != "" && !slices.Contains(s.groups, g) && !slices.Contains(missing, g) {
			missing = append(missing, g)
		}
	}
	return missing
}

// inFull is a path of an answer as the configuration would take it.
func (a *app) inFull(path string) string {
	if rest, home := strings.CutPrefix(path, "~/"); home {
		if dir, ok := a.Env("HOME"); ok {
			return filepath.Join(dir, rest)
		}
	}
	return path
}

// apply does what the answers say and returns what was done, a line each. Everything
// that it does can be done again.
func (s *standing) apply(ctx context.Context, a *app, v setup.Values) (done []string, err error) {
	conf, _, err := s.candidate(a, v)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{filepath.Dir(s.path), filepath.Dir(conf.Store.Dir)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("make the folders: %w", err)
		}
	}
	if v[askKeyFrom] == keyTyped {
		path := a.inFull(v[askKeyFile])
		if !filepath.IsAbs(path) {
			path = nextTo(s.path, path)
		}
		if err := replace(path, []byte(v[askKey]+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("write the key: %w", err)
		}
		done = append(done, "wrote "+path)
	}
	more, said, err := s.identity(conf)
	done = append(done, said...)
	if err != nil {
		return done, err
	}
	said, err = s.writeConfig(a, v, more)
	done = append(done, said...)
	if err != nil {
		return done, err
	}
	said, err = s.makeQueue(ctx, a, v)
	return append(done, said...), err
}

// identity makes the key that opens secrets where it is missing, and has secrets
// sealed to it.
func (s *standing) identity(conf config.Config) (more []config.Change, done []string, err error) {
	path := conf.Seal.IdentityFile
	if path == "" {
		return nil, nil, nil
	}
	text, err := config.ReadPrivate(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		id, err := seal.Generate()
		if err != nil {
			return nil, nil, err
		}
		text = id.File()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, fmt.Errorf("write the identity: %w", err)
		}
		if err := writeNew(path, text); err != nil {
			return nil, nil, fmt.Errorf("write the identity: %w", err)
		}
		done = append(done, "made "+path)
	case err != nil:
		return nil, nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	keys, err := seal.ParseIdentities(string(text))
	seal.Wipe(text)
	if err != nil {
		return nil, done, fmt.Errorf("%w: %s: %w", errConfig, path, err)
	}
	to := keys[0].Recipient().String()
	if len(conf.Seal.Recipients) > 0 && conf.Seal.Recipients[0] == to {
		return nil, done, nil
	}
	others := slices.DeleteFunc(slices.Clone(conf.Seal.Recipients), func(r string) bool { return r == to })
	return []config.Change{{Section: "seal", Key: "recipients", Value: append([]string{to}, others...)}}, done, nil
}

// writeConfig writes the configuration, and keeps the old one.
func (s *standing) writeConfig(a *app, v setup.Values, more []config.Change) (done []string, err error) {
	conf, text, err := s.candidate(a, v, more...)
	if err != nil {
		return nil, err
	}
	mode := s.mode
	if s.has("vault", "api_key") != "" && v[askKeyFrom] == keyStands {
		mode = 0o600 // it holds the key itself
	}
	if !s.fresh {
		if text == s.text {
			return []string{s.path + " stays as it is"}, nil
		}
		backup, err := s.keep(a, mode)
		if err != nil {
			return nil, fmt.Errorf("keep the old configuration: %w", err)
		}
		done = append(done, "kept the old configuration as "+backup)
	}
	if err := replace(s.path, []byte(text), mode); err != nil {
		return done, fmt.Errorf("write the configuration: %w", err)
	}
	s.text, s.fresh, s.mode, s.values = text, false, mode, map[string]any{}
	if _, err := toml.Decode(text, &s.values); err != nil {
		return done, fmt.Errorf("%w: %w", errConfig, err)
	}
	return append(done, "wrote "+conf.File), nil
}

// keep writes the configuration as it stands into a file of its own beside it.
func (s *standing) keep(a *app, mode fs.FileMode) (string, error) {
	first := s.path + "." + a.Now().Format("2006-01-02T15-04-05")
	for n := 1; ; n++ {
		path := first + ".bak"
		if n > 1 {
			path = fmt.Sprintf("%s-%d.bak", first, n)
		}
		err := writeNew(path, []byte(s.text))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return path, errors.Join(err, os.Chmod(path, mode))
	}
}

// replace writes a file at once: after a crash there is the old one or the new one.
func replace(path string, text []byte, mode fs.FileMode) error {
	if link, err := filepath.EvalSymlinks(path); err == nil {
		path = link // what is replaced is the file, not the way to it
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(path)
}

// makeQueue opens the queue, which makes it, and adds who and what is missing.
func (s *standing) makeQueue(ctx context.Context, a *app, v setup.Values) (done []string, err error) {
	conf, _, err := s.candidate(a, v)
	if err != nil {
		return nil, err
	}
	_, known := os.Stat(filepath.Join(conf.Store.Dir, "queue.db"))
	db, err := store.Open(ctx, store.Options{Dir: conf.Store.Dir, Shared: conf.Store.Shared, Now: a.Now})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if known != nil {
		done = append(done, "made the queue in "+conf.Store.Dir)
	}
	roster, login := s.roster(v)
	if len(roster.People)+len(roster.Groups) == 0 {
		return done, nil
	}
	set, err := settings(conf)
	if err != nil {
		return done, err
	}
	svc := workflow.New(db, workflow.Options{Settings: set, Now: a.Now, Check: vaultadapt.Check})
	changes, err := svc.ApplyPeople(ctx, login, roster, false)
	return append(done, changes...), err
}

// roster is who is added, and by whom.
func (s *standing) roster(v setup.Values) (workflow.Roster, string) {
	var r workflow.Roster
	switch {
	case s.people == 0:
		login := v[askLogin]
		name := v[askName]
		if name == "" {
			name = login
		}
		r.People = []workflow.RosterPerson{{Login: login, Name: name, Email: v[askEmail], Roles: []model.Role{model.RoleRequestor, model.RoleApprover, model.RoleAdmin}}}
		for _, g := range s.missing(v) {
			r.Groups = append(r.Groups, workflow.RosterGroup{Name: g, Members: []string{login}})
		}
		return r, login
	case s.admin:
		for _, g := range s.missing(v) {
			r.Groups = append(r.Groups, workflow.RosterGroup{Name: g, Members: []string{s.login}})
		}
	}
	return r, s.login
}

// validPort says what is wrong with a port.
func validPort(s string) string {
	if n, err := strconv.Atoi(s); s != "" && (err != nil || n < 1 || n > 65535) {
		return "a number from 1 to 65535, as the service was created with"
	}
	return ""
}
