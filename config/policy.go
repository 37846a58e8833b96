package config

import (
	"fmt"
	"slices"
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

// defaultPolicy is what holds where the file says nothing.
func defaultPolicy() model.Policy {
	return model.Policy{
		Steps:       []model.PolicyStep{{Group: "Vault Approvers", Mode: model.AnyOne}},
		DueIn:       model.For(7 * 24 * time.Hour),
		AnswerIn:    model.For(14 * 24 * time.Hour),
		Overdue:     model.OverdueExpire,
		FulfilGroup: "Vault Admins",
		Fulfilment:  model.FulfilByTask,
	}
}

// policies reads [approval], the items that differ from it, and the rules for some
// requests only.
func policies(root *table) (model.Policy, map[model.ItemKey]model.Policy, map[model.ItemKey][]model.PolicyRule) {
	section := root.section("approval")
	base := policy(section, defaultPolicy())
	items := root.section("item")
	items.open = true
	byItem := map[model.ItemKey]model.Policy{}
	for _, name := range items.names() {
		key := model.ItemKey(name)
		if _, ok := model.FindItem(key); !ok {
			items.wrong(name, "%s", unknownItem(name, "[item.%s]"))
			continue
		}
		byItem[key] = policy(items.section(name), base)
	}
	own := func(key model.ItemKey) model.Policy {
		if p, ok := byItem[key]; ok {
			return p
		}
		return base
	}
	rules := map[model.ItemKey][]model.PolicyRule{}
	for _, t := range section.sections("when") {
		for _, key := range ruleItems(t) {
			rules[key] = append(rules[key], rule(t, own(key)))
		}
	}
	return base, byItem, rules
}

// AllPolicies lists every policy that a request can get: the default first, then those
// of items, then those of rules, each by item.
func (c Config) AllPolicies() []model.Policy {
	all := []model.Policy{c.Policy}
	for _, item := range model.Catalog() {
		if p, ok := c.Policies[item.Key]; ok {
			all = append(all, p)
		}
	}
	for _, item := range model.Catalog() {
		for _, r := range c.Rules[item.Key] {
			all = append(all, r.Policy)
		}
	}
	return all
}

// ruleItems are the items that a rule is for: all where it names none.
func ruleItems(t *table) []model.ItemKey {
	var all, named []model.ItemKey
	for _, item := range model.Catalog() {
		all = append(all, item.Key)
	}
	for _, name := range t.texts("items") {
		if !slices.Contains(all, model.ItemKey(name)) {
			t.wrong("items", "%s", unknownItem(name, "%s"))
			continue
		}
		named = append(named, model.ItemKey(name))
	}
	if !t.has("items") {
		return all
	}
	return named
}

// rule reads an [[approval.when]] for one item. What it leaves out is as in the
// item's own policy.
func rule(t *table, own model.Policy) model.PolicyRule {
	r := model.PolicyRule{Permanent: t.flag("permanent", false), Policy: policy(t, own)}
	for _, name := range t.texts("rights") {
		right := model.Right(name)
		if !right.Valid() {
			t.wrong("rights", "%q is no right: known are %s", name, quotedRights())
		}
		r.Rights = append(r.Rights, right)
	}
	if t.has("longer_than") {
		r.Longer = t.duration("longer_than", time.Hour, model.MinLimit, model.MaxLimit)
	}
	if !t.has("items") && len(r.Rights) == 0 && !r.Permanent && r.Longer == 0 {
		t.missing("rights", "this fits every request: say for which it is, by items, rights, permanent or longer_than")
	}
	return r
}

func quotedRights() string {
	var words []string
	for _, r := range append(model.RecordRights(), model.FolderRights()...) {
		words = append(words, fmt.Sprintf("%q", string(r)))
	}
	return strings.Join(words, ", ")
}

// unknownItem says what may be meant, in the form in which it has to be written.
func unknownItem(name, form string) string {
	var keys []string
	for _, item := range model.Catalog() {
		keys = append(keys, string(item.Key))
	}
	if near := nearest(name, keys); near != "" {
		return "no such catalog item: did you mean " + fmt.Sprintf(form, near) + "?"
	}
	return "no such catalog item: known are " + strings.Join(keys, ", ")
}

// policy reads the keys of a policy; what the section leaves out is as in base.
func policy(t *table, base model.Policy) model.Policy {
	p := model.Policy{
		Steps:            steps(t, base.Steps),
		DueIn:            due(t, "due_in", base.DueIn),
		AnswerIn:         due(t, "answer_in", base.AnswerIn),
		Overdue:          choice(t, "overdue", base.Overdue, model.OverdueExpire, model.OverdueRemind, model.OverdueEscalate),
		EscalateTo:       t.group("escalate_to", base.EscalateTo),
		FulfilGroup:      t.group("fulfil_group", base.FulfilGroup),
		Fulfilment:       choice(t, "fulfilment", base.Fulfilment, model.FulfilByTask, model.FulfilAutomatic),
		FulfillerDiffers: t.flag("fulfiller_differs", base.FulfillerDiffers),
		Emergency:        emergency(t, base.Emergency),
	}
	switch {
	case p.Overdue == model.OverdueEscalate && p.EscalateTo == "":
		t.missing("escalate_to", `overdue = "escalate" needs the group that decides then: escalate_to = "…"`)
	case p.Overdue != model.OverdueEscalate && t.has("escalate_to"):
		t.wrong("escalate_to", `nobody reads this unless overdue = "escalate"`)
	case p.Overdue != model.OverdueEscalate:
		p.EscalateTo = "" // as in base, of which overdue differs
	}
	if p.DueIn.IsPermanent() && p.Overdue != model.OverdueExpire && t.has("overdue") {
		t.wrong("overdue", `nothing is ever overdue with due_in = "never"`)
	}
	if p.DueIn.IsPermanent() && t.has("answer_in") {
		t.wrong("answer_in", `no clock stands with due_in = "never"`)
	}
	return p
}

// emergency reads the group for emergencies; "" takes away what base has.
func emergency(t *table, base model.GroupName) model.GroupName {
	if s, ok := t.values["emergency"].(string); ok && s == "" {
		t.get("emergency")
		return ""
	}
	return t.group("emergency", base)
}

// steps reads who has to approve: one step by group, mode, needed and denials, or several
// as [[…steps]].
func steps(t *table, base []model.PolicyStep) []model.PolicyStep {
	single := false
	for _, key := range []string{"group", "mode", "needed", "denials"} {
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
		t.wrong("steps", "write either steps or group, mode, needed and denials, not both")
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
	switch {
	case s.Mode == model.All && t.has("denials"):
		t.wrong("denials", `nobody reads this with mode = "all": the first denial ends it, since not everybody approves any more`)
	case s.Mode != model.All:
		if n := t.whole("denials", max(base.Denied, 1), 1, 100); n > 1 {
			s.Denied = n
		}
	}
	return s
}

// due reads the time for a decision or an answer; "never" means that it may wait for
// ever.
func due(t *table, key string, base model.Limit) model.Limit {
	if s, ok := t.values[key].(string); ok && s == "never" {
		t.get(key)
		return model.Permanent
	}
	if !t.has(key) {
		return base
	}
	return model.For(t.duration(key, 7*24*time.Hour, leastDue, mostDue))
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
