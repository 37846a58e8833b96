package store

import "countersign/model"

// AppendEntry adds a line to the timeline of a request, task or incident.
func (t *Tx) AppendEntry(e model.Entry) error {
	_, err := t.exec("INSERT INTO journal (object, at, author, kind, text) VALUES ($1, $2, $3, $4, $5)",
		e.Object, micros(e.At), string(e.By), string(e.Kind), e.Text)
	return wrap(err, "add to the timeline of %s", e.Object)
}

// Entries returns the timeline of an object, the oldest line first.
func (t *Tx) Entries(object string) ([]model.Entry, error) {
	all, err := collect(t, func(e *model.Entry) []any {
		return []any{number(&e.ID), text(&e.Object), moment(&e.At), text(&e.By), text(&e.Kind), text(&e.Text)}
	}, "SELECT id, object, at, author, kind, text FROM journal WHERE object = $1 ORDER BY id", object)
	return all, wrap(err, "read the timeline of %s", object)
}
