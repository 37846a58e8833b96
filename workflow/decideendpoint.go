package workflow

import (
	"context"
	"errors"
	"fmt"

	"countersign/model"
	"countersign/store"
)

// DecideEndpoint decides an endpoint request: the decision and the order to the
// vault are durable when it returns. The error is the result's Err: a *Conflict,
// a *model.Denied, an Invalid, ErrNotFound or a fault of the store.
func (s *Service) DecideEndpoint(ctx context.Context, actorID model.PersonID, d EndpointDecision) (Decided, error) {
	var out Decided
	out.Err = s.db.Write(ctx, func(tx *store.Tx) error {
		out = Decided{}
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		e, found, err := tx.Endpoint(d.ID)
		switch {
		case err != nil:
			return err
		case !found:
			return notFound(fmt.Sprintf("endpoint request %d", d.ID))
		}
		out.Number, out.Endpoint = e.Incident, e.State
		if err := endpointDecidable(tx, a, e, d); err != nil {
			return err
		}
		out.Endpoint, err = orderEndpoint(tx, e, model.EndpointVote{Verdict: d.Verdict, By: a.ID, At: tx.Now, Digest: d.Digest, Comment: d.Comment})
		return err
	})
	return out, out.Err
}

// DecideEndpoints decides several endpoint requests, each by itself: one that is
// refused does not stop the others. The results are in the order of the decisions.
func (s *Service) DecideEndpoints(ctx context.Context, actorID model.PersonID, ds []EndpointDecision) []Decided {
	results := make([]Decided, len(ds))
	for i, d := range ds {
		results[i], _ = s.DecideEndpoint(ctx, actorID, d)
	}
	return results
}

// endpointDecidable returns why a decision must not be taken.
func endpointDecidable(tx *store.Tx, a model.Actor, e model.EndpointRequest, d EndpointDecision) error {
	act, err := actOf(d.Verdict)
	if err != nil {
		return err
	}
	if err := model.CanEndpoint(a, act, e, tx.Now); err != nil {
		return orDecided(tx, err, e.Incident, e.State, e.Decision, e.Outcome)
	}
	if e.Revision != d.Revision || model.StatementOfEndpoint(e).Digest() != d.Digest {
		return &Conflict{Number: e.Incident, Endpoint: e.State, At: e.Updated}
	}
	return validComment(d.Comment, d.Verdict == model.Deny)
}

// actOf is the action that a verdict is.
func actOf(v model.Verdict) (model.Action, error) {
	switch v {
	case model.Approve:
		return model.ActApprove, nil
	case model.Deny:
		return model.ActDeny, nil
	}
	return "", Invalid{"verdict": fmt.Sprintf("%q is neither approve nor deny", string(v))}
}

// orDecided says who was first, where a decision is refused because there is one.
func orDecided(tx *store.Tx, err error, n model.Number, state model.EndpointState, vote model.EndpointVote, outcome string) error {
	var denied *model.Denied
	if !errors.As(err, &denied) || denied.Code != model.DenyDecided && denied.Code != model.DenyInFlight {
		return err
	}
	names := namesIn(tx)
	c := &Conflict{Number: n, Decided: true, Endpoint: state, At: vote.At}
	if vote.By != "" {
		c.By = names.short(vote.By)
	} else if outcome != "" {
		c.Changed = []string{outcome}
	}
	return errors.Join(c, names.err)
}

// orderEndpoint stores a decision on a pending request and queues the order that
// carries it out; it returns the request's state.
func orderEndpoint(tx *store.Tx, e model.EndpointRequest, vote model.EndpointVote) (model.EndpointState, error) {
	kind, state := model.OpEndpointApprove, model.EndpointApproving
	if vote.Verdict == model.Deny {
		kind, state = model.OpEndpointDeny, model.EndpointDenying
	}
	e.State, e.Decision = state, vote
	if changed, err := tx.UpdateEndpoint(e, model.EndpointPending); err != nil || !changed {
		return "", orConflict(err, e.Incident)
	}
	i, _, err := tx.IncidentOf(e.ID)
	if err != nil {
		return "", err
	}
	_, err = tx.InsertOperation(model.Operation{EndpointID: e.ID, Plan: newPlan(), Seq: 1, Kind: kind,
		Intent: model.Intent{Approval: e.UID, Title: e.What, Number: e.Incident, Expires: e.Expires}, State: model.OpQueued,
		Correlation: i.Correlation, RequestedBy: vote.By, Created: tx.Now, Updated: tx.Now})
	if err != nil {
		return "", err
	}
	return state, recordDecision(tx, vote, e.Incident, i.Correlation, "endpoint", string(e.UID))
}

// recordDecision writes a decision into the audit chain and the timeline.
func recordDecision(tx *store.Tx, vote model.EndpointVote, object model.Number, correlation model.CorrelationID, kind, uid string) error {
	var texts []model.AuditText
	if vote.Comment != "" {
		texts = []model.AuditText{{Name: "comment", Text: vote.Comment}}
	}
	err := record(tx, change{by: vote.By, object: object, correlation: correlation, action: kind + "." + string(vote.Verdict),
		detail: decisionDetail(uid, vote.Digest), texts: texts, says: []string{vote.Verdict.Past() + "; the vault is told"}})
	if err != nil || vote.Comment == "" {
		return err
	}
	return say(tx, object, vote.By, model.EntryComment, vote.Comment)
}

// decisionDetail is what the audit chain has of a decision: what it is about, and
// the statement that was decided on.
func decisionDetail(uid string, digest model.Digest) string { return uid + " digest " + string(digest) }

// DecideDevice decides a device, see DecideEndpoint.
func (s *Service) DecideDevice(ctx context.Context, actorID model.PersonID, d DeviceDecision) (Decided, error) {
	var out Decided
	out.Err = s.db.Write(ctx, func(tx *store.Tx) error {
		out = Decided{}
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		device, err := s.device(tx, d.ID)
		if err != nil {
			return err
		}
		out.Number, out.Endpoint = device.Object(), device.State
		act, err := actOf(d.Verdict)
		if err != nil {
			return err
		}
		if err := model.CanDevice(a, act, device); err != nil {
			return orDecided(tx, err, device.Object(), device.State, device.Decision, device.Outcome)
		}
		if device.Revision != d.Revision {
			return &Conflict{Number: device.Object(), Endpoint: device.State, At: device.Updated}
		}
		if err := validComment(d.Comment, d.Verdict == model.Deny); err != nil {
			return err
		}
		out.Endpoint, err = orderDevice(tx, device, model.EndpointVote{Verdict: d.Verdict, By: a.ID, At: tx.Now, Comment: d.Comment,
			Digest: model.StatementOfDevice(device).Digest()})
		return err
	})
	return out, out.Err
}

// DecideDevices decides several devices, each by itself.
func (s *Service) DecideDevices(ctx context.Context, actorID model.PersonID, ds []DeviceDecision) []Decided {
	results := make([]Decided, len(ds))
	for i, d := range ds {
		results[i], _ = s.DecideDevice(ctx, actorID, d)
	}
	return results
}

// device reads a device, with who decides it.
func (s *Service) device(tx *store.Tx, id int64) (model.Device, error) {
	d, found, err := tx.Device(id)
	if err == nil && !found {
		err = notFound(fmt.Sprintf("device %d", id))
	}
	d.Group = s.endpointGroup()
	return d, err
}

// orderDevice is orderEndpoint for a device.
func orderDevice(tx *store.Tx, d model.Device, vote model.EndpointVote) (model.EndpointState, error) {
	kind, state := model.OpDeviceApprove, model.EndpointApproving
	if vote.Verdict == model.Deny {
		kind, state = model.OpDeviceDeny, model.EndpointDenying
	}
	d.State, d.Decision = state, vote
	if changed, err := tx.UpdateDevice(d, model.EndpointPending); err != nil || !changed {
		return "", orConflict(err, d.Object())
	}
	correlation := newCorrelation()
	_, err := tx.InsertOperation(model.Operation{DeviceID: d.ID, Plan: newPlan(), Seq: 1, Kind: kind,
		Intent: model.Intent{Device: d.DeviceID, Email: d.Email, Title: d.Name, Number: d.Object()}, State: model.OpQueued,
		Correlation: correlation, RequestedBy: vote.By, Created: tx.Now, Updated: tx.Now})
	if err != nil {
		return "", err
	}
	return state, recordDecision(tx, vote, d.Object(), correlation, "device", d.DeviceID)
}

// endpointGroup is who decides endpoint requests and devices.
func (s *Service) endpointGroup() model.GroupName {
	if g := s.endpoints.Group; g != "" {
		return g
	}
	if len(s.settings.Default.Steps) > 0 {
		return s.settings.Default.Steps[0].Group
	}
	return ""
}
