package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

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
	lent bool // by the process that serves it, which closes it
	warn io.Writer
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
	if a.served != nil {
		shared := *a.served
		shared.lent = true
		return &shared, nil
	}
	conf, err := a.load()
	if err != nil {
		return nil, err
	}
	return a.openAs(ctx, conf)
}

// openAs opens the queue of a configuration. The caller closes it.
func (a *app) openAs(ctx context.Context, conf config.Config) (*queue, error) {
	set, err := settings(conf)
	if err != nil {
		return nil, err
	}
	q := &queue{conf: conf, warn: a.Err}
	var met faults
	db, err := store.Open(ctx, store.Options{Dir: conf.Store.Dir, Shared: conf.Store.Shared, Now: a.Now, Audited: q.audited,
		Failed: func(f *store.Fault) { q.failed(&met, f) }})
	var path *fs.PathError
	var fault *store.Fault
	switch {
	case errors.As(err, &path) && !errors.As(err, &fault):
		return nil, fmt.Errorf("%w: %w", errFolder, err)
	case err != nil:
		return nil, err
	}
	q.db, q.log = db, store.NewLogHandler(db, conf.Log.Level)
	q.svc = workflow.New(db, workflow.Options{Settings: set, Now: a.Now, Check: vaultadapt.Check, Endpoints: a.endpointSettings(conf)})
	return q, nil
}

// audited puts what people did into the log as well, so that the lines of a matter
// begin with the key that was pressed. What the worker does, it says itself.
func (q *queue) audited(e model.AuditEvent) {
	if e.Actor == model.System || q.log == nil {
		return
	}
	attrs := []any{store.LogPerson, e.Actor}
	if e.Detail != "" {
		attrs = append(attrs, "detail", e.Detail)
	}
	if e.Correlation != "" {
		attrs = append(attrs, store.LogCorrelation, e.Correlation)
	}
	message := e.Object + ": " + e.Action
	if !model.Number(e.Object).Valid() { // an id says nothing to whoever reads the lines
		message, attrs = e.Action, append(attrs, store.LogObject, e.Object)
	}
	q.logger("audit").Info(message, attrs...)
}

// failed puts a fault of the queue's files into the log, so that what a screen says
// of it can be looked up.
func (q *queue) failed(met *faults, f *store.Fault) {
	if q.log != nil && met.isNews(f.Error()) {
		q.logger("store").Error(f.Error(), "advice", f.Advice())
	}
}

// faults keeps one that is met again and again, by every screen, from filling the
// log.
type faults struct {
	mu   sync.Mutex
	last string
	at   time.Time
}

// faultsApart is how long the same fault is not worth another line.
const faultsApart = time.Minute

func (f *faults) isNews(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if text == f.last && time.Since(f.at) < faultsApart {
		return false
	}
	f.last, f.at = text, time.Now()
	return true
}

// settings are the rules of the configuration that the verbs keep.
func settings(conf config.Config) (workflow.Settings, error) {
	to, err := recipients(conf)
	return workflow.Settings{Policies: conf.Policies, Default: conf.Policy, Rules: conf.Rules, Recipients: to, LogKeep: conf.Log.Keep, LogMost: conf.Log.Most,
		Portal: conf.Portal}, err
}

// endpointSettings is what the configuration says of endpoint requests.
func (a *app) endpointSettings(conf config.Config) workflow.EndpointSettings {
	return workflow.EndpointSettings{Group: conf.Endpoints.Group, Rules: conf.Endpoints.Rules, Apply: conf.Endpoints.ApplyRules, Hints: conf.Endpoints.Hints,
		HintsOff: conf.Endpoints.HintsOff, Incidents: conf.Incident, Alike: safetext.LookAlikes, Mixed: safetext.MixedScripts, Zone: a.Zone}
}

// close stores what waits for the log and closes the files. That the log lacks lines
// is told and no error: what was done is done.
func (q *queue) close() error {
	if q.lent {
		return nil
	}
	if err := q.log.Close(); err != nil {
		fmt.Fprintf(q.warn, "%s: the application log lacks some lines: %s\n", name, safetext.Line(err.Error()))
	}
	return q.db.Close()
}

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
