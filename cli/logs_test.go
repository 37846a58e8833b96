package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
)

// log writes lines into the caller's log.
func (c *caller) log(lines ...store.LogLine) {
	c.t.Helper()
	db, err := store.Open(c.t.Context(), store.Options{Dir: filepath.Join(filepath.Dir(c.conf), "queue"), Now: c.now})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := db.AppendLog(c.t.Context(), lines); err != nil {
		c.t.Error(err)
	}
	if err := db.Close(); err != nil {
		c.t.Error(err)
	}
}

func TestLogsAreReadTheOldestFirst(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	now := c.now().UTC().Truncate(time.Second)
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	c.log(store.LogLine{At: at(1), Component: "probe", Message: "old probe-line"},
		store.LogLine{At: at(60), Component: "probe", Message: "first probe-line", Level: 8, Fields: `{"error":"no answer\u001b[2J","n":3}`, Correlation: "abc"},
		store.LogLine{At: at(120), Component: "probe", Message: "second probe-line\x1b[31m\u202e"})
	for _, tt := range []struct {
		name string
		args string
		want []string // the messages
	}{
		{"a component", "--component probe", []string{"old", "first", "second"}},
		{"the newest", "--component probe --limit 2", []string{"first", "second"}},
		{"words", "probe-line sec", []string{"second"}},
		{"a part", "--grep OBE-LI --component probe", []string{"old", "first", "second"}},
		{"a part of the fields", "--grep answer --component probe", []string{"first"}},
		{"errors", "--level error --component probe", []string{"first"}},
		{"since", "--component probe --since " + at(30).Format(time.RFC3339), []string{"first", "second"}},
		{"between", "--component probe --since " + at(30).Format(time.RFC3339) + " --until " + at(120).Format(time.RFC3339), []string{"first"}},
		{"nothing", "--component probe nowhere", nil},
	} {
		var got []string
		for line := range strings.Lines(c.call(CodeOK, append([]string{"logs", "--json"}, strings.Fields(tt.args)...)...)) {
			var l logLineJSON
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%s: %q: %v", tt.name, line, err)
			}
			word, _, _ := strings.Cut(l.Message, " ")
			got = append(got, word)
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	plain := c.call(CodeOK, "logs", "--component", "probe", "--limit", "2")
	want := fmt.Sprintf(`%s ERROR probe     first probe-line error="no answer\x1b[2J" n=3 [abc]
%s INFO  probe     second probe-line⟦ESC⟧[31m⟦U+202E⟧
`, at(60).Format("2006-01-02 15:04:05.000"), at(120).Format("2006-01-02 15:04:05.000"))
	if plain != want {
		t.Errorf("printed\n%swant\n%s", plain, want)
	}
	if printed := c.call(CodeOK, "logs", "--component", "probe", "--json"); strings.ContainsAny(printed, "\x1b\u202e") {
		t.Errorf("JSON holds what a terminal obeys: %q", printed)
	}
	for _, wrong := range [][]string{{"logs", "--limit", "0"}, {"logs", "--since", "soon"}, {"logs", "--level", "loud"}, {"traffic", "from:soon"}} {
		c.call(CodeUsage, wrong...)
	}
	c.call(CodeNotFound, "logs", "REQ0099999")
}

func TestLogsOfANumberAreThoseOfItsMatter(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	var requests []struct {
		Number string `json:"number"`
	}
	if err := json.Unmarshal([]byte(c.call(CodeOK, "list", "all", "--json", "--limit", "1")), &requests); err != nil {
		t.Fatal(err)
	}
	var shown []struct {
		Correlation string `json:"correlation"`
	}
	number := requests[0].Number
	if err := json.Unmarshal([]byte(c.call(CodeOK, "audit", "list", "object:"+number, "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	c.log(store.LogLine{At: c.now(), Component: "probe", Message: "of it", Correlation: "c-other"},
		store.LogLine{At: c.now(), Component: "probe", Message: "its own", Correlation: model.CorrelationID(shown[0].Correlation)})
	if got := c.call(CodeOK, "logs", strings.ToLower(number), "--component", "probe"); !strings.Contains(got, "its own") || strings.Contains(got, "of it") {
		t.Errorf("the lines of %s:\n%s", number, got)
	}
}

func TestLogsFollow(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	c.log(store.LogLine{At: c.now(), Component: "probe", Message: "before"})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	out, code := newWatched(), make(chan Code, 1)
	go func() {
		code <- c.run(ctx, &bytes.Buffer{}, out, &bytes.Buffer{}, "logs", "--follow", "--component", "probe")
	}()
	if err := out.until(ctx, "before"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		c.log(store.LogLine{At: c.now(), Component: "probe", Message: fmt.Sprintf("line %d", i)}, store.LogLine{At: c.now(), Component: "other", Message: "straw"})
		if err := out.until(ctx, fmt.Sprintf("line %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if got := <-code; got != CodeInterrupted {
		t.Errorf("exit code %d", got)
	}
	if got := out.String(); strings.Count(got, "line 1") != 1 || strings.Contains(got, "straw") || strings.Count(got, "\n") != 4 {
		t.Errorf("printed\n%s", got)
	}
}

func TestTrafficIsListed(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	var all []trafficJSON
	if err := json.Unmarshal([]byte(c.call(CodeOK, "traffic", "--json")), &all); err != nil || len(all) == 0 {
		t.Fatalf("%d commands, %v", len(all), err)
	}
	if table := c.call(CodeOK, "traffic", "outcome:"+all[0].Outcome, "from:"+all[len(all)-1].At.Format(time.RFC3339), "--limit", "1"); !strings.HasPrefix(table, "TIME ") || !strings.Contains(table, all[0].Outcome) {
		t.Errorf("printed\n%s", table)
	}
}

func TestTheLinesOfAMatterBeginWithWhoDidIt(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	var made struct {
		Number string `json:"number"`
	}
	out := c.call(CodeOK, "request", "record-access", "--described", "the ledger of 2025", "--right", "view", "--limit", "2h", "--justification", "INC0012345: restore it", "--json")
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	var line logLineJSON
	if err := json.Unmarshal([]byte(c.call(CodeOK, "logs", made.Number, "--json")), &line); err != nil {
		t.Fatal(err)
	}
	if line.Message != made.Number+": request.submit" || line.Component != "audit" || line.Fields["person"] != "casey" || line.Correlation == "" {
		t.Errorf("the log says %+v", line)
	}
}
