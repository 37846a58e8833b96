package demo

import (
	"context"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// together adds what several people decide: in two steps, for each other, after a
// question, and one alone in an emergency.
func (s *stage) together() {
	s.acts("sybil", "dana", minAgo(190), 3*day)
	s.order("wendy", "reporting-db-01", model.RightOwner, model.Permanent, "CHG0031944: the reports move to my team, agreed with noah and priya").
		under(ownership()).submit(6*hour).decide(5*hour, "omar", model.Approve, "agreed in the change board").
		decide(3*hour, "erin", model.Approve, "ok")
	s.order("alice", "zendesk-admin", model.RightView, model.For(7*day), "Help the support team with the new macros").
		submit(3*hour).ask(minAgo(50), "erin", "which macros, and is there a ticket?")
	s.order("judy", "core-switch-01", model.RightEdit, model.For(2*hour), "INC0012420: half of the office has no network").
		submit(minAgo(150)).alone(minAgo(140), "omar", "nobody else was awake, and the office opens at seven")
}

// under gives the request a policy of its own.
func (o *order) under(p model.Policy) *order {
	o.policy = p
	return o
}

// ask has an approver ask the requestor.
func (o *order) ask(age time.Duration, by, question string) *order {
	return o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		return svc.Ask(ctx, who, o.number, question)
	})
}

// alone has somebody approve it in an emergency.
func (o *order) alone(age time.Duration, by, reason string) *order {
	return o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		c, err := svc.Case(ctx, who, o.number)
		if err != nil {
			return err
		}
		allow := c.Request.Allowed
		_, err = svc.ApproveInEmergency(ctx, who, workflow.Emergency{Phrase: model.EmergencyPhrase(o.number), Reason: reason,
			Decision: workflow.Decision{Number: o.number, Revision: c.Request.Revision, Digest: c.Statement(allow).Digest(), Allow: allow}})
		return err
	})
}

// acts has one approver act for another, from a moment on.
func (s *stage) acts(from, to string, since, lasts time.Duration) {
	s.verb(s.ago(since), func(ctx context.Context) error {
		_, err := s.service(policy()).Delegate(ctx, s.person(from).ID, workflow.DelegationDraft{To: to, Ends: s.now.Add(lasts)})
		return err
	})
}
