package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

const someHash = "24e5e1c2bbef565360c390000000000000000000000000000000000000000000"

func TestNoRuleDecidesUnlessTold(t *testing.T) {
	t.Parallel()
	if e := load(t, minimal).Endpoints; e.ApplyRules || e.Rules != nil || e.Hints != nil || e.HintsOff != nil {
		t.Errorf("endpoints = %+v", e)
	}
}

func TestRulesAndHints(t *testing.T) {
	t.Parallel()
	c := load(t, minimal+`
[epm]
apply_rules = true
hints_off = ["odd-hour", "new-country"]
[[epm.rule]]
name = "nightly"
kind = "CommandLine"
user = 'CORP\carol'
group = "Platform"
hash = "`+strings.ToUpper(someHash)+`"
path = "/usr/bin/*"
command = ""
then = "approve"
until = 2027-03-31
[[epm.rule]]
name = "moment"
user = "bob"
then = "deny"
until = 2027-03-31T12:00:00Z
[[epm.rule]]
name = "office"
path = 'C:\**\regedit.exe'
then = "escalate"
to = "Security Office"
[[epm.hint]]
name = "reg"
matches = '(?i)\breg\b'
says = "changes the registry"
[incident.states]
18 = "Eindämmen"
[incident.priority]
PrivilegeElevation = 2
`)
	path, err := model.ParsePathPattern("/usr/bin/*")
	if err != nil {
		t.Fatal(err)
	}
	r := c.Endpoints.Rules
	want := model.RuleMatch{Kind: "CommandLine", User: `CORP\carol`, Group: "Platform", Hash: someHash, Path: path, ByCommand: true}
	if !c.Endpoints.ApplyRules || len(r) != 3 || r[0].Match != want || r[0].Then != model.RuleApprove || r[0].Name != "nightly" {
		t.Errorf("rules = %+v", r)
	}
	if end := time.Date(2027, 4, 1, 0, 0, 0, 0, time.Local); !r[0].Until.Equal(end) {
		t.Errorf("a day holds until %v, want its end %v", r[0].Until, end)
	}
	if !r[1].Until.Equal(time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC)) || !r[2].Until.IsZero() || r[2].Group != "Security Office" {
		t.Errorf("rules = %+v", r[1:])
	}
	h := c.Endpoints.Hints
	if len(h) != 1 || h[0].Key != model.KeyCommand || !h[0].Pattern.MatchString("REG add") || h[0].Says != "changes the registry" {
		t.Errorf("hints = %+v", h)
	}
	if off := c.Endpoints.HintsOff; !slices.Equal(off, []string{"odd-hour", "new-country"}) {
		t.Errorf("switched off are %q", off)
	}
	if i := c.Incident; i.Name(model.IncidentContain) != "Eindämmen" || i.Name(model.IncidentDraft) != "Draft" ||
		i.PriorityOf("PrivilegeElevation") != 2 || i.PriorityOf("Custom") != 3 {
		t.Errorf("incident = %+v", i)
	}
}

func TestWrongRulesAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	const rule = "[[epm.rule]]\nname = \"r\"\n"
	for _, tt := range []struct{ name, text, line, says string }{
		{"no name", "[[epm.rule]]\nuser = \"x\"\nthen = \"deny\"\n", "", "give the rule a name"},
		{"a name that is none", "[[epm.rule]]\nname = \"A b\"\nuser = \"x\"\nthen = \"deny\"\n", ":7", "small letters"},
		{"two of one name", rule + "user = \"x\"\nthen = \"deny\"\n" + rule + "user = \"x\"\nthen = \"deny\"\n", ":11", "a name of its own"},
		{"matching everything", rule + "then = \"deny\"\n", "", "would match every request"},
		{"no verdict", rule + "user = \"x\"\n", "", "say what the rule does"},
		{"another verdict", rule + "user = \"x\"\nthen = \"aprove\"\n", ":9", `did you mean "approve"`},
		{"approving without a hash", rule + "user = \"x\"\nthen = \"approve\"\nuntil = 2027-01-01\n", "", "name the file by its hash"},
		{"approving for ever", rule + "hash = \"" + someHash + "\"\nthen = \"approve\"\n", "", "needs an end"},
		{"a short hash", rule + "hash = \"24e5\"\nthen = \"deny\"\n", ":8", "64 hex digits"},
		{"an unknown kind", rule + "kind = \"Commandline\"\nthen = \"deny\"\n", ":8", `"CommandLine"`},
		{"a pattern that cannot match", rule + "path = \"/usr/../x\"\nthen = \"deny\"\n", ":8", "no path matches this"},
		{"a user with a blank", rule + "user = \" x\"\nthen = \"deny\"\n", ":8", "is no user"},
		{"escalating to nobody", rule + "user = \"x\"\nthen = \"escalate\"\n", "", "which group decides"},
		{"a group that nobody reads", rule + "user = \"x\"\nthen = \"deny\"\nto = \"X\"\n", ":10", "nobody reads this"},
		{"a day that is none", rule + "user = \"x\"\nthen = \"deny\"\nuntil = \"soon\"\n", ":10", "is no day"},
		{"a time of the day", rule + "user = \"x\"\nthen = \"deny\"\nuntil = 12:00:00\n", ":10", "no day"},
		{"a number as day", rule + "user = \"x\"\nthen = \"deny\"\nuntil = 20270101\n", ":10", "a day without quotes"},
		{"a key that is not known", rule + "user = \"x\"\nthen = \"deny\"\nuntl = 2027-01-01\n", ":10", "did you mean until"},
		{"rules that are not there", "[epm]\napply_rules = true\n", ":7", "there is no rule"},
		{"a hint without words", "[[epm.hint]]\nname = \"h\"\nmatches = \"x\"\n", "", "what there is to notice"},
		{"a hint without a pattern", "[[epm.hint]]\nname = \"h\"\nsays = \"x\"\n", "", "what to look for"},
		{"a pattern that is none", "[[epm.hint]]\nname = \"h\"\nsays = \"x\"\nmatches = \"(\"\n", ":9", "no regular expression"},
		{"a pattern for everything", "[[epm.hint]]\nname = \"h\"\nsays = \"x\"\nmatches = \"x*\"\n", ":9", "matches everything"},
		{"the name of a built-in hint", "[[epm.hint]]\nname = \"burst\"\nsays = \"x\"\nmatches = \"x\"\n", ":7", "a name of its own"},
		{"a built-in hint that is none", "[epm]\nhints_off = [\"burst\", \"bursts\"]\n", ":7", `"bursts" is no built-in hint; there are encoded-powershell, `},
		{"a hint of the table switched off", "[epm]\nhints_off = [\"h\"]\n[[epm.hint]]\nname = \"h\"\nsays = \"x\"\nmatches = \"x\"\n", ":7", "no built-in hint"},
		{"a state that is none", "[incident.states]\n17 = \"X\"\n", ":7", "no such key"},
		{"a name that does not show", "[incident.states]\n16 = \"\\u202e\"\n", ":7", "can be seen"},
		{"two states of one name", "[incident.states]\n100 = \"analysis\"\n", ":7", "a name of its own"},
		{"a priority out of range", "[incident.priority]\nCustom = 6\n", ":7", "out of range"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, minimal+tt.text)
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.line+": ") || !strings.Contains(got[0], tt.says) {
				t.Errorf("got %q, want %q with %q", got, tt.line, tt.says)
			}
		})
	}
}
