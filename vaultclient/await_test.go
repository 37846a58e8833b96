package vaultclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// script is a service in memory, so that time stands still while it answers.
type script struct {
	mu     sync.Mutex
	asked  []string // method and path of each call
	times  []time.Time
	answer func(n int, r *http.Request) (code int, body string)
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
	}
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	s.times = append(s.times, time.Now())
	code, body := s.answer(len(s.asked)-1, r)
	return &http.Response{
		StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// scripted returns a client of a service in memory.
func scripted(t *testing.T, o Options, answer func(n int, r *http.Request) (int, string)) (*Client, *script) {
	t.Helper()
	o.URL, o.Key = "http://127.0.0.1:1", replayKey
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{answer: answer}
	c.http.Transport = s
	return c, s
}

const (
	pendingBody = `{"error":"Error: Request not completed yet","status":"processing"}`
	grantedBody = `{"command":"share-record","data":null,"message":"Record \"RZToj60CrP9GDxjDTPWxAQ\" access permissions has been granted to user 'alice@example.com'","status":"success"}`
	limitedBody = "<!doctype html>\n<html lang=en>\n<title>429 Too Many Requests</title>\n<h1>Too Many Requests</h1>\n<p>60 per 1 minute</p>\n"
	missingPage = "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"
)

func TestAResultIsLookedAtByThePlan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c, s := scripted(t, Options{}, func(n int, _ *http.Request) (int, string) {
			if n < 8 {
				return 202, pendingBody
			}
			return 200, grantedBody
		})
		r, err := c.Await(t.Context(), "a-1")
		if err != nil {
			t.Fatal(err)
		}
		if got := describeOutcome(Judge(share(alice, rz), r)); got != shared(alice, rz, false, "") {
			t.Error(got)
		}
		var at []string
		for _, when := range s.times {
			at = append(at, when.Sub(start).String())
		}
		want := []string{"150ms", "450ms", "1.15s", "2.65s", "5.65s", "10.65s", "15.65s", "20.65s", "25.65s"}
		if !slices.Equal(at, want) {
			t.Errorf("looked at %v, want %v", at, want)
		}
		for _, call := range s.asked {
			if call != "GET /api/v2/result/a-1" {
				t.Errorf("called %s", call)
			}
		}
	})
}

func TestOnlyTheOldestPendingResultIsLookedAt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ready := map[string]time.Duration{"a": 2 * time.Second, "b": 3 * time.Second, "c": 4 * time.Second}
		start := time.Now()
		c, s := scripted(t, Options{}, func(_ int, r *http.Request) (int, string) {
			if time.Since(start) < ready[strings.TrimPrefix(r.URL.Path, resultPath)] {
				return 202, pendingBody
			}
			return 200, grantedBody
		})
		var wg sync.WaitGroup
		for _, id := range []RequestID{"a", "b", "c"} {
			wg.Go(func() {
				if _, err := c.Await(t.Context(), id); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		var order []string
		for _, call := range s.asked {
			order = append(order, strings.TrimPrefix(call, "GET "+resultPath))
		}
		if !slices.IsSorted(order) || order[len(order)-1] != "c" {
			t.Errorf("looked at %v", order)
		}
	})
}

func TestAwaitMakesWayWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := scripted(t, Options{}, func(_ int, r *http.Request) (int, string) {
			if strings.HasSuffix(r.URL.Path, "stuck") {
				return 202, pendingBody
			}
			return 200, grantedBody
		})
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		stuck := make(chan error, 1)
		go func() {
			_, err := c.Await(ctx, "stuck")
			stuck <- err
		}()
		synctest.Wait()
		start := time.Now()
		if _, err := c.Await(t.Context(), "next"); err != nil {
			t.Error(err)
		}
		if waited := time.Since(start); waited != 7*time.Second+150*time.Millisecond {
			t.Errorf("the younger request waited %s", waited)
		}
		if err := <-stuck; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Await = %v", err)
		}
		if len(c.waiting) != 0 {
			t.Errorf("%d still stand in line", len(c.waiting))
		}
	})
}

func TestAwaitWaitsOutA429AndNeverSubmitsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c, s := scripted(t, Options{}, func(n int, _ *http.Request) (int, string) {
			if n == 0 {
				return 429, limitedBody
			}
			return 200, grantedBody
		})
		if _, err := c.Await(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if len(s.asked) != 2 || s.asked[1] != "GET "+resultPath+"a" {
			t.Errorf("called %v", s.asked)
		}
		if waited := time.Since(start); waited < time.Minute {
			t.Errorf("called again %s after a 429", waited)
		}
	})
}

func TestAwaitEndsWithTheErrorsThatWaitingCannotMend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		code int
		body string
		want error
	}{
		{"the id is unknown", 404, `{"error":"Error: Request not found","status":"error"}`, ErrRequestUnknown},
		{"the queue is off", 404, missingPage, ErrQueueOff},
		{"the key is refused", 401, `{"error":"Please provide a valid api key","status":"error"}`, ErrKeyRefused},
		{"a proxy answers", 502, "<html>bad gateway</html>", ErrNotService},
		{"a gateway answers in JSON", 503, `{"error":"no upstream"}`, ErrNotService},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, s := scripted(t, Options{}, func(int, *http.Request) (int, string) { return tt.code, tt.body })
				if _, err := c.Await(t.Context(), "a"); !errors.Is(err, tt.want) || Advice(err) == "" {
					t.Errorf("Await = %v (%s), want %v", err, Advice(err), tt.want)
				}
				if len(s.asked) != 1 {
					t.Errorf("called %v", s.asked)
				}
			})
		})
	}
}

func TestReadsFallBackToV2AndRememberIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := scripted(t, Options{}, func(n int, r *http.Request) (int, string) {
			switch {
			case r.URL.Path == v1Path:
				return 404, missingPage
			case r.URL.Path == submitPath:
				return 202, fmt.Sprintf(`{"request_id":"id-%d","status":"queued","success":true}`, n)
			}
			return 200, `{"command":"server","data":null,"message":"https://keepersecurity.com","status":"success"}`
		})
		for range 2 {
			if name, err := c.Server(t.Context()); err != nil || name != region {
				t.Fatalf("Server = %q, %v", name, err)
			}
		}
		want := []string{"POST " + v1Path, "POST " + submitPath, "GET " + resultPath + "id-1", "POST " + submitPath, "GET " + resultPath + "id-3"}
		if !slices.Equal(s.asked, want) {
			t.Errorf("called %v, want %v", s.asked, want)
		}
	})
}

func TestWithoutAQueueChangesAreRefusedAndReadsGoOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		running := 0
		var mu sync.Mutex
		c, _ := scripted(t, Options{}, nil)
		c.http.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			code, body := 404, missingPage
			if r.URL.Path == v1Path {
				mu.Lock()
				if running++; running > 1 {
					t.Error("two reads at once")
				}
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				running--
				mu.Unlock()
				code, body = 200, `{"command":"server","data":null,"message":"h","status":"success"}`
			}
			return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
		if _, err := c.Submit(t.Context(), share(alice, rz)); !errors.Is(err, ErrQueueOff) || errors.Is(err, ErrMaybeQueued) {
			t.Errorf("Submit = %v", err)
		}
		if h := c.Health(t.Context()); !errors.Is(h.Err, ErrNotService) {
			t.Errorf("Health = %+v: neither path is there", h)
		}
		if _, err := c.QueueStatus(t.Context()); !errors.Is(err, ErrQueueOff) {
			t.Errorf("QueueStatus = %v", err)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := c.Server(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// overdue is a context whose time is over and whose timer has not fired, as right
// after a process stood still.
type overdue struct{ context.Context }

func (overdue) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

func TestNothingIsSentAfterItsTimeThoughNoTimerHasFired(t *testing.T) {
	t.Parallel()
	c, s := scripted(t, Options{}, func(int, *http.Request) (int, string) { return 202, pendingBody })
	_, err := c.Submit(overdue{t.Context()}, share(alice, rz))
	var e *Error
	if !errors.As(err, &e) || e.Maybe || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("submit = %v, want that nothing was sent in time", err)
	}
	if len(s.times) > 0 {
		t.Errorf("%d calls were made", len(s.times))
	}
}
