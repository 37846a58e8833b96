// Package casetest makes what the workflow computes of a case, for tests of screens
// that make their cases by hand.
package casetest

import (
	"slices"

	"countersign/model"
	"countersign/workflow"
)

// Stand gives a case the steps that its approvals and deciders stand for, unless it
// has steps.
func Stand(c workflow.CaseView) workflow.CaseView {
	if c.Steps != nil {
		return c
	}
	for i, rule := range c.Request.Policy.Steps {
		s := workflow.StepView{Step: i + 1, Rule: rule, Group: rule.Group}
		counted := c.Counted()
		if at := slices.IndexFunc(counted, func(a model.Approval) bool { return a.Step == s.Step }); at >= 0 {
			ap := counted[at]
			s.State, s.Decided, s.Votes, s.MovedBy = ap.State, ap.Decided, ap.Votes, ap.MovedBy
			if ap.Group != "" {
				s.Group = ap.Group
			}
		}
		if s.State == model.ApprovalRequested && c.Request.State == model.Requested {
			s.Missing = c.Missing
			for _, login := range c.Deciders {
				s.Deciders = append(s.Deciders, workflow.Decider{Login: login, Own: true})
			}
		}
		c.Steps = append(c.Steps, s)
	}
	return c
}
