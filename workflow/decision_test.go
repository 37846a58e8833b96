package workflow_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// sees is an endpoint request as somebody sees it.
func (v *vaultWorld) sees(by model.PersonID, uid string) workflow.EndpointView {
	v.t.Helper()
	view, err := v.svc.EndpointByUID(v.ctx, by, uid)
	if err != nil {
		v.t.Fatal(err)
	}
	return view
}

// decision is what leaves the screen.
func decision(view workflow.EndpointView, verdict model.Verdict) workflow.EndpointDecision {
	return workflow.EndpointDecision{ID: view.ID, Verdict: verdict, Revision: view.Revision, Digest: view.Statement.Digest(),
		Comment: "known installer, CHG0031"}
}

// decides decides an endpoint request as somebody sees it now.
func (v *vaultWorld) decides(by model.PersonID, uid string, verdict model.Verdict) workflow.Decided {
	v.t.Helper()
	got, err := v.svc.DecideEndpoint(v.ctx, by, decision(v.sees(by, uid), verdict))
	if err != nil {
		v.t.Fatal(err)
	}
	return got
}

// inCloud is the state of an endpoint request in the cloud.
func (v *vaultWorld) inCloud(uid string) string {
	for _, a := range v.cloud.Approvals() {
		if a.UID == uid {
			return a.Status
		}
	}
	return ""
}

// ends lets time pass until an endpoint request has ended, or waits again.
func (v *vaultWorld) ends(uid string) workflow.EndpointView {
	v.t.Helper()
	for range 40 {
		v.work()
		view := v.sees("omar", uid)
		switch op := view.Op; {
		case op != nil && op.State == model.OpSent:
			v.t.Fatalf("left as sent: %+v", op)
		case op != nil && op.State == model.OpUnknown && op.LookingFor == "":
			v.t.Fatalf("unknown, and nothing is looked for: %+v", op)
		case view.State == model.EndpointPending || !view.State.Open():
			return view
		}
		v.time.Advance(20 * time.Second)
	}
	v.t.Fatalf("still being decided: %+v", v.sees("omar", uid).Op)
	return workflow.EndpointView{}
}

// told holds the incident against how its request ended: closed with who decided
// what, or open while it waits.
func (v *vaultWorld) told(view workflow.EndpointView, parts ...string) {
	v.t.Helper()
	i := view.Incident
	if view.State.Open() {
		if !i.Closed.IsZero() {
			v.t.Errorf("%s: the incident is closed while the request waits: %q", view.UID, i.CloseNotes)
		}
		return
	}
	if i.State != model.IncidentClosed || i.CloseNotes != view.Outcome {
		v.t.Errorf("%s: incident %s %q, request %q", view.UID, i.State.Words(), i.CloseNotes, view.Outcome)
	}
	for _, p := range parts {
		if !strings.Contains(i.CloseNotes, p) {
			v.t.Errorf("the incident was closed with %q, without %q", i.CloseNotes, p)
		}
	}
}

func TestEndpointDecisionIsCarriedOut(t *testing.T) {
	t.Parallel()
	for _, verdict := range []model.Verdict{model.Approve, model.Deny} {
		t.Run(string(verdict), func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			// A UID that looks like an option.
			uid := v.cloud.AddApproval(vaultsim.Approval{UID: "-6sWvQo1T5K0l3m9Zx7c2A", Type: "CommandLine", ExpireIn: 30,
				Account: []vaultsim.Pair{{Key: "Username", Value: "zoe"}}, Application: []vaultsim.Pair{{Key: "CommandLine", Value: "id"}}})
			v.poll()
			if got := v.decides("omar", uid, verdict); got.Endpoint.Open() == false || got.Number != "SIR0010001" {
				t.Errorf("%+v", got)
			}
			var before *workflow.Conflict
			if _, err := v.svc.DecideEndpoint(v.ctx, "dana", decision(v.sees("dana", uid), verdict)); !errors.As(err, &before) || before.By != "omar" {
				t.Errorf("a second decision: %v", err)
			}
			v.work()
			view := v.sees("dana", uid)
			want := map[model.Verdict]model.EndpointState{model.Approve: model.EndpointApproved, model.Deny: model.EndpointDenied}[verdict]
			if view.State != want || !strings.EqualFold(v.inCloud(uid), string(want)) || view.DecidedBy != "omar" || view.Op.State != model.OpDone {
				t.Errorf("%s, %s in the cloud, by %q: %+v", view.State, v.inCloud(uid), view.DecidedBy, view.Op)
			}
			v.told(view, verdict.Past()+" by omar at ", "known installer", "Command executed successfully")
			if !slices.ContainsFunc(v.sim.Commands(), func(c vaultsim.Command) bool { return strings.Contains(c.Text, "--"+string(verdict)+"='"+uid+"'") }) {
				t.Errorf("commands: %+v", v.sim.Commands())
			}
			if audited := v.audited("endpoint." + string(verdict)); len(audited) == 0 || audited[0] != "endpoint."+string(verdict) {
				t.Errorf("audit: %q", audited)
			}
		})
	}
}

// TestEndpointFaultsEndInTheTruth plays everything that can go wrong around one
// decision: it is done once, and told as it was.
func TestEndpointFaultsEndInTheTruth(t *testing.T) {
	t.Parallel()
	with := func(kind vaultsim.FaultKind, endpoint vaultsim.Endpoint) vaultsim.Fault {
		return vaultsim.Fault{Kind: kind, Command: "epm approval action", Endpoint: endpoint}
	}
	for _, f := range []vaultsim.Fault{
		with(vaultsim.CutBefore, vaultsim.EndpointSubmit), with(vaultsim.CutAfter, vaultsim.EndpointSubmit),
		with(vaultsim.GarbageHTML, vaultsim.EndpointSubmit), with(vaultsim.GarbageTruncated, vaultsim.EndpointSubmit),
		with(vaultsim.QueueFull, vaultsim.EndpointSubmit), with(vaultsim.RateLimited, vaultsim.EndpointSubmit),
		with(vaultsim.UpstreamBefore, ""), with(vaultsim.UpstreamAfter, ""), with(vaultsim.Throttled, ""),
		with(vaultsim.RestartBefore, ""), with(vaultsim.RestartAfter, ""), with(vaultsim.SessionLost, ""),
		with(vaultsim.GarbageHTML, vaultsim.EndpointResult), with(vaultsim.CutAfter, vaultsim.EndpointResult),
		{Kind: vaultsim.CutAfter, Command: "epm approval view"},
	} {
		t.Run(string(f.Kind)+" "+string(f.Endpoint)+" "+f.Command, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid := v.elevation(60)
			v.poll()
			v.decides("omar", uid, model.Approve)
			armed := v.sim.Arm(f)
			v.work()
			if armed.Hits() == 0 {
				t.Fatal("the fault did not strike")
			}
			if f.Kind == vaultsim.SessionLost {
				v.sim.RestoreSession()
			}
			view := v.ends(uid)
			if view.State != model.EndpointApproved || v.inCloud(uid) != vaultsim.Approved {
				t.Fatalf("%s, %s in the cloud: %s", view.State, v.inCloud(uid), view.Outcome)
			}
			if got := v.kinds(); !slices.Equal(got, []vaultsim.Kind{vaultsim.Approve}) {
				t.Errorf("the vault did %v", got)
			}
			v.told(view, "approved by omar")
		})
	}
}

func TestEndpointDecidedElsewhereIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, status string
		state        model.EndpointState
		says         string
	}{
		{"approved", vaultsim.Approved, model.EndpointElsewhere, "approved outside this program before"},
		{"denied", vaultsim.Denied, model.EndpointElsewhere, "denied outside this program before"},
		{"expired", vaultsim.Expired, model.EndpointExpired, "expired in the vault"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := newVaultWorld(t)
			uid := v.elevation(60)
			v.poll()
			v.decides("omar", uid, model.Approve)
			v.cloud.DecideApproval(uid, tt.status)
			view := v.ends(uid)
			if view.State != tt.state || v.inCloud(uid) != tt.status {
				t.Errorf("%s: %s", view.State, view.Outcome)
			}
			v.told(view, "approved by omar", tt.says)
			if len(v.sim.Ledger()) != 0 {
				t.Errorf("the vault did %v", v.kinds())
			}
		})
	}
}

func TestEndpointBatchEndsWithTheTruthForEach(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	var uids []string
	for range 30 {
		uids = append(uids, v.elevation(60))
	}
	for range 3 {
		v.poll()
	}
	var ds []workflow.EndpointDecision
	for _, uid := range uids {
		ds = append(ds, decision(v.sees("omar", uid), model.Approve))
	}
	for i, d := range v.svc.DecideEndpoints(v.ctx, "omar", ds) {
		if d.Err != nil {
			t.Fatalf("%d: %v", i, d.Err)
		}
	}
	elsewhere := map[string]string{uids[4]: vaultsim.Denied, uids[11]: vaultsim.Approved, uids[29]: vaultsim.Denied}
	for uid, status := range elsewhere {
		v.cloud.DecideApproval(uid, status)
	}
	for _, uid := range uids {
		view := v.ends(uid)
		status, before := elsewhere[uid]
		switch {
		case before && (view.State != model.EndpointElsewhere || !strings.Contains(view.Outcome, strings.ToLower(status)+" outside")):
			t.Errorf("%s was %s before, and is %s: %s", uid, status, view.State, view.Outcome)
		case !before && (view.State != model.EndpointApproved || v.inCloud(uid) != vaultsim.Approved):
			t.Errorf("%s is %s: %s", uid, view.State, view.Outcome)
		}
		v.told(view)
	}
	if got := len(v.sim.Ledger()); got != 27 {
		t.Errorf("the vault did %d things, want 27", got)
	}
}

func TestNothingIsSentAfterTheTimeIsOver(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(2)
	v.poll()
	if view := v.sees("omar", uid); view.Soon || view.Left == 0 {
		t.Errorf("two minutes: soon %v, %s left", view.Soon, view.Left)
	}
	v.time.Advance(90 * time.Second)
	if view := v.sees("omar", uid); !view.Soon || view.Can(model.ActApprove) != nil {
		t.Errorf("half a minute: soon %v, %s left, %v", view.Soon, view.Left, view.Can(model.ActApprove))
	}
	v.decides("omar", uid, model.Approve)
	v.time.Advance(time.Minute)
	v.work()
	view := v.sees("omar", uid)
	if view.State != model.EndpointExpired || v.inCloud(uid) != vaultsim.Pending || view.Op.State != model.OpRefused {
		t.Errorf("%s, %s in the cloud", view.State, v.inCloud(uid))
	}
	v.told(view, "approved by omar", "not carried out: its time was over at")
	other := v.elevation(1)
	v.poll()
	d := decision(v.sees("omar", other), model.Approve)
	v.time.Advance(61 * time.Second)
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", d); denied(err) != model.DenyState || !contains(err.Error(), "its time was over") {
		t.Errorf("decided after the end: %v", err)
	}
}

func TestNothingIsApprovedOnCutEvidence(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid, last := v.elevation(10), ""
	armed := v.sim.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamBefore, Command: "epm approval view", Count: -1})
	last = v.elevation(20)
	_, _ = v.worker.ListEndpoints(v.ctx)
	view := v.sees("omar", last)
	if view.Complete || view.Ahead != 1 || view.Can(model.ActApprove) == nil || view.Can(model.ActDeny) != nil {
		t.Errorf("%d ahead, approve: %v, deny: %v", view.Ahead, view.Can(model.ActApprove), view.Can(model.ActDeny))
	}
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", decision(view, model.Approve)); denied(err) != model.DenyState {
		t.Errorf("approved on cut evidence: %v", err)
	}
	armed.Disarm()
	v.poll()
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", decision(view, model.Deny)); !contains(fmt.Sprint(err), "has changed since it was shown") {
		t.Errorf("denied as it was shown before: %v", err)
	}
	v.decides("omar", uid, model.Deny)
	if view := v.ends(uid); view.State != model.EndpointDenied {
		t.Errorf("%s", view.State)
	}
}

func TestEndpointHistoryTellsWhatHappenedBefore(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	ask := func(user, file, command string) string {
		return v.cloud.AddApproval(vaultsim.Approval{Type: "CommandLine", ExpireIn: 30, Account: []vaultsim.Pair{{Key: "Username", Value: user}},
			Application: []vaultsim.Pair{{Key: "FileName", Value: file}, {Key: "CommandLine", Value: command}, {Key: "FileHash", Value: "AB" + file}}})
	}
	first := ask("zoe", "a.exe", "/x")
	v.poll()
	if h := v.sees("omar", first).History; !h.FirstSeen || h.User.Total != 0 {
		t.Errorf("the first: %+v", h)
	}
	v.decides("omar", first, model.Approve)
	v.ends(first)
	second := ask("max", "a.exe", "/y")
	v.poll()
	v.decides("dana", second, model.Deny)
	v.ends(second)
	third := ask("ZOE", "A.EXE", "/x")
	v.poll()
	h := v.sees("omar", third).History
	if h.FirstSeen || h.User.Approved != 1 || h.User.LastBy != "omar" || h.File.Total != 2 || h.File.Denied != 1 || h.File.LastBy != "dana" ||
		h.Hash.Total != 2 || h.Command.Total != 1 || h.File.By["omar"] != 1 {
		t.Errorf("%+v", h)
	}
}

func TestDecisionWhoseTimeRunsOutGoesFirst(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	long, short := v.elevation(60), v.elevation(2)
	v.poll()
	v.decides("omar", long, model.Approve)
	v.decides("omar", short, model.Approve)
	v.work()
	if l := v.sim.Ledger(); len(l) != 2 || l[0].UID != short || l[1].UID != long {
		t.Errorf("%+v", l)
	}
}

// What was drawn is what is decided: on the revision and on the statement that were
// drawn, each by itself.
func TestDecisionOnWhatIsNotShownAnyMoreIsRefused(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	uid := v.elevation(30)
	v.poll()
	drawn := decision(v.sees("omar", uid), model.Approve)
	other := drawn
	other.Digest = model.Digest(strings.Repeat("0", 64))
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", other); conflict(err) == nil {
		t.Errorf("on another statement: %v", err)
	}
	v.changes(uid, func(e *model.EndpointRequest) { e.Doubt = "the clock may be behind" })
	if v.sees("omar", uid).Statement.Digest() != drawn.Digest {
		t.Fatal("a doubt is part of the statement")
	}
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", drawn); conflict(err) == nil {
		t.Errorf("on an earlier revision: %v", err)
	}
	if e, _ := v.endpoint(uid); e.State != model.EndpointPending {
		t.Errorf("it is %s", e.State)
	}
	d := v.device(v.asksIn("alice@example.com", "192.0.2.7"))
	for _, revision := range []int64{d.Revision - 1, d.Revision + 1} {
		_, err := v.svc.DecideDevice(v.ctx, "omar", workflow.DeviceDecision{ID: d.ID, Verdict: model.Approve, Revision: revision})
		if conflict(err) == nil {
			t.Errorf("a device on revision %d instead of %d: %v", revision, d.Revision, err)
		}
	}
}
