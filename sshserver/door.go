package sshserver

import (
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// door lets connections in before anything is known about them. An address that
// fails again and again waits, twice as long each time.
type door struct {
	now        func() time.Time
	most, each int // handshakes at once, in all and of one address

	mu      sync.Mutex
	pending int
	by      map[netip.Prefix]*visitor
}

// visitor is an address that is at the door, or has failed there.
type visitor struct {
	pending int
	failed  int
	last    time.Time // of the failures
	until   time.Time // when it may come again
	turned  int       // how often it was turned away since it failed last
}

const (
	// freeFailures is how often an address may fail before it has to wait: an agent
	// with many keys fails a few times before somebody finds out.
	freeFailures = 5
	// longestWait is the longest that an address waits.
	longestWait = 5 * time.Minute
	// forgetAfter is when failures are forgotten.
	forgetAfter = 15 * time.Minute
	// mostVisitors bounds what is remembered.
	mostVisitors = 4096
)

func newDoor(now func() time.Time, most, each int) *door {
	return &door{now: now, most: most, each: each, by: map[netip.Prefix]*visitor{}}
}

// told reports whether the nth time that something happens is told: the first, the
// tenth, the hundredth.
func told(n int) bool {
	for n > 9 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}

// turnedAway is why a connection was not let in. Quiet says that this was said
// already.
type turnedAway struct {
	reason string
	quiet  bool
}

func (e *turnedAway) Error() string { return e.reason }

// enter lets an address begin a handshake, or says why not. Who is let in leaves
// later.
func (d *door) enter(from netip.Prefix) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, now := d.visitor(from), d.now()
	switch wait := v.until.Sub(now); {
	case wait > 0:
		v.turned++
		reason := fmt.Sprintf("%d logins from there failed; it may try again in %s", v.failed, wait.Round(time.Second))
		if v.turned > 1 {
			reason += fmt.Sprintf("; turned away %d times", v.turned)
		}
		return &turnedAway{reason, !told(v.turned)}
	case v.pending >= d.each:
		return &turnedAway{reason: "too many logins from there at once"}
	case d.pending >= d.most:
		return &turnedAway{reason: "too many logins at once"}
	}
	v.pending++
	d.pending++
	return nil
}

// pass ends what enter began, where nothing was tried.
func (d *door) pass(from netip.Prefix) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.visitor(from).pending--
	d.pending--
}

// leave ends what enter began: with a login, or without one.
func (d *door) leave(from netip.Prefix, login bool) {
	d.pass(from)
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.visitor(from)
	if login {
		v.failed, v.until = 0, time.Time{}
		return
	}
	v.failed++
	v.last, v.turned = d.now(), 0
	if n := v.failed - freeFailures; n >= 0 {
		v.until = v.last.Add(min(time.Second<<min(n, 16), longestWait))
	}
}

// visitor is what is known of an address.
func (d *door) visitor(from netip.Prefix) *visitor {
	v := d.by[from]
	if v == nil {
		d.sweep()
		v = &visitor{}
		d.by[from] = v
	}
	if v.failed > 0 && d.now().Sub(v.last) > forgetAfter {
		v.failed, v.until = 0, time.Time{}
	}
	return v
}

// sweep makes room where too many addresses are remembered: of those that are not
// at the door, first the harmless ones, then whoever failed longest ago.
func (d *door) sweep() {
	if len(d.by) < mostVisitors {
		return
	}
	var oldest netip.Prefix
	var last time.Time
	for from, v := range d.by {
		switch {
		case v.pending > 0:
		case v.failed == 0 || d.now().Sub(v.last) > forgetAfter:
			delete(d.by, from)
		case last.IsZero() || v.last.Before(last):
			oldest, last = from, v.last
		}
	}
	if len(d.by) >= mostVisitors {
		delete(d.by, oldest)
	}
}

// addressOf is the address that counts as one: for IPv6 its /64, of which
// everybody has one. What is no IP address counts as one, too.
func addressOf(a net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := at.Addr().Unmap(), 64
	if ip.Is4() {
		bits = 32
	}
	from, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return from
}

// hostOf is an address without its port, as the log and the audit say it.
func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}
