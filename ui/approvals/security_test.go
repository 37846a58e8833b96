package approvals

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"
)

// withEndpoint is a queue in which an endpoint request and a device wait too.
func withEndpoint() *queue {
	q := seven()
	e := model.EndpointRequest{ID: 4, UID: "k-0sX0U0IIbxfJ_m3g2ZbQ", Kind: "CommandLine", State: model.EndpointPending, User: "carol", Machine: "HOST-02",
		What: "sudo apt-get", Incident: "SIR0010017", Complete: true, Expires: noon.Add(5 * time.Minute), Created: noon.Add(-time.Minute), Revision: 1}
	d := workflow.DeviceRow{Device: model.Device{ID: 3, DeviceID: "ad76aaedf0f4eb7597e6", Email: "kofi@example.com", Name: "Firefox \u202eon Linux",
		Location: "Accra, GH", State: model.EndpointPending, Asked: noon.Add(-time.Hour), Revision: 1}}
	q.too = []workflow.WaitingRow{{Endpoint: &e, Due: e.Expires, Created: e.Created}, {Device: &d, Created: d.Asked}}
	return q
}

func TestEndpointRequestsAndDevicesStandAmongWhatWaits(t *testing.T) {
	t.Parallel()
	d := sit(t, withEndpoint(), 120, 32)
	d.shows("SIR0010017", "sudo apt-get", "device 3", "Firefox ⟦U+202E⟧on Lin…")
	if first := d.tab.list.Rows()[0]; first.Number != "SIR0010017" {
		t.Errorf("the one with the least time is not the first: %s", first.Number)
	}
	if rows := d.tab.list.Rows(); rows[len(rows)-1].Number != "device 3" {
		t.Errorf("what never ends is not the last: %s", rows[len(rows)-1].Number)
	}
}

func TestTheyDoNotMakeTheListOfRequestsLonger(t *testing.T) {
	t.Parallel()
	q := withEndpoint()
	for i := range 150 {
		e := *q.too[0].Endpoint
		e.ID, e.Incident = int64(100+i), model.MakeNumber(model.PrefixIncident, int64(i))
		q.too = append(q.too, workflow.WaitingRow{Endpoint: &e, Due: e.Expires, Created: e.Created})
	}
	d := sit(t, q, 120, 32)
	d.send(tab.Changed{})
	d.send(tab.Changed{})
	for _, limit := range q.limits {
		if limit != pageSize {
			t.Fatalf("of the requests %v were asked for", q.limits)
		}
	}
}

func TestTheViewCountsWhatItsBadgeCounts(t *testing.T) {
	t.Parallel()
	d := sit(t, withEndpoint(), 120, 32)
	if views, _ := d.tab.Views(); views[0].Count != 9 {
		t.Errorf("the view counts %d, want seven requests, an endpoint request and a device", views[0].Count)
	}
	d.shows("9 waiting for you, 2 of them on EPM")
}

func TestMoreThanStandHereIsSaidSo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, footer string
		endpoints    int
	}{
		{"as many as stand here", "208 waiting for you, 201 of them on EPM · oldest", maxSecurity},
		{"one more", "208+ waiting for you, 201+ of them on EPM, where all are", maxSecurity + 1},
		{"many more", "208+ waiting for you, 201+ of them on EPM, where all are", 3 * maxSecurity},
	} {
		q := withEndpoint()
		for i := range tt.endpoints - 1 {
			e := *q.too[0].Endpoint
			e.ID, e.Incident = int64(100+i), model.MakeNumber(model.PrefixIncident, int64(i))
			q.too = append(q.too, workflow.WaitingRow{Endpoint: &e, Due: e.Expires, Created: e.Created})
		}
		d := sit(t, q, 120, 32)
		if d.shows(tt.footer); len(d.tab.list.Rows()) != 7+maxSecurity+1 {
			t.Errorf("%s: %d rows", tt.name, len(d.tab.list.Rows()))
		}
		d.press("]")
		d.press("[")
		d.shows(tt.footer)
	}
}

func TestTheyOpenOnTheTabThatDecidesThem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, move string
		want       model.Number
	}{{"an endpoint request", "g", "SIR0010017"}, {"a device", "G", "device 3"}} {
		d := sit(t, withEndpoint(), 120, 32)
		d.press(tt.move)
		d.rest()
		for _, k := range []string{"enter", "a", "d", "v"} {
			d.sent = nil
			d.press(k)
			if want := (tab.Goto{Tab: tab.EPM, Number: tt.want}); len(d.sent) != 1 || d.sent[0] != want {
				t.Errorf("%s: %s leads to %+v", tt.name, k, d.sent)
			}
		}
	}
}

func TestTheyAreNotDecidedTogetherWithRequests(t *testing.T) {
	t.Parallel()
	d := sit(t, withEndpoint(), 120, 32)
	d.press("*", "d")
	d.rest()
	if got := strings.Join(strings.Fields(d.screen()), " "); !strings.Contains(got, "Deny together") {
		t.Fatalf("no page:\n%s", d.screen())
	}
	for _, n := range d.tab.bulk.numbers {
		if n == "SIR0010017" || n == "device 3" {
			t.Errorf("%s is among the requests", n)
		}
	}
	if len(d.tab.bulk.apart) < 2 {
		t.Errorf("the page does not say that two are left out")
	}
}

func TestWordsOfTheFilterFindThem(t *testing.T) {
	t.Parallel()
	d := sit(t, withEndpoint(), 120, 32)
	w := d.tab
	w.filter.Set("carol")
	if !w.fitsSecurity(workflow.WaitingRow{Endpoint: withEndpoint().too[0].Endpoint}) || w.fitsSecurity(withEndpoint().too[1]) {
		t.Error("carol finds the wrong ones")
	}
	w.filter.Set("requestor:carol")
	if w.fitsSecurity(withEndpoint().too[0]) {
		t.Error("a key of requests finds them")
	}
}

func TestTheirEvidenceFollowsTheQueueAndTheClock(t *testing.T) {
	t.Parallel()
	q := withEndpoint()
	d := sit(t, q, 120, 32)
	d.press("g")
	d.rest()
	d.shows("5m left")
	d.now = noon.Add(2 * time.Minute)
	d.send(tab.Minute(d.now))
	d.shows("3m left")
	changed := *q.too[0].Endpoint
	changed.State, changed.Outcome, changed.Revision = model.EndpointElsewhere, "denied in the admin console", 2
	q.too[0].Endpoint = &changed
	d.send(tab.Changed{})
	d.shows("denied in the admin console")
}
