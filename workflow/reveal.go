package workflow

import (
	"context"
	"fmt"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// Revealed is a one-time link on its way to its requestor's screen. It prints
// without the link.
type Revealed struct {
	Number model.Number
	// Link is the link itself. Who gets it wipes it.
	Link    []byte `json:"-"`
	ID      model.LinkID
	Expires time.Time
}

// LinkView is what is known of the one-time link of a request, without the link.
type LinkView struct {
	ID model.LinkID
	// Waiting is set while the link lies sealed and its requestor has not seen it.
	Waiting bool
	// Shown is when its requestor had seen it, zero if they have not.
	Shown   time.Time
	Expires time.Time
	Opened  time.Time // when somebody first used it, as far as was looked; zero: not yet
	Gone    bool      // it was removed, or its time is over
}

// Reveal returns the one-time link of a request, to its requestor alone. The
// worker opens it and seals it anew to this process, in whose memory it first
// becomes readable. It can be asked for again until Acknowledge. It fails with a
// *model.Denied, or with a *VaultError where no worker is there or it lacks the
// identity.
func (s *Service) Reveal(ctx context.Context, actorID model.PersonID, n model.Number) (Revealed, error) {
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		_, _, err := linkToReveal(tx, actorID, n)
		return err
	})
	if err != nil {
		return Revealed{}, err
	}
	r, err := s.ask(ctx, askReveal, question{Actor: actorID, Number: n})
	if err != nil {
		seal.Wipe(r.Link)
		return Revealed{}, err
	}
	return Revealed{Number: n, Link: r.Link, ID: r.LinkID, Expires: r.Expires}, nil
}

// Acknowledge records that the requestor has seen the link of a request: from
// then on it cannot be revealed again, and what lies sealed of it is wiped. A
// second time is a *model.Denied.
func (s *Service) Acknowledge(ctx context.Context, actorID model.PersonID, n model.Number) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		c, g, err := linkToReveal(tx, actorID, n)
		if err != nil {
			return err
		}
		if shown, err := tx.Shown(c.Request.ID, model.FieldLink); err != nil || !shown {
			return orConflict(err, n)
		}
		return record(tx, change{by: actorID, object: n, correlation: c.Request.Correlation, action: "link.acknowledge",
			detail: "link " + string(g.Link), says: []string{"has seen the link"}})
	})
}

// linkToReveal returns the case of a request and the grant of its link, if the
// person may see that now.
func linkToReveal(tx *store.Tx, actorID model.PersonID, n model.Number) (model.Case, model.Grant, error) {
	a, err := actor(tx, actorID)
	if err != nil {
		return model.Case{}, model.Grant{}, err
	}
	c, err := loadCase(tx, n)
	if err != nil {
		return c, model.Grant{}, err
	}
	if err := model.Can(a, model.ActReveal, c, tx.Now); err != nil {
		return c, model.Grant{}, err
	}
	g, _ := c.LinkGrant()
	link, err := linkView(tx, c)
	if err != nil {
		return c, g, err
	}
	return c, g, link.revealable()
}

// revealable says why a link cannot be shown (any more), nil if it can.
func (l *LinkView) revealable() error {
	switch {
	case l == nil:
		return &model.Denied{Code: model.DenyState, Reason: "there is no link yet"}
	case !l.Shown.IsZero():
		return &model.Denied{Code: model.DenyState, Reason: "the link was shown at " + l.Shown.Format("2006-01-02 15:04") +
			" UTC, and is kept nowhere: order another one"}
	case !l.Waiting:
		return &model.Denied{Code: model.DenyState, Reason: "the link is not here any more: order another one"}
	}
	return nil
}

// linkView tells of the link of a case, nil where it has none.
func linkView(tx *store.Tx, c model.Case) (*LinkView, error) {
	g, found := c.LinkGrant()
	if !found {
		return nil, nil
	}
	v := &LinkView{ID: g.Link, Expires: g.Until, Opened: g.Opened, Gone: !g.State.Open() || !g.Until.After(tx.Now)}
	rows, err := tx.Sealed(c.Request.ID)
	for _, row := range rows {
		if row.Field == model.FieldLink {
			v.Shown = row.Shown
			v.Waiting = !v.Gone && len(row.Body) > 0 && (row.WipeDue.IsZero() || row.WipeDue.After(tx.Now))
		}
	}
	return v, err
}

// reveal opens the link of a request for its requestor. That it was opened is in
// the audit before anybody can read it.
func (w *Worker) reveal(ctx context.Context, actorID model.PersonID, n model.Number) (reply, error) {
	var row store.SealedSecret
	err := w.db.Read(ctx, func(tx *store.Tx) error {
		c, _, err := linkToReveal(tx, actorID, n)
		if err != nil {
			return err
		}
		row, err = sealedLink(tx, c.Request.ID)
		return err
	})
	if err != nil {
		return reply{}, err
	}
	link, err := w.open(row, n)
	if err != nil {
		return reply{}, &VaultError{Kind: VaultFailed, NotSent: true, Text: err.Error(),
			Advice: "start the worker with the identity that secrets are sealed to, or have the link revoked and order another one"}
	}
	r := reply{Link: link}
	err = w.db.Write(ctx, func(tx *store.Tx) error {
		c, g, err := linkToReveal(tx, actorID, n)
		if err != nil {
			return err
		}
		r.LinkID, r.Expires = g.Link, g.Until
		return record(tx, change{by: actorID, object: n, correlation: c.Request.Correlation, action: "link.reveal",
			detail: "link " + string(g.Link)})
	})
	if err != nil {
		seal.Wipe(link)
		return reply{}, err
	}
	return r, nil
}

func sealedLink(tx *store.Tx, request int64) (store.SealedSecret, error) {
	rows, err := tx.Sealed(request)
	if err != nil {
		return store.SealedSecret{}, err
	}
	for _, row := range rows {
		if row.Field == model.FieldLink && len(row.Body) > 0 {
			return row, nil
		}
	}
	return store.SealedSecret{}, fmt.Errorf("the link of request %d is not here any more: %w", request, ErrNotFound)
}
