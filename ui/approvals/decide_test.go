package approvals

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/decide"
	"countersign/workflow"
)

// confirm moves from the first field to the confirming button and presses it.
func (d *desk) confirm(fields int) {
	for range fields {
		d.press("tab")
	}
	d.press("tab", "enter") // past the button that goes back
}

func TestTheOneDecisionIsAboutWhatWasDrawn(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	drawn := *q.cases["REQ0010042"]
	d.press("a")
	d.shows("Approve REQ0010042", "alice@example.com gets edit on prod-db-01", "until about 14:30 if granted now",
		"asked: edit (may be lowered, never raised)", "change alice's share: view → edit, ends after 4 h, then view again")

	d.confirm(3)
	if len(q.votes) != 1 {
		t.Fatalf("%d votes, want 1:\n%s", len(q.votes), d.screen())
	}
	want := workflow.Decision{Number: "REQ0010042", Revision: 1, Digest: drawn.Statement(drawn.Request.Asked).Digest(),
		Verdict: model.Approve, Allow: drawn.Request.Asked}
	if q.votes[0] != want {
		t.Errorf("vote = %+v, want %+v", q.votes[0], want)
	}
	if d.lastNotice() != "REQ0010042 approved" {
		t.Errorf("notice = %q", d.lastNotice())
	}
	d.rest()
	d.hides("REQ0010042")
}

func TestLowerRightsAndTimeAreDecidedAsChosen(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	drawn := *q.cases["REQ0010042"]
	d.press("a", "left") // view instead of edit
	d.shows("alice@example.com gets view on prod-db-01")
	d.press("tab", "left", "left") // 1 h
	d.shows("until about 11:30 if granted now", "nothing: alice@example.com already has view, permanent")
	d.press("tab")
	d.paste("only for the restore")
	d.press("tab", "tab", "enter")

	allow := model.Access{Right: model.RightView, Limit: model.For(time.Hour)}
	want := workflow.Decision{Number: "REQ0010042", Revision: 1, Digest: drawn.Statement(allow).Digest(),
		Verdict: model.Approve, Allow: allow, Comment: "only for the restore"}
	if len(q.votes) != 1 || q.votes[0] != want {
		t.Errorf("votes = %+v, want %+v", q.votes, want)
	}
}

func TestATypedLimitIsReadAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typed, want string // the limit, or what is said against it
	}{
		{"45 min", "45 min"},
		{"11:30", "until 2026-11-21 11:30:00 UTC"},
		{"until 2026-11-21 12:00", "until 2026-11-21 12:00:00 UTC"},
		{"2026-11-21 12:00", "until 2026-11-21 12:00:00 UTC"},
		{"5 h", "edit, 5 h is more than edit, 4 h"},
		{"permanent", "edit, permanent is more than edit, 4 h"},
		{"1 min", "at least 5 min"},
		{"2026-11-20 12:00", "that end has passed"},
		{"soon", "write it as 30 min, 4 h or 7 d"},
		{"", "write how long, or until when"},
	} {
		t.Run(tt.typed, func(t *testing.T) {
			t.Parallel()
			q := seven()
			d := sit(t, q, 120, 32)
			d.press("a", "tab", "right", "tab") // until…
			d.paste(tt.typed)
			d.press("tab", "tab", "tab", "enter")
			switch {
			case len(q.votes) == 1:
				if got := q.votes[0].Allow.Limit.String(); got != tt.want {
					t.Errorf("allowed = %q, want %q", got, tt.want)
				}
			default:
				d.shows(tt.want)
			}
		})
	}
}

func TestTypedAheadKeysApproveNothing(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	// Everything that confirms, in the millisecond in which the dialog opens.
	for _, k := range []string{"a", "enter", "enter", "tab", "tab", "enter", "enter", "tab", "enter", "tab", "enter"} {
		d.key(k)
	}
	d.paste("\t\t\t\t\n\n")
	if len(q.votes) != 0 {
		t.Errorf("votes = %+v, want none", q.votes)
	}
}

func TestTheDefaultIsNo(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("a", "tab", "tab", "tab", "enter")
	d.hides("Approve REQ0010042")
	d.press("a", "esc")
	d.hides("Approve REQ0010042")
	if len(q.votes) != 0 {
		t.Errorf("votes = %+v, want none", q.votes)
	}
}

func TestUnreadEvidenceCannotBeApprovedButDenied(t *testing.T) {
	t.Parallel()
	q := seven()
	q.cases["REQ0010042"].Request.Justification = strings.Repeat("one more reason\nand another\n", 20) + "the last one"
	d := sit(t, q, 120, 32)
	d.press("a")
	d.hides("Approve REQ0010042")
	if !strings.Contains(d.lastNotice(), "more lines first: J reads on") {
		t.Errorf("notice = %q", d.lastNotice())
	}
	d.press("d")
	d.shows("Deny REQ0010042")
	d.press("esc")
	for range 40 {
		d.press("J")
	}
	d.press("a")
	d.shows("Approve REQ0010042")
	d.press("esc")

	// A new revision has to be read again.
	q.cases["REQ0010042"].Request.Revision = 2
	q.cases["REQ0010042"].Request.Justification += ", and now another last one"
	d.send(changed)
	for range 60 {
		d.press("K")
	}
	d.press("a")
	d.hides("Approve REQ0010042")
	d.shows("changed since you last looked: Why:")
}

func TestWhatWasReadStaysReadAsTimePasses(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 80, 20)
	d.press("enter", "pgdown", "pgdown", "g")
	d.now = d.now.Add(4 * time.Minute)
	d.send(minute)
	d.press("G")
	d.shows("10:04")
	d.press("a")
	d.shows("Approve REQ0010042")
}

func TestANarrowListOpensTheEvidenceFirst(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a", "d"} {
		d := sit(t, seven(), 80, 20)
		d.press(key)
		d.hides("Approve REQ0010042", "Deny REQ0010042")
		d.shows("INC0012345")
		d.press("esc")
		d.shows("REQ0010028")
	}
}

func TestOnesOwnIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	q := seven()
	q.refuse("REQ0010042", model.DenyOwn, "this is your own request; somebody else has to decide it")
	d := sit(t, q, 120, 32)
	d.shows("▲ this is your own request")
	for _, key := range []string{"a", "d"} {
		d.press(key)
		if d.lastNotice() != "this is your own request; somebody else has to decide it" {
			t.Errorf("notice = %q", d.lastNotice())
		}
		d.hides("No, go back")
	}
}

func TestADenialNeedsAReason(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("d")
	d.confirm(2)
	d.shows("pick a reason, or say why")
	d.press("esc", "d", "right", "right", "tab") // the second reason
	d.paste("view is enough")
	d.press("tab", "tab", "enter")
	c := *q.cases["REQ0010042"]
	want := workflow.Decision{Number: "REQ0010042", Revision: 1, Digest: c.Statement(c.Request.Allowed).Digest(),
		Verdict: model.Deny, Allow: c.Request.Allowed, Comment: "too broad: view is enough"}
	if len(q.votes) != 1 || q.votes[0] != want {
		t.Errorf("votes = %+v, want %+v\n%s", q.votes, want, d.screen())
	}
}

func TestAConflictSaysWhoAndWhen(t *testing.T) {
	t.Parallel()
	q := seven()
	q.decideErr["REQ0010042"] = &workflow.Conflict{Number: "REQ0010042", Decided: true, State: model.ClosedRejected, By: "omar", At: noon.Add(time.Minute)}
	d := sit(t, q, 120, 32)
	d.press("a", "tab", "tab")
	d.paste("go on")
	d.press("tab")
	q.cases["REQ0010042"].Request.State = model.ClosedRejected
	d.press("tab", "enter")
	d.shows("REQ0010042 was not approved by you", "omar denied it at 10:31", "What you wrote is kept")
	d.hides("it is denied now")
	d.press("enter")
	d.rest()
	d.shows("REQ0010042  Request access to record") // and not the next one
	d.press("esc")
	d.rest()
	d.hides("REQ0010042")
}

func TestAConflictListsWhatChanged(t *testing.T) {
	t.Parallel()
	q := seven()
	q.decideErr["REQ0010042"] = &workflow.Conflict{Number: "REQ0010042", State: model.Requested}
	d := sit(t, q, 120, 32)
	d.press("a")
	q.cases["REQ0010042"].Request.Revision = 2
	q.cases["REQ0010042"].Request.Target.Title = "prod-db-02"
	d.confirm(3)
	d.shows("It has changed since it was shown. Nothing was decided.", "Title: prod-db-01 → prod-db-02")
	d.press("enter")
	d.shows("prod-db-02", "changed since you last looked")
}

func TestWhatChangesUnderAnOpenDecisionCannotBeApproved(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*queue)
		shows  string
		draft  model.Verdict // under which the words are kept, "" for a comment
	}{
		{"another right", func(q *queue) {
			q.cases["REQ0010042"].Request.Revision = 2
			q.cases["REQ0010042"].Request.Asked.Right = model.RightEditShare
		}, "Asked: edit, 4 h → edit and share, 4 h", model.Approve},
		{"somebody decided", func(q *queue) {
			c := q.cases["REQ0010042"]
			c.Request.State = model.InProcess
			c.Approvals = []model.Approval{{Step: 1, State: model.ApprovalApproved,
				Votes: []model.Vote{{Voter: "omar", Seat: "omar", Verdict: model.Approve, At: noon.Add(time.Minute)}}}}
			q.refuse("REQ0010042", model.DenyDecided, "this request is already approved")
		}, "omar approved it at 10:31", ""},
		{"nothing but a comment", func(q *queue) {
			q.cases["REQ0010042"].Timeline = append(q.cases["REQ0010042"].Timeline, workflow.TimelineEntry{At: noon, Who: "omar", Text: "no"})
		}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := seven()
			d := sit(t, q, 120, 32)
			d.press("a", "tab", "tab")
			d.paste("half a comment")
			tt.change(q)
			d.send(changed)
			if tt.shows == "" {
				d.shows("half a comment", "No, go back")
				return
			}
			d.shows("REQ0010042 has changed", "It cannot be approved as it was shown.", tt.shows)
			d.press("tab", "tab", "enter")
			d.hides("Look at it again")
			if len(q.votes) != 0 {
				t.Errorf("votes = %+v, want none", q.votes)
			}
			if n := d.tab.drafts; len(n) != 1 || n[draftOf{number: "REQ0010042", verdict: tt.draft}].Text != "half a comment" {
				t.Errorf("the comment is lost: %q", n)
			}
		})
	}
}

func TestNothingChangesUnderADialogUntilItIsClosed(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("a")
	q.cases["REQ0010042"].Timeline = append(q.cases["REQ0010042"].Timeline,
		workflow.TimelineEntry{At: noon, Who: "omar", Kind: model.EntryComment, Text: "wait for me"})
	d.send(changed)
	d.hides("wait for me")
	d.press("esc")
	d.shows("wait for me")
}

func TestWhatTheVaultSaysMeanwhileIsNotSlippedIn(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("a", "tab", "tab", "tab", "tab") // on the button, one key before approving
	facts := q.facts[aliceUID]
	facts.Shares = []model.Holder{{Email: "alice@example.com", Share: model.Share{Right: model.RightShare}}}
	q.cases["REQ0010042"].Facts = &facts
	d.send(changed)
	d.shows("what they have has changed: view, permanent → share, permanent", "share is replaced by edit")
	d.key("enter")
	if len(q.votes) != 0 {
		t.Fatalf("a key typed before the change was drawn approved: %+v", q.votes)
	}
	d.press("enter")
	if len(q.votes) != 1 {
		t.Errorf("%d votes, want 1\n%s", len(q.votes), d.screen())
	}
}

func TestAFailureKeepsTheCommentForTheNextTry(t *testing.T) {
	t.Parallel()
	q := seven()
	q.decideErr["REQ0010042"] = fmt.Errorf("keep the vote: %w", fmt.Errorf("the disk is full\x1b[2J"))
	d := sit(t, q, 120, 32)
	d.press("a", "tab", "tab")
	d.paste("for the batch")
	d.press("tab", "tab", "enter")
	d.shows("keep the vote: the disk is full⟦ESC⟧[2J", "What you wrote is kept")
	d.press("enter", "a")
	d.shows("for the batch")
}

func TestMoreApprovalsNeededIsSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		result workflow.Decided
		want   string
	}{
		{workflow.Decided{State: model.Requested, Approval: model.ApprovalRequested}, "REQ0010042: your approval counts, more are needed"},
		{workflow.Decided{State: model.Requested, Approval: model.ApprovalApproved}, "REQ0010042 approved, the next step waits"},
		{workflow.Decided{State: model.InProcess, Approval: model.ApprovalApproved}, "REQ0010042 approved"},
	} {
		if got := decide.Outcome(workflow.Decision{Number: "REQ0010042", Verdict: model.Approve}, tt.result).String(); got != tt.want {
			t.Errorf("outcome = %q, want %q", got, tt.want)
		}
	}
}

func TestWhatADialogHidesHasNotBeenSeen(t *testing.T) {
	t.Parallel()
	q := seven()
	q.cases["REQ0010042"].Request.Justification = strings.Repeat("one more reason\nand another\n", 20) + "the last one"
	d := sit(t, q, 120, 32)
	d.press("d")
	d.tab.SetSize(120, 120) // the whole evidence would be drawn, behind the dialog
	d.shows("Deny REQ0010042")
	d.tab.SetSize(120, 32)
	d.press("esc", "a")
	d.hides("Approve REQ0010042")
}
