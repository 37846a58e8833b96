package cli

import (
	"time"

	"countersign/model"
	"countersign/workflow"
)

// caseJSON is a case for programs. Digest is the one to approve or deny with.
type caseJSON struct {
	Number    model.Number          `json:"number"`
	State     model.RequestState    `json:"state"`
	Item      model.ItemKey         `json:"item"`
	Revision  int64                 `json:"revision"`
	Digest    model.Digest          `json:"digest"`
	Target    model.Target          `json:"target"`
	Answers   []answerJSON          `json:"answers,omitempty"`
	Statement []model.StatementLine `json:"statement"`
	Due       time.Time             `json:"due,omitzero"`
	NeedsInfo bool                  `json:"needs_info,omitempty"`
	LastDue   time.Time             `json:"last_due,omitzero"` // later than due while a question stops the clock; missing while it does so without end
	Created   time.Time             `json:"created,omitzero"`
	Closed    time.Time             `json:"closed,omitzero"`
	Outcome   string                `json:"outcome,omitempty"`
	Warnings  []string              `json:"warnings,omitempty"`
	Deciders  []string              `json:"deciders,omitempty"`
	Missing   int                   `json:"missing,omitempty"`
	Steps     []stepStateJSON       `json:"steps"`
	Seats     []string              `json:"seats,omitempty"` // for whom you can vote now
	Questions []questionJSON        `json:"questions,omitempty"`
	Review    *reviewJSON           `json:"review,omitempty"` // of an emergency approval
	Before    beforeJSON            `json:"before"`
	Now       *nowJSON              `json:"now,omitempty"`
	Approvals []approvalJSON        `json:"approvals"`
	Tasks     []taskJSON            `json:"tasks"`
	Orders    []operationJSON       `json:"orders"`
	Grants    []grantJSON           `json:"grants"`
	Link      *linkJSON             `json:"link,omitempty"`
	Found     []hitJSON             `json:"found,omitempty"` // the answer to a search
	Timeline  []timelineJSON        `json:"timeline"`
	Actions   []actionJSON          `json:"actions"`
}

// answerJSON is an answered field of the item's form; of a secret one only that
// it is sealed.
type answerJSON struct {
	Field  string `json:"field"`
	Value  string `json:"value,omitempty"`
	Sealed bool   `json:"sealed,omitempty"`
}

// answersOf lists the answers of a request.
func answersOf(r model.Request) []answerJSON {
	return append(each(r.Answers, func(a model.Answer) answerJSON { return answerJSON{Field: a.Field, Value: a.Value} }),
		each(r.Sealed, func(s model.SealedAnswer) answerJSON { return answerJSON{Field: s.Field, Sealed: true} })...)
}

type beforeJSON struct {
	Approved int `json:"approved"`
	Denied   int `json:"denied"`
	Days     int `json:"days"`
}

// nowJSON is what the vault said of the target; Problem is why it did not.
type nowJSON struct {
	Has     string    `json:"has,omitempty"`
	Gone    bool      `json:"gone,omitempty"`
	Path    string    `json:"path,omitempty"`
	Owner   string    `json:"owner,omitempty"`
	Read    time.Time `json:"read,omitzero"`
	Problem string    `json:"problem,omitempty"`
}

type approvalJSON struct {
	Step    int                 `json:"step"`
	Round   int                 `json:"round"` // a further one begins with an answer of the requestor
	Group   model.GroupName     `json:"group"`
	MovedBy string              `json:"moved_by,omitempty"` // who gave it to this group
	State   model.ApprovalState `json:"state"`
	Decided time.Time           `json:"decided,omitzero"`
	Votes   []voteJSON          `json:"votes"`
}

type voteJSON struct {
	Voter   string        `json:"voter"`
	For     string        `json:"for,omitempty"` // whose say it was, where not the voter's
	Verdict model.Verdict `json:"verdict"`
	Allowed *accessJSON   `json:"allowed,omitempty"`
	Comment string        `json:"comment,omitempty"`
	Digest  model.Digest  `json:"digest"`
	At      time.Time     `json:"at"`
	// Emergency says that this vote decided alone.
	Emergency bool `json:"emergency,omitempty"`
}

// stepStateJSON is how a step of the policy stands: who has decided, who can, and
// what is still needed.
type stepStateJSON struct {
	Step     int                 `json:"step"`
	Needs    string              `json:"needs"`
	State    model.ApprovalState `json:"state,omitempty"` // missing: the steps before it wait
	Votes    []voteJSON          `json:"votes"`           // that count
	Missing  int                 `json:"missing,omitempty"`
	Deciders []deciderJSON       `json:"deciders,omitempty"`
}

type deciderJSON struct {
	Login string   `json:"login"`
	Own   bool     `json:"own"`
	For   []string `json:"for,omitempty"`
}

type questionJSON struct {
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Question string    `json:"question"`
	Answerer string    `json:"answered_by,omitempty"` // missing: it waits
	Answered time.Time `json:"answered,omitzero"`
	Answer   string    `json:"answer,omitempty"`
}

func stepStateOf(c workflow.CaseView, s workflow.StepView) stepStateJSON {
	return stepStateJSON{Step: s.Step, Needs: s.Rule.By(s.Group), State: s.State, Missing: s.Missing,
		Votes:    each(s.Votes, func(v model.Vote) voteJSON { return voteOf(c, v) }),
		Deciders: each(s.Deciders, func(d workflow.Decider) deciderJSON { return deciderJSON{d.Login, d.Own, d.For} })}
}

func questionOf(c workflow.CaseView, q model.Inquiry) questionJSON {
	return questionJSON{c.Name(q.By), moment(q.At), q.Question, c.Name(q.Answerer), moment(q.Answered), q.Answer}
}

type taskJSON struct {
	Number   model.Number    `json:"number"`
	Kind     model.TaskKind  `json:"kind"`
	State    string          `json:"state"`
	Code     model.TaskState `json:"state_code"` // ServiceNow's
	Group    model.GroupName `json:"group"`
	Assignee string          `json:"assignee,omitempty"`
	Picked   *model.Target   `json:"picked,omitempty"`
	Closed   time.Time       `json:"closed,omitzero"`
	Notes    string          `json:"notes,omitempty"`
}

type timelineJSON struct {
	At   time.Time       `json:"at"`
	Who  string          `json:"who,omitempty"` // missing: the program
	Kind model.EntryKind `json:"kind"`
	Text string          `json:"text"`
}

type actionJSON struct {
	Action  model.Action   `json:"action"`
	Allowed bool           `json:"allowed"`
	Code    model.DenyCode `json:"code,omitempty"`
	Reason  string         `json:"reason,omitempty"`
}

// caseOf is a case for programs, with the statement of allowing so much.
func caseOf(c workflow.CaseView, allow model.Access) caseJSON {
	r, statement := c.Request, c.Statement(allow)
	out := caseJSON{
		Number: r.Number, State: r.State, Item: r.Item, Revision: r.Revision, Digest: statement.Digest(), Statement: statement.Lines(),
		Target: c.Target(), Answers: answersOf(r), Found: each(c.Found, hitOf),
		Due: moment(r.Due), LastDue: moment(r.LastDue()), NeedsInfo: r.NeedsInfo, Created: moment(r.Created), Closed: moment(r.Closed), Outcome: r.Outcome,
		Warnings: c.Warnings, Deciders: c.Deciders, Missing: c.Missing,
		Steps:     each(c.Steps, func(s workflow.StepView) stepStateJSON { return stepStateOf(c, s) }),
		Seats:     each(c.Seats, c.Name),
		Questions: each(c.Request.Inquiries, func(q model.Inquiry) questionJSON { return questionOf(c, q) }),
		Before:    beforeJSON{c.Before.Approved, c.Before.Denied, 90}, Now: presentOf(c),
		Approvals: each(c.Approvals, func(a model.Approval) approvalJSON { return approvalOf(c, a) }),
		Tasks:     each(c.Tasks, func(t model.Task) taskJSON { return taskOf(c, t) }),
		Orders:    each(c.Operations, operationOf),
		Grants:    each(c.Grants, grantOf),
		Timeline: each(c.Timeline, func(e workflow.TimelineEntry) timelineJSON {
			return timelineJSON{moment(e.At), e.Who, e.Kind, e.Text}
		}),
		Actions: each(c.Perms, actionOf),
	}
	if c.Link != nil {
		link := linkOf(r.Number, *c.Link)
		out.Link = &link
	}
	if r := c.Review; r.ID != 0 {
		out.Review = &reviewJSON{Number: c.Request.Number, UsedBy: c.Name(r.UsedBy), Used: moment(r.Used), Reason: r.Reason,
			DoneBy: c.Name(r.DoneBy), Done: moment(r.Done), Comment: r.Comment}
	}
	return out
}

func presentOf(c workflow.CaseView) *nowJSON {
	switch {
	case c.Facts != nil:
		f := c.Facts
		now := &nowJSON{Gone: f.Gone, Path: f.Path, Owner: f.Owner, Read: moment(f.Read)}
		if f.Tells(c.Request.RequestedFor) {
			now.Has = f.Share(c.Request.RequestedFor).Words()
		}
		return now
	case c.FactsErr != nil:
		return &nowJSON{Problem: explain(c.FactsErr).text}
	}
	return nil
}

func approvalOf(c workflow.CaseView, a model.Approval) approvalJSON {
	return approvalJSON{Step: a.Step, Round: max(a.Round, 1), Group: a.Group, MovedBy: c.Name(a.MovedBy), State: a.State, Decided: moment(a.Decided),
		Votes: each(a.Votes, func(v model.Vote) voteJSON { return voteOf(c, v) })}
}

func voteOf(c workflow.CaseView, v model.Vote) voteJSON {
	out := voteJSON{Voter: c.Name(v.Voter), Verdict: v.Verdict, Allowed: accessOf(v.Allowed), Comment: v.Comment,
		Digest: v.Digest, At: moment(v.At), Emergency: v.Emergency}
	if v.Seat != v.Voter {
		out.For = c.Name(v.Seat)
	}
	return out
}

func taskOf(c workflow.CaseView, t model.Task) taskJSON {
	out := taskJSON{Number: t.Number, Kind: t.Kind, State: t.State.Words(), Code: t.State, Group: t.Group,
		Assignee: c.Name(t.Assignee), Closed: moment(t.Closed), Notes: t.CloseNotes}
	if t.Picked.Named() {
		out.Picked = &t.Picked
	}
	return out
}

func actionOf(p model.Permission) actionJSON {
	out := actionJSON{Action: p.Action, Allowed: p.Err == nil}
	if p.Err != nil {
		out.Reason = p.Err.Error()
		out.Code = denyCode(p.Err)
	}
	return out
}
