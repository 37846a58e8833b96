package demo

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"countersign/store"
)

// batch is how many written scenes share one commit.
const batch = 2000

// scene is one thing that happens: written into the queue, or done by a verb,
// which opens a transaction of its own.
type scene struct {
	at    time.Time
	seq   int // scenes of one moment happen in the order they were added
	write func(tx *store.Tx) error
	verb  func(ctx context.Context) error
}

// plot is what happens, played in the order of time. A scene may add others that
// follow from it.
type plot struct {
	scenes scenes
	added  int
}

func (p *plot) write(at time.Time, fn func(tx *store.Tx) error) { p.add(scene{at: at, write: fn}) }

func (p *plot) verb(at time.Time, fn func(ctx context.Context) error) { p.add(scene{at: at, verb: fn}) }

func (p *plot) add(s scene) {
	s.seq = p.added
	p.added++
	heap.Push(&p.scenes, s)
}

// play plays every scene before the end. What would come later has not happened
// yet. progress is told how many scenes are played, and of how many.
func (p *plot) play(ctx context.Context, db *store.DB, c *clock, end time.Time, progress func(done, all int)) error {
	for done := 0; p.next(end) != nil; {
		next := p.next(end)
		c.tell(next.at)
		if next.verb != nil {
			heap.Pop(&p.scenes)
			if err := next.verb(ctx); err != nil {
				return fmt.Errorf("play what happens at %s: %w", next.at.Format(time.DateTime), err)
			}
			done++
			continue
		}
		err := db.Write(ctx, func(tx *store.Tx) error {
			n, err := p.writeSome(tx, end)
			done += n
			return err
		})
		if err != nil {
			return err
		}
		progress(done, done+len(p.scenes))
	}
	return nil
}

// writeSome plays written scenes up to the next verb, as many as one commit
// takes. Each is dated by its own moment.
func (p *plot) writeSome(tx *store.Tx, end time.Time) (int, error) {
	for n := range batch {
		next := p.next(end)
		if next == nil || next.write == nil {
			return n, nil
		}
		heap.Pop(&p.scenes)
		tx.Now = next.at.UTC().Truncate(time.Microsecond)
		if err := next.write(tx); err != nil {
			return n, fmt.Errorf("write what happens at %s: %w", next.at.Format(time.DateTime), err)
		}
	}
	return batch, nil
}

// next is the scene to come, nil if none is left before the end.
func (p *plot) next(end time.Time) *scene {
	if len(p.scenes) == 0 || !p.scenes[0].at.Before(end) {
		return nil
	}
	next := p.scenes[0]
	return &next
}

// scenes is a heap by time.
type scenes []scene

func (s scenes) Len() int { return len(s) }
func (s scenes) Less(i, j int) bool {
	return s[i].at.Before(s[j].at) || s[i].at.Equal(s[j].at) && s[i].seq < s[j].seq
}
func (s scenes) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *scenes) Push(x any)   { *s = append(*s, x.(scene)) }
func (s *scenes) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}
