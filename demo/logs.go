package demo

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// logDays is how much of the past the demo's logs hold.
const logDays = 4

// orderNamed names an order as the worker's log does: by the numbers under which
// people know it, what is ordered, and on what.
func orderNamed(numbers string, op model.Operation) string {
	return fmt.Sprintf("%s: %s on %q", numbers, op.Kind, op.Intent.Title)
}

// logOrder notes what the log and the vault traffic hold of an order.
func (s *stage) logOrder(numbers string, op model.Operation, at time.Time) {
	if at.Before(s.ago(logDays * day)) {
		return
	}
	s.line(at, slog.LevelInfo, "worker", orderNamed(numbers, op)+" is done", op.Correlation, fmt.Sprintf(`{"operation":%d}`, op.ID))
	ran := between(s.random, 40*time.Millisecond, 900*time.Millisecond)
	command := "share-record --email=" + op.Intent.Email + " --action=grant"
	switch op.Kind {
	case model.OpJoin:
		command = "share-folder --email=" + op.Intent.Email + " --action=grant " + string(op.Intent.Folder)
	case model.OpLink:
		command = "one-time-share create --name=" + string(op.Intent.Number) + " --expire=" + strings.ReplaceAll(op.Intent.Limit.String(), " ", "")
	case model.OpCreate:
		command = "record-add --record-type=" + op.Intent.Create.Type + " --folder=" + string(op.Intent.Folder) + " …"
	case model.OpRemove:
		command = "share-record --email=" + op.Intent.Email + " --action=revoke"
	case model.OpLower:
		command = "share-record --email=" + op.Intent.Email + " --action=revoke --write"
	default:
		if op.Intent.Right.Edit() {
			command += " --write"
		}
		if !op.Intent.Expires.IsZero() {
			command += " --expire-at=" + op.Intent.Expires.UTC().Format("2006-01-02T15:04:05+00:00")
		}
	}
	for _, v := range []store.Traffic{
		{At: at.Add(-2 * ran), Command: "get --format=json " + string(op.Intent.Record), Path: "v1", Priority: "decision", Took: ran / 2,
			Status: http.StatusOK, Outcome: "answered"},
		{At: at.Add(-ran), Command: command + " " + string(op.Intent.Record), Path: "submit", Priority: "decision", Took: ran / 8,
			Status: http.StatusAccepted, Outcome: "queued", ServiceID: op.ServiceID},
		{At: at, Command: "result", Path: "result", Priority: "decision", Took: ran / 9, Status: http.StatusOK, Outcome: "answered",
			ServiceID: op.ServiceID},
	} {
		v.Correlation = op.Correlation
		s.traffic = append(s.traffic, v)
	}
}

func (s *stage) line(at time.Time, level slog.Level, component, message string, id model.CorrelationID, fields string) {
	s.lines = append(s.lines, store.LogLine{At: at, Level: level, Component: component, Message: message, Fields: fields, Correlation: id})
}

// routine adds what a worker logs that runs for days: its start, the titles it
// reads, an evening on which the vault was away.
func (s *stage) routine() {
	began := s.ago(logDays * day)
	s.line(began, slog.LevelInfo, "countersign", "worker started", "", `{"version":"development","vault":"https://vault-gw.example.com:8900"}`)
	s.line(began.Add(time.Second), slog.LevelInfo, "worker", "this worker is the active one", "", `{"holder":"vault-gw:2214:HQ5ZK3TA","fence":1}`)
	s.line(began.Add(2*time.Second), slog.LevelInfo, "worker", "the vault is connected", "", "")
	const removed = `{"lines":%d,"older than":"720h0m0s"}`
	for n, at := 0, began.Add(3*time.Second); at.Before(s.now); n, at = n+1, at.Add(hour+between(s.random, 0, 9*time.Second)) {
		s.line(at, slog.LevelInfo, "worker", "read the titles of the vault", "", `{"records and folders":231}`)
		switch {
		case n%24 == 5:
			s.line(at.Add(4*time.Minute), slog.LevelInfo, "worker", "old lines of the logs are removed", "", fmt.Sprintf(removed, 300+s.random.IntN(900)))
		case s.random.IntN(9) == 0:
			slow := at.Add(between(s.random, 0, 50*time.Minute))
			s.line(slow, slog.LevelWarn, "worker", fmt.Sprintf("the vault is slow: %d commands wait in the vault service's queue", 2+s.random.IntN(6)), "", "")
			s.line(slow.Add(40*time.Second), slog.LevelInfo, "worker", "the vault is connected", "", "")
		}
	}
	const refused = "dial tcp 10.20.0.14:8900: connect: connection refused"
	away := s.ago(day + 3*hour)
	s.line(away, slog.LevelWarn, "worker", "the vault is unreachable: "+refused, "", "")
	s.line(away.Add(15*time.Second), slog.LevelWarn, "worker", "endpoint requests cannot be listed", "",
		`{"error":"the vault service cannot be reached: `+refused+`"}`)
	s.line(away.Add(11*time.Minute), slog.LevelInfo, "worker", "the vault is connected", "", "")
	s.traffic = append(s.traffic, store.Traffic{At: away.Add(15 * time.Second), Command: "epm sync-down", Path: "v1", Priority: "polling",
		Took: 20 * time.Millisecond, Outcome: "unreachable", Problem: refused})
}

// writeLogs stores the lines and the traffic in the order of time.
func (s *stage) writeLogs(ctx context.Context) error {
	s.routine()
	slices.SortStableFunc(s.lines, func(a, b store.LogLine) int { return a.At.Compare(b.At) })
	if err := s.db.AppendLog(ctx, s.lines); err != nil {
		return err
	}
	slices.SortStableFunc(s.traffic, func(a, b store.Traffic) int { return a.At.Compare(b.At) })
	for _, v := range s.traffic {
		if err := s.db.AppendTraffic(ctx, v); err != nil {
			return err
		}
	}
	return nil
}
