package store

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"countersign/model"
)

// decisionBytes is what the prototype's decision wrote into the WAL; the ratio to
// one durable write of as much is a target (STORAGE 7).
const decisionBytes = 45_320

// durableWriter writes decisionBytes and waits for the disk, as into a WAL that
// has its size already.
type durableWriter struct {
	file    *os.File
	content []byte
	next    int64
}

func newDurableWriter(b *testing.B) *durableWriter {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	w := &durableWriter{file: f, content: make([]byte, decisionBytes)}
	if _, err := f.Write(make([]byte, 64*decisionBytes)); err != nil {
		b.Fatal(err)
	}
	return w
}

func (w *durableWriter) write(b *testing.B) {
	if _, err := w.file.WriteAt(w.content, w.next%64*decisionBytes); err != nil {
		b.Fatal(err)
	}
	w.next++
	if err := syscall.Fdatasync(int(w.file.Fd())); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkDecision decides and writes as much plainly in turn, and reports the
// medians and their ratio: the disk of a busy machine changes from one second to
// the next.
func BenchmarkDecision(b *testing.B) {
	db, _ := world(b)
	plain := newDurableWriter(b)
	const batch = 2000
	var numbers []model.Number
	var decisions, writes []time.Duration
	for i := 0; b.Loop(); i++ {
		if i%batch == 0 {
			b.StopTimer()
			numbers = waitingRequests(b, db, batch)
			b.StartTimer()
		}
		start := time.Now()
		if err := decide(b.Context(), db, numbers[i%batch], bob, "fine"); err != nil {
			b.Fatal(err)
		}
		decided := time.Now()
		plain.write(b)
		decisions, writes = append(decisions, decided.Sub(start)), append(writes, time.Since(decided))
	}
	d, w := median(decisions), median(writes)
	b.ReportMetric(float64(d.Nanoseconds()), "ns/decision")
	b.ReportMetric(float64(w.Nanoseconds()), "ns/plain-write")
	b.ReportMetric(float64(d)/float64(w), "decision/plain")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkDecisionsOfManySessions is one server process in which 64 sessions
// decide at once: their jobs share commits.
func BenchmarkDecisionsOfManySessions(b *testing.B) {
	db, _ := world(b)
	numbers := make(chan model.Number, b.N)
	for _, n := range waitingRequests(b, db, b.N) {
		numbers <- n
	}
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := decide(b.Context(), db, <-numbers, bob, "fine"); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkLostDecision(b *testing.B) {
	db, _ := world(b)
	n := waitingRequests(b, db, 1)[0]
	if err := decide(b.Context(), db, n, bob, "fine"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := decide(b.Context(), db, n, bob, "fine"); err != errLost {
			b.Fatal(err)
		}
	}
}

// manyRequests is a store with 200,000 requests (a million where heavy tests are
// asked for), of which one in fifty waits, spread over twenty groups.
func manyRequests(b *testing.B) (*DB, []model.GroupName) {
	b.Helper()
	db, c := world(b)
	total := 200_000
	if isHeavy() {
		total = 1_000_000
	}
	groups := make([]model.GroupName, 20)
	for i := range groups {
		groups[i] = model.GroupName(fmt.Sprintf("group %02d", i))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for done := 0; done < total; done += 5000 {
		write(b, db, func(tx *Tx) error {
			for i := range 5000 {
				tx.Now = c.Now().Add(time.Duration(done+i) * time.Second)
				if err := randomRequest(tx, random, groups[random.IntN(len(groups))]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return db, groups
}

func randomRequest(tx *Tx, random *rand.Rand, group model.GroupName) error {
	r, err := openRequest(tx, func(r *model.Request) {
		r.RequestedBy = []model.PersonID{alice, carol}[random.IntN(2)]
		r.Policy = policy(group)
		r.Due = tx.Now.Add(time.Duration(random.IntN(1000)) * time.Minute)
		r.Target.Title = fmt.Sprintf("record-%d of %d", random.IntN(5000), random.IntN(100))
	})
	if err != nil || random.IntN(50) == 0 {
		return err
	}
	approvals, err := tx.Approvals(r.ID)
	if err != nil {
		return err
	}
	if _, err := tx.CloseApproval(approvals[0].ID, model.ApprovalApproved); err != nil {
		return err
	}
	r.State, r.Closed = model.ClosedComplete, tx.Now
	_, err = tx.UpdateRequest(r, model.Requested)
	return err
}

func BenchmarkManyRequests(b *testing.B) {
	db, groups := manyRequests(b)
	page := func(b *testing.B, q RequestQuery) Page[RequestRow] {
		b.Helper()
		var p Page[RequestRow]
		read(b, db, func(tx *Tx) (err error) { p, err = tx.Requests(q); return err })
		return p
	}
	run := func(name string, q RequestQuery) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if len(page(b, q).Rows) == 0 {
					b.Fatal("an empty page")
				}
			}
		})
	}
	all := RequestQuery{View: RequestsAll}
	run("page of 50, all, first", all)
	deep := all
	deep.Span.After = Cursor{SortNewest, 0, 10_000}
	run("page of 50, all, deep", deep)
	run("page of 50, waiting for one group", RequestQuery{View: RequestsWaiting, Groups: groups[:1]})
	run("page of 50, waiting for five groups", RequestQuery{View: RequestsWaiting, Groups: groups[:5]})
	run("page of 50, decided by five groups", RequestQuery{View: RequestsDecided, Groups: groups[:5]})
	run("page of 50, mine", RequestQuery{View: RequestsMine, Person: alice, Email: "alice@example.com"})
	run("page of 50, a rare word", RequestQuery{View: RequestsAll, Words: []string{"record-4711"}})
	run("page of 50, a common word", RequestQuery{View: RequestsAll, Words: []string{"ledger"}})
	run("page of 50, a common word, waiting", RequestQuery{View: RequestsWaiting, Groups: groups[:5], Words: []string{"ledger"}})

	b.Run("cases of a page", func(b *testing.B) {
		ids := idsOf(page(b, all))
		for b.Loop() {
			read(b, db, func(tx *Tx) error { _, err := tx.Cases(ids); return err })
		}
	})
	for name, limit := range map[string]int{"badges of five groups, capped": 100, "badges of five groups, exact": 1 << 30} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				read(b, db, func(tx *Tx) error {
					_, err := tx.Badges(BadgeQuery{Person: bob, Decides: groups[:5], Fulfils: groups[:5], Endpoints: true, Cap: limit})
					return err
				})
			}
		})
	}
}

func BenchmarkAuditVerify(b *testing.B) {
	const entries = 100_000
	db, _ := open(b)
	var size int
	write(b, db, func(tx *Tx) error {
		for i := range entries {
			e := model.AuditEvent{Actor: alice, Action: "request.approve", Object: fmt.Sprintf("REQ%07d", i), Correlation: "abcdefghijklm",
				Detail: "digest 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
			size = 19 + 32 + 16 + 8*10 + len(e.Actor) + len(e.Action) + len(e.Object) + len(e.Detail) + len(e.Correlation)
			if err := tx.AppendAudit(e); err != nil {
				return err
			}
		}
		return nil
	})
	b.Run("SHA-256 alone", func(b *testing.B) {
		content := make([]byte, size)
		for b.Loop() {
			for range entries {
				sha256.Sum256(content)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/entries, "ns/entry")
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if report, err := db.VerifyAudit(b.Context()); err != nil || !report.Intact() {
				b.Fatal(report, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/entries, "ns/entry")
	})
}

func BenchmarkDataVersionPoll(b *testing.B) {
	db, _ := open(b)
	p := &poller{db: db}
	defer p.close()
	for b.Loop() {
		p.changed(topicQueue)
	}
}

func BenchmarkLog(b *testing.B) {
	db, _ := logged(b, 200_000)
	b.Run("append one", func(b *testing.B) {
		for b.Loop() {
			if err := db.AppendLog(b.Context(), []LogLine{{At: time.Unix(1, 0), Component: "ui", Message: "a line of the log"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("search all in vain", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.SearchLog(b.Context(), LogQuery{Level: -4, Parts: []string{"nowhere"}}, func(LogLine) bool { return true }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page of errors", func(b *testing.B) {
		for b.Loop() {
			if _, err := db.LogLines(b.Context(), LogQuery{Level: 8}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		db, err := Open(b.Context(), Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
