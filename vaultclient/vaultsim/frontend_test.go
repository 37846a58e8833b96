package vaultsim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestRateLimitCountsFixedWindowsPerEndpoint(t *testing.T) {
	t.Parallel()
	m := start(t, Options{RateLimit: "2 per minute"})
	queue := func() int {
		r, err := m.call("GET", "/api/v2/queue/status", "")
		if err != nil {
			t.Fatal(err)
		}
		return r.status
	}
	if a, b, c := queue(), queue(), queue(); a != 200 || b != 200 || c != 429 {
		t.Errorf("statuses %d %d %d", a, b, c)
	}
	if r := m.run("server"); r.status != 200 {
		t.Errorf("another endpoint: %d", r.status)
	}
	m.clock.Advance(59 * time.Second)
	if s := queue(); s != 429 {
		t.Errorf("in the same window: %d", s)
	}
	m.clock.Advance(time.Second)
	if s := queue(); s != 200 {
		t.Errorf("in the next window: %d", s)
	}
	m.s.Restart()
	if a, b := queue(), queue(); a != 200 || b != 200 {
		t.Errorf("after a restart: %d %d", a, b)
	}
}

func TestBadOptionsAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		opts Options
		want string
	}{
		{Options{RateLimit: "often"}, "rate limit"},
		{Options{DenyIP: []string{"here"}}, "deny list"},
		{Options{AllowIP: []string{"10.0.0.9-x"}}, "allow list"},
		{Options{EncryptionKey: "short"}, "encryption key"},
	} {
		if _, err := New(tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want one about the %s", tt.opts, err, tt.want)
		}
	}
}

func TestAddressListsKnowNetworksAndRanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		allow, deny []string
		want        int
	}{
		{nil, nil, 200},
		{[]string{"127.0.0.1"}, nil, 200},
		{[]string{"10.0.0.0/8"}, nil, 403},
		{[]string{"127.0.0.0-127.0.0.9"}, nil, 200},
		{[]string{"127.0.0.1"}, []string{"127.0.0.0/8"}, 403},
	} {
		m := start(t, Options{AllowIP: tt.allow, DenyIP: tt.deny})
		if r := m.run("server"); r.status != tt.want {
			t.Errorf("allow %v, deny %v: %d, want %d", tt.allow, tt.deny, r.status, tt.want)
		}
	}
}

func TestV1IsAbsentFromOldServicesAndV2WithoutAQueue(t *testing.T) {
	t.Parallel()
	m := start(t, Options{NoV1: true})
	if r := m.run("server"); r.status != http.StatusNotFound {
		t.Errorf("v1 of an old service: %d", r.status)
	}
	if r := m.result(m.submit("server")); r.status != 200 {
		t.Errorf("v2 of an old service: %d", r.status)
	}
	m = start(t, Options{NoQueue: true})
	if r, _ := m.call("GET", "/api/v2/queue/status", ""); r.status != http.StatusNotFound {
		t.Errorf("v2 without a queue: %d", r.status)
	}
}

func TestQueueHoldsAHundred(t *testing.T) {
	t.Parallel()
	m := start(t, Options{})
	a := m.s.Arm(Fault{Kind: Hang, Any: true})
	m.submit("server")
	<-a.Hit()
	for range 100 {
		m.submit("server")
	}
	r, err := m.call("POST", "/api/v2/executecommand-async", commandBody("server"))
	if err != nil || r.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s, %v", r.status, r.body, err)
	}
	a.Release()
}

func TestHandlerWorksWithoutAListener(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Keys: []Key{{Value: "key"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	req := httptest.NewRequest("POST", "/api/v1/executecommand", strings.NewReader(commandBody("version")))
	req.Header.Set("api-key", "key")
	req.Header.Set("Content-Type", "application/json")
	res := httptest.NewRecorder()
	s.ServeHTTP(res, req)
	if res.Code != 200 || !strings.Contains(res.Body.String(), "Commander Version: 18.0.13") {
		t.Errorf("%d %s", res.Code, res.Body)
	}
	if res.Header().Get("Connection") != "close" {
		t.Error("the connection stays open")
	}
}

// FuzzCommand sends any text as a command: whatever it is, the service answers with JSON of the usual shape.
func FuzzCommand(f *testing.F) {
	for _, seed := range []string{
		"search '*' --format=json", "get " + billing, "share-record -e a@b.c --expire-in=1d " + billing, "epm approval action --approve=x",
		"record-add -t a -rt login 'host=$JSON:{\"a\":1}' password=$GEN:dice,9", "one-time-share list -a " + billing, "tree -v -s",
		"ls -l /", "mkdir -sf 'a/b'", "share-folder -e '*' -p on " + dbaSF, "device-approve --format json", "rti -lr login",
	} {
		f.Add(seed)
	}
	s, err := New(Options{Vault: Recorded(NewManualClock(RecordedStart())), Keys: []Key{{Value: "key", Allow: append(AllCommands(), "rti")}},
		RateLimit: "1000000000/minute"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		req := httptest.NewRequest("POST", "/api/v1/executecommand", strings.NewReader(commandBody(text)))
		req.Header.Set("api-key", "key")
		req.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		s.ServeHTTP(res, req)
		var o map[string]any
		if err := json.NewDecoder(bytes.NewReader(res.Body.Bytes())).Decode(&o); err != nil || o["status"] == nil {
			t.Errorf("%q: %d %q: %v", text, res.Code, res.Body, err)
		}
		for _, b := range res.Body.Bytes() {
			if b >= 0x80 {
				t.Fatalf("%q: answer is not ASCII: %q", text, res.Body)
			}
		}
	})
}

func benchmarkService(b *testing.B, command string) {
	s, err := New(Options{Vault: Large(50_000, VaultOptions{Seed: 1}), Keys: []Key{{Value: "key"}}, RateLimit: "1000000000/minute"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	for b.Loop() {
		req := httptest.NewRequest("POST", "/api/v1/executecommand", strings.NewReader(commandBody(command)))
		req.Header.Set("api-key", "key")
		req.Header.Set("Content-Type", "application/json")
		res := httptest.NewRecorder()
		s.ServeHTTP(res, req)
		if res.Code != 200 {
			b.Fatalf("%d %s", res.Code, res.Body)
		}
		b.SetBytes(int64(res.Body.Len()))
	}
}

func BenchmarkListing50000Records(b *testing.B) { benchmarkService(b, "search '*' --format=json") }

func BenchmarkSyncDown50000Records(b *testing.B) { benchmarkService(b, "sync-down") }
