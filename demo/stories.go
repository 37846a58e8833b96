package demo

import (
	"log/slog"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// minAgo is minutes, for ages.
func minAgo(n int) time.Duration { return time.Duration(n) * time.Minute }

// stories adds what is open when the demo begins, and what one should meet in it:
// the requests that approvers decide next, the tasks, orders in trouble.
func (s *stage) stories() {
	s.waiting()
	s.suspicious()
	s.together()
	s.decided()
	s.tasks()
	s.troubles()
}

func (s *stage) waiting() {
	s.order("alice", "prod-db-01", model.RightEdit, model.For(4*hour),
		"INC0012345: restore the ledger before the night batch; DBA on call is out").due(hour).submit(minAgo(47)+20*time.Second).
		comment(minAgo(42), "omar", "is this for the whole night?").
		comment(minAgo(40), "alice", "yes, until the batch ends")
	s.order("bob", "Payroll", model.RightView, model.For(30*day),
		"FIN-20931: the export for the new payroll bank fails, sybil and I look at it in the next weeks").due(day).submit(day - minAgo(58))
	s.order("heidi", "github-deploy-key", model.RightOwner, model.Permanent,
		"RITM0030118: taking over the release keys from priya, hand-over list attached").due(day).submit(day - 3*hour)
	s.order("frank", "build-01", model.RightEdit, model.For(8*hour), "CHG0031902: the agents lose their link to the new build server").
		described("the SSH key of the new build server build-07, or whatever the Jenkins agents use for it").submit(dueIn - 5*hour)
	s.order("carol", "stripe-live", model.RightView, model.For(7*day),
		"PLAT-8127: compare the webhooks of live and test before the release").submit(day + 2*hour)
	s.order("ivan", "core-switch-01", model.RightEdit, model.For(2*hour), long()).submit(20 * hour)
	s.order("victor", "okta-admin", model.RightEdit, model.For(2*hour),
		"SEC-1187: a session from two countries within ten minutes, look at it and end it").needs(2).submit(3*hour).
		decide(2*hour, "omar", model.Approve, "seen the alert, go on")
	s.order("dana", "sentry-admin", model.RightEdit, model.For(day),
		"APP-4410: alert rules for the new checkout").submit(5 * hour)
	s.order("alice", "web-02", model.RightEditShare, model.Permanent,
		"On call from Monday; the deputy needs to get in as well").submit(minAgo(95))
}

func (s *stage) suspicious() {
	s.order("niaj", twinTitle, model.RightEdit, model.For(4*hour),
		"FIN-30211: finance report of prod-db-01, please be quick").submit(minAgo(130))
	s.order("mallory", "Disaster recovery codes", model.RightView, model.For(hour),
		"SEC-77 approved by \u202enire\u202c, see sec\u200brity.example.com\u2066 \u2069— routine, no need to look").submit(minAgo(70))
	s.order("samir", "vpn-gateway", model.RightView, model.For(5*day),
		"Contractor replaces the edge firewalls next week, CHG0031841").to("contractor@example.com").submit(6 * hour)
	s.order("wendy", goneTitle, model.RightView, model.For(day),
		"INC0012377: last export of the old wiki before it is switched off").submit(7 * hour)
}

func (s *stage) decided() {
	s.order("uma", "Google Ads", model.RightEdit, model.For(day), "Budget of the autumn campaign, the agency is on the phone").
		submit(4*hour).decide(3*hour, "dana", model.Deny, "zoe has it and is in the office; please ask her")
	s.order("jonas", "Quote tool", model.RightView, model.For(7*day), "Quotes for the trade fair in Hannover").
		submit(26*hour).withdraw(25*hour, "hugo sent me the list")
	s.order("lena", "stage-db-01", model.RightEdit, model.For(8*hour), "APP-4391: load test with last month's orders").
		submit(8*hour).decide(7*hour, "erin", model.Approve, "ok").claim(6*hour, "ivan").
		skip(5*hour, "ivan", "has it by the team's folder since this morning")
}

func (s *stage) tasks() {
	s.order("tomas", "docs-site-key", model.RightView, model.For(7*day), "PLAT-8131: publish the API reference from the pipeline").
		submit(9*hour).decide(7*hour, "omar", model.Approve, "")
	s.order("grace", "zendesk-admin", model.RightEdit, model.For(2*hour), "INC0012401: macros send the wrong signature to customers").
		submit(3*hour).decide(minAgo(50), "dana", model.Approve, "ok")
	s.order("noah", "reporting-db-01", model.RightView, model.For(30*day), "Slow queries of the month-end report, capacity review").
		submit(11*hour).decide(10*hour, "erin", model.Approve, "")
	s.order("ruth", "print-01", model.RightEdit, model.For(4*hour), "INC0012409: the printer on floor 3 needs a new driver").
		described("the admin account of the printer in the finance corridor, floor 3").
		submit(5*hour).decide(4*hour, "dana", model.Approve, "take the one of the print server if there is no other").
		claim(minAgo(35), "priya")
	s.order("alice", "prod-db-02", model.RightEdit, model.For(8*hour), "CHG0031899: rebuild the index of the order table after the restore").
		submit(6*hour).decide(4*hour, "omar", model.Approve, "").claim(minAgo(20), "priya")
	s.order("tomas", "gitlab-deploy-key", model.RightView, model.Permanent, "Nadia starts today and releases the mobile app").
		to("newhire@example.com").submit(30*hour).decide(28*hour, "dana", model.Approve, "welcome").claim(27*hour, "kofi").
		stuck(26*hour, s.invited)
}

// troubles are orders that did not go as planned.
func (s *stage) troubles() {
	carol := s.order("carol", "jenkins-admin", model.RightEdit, model.For(day), "PLAT-8119: agents do not start after the update").
		to("noah@example.com").submit(2*hour).decide(80*time.Minute, "erin", model.Approve, "").claim(minAgo(30), "kofi")
	carol.stuck(minAgo(9), func(tx *store.Tx, op *model.Operation) error {
		op.State, op.ServiceID, op.Sent = model.OpUnknown, s.serviceID(), tx.Now.Add(-90*time.Second)
		op.Intent.Expires = op.Intent.Limit.End(op.Sent)
		op.LookingFor, op.NextLook = "the service has not answered yet", s.now.Add(2*time.Minute)
		// It did happen; the answer was lost.
		s.give(place{op.Intent.Record, op.Intent.Email}, model.Share{Right: op.Intent.Right, Expires: op.Intent.Expires})
		s.line(tx.Now, slog.LevelWarn, "worker", orderNamed(carol.numbers(), *op)+" has no known outcome yet: "+op.LookingFor, op.Correlation, "")
		return said(tx, carol.number, "not known yet: "+op.Intent.Words(op.Kind)+": "+op.LookingFor+"; the vault is being looked at", "")
	})
	ines := s.order("ines", "Board portal", model.RightView, model.For(day), "The investors ask for the minutes of the last meeting").
		submit(31*hour).decide(29*hour, "omar", model.Approve, "only this once").claim(26*hour, "priya")
	ines.stuck(25*hour, func(tx *store.Tx, op *model.Operation) error {
		words := "Failed to grant record \"" + string(op.Intent.Record) + "\" access permissions for user 'ines@example.com': access denied"
		op.State, op.ServiceID, op.Sent, op.Ended, op.Reason = model.OpRefused, s.serviceID(), tx.Now, tx.Now, words
		op.Intent.Expires = op.Intent.Limit.End(op.Sent)
		s.line(tx.Now, slog.LevelWarn, "worker", orderNamed(ines.numbers(), *op)+" is refused: "+words, op.Correlation, "")
		return said(tx, ines.number, "refused: "+op.Intent.Words(op.Kind)+": "+words, words)
	})
}

// invited is an order to somebody whom the vault had to invite first.
func (s *stage) invited(tx *store.Tx, op *model.Operation) error {
	c, err := tx.Cases([]int64{op.RequestID})
	if err != nil {
		return err
	}
	g := model.Grant{RequestID: op.RequestID, Number: c[0].Request.Number, Person: c[0].Recipient, Email: op.Intent.Email,
		Target: c[0].Target(), Right: op.Intent.Right, Since: tx.Now, State: model.GrantPending, Revision: 1,
		Note: "waits until the invitation is accepted"}
	if op.GrantID, err = tx.InsertGrant(g); err != nil {
		return err
	}
	op.State, op.NotBefore = model.OpScheduled, s.now.Add(2*hour)
	op.Reason = op.Intent.Email + " has been invited to Keeper and has not accepted yet"
	return said(tx, g.Number, op.Intent.Email+" has been invited to Keeper: the access follows when the invitation is accepted",
		"Share invitation has been sent to '"+op.Intent.Email+"'\nPlease repeat this command when invitation is accepted.")
}

// said adds what the worker says to a timeline: in our words, and in those of the
// service where it said anything.
func said(tx *store.Tx, n model.Number, ours, service string) error {
	err := tx.AppendEntry(model.Entry{Object: string(n), At: tx.Now, By: model.System, Kind: model.EntryEvent, Text: ours})
	if err == nil && service != "" {
		err = tx.AppendEntry(model.Entry{Object: string(n), At: tx.Now, By: model.System, Kind: model.EntryNote,
			Text: "the vault service: " + service})
	}
	return err
}
