package workflow

import (
	"fmt"
	"time"

	"countersign/model"
)

// hostClock is what is known of the clock by which the vault service tells when an
// endpoint request was created: it writes local time without a zone, so that a
// wrong zone in the configuration moves every end. It is compared with what is
// certain: a request was created before it is first listed, and after the last
// list in which it was not.
type hostClock struct {
	ahead   time.Duration // by how much it is ahead of ours; below zero: behind
	suspect time.Duration // how much it seemed behind once; it needs to be seen twice
	seen    model.UID     // of whom suspect was seen
	checked bool          // a request fitted
}

const (
	// clockSlop is how far clocks, and the cloud's delivery, may be off.
	clockSlop = 2 * time.Minute
	// zoneStep divides every difference between zones.
	zoneStep = 15 * time.Minute
)

// end sets Created, Expires and Doubt of a request that is listed for the first
// time. prev is when the list was read before, zero where that is not known.
//
// Expires is never later than the request can last, counted from now, whatever the
// clock says: an ended request is not taken for one that waits.
func (c *hostClock) end(e *model.EndpointRequest, prev, now time.Time) {
	e.Doubt = ""
	latest := now.Add(time.Duration(e.Minutes) * time.Minute)
	if e.Created.IsZero() {
		if e.Minutes > 0 {
			e.Expires, e.Doubt = latest, "the vault tells no time at which it was created: its end is counted from when it was first seen"
		}
		return
	}
	e.Doubt = pickHour(e, prev, now)
	e.Created, e.Doubt = c.correct(*e, prev, now)
	if e.Minutes <= 0 {
		e.Expires = time.Time{}
		return
	}
	e.Expires = e.Created.Add(time.Duration(e.Minutes) * time.Minute)
	if e.Expires.After(latest) {
		e.Expires = latest
	}
	if !c.checked && e.Doubt == "" && !e.Expires.After(now) {
		e.Doubt = "it was over when it was first seen: if that is wrong, set timezone in [vault] of the configuration to that of the vault service's host"
	}
}

// pickHour chooses between the two moments that a local time means when summer time
// ends. Where nothing tells them apart it is the earlier one, with a doubt.
func pickHour(e *model.EndpointRequest, prev, now time.Time) string {
	switch {
	case e.Again.IsZero():
		return ""
	case e.Again.After(now.Add(clockSlop)):
		return ""
	case !prev.IsZero() && e.Created.Before(prev.Add(-clockSlop)):
		e.Created = e.Again
		return ""
	}
	return "it was created in the hour that comes twice when summer time ends: the earlier one is taken, so it may end an hour later"
}

// correct returns when a request was created by our clock, and what is doubtful
// about it. What is known of the service's clock is kept until requests show
// otherwise: one that was created before its list, or two that seem late alike.
func (c *hostClock) correct(e model.EndpointRequest, prev, now time.Time) (time.Time, string) {
	fits := func(at time.Time) bool {
		return !at.After(now.Add(clockSlop)) && (prev.IsZero() || !at.Before(prev.Add(-clockSlop)))
	}
	at := e.Created.Add(-c.ahead)
	switch {
	case fits(at):
		if !prev.IsZero() {
			// Without a list before it, a clock that is behind would fit as well.
			c.suspect, c.checked = 0, true
		}
		return at, c.orDoubt(e)
	case fits(e.Created):
		c.ahead, c.suspect = 0, 0
		return e.Created, e.Doubt
	}
	step, only := zoneBetween(at.Sub(now), at.Sub(prev), prev.IsZero())
	switch {
	case at.After(now):
		if !only {
			step = at.Sub(now)
		}
		c.ahead += step
		return at.Add(-step), c.orDoubt(e)
	case !only || step == 0:
		return at, c.orDoubt(e) // it came late
	case c.suspect != step || c.seen == e.UID:
		c.suspect, c.seen = step, e.UID
		return at, fmt.Sprintf("it seemed %s old when it was first seen: the clock of the vault service's host may be behind, and it may end that much later",
			model.FormatDuration(-step))
	}
	c.ahead, c.suspect = c.ahead+step, 0
	return at.Add(-step), c.orDoubt(e)
}

// orDoubt is the doubt about the clock, or else about the request itself.
func (c *hostClock) orDoubt(e model.EndpointRequest) string {
	if d := c.doubt(); d != "" {
		return d
	}
	return e.Doubt
}

// zoneBetween returns the difference between zones that lies between two readings,
// and whether it is the only one.
func zoneBetween(least, most time.Duration, open bool) (time.Duration, bool) {
	if open {
		most = least // only one end is known
	}
	least, most = least-clockSlop, most+clockSlop
	first := least.Truncate(zoneStep)
	if first < least {
		first += zoneStep
	}
	return first, first <= most && first+zoneStep > most
}

// doubt says by how much the service's clock is off.
func (c *hostClock) doubt() string {
	switch {
	case c.ahead > 0:
		return fmt.Sprintf("the clock of the vault service's host shows %s more than it should: its times are corrected; set timezone in [vault] of the configuration",
			model.FormatDuration(c.ahead.Round(time.Minute)))
	case c.ahead < 0:
		return fmt.Sprintf("the clock of the vault service's host shows %s less than it should: its times are corrected; set timezone in [vault] of the configuration",
			model.FormatDuration(-c.ahead.Round(time.Minute)))
	}
	return ""
}
