// Package typedahead holds no code: its test types ahead, pastes, clicks and
// resizes into every place of the console that decides or orders something, and
// judges by the frames that were drawn whether each order was confirmed (DESIGN 6).
package typedahead

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// streams is how many random streams are played in all; for who has ten minutes
// (COUNTERSIGN_LONG) ten thousand. The race detector makes each of them many times
// dearer and sees the same program in all of them.
func streams() int {
	if os.Getenv("COUNTERSIGN_LONG") != "" {
		return 10_000
	}
	info, ok := debug.ReadBuildInfo()
	if ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return 200
	}
	return 300
}

func atOnce() time.Duration { return 0 }

// TestNothingIsOrderedThatWasNotConfirmed sends random streams of keys, pastes,
// clicks and sizes into every place that decides or orders something. What each of
// them does is judged by what was typed and what stood on the screen, with its
// times.
func TestNothingIsOrderedThatWasNotConfirmed(t *testing.T) {
	t.Parallel()
	const desks = 2
	all := places()
	for desk := range desks {
		t.Run(fmt.Sprint("desk ", desk), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			for n := desk; n < len(all); n += desks {
				t.Run(all[n].name, func(t *testing.T) { c.play(t, all[n], uint64(n), streams()/len(all)+1) })
			}
		})
	}
}

// play sends some streams into one place. Enough of them must lead to an order, or
// the test would see nothing.
func (c *company) play(t *testing.T, p place, seed uint64, times int) {
	var keys []string
	synctest.Test(t, func(t *testing.T) {
		s := c.sit(t, p.login, p.front, size{120, 36}, atOnce)
		keys = careful(s, p)
		if keys == nil {
			t.Errorf("nothing was ordered:\n%s", s.screen.text())
		}
		s.judge(t)
		s.leave(t)
	})
	ordered := 0
	for n := range times {
		if t.Failed() {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			sizes := []size{{120, 36}, {120, 36}, {100, 30}, {80, 24}}
			s := c.sit(t, p.login, p.front, sizes[r.IntN(len(sizes))], atOnce)
			newStream(r, s, keys).run()
			s.rest(time.Second)
			ordered += s.judge(t)
			s.leave(t)
			if t.Failed() {
				t.Logf("stream %d of %s: %s", n, p.name, s.typed())
			}
		})
	}
	if ordered < max(times/20, 1) {
		t.Errorf("%d orders in %d streams: too few to see anything", ordered, times)
	}
}

// judge fails where an order was not confirmed, and returns how many there were.
func (s *sitting) judge(t *testing.T) int {
	t.Helper()
	for _, why := range s.faults() {
		t.Error(why)
	}
	return len(s.svc.taken())
}

// faults says of each order that was not confirmed why.
func (s *sitting) faults() []string {
	var all []string
	for _, o := range s.svc.taken() {
		if why := illegal(s, o); why != "" {
			all = append(all, fmt.Sprintf("%s %q: %s", o.what, o.shows, why))
		}
	}
	return all
}

// TestAConsoleThatDoesNotWaitIsFound plays the same streams into a console whose
// dialogs take every pause for a rest. If that is not seen, nothing is.
func TestAConsoleThatDoesNotWaitIsFound(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for n, p := range places() {
		if p.name != "deny" && p.name != "withdraw" {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			var keys []string
			c.skip = 0
			synctest.Test(t, func(t *testing.T) {
				s := c.sit(t, p.login, p.front, size{120, 36}, atOnce)
				keys = careful(s, p)
				s.leave(t)
			})
			c.skip = time.Second
			found := 0
			for i := 0; i < 20 && found == 0; i++ {
				synctest.Test(t, func(t *testing.T) {
					s := c.sit(t, p.login, p.front, size{120, 36}, atOnce)
					newStream(rand.New(rand.NewPCG(uint64(n), uint64(i))), s, keys).run()
					s.rest(time.Second)
					found += len(s.faults())
					s.leave(t)
				})
			}
			if found == 0 {
				t.Error("orders that nobody confirmed were not seen")
			}
		})
	}
}
