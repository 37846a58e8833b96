package workflow

import (
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/store"
)

// keepListing lists something of the vault again and again, soon after somebody
// looks.
func (w *Worker) keepListing(t *tenure, now <-chan struct{}, what string, list func(*tenure) (time.Duration, error)) error {
	failures := 0
	for {
		pause, err := list(t)
		switch {
		case t.ctx.Err() != nil:
			return nil
		case errors.Is(err, errLeaseLost), errors.Is(err, store.ErrClosed):
			return err
		case err != nil:
			if failures == 0 {
				w.log.Warn(what+" cannot be listed", "error", err)
			}
			pause = max(restFrom(err, failures), w.opt.EndpointsBusy)
			failures++
		default:
			failures = 0
		}
		if !w.untilNextPoll(t, now, pause, failures == 0) {
			return nil
		}
	}
}

// pollEndpoints lists the endpoint requests of the vault, often while somebody
// looks or some wait, else rarely.
func (w *Worker) pollEndpoints(t *tenure) error {
	return w.keepListing(t, w.pollNow, "endpoint requests", w.listEndpoints)
}

// pollDevices is pollEndpoints for devices.
func (w *Worker) pollDevices(t *tenure) error {
	return w.keepListing(t, w.devicesNow, "devices", w.listDevices)
}

// untilNextPoll waits for the pause to end. Somebody who looks shortens it, but
// the vault is never asked more often than while requests wait. It reports false
// when the worker is to end.
func (w *Worker) untilNextPoll(t *tenure, now <-chan struct{}, pause time.Duration, hurry bool) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	soonest := time.Now().Add(w.opt.EndpointsBusy)
	for {
		select {
		case <-t.ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-now:
			if hurry && pause > w.opt.EndpointsBusy {
				timer.Reset(max(time.Until(soonest), 0))
			}
		}
	}
}

// restFrom is how long not to ask after so many failures in a row.
func restFrom(err error, failures int) time.Duration {
	var e *VaultError
	if errors.As(err, &e) && (e.Kind == VaultNotPermitted || !e.Passing()) {
		return notHere
	}
	return delay(failures)
}

// notPermitted is the trouble of a command that the key may not use, found out
// before: nothing is asked.
func notPermitted(command string) *VaultError {
	return &VaultError{Kind: VaultNotPermitted, NotSent: true, Text: "the vault service's key may not use the command " + command}
}

// tellListing tells the screens how a listing went: what, in the plural, could not
// be read, or that all is well.
func (w *Worker) tellListing(t *tenure, what string, err error, doubt string, of func(*model.Health) *model.Listing) {
	if t.ctx.Err() != nil || errors.Is(err, errLeaseLost) || errors.Is(err, store.ErrClosed) {
		return
	}
	h := w.pulse.get()
	before := *of(&h)
	now := model.Listing{State: model.HealthConnected, Listed: w.now(), Doubt: doubt}
	if err != nil {
		now = troubleListing(what, err)
		now.Listed, now.Doubt, now.Since = before.Listed, doubt, before.Since
		if now.Since.IsZero() {
			now.Since = w.now()
		}
	}
	w.pulse.lists(now, of)
}

// troubleListing is the one sentence and the advice for a list that cannot be read.
func troubleListing(what string, err error) model.Listing {
	var e *VaultError
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.DeadlineExceeded):
		e = &VaultError{Kind: VaultUnreachable, Text: "the vault service did not answer in time"}
	default:
		return model.Listing{State: model.HealthUnknown, Cause: "not all " + what + " could be stored: " + err.Error(), Advice: "look at the log"}
	}
	l := model.Listing{State: HealthOf(e), Cause: "new " + what + " are not seen: " + e.Text, Advice: e.Advice}
	switch {
	case e.Kind == VaultNotPermitted:
		l.Advice = "have an administrator of the vault service add the command to its allow list; until then, an alert in Keeper's admin console can tell of new " + what
	case !e.Passing():
		l.State = model.HealthRefused
		l.Advice = "the service account may lack the right to it, or the licence: ask a Keeper administrator; until then, an alert in Keeper's admin console can tell of new " + what
	case l.Advice == "":
		l.Advice = "it is tried again by itself"
	}
	return l
}
