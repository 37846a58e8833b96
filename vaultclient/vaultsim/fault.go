package vaultsim

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind string

// What can go wrong before a command is queued, or with the answer to a call.
const (
	// RateLimited answers 429 with the limiter's page.
	RateLimited FaultKind = "rate-limited"
	// QueueFull answers 503; nothing is queued.
	QueueFull FaultKind = "queue-full"
	// CutBefore cuts the connection before the call has had any effect.
	CutBefore FaultKind = "cut-before"
	// CutAfter lets the call have its effect (a submit is queued, a v1 command is carried out) and cuts the
	// connection instead of answering.
	CutAfter FaultKind = "cut-after"
	// GarbageHTML lets the call have its effect and answers 200 with a page, as a proxy in between would.
	GarbageHTML FaultKind = "garbage-html"
	// GarbageTruncated answers with the first half of the JSON.
	GarbageTruncated FaultKind = "garbage-truncated"
	// GarbageType answers rightly but as text/plain.
	GarbageType FaultKind = "garbage-type"
	// GarbageEmpty answers with no body at all.
	GarbageEmpty FaultKind = "garbage-empty"
)

// What can go wrong while the worker carries a command out.
const (
	// Hang keeps the worker busy until Armed.Release, then does what Then says.
	Hang FaultKind = "hang"
	// Slow lets the command take Delay longer.
	Slow FaultKind = "slow"
	// UpstreamBefore fails the way a lost cloud answer does, without having done anything.
	UpstreamBefore FaultKind = "upstream-before"
	// UpstreamAfter fails with the very same text, having done everything (PROTOCOL 13, trap a).
	UpstreamAfter FaultKind = "upstream-after"
	// Throttled fails with the cloud's throttling text; nothing was done.
	Throttled FaultKind = "throttled"
	// RestartBefore restarts the service before the command is carried out.
	RestartBefore FaultKind = "restart-before"
	// RestartAfter restarts the service when the command has been carried out; its result is lost.
	RestartAfter FaultKind = "restart-after"
	// SessionLost ends the Keeper session, see Server.LoseSession.
	SessionLost FaultKind = "session-lost"
)

// Endpoint names the calls of the service.
type Endpoint string

// The endpoints, as the rate limiter counts them.
const (
	EndpointSubmit Endpoint = "submit"
	EndpointV1     Endpoint = "v1"
	EndpointResult Endpoint = "result"
	EndpointStatus Endpoint = "status"
	EndpointQueue  Endpoint = "queue"
)

// Fault is something that shall go wrong. It waits for a matching command (or call) and strikes Count times.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Command matches commands that begin with these words: "share-record", "one-time-share create".
	Command string `json:"command,omitempty"`
	// Contains matches commands whose text contains it.
	Contains string `json:"contains,omitempty"`
	// Any matches everything; without it Command or Contains must be given.
	Any bool `json:"any,omitempty"`
	// Endpoint narrows faults of calls; submits and v1 calls when empty. Result and status calls are matched
	// by the command they ask about.
	Endpoint Endpoint `json:"endpoint,omitempty"`
	// Skip lets so many matches pass first.
	Skip int `json:"skip,omitempty"`
	// Count is how often it strikes: 0 means once, -1 means until disarmed.
	Count int `json:"count,omitempty"`
	// Delay is how much longer a Slow command takes.
	Delay time.Duration `json:"delay,omitempty"`
	// Then is what a Hang does when released: nothing special when empty, else UpstreamBefore or UpstreamAfter.
	Then FaultKind `json:"then,omitempty"`
}

// Armed is a fault that waits or has struck.
type Armed struct {
	fault   Fault
	hit     chan struct{}
	release chan struct{}
	hitOnce sync.Once
	relOnce sync.Once
	server  *Server
	left    int
	skip    int
	hits    int
}

// Hit returns a channel that is closed when the fault strikes for the first time. For a Hang this is the
// moment from which the worker is stuck.
func (a *Armed) Hit() <-chan struct{} { return a.hit }

// Hits returns how often the fault has struck.
func (a *Armed) Hits() int {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	return a.hits
}

// Release lets a hanging command go on, also one that is yet to hang.
func (a *Armed) Release() { a.relOnce.Do(func() { close(a.release) }) }

// Disarm takes the fault away and releases what hangs on it.
func (a *Armed) Disarm() {
	a.Release()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.server.armed = slices.DeleteFunc(a.server.armed, func(o *Armed) bool { return o == a })
}

// Arm makes a fault wait for its command. Faults strike in the order in which they were armed, at most one of
// the calls' kind and one of the worker's kind for each call. A fault that could never strike is a mistake in
// the test that arms it, and panics.
func (s *Server) Arm(f Fault) *Armed {
	if err := f.check(); err != nil {
		panic("vaultsim: " + err.Error())
	}
	a := &Armed{fault: f, hit: make(chan struct{}), release: make(chan struct{}), server: s, left: f.Count, skip: f.Skip}
	if f.Count == 0 {
		a.left = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = append(s.armed, a)
	s.history = append(s.history, a)
	return a
}

// releaseAll lets every hanging command go on, also what is yet to hang on a fault armed before.
func (s *Server) releaseAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.history {
		a.Release()
	}
}

// ofWorker tells whether a kind strikes at the worker rather than at a call.
func (k FaultKind) ofWorker() bool {
	switch k {
	case Hang, Slow, UpstreamBefore, UpstreamAfter, Throttled, RestartBefore, RestartAfter, SessionLost:
		return true
	}
	return false
}

// check says what is wrong with a fault that came from outside the process.
func (f Fault) check() error {
	switch f.Kind {
	case RateLimited, QueueFull, CutBefore, CutAfter, GarbageHTML, GarbageTruncated, GarbageType, GarbageEmpty:
	default:
		if !f.Kind.ofWorker() {
			return fmt.Errorf("fault kind %q is unknown", f.Kind)
		}
	}
	if !f.Any && f.Command == "" && f.Contains == "" {
		return fmt.Errorf("fault %s has neither command nor contains nor any", f.Kind)
	}
	return nil
}

func (f Fault) matches(text string) bool {
	if f.Command != "" && !strings.HasPrefix(text+" ", f.Command+" ") {
		return false
	}
	if f.Contains != "" && !strings.Contains(text, f.Contains) {
		return false
	}
	return f.Any || f.Command != "" || f.Contains != ""
}

// strike returns the first armed fault for this command at the worker (endpoint "") or at a call, and counts it.
func (s *Server) strike(endpoint Endpoint, text string) *Armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.armed {
		if !a.fault.at(endpoint) || !a.fault.matches(text) {
			continue
		}
		if a.skip > 0 {
			a.skip--
			continue
		}
		a.hits++
		if a.left > 0 {
			a.left--
			if a.left == 0 {
				s.armed = slices.Delete(s.armed, i, i+1)
			}
		}
		a.hitOnce.Do(func() { close(a.hit) })
		return a
	}
	return nil
}

func (f Fault) at(endpoint Endpoint) bool {
	if endpoint == "" || f.Kind.ofWorker() {
		return endpoint == "" && f.Kind.ofWorker()
	}
	if f.Endpoint != "" {
		return f.Endpoint == endpoint
	}
	return endpoint == EndpointSubmit || endpoint == EndpointV1
}
