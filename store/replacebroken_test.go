package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// restoreBroken begins the task of a process that restores, and in which nothing is
// made durable any more from a step on.
const restoreBroken = "restore without fsync from "

func restoreBrokenFrom(ctx context.Context, dir, step string) error {
	runtime.LockOSThread() // the filter is this thread's
	r, err := startRestoreOf(ctx, dir)
	if err != nil {
		return err
	}
	r.reached = func(at string) {
		if at == step {
			err = nothingDurable()
		}
	}
	done, replaceErr := r.Replace(ctx, true)
	var f *Fault
	unsure := errors.As(replaceErr, &f) && f.Unsure
	fmt.Printf("unsure %v, aside %v, %v\n", unsure, done.Aside != "", strings.ReplaceAll(fmt.Sprint(replaceErr), "\n", " "))
	return errors.Join(err, r.Discard())
}

// Where nobody knows whether the queue was replaced, nobody says so, and the checkpoints
// that are left are true of both; otherwise all is as it was.
func TestARestoreThatCannotBeMadeDurableSaysSo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		how, step string
		unsure    bool
	}{
		{"sound", "kept aside", false}, {"sound", "checkpoints", true}, {"damaged", "checkpoints", false}, {"gone", "taken away", true},
	} {
		t.Run(tt.how+" "+tt.step, func(t *testing.T) {
			t.Parallel()
			base, heads := toRestore(t)
			dir := filepath.Join(base, "queue")
			spoilt(t, filepath.Join(dir, queueName), tt.how)
			before := contents(t, dir)
			c := startChild(t, restoreBroken+tt.step, base)
			c.in.Close()
			said := ""
			for c.out.Scan() {
				said += c.out.Text()
			}
			if err := c.Wait(); strings.Contains(c.err.String(), "let no fsync succeed") {
				t.Skip(&c.err)
			} else if err != nil {
				t.Fatalf("%v: %s", err, &c.err)
			}
			if want := fmt.Sprintf("unsure %v, aside %[1]v, ", tt.unsure); !strings.HasPrefix(said, want) || strings.HasSuffix(said, "<nil>") {
				t.Errorf("it says %q, want %q", said, want)
			}
			beside, all := headsIn(t, dir)
			switch left, err := unfinished(dir); {
			case err != nil:
				t.Error(err)
			case tt.unsure && (len(left) != 1 || len(beside) != 1 || len(all) != len(heads)):
				t.Errorf("%v, checkpoints of %v and %v everywhere", left, beside, all)
			case !tt.unsure && (len(left) > 0 || len(beside) != len(heads)):
				t.Errorf("%v is left, checkpoints of %v", left, beside)
			}
			for name, content := range contents(t, dir) {
				if was, there := before[name]; !tt.unsure && (!there || was != content) {
					t.Errorf("%s has %d bytes, and had %d", name, len(content), len(was))
				}
			}
			if _, err := restore(t, dir, filepath.Join(base, "backup.db"), true, nil); err != nil {
				t.Fatal(err)
			}
			if got := keysIn(t, dir); got != "before" {
				t.Errorf("in the end the queue has %q", got)
			}
		})
	}
}
