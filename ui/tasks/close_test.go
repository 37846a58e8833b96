package tasks

import (
	"errors"
	"strings"
	"testing"
)

func TestWritingANoteOrClosing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		keys  []string // to the choice
		text  string
		wants string
		says  string
	}{
		{"a work note", nil, "asked alice", `comment REQ0010042 note "asked alice"`, "SCTASK0010042: note added"},
		{"a comment", []string{"right"}, "which one?", `comment REQ0010042 comment "which one?"`, "SCTASK0010042: comment added"},
		{"complete without words", []string{"right", "right"}, "", `close SCTASK0010042 complete ""`, "SCTASK0010042 closed complete"},
		{"incomplete", []string{"right", "right", "right"}, "retired", `close SCTASK0010042 incomplete "retired"`, "SCTASK0010042 closed incomplete"},
		{"skipped", []string{"right", "right", "right", "right"}, "not needed", `close SCTASK0010042 skipped "not needed"`, "SCTASK0010042 skipped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			instantly(t, func(t *testing.T) {
				q := company()
				d := sit(t, q, 120, 32)
				d.press("enter", "c")
				d.press(tt.keys...)
				d.press("tab")
				if tt.text != "" {
					d.paste(tt.text)
				}
				d.press("tab", "right", "enter")
				if q.count(tt.wants) != 1 || d.said() != tt.says {
					t.Errorf("asked %q and said %q, want %q and %q", q.asked, d.said(), tt.wants, tt.says)
				}
			})
		})
	}
}

func TestAReasonIsRequiredAndWordsAreNotLost(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "c", "right", "right")
		d.shows("nothing was sent to the vault from here")
		d.press("right", "tab", "tab", "right", "enter")
		d.shows("say why")
		if q.count("close") != 0 {
			t.Fatal("it was closed without a reason")
		}
		d.paste("the record is retired")
		if d.tab.Unsaved() == "" {
			t.Error("half-written words are not unsaved")
		}
		d.tab.SetSize(80, 20)
		d.shows("the record is retired")
		d.notices = nil
		d.press("esc")
		if want := "your words are kept: c has them"; d.said() != want {
			t.Errorf("notice = %q, want %q", d.said(), want)
		}
		if want := "a note on SCTASK0010042 that was not sent"; d.tab.Unsaved() != want {
			t.Errorf("unsaved = %q, want %q", d.tab.Unsaved(), want)
		}
		d.press("c")
		d.shows("the record is retired", "The task is closed incomplete") // the choice is kept with them
		d.press("left", "left", "left")
		q.closeErr = errors.New("write the queue: disk full")
		d.press("right", "right", "right", "tab", "tab", "right", "enter")
		if !strings.Contains(d.said(), "not kept: write the queue: disk full") {
			t.Errorf("notice = %q", d.said())
		}
		d.press("c")
		d.shows("the record is retired")
	})
}

func TestClosingIsNotOfferedWithoutTheTask(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("j", "j")
		d.rest()
		d.press("c")
		d.shows("not now: take the task first", "A work note")
		d.press("right", "right", "right", "tab")
		d.paste("is this still needed?")
		d.press("tab", "right", "enter")
		if q.count(`comment REQ0010046 comment "is this still needed?"`) != 1 {
			t.Errorf("asked %q", q.asked)
		}
	})
}

func TestWhatIsTypedBesideTheWordsGoesThere(t *testing.T) {
	t.Parallel()
	instantly(t, func(t *testing.T) {
		q := company()
		d := sit(t, q, 120, 32)
		d.press("enter", "c")
		for _, key := range "hello" { // h and l would move the choice
			d.press(string(key))
		}
		d.press("tab", "right", "enter")
		if q.count(`comment REQ0010042 note "hello"`) != 1 {
			t.Errorf("asked %q", q.asked)
		}
		d.press("c", "right")
		d.paste("which one?")
		d.press("tab", "right", "enter")
		if q.count(`comment REQ0010042 comment "which one?"`) != 1 {
			t.Errorf("asked %q", q.asked)
		}
	})
}
