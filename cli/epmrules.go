package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"countersign/model"
	"countersign/workflow"
)

func (a *app) epmRulesCommand() *cobra.Command {
	return group("rules", "Try the rules for endpoint requests", `Try the rules of the configuration, [[epm.rule]], on requests of the past. It
decides nothing.`, a.epmRulesTestCommand())
}

// trialJSON is what the rules would have done with one request.
type trialJSON struct {
	endpointJSON
	Rule      string            `json:"rule,omitempty"`
	Would     model.RuleVerdict `json:"would,omitempty"`
	To        model.GroupName   `json:"to,omitempty"`
	DecidedBy string            `json:"decided_by,omitempty"`
	Against   bool              `json:"against,omitempty"` // somebody decided otherwise
}

// trialsJSON are all of them, with what is applied at present.
type trialsJSON struct {
	Days    int         `json:"days"`
	Applied bool        `json:"applied"`
	Rules   []string    `json:"rules"`
	Trials  []trialJSON `json:"trials"`
}

func (a *app) epmRulesTestCommand() *cobra.Command {
	var days int
	var asJSON, all bool
	cmd := &cobra.Command{Use: "test", Short: "Tell what the rules would have done", Args: none,
		Long: `Tell what the rules of the configuration would have done with the endpoint requests
of the last days, each at the moment in which it was first seen, and what was done
really. The rules need not be applied for that: see apply_rules in the configuration.
Nothing is decided.`,
		Example: "countersign epm rules test --days 30"}
	cmd.Flags().IntVar(&days, "days", 7, "try them on the last `N` days")
	cmd.Flags().BoolVar(&all, "all", false, "list the requests too that no rule decides")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = a.does(func(ctx context.Context, _ []string) error {
		if days < 1 || days > workflow.MostTrialDays {
			return usage("--days: a number from 1 to %d is needed", workflow.MostTrialDays)
		}
		return a.with(ctx, func(q *queue, me model.Actor) error {
			trials, err := q.svc.TestRules(ctx, me.ID, days)
			if err != nil {
				return err
			}
			return a.printTrials(q, trials, days, all, asJSON)
		})
	})
	return cmd
}

func (a *app) printTrials(q *queue, trials []workflow.RuleTrial, days int, all, asJSON bool) error {
	rules := q.conf.Endpoints.Rules
	count, against := map[string]int{}, 0
	out := trialsJSON{Days: days, Applied: q.conf.Endpoints.ApplyRules, Trials: []trialJSON{},
		Rules: each(rules, func(r model.EndpointRule) string { return r.Name })}
	t := table{head: []string{"INCIDENT", "CREATED", "WHO", "WHAT", "RULE", "WOULD", "WAS", "BY", ""}}
	for _, trial := range trials {
		e := trial.Endpoint
		count[trial.Rule.Name]++
		if trial.Rule.Name == "" && !all {
			continue
		}
		would, note := string(trial.Rule.Then), ""
		if trial.Rule.Then == model.RuleEscalate {
			would += " to " + string(trial.Rule.Group)
		}
		if trial.Against() {
			note, against = "differs", against+1
		}
		t.add(string(e.Incident), a.clock(e.Created), e.User, e.What, trial.Rule.Name, would, e.State.Words(), trial.By, note)
		out.Trials = append(out.Trials, trialJSON{endpointOf(e), trial.Rule.Name, trial.Rule.Then, trial.Rule.Group, trial.By, trial.Against()})
	}
	if asJSON {
		return writeJSON(a.Out, out)
	}
	if len(t.rows) > 0 {
		if err := t.print(a.Out); err != nil {
			return err
		}
		fmt.Fprintln(a.Out)
	}
	for _, r := range rules {
		fmt.Fprintf(a.Out, "%s would %s %d\n", r.Name, r.Then, count[r.Name])
	}
	_, err := fmt.Fprintf(a.Out, "%d requests in %d days, %d left to people, %d decided otherwise by somebody; %s\n", len(trials), days, count[""], against,
		applied(q.conf.Endpoints.ApplyRules, len(rules)))
	return err
}

// applied says whether the rules decide at present.
func applied(on bool, rules int) string {
	switch {
	case rules == 0:
		return "there is no rule"
	case on:
		return "the rules are applied"
	}
	return "the rules are not applied (apply_rules)"
}
