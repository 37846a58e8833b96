package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// TestNothingIsHalfDoneWhenTheServerIsStopped stops the server while people order
// and decide. Whatever somebody was told is done is done, once, and the chain of
// the audit is whole.
func TestNothingIsHalfDoneWhenTheServerIsStopped(t *testing.T) {
	t.Parallel()
	o := startOffice(t, "sessions_per_person = 1000\n", func(o *office) {
		o.addKey("alice", "alice")
		o.addKey("dana", "dana")
	})
	orders := 12
	if os.Getenv("COUNTERSIGN_HEAVY") != "" {
		orders = 60
	}
	type decided struct {
		number string
		code   int // -1 where the connection ended before the answer
	}
	var (
		mu   sync.Mutex
		told []decided
		all  sync.WaitGroup
	)
	some := make(chan struct{}, orders)
	for range 4 {
		alice, dana := o.caller("alice"), o.caller("dana")
		all.Go(func() {
			for range orders / 4 {
				out, code := alice.call("request record-access --described 'the key of the shop' --right view --limit 4h --justification 'INC0012345: payments' --json")
				var asked struct{ Number string }
				if code != 0 || json.Unmarshal([]byte(out), &asked) != nil {
					return // the server has gone
				}
				out, code = dana.call("show " + asked.Number + " --json")
				var shown struct{ Digest string }
				if code != 0 || json.Unmarshal([]byte(out), &shown) != nil {
					return
				}
				_, code = dana.call("approve " + asked.Number + " --digest " + shown.Digest)
				mu.Lock()
				told = append(told, decided{asked.Number, code})
				mu.Unlock()
				some <- struct{}{}
			}
		})
	}
	<-some
	<-some
	o.stop()
	all.Wait()
	if out, code := o.here("", "audit", "verify"); code != 0 {
		t.Errorf("the chain: %s", out)
	}
	for _, d := range told {
		out, code := o.here("", "show", d.number, "--json")
		var now struct {
			State     string
			Approvals []struct {
				Votes []struct{ Voter string }
			}
		}
		if err := json.Unmarshal([]byte(out), &now); code != 0 || err != nil {
			t.Fatalf("%s: exit code %d, %v: %s", d.number, code, err, out)
		}
		votes := 0
		for _, a := range now.Approvals {
			votes += len(a.Votes)
		}
		if whole := now.State == "requested" && votes == 0 || now.State != "requested" && votes == 1; !whole || d.code == 0 && votes != 1 {
			t.Errorf("%s: who decided was told %d; it is %s, with %d votes", d.number, d.code, now.State, votes)
		}
	}
}

// commander is a connection on which commands are called.
type commander struct{ client *ssh.Client }

func (o *office) caller(login string) commander {
	o.t.Helper()
	c, err := o.dial(login)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { c.Close() })
	return commander{c}
}

// call returns what a command prints and its exit code, -1 where there is none.
func (c commander) call(command string) (string, int) {
	s, err := c.client.NewSession()
	if err != nil {
		return fmt.Sprint(err), -1
	}
	defer s.Close()
	out, err := s.Output(command)
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return string(out), 0
	case errors.As(err, &exit):
		return string(out), exit.ExitStatus()
	}
	return string(out), -1
}
