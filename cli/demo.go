package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/demo"
	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/ui"
	"countersign/vaultclient"
)

// demoFlags are the flags of `countersign demo`.
type demoFlags struct {
	as       string
	keep     string
	requests int
	seed     uint64
	away     bool
	control  string
	calls    int
	crowd    int
	left     time.Duration
}

func (a *app) demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Look around in a made-up company, without a vault",
		Long: `Look around in a made-up company: a simulated vault service, a queue with three
months of requests, the worker, and the console as one of its people.

P changes the person inside the console. Everything is removed at the end, unless
--keep names a folder; a kept demo is opened again with the same --keep.`,
		Example: `countersign demo --as requestor
countersign demo --keep /tmp/company --requests 5000`,
		Args: none,
	}
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error { return a.demo(ctx, f) })
	a.plainFlag(cmd)
	cmd.Flags().StringVar(&f.as, "as", string(model.RoleApprover), "begin as `ROLE`: requestor, approver, admin or support")
	cmd.Flags().StringVar(&f.keep, "keep", "", "keep the demo's queue in the folder `DIR`")
	cmd.Flags().IntVar(&f.requests, "requests", demo.DefaultRequests, "let the company have made `N` requests")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "another `NUMBER` tells another story")
	cmd.Flags().BoolVar(&f.away, "vault-away", false, "begin with the vault service unreachable")
	cmd.Flags().StringVar(&f.control, "control", "", "file that gets the simulator's address and control token")
	cmd.Flags().IntVar(&f.calls, "calls", 60, "let the vault service answer `N` calls a minute")
	cmd.Flags().IntVar(&f.crowd, "elevations", 0, "let `N` endpoint requests more wait")
	cmd.Flags().DurationVar(&f.left, "elevations-left", 20*time.Minute, "how long the first of them still has")
	for _, name := range []string{"control", "calls", "elevations", "elevations-left"} {
		_ = cmd.Flags().MarkHidden(name) // for tests; the flag exists
	}
	return cmd
}

func (f demoFlags) check() (demo.Persona, error) {
	var names []string
	for _, p := range demo.Personas() {
		if string(p.Role) == f.as || p.Login == f.as {
			if f.requests < demo.LeastRequests || f.requests > demo.MostRequests {
				return p, usage("--requests: a number from %d to %d is needed", demo.LeastRequests, demo.MostRequests)
			}
			return p, nil
		}
		names = append(names, string(p.Role))
	}
	return demo.Persona{}, usage("--as: %q is none of %s", f.as, strings.Join(names, ", "))
}

func (a *app) demo(ctx context.Context, f demoFlags) error {
	persona, err := f.check()
	if err != nil {
		return err
	}
	if a.configPath != "" {
		return usage("the demo reads no configuration: leave --config out")
	}
	if !a.plainly() && (!isTerminal(a.In) || !isTerminal(a.Out)) {
		return errNoTerminal
	}
	q := &queue{}
	opt := a.demoOptions(f)
	opt.Audited = q.audited
	d, err := demo.Start(ctx, opt)
	if err != nil {
		return err
	}
	return errors.Join(a.inDemo(ctx, q, d, persona, f.calls), d.Close())
}

func (a *app) demoOptions(f demoFlags) demo.Options {
	opt := demo.Options{Dir: f.keep, Requests: f.requests, Seed: f.seed, Away: f.away, Control: f.control,
		Elevations: f.crowd, ElevationsLeft: f.left,
		Endpoints: a.endpointSettings(config.Config{}),
		Rate:      fmt.Sprintf("%d/minute", f.calls)}
	if f.keep != "" {
		// Nothing depends on it: without a login the kept queue has one person less.
		opt.Login, _ = a.Login()
	}
	if f.requests >= tellFrom && isTerminal(a.Err) {
		opt.Progress = func(done, all int) {
			fmt.Fprintf(a.Err, "\rmaking up a company: %d %%", 100*done/all)
			if done == all {
				fmt.Fprint(a.Err, "\r\x1b[K")
			}
		}
	}
	return opt
}

// tellFrom is from how many requests on the making takes long enough to say so.
const tellFrom = 2000

// sparing is how many of the calls that the vault service answers in a minute are
// left to others.
const sparing = 5

func (a *app) inDemo(ctx context.Context, q *queue, d *demo.Demo, persona demo.Persona, calls int) error {
	svc := d.Service()
	me, err := svc.Actor(ctx, persona.Login)
	if err != nil {
		return err
	}
	handler := store.NewLogHandler(d.DB, slog.LevelDebug)
	q.db, q.log, q.svc = d.DB, handler, svc
	budget := vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: calls - sparing, ServiceLimit: calls}, d.Now)
	w, err := newWorker(q, vaultService{zone: time.Local,
		client: vaultclient.Options{URL: d.URL, Key: vaultclient.Credential(d.Key), Now: d.Now, Budget: budget},
		keys:   func() ([]seal.Identity, error) { return []seal.Identity{d.Identity}, nil }})
	if err != nil {
		return errors.Join(err, handler.Close())
	}
	opts := consoleOptions(ctx, svc, me, looks{now: d.Now, log: q.logger("console"), zone: a.Zone, files: true, fulfil: []model.GroupName{demo.Admins},
		way: wayOf(config.NotifyAuto, a.Env), ui: config.UI{Theme: config.ThemeAuto, Mouse: true}})
	opts.Demo = true
	for _, p := range append(demo.Personas(), demo.Colleagues()...) {
		opts.Personas = append(opts.Personas, ui.Persona{Login: p.Login, Role: string(p.Role)})
	}
	return errors.Join(beside(ctx, w, q.logger(name), func() error { return a.show(ctx, q, opts) }), handler.Close())
}
