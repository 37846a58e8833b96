package store

import (
	"regexp"
	"strings"

	"countersign/model"
)

// mention is a text in which anybody can be named: another one's comment, what the
// program noted, what the vault said.
type mention struct{ table, column, only string }

func mentions() []mention {
	return []mention{
		{"journal", "text", ""}, {"vote", "comment", ""}, {"review", "reason", ""}, {"review", "comment", ""}, {"task", "close_notes", ""},
		{"access_grant", "note", ""}, {"incident", "short", ""}, {"incident", "close_notes", ""}, {"request", "justification", ""}, {"request", "outcome", ""},
		{"endpoint", "justification", ""}, {"notice", "text", ""}, {"operation", "looking_for", ""}, {"operation", "evidence", ""}, {"operation", "reason", ""},
	}
}

// leastName is how long a login has to be to be looked for in texts.
const leastName = 3

// forgetMentions puts the pseudonym of a person in the place of their address and
// their whole name, wherever others or the program wrote them, and of their login
// where the program did: in what people write, a login may be a word like any other.
// Texts of the audit that name them are taken out. It returns how many texts that
// were.
func (t *Tx) forgetMentions(p model.Person) (int64, error) {
	var names []string
	if p.Email != "" {
		names = append(names, p.Email)
	}
	if strings.Contains(strings.TrimSpace(p.Name), " ") {
		names = append(names, p.Name)
	}
	var changed int64
	for _, name := range names {
		for _, m := range mentions() {
			n, err := t.forgetMention(m, name, Erased(p.ID))
			if changed += n; err != nil {
				return changed, err
			}
		}
		var q query // reads the whole table, as rarely as somebody is erased
		q.add(`DELETE FROM audit_text WHERE text LIKE ? ESCAPE '\'`, "%"+escapeLike(name)+"%")
		n, err := t.exec(q.text(), q.args...)
		if changed += n; err != nil {
			return changed, wrap(err, "erase audit texts that name %s", p.ID)
		}
	}
	if len(p.Login) < leastName {
		return changed, nil
	}
	n, err := t.forgetMention(mention{"journal", "text", " AND kind = 'event'"}, p.Login, Erased(p.ID))
	return changed + n, err
}

// forgetMention replaces a name in one column, where it stands as a word.
func (t *Tx) forgetMention(m mention, name, by string) (int64, error) {
	type found struct {
		id   int64
		text string
	}
	var q query
	q.add("SELECT id, "+m.column+" FROM "+m.table+" WHERE "+m.column+` LIKE ? ESCAPE '\'`+m.only, "%"+escapeLike(name)+"%")
	rows, err := collect(t, func(f *found) []any { return []any{number(&f.id), text(&f.text)} }, q.text(), q.args...)
	if err != nil {
		return 0, wrap(err, "look for a name in %s", m.table)
	}
	word := regexp.MustCompile(`(?i)(^|[^\pL\pN_.-])` + regexp.QuoteMeta(name) + `($|[^\pL\pN_-])`)
	var changed int64
	for _, f := range rows {
		// Twice, since two names may share what stands between them.
		replaced := word.ReplaceAllString(word.ReplaceAllString(f.text, "${1}"+by+"${2}"), "${1}"+by+"${2}")
		if replaced == f.text {
			continue
		}
		var q query
		q.add("UPDATE "+m.table+" SET "+m.column+" = ? WHERE id = ?", replaced, f.id)
		n, err := t.exec(q.text(), q.args...)
		if changed += n; err != nil {
			return changed, wrap(err, "take a name out of %s", m.table)
		}
	}
	return changed, nil
}
