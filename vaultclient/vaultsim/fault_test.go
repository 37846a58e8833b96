package vaultsim

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const grantDave = "share-record --email=dave@example.com --action=grant " + billing

func TestUpstreamFailuresReadAlikeWhetherOrNotTheCallWasCarriedOut(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.s.Arm(Fault{Kind: UpstreamBefore, Command: "share-record"})
	before := m.run(grantDave)
	if n := len(m.s.Ledger()); n != 0 {
		t.Errorf("%d entries after a call that was not carried out", n)
	}
	m.s.Arm(Fault{Kind: UpstreamAfter, Command: "share-record"})
	after := m.run(grantDave)
	if got := m.kinds(); !slices.Equal(got, []Kind{Grant}) {
		t.Errorf("ledger %v after a call that was carried out", got)
	}
	if string(before.body) != string(after.body) || before.status != after.status {
		t.Errorf("answers differ: %d %s and %d %s", before.status, before.body, after.status, after.body)
	}
}

func TestCutBeforeQueuesNothingAndCutAfterQueues(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.s.Arm(Fault{Kind: CutBefore, Command: "share-record"})
	if r, err := m.call("POST", "/api/v2/executecommand-async", commandBody(grantDave)); err == nil {
		t.Errorf("answered %d", r.status)
	}
	if got := m.s.Commands(); len(got) != 0 {
		t.Errorf("commands %v", got)
	}
	m.s.Arm(Fault{Kind: CutAfter, Command: "share-record"})
	if r, err := m.call("POST", "/api/v2/executecommand-async", commandBody(grantDave)); err == nil {
		t.Errorf("answered %d", r.status)
	}
	m.run("server") // behind it in the queue
	if got := m.kinds(); !slices.Equal(got, []Kind{Grant}) {
		t.Errorf("ledger %v", got)
	}
}

func TestFaultsStrikeTheirCommandAfterTheirSkipAsOftenAsTold(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	a := m.s.Arm(Fault{Kind: Throttled, Command: "epm approval", Skip: 1, Count: 2})
	for _, tt := range []struct {
		command string
		want    int
	}{
		{"epm approval list --format=json", 200},
		{"epm sync-down", 200},
		{"epm approval list --format=json", 500},
		{"epm approvals", 200},
		{"epm approval list --format=json", 500},
		{"epm approval list --format=json", 200},
	} {
		if r := m.run(tt.command); r.status != tt.want {
			t.Errorf("%s: %d, want %d", tt.command, r.status, tt.want)
		}
	}
	if a.Hits() != 2 {
		t.Errorf("%d hits", a.Hits())
	}
}

func TestHangingCommandBlocksTheQueueUntilReleased(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	a := m.s.Arm(Fault{Kind: Hang, Contains: "dave@"})
	first := m.submit(grantDave)
	<-a.Hit()
	second := m.submit("server")
	r, err := m.call("GET", "/api/v2/queue/status", "")
	if err != nil {
		t.Fatal(err)
	}
	o := r.json(t)
	if o["queue_size"] != 1.0 || o["currently_processing"] != first {
		t.Errorf("queue %s", r.body)
	}
	if r, _ := m.call("GET", "/api/v2/result/"+second, ""); r.json(t)["status"] != "queued" {
		t.Errorf("second: %s", r.body)
	}
	if len(m.s.Ledger()) != 0 {
		t.Error("a hanging command had an effect")
	}
	a.Release()
	if r := m.result(first); r.status != http.StatusOK {
		t.Errorf("first: %d %s", r.status, r.body)
	}
	m.result(second)
}

func TestRestartLosesTheQueueAndItsResults(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	done := m.submit("server")
	m.result(done)
	a := m.s.Arm(Fault{Kind: Hang, Any: true})
	hanging := m.submit(grantDave)
	<-a.Hit()
	waiting := m.submit(grantDave)
	m.s.Restart()
	for _, id := range []string{done, hanging, waiting} {
		if r, _ := m.call("GET", "/api/v2/result/"+id, ""); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", id, r.status)
		}
	}
	a.Release()
	m.run("server")
	if got := m.s.Ledger(); len(got) != 0 {
		t.Errorf("ledger %v", got)
	}
}

func TestRestartInTheMiddleOfACommand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind FaultKind
		want int
	}{{RestartBefore, 0}, {RestartAfter, 1}} {
		m := start(t, Options{})
		m.s.Arm(Fault{Kind: tt.kind, Command: "share-record"})
		if r, err := m.call("POST", "/api/v1/executecommand", commandBody(grantDave)); err == nil {
			t.Errorf("%s: answered %d", tt.kind, r.status)
		}
		if n := len(m.s.Ledger()); n != tt.want {
			t.Errorf("%s: %d entries, want %d", tt.kind, n, tt.want)
		}
		if r := m.run("server"); r.status != http.StatusOK {
			t.Errorf("%s: %d after the restart", tt.kind, r.status)
		}
	}
}

func TestGarbageReplacesTheAnswerButNotTheEffect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind FaultKind
		ok   func(reached) bool
	}{
		{GarbageHTML, func(r reached) bool { return strings.HasPrefix(string(r.body), "<html>") }},
		{GarbageTruncated, func(r reached) bool { return len(r.body) > 0 && r.body[len(r.body)-1] != '\n' }},
		{GarbageType, func(r reached) bool { return r.header.Get("Content-Type") == "text/plain" }},
		{GarbageEmpty, func(r reached) bool { return len(r.body) == 0 }},
	} {
		m := start(t, Options{})
		m.s.Arm(Fault{Kind: tt.kind, Command: "share-record"})
		if r := m.run(grantDave); !tt.ok(r) {
			t.Errorf("%s: %s %q", tt.kind, r.header.Get("Content-Type"), r.body)
		}
		if n := len(m.s.Ledger()); n != 1 {
			t.Errorf("%s: %d entries", tt.kind, n)
		}
	}
}

func TestFaultsOfResultCallsAreMatchedByTheirCommand(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	id := m.submit(grantDave)
	m.result(id)
	m.s.Arm(Fault{Kind: RateLimited, Command: "share-record", Endpoint: EndpointResult})
	other := m.submit("server")
	if r := m.result(other); r.status != http.StatusOK {
		t.Errorf("another command's result: %d", r.status)
	}
	if r, _ := m.call("GET", "/api/v2/result/"+id, ""); r.status != http.StatusTooManyRequests {
		t.Errorf("result: %d", r.status)
	}
	if r, _ := m.call("GET", "/api/v2/result/"+id, ""); r.status != http.StatusOK {
		t.Errorf("result again: %d", r.status)
	}
}

func TestLostSessionFailsOnceAndThenChatters(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.s.LoseSession()
	if r := m.run(grantDave); r.status != 500 || !strings.Contains(r.text(t), "session_token_expired") {
		t.Errorf("first: %d %s", r.status, r.body)
	}
	if r := m.run(grantDave); r.status != 200 || !strings.Contains(r.text(t), "Logging in to Keeper") {
		t.Errorf("second: %d %s", r.status, r.body)
	}
	if len(m.s.Ledger()) != 0 {
		t.Error("commands had an effect without a session")
	}
	m.s.RestoreSession()
	if r := m.run(grantDave); !strings.Contains(r.text(t), "granted") {
		t.Errorf("restored: %d %s", r.status, r.body)
	}
}

func TestLatencyIsTakenFromTheClock(t *testing.T) {
	t.Parallel()
	m := start(t, Options{Latency: time.Second, Jitter: time.Second})
	id := m.submit("server")
	m.clock.AwaitWaits(1)
	if r, _ := m.call("GET", "/api/v2/result/"+id, ""); r.status != http.StatusAccepted {
		t.Errorf("before its time: %d", r.status)
	}
	m.clock.Advance(2 * time.Second)
	m.result(id)
}

func TestKeysExpireAreRevokedAndLosePermissions(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.s.Forbid(m.key, "share-record")
	if r := m.run(grantDave); r.status != http.StatusForbidden {
		t.Errorf("forbidden word: %d", r.status)
	}
	m.s.Permit(m.key, "share-record", "sr")
	if r := m.run("sr -e dave@example.com " + billing); r.status != http.StatusOK {
		t.Errorf("permitted alias: %d %s", r.status, r.body)
	}
	m.s.ExpireKey(m.key)
	if r := m.run("server"); r.status != 401 || r.text(t) != "API key has expired" {
		t.Errorf("expired: %d %s", r.status, r.body)
	}
	m.s.RevokeKey(m.key)
	if r := m.run("server"); r.status != 401 || r.text(t) != "Please provide a valid api key" {
		t.Errorf("revoked: %d %s", r.status, r.body)
	}
}

func TestCloseEndsHangingCommandsAndTheirCallers(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Vault: Recorded(NewManualClock(RecordedStart())), Keys: []Key{{Value: "key"}}})
	if err != nil {
		t.Fatal(err)
	}
	url, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	m := &sim{t: t, s: s, url: url, key: "key"}
	a := s.Arm(Fault{Kind: Hang, Any: true})
	cut := make(chan error)
	go func() {
		_, err := m.call("POST", "/api/v1/executecommand", commandBody("server"))
		cut <- err
	}()
	<-a.Hit()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-cut; err == nil {
		t.Error("the caller got an answer")
	}
}

func TestCommandsAreLoggedWithWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	m.run("search zzzz --format=json")
	m.run("enterprise-user x")
	log := m.s.Commands()
	if len(log) != 2 {
		t.Fatalf("log %v", log)
	}
	if c := log[0]; c.Text != "search zzzz --format=json" || !c.Executed || c.Status != 200 || c.Endpoint != "v1" || c.Refused != 0 {
		t.Errorf("executed: %+v", c)
	}
	if c := log[1]; c.Executed || c.Refused != 403 {
		t.Errorf("refused: %+v", c)
	}
}
