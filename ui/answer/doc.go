// Package answer asks for the answers to the fields of an item: in the forms in
// which people order, and in those of admins who write a record inside a task.
//
// Rules it keeps:
//
//   - A secret that the vault can make up is made up by it unless somebody wants
//     otherwise: then it never passes through this program.
//   - One that is typed is drawn as signs, sealed as its field is left, and not
//     shown again. Who is given a copy of it wipes that.
package answer

import "countersign/ui/tab"

// Options are the surroundings of what asks.
type Options struct {
	Env *tab.Env
	// Files is set where files of this machine are the person's own, so that a key
	// may be read from one.
	Files bool
	// Keeps is set where a record is changed: a secret that is not given stays as it
	// is.
	Keeps bool
}

// plain is the text of an error beside a field, "" for none.
func plain(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
