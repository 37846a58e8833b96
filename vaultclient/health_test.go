package vaultclient

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

const idleBody = `{"active_requests":0,"completed_requests":3,"currently_processing":null,"queue_size":0,"success":true,"worker_running":true}`

func TestHealthHasAWordForEachState(t *testing.T) {
	t.Parallel()
	type answer struct {
		code int
		body string
	}
	up := answer{200, `{"status":"ok"}`}
	for _, tt := range []struct {
		name          string
		health, queue answer
		want          string
		err           error // of Err or QueueErr
	}{
		{"all is well", up, answer{200, idleBody}, "connected", nil},
		{"an old service has no /health", answer{404, missingPage}, answer{200, idleBody}, "connected", nil},
		{"a few commands wait", up, answer{200, `{"queue_size":4,"worker_running":true}`}, "connected", nil},
		{"many commands wait", up, answer{200, `{"queue_size":5,"worker_running":true}`}, "slow", nil},
		{"the worker is gone", up, answer{200, `{"queue_size":0,"worker_running":false}`}, "stuck", nil},
		{"the queue is off", up, answer{404, missingPage}, "queue off", ErrQueueOff},
		{"the key is refused", up, answer{401, `{"error":"Please provide a valid api key"}`}, "key refused", ErrKeyRefused},
		{"the limit is reached", up, answer{429, limitedBody}, "limited", ErrRateLimited},
		{"something else answers", answer{200, "<html>"}, answer{200, "<html>"}, "not the service", ErrNotService},
		{"something else answers in JSON", answer{200, `{"ok":true}`}, answer{404, missingPage}, "not the service", ErrNotService},
		{"nothing is there", answer{404, missingPage}, answer{404, missingPage}, "not the service", ErrNotService},
		{"the queue's state is garbage", up, answer{200, `{"queue_size":"many"}`}, "not the service", ErrNotService},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := scripted(t, Options{}, func(_ int, r *http.Request) (int, string) {
				if r.URL.Path == healthPath {
					return tt.health.code, tt.health.body
				}
				return tt.queue.code, tt.queue.body
			})
			h := c.Health(t.Context())
			if got := h.Word(); got != tt.want {
				t.Errorf("Word = %q, want %q of %+v", got, tt.want, h)
			}
			if err := errors.Join(h.Err, h.QueueErr); tt.err == nil && err != nil || !errors.Is(err, tt.err) {
				t.Errorf("errors %v, want %v", err, tt.err)
			}
		})
	}
}

func TestHealthMeasuresTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := scripted(t, Options{}, func(_ int, r *http.Request) (int, string) {
			if r.URL.Path == healthPath {
				time.Sleep(3 * time.Second)
				return 200, `{"status":"ok"}`
			}
			return 200, idleBody
		})
		if h := c.Health(t.Context()); h.Latency != 3*time.Second || h.Word() != "slow" || !h.Queue.Idle() {
			t.Errorf("health %+v", h)
		}
	})
}

func TestTheQueueIsIdleOnlyIfNothingOfOursCanRun(t *testing.T) {
	t.Parallel()
	for _, q := range []QueueStatus{{Size: 1}, {Active: 1}, {Processing: "a"}} {
		if q.Idle() {
			t.Errorf("%+v is idle", q)
		}
	}
}

func TestProbeTellsMissingFromUnclearAndStopsAtWhatConcernsAll(t *testing.T) {
	t.Parallel()
	answers := map[int]string{
		403: `{"error":"Not permitted to perform this function","status":"error"}`,
		500: `{"error":"Unexpected error: something","status":"error"}`,
		504: `{"error":"Error: Request expired before execution while waiting for result","status":"error"}`,
		401: `{"error":"Please provide a valid api key","status":"error"}`,
	}
	probe := func(codes ...int) (ProbeReport, error) {
		c, _ := scripted(t, Options{}, func(n int, _ *http.Request) (int, string) {
			code := codes[min(n, len(codes)-1)]
			return code, answers[code]
		})
		return c.Probe(t.Context())
	}
	report, err := probe(403, 504, 500)
	if err != nil || report.Permits[0].State != Missing || report.Permits[1].State != Unclear || report.Permits[1].Err == nil ||
		report.Permits[2].State != Permitted || report.Allows("search") || report.Allows("get") || !report.Allows("list-sf") || report.Allows("rm") {
		t.Errorf("report %+v, %v", report, err)
	}
	words := make([]string, len(report.Permits))
	for i, p := range report.Permits {
		words[i] = p.Command
	}
	// The list that PROTOCOL 5 recommends.
	for _, word := range []string{"search", "get", "list-sf", "tree", "record-add", "record-update", "share-record", "share-folder", "one-time-share",
		"epm", "device-approve", "sync-down", "server"} {
		if !slices.Contains(words, word) {
			t.Errorf("%s is not probed", word)
		}
	}
	if _, err := probe(401); !errors.Is(err, ErrKeyRefused) {
		t.Errorf("Probe = %v", err)
	}
}
