package store

import (
	"time"

	"countersign/model"
)

// Same says in what endpoint requests are the same.
type Same int

// What they can have in common.
const (
	SameUser Same = iota
	SameFile
	SameHash
	SameCommand
)

// EarlierEndpoint is how one of the earlier endpoint requests stands.
type EarlierEndpoint struct {
	State model.EndpointState
	By    model.PersonID // who decided it here
	Ended time.Time
}

func earlierInto(e *EarlierEndpoint) []any {
	return []any{text(&e.State), text(&e.By), moment(&e.Ended)}
}

const (
	earlierColumns = "SELECT e.state, e.decided_by, e.ended_at FROM endpoint e WHERE "
	earlierOrder   = " AND e.id <> $2 ORDER BY e.id DESC LIMIT $3"
)

// EarlierEndpoints returns up to n other endpoint requests that are the same in
// something, the latest first; none for an empty key.
func (t *Tx) EarlierEndpoints(s Same, key string, except int64, n int) ([]EarlierEndpoint, error) {
	if key == "" {
		return nil, nil
	}
	var all []EarlierEndpoint
	var err error
	// The second condition repeats that of the index, for the planner.
	switch s {
	case SameUser:
		all, err = collect(t, earlierInto, earlierColumns+"e.user_key = $1 AND e.user_key <> ''"+earlierOrder, key, except, n)
	case SameFile:
		all, err = collect(t, earlierInto, earlierColumns+"e.file_key = $1 AND e.file_key <> ''"+earlierOrder, key, except, n)
	case SameHash:
		all, err = collect(t, earlierInto, earlierColumns+"e.hash_key = $1 AND e.hash_key <> ''"+earlierOrder, key, except, n)
	case SameCommand:
		all, err = collect(t, earlierInto, earlierColumns+"e.command_key = $1 AND e.command_key <> ''"+earlierOrder, key, except, n)
	}
	return all, wrap(err, "read earlier endpoint requests")
}

// RecentEndpoints returns up to n endpoint requests that were created after a
// moment, the latest first.
func (t *Tx) RecentEndpoints(since time.Time, n int) ([]model.EndpointRequest, error) {
	all, err := collect(t, endpointInto, "SELECT "+endpointColumns+
		" FROM endpoint e WHERE e.created_at > $1 ORDER BY e.created_at DESC, e.id DESC LIMIT $2", micros(since), n)
	return all, wrap(err, "read recent endpoint requests")
}

// UnreadBefore counts the open endpoint requests whose evidence is not complete and
// that end before a moment, up to n. A zero moment means all that end.
func (t *Tx) UnreadBefore(end time.Time, n int) (int, error) {
	all, err := collect(t, func(id *int64) []any { return []any{number(id)} },
		"SELECT e.id FROM endpoint e WHERE e.ended_at IS NULL AND e.complete = 0 AND e.expires_at < $1 ORDER BY e.expires_at LIMIT $2",
		microsOrNever(end), n)
	return len(all), wrap(err, "count endpoint requests that wait for their evidence")
}
