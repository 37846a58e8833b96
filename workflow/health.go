package workflow

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

// beatAge is how old a worker's heartbeat may be before it counts as gone.
const beatAge = 10 * time.Second

// workerKind is the kind of the worker's heartbeat.
const workerKind = "worker"

// beatNote is what a worker's heartbeat carries.
type beatNote struct {
	// Recipient is the public key that questions are sealed to.
	Recipient string `json:"recipient"`
}

// keepBeating says that the worker is alive and tells the vault's health. It
// writes to live.db only, so that nobody who watches the queue wakes.
func (w *Worker) keepBeating(t *tenure) error {
	ticker := time.NewTicker(w.opt.Beat)
	defer ticker.Stop()
	failing := false
	for {
		err := w.beat(t)
		if err != nil && !failing && t.ctx.Err() == nil {
			w.log.Warn("the heartbeat could not be stored", "error", err)
		}
		failing = err != nil
		select {
		case <-t.ctx.Done():
			return nil
		case <-w.pulse.changed:
		case <-ticker.C:
		}
	}
}

// watchHealth asks the service how it is, again and again. It is apart from the
// heartbeat, which must not wait for a service that does not answer.
func (w *Worker) watchHealth(t *tenure) error {
	ticker := time.NewTicker(w.opt.HealthEvery)
	defer ticker.Stop()
	for {
		w.askHealth(t.ctx)
		select {
		case <-t.ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// askHealth asks the service how it is. The first good answer, and the first one
// after a refused key or command, is followed by a probe.
func (w *Worker) askHealth(ctx context.Context) {
	before := w.pulse.get().State
	asking, cancel := context.WithTimeout(ctx, w.opt.ReadLimit)
	h := w.vault.Health(asking)
	cancel()
	if ctx.Err() != nil {
		return
	}
	w.pulse.asked(h)
	if now := w.pulse.get(); now.State != before {
		level, said := slog.LevelInfo, "the vault is "+string(now.State)
		if now.State != model.HealthConnected {
			level = slog.LevelWarn
		}
		if now.Cause != "" {
			said += ": " + now.Cause
		}
		w.log.Log(ctx, level, said)
	}
	if !w.pulse.needsProbe() {
		return
	}
	missing, version, err := w.vault.Probe(WithPriority(ctx, PriorityPolling))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.pulse.felt(err)
		w.log.Warn("what the key may do could not be found out", "error", err)
	default:
		w.pulse.permits(missing, version)
		if len(missing) > 0 {
			w.log.Warn("the vault service's key lacks commands: an administrator of the service must allow them", "commands", missing)
		}
	}
}

// recallHealth spares a worker that takes over from another one the probe, whose
// calls the service counts like all others.
func (w *Worker) recallHealth(ctx context.Context) {
	h, known, err := w.db.Health(ctx)
	if err != nil {
		w.log.Warn("what the worker before found the key to be permitted could not be read", "error", err)
		return
	}
	if known {
		w.pulse.recall(h)
	}
}

// beat stores the heartbeat and the health.
func (w *Worker) beat(t *tenure) error {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	note, err := json.Marshal(beatNote{Recipient: w.key.Recipient().String()})
	if err != nil {
		return err
	}
	if err := w.db.PutHealth(t.ctx, w.pulse.get()); err != nil {
		return err
	}
	return w.db.Beat(t.ctx, store.Heartbeat{Name: t.lease.Holder, Kind: workerKind, Host: host, PID: os.Getpid(), Note: string(note)})
}

// Health returns the vault's health as the worker last told it. Without a worker
// it is HealthNoWorker.
func (s *Service) Health(ctx context.Context) model.Health {
	if w, t := s.asking.here(); t != nil {
		h := w.pulse.get()
		if h.State == "" {
			h.State = model.HealthUnknown
		}
		h.Seen = s.now()
		return h
	}
	beat, alive, err := s.workerBeat(ctx)
	if err != nil {
		return model.Health{State: model.HealthUnknown, Cause: err.Error()}
	}
	h, known, err := s.db.Health(ctx)
	switch {
	case err != nil:
		return model.Health{State: model.HealthUnknown, Cause: err.Error()}
	case !alive:
		return model.Health{State: model.HealthNoWorker, Since: h.Seen, Seen: h.Seen, Version: h.Version,
			Cause: noWorker().Text, Advice: noWorker().Advice}
	case !known || h.State == "":
		return model.Health{State: model.HealthUnknown, Seen: beat.At}
	}
	h.Seen = beat.At
	return h
}

// noWorker is what to tell who asks the vault while nobody talks to it.
func noWorker() *VaultError {
	return &VaultError{Kind: VaultNoWorker, Text: "nothing here talks to the vault at the moment",
		Advice: "start `countersign worker`; decisions are kept and carried out later", NotSent: true}
}

// workerBeat returns the latest heartbeat of a worker, and whether there is one
// that is not too old, of a worker that is not known to be dead.
func (s *Service) workerBeat(ctx context.Context) (store.Heartbeat, bool, error) {
	beats, err := s.db.Heartbeats(ctx, beatAge)
	beats = slices.DeleteFunc(beats, func(b store.Heartbeat) bool { return b.Kind != workerKind || died(b.Name) })
	if err != nil || len(beats) == 0 {
		return store.Heartbeat{}, false, err
	}
	return slices.MaxFunc(beats, func(a, b store.Heartbeat) int { return a.At.Compare(b.At) }), true, nil
}
