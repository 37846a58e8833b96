package workflow

import (
	"fmt"

	"countersign/model"
	"countersign/store"
)

// stands stores the grant of an order that is done, or makes a pending one
// active, and sets the exact moment at which a standing right is given back.
func stands(tx *store.Tx, c model.Case, op model.Operation, facts model.RecordFacts) (int64, error) {
	g, err := grantOf(tx, c, op)
	if err != nil {
		return 0, err
	}
	share := facts.Share(op.Intent.Email)
	if l, ok := facts.Link(op.Intent.Link); op.Kind == model.OpLink && ok {
		share = model.Share{Right: op.Intent.Right, Expires: l.Expires}
	}
	if destroys(op) {
		share = model.Share{Right: model.RightView, Expires: op.Sent.Add(op.Intent.Create.Destroys)}
	}
	g.State, g.Right, g.Since, g.Until, g.Note = model.GrantActive, share.Right, tx.Now, share.Expires, ""
	g.Target.Title, g.Target.Type = facts.Title, facts.Type
	if g.Standing, err = goOn(tx, c, g, op); err != nil {
		return 0, err
	}
	restore, planned := restoreOf(c, op)
	if planned {
		g.Standing = model.Share{Right: restore.Intent.Right, Expires: restore.Intent.Expires}
	}
	if g.ID == 0 {
		if g.ID, err = tx.InsertGrant(g); err != nil {
			return 0, err
		}
	} else if err := updateGrant(tx, g); err != nil {
		return 0, err
	}
	if err := tx.CheckGrant(g.ID, ""); err != nil {
		return 0, err
	}
	if planned && restore.State == model.OpScheduled {
		restore.GrantID, restore.NotBefore = g.ID, g.Until
		restore.Intent.Doubtful = false // what it comes after stands
		if changed, err := tx.UpdateOperation(restore, model.OpScheduled); err != nil || !changed {
			return 0, orConflict(err, c.Request.Number)
		}
	}
	return g.ID, nil
}

// destroys reports whether an order makes a record that destroys itself once its
// link was opened. Like every link, its own is access that somebody has.
func destroys(op model.Operation) bool {
	return op.Kind == model.OpCreate && op.Intent.Create.Destroys > 0
}

// grantOf returns the stored grant of an operation, or a new one that is not
// stored yet.
func grantOf(tx *store.Tx, c model.Case, op model.Operation) (model.Grant, error) {
	if op.GrantID != 0 {
		g, found, err := tx.Grant(op.GrantID)
		if err == nil && !found {
			err = notFound(fmt.Sprintf("grant %d", op.GrantID))
		}
		return g, err
	}
	target := model.Target{Kind: model.TargetRecord, UID: op.Intent.Object(), Title: op.Intent.Title}
	if op.Kind.OnFolder() {
		target.Kind = model.TargetFolder
	}
	return model.Grant{RequestID: c.Request.ID, Number: c.Request.Number, Person: c.Recipient, Email: op.Intent.Email, Team: op.Intent.Team,
		Target: target, Right: op.Intent.Right, Since: tx.Now, Until: op.Intent.Expires, Link: op.Intent.Link, Revision: 1}, nil
}

// restoreOf returns the step that gives a standing right back when the access
// that op gives has ended, and whether the plan has one.
func restoreOf(c model.Case, op model.Operation) (model.Operation, bool) {
	for _, o := range c.Operations {
		if o.Plan == op.Plan && o.Seq > op.Seq && roleOf(o) == roleRestore {
			return o, true
		}
	}
	return model.Operation{}, false
}

// endGrant ends a grant, if it is still open.
func endGrant(tx *store.Tx, id int64, state model.GrantState, note string) error {
	g, found, err := tx.Grant(id)
	if err != nil || !found || !g.State.Open() {
		return err
	}
	g.State, g.Note = state, note
	if err := updateGrant(tx, g); err != nil || state != model.GrantRevoked {
		return err
	}
	return inherit(tx, g)
}
