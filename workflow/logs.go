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
	return &model.Denied{Code: model.DenyRole, Reason: "only support and admins see how the program is and what it did"}
}

// LogPage is a part of the application log, the newest lines first.
type LogPage struct {
	Page[LogRow]
	// Top is the newest line that there was. A question with Query.Above set to it
	// is answered with what came since.
	Top int64
	// Reached is how far back a search has looked that goes on at Next although the
	// page is not full; zero for every other page.
	Reached time.Time
}

// searchPatience bounds one question of a search, so that what it finds is shown
// while it goes on: the page says where.
const searchPatience = 200 * time.Millisecond

// Log lists the application log, newest first. Words are looked up, the last one
// may be unfinished; the term exact is a text that a line must contain as it is.
// Other terms: level (and above), component, correlation, from and to.
//
// A search through many lines is answered in parts: a page that is not full may
// have a Next.
func (s *Service) Log(ctx context.Context, actorID model.PersonID, q Query) (LogPage, error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return LogPage{}, err
	}
	lq, err := s.logQuery(q)
	if err != nil {
		return LogPage{}, err
	}
	top, err := s.db.LogTop(ctx)
	if err != nil {
		return LogPage{}, err
	}
	var page LogPage
	if lq.Listed() {
		var p store.Page[store.LogLine]
		p, err = s.db.LogLines(ctx, lq)
		page.Page = pageOf(p, logRow)
	} else {
		page, err = s.searchLog(ctx, lq)
	}
	if err != nil {
		return LogPage{}, err
	}
	page.Top = top
	return page, s.nameIn(ctx, page.Rows)
}

// nameIn puts the logins of people into the fields that hold their ids.
func (s *Service) nameIn(ctx context.Context, rows []LogRow) error {
	login := s.Logins(ctx)
	for _, r := range rows {
		for i, f := range r.Fields {
			if f.Key != LogPerson && f.Key != store.LogObject {
				continue
			}
			name, err := login(model.PersonID(f.Value))
			if err != nil {
				return err
			}
			if name != "" {
				r.Fields[i].Value = name
			}
		}
	}
	return nil
}

func (s *Service) searchLog(ctx context.Context, q store.LogQuery) (LogPage, error) {
	var page LogPage
	searching, cancel := context.WithTimeout(ctx, searchPatience)
	defer cancel()
	at, err := s.db.SearchLog(searching, q, func(l store.LogLine) bool {
		page.Rows = append(page.Rows, logRow(l))
		return len(page.Rows) < q.Span.Limit
	})
	page.Next = Cursor(at.String())
	if err != nil && ctx.Err() == nil && searching.Err() != nil {
		page.Reached, err = s.db.LogTime(ctx, at)
	}
	return page, err
}

// LogComponents returns the parts of the program that have said something, sorted.
func (s *Service) LogComponents(ctx context.Context, actorID model.PersonID) ([]string, error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return nil, err
	}
	return s.db.Components(ctx)
}

// LogNews tells of every change of the application log and the vault traffic,
// until ctx ends: for those who follow them.
func (s *Service) LogNews(ctx context.Context) <-chan struct{} { return s.db.WatchLog(ctx) }

// MatterOf returns the correlation id of a request, a task or an incident;
// ErrNotFound if there is none with the number.
func (s *Service) MatterOf(ctx context.Context, actorID model.PersonID, n model.Number) (model.CorrelationID, error) {
	var id model.CorrelationID
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := readsLogs(a); err != nil {
			return err
		}
		if strings.HasPrefix(string(n), model.PrefixIncident) {
			i, found, err := tx.Incident(n)
			if err == nil && !found {
				err = notFound(string(n))
			}
			id = i.Correlation
			return err
		}
		c, err := loadAny(tx, n)
		id = c.Request.Correlation
		return err
	})
	return id, err
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

func (s *Service) logQuery(q Query) (store.LogQuery, error) {
	span, err := q.span()
	lq := store.LogQuery{Level: slog.LevelDebug, Words: q.Words, Above: q.Above, Span: span}
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
		case "exact":
			lq.Parts = append(lq.Parts, t.Value)
		case "from":
			lq.From, err = s.moment(t)
		case "to":
			lq.To, err = s.moment(t)
		default:
			err = badTerm(t, "the keys are level, component, correlation, exact, from, to")
		}
	}
	return lq, err
}

// moment reads the value of a term as a time. Whoever has a zone puts it in.
func (s *Service) moment(t Term) (time.Time, error) {
	at, err := model.ParseMoment(t.Value, s.now(), time.UTC)
	if err != nil {
		err = Invalid{t.Key: err.Error()}
	}
	return at, err
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
// the command. Terms: outcome, correlation, from and to.
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
		case "from":
			tq.From, err = s.moment(t)
		case "to":
			tq.To, err = s.moment(t)
		default:
			err = badTerm(t, "the keys are outcome, correlation, from, to")
		}
		if err != nil {
			return Page[TrafficRow]{}, err
		}
	}
	p, err := s.db.Traffic(ctx, tq)
	return pageOf(p, func(t store.Traffic) TrafficRow {
		return TrafficRow{ID: t.ID, At: t.At, Command: t.Command, Wait: t.Waited, Run: t.Took, Status: t.Status,
			Outcome: t.Outcome, ServiceID: t.ServiceID, Error: t.Problem, Correlation: t.Correlation}
	}), err
}
