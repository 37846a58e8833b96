package workflow

import (
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// FilterKey is a key of a filter, with what it is written like and what it finds, in
// as few words as a line of help has room for.
type FilterKey struct{ Name, Example, Finds string }

// EndpointKeys are the keys that filter endpoint requests.
func EndpointKeys() []FilterKey {
	return []FilterKey{
		{"user", "user:carol", "part of the name"},
		{"machine", "machine:ws-", "part of its name"},
		{"kind", "kind:command", "part of the kind"},
		{"file", "file:setup.exe", "part of its path"},
		{"command", "command:-enc", "part of the line"},
		{"hash", "hash:24e5", "its beginning"},
		{"state", "state:denied", "where it stands"},
		{"age", "age:>2h", "older than that"},
		{"left", "left:<5m", "less is left"},
		{"by", "by:omar", "who decided it"},
		{"number", "number:SIR001", "its beginning"},
	}
}

// DeviceKeys are the keys that filter devices.
func DeviceKeys() []FilterKey {
	return []FilterKey{
		{"email", "email:kofi", "part of the e-mail"},
		{"device", "device:firefox", "part of its name"},
		{"type", "type:browser", "part of the type"},
		{"ip", "ip:192.0.2.", "part of the IP"},
		{"location", "location:cork", "part of the place"},
		{"state", "state:denied", "where it stands"},
		{"age", "age:>2h", "older than that"},
		{"by", "by:omar", "who decided it"},
	}
}

// IncidentKeys are the keys that filter incidents.
func IncidentKeys() []FilterKey {
	return []FilterKey{
		{"state", "state:contain", "where it stands"},
		{"priority", "priority:1", "1 is critical"},
		{"assignee", "assignee:me", "me, none, a login"},
		{"user", "user:carol", "part of the name"},
		{"machine", "machine:ws-", "part of its name"},
		{"request", "request:denied", "its request"},
		{"age", "age:>2d", "older than that"},
		{"number", "number:SIR001", "its beginning"},
	}
}

// FilterNames are the names of keys, in their order.
func FilterNames(keys []FilterKey) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// noSuchKey is the complaint about a key that a list does not have.
func noSuchKey(t Term, keys []FilterKey) error {
	return badTerm(t, "the keys are "+strings.Join(FilterNames(keys), ", "))
}

// endpointTerm adds a term of the filter to the query.
func endpointTerm(tx *store.Tx, sq *store.EndpointQuery, t Term) (err error) {
	if err := comparesOnly(t, "age", "left"); err != nil {
		return err
	}
	switch t.Key {
	case "user":
		sq.User = t.Value
	case "machine":
		sq.Machine = t.Value
	case "kind":
		sq.Kind = t.Value
	case "file":
		sq.File = t.Value
	case "command":
		sq.Command = t.Value
	case "hash":
		sq.Hash = t.Value
	case "number":
		sq.Number = t.Value
	case "state":
		sq.States, err = endpointStates(t, sq.States)
	case "age":
		sq.CreatedFrom, sq.CreatedTo, err = aged(t, tx.Now)
	case "left":
		var d time.Duration
		d, err = lengthOf(t, "write it as left:<5m")
		if t.Op == ">" {
			sq.EndsFrom = tx.Now.Add(d)
		} else {
			sq.EndsTo = tx.Now.Add(d)
		}
	case "by":
		sq.By, err = decidedBy(tx, t)
	default:
		err = noSuchKey(t, EndpointKeys())
	}
	return err
}

// deviceTerm is endpointTerm for devices.
func deviceTerm(tx *store.Tx, sq *store.DeviceQuery, t Term) (err error) {
	if err := comparesOnly(t, "age"); err != nil {
		return err
	}
	switch t.Key {
	case "email":
		sq.Email = t.Value
	case "device":
		sq.Name = t.Value
	case "type":
		sq.Type = t.Value
	case "ip":
		sq.IP = t.Value
	case "location":
		sq.Location = t.Value
	case "state":
		sq.States, err = endpointStates(t, sq.States)
	case "age":
		sq.AskedFrom, sq.AskedTo, err = aged(t, tx.Now)
	case "by":
		sq.By, err = decidedBy(tx, t)
	default:
		err = noSuchKey(t, DeviceKeys())
	}
	return err
}

// incidentTerm is endpointTerm for incidents of a person.
func (s *Service) incidentTerm(tx *store.Tx, a model.Actor, sq *store.IncidentQuery, t Term) (err error) {
	if err := comparesOnly(t, "age"); err != nil {
		return err
	}
	switch t.Key {
	case "state":
		state, ok := s.endpoints.Incidents.Find(t.Value)
		if !ok {
			return badTerm(t, "one of the states of an incident, or its code")
		}
		sq.States = append(sq.States, state)
	case "priority":
		if sq.Priority, err = strconv.Atoi(t.Value); err != nil || sq.Priority < 1 || sq.Priority > 5 {
			return badTerm(t, "a number from 1 to 5")
		}
	case "assignee":
		return assigneeTerm(tx, a, sq, t)
	case "user":
		sq.User = t.Value
	case "machine":
		sq.Machine = t.Value
	case "request":
		sq.Requests, err = endpointStates(t, sq.Requests)
	case "age":
		sq.CreatedFrom, sq.CreatedTo, err = aged(t, tx.Now)
	case "number":
		sq.Number = t.Value
	default:
		err = noSuchKey(t, IncidentKeys())
	}
	return err
}

func assigneeTerm(tx *store.Tx, a model.Actor, sq *store.IncidentQuery, t Term) error {
	switch t.Value {
	case "none":
		sq.Nobodys = true
		return nil
	case "me":
		sq.Assignee = a.ID
		return nil
	}
	p, found, err := tx.PersonByLogin(t.Value)
	if err == nil && !found {
		err = badTerm(t, "nobody has this login")
	}
	sq.Assignee = p.ID
	return err
}

// comparesOnly refuses < and > where they mean nothing.
func comparesOnly(t Term, keys ...string) error {
	if t.Op == "" {
		return nil
	}
	for _, k := range keys {
		if t.Key == k {
			return nil
		}
	}
	return badTerm(t, "there is no less and no more of it: write "+t.Key+":"+t.Value)
}

// lengthOf reads a length of time.
func lengthOf(t Term, want string) (time.Duration, error) {
	d, err := model.ParseDuration(t.Value)
	if err != nil {
		return 0, badTerm(t, want)
	}
	return d, nil
}

// aged is from when and to when something was made that is as old as a term says.
func aged(t Term, now time.Time) (from, to time.Time, err error) {
	d, err := lengthOf(t, "write it as age:>2h")
	switch {
	case err != nil:
		return from, to, err
	case t.Op == "<":
		return now.Add(-d), to, nil
	}
	return from, now.Add(-d), nil
}

// endpointStates adds the states that a word names: the state's own name, or a word
// that screens use for it.
func endpointStates(t Term, states []model.EndpointState) ([]model.EndpointState, error) {
	before := len(states)
	for _, st := range model.EndpointStates() {
		switch v := strings.ToLower(t.Value); {
		case string(st) == v, st.Words() == v, v == "waiting" && st == model.EndpointPending, v == "elsewhere" && st == model.EndpointElsewhere,
			v == "open" && st.Open(), v == "closed" && !st.Open():
			states = append(states, st)
		}
	}
	if len(states) == before {
		return states, badTerm(t, "one of waiting, approving, denying, approved, denied, expired, escalated, elsewhere, open, closed")
	}
	return states, nil
}

// decidedBy finds who decided: people by a part of their names, or a rule.
func decidedBy(tx *store.Tx, t Term) ([]model.PersonID, error) {
	if name, ok := strings.CutPrefix(t.Value, "rule:"); ok {
		return []model.PersonID{model.RuleActor(name)}, nil
	}
	found, err := tx.FindPeople(t.Value, pageLimit)
	if found == nil {
		found = []model.PersonID{}
	}
	return found, err
}
