package model

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func pattern(t interface {
	Helper()
	Fatal(...any)
}, text string) PathPattern {
	t.Helper()
	p, err := ParsePathPattern(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return p
}

func TestPathPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, pattern, path string
		want                bool
	}{
		{"a path is itself", "/usr/bin/sudo", "/usr/bin/sudo", true},
		{"both ends are fixed", "/usr/bin/sudo", "/usr/bin/sudoedit", false},
		{"at the front too", "/bin/sudo", "/usr/bin/sudo", false},
		{"case counts on POSIX", "/usr/bin/sudo", "/usr/bin/Sudo", false},
		{"a star stays in its part", "/usr/*/sudo", "/usr/bin/sudo", true},
		{"and takes no separator", "/usr/*/sudo", "/usr/local/bin/sudo", false},
		{"a star may take nothing", "/usr/bin/sudo*", "/usr/bin/sudo", true},
		{"but a part is needed", "/usr/*/sudo", "/usr/sudo", false},
		{"several stars", "/opt/*-*/bin/*.sh", "/opt/a-b-c/bin/x.y.sh", true},
		{"a question mark is one character", "/opt/v?/x", "/opt/v1/x", true},
		{"not two", "/opt/v?/x", "/opt/v12/x", false},
		{"and one of any script", "/opt/v?/x", "/opt/v東/x", true},
		{"two stars take parts", "/opt/**/x", "/opt/a/b/x", true},
		{"none too", "/opt/**/x", "/opt/x", true},
		{"at the end they take everything below", "/opt/**", "/opt/a/b", true},
		{"never beside it", "/opt/**", "/optional/a", false},
		{"dots of a path match nothing", "/opt/**", "/opt/../etc/x", false},
		{"not even a star", "/opt/*/x", "/opt/../x", false},
		{"a dot alone neither", "/opt/**", "/opt/./x", false},
		{"doubled separators neither", "/opt/**", "/opt//x", false},
		{"a relative path matches nothing", "/**", "opt/x", false},
		{"brackets are letters", "/opt/[ab]/x", "/opt/a/x", false},
		{"a backslash is a letter on POSIX", `/opt/*`, `/opt/a\b`, true},
		{"hidden characters match nothing", "/opt/*", "/opt/a\u202eb", false},
		{"a line feed neither", "/opt/*", "/opt/a\nb", false},

		{"case does not count on Windows", `C:\Windows\System32\mmc.exe`, `c:\WINDOWS\system32\MMC.EXE`, true},
		{"slashes are separators there", `C:\Windows\*.exe`, `C:/Windows/regedit.exe`, true},
		{"a star takes neither kind", `C:\*.exe`, `C:\Windows/regedit.exe`, false},
		{"the drive counts", `C:\Windows\*`, `D:\Windows\x`, false},
		{"foreign letters fold", `C:\Büro\*`, `C:\BÜRO\x`, true},
		{"no foreign letter passes for a plain one", `C:\tools\*`, `C:\tool\u017f\x`, false},
		{"the Kelvin sign is no K", `C:\kit\x`, "C:\\\u212ait\\x", false},
		{"a long s is no s", `C:\sys\x`, "C:\\\u017fys\\x", false},
		{"dots are not resolved", `C:\Windows\**`, `C:\Windows\..\Temp\x.exe`, false},
		{"a trailing dot is another name", `C:\Windows\*`, `C:\Windows\x.exe.`, false},
		{"a trailing blank too", `C:\Windows\*\x`, `C:\Windows\a \x`, false},
		{"short names match nothing", `C:\*\x.exe`, `C:\PROGRA~1\x.exe`, false},
		{"streams neither", `C:\Windows\*`, `C:\Windows\x.txt:y.exe`, false},
		{"devices neither", `C:\Windows\*`, `C:\Windows\nul.txt`, false},
		{"the long form neither", `\\*\**`, `\\?\C:\Windows\x`, false},
		{"a share by host and name", `\\host\share\**`, `\\HOST\Share\a\x.exe`, true},
		{"another host", `\\host\share\**`, `\\other\share\a\x.exe`, false},
		{"a pattern for Windows matches no other path", `C:\**`, "/x", false},
		{"a pattern for POSIX matches no path of Windows", "/**", `C:\x`, false},
		{"a relative path of Windows", `C:\**`, `C:x`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := ParsePathPattern(tt.pattern)
			if err != nil {
				if tt.want {
					t.Fatal(err)
				}
				return
			}
			if got := p.Match(tt.path); got != tt.want {
				t.Errorf("%s matches %q: %v, want %v", tt.pattern, tt.path, got, tt.want)
			}
		})
	}
}

func TestPatternsThatCannotMatchAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                   "empty",
		"sudo":               "whole path",
		"**/sudo":            "whole path",
		"/usr/bin/":          "ends with a separator",
		"/usr//bin":          "empty part",
		"/usr/../bin":        "a part ..",
		"/usr/**bin/x":       "whole parts",
		"//usr/bin":          "too many separators",
		"/usr/b\u200bin":     "do not show",
		`C:/Windows/*`:       `with \`,
		`?:\Windows\*`:       "whole path",
		`C:\Windows\x.`:      "another name",
		`C:\PROGRA~1\x`:      "another name",
		`\\host`:             "names no host",
		`\\*\share\x`:        "name the drive or the share",
		`\\?\C:\Windows\x`:   "another name",
		`C:\Windows\..\x`:    "a part ..",
		`C:\a:b\x`:           "another name",
		`\\\host\share\file`: "too many separators",
	} {
		_, err := ParsePathPattern(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParsePathPattern(%q): %v, want something with %q", text, err, want)
		}
	}
}

// TestAPatternMatchesThePathItIsMadeFrom replaces pieces of a path by wildcards.
func TestAPatternMatchesThePathItIsMadeFrom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z0-9_ä東-]{1,8}`), 1, 6).Draw(t, "parts")
		made := slices.Clone(parts)
		for i := range made {
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				made[i] = "*"
			case 1:
				made[i] = "**"
			case 2:
				r := []rune(made[i])
				r[0] = '?'
				made[i] = string(r)
			case 3:
				made[i] = string([]rune(made[i])[:1]) + "*"
			}
		}
		path := "/" + strings.Join(parts, "/")
		if p := pattern(t, "/"+strings.Join(made, "/")); !p.Match(path) {
			t.Fatalf("%s does not match %s", p, path)
		}
		if p := pattern(t, `C:\`+strings.Join(made, `\`)); !p.Match(`c:/` + strings.ToUpper(strings.Join(parts, "/"))) {
			t.Fatalf("%s does not match %s", p, path)
		}
		if p := pattern(t, path); p.Match(path + "/x") {
			t.Fatalf("%s matches more than itself", p)
		}
	})
}

const (
	goodHash = "24e5e1c2bbef565360c390000000000000000000000000000000000000000000"
	badHash  = "0932d6c213a46bb6b28250000000000000000000000000000000000000000000"
)

// sudo is a request with everything that rules match on.
func sudo() EndpointRequest {
	return EndpointRequest{Kind: "CommandLine", Complete: true, State: EndpointPending, Facts: []Fact{
		{GroupAccount, KeyUser, "carol"}, {GroupAccount, KeyDomain, "CORP"}, {GroupAccount, KeyMachine, "HOST-02"},
		{GroupApplication, KeyFile, "sudo"}, {GroupApplication, KeyPath, "/usr/bin"},
		{GroupApplication, KeyCommand, "apt-get install nginx"}, {GroupApplication, KeyHash, goodHash}}}
}

// without is the request without a key.
func without(e EndpointRequest, key string) EndpointRequest {
	e.Facts = slices.DeleteFunc(slices.Clone(e.Facts), func(f Fact) bool { return f.Key == key })
	return e
}

// with is the request with another value of a key.
func with(e EndpointRequest, key, value string) EndpointRequest {
	e.Facts = slices.Clone(e.Facts)
	for i := range e.Facts {
		if e.Facts[i].Key == key {
			e.Facts[i].Value = value
		}
	}
	return e
}

func team(user string) []GroupName {
	if strings.EqualFold(user, "carol") {
		return []GroupName{"Platform"}
	}
	return nil
}

func TestWhatARuleMatches(t *testing.T) {
	t.Parallel()
	at := func(p string) PathPattern { return pattern(t, p) }
	for _, tt := range []struct {
		name  string
		match RuleMatch
		e     EndpointRequest
		want  bool
	}{
		{"nothing matches nothing", RuleMatch{}, sudo(), false},
		{"the kind", RuleMatch{Kind: "CommandLine"}, sudo(), true},
		{"another kind", RuleMatch{Kind: "FileAccess"}, sudo(), false},
		{"the user", RuleMatch{User: "carol"}, sudo(), true},
		{"in another case", RuleMatch{User: "Carol"}, sudo(), true},
		{"with the domain", RuleMatch{User: `corp\carol`}, sudo(), true},
		{"another domain", RuleMatch{User: `OTHER\carol`}, sudo(), false},
		{"a domain that is not reported", RuleMatch{User: `CORP\carol`}, with(sudo(), KeyDomain, ""), false},
		{"an empty domain is no domain", RuleMatch{User: `\carol`}, with(sudo(), KeyDomain, ""), false},
		{"a longer user", RuleMatch{User: "carol"}, with(sudo(), KeyUser, "carol2"), false},
		{"a user that is not reported", RuleMatch{User: "carol"}, without(sudo(), KeyUser), false},
		{"two users", RuleMatch{User: "carol"}, EndpointRequest{Complete: true, Facts: append(sudo().Facts, Fact{GroupAccount, KeyUser, "root"})}, false},
		{"the group", RuleMatch{Group: "Platform"}, sudo(), true},
		{"another group", RuleMatch{Group: "Security"}, sudo(), false},
		{"the group of nobody", RuleMatch{Group: "Platform"}, without(sudo(), KeyUser), false},
		{"the hash", RuleMatch{Hash: goodHash}, sudo(), true},
		{"in capitals", RuleMatch{Hash: goodHash}, with(sudo(), KeyHash, strings.ToUpper(goodHash)), true},
		{"another hash", RuleMatch{Hash: badHash}, sudo(), false},
		{"a cut hash", RuleMatch{Hash: goodHash}, with(sudo(), KeyHash, goodHash[:21]), false},
		{"a cut hash by one as short", RuleMatch{Hash: goodHash[:21]}, with(sudo(), KeyHash, goodHash[:21]), false},
		{"a hash that is not reported", RuleMatch{Hash: goodHash}, without(sudo(), KeyHash), false},
		{"an empty hash", RuleMatch{Hash: goodHash}, with(sudo(), KeyHash, ""), false},
		{"the path", RuleMatch{Path: at("/usr/bin/sudo")}, sudo(), true},
		{"a path without the file", RuleMatch{Path: at("/usr/bin")}, without(sudo(), KeyFile), false},
		{"a file without the path", RuleMatch{Path: at("/**/sudo")}, without(sudo(), KeyPath), false},
		{"a file name that climbs", RuleMatch{Path: at("/usr/**")}, with(sudo(), KeyFile, "../../tmp/x"), false},
		{"the command", RuleMatch{ByCommand: true, Command: "apt-get install nginx"}, sudo(), true},
		{"a longer command", RuleMatch{ByCommand: true, Command: "apt-get install nginx"}, with(sudo(), KeyCommand, "apt-get install nginx -y"), false},
		{"no arguments", RuleMatch{ByCommand: true}, with(sudo(), KeyCommand, ""), true},
		{"arguments that are not reported", RuleMatch{ByCommand: true}, without(sudo(), KeyCommand), false},
		{"everything together", RuleMatch{"CommandLine", "carol", "Platform", goodHash, at("/usr/bin/*"), true, "apt-get install nginx"}, sudo(), true},
		{"all but one", RuleMatch{"CommandLine", "carol", "Platform", badHash, at("/usr/bin/*"), true, "apt-get install nginx"}, sudo(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, got := ApplyRules([]EndpointRule{{Name: "r", Match: tt.match, Then: RuleDeny}}, tt.e, team, noon); got != tt.want {
				t.Errorf("matches: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhichRuleWins(t *testing.T) {
	t.Parallel()
	rule := func(name string, then RuleVerdict, m RuleMatch) EndpointRule {
		return EndpointRule{Name: name, Then: then, Match: m}
	}
	hash, user := RuleMatch{Hash: goodHash}, RuleMatch{User: "carol"}
	approve, second := rule("approve", RuleApprove, hash), rule("second", RuleApprove, RuleMatch{Hash: goodHash, User: "carol"})
	refuse, escalate := rule("deny", RuleDeny, user), rule("escalate", RuleEscalate, user)
	ended := func(r EndpointRule, until time.Time) EndpointRule { r.Until = until; return r }
	for _, tt := range []struct {
		name  string
		rules []EndpointRule
		e     EndpointRequest
		want  string
	}{
		{"no rules decide nothing", nil, sudo(), ""},
		{"one that approves", []EndpointRule{approve}, sudo(), "approve"},
		{"denying wins though it comes last", []EndpointRule{approve, escalate, refuse}, sudo(), "deny"},
		{"escalating wins over approving", []EndpointRule{approve, escalate}, sudo(), "escalate"},
		{"the first of two", []EndpointRule{second, approve}, sudo(), "second"},
		{"the first that matches", []EndpointRule{rule("other", RuleApprove, RuleMatch{Hash: badHash}), approve}, sudo(), "approve"},
		{"one that approves without a hash never does", []EndpointRule{rule("x", RuleApprove, user)}, sudo(), ""},
		{"nor with half of one", []EndpointRule{rule("x", RuleApprove, RuleMatch{Hash: goodHash[:32]})}, with(sudo(), KeyHash, goodHash[:32]), ""},
		{"nor with a SHA-1, to which other files can be made", []EndpointRule{rule("x", RuleApprove, RuleMatch{Hash: goodHash[:40]})}, with(sudo(), KeyHash, goodHash[:40]), ""},
		{"nor one that is 31 bytes long", []EndpointRule{rule("x", RuleApprove, RuleMatch{Hash: goodHash[:62]})}, with(sudo(), KeyHash, goodHash[:62]), ""},
		{"but with a longer one", []EndpointRule{rule("x", RuleApprove, RuleMatch{Hash: goodHash + goodHash})}, with(sudo(), KeyHash, goodHash+goodHash), "x"},
		{"nor with one longer than any", []EndpointRule{rule("x", RuleApprove, RuleMatch{Hash: goodHash + goodHash + "00"})}, with(sudo(), KeyHash, goodHash+goodHash+"00"), ""},
		{"nor a request without a hash", []EndpointRule{approve}, without(sudo(), KeyHash), ""},
		{"nor on a path that can be read in two ways", []EndpointRule{approve}, with(sudo(), KeyPath, "/usr/../tmp"), ""},
		{"which can be denied", []EndpointRule{approve, refuse}, with(sudo(), KeyPath, "/usr/../tmp"), "deny"},
		{"a path that is not reported hinders no hash", []EndpointRule{approve}, without(without(sudo(), KeyPath), KeyFile), "approve"},
		{"cut evidence is for people", []EndpointRule{approve, refuse, escalate}, func() EndpointRequest { e := sudo(); e.Complete = false; return e }(), ""},
		{"before its end", []EndpointRule{ended(approve, noon.Add(time.Nanosecond))}, sudo(), "approve"},
		{"at its end", []EndpointRule{ended(approve, noon)}, sudo(), ""},
		{"after its end", []EndpointRule{ended(approve, noon.Add(-time.Hour))}, sudo(), ""},
		{"a denying one that has ended lets others", []EndpointRule{ended(refuse, noon), approve}, sudo(), "approve"},
		{"no verdict is none", []EndpointRule{rule("x", "", user)}, sudo(), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := ApplyRules(tt.rules, tt.e, team, noon)
			if got.Name != tt.want || ok != (tt.want != "") {
				t.Errorf("%q decides, want %q", got.Name, tt.want)
			}
		})
	}
}

// TestOrderAndOthersDoNotMatter holds that neither the order of rules nor more of
// them turn a denial into an approval, and that what is missing is never approved.
func TestOrderAndOthersDoNotMatter(t *testing.T) {
	t.Parallel()
	matches := []RuleMatch{{}, {Kind: "CommandLine"}, {User: "carol"}, {User: "bob"}, {Group: "Platform"}, {Hash: goodHash}, {Hash: badHash},
		{Path: pattern(t, "/usr/**")}, {Hash: goodHash, Path: pattern(t, "/usr/bin/*")}, {ByCommand: true}}
	rules := rapid.Custom(func(t *rapid.T) EndpointRule {
		return EndpointRule{Match: rapid.SampledFrom(matches).Draw(t, "match"),
			Then:  rapid.SampledFrom([]RuleVerdict{RuleApprove, RuleDeny, RuleEscalate}).Draw(t, "then"),
			Until: rapid.SampledFrom([]time.Time{{}, noon, noon.Add(time.Hour)}).Draw(t, "until")}
	})
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfN(rules, 0, 6).Draw(t, "rules")
		e := sudo()
		for _, key := range []string{KeyUser, KeyHash, KeyPath, KeyFile, KeyCommand} {
			if rapid.Bool().Draw(t, "without "+key) {
				e = without(e, key)
			}
		}
		got, _ := ApplyRules(some, e, team, noon)
		other, _ := ApplyRules(rapid.Permutation(some).Draw(t, "order"), e, team, noon)
		if got.Then != other.Then {
			t.Fatalf("%q in one order, %q in another", got.Then, other.Then)
		}
		if more, _ := ApplyRules(append(some, rules.Draw(t, "more")), e, team, noon); got.Then == RuleDeny && more.Then != RuleDeny {
			t.Fatalf("one rule more turned a denial into %q", more.Then)
		}
		if _, hash := e.Fact(GroupApplication, KeyHash); got.Then == RuleApprove && !hash {
			t.Fatal("approved without a hash")
		}
	})
}
