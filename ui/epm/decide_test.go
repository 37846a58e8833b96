package epm

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/workflow"
)

func TestAnApprovalIsAboutWhatWasDrawn(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	if got := notices(press(tb, "a")); !strings.Contains(got, "more lines first: J reads on") || tb.decision != nil {
		t.Fatalf("approving is possible before the evidence was read: %q", got)
	}
	readOn(tb)
	press(tb, "a")
	if !strings.Contains(plain(tb), "Approve SIR0010017") {
		t.Fatalf("no decision:\n%s", plain(tb))
	}
	said := notices(confirm(tb, at, 1))
	want := workflow.EndpointDecision{ID: 1, Verdict: model.Approve, Revision: 1, Digest: model.StatementOfEndpoint(carol()).Digest()}
	if len(f.votes) != 1 || f.votes[0] != want {
		t.Errorf("decided %+v, want %+v", f.votes, want)
	}
	if said != "SIR0010017 approved: the vault is told now" {
		t.Errorf("it says %q", said)
	}
}

func TestEnterAloneApprovesNothing(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	readOn(tb)
	press(tb, "a")
	for range 5 {
		at.now = at.now.Add(time.Second)
		press(tb, "enter")
	}
	if len(f.votes) != 0 || !tb.stack.Empty() && tb.decision == nil {
		t.Errorf("enter alone decided %+v", f.votes)
	}
	tb, _ = newTabAt(t, f, wideW, wideH)
	readOn(tb)
	press(tb, "a", "tab", "tab", "enter", "enter", "enter")
	if len(f.votes) != 0 {
		t.Errorf("typed ahead, it decided %+v", f.votes)
	}
}

func TestANarrowListOpensTheEvidenceFirst(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), narrowW, narrowH)
	if got := notices(press(tb, "d")); !strings.Contains(got, "read it first, then d again") || !tb.page {
		t.Errorf("it says %q", got)
	}
}

func TestCutEvidenceIsNeverApproved(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	press(tb, "j")
	readOn(tb)
	if got := notices(press(tb, "a")); got != "Evidence pending, 12 ahead: it can be denied, not approved" {
		t.Errorf("it says %q", got)
	}
	press(tb, "d", "tab")
	typed(tb, "unknown")
	confirm(tb, at, 1)
	if len(f.votes) != 1 || f.votes[0].Verdict != model.Deny || f.votes[0].Comment != "unknown" {
		t.Errorf("decided %+v", f.votes)
	}
}

func TestADenialNeedsAReason(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	press(tb, "d")
	confirm(tb, at, 2)
	if len(f.votes) != 0 || !strings.Contains(plain(tb), "pick a reason, or say why") {
		t.Fatalf("denied without a word: %+v\n%s", f.votes, plain(tb))
	}
	press(tb, "esc", "d", "right")
	confirm(tb, at, 2)
	if len(f.votes) != 1 || f.votes[0].Comment != "not needed for the task" {
		t.Errorf("decided %+v", f.votes)
	}
}

func TestLittleTimeIsSaidBeforeAndOverIsRefused(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.waiting[0].Expires = noon.Add(50 * time.Second)
	tb, at := newTabAt(t, f, wideW, wideH)
	press(tb, "d")
	if got := screenWords(tb); !strings.Contains(got, "It ends within a minute, at 10:04:50") {
		t.Errorf("the dialog does not say it:\n%s", plain(tb))
	}
	press(tb, "right")
	at.now = noon.Add(51 * time.Second)
	play(tb, tb.Update(tab.Minute(at.now)))
	if got := screenWords(tb); tb.decision != nil || !strings.Contains(got, "its time was over at 10:04:50") {
		t.Errorf("the decision is still open:\n%s", plain(tb))
	}
	press(tb, "enter")
	if got := notices(press(tb, "d")); !strings.Contains(got, "its time was over") || len(f.votes) != 0 {
		t.Errorf("it says %q, decided %v", got, f.votes)
	}
}

func TestALittleTimeThatComesWhileTheDialogIsOpenIsSaid(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.waiting[0].Expires = noon.Add(70 * time.Second)
	tb, at := newTabAt(t, f, wideW, wideH)
	press(tb, "d")
	if strings.Contains(screenWords(tb), "within a minute") {
		t.Fatalf("said too early:\n%s", plain(tb))
	}
	at.now = noon.Add(11 * time.Second)
	play(tb, tb.Update(tab.Minute(at.now)))
	if !strings.Contains(screenWords(tb), "It ends within a minute") {
		t.Errorf("not said:\n%s", plain(tb))
	}
}

func TestWhatHappenedMeanwhileClosesTheDecision(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(f *fake)
		want   string
	}{
		{"decided by a colleague", func(f *fake) {
			f.waiting[0].State, f.waiting[0].Revision = model.EndpointApproving, 2
			f.waiting[0].Decision = model.EndpointVote{Verdict: model.Approve, By: "p2", At: noon.Add(-time.Second)}
			v := f.views[1]
			v.DecidedBy = "omar"
			f.views[1] = v
		}, "omar approved it at 10:03"},
		{"decided elsewhere", func(f *fake) {
			f.waiting[0].State, f.waiting[0].Revision, f.waiting[0].Outcome = model.EndpointElsewhere, 2, "denied in the admin console"
		}, "it is decided elsewhere: denied in the admin console"},
		{"other evidence", func(f *fake) {
			f.waiting[0].Facts[3].Value, f.waiting[0].Revision = "su", 2
		}, "not the same any more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := someRequests()
			tb, at := newTabAt(t, f, wideW, wideH)
			readOn(tb)
			press(tb, "a")
			f.waiting[0].Facts = append([]model.Fact(nil), f.waiting[0].Facts...)
			tt.change(f)
			play(tb, tb.Update(tab.Changed{}))
			if got := screenWords(tb); tb.decision != nil || !strings.Contains(got, tt.want) {
				t.Errorf("the screen does not say %q:\n%s", tt.want, plain(tb))
			}
			confirm(tb, at, 1)
			if len(f.votes) != 0 {
				t.Errorf("decided %+v", f.votes)
			}
		})
	}
}

func TestWhoWasFirstIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		conflict *workflow.Conflict
		want     string
	}{
		{"a colleague", &workflow.Conflict{Number: "SIR0010017", Decided: true, Endpoint: model.EndpointDenied, By: "om\x1bar", At: noon.Add(-time.Minute)},
			"It is already denied: om⟦ESC⟧ar was first at 10:03."},
		{"elsewhere", &workflow.Conflict{Number: "SIR0010017", Decided: true, Endpoint: model.EndpointElsewhere, At: noon}, "It is already decided elsewhere at 10:04."},
		{"it changed", &workflow.Conflict{Number: "SIR0010017", Changed: []string{"the command is another"}}, "Nothing was decided. the command is another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := someRequests()
			f.refuse = map[int64]error{1: tt.conflict}
			tb, at := newTabAt(t, f, wideW, wideH)
			press(tb, "d", "right")
			confirm(tb, at, 2)
			if got := screenWords(tb); !strings.Contains(got, "was not denied by you") || !strings.Contains(got, tt.want) {
				t.Errorf("the screen does not say %q:\n%s", tt.want, plain(tb))
			}
		})
	}
}

func TestABulkTellsTheTruthOfEach(t *testing.T) {
	t.Parallel()
	f := someRequests()
	third := carol()
	third.ID, third.UID, third.Incident, third.User = 7, "AAAAAAAAAAAAAAAAAAAAAA", "SIR0010020", "erin"
	f.waiting = append(f.waiting, third)
	f.refuse = map[int64]error{7: &workflow.Conflict{Number: "SIR0010020", Decided: true, Endpoint: model.EndpointElsewhere, At: noon}}
	tb, at := newTabAt(t, f, wideW, wideH)
	press(tb, "*", "a")
	if got := screenWords(tb); !strings.Contains(got, "2 requests will be approved as shown") {
		t.Fatalf("the page is\n%s", plain(tb))
	}
	for range 60 {
		press(tb, "pgdown")
	}
	if got := screenWords(tb); !strings.Contains(got, "bob@HOST-01: the evidence is not complete yet") || !strings.Contains(got, "all 2 requests read") {
		t.Errorf("the page does not say what is not among them:\n%s", plain(tb))
	}
	confirm(tb, at, 1)
	if len(f.votes) != 2 {
		t.Fatalf("decided %+v", f.votes)
	}
	got := screenWords(tb)
	for _, want := range []string{"1 approved, 1 not", "carol@HOST-02: being approved", "erin@HOST-02: It is already decided"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q:\n%s", want, plain(tb))
		}
	}
	press(tb, "enter")
	if n := len(tb.pane().list.Marked()); n != 2 {
		t.Errorf("%d are still marked, want the two that were not approved", n)
	}
}

// TestABulkPageShowsAllThatIsSigned holds the page against the statement that the
// decision on each of them signs.
func TestABulkPageShowsAllThatIsSigned(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a", "d"} {
		f := someRequests()
		other := carol()
		other.ID, other.UID, other.Incident, other.User, other.Justification = 7, "AAAAAAAAAAAAAAAAAAAAAA", "SIR0010020", "erin", "change CHG0042"
		f.waiting = append(f.waiting[:1], other)
		f.waiting[0].Justification = "install nginx for the canary"
		tb := newTab(t, f, wideW, wideH)
		press(tb, "*", key)
		page := ""
		for range 60 {
			page += " " + screenWords(tb)
			press(tb, "pgdown")
		}
		for _, r := range f.waiting {
			for _, l := range model.StatementOfEndpoint(r).Lines() {
				if _, err := time.Parse(time.RFC3339, l.Value); err == nil {
					continue // in the zone of whoever reads it
				}
				if !strings.Contains(page, safetext.Line(l.Value).String()) {
					t.Errorf("%s: the page lacks %s: %q", key, l.Label, l.Value)
				}
			}
		}
	}
}

func TestAHintIsToldWithWhatItFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		hint model.Hint
		want string
	}{
		{"nothing found", model.Hint{Says: "odd"}, "odd"},
		{"decoded", model.Hint{Says: "decoded it is this", Key: "CommandLine", Found: "rm \x1b -rf /"}, "decoded it is this: rm ⟦ESC⟧ -rf /"},
	} {
		if got := saying([]model.Hint{tt.hint})[0].String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestABulkLeavesOutWhatChanged(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	press(tb, "*", "d", "right")
	f.waiting[1].State, f.waiting[1].Revision = model.EndpointExpired, 2
	play(tb, tb.Update(tab.Changed{}))
	if got := screenWords(tb); !strings.Contains(got, "1 request will be denied") {
		t.Errorf("the page is\n%s", plain(tb))
	}
	confirm(tb, at, 2)
	if len(f.votes) != 1 || f.votes[0].ID != 1 {
		t.Errorf("decided %+v", f.votes)
	}
}

func TestADeviceIsDecidedByItsReading(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	play(tb, tb.SetView(devices))
	readOn(tb)
	press(tb, "a")
	if got := screenWords(tb); !strings.Contains(got, "kofi@example.com may use the device Firefox on Linux from Accra, GH") {
		t.Fatalf("the dialog is\n%s", plain(tb))
	}
	confirm(tb, at, 1)
	if want := (workflow.DeviceDecision{ID: 1, Verdict: model.Approve, Revision: 1}); len(f.devotes) != 1 || f.devotes[0] != want {
		t.Errorf("decided %+v, want %+v", f.devotes, want)
	}
	press(tb, "*", "d", "right")
	confirm(tb, at, 2)
	if len(f.devotes) != 3 || f.devotes[2].ID != 2 || f.devotes[2].Comment != "unknown device" {
		t.Errorf("decided %+v", f.devotes)
	}
}

func TestIncidentsAreWorkedOn(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, at := newTabAt(t, f, wideW, wideH)
	play(tb, tb.SetView(incidents))
	if got := notices(press(tb, "a")); !strings.Contains(got, "i opens its request") {
		t.Errorf("a says %q", got)
	}
	if got := notices(press(tb, "x")); !strings.Contains(got, "the request still waits") {
		t.Errorf("x says %q", got)
	}
	press(tb, "t")
	confirm(tb, at, 1)
	press(tb, "c")
	typed(tb, "called the owner")
	confirm(tb, at, 1)
	press(tb, "w", "w", "w", "x")
	typed(tb, "it came again")
	confirm(tb, at, 1)
	want := []string{"assign SIR0010018 dana", "note SIR0010018 called the owner", "reopen SIR0010009 it came again"}
	if strings.Join(f.worked, "|") != strings.Join(want, "|") {
		t.Errorf("did %q, want %q", f.worked, want)
	}
}

func TestWhatWasWrittenIsKept(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb, _ := newTabAt(t, f, wideW, wideH)
	press(tb, "d", "tab")
	typed(tb, "half a sent")
	if got := tb.Unsaved(); got != "a decision that was not taken" {
		t.Errorf("leaving would lose %q", got)
	}
	if got := notices(press(tb, "esc")); got != "kept as a draft: d opens it" {
		t.Errorf("esc says %q", got)
	}
	if got := tb.Unsaved(); got != "a draft that was not sent" {
		t.Errorf("leaving would lose %q", got)
	}
	press(tb, "d")
	if !strings.Contains(plain(tb), "half a sent") {
		t.Errorf("it is not there again:\n%s", plain(tb))
	}
}
