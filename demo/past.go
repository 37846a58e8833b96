package demo

import (
	"slices"
	"strings"
	"time"

	"countersign/model"
)

// pastDays is how far back the story begins.
const pastDays = 90

// past adds n tales of the company's daily work, spread over the months before
// the end of the story. The last ones are not decided yet.
func (s *stage) past(n int) {
	all := duties()
	backlog := n / 25
	for i := range n {
		d := pick(s.random, all)
		by := pick(s.random, d.people)
		title := s.title(d)
		asked := s.asks()
		t := s.tale(by, title, asked, reason(s.random, pick(s.random, d.reasons), title))
		if n-i <= backlog {
			s.undecided(t, i, n, backlog)
			continue
		}
		s.life(t, s.workday(float64(i)/float64(n-backlog)))
	}
}

// title picks a record in the folders of a duty.
func (s *stage) title(d duty) string {
	folder := pick(s.random, d.folders)
	var titles []string
	for _, r := range s.world.Records {
		if r.Folder == folder || strings.HasPrefix(r.Folder, folder+"/") {
			titles = append(titles, r.Title)
		}
	}
	if len(titles) == 0 {
		return pick(s.random, s.world.Records).Title
	}
	return pick(s.random, titles)
}

// asks is what people usually want.
func (s *stage) asks() model.Access {
	limit := pick(s.random, []model.Limit{model.For(time.Hour), model.For(2 * time.Hour), model.For(4 * time.Hour),
		model.For(4 * time.Hour), model.For(8 * time.Hour), model.For(24 * time.Hour), model.For(48 * time.Hour),
		model.For(7 * 24 * time.Hour), model.For(30 * 24 * time.Hour), model.Permanent})
	switch n := s.random.IntN(100); {
	case n < 55:
		return model.Access{Right: model.RightView, Limit: limit}
	case n < 93:
		return model.Access{Right: model.RightEdit, Limit: limit}
	case n < 97:
		return model.Access{Right: model.RightEditShare, Limit: model.Permanent}
	}
	return model.Access{Right: model.RightOwner, Limit: model.Permanent}
}

// workday is a moment in working hours, a part of the way from the beginning of
// the story to its end.
func (s *stage) workday(part float64) time.Time {
	whole := pastDays * 24 * time.Hour
	day := s.ago(whole - time.Duration(part*float64(whole-4*time.Hour))).In(time.Local)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.Add(-24 * time.Hour)
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), 8+s.random.IntN(10), s.random.IntN(60), s.random.IntN(60), 0, time.Local)
	if at.After(s.ago(2 * time.Hour)) {
		at = s.ago(2*time.Hour + between(s.random, 0, 20*time.Hour))
	}
	return at
}

// undecided adds a tale that waits, submitted within the time for a decision.
func (s *stage) undecided(t *tale, i, n, backlog int) {
	window := dueIn - 3*time.Hour
	age := time.Duration(float64(window) * float64(n-i) / float64(backlog+1))
	t.at(s.ago(age+20*time.Minute), t.submit)
}

// life adds the whole life of a request that was submitted at a time. What comes
// after the end of the story is left out when it is played.
func (s *stage) life(t *tale, at time.Time) {
	t.at(at, t.submit)
	decider := someoneElse(s.random, deciders(), t.by.Login)
	decided := at.Add(between(s.random, 4*time.Minute, 20*time.Hour))
	owner := t.asked.Right.Owner()
	lot := s.random.IntN(100)
	switch {
	case lot < 9 || owner && lot < 60:
		t.at(decided, t.decide(decider, model.Deny, model.Access{}, pick(s.random, denials())))
		return
	case lot < 13:
		t.at(decided, t.withdraw(pick(s.random, withdrawals())))
		return
	case lot < 17:
		t.at(at.Add(dueIn).Add(20*time.Second), t.expire)
		return
	}
	allow := t.asked
	if owner || lot < 25 {
		allow = s.less(t.asked)
	}
	t.at(decided, t.decide(decider, model.Approve, allow, pick(s.random, approvals())))
	worker := someoneElse(s.random, workers(), t.by.Login)
	taken := decided.Add(between(s.random, 2*time.Minute, 6*time.Hour))
	t.at(taken, t.claim(worker))
	ran := taken.Add(between(s.random, time.Minute, 40*time.Minute))
	switch end := s.random.IntN(100); {
	case end < 3:
		t.at(ran, t.close(worker, model.TaskClosedSkipped, pick(s.random, skips())))
	case end < 6:
		t.at(ran, t.close(worker, model.TaskClosedIncomplete, pick(s.random, failures())))
	default:
		t.at(ran, t.fulfil(worker))
		if end < 14 {
			t.at(ran.Add(between(s.random, 20*time.Minute, 3*time.Hour)), t.giveBack)
		}
	}
}

// less is what an approver lowers a wish to.
func (s *stage) less(asked model.Access) model.Access {
	lower := slices.DeleteFunc(model.LowerRights(asked.Right), func(r model.Right) bool { return !r.AllowsLimit() })
	allow := model.Access{Right: lower[0], Limit: asked.Limit}
	if asked.Limit.IsPermanent() {
		allow.Limit = pick(s.random, []model.Limit{model.For(24 * time.Hour), model.For(7 * 24 * time.Hour), model.For(30 * 24 * time.Hour)})
	}
	return allow
}
