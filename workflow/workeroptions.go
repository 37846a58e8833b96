package workflow

import (
	"log/slog"
	"time"

	"countersign/seal"
	"countersign/store"
)

// WorkerOptions configure a Worker; the zero value of each field means the
// default named there.
type WorkerOptions struct {
	// Holder names the worker in the lease; a random name of this process, whose
	// lease is free for others once the process has died. A worker that starts under
	// the name of one that still runs takes the lease from it.
	Holder string
	// Lease is how long the worker may be silent before another one takes over, if it
	// is not known to be dead; 60 s, of which a third passes between two renewals, since each one wakes
	// whoever watches the queue. It must be longer than SendLimit, so that nothing is sent by a worker
	// that lost it.
	Lease time.Duration
	// SendLimit bounds the sending of one order; 20 s.
	SendLimit time.Duration
	// AnswerLimit bounds the wait for the answer to one order, after which its
	// outcome is unknown and looked for; 90 s.
	AnswerLimit time.Duration
	// LookLimit bounds the wait for an answer that should have been there before:
	// one that is ready comes at the first look; 2 s.
	LookLimit time.Duration
	// ReadLimit bounds one reading call; 30 s.
	ReadLimit time.Duration
	// Settle is how long after it was taken for sending an order that is not seen in
	// the vault may still arrive there, by Steady; 40 s. It must be longer than SendLimit, by what
	// the network may hold back.
	Settle time.Duration
	// Steady is a clock that goes on whatever the time is set to. Only the time between
	// two of its readings counts: how long an order is known to have been under way. Nil
	// is the service's Now, whose readings are just that where it is time.Now.
	Steady func() time.Time
	// Tick is how often is looked at what depends on time alone; 15 s.
	Tick time.Duration
	// IndexAge is when the titles of the vault are read again; 15 min.
	IndexAge time.Duration
	// Beat is how often the worker says that it is alive; 3 s.
	Beat time.Duration
	// HealthEvery is how often the service is asked whether it answers; 10 s.
	HealthEvery time.Duration
	// EndpointsBusy and EndpointsIdle are how often endpoint requests are listed
	// while some are pending, and otherwise; 15 s and 2 min.
	EndpointsBusy, EndpointsIdle time.Duration
	// Identities open sealed answers; without them, orders that need one are
	// refused.
	Identities []seal.Identity
	// ReadIdentities reads them again, when something is sealed to none of them; nil
	// if they never change.
	ReadIdentities func() ([]seal.Identity, error)
	// Telling is how a program outside is told of events; nothing is told without.
	Telling Telling
	// Logger gets what is notable; nothing is logged where it is nil.
	Logger *slog.Logger
}

func (o WorkerOptions) withDefaults() WorkerOptions {
	if o.Holder == "" {
		o.Holder = holderName()
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Lease, time.Minute}, {&o.SendLimit, 20 * time.Second}, {&o.AnswerLimit, 90 * time.Second},
		{&o.LookLimit, 2 * time.Second}, {&o.ReadLimit, 30 * time.Second}, {&o.Settle, 40 * time.Second}, {&o.Tick, 15 * time.Second},
		{&o.IndexAge, 15 * time.Minute}, {&o.Beat, 3 * time.Second}, {&o.HealthEvery, 10 * time.Second},
		{&o.Telling.Ending, 5 * time.Minute}, {&o.EndpointsBusy, 15 * time.Second}, {&o.EndpointsIdle, 2 * time.Minute},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Logger = o.Logger.With(store.LogComponent, "worker")
	return o
}
