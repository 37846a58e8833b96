package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/ui/setup"
	"countersign/ui/theme"
	"countersign/vaultclient"
	"countersign/workflow"
)

// setupFlags are the flags of `countersign setup`.
type setupFlags struct {
	from                    string
	dryRun, anyway, service bool
	timeout                 time.Duration
}

func (a *app) setupCommand() *cobra.Command {
	var f setupFlags
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Set everything up, a page after the other",
		Long: `Ask for what the program needs, try it, and write it down: the address of the vault
service and how its certificate is known, its key, each command that the key has to be
permitted, who approves and who carries out, the first admin, where the queue lies and
the key that secrets are sealed to. It ends with one harmless search.

It can be run again at any time: it shows what stands, changes only what is answered
otherwise, and keeps the old configuration beside the new one. Nothing is written before
the last page. Run it as the account that the worker is to run as, which has to read the
key. Where there is no terminal, it asks line by line.

--from takes the answers from a TOML file, and asks nothing:

  host = "vault.example.com"          # or the whole address
  port = "8900"
  scheme = "https"                    # or "http"
  ca_file = "/etc/countersign/ca.pem" # or fingerprint = "…"
  api_key_file = "/etc/countersign/api-key"
  approval_group = "Vault Approvers"
  fulfil_group = "Vault Admins"
  admin_login = "dana"
  admin_email = "dana@example.com"
  dir = "/var/lib/countersign"
  identity = "/etc/countersign/identity"

Further ones are plain_http, encryption_key_file, timezone, admin_name, and worker
("separate" or "console"). What is left out stays as it is, or as the form proposes.`,
		Example: `countersign setup
countersign setup --service    # only what the administrator of the vault service does
countersign setup --from answers.toml --dry-run`,
		Args: none,
	}
	cmd.Flags().StringVar(&f.from, "from", "", "take the answers from `FILE`, and ask nothing")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "with --from: say what would be done, and do nothing")
	cmd.Flags().BoolVar(&f.anyway, "anyway", false, "with --from: write it although the vault service cannot be used yet")
	cmd.Flags().BoolVar(&f.service, "service", false, "print what the administrator of the vault service does, and do nothing")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 15*time.Second, "wait so `LONG` for one answer of the vault service")
	a.plainFlag(cmd)
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.setup(ctx, f) })
	return cmd
}

// wizard is one run of set-up.
type wizard struct {
	*app
	stands  atomic.Pointer[standing] // another one when something was written: pages are drawn meanwhile
	timeout time.Duration
	did     []string    // what was done
	tried   atomic.Bool // the key may run every command, as far as that is known
}

func (a *app) setup(ctx context.Context, f setupFlags) error {
	if a.Remote {
		return usage("setup acts on the host: run it there")
	}
	if f.from == "" && (f.dryRun || f.anyway) {
		return usage("--dry-run and --anyway belong to --from")
	}
	stands, err := a.stand(ctx)
	if err != nil {
		return err
	}
	w := &wizard{app: a, timeout: f.timeout}
	w.stands.Store(stands)
	script := w.script()
	switch {
	case f.service:
		return w.printService(script.Values)
	case f.from != "":
		return w.from(ctx, script, f)
	case isTerminal(a.In) && isTerminal(a.Out) && !a.plainly():
		err = a.onScreen(func(program ...tea.ProgramOption) error {
			look := theme.New(theme.Options{Dark: true, ASCII: stands.has("ui", "ascii") == "true"})
			return setup.Run(ctx, look, script, append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithInput(a.In)}, program...)...)
		})
		for _, line := range w.did {
			fmt.Fprintln(a.Out, line)
		}
	default:
		err = w.askLines(ctx, script)
	}
	if errors.Is(err, setup.ErrLeft) {
		return &usageError{err.Error(), "run it again to go on: countersign setup"}
	}
	return err
}

// printService prints what the administrator of the vault service does.
func (w *wizard) printService(v setup.Values) error {
	for _, p := range serviceText(v) {
		if code, ok := strings.CutPrefix(p, "\t"); ok {
			fmt.Fprintln(w.Out, code)
			continue
		}
		fmt.Fprintln(w.Out, strings.Join(wrapped(p, helpWidth), "\n"))
	}
	return nil
}

// madeUp stands for a key while none is known: the service refuses it, which says
// that the service is there.
const madeUp = "0000000000000000000000000000000000000000000="

// lookAddress looks whether the service is where it is said to be.
func (w *wizard) lookAddress(ctx context.Context, v setup.Values) setup.Result {
	conf, _, err := w.stands.Load().candidate(w.app, v)
	if err != nil {
		return failedLook("config.file", err)
	}
	found := w.examine(ctx, conf, madeUp, "")
	if i := slices.IndexFunc(found, func(c workflow.Check) bool { return c.State == workflow.CheckBad }); i >= 0 && strings.HasPrefix(found[i].Text, workflow.KeyRefusedText) {
		found = []workflow.Check{{Name: "vault.address", State: workflow.CheckOK, Text: conf.Vault.URL + " answers, and asks for a key"}}
	}
	r := setup.Result{Checks: found}
	for _, c := range found {
		if c.State == workflow.CheckBad && c.Name == "vault.tls" && schemeOf(v) == "https" {
			r.Notes = w.certificateNotes(ctx, conf)
		}
	}
	return r
}

// certificateNotes show the certificate, for a person to compare it.
func (w *wizard) certificateNotes(ctx context.Context, conf config.Config) []string {
	asking, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	shown, err := vaultclient.ShownCertificate(asking, conf.Vault.URL)
	if err != nil {
		return nil
	}
	return []string{
		fmt.Sprintf("The certificate that is shown: for %s, from %s, good until %s. Its fingerprint:", strings.Join(shown.Names, ", "), shown.Issuer, shown.Until.Format(time.DateOnly)),
		"\t" + shown.Fingerprint,
		"Compare it with what the service's administrator reads there: openssl x509 -noout -fingerprint -sha256 -in CERT.pem, which writes it with colons and in capitals. If it is the same, go back and give it as Fingerprint.",
	}
}

// lookKey tries the key and every command.
func (w *wizard) lookKey(ctx context.Context, v setup.Values) setup.Result {
	conf, _, err := w.stands.Load().candidate(w.app, v)
	if err != nil {
		return failedLook("config.file", err)
	}
	key := v[askKey]
	if v[askKeyFrom] != keyTyped {
		secret, err := conf.Vault.APIKey(w.Env)
		if err != nil {
			return failedLook("config.key", err)
		}
		key = secret.Reveal()
	}
	encryption, err := conf.Vault.EncryptionKey(w.Env)
	if err != nil && !errors.Is(err, config.ErrNoSecret) {
		return failedLook("config.key", err)
	}
	r := setup.Result{Checks: w.examine(ctx, conf, key, encryption.Reveal())}
	w.tried.Store(!r.Bad())
	slices.SortStableFunc(r.Checks, func(a, b workflow.Check) int { return worse(b.State) - worse(a.State) })
	for _, c := range r.Checks {
		if c.State != workflow.CheckOK && strings.HasPrefix(c.Name, "vault.command.") {
			r.Notes = []string{"All commands of the key, for the service's administrator to paste:", "\t" + allowList()}
		}
	}
	return r
}

// worse orders states, the worst highest.
func worse(s workflow.CheckState) int {
	return slices.Index([]workflow.CheckState{workflow.CheckOK, workflow.CheckWarn, workflow.CheckBad}, s)
}

// examine looks closely at the service of a configuration that is not written yet.
func (w *wizard) examine(ctx context.Context, conf config.Config, key, encryption string) []workflow.Check {
	return examine(ctx, w.serviceWith(conf, key, encryption), w.timeout, false, w.Now)
}

// failedLook is a look that did not come to the service.
func failedLook(name string, err error) setup.Result {
	p := explain(err)
	remedy := p.advice
	switch {
	case errors.Is(err, fs.ErrNotExist):
		remedy = "name the file that holds it, or go back and type it"
	case errors.Is(err, fs.ErrPermission):
		remedy = "run this as the account that the worker is to run as, which has to read it"
	}
	return setup.Result{Checks: []workflow.Check{{Name: name, State: workflow.CheckBad, Text: p.text, Remedy: remedy}}}
}

// do writes everything and looks at it as doctor does.
func (w *wizard) do(ctx context.Context, v setup.Values) setup.Result {
	stands := *w.stands.Load()
	done, err := stands.apply(ctx, w.app, v)
	if err == nil {
		stands.readQueue(ctx, w.app)
	}
	w.stands.Store(&stands)
	w.did = append(w.did, done...)
	r := setup.Result{}
	for _, line := range done {
		r.Checks = append(r.Checks, workflow.Check{Name: "setup.done", State: workflow.CheckOK, Text: line})
	}
	if err != nil {
		p := explain(err)
		failed := workflow.Check{Name: "config.write", State: workflow.CheckBad, Text: p.text, Remedy: p.advice}
		switch {
		case p.code == CodeQueue:
			failed.Name = "queue.open"
		case errors.Is(err, fs.ErrPermission):
			failed.Remedy = "have that folder made for the account of the worker, as which this is run, or go back and name another place"
		}
		r.Checks = append(r.Checks, failed)
		r.Stop = true
		return r
	}
	// The commands are not tried again: two rounds are about what the service takes in a minute.
	round := ward{app: w.here(), flags: doctorFlags{json: true, timeout: w.timeout}, tried: w.tried.Load()} // json: it prints nothing itself
	if err := round.visit(ctx); err != nil {
		return failedLook("setup.looked", err)
	}
	found, well := ordered(round.all)
	r.Checks = append(r.Checks, found...)
	if well > 0 {
		r.Checks = append(r.Checks, workflow.Check{Name: "others.well", State: workflow.CheckOK, Text: fmt.Sprintf("%d further things are as they should be; countersign doctor lists them", well)})
	}
	r.Notes, r.Done = w.next(v), true
	if v[askKeyFrom] == keyTyped {
		r.Set = setup.Values{askKey: "", askKeyFrom: keyStands}
	}
	return r
}

// here is the program on the configuration that was set up.
func (w *wizard) here() *app {
	a := *w.app
	a.configPath = w.stands.Load().path
	return &a
}

// ordered puts the search first, then what is wrong, and counts the rest, which is
// well. That no worker runs yet is no news here.
func ordered(all []workflow.Check) (found []workflow.Check, well int) {
	rank := func(c workflow.Check) int {
		switch {
		case c.Name == "vault.search":
			return 0
		case c.State == workflow.CheckBad:
			return 1
		}
		return 2
	}
	for _, c := range all {
		switch {
		case c.Name == "worker.alive":
		case c.State == workflow.CheckOK && c.Name != "vault.search":
			well++
		default:
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b workflow.Check) int { return rank(a) - rank(b) })
	return found, well
}

// next says what comes after set-up.
func (w *wizard) next(v setup.Values) []string {
	start := "Then start the worker, as the account that may read the key: countersign worker, and open the console: countersign. For a team, countersign serve (or the unit of systemd) is the worker and the console over SSH in one; people come in by keys: countersign people key add."
	if v[askWorker] == string(config.WorkerConsole) {
		start = "Then open the console: countersign. The worker runs inside it."
	}
	return []string{start, "Others come in by a people file: countersign people apply FILE; its --help shows how one looks. countersign doctor says at any time what is not as it should be."}
}
