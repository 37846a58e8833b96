package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// readsLogs returns why the person may not read logs, nil if they may.
func readsLogs(a model.Actor) error {
	if a.Has(model.RoleSupport) || a.Has(model.RoleAdmin) {
		return nil
	}
	return &model.Denied{Code: model.DenyRole, Reason: "only support and admins read the logs"}
}

// Audit lists the audit chain, newest first. Terms: who, action, object.
func (s *Service) Audit(ctx context.Context, actorID model.PersonID, q Query) (Page[AuditRow], error) {
	var page Page[AuditRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := readsLogs(a); err != nil {
			return err
		}
		aq, err := auditQuery(tx, q)
		if err != nil {
			return err
		}
		p, err := tx.Audit(aq)
		if err != nil {
			return err
		}
		n := namesIn(tx)
		page = pageOf(p, func(e model.AuditEntry) AuditRow { return AuditRow{AuditEntry: e, Who: n.short(e.Actor)} })
		return n.err
	})
	return page, err
}

func auditQuery(tx *store.Tx, q Query) (store.AuditQuery, error) {
	span, err := q.span()
	aq := store.AuditQuery{Span: span}
	aq.Objects = append(aq.Objects, q.Words...)
	for _, t := range q.Terms {
		if err != nil {
			break
		}
		switch t.Key {
		case "who":
			aq.Actors, err = tx.FindPeople(t.Value, pageLimit)
			if aq.Actors == nil {
				aq.Actors = []model.PersonID{}
			}
		case "action":
			aq.Action = t.Value
		case "object":
			aq.Objects = append(aq.Objects, t.Value)
		default:
			err = badTerm(t, "the keys are who, action, object")
		}
	}
	return aq, err
}

// VerifyAudit reads the whole chain and compares it with the heads that were
// exported. Two seconds a million entries.
func (s *Service) VerifyAudit(ctx context.Context, actorID model.PersonID) (ChainState, error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return ChainState{}, err
	}
	r, err := s.db.VerifyAudit(ctx)
	return ChainState{Entries: r.Entries, Head: r.Head, Intact: r.Intact(), BadSeq: r.BadSeq, Problem: r.Problem}, err
}

// searchPatience bounds a search that finds little in a long log; the page it
// returns then says where to go on.
const searchPatience = 2 * time.Second

// Log lists the application log, newest first. Terms: level, component,
// correlation; words are looked for as they are, together.
func (s *Service) Log(ctx context.Context, actorID model.PersonID, q Query) (Page[LogRow], error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return Page[LogRow]{}, err
	}
	lq, err := logQuery(q)
	if err != nil {
		return Page[LogRow]{}, err
	}
	if len(q.Words) == 0 {
		p, err := s.db.LogLines(ctx, lq)
		return pageOf(p, logRow), err
	}
	var page Page[LogRow]
	searching, cancel := context.WithTimeout(ctx, searchPatience)
	defer cancel()
	lq.Parts = []string{strings.Join(q.Words, " ")}
	at, err := s.db.SearchLog(searching, lq, func(l store.LogLine) bool {
		page.Rows = append(page.Rows, logRow(l))
		return len(page.Rows) < lq.Span.Limit
	})
	if err != nil && ctx.Err() == nil && searching.Err() != nil {
		err = nil
	}
	page.Next = Cursor(at.String())
	return page, err
}

func (s *Service) mayReadLogs(ctx context.Context, actorID model.PersonID) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		return readsLogs(a)
	})
}

func logQuery(q Query) (store.LogQuery, error) {
	span, err := q.span()
	lq := store.LogQuery{Level: slog.LevelDebug, Span: span}
	for _, t := range q.Terms {
		if err != nil {
			break
		}
		switch t.Key {
		case "level":
			if uerr := lq.Level.UnmarshalText([]byte(t.Value)); uerr != nil {
				err = badTerm(t, "one of debug, info, warn, error")
			}
		case "component":
			lq.Component = t.Value
		case "correlation":
			lq.Correlation = model.CorrelationID(t.Value)
		default:
			err = badTerm(t, "the keys are level, component, correlation")
		}
	}
	return lq, err
}

func logRow(l store.LogLine) LogRow {
	row := LogRow{ID: l.ID, At: l.At, Level: l.Level.String(), Component: l.Component, Message: l.Message, Correlation: l.Correlation}
	var fields map[string]any
	if l.Fields == "" || json.Unmarshal([]byte(l.Fields), &fields) != nil {
		return row
	}
	for _, key := range sortedKeys(fields) {
		row.Fields = append(row.Fields, model.Fact{Key: key, Value: fmt.Sprint(fields[key])})
	}
	return row
}

// Traffic lists the commands sent to the vault, newest first. Words are parts of
// the command. Terms: outcome, correlation.
func (s *Service) Traffic(ctx context.Context, actorID model.PersonID, q Query) (Page[TrafficRow], error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return Page[TrafficRow]{}, err
	}
	span, err := q.span()
	if err != nil {
		return Page[TrafficRow]{}, err
	}
	tq := store.TrafficQuery{Words: q.Words, Span: span}
	for _, t := range q.Terms {
		switch t.Key {
		case "outcome":
			tq.Outcome = t.Value
		case "correlation":
			tq.Correlation = model.CorrelationID(t.Value)
		default:
			return Page[TrafficRow]{}, badTerm(t, "the keys are outcome, correlation")
		}
	}
	p, err := s.db.Traffic(ctx, tq)
	return pageOf(p, func(t store.Traffic) TrafficRow {
		return TrafficRow{ID: t.ID, At: t.At, Command: t.Command, Wait: t.Waited, Run: t.Took, Status: t.Status,
			Outcome: t.Outcome, ServiceID: t.ServiceID, Error: t.Problem, Correlation: t.Correlation}
	}), err
}
