package approvals

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// team is the usual queue where the first request has two steps, a delegator of
// dana's in the first, and a group for emergencies.
func team() *queue {
	q := seven()
	c := q.cases["REQ0010042"]
	r := &c.Request
	r.Policy.Steps = []model.PolicyStep{{Group: "Vault Approvers", Mode: model.NOf, Needed: 2}, {Group: "Security", Mode: model.AnyOne}}
	r.Policy.Emergency = "On Call"
	c.Seats = []model.PersonID{"dana", "omar"}
	c.Deciders, c.Missing = []string{"dana"}, 2
	c.Steps = []workflow.StepView{
		{Step: 1, Rule: r.Policy.Steps[0], Group: "Vault Approvers", State: model.ApprovalRequested, Missing: 2, Left: 3,
			Deciders: []workflow.Decider{{Login: "dana", Own: true, For: []string{"omar"}}, {Login: "erin", Own: true}}},
		{Step: 2, Rule: r.Policy.Steps[1], Group: "Security"},
	}
	q.groups = []model.GroupName{"Database Owners", "Security"}
	q.reviews = []workflow.ReviewRow{
		{Review: model.Review{ID: 1, UsedBy: "omar", Used: noon.Add(-50 * time.Minute), Reason: "the line is down"},
			Number: "REQ0010036", Requestor: "heidi", UsedBy: "omar", Title: "github-deploy-key-of-the-shop",
			Allowed: model.Access{Right: model.RightOwner}, State: model.InProcess},
		{Review: model.Review{ID: 2, UsedBy: "dana", Used: noon.Add(-72 * time.Hour), Reason: "fire", DoneBy: "omar", Done: noon.Add(-71 * time.Hour), Comment: "it burnt"},
			Number: "REQ0010039", Requestor: "bob", UsedBy: "dana", DoneBy: "omar", Title: "Payroll",
			Allowed: model.Access{Right: model.RightView, Limit: model.For(time.Hour)}, State: model.ClosedComplete},
	}
	reviewed := q.cases["REQ0010036"]
	reviewed.Request.State, reviewed.Review = model.InProcess, q.reviews[0].Review
	return q
}

// teamScreens are those of many people, for the golden files.
func teamScreens() []goldenScreen {
	first := func(key string) func(t *testing.T, w, h int) *desk {
		return func(t *testing.T, w, h int) *desk {
			d := sit(t, team(), w, h)
			d.openFirst(key)
			return d
		}
	}
	return []goldenScreen{
		{"steps", func(t *testing.T, w, h int) *desk { return sit(t, team(), w, h) }},
		{"ask", first("i")},
		{"reassign", first("m")},
		{"emergency", first("!")},
		{"for-another", func(t *testing.T, w, h int) *desk {
			d := sit(t, team(), w, h)
			d.openFirst("a")
			d.press("right")
			return d
		}},
		{"reviews", func(t *testing.T, w, h int) *desk {
			d := sit(t, team(), w, h)
			d.toReviews()
			return d
		}},
		{"review", func(t *testing.T, w, h int) *desk {
			d := sit(t, team(), w, h)
			d.toReviews()
			d.openFirst("r")
			return d
		}},
	}
}

func (d *desk) toReviews() {
	d.run(d.tab.SetView(3))
	d.rest()
}

func TestAQuestionIsSentAsItWasWritten(t *testing.T) {
	t.Parallel()
	q := team()
	d := sit(t, q, 120, 32)
	d.press("i")
	d.shows("Ask about REQ0010042", "The requestor answers it")
	d.press("tab", "tab", "enter") // nothing is written
	d.shows("write something first")
	d.paste("for which ticket?")
	d.press("tab", "tab", "enter")
	if want := []string{"REQ0010042 asks for which ticket?"}; !slices.Equal(q.comments, want) {
		t.Errorf("sent %q, want %q", q.comments, want)
	}
	if got := d.lastNotice(); got != "REQ0010042: the requestor is asked, the time to decide stands" {
		t.Errorf("notice = %q", got)
	}
}

func TestARequestGoesToAGroupThatIsChosen(t *testing.T) {
	t.Parallel()
	q := team()
	d := sit(t, q, 120, 32)
	d.press("m")
	d.shows("Who shall decide REQ0010042", "Database Owners", "Security", "you do not decide")
	d.press("tab")
	d.paste("their database")
	d.press("tab", "tab", "enter")
	d.shows("choose one")
	d.press("right", "right", "tab", "tab", "tab", "enter")
	if want := []string{"REQ0010042 to Security: their database"}; !slices.Equal(q.comments, want) {
		t.Errorf("sent %q, want %q\n%s", q.comments, want, d.screen())
	}
}

func TestNobodyIsOfferedAGroupThatIsNotThere(t *testing.T) {
	t.Parallel()
	q := team()
	q.groups = nil
	d := sit(t, q, 120, 32)
	d.press("m")
	if got := d.lastNotice(); got != "no other group could decide REQ0010042" || !d.tab.stack.Empty() {
		t.Errorf("m says %q", got)
	}
}

func TestAVoteForAnotherIsChosenAndSaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		seats []model.PersonID
		keys  []string
		skip  int
		want  model.PersonID
		says  string
	}{
		{"one's own first", []model.PersonID{"dana", "omar"}, nil, 4, "", "for yourself"},
		{"another's is chosen", []model.PersonID{"dana", "omar"}, []string{"right"}, 4, "omar", "for omar: you act for them, and the vote counts as theirs"},
		{"only another's is left", []model.PersonID{"omar"}, nil, 3, "omar", "for omar: you act for them"},
		{"nobody else's", []model.PersonID{"dana"}, nil, 3, "", "alice@example.com gets edit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := team()
			q.cases["REQ0010042"].Seats = tt.seats
			d := sit(t, q, 120, 32)
			d.openFirst("a")
			d.press(tt.keys...)
			d.shows(tt.says)
			d.confirm(tt.skip)
			if len(q.votes) != 1 || q.votes[0].For != tt.want {
				t.Errorf("votes = %+v, want one for %q\n%s", q.votes, tt.want, d.screen())
			}
		})
	}
}

func TestManyTogetherSayForWhomEachVoteIs(t *testing.T) {
	t.Parallel()
	q := team()
	q.cases["REQ0010039"].Seats = []model.PersonID{"omar"}
	d := sit(t, q, 120, 60)
	d.press("space", "space", "d")
	d.shows("for omar: you act for them")
	d.press("right", "tab", "tab", "tab", "enter")
	if len(q.votes) != 2 || q.votes[0].For != "" || q.votes[1].For != "omar" {
		t.Errorf("votes = %+v\n%s", q.votes, d.screen())
	}
}

func TestAnEmergencyNeedsItsReasonAndItsTypedPhrase(t *testing.T) {
	t.Parallel()
	const phrase = "emergency REQ0010042"
	for _, tt := range []struct {
		name   string
		reason string
		phrase func(d *desk)
		says   string
		done   bool
	}{
		{"typed", "the line is down", func(d *desk) { d.typed(phrase) }, "REQ0010042 approved by you alone; somebody else has to review it", true},
		{"pasted", "the line is down", func(d *desk) { d.paste(phrase) }, "this is typed, not pasted", false},
		{"another", "the line is down", func(d *desk) { d.typed("emergency REQ0010041") }, "type: " + phrase, false},
		{"without a reason", "", func(d *desk) { d.typed(phrase) }, "say what the emergency is", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := team()
			d := sit(t, q, 120, 40)
			d.openFirst("!")
			d.shows("alone, in an emergency: REQ0010042", "You approve it alone", "Everybody in Vault Approvers, On Call, Security is told")
			d.press("tab", "tab")
			if tt.reason != "" {
				d.paste(tt.reason)
			}
			d.press("tab")
			tt.phrase(d)
			if !tt.done && strings.Contains(tt.says, "pasted") {
				d.shows(tt.says)
			}
			d.press("tab", "tab", "enter")
			if got := len(q.emergencies) == 1; got != tt.done {
				t.Fatalf("%d emergencies\n%s", len(q.emergencies), d.screen())
			}
			if !tt.done {
				return
			}
			e := q.emergencies[0]
			if e.Phrase != phrase || e.Reason != tt.reason || e.Number != "REQ0010042" || e.Verdict != model.Approve ||
				e.Digest != q.cases["REQ0010042"].Statement(e.Allow).Digest() {
				t.Errorf("emergency = %+v", e)
			}
			if d.lastNotice() != tt.says {
				t.Errorf("notice = %q", d.lastNotice())
			}
		})
	}
}

func TestAnEmergencyIsReadBeforeItIsApproved(t *testing.T) {
	t.Parallel()
	d := sit(t, team(), 80, 20)
	d.press("!")
	if got := d.lastNotice(); got != "read it first, then ! again" || !d.tab.page {
		t.Fatalf("! says %q", got)
	}
	d.press("!")
	if got := d.lastNotice(); !strings.HasPrefix(got, "↓ ") || !d.tab.stack.Empty() {
		t.Errorf("! says %q", got)
	}
}

func TestWhatIsNotAllowedSaysWhy(t *testing.T) {
	t.Parallel()
	q := team()
	c := q.cases["REQ0010042"]
	for i := range c.Perms {
		c.Perms[i].Err = &model.Denied{Code: model.DenyRole, Reason: "not you"}
	}
	d := sit(t, q, 120, 32)
	for _, key := range []string{"i", "m", "!", "r"} {
		d.press(key)
		if got := d.lastNotice(); got != "not you" || !d.tab.stack.Empty() {
			t.Errorf("%s says %q", key, got)
		}
	}
	if got := d.offers(); strings.Contains(got, "ask for information") || strings.Contains(got, "emergency") || strings.Contains(got, "another group") {
		t.Errorf("offered %s", got)
	}
}

func TestReviewsAreCountedListedAndDone(t *testing.T) {
	t.Parallel()
	q := team()
	d := sit(t, q, 120, 32)
	if views, _ := d.tab.Views(); views[3].Name != "Reviews" || views[3].Count != 1 {
		t.Fatalf("views = %+v", views)
	}
	d.toReviews()
	d.shows("waits", "done", "omar", "you", "2 approved alone", "the line is down")
	d.openFirst("r")
	d.shows("Review REQ0010036")
	d.paste("it was down indeed")
	d.press("tab", "tab", "enter")
	if want := []string{"REQ0010036 reviewed it was down indeed"}; !slices.Equal(q.comments, want) {
		t.Errorf("sent %q, want %q\n%s", q.comments, want, d.screen())
	}
	d.press("/")
	d.typed("payroll")
	d.press("enter")
	d.shows("1 fit the filter", "REQ0010039")
	d.hides("github-deploy")
}
