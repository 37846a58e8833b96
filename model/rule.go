package model

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// RuleVerdict is what a rule does with the endpoint requests that it matches.
type RuleVerdict string

// The verdicts of rules.
const (
	RuleApprove  RuleVerdict = "approve"
	RuleDeny     RuleVerdict = "deny"
	RuleEscalate RuleVerdict = "escalate" // leave it to a group
)

// EndpointRule decides endpoint requests without a person.
type EndpointRule struct {
	Name  string // stands in the audit as rule:NAME
	Match RuleMatch
	Then  RuleVerdict
	Group GroupName // who decides what is escalated; empty otherwise
	Until time.Time // the rule holds before that; zero: for ever
}

// RuleMatch says which requests a rule matches: those that fit everything that is
// set. A rule that sets nothing matches nothing, and one never matches what the
// request does not report.
type RuleMatch struct {
	Kind  string      // as the service names it
	User  string      // the user, or DOMAIN\user; case does not count
	Group GroupName   // a group here that a person with the user's login is in
	Hash  string      // hex, of the file
	Path  PathPattern // of the file, with its name
	// ByCommand says that the whole command line has to be Command, character by
	// character; an empty one is a request that is reported to have no arguments.
	ByCommand bool
	Command   string
}

// IsZero reports whether nothing is set.
func (m RuleMatch) IsZero() bool { return m == RuleMatch{} }

// ApplyRules returns the rule that decides a request, and whether there is one.
// groups returns the groups of a user. now is compared with the rules' ends.
//
// A denying rule wins over one that escalates, and that over one that approves;
// among equal ones the first. No rule decides on evidence that is not complete. One
// that approves has to name the hash of the file, and decides no request whose path
// is not plain, since other rules cannot be held against such a path.
func ApplyRules(rules []EndpointRule, e EndpointRequest, groups func(user string) []GroupName, now time.Time) (EndpointRule, bool) {
	if !e.Complete {
		return EndpointRule{}, false
	}
	for _, then := range []RuleVerdict{RuleDeny, RuleEscalate, RuleApprove} {
		i := slices.IndexFunc(rules, func(r EndpointRule) bool {
			return r.Then == then && r.holds(now) && r.may(e) && r.Match.fits(e, groups)
		})
		if i >= 0 {
			return rules[i], true
		}
	}
	return EndpointRule{}, false
}

// holds reports whether the rule has not ended.
func (r EndpointRule) holds(now time.Time) bool { return r.Until.IsZero() || now.Before(r.Until) }

// may reports whether the rule may decide the request at all.
func (r EndpointRule) may(e EndpointRequest) bool {
	if r.Then != RuleApprove {
		return true
	}
	_, reported := e.said(GroupApplication, KeyPath)
	return ValidHash(r.Match.Hash) && (!reported || PlainPath(e.Program()) == "")
}

// ValidHash reports whether a hash is one that names one file only: SHA-256 or a
// longer one, as hex. Files can be made to have a given MD5 or SHA-1.
func ValidHash(hash string) bool {
	b, err := hex.DecodeString(hash)
	return err == nil && len(b) >= 32 && len(b) <= 64
}

func (m RuleMatch) fits(e EndpointRequest, groups func(string) []GroupName) bool {
	return !m.IsZero() &&
		(m.Kind == "" || m.Kind == e.Kind) &&
		(m.User == "" || m.fitsUser(e)) &&
		(m.Group == "" || m.fitsGroup(e, groups)) &&
		(m.Hash == "" || ValidHash(e.Hash()) && strings.EqualFold(m.Hash, e.Hash())) &&
		(m.Path.IsZero() || m.fitsPath(e)) &&
		(!m.ByCommand || m.fitsCommand(e))
}

func (m RuleMatch) fitsUser(e EndpointRequest) bool {
	user, ok := e.said(GroupAccount, KeyUser)
	if !ok {
		return false
	}
	if at := strings.LastIndexByte(m.User, '\\'); at >= 0 {
		domain, ok := e.said(GroupAccount, KeyDomain)
		return ok && sameName(m.User[:at], domain) && sameName(m.User[at+1:], user)
	}
	return sameName(m.User, user)
}

// sameName compares names as Windows does, see upper.
func sameName(a, b string) bool { return upper(a) == upper(b) }

func (m RuleMatch) fitsGroup(e EndpointRequest, groups func(string) []GroupName) bool {
	user, ok := e.said(GroupAccount, KeyUser)
	return ok && groups != nil && slices.Contains(groups(user), m.Group)
}

// fitsPath needs both the folder and the name: without the one or the other it is
// not known which file is meant.
func (m RuleMatch) fitsPath(e EndpointRequest) bool {
	_, path := e.said(GroupApplication, KeyPath)
	_, file := e.said(GroupApplication, KeyFile)
	return path && file && m.Path.Match(e.Program())
}

func (m RuleMatch) fitsCommand(e EndpointRequest) bool {
	line, ok := e.Fact(GroupApplication, KeyCommand)
	return ok && line == m.Command
}
