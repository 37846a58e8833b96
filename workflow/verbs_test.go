package workflow_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func TestSubmitOpensTheApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	v := w.view("dana", r.Number)
	if v.Request.State != model.Requested || r.Number != "REQ0010001" {
		t.Errorf("%s is %s", r.Number, v.Request.State)
	}
	if v.Request.RequestedFor != "alice@example.com" {
		t.Errorf("for %s, want the requestor's own address", v.Request.RequestedFor)
	}
	if want := w.clock.now().Add(48 * time.Hour); !v.Request.Due.Equal(want) {
		t.Errorf("due %s, want %s", v.Request.Due, want)
	}
	if got := strings.Join(v.Deciders, " "); got != "dana omar" {
		t.Errorf("deciders %q", got)
	}
	if len(v.Timeline) != 1 || v.Timeline[0].Who != "alice" {
		t.Errorf("timeline %+v", v.Timeline)
	}
}

func TestSubmitSaysWhatIsWrongWithEachField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name   string
		change func(*workflow.Draft)
		field  string
	}{
		{"no record", func(d *workflow.Draft) { d.Target = model.Target{} }, "record"},
		{"a short description", func(d *workflow.Draft) { d.Target = model.Target{Described: "db"} }, "record"},
		{"a malformed uid", func(d *workflow.Draft) { d.Target.UID = "../etc" }, "record"},
		{"a folder where a record is asked", func(d *workflow.Draft) { d.Target.Kind = model.TargetFolder }, "record"},
		{"no right", func(d *workflow.Draft) { d.Asked.Right = "" }, "right"},
		{"a folder's right", func(d *workflow.Draft) { d.Asked.Right = model.RightManageUsers }, "right"},
		{"share with a limit", func(d *workflow.Draft) { d.Asked.Right = model.RightShare }, "limit"},
		{"owner with a limit", func(d *workflow.Draft) { d.Asked.Right = model.RightOwner }, "limit"},
		{"a minute", func(d *workflow.Draft) { d.Asked.Limit = model.For(time.Minute) }, "limit"},
		{"a year", func(d *workflow.Draft) { d.Asked.Limit = model.For(365 * 24 * time.Hour) }, "limit"},
		{"an end in the past", func(d *workflow.Draft) { d.Asked.Limit = model.Until(w.clock.now().Add(-time.Hour)) }, "limit"},
		{"no reason", func(d *workflow.Draft) { d.Justification = "   " }, "justification"},
		{"blanks around nothing", func(d *workflow.Draft) { d.Justification = "need       " }, "justification"},
		{"a novel", func(d *workflow.Draft) { d.Justification = strings.Repeat("x", 501) }, "justification"},
		{"an address the vault refuses", func(d *workflow.Draft) { d.For = "o'brien@example.com" }, "for"},
		{"an item that cannot be ordered", func(d *workflow.Draft) { d.Item = model.ItemRevoke }, "item"},
		{"an unknown item", func(d *workflow.Draft) { d.Item = "coffee" }, "item"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			tt.change(&d)
			_, err := w.svc.Submit(w.ctx, "alice", d)
			var wrong workflow.Invalid
			if !errors.As(err, &wrong) || wrong[tt.field] == "" || len(wrong) != 1 {
				t.Errorf("Submit = %v, want a complaint about %q alone", err, tt.field)
			}
			if checked := w.svc.Check(w.ctx, "alice", d); checked == nil || checked.Error() != err.Error() {
				t.Errorf("Check = %v, Submit = %v", checked, err)
			}
		})
	}
	if _, err := w.svc.Submit(w.ctx, "sam", draft()); denied(err) != model.DenyRole {
		t.Errorf("support submits: %v", err)
	}
}

func TestApproveLowersAndOpensTheTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	d := w.decision("dana", r.Number, model.Approve, "view is enough")
	d.Allow = model.Access{Right: model.RightView, Limit: model.For(4 * time.Hour)}
	d.Digest = w.view("dana", r.Number).Statement(d.Allow).Digest()
	got, err := w.svc.Decide(w.ctx, "dana", d)
	if err != nil || got.State != model.InProcess || got.Approval != model.ApprovalApproved {
		t.Fatalf("Decide = %+v, %v", got, err)
	}
	v := w.view("alice", r.Number)
	if v.Request.Allowed != d.Allow || v.Request.Asked != draft().Asked {
		t.Errorf("allowed %s, asked %s", v.Request.Allowed.Words(), v.Request.Asked.Words())
	}
	if task, ok := v.OpenTask(); !ok || task.Group != fulfilers || task.State != model.TaskOpen {
		t.Errorf("task %+v, %v", task, ok)
	}
}

func TestDecideRefusesWhatWasNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	good := w.decision("dana", r.Number, model.Approve, "")
	for name, change := range map[string]func(*workflow.Decision){
		"another digest":                     func(d *workflow.Decision) { d.Digest = model.Digest(strings.Repeat("0", 64)) },
		"no digest":                          func(d *workflow.Decision) { d.Digest = "" },
		"another revision":                   func(d *workflow.Decision) { d.Revision++ },
		"a digest of another allowance":      func(d *workflow.Decision) { d.Allow.Right = model.RightView },
		"an allowance beyond what was asked": func(d *workflow.Decision) { d.Allow.Limit = model.Permanent },
	} {
		d := good
		change(&d)
		if _, err := w.svc.Decide(w.ctx, "dana", d); conflict(err) == nil {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
	}
	raised := good
	raised.Allow = model.Access{Right: model.RightOwner}
	raised.Digest = w.view("dana", r.Number).Statement(raised.Allow).Digest()
	var wrong workflow.Invalid
	if _, err := w.svc.Decide(w.ctx, "dana", raised); !errors.As(err, &wrong) {
		t.Errorf("raised with its own digest: %v, want it refused", err)
	}
	if v := w.view("dana", r.Number); v.Request.State != model.Requested || len(v.Approvals[0].Votes) != 0 {
		t.Errorf("something was written: %s, %d votes", v.Request.State, len(v.Approvals[0].Votes))
	}
}

func TestTheSecondDeciderReadsWhoWasFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	late := w.decision("omar", r.Number, model.Approve, "")
	w.approve("dana", r.Number)
	_, err := w.svc.Decide(w.ctx, "omar", late)
	c := conflict(err)
	if c == nil || !c.Decided || c.By != "dana" || !c.At.Equal(w.clock.now()) {
		t.Fatalf("%v (%+v), want that dana decided", err, c)
	}
}

func TestNobodyDecidesTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := w.submit("dana", draft())
	if _, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", own.Number, model.Approve, "")); denied(err) != model.DenyOwn {
		t.Errorf("own request: %v", err)
	}
	d := draft()
	d.For = "Dana@Example.com"
	forDana := w.submit("alice", d)
	if _, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", forDana.Number, model.Approve, "")); denied(err) != model.DenyOwn {
		t.Errorf("asked for her: %v", err)
	}
	if v := w.view("omar", forDana.Number); len(v.Deciders) != 1 || v.Deciders[0] != "omar" {
		t.Errorf("deciders %v, want omar alone", v.Deciders)
	}
}

func TestDenyNeedsAReasonAndClosesTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	var wrong workflow.Invalid
	if _, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", r.Number, model.Deny, " ")); !errors.As(err, &wrong) || wrong["comment"] == "" {
		t.Fatalf("without a reason: %v", err)
	}
	got, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", r.Number, model.Deny, "wrong record"))
	if err != nil || got.State != model.ClosedRejected {
		t.Fatalf("Decide = %+v, %v", got, err)
	}
	v := w.view("alice", r.Number)
	last := v.Timeline[len(v.Timeline)-1]
	if last.Kind != model.EntryComment || last.Text != "wrong record" || len(v.Tasks) != 0 {
		t.Errorf("timeline ends with %+v, tasks %d", last, len(v.Tasks))
	}
}

func TestTwoOfTheGroupAndStepsInOrder(t *testing.T) {
	t.Parallel()
	p := policy()
	p.Steps = []model.PolicyStep{{Group: approvers, Mode: model.NOf, Needed: 2}, {Group: fulfilers, Mode: model.AnyOne}}
	w := newWorld(t, workflow.Settings{Default: p})
	r := w.submit("alice", draft())
	if got := w.approve("dana", r.Number); got.Approval != model.ApprovalRequested || got.State != model.Requested {
		t.Fatalf("after one vote: %+v", got)
	}
	if _, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", r.Number, model.Approve, "")); denied(err) != model.DenyVoted {
		t.Errorf("the same person twice: %v", err)
	}
	if v := w.view("omar", r.Number); v.Missing != 1 {
		t.Errorf("missing %d, want 1", v.Missing)
	}
	w.approve("omar", r.Number)
	v := w.view("priya", r.Number)
	if ap, ok := v.OpenApproval(); !ok || ap.Step != 2 || ap.Group != fulfilers || v.Request.State != model.Requested {
		t.Errorf("open step %+v, %v", ap, ok)
	}
}

func TestClaimTellsWhoWasFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit("alice", draft())
	w.approve("dana", r.Number)
	task := w.task(r.Number)
	if err := w.svc.Claim(w.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	c := conflict(w.svc.Claim(w.ctx, "priya", task))
	if c == nil || !strings.Contains(c.Error(), "heidi took it at 12:00:00") {
		t.Errorf("second claim: %v", c)
	}
	if err := w.svc.Release(w.ctx, "heidi", task); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Claim(w.ctx, "priya", task); err != nil {
		t.Errorf("after the release: %v", err)
	}
}

func TestClosingTasksClosesTheRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		close  model.TaskState
		reason string
		want   model.RequestState
	}{
		{model.TaskClosedComplete, "", model.ClosedComplete},
		{model.TaskClosedIncomplete, "the record is locked", model.ClosedIncomplete},
		{model.TaskClosedSkipped, "done by hand", model.ClosedSkipped},
	} {
		w := newWorld(t)
		r := w.submit("alice", draft())
		w.approve("dana", r.Number)
		task := w.task(r.Number)
		if err := w.svc.CloseTask(w.ctx, "heidi", task, tt.close, tt.reason); denied(err) != model.DenyTaken {
			t.Errorf("closed without taking it: %v", err)
		}
		if err := w.svc.Claim(w.ctx, "heidi", task); err != nil {
			t.Fatal(err)
		}
		if tt.reason != "" {
			var wrong workflow.Invalid
			if err := w.svc.CloseTask(w.ctx, "heidi", task, tt.close, ""); !errors.As(err, &wrong) {
				t.Errorf("%s without a reason: %v", tt.close.Words(), err)
			}
		}
		if err := w.svc.CloseTask(w.ctx, "heidi", task, tt.close, tt.reason); err != nil {
			t.Fatal(err)
		}
		if got := w.view("alice", r.Number).Request.State; got != tt.want {
			t.Errorf("task %s: request %s, want %s", tt.close.Words(), got, tt.want)
		}
		if c := conflict(w.svc.CloseTask(w.ctx, "heidi", task, tt.close, tt.reason)); c == nil {
			t.Error("closed twice")
		}
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	waiting, approved := w.submit("alice", draft()), w.submit("alice", draft())
	w.approve("dana", approved.Number)
	if err := w.svc.Withdraw(w.ctx, "bob", waiting.Number, ""); denied(err) != model.DenyRole {
		t.Errorf("by a stranger: %v", err)
	}
	for _, n := range []model.Number{waiting.Number, approved.Number} {
		if err := w.svc.Withdraw(w.ctx, "alice", n, "found another way"); err != nil {
			t.Fatal(err)
		}
		v := w.view("alice", n)
		if _, open := v.OpenTask(); open || v.Request.State != model.ClosedCancelled {
			t.Errorf("%s is %s, open task %v", n, v.Request.State, open)
		}
		if _, open := v.OpenApproval(); open {
			t.Errorf("%s still waits for approval", n)
		}
	}
	if _, err := w.svc.Decide(w.ctx, "dana", w.decision("dana", waiting.Number, model.Approve, "")); conflict(err) == nil {
		t.Errorf("approved after it was withdrawn: %v", err)
	}
}

func TestDecideManyReportsEachByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b, own := w.submit("alice", draft()), w.submit("bob", draft()), w.submit("dana", draft())
	ds := []workflow.Decision{w.decision("dana", a.Number, model.Approve, ""), w.decision("dana", own.Number, model.Approve, ""),
		w.decision("dana", b.Number, model.Approve, "")}
	got := w.svc.DecideMany(w.ctx, "dana", ds)
	if got[0].Err != nil || denied(got[1].Err) != model.DenyOwn || got[2].Err != nil || got[2].State != model.InProcess {
		t.Errorf("%+v", got)
	}
}

func TestListsShowEachPersonWhatIsTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := w.submit("alice", draft())
	other := w.submit("bob", draft())
	own := w.submit("dana", draft())
	w.approve("dana", other.Number)
	numbers := func(by model.PersonID, view string, terms ...workflow.Term) string {
		t.Helper()
		p, err := w.svc.Requests(w.ctx, by, workflow.Query{View: view, Terms: terms, Sort: workflow.SortOldest})
		if err != nil {
			t.Fatalf("%s %s: %v", by, view, err)
		}
		var out []string
		for _, r := range p.Rows {
			out = append(out, strings.TrimPrefix(string(r.Number), "REQ00100"))
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []struct {
		by    model.PersonID
		view  string
		terms []workflow.Term
		want  string
	}{
		{"alice", workflow.RequestsMine, nil, "01"},
		{"alice", workflow.RequestsAll, nil, "01"},
		{"alice", workflow.RequestsWaiting, nil, ""},
		{"dana", workflow.RequestsWaiting, nil, "01"},
		{"omar", workflow.RequestsWaiting, nil, "01 03"},
		{"dana", workflow.RequestsDecided, nil, "02"},
		{"priya", workflow.RequestsAll, nil, "01 02 03"},
		{"heidi", workflow.RequestsAll, nil, "01 02 03"},
		{"priya", workflow.RequestsAll, []workflow.Term{{Key: "requestor", Value: "bob"}}, "02"},
		{"priya", workflow.RequestsAll, []workflow.Term{{Key: "state", Value: "approved"}}, "02"},
		{"priya", workflow.RequestsAll, []workflow.Term{{Key: "age", Op: ">", Value: "1h"}}, ""},
		{"priya", workflow.RequestsAll, []workflow.Term{{Key: "item", Value: "record-access"}, {Key: "for", Value: "alice@"}}, "01"},
	} {
		if got := numbers(tt.by, tt.view, tt.terms...); got != tt.want {
			t.Errorf("%s sees %s %v: %q, want %q", tt.by, tt.view, tt.terms, got, tt.want)
		}
	}
	_, _ = mine, own
	b, err := w.svc.Badges(w.ctx, "omar")
	if err != nil || b.Approvals != 2 || b.Tasks != 0 {
		t.Errorf("omar's badges %+v, %v", b, err)
	}
	if b, err = w.svc.Badges(w.ctx, "heidi"); err != nil || b.Tasks != 1 || b.Approvals != 0 {
		t.Errorf("heidi's badges %+v, %v", b, err)
	}
	tasks, err := w.svc.Tasks(w.ctx, "heidi", workflow.Query{View: workflow.TasksOpen})
	if err != nil || len(tasks.Rows) != 1 || tasks.Rows[0].Request.Number != other.Number {
		t.Errorf("tasks %+v, %v", tasks, err)
	}
	var wrong workflow.Invalid
	if _, err := w.svc.Requests(w.ctx, "priya", workflow.Query{View: workflow.RequestsAll,
		Terms: []workflow.Term{{Key: "colour", Value: "red"}}}); !errors.As(err, &wrong) {
		t.Errorf("an unknown key: %v", err)
	}
}
