package ui

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// TestWhatGoesWrongIsLogged holds that from every error on the screen l leads to a
// line, also where the tab knows of no request that it is about.
func TestWhatGoesWrongIsLogged(t *testing.T) {
	t.Parallel()
	c := newConsole(t, admin(), 120, 36)
	var log bytes.Buffer
	c.opts.Log = slog.New(slog.NewJSONHandler(&log, nil))
	c.play(c.handle(tab.Notice{Kind: tab.NoticeOK, Text: widget.Words(theme.Text, "it went well")}))
	c.play(c.handle(tab.Notice{Kind: tab.NoticeWarn, Text: widget.Words(theme.Text, "mark something first")}))
	if log.Len() > 0 {
		t.Errorf("logged what is no error: %s", &log)
	}
	for _, known := range []model.CorrelationID{"c7a1", ""} {
		log.Reset()
		c.play(c.handle(tab.Notice{Kind: tab.NoticeBad, Text: widget.Words(theme.Text, "disk I/O error"), Correlation: known}))
		var line struct{ Level, Msg, Person, Correlation string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", &log, err)
		}
		if line.Level != "ERROR" || line.Msg != "disk I/O error" || line.Person != string(c.session.env.Me.ID) || line.Correlation == "" ||
			known != "" && line.Correlation != string(known) {
			t.Errorf("logged %+v", line)
		}
		c.wantScreen("▲ disk I/O error  l log")
		if got := c.notice.matter(); string(got) != line.Correlation {
			t.Errorf("l leads to %q, the line has %q", got, line.Correlation)
		}
	}
}
