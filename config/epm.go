package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"countersign/model"
)

// Endpoints says what is done with endpoint requests before a person looks at them.
type Endpoints struct {
	// Group decides endpoint requests and devices; "" is the group of the first
	// approval step.
	Group model.GroupName
	// ApplyRules says whether the rules decide; otherwise they are only tried.
	ApplyRules bool
	Rules      []model.EndpointRule
	Hints      []model.HintRule
	HintsOff   []string // built-in hints that are not told
}

const (
	maxRules = 200 // and as many hints
	maxSays  = 200 // characters of what a hint says
)

// kinds are the kinds of endpoint requests that the service has (PROTOCOL 12.7).
func kinds() []string {
	return []string{"PrivilegeElevation", "FileAccess", "CommandLine", "LeastPrivilege", "Custom", "Other"}
}

func readEPM(t *table) Endpoints {
	e := Endpoints{Group: t.group("group", ""), ApplyRules: t.flag("apply_rules", false)}
	named := map[string]bool{}
	for _, one := range t.sections("rule") {
		e.Rules = append(e.Rules, endpointRule(one, named))
	}
	hints := map[string]bool{}
	for _, name := range model.HintNames() {
		hints[name] = true
	}
	for _, one := range t.sections("hint") {
		e.Hints = append(e.Hints, hintRule(one, hints))
	}
	e.HintsOff = choices(t, "hints_off", "built-in hint", slices.Concat(model.HintNames(), model.DeviceHintNames()))
	if len(e.Rules) > maxRules || len(e.Hints) > maxRules {
		t.wrong("rule", "at most %d rules and as many hints: each request is held against all of them", maxRules)
	}
	if e.ApplyRules && len(e.Rules) == 0 {
		t.wrong("apply_rules", "there is no rule: add one as [[epm.rule]], or leave this out")
	}
	return e
}

var ruleName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// uniqueName reads the name of a rule or a hint, which no other has.
func uniqueName(t *table, what string, named map[string]bool) string {
	name := t.text("name", "")
	switch {
	case !t.has("name"):
		t.missing("name", `give the %s a name: name = "…"`, what)
	case !ruleName.MatchString(name):
		t.wrong("name", "%q is no name for a %s: write small letters, digits and -, at most 40", name, what)
	case named[name]:
		t.wrong("name", "another %s is called %q: give each a name of its own", what, name)
	}
	named[name] = true
	return name
}

// endpointRule reads one [[epm.rule]].
func endpointRule(t *table, named map[string]bool) model.EndpointRule {
	r := model.EndpointRule{Name: uniqueName(t, "rule", named), Match: ruleMatch(t), Until: until(t)}
	if t.has("then") {
		r.Then = choice(t, "then", model.RuleVerdict(""), model.RuleApprove, model.RuleDeny, model.RuleEscalate)
	} else {
		t.missing("then", `say what the rule does: then = "approve", "deny" or "escalate"`)
	}
	switch r.Group = t.group("to", ""); {
	case r.Then == model.RuleEscalate && !t.has("to"):
		t.missing("to", `say which group decides then: to = "…"`)
	case r.Then != model.RuleEscalate && t.has("to"):
		t.wrong("to", `nobody reads this unless then = "escalate"`)
	}
	switch {
	case r.Match.IsZero() && !slices.ContainsFunc([]string{"kind", "user", "group", "hash", "path"}, t.has):
		t.missing("kind", "the rule would match every request: say which, by kind, user, group, hash, path or command")
	case r.Then == model.RuleApprove && !t.has("hash"):
		t.missing("hash", "a rule that approves has to name the file by its hash: names and paths are easily given to another file")
	case r.Then == model.RuleApprove && !t.has("until"):
		t.missing("until", "a rule that approves needs an end, some months from now: until = 2027-03-31")
	}
	return r
}

// ruleMatch reads which requests a rule matches.
func ruleMatch(t *table) model.RuleMatch {
	m := model.RuleMatch{User: t.text("user", ""), Group: t.group("group", ""), Hash: strings.ToLower(t.text("hash", "")),
		Command: t.text("command", ""), ByCommand: t.has("command")}
	if t.has("kind") {
		all := kinds()
		m.Kind = choice(t, "kind", "", all...)
	}
	if t.has("user") && (strings.TrimSpace(m.User) != m.User || strings.Trim(m.User, `\`) != m.User || m.User == "" ||
		strings.ContainsFunc(m.User, func(r rune) bool { return !unicode.IsPrint(r) })) {
		t.wrong("user", `%q is no user: write the name as the machine reports it, alone or as 'DOMAIN\name'`, m.User)
	}
	if t.has("hash") && !model.ValidHash(m.Hash) {
		t.wrong("hash", "expected the SHA-256 of the file as 64 hex digits, or a longer hash, as sha256sum prints it")
	}
	if t.has("path") {
		var err error
		if m.Path, err = model.ParsePathPattern(t.text("path", "")); err != nil {
			t.wrong("path", "%s", visible(err.Error()))
		}
	}
	return m
}

// until reads the last day on which a rule holds, or a moment. It returns when the
// rule ends, in the zone of this host; zero for never.
func until(t *table) time.Time {
	v, ok := t.get("until")
	if !ok {
		return time.Time{}
	}
	day, isDate := v.(time.Time)
	if s, isText := v.(string); isText {
		var err error
		if day, err = time.ParseInLocation(time.DateOnly, s, time.Local); err != nil {
			t.wrong("until", "%q is no day: write it as 2027-03-31", s)
			return time.Time{}
		}
		return day.AddDate(0, 0, 1)
	}
	if !isDate {
		t.mistyped("until", "a day without quotes, as 2027-03-31", v)
		return time.Time{}
	}
	switch day.Location().String() { // what TOML writes without a zone is told by these names
	case "date-local":
		y, m, d := day.Date()
		return time.Date(y, m, d+1, 0, 0, 0, 0, time.Local)
	case "datetime-local":
		y, m, d := day.Date()
		return time.Date(y, m, d, day.Hour(), day.Minute(), day.Second(), 0, time.Local)
	case "time-local":
		t.wrong("until", "a time is no day: write it as 2027-03-31")
		return time.Time{}
	}
	return day
}

// hintRule reads one [[epm.hint]].
func hintRule(t *table, named map[string]bool) model.HintRule {
	h := model.HintRule{Name: uniqueName(t, "hint", named), Key: t.text("key", model.KeyCommand), Says: t.text("says", "")}
	if h.Key == "" {
		t.wrong("key", `name the key as the service reports it, as "CommandLine" or "FilePath"`)
	}
	switch {
	case !t.has("says"):
		t.missing("says", `say what there is to notice: says = "…"`)
	case strings.TrimSpace(h.Says) == "" || len([]rune(h.Says)) > maxSays || strings.ContainsFunc(h.Says, func(r rune) bool { return !unicode.IsPrint(r) }):
		t.wrong("says", "expected one sentence of at most %d characters that can be seen", maxSays)
	}
	pattern := t.text("matches", "")
	compiled, err := regexp.Compile(pattern)
	switch {
	case !t.has("matches"):
		t.missing("matches", `say what to look for, as a regular expression: matches = '(?i)\breg\s+add\b'`)
		return h
	case err != nil:
		t.wrong("matches", "this is no regular expression: %s", visible(strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
		return h
	case compiled.MatchString(""):
		t.wrong("matches", "this matches everything, even nothing: look for something that has to be there")
	}
	h.Pattern = compiled
	return h
}

// readIncident reads what incidents are called, and how urgent they are.
func readIncident(t *table) model.IncidentTable {
	var table model.IncidentTable
	states := t.section("states")
	used := map[string]bool{}
	for _, s := range model.IncidentStates() {
		name := states.text(fmt.Sprint(int(s)), s.Words())
		if strings.TrimSpace(name) != name || name == "" || len([]rune(name)) > 30 || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
			states.wrong(fmt.Sprint(int(s)), "expected a name of at most 30 characters that can be seen")
			continue
		}
		if used[strings.ToLower(name)] {
			states.wrong(fmt.Sprint(int(s)), "another state is called %q: give each a name of its own", name)
		}
		used[strings.ToLower(name)] = true
		if name != s.Words() {
			if table.Names == nil {
				table.Names = map[model.IncidentState]string{}
			}
			table.Names[s] = name
		}
	}
	priorities := t.section("priority")
	for _, kind := range kinds() {
		p := priorities.whole(kind, model.DefaultPriority, 1, 5)
		if p != model.DefaultPriority {
			if table.Priority == nil {
				table.Priority = map[string]int{}
			}
			table.Priority[kind] = p
		}
	}
	return table
}
