package approvals

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func TestWhatWasDecidedIsListedWithItsTime(t *testing.T) {
	t.Parallel()
	q := seven()
	q.add("REQ0010001", "alice", func(c *workflow.CaseView) {
		c.Request.State = model.ClosedRejected
		c.Approvals = []model.Approval{{Step: 1, State: model.ApprovalRejected, Decided: noon.Add(-3 * time.Hour)}}
	})
	d := sit(t, q, 120, 32)
	d.run(d.tab.SetView(2))
	d.shows("STATE       DECIDED", "denied      "+noon.Add(-3*time.Hour).Format("15:04"))
}
