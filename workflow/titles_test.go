package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
)

func hit(uid, title, typ, description string) model.Hit {
	return model.Hit{UID: model.UID(uid), Kind: model.TargetRecord, Title: title, Type: typ, Description: description}
}

func titlesOf(a SearchAnswer) string {
	var all []string
	for _, h := range a.Hits {
		all = append(all, h.Title)
	}
	return strings.Join(all, ", ")
}

func TestSearchOrder(t *testing.T) {
	t.Parallel()
	folder := hit("FFFFFFFFFFFFFFFFFFFFFF", "prod folder", "", "")
	folder.Kind = model.TargetFolder
	x := newIndex([]model.Hit{
		hit("AAAAAAAAAAAAAAAAAAAAAA", "billing-prod", "login", "app @ billing"),
		hit("BBBBBBBBBBBBBBBBBBBBBB", "Prod-db-01", "databaseCredentials", "app_owner @ db1"),
		hit("CCCCCCCCCCCCCCCCCCCCCC", "reproduction", "login", ""),
		hit("DDDDDDDDDDDDDDDDDDDDDD", "Zürich VPN", "login", "prod @ vpn"),
		hit("EEEEEEEEEEEEEEEEEEEEEE", "Payroll", "login", "INVOICE@prod"),
		folder,
	}, time.Time{})
	for _, tt := range []struct {
		name, text string
		kind       model.TargetKind
		want       string
	}{
		{"title prefix, then words, then inside", "prod", model.TargetRecord, "Prod-db-01, billing-prod, Payroll, Zürich VPN, reproduction"},
		{"folders too", "prod", model.TargetNone, "prod folder, Prod-db-01, billing-prod, Payroll, Zürich VPN, reproduction"},
		{"folders only", "prod", model.TargetFolder, "prod folder"},
		{"every word, in any order", "01 PROD", model.TargetRecord, "Prod-db-01"},
		{"the type", "databasecred", model.TargetRecord, "Prod-db-01"},
		{"letters outside ASCII in capitals", "ZÜRICH", model.TargetRecord, "Zürich VPN"},
		{"exact UID first", "AAAAAAAAAAAAAAAAAAAAAA", model.TargetRecord, "billing-prod"},
		{"part of a UID", "cccccc", model.TargetRecord, "reproduction"},
		{"UID of another kind", "FFFFFFFFFFFFFFFFFFFFFF", model.TargetRecord, ""},
		{"nothing", "nonesuch", model.TargetRecord, ""},
		{"one word missing", "prod nonesuch", model.TargetRecord, ""},
		{"blanks only: everything", "  ", model.TargetFolder, "prod folder"},
		{"no match across fields", "reproductionlogin", model.TargetRecord, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := x.search(tt.text, tt.kind, everything())
			if titlesOf(got) != tt.want {
				t.Errorf("found %q, want %q", titlesOf(got), tt.want)
			}
			if got.Total != len(got.Hits) {
				t.Errorf("total %d, hits %d", got.Total, len(got.Hits))
			}
		})
	}
}

func TestSearchShowsFiftyAndCountsAll(t *testing.T) {
	t.Parallel()
	x := newIndex(manyHits(1000), time.Time{})
	got := x.search("record", model.TargetRecord, everything())
	if len(got.Hits) != hitsShown || got.Total != 1000 {
		t.Errorf("%d hits of %d", len(got.Hits), got.Total)
	}
	exact := x.hits[999]
	if got := x.search(string(exact.UID), model.TargetRecord, everything()); len(got.Hits) == 0 || got.Hits[0] != exact {
		t.Error("the exact UID does not come first")
	}
}

// TestSearchFindsExactlyWhatHoldsEveryWord compares the index with the plain
// definition of what fits.
func TestSearchFindsExactlyWhatHoldsEveryWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[abAB \-é]{0,6}`)
		var hits []model.Hit
		for i := range rapid.IntRange(0, 8).Draw(t, "records") {
			hits = append(hits, hit(fmt.Sprintf("%022d", i), text.Draw(t, "title"), text.Draw(t, "type"), text.Draw(t, "description")))
		}
		query := text.Draw(t, "query")
		want := 0
		for _, h := range hits {
			all := strings.ToLower(strings.Join([]string{h.Title, h.Type, h.Description, string(h.UID)}, "\n"))
			fits := true
			for _, word := range strings.Fields(strings.ToLower(query)) {
				fits = fits && strings.Contains(all, word)
			}
			if fits {
				want++
			}
		}
		if got := newIndex(hits, time.Time{}).search(query, model.TargetRecord, everything()).Total; got != want {
			t.Fatalf("%q fits %d, want %d of %v", query, got, want, hits)
		}
	})
}

// slowVault answers when it is let.
type slowVault struct {
	Vault
	let   chan struct{}
	calls atomic.Int64
}

func (v *slowVault) Record(_ context.Context, uid model.UID) (model.RecordFacts, error) {
	v.calls.Add(1)
	<-v.let
	return model.RecordFacts{UID: uid}, nil
}

func TestQuestionsForOneRecordShareOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		vault := &slowVault{let: make(chan struct{})}
		w := &Worker{svc: &Service{}, vault: vault, now: time.Now, opt: WorkerOptions{}.withDefaults()}
		tenure := &tenure{ctx: t.Context()}
		const askers = 10
		answers := make(chan error, 2*askers)
		for _, uid := range []model.UID{"AAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBB"} {
			for range askers {
				go func() {
					facts, err := w.readFacts(t.Context(), tenure, uid)
					if facts.UID != uid {
						err = fmt.Errorf("asked for %s, got %s: %w", uid, facts.UID, err)
					}
					answers <- err
				}()
			}
		}
		impatient, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.readFacts(impatient, tenure, "AAAAAAAAAAAAAAAAAAAAAA"); !errors.Is(err, context.Canceled) {
			t.Errorf("one who gave up got %v", err)
		}
		synctest.Wait()
		close(vault.let)
		for range 2 * askers {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
		if got := vault.calls.Load(); got != 2 {
			t.Errorf("%d calls for two records", got)
		}
		tenure.end()
		if _, err := w.readFacts(t.Context(), tenure, "AAAAAAAAAAAAAAAAAAAAAA"); err == nil {
			t.Error("a question after the end was answered")
		}
	})
}

func TestPauseGrowsAndIsBounded(t *testing.T) {
	t.Parallel()
	last := time.Duration(0)
	for failures := range 20 {
		d := delay(failures)
		if d < 4*time.Second || d > 6*time.Minute {
			t.Errorf("after %d failures: %s", failures, d)
		}
		if failures < 5 && d < last {
			t.Errorf("after %d failures %s, less than before", failures, d)
		}
		last = d
	}
	for _, tt := range []struct{ age, want time.Duration }{
		{0, 5 * time.Second}, {20 * time.Second, 10 * time.Second}, {time.Hour, 5 * time.Minute},
	} {
		if got := lookAgain(tt.age); got != tt.want {
			t.Errorf("looked at again %s after %s, want %s", got, tt.age, tt.want)
		}
	}
}

func manyHits(n int) []model.Hit {
	hits := make([]model.Hit, n)
	for i := range hits {
		hits[i] = hit(fmt.Sprintf("%022d", i), fmt.Sprintf("Record %05d of the billing department", i), "databaseCredentials",
			fmt.Sprintf("app_owner_%d @ db%d.internal.example.com", i%97, i%13))
	}
	return hits
}
