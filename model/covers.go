package model

import "encoding/json"

// Covers reports whether what was approved covers an order: it gives nothing to
// anybody else, on no other record, and no more, for no longer; a record that it makes
// is the one that was ordered. fulfils says that the order is the work itself; one
// that gives back what stood before is held only against for whom and on what.
//
// Which shared folder a subfolder belongs to was not part of what was approved, and
// what an admin writes into records in a task is theirs to answer for.
func (c Case) Covers(op Operation, fulfils bool) bool {
	r, i := c.Request, op.Intent
	switch {
	case op.Kind == OpCreate:
		return fulfils && c.coversRecord(i)
	case op.Kind == OpDefaults:
		defaults, _ := r.Answer(FieldDefaults)
		return i.Right == Right(defaults)
	case !op.Kind.Gives():
		return true
	}
	if to := (Person{Email: r.RequestedFor}); !to.Is(i.Email) {
		return false
	}
	if on := c.Record(); on.Named() && i.Folder == "" && i.Record != on.UID {
		return false
	}
	if !fulfils {
		return i.Restores
	}
	item, _ := FindItem(r.Item)
	want := r.Allowed
	if item.Creates() {
		share, _ := r.Answer(FieldShareIt)
		want = Access{Right: Right(share)}
	}
	rotate, _ := r.Answer(FieldRotate)
	return want.Right.Covers(i.Right) && i.Limit.String() == want.Limit.String() && (!i.Rotate || rotate == "yes")
}

// coversRecord reports whether a record to be made is what was ordered; for a request
// that orders none, whether it bears its number.
func (c Case) coversRecord(i Intent) bool {
	r := c.Request
	item, _ := FindItem(r.Item)
	if i.Create == nil || !item.Creates() {
		return i.Create != nil && i.Create.Marker == r.Number
	}
	// As they are stored, so that nothing else makes them differ.
	ordered, err := json.Marshal(NewRecordOf(r, item))
	if err != nil {
		return false
	}
	planned, err := json.Marshal(*i.Create)
	return err == nil && string(ordered) == string(planned) && i.Folder == c.Target().UID
}
