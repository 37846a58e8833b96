package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// fieldWho is the answer that lists from whom access is taken.
const fieldWho = "who"

// maxTaken is from how many people access is taken at once.
const maxTaken = 100

// Take begins the taking of access that was not granted here: the target is what a
// search found or a UID, a path is looked up in the vault first. Who are addresses,
// or the UIDs of teams in a folder. It makes a request without approval, since an
// admin may revoke, and returns its task, which the actor has: Plan shows what
// each of them has now and would lose, Fulfil runs it. It fails with a
// *model.Denied for whoever is no admin, with an Invalid (keys "on", "who" and
// "comment") where somebody has nothing or owns it, or is the service account, and
// with a *VaultError when the vault is away.
func (s *Service) Take(ctx context.Context, actorID model.PersonID, on model.Target, who []string, reason string) (model.Number, error) {
	if err := s.mayTake(ctx, actorID); err != nil {
		return "", err
	}
	if err := validComment(reason, true); err != nil {
		return "", err
	}
	who, err := checkedWho(who)
	if err != nil {
		return "", err
	}
	facts, err := s.factsToTake(ctx, actorID, on)
	if err != nil {
		return "", err
	}
	if err := s.takeable(ctx, facts, who); err != nil {
		return "", err
	}
	var task model.Number
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := taker(tx, actorID)
		if err != nil {
			return err
		}
		task, err = s.openTaking(tx, a, facts, who, strings.TrimSpace(reason))
		return err
	})
	return task, err
}

func (s *Service) mayTake(ctx context.Context, actorID model.PersonID) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		_, err := taker(tx, actorID)
		return err
	})
}

// taker loads an actor who may take access that was not granted here.
func taker(tx *store.Tx, id model.PersonID) (model.Actor, error) {
	a, err := actor(tx, id)
	if err == nil && !a.Has(model.RoleAdmin) {
		err = &model.Denied{Code: model.DenyRole, Reason: "only admins take access that was not granted here"}
	}
	return a, err
}

// checkedWho returns the addresses without repetitions.
func checkedWho(who []string) ([]string, error) {
	var out []string
	for _, address := range who {
		address = strings.TrimSpace(address)
		if err := model.ValidateEmail(address); err != nil && !model.UID(address).Valid() {
			return nil, Invalid{fieldWho: fmt.Sprintf("%q: %v", address, err)}
		}
		p := model.Person{Email: address}
		if !slices.ContainsFunc(out, p.Is) {
			out = append(out, address)
		}
	}
	switch {
	case len(out) == 0:
		return nil, Invalid{fieldWho: "choose from whom it is taken"}
	case len(out) > maxTaken:
		return nil, Invalid{fieldWho: fmt.Sprintf("at most %d at once", maxTaken)}
	}
	return out, nil
}

// WhoHas reads live who has a record or a folder, for an admin who may take it from
// them: by its UID, or by the path in Described. It fails as Take does.
func (s *Service) WhoHas(ctx context.Context, actorID model.PersonID, on model.Target) (model.RecordFacts, error) {
	if err := s.mayTake(ctx, actorID); err != nil {
		return model.RecordFacts{}, err
	}
	return s.factsToTake(ctx, actorID, on)
}

// factsToTake reads live who has the target.
func (s *Service) factsToTake(ctx context.Context, actorID model.PersonID, on model.Target) (model.RecordFacts, error) {
	var facts model.RecordFacts
	var err error
	switch {
	case on.UID.Valid():
		facts, err = s.allFacts(ctx, on.UID)
	case on.UID == "" && strings.TrimSpace(on.Described) != "":
		facts, err = s.atPath(ctx, actorID, on.Described)
	default:
		err = Invalid{"on": fmt.Sprintf("%q is no UID of the vault: search for the record or folder first", string(on.UID))}
	}
	switch {
	case err != nil:
		return facts, err
	case facts.Gone:
		return facts, goneError(on.UID)
	case facts.Unshareable() != "":
		return facts, Invalid{"on": facts.Unshareable()}
	}
	return facts, nil
}

// atPath finds what lies at a path, such as Infra/Databases/prod-db-01. The vault
// is asked by UID alone, since it takes a part of a title for the whole
// (PROTOCOL 12.1): what bears the last name in the index is read, and its own path
// compared.
func (s *Service) atPath(ctx context.Context, actorID model.PersonID, path string) (model.RecordFacts, error) {
	path = plainPath(path)
	name := path[strings.LastIndex(path, "/")+1:]
	answer, err := s.Search(ctx, actorID, name, model.TargetNone)
	if err != nil {
		return model.RecordFacts{}, err
	}
	var found []model.RecordFacts
	tried := 0
	for _, h := range answer.Hits {
		if !strings.EqualFold(h.Title, name) || tried == maxAtPath {
			continue
		}
		tried++
		facts, err := s.allFacts(ctx, h.UID)
		if err != nil {
			return facts, err
		}
		if liesAt(facts, path) {
			found = append(found, facts)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return model.RecordFacts{}, Invalid{"on": fmt.Sprintf("nothing lies at %q, as far as the service account sees: search for it", path)}
	}
	return model.RecordFacts{}, Invalid{"on": fmt.Sprintf("%d lie at %q: name one by its UID", len(found), path)}
}

// maxAtPath is how many of one name are read to find the one at a path.
const maxAtPath = 5

func plainPath(path string) string {
	return strings.Trim(strings.ReplaceAll(path, `\`, "/"), "/ ")
}

// liesAt reports whether a path, or a name alone, leads to a record or folder,
// ignoring case.
func liesAt(f model.RecordFacts, path string) bool {
	at := plainPath(f.Path)
	if f.Kind == model.TargetRecord {
		at = plainPath(at + "/" + f.Title)
	}
	return !f.Gone && (strings.EqualFold(at, path) || strings.EqualFold(f.Title, path))
}

// takeable says from whom access cannot be taken, and why.
func (s *Service) takeable(ctx context.Context, facts model.RecordFacts, who []string) error {
	r, err := s.ask(ctx, askAccount, question{})
	if err != nil {
		return err
	}
	account := model.Person{Email: r.Account}
	for _, address := range who {
		if account.Is(address) {
			return Invalid{fieldWho: fmt.Sprintf("%s is the service account: without it this program could do nothing more here", address)}
		}
		if facts.Share(address).None() {
			return Invalid{fieldWho: fmt.Sprintf("%s has no access to %q", address, facts.Target().Label())}
		}
	}
	if _, err := model.PlanTake(facts, who); err != nil {
		return Invalid{fieldWho: err.Error()}
	}
	return nil
}

// openTaking stores the request, its approval that is not required, and its task.
func (s *Service) openTaking(tx *store.Tx, a model.Actor, facts model.RecordFacts, who []string, reason string) (model.Number, error) {
	number, err := tx.NextNumber(model.PrefixRequest)
	if err != nil {
		return "", err
	}
	policy := s.settings.policy(model.ItemRevoke, model.Access{}, tx.Now)
	policy.Steps, policy.Fulfilment, policy.FulfillerDiffers = nil, model.FulfilByTask, false
	// It is for the admin: those who lose the access have no part in it.
	r := model.Request{Number: number, Item: model.ItemRevoke, RequestedBy: a.ID, RequestedFor: a.Email, Justification: reason,
		Target: facts.Target(), Answers: []model.Answer{{Field: fieldWho, Value: strings.Join(who, "\n")}}, State: model.Requested,
		Source: model.SourceConsole, Policy: policy, Correlation: newCorrelation(), Revision: 1, Created: tx.Now, Updated: tx.Now}
	if r.ID, err = tx.InsertRequest(r); err != nil {
		return "", err
	}
	ap := model.Approval{RequestID: r.ID, Step: 1, Group: policy.FulfilGroup, State: model.ApprovalNotRequired, Revision: 1, Decided: tx.Now}
	if _, err := tx.InsertApproval(ap); err != nil {
		return "", err
	}
	err = record(tx, change{by: a.ID, object: number, correlation: r.Correlation, action: "access.take", detail: string(r.Target.UID),
		texts: []model.AuditText{{Name: "from", Text: strings.Join(who, ", ")}, {Name: "target", Text: r.Target.Label()},
			{Name: "justification", Text: reason}},
		says: []string{"takes the access of " + strings.Join(who, ", ") + "; an admin needs no approval for that"}})
	if err != nil {
		return "", err
	}
	if err := moveRequest(tx, &r, model.EventApproved); err != nil {
		return "", err
	}
	return takeUp(tx, a, r)
}

// takeUp opens the task of a request in the hands of the actor.
func takeUp(tx *store.Tx, a model.Actor, r model.Request) (model.Number, error) {
	if err := openTask(tx, r, model.TaskFulfil); err != nil {
		return "", err
	}
	c, err := loadCase(tx, r.Number)
	if err != nil {
		return "", err
	}
	t, _ := c.OpenTask()
	t.State, t.Assignee = model.TaskInProgress, a.ID
	if err := updateTask(tx, t); err != nil {
		return "", err
	}
	return t.Number, record(tx, taskChange(a, c, t, "task.claim", "took "+string(t.Number)))
}

// takenFrom lists from whom a request takes access.
func takenFrom(r model.Request) []string {
	who, _ := r.Answer(fieldWho)
	return strings.Split(who, "\n")
}

// queueTaking queues the steps as plans of their own, so that one that is refused
// does not hold up the others.
func queueTaking(tx *store.Tx, base model.Operation, steps []model.Step) error {
	plan := base.Plan
	for i := range steps {
		base.Plan = fmt.Sprintf("%s.%d", plan, i+1)
		if err := queueSteps(tx, base, steps[i:i+1], model.Permanent); err != nil {
			return err
		}
	}
	return nil
}

// afterTaking closes the task once everything that it was to take is taken: the
// last order for each is done. While one is refused the task stays with who has it,
// to be planned again or closed with a reason.
func (w *Worker) afterTaking(tx *store.Tx, c model.Case, op model.Operation) error {
	last := map[string]model.Operation{}
	for _, o := range c.Operations {
		if o.TaskID == op.TaskID && o.ID >= last[o.Intent.Email].ID {
			last[o.Intent.Email] = o
		}
	}
	for _, o := range last {
		if o.State != model.OpDone && o.State != model.OpCancelled {
			return nil
		}
	}
	for _, task := range c.Tasks {
		if task.ID == op.TaskID && !task.State.Closed() {
			return closeTask(tx, model.System, c, task, model.TaskClosedComplete, takenWords(c))
		}
	}
	return nil
}

// account returns the address of the service account, which never changes while
// the worker runs.
func (w *Worker) account(ctx context.Context, t *tenure) (string, error) {
	if known := w.self.Load(); known != nil {
		return *known, nil
	}
	done, ok := t.begin()
	if !ok {
		return "", noWorker()
	}
	defer done()
	ctx, cancel := context.WithTimeout(WithPriority(ctx, PriorityPerson), w.opt.ReadLimit)
	defer cancel()
	address, err := w.vault.Account(ctx)
	if err == nil {
		w.self.Store(&address)
	}
	return address, err
}

// taken ends what somebody had through us on a target from which their share was
// taken by another request.
func taken(tx *store.Tx, op model.Operation, by model.Number) error {
	grants, err := tx.OpenGrants(op.Intent.Object(), op.Intent.Email)
	if err != nil {
		return err
	}
	for _, g := range grants {
		if g.Link != "" {
			continue
		}
		if err := endFor(tx, g, model.GrantRevoked, "taken by "+string(by)); err != nil {
			return err
		}
	}
	return nil
}

// takenWords is what a task to take access has done, once all of it is done.
func takenWords(c model.Case) string {
	return "none of them has access any more: " + strings.Join(takenFrom(c.Request), ", ")
}
