package sshserver

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(ip string) netip.Prefix { return addressOf(&net.TCPAddr{IP: net.ParseIP(ip), Port: 1}) }

func TestWhoFailsAgainAndAgainWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	d := newDoor(func() time.Time { return now }, 10, 10)
	bad, good := at("192.0.2.1"), at("192.0.2.2")
	for range freeFailures {
		if err := d.enter(bad); err != nil {
			t.Fatal(err)
		}
		d.leave(bad, false)
	}
	for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		wait *= time.Second
		now = now.Add(wait - time.Millisecond)
		var away *turnedAway
		if err := d.enter(bad); !errors.As(err, &away) || away.quiet {
			t.Fatalf("within %s: %v", wait, err)
		}
		if err := d.enter(bad); !errors.As(err, &away) || !away.quiet {
			t.Fatalf("a second time within %s is said again: %v", wait, err)
		}
		for range 7 {
			_ = d.enter(bad)
		}
		if err := d.enter(bad); !errors.As(err, &away) || away.quiet || !strings.HasSuffix(err.Error(), "; turned away 10 times") {
			t.Fatalf("the tenth time within %s: %v", wait, err)
		}
		if err := d.enter(good); err != nil {
			t.Fatalf("another address: %v", err)
		}
		d.leave(good, true)
		now = now.Add(time.Millisecond)
		if err := d.enter(bad); err != nil {
			t.Fatalf("after %s: %v", wait, err)
		}
		d.leave(bad, false)
	}
	now = now.Add(longestWait)
	if err := d.enter(bad); err != nil {
		t.Fatal(err)
	}
	d.leave(bad, true)
	if err := d.enter(bad); err != nil {
		t.Errorf("after a login: %v", err)
	}
}

func TestFailuresAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	d := newDoor(func() time.Time { return now }, 10, 10)
	bad := at("192.0.2.1")
	for range freeFailures - 1 {
		if err := d.enter(bad); err != nil {
			t.Fatal(err)
		}
		d.leave(bad, false)
	}
	now = now.Add(forgetAfter + time.Second)
	if err := d.enter(bad); err != nil {
		t.Fatal(err)
	}
	d.leave(bad, false)
	if err := d.enter(bad); err != nil {
		t.Errorf("old failures count still: %v", err)
	}
}

func TestHandshakesAtOnceAreLimited(t *testing.T) {
	t.Parallel()
	d := newDoor(time.Now, 3, 2)
	one, two, three := at("192.0.2.1"), at("192.0.2.2"), at("192.0.2.3")
	for _, from := range []netip.Prefix{one, one, two} {
		if err := d.enter(from); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.enter(one); err == nil || !strings.Contains(err.Error(), "from there at once") {
		t.Errorf("a third of one address: %v", err)
	}
	if err := d.enter(three); err == nil || !strings.Contains(err.Error(), "too many logins at once") {
		t.Errorf("a fourth in all: %v", err)
	}
	d.leave(one, true)
	if err := d.enter(three); err != nil {
		t.Error(err)
	}
}

func TestAnAddressIsWhatOnePersonHas(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"::ffff:192.0.2.1", "192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
	} {
		if (at(tt.a) == at(tt.b)) != tt.same {
			t.Errorf("%s and %s", tt.a, tt.b)
		}
	}
	if addressOf(&net.UnixAddr{Name: "/x"}) != (netip.Prefix{}) {
		t.Error("a socket has an address")
	}
}

// TestTheDoorForgetsNobodyWhoStandsInIt has many addresses come and go in any
// order: what is counted always is what is there, and what is remembered has a
// bound.
func TestTheDoorForgetsNobodyWhoStandsInIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		d := newDoor(func() time.Time { return now }, 5, 2)
		var inside []netip.Prefix
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "s")) * time.Second)
			from := at(fmt.Sprintf("192.0.2.%d", rapid.IntRange(0, 20).Draw(t, "from")))
			if d.enter(from) == nil {
				inside = append(inside, from)
			}
			if len(inside) > 0 && rapid.Bool().Draw(t, "leave") {
				d.leave(inside[0], rapid.Bool().Draw(t, "login"))
				inside = inside[1:]
			}
			if d.pending != len(inside) || d.pending > 5 {
				t.Fatalf("%d stand in the door, counted %d", len(inside), d.pending)
			}
		}
	})
}

func TestTheDoorRemembersNoMoreThanItsBound(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	d := newDoor(func() time.Time { return now }, 10, 10)
	inside := at("192.0.2.1")
	if err := d.enter(inside); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * mostVisitors {
		now = now.Add(time.Millisecond)
		from := at(fmt.Sprintf("10.%d.%d.1", i/256, i%256))
		if err := d.enter(from); err != nil {
			t.Fatal(err)
		}
		d.leave(from, false)
	}
	if len(d.by) > mostVisitors || d.by[inside] == nil {
		t.Errorf("%d are remembered; who stands in the door is: %v", len(d.by), d.by[inside] != nil)
	}
}

func TestTheLogOfStrangersHasABound(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	log := &notes{more: make(chan struct{}, 1)}
	q := newQuiet(func() time.Time { return now }, slog.New(slog.NewTextHandler(io.MultiWriter(log), nil)))
	for range 10 * quietLines {
		q.warn("again")
	}
	if n := strings.Count(log.String(), "again"); n != quietLines {
		t.Errorf("%d lines, want %d", n, quietLines)
	}
	now = now.Add(quietWindow + time.Second)
	q.warn("later")
	if want := fmt.Sprintf("msg=later lines_left_out=%d", 9*quietLines); !strings.Contains(log.String(), want) {
		t.Errorf("no %q in the log", want)
	}
}
