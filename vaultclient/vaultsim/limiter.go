package vaultsim

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// limit is a parsed rate limit such as "60/minute" or "1000 per hour".
type limit struct {
	calls  int
	every  int
	unit   string
	window time.Duration
}

var limitText = regexp.MustCompile(`^\s*(\d+)\s*(?:/|per)\s*(\d*)\s*(second|minute|hour|day)s?\s*$`)

func parseLimit(text string) (limit, error) {
	m := limitText.FindStringSubmatch(text)
	if m == nil {
		return limit{}, fmt.Errorf("rate limit %q is not of the form 60/minute", text)
	}
	calls, err := strconv.Atoi(m[1])
	if err != nil {
		return limit{}, fmt.Errorf("rate limit %q: %w", text, err)
	}
	every := 1
	if m[2] != "" {
		if every, err = strconv.Atoi(m[2]); err != nil {
			return limit{}, fmt.Errorf("rate limit %q: %w", text, err)
		}
	}
	unit := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[3]]
	return limit{calls: calls, every: every, unit: m[3], window: time.Duration(every) * unit}, nil
}

// String gives the limit as the 429 page spells it.
func (l limit) String() string {
	return fmt.Sprintf("%d per %d %s", l.calls, l.every, l.unit)
}

type window struct {
	ends  time.Time
	calls int
}

// limiter counts calls in fixed windows, one for each client address and endpoint (PROTOCOL 10). A window
// begins with its first call. The caller holds the lock.
type limiter struct {
	limit   limit
	windows map[string]*window
}

func newLimiter(l limit) *limiter {
	return &limiter{limit: l, windows: map[string]*window{}}
}

// allow counts one call and tells whether it is within the budget.
func (l *limiter) allow(address, endpoint string, now time.Time) bool {
	key := address + " " + endpoint
	w := l.windows[key]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(l.limit.window)}
		l.windows[key] = w
	}
	w.calls++
	return w.calls <= l.limit.calls
}

// ipList holds addresses, networks and a-b ranges.
type ipList struct {
	prefixes []netip.Prefix
	ranges   [][2]netip.Addr
}

func parseIPs(entries []string) (ipList, error) {
	var list ipList
	for _, e := range entries {
		e = strings.TrimSpace(e)
		if from, to, isRange := strings.Cut(e, "-"); isRange {
			a, err := netip.ParseAddr(strings.TrimSpace(from))
			if err != nil {
				return ipList{}, fmt.Errorf("address range %q: %w", e, err)
			}
			b, err := netip.ParseAddr(strings.TrimSpace(to))
			if err != nil {
				return ipList{}, fmt.Errorf("address range %q: %w", e, err)
			}
			list.ranges = append(list.ranges, [2]netip.Addr{a, b})
			continue
		}
		if p, err := netip.ParsePrefix(e); err == nil {
			list.prefixes = append(list.prefixes, p)
			continue
		}
		a, err := netip.ParseAddr(e)
		if err != nil {
			return ipList{}, fmt.Errorf("address %q: %w", e, err)
		}
		list.prefixes = append(list.prefixes, netip.PrefixFrom(a, a.BitLen()))
	}
	return list, nil
}

func (l ipList) empty() bool { return len(l.prefixes) == 0 && len(l.ranges) == 0 }

func (l ipList) contains(a netip.Addr) bool {
	for _, p := range l.prefixes {
		if p.Contains(a) {
			return true
		}
	}
	for _, r := range l.ranges {
		if r[0].Compare(a) <= 0 && a.Compare(r[1]) <= 0 {
			return true
		}
	}
	return false
}
