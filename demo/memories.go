package demo

import (
	"time"

	"countersign/model"
)

// memories adds what lies behind the demo's people: alice's access, and the
// requests that an approver finds beside the one that waits.
func (s *stage) memories() {
	for _, m := range []struct {
		days  int
		limit time.Duration
		why   string
	}{
		{61, 2 * hour, "CHG00312: schema change of the ledger, dry run"},
		{33, 4 * hour, "CHG00318: schema change of the ledger"},
		{12, 2 * hour, "INC0012277: the night batch stopped at the same table"},
	} {
		t := s.tale("alice", "prod-db-01", model.Access{Right: model.RightEdit, Limit: model.For(m.limit)}, m.why)
		t.done(s.ago(time.Duration(m.days)*day), "dana", "priya", "ok")
	}
	for _, m := range []struct {
		title string
		ago   time.Duration
		asked model.Access
		why   string
	}{
		{"vpn-gateway", 40 * day, model.Access{Right: model.RightView, Limit: model.Permanent}, "Member of the on-call rota since June"},
		{"bastion-01", 9 * day, model.Access{Right: model.RightEdit, Limit: model.For(30 * day)}, "CHG0031790: replace the jump host, four weeks side by side"},
		{"app-01", 30 * hour, model.Access{Right: model.RightEdit, Limit: model.For(2 * day)}, "INC0012390: memory leak of the order service, heap dumps"},
		{"web-02", 5 * hour, model.Access{Right: model.RightEdit, Limit: model.For(8 * hour)}, "CHG0031895: new certificates for the shop"},
		{"billing-db-01", 3*hour + 35*time.Minute, model.Access{Right: model.RightView, Limit: model.For(4 * hour)}, "INC0012408: invoices of Tuesday came twice"},
	} {
		s.tale("alice", m.title, m.asked, m.why).done(s.ago(m.ago), "omar", "kofi", "")
	}
	for _, m := range []struct {
		by, title string
		ago       time.Duration
		limit     model.Limit
		why       string
	}{
		{"carol", "stripe-live", 20 * day, model.For(day), "PLAT-8050: webhooks of the live account arrive late"},
		{"victor", "okta-admin", 15 * day, model.For(2 * hour), "SEC-1160: a session from two countries"},
		{"dana", "postman-team", 3 * day, model.For(7 * day), "APP-4377: share the collection with the partner"},
		{"heidi", "stripe-test", 26 * day, model.For(4 * hour), "RITM0030010: seats for two new people"},
	} {
		s.tale(m.by, m.title, model.Access{Right: model.RightView, Limit: m.limit}, m.why).done(s.ago(m.ago), "erin", "ivan", "")
	}
}

// done tells a life in which everything goes well, so that the access stands from
// the given time.
func (t *tale) done(stands time.Time, decider, worker, comment string) {
	t.s.requests++
	t.at(stands.Add(-50*time.Minute), t.submit)
	t.at(stands.Add(-31*time.Minute), t.decide(decider, model.Approve, t.asked, comment))
	t.at(stands.Add(-4*time.Minute), t.claim(worker))
	t.at(stands.Add(-orderTakes), t.fulfil(worker))
}
