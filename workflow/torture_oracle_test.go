package workflow_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// account is what both sides tell of the same orders when all is over.
type account struct {
	operations []model.Operation
	ledger     []vaultsim.Entry
	have, want standing // who has what in the end, by the vault and by the queue
	// again is how often the network itself delivered an order once more that holds
	// some texts: what that does twice is not the program's doing.
	again func(texts ...string) int
	skew  time.Duration // how far the clocks of the two may be apart
}

func (o *ordeal) account() account {
	a := account{operations: o.operations(), ledger: o.sim.Ledger(), again: o.net.again, skew: o.skew}
	a.have, a.want = o.stands()
	return a
}

// disagreements are all in which the queue and the vault's own ledger differ: every
// order that is done is in the ledger once, no other entry is there, nothing has an
// open end, and everybody has what they should have.
func (a account) disagreements() []string {
	found, _ := a.compared()
	return found
}

// compared returns the disagreements, and how many entries no finished order claims
// that are accounted for otherwise.
func (a account) compared() (found []string, excused int) {
	differ := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	claimed := make([]bool, len(a.ledger))
	unsent := func(op model.Operation) bool { return op.Attempts == 0 } // found done, if at all: others come first
	for _, op := range slices.Concat(slices.DeleteFunc(slices.Clone(a.operations), unsent),
		slices.DeleteFunc(slices.Clone(a.operations), func(op model.Operation) bool { return !unsent(op) })) {
		if !op.State.Final() && op.State != model.OpScheduled {
			differ("%s is %s: %s%s", named(op), op.State, op.Reason, op.LookingFor)
		}
		if op.State == model.OpRefused {
			found = append(found, a.untrue(op)...)
		}
		if op.State != model.OpDone {
			continue
		}
		at := slices.IndexFunc(a.ledger, func(e vaultsim.Entry) bool { return !claimed[e.Seq-1] && did(op, e) })
		switch {
		case at >= 0:
			claimed[at] = true
		case op.Attempts > 0 && !a.needless(op):
			differ("%s is done, and the vault never did it", named(op))
		}
	}
	spent, beside := map[string]int{}, map[string]bool{}
	for i, e := range a.ledger {
		if e.Kind == vaultsim.LinkRemove && !a.wasMade(e) {
			differ("the vault removed a link that it never made: %s", e.UID)
		}
		if claimed[i] {
			continue
		}
		excused++
		if a.cleanedUp(e) {
			continue
		}
		why, times := a.excuse(e, claimed)
		if spent[why]++; spent[why] <= times {
			beside[e.UID] = true
		} else {
			differ("the vault did what no order did: %s of %s%s%s for %s, until %s%s", e.Kind, e.Record, e.Folder, e.UID, e.User, e.Expires, a.about(e))
		}
	}
	return append(found, a.wrongHolders(beside)...), excused
}

// untrue says what a refused order tells of the vault that is not so: that records are
// there several times, or that a decision was made, which nobody else makes here.
func (a account) untrue(op model.Operation) []string {
	var says, made int
	if _, err := fmt.Sscanf(op.Reason, "%d records bear", &says); err == nil {
		for _, e := range a.ledger {
			if e.Kind == vaultsim.RecordAdd && marked(e) == string(op.Intent.Number) {
				made++
			}
		}
	}
	if strings.Contains(op.Reason, "delivered it twice") {
		says = 1
		for _, e := range a.ledger {
			if decides(e.Kind) && e.UID == string(op.Intent.Object()) {
				made++
			}
		}
	}
	if says <= made {
		return nil
	}
	return []string{fmt.Sprintf("%s is refused: %s; the vault did it %d times", named(op), op.Reason, made)}
}

func decides(k vaultsim.Kind) bool {
	return k == vaultsim.Approve || k == vaultsim.Deny || k == vaultsim.DeviceApprove || k == vaultsim.DeviceDeny
}

// about tells how the orders ended that an entry could be of.
func (a account) about(e vaultsim.Entry) string {
	said := ""
	for _, op := range a.operations {
		if about := string(op.Intent.Object()); about == e.Record || about == e.Folder || about == e.UID {
			said += fmt.Sprintf("\n\t%s, is %s: %s%s%s", named(op), op.State, op.Evidence, op.Reason, op.LookingFor)
		}
	}
	return said
}

func named(op model.Operation) string {
	return fmt.Sprintf("operation %d, %s of %s for %s, attempt %d", op.ID, op.Kind, op.Intent.Object(), op.Intent.Email, op.Attempts)
}

// did reports whether an entry is the effect of an order.
func did(op model.Operation, e vaultsim.Entry) bool {
	i := op.Intent
	mine := e.User == i.Email
	switch op.Kind {
	case model.OpGrant:
		rights := vaultsim.Rights{Edit: i.Right.Edit(), Share: i.Right.Share()}.String()
		return (e.Kind == vaultsim.Grant || e.Kind == vaultsim.Change) && mine && e.Record == string(i.Record) &&
			e.Rights == rights && e.Expires.Equal(i.Expires)
	case model.OpLower:
		rights := vaultsim.Rights{Edit: i.Right.Edit(), Share: i.Right.Share()}.String()
		return e.Kind == vaultsim.Change && mine && e.Record == string(i.Record) && e.Rights == rights
	case model.OpRemove:
		return e.Kind == vaultsim.Revoke && mine && e.Record == string(i.Record)
	case model.OpOwner:
		return e.Kind == vaultsim.Owner && mine && e.Record == string(i.Record)
	case model.OpJoin:
		return (e.Kind == vaultsim.FolderGrant || e.Kind == vaultsim.FolderChange) && mine && e.Folder == string(i.Folder) && e.Expires.Equal(i.Expires)
	case model.OpLeave:
		return e.Kind == vaultsim.FolderRevoke && mine && e.Folder == string(i.Folder)
	case model.OpLink:
		return e.Kind == vaultsim.LinkCreate && e.UID == string(i.Link)
	case model.OpUnlink:
		return e.Kind == vaultsim.LinkRemove && e.UID == string(i.Link)
	case model.OpCreate:
		return e.Kind == vaultsim.RecordAdd && e.Record == string(i.Record)
	case model.OpEndpointApprove:
		return e.Kind == vaultsim.Approve && e.UID == string(i.Approval)
	case model.OpEndpointDeny:
		return e.Kind == vaultsim.Deny && e.UID == string(i.Approval)
	case model.OpDeviceApprove:
		return e.Kind == vaultsim.DeviceApprove && e.UID == i.Device
	case model.OpDeviceDeny:
		return e.Kind == vaultsim.DeviceDeny && e.UID == i.Device
	}
	return false
}

// needless reports whether an order that was sent had nothing to do: what ends by
// itself needs no ending.
func (a account) needless(op model.Operation) bool {
	switch op.Kind {
	case model.OpRemove, model.OpLeave, model.OpUnlink:
		end := op.Intent.Before.Expires
		return !end.IsZero() && !op.Ended.Add(a.skew).Before(end)
	}
	return false
}

// wasMade reports whether a link that was removed had been made before.
func (a account) wasMade(removed vaultsim.Entry) bool {
	return slices.ContainsFunc(a.ledger, func(e vaultsim.Entry) bool {
		return e.Kind == vaultsim.LinkCreate && e.UID == removed.UID && e.Seq < removed.Seq
	})
}

// cleanedUp reports whether a link was made once, and removed because its address was
// lost: not because somebody gave it back who had it.
func (a account) cleanedUp(created vaultsim.Entry) bool {
	link := created.UID
	made, removed := 0, 0
	for _, e := range a.ledger {
		switch {
		case e.UID != link:
		case e.Kind == vaultsim.LinkCreate:
			made++
		case e.Kind == vaultsim.LinkRemove:
			removed++
		}
	}
	return created.Kind == vaultsim.LinkCreate && made == 1 && removed > 0 && slices.ContainsFunc(a.operations, func(op model.Operation) bool {
		return op.Kind == model.OpUnlink && string(op.Intent.Link) == link && strings.HasSuffix(op.Plan, ".cleanup")
	})
}

// excuse returns what accounts for an entry that no finished order claims, "" where
// nothing does, and for how many such entries at most. The network may have delivered
// an order twice that makes something, and so made another one of it; or it is said
// that nobody can tell: of access that ended before it could be seen, and of a decision
// that was delivered twice.
func (a account) excuse(e vaultsim.Entry, claimed []bool) (why string, times int) {
	same := func(o vaultsim.Entry) bool { return o.Kind == e.Kind && o.Record == e.Record && o.UID == e.UID }
	once := func(o vaultsim.Entry) bool { return o.Seq == e.Seq || !same(o) }
	if e.Kind != vaultsim.Grant && e.Kind != vaultsim.Change && e.Kind != vaultsim.FolderGrant && e.Kind != vaultsim.FolderChange &&
		slices.ContainsFunc(a.ledger, func(o vaultsim.Entry) bool { return !once(o) }) {
		return "", 0 // nothing is made, or decided, twice by the same name
	}
	// beside reports whether what the order itself did is accounted for.
	beside := func(is func(vaultsim.Entry) bool) bool {
		return slices.ContainsFunc(a.ledger, func(o vaultsim.Entry) bool {
			return o.Kind == e.Kind && !same(o) && is(o) && (claimed[o.Seq-1] || a.cleanedUp(o))
		})
	}
	switch e.Kind {
	case vaultsim.LinkCreate:
		if beside(func(o vaultsim.Entry) bool { return o.Record == e.Record }) {
			return "link of " + e.Record, a.again("one-time-share create", e.Record)
		}
	case vaultsim.RecordAdd:
		number := marked(e)
		times = a.again("record-add", number)
		switch {
		case beside(func(o vaultsim.Entry) bool { return marked(o) == number }):
			return "record of " + number, times
		case times > 0 && slices.ContainsFunc(a.operations, func(op model.Operation) bool {
			return op.Kind == model.OpCreate && string(op.Intent.Number) == number && op.State == model.OpRefused && strings.Contains(op.Reason, "records bear this request's number")
		}):
			return "record of " + number, times + 1
		}
	case vaultsim.Grant, vaultsim.Change, vaultsim.FolderGrant, vaultsim.FolderChange:
		i := slices.IndexFunc(a.operations, func(op model.Operation) bool {
			return did(op, e) && op.State == model.OpRefused && strings.Contains(op.Reason, "cannot be told")
		})
		if i >= 0 {
			return named(a.operations[i]), 1
		}
	case vaultsim.Approve, vaultsim.Deny, vaultsim.DeviceApprove, vaultsim.DeviceDeny:
		if a.again(e.UID) > 0 && slices.ContainsFunc(a.operations, func(op model.Operation) bool {
			return string(op.Intent.Object()) == e.UID && strings.Contains(op.Reason, "delivered it twice")
		}) {
			return "decision on " + e.UID, 1
		}
	}
	return "", 0
}

// marked is the number of the request that a new record bears.
func marked(e vaultsim.Entry) string {
	number, _ := held(*e.Content, "text.request_id").(string)
	return number
}
