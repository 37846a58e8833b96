package workflow_test

import (
	"slices"
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

func TestAccessWarningsAreAboutWhatIsAllowed(t *testing.T) {
	t.Parallel()
	read := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	week := model.Access{Right: model.RightView, Limit: model.For(7 * 24 * time.Hour)}
	until := model.Share{Right: model.RightView, Expires: read.Add(24 * time.Hour)}
	has := func(s model.Share) *model.RecordFacts {
		return &model.RecordFacts{Read: read, Shares: []model.Holder{{Email: "carol@example.com", Share: s}}}
	}
	owner := model.Access{Right: model.RightOwner}
	for _, tt := range []struct {
		name  string
		facts *model.RecordFacts
		allow model.Access
		want  []string
	}{
		{"ownership", nil, owner, []string{"ownership is transferred for good: this program cannot take it back"}},
		{"without an end", nil, model.Access{Right: model.RightEdit}, []string{"permanent: nothing ends this access by itself"}},
		{"lowered from ownership", nil, week, nil},
		{"nothing is given", nil, model.Access{}, nil},
		{"nobody has it yet", has(model.Share{}), week, nil},
		{"it is there for a shorter time", has(until), week,
			[]string{"carol@example.com has " + until.Words() + " already; this makes it 7 d"}},
		{"it is there for good", has(model.Share{Right: model.RightEdit}), week,
			[]string{"nothing to do: carol@example.com already has edit, permanent"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := model.Case{Request: model.Request{Item: model.ItemRecordAccess, State: model.Requested,
				RequestedFor: "carol@example.com", Asked: owner, Allowed: owner}}
			if got := workflow.AccessWarnings(c, tt.facts, tt.allow); !slices.Equal(got, tt.want) {
				t.Errorf("AccessWarnings = %q, want %q", got, tt.want)
			}
		})
	}
}
