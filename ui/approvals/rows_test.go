package approvals

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func TestARowNamesRightAndLimitOfOneAccess(t *testing.T) {
	t.Parallel()
	asked := model.Access{Right: model.RightOwner}
	allowed := model.Access{Right: model.RightView, Limit: model.For(time.Hour)}
	for _, tt := range []struct {
		state model.RequestState
		want  model.Access
	}{
		{model.Requested, asked},
		{model.InProcess, allowed},
		{model.ClosedComplete, allowed},
	} {
		r := row{RequestRow: workflow.RequestRow{State: tt.state, Asked: asked, Allowed: allowed}}
		if got := rowAccess(r); got != tt.want {
			t.Errorf("%s: rowAccess = %v, want %v", tt.state, got, tt.want)
		}
	}
}
