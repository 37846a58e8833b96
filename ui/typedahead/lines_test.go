package typedahead

import (
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/demo"
	"countersign/model"
	"countersign/ui"
	"countersign/ui/plain"
	"countersign/ui/tab"
	"countersign/workflow"
)

// talk is a console line by line: what it printed and what was typed, in the order
// in which that happened.
type talk struct {
	mu      sync.Mutex
	printed strings.Builder
	events  []string // lines that were typed, and "? " with the sentence that was asked for
}

var sentence = regexp.MustCompile(`To \w+ [^,]+, type: (\w+ [0-9]{4})\. Anything else means no: $`)

// Write takes what is printed.
func (l *talk) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printed.Write(b)
	if m := sentence.FindSubmatch(b); m != nil {
		l.events = append(l.events, "? "+string(m[1]))
	}
	return len(b), nil
}

// question is the sentence that is asked for now, "" if none is.
func (l *talk) question() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) == 0 {
		return ""
	}
	asked, is := strings.CutPrefix(l.events[len(l.events)-1], "? ")
	if !is {
		return ""
	}
	return asked
}

func (l *talk) typed(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, line)
}

// confirmed reports whether a sentence was typed after it was asked for.
func (l *talk) confirmed() bool {
	for i, e := range l.events {
		if asked, is := strings.CutPrefix(e, "? "); is && slices.Contains(l.events[i+1:], asked) {
			return true
		}
	}
	return false
}

// TestNoLineTypedAheadDecides sends lines into the console line by line, ahead and
// in time, among them the sentence of the question before.
func TestNoLineTypedAheadDecides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, linesAhead)
}

// linesAhead is in the bubble with the queue, which is written to.
func linesAhead(t *testing.T) {
	c := newCompany(t)
	me, err := c.svc.Actor(t.Context(), "dana")
	if err != nil {
		t.Fatal(err)
	}
	page, err := c.svc.Requests(t.Context(), me.ID, workflow.Query{View: workflow.RequestsWaiting})
	if err != nil {
		t.Fatal(err)
	}
	asked, decided := 0, 0
	for seed := uint64(0); seed < 100 && len(page.Rows) > 0; seed++ {
		n := page.Rows[0].Number
		l := c.talk(t, me, n, rand.New(rand.NewPCG(seed, 7)), seed%10 == 0)
		for _, e := range l.events {
			if strings.HasPrefix(e, "? ") {
				asked++
			}
		}
		v, err := c.svc.Case(t.Context(), me.ID, n)
		if err != nil {
			t.Fatal(err)
		}
		if v.Can(model.ActDeny) == nil {
			continue
		}
		decided++
		page.Rows = page.Rows[1:]
		if !l.confirmed() {
			t.Errorf("%s was decided, and nobody confirmed it:\n%s", n, strings.Join(l.events, "\n"))
		}
	}
	if asked < 60 || decided < 5 {
		t.Errorf("%d questions and %d decisions are too few to see anything", asked, decided)
	}
}

// talk denies a request line by line, ahead or in time. Who is not careful answers
// the question with anything but what it asks for.
func (c *company) talk(t *testing.T, me model.Actor, n model.Number, r *rand.Rand, careful bool) *talk {
	t.Helper()
	in, out := io.Pipe()
	l := &talk{}
	done := make(chan error, 1)
	go func() {
		done <- plain.Run(t.Context(), c.svc, me, in, l, plain.Options{Now: func() time.Time { return c.at },
			Opens: func(a model.Actor) []tab.Name { return ui.Opens(a, []model.GroupName{demo.Admins}) }})
	}()
	before := "deny 0000" // what was asked for the last time
	for range 3 {
		ahead := !careful && r.IntN(2) == 0
		for _, line := range []string{"deny " + string(n), "1", "because", before, "yes"} {
			if asked := l.question(); careful && asked != "" {
				line = asked
			} else if asked != "" {
				line = []string{"", "yes", "deny", asked[len(asked)-4:], before}[r.IntN(5)]
				before = asked
			}
			l.typed(line)
			if _, err := io.WriteString(out, line+"\n"); err != nil {
				t.Error(err)
			}
			if !ahead {
				time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond)
				synctest.Wait()
			}
		}
	}
	_ = out.Close() // a pipe always closes
	if err := <-done; err != nil {
		t.Error(err)
	}
	return l
}
