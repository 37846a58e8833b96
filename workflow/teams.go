package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// Teams lists the teams that the vault shows to the service account and that fit
// what was typed: for admins, who alone ask for a team. It fails with a
// *model.Denied for others and with a *VaultError when the vault or the worker is
// away.
func (s *Service) Teams(ctx context.Context, actorID model.PersonID, text string) ([]model.Team, error) {
	if err := s.mayAskForTeams(ctx, actorID); err != nil {
		return nil, err
	}
	all, err := s.teams(ctx)
	return matching(all, text), err
}

// teams lists every team that the vault shows.
func (s *Service) teams(ctx context.Context) ([]model.Team, error) {
	r, err := s.ask(ctx, askTeams, question{})
	return r.Teams, err
}

// planWithTeam makes the plan of a case, and compares the name of a team that gets
// access with what the vault calls it.
func (s *Service) planWithTeam(ctx context.Context, task model.Number, c model.Case, facts model.RecordFacts) (PlanView, error) {
	v, err := s.planFor(ctx, task, c, facts)
	if err != nil || !model.UID(c.Request.RequestedFor).Valid() {
		return v, err
	}
	teams, err := s.teams(ctx)
	v.Differences = append(v.Differences, teamDifferences(c, facts, teams)...)
	return v, err
}

// teamDifferences says where a team is not called what the request says. A team
// that the vault does not show, and that is no member yet, can only be known by
// its UID.
func teamDifferences(c model.Case, facts model.RecordFacts, teams []model.Team) []string {
	uid := model.UID(c.Request.RequestedFor)
	name, _ := c.Request.Answer(model.FieldTeam)
	called := ""
	if i := slices.IndexFunc(teams, func(t model.Team) bool { return t.UID == uid }); i >= 0 {
		called = teams[i].Name
	}
	if i := slices.IndexFunc(facts.Shares, func(h model.Holder) bool { return h.Email == string(uid) }); i >= 0 && called == "" {
		called = facts.Shares[i].Team
	}
	switch called {
	case name:
		return nil
	case "":
		return []string{fmt.Sprintf("the vault shows the service account no team %s: that it is %q is only what the requestor says", uid, name)}
	}
	return []string{fmt.Sprintf("approved as the team %q, the team is called %q", name, called)}
}

// mayAskForTeams fails with a *model.Denied for whoever is no admin.
func (s *Service) mayAskForTeams(ctx context.Context, actorID model.PersonID) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil || a.Has(model.RoleAdmin) {
			return err
		}
		return &model.Denied{Code: model.DenyRole, Reason: "only admins ask for a team"}
	})
}

// matching returns the teams whose name or UID holds what was typed, by name.
func matching(teams []model.Team, text string) []model.Team {
	text = strings.TrimSpace(text)
	fit := slices.DeleteFunc(slices.Clone(teams), func(t model.Team) bool {
		return string(t.UID) != text && !strings.Contains(strings.ToLower(t.Name), strings.ToLower(text))
	})
	slices.SortFunc(fit, func(a, b model.Team) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return fit
}

// readTeams lists the teams for somebody who waits.
func (w *Worker) readTeams(ctx context.Context, t *tenure) ([]model.Team, error) {
	done, ok := t.begin()
	if !ok {
		return nil, noWorker()
	}
	defer done()
	ctx, cancel := context.WithTimeout(WithPriority(ctx, PriorityPerson), w.opt.ReadLimit)
	defer cancel()
	return w.vault.Teams(ctx)
}
