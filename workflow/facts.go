package workflow

import (
	"sync"
	"time"

	"countersign/model"
)

// defaultFactsMaxAge is how old an answer about one record may be before the
// vault is asked again.
const defaultFactsMaxAge = 30 * time.Second

// factsKept bounds the cache; beyond it, it starts anew.
const factsKept = 1000

// factsCache holds the vault's last answers about single records.
type factsCache struct {
	mu   sync.Mutex
	byID map[factsKey]model.RecordFacts
}

// factsKey is what an answer is about, and for whom: only is the address whose share
// alone it tells, "" where it tells of all.
type factsKey struct {
	uid  model.UID
	only string
}

// get returns the last answer about a record if it is young enough.
func (c *factsCache) get(uid model.UID, only string, now time.Time, maxAge time.Duration) (model.RecordFacts, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.byID[factsKey{uid, only}]
	return f, ok && now.Sub(f.Read).Abs() <= maxAge // also where the clock was set back
}

func (c *factsCache) put(f model.RecordFacts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= factsKept {
		c.byID = map[factsKey]model.RecordFacts{}
	}
	c.byID[factsKey{f.UID, f.Only}] = f
}

func (s *Service) factsMaxAge() time.Duration {
	if s.settings.FactsMaxAge > 0 {
		return s.settings.FactsMaxAge
	}
	return defaultFactsMaxAge
}

// since returns what was told of records, to all, at a time or later.
func (c *factsCache) since(at time.Time) []model.RecordFacts {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []model.RecordFacts
	for _, f := range c.byID {
		if f.Kind == model.TargetRecord && f.Only == "" && !f.Gone && !f.Read.Before(at) {
			out = append(out, f)
		}
	}
	return out
}

// knownWrong says what is wrong with a target by the vault's last answer about it, as
// far as this person knows it, if that is still fresh.
func (s *Service) knownWrong(a model.Actor, item model.Item, t model.Target, now time.Time) string {
	facts, known := s.toldBefore(a, t.UID, now)
	switch {
	case !known || !t.Named() || facts.Gone:
		return ""
	case facts.Kind != item.Target:
		return otherKind(item.Target, facts.Kind)
	}
	return facts.Unshareable()
}
