package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// How often what stands is compared with the vault. The calls come after all
// others in the budget.
const (
	// checkAge is how old a comparison may be: each grant is looked at twice a day.
	checkAge = 12 * time.Hour
	// checkPause is the time between two readings for that alone: four a minute.
	checkPause = 15 * time.Second
	// checkAgain is when a target that could not be read is tried again.
	checkAgain = time.Hour
	// checkRest is how long nothing is read for it while the vault is away.
	checkRest = time.Minute
	// maxSuspects is how many wait to be read again; others wait for their turn.
	maxSuspects = 20
)

// checkGrants compares access that stands with what the vault shows, and notes
// where somebody has changed it there; it mends nothing. What was read since the
// last time for other reasons is compared first, for nothing; then the target
// whose grants were not compared for the longest time is read, all its grants at
// once.
func (w *Worker) checkGrants(t *tenure) error {
	since := w.comparedTo
	w.comparedTo = w.now()
	for _, facts := range w.svc.facts.since(since) {
		if err := w.compare(t, facts, false); err != nil {
			return err
		}
	}
	if w.now().Before(w.nextCheck) {
		return nil
	}
	g, found, err := w.grantToCheck(t)
	if err != nil || !found {
		return err
	}
	w.nextCheck = w.now().Add(checkPause)
	facts, err := w.lookToCheck(WithPriority(t.ctx, PriorityPolling), g)
	var e *VaultError
	switch {
	case t.ctx.Err() != nil:
		return nil
	case err != nil && (!errors.As(err, &e) || e.Passing()):
		w.nextCheck = w.now().Add(checkRest)
		return nil
	case err != nil:
		w.linger[g.ID] = w.now().Add(checkAgain)
		w.log.Warn(fmt.Sprintf("%s: whether the access to %q still stands could not be seen", g.Number, titleOr(g.Target.Title, g.Target.UID)), "error", err)
		return nil
	}
	delete(w.linger, g.ID)
	facts.UID = g.Target.UID // also where it is gone
	return w.compare(t, facts, true)
}

// grantToCheck returns a grant that was seen otherwise in passing, or else the one
// that was not compared for the longest time, if that is long enough.
func (w *Worker) grantToCheck(t *tenure) (model.Grant, bool, error) {
	if len(w.suspects) > 0 {
		g := w.suspects[0]
		w.suspects = w.suspects[1:]
		return g, true, nil
	}
	var old []model.Grant
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		old, err = tx.GrantsToCheck(tx.Now.Add(-checkAge), 1+len(w.linger))
		return err
	})
	for _, g := range old {
		if !w.now().Before(w.linger[g.ID]) {
			return g, true, err
		}
	}
	return model.Grant{}, false, err
}

// lookToCheck reads a record, or a folder after a sync.
func (w *Worker) lookToCheck(ctx context.Context, g model.Grant) (model.RecordFacts, error) {
	if g.Target.Kind == model.TargetFolder {
		return w.lookFolder(ctx, g.Target.UID)
	}
	return w.look(ctx, g.Target.UID)
}

// compare notes of every grant on a target what the vault shows of it. What was
// read in passing may be from the middle of a plan, so what it shows otherwise is
// news only when it has been read for this.
func (w *Worker) compare(t *tenure, facts model.RecordFacts, sure bool) error {
	var seen []model.Grant
	known := map[int64]string{}
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		grants, err := tx.OpenGrantsOn(facts.UID)
		if err != nil || len(grants) == 0 {
			return err
		}
		for _, g := range grants {
			known[g.ID] = g.Drift
		}
		seen, err = compared(tx, grants, facts)
		return err
	})
	if err != nil || len(seen) == 0 {
		return err
	}
	news := sure
	for _, g := range seen {
		if !sure && g.Drift != "" && g.Drift != known[g.ID] {
			if len(w.suspects) < maxSuspects {
				w.suspects = append(w.suspects, g)
			}
			return nil
		}
		news = news || g.Drift != known[g.ID] || facts.Read.Sub(g.Checked) > checkAgain
	}
	if !news {
		return nil
	}
	return wrapped(w.write(t, func(tx *store.Tx) error { return noteDrift(tx, facts) }), "compare the access to %s", facts.UID)
}

// compared returns the grants on a target that can be compared now, each with what
// the vault shows instead of it.
func compared(tx *store.Tx, grants []model.Grant, facts model.RecordFacts) ([]model.Grant, error) {
	busy, err := tx.OperationsUnderWay()
	if err != nil {
		return nil, err
	}
	var out []model.Grant
	for _, g := range grants {
		if !comparable(g, facts, tx.Now) || underWay(busy, g) {
			continue
		}
		g.Drift = driftOf(g, grants, facts)
		out = append(out, g)
	}
	return out, nil
}

// comparable reports whether an answer of the vault says anything about a grant:
// it came after the last change of it, and the grant is to stand now. What ends
// about now is for endGrants, and a link for followLinks.
func comparable(g model.Grant, facts model.RecordFacts, now time.Time) bool {
	return g.State == model.GrantActive && g.Link == "" && facts.Read.After(g.Updated) &&
		(g.Until.IsZero() || g.Until.After(now.Add(time.Minute)))
}

// underWay reports whether an order to the vault about the grant's share is.
func underWay(busy []model.Operation, g model.Grant) bool {
	p := model.Person{Email: g.Email}
	for _, o := range busy {
		if o.Intent.Object() == g.Target.UID && p.Is(o.Intent.Email) {
			return true
		}
	}
	return false
}

// driftOf says what the vault shows instead of a grant, "" where it shows it, or
// another one of the same person that lies over it.
func driftOf(g model.Grant, grants []model.Grant, facts model.RecordFacts) string {
	if facts.Gone {
		return fmt.Sprintf("the %s is gone from the vault, or no longer shared with the service account", g.Target.Kind)
	}
	have := facts.Share(g.Email)
	p := model.Person{Email: g.Email}
	for _, other := range grants {
		if p.Is(other.Email) && other.State == model.GrantActive && have.Same(model.Share{Right: other.Right, Expires: other.Until}) {
			return ""
		}
	}
	shows := have.Words()
	if have.Pending {
		shows += ", not accepted yet"
	}
	return fmt.Sprintf("the vault shows %s instead of %s", shows, model.Share{Right: g.Right, Expires: g.Until}.Words())
}

// noteDrift writes what the vault shows of the grants on a target, and tells their
// timelines where that is news.
func noteDrift(tx *store.Tx, facts model.RecordFacts) error {
	grants, err := tx.OpenGrantsOn(facts.UID)
	if err != nil {
		return err
	}
	was := map[int64]string{}
	for _, g := range grants {
		was[g.ID] = g.Drift
	}
	seen, err := compared(tx, grants, facts)
	if err != nil {
		return err
	}
	for _, g := range seen {
		if err := tx.CheckGrant(g.ID, g.Drift); err != nil {
			return err
		}
		if g.Drift == was[g.ID] {
			continue
		}
		c, err := loadCaseByID(tx, g.RequestID)
		if err != nil {
			return err
		}
		ch := change{by: model.System, object: g.Number, correlation: c.Request.Correlation, action: "grant.drift",
			detail: fmt.Sprintf("grant %d", g.ID), texts: []model.AuditText{{Name: "drift", Text: g.Drift}},
			says: []string{g.Email + ": " + g.Drift + ": changed outside this program"}}
		if g.Drift == "" {
			ch.action, ch.texts = "grant.agrees", nil
			ch.says = []string{g.Email + ": the vault shows the access again as it was given"}
		}
		if err := record(tx, ch); err != nil {
			return err
		}
	}
	return nil
}

// CloseGrant ends a grant here that the vault shows otherwise, and leaves the
// vault as it is: for what somebody took or changed there on purpose. The reason
// is required. It fails with a *model.Denied for whoever may not revoke it, and
// with a *Conflict where the vault was last seen to agree with the grant.
func (s *Service) CloseGrant(ctx context.Context, actorID model.PersonID, grant int64, reason string) error {
	if err := validComment(reason, true); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		g, found, err := tx.Grant(grant)
		if err != nil {
			return err
		}
		if !found {
			return notFound(fmt.Sprintf("grant %d", grant))
		}
		c, err := loadCase(tx, g.Number)
		if err != nil {
			return err
		}
		if err := model.Can(a, model.ActRevoke, c, tx.Now); err != nil {
			return err
		}
		if !g.State.Open() || g.Drift == "" {
			return &Conflict{Number: g.Number, Changed: []string{"the vault was not seen to show anything else: revoke the access instead"}}
		}
		reason = strings.TrimSpace(reason)
		if err := record(tx, change{by: a.ID, object: g.Number, correlation: c.Request.Correlation, action: "grant.close",
			detail: fmt.Sprintf("grant %d", g.ID), texts: []model.AuditText{{Name: "reason", Text: reason}, {Name: "drift", Text: g.Drift}},
			says: []string{"closed by hand, and the vault left as it is: " + reason}}); err != nil {
			return err
		}
		return endFor(tx, g, model.GrantEnded, "closed by hand: "+g.Drift)
	})
}
