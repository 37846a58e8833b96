package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// Draft is a request that has not been submitted.
type Draft struct {
	Item          model.ItemKey
	For           string // an e-mail, or a team's UID; "" means the actor's own address
	Target        model.Target
	Asked         model.Access
	Justification string
	Answers       []model.Answer
	// Secrets are the answers that are sealed at once, by field. Submit wipes
	// them.
	Secrets map[string][]byte `json:"-"`
	// Without are the fields that stay empty although the vault would generate
	// them by default. Only forms ask, so that what is kept comes back as it was
	// left; for Submit, a field without an answer is empty.
	Without  []string `json:"-"`
	RefersTo model.Number
	Source   model.Source
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
		_, err = s.validate(a, d, tx.Now)
		return err
	})
}

// validate returns the item of a valid draft, or an Invalid.
func (s *Service) validate(a model.Actor, d Draft, now time.Time) (model.Item, error) {
	item, ok := model.FindItem(d.Item)
	if !ok || !item.Offered {
		return item, Invalid{"item": fmt.Sprintf("%q cannot be ordered here", string(d.Item))}
	}
	if item.Searches() {
		if err := s.wrongSearch(a, item); err != nil {
			return item, err
		}
	}
	wrong := Invalid{}
	if item.Target != model.TargetNone && !item.Searches() {
		reason := wrongTarget(item, d.Target)
		if reason == "" {
			reason = s.knownWrong(a, item, d.Target, now)
		}
		if reason != "" {
			wrong[string(item.Target)] = reason
		}
	}
	if reason := wrongRecipient(a, item, d); reason != "" {
		wrong["for"] = reason
	}
	if item.Grants() {
		s.wrongAccess(item, d, now, wrong)
	}
	s.wrongAnswers(item, d, wrong)
	if err := model.ValidateJustification(d.Justification); err != nil {
		wrong["justification"] = err.Error()
	}
	if len(wrong) > 0 {
		return item, wrong
	}
	return item, nil
}

// wrongRecipient says why nobody of that name can get what the draft asks for.
// Only an admin asks for a team, and only for a folder (PROTOCOL 12.3).
func wrongRecipient(a model.Actor, item model.Item, d Draft) string {
	if model.UID(d.For).Valid() {
		name, _ := d.answer(model.FieldTeam)
		switch {
		case item.Key != model.ItemFolderAccess:
			return "a team can only be given a folder"
		case !a.Has(model.RoleAdmin):
			return "only admins ask for a team"
		case name == "":
			return "name the team beside its UID, so that who decides knows which it is"
		}
		if err := (model.Field{Kind: model.FieldText}).Validate(name); err != nil {
			return "the team's name: " + err.Error()
		}
		return ""
	}
	if err := model.ValidateEmail(recipient(a, d)); err != nil {
		return err.Error()
	}
	return ""
}

// wrongAccess checks the right and the time.
func (s *Service) wrongAccess(item model.Item, d Draft, now time.Time, wrong Invalid) {
	if reason := wrongRight(item, d.Asked.Right); reason != "" {
		wrong["right"] = reason
		return
	}
	if item.Key == model.ItemOneTimeShare {
		switch {
		case model.PAM(d.Target.Type):
			wrong[string(item.Target)] = model.NoLinks(d.Target.Type)
		case len(s.settings.Recipients) == 0:
			wrong[string(item.Target)] = errNoRecipient.Error()
		}
		if _, err := model.PlanLink(model.Target{}, "", "", d.Asked, now); err != nil {
			wrong["limit"] = err.Error()
		} else if left := d.Asked.Limit.End(now).Sub(now.UTC().Truncate(time.Second)); left < model.MinLimit {
			wrong["limit"] = "at least " + model.FormatDuration(model.MinLimit)
		}
		return
	}
	if rotate, _ := d.answer(model.FieldRotate); rotate == "yes" {
		if err := model.ValidateRotation(d.Target, d.Asked); err != nil {
			wrong[model.FieldRotate] = err.Error()
		}
	}
	w := model.Wanted{On: model.Target{Kind: item.Target}, Email: d.For, Access: d.Asked}
	if err := model.ValidateAccess(d.Asked.Right, d.Asked.Limit); err != nil {
		wrong["limit"] = err.Error()
	} else if err := w.Possible(); err != nil {
		wrong["limit"] = err.Error()
	} else if err := d.Asked.Limit.Validate(now); err != nil {
		wrong["limit"] = err.Error()
	}
}

// wrongAnswers checks what the item asks beside target, access and reason.
func (s *Service) wrongAnswers(item model.Item, d Draft, wrong Invalid) {
	answers := d.Answers
	if model.UID(d.For).Valid() {
		// No field of the form: it comes with the choice of a team.
		answers = slices.DeleteFunc(slices.Clone(answers), func(a model.Answer) bool { return a.Field == model.FieldTeam })
	}
	s.wrongFields(item.Answers(), answers, d.Secrets, item.Name, wrong)
	if !item.Creates() {
		return
	}
	if text, _ := d.answer(model.FieldDestroys); text != "" && len(s.settings.Recipients) == 0 {
		wrong[model.FieldDestroys] = errNoRecipient.Error()
	}
	if len(wrong) == 0 {
		s.wrongRecord(item, d, wrong)
	}
}

// wrongFields checks answers in the clear and secret ones against the fields that
// may be answered.
func (s *Service) wrongFields(fields []model.Field, answers []model.Answer, secrets map[string][]byte, name string, wrong Invalid) {
	given := map[string]string{}
	for _, a := range answers {
		if _, twice := given[a.Field]; twice {
			wrong[a.Field] = "answered twice"
			return
		}
		given[a.Field] = a.Value
	}
	size := 0
	for _, f := range fields {
		text, secret := given[f.Key], secrets[f.Key]
		delete(given, f.Key)
		_, generated := model.ParseGenerate(text)
		switch {
		case len(secret) > 0:
			if !f.Secret() {
				wrong[f.Key] = "this field is not kept secret: answer it in the clear"
				continue
			}
			if text != "" {
				wrong[f.Key] = "either typed or generated, not both"
				continue
			}
			if len(s.settings.Recipients) == 0 {
				wrong[f.Key] = errNoRecipient.Error()
				continue
			}
			text = string(secret)
		case f.Secret() && text != "" && !generated:
			wrong[f.Key] = "this field is secret: it must not be given in the clear"
			continue
		}
		if err := f.Validate(text); err != nil {
			wrong[f.Key] = err.Error()
		}
		if f.Vault != "" && !generated {
			size += len(text)
		}
	}
	for key := range given {
		wrong[key] = fmt.Sprintf("%s has no field of that name", name)
	}
	for key := range secrets {
		if !slices.ContainsFunc(fields, func(f model.Field) bool { return f.Key == key && f.Secret() }) {
			wrong[key] = fmt.Sprintf("%s has no secret field of that name", name)
		}
	}
	if size > model.MaxRecord {
		wrong[model.FieldTitle] = fmt.Sprintf("all answers together have %d bytes; at most %d fit into one order to the vault", size, model.MaxRecord)
	}
}

// answer returns the answer to a field and whether there is one.
func (d Draft) answer(field string) (string, bool) {
	return model.Request{Answers: d.Answers}.Answer(field)
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
	case n == 0 && item.Creates():
		return "" // who carries it out chooses the folder
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
// Invalid with one sentence a field, or a *model.Denied. The draft's secrets are
// sealed before anything is stored, and wiped.
func (s *Service) Submit(ctx context.Context, actorID model.PersonID, d Draft) (model.Request, error) {
	defer func() {
		for _, plain := range d.Secrets {
			seal.Wipe(plain)
		}
	}()
	var r model.Request
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if !a.Has(model.RoleRequestor) {
			return &model.Denied{Code: model.DenyRole, Reason: "only requestors order from the catalog"}
		}
		item, err := s.validate(a, d, tx.Now)
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
	policy := s.settings.policy(item.Key, d.Asked, tx.Now)
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
	if item.Creates() {
		r.Answers = withTitle(item, r.Answers)
	}
	if r.ID, err = tx.InsertRequest(r); err != nil {
		return r, err
	}
	return r, s.sealAnswers(tx, &r, item, d)
}

// sealAnswers stores the secret answers of a new request, sealed.
func (s *Service) sealAnswers(tx *store.Tx, r *model.Request, item model.Item, d Draft) error {
	for _, f := range item.Fields {
		plain := d.Secrets[f.Key]
		if len(plain) == 0 {
			continue
		}
		row, err := s.sealFor(r.Number, f.Key, plain)
		if err != nil {
			return err
		}
		row.RequestID = r.ID
		if row.ID, err = tx.InsertSealed(row); err != nil {
			return err
		}
		r.Sealed = append(r.Sealed, model.SealedAnswer{Field: f.Key, SecretID: row.ID, Commitment: row.Commitment})
	}
	// As they are read back.
	slices.SortFunc(r.Sealed, func(a, b model.SealedAnswer) int { return strings.Compare(a.Field, b.Field) })
	return nil
}

// withTitle adds the title that the answers make up where none was typed.
func withTitle(item model.Item, answers []model.Answer) []model.Answer {
	given := map[string]string{}
	for _, a := range answers {
		given[a.Field] = a.Value
	}
	if strings.TrimSpace(given[model.FieldTitle]) != "" {
		return answers
	}
	answers = slices.DeleteFunc(slices.Clone(answers), func(a model.Answer) bool { return a.Field == model.FieldTitle })
	return append([]model.Answer{{Field: model.FieldTitle, Value: item.MakeTitle(given)}}, answers...)
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
