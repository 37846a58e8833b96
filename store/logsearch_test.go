package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
)

// hits are the ids of the lines that a search finds, asked for a few at a time.
func hits(t testing.TB, db *DB, q LogQuery, few int) (ids []int64) {
	t.Helper()
	for {
		n := 0
		next, err := db.SearchLog(t.Context(), q, func(l LogLine) bool {
			ids = append(ids, l.ID)
			n++
			return n < few
		})
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() {
			return ids
		}
		q.Span.After = next
	}
}

func appendLines(t testing.TB, db *DB, lines ...LogLine) {
	t.Helper()
	if err := db.AppendLog(t.Context(), lines); err != nil {
		t.Fatal(err)
	}
}

func TestWordsAreFoundInTheLog(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	appendLines(t, db,
		LogLine{Message: `REQ0010042: share-record on "prod-db-01" is done`},
		LogLine{Message: "Zürich is away", Fields: `{"error":"vault service: no answer in time"}`},
		LogLine{Message: "100% of 55 calls", Level: slog.LevelError},
		LogLine{Message: "share nothing"})
	for _, tt := range []struct {
		words []string
		want  []int64
	}{
		{[]string{"share"}, []int64{4, 1}},
		{[]string{"share-record"}, []int64{1}},
		{[]string{"record-share"}, nil},
		{[]string{"prod-db-01", "share"}, []int64{1}},
		{[]string{"sha"}, []int64{4, 1}},
		{[]string{"sha", "done"}, nil}, // only the last word may be unfinished
		{[]string{"hare"}, nil},        // a part of a word is no word
		{[]string{"zurich"}, []int64{2}},
		{[]string{"REQ0010042"}, []int64{1}},
		{[]string{"answer", "time"}, []int64{2}},
		{[]string{"share", "OR", "zurich"}, nil},
		{[]string{"%"}, []int64{3}}, // no word: looked for as it is
		{[]string{"-", "%"}, nil},
		{nil, []int64{4, 3, 2, 1}},
	} {
		q := LogQuery{Level: slog.LevelDebug, Words: tt.words}
		if got := hits(t, db, q, 100); !slices.Equal(got, tt.want) {
			t.Errorf("words %q: %v, want %v", tt.words, got, tt.want)
		}
	}
	mixed := LogQuery{Level: slog.LevelDebug, Words: []string{"share"}, Parts: []string{"OTHIN"}}
	if got := hits(t, db, mixed, 100); !slices.Equal(got, []int64{4}) {
		t.Errorf("a word and a part: %v, want 4", got)
	}
}

// TestSearchingIsFilteringByHand holds every kind of search, stopped and gone on
// with at random, against the filter written out.
func TestSearchingIsFilteringByHand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		db, c := open(t)
		defer db.Close()
		start := c.Now()
		words := []string{"share", "record", "done", "away", "prod"}
		word := rapid.SampledFrom(words)
		levels := rapid.SampledFrom([]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError})
		components := rapid.SampledFrom([]string{"worker", "console"})
		var lines []LogLine
		for i := range rapid.IntRange(0, 60).Draw(r, "lines") {
			lines = append(lines, LogLine{ID: int64(i + 1), At: start.Add(time.Duration(i) * time.Minute), Level: levels.Draw(r, "level"), Component: components.Draw(r, "component"),
				Message:     strings.Join(rapid.SliceOfN(word, 1, 4).Draw(r, "message"), rapid.SampledFrom([]string{" ", "-", "_"}).Draw(r, "joint")),
				Correlation: model.CorrelationID(rapid.SampledFrom([]string{"", "abc"}).Draw(r, "correlation"))})
		}
		for chunk := range slices.Chunk(lines, 7) {
			appendLines(t, db, chunk...)
			if rapid.Bool().Draw(r, "index") {
				if _, err := db.IndexLog(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		q := LogQuery{Level: levels.Draw(r, "least"), Words: rapid.SliceOfN(word, 0, 2).Draw(r, "words"), Parts: rapid.SliceOfN(rapid.SampledFrom([]string{"REC", "d", "e-a", " "}), 0, 1).Draw(r, "parts"),
			Above: rapid.Int64Range(0, 30).Draw(r, "above")}
		if rapid.Bool().Draw(r, "of a component") {
			q.Component = "worker"
		}
		if rapid.Bool().Draw(r, "of a matter") {
			q.Correlation = "abc"
		}
		if rapid.Bool().Draw(r, "from") {
			q.From = start.Add(time.Duration(rapid.IntRange(0, 60).Draw(r, "from minute")) * time.Minute)
		}
		if rapid.Bool().Draw(r, "to") {
			q.To = start.Add(time.Duration(rapid.IntRange(0, 60).Draw(r, "to minute")) * time.Minute)
		}
		var want []int64
		for _, l := range slices.Backward(lines) {
			if fits(l, q) {
				want = append(want, l.ID)
			}
		}
		if got := hits(t, db, q, rapid.IntRange(1, 9).Draw(r, "few")); !slices.Equal(got, want) {
			r.Fatalf("%+v finds %v, want %v", q, got, want)
		}
	})
}

// fits is the plain meaning of a query, for lines whose words are small letters.
func fits(l LogLine, q LogQuery) bool {
	words := strings.FieldsFunc(l.Message, func(r rune) bool { return r < 'a' || r > 'z' })
	for _, w := range q.Words {
		if !slices.Contains(words, w) {
			return false
		}
	}
	for _, p := range q.Parts {
		if !strings.Contains(l.Message, strings.ToLower(p)) {
			return false
		}
	}
	return l.Level >= q.Level && l.ID > q.Above && (q.Component == "" || l.Component == q.Component) &&
		(q.Correlation == "" || l.Correlation == q.Correlation) &&
		(q.From.IsZero() || !l.At.Before(q.From)) && (q.To.IsZero() || l.At.Before(q.To))
}

func TestASearchThatIsStoppedSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	db, start := logged(t, 3000)
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	at, err := db.SearchLog(ctx, LogQuery{Level: slog.LevelDebug, Parts: []string{"line"}}, func(LogLine) bool {
		if n++; n == 1500 {
			stop()
		}
		return true
	})
	// It ends with the step that it was in.
	if !errors.Is(err, context.Canceled) || n != 2000 {
		t.Fatalf("%v after %d lines, want it cancelled after the second step", err, n)
	}
	when, err := db.LogTime(t.Context(), at)
	if want := start.Add(1000 * time.Second); err != nil || !when.Equal(want) {
		t.Errorf("it came to %s, %v; want %s", when, err, want)
	}
	rest := hits(t, db, LogQuery{Level: slog.LevelDebug, Parts: []string{"line"}, Span: Span{After: at}}, 5000)
	if len(rest) != 1000 || rest[0] != 1000 {
		t.Errorf("going on finds %d lines from %d", len(rest), rest[0])
	}
}

func TestTheIndexOfWordsIsFilledInSteps(t *testing.T) {
	t.Parallel()
	db, _ := logged(t, 3*indexStep-1)
	for _, want := range []bool{true, true, false, false} {
		if more, err := db.IndexLog(t.Context()); err != nil || more != want {
			t.Errorf("more = %v, %v; want %v", more, err, want)
		}
	}
	if f, err := db.Facts(t.Context()); err != nil || f.LogUnindexed != 0 {
		t.Errorf("%d parts wait, %v", f.LogUnindexed, err)
	}
	checkIndex(t, db)
}

func TestMergingAPartLosesNothing(t *testing.T) {
	t.Parallel()
	db, _ := logged(t, 20*indexStep)
	for range 20 {
		if _, err := db.IndexLog(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	full := func() (v int) {
		if err := db.log.read(t.Context(), db.opt.Now, func(tx *Tx) error {
			_, err := tx.row("SELECT full FROM line_part WHERE part = 0", nil, []any{&v})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return v
	}
	steps := 0
	for ; full() == 0; steps++ {
		if err := db.mergePart(t.Context(), 0); err != nil || steps > 1000 {
			t.Fatalf("after %d steps: %v", steps, err)
		}
	}
	if steps < 2 {
		t.Errorf("there was nothing to merge")
	}
	if got := hits(t, db, LogQuery{Level: slog.LevelDebug, Words: []string{"line"}}, 100_000); len(got) != 20*indexStep {
		t.Errorf("%d lines are found", len(got))
	}
	checkIndex(t, db)
}

func TestSeveralProcessesIndexEachLineOnce(t *testing.T) {
	t.Parallel()
	db, _ := logged(t, 6*indexStep)
	other := openIn(t, Options{Dir: db.Dir()})
	var all sync.WaitGroup
	for _, d := range []*DB{db, other, db, other} {
		all.Go(func() {
			for more := true; more; {
				var err error
				if more, err = d.IndexLog(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := hits(t, db, LogQuery{Level: slog.LevelDebug, Words: []string{"line", "of"}}, 10_000); len(got) != 6*indexStep {
		t.Errorf("%d lines are found, want %d", len(got), 6*indexStep)
	}
	checkIndex(t, db)
}

// checkIndex lets SQLite compare the index of words with its text.
func checkIndex(t *testing.T, db *DB) {
	t.Helper()
	if err := db.log.write(t.Context(), func(tx *Tx) error {
		parts, err := tx.indexedParts()
		for p := range parts {
			if err == nil {
				_, err = tx.exec(strings.ReplaceAll("INSERT INTO WORDS (WORDS) VALUES ('integrity-check')", "WORDS", p.table()))
			}
		}
		return err
	}); err != nil {
		t.Errorf("the index of words: %v", err)
	}
	var found string
	if err := db.log.upkeep(t.Context(), func(c session) error { return c.one(t.Context(), "PRAGMA integrity_check(1)", nil, []any{&found}) }); err != nil || found != "ok" {
		t.Errorf("the file: %q, %v", found, err)
	}
}

// TestPartsOfTheIndexComeAndGoWithTheirLines has lines in three parts of the index.
func TestPartsOfTheIndexComeAndGoWithTheirLines(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	// Lines of one part, put where the others would be after a million.
	for _, first := range []int64{1, partLines - 1, 2*partLines + 7} {
		for i := range int64(4) {
			if err := db.log.write(t.Context(), func(tx *Tx) error {
				id, err := tx.component(map[string]int64{}, "test")
				if err != nil {
					return err
				}
				_, err = tx.exec("INSERT INTO line (id, at, level, component, message, fields, correlation) VALUES ($1, $2, 0, $3, 'share record', '', '')",
					first+i, micros(c.Now())+first+i, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	q := LogQuery{Level: slog.LevelDebug, Words: []string{"share"}}
	want := []int64{2*partLines + 10, 2*partLines + 9, 2*partLines + 8, 2*partLines + 7, partLines + 2, partLines + 1, partLines, partLines - 1, 4, 3, 2, 1}
	if f, err := db.Facts(t.Context()); err != nil || f.LogUnindexed != 3 {
		t.Errorf("%d parts wait, %v; want 3", f.LogUnindexed, err)
	}
	if got := hits(t, db, q, 3); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	checkIndex(t, db)
	if _, err := db.PruneLogs(t.Context(), timeOf(micros(c.Now())+partLines+1)); err != nil {
		t.Fatal(err)
	}
	if got := hits(t, db, q, 3); !slices.Equal(got, want[:6]) {
		t.Errorf("found %v, want %v", got, want[:6])
	}
	checkIndex(t, db)
	tables := func() (n int) {
		if err := db.log.read(t.Context(), db.opt.Now, func(tx *Tx) error {
			_, err := tx.row("SELECT count(*) FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'", nil, []any{&n})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := tables(); n != 2 {
		t.Errorf("%d parts are left, want 2: the first has no lines any more", n)
	}
	if n, err := db.EraseLogs(t.Context(), "record"); err != nil || n != 6 {
		t.Errorf("erased %d, %v", n, err)
	}
	if n := tables(); n != 0 {
		t.Errorf("%d parts are left with the words of lines that were erased", n)
	}
	appendLines(t, db, LogLine{Message: "share nothing"})
	if got := hits(t, db, q, 3); !slices.Equal(got, []int64{1}) {
		t.Errorf("after all went: %v", got)
	}
}

func TestWhatIsRemovedLeavesTheIndexOfWords(t *testing.T) {
	t.Parallel()
	db, start := logged(t, 3*pruneStep)
	for range 21 { // two thirds of it
		if _, err := db.IndexLog(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	half := start.Add(3 * pruneStep / 2 * time.Second)
	if n, err := db.PruneLogs(t.Context(), half); err != nil || n != 3*pruneStep/2 {
		t.Fatalf("pruned %d, %v", n, err)
	}
	all := LogQuery{Level: slog.LevelDebug, Words: []string{"line"}}
	if got := hits(t, db, all, 100_000); len(got) != 3*pruneStep/2 || got[len(got)-1] != 3*pruneStep/2+1 {
		t.Errorf("%d lines are found, down to %d", len(got), got[len(got)-1])
	}
	checkIndex(t, db)
	if _, err := db.PruneLogs(t.Context(), start.Add(time.Hour*24*365)); err != nil {
		t.Fatal(err)
	}
	// Ids begin again, and so does the index.
	appendLines(t, db, LogLine{Message: "line after all"})
	if got := hits(t, db, all, 10); !slices.Equal(got, []int64{1}) {
		t.Errorf("after everything was removed: %v, want 1", got)
	}
	checkIndex(t, db)
}

func TestShrinkingRemovesTheOldestUntilTheLogIsSmall(t *testing.T) {
	t.Parallel()
	db, start := logged(t, 8*pruneStep)
	for i := range 8 {
		if err := db.AppendTraffic(t.Context(), Traffic{At: start.Add(time.Duration(i*pruneStep) * time.Second), Command: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := db.LogSize(t.Context())
	if err != nil || before.Used > before.File {
		t.Fatalf("size %+v, %v", before, err)
	}
	if n, err := db.ShrinkLogs(t.Context(), before.Used); err != nil || n != 0 {
		t.Errorf("removed %d, %v, of a log that was small enough", n, err)
	}
	n, err := db.ShrinkLogs(t.Context(), before.Used/2)
	if err != nil {
		t.Fatal(err)
	}
	after, err := db.LogSize(t.Context())
	if err != nil || after.Used > before.Used/2 || after.Used < before.Used/4 {
		t.Errorf("from %d bytes to %d, %v; want just under half", before.Used, after.Used, err)
	}
	oldest, err := db.oldestLine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page, err := db.Traffic(t.Context(), TrafficQuery{})
	if err != nil || len(page.Rows) == 0 || len(page.Rows) == 8 {
		t.Fatalf("%d commands are left, %v", len(page.Rows), err)
	}
	for _, v := range page.Rows {
		if v.At.Before(oldest) {
			t.Errorf("a command of %s is left, the oldest line is of %s", v.At, oldest)
		}
	}
	left := hits(t, db, LogQuery{Level: slog.LevelDebug}, 100_000)
	if int(n)+len(left)+len(page.Rows) != 8*pruneStep+8 {
		t.Errorf("%d lines and %d commands are left, and %d rows were removed", len(left), len(page.Rows), n)
	}
	if n, err := db.ShrinkLogs(t.Context(), 0); err != nil || n == 0 {
		t.Errorf("removed %d, %v", n, err)
	}
	if page, err := db.Traffic(t.Context(), TrafficQuery{}); err != nil || len(page.Rows) != 0 {
		t.Errorf("%d commands are left, %v", len(page.Rows), err)
	}
}
