package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// logged is a store with n lines, one a second, of changing level and component.
func logged(t testing.TB, n int) (*DB, time.Time) {
	t.Helper()
	db, c := open(t)
	start := c.Now()
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	lines := make([]LogLine, n)
	for i := range lines {
		lines[i] = LogLine{At: start.Add(time.Duration(i) * time.Second), Level: levels[i%4], Component: []string{"worker", "ui", "store"}[i%3],
			Message: fmt.Sprintf("line %d of 100%%", i), Fields: fmt.Sprintf(`{"i":%d}`, i), Correlation: model.CorrelationID([]string{"", "abc"}[i%2])}
	}
	for chunk := range slices.Chunk(lines, 1000) {
		if err := db.AppendLog(t.Context(), chunk); err != nil {
			t.Fatal(err)
		}
	}
	return db, start
}

func TestLogLinesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	db, start := logged(t, 60)
	list := func(q LogQuery) (ids []int64) {
		for q.Span.Limit = 7; ; {
			page, err := db.LogLines(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page.Rows {
				ids = append(ids, l.ID)
			}
			if q.Span.After = page.Next(); q.Span.After.IsZero() {
				return ids
			}
		}
	}
	fits := func(fits func(i int64) bool) (ids []int64) {
		for i := int64(59); i >= 0; i-- {
			if fits(i) {
				ids = append(ids, i+1)
			}
		}
		return ids
	}
	for _, tt := range []struct {
		name string
		q    LogQuery
		want func(i int64) bool
	}{
		{"all", LogQuery{Level: slog.LevelDebug}, func(int64) bool { return true }},
		{"information and above", LogQuery{Level: slog.LevelInfo}, func(i int64) bool { return i%4 >= 1 }},
		{"warnings and above", LogQuery{Level: slog.LevelWarn}, func(i int64) bool { return i%4 >= 2 }},
		{"errors", LogQuery{Level: slog.LevelError}, func(i int64) bool { return i%4 == 3 }},
		{"a component", LogQuery{Level: slog.LevelDebug, Component: "ui"}, func(i int64) bool { return i%3 == 1 }},
		{"errors of a component", LogQuery{Level: slog.LevelError, Component: "ui"}, func(i int64) bool { return i%12 == 7 }},
		{"a component that never spoke", LogQuery{Component: "x"}, func(int64) bool { return false }},
		{"a correlation", LogQuery{Level: slog.LevelDebug, Correlation: "abc"}, func(i int64) bool { return i%2 == 1 }},
		{"from", LogQuery{Level: slog.LevelDebug, From: start.Add(40 * time.Second)}, func(i int64) bool { return i >= 40 }},
		{"to", LogQuery{Level: slog.LevelDebug, To: start.Add(5 * time.Second)}, func(i int64) bool { return i < 5 }},
		{"between", LogQuery{Level: slog.LevelDebug, From: start.Add(20 * time.Second), To: start.Add(30 * time.Second)}, func(i int64) bool { return i >= 20 && i < 30 }},
		{"after the end", LogQuery{From: start.Add(time.Hour)}, func(int64) bool { return false }},
	} {
		if got, want := list(tt.q), fits(tt.want); !slices.Equal(got, want) {
			t.Errorf("%s: %v\nwant %v", tt.name, got, want)
		}
	}
	page, err := db.LogLines(t.Context(), LogQuery{Level: slog.LevelDebug, Span: Span{Limit: 1}})
	want := LogLine{ID: 60, At: start.Add(59 * time.Second), Level: slog.LevelError, Component: "store", Message: "line 59 of 100%",
		Fields: `{"i":59}`, Correlation: "abc"}
	if err != nil || page.Rows[0] != want {
		t.Errorf("row = %+v, %v; want %+v", page.Rows[0], err, want)
	}
	if names, err := db.Components(t.Context()); err != nil || !slices.Equal(names, []string{"store", "ui", "worker"}) {
		t.Errorf("components = %v, %v", names, err)
	}
}

func TestSearchLogFindsPartsOfWords(t *testing.T) {
	t.Parallel()
	db, _ := logged(t, 60)
	search := func(q LogQuery, part string, most int) (ids []int64, next Cursor) {
		q.Parts = []string{part}
		next, err := db.SearchLog(t.Context(), q, func(l LogLine) bool {
			ids = append(ids, l.ID)
			return len(ids) < most
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids, next
	}
	debug := LogQuery{Level: slog.LevelDebug}
	for _, tt := range []struct {
		part string
		want []int64
	}{
		{"INE 5 of", []int64{6}},
		{`"i":42}`, []int64{43}},
		{"%", nil}, // every line has one, so it is looked for as it is
		{"_", []int64{}},
	} {
		got, next := search(debug, tt.part, 100)
		if tt.want == nil && len(got) != 60 || tt.want != nil && !slices.Equal(got, tt.want) || !next.IsZero() {
			t.Errorf("%q: %v, next %v; want %v", tt.part, got, next, tt.want)
		}
	}
	if got, _ := search(LogQuery{Level: slog.LevelError, Component: "ui"}, "line 1", 100); !slices.Equal(got, []int64{20}) {
		t.Errorf("among the errors of a component: %v, want 20", got)
	}
	first, next := search(debug, "line", 25)
	debug.Span.After = next
	rest, end := search(debug, "line", 100)
	if len(first) != 25 || len(rest) != 35 || rest[0] != first[24]-1 || !end.IsZero() {
		t.Errorf("stopped after %d, went on with %v", len(first), rest)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.SearchLog(ctx, LogQuery{Parts: []string{"x"}}, func(LogLine) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Errorf("a search after its end: %v", err)
	}
}

func TestPruneLogsRemovesTheOldest(t *testing.T) {
	t.Parallel()
	db, start := logged(t, 12_000)
	if err := db.AppendTraffic(t.Context(), Traffic{At: start}); err != nil {
		t.Fatal(err)
	}
	n, err := db.PruneLogs(t.Context(), start.Add(11_000*time.Second))
	if err != nil || n != 11_001 {
		t.Errorf("pruned %d, %v; want 11,000 lines and a command", n, err)
	}
	page, err := db.LogLines(t.Context(), LogQuery{Level: slog.LevelDebug, To: start.Add(11_001 * time.Second)})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != 11_001 {
		t.Errorf("left: %+v, %v", page, err)
	}
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	want := Traffic{ID: 1, At: c.Now(), Command: "share-record --email=A --action=grant U", Path: "/api/v2/executecommand-async", Priority: "decision",
		Waited: 5 * time.Millisecond, Took: time.Second, Status: 202, Outcome: "done", ServiceID: "id", Problem: "p", Correlation: "abc"}
	for _, v := range []Traffic{want, {At: c.Now().Add(time.Hour), Command: "search '*'", Outcome: "read"}} {
		if err := db.AppendTraffic(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	for name, q := range map[string]TrafficQuery{
		"outcome": {Outcome: "done"}, "words": {Words: []string{"SHARE", "grant"}}, "correlation": {Correlation: "abc"},
		"time": {To: c.Now().Add(time.Minute)}, "second page": {Span: Span{After: Cursor{SortNewest, 0, 2}}},
	} {
		page, err := db.Traffic(t.Context(), q)
		if err != nil || len(page.Rows) != 1 || page.Rows[0] != want {
			t.Errorf("by %s: %+v, %v; want %+v", name, page.Rows, err, want)
		}
	}
}

func TestLogHandlerStoresWhatItIsTold(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	h := NewLogHandler(db, slog.LevelInfo)
	log := slog.New(h).With(LogComponent, "worker", "a", 1)
	log.Debug("too low")
	log.Info("plain")
	log.With(LogCorrelation, model.CorrelationID("abc")).WithGroup("g").Error("full\x1b",
		"err", errors.New("broken"), "took", time.Second, slog.Group("deep", "at", c.Now()), "f", func() {}, LogComponent, "a field in a group")
	h.Flush()
	page, err := db.LogLines(t.Context(), LogQuery{Level: slog.LevelDebug})
	if err != nil || len(page.Rows) != 2 {
		t.Fatalf("%+v, %v; want 2 lines", page.Rows, err)
	}
	full, plain := page.Rows[0], page.Rows[1]
	if plain.Message != "plain" || plain.Level != slog.LevelInfo || plain.Component != "worker" || plain.Fields != `{"a":1}` || plain.Correlation != "" {
		t.Errorf("plain line: %+v", plain)
	}
	if full.Message != "full\x1b" || full.Level != slog.LevelError || full.Component != "worker" || full.Correlation != "abc" {
		t.Errorf("full line: %+v", full)
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(full.Fields), &fields); err != nil {
		t.Fatalf("fields %s: %v", full.Fields, err)
	}
	for key, want := range map[string]any{"a": 1.0, "g.err": "broken", "g.took": "1s", "g.deep.at": "2026-11-21T10:00:00.123456Z",
		"g.component": "a field in a group"} {
		if fields[key] != want {
			t.Errorf("field %s = %v, want %v", key, fields[key], want)
		}
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	log.Info("after the end")
	h.Flush()
}

func TestLogHandlerStoresTrafficBesideLines(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	h := NewLogHandler(db, slog.LevelInfo)
	for i := range 3 {
		slog.New(h).Info("line")
		h.Traffic(Traffic{At: c.Now(), Command: fmt.Sprintf("get %d", i), Outcome: "done", Correlation: "abc"})
	}
	h.Flush()
	lines, err := db.LogLines(t.Context(), LogQuery{Level: slog.LevelDebug})
	if err != nil {
		t.Fatal(err)
	}
	calls, err := db.Traffic(t.Context(), TrafficQuery{Correlation: "abc"})
	if err != nil || len(lines.Rows) != 3 || len(calls.Rows) != 3 || calls.Rows[0].Command != "get 2" {
		t.Errorf("%d lines and the commands %+v, %v", len(lines.Rows), calls.Rows, err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	h.Traffic(Traffic{Command: "after the end"})
}

func TestLogHandlerNeverWaitsAndCountsWhatItLost(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	h := NewLogHandler(db, slog.LevelInfo)
	log := slog.New(h)

	// Another transaction on log.db holds up the handler's.
	started, release := make(chan struct{}), make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- db.log.write(context.Background(), func(*Tx) error { close(started); <-release; return nil })
	}()
	<-started
	const lines = 3 * logQueue
	for i := range lines {
		log.Info("line", "i", i)
	}
	close(release)
	if err := <-held; err != nil {
		t.Fatal(err)
	}
	h.Flush()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	stored, lost := 0, 0
	if _, err := db.SearchLog(t.Context(), LogQuery{Parts: []string{"line"}}, func(l LogLine) bool {
		if l.Component == "log" {
			n := 0
			if _, err := fmt.Sscanf(l.Message, "%d log lines were lost", &n); err != nil {
				t.Errorf("%q: %v", l.Message, err)
			}
			lost += n
			return true
		}
		stored++
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if stored+lost != lines || lost == 0 {
		t.Errorf("%d stored and %d said to be lost of %d", stored, lost, lines)
	}
}

func TestLogHandlerFailsQuietly(t *testing.T) {
	t.Parallel()
	dir := onSmallDisk(t, "size=4m")
	db := openIn(t, Options{Dir: dir})
	h := NewLogHandler(db, slog.LevelInfo)
	slog.New(h).Info(strings.Repeat("larger than the disk", 1<<18))
	h.Flush()
	if err := h.Err(); !errors.Is(err, &Fault{Kind: FaultFull}) {
		t.Errorf("Err = %v, want FaultFull", err)
	}
	if err := h.Close(); err == nil {
		t.Error("Close does not say that lines were lost")
	}
	if content, err := os.ReadFile(db.log.path); err != nil || !bytes.Contains(content, []byte("SQLite")) {
		t.Errorf("the log file: %v", err)
	}
}
