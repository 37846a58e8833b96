package vaultclient

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// spend makes n calls from as many goroutines and returns when each was let through, in that order.
func spend(t *testing.T, b *Budget, p Path, priority Priority, n int) []time.Time {
	t.Helper()
	var (
		mu    sync.Mutex
		times []time.Time
		wg    sync.WaitGroup
	)
	for range n {
		wg.Go(func() {
			if err := b.Wait(t.Context(), p, priority); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, time.Now())
		})
	}
	wg.Wait()
	return times
}

func TestNoWindowSeesMoreCallsThanTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		type burst struct {
			pause    time.Duration
			priority Priority
			calls    int
		}
		bursts := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) burst {
			return burst{
				time.Duration(rapid.IntRange(0, 70_000).Draw(rt, "pause ms")) * time.Millisecond,
				Priority(rapid.IntRange(int(Polling), int(Decision)).Draw(rt, "priority")),
				rapid.IntRange(1, 60).Draw(rt, "calls"),
			}
		}), 1, 6).Draw(rt, "bursts")
		synctest.Test(t, func(t *testing.T) {
			b := NewBudget(BudgetOptions{}, nil)
			var (
				mu    sync.Mutex
				times []time.Time
				wg    sync.WaitGroup
			)
			for _, burst := range bursts {
				time.Sleep(burst.pause)
				for range burst.calls {
					wg.Go(func() {
						if err := b.Wait(t.Context(), PathV1, burst.priority); err != nil {
							t.Error(err)
						}
						mu.Lock()
						defer mu.Unlock()
						times = append(times, time.Now())
					})
				}
			}
			wg.Wait()
			slices.SortFunc(times, time.Time.Compare)
			for i := 55; i < len(times); i++ {
				if span := times[i].Sub(times[i-55]); span < time.Minute {
					rt.Fatalf("56 calls within %s", span)
				}
			}
		})
	})
}

func TestCallsGoAtOnceWhileThereIsRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{}, nil)
		start := time.Now()
		times := spend(t, b, PathSubmit, Decision, 56)
		if at := times[54].Sub(start); at != 0 {
			t.Errorf("the 55th call waited %s", at)
		}
		if at := times[55].Sub(start); at != time.Minute {
			t.Errorf("the 56th call waited %s, want a minute", at)
		}
	})
}

func TestLowerPrioritiesLeaveRoomForDecisions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		priority Priority
		atOnce   int
	}{{Polling, 40}, {Person, 50}, {Decision, 55}} {
		synctest.Test(t, func(t *testing.T) {
			b := NewBudget(BudgetOptions{}, nil)
			start := time.Now()
			times := spend(t, b, PathV1, tt.priority, 56)
			for i, at := range times {
				if waited := at.Sub(start) > 0; waited != (i >= tt.atOnce) {
					t.Fatalf("priority %d: call %d waited %s", tt.priority, i+1, at.Sub(start))
				}
			}
		})
	}
}

func TestWaitingCallsGoByPriorityAndThenByAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Limit: 1, Reserve: 1}, nil)
		spend(t, b, PathV1, Decision, 1)
		granted := make(chan int, 6)
		for i, priority := range []Priority{Polling, Person, Decision, Polling, Decision, Person} {
			go func() {
				if err := b.Wait(t.Context(), PathV1, priority); err != nil {
					t.Error(err)
				}
				granted <- i
			}()
			synctest.Wait() // so that they stand in line in this order
		}
		if u := b.Remaining(PathV1); u.Waiting != 6 {
			t.Errorf("Remaining = %+v, want 6 waiting", u)
		}
		for _, want := range []int{2, 4, 1, 5, 0, 3} {
			if got := <-granted; got != want {
				t.Errorf("call %d went, want %d", got, want)
			}
		}
	})
}

func TestA429ClosesItsPathForAWindowAndNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Window: 90 * time.Second}, nil)
		start := time.Now()
		spend(t, b, PathResult, Decision, 3)
		if until := b.Close(PathResult, "60 per 1 minute"); until.Sub(start) != 90*time.Second {
			t.Errorf("closed for %s", until.Sub(start))
		}
		if u := b.Remaining(PathResult); u.Left != 0 || u.Closed.IsZero() || u.Limit != "60 per 1 minute" {
			t.Errorf("Remaining(result) = %+v", u)
		}
		if u := b.Remaining(PathSubmit); u.Left != 60 || u.Of != 60 || !u.Closed.IsZero() {
			t.Errorf("Remaining(submit) = %+v", u)
		}
		if u := b.Tightest(); u.Path != PathResult {
			t.Errorf("Tightest = %+v", u)
		}
		spend(t, b, PathSubmit, Polling, 1)
		if time.Since(start) != 0 {
			t.Error("the other path waited")
		}
		spend(t, b, PathResult, Decision, 1)
		if time.Since(start) != 90*time.Second {
			t.Errorf("the closed path opened after %s", time.Since(start))
		}
	})
}

func TestADeadlineThatCannotBeKeptIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{}, nil)
		until := b.Close(PathV1, "60 per 1 minute")
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		err := b.Wait(ctx, PathV1, Decision)
		e := new(Error)
		if !errors.As(err, &e) || e.Kind != ErrRateLimited || !e.Until.Equal(until) || time.Since(start) != 0 {
			t.Errorf("Wait = %v after %s", err, time.Since(start))
		}
		if u := b.Remaining(PathV1); u.Waiting != 0 {
			t.Errorf("%d still wait", u.Waiting)
		}
	})
}

func TestWhatIsLeftForOthersIsToldFromWhatIsUsedUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spent    int
		priority Priority
		spared   bool
	}{{40, Polling, true}, {50, Polling, false}, {50, Person, false}, {55, Decision, false}} {
		synctest.Test(t, func(t *testing.T) {
			b := NewBudget(BudgetOptions{}, nil)
			spend(t, b, PathV1, Decision, tt.spent)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			e := new(Error)
			if err := b.Wait(ctx, PathV1, tt.priority); !errors.As(err, &e) || e.Kind != ErrRateLimited || e.Spared != tt.spared {
				t.Errorf("after %d calls, priority %d: %v, spared %t", tt.spent, tt.priority, err, e.Spared)
			}
		})
	}
}

func TestACancelledCallLeavesTheLineAndSpendsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Limit: 1, Reserve: 1}, nil)
		spend(t, b, PathV1, Decision, 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Wait(ctx, PathV1, Decision) }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Wait = %v", err)
		}
		start := time.Now()
		spend(t, b, PathV1, Decision, 1)
		if time.Since(start) != time.Minute {
			t.Errorf("the next call waited %s: the cancelled one was counted", time.Since(start))
		}
	})
}

func TestCallsOfAnotherProcessCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Limit: 5}, time.Now)
		begin := time.Now()
		for range 5 {
			b.Spend(PathV1, begin.Add(-20*time.Second))
		}
		b.Spend(pathHealth, begin)
		at := spend(t, b, PathV1, Decision, 1)
		if len(at) != 1 || at[0].Sub(begin) != 40*time.Second {
			t.Errorf("let through at %v after %s", at, begin)
		}
		if at := spend(t, b, PathSubmit, Decision, 1); len(at) != 1 || at[0].Sub(begin) != 40*time.Second {
			t.Errorf("another path waited until %v", at)
		}
	})
	for p := range pathHealth + 1 {
		if got, known := ParsePath(p.String()); !known || got != p {
			t.Errorf("%s is taken for %s", p, got)
		}
	}
	if _, known := ParsePath("elsewhere"); known {
		t.Error("any name is a path")
	}
}
