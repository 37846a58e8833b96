package model_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
)

// The people of the exhaustive walk. Each role alone, each relation to the case.
func cast() map[string]model.Actor {
	person := func(login string, groups []model.GroupName, roles ...model.Role) model.Actor {
		return model.Actor{Person: model.Person{ID: model.PersonID(login), Login: login, Email: login + "@example.com",
			Roles: roles, Groups: groups, Active: true}}
	}
	in := func(g ...model.GroupName) []model.GroupName { return g }
	alice := person("alice", nil, model.RoleRequestor)
	selfApprover := person("alice", in("Approvers"), model.RoleRequestor, model.RoleApprover)
	dana := person("dana", in("Approvers"), model.RoleApprover)
	delegate := person("omar", nil, model.RoleApprover)
	delegate.For = []model.Person{dana.Person}
	ownDelegate := person("omar", nil, model.RoleApprover)
	ownDelegate.For = []model.Person{selfApprover.Person}
	disabled := person("dana", in("Approvers", "Fulfilment"), model.Roles()...)
	disabled.Active = false
	return map[string]model.Actor{
		"requestor":              alice,
		"recipient":              person("bob", nil, model.RoleRequestor),
		"requestor and approver": selfApprover,
		"other requestor":        person("erin", nil, model.RoleRequestor),
		"approver in group":      dana,
		"approver elsewhere":     person("frank", in("Others"), model.RoleApprover),
		"delegate":               delegate,
		"delegate of requestor":  ownDelegate,
		"group without role":     person("grace", in("Approvers"), model.RoleRequestor),
		"fulfiller":              person("heidi", in("Fulfilment"), model.RoleRequestor),
		"admin":                  person("priya", nil, model.RoleAdmin),
		"support":                person("sam", nil, model.RoleSupport),
		"disabled":               disabled,
	}
}

func caseIn(state model.RequestState) model.Case {
	c := model.Case{
		Request: model.Request{ID: 1, Number: "REQ0010001", Item: model.ItemRecordAccess, RequestedBy: "alice",
			RequestedFor: "bob@example.com", State: state, Due: noon.Add(time.Hour),
			Target:  model.Target{Kind: model.TargetRecord, UID: "AAAAAAAAAAAAAAAAAAAAAA"},
			Asked:   model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)},
			Allowed: model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)},
			Policy:  model.Policy{Steps: []model.PolicyStep{{Group: "Approvers", Mode: model.AnyOne}}, FulfilGroup: "Fulfilment"}},
		Approvals: []model.Approval{{ID: 1, RequestID: 1, Step: 1, Group: "Approvers", State: model.ApprovalRequested}},
	}
	switch state {
	case model.Requested:
	case model.InProcess:
		c.Approvals[0].State = model.ApprovalApproved
		c.Approvals[0].Votes = []model.Vote{{Voter: "zoe", Seat: "zoe", Verdict: model.Approve}}
		c.Tasks = []model.Task{{ID: 1, Kind: model.TaskFulfil, Group: "Fulfilment", State: model.TaskOpen}}
	case model.ClosedComplete:
		c.Approvals[0].State = model.ApprovalApproved
		c.Tasks = []model.Task{{ID: 1, Kind: model.TaskFulfil, State: model.TaskClosedComplete}}
		c.Grants = []model.Grant{{ID: 1, State: model.GrantActive, Right: model.RightEdit}}
	default:
		c.Approvals[0].State = model.ApprovalCancelled
	}
	return c
}

// expected says who may do what, written from DESIGN 3 independently of Can.
func expected(who string, act model.Action, state model.RequestState) bool {
	if who == "disabled" {
		return false
	}
	own := slices.Contains([]string{"requestor", "recipient", "requestor and approver"}, who)
	worker := who == "fulfiller" || who == "admin"
	switch act {
	case model.ActSee, model.ActComment:
		// The delegate of the requestor sees it as a delegate of a group member.
		return own || worker || slices.Contains([]string{"approver in group", "delegate", "delegate of requestor", "support"}, who)
	case model.ActApprove, model.ActDeny:
		return state == model.Requested && (who == "approver in group" || who == "delegate")
	case model.ActAsk, model.ActReassign:
		return state == model.Requested && (who == "approver in group" || act == model.ActAsk && who == "delegate" || act == model.ActReassign && who == "admin")
	case model.ActWithdraw:
		return own && (state == model.Requested || state == model.InProcess)
	case model.ActClaim:
		return worker && state == model.InProcess
	case model.ActGiveBack:
		return own && state == model.ClosedComplete
	case model.ActRevoke:
		return worker && state == model.ClosedComplete
	}
	return false // pick, fulfil, release and close need the task to be taken first
}

func TestCanWalksEveryStateActionAndRole(t *testing.T) {
	t.Parallel()
	for _, state := range model.RequestStates() {
		for who, actor := range cast() {
			c := caseIn(state)
			perms := model.Allowed(actor, c, noon)
			if len(perms) != len(model.Actions()) {
				t.Fatalf("Allowed lists %d actions, want %d", len(perms), len(model.Actions()))
			}
			for _, p := range perms {
				want := expected(who, p.Action, state)
				if got := p.Err == nil; got != want {
					t.Errorf("%s, %s, %s: allowed %v (%v), want %v", state, who, p.Action, got, p.Err, want)
				}
				var denied *model.Denied
				if p.Err != nil && (!errors.As(p.Err, &denied) || denied.Reason == "") {
					t.Errorf("%s, %s, %s: refused without a reason", state, who, p.Action)
				}
			}
		}
	}
}

// scheduled gives a case a plan whose next order waits for its time.
func scheduled(c *model.Case) {
	c.Operations = []model.Operation{{TaskID: 1, State: model.OpScheduled, NotBefore: noon.Add(time.Hour)}}
}

func TestWhoGetsTheAccessIsKnownAlsoUnderAnotherAddress(t *testing.T) {
	t.Parallel()
	c := caseIn(model.Requested)
	dana := cast()["approver in group"]
	dana.Email = "dana.novak@example.com" // changed since
	c.Recipient = dana.ID
	var denied *model.Denied
	if err := model.Can(dana, model.ActApprove, c, noon); !errors.As(err, &denied) || denied.Code != model.DenyOwn {
		t.Errorf("who gets the access decides: %v", err)
	}
}

func TestDisabledPersonMayNothing(t *testing.T) {
	t.Parallel()
	for who, actor := range cast() {
		actor.Active = false
		for _, state := range model.RequestStates() {
			for _, p := range model.Allowed(actor, caseIn(state), noon) {
				var denied *model.Denied
				if !errors.As(p.Err, &denied) || denied.Code != model.DenyInactive {
					t.Errorf("%s, %s, %s: %v, want that the account is disabled", state, who, p.Action, p.Err)
				}
			}
		}
	}
}

func TestCanWorkOnATakenTask(t *testing.T) {
	t.Parallel()
	people := cast()
	for _, tt := range []struct {
		name   string
		who    string
		act    model.Action
		change func(*model.Case)
		want   model.DenyCode
	}{
		{"the assignee fulfils", "admin", model.ActFulfil, nil, ""},
		{"the assignee completes", "admin", model.ActComplete, nil, ""},
		{"the assignee releases", "admin", model.ActRelease, nil, ""},
		{"a colleague does not fulfil", "fulfiller", model.ActFulfil, nil, model.DenyTaken},
		{"a colleague does not release", "fulfiller", model.ActRelease, nil, model.DenyTaken},
		{"a colleague does not claim", "fulfiller", model.ActClaim, nil, model.DenyTaken},
		{"what was approved by name is not picked anew", "admin", model.ActPick, nil, model.DenyState},
		{"a description is picked", "admin", model.ActPick, func(c *model.Case) { c.Request.Target = model.Target{Described: "the db"} }, ""},
		{"a description is not fulfilled before it is picked", "admin", model.ActFulfil,
			func(c *model.Case) { c.Request.Target = model.Target{Described: "the db"} }, model.DenyState},
		{"a plan that waits for its time is not run twice", "admin", model.ActFulfil, scheduled, model.DenyInFlight},
		{"nor is another record picked meanwhile", "admin", model.ActPick, func(c *model.Case) {
			scheduled(c)
			c.Request.Target = model.Target{Described: "the db"}
		}, model.DenyInFlight},
		{"but it can be given up", "admin", model.ActSkip, scheduled, ""},
		{"nothing twice while one is under way", "admin", model.ActFulfil,
			func(c *model.Case) { c.Operations = []model.Operation{{State: model.OpSent}} }, model.DenyInFlight},
		{"nothing closes over an unknown outcome", "admin", model.ActIncomplete,
			func(c *model.Case) { c.Operations = []model.Operation{{State: model.OpUnknown}} }, model.DenyInFlight},
		{"withdrawing waits for an unknown outcome", "requestor", model.ActWithdraw,
			func(c *model.Case) { c.Operations = []model.Operation{{State: model.OpUnknown}} }, model.DenyInFlight},
		{"nothing twice while an invitation is pending", "admin", model.ActFulfil,
			func(c *model.Case) { c.Grants = []model.Grant{{State: model.GrantPending}} }, model.DenyInFlight},
		{"the approver does not fulfil where the policy says so", "admin", model.ActFulfil, func(c *model.Case) {
			c.Request.Policy.FulfillerDiffers = true
			c.Approvals[0].Votes[0].Voter = "priya"
		}, model.DenyOwn},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := caseIn(model.InProcess)
			c.Tasks[0].State, c.Tasks[0].Assignee = model.TaskInProgress, "priya"
			if tt.change != nil {
				tt.change(&c)
			}
			err := model.Can(people[tt.who], tt.act, c, noon)
			var denied *model.Denied
			errors.As(err, &denied)
			if got := codeOf(denied); got != tt.want {
				t.Errorf("Can = %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func codeOf(d *model.Denied) model.DenyCode {
	if d == nil {
		return ""
	}
	return d.Code
}

func TestNoDecisionAfterTheDueDate(t *testing.T) {
	t.Parallel()
	c := caseIn(model.Requested)
	dana := cast()["approver in group"]
	if err := model.Can(dana, model.ActApprove, c, c.Request.Due); err != nil {
		t.Errorf("at the due date: %v", err)
	}
	if err := model.Can(dana, model.ActApprove, c, c.Request.Due.Add(time.Second)); err == nil {
		t.Error("approved after the due date")
	}
	c.Request.NeedsInfo = true
	if err := model.Can(dana, model.ActApprove, c, c.Request.Due.Add(time.Second)); err != nil {
		t.Errorf("the clock stands while information is asked for: %v", err)
	}
}

func TestSeatCountsOnce(t *testing.T) {
	t.Parallel()
	c := caseIn(model.Requested)
	delegate := cast()["delegate"]
	seat, err := model.Seat(delegate, c, c.Approvals[0], "")
	if err != nil || seat != "dana" {
		t.Fatalf("Seat = %q, %v, want dana", seat, err)
	}
	c.Approvals[0].Votes = []model.Vote{{Voter: "dana", Seat: "dana", Verdict: model.Approve}}
	if _, err := model.Seat(delegate, c, c.Approvals[0], ""); err == nil {
		t.Error("the delegate votes with a seat that its owner used")
	}
	c.Approvals[0].Votes = []model.Vote{{Voter: "omar", Seat: "dana", Verdict: model.Approve}}
	if _, err := model.Seat(cast()["approver in group"], c, c.Approvals[0], ""); err == nil {
		t.Error("dana votes again with the seat that her delegate used")
	}
}

// No path of events reaches a granted state without an approval.
func TestNextReachesNoWorkWithoutApproval(t *testing.T) {
	t.Parallel()
	type node struct {
		state    model.RequestState
		approved bool
	}
	seen := map[node]bool{}
	var walk func(node)
	walk = func(n node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if !n.approved && (n.state == model.InProcess || n.state == model.ClosedComplete) {
			t.Errorf("%s is reached without an approval", n.state)
		}
		for _, e := range model.Events() {
			next, err := model.Next(n.state, e)
			if err != nil {
				if next != n.state {
					t.Errorf("a refused event moved %s to %s", n.state, next)
				}
				continue
			}
			if n.state.Closed() {
				t.Errorf("%s leaves the closed state %s", e, n.state)
			}
			walk(node{next, n.approved || e == model.EventApproved})
		}
	}
	walk(node{model.Requested, false})
	reached := map[model.RequestState]bool{}
	for n := range seen {
		reached[n.state] = true
	}
	for _, s := range model.RequestStates() {
		if !reached[s] {
			t.Errorf("no path leads to %s", s)
		}
	}
}

func TestOutcomeOfTasks(t *testing.T) {
	t.Parallel()
	const c, i, s, o = model.TaskClosedComplete, model.TaskClosedIncomplete, model.TaskClosedSkipped, model.TaskOpen
	for _, tt := range []struct {
		states []model.TaskState
		want   model.Event
		done   bool
	}{
		{nil, "", false},
		{[]model.TaskState{o}, "", false},
		{[]model.TaskState{c, o}, "", false},
		{[]model.TaskState{c}, model.EventComplete, true},
		{[]model.TaskState{c, s}, model.EventComplete, true},
		{[]model.TaskState{c, i}, model.EventIncomplete, true},
		{[]model.TaskState{i, s}, model.EventIncomplete, true},
		{[]model.TaskState{s, s}, model.EventSkipped, true},
	} {
		var tasks []model.Task
		for _, state := range tt.states {
			tasks = append(tasks, model.Task{Kind: model.TaskFulfil, State: state})
		}
		tasks = append(tasks, model.Task{Kind: model.TaskRevoke, State: o})
		got, done := model.Outcome(tasks)
		if got != tt.want || done != tt.done {
			t.Errorf("Outcome(%v) = %q, %v, want %q, %v", tt.states, got, done, tt.want, tt.done)
		}
	}
}

func TestOperationNeverRunsTwiceBlindly(t *testing.T) {
	t.Parallel()
	for _, from := range model.OpStates() {
		for _, to := range model.OpStates() {
			if from.Final() && from.CanBecome(to) {
				t.Errorf("%s is final but becomes %s", from, to)
			}
			if (from == model.OpSent || from == model.OpUnknown) && to == model.OpCancelled && from.CanBecome(to) {
				t.Errorf("%s is cancelled although it may have been sent", from)
			}
		}
	}
}

func TestTallyCountsEachPersonAndSeatOnce(t *testing.T) {
	t.Parallel()
	vote := func(voter, seat string, v model.Verdict) model.Vote {
		return model.Vote{Voter: model.PersonID(voter), Seat: model.PersonID(seat), Verdict: v}
	}
	for _, tt := range []struct {
		name  string
		step  model.PolicyStep
		votes []model.Vote
		left  int
		want  model.ApprovalState
	}{
		{"nobody voted", model.PolicyStep{Mode: model.AnyOne}, nil, 3, model.ApprovalRequested},
		{"any one approves", model.PolicyStep{Mode: model.AnyOne}, []model.Vote{vote("a", "a", model.Approve)}, 3, model.ApprovalApproved},
		{"any one denies", model.PolicyStep{Mode: model.AnyOne}, []model.Vote{vote("a", "a", model.Deny)}, 3, model.ApprovalRejected},
		{"two needed, one given", model.PolicyStep{Mode: model.NOf, Needed: 2}, []model.Vote{vote("a", "a", model.Approve)}, 3, model.ApprovalRequested},
		{"one person with two seats is one", model.PolicyStep{Mode: model.NOf, Needed: 2},
			[]model.Vote{vote("a", "a", model.Approve), vote("a", "b", model.Approve)}, 3, model.ApprovalRequested},
		{"one seat used by two people is one", model.PolicyStep{Mode: model.NOf, Needed: 2},
			[]model.Vote{vote("a", "b", model.Approve), vote("b", "b", model.Approve)}, 3, model.ApprovalRequested},
		{"two people with two seats", model.PolicyStep{Mode: model.NOf, Needed: 2},
			[]model.Vote{vote("a", "a", model.Approve), vote("b", "b", model.Approve)}, 3, model.ApprovalApproved},
		{"two denials needed", model.PolicyStep{Mode: model.NOf, Needed: 2, Denied: 2}, []model.Vote{vote("a", "a", model.Deny)}, 3, model.ApprovalRequested},
		{"all of three", model.PolicyStep{Mode: model.All}, []model.Vote{vote("a", "a", model.Approve), vote("b", "b", model.Approve)}, 1, model.ApprovalRequested},
		{"everyone", model.PolicyStep{Mode: model.All}, []model.Vote{vote("a", "a", model.Approve), vote("b", "b", model.Approve)}, 0, model.ApprovalApproved},
		{"not everyone", model.PolicyStep{Mode: model.All, Denied: 3}, []model.Vote{vote("a", "a", model.Approve), vote("b", "b", model.Deny)}, 2, model.ApprovalRejected},
		{"a denial after which too few are left", model.PolicyStep{Mode: model.NOf, Needed: 2, Denied: 3}, []model.Vote{vote("a", "a", model.Deny)}, 1, model.ApprovalRejected},
		{"an approval after which too few are left waits", model.PolicyStep{Mode: model.NOf, Needed: 2}, []model.Vote{vote("a", "a", model.Approve)}, 0, model.ApprovalRequested},
		{"an empty group approves nothing", model.PolicyStep{Mode: model.All}, nil, 0, model.ApprovalRequested},
	} {
		if got := tt.step.Tally(tt.votes, tt.left); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestStatementChangesWithEverythingThatIsDecided(t *testing.T) {
	t.Parallel()
	names := func(id model.PersonID) string { return string(id) }
	base := caseIn(model.Requested).Request
	base.Justification = "INC0012345: restore"
	digest := func(r model.Request) model.Digest { return model.StatementOf(r, r.Allowed, names).Digest() }
	want := digest(base)
	if !want.Valid() || digest(base) != want {
		t.Fatalf("digest %q is not stable or not valid", want)
	}
	for name, change := range map[string]func(*model.Request){
		"revision":      func(r *model.Request) { r.Revision++ },
		"requestor":     func(r *model.Request) { r.RequestedBy = "mallory" },
		"recipient":     func(r *model.Request) { r.RequestedFor = "mallory@example.com" },
		"uid":           func(r *model.Request) { r.Target.UID = "BAAAAAAAAAAAAAAAAAAAAA" },
		"title":         func(r *model.Request) { r.Target.Title = "other" },
		"type":          func(r *model.Request) { r.Target.Type = "login" },
		"description":   func(r *model.Request) { r.Target.Described = "other" },
		"asked":         func(r *model.Request) { r.Asked.Right = model.RightOwner },
		"allowed":       func(r *model.Request) { r.Allowed.Right = model.RightView },
		"duration":      func(r *model.Request) { r.Allowed.Limit = model.For(time.Hour) },
		"justification": func(r *model.Request) { r.Justification += "\n\"Type\" \"login\"" },
		"answers":       func(r *model.Request) { r.Answers = []model.Answer{{Field: "a", Value: "b"}} },
		"sealed":        func(r *model.Request) { r.Sealed = []model.SealedAnswer{{Field: "p", Commitment: "00"}} },
		"policy":        func(r *model.Request) { r.Policy.Steps = []model.PolicyStep{{Group: "X", Mode: model.AnyOne}} },
		"fulfilment":    func(r *model.Request) { r.Policy.Fulfilment = model.FulfilAutomatic },
		"invalid utf-8": func(r *model.Request) { r.Justification = "INC0012345: restore\xff" },
	} {
		r := base
		change(&r)
		if digest(r) == want {
			t.Errorf("a changed %s leaves the digest as it was", name)
		}
	}
}

func TestValidateAllowNeverRaises(t *testing.T) {
	t.Parallel()
	r := caseIn(model.Requested).Request
	for _, tt := range []struct {
		allow model.Access
		ok    bool
	}{
		{model.Access{Right: model.RightEdit, Limit: model.For(4 * time.Hour)}, true},
		{model.Access{Right: model.RightView, Limit: model.For(time.Hour)}, true},
		{model.Access{Right: model.RightEdit, Limit: model.For(5 * time.Hour)}, false},
		{model.Access{Right: model.RightView}, false},
		{model.Access{Right: model.RightShare, Limit: model.For(time.Hour)}, false},
		{model.Access{}, false},
	} {
		if err := model.ValidateAllow(r, tt.allow, noon); (err == nil) != tt.ok {
			t.Errorf("ValidateAllow(%s) = %v, want ok %v", tt.allow.Words(), err, tt.ok)
		}
	}
}

func ExampleFormatDuration() {
	fmt.Println(model.FormatDuration(4*time.Hour), model.FormatDuration(36*time.Hour+5*time.Minute))
	// Output: 4 h 1 d 12 h 5 min
}
