package model_test

import (
	"errors"
	"testing"
	"time"

	"countersign/model"
)

// TestCanEndpointWalksEveryStateActionAndRole says for each who may do what to an
// endpoint request, complete or not, before its end and after.
func TestCanEndpointWalksEveryStateActionAndRole(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	person := func(login string, groups []model.GroupName, roles ...model.Role) model.Actor {
		return model.Actor{Person: model.Person{ID: model.PersonID(login), Login: login, Email: login + "@example.com", Roles: roles, Groups: groups, Active: true}}
	}
	in := []model.GroupName{"desk"}
	delegate := person("della", nil, model.RoleApprover)
	delegate.For = []model.Person{person("omar", in, model.RoleApprover).Person}
	ownDelegate := person("nora", nil, model.RoleApprover)
	ownDelegate.For = []model.Person{person("zoe", in, model.RoleApprover).Person}
	off := person("olga", in, model.Roles()...)
	off.Active = false
	actors := map[string]model.Actor{
		"requestor": person("alice", in, model.RoleRequestor), "approver": person("omar", in, model.RoleApprover), "delegate": delegate,
		"approver of another group": person("dana", nil, model.RoleApprover), "admin": person("priya", in, model.RoleAdmin),
		"delegate of the user": ownDelegate, "support": person("sam", nil, model.RoleSupport), "the user": person("Zoe", in, model.RoleApprover), "disabled": off,
	}
	sees := map[string]bool{"approver": true, "delegate": true, "delegate of the user": true, "approver of another group": true, "admin": true, "support": true, "the user": true}
	decides := map[string]bool{"approver": true, "delegate": true}
	for who, a := range actors {
		for _, state := range model.EndpointStates() {
			for _, complete := range []bool{true, false} {
				for _, left := range []time.Duration{time.Hour, time.Second, 0, -time.Hour} {
					e := model.EndpointRequest{State: state, User: `CORP\zoe`, Group: "desk", Complete: complete, Seen: now.Add(-time.Minute), Expires: now.Add(left)}
					for _, act := range append(model.EndpointActions(), model.ActFulfil) {
						want := false
						switch act {
						case model.ActSee:
							want = sees[who]
						case model.ActApprove:
							want = decides[who] && state == model.EndpointPending && complete && left > 0
						case model.ActDeny:
							want = decides[who] && state == model.EndpointPending && left > 0
						}
						err := model.CanEndpoint(a, act, e, now)
						var denied *model.Denied
						if (err == nil) != want || err != nil && (!errors.As(err, &denied) || denied.Code == "" || denied.Reason == "") {
							t.Errorf("%s: %s while %s, complete %v, %s left: %v, want %v", who, act, state, complete, left, err, want)
						}
					}
				}
			}
			d := model.Device{State: state, Email: "zoe@example.com", Group: "desk"}
			for _, act := range model.EndpointActions() {
				want := act == model.ActSee && sees[who] || act != model.ActSee && decides[who] && state == model.EndpointPending
				if err := model.CanDevice(a, act, d); (err == nil) != want {
					t.Errorf("%s: %s a device that is %s: %v, want %v", who, act, state, err, want)
				}
			}
		}
		for _, open := range []bool{true, false} {
			for _, waits := range []bool{true, false} {
				i := model.Incident{State: model.IncidentDraft}
				if !open {
					i.State, i.Closed = model.IncidentClosed, now
				}
				works := sees[who] && who != "support"
				for act, want := range map[model.Action]bool{model.ActSee: sees[who], model.ActNote: sees[who], model.ActAssign: works && open,
					model.ActClose: works && open && !waits, model.ActReopen: works && !open} {
					if err := model.CanIncident(a, act, i, waits); (err == nil) != want {
						t.Errorf("%s: %s, open %v, request waits %v: %v, want %v", who, act, open, waits, err, want)
					}
				}
			}
		}
	}
}

func TestRequestWithoutAnEndOrAGroupCanBeDecidedByAnyApprover(t *testing.T) {
	t.Parallel()
	a := model.Actor{Person: model.Person{ID: "omar", Login: "omar", Roles: []model.Role{model.RoleApprover}, Active: true}}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	e := model.EndpointRequest{State: model.EndpointPending, Complete: true, Seen: now}
	if err := model.CanEndpoint(a, model.ActApprove, e, now); err != nil {
		t.Error(err)
	}
	if err := model.CanEndpoint(a, model.ActApprove, e, now.Add(-24*time.Hour)); err == nil {
		t.Error("approved a day before it was seen")
	}
}

func TestStatementOfEndpointChangesWithEveryPieceOfEvidence(t *testing.T) {
	t.Parallel()
	base := func() model.EndpointRequest {
		return model.EndpointRequest{UID: "u", Incident: "SIR0010001", Kind: "CommandLine", Agent: "agent", Complete: true, Justification: "why",
			Created: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Minutes: 30,
			Facts: []model.Fact{{Group: "account", Key: "Username", Value: "zoe"}, {Group: "application", Key: "CommandLine", Value: "id"}}}
	}
	was := model.StatementOfEndpoint(base()).Digest()
	for name, change := range map[string]func(*model.EndpointRequest){
		"uid": func(e *model.EndpointRequest) { e.UID = "v" }, "kind": func(e *model.EndpointRequest) { e.Kind = "FileAccess" },
		"agent":             func(e *model.EndpointRequest) { e.Agent = "other" },
		"value":             func(e *model.EndpointRequest) { e.Facts[1].Value = "id " },
		"key":               func(e *model.EndpointRequest) { e.Facts[1].Key = "Commandline" },
		"group":             func(e *model.EndpointRequest) { e.Facts[1].Group = "account" },
		"another fact":      func(e *model.EndpointRequest) { e.Facts = append(e.Facts, model.Fact{Group: "application", Key: "x"}) },
		"one fact less":     func(e *model.EndpointRequest) { e.Facts = e.Facts[:1] },
		"justification":     func(e *model.EndpointRequest) { e.Justification = "because" },
		"creation":          func(e *model.EndpointRequest) { e.Created = e.Created.Add(time.Second) },
		"minutes":           func(e *model.EndpointRequest) { e.Minutes = 31 },
		"how much is known": func(e *model.EndpointRequest) { e.Complete = false },
	} {
		e := base()
		change(&e)
		if model.StatementOfEndpoint(e).Digest() == was {
			t.Errorf("another %s leaves the digest as it is", name)
		}
	}
	same := base()
	same.Expires, same.Revision, same.State = time.Now(), 7, model.EndpointApproving
	if model.StatementOfEndpoint(same).Digest() != was {
		t.Error("what is computed here changes the digest")
	}
}
