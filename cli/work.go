package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/workflow"
)

// vaultService says how a worker reaches the vault.
type vaultService struct {
	client  vaultclient.Options
	zone    *time.Location
	calls   int           // a minute, at most
	answer  time.Duration // how long to wait for the answer to an order; 0 for the worker's default
	telling workflow.Telling
	// keys reads the identities that open sealed answers; nil where there is none.
	keys func() ([]seal.Identity, error)
}

// vaultOf reads what the configuration says of the vault service, its secrets
// included.
func (a *app) vaultOf(conf config.Config) (vaultService, error) {
	key, err := conf.Vault.APIKey(a.Env)
	if err != nil {
		return vaultService{}, fmt.Errorf("%w: %w", errConfig, err)
	}
	encryption, err := conf.Vault.EncryptionKey(a.Env)
	if err != nil && !errors.Is(err, config.ErrNoSecret) {
		return vaultService{}, fmt.Errorf("%w: %w", errConfig, err)
	}
	keys, err := a.identitiesOf(conf)
	if err != nil {
		return vaultService{}, err
	}
	service := a.serviceWith(conf, key.Reveal(), encryption.Reveal())
	service.keys = keys
	return service, nil
}

// serviceWith is the vault service of a configuration, with its secrets as they are
// given.
func (a *app) serviceWith(conf config.Config, key, encryption string) vaultService {
	v := conf.Vault
	return vaultService{telling: a.tellingOf(conf.Outside), zone: v.Zone, calls: v.CallsPerMinute, answer: v.Deadline, client: vaultclient.Options{
		URL: v.URL, Key: vaultclient.Credential(key), EncryptionKey: vaultclient.Credential(encryption), CAFile: v.CAFile, Pin: v.Fingerprint,
		Version: v.Version, OldEPM: v.EPMWord == config.PEDM, RunTimeout: v.Deadline, Now: a.Now,
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: v.CallsPerMinute}, a.Now),
	}}
}

// newWorker makes the worker of a queue, and lets the queue's service ask it
// directly. What it says to the vault goes into the queue's log.
func newWorker(q *queue, vault vaultService) (*workflow.Worker, error) {
	traffic := vaultadapt.NewTraffic(func(c workflow.Call) { q.log.Traffic(c.Stored()) })
	vault.client.Observe = traffic.Observe
	spend(q.svc, vault.client, q.logger("worker"))
	client, err := vaultclient.New(vault.client)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	opt := workflow.WorkerOptions{Logger: q.logger("worker"), AnswerLimit: vault.answer, ReadIdentities: vault.keys, Telling: vault.telling}
	if vault.keys != nil {
		if opt.Identities, err = vault.keys(); err != nil {
			return nil, err
		}
	}
	w, err := workflow.NewWorker(q.svc, vaultadapt.New(client, vaultadapt.Options{Zone: vault.zone, Traffic: traffic}), opt)
	if err != nil {
		return nil, err
	}
	q.svc.UseWorker(w)
	return w, nil
}

// window is how long the service counts a call (PROTOCOL 10).
const window = time.Minute

// spend counts against the budget what a worker that has just ended called: the
// service would refuse a new one that did not know of it.
func spend(svc *workflow.Service, client vaultclient.Options, log *slog.Logger) {
	calls, err := svc.CallsSince(context.Background(), client.Now().Add(-window))
	if err != nil {
		log.Warn("what was called before is not known", "error", err)
	}
	for _, c := range calls {
		if path, known := vaultclient.ParsePath(c.Path); known {
			client.Budget.Spend(path, c.At.Add(c.Wait))
		}
	}
}

// beside runs a worker while fn runs, and waits for its end.
func beside(ctx context.Context, w *workflow.Worker, log *slog.Logger, fn func() error) error {
	working, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(working); err != nil {
			log.Error("the worker has ended", "error", err)
		}
	}()
	err := fn()
	stop()
	<-ended
	return err
}

func (a *app) workerCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Carry out what was approved; it alone talks to the vault",
		Long: `Carry out what was approved, until it is interrupted. It says on standard error how
the vault service is, whenever that changes.

One worker is active at a time. A second one waits and takes over when the first
is gone. Consoles work without one: what they decide is kept and carried out
later.`,
		Example: `# does the vault service answer, and may the key do what is needed?
countersign worker --check`,
		Args: none,
	}
	cmd.Flags().BoolVar(&check, "check", false, "only ask the vault service how it is and what the key may do")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		if check {
			return a.check(ctx)
		}
		return a.worker(ctx, args)
	})
	return cmd
}

func (a *app) worker(ctx context.Context, _ []string) error {
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	err = a.work(ctx, q)
	return errors.Join(err, q.close())
}

const (
	// tellEvery is how often a worker looks whether there is something to say.
	tellEvery = time.Second
	// silence is how old a heartbeat may be before its worker counts as gone.
	silence = 10 * time.Second
)

func (a *app) work(ctx context.Context, q *queue) error {
	vault, err := a.vaultOf(q.conf)
	if err != nil {
		return err
	}
	w, err := newWorker(q, vault)
	if err != nil {
		return err
	}
	log := q.logger(name)
	log.Info("worker started", "version", version(), "vault", vault.client.URL)
	fmt.Fprintf(a.Err, "%s: working for the queue in %s with the vault service at %s\n", name, q.conf.Store.Dir, vault.client.URL)
	watching, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.tellHealth(watching, q)
	}()
	err = w.Run(ctx)
	stop()
	<-ended
	log.Info("worker ended")
	if err == nil || errors.Is(err, store.ErrClosed) {
		fmt.Fprintf(a.Err, "%s: the worker has ended\n", name)
		return nil
	}
	return err
}

// tellHealth says on standard error how the vault service is, whenever that
// changes, until ctx ends.
func (a *app) tellHealth(ctx context.Context, q *queue) {
	told := telling{out: a.Err, health: q.svc.Health,
		beats: func(ctx context.Context) ([]store.Heartbeat, error) { return q.db.Heartbeats(ctx, silence) }}
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	told.until(ctx, ticker.C)
}
