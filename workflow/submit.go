package workflow

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
	"countersign/store"
)

// Draft is a request that has not been submitted.
type Draft struct {
	Item          model.ItemKey
	For           string // e-mail; "" means the actor's own
	Target        model.Target
	Asked         model.Access
	Justification string
	Answers       []model.Answer
	RefersTo      model.Number
	Source        model.Source
}

// Check validates a draft at the present time without storing anything. The
// error is nil, an Invalid keyed by the item's field keys, or a fault of the
// store.
func (s *Service) Check(ctx context.Context, actorID model.PersonID, d Draft) error {
	return s.db.Read(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		_, err = validate(a, d, tx.Now)
		return err
	})
}

// validate returns the item of a valid draft, or an Invalid.
func validate(a model.Actor, d Draft, now time.Time) (model.Item, error) {
	item, ok := model.FindItem(d.Item)
	if !ok || !item.Offered {
		return item, Invalid{"item": fmt.Sprintf("%q cannot be ordered here", string(d.Item))}
	}
	wrong := Invalid{}
	if item.Target != model.TargetNone {
		if reason := wrongTarget(item, d.Target); reason != "" {
			wrong[string(item.Target)] = reason
		}
	}
	if err := model.ValidateEmail(recipient(a, d)); err != nil {
		wrong["for"] = err.Error()
	}
	if item.Grants() {
		if reason := wrongRight(item, d.Asked.Right); reason != "" {
			wrong["right"] = reason
		} else if err := model.ValidateAccess(d.Asked.Right, d.Asked.Limit); err != nil {
			wrong["limit"] = err.Error()
		} else if err := d.Asked.Limit.Validate(now); err != nil {
			wrong["limit"] = err.Error()
		}
	}
	if err := model.ValidateJustification(d.Justification); err != nil {
		wrong["justification"] = err.Error()
	}
	if len(wrong) > 0 {
		return item, wrong
	}
	return item, nil
}

// recipient is who gets the access of a draft.
func recipient(a model.Actor, d Draft) string {
	if d.For == "" {
		return a.Email
	}
	return d.For
}

func wrongTarget(item model.Item, t model.Target) string {
	n := utf8.RuneCountInString(strings.TrimSpace(t.Described))
	switch {
	case t.Named() && !t.UID.Valid():
		return fmt.Sprintf("%q is no UID of the vault", string(t.UID))
	case t.Named() && t.Kind != item.Target:
		return fmt.Sprintf("a %s is needed here, not a %s", item.Target, t.Kind)
	case t.Named():
		return ""
	case n == 0:
		return fmt.Sprintf("pick the %s, or describe it in words", item.Target)
	case n < model.MinDescription:
		return "describe it so that somebody else can find it"
	case n > model.MaxDescription || !utf8.ValidString(t.Described):
		return fmt.Sprintf("at most %d characters", model.MaxDescription)
	}
	return ""
}

func wrongRight(item model.Item, r model.Right) string {
	for _, offered := range item.Rights {
		if r == offered {
			return ""
		}
	}
	if r == "" {
		return "choose what you need"
	}
	return fmt.Sprintf("%q is not offered here", string(r))
}

// Submit stores a request and opens its approval. It returns the new request, an
// Invalid with one sentence a field, or a *model.Denied.
func (s *Service) Submit(ctx context.Context, actorID model.PersonID, d Draft) (model.Request, error) {
	var r model.Request
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if !a.Has(model.RoleRequestor) {
			return &model.Denied{Code: model.DenyRole, Reason: "only requestors order from the catalog"}
		}
		item, err := validate(a, d, tx.Now)
		if err != nil {
			return err
		}
		if r, err = s.newRequest(tx, a, item, d); err != nil {
			return err
		}
		return s.openApproval(tx, a, &r)
	})
	return r, err
}

func (s *Service) newRequest(tx *store.Tx, a model.Actor, item model.Item, d Draft) (model.Request, error) {
	number, err := tx.NextNumber(model.PrefixRequest)
	if err != nil {
		return model.Request{}, err
	}
	policy := s.settings.policy(item.Key)
	r := model.Request{
		Number: number, Item: item.Key, RequestedBy: a.ID, RequestedFor: recipient(a, d),
		Justification: d.Justification, Target: d.Target, Asked: d.Asked, Allowed: d.Asked, Answers: d.Answers,
		State: model.Requested, Due: policy.DueIn.End(tx.Now), Source: d.Source, RefersTo: d.RefersTo,
		Policy: policy, Correlation: newCorrelation(), Revision: 1, Created: tx.Now, Updated: tx.Now,
	}
	if r.Source == "" {
		r.Source = model.SourceConsole
	}
	if r.Target.Kind == model.TargetNone {
		r.Target.Kind = item.Target
	}
	r.ID, err = tx.InsertRequest(r)
	return r, err
}

// openApproval opens the first step and writes the history of the submission.
func (s *Service) openApproval(tx *store.Tx, a model.Actor, r *model.Request) error {
	step, ok := r.Policy.Step(1)
	if !ok {
		return fmt.Errorf("no approval group is configured for %s: set [approval] group in the configuration", r.Item)
	}
	ap := model.Approval{RequestID: r.ID, Step: 1, Group: step.Group, State: model.ApprovalRequested, Revision: 1}
	if _, err := tx.InsertApproval(ap); err != nil {
		return err
	}
	statement := model.StatementOf(*r, r.Allowed, namesIn(tx).short)
	return record(tx, change{
		by: a.ID, object: r.Number, correlation: r.Correlation, action: "request.submit",
		detail: "statement " + string(statement.Digest()),
		texts: []model.AuditText{
			{Name: "for", Text: r.RequestedFor},
			{Name: "target", Text: r.Target.Label()},
			{Name: "justification", Text: r.Justification},
		},
		says: []string{"requested, to be decided by " + step.Words()},
	})
}
