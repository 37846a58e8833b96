package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caller is somebody who calls commands on a company's queue.
type caller struct {
	t     *testing.T
	conf  string
	now   func() time.Time
	login string // "" for casey
}

// newCaller makes a queue in which the caller, "casey", may do everything.
func newCaller(t *testing.T) *caller {
	t.Helper()
	dir := t.TempDir()
	d, err := demo.Start(t.Context(), demo.Options{Dir: filepath.Join(dir, "queue"), Requests: demo.LeastRequests, Login: "casey", Away: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	c := &caller{t: t, conf: filepath.Join(dir, "config.toml"), now: time.Now}
	c.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\napi_key_file = \"key\"\n")
	c.write("key", "0123456789012345678901234567890123456789012\n")
	return c
}

func (c *caller) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(c.conf), name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run calls the program with the given input and output.
func (c *caller) run(ctx context.Context, in io.Reader, out, errs io.Writer, args ...string) Code {
	return Run(ctx, Invocation{Args: append(args, "--config", c.conf), In: in, Out: out, Err: errs,
		Env:   func(string) (string, bool) { return "", false },
		Login: func() (string, error) { return cmp.Or(c.login, "casey"), nil }, Now: c.now, Zone: time.UTC})
}

// call calls the program without a terminal, and expects a code.
func (c *caller) call(want Code, args ...string) string {
	c.t.Helper()
	var out, errs bytes.Buffer
	if got := c.run(c.t.Context(), &bytes.Buffer{}, &out, &errs, args...); got != want {
		c.t.Fatalf("%v: exit code %d, want %d:\n%s%s", args, got, want, out.String(), errs.String())
	}
	return out.String()
}

// watched is an output that can be waited on for a text.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newWatched() *watched { return &watched{more: make(chan struct{}, 1)} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// until returns once the text has been written.
func (w *watched) until(ctx context.Context, part string) error {
	for !bytes.Contains([]byte(w.String()), []byte(part)) {
		select {
		case <-w.more:
		case <-ctx.Done():
			return fmt.Errorf("no %q in %q: %w", part, w.String(), ctx.Err())
		}
	}
	return nil
}
