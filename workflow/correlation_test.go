package workflow_test

import (
	"slices"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// TestWhatIsReadForARequestCarriesItsCorrelation has a console of another process
// ask for a plan: the call to the vault that answers it belongs to the request.
func TestWhatIsReadForARequestCarriesItsCorrelation(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	r := v.submit("alice", draft())
	v.approve("dana", r.Number)
	task := v.task(r.Number)
	if err := v.svc.Claim(v.ctx, "priya", task); err != nil {
		t.Fatal(err)
	}
	v.run(v.worker)
	v.until(v.svc, "the worker answers", func() bool { return v.svc.Health(v.ctx).State == model.HealthConnected })
	for name, svc := range map[string]*workflow.Service{
		"of the worker's process": v.svc,
		"of another process":      workflow.New(v.db, workflow.Options{Settings: workflow.Settings{Default: policy()}, Now: v.time.Now}),
	} {
		before := len(v.calls.list())
		if _, err := svc.Plan(v.ctx, "priya", task); err != nil {
			t.Fatal(err)
		}
		asked := v.calls.list()[before:]
		if !slices.ContainsFunc(asked, func(c workflow.Call) bool { return c.Correlation == r.Correlation }) {
			t.Errorf("a console %s: %d calls, none of them with the request's correlation: %+v", name, len(asked), asked)
		}
	}
}
