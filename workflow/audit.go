package workflow

import (
	"context"
	"slices"

	"countersign/model"
	"countersign/store"
)

// Audit lists the audit chain, newest first. Terms: who, action, object, from and
// to. An object is a number, or a person by login or id.
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
		aq, err := s.auditQuery(tx, q)
		if err != nil {
			return err
		}
		p, err := tx.Audit(aq)
		if err != nil {
			return err
		}
		n := namesIn(tx)
		page = pageOf(p, func(e model.AuditEntry) AuditRow {
			row := AuditRow{AuditEntry: e, Who: n.short(e.Actor)}
			if !model.Number(e.Object).Valid() {
				if whom := n.short(model.PersonID(e.Object)); whom != e.Object {
					row.Whom = whom
				}
			}
			return row
		})
		return n.err
	})
	return page, err
}

func (s *Service) auditQuery(tx *store.Tx, q Query) (store.AuditQuery, error) {
	span, err := q.span()
	aq := store.AuditQuery{Span: span}
	objects := slices.Clone(q.Words)
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
			objects = append(objects, t.Value)
		case "from":
			aq.From, err = s.moment(t)
		case "to":
			aq.To, err = s.moment(t)
		default:
			err = badTerm(t, "the keys are who, action, object, from, to")
		}
	}
	for _, o := range objects {
		if err != nil {
			break
		}
		var p model.Person
		var found bool
		if p, found, err = tx.PersonByLogin(o); found {
			o = string(p.ID) // what is done to people is done to their ids
		}
		aq.Objects = append(aq.Objects, o)
	}
	return aq, err
}

// VerifyAudit reads the whole chain and compares it with the checkpoints that were
// written beside it. Two seconds a million entries.
func (s *Service) VerifyAudit(ctx context.Context, actorID model.PersonID) (ChainState, error) {
	return s.VerifyAuditAgainst(ctx, actorID, nil)
}

// VerifyAuditAgainst is VerifyAudit with further checkpoints, which were kept
// elsewhere.
func (s *Service) VerifyAuditAgainst(ctx context.Context, actorID model.PersonID, kept []store.AuditHead) (ChainState, error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return ChainState{}, err
	}
	r, err := s.db.VerifyAudit(ctx, kept...)
	return ChainState{Entries: r.Entries, Head: r.Head, Intact: r.Intact(), BadSeq: r.BadSeq, Problem: r.Problem, Erased: r.Erased,
		Checkpoints: r.Heads, Unreadable: r.Unreadable, Signed: r.Newest.Seq, SignedAt: r.Newest.At, Key: r.Newest.Fingerprint(), Unfinished: r.Unfinished}, err
}

// ExportAudit calls each for every entry of the audit chain in a span, the oldest
// first, and for the checkpoints among them. The end of the chain is signed
// before, where this process may read the key; otherwise unsigned says why not.
// With texts, which are personal, the export itself is an entry of the chain.
func (s *Service) ExportAudit(ctx context.Context, actorID model.PersonID, span store.AuditSpan, each func(store.AuditExport) error) (unsigned, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err == nil {
			err = readsLogs(a)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if span.Texts {
		err := s.db.Write(ctx, func(tx *store.Tx) error {
			return tx.AppendAudit(model.AuditEvent{Actor: actorID, Action: "audit.export", Object: "audit", Detail: "with texts", Correlation: newCorrelation()})
		})
		if err != nil {
			return nil, err
		}
	}
	_, unsigned = s.db.SignAuditEnd(ctx)
	return unsigned, s.db.ExportAudit(ctx, span, each)
}

// Logins returns a function that names people by their login, reading each once;
// "" for the program and for somebody who is not known any more.
func (s *Service) Logins(ctx context.Context) func(model.PersonID) (string, error) {
	known := map[model.PersonID]string{}
	return func(id model.PersonID) (string, error) {
		if login, ok := known[id]; ok || id == model.System {
			return login, nil
		}
		err := s.db.Read(ctx, func(tx *store.Tx) error {
			p, found, err := tx.Person(id)
			if found {
				known[id] = p.Short()
			} else {
				known[id] = ""
			}
			return err
		})
		return known[id], err
	}
}
