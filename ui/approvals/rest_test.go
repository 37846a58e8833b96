package approvals

import (
	"strings"
	"testing"

	"countersign/ui/tab"
)

var _ tab.Resting = (*Tab)(nil)

func TestWhileTheTabRestsOnlyItsListIsDrawn(t *testing.T) {
	t.Parallel()
	d := sit(t, seven(), 120, 32)
	d.tab.Rest(true)
	d.key("j")
	d.rest() // the next request has been read
	d.shows("REQ0010042", "REQ0010039")
	d.hides("Who", "databaseCredentials")
	if d.tab.pane.unread() == 0 {
		t.Error("evidence counts as read that was not drawn")
	}
	d.key("enter")
	if got := strings.Count(d.tab.View(), "\n") + 1; got != 32 {
		t.Errorf("a page opened meanwhile is drawn in %d lines", got)
	}
	d.key("esc")
	d.tab.Rest(false)
	d.shows("Who", "Payroll")
	if n := d.tab.pane.unread(); n > 0 {
		t.Errorf("%d lines count as unread", n)
	}
}
