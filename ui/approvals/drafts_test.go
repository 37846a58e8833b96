package approvals

import (
	"slices"
	"testing"
)

func TestWhatWasWrittenIsKeptForItsRequest(t *testing.T) {
	t.Parallel()
	q := seven()
	d := sit(t, q, 120, 32)
	d.press("c")
	d.paste("which batch?")
	d.press("esc")
	if got, want := d.lastNotice(), "kept as a draft: c opens it"; got != want {
		t.Errorf("notice = %q, want %q", got, want)
	}
	if got, want := d.tab.Unsaved(), "a draft for REQ0010042 that was not sent"; got != want {
		t.Errorf("unsaved = %q, want %q", got, want)
	}
	d.press("d", "right", "tab")
	d.paste("ask omar")
	d.press("esc", "a")
	d.hides("ask omar") // it was written to deny
	d.press("esc", "down")
	d.rest()
	d.press("c")
	d.hides("which batch?") // it is about another request
	d.press("esc", "up")
	d.rest()
	d.press("c")
	d.shows("which batch?")
	d.press("tab", "tab", "enter")
	if !slices.Equal(q.comments, []string{"REQ0010042 comment which batch?"}) {
		t.Errorf("comments = %q", q.comments)
	}
	d.press("d")
	d.shows("ask omar")
	d.press("tab", "tab", "tab", "enter")
	if len(q.votes) != 1 || q.votes[0].Comment != "not needed for the task: ask omar" {
		t.Errorf("votes = %+v", q.votes)
	}
	if got := d.tab.Unsaved(); got != "" {
		t.Errorf("unsaved = %q after all was sent", got)
	}
}

func TestAnEmptyDraftIsForgotten(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	d.press("c")
	d.paste("x")
	d.press("esc", "c", "backspace", "esc")
	if got := d.tab.Unsaved(); got != "" {
		t.Errorf("unsaved = %q", got)
	}
}
