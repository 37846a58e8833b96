package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/model"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/workflow"
)

// doctorFlags are the flags of `countersign doctor`.
type doctorFlags struct {
	json, all, offline bool
	request, person    string
	timeout            time.Duration
}

func (a *app) doctorCommand() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find what is wrong, and say what to do about it",
		Long: `Look at everything that the program needs, and say of each thing whether it is as it
should be: the configuration, the queue's files, the worker, the vault service with its
key and every command, people and groups. What is wrong comes with its cause and what
to do about it. Nothing is changed; the vault service gets some twenty harmless calls.

The vault service is asked by whoever may read its key: run it as the worker's account
to see all of it.

  ✓ as it should be   ! works, but look at it   ✗ does not work

--request says for whom a request waits; with --person, why that person does not see it
under Approvals.`,
		Example: `countersign doctor
countersign doctor --request REQ0010042 --person dana`,
		Args: none,
	}
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().BoolVar(&f.all, "all", false, "name each command that the key may run, too")
	cmd.Flags().BoolVar(&f.offline, "offline", false, "ask the vault service nothing")
	cmd.Flags().StringVar(&f.request, "request", "", "say for whom the request or incident `NUMBER` waits")
	cmd.Flags().StringVar(&f.person, "person", "", "say why `LOGIN` does not see it under Approvals")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 15*time.Second, "wait so `LONG` for one answer of the vault service")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.doctor(ctx, f) })
	return cmd
}

// unwell says that doctor has found something that does not work.
type unwell struct {
	code  Code
	wrong int
}

func (e *unwell) Error() string {
	if e.wrong == 1 {
		return "1 thing does not work: see above"
	}
	return fmt.Sprintf("%d things do not work: see above", e.wrong)
}

func (a *app) doctor(ctx context.Context, f doctorFlags) error {
	if f.person != "" && f.request == "" {
		return usage("--person: say which request, by --request")
	}
	if f.timeout < time.Second || f.timeout > 10*time.Minute {
		return usage("--timeout: from 1s to 10m")
	}
	p := &ward{app: a, flags: f, ascii: a.oldTerminal()}
	err := p.visit(ctx)
	if err != nil {
		return err
	}
	if f.json {
		err = writeJSON(a.Out, checksJSON(p.all))
	} else {
		p.sum()
	}
	wrong := slices.DeleteFunc(slices.Clone(p.all), func(c workflow.Check) bool { return c.State != workflow.CheckBad })
	if err != nil || len(wrong) == 0 {
		return err
	}
	return &unwell{code: codeOf(wrong[0]), wrong: len(wrong)}
}

// codeOf is the exit code that tells what kind of thing is wrong.
func codeOf(c workflow.Check) Code {
	switch c.Area() {
	case "config", "seal":
		return CodeConfig
	case "queue":
		if c.Name == "queue.audit" {
			return CodeBroken
		}
		return CodeQueue
	case "vault", "epm", "worker":
		return CodeVaultAway
	}
	return CodeFailure
}

// ward is one round of doctor's.
type ward struct {
	*app
	flags doctorFlags
	all   []workflow.Check
	area  string
	ascii bool // no signs beyond ASCII
	tried bool // the commands of the key were tried just before
}

// tell takes findings, and prints them at once unless JSON is wanted.
func (p *ward) tell(found ...workflow.Check) {
	p.all = append(p.all, found...)
	if !p.flags.json {
		printChecks(p.Out, p.signs(p.Out, p.ascii), found, p.flags.all, &p.area)
	}
}

// visit looks at one thing after the other. What could not be opened ends with a
// finding, not with an error.
func (p *ward) visit(ctx context.Context) error {
	if p.served != nil {
		q, err := p.open(ctx)
		if err != nil {
			return err
		}
		p.ascii = p.ascii || q.conf.UI.ASCII
		return p.inQueue(ctx, q, nil)
	}
	conf, err := p.load()
	p.ascii = p.ascii || conf.UI.ASCII
	found := p.configChecks(conf, err)
	if err == nil && p.flags.request != "" {
		found = nil // it is not what was asked
	}
	// What is said of secrets and notifications belongs to what the queue says of them.
	n := slices.IndexFunc(found, func(c workflow.Check) bool { return c.Area() != "config" })
	if n < 0 {
		n = len(found)
	}
	p.tell(found[:n]...)
	if err != nil {
		return ctx.Err()
	}
	if err := p.queue(ctx, conf, found[n:]); err != nil {
		return err
	}
	if p.flags.request != "" || p.flags.offline {
		return ctx.Err()
	}
	p.tell(p.vaultChecks(ctx, conf)...)
	return ctx.Err()
}

// queue looks at the queue and what is in it. What was found before is told with it.
func (p *ward) queue(ctx context.Context, conf config.Config, before []workflow.Check) error {
	if _, err := os.Stat(conf.Store.Dir); errors.Is(err, fs.ErrNotExist) {
		p.tell(before...)
		p.tell(workflow.Check{Name: "queue.folder", State: workflow.CheckBad, Text: "there is no queue yet in " + conf.Store.Dir,
			Remedy: "run: countersign setup; or write a people file and run: countersign people apply FILE"})
		return nil
	}
	q, err := p.open(ctx)
	if err != nil {
		bad := explain(err)
		p.tell(before...)
		p.tell(workflow.Check{Name: "queue.open", State: workflow.CheckBad, Text: bad.text, Remedy: bad.advice})
		return ctx.Err()
	}
	err = p.inQueue(ctx, q, before)
	if err == nil && p.flags.request == "" {
		p.tell(p.serveChecks(ctx, q)...)
	}
	return errors.Join(err, q.close())
}

func (p *ward) inQueue(ctx context.Context, q *queue, before []workflow.Check) error {
	if p.Remote {
		me, err := p.me(ctx, q)
		if err != nil {
			return err
		}
		if err := q.svc.MayDiagnose(ctx, me.ID); err != nil {
			return err
		}
	}
	if p.flags.request != "" {
		found, err := q.svc.WhyNotDecide(ctx, model.Number(strings.ToUpper(p.flags.request)), p.flags.person)
		p.flags.all = true // it is what was asked
		p.tell(found...)
		return err
	}
	found, err := q.svc.Checks(ctx)
	p.tell(together(found, before)...)
	return err
}

// together puts some findings before the others of their area.
func together(found, before []workflow.Check) []workflow.Check {
	for _, c := range slices.Backward(before) {
		at := max(slices.IndexFunc(found, func(o workflow.Check) bool { return o.Area() == c.Area() }), 0)
		found = slices.Insert(found, at, c)
	}
	return found
}

// configChecks are about the configuration and what it names.
func (p *ward) configChecks(conf config.Config, err error) []workflow.Check {
	var wrong *config.Error
	switch {
	case errors.As(err, &wrong):
		var found []workflow.Check
		for _, one := range wrong.Problems {
			text := wrong.Path
			if one.Line > 0 {
				text += fmt.Sprintf(", line %d", one.Line)
			}
			if one.Key != "" {
				text += ": " + one.Key
			}
			found = append(found, workflow.Check{Name: "config.file", State: workflow.CheckBad, Text: text + ": " + one.Text,
				Remedy: "change that line; config.toml.example explains every key, and countersign setup asks for the needed ones"})
		}
		return found
	case err != nil:
		bad := explain(err)
		return []workflow.Check{{Name: "config.file", State: workflow.CheckBad, Text: bad.text, Remedy: strings.ReplaceAll(bad.advice, "\n", ", ")}}
	}
	found := []workflow.Check{{Name: "config.file", State: workflow.CheckOK, Text: conf.File + " is right"}}
	return slices.Concat(found, p.keyChecks(conf), p.identityChecks(conf), notifyChecks(conf))
}

// keyChecks say whether the service's key can be read here.
func (p *ward) keyChecks(conf config.Config) []workflow.Check {
	_, err := conf.Vault.APIKey(p.Env)
	if err == nil {
		_, err = conf.Vault.EncryptionKey(p.Env)
		if errors.Is(err, config.ErrNoSecret) {
			err = nil
		}
	}
	switch {
	case err == nil:
		return []workflow.Check{{Name: "config.key", State: workflow.CheckOK, Text: "the key of the vault service can be read, and only by this account"}}
	case elsewhere(err):
		return []workflow.Check{{Name: "config.key", State: workflow.CheckWarn, Text: "this account may not read the key of the vault service, as it should be unless it is the worker's",
			Remedy: "to see how the vault service is, run this as the worker's account"}}
	}
	const inFile = "put the key that service-create printed into a file with mode 600, owned by the worker's account, and name that as [vault] api_key_file"
	if errors.Is(err, config.ErrNoSecret) {
		return []workflow.Check{{Name: "config.key", State: workflow.CheckWarn, Text: "this configuration names no key of the vault service, as it should be only where the worker's unit gives it one (LoadCredential=api-key:PATH)",
			Remedy: inFile + "; or, to see how the vault service is, run this with the credentials of the unit: systemd-run --pipe --wait --uid=countersign -p LoadCredential=api-key:PATH -p LoadCredential=seal-identity:PATH countersign doctor"}}
	}
	remedy := inFile
	if errors.Is(err, config.ErrExposed) {
		remedy = "chmod 600 it; if somebody else may have read it, have another key made: service-config-add"
	}
	return []workflow.Check{{Name: "config.key", State: workflow.CheckBad, Text: err.Error(), Remedy: remedy}}
}

// elsewhere reports whether a secret is somebody else's to read.
func elsewhere(err error) bool { return errors.Is(err, fs.ErrPermission) }

// identityChecks say whether the worker can open what is sealed.
func (p *ward) identityChecks(conf config.Config) []workflow.Check {
	const check = "seal.identity"
	if len(conf.Seal.Recipients) == 0 {
		return nil // said with the queue
	}
	_, err := conf.Seal.Identity(p.Env)
	switch {
	case errors.Is(err, config.ErrNoSecret):
		return []workflow.Check{{Name: check, State: workflow.CheckWarn, Text: "this configuration names no key that opens secrets, as it should be unless it is the worker's", Remedy: identityRemedy}}
	case err != nil && elsewhere(err):
		return []workflow.Check{{Name: check, State: workflow.CheckOK, Text: "only the worker's account reads the key that opens secrets"}}
	}
	if _, err := p.identitiesOf(conf); err != nil {
		remedy := identityRemedy
		switch {
		case errors.Is(err, config.ErrExposed):
			remedy = "chmod 600 it; if somebody else may have read it, replace it: countersign keygen --rotate"
		case errors.Is(err, fs.ErrNotExist):
			remedy = "bring the file back, or name its place as [seal] identity; if it is lost, make another: countersign keygen FILE, and write what it prints into [seal]. What is sealed to the old one cannot be opened any more"
		}
		return []workflow.Check{{Name: check, State: workflow.CheckBad, Text: err.Error(), Remedy: remedy}}
	}
	return []workflow.Check{{Name: check, State: workflow.CheckOK, Text: "the worker's key opens what is sealed"}}
}

const identityRemedy = "name the file that `countersign keygen` made as [seal] identity: mode 600, owned by the worker's account"

// vaultChecks look closely at the vault service, where its key can be read.
func (p *ward) vaultChecks(ctx context.Context, conf config.Config) []workflow.Check {
	service, err := p.vaultOf(conf)
	if err != nil {
		return nil // said with the configuration
	}
	return examine(ctx, service, p.flags.timeout, p.tried, p.Now)
}

// examine looks closely at a vault service; not at the commands of its key, where
// those were tried just before.
func examine(ctx context.Context, service vaultService, patience time.Duration, tried bool, now func() time.Time) []workflow.Check {
	opt := service.client
	opt.Timeout, opt.RunTimeout = patience, patience
	client, err := vaultclient.New(opt)
	if err != nil {
		return []workflow.Check{{Name: "vault.tls", State: workflow.CheckBad, Text: err.Error(), Remedy: "name a file that holds the certificate of the authority as [vault] ca_file, in the PEM form"}}
	}
	word := string(config.EPM)
	if opt.OldEPM {
		word = string(config.PEDM)
	}
	e := workflow.Examination{Address: opt.URL, Now: now(), OurLimit: service.calls, Version: opt.Version, EPMWord: word, Tried: tried}
	vault := vaultadapt.New(client, vaultadapt.Options{Zone: service.zone})
	return vault.Examine(workflow.WithPriority(ctx, workflow.PriorityPerson), e).Checks()
}

// areaWords are the headings of the areas.
func areaWords(area string) string {
	words := map[string]string{"config": "Configuration", "seal": "Secrets", "queue": "Queue", "worker": "Worker", "notify": "Notifications",
		"setup": "Done", "others": "Everything else", "people": "People", "groups": "Groups", "requests": "Requests", "serve": "Console over SSH", "request": "Request", "vault": "Vault service", "epm": "Endpoint requests"}
	if w, ok := words[area]; ok {
		return w
	}
	return area
}

// sum ends the round with what it comes to.
func (p *ward) sum() {
	n := map[workflow.CheckState]int{}
	for _, c := range p.all {
		n[c.State]++
	}
	fmt.Fprintf(p.Out, "\n%d as it should be, %d to look at, %d wrong\n", n[workflow.CheckOK], n[workflow.CheckWarn], n[workflow.CheckBad])
}

// checkJSON is a finding for programs.
type checkJSON struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Text   string `json:"text"`
	Remedy string `json:"remedy"`
}

func checksJSON(all []workflow.Check) any {
	out := struct {
		Checks []checkJSON `json:"checks"`
	}{Checks: make([]checkJSON, len(all))}
	for i, c := range all {
		out.Checks[i] = checkJSON{c.Name, string(c.State), c.Text, c.Remedy}
	}
	return out
}
