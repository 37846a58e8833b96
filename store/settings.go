package store

import (
	"time"

	"countersign/model"
)

// Setting is a value that admins change while the program runs.
type Setting struct {
	Key     string
	Value   string
	Version int64 // 0 for one that was never set
	Updated time.Time
	By      model.PersonID
}

// Setting returns a setting; one that was never set has version 0.
func (t *Tx) Setting(key string) (Setting, error) {
	s := Setting{Key: key}
	_, err := t.row("SELECT value, version, updated_at, updated_by FROM setting WHERE key = $1", []any{key},
		[]any{text(&s.Value), number(&s.Version), moment(&s.Updated), text(&s.By)})
	return s, wrap(err, "read setting %s", key)
}

// ChangeSetting stores a value if the setting still has the version that was
// read, and reports whether it did.
func (t *Tx) ChangeSetting(s Setting) (bool, error) {
	if s.Version == 0 {
		inserted, err := t.changed(`INSERT INTO setting (key, value, version, updated_at, updated_by) VALUES ($1, $2, 1, $3, $4)
			ON CONFLICT (key) DO NOTHING`, s.Key, s.Value, micros(t.Now), string(s.By))
		return inserted, wrap(err, "set %s", s.Key)
	}
	changed, err := t.changed(`UPDATE setting SET value = $1, version = version + 1, updated_at = $2, updated_by = $3
		WHERE key = $4 AND version = $5`, s.Value, micros(t.Now), string(s.By), s.Key, s.Version)
	return changed, wrap(err, "set %s", s.Key)
}

// Draft returns the unfinished form that a person has for an item, as JSON, and
// whether there is one.
func (t *Tx) Draft(person model.PersonID, item model.ItemKey) (string, bool, error) {
	var body string
	found, err := t.row("SELECT body FROM draft WHERE person = $1 AND item = $2", []any{string(person), string(item)}, []any{&body})
	return body, found, wrap(err, "read draft %s of %s", item, person)
}

// SaveDraft stores an unfinished form in place of an earlier one. The caller
// leaves secret fields out.
func (t *Tx) SaveDraft(person model.PersonID, item model.ItemKey, body string) error {
	_, err := t.exec(`INSERT INTO draft (person, item, body, updated_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, item) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at`,
		string(person), string(item), body, micros(t.Now))
	return wrap(err, "save draft %s of %s", item, person)
}

// DeleteDraft removes an unfinished form, if there is one.
func (t *Tx) DeleteDraft(person model.PersonID, item model.ItemKey) error {
	_, err := t.exec("DELETE FROM draft WHERE person = $1 AND item = $2", string(person), string(item))
	return wrap(err, "remove draft %s of %s", item, person)
}

// SavedView is a filter that a person keeps under a name.
type SavedView struct {
	Screen, Name, Query string
}

// SavedViews returns a person's views, by screen and name.
func (t *Tx) SavedViews(person model.PersonID) ([]SavedView, error) {
	all, err := collect(t, func(v *SavedView) []any {
		return []any{text(&v.Screen), text(&v.Name), text(&v.Query)}
	}, "SELECT screen, name, query FROM saved_view WHERE person = $1 ORDER BY screen, name", string(person))
	return all, wrap(err, "read saved views of %s", person)
}

// SaveView stores a view in place of one with the same name.
func (t *Tx) SaveView(person model.PersonID, v SavedView) error {
	_, err := t.exec(`INSERT INTO saved_view (person, screen, name, query) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, screen, name) DO UPDATE SET query = excluded.query`, string(person), v.Screen, v.Name, v.Query)
	return wrap(err, "save view %q", v.Name)
}

// DeleteView removes a view, if there is one.
func (t *Tx) DeleteView(person model.PersonID, screen, name string) error {
	_, err := t.exec("DELETE FROM saved_view WHERE person = $1 AND screen = $2 AND name = $3", string(person), screen, name)
	return wrap(err, "remove view %q", name)
}
