package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"golang.org/x/crypto/ssh"

	"countersign/config"
	"countersign/model"
	"countersign/sshserver"
	"countersign/store"
	"countersign/ui"
	"countersign/workflow"
)

// desk is what stands between the server and the queue: it knows people by their
// keys, and gives them a console or runs their commands.
type desk struct {
	app         *app
	q           *queue
	authorities []ssh.PublicKey
	sessions    func() []sshserver.Open // of the server
}

// newDesk reads what the server must know before it lets anybody in. It is an
// error if nobody could come in.
func newDesk(ctx context.Context, a *app, q *queue) (*desk, error) {
	d := &desk{app: a, q: q}
	var err error
	if d.authorities, err = d.readAuthorities(); err != nil {
		return nil, err
	}
	if _, err := d.revoked(); err != nil {
		return nil, err
	}
	switch any, err := d.anyKey(ctx); {
	case err != nil:
		return nil, err
	case !any:
		return nil, errNoKeys
	}
	return d, nil
}

// readAuthorities reads whose certificates open a console.
func (d *desk) readAuthorities() ([]ssh.PublicKey, error) {
	path := d.q.conf.Serve.UserCAFile
	if path == "" {
		return nil, nil
	}
	text, err := config.ReadTrusted(path)
	if err != nil {
		return nil, fmt.Errorf("%w: [serve] user_ca: %w", errConfig, err)
	}
	keys, err := sshserver.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%w: [serve] user_ca: %s: %w", errConfig, path, err)
	}
	return keys, nil
}

func (d *desk) options(host ssh.Signer) sshserver.Options {
	conf, log := d.q.conf.Serve, d.q.logger("ssh")
	return sshserver.Options{
		HostKeys: []ssh.Signer{host}, Authorities: d.authorities,
		Revoked: func(fingerprint string) bool {
			taken, err := d.revoked()
			if err != nil {
				// Nobody comes in by a list of revoked keys that cannot be read.
				log.Error("the revoked keys cannot be read", "error", err)
				return true
			}
			return taken[fingerprint]
		},
		Who: d.who, Changes: d.q.svc.Changes,
		Console: d.console, Command: d.command, Begin: d.begin, End: d.end,
		Limits: sshserver.Limits{Sessions: conf.Sessions, PerPerson: conf.PerUser, Idle: conf.Idle, Longest: conf.Longest},
		Logger: log, Now: d.app.Now,
	}
}

// who finds whom a credential belongs to. Somebody who is disabled is nobody.
func (d *desk) who(ctx context.Context, c sshserver.Credential) (sshserver.Owner, error) {
	var p model.Person
	err := d.q.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		p, err = d.person(tx, c)
		return err
	})
	switch {
	case err != nil:
		return sshserver.Owner{}, err
	case !p.Active:
		return sshserver.Owner{}, fmt.Errorf("%s is disabled: %w", p.Login, sshserver.ErrNobody)
	}
	return sshserver.Owner{ID: p.ID, Login: p.Login}, nil
}

func (d *desk) person(tx *store.Tx, c sshserver.Credential) (model.Person, error) {
	login := c.Name
	if login == "" {
		p, found, err := tx.PersonByKey(c.Key)
		if err != nil || found {
			return p, err
		}
		listed, err := d.keyFile()
		if err != nil {
			return p, err
		}
		if login = listed[c.Key]; login == "" {
			return p, fmt.Errorf("this key is known of %w", sshserver.ErrNobody)
		}
	}
	p, found, err := tx.PersonByLogin(login)
	if err == nil && !found {
		err = fmt.Errorf("the login %q is of %w", login, sshserver.ErrNobody)
	}
	return p, err
}

// keyFile reads the file with further keys: the login of each. A key that stands
// there for two people is an error.
func (d *desk) keyFile() (map[string]string, error) {
	path, logins := d.q.conf.Serve.KeysFile, map[string]string{}
	if path == "" {
		return logins, nil
	}
	text, err := config.ReadTrusted(path)
	if err != nil {
		return nil, fmt.Errorf("%w: [serve] keys: %w", errConfig, err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		login, rest, _ := strings.Cut(line, " ")
		key, err := model.ParsePublicKey(rest)
		if other, twice := logins[key.Line()]; err == nil && twice && other != login {
			err = fmt.Errorf("this key is %s's already", other)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: [serve] keys: %s:%d: %w", errConfig, path, n, err)
		}
		logins[key.Line()] = login
	}
	return logins, nil
}

// revoked reads the keys that are taken back, by their fingerprints.
func (d *desk) revoked() (map[string]bool, error) {
	path, taken := d.q.conf.Serve.RevokedFile, map[string]bool{}
	if path == "" {
		return taken, nil
	}
	text, err := config.ReadTrusted(path)
	if err != nil {
		return nil, fmt.Errorf("%w: [serve] revoked: %w", errConfig, err)
	}
	keys, err := sshserver.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%w: [serve] revoked: %s: %w", errConfig, path, err)
	}
	for _, key := range keys {
		taken[ssh.FingerprintSHA256(key)] = true
	}
	return taken, nil
}

// begin records that a console begins. A command is recorded once, when it has
// ended: what it does is in the audit by itself.
func (d *desk) begin(ctx context.Context, v sshserver.Visit) error {
	if v.Command != "" {
		return nil
	}
	return d.q.svc.BeginVisit(ctx, v.Guest.ID, visitOf(v))
}

func (d *desk) end(ctx context.Context, v sshserver.Visit) error {
	return d.q.svc.EndVisit(ctx, v.Guest.ID, visitOf(v))
}

func visitOf(v sshserver.Visit) workflow.Visit {
	command := v.Command
	if command != "" && !servedCommands()[command] {
		command = "that is not served" // what was typed may be anything
	}
	return workflow.Visit{Connection: v.Guest.Connection, From: v.Guest.From, Fingerprint: v.Guest.Fingerprint, Certificate: v.Guest.Certificate,
		Command: command, Lasted: v.Lasted, Why: v.Why}
}

// servedFPS is how many frames a second are drawn over SSH at most: half of what
// is drawn locally costs half of the work at rest, and a network hides the
// difference.
const servedFPS = 30

// console draws a guest's console.
func (d *desk) console(ctx context.Context, g sshserver.Guest, t sshserver.Terminal) int {
	opts, err := d.consoleOptions(ctx, g, t)
	if err != nil {
		return d.failed(t.Out, err)
	}
	return d.show(ctx, g, t, opts)
}

// consoleOptions wires a guest's console to the service and to their terminal.
func (d *desk) consoleOptions(ctx context.Context, g sshserver.Guest, t sshserver.Terminal) (ui.Options, error) {
	me, err := d.q.svc.Actor(ctx, g.Login)
	if err != nil {
		return ui.Options{}, err
	}
	look := d.q.conf.UI
	if look.FPS == 0 || look.FPS > servedFPS {
		look.FPS = servedFPS
	}
	opts := consoleOptions(ctx, d.q.svc, me, looks{ui: look, now: d.app.Now, zone: d.app.Zone, fulfil: fulfilGroups(d.q.conf),
		way: wayOf(look.Notify, envOf(t.Environ)), log: d.q.logger("console"), sessions: d.here})
	opts.In, opts.Out = t.In, t.Out
	opts.Term, _ = envOf(t.Environ)("TERM")
	opts.Sizes = func(ctx context.Context) (int, int, bool) {
		select {
		case <-ctx.Done():
			return 0, 0, false
		case s := <-t.Sizes:
			return s.Width, s.Height, true
		}
	}
	return opts, nil
}

// show runs a console on a guest's terminal.
func (d *desk) show(ctx context.Context, g sshserver.Guest, t sshserver.Terminal, opts ui.Options) int {
	err := ui.Run(opts, append([]tea.ProgramOption{tea.WithEnvironment(t.Environ), tea.WithWindowSize(t.Size.Width, t.Size.Height),
		tea.WithColorProfile(colorprofile.Env(t.Environ)), tea.WithoutSignalHandler()}, d.app.Program...)...)
	switch {
	case ctx.Err() != nil:
		return int(CodeInterrupted) // the server says why
	case err != nil:
		d.q.logger("ssh").Error("a console has failed", "person", g.Login, "correlation", g.Connection, "error", err)
		return d.failed(t.Out, err)
	}
	return int(CodeOK)
}

// failed says an error and returns its code.
func (d *desk) failed(out io.Writer, err error) int {
	p := explain(err)
	report(out, p)
	return int(p.code)
}

// command runs a guest's command.
func (d *desk) command(ctx context.Context, g sshserver.Guest, c sshserver.Call) int {
	return int(Run(ctx, Invocation{Args: c.Args, In: c.In, Out: c.Out, Err: c.Err, Env: envOf(c.Environ), Now: d.app.Now, Zone: d.app.Zone,
		Login: func() (string, error) { return g.Login, nil }, Remote: true, Hide: c.Hide, served: d.q, sessions: d.sessions}))
}

// envOf is the environment of a guest: what describes their terminal.
func envOf(environ []string) config.Env {
	return func(name string) (string, bool) {
		for _, e := range environ {
			if value, is := strings.CutPrefix(e, name+"="); is {
				return value, true
			}
		}
		return "", false
	}
}
