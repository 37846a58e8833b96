package store

import (
	"time"

	"countersign/model"
)

const deviceColumns = `d.id, d.device_id, d.email, d.name, d.type, d.ip, d.client, d.location, d.asked_at, d.state,
	d.seen_at, d.updated_at, d.revision, d.ended_at, d.outcome, d.verdict, d.decided_by, d.decided_at, d.comment`

func deviceInto(d *model.Device) []any {
	return []any{number(&d.ID), text(&d.DeviceID), text(&d.Email), text(&d.Name), text(&d.Type), text(&d.IP), text(&d.Client),
		text(&d.Location), moment(&d.Asked), text(&d.State), moment(&d.Seen), moment(&d.Updated), number(&d.Revision),
		moment(&d.Ended), text(&d.Outcome), text(&d.Decision.Verdict), text(&d.Decision.By), moment(&d.Decision.At),
		text(&d.Decision.Comment)}
}

// Device returns a device and whether there is one.
func (t *Tx) Device(id int64) (model.Device, bool, error) {
	d, found, err := one(t, deviceInto, "SELECT "+deviceColumns+" FROM device d WHERE d.id = $1", id)
	return d, found, wrap(err, "read device %d", id)
}

// DeviceByDigits returns the device with that id of the vault's that asked last,
// and whether there is one.
func (t *Tx) DeviceByDigits(id string) (model.Device, bool, error) {
	d, found, err := one(t, deviceInto, "SELECT "+deviceColumns+" FROM device d WHERE d.device_id = $1 ORDER BY d.asked_at DESC LIMIT 1", id)
	return d, found, wrap(err, "read device %s", id)
}

// OpenDevices returns every device that waits for approval, the oldest first.
func (t *Tx) OpenDevices() ([]model.Device, error) {
	all, err := collect(t, deviceInto, "SELECT "+deviceColumns+" FROM device d WHERE d.ended_at IS NULL ORDER BY d.asked_at, d.id")
	return all, wrap(err, "read open devices")
}

// DevicesSeen returns up to n devices that were first seen after a moment, the
// latest first.
func (t *Tx) DevicesSeen(since time.Time, n int) ([]model.Device, error) {
	all, err := collect(t, deviceInto, "SELECT "+deviceColumns+
		" FROM device d WHERE d.seen_at > $1 ORDER BY d.seen_at DESC, d.id DESC LIMIT $2", micros(since), n)
	return all, wrap(err, "read recent devices")
}

// DevicesOf returns up to n devices of an address, whatever its case, the latest first.
func (t *Tx) DevicesOf(email string, n int) ([]model.Device, error) {
	// The addresses alone are read from their index: how each is written is the vault's.
	all, err := collect(t, deviceInto, "SELECT "+deviceColumns+` FROM device d
		WHERE d.email IN (SELECT o.email FROM device o WHERE lower(o.email) = lower($1)) ORDER BY d.id DESC LIMIT $2`, email, n)
	return all, wrap(err, "read the devices of %s", email)
}

// InsertDevice stores a device and returns its id. ErrExists says that this
// asking is known.
func (t *Tx) InsertDevice(d model.Device) (int64, error) {
	id, err := t.insert(`INSERT INTO device (device_id, email, name, type, ip, client, location, asked_at, state, seen_at,
			updated_at, ended_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1) RETURNING id`,
		d.DeviceID, d.Email, d.Name, d.Type, d.IP, d.Client, d.Location, micros(d.Asked), string(d.State), micros(d.Seen),
		micros(t.Now), t.endOf(d.State))
	return id, wrap(err, "store device %s", d.DeviceID)
}

// UpdateDevice moves a device to another state and raises its revision. It
// reports false if the stored one has another revision or is no longer in state
// from.
func (t *Tx) UpdateDevice(d model.Device, from model.EndpointState) (bool, error) {
	changed, err := t.changed(`UPDATE device SET state = $1, updated_at = $2, ended_at = $3, outcome = $4, verdict = $5,
			decided_by = $6, decided_at = $7, comment = $8, revision = revision + 1
		WHERE id = $9 AND state = $10 AND revision = $11`,
		string(d.State), micros(t.Now), t.endOf(d.State), d.Outcome, string(d.Decision.Verdict), string(d.Decision.By),
		micros(d.Decision.At), d.Decision.Comment, d.ID, string(from), d.Revision)
	return changed, wrap(err, "change device %s", d.DeviceID)
}

// endOf is when a thing in this state ended: now, if the state is an end.
func (t *Tx) endOf(s model.EndpointState) any {
	if s.Open() {
		return microsOrNull(time.Time{})
	}
	return micros(t.Now)
}
