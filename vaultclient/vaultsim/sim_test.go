package vaultsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// sim is a started service for a test.
type sim struct {
	t     *testing.T
	s     *Server
	clock *Clock
	url   string
	key   string
}

// start starts a service with a key and no rate limit to speak of. It ends with the test.
func start(t *testing.T, opts Options) *sim {
	t.Helper()
	if opts.Vault == nil {
		opts.Vault = Recorded(NewManualClock(RecordedStart()))
	}
	if opts.Keys == nil {
		opts.Keys = []Key{{Value: "key"}}
	}
	if opts.RateLimit == "" {
		opts.RateLimit = "100000/minute"
	}
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	url, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &sim{t: t, s: s, clock: opts.Vault.Clock(), url: url, key: opts.Keys[0].Value}
}

// reached is what came back from one call.
type reached struct {
	status int
	header http.Header
	body   []byte
}

func (r reached) json(t *testing.T) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(r.body, &o); err != nil {
		t.Fatalf("answer %d %q: %v", r.status, r.body, err)
	}
	return o
}

// text returns the message or error of an answer, lines joined.
func (r reached) text(t *testing.T) string {
	t.Helper()
	o := r.json(t)
	for _, k := range []string{"message", "error"} {
		switch v := o[k].(type) {
		case string:
			return v
		case []any:
			var parts []string
			for _, p := range v {
				parts = append(parts, p.(string))
			}
			return strings.Join(parts, "\n")
		}
	}
	return ""
}

// call makes one HTTP call; the error is that of a broken connection.
func (m *sim) call(method, path, body string, header ...string) (reached, error) {
	m.t.Helper()
	req, err := http.NewRequest(method, m.url+path, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Close = true
	req.Header.Set("api-key", m.key)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reached{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return reached{}, err
	}
	return reached{res.StatusCode, res.Header, raw}, nil
}

func commandBody(command string) string {
	b, err := json.Marshal(map[string]string{"command": command})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// run carries a command out by v1.
func (m *sim) run(command string) reached {
	m.t.Helper()
	r, err := m.call("POST", "/api/v1/executecommand", commandBody(command))
	if err != nil {
		m.t.Fatalf("%s: %v", command, err)
	}
	return r
}

// submit queues a command and returns the request's id.
func (m *sim) submit(command string) string {
	m.t.Helper()
	r, err := m.call("POST", "/api/v2/executecommand-async", commandBody(command))
	if err != nil {
		m.t.Fatalf("%s: %v", command, err)
	}
	if r.status != http.StatusAccepted {
		m.t.Fatalf("submit %s: %d %s", command, r.status, r.body)
	}
	id, _ := r.json(m.t)["request_id"].(string)
	return id
}

// result polls until a request is done.
func (m *sim) result(id string) reached {
	m.t.Helper()
	for {
		r, err := m.call("GET", "/api/v2/result/"+id, "")
		if err != nil {
			m.t.Fatal(err)
		}
		if r.status != http.StatusAccepted {
			return r
		}
	}
}

// data returns the data of a successful command in JSON form.
func (m *sim) data(command string) any {
	m.t.Helper()
	r := m.run(command)
	o := r.json(m.t)
	if r.status != http.StatusOK || o["data"] == nil {
		m.t.Fatalf("%s: %d %s", command, r.status, r.body)
	}
	return o["data"]
}

// kinds returns the kinds of the ledger's entries.
func (m *sim) kinds() []Kind {
	var out []Kind
	for _, e := range m.s.Ledger() {
		out = append(out, e.Kind)
	}
	return out
}

// quoted puts a text between quotes by the client's rule: single quotes, and double ones around single ones.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

const (
	billing = "RZToj60CrP9GDxjDTPWxAQ" // shared with alice, view
	gitlab  = "NebebBkWL8I-15gXTW2y_w" // shared with bob, edit
	dbaSF   = "4KcmDEAO-kNEDojKV8dTXw" // shared folder DBA Shared
)

func TestQuotingVectorsArriveUnchanged(t *testing.T) {
	t.Parallel()
	var v struct {
		Vectors []struct {
			Argument  string
			Quoted    string
			RoundTrip bool `json:"round_trip"`
			HTTP      int
		}
	}
	raw := readTestdata(t, "../testdata/quoting_vectors.json")
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	m := start(t, Options{})
	for _, x := range v.Vectors {
		r := m.run("record-add --title=" + x.Quoted + " -rt login")
		if !x.RoundTrip {
			if r.status != x.HTTP {
				t.Errorf("%q: status %d, want %d: %s", x.Argument, r.status, x.HTTP, r.body)
			}
			continue
		}
		data, _ := r.json(t)["data"].(map[string]any)
		uid, _ := data["record_uid"].(string)
		got, _ := m.s.Vault().Record(uid)
		if got.Title != x.Argument {
			t.Errorf("%q arrived as %q: %d %s", x.Argument, got.Title, r.status, r.body)
		}
	}
}

func TestControlEndpointsNeedTheirToken(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ControlToken: "secret"})
	r, err := m.call("GET", "/__sim/ledger", "")
	if err != nil || r.status != http.StatusForbidden {
		t.Errorf("without a token: %d, %v", r.status, err)
	}
	m.run("share-record -e dave@example.com " + billing)
	r, err = m.call("GET", "/__sim/ledger", "", "X-Sim-Token", "secret")
	if err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	if err := json.Unmarshal(r.body, &entries); err != nil || len(entries) != 1 || entries[0].Kind != Grant {
		t.Errorf("ledger %s, %v", r.body, err)
	}
	if r, err := start(t, Options{}).call("GET", "/__sim/ledger", "", "X-Sim-Token", ""); err != nil || r.status != http.StatusNotFound {
		t.Errorf("switched off: %d, %v", r.status, err)
	}
}

func TestControlEndpointsArmFaultsAndMoveTheClock(t *testing.T) {
	t.Parallel()
	m := start(t, Options{ControlToken: "secret"})
	post := func(path, body string) reached {
		r, err := m.call("POST", path, body, "X-Sim-Token", "secret")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := post("/__sim/fault", `{"kind":"meteor","any":true}`); r.status != http.StatusBadRequest {
		t.Errorf("unknown kind: %d", r.status)
	}
	if r := post("/__sim/fault", `{"kind":"hang"}`); r.status != http.StatusBadRequest {
		t.Errorf("fault for nothing: %d", r.status)
	}
	if r := post("/__sim/fault", `{"kind":"upstream-after","command":"share-record"}`); r.status != http.StatusNoContent {
		t.Errorf("arming: %d %s", r.status, r.body)
	}
	if r := m.run("share-record -e dave@example.com " + billing); r.status != http.StatusInternalServerError {
		t.Errorf("faulty command: %d", r.status)
	}
	r, err := m.call("GET", "/__sim/faults", "", "X-Sim-Token", "secret")
	if err != nil || !bytes.Contains(r.body, []byte(`"hits":1`)) {
		t.Errorf("faults: %s, %v", r.body, err)
	}
	before := m.clock.Now()
	post("/__sim/advance", `{"seconds": 90}`)
	if got := m.clock.Now().Sub(before); got != 90*time.Second {
		t.Errorf("clock moved by %s", got)
	}
}

func readTestdata(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
