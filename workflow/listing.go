package workflow

import (
	"context"
	"errors"

	"countersign/model"
	"countersign/store"
)

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
