package cli

import (
	"bytes"
	"context"
	"testing"
)

func TestWorkerEndsInGoodOrder(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	ctx, stop := context.WithCancel(t.Context())
	errs := newWatched()
	code := make(chan Code, 1)
	go func() { code <- c.run(ctx, &bytes.Buffer{}, &bytes.Buffer{}, errs, "worker") }()
	if err := errs.until(t.Context(), "with the vault service at http://127.0.0.1:9"); err != nil {
		t.Fatal(err)
	}
	stop()
	if got := <-code; got != CodeOK {
		t.Errorf("exit code %d", got)
	}
	if err := errs.until(t.Context(), "the worker has ended"); err != nil {
		t.Error(err)
	}
}
