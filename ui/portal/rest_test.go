package portal

import (
	"strings"
	"testing"

	"countersign/ui/tab"
)

var _ tab.Resting = (*Tab)(nil)

func TestWhileTheTabRestsOnlyItsListIsDrawn(t *testing.T) {
	t.Parallel()
	for _, view := range []int{viewRequests, viewAccess} {
		d := sit(t, busy(), 120, 32)
		d.run(d.tab.SetView(view))
		d.rest()
		d.tab.Rest(true)
		d.shows("prod-db-0") // in the list
		for _, line := range strings.Split(d.screen(), "\n") {
			if _, detail, ok := strings.Cut(line, "│"); ok && detail != "" {
				t.Errorf("view %d draws %q", view, detail)
			}
		}
		d.tab.Rest(false)
		d.shows("What  ") // in the detail
	}
}
