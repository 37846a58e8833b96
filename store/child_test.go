package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Tests with several processes start this binary again; these variables say
// what it is to do instead of testing.
const (
	childTask = "COUNTERSIGN_STORE_CHILD"
	childDir  = "COUNTERSIGN_STORE_DIR"
	// heavy makes the tests that repeat do so as often as the targets say.
	heavy = "COUNTERSIGN_HEAVY"
)

func TestMain(m *testing.M) {
	task := os.Getenv(childTask)
	if task == "" {
		goleak.VerifyTestMain(m)
	}
	if err := runChild(context.Background(), task, os.Getenv(childDir)); err != nil {
		fmt.Fprintln(os.Stderr, task+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runChild(ctx context.Context, task, dir string) error {
	if step, is := strings.CutPrefix(task, restoreUntil); is {
		return restoreKilledAt(ctx, dir, step)
	}
	if step, is := strings.CutPrefix(task, restoreBroken); is {
		return restoreBrokenFrom(ctx, dir, step)
	}
	switch task {
	case "open":
		// Wait until everybody is ready, so that all open at once.
		if _, err := io.ReadAll(os.Stdin); err != nil {
			return err
		}
		db, err := Open(ctx, Options{Dir: dir})
		if err != nil {
			return err
		}
		return db.Close()
	case "decide":
		return decideAll(ctx, dir)
	case "hold the write lock":
		return holdWriteLock(ctx, dir)
	case "open forbidden":
		return openForbidden(ctx, dir)
	case "write until killed":
		return writeUntilKilled(ctx, dir)
	}
	return fmt.Errorf("unknown task")
}

// child is another process of this test binary.
type child struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
	err strings.Builder
}

// startChild starts a process for a task. It waits for its standard input to
// close before it begins.
func startChild(t *testing.T, task, dir string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(exe)}
	c.Env = append(os.Environ(), childTask+"="+task, childDir+"="+dir)
	c.Stderr = &c.err
	if c.in, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// isHeavy reports whether the long versions were asked for.
func isHeavy() bool { return os.Getenv(heavy) == "1" }

// writeUntilKilled commits rows and names each one after its commit.
func writeUntilKilled(ctx context.Context, dir string) error {
	db, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		key := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if err := db.Write(ctx, func(tx *Tx) error { return put(tx, key) }); err != nil {
			return err
		}
		fmt.Println(key)
	}
}
