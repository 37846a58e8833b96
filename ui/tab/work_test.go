package tab

import (
	"context"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestEndWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	root, cancel := context.WithCancel(t.Context())
	e := &Env{Root: root}
	started := make(chan struct{})
	answer := make(chan tea.Msg, 1)
	cmd := e.DoFor(0, func(ctx context.Context) tea.Msg {
		close(started)
		<-ctx.Done()
		return "ended"
	})
	go func() { answer <- cmd() }()
	<-started
	idle := e.End()
	select {
	case <-idle:
		t.Fatal("a command is running, and End says none is")
	default:
	}
	cancel()
	<-idle
	if got := <-answer; got != "ended" {
		t.Errorf("the command answered %v", got)
	}
	if got := e.Do(func(context.Context) tea.Msg { return "late" })(); got != nil {
		t.Errorf("a command that started after the end answered %v", got)
	}
}

func TestEndOfNothingIsAtOnce(t *testing.T) {
	t.Parallel()
	e := &Env{Root: t.Context()}
	if got := e.Do(func(context.Context) tea.Msg { return "done" })(); got != "done" {
		t.Errorf("the command answered %v", got)
	}
	<-e.End()
	<-e.End()
}

func TestDoSetsADeadline(t *testing.T) {
	t.Parallel()
	e := &Env{Root: t.Context()}
	e.Do(func(ctx context.Context) tea.Msg {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("no deadline")
		}
		return nil
	})()
}
