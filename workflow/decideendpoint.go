package workflow

import (
	"context"

	"countersign/model"
)

// DecideEndpoint decides an endpoint request: the decision and the order to the
// vault are durable when it returns. The error is the result's Err.
func (s *Service) DecideEndpoint(ctx context.Context, actorID model.PersonID, d EndpointDecision) (Decided, error) {
	return Decided{}, ErrNotFound
}

// DecideEndpoints decides several endpoint requests, each by itself.
func (s *Service) DecideEndpoints(ctx context.Context, actorID model.PersonID, ds []EndpointDecision) []Decided {
	return nil
}

// Endpoint returns everything a detail screen shows of an endpoint request.
func (s *Service) Endpoint(ctx context.Context, actorID model.PersonID, id int64) (EndpointView, error) {
	return EndpointView{}, ErrNotFound
}

// EndpointByUID is Endpoint by the vault's UID, or by the number of the incident.
func (s *Service) EndpointByUID(ctx context.Context, actorID model.PersonID, uid string) (EndpointView, error) {
	return EndpointView{}, ErrNotFound
}

// EndpointsState tells how it goes with reading what waits in the vault.
func (s *Service) EndpointsState(ctx context.Context) EndpointsState { return EndpointsState{} }

// WaitingToo lists the endpoint requests and devices that wait for an approver.
func (s *Service) WaitingToo(ctx context.Context, actorID model.PersonID, limit int) ([]WaitingRow, error) {
	return nil, nil
}

// Devices lists devices.
func (s *Service) Devices(ctx context.Context, actorID model.PersonID, q Query) (Page[DeviceRow], error) {
	return Page[DeviceRow]{}, nil
}

// Device returns everything a detail screen shows of a device.
func (s *Service) Device(ctx context.Context, actorID model.PersonID, id int64) (DeviceView, error) {
	return DeviceView{}, ErrNotFound
}

// DecideDevice decides a device.
func (s *Service) DecideDevice(ctx context.Context, actorID model.PersonID, d DeviceDecision) (Decided, error) {
	return Decided{}, ErrNotFound
}

// Incidents lists incidents.
func (s *Service) Incidents(ctx context.Context, actorID model.PersonID, q Query) (Page[IncidentRow], error) {
	return Page[IncidentRow]{}, nil
}

// Incident returns an incident with both stories.
func (s *Service) Incident(ctx context.Context, actorID model.PersonID, n model.Number) (IncidentView, error) {
	return IncidentView{}, ErrNotFound
}

// AssignIncident gives an incident to somebody, or to nobody.
func (s *Service) AssignIncident(ctx context.Context, actorID model.PersonID, n model.Number, login string) error {
	return ErrNotFound
}

// NoteIncident adds a work note.
func (s *Service) NoteIncident(ctx context.Context, actorID model.PersonID, n model.Number, text string) error {
	return ErrNotFound
}

// CloseIncident closes an incident with a comment.
func (s *Service) CloseIncident(ctx context.Context, actorID model.PersonID, n model.Number, comment string) error {
	return ErrNotFound
}

// ReopenIncident opens a closed incident again.
func (s *Service) ReopenIncident(ctx context.Context, actorID model.PersonID, n model.Number, why string) error {
	return ErrNotFound
}
