package store

import (
	"slices"
	"strings"
	"testing"

	"countersign/model"
)

func TestRequestsAreFoundByTheirWords(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	ledger := addRequest(t, db)
	payroll := addRequest(t, db, func(r *model.Request) {
		r.RequestedBy, r.RequestedFor = bob, "bob@example.com"
		r.Target, r.Justification = model.Target{Kind: model.TargetFolder, Described: "Zürich payroll (share-record)"}, "monthly run"
	})
	stored := addRequest(t, db, func(r *model.Request) {
		r.Target, r.Answers = model.Target{}, []model.Answer{{Field: "title", Value: "Wiki login"}}
	})
	find := func(view RequestView, words ...string) (ids []int64) {
		read(t, db, func(tx *Tx) error {
			page, err := tx.Requests(RequestQuery{View: view, Groups: []model.GroupName{approvers}, Sort: SortNewest, Words: words})
			ids = idsOf(page)
			return err
		})
		return ids
	}
	for _, tt := range []struct {
		words []string
		want  []int64
	}{
		{[]string{"ledger"}, []int64{stored.ID, ledger.ID}}, // the default justification
		{[]string{"prod-db-01"}, []int64{ledger.ID}},
		{[]string{"prod", "led"}, []int64{ledger.ID}},
		{[]string{"db-prod"}, nil},
		{[]string{"payr"}, []int64{payroll.ID}},
		{[]string{"payr", "run"}, nil}, // only the last word may be unfinished
		{[]string{"ZURICH"}, []int64{payroll.ID}},
		{[]string{"share"}, []int64{payroll.ID}},
		{[]string{"bob"}, []int64{payroll.ID}},
		{[]string{"Name", "of", "alice"}, []int64{stored.ID, ledger.ID}},
		{[]string{"wiki"}, []int64{stored.ID}},
		{[]string{string(ledger.Number)}, []int64{ledger.ID}},
		{[]string{"OR"}, nil},
		{[]string{"monthly", "NOT", "run"}, nil},
		{[]string{"*", "\"", "(", "-"}, []int64{stored.ID, payroll.ID, ledger.ID}}, // nothing to look for
		{nil, []int64{stored.ID, payroll.ID, ledger.ID}},
	} {
		for _, view := range []RequestView{RequestsAll, RequestsSeen} {
			if got := find(view, tt.words...); !slices.Equal(got, tt.want) {
				t.Errorf("words %q in %s: %v, want %v", tt.words, view, got, tt.want)
			}
		}
	}
	for _, tt := range []struct {
		words []string
		want  []int64
	}{
		{[]string{"EDGE", "rod"}, []int64{ledger.ID}},
		{[]string{"zürich"}, []int64{payroll.ID}},
		{[]string{"%"}, nil},
		{[]string{"(share"}, []int64{payroll.ID}},
	} {
		if got := find(RequestsWaiting, tt.words...); !slices.Equal(got, tt.want) {
			t.Errorf("parts %q of those that wait: %v, want %v", tt.words, got, tt.want)
		}
	}

	payroll.Justification, payroll.Target.Described = "yearly run", "the payroll"
	write(t, db, func(tx *Tx) error { _, err := tx.UpdateRequest(payroll, model.Requested); return err })
	if got := find(RequestsAll, "monthly"); len(got) != 0 {
		t.Errorf("an old word still finds %v", got)
	}
	if got := find(RequestsAll, "yearly", "payroll"); !slices.Equal(got, []int64{payroll.ID}) {
		t.Errorf("the new words find %v", got)
	}
	// The index is whole.
	write(t, db, func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO request_words (request_words) VALUES ('integrity-check')")
		return err
	})
}

func FuzzWordsNeverBreakTheSearch(f *testing.F) {
	db, _ := world(f)
	addRequest(f, db)
	for _, s := range []string{"ledger", `"`, `a" OR "b`, "NEAR/2", "-x", "a:b", "\x00", "é\u0301", "((", "prod*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		read(t, db, func(tx *Tx) error {
			_, err := tx.Requests(RequestQuery{View: RequestsAll, Words: strings.Fields(s)})
			return err
		})
	})
}
