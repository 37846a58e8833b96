package cli

import (
	"time"

	"countersign/model"
	"countersign/workflow"
)

// endpointJSON is an endpoint request as lists show it.
type endpointJSON struct {
	Incident  model.Number        `json:"incident"`
	UID       model.UID           `json:"uid"`
	Kind      string              `json:"kind"`
	State     model.EndpointState `json:"state"`
	User      string              `json:"user,omitempty"`
	Machine   string              `json:"machine,omitempty"`
	Agent     string              `json:"agent,omitempty"`
	What      string              `json:"what"`
	Why       string              `json:"justification,omitempty"`
	Complete  bool                `json:"complete"`
	Group     model.GroupName     `json:"group,omitempty"`
	Created   time.Time           `json:"created,omitzero"`
	Minutes   int                 `json:"minutes,omitempty"`
	Expires   time.Time           `json:"expires,omitzero"`
	Doubt     string              `json:"doubt,omitempty"`
	Seen      time.Time           `json:"seen,omitzero"`
	Ended     time.Time           `json:"ended,omitzero"`
	Outcome   string              `json:"outcome,omitempty"`
	Verdict   model.Verdict       `json:"verdict,omitempty"`
	DecidedAt time.Time           `json:"decided_at,omitzero"`
	Comment   string              `json:"comment,omitempty"`
	Revision  int64               `json:"revision"`
}

func endpointOf(e model.EndpointRequest) endpointJSON {
	return endpointJSON{Incident: e.Incident, UID: e.UID, Kind: e.Kind, State: e.State, User: e.User, Machine: e.Machine, Agent: e.Agent,
		What: e.What, Why: e.Justification, Complete: e.Complete, Group: e.Group, Created: moment(e.Created), Minutes: e.Minutes,
		Expires: moment(e.Expires), Doubt: e.Doubt, Seen: moment(e.Seen), Ended: moment(e.Ended), Outcome: e.Outcome,
		Verdict: e.Decision.Verdict, DecidedAt: moment(e.Decision.At), Comment: e.Decision.Comment, Revision: e.Revision}
}

// evidenceJSON is one key of the evidence; Value is missing where it is not
// reported.
type evidenceJSON struct {
	Group string  `json:"group,omitempty"`
	Key   string  `json:"key"`
	Value *string `json:"value,omitempty"`
}

type hintJSON struct {
	Name  string `json:"name"`
	Says  string `json:"says"`
	Key   string `json:"key,omitempty"`
	Found string `json:"found,omitempty"`
}

func hintOf(h model.Hint) hintJSON { return hintJSON{h.Name, h.Says, h.Key, h.Found} }

// earlierJSON counts earlier requests like one; Reported is false where this one does
// not report what they would have in common.
type earlierJSON struct {
	Reported  bool                `json:"reported"`
	Total     int                 `json:"total"`
	Approved  int                 `json:"approved"`
	Denied    int                 `json:"denied"`
	Expired   int                 `json:"expired"`
	Elsewhere int                 `json:"elsewhere"`
	Waiting   int                 `json:"waiting"`
	Last      time.Time           `json:"last,omitzero"`
	LastState model.EndpointState `json:"last_state,omitempty"`
	LastBy    string              `json:"last_by,omitempty"`
	By        map[string]int      `json:"by,omitempty"`
}

func earlierOf(e workflow.Earlier) earlierJSON {
	return earlierJSON{e.Key != "", e.Total, e.Approved, e.Denied, e.Expired, e.Elsewhere, e.Waiting, moment(e.Last), e.LastState, e.LastBy, e.By}
}

type historyJSON struct {
	User      earlierJSON `json:"same_user"`
	File      earlierJSON `json:"same_file"`
	Hash      earlierJSON `json:"same_hash"`
	Command   earlierJSON `json:"same_command"`
	FirstSeen bool        `json:"first_seen"`
}

// endpointCaseJSON is everything that is known of an endpoint request.
type endpointCaseJSON struct {
	endpointJSON
	Digest    model.Digest          `json:"digest"`
	Statement []model.StatementLine `json:"statement"`
	Evidence  []evidenceJSON        `json:"evidence"`
	Arguments []string              `json:"arguments"`
	Doubt     string                `json:"arguments_doubt,omitempty"`
	Ahead     int                   `json:"ahead,omitempty"` // evidence that is read before this one's
	Hints     []hintJSON            `json:"hints"`
	History   historyJSON           `json:"history"`
	DecidedBy string                `json:"decided_by,omitempty"`
	Deciders  []string              `json:"deciders"`
	Order     *operationJSON        `json:"order,omitempty"`
	Timeline  []timelineJSON        `json:"timeline"`
	Actions   []actionJSON          `json:"actions"`
}

func endpointCaseOf(v workflow.EndpointView) endpointCaseJSON {
	command := model.CommandOf(v.EndpointRequest)
	out := endpointCaseJSON{endpointJSON: endpointOf(v.EndpointRequest), Digest: v.Statement.Digest(), Statement: v.Statement.Lines(),
		Evidence: each(v.Evidence(), func(l model.EvidenceLine) evidenceJSON {
			e := evidenceJSON{Group: l.Group, Key: l.Key}
			if l.Reported {
				e.Value = &l.Value
			}
			return e
		}),
		Arguments: command.Args(), Doubt: command.Doubt, Ahead: v.Ahead, Hints: each(v.Hints, hintOf),
		History: historyJSON{earlierOf(v.History.User), earlierOf(v.History.File), earlierOf(v.History.Hash), earlierOf(v.History.Command),
			v.History.FirstSeen},
		DecidedBy: v.DecidedBy, Deciders: append([]string{}, v.Deciders...), Timeline: each(v.Timeline, timelineOf), Actions: each(v.Perms, actionOf)}
	if v.Op != nil {
		op := operationOf(*v.Op)
		out.Order = &op
	}
	return out
}

func timelineOf(e workflow.TimelineEntry) timelineJSON {
	return timelineJSON{moment(e.At), e.Who, e.Kind, e.Text}
}
