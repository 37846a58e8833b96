package vaultclient

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// EPMVerb is a decision on an endpoint request.
type EPMVerb string

// The decisions.
const (
	EPMApprove EPMVerb = "approve"
	EPMDeny    EPMVerb = "deny"
)

// EPMAction decides one endpoint request. Its answer is never proof: Judge returns Unknown with cause Silent where all seems
// well, and Verify tells (PROTOCOL 12.7). Keeper takes no comment with it.
type EPMAction struct {
	Approval UID
	Verb     EPMVerb
}

// EPMDecided proves an EPMAction, from Verify.
type EPMDecided struct {
	Approval UID
	Status   EPMStatus
}

func (EPMDecided) evidence() {}

// EPMStatus is the state of an endpoint request, in the service's words.
type EPMStatus string

// The states the service gives.
const (
	EPMPending   EPMStatus = "Pending"
	EPMApproved  EPMStatus = "Approved"
	EPMDenied    EPMStatus = "Denied"
	EPMExpired   EPMStatus = "Expired"
	EPMEscalated EPMStatus = "Escalated"
)

// EPMRequest is an endpoint elevation request. All texts are foreign.
type EPMRequest struct {
	UID           UID
	Type          string // PrivilegeElevation, FileAccess, CommandLine, LeastPrivilege, Custom, Other
	Status        EPMStatus
	Agent         UID
	Account       []Pair
	Application   []Pair
	Justification string // as it came; see Reason
	ExpiresIn     int    // minutes after Created
	Created       LocalTime
}

// Pair is one piece of evidence. A list cuts pairs at 30 characters; ViewEPM gives them whole.
type Pair struct {
	Key   string
	Value string
	Cut   bool // the value may go on
}

// listCut is the length at which a list cuts "Key=Value".
const listCut = 30

func (m EPMAction) command(a abilities) (command, error) {
	b := newCommand(a.epm, "approval", "action")
	if m.Verb != EPMApprove && m.Verb != EPMDeny {
		b.fail(fmt.Errorf("decision %q: %w", m.Verb, ErrInvalid))
	}
	return b.uidOption(string(m.Verb), m.Approval).build()
}

func (m EPMAction) judge(r Reply) Outcome {
	for _, verb := range []string{"approved", "approve", "deny"} {
		if text, ok := r.said(fmt.Sprintf(`Failed to %s "%s": `, verb, m.Approval)); ok {
			if strings.Contains(text, "does not exist or cannot be modified") {
				return Refused{AlreadyHandled, r.text()}
			}
			return Refused{cloudRefusal(text), r.text()}
		}
	}
	return refusals{{"Invalid UID: ", BadCommand}}.find(r)
}

// Verify compares the request, viewed after the action or after SyncEPM, with the order.
func (m EPMAction) Verify(now EPMRequest) Finding {
	wanted := EPMApproved
	if m.Verb == EPMDeny {
		wanted = EPMDenied
	}
	switch now.Status {
	case wanted:
		return stands(EPMDecided{m.Approval, now.Status})
	case EPMPending, EPMEscalated:
		return absent("status now: " + string(now.Status))
	}
	return differentFrom("status now: " + string(now.Status))
}

// ListEPM lists endpoint requests of one state, or all for "", newest first. The list is a cache: send SyncEPM before.
func (c *Client) ListEPM(ctx context.Context, status EPMStatus) ([]EPMRequest, error) {
	b := newCommand(c.epmWord, "approval", "list")
	if status != "" {
		b.option("type", strings.ToLower(string(status)))
	}
	cmd, err := b.json().build()
	if err != nil {
		return nil, err
	}
	return read(ctx, c, cmd, parseEPM)
}

// ViewEPM returns one endpoint request with all its evidence. A request newer than the cache is ErrNotFound: send SyncEPM and try again.
func (c *Client) ViewEPM(ctx context.Context, uid UID) (EPMRequest, error) {
	cmd, err := newCommand(c.epmWord, "approval", "view").json().uid(uid).build()
	if err != nil {
		return EPMRequest{}, err
	}
	return read(ctx, c, cmd, func(r Reply) (EPMRequest, error) { return parseEPMView(r, uid) })
}

func parseEPMView(r Reply, uid UID) (EPMRequest, error) {
	requests, err := parseEPM(r)
	switch {
	case err != nil:
		return EPMRequest{}, ofAnother(r, uid, err)
	case len(requests) != 1 || requests[0].UID != uid:
		// Unlike get, view knows no titles: this says nothing about the request, not even that it is gone.
		return EPMRequest{}, &Error{Kind: ErrCommandFailed, HTTP: r.code, Text: answersAnother}
	}
	return requests[0], nil
}

func parseEPM(r Reply) ([]EPMRequest, error) {
	var rows []struct {
		UID           UID       `json:"approval_uid"`
		Type          string    `json:"approval_type"`
		Status        EPMStatus `json:"status"`
		Agent         UID       `json:"agent_uid"`
		Account       pairs     `json:"account_info"`
		Application   pairs     `json:"application_info"`
		Justification string    `json:"justification"`
		ExpiresIn     int       `json:"expire_in"`
		Created       LocalTime `json:"created"`
	}
	if noneFound(r) {
		return []EPMRequest{}, nil
	}
	if json.Unmarshal(r.data, &rows) != nil || rows == nil {
		return nil, failed(r)
	}
	requests := make([]EPMRequest, len(rows))
	for i, row := range rows {
		requests[i] = EPMRequest{
			row.UID, row.Type, row.Status, row.Agent, row.Account, row.Application, row.Justification, row.ExpiresIn, row.Created,
		}
	}
	return requests, nil
}

// pairs reads both forms of evidence: the object of a view and the cut lines of a list.
type pairs []Pair

// UnmarshalJSON implements json.Unmarshaler.
func (p *pairs) UnmarshalJSON(b []byte) error {
	var lines []string
	if json.Unmarshal(b, &lines) == nil {
		*p = nil
		for _, line := range lines {
			key, value, _ := strings.Cut(line, "=")
			*p = append(*p, Pair{key, value, utf8.RuneCountInString(line) >= listCut})
		}
		return nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(b, &object); err != nil {
		return err
	}
	*p = nil
	for key, raw := range object {
		var value string
		if json.Unmarshal(raw, &value) != nil {
			value = string(raw)
		}
		*p = append(*p, Pair{Key: key, Value: value})
	}
	slices.SortFunc(*p, func(a, b Pair) int { return strings.Compare(a.Key, b.Key) })
	return nil
}

// Find returns the value of a key, "" if it is not there.
func Find(pairs []Pair, key string) string {
	for _, p := range pairs {
		if p.Key == key {
			return p.Value
		}
	}
	return ""
}

// Reason returns the justification for reading: its text member if it is a JSON object with one, else all of it.
func (e EPMRequest) Reason() string {
	var object struct {
		Text *string `json:"text"`
	}
	if json.Unmarshal([]byte(e.Justification), &object) == nil && object.Text != nil {
		return *object.Text
	}
	return e.Justification
}

// Expires returns when the request lapses, which the service itself does not compute. loc is the zone of the service host.
// The error wraps ErrInvalid.
func (e EPMRequest) Expires(loc *time.Location) (time.Time, error) {
	created, err := e.Created.In(loc)
	return created.Add(time.Duration(e.ExpiresIn) * time.Minute), err
}
