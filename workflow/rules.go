package workflow

import (
	"context"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	// MostTrialDays is how far back rules can be tried.
	MostTrialDays = 366
	// trials is how many requests they are tried on at most, the latest ones.
	trials = 10_000
	// clockBack is how far the clock may be behind the moment in which a request was
	// first seen, before nothing is approved by a rule.
	clockBack = time.Minute
)

// RuleTrial is what the rules would have done with one endpoint request.
type RuleTrial struct {
	Endpoint model.EndpointRequest
	// Rule is the rule that would have decided it; its name is "" where none would.
	Rule model.EndpointRule
	// By is the login of who decided it really, "rule:NAME" for a rule, "" for
	// nobody here.
	By string
}

// Against reports whether somebody here has decided otherwise than the rule would.
func (t RuleTrial) Against() bool {
	v := t.Endpoint.Decision.Verdict
	return v == model.Deny && t.Rule.Then == model.RuleApprove || v == model.Approve && t.Rule.Then == model.RuleDeny
}

// TestRules tells what the configured rules would have done with the endpoint
// requests of the last days, the latest first, whether they are applied or not. It
// decides by the same function as the worker, on the evidence that is stored, at the
// moment in which each request was first seen. Groups are those of today. For
// approvers, admins and support.
func (s *Service) TestRules(ctx context.Context, actorID model.PersonID, days int) ([]RuleTrial, error) {
	if days < 1 || days > MostTrialDays {
		return nil, Invalid{"days": "rules can be tried on the last 1 to 366 days"}
	}
	var all []RuleTrial
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		all = nil
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if err := model.CanEndpoint(a, model.ActSee, model.EndpointRequest{}, tx.Now); err != nil {
			return err
		}
		recent, err := tx.RecentEndpoints(tx.Now.AddDate(0, 0, -days), trials)
		if err != nil {
			return err
		}
		in, n := groupsIn(tx), namesIn(tx)
		for _, e := range recent {
			as := e
			as.State, as.Group = model.EndpointPending, s.endpointGroup() // as it was met
			rule, _ := s.ruleFor(as, in.of, e.Seen)
			all = append(all, RuleTrial{Endpoint: e, Rule: rule, By: who(n, e.Decision.By)})
		}
		if in.err != nil {
			return in.err
		}
		return n.err
	})
	return all, err
}

// ruleFor returns the rule that decides a request now, and whether there is one. A
// request is left to people when its time is over, and is not approved while a clock
// is in doubt, or when it was escalated.
func (s *Service) ruleFor(e model.EndpointRequest, groups func(string) []model.GroupName, now time.Time) (model.EndpointRule, bool) {
	rule, found := model.ApplyRules(s.endpoints.Rules, e, groups, now)
	over := !e.Expires.IsZero() && !now.Before(e.Expires)
	escalated := e.Group != "" && e.Group != s.endpointGroup()
	switch {
	case !found, over, e.State != model.EndpointPending:
		return model.EndpointRule{}, false
	case rule.Then == model.RuleApprove && (escalated || e.Doubt != "" || now.Before(e.Seen.Add(-clockBack))):
		return model.EndpointRule{}, false
	case rule.Then == model.RuleEscalate && e.Group == rule.Group:
		return model.EndpointRule{}, false
	}
	return rule, true
}

// applyRules lets the configured rules decide what they can of the requests that
// wait. It does nothing unless the configuration says so.
func (w *Worker) applyRules(t *tenure) error {
	s := w.svc
	if !s.endpoints.Apply || len(s.endpoints.Rules) == 0 {
		return nil
	}
	var ripe []model.EndpointRequest
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		ripe = nil
		open, err := tx.OpenEndpoints()
		if err != nil {
			return err
		}
		in := groupsIn(tx)
		for _, e := range open {
			if _, decides := s.ruleFor(e, in.of, tx.Now); decides {
				ripe = append(ripe, e)
			}
		}
		return in.err
	})
	if err != nil {
		return err
	}
	return each(w, t, ripe, func(e model.EndpointRequest) error {
		err := w.write(t, func(tx *store.Tx) error { return s.applyRule(tx, e.ID) })
		return wrapped(err, "apply the rules to endpoint request %s", e.UID)
	})
}

// applyRule lets a rule decide one request, as it is now. What somebody decided
// meanwhile stays.
func (s *Service) applyRule(tx *store.Tx, id int64) error {
	e, found, err := tx.Endpoint(id)
	if err != nil || !found {
		return err
	}
	// What was tried and refused is left to people, or it would be tried for ever.
	if _, tried, err := tx.DecisionOn(e.ID, 0); err != nil || tried {
		return err
	}
	in := groupsIn(tx)
	rule, decides := s.ruleFor(e, in.of, tx.Now)
	if !decides || in.err != nil {
		return in.err
	}
	by := model.RuleActor(rule.Name)
	digest := model.StatementOfEndpoint(e).Digest()
	switch rule.Then {
	case model.RuleEscalate:
		return escalate(tx, e, rule, digest)
	case model.RuleApprove, model.RuleDeny:
		vote := model.EndpointVote{Verdict: model.Approve, By: by, At: tx.Now, Digest: digest, Comment: "by the rule " + rule.Name + " of the configuration"}
		if rule.Then == model.RuleDeny {
			vote.Verdict = model.Deny
		}
		_, err = orderEndpoint(tx, e, vote)
	}
	return err
}

// escalate leaves a pending request to the group of a rule.
func escalate(tx *store.Tx, e model.EndpointRequest, rule model.EndpointRule, digest model.Digest) error {
	e.Group = rule.Group
	if changed, err := tx.UpdateEndpoint(e, model.EndpointPending); err != nil || !changed {
		return orConflict(err, e.Incident)
	}
	i, _, err := tx.IncidentOf(e.ID)
	if err != nil {
		return err
	}
	return record(tx, change{by: model.RuleActor(rule.Name), object: e.Incident, correlation: i.Correlation, action: "endpoint.escalate",
		detail: string(e.UID) + " to " + string(rule.Group) + " digest " + string(digest),
		says:   []string{"escalated to " + string(rule.Group) + " by the rule " + rule.Name}})
}

// memberships remembers the groups of the users that rules ask for.
type memberships struct {
	tx   *store.Tx
	seen map[string][]model.GroupName
	err  error // the first, for the caller to look at once
}

func groupsIn(tx *store.Tx) *memberships {
	return &memberships{tx: tx, seen: map[string][]model.GroupName{}}
}

// of returns the groups of the active person whose login is the user's name, as the
// machine tells it or in small letters.
func (m *memberships) of(user string) []model.GroupName {
	if groups, known := m.seen[user]; known {
		return groups
	}
	p, found, err := m.tx.PersonByLogin(user)
	if err == nil && !found {
		p, found, err = m.tx.PersonByLogin(strings.ToLower(user))
	}
	if err != nil && m.err == nil {
		m.err = err
	}
	var groups []model.GroupName
	if found && p.Active {
		groups = p.Groups
	}
	m.seen[user] = groups
	return groups
}
