package workflow

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// hintsFrom is how many of the requests before one are looked at for hints, and
// how old they may be.
const (
	hintsFrom = 100
	hintsAge  = time.Hour
)

// Endpoint returns everything a detail screen shows of an endpoint request;
// ErrNotFound, or a *model.Denied for who may not see it.
func (s *Service) Endpoint(ctx context.Context, actorID model.PersonID, id int64) (EndpointView, error) {
	return s.endpointView(ctx, actorID, func(tx *store.Tx) (model.EndpointRequest, bool, error) { return tx.Endpoint(id) })
}

// EndpointByUID is Endpoint by the vault's UID, or by the number of the incident.
func (s *Service) EndpointByUID(ctx context.Context, actorID model.PersonID, uid string) (EndpointView, error) {
	return s.endpointView(ctx, actorID, func(tx *store.Tx) (model.EndpointRequest, bool, error) {
		if !strings.HasPrefix(uid, model.PrefixIncident) || !model.Number(uid).Valid() {
			return tx.EndpointByUID(model.UID(uid))
		}
		i, found, err := tx.Incident(model.Number(uid))
		if err != nil || !found {
			return model.EndpointRequest{}, false, err
		}
		return tx.Endpoint(i.EndpointID)
	})
}

func (s *Service) endpointView(ctx context.Context, actorID model.PersonID, read func(*store.Tx) (model.EndpointRequest, bool, error)) (EndpointView, error) {
	var v EndpointView
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		e, found, err := read(tx)
		if err != nil {
			return err
		}
		if err := model.CanEndpoint(a, model.ActSee, e, tx.Now); err != nil {
			return err
		}
		if !found {
			return notFound("endpoint request")
		}
		v, err = s.viewEndpoint(tx, a, e)
		return err
	})
	return v, err
}

// viewEndpoint gathers what a detail screen shows.
func (s *Service) viewEndpoint(tx *store.Tx, a model.Actor, e model.EndpointRequest) (EndpointView, error) {
	v := EndpointView{EndpointRequest: e, Statement: model.StatementOfEndpoint(e), Perms: model.AllowedOnEndpoint(a, e, tx.Now)}
	if left := e.Expires.Sub(tx.Now); e.State.Open() && !e.Expires.IsZero() && left > 0 {
		v.Left, v.Soon = left, left <= model.EndingSoon
	}
	recent, err := tx.RecentEndpoints(e.Created.Add(-hintsAge), hintsFrom)
	if err != nil {
		return v, err
	}
	v.Hints = s.hints(e, recent)
	n := namesIn(tx)
	if v.History, err = history(tx, n, e); err != nil {
		return v, err
	}
	if v.Incident, _, err = tx.IncidentOf(e.ID); err != nil {
		return v, err
	}
	if v.Timeline, err = timeline(tx, n, string(e.Incident)); err != nil {
		return v, err
	}
	if !e.Complete && e.State.Open() {
		if v.Ahead, err = tx.UnreadBefore(e.Expires, BadgeCap); err != nil {
			return v, err
		}
	}
	if v.Op, err = decisionOn(tx, e.ID, 0); err != nil {
		return v, err
	}
	v.DecidedBy = who(n, e.Decision.By)
	if e.State == model.EndpointPending {
		v.Deciders, err = deciders(tx, e.Group, func(p model.Person) error {
			whole := e
			whole.Complete = true
			return model.CanEndpoint(model.Actor{Person: p}, model.ActDeny, whole, time.Time{})
		})
	}
	if err == nil {
		err = n.err
	}
	return v, err
}

// who is the login of a person, "" for nobody.
func who(n *names, id model.PersonID) string {
	if id == "" {
		return ""
	}
	return n.short(id)
}

// decisionOn returns the order that carries a decision out, nil if there is none.
func decisionOn(tx *store.Tx, endpoint, device int64) (*model.Operation, error) {
	op, found, err := tx.DecisionOn(endpoint, device)
	if err != nil || !found {
		return nil, err
	}
	return &op, nil
}

// deciders lists the logins of the members of a group who can decide.
func deciders(tx *store.Tx, group model.GroupName, can func(model.Person) error) ([]string, error) {
	members, err := tx.Members(group)
	if err != nil {
		return nil, err
	}
	var able []string
	for _, p := range members {
		if can(p) == nil {
			able = append(able, p.Short())
		}
	}
	return able, nil
}

// timeline reads a timeline, the oldest entry first.
func timeline(tx *store.Tx, n *names, object string) ([]TimelineEntry, error) {
	entries, err := tx.Entries(object)
	var lines []TimelineEntry
	for _, e := range entries {
		lines = append(lines, TimelineEntry{At: e.At, Who: n.short(e.By), Kind: e.Kind, Text: e.Text})
	}
	return lines, err
}

// history looks up what our own history tells about requests like this one.
func history(tx *store.Tx, n *names, e model.EndpointRequest) (EndpointHistory, error) {
	keys := model.KeysOf(e)
	command, _ := e.Fact(model.GroupApplication, model.KeyCommand)
	var h EndpointHistory
	for _, part := range []struct {
		in         store.Same
		key, shown string
		into       *Earlier
	}{
		{store.SameUser, keys.User, e.User, &h.User},
		{store.SameFile, keys.File, e.Program(), &h.File},
		{store.SameHash, keys.Hash, e.Hash(), &h.Hash},
		{store.SameCommand, keys.Command, command, &h.Command},
	} {
		if part.key == "" {
			continue
		}
		all, err := tx.EarlierEndpoints(part.in, part.key, e.ID, EarlierCap)
		if err != nil {
			return h, err
		}
		*part.into = earlier(n, part.shown, all)
	}
	file := h.File.Total
	if h.Hash.Key != "" {
		file = h.Hash.Total
	}
	h.FirstSeen = keys != (model.EndpointKeys{User: keys.User}) && file == 0 && h.Command.Total == 0
	return h, nil
}

func earlier(n *names, key string, all []store.EarlierEndpoint) Earlier {
	out := Earlier{Key: key, Total: len(all), By: map[string]int{}}
	for _, e := range all {
		switch e.State {
		case model.EndpointApproved:
			out.Approved++
		case model.EndpointDenied:
			out.Denied++
		case model.EndpointExpired:
			out.Expired++
		case model.EndpointElsewhere, model.EndpointEscalated:
			out.Elsewhere++
		default:
			out.Waiting++
		}
		by := ""
		if e.State == model.EndpointApproved || e.State == model.EndpointDenied {
			by = who(n, e.By)
		}
		if by != "" {
			out.By[by]++
		}
		if e.Ended.After(out.Last) {
			out.Last, out.LastState, out.LastBy = e.Ended, e.State, by
		}
	}
	return out
}

// EndpointsState tells how it goes with reading what waits in the vault, as the
// worker last told it.
func (s *Service) EndpointsState(ctx context.Context) EndpointsState {
	h := s.Health(ctx)
	out := EndpointsState{Endpoints: h.Endpoints, Devices: h.Devices}
	for _, l := range []*model.Listing{&out.Endpoints, &out.Devices} {
		switch {
		case h.State == model.HealthNoWorker:
			l.State, l.Since, l.Cause, l.Advice = h.State, h.Since, "nothing here reads the vault at the moment: what waits there is not known", h.Advice
		case l.State == "":
			l.State = model.HealthUnknown
		}
	}
	return out
}

// decidesDevices reports whether devices wait for this person.
func (s *Service) decidesDevices(a model.Actor) bool {
	group := s.endpointGroup()
	return a.Has(model.RoleApprover) && (group == "" || len(a.Seats(group)) > 0)
}

// WaitingToo lists the endpoint requests and devices that wait for an approver
// beside the requests, what ends first, first: at most limit of each kind. What is
// the person's own waits for others.
func (s *Service) WaitingToo(ctx context.Context, actorID model.PersonID, limit int) ([]WaitingRow, error) {
	var rows []WaitingRow
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		rows = nil
		a, err := actor(tx, actorID)
		if err != nil || !a.Has(model.RoleApprover) {
			return err
		}
		page, err := tx.Endpoints(store.EndpointQuery{States: []model.EndpointState{model.EndpointPending},
			Groups: append([]model.GroupName{""}, seatGroups(a)...), NotLogin: a.Login, NotEmail: a.Email, Span: store.Span{Limit: limit}})
		if err != nil {
			return err
		}
		for _, e := range page.Rows {
			rows = append(rows, WaitingRow{Endpoint: &e, Due: e.Expires, Created: e.Created})
		}
		if !s.decidesDevices(a) {
			return nil
		}
		devices, err := tx.Devices(store.DeviceQuery{Open: true, States: []model.EndpointState{model.EndpointPending}, NotEmail: a.Email,
			Span: store.Span{Limit: limit}})
		if err != nil {
			return err
		}
		for _, d := range devices.Rows {
			d.Group = s.endpointGroup()
			rows = append(rows, WaitingRow{Device: &DeviceRow{Device: d}, Created: d.Asked})
		}
		return nil
	})
	slices.SortStableFunc(rows, func(a, b WaitingRow) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			return boolOrder(a.Due.IsZero(), b.Due.IsZero())
		}
		return a.Due.Compare(b.Due)
	})
	return rows, err
}
