package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"countersign/config"
	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

func TestEveryErrorHasItsCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		err    error
		code   Code
		text   string
		advice string
	}{
		{"anything else", fs.ErrInvalid, CodeFailure, "invalid argument", ""},
		{"a slip in the command", usage("--limit: soon"), CodeUsage, "--limit: soon", ""},
		{"a value that cannot be", workflow.Invalid{"comment": "say why", "allow": "too much"}, CodeUsage, "allow: too much\ncomment: say why", ""},
		{"nothing there", fmt.Errorf("REQ0010001: %w", workflow.ErrNotFound), CodeNotFound, "REQ0010001: not found", ""},
		{"not one's role", &model.Denied{Code: model.DenyRole, Reason: "only approvers decide"}, CodeNotAllowed, "only approvers decide", ""},
		{"one's own", &model.Denied{Code: model.DenyOwn, Reason: "your own"}, CodeNotAllowed, "your own", ""},
		{"somebody unknown", fmt.Errorf("eve: %w", workflow.ErrUnknownPerson), CodeNotAllowed, "eve: not registered here", "people apply"},
		{"nobody at all", errNobody, CodeNotAllowed, "no people yet", "becomes an admin"},
		{"voted already", &model.Denied{Code: model.DenyVoted, Reason: "voted"}, CodeTooLate, "voted", ""},
		{"decided before", &workflow.Conflict{Number: "REQ0010001", Decided: true, State: model.ClosedRejected, By: "omar"}, CodeTooLate, "already denied: by omar", ""},
		{"decided long before", &workflow.Conflict{Number: "REQ0010001", Decided: true, State: model.ClosedComplete,
			At: time.Date(2026, 8, 2, 9, 20, 18, 0, time.UTC)}, CodeTooLate, "already done: by the program at 2026-08-02 09:20:18 UTC", ""},
		{"the vault away", &workflow.VaultError{Kind: workflow.VaultUnreachable, Text: "it is away", Advice: "wait"}, CodeVaultAway, "it is away", "wait"},
		{"a record that is gone", &workflow.VaultError{Kind: workflow.VaultGone, Text: "no such record"}, CodeNotFound, "no such record", ""},
		{"an order that is refused", outcome{model.OpRefused, []model.Operation{refusedOp()}}.err(), CodeRefused, "refused: remove the share of a@example.com: no", ""},
		{"an order without an outcome", outcome{model.OpUnknown, []model.Operation{unknownOp()}}.err(), CodeUnknown, "not known yet: remove the share of a@example.com: looking", "do not repeat"},
		{"an order that waits", outcome{state: model.OpScheduled}.err(), CodeWaits, "scheduled", ""},
		{"no configuration", config.ErrNoConfig, CodeConfig, "no configuration file found", "countersign demo"},
		{"a wrong configuration", &config.Error{Path: "c.toml", Problems: []config.Problem{{Line: 3, Text: "bad"}}}, CodeConfig, "c.toml:3: bad", "config.toml.example"},
		{"a full disk", fmt.Errorf("open store: %w", &store.Fault{Kind: store.FaultFull, Path: "/q"}), CodeQueue, "the disk is full", "Free some space"},
		{"a changed history", &brokenChain{workflow.ChainState{Problem: "entry 7 was changed"}}, CodeBroken, "entry 7 was changed", "backup"},
		{"an interrupt", fmt.Errorf("read: %w", context.Canceled), CodeInterrupted, "interrupted", ""},
		{"two errors", errors.Join(fmt.Errorf("x: %w", workflow.ErrNotFound), errors.New("y")), CodeNotFound, "x: not found\ny", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := explain(tt.err)
			if p.code != tt.code || !strings.Contains(p.text, tt.text) || !strings.Contains(p.advice, tt.advice) {
				t.Errorf("explain = %+v", p)
			}
		})
	}
}

func refusedOp() model.Operation {
	return model.Operation{Kind: model.OpRemove, Intent: model.Intent{Email: "a@example.com"}, State: model.OpRefused, Reason: "no"}
}

func unknownOp() model.Operation {
	return model.Operation{Kind: model.OpRemove, Intent: model.Intent{Email: "a@example.com"}, State: model.OpUnknown, LookingFor: "looking"}
}

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	help := codesHelp()
	for _, c := range codes() {
		if !strings.Contains(help, fmt.Sprintf("%d  %s", c.code, c.means)) {
			t.Errorf("the help does not explain %d", c.code)
		}
	}
}

func TestErrorsAreDrawnAndNotObeyed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	report(&b, problem{text: "title \x1b[31m\u202e\nsecond", advice: "ask \x07"})
	want := "countersign: title ⟦ESC⟧[31m⟦U+202E⟧\n  second\n  ask ⟦BEL⟧\n"
	if b.String() != want {
		t.Errorf("report = %q, want %q", b.String(), want)
	}
}
