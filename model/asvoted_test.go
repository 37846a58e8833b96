package model_test

import (
	"testing"
	"time"

	"countersign/model"
)

// votedCase is a request with an edit for four hours, before anybody voted.
func votedCase() model.Case {
	c := caseIn(model.InProcess)
	c.Request.Revision = 1
	c.Approvals = nil
	return c
}

// vote votes on a case as the workflow does: on what is allowed so far, which it may
// lower; the next vote of the same step is then on another revision.
func vote(c *model.Case, step int, who model.PersonID, verdict model.Verdict, allow model.Access, last bool) {
	for len(c.Approvals) < step {
		c.Approvals = append(c.Approvals, model.Approval{Step: len(c.Approvals) + 1})
	}
	ap := &c.Approvals[step-1]
	digest := model.StatementOf(c.Request, allow, loginOf).Digest()
	ap.Votes = append(ap.Votes, model.Vote{Voter: who, Seat: who, Verdict: verdict, Digest: digest, Allowed: allow})
	if allow != c.Request.Allowed && !last {
		c.Request.Revision++
	}
	c.Request.Allowed = allow
}

func loginOf(id model.PersonID) string { return string(id) }

func TestRequestIsAsItsVotesHaveIt(t *testing.T) {
	t.Parallel()
	asked := votedCase().Request.Asked
	less := model.Access{Right: model.RightView, Limit: model.For(time.Hour)}
	least := model.Access{Right: model.RightView, Limit: model.For(10 * time.Minute)}
	for name, voted := range map[string]func(*model.Case){
		"by one":                  func(c *model.Case) { vote(c, 1, "zoe", model.Approve, asked, true) },
		"lowered by the only one": func(c *model.Case) { vote(c, 1, "zoe", model.Approve, less, true) },
		"by two of one step": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, asked, false)
			vote(c, 1, "dan", model.Approve, asked, true)
		},
		"lowered by the first of two": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, less, false)
			vote(c, 1, "dan", model.Approve, less, true)
		},
		"lowered by the second of two": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, asked, false)
			vote(c, 1, "dan", model.Approve, less, true)
		},
		"lowered by both": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, less, false)
			vote(c, 1, "dan", model.Approve, least, true)
		},
		"in two steps": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, asked, true)
			vote(c, 2, "dan", model.Approve, asked, true)
		},
		"lowered in the first step": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, less, true)
			vote(c, 2, "dan", model.Approve, less, true)
		},
		"lowered in both steps": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, less, false)
			vote(c, 1, "eve", model.Approve, less, true)
			vote(c, 2, "dan", model.Approve, least, true)
		},
		"with a denial that was not enough": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, less, false)
			vote(c, 1, "eve", model.Deny, less, false)
			vote(c, 1, "dan", model.Approve, less, true)
		},
		"with a step that still waits": func(c *model.Case) {
			vote(c, 1, "zoe", model.Approve, asked, true)
			c.Approvals = append(c.Approvals, model.Approval{Step: 2})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := votedCase()
			voted(&c)
			if !c.AsVoted(loginOf) {
				t.Fatal("it is taken for another one")
			}
			for what, change := range exchanges() {
				other := c
				change(&other)
				if other.AsVoted(loginOf) {
					t.Errorf("%s is not noticed", what)
				}
			}
		})
	}
}

// exchanges are what somebody could write into an approved request.
func exchanges() map[string]func(*model.Case) {
	return map[string]func(*model.Case){
		"another number":       func(c *model.Case) { c.Request.Number = "REQ0010002" },
		"another item":         func(c *model.Case) { c.Request.Item = model.ItemFolderAccess },
		"another requestor":    func(c *model.Case) { c.Request.RequestedBy = "mallory" },
		"another recipient":    func(c *model.Case) { c.Request.RequestedFor = "mallory@example.com" },
		"another kind":         func(c *model.Case) { c.Request.Target.Kind = model.TargetFolder },
		"another uid":          func(c *model.Case) { c.Request.Target.UID = "BAAAAAAAAAAAAAAAAAAAAA" },
		"no uid":               func(c *model.Case) { c.Request.Target.UID = "" },
		"another title":        func(c *model.Case) { c.Request.Target.Title = "other" },
		"another type":         func(c *model.Case) { c.Request.Target.Type = "login" },
		"a description":        func(c *model.Case) { c.Request.Target.Described = "other" },
		"more asked for":       func(c *model.Case) { c.Request.Asked.Right = model.RightOwner },
		"longer asked for":     func(c *model.Case) { c.Request.Asked.Limit = model.Permanent },
		"more allowed":         func(c *model.Case) { c.Request.Allowed.Right = model.RightOwner },
		"allowed for longer":   func(c *model.Case) { c.Request.Allowed.Limit = model.For(24 * time.Hour) },
		"allowed for ever":     func(c *model.Case) { c.Request.Allowed.Limit = model.Permanent },
		"another reason":       func(c *model.Case) { c.Request.Justification = "other" },
		"an answer":            func(c *model.Case) { c.Request.Answers = []model.Answer{{Field: "rotate", Value: "yes"}} },
		"a sealed answer":      func(c *model.Case) { c.Request.Sealed = []model.SealedAnswer{{Field: "password", Commitment: "00"}} },
		"another request":      func(c *model.Case) { c.Request.RefersTo = "REQ0010000" },
		"another policy":       func(c *model.Case) { c.Request.Policy.Steps = nil },
		"other work":           func(c *model.Case) { c.Request.Policy.Fulfilment = model.FulfilAutomatic },
		"another group's work": func(c *model.Case) { c.Request.Policy.FulfilGroup = "Mallory" },
		"another revision":     func(c *model.Case) { c.Request.Revision++ },
		"no votes":             func(c *model.Case) { c.Approvals = nil },
		"steps without votes":  func(c *model.Case) { c.Approvals = []model.Approval{{Step: 1, State: model.ApprovalApproved}} },
	}
}

// What comes after the decision is no part of what was voted on.
func TestWorkDoesNotMakeItAnotherRequest(t *testing.T) {
	t.Parallel()
	c := votedCase()
	vote(&c, 1, "zoe", model.Approve, c.Request.Asked, true)
	c.Request.State, c.Request.Outcome, c.Request.Closed = model.ClosedComplete, "done", noon
	c.Request.Due, c.Request.Updated, c.Recipient = noon, noon, "bob"
	c.Tasks = []model.Task{{Picked: model.Target{UID: "BAAAAAAAAAAAAAAAAAAAAA"}}}
	c.Operations = []model.Operation{{Kind: model.OpGrant}}
	c.Grants = []model.Grant{{Right: model.RightEdit}}
	if !c.AsVoted(loginOf) {
		t.Error("it is taken for another one")
	}
}

func TestTakingAccessNeedsNoVote(t *testing.T) {
	t.Parallel()
	c := votedCase()
	c.Request.Item = model.ItemRevoke
	if !c.AsVoted(loginOf) {
		t.Error("nobody votes on taking access")
	}
}

// The canonical text is what stored votes are compared with: another wording of it
// would make every approved request look as if somebody had changed it.
func TestTextOfAStatementNeverChanges(t *testing.T) {
	t.Parallel()
	r := votedCase().Request
	r.Target.Title, r.Target.Type, r.Justification = "prod-db-01", "login", "INC0012345: restore"
	r.Answers = []model.Answer{{Field: "rotate", Value: "yes"}}
	r.Sealed = []model.SealedAnswer{{Field: "password", Commitment: "c0ffee"}}
	r.RefersTo = "REQ0010000"
	r.Policy.Steps = append(r.Policy.Steps, model.PolicyStep{Group: "Two", Mode: model.NOf, Needed: 2}, model.PolicyStep{Group: "All", Mode: model.All})
	r.Policy.Fulfilment = model.FulfilByTask
	want := `countersign statement 1
"Request" "REQ0010001"
"Revision" "1"
"Item" "record-access"
"Requested by" "alice"
"For" "bob@example.com"
"Target" "record"
"UID" "AAAAAAAAAAAAAAAAAAAAAA"
"Title" "prod-db-01"
"Type" "login"
"Asked" "edit, 4 h"
"Allowed" "view, until 2026-11-21 18:00:00 UTC"
"Why" "INC0012345: restore"
"Answer rotate" "yes"
"Sealed password" "c0ffee"
"Refers to" "REQ0010000"
"Approval step 1" "any one of Approvers"
"Approval step 2" "2 of Two"
"Approval step 3" "everyone in All"
"Fulfilled by" "Fulfilment, task"
`
	allow := model.Access{Right: model.RightView, Limit: model.Until(time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC))}
	if got := model.StatementOf(r, allow, loginOf).Text(); got != want {
		t.Errorf("the statement is\n%s\nwant\n%s", got, want)
	}
	for right, want := range map[model.Right]string{
		model.RightView: "view, permanent", model.RightEdit: "edit, permanent", model.RightShare: "share, permanent",
		model.RightEditShare: "edit and share, permanent", model.RightOwner: "owner, permanent", model.RightNone: "membership, permanent",
		model.RightManageUsers: "manage users, permanent", model.RightManageRecords: "manage records, permanent", model.RightAll: "all, permanent",
	} {
		if got := (model.Access{Right: right}).Words(); got != want {
			t.Errorf("%s is called %q, want %q", right, got, want)
		}
	}
	for limit, want := range map[time.Duration]string{5 * time.Minute: "5 min", 90 * time.Minute: "1 h 30 min", 36 * time.Hour: "1 d 12 h", 14 * 24 * time.Hour: "14 d"} {
		if got := model.For(limit).String(); got != want {
			t.Errorf("%s is called %q, want %q", limit, got, want)
		}
	}
}
