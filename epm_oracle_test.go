package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// accounts are what each side tells of the same requests.
type accounts struct {
	asked  []asked
	cloud  map[string]string                   // how each stands there
	ledger map[string][]vaultsim.Entry         // what the service did to each
	queue  map[string]workflow.EndpointView    // without those that were never listed
	audit  map[model.Number][]model.AuditEvent // of each incident
	intact bool                                // the audit's chain
	took   map[string][]taken                  // what each person's screen said
	notes  []string
}

// accounts asks each side.
func (f *flood) accounts(people []*approver) accounts {
	f.t.Helper()
	got := accounts{cloud: map[string]string{}, ledger: map[string][]vaultsim.Entry{}, queue: map[string]workflow.EndpointView{},
		audit: map[model.Number][]model.AuditEvent{}, took: map[string][]taken{}}
	f.mu.Lock()
	for _, a := range f.asked {
		got.asked = append(got.asked, *a)
	}
	f.mu.Unlock()
	for _, a := range f.cloud.Approvals() {
		got.cloud[a.UID] = a.Status
	}
	for _, e := range f.sim.Ledger() {
		got.ledger[e.UID] = append(got.ledger[e.UID], e)
	}
	err := f.db.Read(f.ctx, func(tx *store.Tx) error {
		q := store.AuditQuery{Span: store.Span{Limit: 500}}
		for {
			page, err := tx.Audit(q)
			if err != nil {
				return err
			}
			for _, e := range page.Rows {
				got.audit[model.Number(e.Object)] = append(got.audit[model.Number(e.Object)], e.AuditEvent)
			}
			if q.Span.After = page.Next(); q.Span.After == (store.Cursor{}) {
				return nil
			}
		}
	})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, a := range got.asked {
		if view, err := f.svc.EndpointByUID(f.ctx, f.root, a.uid); err == nil {
			got.queue[a.uid] = view
		}
	}
	chain, err := f.svc.VerifyAudit(f.ctx, f.root)
	if err != nil {
		f.t.Fatal(err)
	}
	got.intact = chain.Intact
	limited := 0
	for _, c := range f.sim.Commands() {
		if c.Refused != 0 {
			limited++
		}
	}
	for _, p := range people {
		got.took[p.login] = p.took
		got.notes = append(got.notes, fmt.Sprintf("%s took %d decisions, %d of them together, and was too late for %d", p.login, len(p.took), p.many, p.late))
	}
	got.notes = append(got.notes, fmt.Sprintf("%d calls, %d refused; %d deaths of the worker", len(f.sim.Commands()), limited, f.kills))
	return got
}

// summary counts how the requests ended.
func (g accounts) summary() string {
	counts := map[model.EndpointState]int{}
	for _, view := range g.queue {
		counts[view.State]++
	}
	return fmt.Sprintf("%d requests: %v, %d decided elsewhere before they were listed; %s", len(g.asked), counts, len(g.asked)-len(g.queue), strings.Join(g.notes, "; "))
}

// wrong lists where the sides do not agree.
func (g accounts) wrong() []string {
	var all []string
	counts := map[model.EndpointState]int{}
	for _, a := range g.asked {
		view, known := g.queue[a.uid]
		if !known && a.outside != "" && len(g.ledger[a.uid]) == 0 {
			continue // decided before it was listed for the first time
		}
		if !known {
			all = append(all, a.uid+": lost")
			continue
		}
		counts[view.State]++
		for _, why := range g.wrongAbout(a, view) {
			all = append(all, fmt.Sprintf("%s %s: %s: %s here, %s in the cloud, outside %q, the ledger has %v, its outcome is %q, its incident was closed with %q",
				view.EndpointRequest.Incident, a.uid, why, view.State, g.cloud[a.uid], a.outside, g.ledger[a.uid], view.Outcome, view.Incident.CloseNotes))
		}
	}
	for _, s := range []model.EndpointState{model.EndpointApproved, model.EndpointDenied, model.EndpointElsewhere, model.EndpointExpired} {
		if counts[s] == 0 {
			all = append(all, "none is "+s.Words())
		}
	}
	if !g.intact {
		all = append(all, "the audit's chain is broken")
	}
	return append(all, g.misremembered()...)
}

// wrongAbout says what is not as it should be about one request.
func (g accounts) wrongAbout(a asked, view workflow.EndpointView) []string {
	var why []string
	holds := func(ok bool, format string, args ...any) {
		if !ok {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	did, cloud := g.ledger[a.uid], g.cloud[a.uid]
	holds(len(did) <= 1, "decided %d times in the vault", len(did))
	holds(a.outside == "" || len(did) == 0, "decided elsewhere, and by us")
	holds(a.outside == "" || cloud == a.outside, "changed after it was decided elsewhere")
	holds(view.Incident.State == model.IncidentClosed && !view.Incident.Closed.IsZero(), "its incident is %s", view.Incident.State.Words())
	holds(view.Incident.CloseNotes == view.Outcome && view.Outcome != "", "its incident tells something else")
	var votes []model.AuditEvent
	for _, e := range g.audit[view.EndpointRequest.Incident] {
		if e.Action == "endpoint.approve" || e.Action == "endpoint.deny" {
			votes = append(votes, e)
		}
	}
	holds(len(votes) <= 1, "%d decisions in the audit", len(votes))
	verdict := view.Decision.Verdict
	if verdict != "" {
		holds(len(votes) == 1 && votes[0].Action == "endpoint."+string(verdict) && votes[0].Actor == view.Decision.By, "the audit has %v", votes)
		words := fmt.Sprintf(`^%s by %s at [0-9-]+ [0-9:]+ UTC \(".*says %s"\); `, verdict.Past(), view.DecidedBy, view.DecidedBy)
		holds(regexp.MustCompile(words).MatchString(view.Outcome), "it does not tell who decided it, and when")
	} else {
		holds(len(votes) == 0, "nobody decided it, and the audit has %v", votes)
	}
	switch view.State {
	case model.EndpointApproved, model.EndpointDenied:
		doubted := strings.Contains(view.Outcome, "may have decided the same before")
		holds(strings.EqualFold(cloud, string(view.State)) && verdict.Past() == string(view.State), "not as it was decided")
		holds(view.State != model.EndpointApproved || view.Complete, "approved on cut evidence")
		holds(strings.Contains(view.Outcome, "carried out, seen in the vault at "), "it does not tell when it was carried out")
		holds(len(did) == 1 && string(did[0].Kind) == "epm-"+string(verdict) || len(did) == 0 && a.outside == cloud && doubted, "told as done, and nobody did it")
	case model.EndpointElsewhere:
		holds(a.outside != "" && strings.Contains(view.Outcome, strings.ToLower(a.outside)+" outside this program"), "not decided elsewhere in this way")
	case model.EndpointExpired:
		unasked := strings.Contains(view.Outcome, "whether somebody did elsewhere is not known")
		holds(len(did) == 0 && (a.outside == "" && (cloud == vaultsim.Expired || cloud == vaultsim.Pending) || unasked), "not expired")
		holds(strings.Contains(view.Outcome, "its time was over at ") || strings.Contains(view.Outcome, "expired in the vault"), "it does not tell that it expired")
	default:
		holds(false, "not over")
	}
	return why
}

// misremembered lists what somebody's screen said and the queue does not.
func (g accounts) misremembered() []string {
	var all []string
	byNumber := map[model.Number]workflow.EndpointView{}
	for _, view := range g.queue {
		byNumber[view.EndpointRequest.Incident] = view
	}
	first := map[model.Number]string{}
	for login, took := range g.took {
		if len(took) == 0 {
			all = append(all, login+" decided nothing")
		}
		for _, d := range took {
			view := byNumber[d.number]
			if view.DecidedBy != login || view.Decision.Verdict != d.verdict {
				all = append(all, fmt.Sprintf("%s read that %s is %s by them; it is %s: %q", login, d.number, d.verdict.Past(), view.State, view.Outcome))
			}
			if first[d.number] != "" {
				all = append(all, fmt.Sprintf("%s was decided by %s and by %s", d.number, first[d.number], login))
			}
			first[d.number] = login
		}
	}
	return all
}

// control falsifies each side in turn: what is wrong with it has to be noticed.
func (g accounts) control(t *testing.T) {
	t.Helper()
	find := func(state model.EndpointState) string {
		for _, a := range g.asked {
			done := len(g.ledger[a.uid]) > 0
			if v, known := g.queue[a.uid]; known && v.State == state && done == (state == model.EndpointApproved) {
				return a.uid
			}
		}
		t.Fatalf("none is %s", state)
		return ""
	}
	approved, elsewhere, expired := find(model.EndpointApproved), find(model.EndpointElsewhere), find(model.EndpointExpired)
	for _, tt := range []struct {
		name    string
		falsify func(g *accounts)
	}{
		{"done twice", func(g *accounts) {
			g.ledger[approved] = append(slices.Clone(g.ledger[approved]), g.ledger[approved]...)
		}},
		{"never done", func(g *accounts) { delete(g.ledger, approved) }},
		{"done to one that was decided elsewhere", func(g *accounts) { g.ledger[elsewhere] = g.ledger[approved] }},
		{"done to one that expired", func(g *accounts) { g.ledger[expired] = g.ledger[approved] }},
		{"another way in the cloud", func(g *accounts) { g.cloud[approved] = vaultsim.Denied }},
		{"lost", func(g *accounts) { delete(g.queue, approved) }},
		{"left open", change(approved, func(v *workflow.EndpointView) { v.State = model.EndpointApproving })},
		{"an open incident", change(expired, func(v *workflow.EndpointView) { v.Incident.State = model.IncidentAnalysis })},
		{"another comment of the incident", change(elsewhere, func(v *workflow.EndpointView) { v.Incident.CloseNotes = "done" })},
		{"somebody else's decision", change(approved, func(v *workflow.EndpointView) { v.DecidedBy = "erin" })},
		{"approved on cut evidence", change(approved, func(v *workflow.EndpointView) { v.Complete = false })},
		{"elsewhere the other way", change(elsewhere, func(v *workflow.EndpointView) {
			v.Outcome = strings.NewReplacer("approved outside", "denied outside", "denied outside", "approved outside").Replace(v.Outcome)
			v.Incident.CloseNotes = v.Outcome
		})},
		{"two decisions in the audit", func(g *accounts) {
			n := g.queue[approved].EndpointRequest.Incident
			g.audit[n] = append(slices.Clone(g.audit[n]), g.audit[n]...)
		}},
		{"no decision in the audit", func(g *accounts) { delete(g.audit, g.queue[approved].EndpointRequest.Incident) }},
		{"a broken chain", func(g *accounts) { g.intact = false }},
		{"a screen that lied", func(g *accounts) {
			g.took["dana"] = append(slices.Clone(g.took["dana"]), taken{g.queue[expired].EndpointRequest.Incident, model.Approve})
		}},
		{"a decision that both took", func(g *accounts) { g.took["dana"] = append(slices.Clone(g.took["dana"]), g.took["omar"]...) }},
	} {
		bad := g
		bad.cloud, bad.ledger, bad.queue = maps.Clone(g.cloud), maps.Clone(g.ledger), maps.Clone(g.queue)
		bad.audit, bad.took = maps.Clone(g.audit), maps.Clone(g.took)
		tt.falsify(&bad)
		if len(bad.wrong()) == 0 {
			t.Errorf("%s: nobody notices", tt.name)
		}
	}
}

// change falsifies what the queue says of a request.
func change(uid string, how func(*workflow.EndpointView)) func(*accounts) {
	return func(g *accounts) {
		view := g.queue[uid]
		how(&view)
		g.queue[uid] = view
	}
}
