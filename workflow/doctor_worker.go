package workflow

import (
	"context"
	"errors"
	"strings"

	"countersign/model"
	"countersign/store"
)

// faultIn returns the trouble of the surroundings that an error is about.
func faultIn(err error) (*store.Fault, bool) {
	var f *store.Fault
	return f, errors.As(err, &f)
}

// checkWorker says whether a worker is alive, and what it told of the vault
// service.
func (s *Service) checkWorker(ctx context.Context, found *checks) {
	if len(s.settings.Recipients) == 0 {
		found.warn("seal.recipients", "make a key by `countersign keygen`, and write what it prints into [seal] recipients",
			"nothing secret can be ordered: nobody's key is there to seal it to")
	} else {
		found.ok("seal.recipients", "secrets are sealed to %s", howMany(len(s.settings.Recipients), "key", "keys"))
	}
	beat, alive, err := s.workerBeat(ctx)
	if err != nil {
		found.unread("worker.alive", err)
		return
	}
	h := s.Health(ctx)
	if !alive {
		last := "none was seen here yet"
		if !h.Seen.IsZero() {
			last = "the last one was seen at " + h.Seen.UTC().Format("2006-01-02 15:04 UTC")
		}
		found.bad("worker.alive", "start one: countersign worker, or the unit countersign.service; what is decided meanwhile is kept and carried out later",
			"no worker is alive: nothing is carried out, and nothing is searched; %s", last)
		return
	}
	found.ok("worker.alive", "a worker is alive: process %d on %s", beat.PID, beat.Host)
	s.checkLease(ctx, beat, found)
	workerHealth(h, found)
}

// checkLease says whether the worker that beats is the one that may work.
func (s *Service) checkLease(ctx context.Context, beat store.Heartbeat, found *checks) {
	var lease store.Lease
	held := false
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		var known bool
		lease, known, err = tx.LeaseOf(store.WorkerLease)
		held = known && !lease.Free(tx.Now)
		return err
	})
	switch {
	case err != nil:
		found.unread("worker.one", err)
	case held && lease.Holder != beat.Name:
		found.warn("worker.one", "wait a minute: one of two workers takes over from the other; if it stays so, end one of them",
			"process %d on %s says that it works, and another one holds the lease until %s", beat.PID, beat.Host, lease.Expires.UTC().Format("15:04:05 UTC"))
	default:
		found.ok("worker.one", "it is the only one that works; others would wait")
	}
}

// workerHealth is what the worker told of the vault service.
func workerHealth(h model.Health, found *checks) {
	switch h.State {
	case model.HealthConnected:
		found.ok("worker.vault", "the worker has the vault service: it answers after %s", millis(h.Latency))
	case model.HealthUnknown:
		found.warn("worker.vault", "wait some seconds and run this again", "the worker has not heard from the vault service yet")
	case model.HealthSlow, model.HealthLimited:
		found.warn("worker.vault", h.Advice, "the worker says that the vault service is %s: %s", h.State, h.Cause)
	default:
		found.bad("worker.vault", h.Advice, "the worker says that the vault service is %s: %s", h.State, h.Cause)
	}
	if len(h.Missing) > 0 {
		found.bad("worker.commands", "have the service's administrator add them to the commands of its key; the worker looks again by itself",
			"the worker's key may not run: %s", strings.Join(h.Missing, ", "))
	}
	if h.Endpoints.Cause != "" {
		found.warn("worker.endpoints", h.Endpoints.Advice, "the worker cannot read endpoint requests: %s", h.Endpoints.Cause)
	}
	if h.Endpoints.Doubt != "" {
		found.warn("worker.clock", "set [vault] timezone to the zone of the service's host", "%s", h.Endpoints.Doubt)
	}
}
