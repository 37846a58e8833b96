package workflow

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"countersign/model"
	"countersign/store"
)

// SupportView is how the program is, for those who help others with it.
type SupportView struct {
	Program []model.Fact // versions and what it was built with
	Health  model.Health // of the vault service
	Running []model.Fact // processes that work on the queue, by kind
	Queue   []model.Fact // files, schemas, how many rows
	Checks  []Check      // doctor's findings, what needs a look before everything else
}

// serviceFact is the one among the facts of the program that it did not say itself.
const serviceFact = "Vault service"

// Support says how the program is: versions, the vault's health, the queue, and
// what doctor finds without asking the vault. For support and admins; it fails with
// a *model.Denied for others.
func (s *Service) Support(ctx context.Context, actorID model.PersonID) (SupportView, error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return SupportView{}, err
	}
	v := SupportView{Health: s.Health(ctx)}
	facts, err := s.db.Facts(ctx)
	if err != nil {
		return v, err
	}
	v.Program = append(built(), model.Fact{Key: "SQLite", Value: facts.SQLite})
	if v.Health.Version != "" {
		v.Program = append(v.Program, model.Fact{Key: serviceFact, Value: v.Health.Version})
	}
	if v.Running, err = s.running(ctx); err != nil {
		return v, err
	}
	v.Queue = queueFacts(facts)
	v.Checks, err = s.Checks(ctx)
	slices.SortStableFunc(v.Checks, func(a, b Check) int { return cmp.Compare(urgency(a.State), urgency(b.State)) })
	return v, err
}

func urgency(s CheckState) int { return slices.Index([]CheckState{CheckBad, CheckWarn, CheckOK}, s) }

// built says what program this is.
func built() []model.Fact {
	facts := []model.Fact{{Key: "Go", Value: runtime.Version()}, {Key: "Built for", Value: runtime.GOOS + "/" + runtime.GOARCH}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return facts
	}
	version := info.Main.Version
	for _, set := range info.Settings {
		if set.Key == "vcs.revision" {
			version += " " + set.Value[:min(len(set.Value), 12)]
		}
	}
	return append([]model.Fact{{Key: "countersign", Value: version}}, facts...)
}

// running counts the processes that are alive.
func (s *Service) running(ctx context.Context) ([]model.Fact, error) {
	beats, err := s.db.Heartbeats(ctx, beatAge)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	var kinds []string
	for _, b := range beats {
		if count[b.Kind] == 0 {
			kinds = append(kinds, b.Kind)
		}
		count[b.Kind]++
	}
	var facts []model.Fact
	for _, k := range kinds {
		facts = append(facts, model.Fact{Key: k, Value: fmt.Sprint(count[k])})
	}
	return facts, nil
}

func queueFacts(f store.Facts) []model.Fact {
	var facts []model.Fact
	for _, sch := range f.Schemas {
		facts = append(facts, model.Fact{Key: "Schema of " + sch.File, Value: fmt.Sprint(sch.Version)})
	}
	for _, r := range f.Rows {
		facts = append(facts, model.Fact{Key: "Rows of " + r.Table, Value: fmt.Sprint(r.Count)})
	}
	lines := int64(0)
	if f.LogNewest > 0 {
		lines = f.LogNewest - f.LogOldest + 1
	}
	words := "whole"
	if f.LogUnindexed > 0 {
		words = howMany(f.LogUnindexed, "part waits", "parts wait") + " for the worker"
	}
	return append(facts, model.Fact{Key: "Lines of the log", Value: fmt.Sprint(lines)}, model.Fact{Key: "Index of its words", Value: words})
}
