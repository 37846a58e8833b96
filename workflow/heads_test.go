package workflow_test

import (
	"testing"
)

// A running worker writes the head of the audit chain outside the queue, and the
// last one when it ends, so that what a verification compares with is no older
// than the worker.
func TestTheWorkerExportsTheAuditHead(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	v.submit("alice", draft())
	stop := v.run(v.worker)
	v.until(v.svc, "a head is exported", func() bool {
		heads, _, err := v.db.AuditHeads()
		return err == nil && len(heads) > 0
	})
	v.submit("bob", draft())
	stop()
	heads, unreadable, err := v.db.AuditHeads()
	if err != nil || unreadable != 0 {
		t.Fatal(unreadable, err)
	}
	state, err := v.svc.VerifyAudit(v.ctx, "sam")
	if err != nil || !state.Intact {
		t.Fatalf("the chain: %+v, %v", state, err)
	}
	last := heads[len(heads)-1]
	if last.Seq != state.Entries || last.Hash != state.Head {
		t.Errorf("the last head is of entry %d, the chain has %d", last.Seq, state.Entries)
	}
}
