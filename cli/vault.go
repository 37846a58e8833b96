package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/store"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/workflow"
)

// checkWithin is how long a check waits for the vault service in all.
const checkWithin = time.Minute

// check asks the vault service once how it is and what the key may do. Trouble is
// a *workflow.VaultError. It needs no queue.
func (a *app) check(ctx context.Context) error {
	conf, err := a.load()
	if err != nil {
		return err
	}
	service, err := a.vaultOf(conf)
	if err != nil {
		return err
	}
	client, err := vaultclient.New(service.client)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	vault := vaultadapt.New(client, vaultadapt.Options{Zone: service.zone})
	asking, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	h := vault.Health(asking)
	if trouble := troubleOf(h); trouble != nil && ctx.Err() == nil {
		return trouble
	}
	missing, release, err := vault.Probe(asking)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	}
	if h.Missing = missing; len(missing) > 0 {
		return troubleOf(h)
	}
	fmt.Fprintf(a.Out, "the vault service at %s answers after %s; its key may do all that is needed\n", safetext.Line(service.client.URL), max(h.Latency, time.Millisecond).Round(time.Millisecond))
	if release != "" {
		fmt.Fprintln(a.Out, "release:", safetext.Line(release))
	}
	return nil
}

// troubleOf is what is wrong with the vault service, nil if nothing is known to be.
func troubleOf(h model.Health) *workflow.VaultError {
	switch {
	case h.State == model.HealthUnreachable, h.State == model.HealthRefused, h.State == model.HealthLimited,
		h.State == model.HealthSlow && h.Cause != "":
		return &workflow.VaultError{Text: h.Cause, Advice: h.Advice}
	case len(h.Missing) > 0:
		return &workflow.VaultError{Text: "the vault service's key is not permitted: " + strings.Join(h.Missing, ", "),
			Advice: "have an administrator of the service add what is missing to the key's commands; what needs it waits until then"}
	}
	return nil
}

// telling says on an output what a worker stands before, whenever that changes:
// who starts it sees there whether it works.
type telling struct {
	out    io.Writer
	beats  func(context.Context) ([]store.Heartbeat, error)
	health func(context.Context) model.Health
	last   string
}

// until looks at every tick, until ctx ends.
func (t *telling) until(ctx context.Context, tick <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			t.look(ctx)
		}
	}
}

// look says what is so now, unless it was so before.
func (t *telling) look(ctx context.Context) {
	p, known := t.now(ctx)
	if !known || p.text == t.last || ctx.Err() != nil {
		return
	}
	t.last = p.text
	report(t.out, p)
}

// now is what there is to say, if anything is known.
func (t *telling) now(ctx context.Context) (p problem, known bool) {
	beats, err := t.beats(ctx)
	if err != nil {
		return p, false
	}
	mine := false
	for _, b := range beats {
		mine = mine || b.PID == os.Getpid()
	}
	if !mine {
		return problem{text: "another worker is active; this one takes over when that is gone"}, len(beats) > 0
	}
	h := t.health(ctx)
	if trouble := troubleOf(h); trouble != nil {
		return problem{text: trouble.Text, advice: trouble.Advice}, true
	}
	return problem{text: "the vault service answers"}, h.State == model.HealthConnected || h.State == model.HealthSlow
}
