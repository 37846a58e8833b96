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
	client vaultclient.Options
	zone   *time.Location
	answer time.Duration // how long to wait for the answer to an order; 0 for the worker's default
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
	v := conf.Vault
	return vaultService{zone: v.Zone, answer: v.Deadline, keys: keys, client: vaultclient.Options{
		URL: v.URL, Key: vaultclient.Credential(key.Reveal()), EncryptionKey: vaultclient.Credential(encryption.Reveal()), CAFile: v.CAFile, Pin: v.Fingerprint,
		Version: v.Version, OldEPM: v.EPMWord == config.PEDM, RunTimeout: v.Deadline, Now: a.Now,
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: v.CallsPerMinute}, a.Now),
	}}, nil
}

// newWorker makes the worker of a service, and lets the service ask it directly.
func newWorker(svc *workflow.Service, vault vaultService, log *slog.Logger) (*workflow.Worker, error) {
	traffic := vaultadapt.NewTraffic(func(c workflow.Call) {
		// The log of a call must not hold up the call; one that is lost is said.
		if err := svc.RecordCall(context.Background(), c); err != nil {
			log.Warn("a call to the vault could not be logged", "error", err)
		}
	})
	vault.client.Observe = traffic.Observe
	spend(svc, vault.client, log)
	client, err := vaultclient.New(vault.client)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	opt := workflow.WorkerOptions{Logger: log, AnswerLimit: vault.answer, ReadIdentities: vault.keys}
	if vault.keys != nil {
		if opt.Identities, err = vault.keys(); err != nil {
			return nil, err
		}
	}
	w, err := workflow.NewWorker(svc, vaultadapt.New(client, vaultadapt.Options{Zone: vault.zone, Traffic: traffic}), opt)
	if err != nil {
		return nil, err
	}
	svc.UseWorker(w)
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
	w, err := newWorker(q.svc, vault, q.logger("worker"))
	if err != nil {
		return err
	}
	log := q.logger(name)
	log.Info("worker started", "version", version(), "vault", vault.client.URL)
	fmt.Fprintf(a.Err, "%s: working for the queue in %s with the vault service at %s\n", name, q.conf.Store.Dir, vault.client.URL)
	told := telling{out: a.Err, health: q.svc.Health,
		beats: func(ctx context.Context) ([]store.Heartbeat, error) { return q.db.Heartbeats(ctx, silence) }}
	watching, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(tellEvery)
		defer ticker.Stop()
		told.until(watching, ticker.C)
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
