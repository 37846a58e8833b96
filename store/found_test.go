package store

import (
	"errors"
	"slices"
	"testing"

	"countersign/model"
)

func TestFoundIsKeptAsItWasSent(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	sent := []model.Hit{
		{UID: "BBBBBBBBBBBBBBBBBBBBBB", Kind: model.TargetRecord, Title: "second by title\nbest by choice", Type: "login", Description: "a @ b"},
		{UID: "AAAAAAAAAAAAAAAAAAAAAA", Kind: model.TargetFolder, Title: "first by title", Nested: true},
	}
	write(t, db, func(tx *Tx) error { return tx.InsertFound(r.ID, sent) })
	read(t, db, func(tx *Tx) error {
		got, err := tx.Found(r.ID)
		if !slices.Equal(got, sent) {
			t.Errorf("kept %+v, want %+v", got, sent)
		}
		for _, tt := range []struct {
			who  model.PersonID
			uid  model.UID
			want bool
		}{{r.RequestedBy, sent[0].UID, true}, {r.RequestedBy, sent[1].UID, true}, {r.RequestedBy, "CCCCCCCCCCCCCCCCCCCCCC", false}, {"nobody", sent[0].UID, false}} {
			found, foundErr := tx.FoundFor(tt.who, tt.uid)
			if found != tt.want {
				t.Errorf("%s was sent %s: %t", tt.who, tt.uid, found)
			}
			err = errors.Join(err, foundErr)
		}
		return err
	})
	if err := db.Write(t.Context(), func(tx *Tx) error { return tx.InsertFound(r.ID, sent) }); !errors.Is(err, ErrExists) {
		t.Errorf("answered twice: %v", err)
	}
}

func TestWhoIsConcernedByARecord(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	r := addRequest(t, db)
	var decides model.GroupName
	read(t, db, func(tx *Tx) error {
		steps, err := tx.Approvals(r.ID)
		if err == nil {
			decides = steps[0].Group
		}
		return err
	})
	other := model.Person{ID: "other", Email: "other@example.com"}
	for name, tt := range map[string]struct {
		uid            model.UID
		who            model.Person
		decide, fulfil []model.GroupName
		want           bool
	}{
		"a group that decides":          {r.Target.UID, other, []model.GroupName{"X", decides}, nil, true},
		"a group that carries out":      {r.Target.UID, other, nil, []model.GroupName{r.Policy.FulfilGroup}, true},
		"neither":                       {r.Target.UID, other, []model.GroupName{"X"}, []model.GroupName{"X"}, false},
		"no group at all":               {r.Target.UID, other, nil, nil, false},
		"another record":                {"CCCCCCCCCCCCCCCCCCCCCC", other, []model.GroupName{decides}, nil, false},
		"no record":                     {"", other, []model.GroupName{decides}, nil, false},
		"who asked":                     {r.Target.UID, model.Person{ID: r.RequestedBy}, []model.GroupName{decides}, nil, false},
		"whom it is for, in any letter": {r.Target.UID, model.Person{ID: "x", Email: "ALICE@example.com"}, []model.GroupName{decides}, nil, false},
	} {
		read(t, db, func(tx *Tx) error {
			got, err := tx.Concerns(tt.uid, tt.who, tt.decide, tt.fulfil)
			if got != tt.want {
				t.Errorf("%s: %t", name, got)
			}
			return err
		})
	}
}
