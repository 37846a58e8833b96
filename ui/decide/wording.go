package decide

import (
	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// ForRequests is how the words of a decision on a request are asked for.
func ForRequests() Wording {
	return Wording{Approving: "for the requestor, if you like", Denying: "more about it",
		Reasons: []string{"not needed for the task", "too broad", "wrong record", "ask your manager first", "duplicate"}}
}

// ForEndpoints is how the words of a decision on a request of an endpoint are asked
// for.
func ForEndpoints() Wording {
	return Wording{Approving: "if you like; kept here, the vault takes none", Denying: "more about it; kept here, the vault takes none",
		Reasons: []string{"not needed for the task", "unknown program", "use the packaged version", "ask your manager first", "looks like an attack"}}
}

// ForDevices is how the words of a decision on a device are asked for.
func ForDevices() Wording {
	w := ForEndpoints()
	w.Reasons = []string{"unknown device", "unexpected place", "ask the owner first", "too many devices", "looks like an attack"}
	return w
}

// Outcome says what a vote on a request did.
func Outcome(vote workflow.Decision, result workflow.Decided) widget.Line {
	n := string(vote.Number)
	switch waits := result.Approval == model.ApprovalRequested; {
	case waits && vote.Verdict == model.Approve:
		return widget.Words(theme.OK, n+": your approval counts, more are needed")
	case waits:
		return widget.Words(theme.OK, n+": your denial counts, it still waits")
	case result.State == model.Requested:
		return widget.Words(theme.OK, n+" "+vote.Verdict.Past()+", the next step waits")
	}
	return widget.Words(theme.OK, n+" "+vote.Verdict.Past())
}
