package store

import (
	"strings"

	"countersign/model"
)

// PersonByKey finds the person whose console a key opens: a line as
// model.PublicKey.Line makes it.
func (t *Tx) PersonByKey(line string) (model.Person, bool, error) {
	p, found, err := one(t, personInto, "SELECT "+personColumns+
		" FROM person p JOIN person_key k ON k.person = p.id WHERE k.line = $1", line)
	return t.complete(p, found, wrap(err, "read person by key"))
}

// AnyKey reports whether a key is known of anybody who may use it.
func (t *Tx) AnyKey() (bool, error) {
	var n int64
	found, err := t.row("SELECT 1 FROM person_key k JOIN person p ON p.id = k.person WHERE p.active = 1 LIMIT 1", nil, []any{&n})
	return found, wrap(err, "look for keys")
}

// addKey stores a key: what finds it, and the note behind it.
func (t *Tx) addKey(id model.PersonID, key string) error {
	fields := strings.SplitN(key, " ", 3)
	note := ""
	if len(fields) == 3 {
		note = fields[2]
	}
	_, err := t.exec("INSERT INTO person_key (line, person, note) VALUES ($1, $2, $3)", strings.Join(fields[:min(len(fields), 2)], " "), string(id), note)
	return err
}
