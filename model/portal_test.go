package model

import (
	"slices"
	"testing"
)

func TestFactsForOnePersonTellOnlyTheirShare(t *testing.T) {
	t.Parallel()
	f := RecordFacts{Kind: TargetRecord, UID: "RZToj60CrP9GDxjDTPWxAQ", Title: "prod-db-01", Path: "Databases", Owner: "vault-admin@example.com",
		Links: []Link{{ID: "x"}}, Marked: []UID{"RZToj60CrP9GDxjDTPWxAQ"},
		Shares: []Holder{{Email: "bob@example.com", Share: Share{Right: RightEdit}}, {Email: "Alice@example.com", Share: Share{Right: RightView}},
			{Email: "TTTTTTTTTTTTTTTTTTTTTT", Team: "DBA", Share: Share{Right: RightView}}}}
	was := slices.Clone(f.Shares)
	own := f.OnlyFor("alice@EXAMPLE.com")
	if own.Share("alice@example.com").Right != RightView || len(own.Shares) != 1 || own.Links != nil || own.Marked != nil {
		t.Errorf("alice is told %+v", own)
	}
	if own.Title != f.Title || own.Path != f.Path || own.Owner != f.Owner {
		t.Errorf("alice is not told what and where it is: %+v", own)
	}
	if !slices.Equal(f.Shares, was) || f.Only != "" {
		t.Errorf("the facts themselves became %+v", f)
	}
	for email, want := range map[string]bool{"alice@example.com": true, "ALICE@example.com": true, "bob@example.com": false, "vault-admin@example.com": false, "": false} {
		if got := own.Tells(email); got != want {
			t.Errorf("tells what %q has: %t", email, got)
		}
		if !f.Tells(email) {
			t.Errorf("the whole does not tell what %q has", email)
		}
	}
	if nobody := f.OnlyFor("carol@example.com"); len(nobody.Shares) != 0 || !nobody.Tells("carol@example.com") || nobody.Tells("bob@example.com") {
		t.Errorf("carol is told %+v", nobody)
	}
}
