package logs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// The places of the pages, behind the lists.
const (
	supportPage = vault + 1 + iota
	privacyPage
)

func (f *fake) Support(context.Context, model.PersonID) (workflow.SupportView, error) {
	f.helped++
	return workflow.SupportView{
		Program: []model.Fact{{Key: "countersign", Value: "v1.2.3"}, {Key: "Go", Value: "go1.26"}, {Key: "SQLite", Value: "3.54.1"}},
		Health:  model.Health{State: model.HealthSlow, Latency: 2300 * time.Millisecond, Used: 41, Limit: 60, Cause: "answers take 2.3 s"},
		Running: []model.Fact{{Key: "worker", Value: "1"}, {Key: "console", Value: "3"}},
		Queue:   []model.Fact{{Key: "Schema of queue.db", Value: "4"}, {Key: "Rows of request", Value: "1203"}},
		Checks: []workflow.Check{
			{Name: "groups.approvers", State: workflow.CheckBad, Text: "nobody in \"Security\x1b[31m Office\" has the role approver", Remedy: "countersign people apply: give somebody of it the role approver"},
			{Name: "queue.space", State: workflow.CheckWarn, Text: "190 MiB is free on the disk of /var/lib/countersign, and the queue has 120 MiB", Remedy: "free some space there: a backup needs as much again as the queue"},
			{Name: "queue.pages", State: workflow.CheckOK, Text: "every page of /var/lib/countersign/queue.db is sound"},
			{Name: "groups.approvers", State: workflow.CheckOK, Text: "for \"On Call\" decide dana, omar"},
			{Name: "groups.approvers", State: workflow.CheckOK, Text: "for \"Vault Approvers\" decide dana, pat"},
		},
	}, f.err
}

func (f *fake) SupportBundle(context.Context, model.PersonID) ([]workflow.BundleFile, error) {
	return []workflow.BundleFile{{Name: "overview.txt", About: "versions, health, how many rows", Body: make([]byte, 812)},
		{Name: "log.jsonl", About: "the latest warnings and errors", Body: make([]byte, 20_000)}}, f.err
}

func (f *fake) Privacy(context.Context, model.PersonID) ([]workflow.Holding, error) {
	return []workflow.Holding{
		{What: "Requests", Holds: "who asks for whom, why, the answers", File: "queue.db", Where: []string{"request: requested_by, requested_for, justification", "journal: author, text"},
			Sealed: "as it is; whoever may read the folder can read it", Kept: "until somebody is erased", Sees: "who asked, who gets it, those who decide and carry it out, admins"},
		{What: "Secret answers", Holds: "passwords and keys that were typed", File: "queue.db", Where: []string{"sealed: body"},
			Sealed: "encrypted to the worker's key (age)", Kept: "until the request ends, then overwritten", Sees: "nobody; the worker opens it to send it"},
		{What: "Application log", Holds: "what the program did", File: "log.db", Where: []string{"line: message, fields"},
			Sealed: "as it is; whoever may read the folder can read it", Kept: "30 d; at most 512 MiB, the oldest go first", Sees: "support and admins"},
	}, f.err
}

// settle is play for what the pages ask, too.
func settle(tb *Tab, cmd tea.Cmd) {
	for _, msg := range play(tb, cmd) {
		if _, ok := msg.(leaves); ok {
			settle(tb, tb.Update(msg))
		}
	}
}

func TestSupportAndPrivacyScreens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		width, height int
		view          int
		keys          []string
	}{
		{"support_120", wideW, wideH, supportPage, nil},
		{"support_80", narrowW, narrowH, supportPage, nil},
		{"support_detail_80", narrowW, narrowH, supportPage, []string{"enter"}},
		{"support_bundle_120", wideW, wideH, supportPage, []string{"j", "j", "j", "j", "j", "j"}},
		{"privacy_120", wideW, wideH, privacyPage, nil},
		{"privacy_80", narrowW, narrowH, privacyPage, nil},
		{"privacy_detail_80", narrowW, narrowH, privacyPage, []string{"j", "enter"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := newTab(t, someLogs(), tt.width, tt.height)
			settle(tb, tb.SetView(tt.view))
			press(tb, tt.keys...)
			golden(t, tt.name, plain(tb))
		})
	}
}

func TestSupportPageIsNotMadeAnewWithEveryChange(t *testing.T) {
	t.Parallel()
	f := someLogs()
	tb := newTab(t, f, wideW, wideH)
	settle(tb, tb.SetView(supportPage))
	settle(tb, tb.Update(tab.Changed{}))
	if f.helped != 1 {
		t.Errorf("it was made %d times", f.helped)
	}
	for _, msg := range press(tb, "R") {
		settle(tb, tb.Update(msg))
	}
	if f.helped != 2 {
		t.Errorf("R made it %d times", f.helped)
	}
}

func TestPagesSayWhyTheyHaveNothing(t *testing.T) {
	t.Parallel()
	for _, page := range []int{supportPage, privacyPage} {
		f := someLogs()
		f.err = &model.Denied{Code: model.DenyRole, Reason: "only support and admins see how the program is and what it did"}
		tb := newTab(t, f, narrowW, narrowH)
		settle(tb, tb.SetView(page))
		if !strings.Contains(plain(tb), "only support and admins") {
			t.Errorf("it says:\n%s", plain(tb))
		}
		f.err = errors.New("the disk is gone")
		for _, msg := range press(tb, "R") {
			settle(tb, tb.Update(msg))
		}
		if !strings.Contains(plain(tb), "the disk is gone") || !strings.Contains(plain(tb), "R tries again") {
			t.Errorf("it says:\n%s", plain(tb))
		}
	}
}
