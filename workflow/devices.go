package workflow

import (
	"context"
	"time"

	"countersign/model"
	"countersign/store"
)

// devicesWord is the command that devices need (PROTOCOL 12.8).
const devicesWord = "device-approve"

// listDevices compares the vault's list of waiting devices with ours, tells how that
// went, and returns when to do so again.
func (w *Worker) listDevices(t *tenure) (time.Duration, error) {
	pause, err := w.readDevices(t)
	w.tellListing(t, "devices that wait for approval", err, "", func(h *model.Health) *model.Listing { return &h.Devices })
	return pause, unlessKnown(err)
}

func (w *Worker) readDevices(t *tenure) (time.Duration, error) {
	if w.pulse.lacks(devicesWord) {
		return notHere, notPermitted(devicesWord)
	}
	ctx, cancel := context.WithTimeout(WithPriority(t.ctx, PriorityPolling), 2*w.opt.ReadLimit)
	defer cancel()
	asked := w.now()
	listed, err := w.vault.Devices(ctx)
	if err != nil {
		return 0, err
	}
	var known []model.Device
	err = w.db.Read(t.ctx, func(tx *store.Tx) error {
		known, err = tx.OpenDevices()
		return err
	})
	if err != nil {
		return 0, err
	}
	type asking struct {
		id string
		at int64
	}
	keyOf := func(d model.Device) asking { return asking{d.DeviceID, d.Asked.UnixMicro()} }
	have, still := map[asking]bool{}, map[asking]bool{}
	for _, d := range known {
		have[keyOf(d)] = true
	}
	for _, d := range listed {
		still[keyOf(d)] = true
	}
	err = each(w, t, listed, func(d model.Device) error {
		if have[keyOf(d)] {
			return nil
		}
		err := w.write(t, func(tx *store.Tx) error { return meetDevice(tx, d, asked) })
		return wrapped(err, "store device %s", d.DeviceID)
	})
	if err != nil {
		return 0, err
	}
	err = each(w, t, known, func(d model.Device) error {
		if d.State != model.EndpointPending || still[keyOf(d)] || d.Seen.After(asked) {
			return nil
		}
		err := w.write(t, func(tx *store.Tx) error {
			now, found, err := tx.Device(d.ID)
			if err != nil || !found || now.State != model.EndpointPending {
				return err
			}
			return endDevice(tx, now, model.EndpointElsewhere, "no longer waits in the vault: decided outside this program; the vault does not tell which way")
		})
		return wrapped(err, "end device %s", d.DeviceID)
	})
	if err != nil {
		return 0, err
	}
	return w.nextListing(len(listed)), nil
}

// meetDevice stores a device that is new, and lets one wait again that had ended
// before the list was asked for: it waits in the vault.
func meetDevice(tx *store.Tx, d model.Device, asked time.Time) error {
	before, err := tx.DevicesOf(d.Email, recentDevices)
	if err != nil {
		return err
	}
	for _, b := range before {
		if b.DeviceID != d.DeviceID || !b.Asked.Equal(d.Asked) {
			continue
		}
		if b.State.Open() || !b.Ended.Before(asked) {
			return nil
		}
		from, was := b.State, b.Outcome
		b.State, b.Outcome, b.Decision = model.EndpointPending, "", model.EndpointVote{}
		if changed, err := tx.UpdateDevice(b, from); err != nil || !changed {
			return orConflict(err, b.Object())
		}
		return record(tx, change{by: model.System, object: b.Object(), correlation: newCorrelation(), action: "device.resumed",
			detail: b.DeviceID, says: []string{"waits again: the vault lists it; before: " + was}})
	}
	d.State, d.Seen = model.EndpointPending, tx.Now
	if d.ID, err = tx.InsertDevice(d); err != nil {
		return err
	}
	return record(tx, change{by: model.System, object: d.Object(), correlation: newCorrelation(), action: "device.seen",
		detail: d.DeviceID, says: []string{"waits for approval"}})
}

// endDevice ends a device of whichever open state.
func endDevice(tx *store.Tx, d model.Device, state model.EndpointState, outcome string) error {
	from := d.State
	d.State, d.Outcome = state, outcome
	if changed, err := tx.UpdateDevice(d, from); err != nil || !changed {
		return orConflict(err, d.Object())
	}
	return record(tx, change{by: model.System, object: d.Object(), correlation: newCorrelation(), action: "device." + string(state),
		detail: d.DeviceID, texts: []model.AuditText{{Name: "outcome", Text: outcome}}, says: []string{outcome}})
}
