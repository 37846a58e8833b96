package typedahead

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// The endpoint requests, devices and incidents of these tests: four of each, all of
// them open.
const endpoints = 4

func (w *watched) endpointRequest(id int64) model.EndpointRequest {
	at := w.opened.Add(-10 * time.Minute)
	w.mu.Lock()
	defer w.mu.Unlock()
	r := model.EndpointRequest{ID: id, UID: model.UID(fmt.Sprintf("GtLQSsspbKdkX15HWpq0_%d", id)), Kind: "PrivilegeElevation", State: model.EndpointPending,
		User: "bob", Machine: fmt.Sprintf("HOST-%d-%d", id, w.edition), What: "installer", Incident: model.Number(fmt.Sprintf("SIR001001%d", id)),
		Facts: []model.Fact{{Group: model.GroupAccount, Key: model.KeyUser, Value: "bob"}, {Group: model.GroupAccount, Key: model.KeyMachine, Value: fmt.Sprintf("HOST-%d-%d", id, w.edition)},
			{Group: model.GroupApplication, Key: model.KeyFile, Value: "installer"}, {Group: model.GroupApplication, Key: model.KeyCommand, Value: "/quiet"}},
		Complete: true, Created: at, Seen: at, Minutes: 300, Expires: at.Add(5 * time.Hour), Revision: int64(1 + w.edition)}
	w.machines[model.StatementOfEndpoint(r).Digest()] = r.Machine
	return r
}

func (w *watched) Endpoints(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[model.EndpointRequest], error) {
	var page workflow.Page[model.EndpointRequest]
	for id := int64(1); id <= endpoints && q.View != workflow.EndpointsDecided; id++ {
		page.Rows = append(page.Rows, w.endpointRequest(id))
	}
	return page, nil
}

func (w *watched) Endpoint(_ context.Context, _ model.PersonID, id int64) (workflow.EndpointView, error) {
	r := w.endpointRequest(id)
	return workflow.EndpointView{EndpointRequest: r, Statement: model.StatementOfEndpoint(r), Perms: model.AllowedOnEndpoint(w.me, r, w.now())}, nil
}

func (w *watched) EndpointsState(context.Context) workflow.EndpointsState {
	return workflow.EndpointsState{}
}

func (w *watched) device(id int64) model.Device {
	at := w.opened.Add(-10 * time.Minute)
	return model.Device{ID: id, DeviceID: fmt.Sprintf("ad76aaedf0f4eb7597e%d", id), Email: fmt.Sprintf("kofi%d@example.com", id), Name: "Firefox on Linux", Type: "Browser",
		IP: "198.51.100.23", Location: "Accra, GH", Asked: at, State: model.EndpointPending, Seen: at, Revision: 1}
}

func (w *watched) Devices(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.DeviceRow], error) {
	var page workflow.Page[workflow.DeviceRow]
	for id := int64(1); id <= endpoints && q.View == workflow.DevicesWaiting; id++ {
		page.Rows = append(page.Rows, workflow.DeviceRow{Device: w.device(id)})
	}
	return page, nil
}

func (w *watched) Device(_ context.Context, _ model.PersonID, id int64) (workflow.DeviceView, error) {
	d := w.device(id)
	return workflow.DeviceView{DeviceRow: workflow.DeviceRow{Device: d}, Statement: model.StatementOfDevice(d), Perms: model.AllowedOnDevice(w.me, d)}, nil
}

func (w *watched) incident(id int64) workflow.IncidentView {
	r := w.endpointRequest(id)
	r.State, r.Ended, r.Outcome = model.EndpointElsewhere, r.Created.Add(time.Minute), "approved in the admin console"
	i := model.Incident{ID: id, Number: r.Incident, EndpointID: id, State: model.IncidentAnalysis, Priority: 2, Short: "PrivilegeElevation by bob on HOST",
		Correlation: "c-17", Revision: 1, Created: r.Seen}
	return workflow.IncidentView{IncidentRow: workflow.IncidentRow{Incident: i, Endpoint: r}, Perms: model.AllowedOnIncident(w.me, i, false)}
}

func (w *watched) Incidents(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.IncidentRow], error) {
	var page workflow.Page[workflow.IncidentRow]
	for id := int64(1); id <= endpoints; id++ {
		page.Rows = append(page.Rows, w.incident(id).IncidentRow)
	}
	return page, nil
}

func (w *watched) Incident(_ context.Context, _ model.PersonID, n model.Number) (workflow.IncidentView, error) {
	for id := int64(1); id <= endpoints; id++ {
		if v := w.incident(id); v.Number == n {
			return v, nil
		}
	}
	return workflow.IncidentView{}, workflow.ErrNotFound
}
