package workflow

import (
	"strings"
	"testing"
)

// TestNoNameOfAMachineLeaves holds the sentences that the system and doctor make of
// addresses against what a bundle may hold.
func TestNoNameOfAMachineLeaves(t *testing.T) {
	t.Parallel()
	r := newRedactor([]string{"Alice Archer"})
	for _, tt := range []struct{ text, want string }{
		{"dial tcp: lookup canary on 127.0.0.53:53: no such host", "dial tcp: lookup <address> on <address>: no such host"},
		{"dial tcp: lookup canary: no such host", "dial tcp: lookup <address>: no such host"},
		{"dial tcp [fd00:ca::7]:8900: connect: connection refused", "dial tcp <address>: connect: connection refused"},
		{"dial tcp ::1: refused", "dial tcp <address>: refused"},
		{"dial tcp canary:8900: i/o timeout", "dial tcp <address>: i/o timeout"},
		{"canary.corp.internal hangs", "<address> hangs"},
		{"x509: certificate is valid for canary.example, canary, not for canary2.example", "x509: certificate is valid for <address>"},
		{"a worker is alive: process 14308 on canary", "a worker is alive: process 14308 on <name>"},
		{"process 14308 on canary-2 says that it works, until 04:44:07 UTC", "process 14308 on <name> says that it works, until 04:44:07 UTC"},
		{"queue.audit at 2026-11-22T04:44:07Z of audit-heads.log", "queue.audit at 2026-11-22T04:44:07Z of audit-heads.log"},
	} {
		if got := r.clean(tt.text); got != tt.want || strings.Contains(got, "canary") {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.want)
		}
	}
}
