package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	// recentDevices is how many other devices of the last day a view tells of.
	recentDevices    = 200
	recentDevicesAge = 24 * time.Hour
)

// Devices lists devices: view DevicesWaiting, the oldest first, or DevicesDecided,
// the latest first. Words are parts of address, name, type, IP, location and id.
// Terms: DeviceKeys.
func (s *Service) Devices(ctx context.Context, actorID model.PersonID, q Query) (Page[DeviceRow], error) {
	var page Page[DeviceRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanDevice(a, model.ActSee, model.Device{}); err != nil {
			return err
		}
		n := namesIn(tx)
		row := func(d model.Device) DeviceRow {
			d.Group = s.endpointGroup()
			return DeviceRow{Device: d, DecidedBy: who(n, d.Decision.By)}
		}
		if q.View != DevicesWaiting && q.View != DevicesDecided {
			return Invalid{"view": fmt.Sprintf("unknown view %q", q.View)}
		}
		span, err := q.span()
		if err != nil {
			return err
		}
		sq := store.DeviceQuery{Open: q.View == DevicesWaiting, Words: q.Words, Span: span}
		for _, t := range q.Terms {
			if err := deviceTerm(tx, &sq, t); err != nil {
				return err
			}
		}
		p, err := tx.Devices(sq)
		if err != nil {
			return err
		}
		page = pageOf(p, row)
		return n.err
	})
	return page, err
}

// Device returns everything a detail screen shows of a device.
func (s *Service) Device(ctx context.Context, actorID model.PersonID, id int64) (DeviceView, error) {
	return s.deviceView(ctx, actorID, func(tx *store.Tx) (model.Device, error) { return s.device(tx, id) })
}

// DeviceByDigits is Device by the vault's own id, 20 hex digits, for the one that
// asked last under it.
func (s *Service) DeviceByDigits(ctx context.Context, actorID model.PersonID, id string) (DeviceView, error) {
	return s.deviceView(ctx, actorID, func(tx *store.Tx) (model.Device, error) {
		d, found, err := tx.DeviceByDigits(id)
		if err != nil || !found {
			return d, cmp.Or(err, notFound("device "+id))
		}
		return s.device(tx, d.ID)
	})
}

func (s *Service) deviceView(ctx context.Context, actorID model.PersonID, read func(*store.Tx) (model.Device, error)) (DeviceView, error) {
	var v DeviceView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanDevice(a, model.ActSee, model.Device{}); err != nil {
			return err
		}
		d, err := read(tx)
		if err != nil {
			return err
		}
		n := namesIn(tx)
		v = DeviceView{DeviceRow: DeviceRow{Device: d, DecidedBy: who(n, d.Decision.By)}, Statement: model.StatementOfDevice(d),
			Perms: model.AllowedOnDevice(a, d)}
		if v.Recent, err = tx.DevicesSeen(d.Seen.Add(-recentDevicesAge), recentDevices); err != nil {
			return err
		}
		if v.Earlier, err = tx.DevicesOf(d.Email, recentDevices); err != nil {
			return err
		}
		itself := func(o model.Device) bool { return o.ID == d.ID }
		v.Recent, v.Earlier = slices.DeleteFunc(v.Recent, itself), slices.DeleteFunc(v.Earlier, itself)
		v.Hints = model.WithoutHints(model.DeviceHints(d, slices.Concat(v.Earlier, v.Recent)), s.endpoints.HintsOff)
		if v.Timeline, err = timeline(tx, n, string(d.Object())); err != nil {
			return err
		}
		if v.Op, err = decisionOn(tx, 0, d.ID); err != nil {
			return err
		}
		if d.State == model.EndpointPending {
			v.Deciders, err = deciders(tx, d.Group, func(p model.Person) error {
				return model.CanDevice(model.Actor{Person: p}, model.ActDeny, d)
			})
		}
		if err == nil {
			err = n.err
		}
		return err
	})
	return v, err
}
