package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/model"
)

// planStore plans what is still to be done of a request that creates a record:
// all of it, or, where the record is there already, only its share.
func (s *Service) planStore(ctx context.Context, task model.Number, c model.Case) (PlanView, error) {
	v := PlanView{Task: task}
	r := c.Request
	item, _ := model.FindItem(r.Item)
	answer, _ := r.Answer(model.FieldShareIt)
	share := model.Right(answer)
	made, again := c.Created()
	if again {
		// Read after a sync: it may have been deleted in the web vault.
		now, err := s.ask(ctx, askContent, question{UID: made.UID})
		if err != nil {
			return v, err
		}
		if !now.Content.Facts.Gone {
			return s.planShare(v, c, now.Content.Facts, share)
		}
	}
	if folder := c.Target(); folder.Named() {
		var err error
		if v.Facts, err = s.allFacts(ctx, folder.UID); err != nil {
			return v, err
		}
		if err := cannotHold(v.Facts, folder.UID); err != nil {
			return v, err
		}
	}
	v.Plan = model.PlanCreate(model.NewRecordOf(r, item), place(v.Facts), r.RequestedFor, share)
	v.Differences = differences(c, v.Facts)
	if again {
		v.Plan.Warnings = append(v.Plan.Warnings, fmt.Sprintf("the record %s, which was made before, is gone from the vault: it is made again", made.UID))
	}
	s.sameTitle(ctx, &v)
	var err error
	v.Digest, err = planDigest(v.Plan)
	return v, err
}

// planShare plans the rest of a request whose record is there.
func (s *Service) planShare(v PlanView, c model.Case, facts model.RecordFacts, share model.Right) (PlanView, error) {
	v.Facts = facts
	if folder := c.Target(); folder.Named() && folder.UID != facts.In {
		v.Differences = append(v.Differences, lies(facts, folder))
	}
	if share == "" {
		v.Plan.Nothing = fmt.Sprintf("the record is there (%s), and nobody is to get a share of it", facts.UID)
	} else {
		var err error
		w := model.Wanted{On: facts.Target(), Email: c.Request.RequestedFor, Access: model.Access{Right: share}}
		if v.Plan, err = model.PlanAccess(w, facts.Share(c.Request.RequestedFor), s.now()); err != nil {
			return v, err
		}
	}
	var err error
	v.Digest, err = planDigest(v.Plan)
	return v, err
}

// lies says that a record does not lie in the folder that was chosen.
func lies(facts model.RecordFacts, chosen model.Target) string {
	where := "the root of the service account"
	if facts.In != "" {
		where = fmt.Sprintf("%q", facts.Path)
	}
	return fmt.Sprintf("the record lies in %s, not in %q: move it in the vault", where, chosen.Label())
}

// cannotHold says why a new record cannot be put into what was read under the
// UID of a folder.
func cannotHold(facts model.RecordFacts, uid model.UID) error {
	fail := &VaultError{Kind: VaultFailed, NotSent: true, Advice: "choose a shared folder, or one inside it"}
	switch {
	case facts.Gone:
		fail.Kind, fail.Text = VaultGone, fmt.Sprintf("the vault has no folder %s (any more), or does not show it to the service account", uid)
	case facts.Kind != model.TargetFolder:
		fail.Text = fmt.Sprintf("%s is no folder", uid)
	case facts.Unshareable() != "":
		fail.Text = facts.Unshareable()
	default:
		return nil
	}
	return fail
}

// sameTitle warns of records that are called like the one to be made. It says
// nothing where the index cannot be asked: no plan fails for that.
func (s *Service) sameTitle(ctx context.Context, v *PlanView) {
	for _, st := range v.Plan.Steps {
		if st.Kind != model.OpCreate {
			continue
		}
		r, err := s.ask(ctx, askSearch, question{Text: st.Intent.Title, Kind: model.TargetRecord})
		if err != nil {
			return
		}
		for _, h := range r.Search.Hits {
			if strings.EqualFold(h.Title, st.Intent.Title) {
				v.Plan.Warnings = append(v.Plan.Warnings, fmt.Sprintf("there is a record of that title already: %s (%s)", h.UID, h.Type))
				return
			}
		}
	}
}

// storeWarnings say what an approver has to know of a record to be made.
func storeWarnings(c model.Case, n model.NewRecord) []string {
	var out []string
	r := c.Request
	answer, _ := r.Answer(model.FieldShareIt)
	share := model.Right(answer)
	switch {
	case share.Owner():
		out = append(out, fmt.Sprintf("the new record will belong to %s for good", r.RequestedFor))
	case share != "":
		out = append(out, fmt.Sprintf("%s gets %s on the new record, permanently", r.RequestedFor, share.Words()))
	}
	if n.Destroys > 0 {
		out = append(out, fmt.Sprintf("%s gets a link that shows the record once; then it is destroyed, at the latest after %s",
			r.RequestedFor, model.FormatDuration(n.Destroys)))
	}
	if !c.Target().Named() {
		out = append(out, "no folder is named: who carries it out chooses it, or only the service account sees the record")
	}
	return out
}

// readContent reads what a record holds, for an admin who is about to change it.
func (w *Worker) readContent(ctx context.Context, uid model.UID) (model.RecordContent, error) {
	ctx, cancel := context.WithTimeout(WithPriority(ctx, PriorityPerson), w.opt.ReadLimit)
	defer cancel()
	content, err := w.vault.Content(ctx, uid)
	var e *VaultError
	if errors.As(err, &e) && e.Kind == VaultGone {
		return model.RecordContent{Facts: model.RecordFacts{UID: uid, Gone: true}}, nil
	}
	content.Facts.Read = w.now()
	return content, err
}
