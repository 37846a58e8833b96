package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// logRows says how many lines the big log has; without it, few.
const logRows = "COUNTERSIGN_LOG_ROWS"

// bigLine is a line as the program writes them: some hundred bytes of text, words
// that are in most lines and one that is in one of a million.
func bigLine(random *rand.Rand, i int, at time.Time) LogLine {
	l := LogLine{At: at, Component: []string{"worker", "console", "audit", "countersign", "budget"}[random.IntN(5)], Level: slog.LevelInfo,
		Message: fmt.Sprintf("REQ%07d, SCTASK%07d: share-record on %q is done after %d ms", i/3, i/3, fmt.Sprintf("prod-db-%04d", random.IntN(5000)), random.IntN(900)),
		Fields:  fmt.Sprintf(`{"operation":%d}`, i)}
	switch n := random.IntN(1000); {
	case n < 5:
		l.Level = slog.LevelError
	case n < 30:
		l.Level = slog.LevelWarn
	case n < 300:
		l.Level = slog.LevelDebug
	}
	if i%1_000_000 == 123_456 {
		l.Message += " zanzibar"
	}
	return l
}

// BenchmarkBigLog makes a log of COUNTERSIGN_LOG_ROWS lines and measures what
// people wait for in it, beside what SQLite alone takes for the same (STORAGE 7):
//
//	COUNTERSIGN_LOG_ROWS=10000000 go test ./store -run '^$' -bench BigLog -benchtime 5x -timeout 60m
func BenchmarkBigLog(b *testing.B) {
	rows := 100_000
	if v := os.Getenv(logRows); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 10_000 {
			b.Fatalf("%s=%s: want a number from 10000 on", logRows, v)
		}
		rows = n
	}
	dir := os.Getenv("COUNTERSIGN_LOG_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	db := openIn(b, Options{Dir: dir})
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return start.Add(time.Duration(i) * 100 * time.Millisecond) }

	b.Run("append a thousand a commit", func(b *testing.B) {
		top, err := db.LogTop(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		random := rand.New(rand.NewPCG(3, 4))
		n := int(top)
		began := time.Now()
		for b.Loop() {
			for n < rows {
				lines := make([]LogLine, 0, 1000)
				for ; len(lines) < cap(lines) && n < rows; n++ {
					lines = append(lines, bigLine(random, n, at(n)))
				}
				if err := db.AppendLog(b.Context(), lines); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(n-int(top))/time.Since(began).Seconds(), "rows/s")
	})
	size, err := db.LogSize(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("index the words", func(b *testing.B) {
		began, n := time.Now(), 0
		var steps []time.Duration
		for b.Loop() {
			for more := true; more; n++ {
				step := time.Now()
				var err error
				if more, err = db.IndexLog(b.Context()); err != nil {
					b.Fatal(err)
				}
				steps = append(steps, time.Since(step))
			}
		}
		b.ReportMetric(float64(n*indexStep)/time.Since(began).Seconds(), "rows/s")
		slices.Sort(steps)
		b.ReportMetric(float64(steps[len(steps)*99/100].Microseconds())/1000, "ms-p99-commit")
		b.ReportMetric(float64(steps[len(steps)-1].Microseconds())/1000, "ms-worst-commit")
		with, err := db.LogSize(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(with.Used-size.Used)/float64(size.Used), "index/table")
	})

	page := func(q LogQuery) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				if _, err := db.LogLines(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	all := LogQuery{Level: slog.LevelDebug, Span: Span{Limit: 100}}
	with := func(change func(q *LogQuery)) LogQuery {
		q := all
		change(&q)
		return q
	}
	b.Run("page, newest", page(all))
	b.Run("page, from the middle", page(with(func(q *LogQuery) { q.Span.After = Cursor{SortNewest, 0, int64(rows / 2)} })))
	b.Run("page, a day ago", page(with(func(q *LogQuery) { q.To = at(rows).Add(-24 * time.Hour) })))
	b.Run("page, errors", page(with(func(q *LogQuery) { q.Level = slog.LevelError })))
	b.Run("page, a component", page(with(func(q *LogQuery) { q.Component = "budget" })))
	b.Run("page, errors of a component", page(with(func(q *LogQuery) { q.Level, q.Component = slog.LevelError, "budget" })))

	search := func(q LogQuery, most int) func(b *testing.B) {
		return func(b *testing.B) {
			hits := 0
			for b.Loop() {
				hits = 0
				if _, err := db.SearchLog(b.Context(), q, func(LogLine) bool { hits++; return hits < most }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(hits), "hits")
		}
	}
	words := func(w ...string) LogQuery { return with(func(q *LogQuery) { q.Words = w }) }
	b.Run("search, information and above", search(with(func(q *LogQuery) { q.Level = slog.LevelInfo }), 100))
	b.Run("search, a part that is frequent", search(with(func(q *LogQuery) { q.Parts = []string{"share-rec"} }), 100))
	b.Run("search, a part that is nowhere", search(with(func(q *LogQuery) { q.Parts = []string{"nowhere"} }), 100))
	b.Run("the same in one statement of SQLite", func(b *testing.B) {
		for b.Loop() {
			var n int
			if err := db.log.read(b.Context(), db.opt.Now, func(tx *Tx) error {
				_, err := tx.row(`SELECT count(*) FROM line WHERE message LIKE '%nowhere%' OR fields LIKE '%nowhere%'`, nil, []any{&n})
				return err
			}); err != nil || n != 0 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("words, rare", search(words("zanzibar"), 100))
	b.Run("words, one that is begun", search(words("zanzi"), 100))
	b.Run("words, in every line", search(words("share", "record"), 100))
	b.Run("words, a name and a number", search(words("prod-db-0042", "done"), 100))
	b.Run("words, rare, among the errors", search(with(func(q *LogQuery) { q.Words, q.Level = []string{"prod-db-0042"}, slog.LevelError }), 100))
	b.Run("words, nowhere", search(words("nowhere"), 100))

	b.Run("append one a commit", func(b *testing.B) {
		random := rand.New(rand.NewPCG(5, 6))
		for i := rows; b.Loop(); i++ {
			if err := db.AppendLog(b.Context(), []LogLine{bigLine(random, i, at(i))}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("append one a commit, of a table without words", func(b *testing.B) {
		plain := openIn(b, Options{Dir: b.TempDir()})
		random := rand.New(rand.NewPCG(5, 6))
		for i := rows; b.Loop(); i++ {
			if err := plain.AppendLog(b.Context(), []LogLine{bigLine(random, i, at(i))}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("follow: from the commit to the page with it", func(b *testing.B) {
		ctx, stop := context.WithCancel(b.Context())
		defer stop()
		other := openIn(b, Options{Dir: dir}) // as another process
		grew := db.WatchLog(ctx)
		top, err := db.LogTop(ctx)
		if err != nil {
			b.Fatal(err)
		}
		for i := rows; b.Loop(); i++ {
			if err := other.AppendLog(ctx, []LogLine{{At: at(i), Component: "worker", Message: "one more"}}); err != nil {
				b.Fatal(err)
			}
			for {
				<-grew
				p, err := db.LogLines(ctx, with(func(q *LogQuery) { q.Above = top }))
				if err != nil {
					b.Fatal(err)
				}
				if len(p.Rows) > 0 {
					top = p.Rows[0].ID
					break
				}
			}
		}
	})
	b.Run("remove the oldest five thousand", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := db.pruneLog(b.Context(), lineTable(), time.Time{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
