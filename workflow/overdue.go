package workflow

import (
	"errors"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// overdueRequests does with the requests that nobody decided in time what their
// policy says.
func (w *Worker) overdueRequests(t *tenure) error {
	var overdue []model.Request
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		overdue, err = tx.OverdueRequests(atOnce)
		return err
	})
	if err != nil {
		return err
	}
	return each(w, t, overdue, func(r model.Request) error {
		var conflict *Conflict
		said := ""
		err := w.write(t, func(tx *store.Tx) error {
			var err error
			said, err = atDue(tx, r.Number)
			return err
		})
		if errors.As(err, &conflict) {
			return nil // somebody was first
		}
		if err == nil && said != "" {
			w.log.Info(string(r.Number)+" "+said, store.LogCorrelation, r.Correlation)
		}
		return wrapped(err, "end the time to decide %s", r.Number)
	})
}

// atDue ends the time to decide one request, if it is still overdue, and returns
// what came of it, "" if nothing did.
func atDue(tx *store.Tx, n model.Number) (string, error) {
	c, err := loadCase(tx, n)
	if err != nil || c.Request.State != model.Requested || !c.Request.Overdue(tx.Now) {
		return "", err
	}
	ap, open := c.OpenApproval()
	action := model.OverdueExpire
	if open {
		action = c.Request.Policy.AtDue(ap.Group)
	}
	switch action {
	case model.OverdueRemind:
		return "is still undecided: those who can decide it are reminded", remind(tx, c, ap)
	case model.OverdueEscalate:
		to := c.Request.Policy.EscalateTo
		return "is escalated to " + string(to) + ": nobody decided in time", escalateStep(tx, c, ap, to)
	}
	if open {
		if err := closeApproval(tx, c.Request, ap, model.ApprovalCancelled); err != nil {
			return "", err
		}
	}
	due, why := c.Request.LastDue(), "nobody decided in time"
	if c.Request.NeedsInfo {
		why = "the question was not answered, and nobody decided in time"
	}
	c.Request.Outcome = why
	if err := moveRequest(tx, &c.Request, model.EventExpired); err != nil {
		return "", err
	}
	return "is expired: " + why, record(tx, change{by: model.System, object: n, correlation: c.Request.Correlation,
		action: "request.expire", detail: dueWords(due), says: []string{"expired: " + why}})
}

func dueWords(due time.Time) string { return "due " + due.Format(time.RFC3339) }

// remind tells those who can decide, and lets the request be due once more.
func remind(tx *store.Tx, c model.Case, ap model.Approval) error {
	r := &c.Request
	left, err := able(tx, c, ap)
	if err != nil {
		return err
	}
	if err := tell(tx, left, "", r.Number, fmt.Sprintf("%s still waits for your decision", r.Number)); err != nil {
		return err
	}
	if r.NeedsInfo {
		requestor := namesIn(tx)
		err := tell(tx, []model.Person{requestor.person(r.RequestedBy)}, "", r.Number, fmt.Sprintf("%s still waits for your answer", r.Number))
		if err = errors.Join(err, requestor.err); err != nil {
			return err
		}
	}
	err = record(tx, change{by: model.System, object: r.Number, correlation: r.Correlation, action: "request.remind",
		detail: dueWords(r.LastDue()), says: []string{"nobody decided in time: " + string(ap.Group) + " was reminded"}})
	if err != nil {
		return err
	}
	r.Due = r.DueAgain(tx.Now)
	return updateRequest(tx, *r, model.Requested)
}

// escalateStep gives the step to another group, with the same time once more.
func escalateStep(tx *store.Tx, c model.Case, ap model.Approval, to model.GroupName) error {
	r := &c.Request
	err := record(tx, change{by: model.System, object: r.Number, correlation: r.Correlation, action: "request.escalate",
		detail: fmt.Sprintf("step %d from %s to %s, %s", ap.Step, ap.Group, to, dueWords(r.LastDue())),
		says:   []string{fmt.Sprintf("escalated from %s to %s: nobody decided in time", ap.Group, to)}})
	if err != nil {
		return err
	}
	r.Due = r.DueAgain(tx.Now)
	r.Revision++
	if err := updateRequest(tx, *r, model.Requested); err != nil {
		return err
	}
	members, err := tx.Members(to)
	if err != nil {
		return err
	}
	if err := tell(tx, members, "", r.Number, fmt.Sprintf("%s was escalated to %s: nobody decided in time", r.Number, to)); err != nil {
		return err
	}
	return moveStep(tx, c, ap, to, model.System)
}
