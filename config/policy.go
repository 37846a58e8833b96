package config

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"countersign/model"
)

// The bounds of the time in which a request must be decided.
const (
	leastDue = model.MinLimit
	mostDue  = 365 * 24 * time.Hour
)

// maxGroup is the longest name of a group; it has to fit into a column.
const maxGroup = 80

// defaultPolicy is what holds where the file says nothing. That overdue requests
// expire is no choice.
func defaultPolicy() model.Policy {
	return model.Policy{
		Steps:       []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}},
		DueIn:       model.For(7 * 24 * time.Hour),
		Overdue:     model.OverdueExpire,
		FulfilGroup: "Vault Admins",
		Fulfilment:  model.FulfilByTask,
	}
}

// policies reads [approval] and the items that differ from it.
func policies(root *table) (model.Policy, map[model.ItemKey]model.Policy) {
	base := policy(root.section("approval"), defaultPolicy())
	items := root.section("item")
	items.open = true
	byItem := map[model.ItemKey]model.Policy{}
	for _, name := range items.names() {
		key := model.ItemKey(name)
		if _, ok := model.FindItem(key); !ok {
			items.wrong(name, "%s", unknownItem(name))
			continue
		}
		byItem[key] = policy(items.section(name), base)
	}
	return base, byItem
}

func unknownItem(name string) string {
	var keys []string
	for _, item := range model.Catalog() {
		keys = append(keys, string(item.Key))
	}
	if near := nearest(name, keys); near != "" {
		return "no such catalog item: did you mean [item." + near + "]?"
	}
	return "no such catalog item: known are " + strings.Join(keys, ", ")
}

// policy reads the keys of a policy; what the section leaves out is as in base.
func policy(t *table, base model.Policy) model.Policy {
	return model.Policy{
		Steps:            steps(t, base.Steps),
		DueIn:            due(t, base.DueIn),
		Overdue:          base.Overdue,
		FulfilGroup:      t.group("fulfil_group", base.FulfilGroup),
		Fulfilment:       choice(t, "fulfilment", base.Fulfilment, model.FulfilByTask, model.FulfilAutomatic),
		FulfillerDiffers: t.flag("fulfiller_differs", base.FulfillerDiffers),
	}
}

// steps reads who has to approve: one step by group, mode and needed, or several
// as [[…steps]].
func steps(t *table, base []model.PolicyStep) []model.PolicyStep {
	single := false
	for _, key := range []string{"group", "mode", "needed"} {
		single = t.has(key) || single
	}
	var several []model.PolicyStep
	for _, one := range t.sections("steps") {
		if !one.has("group") {
			one.missing("group", `say who approves in this step: group = "…"`)
		}
		several = append(several, step(one, model.PolicyStep{Mode: model.AnyOne}))
	}
	switch {
	case t.has("steps") && single:
		t.wrong("steps", "write either steps or group, mode and needed, not both")
	case t.has("steps") && len(several) == 0:
		t.wrong("steps", "at least one step is needed, or nobody would have to approve")
	case t.has("steps"):
		return several
	case single && len(base) == 1:
		return []model.PolicyStep{step(t, base[0])}
	case single:
		if !t.has("group") {
			t.missing("group", `[approval] has several steps, so this section must say who approves: group = "…"`)
		}
		return []model.PolicyStep{step(t, model.PolicyStep{Mode: model.AnyOne})}
	}
	return base
}

// step reads one step.
func step(t *table, base model.PolicyStep) model.PolicyStep {
	s := model.PolicyStep{
		Group: t.group("group", base.Group),
		Mode:  choice(t, "mode", base.Mode, model.AnyOne, model.NOf, model.All),
	}
	switch {
	case s.Mode == model.NOf && !t.has("needed") && base.Needed == 0:
		t.missing("needed", `mode = "n_of" needs a number of people: needed = 2`)
	case s.Mode == model.NOf:
		s.Needed = t.whole("needed", base.Needed, 1, 100)
	case t.has("needed"):
		t.wrong("needed", `nobody reads this unless mode = "n_of"`)
	}
	return s
}

// due reads the time for a decision; "never" means that it may wait for ever.
func due(t *table, base model.Limit) model.Limit {
	if s, ok := t.values["due_in"].(string); ok && s == "never" {
		t.get("due_in")
		return model.Permanent
	}
	if !t.has("due_in") {
		return base
	}
	return model.For(t.duration("due_in", 7*24*time.Hour, leastDue, mostDue))
}

// group reads the name of a group. A name becomes a line of the statement and
// must look the same to everybody who reads it.
func (t *table) group(key string, base model.GroupName) model.GroupName {
	name := t.text(key, string(base))
	if !t.has(key) {
		return base
	}
	if wrong := wrongGroup(name); wrong != "" {
		t.wrong(key, "%s", wrong)
	}
	return model.GroupName(name)
}

// wrongGroup says what is wrong with the name of a group, "" if nothing is.
func wrongGroup(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "the name of a group is empty"
	case strings.TrimSpace(name) != name:
		return fmt.Sprintf("%q begins or ends with a blank", name)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Sprintf("%q holds characters that cannot be seen", name)
	case len([]rune(name)) > maxGroup:
		return fmt.Sprintf("the name of a group has at most %d characters", maxGroup)
	}
	return ""
}
