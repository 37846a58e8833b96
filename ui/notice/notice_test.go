package notice_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// who is a person with a role.
func who(roles ...model.Role) model.Actor {
	return model.Actor{Person: model.Person{Active: true, Roles: roles}}
}

func TestTroubleSaysWhyAndWhatHelps(t *testing.T) {
	t.Parallel()
	again := errors.New("read the list: database is locked")
	for _, tt := range []struct {
		name          string
		err           error
		me            model.Actor
		cause, advice string
		ink           theme.Ink
	}{
		{"a fault, for who reads logs", again, who(model.RoleAdmin), again.Error(), "R tries again, 5 shows the log", theme.Bad},
		{"a fault, for support", again, who(model.RoleSupport), again.Error(), "R tries again, 5 shows the log", theme.Bad},
		{"a fault, for who has no log", again, who(model.RoleApprover), again.Error(), "R tries again", theme.Bad},
		{"no answer", fmt.Errorf("read: %w", context.DeadlineExceeded), who(), "there was no answer in time", "R tries again", theme.Bad},
		{"the vault", fmt.Errorf("plan: %w", &workflow.VaultError{Text: "it is away", Advice: "wait"}), who(), "it is away", "wait", theme.Bad},
		{"the vault, which did not answer in time", &workflow.VaultError{Text: "it is slow", Advice: "wait", Err: context.DeadlineExceeded}, who(),
			"it is slow", "wait", theme.Bad},
		{"a rule", fmt.Errorf("x: %w", &model.Denied{Reason: "take the task first"}), who(), "take the task first", "", theme.Warn},
		{"somebody was first", &workflow.Conflict{Number: "REQ0010001", Changed: []string{"omar took it", "it is over"}}, who(),
			"omar took it; it is over", "R tries again", theme.Warn},
		{"somebody was first, and it is not known how", &workflow.Conflict{Number: "REQ0010001"}, who(),
			"REQ0010001 has changed since it was shown; look at it again", "R tries again", theme.Warn},
		{"a form", workflow.Invalid{"b": "too long", "a": "what is it?"}, who(), "too long; what is it?", "", theme.Warn},
		{"foreign text", errors.New("\x1b[2J"), who(), "⟦ESC⟧[2J", "R tries again", theme.Bad},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cause, advice := notice.Trouble(tt.err, tt.me)
			if cause.String() != tt.cause || advice.String() != tt.advice {
				t.Errorf("Trouble = %q, %q; want %q, %q", cause, advice, tt.cause, tt.advice)
			}
			if cause[0] != cause.In(tt.ink)[0] {
				t.Errorf("the cause is %v, want it in another ink", cause)
			}
			if got := notice.Cause(tt.err); got.String() != tt.cause {
				t.Errorf("Cause = %q, want %q", got, tt.cause)
			}
		})
	}
}

// TestAListThatCannotBeReadIsToldOnce lets a list fail twice, and again after it
// could be read.
func TestAListThatCannotBeReadIsToldOnce(t *testing.T) {
	t.Parallel()
	l := widget.NewList(theme.New(theme.Options{}), widget.ListOptions[int]{})
	fault, me := errors.New("read the list: database is locked"), who(model.RoleAdmin)
	told := func(err error) string {
		cmd := notice.Unread(l, err, me)
		if !l.Failing() {
			t.Errorf("%v is not shown in the list", err)
		}
		if cmd == nil {
			return ""
		}
		n, ok := cmd().(tab.Notice)
		if !ok || n.Kind != tab.NoticeBad {
			t.Fatalf("it sends %+v, which is not logged", n)
		}
		return n.Text.String()
	}
	if first, again := told(fault), told(fault); first != fault.Error() || again != "" {
		t.Errorf("it tells %q, and then %q", first, again)
	}
	l.SetRows(nil, false)
	if rule := told(&model.Denied{Reason: "not yours"}); rule != "" {
		t.Errorf("a rule is told as a fault: %q", rule)
	}
	l.SetRows(nil, false)
	if later := told(fault); later != fault.Error() {
		t.Errorf("after it could be read, it tells %q", later)
	}
}

func TestOnlyUIDsAndNumbersAreCopied(t *testing.T) {
	t.Parallel()
	const uid = model.UID("RZToj60CrP9GDxjDTPWxAQ")
	for _, tt := range []struct {
		uid    model.UID
		number model.Number
		copied string // "" for nothing
		says   string
	}{
		{uid, "REQ0010001", string(uid), "UID copied"},
		{"", "REQ0010001", "REQ0010001", "REQ0010001 copied"},
		{"hunter2", "REQ0010001", "REQ0010001", "REQ0010001 copied"},
		{"", "hunter2", "", "there is nothing here that may be copied"},
	} {
		var copied, says string
		for _, msg := range sent(notice.Copy(tt.uid, tt.number)) {
			if n, ok := msg.(tab.Notice); ok {
				says = n.Text.String()
			} else {
				copied = fmt.Sprint(msg)
			}
		}
		if copied != tt.copied || says != tt.says {
			t.Errorf("Copy(%q, %q) copies %q and says %q, want %q and %q", tt.uid, tt.number, copied, says, tt.copied, tt.says)
		}
	}
}

func TestLogLinesAreShownOnlyWhereTheyAreKnown(t *testing.T) {
	t.Parallel()
	if got := sent(notice.ToLog("c1")); len(got) != 1 || got[0] != (tab.Goto{Tab: tab.Logs, Correlation: "c1"}) {
		t.Errorf("ToLog sends %v", got)
	}
	got := sent(notice.ToLog(""))
	if n, ok := got[0].(tab.Notice); !ok || n.Kind != tab.NoticeWarn {
		t.Errorf("ToLog of nothing sends %v", got)
	}
}

func TestSayTellsTheFrame(t *testing.T) {
	t.Parallel()
	text := widget.Words(theme.OK, "done")
	n, ok := sent(notice.Say(tab.NoticeOK, text))[0].(tab.Notice)
	if !ok || n.Kind != tab.NoticeOK || n.Text.String() != "done" {
		t.Errorf("Say sends %v", n)
	}
}

// sent is what a command sends.
func sent(cmd tea.Cmd) []tea.Msg {
	msg := cmd()
	batch, ok := msg.(tea.BatchMsg)
	if !ok {
		return []tea.Msg{msg}
	}
	var all []tea.Msg
	for _, c := range batch {
		all = append(all, sent(c)...)
	}
	return all
}
