package store

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

func TestEndpointRequestsAndTheirIncidents(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	want := model.EndpointRequest{UID: "4KcmDEAO-kNEabcdefghij", Kind: "CommandLine", State: model.EndpointPending, Agent: "agent",
		User: "mallory", Machine: "ws-17", What: "cmd.exe", Facts: []model.Fact{{Group: "application", Key: "CommandLine", Value: "a\nb"}},
		Justification: "why", Complete: true, Created: c.Now(), Minutes: 30, Expires: c.Now().Add(30 * time.Minute), Seen: c.Now(),
		Updated: c.Now(), Incident: "SIR0010001", Revision: 1}
	incident := model.Incident{Number: "SIR0010001", State: model.IncidentAnalysis, Priority: 3, Short: "short", Assignee: bob,
		Correlation: "c", Revision: 1, Created: c.Now(), Updated: c.Now()}
	write(t, db, func(tx *Tx) (err error) {
		if want.ID, err = tx.InsertEndpoint(want); err != nil {
			return err
		}
		incident.EndpointID = want.ID
		incident.ID, err = tx.InsertIncident(incident)
		return err
	})
	err := db.Write(t.Context(), func(tx *Tx) error { _, err := tx.InsertEndpoint(want); return err })
	if !errors.Is(err, ErrExists) {
		t.Errorf("the same UID again: %v, want ErrExists", err)
	}
	write(t, db, func(tx *Tx) error {
		got, found, err := tx.EndpointByUID(want.UID)
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("EndpointByUID = %+v %v %v\nwant            %+v", got, found, err, want)
		}
		if open, err := tx.OpenEndpoints(); err != nil || len(open) != 1 {
			t.Errorf("%d open, %v; want 1", len(open), err)
		}
		want.State = model.EndpointApproving
		if changed, err := tx.UpdateEndpoint(want, model.EndpointPending); !changed || err != nil {
			t.Errorf("decide: %v, %v", changed, err)
		}
		if changed, err := tx.UpdateEndpoint(want, model.EndpointPending); changed || err != nil {
			t.Errorf("decide again: %v, %v; want false", changed, err)
		}
		want.Revision, want.State, want.Ended, want.Outcome = 2, model.EndpointApproved, c.Now(), "approved by bob"
		if changed, err := tx.UpdateEndpoint(want, model.EndpointApproving); !changed || err != nil {
			t.Errorf("end: %v, %v", changed, err)
		}
		want.Revision = 3
		if got, _, err := tx.Endpoint(want.ID); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Endpoint = %+v %v\nwant       %+v", got, err, want)
		}
		if got, found, err := tx.IncidentOf(want.ID); err != nil || !found || !reflect.DeepEqual(got, incident) {
			t.Errorf("IncidentOf = %+v %v %v\nwant         %+v", got, found, err, incident)
		}
		incident.State, incident.Closed, incident.CloseNotes = model.IncidentClosed, c.Now(), "approved"
		if changed, err := tx.UpdateIncident(incident); !changed || err != nil {
			t.Errorf("close: %v, %v", changed, err)
		}
		if changed, err := tx.UpdateIncident(incident); changed || err != nil {
			t.Errorf("close again: %v, %v; want false", changed, err)
		}
		incident.Revision = 2
		if got, _, err := tx.Incident(incident.Number); err != nil || !reflect.DeepEqual(got, incident) {
			t.Errorf("Incident = %+v %v\nwant       %+v", got, err, incident)
		}
		return nil
	})
}

func TestDevicesMayAskAgain(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	want := model.Device{DeviceID: "0123456789abcdef0123", Email: "a@b.c", Name: "laptop", Type: "t", IP: "10.0.0.1", Client: "c",
		Location: "l", Asked: c.Now(), State: model.EndpointPending, Seen: c.Now(), Updated: c.Now(), Revision: 1}
	write(t, db, func(tx *Tx) (err error) { want.ID, err = tx.InsertDevice(want); return err })
	if err := db.Write(t.Context(), func(tx *Tx) error { _, err := tx.InsertDevice(want); return err }); !errors.Is(err, ErrExists) {
		t.Errorf("the same asking again: %v, want ErrExists", err)
	}
	write(t, db, func(tx *Tx) error {
		if open, err := tx.OpenDevices(); err != nil || len(open) != 1 || !reflect.DeepEqual(open[0], want) {
			t.Errorf("OpenDevices = %+v, %v; want %+v", open, err, want)
		}
		want.State, want.Outcome = model.EndpointApproved, "approved by dana"
		want.Decision = model.EndpointVote{Verdict: model.Approve, By: "dana", At: c.Now(), Comment: "known laptop"}
		if changed, err := tx.UpdateDevice(want, model.EndpointPending); !changed || err != nil {
			t.Errorf("approve: %v, %v", changed, err)
		}
		if changed, err := tx.UpdateDevice(want, model.EndpointPending); changed || err != nil {
			t.Errorf("approve again: %v, %v; want false", changed, err)
		}
		want.Revision, want.Ended = 2, c.Now()
		if got, found, err := tx.Device(want.ID); err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("Device = %+v %v %v, want %+v", got, found, err, want)
		}
		if page, err := tx.Devices(DeviceQuery{}); err != nil || len(page.Rows) != 1 {
			t.Errorf("decided devices: %+v, %v", page, err)
		}
		if all, err := tx.DevicesSeen(c.Now().Add(-time.Hour), 5); err != nil || len(all) != 1 {
			t.Errorf("recent devices: %+v, %v", all, err)
		}
		for email, want := range map[string]int{"a@b.c": 1, "A@b.C": 1, "b@b.c": 0, "a@b.c ": 0} {
			if all, err := tx.DevicesOf(email, 5); err != nil || len(all) != want {
				t.Errorf("devices of %q: %+v, %v", email, all, err)
			}
		}
		again := want
		again.Asked, again.State = c.Now().Add(time.Hour), model.EndpointPending
		_, err := tx.InsertDevice(again)
		return err
	})
}

func TestSettingsDraftsAndViews(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	write(t, db, func(tx *Tx) error {
		s, err := tx.Setting("limit")
		if err != nil || s.Version != 0 {
			t.Errorf("a setting nobody made: %+v, %v", s, err)
		}
		s.Value, s.By = "1", alice
		if changed, err := tx.ChangeSetting(s); !changed || err != nil {
			t.Errorf("set: %v, %v", changed, err)
		}
		if changed, err := tx.ChangeSetting(s); changed || err != nil {
			t.Errorf("set what is no longer unset: %v, %v; want false", changed, err)
		}
		s.Version, s.Value = 1, "2"
		if changed, err := tx.ChangeSetting(s); !changed || err != nil {
			t.Errorf("change: %v, %v", changed, err)
		}
		if changed, err := tx.ChangeSetting(s); changed || err != nil {
			t.Errorf("change the version before: %v, %v; want false", changed, err)
		}
		if got, err := tx.Setting("limit"); err != nil || got != (Setting{"limit", "2", 2, c.Now(), alice}) {
			t.Errorf("setting = %+v, %v", got, err)
		}

		if err := errors.Join(tx.SaveDraft(alice, "login", "{1}"), tx.SaveDraft(alice, "login", "{2}"), tx.SaveDraft(bob, "login", "{3}")); err != nil {
			return err
		}
		if body, found, err := tx.Draft(alice, "login"); body != "{2}" || !found || err != nil {
			t.Errorf("draft = %q, %v, %v", body, found, err)
		}
		if err := tx.DeleteDraft(alice, "login"); err != nil {
			return err
		}
		if _, found, err := tx.Draft(alice, "login"); found || err != nil {
			t.Errorf("a removed draft: %v, %v", found, err)
		}

		if err := errors.Join(tx.SaveView(alice, SavedView{"approvals", "mine", "a"}), tx.SaveView(alice, SavedView{"approvals", "mine", "b"})); err != nil {
			return err
		}
		if views, err := tx.SavedViews(alice); err != nil || !slices.Equal(views, []SavedView{{"approvals", "mine", "b"}}) {
			t.Errorf("views = %+v, %v", views, err)
		}
		if err := tx.DeleteView(alice, "approvals", "mine"); err != nil {
			return err
		}
		if views, err := tx.SavedViews(alice); err != nil || len(views) != 0 {
			t.Errorf("removed views = %+v, %v", views, err)
		}
		return nil
	})
}
