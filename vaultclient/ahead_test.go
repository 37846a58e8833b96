package vaultclient_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/vaultclient"
)

func TestTheClockOfTheServiceIsCompared(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	date := now.Format(http.TimeFormat)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = []string{date}
		if date == "" {
			w.Header()["Date"] = nil
		}
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	}))
	t.Cleanup(server.Close)
	ours := now
	c, err := vaultclient.New(vaultclient.Options{URL: server.URL, Key: "k", Now: func() time.Time { return ours }})
	if err != nil {
		t.Fatal(err)
	}
	if _, known := c.Ahead(); known {
		t.Error("known before an answer came")
	}
	for _, tt := range []struct {
		name, date string
		ours       time.Duration
		want       time.Duration
		known      bool
	}{
		{"they agree", now.Format(http.TimeFormat), 0, 0, true},
		{"less than a second says nothing", now.Format(http.TimeFormat), 900 * time.Millisecond, 0, true},
		{"ours is a day ahead", now.Format(http.TimeFormat), 24 * time.Hour, 24 * time.Hour, true},
		{"ours is an hour behind", now.Format(http.TimeFormat), -time.Hour, -time.Hour, true},
		{"no time is told", "", 0, 0, false},
		{"it is no time", "yesterday \x1b[31m", 0, 0, false},
	} {
		ours, date = now.Add(tt.ours), tt.date
		c.Health(t.Context())
		if got, known := c.Ahead(); got != tt.want || known != tt.known {
			t.Errorf("%s: %s, %t; want %s, %t", tt.name, got, known, tt.want, tt.known)
		}
	}
}
