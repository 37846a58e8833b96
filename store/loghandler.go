package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"countersign/model"
)

// The attributes that become columns of a log line.
const (
	// LogComponent names the part of the program that speaks.
	LogComponent = "component"
	// LogCorrelation ties a line to a request, its operations and its traffic.
	LogCorrelation = "correlation"
)

// The attributes that can hold a person, by the random id: they stay in the line's
// fields, and whoever shows it puts the login there.
const (
	LogPerson = "person" // who did something
	LogObject = "object" // to whom, or to what else that has no number
)

// logQueue is how many lines may wait for the disk. More are dropped and
// counted: a log must not hold up the program.
const logQueue = 4096

// logBatch bounds the lines of one commit.
const logBatch = 500

// LogHandler writes records of log/slog, and the vault traffic, into log.db. Lines
// that arrive while a commit is under way share the next one.
type LogHandler struct {
	sink   *logSink
	level  slog.Leveler
	prefix string // of groups, with a dot at its end
	line   LogLine
	fields []logField
}

type logField struct {
	key   string
	value any
}

// logEntry is a line of the log or, where call is set, one of the vault traffic.
type logEntry struct {
	LogLine
	call *Traffic
}

// logSink is the goroutine that all handlers derived from one share.
type logSink struct {
	db      *DB
	lines   chan logEntry
	flushes chan chan struct{}
	stop    chan struct{}
	ended   chan struct{}
	closing sync.Once
	dropped atomic.Int64
	failure atomic.Pointer[error]
}

// NewLogHandler returns a handler that stores records at or above a level. Close
// it before the store.
func NewLogHandler(db *DB, level slog.Leveler) *LogHandler {
	s := &logSink{db: db, lines: make(chan logEntry, logQueue), flushes: make(chan chan struct{}),
		stop: make(chan struct{}), ended: make(chan struct{})}
	go s.loop()
	return &LogHandler{sink: s, level: level}
}

// Enabled reports whether records of the level are stored.
func (h *LogHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

// Handle hands a record to the log. It never waits; a record for which there is
// no room is counted and dropped.
func (h *LogHandler) Handle(_ context.Context, r slog.Record) error {
	line := h.line
	line.At, line.Level, line.Message = r.Time, r.Level, r.Message
	if line.At.IsZero() {
		line.At = h.sink.db.opt.Now()
	}
	fields := slices.Clip(h.fields)
	r.Attrs(func(a slog.Attr) bool {
		fields = addAttr(&line, fields, h.prefix, a)
		return true
	})
	line.Fields = fieldsText(fields)
	h.sink.take(logEntry{LogLine: line})
	return nil
}

// Traffic hands a command that was sent to the vault to the log. Like Handle, it
// never waits.
func (h *LogHandler) Traffic(v Traffic) { h.sink.take(logEntry{call: &v}) }

// take keeps an entry for the disk, or counts it where there is no room.
func (s *logSink) take(e logEntry) {
	select {
	case s.lines <- e:
	default:
		s.dropped.Add(1)
	}
}

// WithAttrs returns a handler whose records have the attributes.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.fields = slices.Clip(h.fields)
	for _, a := range attrs {
		c.fields = addAttr(&c.line, c.fields, h.prefix, a)
	}
	return &c
}

// WithGroup returns a handler that puts name before the keys of its attributes.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	c := *h
	c.prefix = h.prefix + name + "."
	return &c
}

// Flush waits until every record that was handed over before is stored, or lost.
func (h *LogHandler) Flush() {
	done := make(chan struct{})
	select {
	case h.sink.flushes <- done:
		<-done
	case <-h.sink.ended:
	}
}

// Close stores what waits and ends the handler. Later records are dropped.
func (h *LogHandler) Close() error {
	h.sink.closing.Do(func() { close(h.sink.stop) })
	<-h.sink.ended
	return h.Err()
}

// Err returns why the last lines could not be stored, nil if they were.
func (h *LogHandler) Err() error {
	if err := h.sink.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// addAttr adds an attribute to a line's columns or to its fields.
func addAttr(line *LogLine, fields []logField, prefix string, a slog.Attr) []logField {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return fields
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range v.Group() {
			fields = addAttr(line, fields, prefix, inner)
		}
		return fields
	case prefix == "" && a.Key == LogComponent:
		line.Component = v.String()
		return fields
	case prefix == "" && a.Key == LogCorrelation:
		line.Correlation = model.CorrelationID(v.String())
		return fields
	}
	return append(fields, logField{prefix + a.Key, plain(v)})
}

// plain is a value as JSON can hold it and people can read it.
func plain(v slog.Value) any {
	switch v.Kind() {
	case slog.KindDuration:
		return v.Duration().String()
	case slog.KindTime:
		return v.Time().UTC().Format(time.RFC3339Nano)
	case slog.KindAny:
		switch x := v.Any().(type) {
		case error:
			return x.Error()
		case fmt.Stringer:
			return x.String()
		}
	}
	return v.Any()
}

// fieldsText writes fields as a JSON object in their order, "" for none.
func fieldsText(fields []logField) string {
	if len(fields) == 0 {
		return ""
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(jsonOf(f.key))
		b.WriteByte(':')
		b.Write(jsonOf(f.value))
	}
	b.WriteByte('}')
	return b.String()
}

// jsonOf is a value as JSON; one that JSON cannot hold is written as Go prints
// it, because a log must take anything.
func jsonOf(v any) []byte {
	if b, err := json.Marshal(v); err == nil {
		return b
	}
	b, err := json.Marshal(fmt.Sprintf("%+v", v))
	if err != nil {
		return []byte("null")
	}
	return b
}

func (s *logSink) loop() {
	defer close(s.ended)
	for {
		select {
		case e := <-s.lines:
			s.store(s.collect([]logEntry{e}))
		case done := <-s.flushes:
			s.drain()
			close(done)
		case <-s.stop:
			s.drain()
			return
		}
	}
}

// collect adds what waits right now.
func (s *logSink) collect(batch []logEntry) []logEntry {
	for len(batch) < logBatch {
		select {
		case e := <-s.lines:
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// drain stores everything that waits.
func (s *logSink) drain() {
	for {
		batch := s.collect(nil)
		if len(batch) == 0 {
			return
		}
		s.store(batch)
	}
}

// store writes a batch. Entries that the disk does not take are counted, and the
// count is the first line that it takes again.
func (s *logSink) store(batch []logEntry) {
	var lines []LogLine
	var calls []Traffic
	lost := s.dropped.Swap(0)
	if lost > 0 {
		lines = append(lines, LogLine{At: s.db.opt.Now(), Level: slog.LevelWarn, Component: "log",
			Message: fmt.Sprintf("%d log lines were lost: they came too fast, or could not be written", lost)})
	}
	for _, e := range batch {
		if e.call != nil {
			calls = append(calls, *e.call)
			continue
		}
		lines = append(lines, e.LogLine)
	}
	if err := s.db.appendLogs(context.Background(), lines, calls); err != nil {
		s.dropped.Add(lost + int64(len(batch)))
		s.failure.Store(&err)
		return
	}
	s.failure.Store(nil)
}
