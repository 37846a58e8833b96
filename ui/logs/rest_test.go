package logs

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

func TestTheDetailFollowsWhenTheCursorHasRested(t *testing.T) {
	t.Parallel()
	tb := newTab(t, &fake{log: manyLogs(20)}, 120, 32)
	var waits []tea.Msg
	tb.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		waits = append(waits, msg)
		return nil
	}
	before := tb.detail.Key()
	press(tb, "j", "k", "j")
	if tb.detail.Key() != before {
		t.Errorf("the detail follows a cursor that moves: %q", tb.detail.Key())
	}
	if len(waits) != 2 {
		t.Fatalf("%d waits, want one for each move away from what is shown", len(waits))
	}
	tb.Update(waits[0])
	if tb.detail.Key() != before {
		t.Errorf("the detail follows a cursor that moved on: %q", tb.detail.Key())
	}
	tb.Update(waits[1])
	if tb.detail.Key() == before {
		t.Error("the detail does not follow the cursor that rests")
	}
	press(tb, "k", "tab")
	if tb.detail.Key() != before {
		t.Errorf("entered, the detail is %q, want that of the row: %q", tb.detail.Key(), before)
	}
}

func TestTheNumberOfALine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fields []model.Fact
		want   string
	}{
		{"none", []model.Fact{{Key: "operation", Value: "41"}}, ""},
		{"the task's", []model.Fact{{Key: "operation", Value: "41"}, {Key: "task", Value: "SCTASK0010044"}}, "SCTASK0010044"},
		{"the request's before the task's", []model.Fact{{Key: "task", Value: "SCTASK0010044"}, {Key: "request", Value: "REQ0010042"}}, "REQ0010042"},
		{"words with a number in them", []model.Fact{{Key: "error", Value: "REQ0010042 has changed"}}, ""},
	} {
		if got := numberOf(workflow.LogRow{Fields: tt.fields}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAFilterThatLetsNothingThroughIsNotAnEmptyLog(t *testing.T) {
	t.Parallel()
	f := &fake{}
	tb := newTab(t, f, 120, 32)
	if !strings.Contains(plain(tb), "The log is empty.") {
		t.Fatalf("screen =\n%s", plain(tb))
	}
	press(tb, "/", "z", "enter")
	if got := plain(tb); !strings.Contains(got, "Nothing fits the filter.") || strings.Contains(got, "The log is empty.") {
		t.Errorf("screen =\n%s", got)
	}
	press(tb, "esc")
	if got := plain(tb); !strings.Contains(got, "The log is empty.") || tb.FilterText() != "" {
		t.Errorf("screen =\n%s", got)
	}
}

func TestWhoFollowsWhereNothingIsYetIsToldSo(t *testing.T) {
	t.Parallel()
	tb := newTab(t, &fake{}, 120, 32)
	press(tb, "F")
	if got := plain(tb); !strings.Contains(got, "following: new lines appear here · F ends it") {
		t.Errorf("screen =\n%s", got)
	}
	press(tb, "F")
	if got := plain(tb); strings.Contains(got, "following") || !strings.Contains(got, "The log is empty.") {
		t.Errorf("after the end of it, screen =\n%s", got)
	}
}

func TestAMessageIsCutOffBehindItsNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ message, number, rest string }{
		{"the vault is away", "", "the vault is away"},
		{"REQ0010042: it is done", "REQ0010042", "it is done"},
		{"REQ0010042, SCTASK0010044: it is done", "REQ0010042", "it is done"},
		{"REQ0010042, SCTASK0010044 is left to Vault Admins: away", "REQ0010042", "SCTASK0010044 is left to Vault Admins: away"},
		{"REQ0010042, and nothing: else", "REQ0010042", "and nothing: else"},
		{"REQ0010042 is expired: nobody decided in time", "REQ0010042", "is expired: nobody decided in time"},
		{"REQ0010042", "REQ0010042", ""},
		{"", "", ""},
	} {
		if number, rest := leading(tt.message); number != tt.number || rest != tt.rest {
			t.Errorf("%q: %q and %q, want %q and %q", tt.message, number, rest, tt.number, tt.rest)
		}
	}
}

func TestWhatALineIsAboutIsReadableAtEveryWidth(t *testing.T) {
	t.Parallel()
	for _, width := range []int{60, 80, 99, 100, 108, 120, 200} {
		tb := newTab(t, someLogs(), width, 32)
		for _, want := range [][]string{{"REQ0010042"}, {"REQ0010042", "request.subm"}, {"answered", "queued", "failed", "no answer"}} {
			for _, w := range want {
				if list := strings.Join(cut(plain(tb), tb.split.List.W), "\n"); !strings.Contains(list, w) {
					t.Errorf("at %d columns %q is not in the list:\n%s", width, w, list)
				}
			}
			play(tb, tb.SetView(tb.at+1))
		}
	}
}

func TestOnlyACallThatWentWrongIsColoured(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]theme.Ink{
		"answered": theme.Heading, "queued": theme.Heading, "failed": theme.Bad,
		// The words of the client for what came instead of an answer.
		"no answer": theme.Warn, "unreachable": theme.Warn, "not permitted": theme.Warn, "request unknown": theme.Warn,
	} {
		if got := outcomeInk(outcome); got != want {
			t.Errorf("%s is drawn in ink %v, want %v", outcome, got, want)
		}
	}
}

func TestEveryFindingOfOneNameIsARowOfItsOwn(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	settle(tb, tb.SetView(supportPage))
	seen := map[string]bool{}
	for _, r := range tb.page().(*sheet).list.Rows() {
		if seen[r.id] {
			t.Errorf("two rows are called %s: the cursor cannot tell them apart", r.id)
		}
		seen[r.id] = true
	}
}

// cut returns the lines of a screen as far as the list goes.
func cut(screen string, width int) []string {
	lines := strings.Split(screen, "\n")
	for i, l := range lines {
		lines[i] = ansi.Truncate(l, width, "")
	}
	return lines
}
