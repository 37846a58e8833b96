package vaultclient

import (
	"slices"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// phrased is an order with a phrase in one place, and how its arguments have to be spelled.
type phrased struct {
	m    Mutation
	text string
}

func TestNoValueChoosesAnotherReaderOfTheAnswer(t *testing.T) {
	t.Parallel()
	const record = "RZToj60CrP9GDxjDTPWxAQ"
	old := abilities{epm: "epm"}
	for name, o := range map[string]phrased{
		"in a title":     {RecordUpdate{Record: record, Title: "search record"}, `--title='search'' record'`},
		"without blanks": {RecordUpdate{Record: record, Title: "enterprise-push"}, `--title=enterprise''-push`},
		"in notes": {RecordUpdate{Record: record, Notes: NewSecret("let's search folder x")},
			`--notes='let'"'"'s search'' folder x'`},
		"in a type": {RecordAdd{Title: "x", Type: "policy add", Marker: "REQ0010001"},
			`--title=x --record-type='policy'' add' c.text.request_id=REQ0010001`},
		"in a label": {RecordUpdate{Record: record, Fields: []Field{{Type: "text", Label: "pam project import", Value: Text("x")}}},
			`'text.pam'' project import=x'`},
		"twice": {RecordUpdate{Record: record, Title: "policy addpolicy add"}, `--title='policy'' addpolicy'' add'`},
		"of the end of one argument and the beginning of the next": {RecordUpdate{Record: record, Fields: []Field{
			{Type: "login", Value: Text("policy")}, {Type: "address", Value: Parts(nil)}}}, `login=policy'' address=`},
	} {
		c, err := o.m.command(old)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := c.word + " " + o.text
		if c.word == "record-update" {
			want = "record-update --record=" + record + " " + o.text
		}
		u, err := vaultsim.Understand(c.text, nil)
		if err != nil || u.Parser != "" || c.text != want {
			t.Errorf("%s: sent as %q, read by %q, %v, want %q", name, c.text, u.Parser, err, want)
		}
		if words, err := serviceSplit(c.text); err != nil || !slices.Equal(words[1:], u.Words) {
			t.Errorf("%s: split as %q, %v, and as %q", name, words, err, u.Words)
		}
	}
}

// TestEveryPhraseIsBrokenUp holds the list of the client against that of the simulator.
func TestEveryPhraseIsBrokenUp(t *testing.T) {
	t.Parallel()
	for _, phrase := range vaultsim.Phrases() {
		if withoutPhrases(" "+phrase) == " "+phrase {
			t.Errorf("%q stays whole", phrase)
		}
	}
}
