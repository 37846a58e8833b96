package store

import (
	"errors"
	"fmt"
	"testing"

	"countersign/model"
)

func TestQuestionsAreKeptInOrderAndAnsweredOnce(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	write(t, db, func(tx *Tx) error {
		for i, text := range []string{"why?", "and when?"} {
			if err := tx.InsertInquiry(r.ID, model.Inquiry{By: bob, At: tx.Now, Question: text}); err != nil {
				return err
			}
			if answered, err := tx.AnswerInquiry(r.ID, alice, fmt.Sprint("answer ", i)); err != nil || !answered {
				t.Errorf("answered %v, %v", answered, err)
			}
		}
		answered, err := tx.AnswerInquiry(r.ID, alice, "more")
		if answered {
			t.Error("answered where nothing was asked")
		}
		return err
	})
	read(t, db, func(tx *Tx) error {
		c, _, err := tx.Case(r.Number)
		if q := c.Request.Inquiries; err == nil && (len(q) != 2 || q[1].Question != "and when?" || q[1].Answer != "answer 1" || q[1].Answerer != alice || q[1].Open()) {
			t.Errorf("the questions became %+v", q)
		}
		byNumber, _, err2 := tx.Request(r.Number)
		if len(byNumber.Inquiries) != 2 {
			t.Errorf("the request alone has %+v", byNumber.Inquiries)
		}
		return errors.Join(err, err2)
	})
}

func TestAReviewIsClosedOnceByAnother(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	write(t, db, func(tx *Tx) error {
		return tx.InsertReview(r.ID, model.Review{UsedBy: bob, Used: tx.Now, Reason: "the line is down"})
	})
	if err := db.Write(t.Context(), func(tx *Tx) error { return tx.InsertReview(r.ID, model.Review{UsedBy: carol, Used: tx.Now}) }); !errors.Is(err, ErrExists) {
		t.Errorf("a second one: %v", err)
	}
	reviewed := func(done bool) (ids []int64) {
		t.Helper()
		read(t, db, func(tx *Tx) (err error) { ids, err = tx.ReviewedRequests(done, 10); return err })
		return ids
	}
	if ids := reviewed(false); len(ids) != 1 || ids[0] != r.ID || len(reviewed(true)) != 0 {
		t.Errorf("waiting %v, done %v", ids, reviewed(true))
	}
	if err := db.Write(t.Context(), func(tx *Tx) error { _, err := tx.CloseReview(1, bob, "fine"); return err }); err == nil {
		t.Error("closed by who used it")
	}
	for i, want := range []bool{true, false} {
		write(t, db, func(tx *Tx) error {
			closed, err := tx.CloseReview(1, carol, "so it was")
			if closed != want {
				t.Errorf("time %d: closed %v", i, closed)
			}
			return err
		})
	}
	if ids := reviewed(true); len(ids) != 1 || len(reviewed(false)) != 0 {
		t.Errorf("done %v, waiting %v", ids, reviewed(false))
	}
}

// Who never looks keeps the last notices, and nobody those of somebody else.
func TestNoticesAreBounded(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	write(t, db, func(tx *Tx) error {
		for i := range noticesKept + 10 {
			if err := tx.InsertNotice(model.Notice{Person: bob, Object: "REQ0010001", Text: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return tx.InsertNotice(model.Notice{Person: carol, Text: "hers"})
	})
	notices := func(who model.PersonID) (all []model.Notice) {
		t.Helper()
		read(t, db, func(tx *Tx) (err error) { all, err = tx.Notices(who, 1000); return err })
		return all
	}
	all := notices(bob)
	if len(all) != noticesKept || all[0].Text != fmt.Sprint(noticesKept+9) || len(notices(carol)) != 1 {
		t.Errorf("bob has %d, the newest %q; carol has %d", len(all), all[0].Text, len(notices(carol)))
	}
	write(t, db, func(tx *Tx) error { return tx.DropNotices(bob, all[5].ID) })
	if left := notices(bob); len(left) != 5 || len(notices(carol)) != 1 {
		t.Errorf("%d left of bob's", len(left))
	}
}
