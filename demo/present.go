package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/workflow"
)

// order is a request that goes through the verbs.
type order struct {
	s      *stage
	by     string
	draft  workflow.Draft
	policy model.Policy
	number model.Number // once it is submitted
	taken  model.Number // of its task, once somebody took it
}

// numbers are those of the order, as the worker's log names it.
func (o *order) numbers() string { return string(o.number) + ", " + string(o.taken) }

// order begins a request for a record by its title.
func (s *stage) order(by, title string, right model.Right, limit model.Limit, why string) *order {
	s.requests++
	return &order{s: s, by: by, policy: policy(), draft: workflow.Draft{Item: model.ItemRecordAccess, Target: s.target(title),
		Asked: model.Access{Right: right, Limit: limit}, Justification: why}}
}

// described lets the request say in words what it is about.
func (o *order) described(words string) *order {
	o.draft.Target = model.Target{Kind: model.TargetRecord, Described: words}
	return o
}

func (o *order) to(email string) *order {
	o.draft.For = email
	return o
}

// due sets how long the request waits at most.
func (o *order) due(in time.Duration) *order {
	o.policy.DueIn = model.For(in)
	return o
}

// needs sets how many approvers have to agree.
func (o *order) needs(n int) *order {
	o.policy.Steps = []model.PolicyStep{{Group: Approvers, Mode: model.NOf, Needed: n}}
	return o
}

func (o *order) submit(age time.Duration) *order {
	o.s.verb(o.s.ago(age), func(ctx context.Context) error {
		r, err := o.s.service(o.policy).Submit(ctx, o.s.person(o.by).ID, o.draft)
		o.number = r.Number
		return err
	})
	return o
}

func (o *order) comment(age time.Duration, by, text string) *order {
	return o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		return svc.Comment(ctx, who, o.number, model.EntryComment, text)
	})
}

func (o *order) decide(age time.Duration, by string, v model.Verdict, comment string) *order {
	return o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		c, err := svc.Case(ctx, who, o.number)
		if err != nil {
			return err
		}
		allow := c.Request.Allowed
		_, err = svc.Decide(ctx, who, workflow.Decision{Number: o.number, Revision: c.Request.Revision,
			Digest: c.Statement(allow).Digest(), Verdict: v, Allow: allow, Comment: comment})
		return err
	})
}

func (o *order) withdraw(age time.Duration, reason string) *order {
	return o.act(age, o.by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		return svc.Withdraw(ctx, who, o.number, reason)
	})
}

func (o *order) claim(age time.Duration, by string) *order {
	return o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		task, err := o.task(ctx, svc, who)
		if err != nil {
			return err
		}
		o.taken = task.Number
		return svc.Claim(ctx, who, task.Number)
	})
}

// skip closes the task as not needed.
func (o *order) skip(age time.Duration, by, reason string) *order {
	return o.act(age, by, func(ctx context.Context, svc *workflow.Service, who model.PersonID) error {
		task, err := o.task(ctx, svc, who)
		if err != nil {
			return err
		}
		return svc.CloseTask(ctx, who, task.Number, model.TaskClosedSkipped, reason)
	})
}

func (o *order) task(ctx context.Context, svc *workflow.Service, who model.PersonID) (model.Task, error) {
	c, err := svc.Case(ctx, who, o.number)
	if err != nil {
		return model.Task{}, err
	}
	task, ok := c.OpenTask()
	if !ok {
		return task, fmt.Errorf("%s has no open task", o.number)
	}
	return task, nil
}

func (o *order) act(age time.Duration, by string, do func(context.Context, *workflow.Service, model.PersonID) error) *order {
	o.s.verb(o.s.ago(age), func(ctx context.Context) error {
		return do(ctx, o.s.service(o.policy), o.s.person(by).ID)
	})
	return o
}

// stuck writes what the worker left of an order: an operation in the given state
// with the words about it.
func (o *order) stuck(age time.Duration, change func(tx *store.Tx, op *model.Operation) error) *order {
	o.s.write(o.s.ago(age), func(tx *store.Tx) error {
		c, found, err := tx.Case(o.number)
		if err != nil || !found {
			return fmt.Errorf("find %q: %w", o.number, err)
		}
		task, _ := c.OpenTask()
		op := model.Operation{RequestID: c.Request.ID, TaskID: task.ID, Plan: o.s.planID(), Seq: 1, Kind: model.OpGrant,
			Intent: model.Intent{Record: c.Target().UID, Title: c.Target().Title, Email: c.Request.RequestedFor,
				Right: c.Request.Allowed.Right, Limit: c.Request.Allowed.Limit},
			Attempts: 1, Fence: 1, Correlation: c.Request.Correlation, RequestedBy: task.Assignee, Created: tx.Now}
		if err := change(tx, &op); err != nil {
			return err
		}
		_, err = tx.InsertOperation(op)
		return err
	})
	return o
}

// long is a justification as people write it when they mean it well.
func long() string {
	return "CHG0031877 https://tickets.example.com/browse/CHG0031877?view=full — " + strings.Join([]string{
		"The night job that loads the warehouse has failed since the upgrade of the ledger on Tuesday;",
		"the vendor (case 8-44127) wants the statement log of a whole run and the settings before and after.",
		"I have the change window from 22:00 to 02:00 and would take the log during it, together with Noah, who checks the numbers.",
		"Wendy has made room for 40 GB. Afterwards I set everything back; the checklist is in the ticket.",
	}, " ")
}
