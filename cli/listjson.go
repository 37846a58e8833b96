package cli

import (
	"time"

	"countersign/model"
	"countersign/workflow"
)

// The forms in which JSON tells things. Names are stable; times are RFC 3339 in
// UTC and left out where there is none.

type accessJSON struct {
	Right model.Right `json:"right"`
	Limit string      `json:"limit"`
}

func accessOf(a model.Access) *accessJSON {
	if a.Right == "" {
		return nil
	}
	return &accessJSON{a.Right, a.Limit.String()}
}

type requestJSON struct {
	Number    model.Number       `json:"number"`
	Item      model.ItemKey      `json:"item"`
	Requestor string             `json:"requestor"`
	For       string             `json:"for,omitempty"`
	Asked     *accessJSON        `json:"asked,omitempty"`
	Allowed   *accessJSON        `json:"allowed,omitempty"`
	Target    model.Target       `json:"target"`
	Title     string             `json:"title"`
	State     model.RequestState `json:"state"`
	NeedsInfo bool               `json:"needs_info,omitempty"`
	Due       time.Time          `json:"due,omitzero"`
	Created   time.Time          `json:"created,omitzero"`
	Updated   time.Time          `json:"updated,omitzero"`
	Revision  int64              `json:"revision"`
	Own       bool               `json:"own"`
}

func requestOf(r workflow.RequestRow) requestJSON {
	return requestJSON{Number: r.Number, Item: r.Item, Requestor: r.Requestor, For: r.For, Asked: accessOf(r.Asked),
		Allowed: accessOf(r.Allowed), Target: r.Target, Title: r.Title, State: r.State, NeedsInfo: r.NeedsInfo, Due: moment(r.Due),
		Created: moment(r.Created), Updated: moment(r.Updated), Revision: r.Revision, Own: r.Own}
}

type taskRowJSON struct {
	Number   model.Number   `json:"number"`
	Kind     model.TaskKind `json:"kind"`
	State    string         `json:"state"`
	Code     int            `json:"state_code"` // ServiceNow's
	Group    string         `json:"group"`
	Assignee string         `json:"assignee,omitempty"`
	Mine     bool           `json:"mine"`
	Vault    model.OpState  `json:"vault,omitempty"`
	Created  time.Time      `json:"created,omitzero"`
	Updated  time.Time      `json:"updated,omitzero"`
	Request  requestJSON    `json:"request"`
}

type operationJSON struct {
	ID         int64         `json:"id"`
	Request    model.Number  `json:"request,omitempty"`
	Task       model.Number  `json:"task,omitempty"`
	Kind       model.OpKind  `json:"kind"`
	Does       string        `json:"does"`
	Intent     model.Intent  `json:"intent"`
	State      model.OpState `json:"state"`
	NotBefore  time.Time     `json:"not_before,omitzero"`
	Attempts   int           `json:"attempts"`
	ServiceID  string        `json:"service_id,omitempty"`
	Sent       time.Time     `json:"sent,omitzero"`
	Ended      time.Time     `json:"ended,omitzero"`
	LookingFor string        `json:"looking_for,omitempty"`
	NextLook   time.Time     `json:"next_look,omitzero"`
	Evidence   string        `json:"evidence,omitempty"`
	Reason     string        `json:"reason,omitempty"`
}

func operationOf(o model.Operation) operationJSON {
	return operationJSON{ID: o.ID, Kind: o.Kind, Does: o.Intent.Words(o.Kind), Intent: o.Intent, State: o.State,
		NotBefore: moment(o.NotBefore), Attempts: o.Attempts, ServiceID: o.ServiceID, Sent: moment(o.Sent), Ended: moment(o.Ended),
		LookingFor: o.LookingFor, NextLook: moment(o.NextLook), Evidence: o.Evidence, Reason: o.Reason}
}

type grantJSON struct {
	ID       int64            `json:"id"`
	Request  model.Number     `json:"request"`
	For      string           `json:"for"`
	Target   model.Target     `json:"target"`
	Right    model.Right      `json:"right"`
	State    model.GrantState `json:"state"`
	Since    time.Time        `json:"since,omitzero"`
	Until    time.Time        `json:"until,omitzero"` // missing: no end
	Standing string           `json:"standing,omitempty"`
	Note     string           `json:"note,omitempty"`
}

func grantOf(g model.Grant) grantJSON {
	out := grantJSON{ID: g.ID, Request: g.Number, For: g.Email, Target: g.Target, Right: g.Right, State: g.State,
		Since: moment(g.Since), Until: moment(g.Until), Note: g.Note}
	if !g.Standing.None() {
		out.Standing = g.Standing.Words()
	}
	return out
}

// moment is a time for JSON. The store keeps "at once" as the beginning of 1970.
func moment(t time.Time) time.Time {
	if t.Unix() <= 0 {
		return time.Time{}
	}
	return t.UTC()
}

func taskRowOf(t workflow.TaskRow) taskRowJSON {
	return taskRowJSON{Number: t.Number, Kind: t.Kind, State: t.State.Words(), Code: int(t.State), Group: string(t.Group),
		Assignee: t.Assignee, Mine: t.Mine, Vault: t.OpState, Created: moment(t.Created), Updated: moment(t.Updated),
		Request: requestOf(t.Request)}
}

func each[A, B any](all []A, fn func(A) B) []B {
	out := make([]B, 0, len(all))
	for _, v := range all {
		out = append(out, fn(v))
	}
	return out
}
