package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// asks adds a device and lets the worker list it.
func (v *vaultWorld) asksIn(email, ip string) string {
	v.t.Helper()
	id := v.cloud.AddDevice(vaultsim.Device{Email: email, Name: "laptop", Type: "desktop", IP: ip, Client: "17.1", Location: "Cork, IE",
		Date: v.time.Now().Truncate(time.Second)})
	v.pollDevices()
	return id
}

func (v *vaultWorld) pollDevices() time.Duration {
	v.t.Helper()
	pause, err := v.worker.ListDevices(v.ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	return pause
}

// device is a device by its 20 digits, whether it waits or not.
func (v *vaultWorld) device(id string) workflow.DeviceView {
	v.t.Helper()
	for _, view := range []string{workflow.DevicesWaiting, workflow.DevicesDecided} {
		page, err := v.svc.Devices(v.ctx, "omar", workflow.Query{View: view})
		if err != nil {
			v.t.Fatal(err)
		}
		for _, row := range page.Rows {
			if row.DeviceID == id {
				d, err := v.svc.Device(v.ctx, "omar", row.ID)
				if err != nil {
					v.t.Fatal(err)
				}
				return d
			}
		}
	}
	v.t.Fatalf("no device %s", id)
	return workflow.DeviceView{}
}

// endsDevice lets time pass until a device has ended.
func (v *vaultWorld) endsDevice(id string) workflow.DeviceView {
	v.t.Helper()
	for range 40 {
		v.work()
		if d := v.device(id); !d.State.Open() {
			return d
		}
		v.time.Advance(20 * time.Second)
	}
	v.t.Fatalf("still being decided: %+v", v.device(id).Op)
	return workflow.DeviceView{}
}

func TestDeviceIsDecidedAloneAndOnce(t *testing.T) {
	t.Parallel()
	with := func(kind vaultsim.FaultKind, e vaultsim.Endpoint) *vaultsim.Fault {
		return &vaultsim.Fault{Kind: kind, Command: "device-approve --approve", Endpoint: e}
	}
	for name, fault := range map[string]*vaultsim.Fault{
		"nothing goes wrong":      nil,
		"cut before":              with(vaultsim.CutBefore, vaultsim.EndpointSubmit),
		"cut after":               with(vaultsim.CutAfter, vaultsim.EndpointSubmit),
		"queue full":              with(vaultsim.QueueFull, vaultsim.EndpointSubmit),
		"rate limit":              with(vaultsim.RateLimited, vaultsim.EndpointSubmit),
		"the cloud did nothing":   with(vaultsim.UpstreamBefore, ""),
		"the cloud did it":        with(vaultsim.UpstreamAfter, ""),
		"the service restarts":    with(vaultsim.RestartBefore, ""),
		"restarts when it's done": with(vaultsim.RestartAfter, ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			other := v.asksIn("bob@example.com", "192.0.2.8")
			id := v.asksIn("alice@example.com", "192.0.2.7")
			d := v.device(id)
			if d.Email != "alice@example.com" || d.IP != "192.0.2.7" || len(d.Recent) != 1 || d.Can(model.ActApprove) != nil || len(d.Deciders) != 2 {
				t.Errorf("%+v", d)
			}
			if fault != nil {
				armed := v.sim.Arm(*fault)
				defer func() {
					if armed.Hits() == 0 {
						t.Error("the fault did not strike")
					}
				}()
			}
			got, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Approve, Revision: d.Revision, Comment: "called her"})
			if err != nil || got.Endpoint != model.EndpointApproving {
				t.Fatalf("%+v, %v", got, err)
			}
			d = v.endsDevice(id)
			if d.State != model.EndpointApproved || d.DecidedBy != "omar" || !contains(d.Outcome, "approved by omar") {
				t.Errorf("%s: %s", d.State, d.Outcome)
			}
			if got := v.kinds(); !slices.Equal(got, []vaultsim.Kind{vaultsim.DeviceApprove}) {
				t.Errorf("the vault did %v", got)
			}
			v.pollDevices()
			if d := v.device(other); d.State != model.EndpointPending {
				t.Errorf("the other device is %s", d.State)
			}
		})
	}
}

func TestDeviceDecidedElsewhereIsToldSo(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	seen, decided := v.asksIn("alice@example.com", "192.0.2.7"), v.asksIn("bob@example.com", "192.0.2.8")
	v.cloud.DecideDevice(seen)
	v.pollDevices()
	if d := v.device(seen); d.State != model.EndpointElsewhere || !contains(d.Outcome, "outside this program") {
		t.Errorf("%s: %s", d.State, d.Outcome)
	}
	d := v.device(decided)
	if _, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Deny, Revision: d.Revision}); err == nil {
		t.Error("denied without a comment")
	}
	if _, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Deny, Revision: d.Revision, Comment: "unknown"}); err != nil {
		t.Fatal(err)
	}
	v.cloud.DecideDevice(decided)
	if d := v.endsDevice(decided); d.State != model.EndpointElsewhere || !contains(d.Outcome, "decided outside this program before") {
		t.Errorf("%s: %s", d.State, d.Outcome)
	}
	if len(v.sim.Ledger()) != 0 {
		t.Errorf("the vault did %v", v.kinds())
	}
}

// hinted are the names of what is to be noticed.
func hinted(hints []model.Hint) []string {
	var names []string
	for _, h := range hints {
		names = append(names, h.Name)
	}
	return names
}

// A device is held against the earlier ones of its address, however old and however
// the vault writes it, and against those of the last hour.
func TestDeviceIsHeldAgainstTheEarlierOnes(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	from := func(email, location string) string {
		id := v.cloud.AddDevice(vaultsim.Device{Email: email, Name: "laptop", IP: "192.0.2.7", Location: location, Date: v.time.Now().Truncate(time.Second)})
		v.pollDevices()
		return id
	}
	home := from("Alice@Example.com", "Cork, IE")
	if d := v.device(home); len(d.Hints) != 0 || len(d.Earlier)+len(d.Recent) != 0 {
		t.Errorf("the first of all: %q, %d earlier, %d recent", hinted(d.Hints), len(d.Earlier), len(d.Recent))
	}
	v.time.Advance(60 * 24 * time.Hour)
	away, elses := from("alice@example.com", "Lyon, FR"), from("bob@example.com", "Lima, PE")
	if d := v.device(away); !slices.Equal(hinted(d.Hints), []string{model.HintCountry}) || len(d.Earlier) != 1 || len(d.Recent) != 1 {
		t.Errorf("from another country: %q, %d earlier, %d recent", hinted(d.Hints), len(d.Earlier), len(d.Recent))
	}
	if d := v.device(elses); len(d.Hints) != 0 || len(d.Earlier) != 0 || len(d.Recent) != 1 {
		t.Errorf("somebody else's: %q, %d earlier, %d recent", hinted(d.Hints), len(d.Earlier), len(d.Recent))
	}
	v.time.Advance(time.Minute)
	from("ALICE@example.com", "Lyon, FR")
	third := from("alice@example.com", "Cork, IE")
	if d := v.device(third); !slices.Equal(hinted(d.Hints), []string{model.HintMany}) {
		t.Errorf("the third within an hour: %q", hinted(d.Hints))
	}
	off := workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now,
		Endpoints: workflow.EndpointSettings{HintsOff: []string{model.HintCountry}}})
	for id, want := range map[string][]string{away: nil, third: {model.HintMany}} {
		if d, err := off.Device(v.ctx, "omar", v.device(id).ID); err != nil || !slices.Equal(hinted(d.Hints), want) {
			t.Errorf("with one switched off: %q, %v; want %q", hinted(d.Hints), err, want)
		}
	}
}

func TestEachBuiltInHintCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.elevates("zoe", knownHash, "/tmp", 30)
	uid := v.elevates("zoe\u200b", knownHash, "/tmp", 30)
	v.poll()
	all := hinted(v.sees("omar", uid).Hints)
	if !slices.Contains(all, model.HintWritable) || !slices.Contains(all, model.HintHidden) {
		t.Fatalf("hints %q", all)
	}
	for _, name := range all {
		svc := workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now,
			Endpoints: workflow.EndpointSettings{HintsOff: []string{name}}})
		view, err := svc.EndpointByUID(v.ctx, "omar", uid)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(all), func(n string) bool { return n == name })
		if got := hinted(view.Hints); !slices.Equal(got, want) {
			t.Errorf("without %s: %q, want %q", name, got, want)
		}
	}
}
