package workflow

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/model"
)

// drawHits draws a small vault whose titles share words.
func drawHits(t *rapid.T) []model.Hit {
	text := rapid.StringMatching(`[abAB \-éÉ1]{0,6}`)
	kinds := rapid.SampledFrom([]model.TargetKind{model.TargetRecord, model.TargetFolder})
	var hits []model.Hit
	for i := range rapid.IntRange(0, 12).Draw(t, "hits") {
		h := hit(fmt.Sprintf("%sB%020d", rapid.SampledFrom([]string{"a", "A", "-"}).Draw(t, "uid"), i),
			text.Draw(t, "title"), text.Draw(t, "type"), text.Draw(t, "description"))
		h.Kind = kinds.Draw(t, "kind")
		hits = append(hits, h)
	}
	return hits
}

// plainFit is the definition of what fits: every word occurs somewhere.
func plainFit(h model.Hit, query string) bool {
	all := strings.ToLower(strings.Join([]string{h.Title, h.Type, h.Description, string(h.UID)}, "\n"))
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(all, word) {
			return false
		}
	}
	return true
}

// plainRank says how well a title fits, written without the index.
func plainRank(h model.Hit, query string) int {
	query = strings.ToLower(strings.TrimSpace(query))
	if strings.HasPrefix(strings.ToLower(h.Title), query) {
		return rankPrefix
	}
	for _, word := range strings.Fields(query) {
		begins := false
		for _, part := range []string{h.Title, h.Type, h.Description, string(h.UID)} {
			part = strings.ToLower(part)
			for at := range part {
				begins = begins || strings.HasPrefix(part[at:], word) && (at == 0 || beginsWord(part, at))
			}
		}
		if !begins {
			return rankInside
		}
	}
	return rankWords
}

// TestSearchGivesWhatFitsAndMayBeSeen compares searches with the plain definition:
// what comes fits and may be seen, all of that comes, the exact UID first, then the
// better rank, and in a rank by title.
func TestSearchGivesWhatFitsAndMayBeSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hits := drawHits(t)
		x := newIndex(hits, time.Time{})
		shown := map[model.UID]bool{}
		for _, h := range hits {
			if rapid.Bool().Draw(t, "shown") {
				shown[h.UID] = true
				x.show("DB Team", []model.UID{h.UID, "AAAAAAAAAAAAAAAAAAAAAA"})
			}
		}
		may := rapid.SampledFrom([]scope{everything(), {titles: model.TitlesNone}, {titles: model.TitlesNone, records: true},
			{titles: model.TitlesInFolders, groups: []model.GroupName{"Other", "DB Team"}},
			{titles: model.TitlesInFolders, folders: true}}).Draw(t, "may")
		visible := func(h model.Hit) bool {
			return may.titles == model.TitlesAll || may.records && h.Kind == model.TargetRecord || may.folders && h.Kind == model.TargetFolder ||
				len(may.groups) > 0 && shown[h.UID]
		}
		query := rapid.StringMatching(`[aAbBé\- 01]{0,4}`).Draw(t, "query")
		if len(hits) > 0 && rapid.Bool().Draw(t, "by UID") {
			query = " " + string(rapid.SampledFrom(hits).Draw(t, "one").UID)
		}
		kind := rapid.SampledFrom([]model.TargetKind{model.TargetNone, model.TargetRecord, model.TargetFolder}).Draw(t, "wanted")
		got := x.search(query, kind, may)

		want := map[model.UID]bool{}
		for _, h := range hits {
			if visible(h) && (kind == model.TargetNone || h.Kind == kind) && plainFit(h, query) {
				want[h.UID] = true
			}
		}
		if got.Total != len(want) || len(got.Hits) != len(want) {
			t.Fatalf("%q gives %d of %d, want %d", query, len(got.Hits), got.Total, len(want))
		}
		exact := model.UID(strings.TrimSpace(query))
		for i, h := range got.Hits {
			switch {
			case !want[h.UID]:
				t.Fatalf("%q gives %+v", query, h)
			case want[exact] && i == 0 && h.UID != exact:
				t.Fatalf("%q gives %+v before the exact UID", query, h)
			}
			delete(want, h.UID)
			if i == 0 || got.Hits[i-1].UID == exact {
				continue
			}
			was, is := plainRank(got.Hits[i-1], query), plainRank(h, query)
			if was > is || was == is && strings.ToLower(got.Hits[i-1].Title) > strings.ToLower(h.Title) {
				t.Fatalf("%q gives %+v before %+v", query, got.Hits[i-1], h)
			}
		}
	})
}

// TestNothingOfAFieldMatchesAcrossItsEnd holds that titles of several lines are one
// text, and that fields are not.
func TestNothingOfAFieldMatchesAcrossItsEnd(t *testing.T) {
	t.Parallel()
	x := newIndex([]model.Hit{hit("AAAAAAAAAAAAAAAAAAAAAA", "two\nlines", "login", "here")}, time.Time{})
	for text, want := range map[string]int{"two lines": 1, "lines\nlogin": 1, "lineslogin": 0, "herea": 0} {
		if got := x.search(text, model.TargetNone, everything()).Total; got != want {
			t.Errorf("%q fits %d, want %d", text, got, want)
		}
	}
}

// plainSearch is what the index is compared with: every title is made lower case and
// looked into, each time.
func plainSearch(hits []model.Hit, query string) int {
	n := 0
	for _, h := range hits {
		if plainFit(h, query) {
			n++
		}
	}
	return n
}

// BenchmarkSearch50000 tells how long an answer takes while somebody types (a frame
// has 16 ms), and how many times faster that is than a plain look at every title.
func BenchmarkSearch50000(b *testing.B) {
	x := newIndex(manyHits(50_000), time.Time{})
	for _, text := range []string{"", "e", "record 4", "billing db7", "internal", "nonesuch", "app_owner billing database 7 @", string(x.hits[4711].UID)} {
		b.Run(fmt.Sprintf("%q", text), func(b *testing.B) {
			start := time.Now()
			want := plainSearch(x.hits, text)
			plain := time.Since(start)
			b.ReportAllocs()
			for b.Loop() {
				if got := x.search(text, model.TargetRecord, everything()).Total; got != want {
					b.Fatalf("%d fit, want %d", got, want)
				}
			}
			b.ReportMetric(float64(plain)/(float64(b.Elapsed())/float64(b.N)), "×plain")
		})
	}
}

// BenchmarkSearch50000InFolders is the same for somebody who sees a few folders.
func BenchmarkSearch50000InFolders(b *testing.B) {
	x := newIndex(manyHits(50_000), time.Time{})
	may := scope{titles: model.TitlesInFolders}
	for g := range 5 {
		may.groups = append(may.groups, model.GroupName(fmt.Sprint("Team ", g)))
		for i := range 1000 {
			x.show(may.groups[g], []model.UID{x.hits[(i*47+g)%len(x.hits)].UID})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		x.search("billing db", model.TargetRecord, may)
	}
}

// BenchmarkIndex50000 tells what the index costs in memory, beside the texts that
// the vault listed.
func BenchmarkIndex50000(b *testing.B) {
	hits := manyHits(50_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := newIndex(hits, time.Time{})
	runtime.GC()
	runtime.ReadMemStats(&after)
	size := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	runtime.KeepAlive(x)
	b.ReportAllocs()
	for b.Loop() {
		newIndex(hits, time.Time{})
	}
	b.ReportMetric(size/float64(len(hits)), "B/record")
}
