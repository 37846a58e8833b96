package workflow

import (
	"context"

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
	for _, word := range q.Words {
		aq.Objects = append(aq.Objects, word)
	}
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
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		return readsLogs(a)
	})
	if err != nil {
		return ChainState{}, err
	}
	r, err := s.db.VerifyAudit(ctx)
	return ChainState{Entries: r.Entries, Head: r.Head, Intact: r.Intact(), BadSeq: r.BadSeq, Problem: r.Problem}, err
}
