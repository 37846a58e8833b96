package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/model"
)

// live has people carry errands on, a few at a time, until everything has been killed
// often enough. It returns all errands that they had.
func (s *siege) live() []*errand {
	var all []*errand
	for !s.enough() {
		open := slices.DeleteFunc(slices.Clone(all), func(x *errand) bool { return x.over })
		if x := s.errand(len(open)); x != nil {
			all, open = append(all, x), append(open, x)
		}
		if len(open) == 0 || !s.advance(open[rand.IntN(len(open))]) {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return all
}

func titleOf(n int) string { return fmt.Sprintf("kill%05d", n) }

// errand makes up what alice wants next, nil where there is enough to do.
func (s *siege) errand(open int) *errand {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, most := s.made, 6
	if s.kills < 100 {
		most = 2
	}
	if open >= most || n == len(s.records) {
		return nil
	}
	s.made++
	x := &errand{title: titleOf(n), uid: s.records[n], item: []string{"record", "described", "login"}[n%3],
		wish: []string{"have", "return", "have", "deny", "return", "have", "withdraw"}[n%7]}
	if x.item == "login" {
		x.uid = ""
		if x.wish == "return" {
			x.wish = "have"
		}
	}
	return x
}

// calm carries all errands to their end, with nobody killed any more.
func (s *siege) calm(errands [][]*errand) {
	limit := 2 * time.Minute
	if s.kills > 1000 {
		limit = 15 * time.Minute
	}
	s.refuseSpare(errands)
	var all sync.WaitGroup
	for _, part := range errands {
		all.Go(func() {
			open := slices.Clone(part)
			for enough := time.Now().Add(limit); len(open) > 0 && time.Now().Before(enough); time.Sleep(100 * time.Millisecond) {
				for _, x := range open {
					s.advance(x)
				}
				open = slices.DeleteFunc(open, func(x *errand) bool { return x.over })
			}
			for _, x := range open {
				v, _ := s.look("priya", x.number)
				s.t.Errorf("%+v cannot be carried to its end: %+v", *x, v)
			}
		})
	}
	all.Wait()
}

// refuseSpare denies what alice has ordered twice, since the client of her first order
// was killed, and the server had it already.
func (s *siege) refuseSpare(errands [][]*errand) {
	var rows []orderedRow
	for _, part := range errands {
		for _, x := range part {
			if x.number == "" {
				x.number, _ = s.find(x)
			}
		}
	}
	r := s.runs("reading list", s.program("dana", "list", "waiting", "--limit", "100000", "--json"))
	if r.code != 0 || json.Unmarshal([]byte(r.out), &rows) != nil {
		s.t.Errorf("what waits cannot be listed: %+v", r)
	}
	for _, row := range rows {
		for _, part := range errands {
			for _, x := range part {
				if x.title == row.title() && x.number != row.Number {
					spare := &errand{title: x.title, number: row.Number, wish: "deny", item: x.item}
					for !spare.over && !s.t.Failed() {
						s.advance(spare)
					}
				}
			}
		}
	}
}

// orderedRow is a request as lists print it.
type orderedRow struct {
	Number model.Number
	Title  string
	Target struct{ Title, Described string }
}

func (l orderedRow) title() string {
	return regexp.MustCompile(`kill[0-9]{5}`).FindString(l.Title + " " + l.Target.Title + " " + l.Target.Described)
}

// find looks whether alice has ordered something already.
func (s *siege) find(x *errand) (n model.Number, looked bool) {
	r := s.runs("reading list", s.program("alice", "list", "mine", x.title, "--json"))
	var rows []orderedRow
	if r.code != 0 || json.Unmarshal([]byte(r.out), &rows) != nil {
		return "", false
	}
	for _, row := range rows {
		if row.title() == x.title && (n == "" || row.Number < n) {
			n = row.Number
		}
	}
	return n, true
}

// sight is a request as show prints it, as far as people look at it here.
type sight struct {
	State  model.RequestState
	Digest string
	Tasks  []struct {
		Number   model.Number
		Assignee string
		Picked   *model.Target
		Code     model.TaskState `json:"state_code"`
	}
	Orders []struct{ State model.OpState }
	Grants []struct {
		ID    int64
		State model.GrantState
	}
}

// waits reports whether something is under way in the vault.
func (v sight) waits() bool {
	for _, o := range v.Orders {
		if o.State == model.OpQueued || o.State == model.OpSent || o.State == model.OpUnknown {
			return true
		}
	}
	return false
}

func (v sight) refused() bool {
	n := len(v.Orders)
	return n > 0 && v.Orders[n-1].State == model.OpRefused
}

// look shows somebody a request.
func (s *siege) look(who string, n model.Number) (sight, bool) {
	r := s.runs("reading show", s.program(who, "show", string(n), "--json"))
	var v sight
	return v, r.code == 0 && json.Unmarshal([]byte(r.out), &v) == nil
}

// advance looks how far an errand is and does what is next. It reports whether there
// was something to do.
func (s *siege) advance(x *errand) bool {
	if x.number == "" {
		n, looked := s.find(x)
		if x.number = n; looked && n == "" {
			s.order(x)
		}
		return true
	}
	who := []string{"dana", "omar"}[rand.IntN(2)]
	v, ok := s.look(who, x.number)
	switch {
	case !ok:
		return true
	case v.State == model.Requested && x.wish == "withdraw":
		s.tries(x, "withdraw", "alice", x.number, is(x.number, "withdrawn"), "request", "withdraw", string(x.number), "--reason", "{mark}")
	case v.State == model.Requested:
		s.decide(x, who, v.Digest)
	case v.State == model.InProcess && x.item == "record" && !v.refused() && rand.IntN(3) > 0:
		return false // the worker does it by itself, unless somebody has taken it
	case v.State == model.InProcess:
		return s.fulfil(x, v)
	case x.wish == "return" && v.State == model.ClosedComplete && len(v.Grants) == 1 && v.Grants[0].State == model.GrantActive:
		if v.waits() {
			return false
		}
		args := []string{"grants", "give-back", fmt.Sprint(v.Grants[0].ID), "--reason", "{mark}"}
		s.tries(x, "give back", "alice", x.number, outcomes, s.sometimesWaits(args)...)
	default:
		x.over = v.State.Closed() && !v.waits()
	}
	return true
}

func is(n model.Number, what string) string { return string(n) + " is " + what }

// outcomes is what commands print that order something in the vault.
const outcomes = `(?m)^ *(queued|sent|done|unknown|refused) `

func (s *siege) sometimesWaits(args []string) []string {
	if rand.IntN(2) == 0 {
		args = append(args, "--wait")
	}
	return args
}

// order orders what alice wants.
func (s *siege) order(x *errand) {
	if x.item == "described" && s.sits() {
		s.orderAtConsole(x)
		return
	}
	args := map[string][]string{
		"record":    {"request", "record-access", "--record", x.uid, "--right", "view", "--limit", "4 h", "--justification", "{mark}"},
		"described": {"request", "record-access", "--described", "the secret " + x.title, "--right", "view", "--limit", "4 h", "--justification", "{mark}"},
		"login":     {"request", "login", "--field", "title=" + x.title, "--field", "login=svc", "--justification", "{mark}"},
	}[x.item]
	a, out := s.tries(x, "submit", "alice", "", `REQ[0-9]{7} is ordered`, args...)
	if n := regexp.MustCompile(`(REQ[0-9]{7}) is ordered`).FindStringSubmatch(out); n != nil {
		a.number, x.number = model.Number(n[1]), model.Number(n[1])
	}
}

// decide decides a request; sometimes both approvers do at once.
func (s *siege) decide(x *errand, who, digest string) {
	verb, state := "approve", "approved"
	if x.wish == "deny" {
		verb, state = "deny", "denied"
	}
	if verb == "approve" && who == "dana" && x.item != "login" && s.sits() {
		s.approveAtConsole(x)
		return
	}
	decides := func(who string) {
		s.tries(x, verb, who, x.number, is(x.number, state), verb, string(x.number), "--digest", digest, "--comment", "{mark}")
	}
	var other sync.WaitGroup
	if rand.IntN(4) == 0 {
		other.Go(func() { decides(map[string]string{"dana": "omar", "omar": "dana"}[who]) })
	}
	decides(who)
	other.Wait()
}

// fulfil does what is next for a task.
func (s *siege) fulfil(x *errand, v sight) bool {
	task, n := v.Tasks[len(v.Tasks)-1], string(x.number)
	who := task.Assignee
	switch {
	case v.waits():
		return false
	case who == "" && x.item != "login" && s.sits():
		s.fulfilAtConsole(x)
	case who == "":
		who = []string{"priya", "paul"}[rand.IntN(2)]
		s.tries(x, "claim", who, x.number, "is yours", "task", "claim", n)
	case rand.IntN(10) == 0:
		s.tries(x, "release", who, x.number, "is with Vault Admins again", "task", "release", n)
	case x.item == "described" && task.Picked == nil:
		s.tries(x, "pick", who, x.number, "is now about", "task", "pick", n, x.uid)
	default:
		r := s.runs("reading plan", s.program(who, "task", "plan", n, "--json"))
		var plan struct{ Digest string }
		if r.code == 0 && json.Unmarshal([]byte(r.out), &plan) == nil {
			s.tries(x, "run", who, x.number, outcomes, s.sometimesWaits([]string{"task", "run", n, "--digest", plan.Digest})...)
		}
	}
	return true
}

// attempted notes that somebody tries something now.
func (s *siege) attempted(x *errand, verb, who string, n model.Number, how string) *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &attempt{errand: x, verb: verb, who: who, number: n, how: how}
	a.mark = fmt.Sprintf("INC0012345: %s, attempt %06d", x.title, len(s.attempts))
	s.attempts = append(s.attempts, a)
	return a
}

// tries has somebody do something by a command, here or over SSH, which may be killed.
// {mark} in it becomes the attempt's. What it printed before its end counts as told.
func (s *siege) tries(x *errand, verb, who string, n model.Number, told string, args ...string) (*attempt, string) {
	a := s.attempted(x, verb, who, n, "command")
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{mark}", a.mark)
	}
	cmd := s.program(who, args...)
	if who != "omar" && who != "paul" && s.chance(8) {
		a.how = "command over SSH"
		words := []string{who + "@127.0.0.1"}
		for _, arg := range args {
			words = append(words, "'"+arg+"'")
		}
		cmd = s.client(who, words...)
	}
	r := s.runs(a.how+" "+verb, cmd)
	a.told = r.code == 0 || regexp.MustCompile(told).MatchString(r.out)
	if r.code == 0 && slices.Contains(args, "--wait") {
		a.done = time.Now()
	}
	if bad := misfortune(r); bad != "" {
		s.t.Errorf("%s: %v: %s:\n%s%s", who, args, bad, r.out, r.errs)
	}
	return a, r.out
}

// misfortune is what no command may end with, whatever was killed around it: "" for
// what may be.
func misfortune(r ran) string {
	switch {
	case strings.Contains(r.errs, "panic:") || strings.Contains(r.errs, "goroutine "):
		return "it panicked"
	case slices.Contains([]int{-1, 0, 5, 6, 10, 11, 255}, r.code):
		return ""
	}
	return fmt.Sprintf("it ended with %d", r.code)
}
