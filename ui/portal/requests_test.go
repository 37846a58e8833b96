package portal

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

func TestMovingReadsNothingUntilTheCursorRests(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	o.asked = nil
	d.press("down", "down", "down", "up")
	if len(o.asked) > 0 {
		t.Errorf("asked while moving: %q", o.asked)
	}
	d.rest()
	if want := []string{"case REQ0010030"}; !slices.Equal(o.asked, want) {
		t.Errorf("asked %q, want %q", o.asked, want)
	}
	d.shows("It is approved, and waits for Vault Admins.")
}

func TestLateAnswersAreDropped(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.send(requestsLoaded{gen: d.tab.requests.gen - 1, err: errors.New("an old error")})
	d.send(accessLoaded{gen: d.tab.access.gen - 1, err: errors.New("an old error")})
	d.hides("an old error")
	d.view(viewAccess)
	d.hides("an old error")
}

func TestStandingSaysWhereARequestIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(c *workflow.CaseView)
		want   string
	}{
		{"many can decide", func(c *workflow.CaseView) { c.Deciders = []string{"a", "b", "c", "d", "e", "f"} }, "It waits for a decision by a, b, c or 3 others."},
		{"one can", func(c *workflow.CaseView) { c.Deciders = []string{"dana"} }, "It waits for a decision by dana."},
		{"the first of two steps", func(c *workflow.CaseView) {
			c.Deciders = []string{"dana"}
			c.Request.Policy.Steps = append(c.Request.Policy.Steps, model.PolicyStep{Group: "Security"})
		}, "Step 1 of 2 waits for a decision by dana."},
		{"nobody can", func(c *workflow.CaseView) { c.Deciders = nil }, "It waits for a decision that nobody known here can give"},
		{"somebody works on it", func(c *workflow.CaseView) {
			c.Request.State, c.Tasks = model.InProcess, []model.Task{{Assignee: "p-dana", State: model.TaskInProgress}}
		}, "It is approved, and dana is working on it."},
		{"the vault is told", func(c *workflow.CaseView) {
			c.Request.State, c.Operations = model.InProcess, []model.Operation{{State: model.OpSent, Kind: model.OpGrant}}
		}, "It is approved, and the vault is being told."},
		{"the outcome is unknown", func(c *workflow.CaseView) {
			c.Request.State, c.Operations = model.InProcess, []model.Operation{{State: model.OpUnknown, Kind: model.OpGrant}}
		}, "whether the vault has done it is being"},
		{"it stands", func(c *workflow.CaseView) {
			c.Request.State, c.Grants = model.ClosedComplete, []model.Grant{{State: model.GrantActive, Right: model.RightView}}
		}, "You have it: ] shows My access."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			o.add("REQ0010001", tt.change)
			d := sit(t, o, 140, 32)
			d.view(viewRequests)
			d.shows(tt.want)
		})
	}
}

// questioned has one request of alice's about which dana asked after a first vote.
func questioned() *office {
	o := empty()
	o.add("REQ0010042", func(c *workflow.CaseView) {
		c.Request.NeedsInfo = true
		c.Request.Inquiries = []model.Inquiry{{By: "p-dana", At: start.Add(-time.Hour), Question: "for which ticket?\nand until when?"}}
		c.Approvals[0].Votes = []model.Vote{{Voter: "p-dana", Seat: "p-dana", Verdict: model.Approve, At: start.Add(-2 * time.Hour)}}
	})
	return o
}

func TestAQuestionIsAnsweredWhereItIsRead(t *testing.T) {
	t.Parallel()
	o := questioned()
	d := sit(t, o, 140, 40)
	d.view(viewRequests)
	d.shows("dana asks you for more: i answers.", "everybody decides anew", "“for which ticket?", "not answered yet")
	d.press("i")
	d.shows("Answer about REQ0010042", "dana asks:", "and until when?", "Votes were given before: everybody decides anew.")
	d.text("INC0012345")
	d.press("tab", "tab", "enter")
	if got, want := o.calls("reply"), []string{`reply REQ0010042 "INC0012345"`}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q\n%s", got, want, d.screen())
	}
	if got := d.lastNotice(); got != "REQ0010042 is answered, it waits for its decision again" {
		t.Errorf("notice = %q", got)
	}
}

func TestAnAnswerThatWasNotKeptIsADraft(t *testing.T) {
	t.Parallel()
	o := questioned()
	o.commentErr = &workflow.Conflict{Number: "REQ0010042", Changed: []string{"it was withdrawn"}}
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("i")
	d.text("INC0012345")
	d.press("tab", "tab", "enter")
	d.shows("REQ0010042 was not answered")
	d.press("esc")
	d.press("i")
	d.shows("INC0012345")
}

func TestWithoutAQuestionThereIsNothingToAnswer(t *testing.T) {
	t.Parallel()
	o := empty()
	o.add("REQ0010001", func(c *workflow.CaseView) {
		c.Perms = []model.Permission{{Action: model.ActReply, Err: &model.Denied{Code: model.DenyState, Reason: "nobody has asked anything"}}}
	})
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("i")
	if got := d.lastNotice(); got != "nobody has asked anything" {
		t.Errorf("i says %q", got)
	}
}

func TestARequestFromElsewhereIsShown(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 80, 20)
	d.run(d.tab.Open("REQ0010030"))
	d.shows("REQ0010030  Request access to record")
	d.press("esc")
	if got := d.tab.requests.current(); got != "REQ0010030" {
		t.Errorf("the cursor is on %s", got)
	}
	d.run(d.tab.Open("REQ0019999"))
	d.shows("REQ0019999: not found")
}

func TestWithdrawingNeedsItsButton(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		keys []string
		want []string
	}{
		{"enter in the reason goes on to the first button", []string{"enter"}, nil},
		{"the first button keeps it", []string{"tab", "enter"}, nil},
		{"esc keeps it", []string{"esc"}, nil},
		{"the second button withdraws", []string{"n", "o", "tab", "tab", "enter"}, []string{`withdraw REQ0010042 "no"`}},
		{"without a reason, too", []string{"tab", "tab", "enter"}, []string{`withdraw REQ0010042 ""`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := busy()
			d := sit(t, o, 120, 32)
			d.view(viewRequests)
			d.press("x")
			d.shows("Withdraw REQ0010042", "nobody decides it any more")
			d.press(tt.keys...)
			if got := o.calls("withdraw"); !slices.Equal(got, tt.want) {
				t.Errorf("calls %q, want %q", got, tt.want)
			}
			if tt.want != nil {
				d.shows("withdrawn")
			}
		})
	}
}

func TestWhyARequestCannotBeWithdrawnIsSaid(t *testing.T) {
	t.Parallel()
	o := busy()
	o.refuse("REQ0010042", model.ActWithdraw, "an order to the vault is under way; wait for its outcome")
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("x")
	if got := d.lastNotice(); got != "an order to the vault is under way; wait for its outcome" {
		t.Errorf("notice = %q", got)
	}
	for _, b := range d.tab.Keys() {
		if b.Help().Desc == "withdraw" && b.Enabled() {
			t.Error("the key is offered")
		}
	}
	o.withdrawErr = &workflow.Conflict{Number: "REQ0010038", Decided: true, State: model.ClosedRejected, By: "omar", At: start}
	d.press("down")
	d.rest()
	d.press("x", "tab", "tab", "enter")
	d.shows("REQ0010038 was not withdrawn", "already denied: by omar")
	d.press("down", "x") // closed the dialog? no: it takes the keys
	d.shows("REQ0010038 was not withdrawn")
	d.press("enter")
	d.hides("was not withdrawn")
}

func TestACommentThatWasNotKeptCanBeSentAgain(t *testing.T) {
	t.Parallel()
	o := busy()
	o.commentErr = errors.New("database is locked")
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("c", "tab", "tab", "enter")
	d.shows("write something first")
	d.press("h", "i")
	if got := d.tab.Unsaved(); got != "a comment that was not sent" {
		t.Errorf("Unsaved = %q", got)
	}
	d.press("tab", "tab", "enter")
	d.shows("Comment on REQ0010042", "hi")
	if d.tab.Unsaved() == "" {
		t.Error("the comment that was not kept is not called unsaved")
	}
	o.commentErr = nil
	d.press("tab", "tab", "enter")
	want := `comment REQ0010042 comment "hi"`
	if got := o.calls("comment"); !slices.Equal(got, []string{want, want}) {
		t.Errorf("calls %q", got)
	}
	if got := d.lastNotice(); got != "comment added to REQ0010042" {
		t.Errorf("notice = %q", got)
	}
}

func TestWhatWasWrittenIsKeptForItsRequest(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("c")
	d.text("half a")
	d.press("esc")
	if got, want := d.lastNotice(), "kept as a draft: c opens it"; got != want {
		t.Errorf("notice = %q, want %q", got, want)
	}
	if got, want := d.tab.Unsaved(), "a draft for REQ0010042 that was not sent"; got != want {
		t.Errorf("Unsaved = %q, want %q", got, want)
	}
	d.press("down")
	d.rest()
	d.press("c")
	d.hides("half a")
	d.press("esc", "x")
	d.hides("half a")
	d.text("not needed")
	d.press("esc", "x")
	d.shows("not needed")
	d.press("esc", "up")
	d.rest()
	d.press("c")
	d.shows("half a")
	d.text(" word")
	d.press("tab", "tab", "enter")
	if got, want := o.calls("comment"), []string{`comment REQ0010042 comment "half a word"`}; !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
	if got, want := d.tab.Unsaved(), "a draft for REQ0010038 that was not sent"; got != want {
		t.Errorf("Unsaved = %q, want %q", got, want)
	}
}

func TestRequestsAreFilteredAndSortedByTheQueue(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("o", "/")
	o.asked = nil
	d.text("stripe age:>2d")
	d.press("enter")
	if got, want := o.calls("requests"), []string{"requests mine oldest stripe[{age > 2d}]"}; !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
	d.shows("1 fit the filter", "stripe-live")
	d.press("esc")
	d.shows("prod-db-01")
}

func TestTheCursorStaysOnItsRequest(t *testing.T) {
	t.Parallel()
	o := busy()
	d := sit(t, o, 120, 32)
	d.view(viewRequests)
	d.press("down")
	o.add("REQ0010050", func(c *workflow.CaseView) { c.Request.Target.Title = "brand-new" })
	d.send(tab.Changed{})
	if got := d.tab.requests.current(); got != "REQ0010038" {
		t.Errorf("the cursor is on %s, want REQ0010038", got)
	}
	d.shows("brand-new", "5 requests")
}

func TestLogLinesAreForThoseWhoReadLogs(t *testing.T) {
	t.Parallel()
	d := sit(t, busy(), 120, 32)
	d.view(viewRequests)
	d.press("l")
	if len(d.sent) > 0 {
		t.Errorf("sent %v", d.sent)
	}
	d.tab.core.env.Me.Roles = append(d.tab.core.env.Me.Roles, model.RoleSupport)
	d.press("l")
	if want := fmt.Sprint([]tea.Msg{tab.Goto{Tab: tab.Logs, Correlation: "cREQ0010042"}}); fmt.Sprint(d.sent) != want {
		t.Errorf("sent %v, want %s", d.sent, want)
	}
}
