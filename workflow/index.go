package workflow

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"countersign/model"
)

// hitsShown is how many hits a search returns; beyond that one types more.
const hitsShown = 50

// index answers searches over the titles of the vault. It never changes once it
// is built, so that any number of searches may use it while the next one is made.
type index struct {
	hits []model.Hit // by title, ignoring case
	// keys is what is searched, in lower case: of each hit the title, type,
	// description and UID, each after a line feed. In one text, so that a word which
	// is rare is found by one pass over it.
	keys  string
	ends  []uint32 // where the key of the hit at the same place ends
	byUID []uint32 // places of the hits, by UID
	// folders are the places of what the members of a group may see, where policy
	// names folders.
	folders map[model.GroupName]places
	built   time.Time
}

// places is a set of places in an index, a bit each.
type places []uint64

func (p places) has(i int) bool { return i/64 < len(p) && p[i/64]&(1<<(i%64)) != 0 }

// newIndex builds an index of what the vault listed at a time.
func newIndex(hits []model.Hit, built time.Time) *index {
	x := &index{hits: make([]model.Hit, len(hits)), ends: make([]uint32, len(hits)), byUID: make([]uint32, len(hits)), built: built}
	titles := make([]string, len(hits))
	order := make([]int, len(hits))
	size := 0
	for i, h := range hits {
		titles[i], order[i] = strings.ToLower(h.Title), i
		size += len(titles[i]) + len(h.Type) + len(h.Description) + len(h.UID) + 4
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(strings.Compare(titles[a], titles[b]), strings.Compare(string(hits[a].UID), string(hits[b].UID)))
	})
	types := map[string]string{} // one text for all records of a type
	var keys strings.Builder
	keys.Grow(size)
	for at, i := range order {
		h := hits[i]
		if known, ok := types[h.Type]; ok {
			h.Type = known
		} else {
			types[h.Type] = h.Type
		}
		x.hits[at], x.byUID[at] = h, uint32(at) // #nosec G115 -- an answer of the vault has 64 MiB at most
		for _, part := range []string{titles[i], h.Type, h.Description, string(h.UID)} {
			keys.WriteByte('\n')
			keys.WriteString(strings.ReplaceAll(strings.ToLower(part), "\n", " "))
		}
		x.ends[at] = uint32(keys.Len()) // #nosec G115 -- as above
	}
	x.keys = keys.String()
	slices.SortFunc(x.byUID, func(a, b uint32) int { return strings.Compare(string(x.hits[a].UID), string(x.hits[b].UID)) })
	return x
}

// find returns the place of a UID, -1 where the vault listed none.
func (x *index) find(uid model.UID) int {
	n, found := slices.BinarySearchFunc(x.byUID, uid, func(i uint32, uid model.UID) int {
		return strings.Compare(string(x.hits[i].UID), string(uid))
	})
	if !found {
		return -1
	}
	return int(x.byUID[n])
}

// show lets the members of a group see some records and folders.
func (x *index) show(group model.GroupName, uids []model.UID) {
	if x.folders == nil {
		x.folders = map[model.GroupName]places{}
	}
	if x.folders[group] == nil {
		x.folders[group] = make(places, (len(x.hits)+63)/64)
	}
	for _, uid := range uids {
		if i := x.find(uid); i >= 0 {
			x.folders[group][i/64] |= 1 << (i % 64)
		}
	}
}

// sees reports whether somebody may see the hit at a place.
func (x *index) sees(s scope, i int) bool {
	if s.every(x.hits[i].Kind) {
		return true
	}
	return s.titles == model.TitlesInFolders &&
		slices.ContainsFunc(s.groups, func(g model.GroupName) bool { return x.folders[g].has(i) })
}

// The ranks of a hit, the best first.
const (
	rankPrefix = iota // the title begins with what was typed
	rankWords         // every word begins a word of it
	rankInside        // every word occurs somewhere
	ranks
)

// best collects the first hits of each rank.
type best struct {
	places [ranks][hitsShown]uint32
	counts [ranks]int
	total  int
}

func (b *best) add(rank, i int) {
	b.total++
	if n := b.counts[rank]; n < hitsShown {
		b.places[rank][n] = uint32(i) // #nosec G115 -- a place in the index
		b.counts[rank]++
	}
}

// search finds what fits every word of the text, of one kind or of any, among what
// one may see. The exact UID comes first, then titles that begin with the text, then
// words that do, then the rest; within these by title. An empty text fits everything.
func (x *index) search(text string, kind model.TargetKind, may scope) SearchAnswer {
	text = strings.TrimSpace(text)
	wanted := func(i int) bool {
		return (kind == model.TargetNone || x.hits[i].Kind == kind) && x.sees(may, i)
	}
	exact := x.find(model.UID(text))
	if exact >= 0 && !wanted(exact) {
		exact = -1
	}
	var found best
	x.scan(strings.ToLower(text), wanted, &found)
	answer := SearchAnswer{Built: x.built, Total: found.total, Hits: make([]model.Hit, 0, min(found.total, hitsShown))}
	if exact >= 0 {
		answer.Hits = append(answer.Hits, x.hits[exact])
	}
	for rank := range ranks {
		for _, i := range found.places[rank][:found.counts[rank]] {
			if int(i) != exact && len(answer.Hits) < hitsShown {
				answer.Hits = append(answer.Hits, x.hits[i])
			}
		}
	}
	return answer
}

// scan adds every hit that fits. It looks for the longest word, as the rarest, and
// only where that occurs for the others.
func (x *index) scan(text string, wanted func(int) bool, found *best) {
	words := strings.Fields(text)
	if len(words) == 0 {
		for i := range x.hits {
			if wanted(i) {
				found.add(rankPrefix, i)
			}
		}
		return
	}
	longest := slices.MaxFunc(words, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	i := 0
	for from := uint32(0); ; {
		n := strings.Index(x.keys[from:], longest)
		if n < 0 {
			return
		}
		from += uint32(n) // #nosec G115 -- a place in the index
		for ; x.ends[i] <= from; i++ {
		}
		from = x.ends[i]
		if !wanted(i) {
			continue
		}
		if rank, ok := fit(x.key(i), text, words); ok {
			found.add(rank, i)
		}
	}
}

// key is what is searched of the hit at a place.
func (x *index) key(i int) string {
	if i == 0 {
		return x.keys[:x.ends[0]]
	}
	return x.keys[x.ends[i-1]:x.ends[i]]
}

// fit says how well the text fits; false if a word does not occur at all.
func fit(key, text string, words []string) (rank int, ok bool) {
	if strings.HasPrefix(key[1:], text) {
		return rankPrefix, true
	}
	rank = rankWords
	for _, word := range words {
		at := strings.Index(key, word)
		if at < 0 {
			return 0, false
		}
		for rank == rankWords && !beginsWord(key, at) {
			next := strings.Index(key[at+1:], word)
			if next < 0 {
				rank = rankInside
				break
			}
			at += 1 + next
		}
	}
	return rank, true
}

// beginsWord reports whether a word begins at a place: after something that is
// neither letter nor digit. Letters outside ASCII count as letters.
func beginsWord(s string, at int) bool {
	if at == 0 {
		return true
	}
	c := s[at-1]
	return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80)
}
