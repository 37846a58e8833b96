package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

// books are what each side tells of the same errands when all is over.
type books struct {
	errands  []*errand
	attempts []attempt
	cases    map[model.Number]workflow.CaseView
	audit    map[model.Number][]model.AuditEvent
	ledger   []vaultsim.Entry // of all services together
	intact   bool             // the audit's chain
}

// entriesOf is what each thing that people try leaves in the audit.
var entriesOf = map[string]string{"submit": "request.submit", "approve": "request.approve", "deny": "request.deny", "withdraw": "request.withdraw",
	"claim": "task.claim", "release": "task.release", "pick": "task.pick", "run": "task.fulfil", "give back": "grant.give_back"}

// books asks each side.
func (s *siege) books(errands [][]*errand) books {
	s.t.Helper()
	b := books{errands: slices.Concat(errands...), cases: map[model.Number]workflow.CaseView{}, audit: map[model.Number][]model.AuditEvent{}}
	for _, a := range s.attempts {
		b.attempts = append(b.attempts, *a)
	}
	b.ledger = slices.Concat(s.did, s.sim.Ledger())
	ctx := s.t.Context()
	db, err := store.Open(ctx, store.Options{Dir: s.path("queue")})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	err = db.Read(ctx, func(tx *store.Tx) error {
		q := store.AuditQuery{Span: store.Span{Limit: 500}}
		for {
			page, err := tx.Audit(q)
			if err != nil {
				return err
			}
			for _, e := range page.Rows {
				b.audit[model.Number(e.Object)] = append(b.audit[model.Number(e.Object)], e.AuditEvent)
			}
			if q.Span.After = page.Next(); q.Span.After == (store.Cursor{}) {
				return nil
			}
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	svc := workflow.New(db, workflow.Options{})
	root, err := svc.Actor(ctx, s.me)
	if err != nil {
		s.t.Fatal(err)
	}
	for n := range b.audit {
		if !strings.HasPrefix(string(n), "REQ") {
			continue
		}
		if b.cases[n], err = svc.Case(ctx, root.ID, n); err != nil {
			s.t.Fatal(err)
		}
	}
	chain, err := svc.VerifyAudit(ctx, root.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	b.intact = chain.Intact
	return b
}

// summary counts what came of it.
func (b books) summary() string {
	states, told := map[model.RequestState]int{}, 0
	for _, c := range b.cases {
		states[c.Request.State]++
	}
	for _, a := range b.attempts {
		if a.told {
			told++
		}
	}
	unknown, again := 0, 0
	for n, c := range b.cases {
		for _, op := range c.Operations {
			again += max(0, op.Attempts-1)
		}
		for _, e := range b.audit[n] {
			if e.Action == "operation.unknown" {
				unknown++
			}
		}
	}
	return fmt.Sprintf("%d errands, %d requests: %v; %d attempts, %d of them told as done; %d entries of the ledger, %d orders of unknown outcome for a while, %d sent again",
		len(b.errands), len(b.cases), states, len(b.attempts), told, len(b.ledger), unknown, again)
}

// wrong lists where the sides do not agree.
func (b books) wrong() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	b.attempts = slices.Clone(b.attempts)
	for i, a := range b.attempts {
		if a.verb != "submit" {
			continue
		}
		var made []model.Number
		for n, c := range b.cases {
			if c.Request.Justification == a.mark {
				made = append(made, n)
			}
		}
		switch {
		case len(made) > 1:
			add("%s was ordered once, and is %v", a.mark, made)
		case len(made) == 0 && a.told:
			add("lost: %s was told as ordered by %s as %s", a.mark, a.how, a.number)
		case len(made) == 1 && a.told && made[0] != a.number:
			add("%s was told as %s, and is %s", a.mark, a.number, made[0])
		case len(made) == 1:
			b.attempts[i].number = made[0]
		}
	}
	numbers := map[string][]model.Number{} // of each errand
	for n, c := range b.cases {
		at := slices.IndexFunc(b.attempts, func(a attempt) bool { return a.verb == "submit" && a.number == n })
		if at < 0 {
			add("nobody ordered %s: %q", n, c.Request.Justification)
			continue
		}
		x := b.attempts[at].errand
		numbers[x.title] = append(numbers[x.title], n)
		for _, why := range b.wrongAbout(x, n, c) {
			add("%s %s (%s, to %s, is %s): %s", n, x.title, x.item, x.wish, c.Request.State, why)
		}
	}
	for _, x := range b.errands {
		if !slices.Contains(numbers[x.title], x.number) {
			add("lost: %s went on as %s, and the queue has %v of it", x.title, x.number, numbers[x.title])
		}
	}
	owned := 0
	for _, x := range b.errands {
		owned += len(b.entries(x, x.number))
	}
	if owned != len(b.ledger) {
		add("the vault did %d things, of which %d were asked for: %+v", len(b.ledger), owned, b.ledger)
	}
	if !b.intact {
		add("the audit's chain is broken")
	}
	return all
}

// entries are what the vault did for an errand.
func (b books) entries(x *errand, n model.Number) []vaultsim.Entry {
	var all []vaultsim.Entry
	for _, e := range b.ledger {
		switch {
		case e.Kind == vaultsim.RecordAdd && markedWith(e.Content, n), x.uid != "" && e.Record == x.uid && e.User == "alice@example.com":
			all = append(all, e)
		}
	}
	return all
}

// markedWith reports whether a record was made for a request.
func markedWith(r *vaultsim.Record, n model.Number) bool {
	for _, f := range r.Custom {
		if f.Label == "request_id" && len(f.Value) == 1 && f.Value[0] == string(n) {
			return true
		}
	}
	return false
}

// wrongAbout says what is not as it should be about one request.
func (b books) wrongAbout(x *errand, n model.Number, c workflow.CaseView) []string {
	var why []string
	holds := func(ok bool, format string, args ...any) {
		if !ok {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	// Every act is in the audit, as often as it was told and not more often than tried.
	counts := map[string]int{}
	for verb, action := range entriesOf {
		events, told, tried := map[string]int{}, map[string]int{}, map[string]int{}
		for _, e := range b.audit[n] {
			if e.Action == action && e.Actor != model.System {
				events[c.Name(e.Actor)]++
				counts[verb]++
			}
		}
		for _, a := range b.attempts {
			if a.verb == verb && a.number == n {
				tried[a.who]++
				if a.told {
					told[a.who]++
				}
			}
		}
		for who := range maps.Keys(events) {
			holds(events[who] <= tried[who], "%s: %d times by %s in the audit, who tried it %d times", verb, events[who], who, tried[who])
		}
		for who := range told {
			holds(events[who] >= told[who], "lost: %s was told %d times to %s, and is in the audit %d times", verb, told[who], who, events[who])
		}
	}
	holds(counts["submit"] == 1, "ordered %d times", counts["submit"])
	holds(counts["approve"]+counts["deny"]+counts["withdraw"] == 1, "decided %d times", counts["approve"]+counts["deny"]+counts["withdraw"])
	holds(counts["give back"] <= 1, "given back %d times", counts["give back"])

	// The votes are those of the audit, and were given.
	var votes []model.Vote
	for _, a := range c.Approvals {
		votes = append(votes, a.Votes...)
	}
	holds(len(votes) == counts["approve"]+counts["deny"], "%d votes, %d in the audit", len(votes), counts["approve"]+counts["deny"])
	for _, v := range votes {
		holds(slices.ContainsFunc(b.attempts, func(a attempt) bool {
			return a.mark == v.Comment && a.verb == string(v.Verdict) && a.who == c.Name(v.Voter) && a.number == n
		}), "%s did not %s it with the words %q", c.Name(v.Voter), v.Verdict, v.Comment)
	}
	for _, a := range b.attempts {
		if a.told && a.number == n && (a.verb == "approve" || a.verb == "deny") {
			holds(slices.ContainsFunc(votes, func(v model.Vote) bool { return v.Comment == a.mark && string(v.Verdict) == a.verb }),
				"lost: %s was told that %q took %s to %s it", a.who, a.mark, a.how, a.verb)
		}
		if a.told && a.number == n && a.verb == "withdraw" {
			holds(c.Request.State == model.ClosedCancelled, "lost: the withdrawal %q", a.mark)
		}
	}
	plans := map[string]bool{}
	for _, op := range c.Operations {
		holds(op.State.Final(), "operation %d is %s: %s%s", op.ID, op.State, op.Reason, op.LookingFor)
		if op.RequestedBy != model.System {
			plans[op.Plan] = true
		}
	}
	holds(len(plans) == counts["run"]+counts["give back"], "%d plans were ordered, %d are in the audit", len(plans), counts["run"]+counts["give back"])

	// It has come to its end, and the vault did that once.
	want := map[string]model.RequestState{"deny": model.ClosedRejected, "withdraw": model.ClosedCancelled}[x.wish]
	did, returned := b.entries(x, n), 0
	switch spare := n != x.number; {
	case spare:
		want, did = model.ClosedRejected, nil
	case want == "":
		want = model.ClosedComplete
	}
	holds(c.Request.State == want, "it is to be %s", want)
	first := map[string]vaultsim.Kind{"login": vaultsim.RecordAdd}[x.item]
	if first == "" {
		first = vaultsim.Grant
	}
	wanted := []vaultsim.Kind{first}
	if x.wish == "return" {
		wanted, returned = append(wanted, vaultsim.Revoke), 1
	}
	if want != model.ClosedComplete {
		wanted = nil
	}
	holds(slices.Equal(kindsOf(did), wanted), "the vault did %v, and is to have done %v", kindsOf(did), wanted)
	for _, e := range did {
		if e.Kind == vaultsim.Grant {
			holds(asAllowed(e, c.Request.Allowed), "the vault gave %s until %s at %s, allowed was %v", e.Rights, e.Expires, e.At, c.Request.Allowed)
		}
	}
	for _, a := range b.attempts {
		if a.number != n || a.done.IsZero() {
			continue
		}
		kind := map[string]vaultsim.Kind{"run": first, "give back": vaultsim.Revoke}[a.verb]
		holds(slices.ContainsFunc(did, func(e vaultsim.Entry) bool { return e.Kind == kind && e.At.Before(a.done) }),
			"%s was told that the vault has done it, before it had", a.who)
	}
	holds(counts["give back"] == returned || want != model.ClosedComplete, "given back %d times", counts["give back"])
	for _, g := range c.Grants {
		holds(g.State.Open() == (returned == 0), "the access is %s", g.State)
	}
	return why
}

// asAllowed reports whether what the vault gave is what was approved: the right, and
// for how long, within the minutes by which an end may be rounded.
func asAllowed(e vaultsim.Entry, allowed model.Access) bool {
	end := allowed.Limit.End(e.At)
	return e.Rights == vaultsim.Rights{Edit: allowed.Right.Edit(), Share: allowed.Right.Share()}.String() &&
		e.Expires.IsZero() == end.IsZero() && e.Expires.Sub(end).Abs() < 3*time.Minute
}

func kindsOf(entries []vaultsim.Entry) []vaultsim.Kind {
	var all []vaultsim.Kind
	for _, e := range entries {
		all = append(all, e.Kind)
	}
	return all
}

// control falsifies each side in turn: what is wrong with it has to be noticed.
func (b books) control(t *testing.T) {
	t.Helper()
	var whole *errand // that was carried out, by a person
	for _, x := range b.errands {
		if len(b.entries(x, x.number)) > 0 && x.item == "described" {
			whole = x
		}
	}
	if whole == nil {
		t.Fatal("nothing was carried out")
	}
	n := whole.number
	entry := b.entries(whole, n)[0]
	told := func(verb string) func(*books) {
		return func(b *books) {
			b.attempts = append(slices.Clone(b.attempts), attempt{errand: whole, verb: verb, who: "dana", number: n, mark: "never", told: true})
		}
	}
	without := func(action string) func(*books) {
		return func(b *books) {
			b.audit[n] = slices.DeleteFunc(slices.Clone(b.audit[n]), func(e model.AuditEvent) bool { return e.Action == action })
		}
	}
	for _, tt := range []struct {
		name    string
		falsify func(b *books)
	}{
		{"done twice", func(b *books) { b.ledger = append(slices.Clone(b.ledger), entry) }},
		{"never done", func(b *books) {
			b.ledger = slices.DeleteFunc(slices.Clone(b.ledger), func(e vaultsim.Entry) bool { return e.Seq == entry.Seq && e.Record == entry.Record })
		}},
		{"done to what nobody asked for", func(b *books) {
			b.ledger = append(slices.Clone(b.ledger), vaultsim.Entry{Kind: vaultsim.Grant, Record: "another", User: entry.User})
		}},
		{"another right was given", func(b *books) {
			b.ledger = slices.Clone(b.ledger)
			b.ledger[slices.IndexFunc(b.ledger, func(e vaultsim.Entry) bool { return e.At.Equal(entry.At) && e.Record == entry.Record })].Rights = "edit and share"
		}},
		{"it was given for longer", func(b *books) {
			b.ledger = slices.Clone(b.ledger)
			b.ledger[slices.IndexFunc(b.ledger, func(e vaultsim.Entry) bool { return e.At.Equal(entry.At) && e.Record == entry.Record })].Expires = entry.At.Add(48 * time.Hour)
		}},
		{"given to somebody else", func(b *books) {
			b.ledger = append(slices.Clone(b.ledger), vaultsim.Entry{Kind: vaultsim.Grant, Record: entry.Record, User: "eve@example.com"})
		}},
		{"a lost request", func(b *books) { delete(b.cases, n) }},
		{"a request that nobody made", func(b *books) {
			c := b.cases[n]
			c.Request.Justification = "never asked"
			b.cases["REQ0999999"] = c
		}},
		{"a request made twice", func(b *books) { b.cases["REQ0999999"] = b.cases[n] }},
		{"told, and never ordered", told("submit")},
		{"told, and never approved", told("approve")},
		{"told, and never withdrawn", told("withdraw")},
		{"told, and never taken", told("claim")},
		{"told, and never run", told("run")},
		{"told, and never given back", told("give back")},
		{"told as done, and not done yet", func(b *books) {
			b.attempts = slices.Clone(b.attempts)
			at := slices.IndexFunc(b.attempts, func(a attempt) bool { return a.number == n && a.verb == "run" })
			b.attempts[at].done = entry.At.Add(-time.Millisecond)
		}},
		{"an order without its audit", without("request.submit")},
		{"a decision without its audit", without("request.approve")},
		{"a run without its audit", without("task.fulfil")},
		{"an entry of the audit that nobody made", func(b *books) {
			b.audit[n] = append(slices.Clone(b.audit[n]), slices.Repeat(b.audit[n], len(b.attempts))...)
		}},
		{"a broken chain", func(b *books) { b.intact = false }},
		{"a vote that nobody gave", func(b *books) {
			c := b.cases[n]
			c.Approvals = slices.Clone(c.Approvals)
			c.Approvals[0].Votes = []model.Vote{{Voter: c.Approvals[0].Votes[0].Voter, Verdict: model.Approve, Comment: "never"}}
			b.cases[n] = c
		}},
		{"left open", func(b *books) {
			c := b.cases[n]
			c.Request.State = model.InProcess
			b.cases[n] = c
		}},
		{"an order of unknown outcome", func(b *books) {
			c := b.cases[n]
			c.Operations = slices.Clone(c.Operations)
			c.Operations[0].State = model.OpUnknown
			b.cases[n] = c
		}},
	} {
		bad := b
		bad.cases, bad.audit = maps.Clone(b.cases), maps.Clone(b.audit)
		tt.falsify(&bad)
		if len(bad.wrong()) == 0 {
			t.Errorf("%s: nobody notices", tt.name)
		}
	}
}
