package epm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/evidence"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// subject is a reading of one thing; one of the three is set.
type subject struct {
	endpoint *workflow.EndpointView
	device   *workflow.DeviceView
	incident *workflow.IncidentView
}

// errNothing says that there is nothing to read.
var errNothing = errors.New("nothing is chosen")

// read reads what a ref names.
func read(ctx context.Context, svc Service, me model.PersonID, r ref) (subject, error) {
	switch r.kind {
	case endpoint:
		v, err := svc.Endpoint(ctx, me, r.id)
		return subject{endpoint: &v}, err
	case device:
		v, err := svc.Device(ctx, me, r.id)
		return subject{device: &v}, err
	case incident:
		v, err := svc.Incident(ctx, me, r.number)
		return subject{incident: &v}, err
	}
	return subject{}, errNothing
}

func (s subject) ref() ref {
	switch {
	case s.endpoint != nil:
		return ref{kind: endpoint, id: s.endpoint.ID}
	case s.device != nil:
		return ref{kind: device, id: s.device.ID}
	case s.incident != nil:
		return ref{kind: incident, number: s.incident.Number}
	}
	return ref{}
}

// key names the reading: under another key it has to be read again.
func (s subject) key() string {
	switch {
	case s.endpoint != nil:
		return evidence.Key(*s.endpoint)
	case s.device != nil:
		return evidence.DeviceKey(*s.device)
	}
	return s.ref().String()
}

// can returns why the person may not do the action at that time, nil if they may.
func (s subject) can(act model.Action, now time.Time) error {
	switch {
	case s.endpoint != nil:
		if err := s.endpoint.Can(act); err != nil {
			return err
		}
		if end := s.endpoint.Expires; !end.IsZero() && !now.Before(end) {
			return &model.Denied{Code: model.DenyState, Reason: "its time was over at " + end.UTC().Format("15:04:05 UTC")}
		}
		return nil
	case s.device != nil:
		return s.device.Can(act)
	}
	return s.incident.Can(act)
}

// same reports whether another reading is decided by the same statement.
func (s subject) same(o subject) bool {
	if s.ref() != o.ref() {
		return false
	}
	switch {
	case s.endpoint != nil:
		return s.endpoint.Revision == o.endpoint.Revision && s.endpoint.Statement.Digest() == o.endpoint.Statement.Digest()
	case s.device != nil:
		return s.device.Revision == o.device.Revision && s.device.Statement.Digest() == o.device.Statement.Digest()
	}
	return s.incident.Revision == o.incident.Revision
}

// request is the endpoint request that it is or is about, and whether there is one.
func (s subject) request() (model.EndpointRequest, bool) {
	switch {
	case s.endpoint != nil:
		return s.endpoint.EndpointRequest, true
	case s.incident != nil:
		return s.incident.Request.EndpointRequest, true
	}
	return model.EndpointRequest{}, false
}

// number is how it is called elsewhere: its incident's number, or the device's
// name in the audit.
func (s subject) number() model.Number {
	switch {
	case s.endpoint != nil:
		return s.endpoint.EndpointRequest.Incident
	case s.device != nil:
		return s.device.Object()
	case s.incident != nil:
		return s.incident.Number
	}
	return ""
}

// uid is what may be copied.
func (s subject) uid() model.UID {
	switch {
	case s.endpoint != nil:
		return s.endpoint.UID
	case s.incident != nil:
		return s.incident.Request.UID
	}
	return ""
}

func (s subject) correlation() model.CorrelationID {
	switch {
	case s.endpoint != nil:
		return s.endpoint.Incident.Correlation
	case s.incident != nil:
		return s.incident.Correlation
	case s.device != nil && s.device.Op != nil:
		return s.device.Op.Correlation
	}
	return ""
}

// label names it for people, shortly.
func (s subject) label() widget.Line {
	switch {
	case s.endpoint != nil && s.endpoint.EndpointRequest.Incident != "":
		return widget.Foreign(theme.Strong, safetext.Line(string(s.endpoint.EndpointRequest.Incident)))
	case s.endpoint != nil:
		return evidence.Who(s.endpoint.EndpointRequest)
	case s.device != nil:
		return widget.Foreign(theme.Strong, safetext.Line(fmt.Sprintf("device of %s", s.device.Email)))
	case s.incident != nil:
		return widget.Foreign(theme.Strong, safetext.Line(string(s.incident.Number)))
	}
	return nil
}

// content is everything that is known of it.
func (s subject) content(o evidence.Options) widget.DetailContent {
	switch {
	case s.endpoint != nil:
		return evidence.Endpoint(*s.endpoint, o)
	case s.device != nil:
		return evidence.Device(*s.device, o)
	}
	return incidentContent(*s.incident, o)
}

// raw is its texts as they are stored.
func (s subject) raw() widget.DetailContent {
	switch {
	case s.endpoint != nil:
		return evidence.Raw(evidence.RawEndpoint(s.endpoint.EndpointRequest))
	case s.device != nil:
		return evidence.Raw(evidence.RawDevice(s.device.Device))
	}
	texts := []evidence.RawText{{Name: "short description", Value: s.incident.Short}, {Name: "close notes", Value: s.incident.CloseNotes}}
	return evidence.Raw(append(texts, evidence.RawEndpoint(s.incident.Endpoint)...))
}
