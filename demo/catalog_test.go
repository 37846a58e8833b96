package demo

import (
	"strings"
	"testing"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

// TestEveryItemIsInTheDemo holds that each item but the searches, which nobody
// orders where people search by themselves, is there, open and done.
func TestEveryItemIsInTheDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, round := range []string{"new", "opened again"} {
		d, err := Start(t.Context(), Options{Dir: dir, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		everyItem(t, d, round)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func everyItem(t *testing.T, d *Demo, round string) {
	t.Helper()
	open, done := map[model.ItemKey]int{}, map[model.ItemKey]int{}
	made := map[string]bool{}
	err := d.DB.Read(t.Context(), func(tx *store.Tx) error {
		page, err := tx.Requests(store.RequestQuery{View: store.RequestsAll, Span: store.Span{Limit: 1000}})
		if err != nil {
			return err
		}
		var ids []int64
		for _, r := range page.Rows {
			ids = append(ids, r.ID)
		}
		cases, err := tx.Cases(ids)
		for _, c := range cases {
			if c.Request.State.Closed() {
				done[c.Request.Item]++
			} else {
				open[c.Request.Item]++
			}
			if r, ok := c.Created(); ok {
				record, there := d.Vault.Vault().Record(string(r.UID))
				made[r.Title] = there && record.Title == r.Title && record.Type == r.Type
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range model.Catalog() {
		if !item.Searches() && open[item.Key]+done[item.Key] < 1 {
			t.Errorf("%s: %s: %d open, %d done", round, item.Key, open[item.Key], done[item.Key])
		}
	}
	for title, there := range made {
		if !there {
			t.Errorf("%s: %q is not in the vault", round, title)
		}
	}
	if len(made) < 5 {
		t.Errorf("%s: only %d records were made", round, len(made))
	}
}

func TestAsManyRequestsAsAreWanted(t *testing.T) {
	t.Parallel()
	for _, n := range []int{LeastRequests, DefaultRequests} {
		if count := census(t, start(t, Options{Requests: n})); count["requests"] != n {
			t.Errorf("%d requests, want %d", count["requests"], n)
		}
	}
}

// TestSealedLinksOpen holds that a link which waits is the very one of its grant,
// and that one which was shown is wiped.
func TestSealedLinksOpen(t *testing.T) {
	t.Parallel()
	d := start(t, Options{Seed: 1})
	waiting, wiped := 0, 0
	err := d.DB.Read(t.Context(), func(tx *store.Tx) error {
		page, err := tx.Grants(store.GrantQuery{Links: true, Span: store.Span{Limit: 100}})
		for _, row := range page.Rows {
			g := row.Grant
			rows, err := tx.Sealed(g.RequestID)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if !r.Shown.IsZero() {
					wiped++
					continue
				}
				plain, err := seal.Open([]seal.Identity{d.Identity}, seal.Binding{Request: string(g.Number), Field: model.FieldLink}, r.Body)
				if err != nil {
					return err
				}
				_, fragment, _ := strings.Cut(string(plain), "#")
				if waiting++; vaultsim.LinkID(fragment) != string(g.Link) {
					t.Errorf("%s is not the link of %s", plain, g.Number)
				}
			}
		}
		return err
	})
	if err != nil || waiting == 0 || wiped == 0 {
		t.Errorf("%d wait, %d were shown, %v", waiting, wiped, err)
	}
}
