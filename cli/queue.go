package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"countersign/config"
	"countersign/model"
	"countersign/safetext"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/workflow"
)

// errNobody says that the queue has no people yet.
var errNobody = errors.New("this queue has no people yet")

// errConfig marks trouble that the configuration causes.
var errConfig = errors.New("the configuration cannot be used")

// errPeople marks a people file that cannot be read.
var errPeople = errors.New("the people file cannot be read")

// errFolder marks a folder that cannot hold a queue.
var errFolder = errors.New("the queue's folder cannot be used")

// queue is the configured queue, open for one command.
type queue struct {
	conf config.Config
	db   *store.DB
	log  *store.LogHandler
	svc  *workflow.Service
}

// load reads the configuration.
func (a *app) load() (config.Config, error) {
	path := a.configPath
	if path == "" {
		var err error
		if path, err = config.Find(a.Env); err != nil {
			return config.Config{}, err
		}
	}
	conf, err := config.Load(path, a.Env)
	if err != nil && !isConfigError(err) {
		err = fmt.Errorf("%w: %w", errConfig, err)
	}
	return conf, err
}

func isConfigError(err error) bool {
	var e *config.Error
	return errors.As(err, &e)
}

// open opens the configured queue. The caller closes it.
func (a *app) open(ctx context.Context) (*queue, error) {
	conf, err := a.load()
	if err != nil {
		return nil, err
	}
	set, err := settings(conf)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Dir: conf.Store.Dir, Shared: conf.Store.Shared, Now: a.Now})
	var path *fs.PathError
	var fault *store.Fault
	switch {
	case errors.As(err, &path) && !errors.As(err, &fault):
		return nil, fmt.Errorf("%w: %w", errFolder, err)
	case err != nil:
		return nil, err
	}
	return &queue{
		conf: conf, db: db, log: store.NewLogHandler(db, conf.Log.Level),
		svc: workflow.New(db, workflow.Options{Settings: set, Now: a.Now, Check: vaultadapt.Check, Endpoints: a.endpointSettings(conf)}),
	}, nil
}

// settings are the rules of the configuration that the verbs keep.
func settings(conf config.Config) (workflow.Settings, error) {
	to, err := recipients(conf)
	return workflow.Settings{Policies: conf.Policies, Default: conf.Policy, Recipients: to, LogKeep: conf.Log.Keep,
		Portal: conf.Portal}, err
}

// endpointSettings is what the configuration says of endpoint requests.
func (a *app) endpointSettings(conf config.Config) workflow.EndpointSettings {
	return workflow.EndpointSettings{Group: conf.Endpoints.Group, Rules: conf.Endpoints.Rules, Apply: conf.Endpoints.ApplyRules, Hints: conf.Endpoints.Hints,
		HintsOff: conf.Endpoints.HintsOff, Incidents: conf.Incident, Alike: safetext.LookAlikes, Mixed: safetext.MixedScripts, Zone: a.Zone}
}

// close stores what waits for the log and closes the files.
func (q *queue) close() error { return errors.Join(q.log.Close(), q.db.Close()) }

// logger writes into the queue's log, for a part of the program.
func (q *queue) logger(component string) *slog.Logger {
	return slog.New(q.log).With(store.LogComponent, component)
}

// me loads the person who calls.
func (a *app) me(ctx context.Context, q *queue) (model.Actor, error) {
	login, err := a.Login()
	if err != nil {
		return model.Actor{}, err
	}
	me, err := q.svc.Actor(ctx, login)
	if !errors.Is(err, workflow.ErrUnknownPerson) {
		return me, err
	}
	var people []model.Person
	readErr := q.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		people, err = tx.People()
		return err
	})
	if readErr == nil && len(people) == 0 {
		return me, errNobody
	}
	return me, err
}

// with runs fn as the person who calls, on the configured queue.
func (a *app) with(ctx context.Context, fn func(q *queue, me model.Actor) error) error {
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	me, err := a.me(ctx, q)
	if err == nil {
		err = fn(q, me)
	}
	return errors.Join(err, q.close())
}
