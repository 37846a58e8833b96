package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

const (
	// linkAge is how old what is known of a living link may be, where there are few
	// of them.
	linkAge = 10 * time.Minute
	// linksAtOnce is how many are looked at in one round, so that many links leave
	// calls for people.
	linksAtOnce = 2
)

// lookAtGrant reads live what a grant is on; for one of a link with the links of
// the record.
func (w *Worker) lookAtGrant(ctx context.Context, g model.Grant) (model.RecordFacts, error) {
	if g.Link == "" {
		return w.lookAt(ctx, g.Target.UID)
	}
	return w.lookFor(ctx, Order{Kind: model.OpUnlink, Intent: model.Intent{Record: g.Target.UID}})
}

// shareOf is what the vault shows of a grant. A link whose time is over gives
// nothing, although it is still listed.
func shareOf(g model.Grant, facts model.RecordFacts, now time.Time) model.Share {
	if g.Link == "" {
		return facts.Share(g.Email)
	}
	l, there := facts.Link(g.Link)
	if facts.Gone || !there || !l.Expires.IsZero() && !l.Expires.After(now) {
		return model.Share{}
	}
	return model.Share{Right: g.Right, Expires: l.Expires}
}

// followLinks looks what became of the links that live: whether somebody has used
// one, and whether one is gone before its time. One that was opened goes on: the
// device that opened it can use it until its end, so it can still be revoked.
func (w *Worker) followLinks(t *tenure) error {
	var links []model.Grant
	err := w.db.Read(t.ctx, func(tx *store.Tx) error {
		var err error
		links, err = tx.LinksToFollow(tx.Now.Add(-linkAge), linksAtOnce)
		return err
	})
	if err != nil {
		return err
	}
	away := false
	return each(w, t, links, func(g model.Grant) error {
		if away || !g.Until.After(w.now()) {
			return nil // what has ended is ended by endGrants
		}
		facts, err := w.lookAtGrant(WithPriority(t.ctx, PriorityPolling), g)
		var e *VaultError
		if err != nil && (!errors.As(err, &e) || e.Passing()) {
			away = true // the others would fare no better now
			return nil
		}
		unread := err != nil
		return wrapped(w.write(t, func(tx *store.Tx) error {
			if err := tx.CheckGrant(g.ID, ""); err != nil || unread {
				return err // this one alone cannot be read: it waits its turn again
			}
			return follow(tx, g, facts)
		}), "follow the link of grant %d", g.ID)
	})
}

// follow records what the vault shows of a link.
func follow(tx *store.Tx, g model.Grant, facts model.RecordFacts) error {
	c, err := loadCaseByID(tx, g.RequestID)
	if err != nil {
		return err
	}
	now, found, err := tx.Grant(g.ID)
	if _, busy := c.InFlight(); err != nil || !found || !now.State.Open() || busy {
		return err
	}
	ch := change{by: model.System, object: g.Number, correlation: c.Request.Correlation, detail: fmt.Sprintf("grant %d", g.ID)}
	l, there := facts.Link(g.Link)
	switch {
	case facts.Gone, !there:
		now.State, now.Note = model.GrantEnded, "the link is gone: it was removed outside this program"
		if facts.Gone {
			now.Note = "the record is gone"
		}
		ch.action, ch.says = "grant.end", []string{now.Note}
		if err := updateGrant(tx, now); err != nil {
			return err
		}
	case !l.Opened.IsZero() && now.Opened.IsZero():
		ch.action, ch.says = "link.opened", []string{"the link was opened at " + l.Opened.UTC().Format("2006-01-02 15:04") + " UTC"}
		if err := tx.OpenedLink(g.ID, l.Opened); err != nil {
			return err
		}
	default:
		return nil
	}
	return record(tx, ch)
}
