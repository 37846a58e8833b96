package workflow_test

import (
	"testing"
	"time"

	"countersign/store"
	"countersign/workflow"
)

func TestRunningWorkerPrunesTheLogs(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t, workflow.Settings{Default: policy(), LogKeep: 30 * 24 * time.Hour})
	now := v.time.Now()
	if err := v.db.AppendLog(v.ctx, []store.LogLine{
		{At: now.AddDate(0, 0, -31), Component: "test", Message: "old"}, {At: now, Component: "test", Message: "new"},
	}); err != nil {
		t.Fatal(err)
	}
	v.run(v.worker)
	v.until(v.svc, "the old line is gone", func() bool {
		page, err := v.db.LogLines(v.ctx, store.LogQuery{Component: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Rows) == 1 && page.Rows[0].Message == "new"
	})
}

func TestRunningWorkerIndexesTheWordsOfTheLog(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	if err := v.db.AppendLog(v.ctx, []store.LogLine{{At: v.time.Now(), Component: "test", Message: "zanzibar"}}); err != nil {
		t.Fatal(err)
	}
	v.run(v.worker)
	v.until(v.svc, "the line is indexed", func() bool {
		f, err := v.db.Facts(v.ctx)
		if err != nil {
			t.Fatal(err)
		}
		return f.LogUnindexed == 0
	})
}
