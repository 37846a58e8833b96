package workflow

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// Incidents lists security incidents: views IncidentsOpen, IncidentsAll,
// IncidentsMine (open ones of the person), IncidentsClosed; sorts SortNewest,
// SortOldest. Words are parts of the number and the description. Terms:
// IncidentKeys.
func (s *Service) Incidents(ctx context.Context, actorID model.PersonID, q Query) (Page[IncidentRow], error) {
	var page Page[IncidentRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanIncident(a, model.ActSee, model.Incident{}, false); err != nil {
			return err
		}
		sq, err := s.incidentQuery(tx, a, q)
		if err != nil {
			return err
		}
		p, err := tx.Incidents(sq)
		if err != nil {
			return err
		}
		n := namesIn(tx)
		page = pageOf(p, func(i model.Incident) IncidentRow {
			row := s.incidentRow(n, i)
			if err == nil {
				row.Endpoint, _, err = tx.Endpoint(i.EndpointID)
			}
			return row
		})
		if err == nil {
			err = n.err
		}
		return err
	})
	return page, err
}

func (s *Service) incidentRow(n *names, i model.Incident) IncidentRow {
	return IncidentRow{Incident: i, StateName: s.endpoints.Incidents.Name(i.State), Login: who(n, i.Assignee)}
}

func (s *Service) incidentQuery(tx *store.Tx, a model.Actor, q Query) (store.IncidentQuery, error) {
	span, err := q.span()
	sq := store.IncidentQuery{Words: q.Words, Span: span}
	if err != nil {
		return sq, err
	}
	switch q.View {
	case IncidentsOpen:
		sq.Open = true
	case IncidentsClosed:
		sq.Closed = true
	case IncidentsMine:
		sq.Open, sq.Assignee = true, a.ID
	case IncidentsAll:
	default:
		return sq, Invalid{"view": fmt.Sprintf("unknown view %q", q.View)}
	}
	if q.Sort == SortOldest {
		sq.Sort = store.SortOldest
	}
	for _, t := range q.Terms {
		if err := s.incidentTerm(tx, a, &sq, t); err != nil {
			return sq, err
		}
	}
	return sq, nil
}

// Incident returns an incident with both stories.
func (s *Service) Incident(ctx context.Context, actorID model.PersonID, n model.Number) (IncidentView, error) {
	var v IncidentView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		i, e, err := loadIncident(tx, a, model.ActSee, n)
		if err != nil {
			return err
		}
		names := namesIn(tx)
		v = IncidentView{IncidentRow: s.incidentRow(names, i), Perms: model.AllowedOnIncident(a, i, e.State.Open())}
		v.Endpoint = e
		if v.Request, err = s.viewEndpoint(tx, a, e); err != nil {
			return err
		}
		v.Timeline = v.Request.Timeline
		return names.err
	})
	return v, err
}

// loadIncident reads an incident with its endpoint request, if the actor may do
// the action to it.
func loadIncident(tx *store.Tx, a model.Actor, act model.Action, n model.Number) (model.Incident, model.EndpointRequest, error) {
	// Who may see none at all does not learn which there are.
	if err := model.CanIncident(a, model.ActSee, model.Incident{}, false); err != nil {
		return model.Incident{}, model.EndpointRequest{}, err
	}
	i, found, err := tx.Incident(n)
	if err == nil && !found {
		err = notFound(string(n))
	}
	if err != nil {
		return i, model.EndpointRequest{}, err
	}
	e, _, err := tx.Endpoint(i.EndpointID)
	if err != nil {
		return i, e, err
	}
	return i, e, model.CanIncident(a, act, i, e.State.Open())
}

// AssignIncident gives an incident to somebody by login, to nobody for "".
func (s *Service) AssignIncident(ctx context.Context, actorID model.PersonID, n model.Number, login string) error {
	return s.onIncident(ctx, actorID, model.ActAssign, n, func(tx *store.Tx, i *model.Incident) (change, error) {
		if login == "" {
			i.Assignee = ""
			return change{action: "incident.assign", says: []string{"assigned to nobody"}}, nil
		}
		p, found, err := tx.PersonByLogin(login)
		switch {
		case err != nil:
			return change{}, err
		case !found:
			return change{}, Invalid{"assignee": login + " is not registered here"}
		}
		if err := model.CanIncident(model.Actor{Person: p}, model.ActAssign, *i, false); err != nil {
			return change{}, Invalid{"assignee": login + " does not work on incidents: " + err.Error()}
		}
		i.Assignee = p.ID
		return change{action: "incident.assign", detail: string(p.ID), says: []string{"assigned to " + p.Short()}}, nil
	})
}

// NoteIncident adds a work note.
func (s *Service) NoteIncident(ctx context.Context, actorID model.PersonID, n model.Number, text string) error {
	if err := validComment(text, true); err != nil {
		return err
	}
	return s.onIncident(ctx, actorID, model.ActNote, n, func(tx *store.Tx, i *model.Incident) (change, error) {
		return change{action: "incident.note", texts: []model.AuditText{{Name: "note", Text: text}}},
			say(tx, i.Number, actorID, model.EntryNote, text)
	})
}

// CloseIncident closes an incident with a comment, which is required.
func (s *Service) CloseIncident(ctx context.Context, actorID model.PersonID, n model.Number, comment string) error {
	if err := validComment(comment, true); err != nil {
		return err
	}
	return s.onIncident(ctx, actorID, model.ActClose, n, func(tx *store.Tx, i *model.Incident) (change, error) {
		i.State, i.Closed, i.CloseNotes = model.IncidentClosed, tx.Now, comment
		return change{action: "incident.close", texts: []model.AuditText{{Name: "comment", Text: comment}}, says: []string{"closed: " + comment}}, nil
	})
}

// ReopenIncident opens a closed incident again, for analysis, and says why.
func (s *Service) ReopenIncident(ctx context.Context, actorID model.PersonID, n model.Number, why string) error {
	if err := validComment(why, true); err != nil {
		return err
	}
	return s.onIncident(ctx, actorID, model.ActReopen, n, func(tx *store.Tx, i *model.Incident) (change, error) {
		before := i.CloseNotes
		i.State, i.CloseNotes, i.Closed = model.IncidentAnalysis, "", noDue
		c := change{action: "incident.reopen", texts: []model.AuditText{{Name: "why", Text: why}}, says: []string{"reopened: " + why}}
		if before != "" {
			c.says = append(c.says, "it was closed with: "+before)
		}
		return c, nil
	})
}

// onIncident changes an incident in one transaction, if the actor may.
func (s *Service) onIncident(ctx context.Context, actorID model.PersonID, act model.Action, n model.Number,
	do func(*store.Tx, *model.Incident) (change, error)) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		i, _, err := loadIncident(tx, a, act, n)
		if err != nil {
			return err
		}
		c, err := do(tx, &i)
		if err != nil {
			return err
		}
		if changed, err := tx.UpdateIncident(i); err != nil || !changed {
			return orConflict(err, n)
		}
		c.by, c.object, c.correlation = a.ID, n, i.Correlation
		return record(tx, c)
	})
}
