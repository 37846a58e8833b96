package vaultclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The replay serves every answer that was recorded from the real service (testdata/transcripts) to the client and compares what
// the client makes of it with an expectation that was written from the protocol's description, one line a step.

const replayKey = "TEST-KEY-0123456789"

type transcript struct {
	Name  string         `json:"name"`
	Steps []recordedStep `json:"steps"`
}

type recordedStep struct {
	Request *struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	} `json:"request"`
	Response struct {
		Status          int               `json:"status"`
		Headers         map[string]string `json:"headers"`
		JSON            json.RawMessage   `json:"json"`
		Text            *string           `json:"text"`
		Base64          []byte            `json:"base64"`
		ConnectionError string            `json:"connection_error"`
	} `json:"response"`
}

// expected says which call of the client reads the answer of step, and what the call makes of it.
type expected struct {
	step int
	call reader
	want string
}

// reader makes one call and describes the result in a line.
type reader func(context.Context, *Client) string

// expectations holds the tables of the replay_*_test.go files by transcript.
func expectations() map[string][]expected {
	return map[string][]expected{
		"health": replayHealth(), "auth": replayAuth(), "policy": replayPolicy(), "body": replayBody(),
		"ip_denied": replayIPDenied(), "ip_not_allowed": replayIPNotAllowed(), "queue_full": replayQueueFull(),
		"queue_expired": replayQueueExpired(), "worker_hung": replayWorkerHung(), "rate_limit_configured": replayRateConfigured(),
		"rate_limit_default": replayRateDefault(), "rate_limit_high": replayRateHigh(), "v2_lifecycle": replayLifecycle(),
		"v1_with_queue": replayV1WithQueue(), "v1_without_queue": replayV1WithoutQueue(), "encrypted": replayEncrypted(),
		"filedata": replayFiledata(), "service_log": replayServiceLog(), "upstream_faults": replayUpstream(),
		"read_commands": replayReads(), "get": replayGet(), "share_record": replayShareRecord(), "share_folder": replayShareFolder(),
		"one_time_share": replayOneTimeShare(), "record_add": replayRecordAdd(), "record_update": replayRecordUpdate(),
		"device_approve": replayDevices(), "epm": replayEPM(), "quoting": replayQuoting(),
	}
}

// leftOut are the steps that are not replayed, with the reason. At most 5 % may be.
var leftOut = map[string]map[int]string{
	"service_log": {3: "an excerpt of the service's log file, not an exchange"},
}

func TestReplayOfEveryRecordedAnswer(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/transcripts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	tables := expectations()
	steps, skipped := 0, 0
	for _, file := range files {
		tr := readTranscript(t, file)
		table := tables[tr.Name]
		delete(tables, tr.Name)
		covered := make([]bool, len(tr.Steps))
		for _, e := range table {
			if e.step >= len(tr.Steps) {
				t.Errorf("%s has no step %d", tr.Name, e.step)
				continue
			}
			covered[e.step] = true
			t.Run(fmt.Sprintf("%s/%02d", tr.Name, e.step), func(t *testing.T) {
				t.Parallel()
				replay(t, tr.Steps[e.step], e)
			})
		}
		steps += len(tr.Steps)
		for i, done := range covered {
			reason := leftOut[tr.Name][i]
			switch {
			case done && reason != "":
				t.Errorf("%s step %d is replayed and left out", tr.Name, i)
			case !done && reason == "":
				t.Errorf("%s step %d is neither replayed nor left out with a reason", tr.Name, i)
			case !done:
				skipped++
			}
		}
	}
	for name := range tables {
		t.Errorf("expectations for %s, which is not recorded", name)
	}
	if skipped*20 > steps {
		t.Errorf("%d of %d steps are left out, more than 5 %%", skipped, steps)
	}
}

func readTranscript(t testing.TB, file string) transcript {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tr transcript
	if err := json.Unmarshal(b, &tr); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return tr
}

// replayID is the request id the replay gives out where a recorded v1 answer is fetched by v2.
const replayID = RequestID("00000000-1111-2222-3333-444444444444")

func replay(t *testing.T, s recordedStep, e expected) {
	t.Helper()
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if sent := r.Header.Get("api-key"); sent == replayKey == (r.URL.Path == healthPath) {
			t.Errorf("api-key %q sent to %s", sent, r.URL.Path)
		}
		if r.URL.Path == submitPath && s.Request.Path == v1Path && s.Response.ConnectionError == "" {
			// Mutations were recorded by v1, which the client does not use for them.
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprintf(w, `{"request_id":%q,"status":"queued","success":true}`, replayID)
			return
		}
		serveRecorded(t, w, s)
	}))
	defer server.Close()
	c := newReplayClient(t, server.URL, "ABCDEFGHIJKLMNOPQRSTUVWX12345678")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got := e.call(ctx, c)
	prefix, cut := strings.CutSuffix(e.want, "…") // of a long text
	if got != e.want && (!cut || !strings.HasPrefix(got, prefix)) {
		t.Errorf("\n got %s\nwant %s", got, e.want)
	}
	if calls.Load() == 0 {
		t.Error("the recorded answer was not fetched")
	}
}

func newReplayClient(t *testing.T, url string, sealKey Credential) *Client {
	t.Helper()
	c, err := New(Options{URL: url, Key: replayKey, EncryptionKey: sealKey, Version: "18.0.13"})
	if err != nil {
		t.Fatal(err)
	}
	c.plan = []time.Duration{0}
	return c
}

func serveRecorded(t *testing.T, w http.ResponseWriter, s recordedStep) {
	if s.Response.ConnectionError != "" {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
		return
	}
	for name, value := range s.Response.Headers {
		if name != "Content-Length" { // of the recorded bytes, before ids were replaced
			w.Header().Set(name, value)
		}
	}
	w.Header().Set("Connection", "close")
	w.WriteHeader(s.Response.Status)
	switch {
	case s.Response.JSON != nil:
		w.Write(s.Response.JSON)
	case s.Response.Text != nil:
		w.Write([]byte(*s.Response.Text))
	default:
		w.Write(s.Response.Base64)
	}
}

// judged sends a mutation, fetches the recorded answer and judges it.
func judged(m Mutation) reader {
	return func(ctx context.Context, c *Client) string {
		id, err := c.Submit(ctx, m)
		if err != nil {
			return describeError(err)
		}
		return awaited(id, m)(ctx, c)
	}
}

// awaited fetches the recorded answer of a v2 result and judges it.
func awaited(id RequestID, m Mutation) reader {
	return func(ctx context.Context, c *Client) string {
		r, err := c.Await(ctx, id)
		if err != nil {
			return describeError(err)
		}
		return describeOutcome(Judge(m, r))
	}
}

// submitted sends a mutation only.
func submitted(m Mutation) reader {
	return func(ctx context.Context, c *Client) string {
		id, err := c.Submit(ctx, m)
		if err != nil {
			return describeError(err)
		}
		return "queued as " + string(id)
	}
}

// polled asks once for a result.
func polled(id RequestID) reader {
	return func(ctx context.Context, c *Client) string {
		_, ready, err := c.result(ctx, id)
		if err != nil {
			return describeError(err)
		}
		return fmt.Sprint("ready: ", ready)
	}
}

// parsed sends a harmless read by v1 and has parse read the recorded answer, whichever command it was recorded for.
func parsed[T any](parse func(Reply) (T, error)) reader {
	return func(ctx context.Context, c *Client) string {
		v, err := read(ctx, c, command{text: "server", masked: "server", word: "server"}, parse)
		if err != nil {
			return describeError(err)
		}
		return describe(v)
	}
}

// object reads the recorded answer as that of get for uid.
func object(uid UID) reader {
	return parsed(func(r Reply) (Object, error) { return parseObject(r, uid) })
}

func describeError(err error) string {
	e := new(Error)
	if !errors.As(err, &e) {
		return "error: " + err.Error()
	}
	s := "error: " + e.Kind.Error()
	if e.Maybe {
		s += " (maybe queued)"
	}
	if e.Command != "" {
		s += " [" + e.Command + "]"
	}
	if e.Limit != "" {
		s += " [" + e.Limit + "]"
	}
	if e.Text != "" && e.Kind != ErrNotPermitted && e.Kind != ErrRequestUnknown && e.Kind != ErrKeyRefused {
		s += ": " + e.Text
	}
	return s
}

func describeOutcome(o Outcome) string {
	switch o := o.(type) {
	case Done:
		return "done: " + strings.TrimPrefix(fmt.Sprintf("%T%+v", o.Evidence, o.Evidence), "vaultclient.")
	case Refused:
		return "refused: " + string(o.Kind)
	case Unknown:
		return "unknown: " + string(o.Cause)
	}
	return fmt.Sprintf("outcome of type %T", o)
}

// describe writes what a read gave: of a list its length and first element.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []Item:
		return describeList(v)
	case []FolderEntry:
		return describeList(v)
	case []TreeNode:
		return describeList(v)
	case []Device:
		return describeList(v)
	case []EPMRequest:
		return describeList(v)
	case []OneTimeShare:
		return describeList(v)
	case Record:
		var users []string
		for _, p := range v.Users {
			users = append(users, fmt.Sprintf("%s: %s", p.Email, p))
		}
		slices.Sort(users)
		return fmt.Sprintf("record %s %q %s rev %d in %q; %s", v.UID, v.Title, v.Type, v.Revision, v.Folder.Path, strings.Join(users, "; "))
	case SharedFolder:
		var users []string
		for _, m := range v.Users {
			users = append(users, fmt.Sprintf("%s: %s", m.Email, m))
		}
		return fmt.Sprintf("shared folder %s %q, %d records, %d teams; %s", v.UID, v.Path, len(v.Records), len(v.Teams), strings.Join(users, "; "))
	case UserFolder:
		return fmt.Sprintf("user folder %s %q in %s, %d records", v.UID, v.Path, v.Parent, len(v.Records))
	}
	return strings.TrimPrefix(strings.TrimPrefix(fmt.Sprintf("%T%+v", v, v), "vaultclient."), "struct {}")
}

func describeList[T any](list []T) string {
	if len(list) == 0 {
		return "0 rows"
	}
	return fmt.Sprintf("%d rows: %+v", len(list), list[0])
}
