package store

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

func TestHeartbeatsGrowOld(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	worker := Heartbeat{Name: "worker-1", Kind: "worker", Host: "h", PID: 1, At: c.Now(), Note: "n"}
	console := Heartbeat{Name: "console-2", Kind: "console", Host: "h", PID: 2, At: c.Now().Add(time.Minute)}
	beat := func(h Heartbeat) {
		t.Helper()
		if err := db.Beat(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	beat(worker)
	c.advance(time.Minute)
	beat(console)
	alive := func(age time.Duration) []Heartbeat {
		t.Helper()
		all, err := db.Heartbeats(t.Context(), age)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := alive(time.Minute); !slices.Equal(got, []Heartbeat{console, worker}) {
		t.Errorf("heartbeats = %+v", got)
	}
	if got := alive(time.Second); !slices.Equal(got, []Heartbeat{console}) {
		t.Errorf("heartbeats of the last second = %+v", got)
	}
	c.advance(-2 * time.Minute)
	if got := alive(10 * time.Second); got != nil {
		t.Errorf("a clock that was set back revives the dead: %+v", got)
	}
	c.advance(2*time.Minute + forgetAfter)
	beat(console)
	if got := alive(2 * forgetAfter); len(got) != 1 {
		t.Errorf("a process that died long ago is still there: %+v", got)
	}
	if err := db.StopBeating(t.Context(), console.Name); err != nil {
		t.Fatal(err)
	}
	if got := alive(time.Hour); got != nil {
		t.Errorf("after it stopped: %+v", got)
	}
}

func TestHealthIsWhatWasStoredLast(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	if _, found, err := db.Health(t.Context()); found || err != nil {
		t.Errorf("health of nobody: %v, %v", found, err)
	}
	want := model.Health{State: model.HealthSlow, Latency: 41 * time.Millisecond, Used: 52, Limit: 60, Since: c.Now(), Seen: c.Now(),
		Cause: "\x1b", Advice: "wait", Missing: []string{"epm"}, Version: "18"}
	for _, h := range []model.Health{{State: model.HealthUnknown}, want} {
		if err := db.PutHealth(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	if got, found, err := db.Health(t.Context()); err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("health = %+v, %v, %v; want %+v", got, found, err, want)
	}
}

func TestLookupsAreTakenOnceAndExpire(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	ask := func(kind string) int64 {
		t.Helper()
		id, err := db.AskLookup(t.Context(), Lookup{Kind: kind, Args: []byte("args"), Recipient: "age1", Correlation: "c"}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first := ask("search")
	c.advance(time.Second)
	second := ask("facts")
	take := func(n int) (ids []int64) {
		t.Helper()
		taken, err := db.TakeLookups(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range taken {
			ids = append(ids, l.ID)
		}
		return ids
	}
	if got := take(1); !slices.Equal(got, []int64{first}) {
		t.Errorf("taken %v, want the oldest", got)
	}
	if got := take(10); !slices.Equal(got, []int64{second}) {
		t.Errorf("taken %v, want the one nobody has", got)
	}
	if ok, err := db.AnswerLookup(t.Context(), first, []byte("answer")); !ok || err != nil {
		t.Errorf("answer: %v, %v", ok, err)
	}
	if ok, err := db.AnswerLookup(t.Context(), first, []byte("another")); ok || err != nil {
		t.Errorf("a second answer: %v, %v; want false", ok, err)
	}
	if ok, err := db.FailLookup(t.Context(), second, "gone"); !ok || err != nil {
		t.Errorf("fail: %v, %v", ok, err)
	}
	got, found, err := db.Lookup(t.Context(), first)
	want := Lookup{ID: first, Kind: "search", Args: []byte("args"), Recipient: "age1", State: LookupAnswered, Answer: []byte("answer"),
		Correlation: "c", Asked: c.Now().Add(-time.Second), Expires: c.Now().Add(59 * time.Second)}
	if err != nil || !found || !reflect.DeepEqual(got, want) {
		t.Errorf("lookup = %+v, %v, %v\nwant     %+v", got, found, err, want)
	}
	if got, _, err := db.Lookup(t.Context(), second); err != nil || got.State != LookupFailed || got.Problem != "gone" {
		t.Errorf("failed lookup = %+v, %v", got, err)
	}
	if err := db.DropLookup(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if _, found, err := db.Lookup(t.Context(), first); found || err != nil {
		t.Errorf("a dropped look-up: %v, %v", found, err)
	}

	late := ask("late")
	take(10)
	c.advance(time.Minute)
	if ok, err := db.AnswerLookup(t.Context(), late, nil); ok || err != nil {
		t.Errorf("an answer that comes too late: %v, %v; want false", ok, err)
	}
	if _, found, err := db.Lookup(t.Context(), late); found || err != nil {
		t.Errorf("an expired look-up: %v, %v", found, err)
	}
	take(10)
	left := -1
	if err := db.live.read(t.Context(), func(tx *Tx) error {
		_, err := tx.row("SELECT count(*) FROM lookup", nil, []any{&left})
		return err
	}); err != nil || left != 0 {
		t.Errorf("%d look-ups left, %v; want expired ones removed with their answers", left, err)
	}
}
