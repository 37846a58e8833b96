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
	byID map[model.UID]model.RecordFacts
}

// get returns the last answer about a record if it is young enough.
func (c *factsCache) get(uid model.UID, now time.Time, maxAge time.Duration) (model.RecordFacts, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.byID[uid]
	return f, ok && now.Sub(f.Read).Abs() <= maxAge // also where the clock was set back
}

func (c *factsCache) put(f model.RecordFacts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil || len(c.byID) >= factsKept {
		c.byID = map[model.UID]model.RecordFacts{}
	}
	c.byID[f.UID] = f
}

func (s *Service) factsMaxAge() time.Duration {
	if s.settings.FactsMaxAge > 0 {
		return s.settings.FactsMaxAge
	}
	return defaultFactsMaxAge
}
