package demo

import (
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// tale is the life of one request, written directly. Its methods are scenes: each
// writes what the verb of that name writes.
type tale struct {
	s       *stage
	by      model.Person
	email   string
	target  model.Target
	asked   model.Access
	why     string
	request model.Request
	step    model.Approval
	task    model.Task
	grant   model.Grant
}

// tale begins a request for a record.
func (s *stage) tale(by, title string, asked model.Access, why string) *tale {
	p := s.person(by)
	return &tale{s: s, by: p, email: p.Email, target: s.target(title), asked: asked, why: why}
}

// record writes the audit entry and the timeline of one thing that happened.
func (t *tale) record(tx *store.Tx, by model.PersonID, action, detail string, texts []model.AuditText, says ...string) error {
	err := tx.AppendAudit(model.AuditEvent{Actor: by, Action: action, Object: string(t.request.Number), Detail: detail,
		Texts: texts, Correlation: t.request.Correlation})
	for _, text := range says {
		if err == nil {
			err = t.say(tx, by, model.EntryEvent, text)
		}
	}
	return err
}

func (t *tale) say(tx *store.Tx, by model.PersonID, kind model.EntryKind, text string) error {
	return tx.AppendEntry(model.Entry{Object: string(t.request.Number), At: tx.Now, By: by, Kind: kind, Text: text})
}

func (t *tale) submit(tx *store.Tx) error {
	number, err := tx.NextNumber(model.PrefixRequest)
	if err != nil {
		return err
	}
	p := policy()
	t.request = model.Request{Number: number, Item: model.ItemRecordAccess, RequestedBy: t.by.ID, RequestedFor: t.email,
		Justification: t.why, Target: t.target, Asked: t.asked, Allowed: t.asked, State: model.Requested,
		Due: p.DueIn.End(tx.Now), Source: model.SourceConsole, Policy: p, Correlation: t.s.correlation(), Revision: 1,
		Created: tx.Now, Updated: tx.Now}
	if t.request.ID, err = tx.InsertRequest(t.request); err != nil {
		return err
	}
	t.step = model.Approval{RequestID: t.request.ID, Step: 1, Group: Approvers, State: model.ApprovalRequested, Revision: 1}
	if t.step.ID, err = tx.InsertApproval(t.step); err != nil {
		return err
	}
	statement := model.StatementOf(t.request, t.request.Allowed, t.s.short)
	return t.record(tx, t.by.ID, "request.submit", "statement "+string(statement.Digest()), []model.AuditText{
		{Name: "for", Text: t.email}, {Name: "target", Text: t.target.Label()}, {Name: "justification", Text: t.why},
	}, "requested, to be decided by "+p.Steps[0].Words())
}

// decide gives the only vote that is needed, and opens the task.
func (t *tale) decide(by string, v model.Verdict, allow model.Access, comment string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		voter := t.s.person(by)
		if v == model.Deny {
			allow = t.request.Allowed
		}
		digest := model.StatementOf(t.request, allow, t.s.short).Digest()
		err := tx.InsertVote(model.Vote{ApprovalID: t.step.ID, Voter: voter.ID, Seat: voter.ID, Verdict: v, Digest: digest,
			Allowed: allow, Comment: comment, At: tx.Now})
		if err != nil {
			return err
		}
		if err := t.recordVote(tx, voter, v, allow, digest, comment); err != nil {
			return err
		}
		t.request.Allowed = allow
		state, event := model.ApprovalApproved, model.EventApproved
		if v == model.Deny {
			state, event = model.ApprovalRejected, model.EventRejected
			t.request.Outcome = "denied by " + by
		}
		if err := unchanged(tx.CloseApproval(t.step.ID, state)); err != nil {
			return err
		}
		if err := t.move(tx, event); err != nil || v == model.Deny {
			return err
		}
		return t.openTask(tx)
	}
}

func (t *tale) recordVote(tx *store.Tx, voter model.Person, v model.Verdict, allow model.Access, digest model.Digest, comment string) error {
	said, detail := v.Past(), "digest "+string(digest)
	if v == model.Approve {
		detail += ", allowed " + allow.Words()
		if allow != t.asked {
			said += ", lowered to " + allow.Words()
		}
	}
	var texts []model.AuditText
	if comment != "" {
		texts = []model.AuditText{{Name: "comment", Text: comment}}
	}
	err := t.record(tx, voter.ID, "request."+string(v), detail, texts, said)
	if err == nil && comment != "" {
		err = t.say(tx, voter.ID, model.EntryComment, comment)
	}
	return err
}

// move moves the request by an event.
func (t *tale) move(tx *store.Tx, e model.Event) error {
	from := t.request.State
	next, err := model.Next(from, e)
	if err != nil {
		return err
	}
	t.request.State = next
	if next.Closed() {
		t.request.Closed = tx.Now
	}
	return unchanged(tx.UpdateRequest(t.request, from))
}

func (t *tale) openTask(tx *store.Tx) error {
	number, err := tx.NextNumber(model.PrefixTask)
	if err != nil {
		return err
	}
	t.task = model.Task{Number: number, RequestID: t.request.ID, Kind: model.TaskFulfil, Group: Admins, State: model.TaskOpen,
		Revision: 1, Correlation: t.request.Correlation, Created: tx.Now, Updated: tx.Now}
	if t.task.ID, err = tx.InsertTask(t.task); err != nil {
		return err
	}
	return t.record(tx, model.System, "task.open", string(number)+" "+string(model.TaskFulfil), nil,
		string(number)+" opened for "+string(Admins))
}

func (t *tale) withdraw(reason string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if err := unchanged(tx.CloseApproval(t.step.ID, model.ApprovalCancelled)); err != nil {
			return err
		}
		t.request.Outcome = "withdrawn by " + t.by.Short()
		var texts []model.AuditText
		says := "withdrawn"
		if reason != "" {
			texts, says = []model.AuditText{{Name: "reason", Text: reason}}, says+": "+reason
		}
		if err := t.record(tx, t.by.ID, "request.withdraw", "", texts, says); err != nil {
			return err
		}
		return t.move(tx, model.EventWithdrawn)
	}
}

func (t *tale) claim(by string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		worker := t.s.person(by)
		t.task.State, t.task.Assignee = model.TaskInProgress, worker.ID
		if err := t.updateTask(tx); err != nil {
			return err
		}
		return t.record(tx, worker.ID, "task.claim", string(t.task.Number), nil, "took "+string(t.task.Number))
	}
}

// close closes the task, and the request with it.
func (t *tale) close(by string, state model.TaskState, notes string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return t.closeTask(tx, t.s.person(by).ID, state, notes) }
}

func (t *tale) closeTask(tx *store.Tx, by model.PersonID, state model.TaskState, notes string) error {
	t.task.State, t.task.Closed, t.task.CloseNotes = state, tx.Now, notes
	if err := t.updateTask(tx); err != nil {
		return err
	}
	said := string(t.task.Number) + " closed " + state.Words()
	var texts []model.AuditText
	if notes != "" {
		said += ": " + notes
		texts = []model.AuditText{{Name: "notes", Text: notes}}
	}
	if err := t.record(tx, by, "task.close", string(t.task.Number)+" "+state.Words(), texts, said); err != nil {
		return err
	}
	event, _ := model.Outcome([]model.Task{t.task})
	t.request.Outcome = notes
	return t.move(tx, event)
}

func (t *tale) updateTask(tx *store.Tx) error {
	err := unchanged(tx.UpdateTask(t.task))
	t.task.Revision++
	return err
}

// unchanged turns a conditional write that changed nothing into an error: in a
// story nobody else is at work.
func unchanged(changed bool, err error) error {
	if err == nil && !changed {
		err = fmt.Errorf("a scene found the queue other than the one before it left it")
	}
	return err
}

// at plays a scene of the tale some time before the end of the story.
func (t *tale) at(when time.Time, fn func(tx *store.Tx) error) *tale {
	t.s.write(when, fn)
	return t
}

// expire ends a request that nobody decided in time.
func (t *tale) expire(tx *store.Tx) error {
	if err := unchanged(tx.CloseApproval(t.step.ID, model.ApprovalCancelled)); err != nil {
		return err
	}
	t.request.Outcome = "nobody decided in time"
	if err := t.record(tx, model.System, "request.expire", "due "+t.request.Due.Format(time.RFC3339), nil, "expired: nobody decided in time"); err != nil {
		return err
	}
	return t.move(tx, model.EventExpired)
}
