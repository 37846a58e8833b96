package workflow

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// Badges counts what waits for the person; each count stops at BadgeCap. Approvals
// has what the view RequestsWaiting and WaitingToo list, and of it Endpoints what
// WaitingToo lists.
func (s *Service) Badges(ctx context.Context, actorID model.PersonID) (Badges, error) {
	var out Badges
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		b, err := tx.Badges(store.BadgeQuery{Person: a.ID, Login: a.Login, Email: a.Email, Decides: ownGroups(a), Acts: acting(a), Fulfils: a.Groups,
			FulfilAll: a.Has(model.RoleAdmin), Endpoints: a.Has(model.RoleApprover), Devices: s.decidesDevices(a), Cap: BadgeCap})
		if err != nil {
			return err
		}
		out = Badges{Approvals: b.Approvals, Tasks: b.Tasks, Unknown: b.Unknown, Endpoints: b.Endpoints, EndpointEnds: b.EndpointEnds, Me: a}
		notices, err := tx.Notices(a.ID, BadgeCap)
		if err != nil {
			return err
		}
		out.Notices = len(notices)
		out.Reviews, err = reviewable(tx, a)
		return err
	})
	return out, err
}

// Tasks lists tasks of the person's groups (all for an admin). Views TasksOpen,
// TasksMine, TasksDone; sorts SortOldest, SortNewest (done ones come latest
// first). Terms: requestor, item, number, state, assignee:none.
func (s *Service) Tasks(ctx context.Context, actorID model.PersonID, q Query) (Page[TaskRow], error) {
	var page Page[TaskRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		sq, err := taskQuery(tx, a, q)
		if err != nil {
			return err
		}
		p, err := tx.Tasks(sq)
		if err != nil {
			return err
		}
		page = pageOf(p, func(r store.TaskRow) TaskRow {
			return TaskRow{Number: r.Task.Number, Request: requestRow(a, r.Request), Kind: r.Task.Kind, State: r.Task.State,
				Group: r.Task.Group, Assignee: r.Login, Mine: r.Task.Assignee == a.ID, OpState: r.OpState,
				Created: r.Task.Created, Updated: r.Task.Updated, Revision: r.Task.Revision}
		})
		return nil
	})
	return page, err
}

func taskQuery(tx *store.Tx, a model.Actor, q Query) (store.TaskQuery, error) {
	span, err := q.span()
	sq := store.TaskQuery{All: a.Has(model.RoleAdmin), Groups: a.Groups, Assignee: a.ID, Words: q.Words, Span: span}
	if err != nil {
		return sq, err
	}
	views := map[string]store.TaskView{TasksOpen: store.TasksOpen, TasksMine: store.TasksMine, TasksDone: store.TasksDone}
	view, ok := views[q.View]
	if !ok {
		return sq, Invalid{"view": fmt.Sprintf("unknown view %q", q.View)}
	}
	sq.View = view
	if q.Sort == SortNewest && q.View != TasksDone {
		sq.Sort = store.SortNewest
	}
	for _, t := range q.Terms {
		switch t.Key {
		case "requestor":
			if sq.Requestors, err = tx.FindPeople(t.Value, pageLimit); err != nil {
				return sq, err
			}
			if sq.Requestors == nil {
				sq.Requestors = []model.PersonID{}
			}
		case "item":
			item, ok := findItem(t.Value)
			if !ok {
				return sq, badTerm(t, "no such catalog item")
			}
			sq.Items = append(sq.Items, item)
		case "number":
			sq.Number = t.Value
		case "assignee":
			if t.Value != "none" {
				return sq, badTerm(t, "write assignee:none for tasks that nobody has")
			}
			sq.Unassigned = true
		case "state":
			for _, st := range model.TaskStates() {
				if st.Words() == t.Value {
					sq.States = append(sq.States, st)
				}
			}
			if len(sq.States) == 0 {
				return sq, badTerm(t, "one of open, complete, incomplete, skipped")
			}
		default:
			return sq, badTerm(t, "the keys are requestor, item, number, state, assignee")
		}
	}
	return sq, nil
}

// Unknown lists operations whose outcome is being looked for, oldest first: of
// the person's groups, all for an admin, and with them the decisions about endpoint
// requests and devices.
func (s *Service) Unknown(ctx context.Context, actorID model.PersonID, q Query) (Page[OperationRow], error) {
	var page Page[OperationRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		span, err := q.span()
		if err != nil {
			return err
		}
		p, err := tx.Unknown(a.Has(model.RoleAdmin), a.Groups, span)
		page = pageOf(p, func(r store.OperationRow) OperationRow {
			if r.Operation.Kind.Decides() {
				return OperationRow{Op: r.Operation, Number: r.Operation.Intent.Number, Title: r.Operation.Intent.Title}
			}
			return OperationRow{Op: r.Operation, Number: r.Number, Task: r.Task, Title: r.Label}
		})
		return err
	})
	return page, err
}

// Access lists the person's own access through this program: what stands,
// ending first, and on the last page what is over.
func (s *Service) Access(ctx context.Context, actorID model.PersonID, q Query) (Page[GrantRow], error) {
	var page Page[GrantRow]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		span, err := q.span()
		if err != nil {
			return err
		}
		p, err := tx.Grants(store.GrantQuery{Email: a.Email, Span: span})
		if err != nil {
			return err
		}
		if page.Next = Cursor(p.Next().String()); page.Next == "" {
			over, err := tx.Grants(store.GrantQuery{Email: a.Email, Ended: true, Span: store.Span{Limit: pageLimit}})
			if err != nil {
				return err
			}
			p.Rows = append(p.Rows, over.Rows...)
		}
		page.Rows, err = grantRows(tx, a, p.Rows)
		return err
	})
	return page, err
}

// Endpoints lists endpoint privilege requests. Views EndpointsWaiting and
// EndpointsDecided; sorts SortExpires (waiting only), SortNewest. Words are
// parts of user, machine, what, kind and incident. Terms: EndpointKeys. Only
// approvers, admins and support see them.
func (s *Service) Endpoints(ctx context.Context, actorID model.PersonID, q Query) (Page[model.EndpointRequest], error) {
	var page Page[model.EndpointRequest]
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if !a.Has(model.RoleApprover) && !a.Has(model.RoleAdmin) && !a.Has(model.RoleSupport) {
			return &model.Denied{Code: model.DenyRole, Reason: "only approvers, admins and support see endpoint requests"}
		}
		span, err := q.span()
		if err != nil {
			return err
		}
		sq := store.EndpointQuery{Ended: q.View == EndpointsDecided, Words: q.Words, Span: span}
		if q.Sort == SortNewest {
			sq.Sort = store.SortNewest
		}
		if q.View != EndpointsWaiting && q.View != EndpointsDecided {
			return Invalid{"view": fmt.Sprintf("unknown view %q", q.View)}
		}
		for _, t := range q.Terms {
			if err := endpointTerm(tx, &sq, t); err != nil {
				return err
			}
		}
		p, err := tx.Endpoints(sq)
		page = pageOf(p, func(e model.EndpointRequest) model.EndpointRequest { return e })
		return err
	})
	return page, err
}
