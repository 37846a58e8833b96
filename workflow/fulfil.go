package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Plan reads live what the person has now and says what would be done. It
// changes nothing. It fails with a *VaultError when the vault is away or does
// not know the record.
func (s *Service) Plan(ctx context.Context, actorID model.PersonID, task model.Number) (PlanView, error) {
	var c model.Case
	var t model.Task
	var back model.Share
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if c, t, err = loadTask(tx, task); err != nil {
			return err
		}
		if err := canOnTask(a, model.ActFulfil, c, t, tx); err != nil {
			return err
		}
		if t.Kind != model.TaskRevoke {
			return asVoted(tx, c)
		}
		if len(c.Grants) == 0 {
			return notFound(string(c.Request.Number) + " has no access to take back")
		}
		back, err = without(tx, c.Grants[len(c.Grants)-1])
		return err
	})
	if err != nil {
		return PlanView{}, err
	}
	ctx = WithCorrelation(ctx, c.Request.Correlation)
	if item, ok := model.FindItem(c.Request.Item); ok && item.Creates() && t.Kind != model.TaskRevoke {
		return s.planStore(ctx, task, c)
	}
	if t.Kind != model.TaskRevoke {
		var facts model.RecordFacts
		if c.Target().Named() {
			if facts, err = s.allFacts(ctx, c.Target().UID); err != nil {
				return PlanView{}, err
			}
		}
		return s.planWithTeam(ctx, task, c, facts)
	}
	g := c.Grants[len(c.Grants)-1]
	facts, err := s.factsOf(ctx, g)
	if err != nil {
		return PlanView{}, err
	}
	v := PlanView{Task: task, Facts: facts, Plan: returnPlan(g, back, facts, s.now())}
	v.Digest, err = planDigest(v.Plan)
	return v, err
}

// planFor makes the plan of a case from what the vault says.
func (s *Service) planFor(ctx context.Context, task model.Number, c model.Case, facts model.RecordFacts) (PlanView, error) {
	switch {
	case facts.Gone:
		return PlanView{}, goneError(facts.UID)
	case facts.Unshareable() != "":
		return PlanView{}, &VaultError{Kind: VaultFailed, NotSent: true, Text: facts.Unshareable()}
	case facts.UID != "" && facts.Kind != c.Target().Kind:
		return PlanView{}, &VaultError{Kind: VaultFailed, NotSent: true, Text: otherKind(c.Target().Kind, facts.Kind)}
	}
	under, err := s.underneath(ctx, c, facts)
	if err != nil {
		return PlanView{}, err
	}
	plan, err := planOver(c, facts, under, s.now())
	if err != nil {
		return PlanView{}, err
	}
	v := PlanView{Task: task, Facts: facts, Plan: plan, Differences: differences(c, facts)}
	v.Digest, err = planDigest(plan)
	return v, err
}

// PlanOf makes the plan that a request's item stands for, from what the vault
// says of its target: the zero facts where a new record goes to no folder. It
// fails where the vault cannot do what is allowed.
func PlanOf(c model.Case, facts model.RecordFacts, now time.Time) (model.Plan, error) {
	return planOver(c, facts, model.Share{}, now)
}

// planOver is PlanOf where what the person has now is itself a raise of ours, over
// what stands underneath.
func planOver(c model.Case, facts model.RecordFacts, under model.Share, now time.Time) (model.Plan, error) {
	r := c.Request
	item, ok := model.FindItem(r.Item)
	switch {
	case !ok:
		return model.Plan{}, fmt.Errorf("%s orders %q, which this version does not know", r.Number, string(r.Item))
	case item.Creates():
		share, _ := r.Answer(model.FieldShareIt)
		return model.PlanCreate(model.NewRecordOf(r, item), place(facts), r.RequestedFor, model.Right(share)), nil
	case r.Item == model.ItemRevoke:
		return model.PlanTake(facts, takenFrom(r))
	case r.Item == model.ItemOneTimeShare:
		return model.PlanLink(facts.Target(), r.Number, r.RequestedFor, r.Allowed, now)
	}
	team, _ := r.Answer(model.FieldTeam)
	rotate, _ := r.Answer(model.FieldRotate)
	w := model.Wanted{On: facts.Target(), Email: r.RequestedFor, Team: team, Access: r.Allowed, Standing: under,
		Rotate: rotate == "yes", Owner: facts.Owner}
	return planAccess(c, facts, w, facts.Share(r.RequestedFor), now)
}

// place is the folder that a new record goes to, which may lie inside a shared
// one.
func place(facts model.RecordFacts) model.Target {
	return model.Target{Kind: model.TargetFolder, UID: facts.UID, Title: facts.Title}
}

// differences says what is not as it was when the request was approved.
func differences(c model.Case, facts model.RecordFacts) []string {
	var out []string
	t := c.Target()
	if t.Title != "" && t.Named() && facts.Title != t.Title {
		out = append(out, fmt.Sprintf("approved as %q, the %s is now called %q", t.Title, t.Kind, facts.Title))
	}
	if t.Type != "" && facts.Type != t.Type {
		out = append(out, fmt.Sprintf("approved as a %s, the record is now a %s", t.Type, facts.Type))
	}
	return out
}

// planDigest identifies a plan: what was there and every step, but not the time
// of planning.
func planDigest(p model.Plan) (model.Digest, error) {
	// An end that is counted from now moves with the clock; its length is what
	// was confirmed.
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		if p.Steps[i].Intent.Limit.Length() > 0 {
			p.Steps[i].Intent.Expires = time.Time{}
		}
	}
	b, err := json.Marshal(struct {
		Now   model.Share
		Steps []model.Step
		None  string
	}{p.Now, p.Steps, p.Nothing})
	if err != nil {
		return "", fmt.Errorf("digest of a plan: %w", err)
	}
	sum := sha256.Sum256(b)
	return model.Digest(hex.EncodeToString(sum[:])), nil
}

// Fulfil queues the plan with that digest. It plans anew from a fresh answer of
// the vault and refuses with a *Conflict if that is another plan now. It returns
// at once; the screen follows the operations' rows. A plan that has nothing to
// do closes the task complete, saying why.
func (s *Service) Fulfil(ctx context.Context, actorID model.PersonID, task model.Number, digest model.Digest) error {
	view, err := s.Plan(ctx, actorID, task)
	if err != nil {
		return err
	}
	if view.Digest != digest {
		return &Conflict{Number: task, Changed: []string{"the plan is another one now: " + planWords(view.Plan)}}
	}
	return s.withTask(ctx, actorID, task, model.ActFulfil, func(tx *store.Tx, a model.Actor, c model.Case, t model.Task) error {
		picked := c.Target()
		if made, ok := c.Created(); ok && made.UID == view.Facts.UID {
			picked = made // only its share is planned
		}
		if t.Kind != model.TaskRevoke && picked.UID != view.Facts.UID {
			return &Conflict{Number: task, Changed: []string{fmt.Sprintf("another %s was picked meanwhile: %s", picked.Kind, picked.Label())}}
		}
		return queuePlan(tx, a.ID, c, t, view)
	})
}

func planWords(p model.Plan) string {
	if p.Nothing != "" {
		return p.Nothing
	}
	words := make([]string, len(p.Steps))
	for i, st := range p.Steps {
		words[i] = st.Intent.Words(st.Kind)
	}
	return strings.Join(words, ", then ")
}

// queuePlan writes a confirmed plan into the outbox. It fails with a *Conflict where
// the request is not what was approved.
func queuePlan(tx *store.Tx, by model.PersonID, c model.Case, t model.Task, view PlanView) error {
	if t.Kind != model.TaskRevoke {
		if err := asVoted(tx, c); err != nil {
			return err
		}
	}
	if view.Plan.Nothing != "" {
		return nothingToDo(tx, by, c, t, view.Plan.Nothing)
	}
	base := model.Operation{RequestID: c.Request.ID, TaskID: t.ID, Plan: newPlan(), State: model.OpQueued,
		Correlation: c.Request.Correlation, RequestedBy: by, Created: tx.Now, Updated: tx.Now}
	if t.Kind == model.TaskRevoke {
		base.TaskID, base.GrantID = 0, c.Grants[len(c.Grants)-1].ID
	}
	if c.Request.Item == model.ItemRevoke {
		if err := queueTaking(tx, base, view.Plan.Steps); err != nil {
			return err
		}
	} else if err := queueSteps(tx, base, view.Plan.Steps, c.Request.Allowed.Limit); err != nil {
		return err
	}
	ch := change{by: by, object: c.Request.Number, correlation: c.Request.Correlation, action: "task.fulfil",
		detail: string(t.Number) + " plan " + base.Plan + " digest " + string(view.Digest),
		texts:  []model.AuditText{{Name: "plan", Text: planWords(view.Plan)}},
		says:   []string{"runs the plan: " + planWords(view.Plan)}}
	return record(tx, ch)
}

// nothingToDo closes a task whose plan has no step, and ends the grant that a
// revoke task was about.
func nothingToDo(tx *store.Tx, by model.PersonID, c model.Case, t model.Task, why string) error {
	if g, open := c.OpenGrant(); open && t.Kind == model.TaskRevoke {
		if err := endGrant(tx, g.ID, model.GrantRevoked, why); err != nil {
			return err
		}
	}
	return closeTask(tx, by, c, t, model.TaskClosedComplete, "nothing to do: "+why)
}

// queueSteps inserts the steps of a plan in order. A step that waits for the end
// of the granted time is scheduled for about then; the worker sets the exact
// moment once the grant stands.
func queueSteps(tx *store.Tx, base model.Operation, steps []model.Step, limit model.Limit) error {
	for i, st := range steps {
		op := base
		op.Seq, op.Kind, op.Intent = i+1, st.Kind, st.Intent
		switch {
		case st.AfterGrant:
			op.State, op.NotBefore = model.OpScheduled, limit.End(tx.Now)
		case !st.At.IsZero():
			op.State, op.NotBefore = model.OpScheduled, st.At
		}
		if _, err := tx.InsertOperation(op); err != nil {
			return err
		}
	}
	return nil
}

// LookAgain makes the worker reconcile an unknown operation at once.
func (s *Service) LookAgain(ctx context.Context, actorID model.PersonID, operation int64) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		op, found, err := tx.Operation(operation)
		if err != nil {
			return err
		}
		if !found {
			return notFound(fmt.Sprintf("operation %d", operation))
		}
		c, err := caseOf(tx, op)
		if err != nil {
			return err
		}
		see := model.Can(a, model.ActSee, c, tx.Now)
		if op.Kind.Decides() {
			see = model.CanEndpoint(a, model.ActSee, model.EndpointRequest{}, tx.Now)
		}
		if see != nil {
			return see
		}
		if op.State != model.OpUnknown {
			return &Conflict{Number: c.Request.Number, Changed: []string{"the outcome is known: " + string(op.State)}}
		}
		op.NextLook = tx.Now
		if changed, err := tx.UpdateOperation(op, model.OpUnknown); err != nil || !changed {
			return orConflict(err, c.Request.Number)
		}
		return nil
	})
}
