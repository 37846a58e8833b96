package plain

import (
	"context"
	"errors"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// followGap is how long to wait after news before the lines are read: they come in
// bursts.
const followGap = 100 * time.Millisecond

// followLog prints lines of the application log as they come, until the person types
// a line, which is not a command.
func (s *session) followLog(correlation string) error {
	q := workflow.Query{Limit: pageRows}
	if correlation != "" {
		id := model.CorrelationID(correlation)
		if n := model.Number(correlation); n.Valid() {
			var err error
			if id, err = s.svc.MatterOf(s.ctx, s.me.ID, n); err != nil {
				return err
			}
		}
		q.Terms = []workflow.Term{{Key: "correlation", Value: string(id)}}
	}
	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	news := s.svc.LogNews(ctx)
	page, err := s.svc.Log(ctx, s.me.ID, q)
	if err != nil {
		return err
	}
	s.tellLines(page.Rows)
	s.out.say("New lines follow. An empty line ends it.")
	q.Above, q.Limit = page.Top, 0
	for {
		select {
		case _, open := <-s.in.lines:
			if !open {
				return errEnd
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-news:
			if !open {
				return errors.New("the log is closed")
			}
		}
		gap := time.NewTimer(followGap)
		select {
		case <-gap.C:
		case <-ctx.Done():
			gap.Stop()
			return ctx.Err()
		}
		rows, top, err := since(q, func(q workflow.Query) (workflow.LogPage, error) { return s.svc.Log(ctx, s.me.ID, q) })
		if err != nil {
			return err
		}
		s.tellLines(rows)
		if q.Above = max(q.Above, top); s.out.err != nil {
			return s.out.err
		}
	}
}

// since asks for all lines above those that are known, however many came at once, and
// returns them with the newest that there was.
func since(q workflow.Query, ask func(workflow.Query) (workflow.LogPage, error)) (rows []workflow.LogRow, top int64, err error) {
	for {
		page, err := ask(q)
		if err != nil {
			return nil, 0, err
		}
		if q.After == "" {
			top = page.Top
		}
		rows = append(rows, page.Rows...)
		if q.After = page.Next; q.After == "" {
			return rows, top, nil
		}
	}
}

// tellLines prints lines of the log, the oldest first.
func (s *session) tellLines(rows []workflow.LogRow) {
	for i := len(rows) - 1; i >= 0; i-- {
		l := rows[i]
		s.out.say("%s, %s, %s, %s", l.At.In(s.opt.Zone).Format(clock), l.Level, l.Component, l.Message)
	}
}
