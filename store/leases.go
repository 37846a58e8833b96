package store

import (
	"fmt"
	"time"
)

// WorkerLease is the name of the lease that the one active worker holds.
const WorkerLease = "worker"

// Lease is the right to be the only one who does something, for a time. Fence
// grows with every change of holder, so that writes which name it cannot be made
// by somebody who held it before.
type Lease struct {
	Name    string
	Holder  string
	Fence   int64
	Expires time.Time
}

// leaseLongest is more than any lease lasts.
const leaseLongest = 10 * time.Minute

// Free reports whether a lease may be taken at t, by whomever: it has run out, or
// it ends so late that it was taken while the clock ran ahead. Its holder, if it
// still runs, is held off by the fence.
func (l Lease) Free(t time.Time) bool {
	return !l.Expires.After(t) || l.Expires.After(t.Add(leaseLongest))
}

// AcquireLease takes a lease that is free or the holder's own, and reports
// whether it did. A holder that takes its own again gets a new fence: what it may
// have begun before counts as somebody else's.
func (t *Tx) AcquireLease(name, holder string, ttl time.Duration) (Lease, bool, error) {
	if err := t.usable(true); err != nil {
		return Lease{}, false, err
	}
	if ttl > leaseLongest {
		return Lease{}, false, fmt.Errorf("a lease of %s is longer than %s", ttl, leaseLongest)
	}
	l := Lease{Name: name, Holder: holder, Expires: t.Now.Add(ttl)}
	got, err := t.row(`INSERT INTO lease (name, holder, fence, expires_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = lease.fence + 1, expires_at = excluded.expires_at
			WHERE lease.expires_at <= $4 OR lease.expires_at > $5 OR lease.holder = excluded.holder
		RETURNING fence`, []any{name, holder, micros(l.Expires), micros(t.Now), micros(t.Now.Add(leaseLongest))}, []any{&l.Fence})
	return l, got, wrap(err, "take lease %s", name)
}

// RenewLease extends a lease, and reports false if it is somebody else's now.
func (t *Tx) RenewLease(l Lease, ttl time.Duration) (Lease, bool, error) {
	l.Expires = t.Now.Add(ttl)
	changed, err := t.changed("UPDATE lease SET expires_at = $1 WHERE name = $2 AND fence = $3",
		micros(l.Expires), l.Name, l.Fence)
	return l, changed, wrap(err, "renew lease %s", l.Name)
}

// ReleaseLease lets a lease run out at once, so that the next one need not wait.
func (t *Tx) ReleaseLease(l Lease) (bool, error) {
	changed, err := t.changed("UPDATE lease SET expires_at = $1 WHERE name = $2 AND fence = $3",
		micros(t.Now), l.Name, l.Fence)
	return changed, wrap(err, "release lease %s", l.Name)
}

// LeaseOf returns a lease and whether anybody ever held it.
func (t *Tx) LeaseOf(name string) (Lease, bool, error) {
	l, found, err := one(t, func(l *Lease) []any {
		return []any{text(&l.Name), text(&l.Holder), number(&l.Fence), moment(&l.Expires)}
	}, "SELECT name, holder, fence, expires_at FROM lease WHERE name = $1", name)
	return l, found, wrap(err, "read lease %s", name)
}
