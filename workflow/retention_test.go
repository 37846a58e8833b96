package workflow

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/store"
)

// keeper is a worker without a vault, over a queue whose clock the test sets.
func keeper(t *testing.T, now *time.Time, keep time.Duration) (*Worker, *store.DB) {
	t.Helper()
	clock := func() time.Time { return *now }
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w, err := NewWorker(New(db, Options{Settings: Settings{LogKeep: keep}, Now: clock}), nil, WorkerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return w, db
}

// logAt puts a line and a call of that moment into the logs, named by text.
func logAt(t *testing.T, db *store.DB, at time.Time, text string) {
	t.Helper()
	if err := db.AppendLog(t.Context(), []store.LogLine{{At: at, Component: "test", Message: text}}); err != nil {
		t.Fatal(err)
	}
	if err := db.AppendTraffic(t.Context(), store.Traffic{At: at, Command: text, Outcome: "done"}); err != nil {
		t.Fatal(err)
	}
}

// wantLogs compares what is in both logs, the newest first.
func wantLogs(t *testing.T, db *store.DB, want ...string) {
	t.Helper()
	lines, err := db.LogLines(t.Context(), store.LogQuery{})
	if err != nil {
		t.Fatal(err)
	}
	calls, err := db.Traffic(t.Context(), store.TrafficQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var said, called []string
	for _, l := range lines.Rows {
		said = append(said, l.Message)
	}
	for _, c := range calls.Rows {
		called = append(called, c.Command)
	}
	if !slices.Equal(said, want) || !slices.Equal(called, want) {
		t.Errorf("lines %q and calls %q, want %q", said, called, want)
	}
}

func TestLogsArePrunedOnceADay(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	now := start
	w, db := keeper(t, &now, 30*day)
	tenure := &tenure{ctx: t.Context()}
	logAt(t, db, start.Add(-31*day), "too old")
	logAt(t, db, start.Add(-30*day+time.Hour), "old enough in an hour")
	logAt(t, db, start, "new")

	due := w.pruneLogs(tenure, time.Time{})
	wantLogs(t, db, "new", "old enough in an hour")

	now = start.Add(day - time.Second)
	due = w.pruneLogs(tenure, due)
	wantLogs(t, db, "new", "old enough in an hour")

	now = start.Add(day)
	due = w.pruneLogs(tenure, due)
	wantLogs(t, db, "new")
	if want := start.Add(2 * day); !due.Equal(want) {
		t.Errorf("due again at %s, want %s", due, want)
	}
}

func TestLogsThatCannotBePrunedAreTriedAgainInAnHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	w, db := keeper(t, &now, time.Hour)
	logAt(t, db, now.Add(-2*time.Hour), "old")
	broken, cancel := context.WithCancel(t.Context())
	cancel()
	due := w.pruneLogs(&tenure{ctx: broken}, time.Time{})
	wantLogs(t, db, "old")
	if want := now.Add(time.Hour); !due.Equal(want) {
		t.Errorf("due again at %s, want %s", due, want)
	}
	now = due
	w.pruneLogs(&tenure{ctx: t.Context()}, due)
	wantLogs(t, db)
}

func TestLogsAreKeptForEverWithoutALimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	w, db := keeper(t, &now, 0)
	logAt(t, db, now.AddDate(-20, 0, 0), "of another age")
	// It has nothing to do, so it returns although its tenure goes on.
	if err := w.keepLogs(&tenure{ctx: t.Context()}); err != nil {
		t.Error(err)
	}
	wantLogs(t, db, "of another age")
}

func TestLogsAreShrunkWhenTheyTakeTooMuchRoom(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	now := start
	w, db := keeper(t, &now, 0)
	tenure := &tenure{ctx: t.Context()}
	for chunk := range 4 {
		lines := make([]store.LogLine, 5000)
		for i := range lines {
			lines[i] = store.LogLine{At: start.Add(time.Duration(5000*chunk+i) * time.Second), Message: strings.Repeat("word ", 20)}
		}
		if err := db.AppendLog(t.Context(), lines); err != nil {
			t.Fatal(err)
		}
	}
	full, err := db.LogSize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	used := func() int64 {
		size, err := db.LogSize(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return size.Used
	}
	w.svc.settings.LogMost = full.Used
	due := w.shrinkLogs(tenure, time.Time{})
	if used() != full.Used {
		t.Errorf("a log that has its size is shrunk to %d of %d bytes", used(), full.Used)
	}
	w.svc.settings.LogMost = full.Used * 8 / 10
	now = due.Add(-time.Second)
	due = w.shrinkLogs(tenure, due)
	if used() != full.Used {
		t.Error("the size is looked at before its time")
	}
	now = due
	due = w.shrinkLogs(tenure, due)
	if got, most := used(), w.svc.settings.LogMost; got > most*shrinkTo/100 || got < most/2 {
		t.Errorf("%d bytes are left of %d, want just under %d %% of %d", got, full.Used, shrinkTo, most)
	}
	page, err := db.LogLines(t.Context(), store.LogQuery{})
	if newest := start.Add(19999 * time.Second); err != nil || !page.Rows[0].At.Equal(newest) {
		t.Errorf("the newest line is of %v, %v", page.Rows[0].At, err)
	}
	if want := start.Add(2 * shrinkEvery); !due.Equal(want) {
		t.Errorf("due again at %s, want %s", due, want)
	}
}
