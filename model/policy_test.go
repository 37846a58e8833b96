package model

import (
	"slices"
	"testing"
	"time"
)

func TestWhichRequestsARuleFits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	week := 7 * 24 * time.Hour
	for _, tt := range []struct {
		name  string
		rule  PolicyRule
		asked Access
		want  bool
	}{
		{"any", PolicyRule{}, Access{Right: RightView, Limit: For(time.Hour)}, true},
		{"one of its rights", PolicyRule{Rights: []Right{RightOwner, RightEdit}}, Access{Right: RightEdit, Limit: For(time.Hour)}, true},
		{"another right", PolicyRule{Rights: []Right{RightOwner}}, Access{Right: RightEdit, Limit: For(time.Hour)}, false},
		{"without an end", PolicyRule{Permanent: true}, Access{Right: RightView, Limit: Permanent}, true},
		{"with an end", PolicyRule{Permanent: true}, Access{Right: RightView, Limit: For(time.Hour)}, false},
		{"longer", PolicyRule{Longer: week}, Access{Right: RightView, Limit: For(week + time.Minute)}, true},
		{"just as long", PolicyRule{Longer: week}, Access{Right: RightView, Limit: For(week)}, false},
		{"without an end, which is longer than any time", PolicyRule{Longer: week}, Access{Right: RightView, Limit: Permanent}, true},
		{"no access at all is not long", PolicyRule{Longer: week}, Access{}, false},
		{"no access at all is not permanent", PolicyRule{Permanent: true}, Access{Limit: Permanent}, false},
	} {
		if got := tt.rule.Fits(tt.asked, now); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestWhichGroupsDecide(t *testing.T) {
	t.Parallel()
	p := Policy{Steps: []PolicyStep{{Group: "Leads"}, {Group: "Security"}, {Group: "Leads"}}, Overdue: OverdueExpire, EscalateTo: "Board"}
	if got := p.Decides(); !slices.Equal(got, []GroupName{"Leads", "Security"}) {
		t.Errorf("without escalation %v", got)
	}
	p.Overdue, p.Emergency = OverdueEscalate, "On Call"
	if got := p.Decides(); !slices.Equal(got, []GroupName{"Board", "Leads", "On Call", "Security"}) {
		t.Errorf("with all %v", got)
	}
}

// A person counts once over all votes of a kind, whether as voter or as the one whose
// say it is, in whatever order.
func TestOnePersonIsOneVoteInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, votes := range [][]Vote{
		{{Voter: "dana", Seat: "omar", Verdict: Approve}, {Voter: "ivy", Seat: "dana", Verdict: Approve}},
		{{Voter: "ivy", Seat: "dana", Verdict: Approve}, {Voter: "dana", Seat: "omar", Verdict: Approve}},
		{{Voter: "dana", Seat: "omar", Verdict: Approve}, {Voter: "omar", Seat: "omar", Verdict: Approve}},
	} {
		s := PolicyStep{Mode: NOf, Needed: 2}
		if got := s.Missing(votes, 5); got != 1 {
			t.Errorf("%+v: %d missing", votes, got)
		}
	}
}

func TestHowLongAQuestionStopsTheClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		most        Limit
		since, want time.Duration
	}{
		{For(time.Hour), time.Minute, time.Minute},
		{For(time.Hour), 2 * time.Hour, time.Hour},
		{For(time.Hour), -time.Minute, 0},
		{Permanent, 1000 * time.Hour, 1000 * time.Hour},
		{Limit{}, 1000 * time.Hour, 1000 * time.Hour},
	} {
		if got := (Policy{AnswerIn: tt.most}).Stood(tt.since); got != tt.want {
			t.Errorf("%s of %s: %s", tt.since, tt.most, got)
		}
	}
	due := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		r    Request
		want time.Time
	}{
		{Request{Due: due, Policy: Policy{AnswerIn: For(time.Hour)}}, due},
		{Request{Due: due, NeedsInfo: true, Policy: Policy{AnswerIn: For(time.Hour)}}, due.Add(time.Hour)},
		{Request{Due: due, NeedsInfo: true, Policy: Policy{AnswerIn: Permanent}}, time.Time{}},
		{Request{Due: due, NeedsInfo: true}, time.Time{}},
		{Request{NeedsInfo: true, Policy: Policy{AnswerIn: For(time.Hour)}}, time.Time{}},
	} {
		if got := tt.r.LastDue(); !got.Equal(tt.want) {
			t.Errorf("%+v: %s, want %s", tt.r.Policy.AnswerIn, got, tt.want)
		}
		if got := tt.r.Overdue(due.Add(2 * time.Hour)); got != !tt.want.IsZero() {
			t.Errorf("%+v: overdue %v", tt.r.Policy.AnswerIn, got)
		}
	}
}
