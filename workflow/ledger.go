package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// The views of the ledger of access.
const (
	GrantsOpen = "open" // what stands or waits for an accepted invitation
	GrantsOver = "over" // what has ended
)

// Ledger lists who has what until when by which request: everything for admins
// and support, for others what the groups gave that they fulfil for. Views
// GrantsOpen ("" too) and GrantsOver; sorts SortEnd (of what stands only, the
// first) and SortNewest. Words are parts of the target's title, the address, the
// team's name or the number. Terms: person, record (a UID, or words of the title),
// kind, state, ends:<7d, number. It fails with a *model.Denied for whoever has no
// part in such work.
func (s *Service) Ledger(ctx context.Context, actorID model.PersonID, q Query) (Page[GrantRow], error) {
	var page Page[GrantRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		gq, err := grantQuery(tx, a, q)
		if err != nil {
			return err
		}
		p, err := tx.Grants(gq)
		if err != nil {
			return err
		}
		page.Next = Cursor(p.Next().String())
		page.Rows, err = grantRows(tx, a, p.Rows)
		return err
	})
	return page, err
}

func grantQuery(tx *store.Tx, a model.Actor, q Query) (store.GrantQuery, error) {
	span, err := q.span()
	gq := store.GrantQuery{Ended: q.View == GrantsOver, Span: span}
	if err != nil {
		return gq, err
	}
	if !a.Has(model.RoleAdmin) && !a.Has(model.RoleSupport) {
		if gq.Groups = a.Groups; len(a.Groups) == 0 {
			return gq, &model.Denied{Code: model.DenyRole, Reason: "only admins, support and the fulfilment groups see who has what"}
		}
	}
	if q.View != "" && q.View != GrantsOpen && q.View != GrantsOver {
		return gq, Invalid{"view": fmt.Sprintf("unknown view %q", q.View)}
	}
	gq.Words = q.Words
	for _, t := range q.Terms {
		if err := grantTerm(tx, &gq, t); err != nil {
			return gq, err
		}
	}
	if gq.Sort = store.SortEnd; gq.Ended || q.Sort == SortNewest {
		gq.Sort = store.SortNewest
	}
	return gq, nil
}

// grantTerm adds a term of the filter to the query.
func grantTerm(tx *store.Tx, gq *store.GrantQuery, t Term) (err error) {
	switch t.Key {
	case "person":
		if model.ValidateEmail(t.Value) == nil || model.UID(t.Value).Valid() {
			gq.Email = t.Value
			return nil
		}
		gq.Who = t.Value
		gq.People, err = tx.FindPeople(t.Value, pageLimit)
		return err
	case "record", "folder":
		if uid := model.UID(t.Value); uid.Valid() {
			gq.Target = uid
			return nil
		}
		gq.Titles = append(gq.Titles, strings.Fields(t.Value)...)
	case "kind":
		switch t.Value {
		case "link":
			gq.Links = true
		case string(model.TargetRecord), string(model.TargetFolder):
			gq.Kind = model.TargetKind(t.Value)
		default:
			return badTerm(t, "one of record, folder, link")
		}
	case "state":
		return grantState(gq, t)
	case "ends":
		d, err := model.ParseDuration(t.Value)
		if err != nil || t.Op == ">" {
			return badTerm(t, "write it as ends:<7d")
		}
		gq.Before = tx.Now.Add(d)
	case "number":
		gq.Number = t.Value
	default:
		return badTerm(t, "the keys are person, record, kind, state, ends, number")
	}
	return nil
}

// grantState adds a state to the query; one that is over turns to what is over.
func grantState(gq *store.GrantQuery, t Term) error {
	switch t.Value {
	case "drift":
		gq.Drift = true
		return nil
	case "pending", "invited":
		gq.States = append(gq.States, model.GrantPending)
	case "active":
		gq.States = append(gq.States, model.GrantActive)
	case "ended", "revoked":
		gq.States = append(gq.States, model.GrantState(t.Value))
	default:
		return badTerm(t, "one of active, pending, drift, ended, revoked")
	}
	gq.Ended = !slices.ContainsFunc(gq.States, model.GrantState.Open)
	return nil
}

// grantRows makes rows for a person from those of the store.
func grantRows(tx *store.Tx, a model.Actor, rows []store.GrantRow) ([]GrantRow, error) {
	var open []int64
	for _, r := range rows {
		if id := r.Grant.RequestID; r.Grant.State.Open() && !slices.Contains(open, id) {
			open = append(open, id)
		}
	}
	cases, err := tx.Cases(open)
	if err != nil {
		return nil, err
	}
	of := make(map[int64]model.Case, len(cases))
	for _, c := range cases {
		of[c.Request.ID] = c
	}
	out := make([]GrantRow, 0, len(rows))
	for _, r := range rows {
		row := GrantRow{Grant: r.Grant, OpState: r.OpState, Ending: endingSoon(r.Grant, tx.Now),
			Drift: r.Grant.Drift, Checked: r.Grant.Checked}
		if c, ok := of[r.Grant.RequestID]; ok && r.Grant.State.Open() {
			for _, act := range []model.Action{model.ActGiveBack, model.ActRevoke} {
				row.Perms = append(row.Perms, model.Permission{Action: act, Err: model.Can(a, act, c, tx.Now)})
			}
		}
		out = append(out, row)
	}
	return out, nil
}
