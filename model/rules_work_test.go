package model_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/model"
)

// work is a request in process as the walk over the work on it knows it.
type work struct {
	item      model.Item
	named     bool // the target is named in the request
	picked    bool // the fulfiller has picked it
	revoke    bool // the task takes back access that stands
	made      bool // a record was made in it
	under     bool // an order to the vault is under way
	scheduled bool // the next order waits for its time
}

func (w work) String() string {
	return fmt.Sprintf("%s named %v picked %v revoke %v made %v under way %v scheduled %v", w.item.Key, w.named, w.picked, w.revoke, w.made, w.under, w.scheduled)
}

// works lists every kind of work that the program knows.
func works() []work {
	items := model.Catalog()
	if revoke, ok := model.FindItem(model.ItemRevoke); ok {
		items = append(items, revoke)
	}
	var all []work
	for _, item := range items {
		for bits := range 1 << 6 {
			is := func(n int) bool { return bits>>n&1 == 1 }
			w := work{item, is(0), is(1), is(2), is(3), is(4), is(5)}
			if w.named && w.picked || w.revoke && (item.Searches() || item.Key == model.ItemRevoke) || w.made && !item.Creates() && item.Target != model.TargetRecord {
				continue
			}
			all = append(all, w)
		}
	}
	return all
}

// caseOf is the case of such work, in the hands of the person.
func (w work) caseOf(assignee model.PersonID) model.Case {
	c := caseIn(model.InProcess)
	c.Request.Item, c.Request.Target = w.item.Key, model.Target{Kind: w.item.Target, Described: "the one that we need"}
	on := model.Target{Kind: w.item.Target, UID: "AAAAAAAAAAAAAAAAAAAAAA"}
	if w.named {
		c.Request.Target = on
	}
	c.Tasks[0].State, c.Tasks[0].Assignee = model.TaskInProgress, assignee
	if w.picked {
		c.Tasks[0].Picked = on
	}
	if w.revoke {
		c.Tasks[0].Kind = model.TaskRevoke
		c.Grants = []model.Grant{{ID: 1, State: model.GrantActive, Right: model.RightView}}
	}
	if w.made {
		c.Operations = append(c.Operations, model.Operation{TaskID: 1, Kind: model.OpCreate, State: model.OpDone,
			Intent: model.Intent{Record: "BBBBBBBBBBBBBBBBBBBBBB", Create: &model.NewRecord{}}})
	}
	if w.under {
		c.Operations = append(c.Operations, model.Operation{TaskID: 1, Kind: model.OpGrant, State: model.OpUnknown})
	}
	if w.scheduled {
		c.Operations = append(c.Operations, model.Operation{TaskID: 1, Kind: model.OpGrant, State: model.OpScheduled, NotBefore: noon.Add(time.Hour)})
	}
	return c
}

// may says what who has the task may do, written from DESIGN 3 independently of Can.
func (w work) may(act model.Action, admin bool) bool {
	searches, target := w.item.Searches(), w.named || w.picked
	writes := admin && !w.revoke && (w.item.Grants() || w.item.Creates()) && !w.scheduled
	switch act {
	case model.ActRelease, model.ActComplete, model.ActIncomplete, model.ActSkip:
		return !w.under
	case model.ActAnswer:
		return !w.under && searches
	case model.ActPick:
		return !w.under && !w.scheduled && !w.named && !searches
	case model.ActFulfil:
		return !w.under && !w.scheduled && !searches && (target || w.item.Creates()) && (admin || w.item.Key != model.ItemRevoke)
	case model.ActCreate:
		return !w.under && writes && w.item.Grants() && w.item.Target == model.TargetRecord && !w.named && !w.made
	case model.ActChange:
		return !w.under && writes && (w.made || w.item.Target == model.TargetRecord && target)
	}
	return false
}

// TestCanWalksTheWorkOnEveryItem goes through every item, who has its task, and how
// far the work is.
func TestCanWalksTheWorkOnEveryItem(t *testing.T) {
	t.Parallel()
	acts := []model.Action{model.ActRelease, model.ActComplete, model.ActIncomplete, model.ActSkip, model.ActAnswer, model.ActPick,
		model.ActFulfil, model.ActCreate, model.ActChange}
	for _, w := range works() {
		for _, holder := range []string{"fulfiller", "admin"} {
			for who, actor := range cast() {
				c := w.caseOf(cast()[holder].ID)
				for _, act := range acts {
					want := who == holder && w.may(act, who == "admin")
					if act == model.ActRelease && who == "admin" {
						want = w.may(act, true) // also somebody else's
					}
					if err := model.Can(actor, act, c, noon); (err == nil) != want {
						t.Errorf("%s, in the hands of the %s: %s, %s: %v, want allowed %v", w, holder, who, act, err, want)
					}
				}
			}
		}
	}
}

// TestNobodyButTheRequestorSeesTheLink goes through the states of a link's grant.
func TestNobodyButTheRequestorSeesTheLink(t *testing.T) {
	t.Parallel()
	for _, state := range model.GrantStates() {
		for _, left := range []time.Duration{time.Hour, 0, -time.Hour} {
			for who, actor := range cast() {
				c := caseIn(model.ClosedComplete)
				c.Request.Item = model.ItemOneTimeShare
				c.Grants = []model.Grant{{ID: 1, State: state, Right: model.RightView, Link: "link", Until: noon.Add(left)}}
				want := (who == "requestor" || who == "requestor and approver") && state.Open() && left > 0
				if err := model.Can(actor, model.ActReveal, c, noon); (err == nil) != want {
					t.Errorf("%s, %s left, %s: %v, want allowed %v", state, left, who, err, want)
				}
			}
		}
	}
}

// TestNothingIsAllowedThatCannotBeGiven holds that who lowers a request does not
// leave something that the vault cannot do.
func TestNothingIsAllowedThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	r := caseIn(model.Requested).Request
	r.Item, r.RequestedFor = model.ItemFolderAccess, "TTTTTTTTTTTTTTTTTTTTTT"
	r.Target = model.Target{Kind: model.TargetFolder, UID: "FFFFFFFFFFFFFFFFFFFFFF"}
	r.Asked = model.Access{Right: model.RightManageRecords, Limit: model.Permanent}
	r.Allowed = r.Asked
	if err := model.ValidateAllow(r, model.Access{Right: model.RightNone, Limit: model.Permanent}, noon); err != nil {
		t.Errorf("a lower right: %v", err)
	}
	if err := model.ValidateAllow(r, model.Access{Right: model.RightManageRecords, Limit: model.For(time.Hour)}, noon); err == nil {
		t.Error("a team is to get a folder for a time")
	}
	r = caseIn(model.Requested).Request
	for _, tt := range []struct {
		left time.Duration
		want bool
	}{{4 * time.Hour, true}, {model.MinLimit, true}, {model.MinLimit - time.Second, false}, {time.Second, false}} {
		if err := model.ValidateAllow(r, model.Access{Right: model.RightView, Limit: model.For(tt.left)}, noon); (err == nil) != tt.want {
			t.Errorf("for %s: %v", tt.left, err)
		}
	}
}
