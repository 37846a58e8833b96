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
	// again is how often the network itself delivered an order once more that holds
	// a text: what that does twice is not the program's doing.
	again func(text string) int
	skew  time.Duration // how far the clocks of the two may be apart
}

func (o *ordeal) account() account {
	return account{operations: o.operations(), ledger: o.sim.Ledger(), again: o.net.again, skew: o.skew}
}

// disagreements are all in which the queue and the vault's own ledger differ: every
// order that is done is in the ledger once, no other entry is there, and nothing
// has an open end.
func (a account) disagreements() []string {
	var found []string
	differ := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	claimed := make([]bool, len(a.ledger))
	for _, op := range a.operations {
		if !op.State.Final() && op.State != model.OpScheduled {
			differ("%s is %s: %s%s", named(op), op.State, op.Reason, op.LookingFor)
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
	for i, e := range a.ledger {
		if !claimed[i] && !a.explained(e) {
			differ("the vault did what no order did: %s of %s%s%s for %s, until %s%s", e.Kind, e.Record, e.Folder, e.UID, e.User, e.Expires, a.about(e))
		}
	}
	return found
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
		return e.Kind == vaultsim.Change && mine && e.Record == string(i.Record)
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

// cleanedUp reports whether a link was made once, and removed because its address was
// lost: not because somebody gave it back who had it.
func (a account) cleanedUp(link string) bool {
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
	return made == 1 && removed > 0 && slices.ContainsFunc(a.operations, func(op model.Operation) bool {
		return op.Kind == model.OpUnlink && string(op.Intent.Link) == link && strings.HasSuffix(op.Plan, ".cleanup")
	})
}

// explained reports whether an entry that no finished order claims is accounted
// for: a link whose address was lost has been removed, the network did it, or it is
// said that nobody can tell: of access that ended before it could be seen, and of a
// decision that the network delivered twice.
func (a account) explained(e vaultsim.Entry) bool {
	switch e.Kind {
	case vaultsim.LinkCreate:
		return a.cleanedUp(e.UID) || a.again(e.Record) > 0
	case vaultsim.RecordAdd:
		return a.again(held(*e.Content, "text.request_id").(string)) > 0
	case vaultsim.Grant, vaultsim.Change, vaultsim.FolderGrant, vaultsim.FolderChange:
		return slices.ContainsFunc(a.operations, func(op model.Operation) bool {
			return did(op, e) && op.State == model.OpRefused && strings.Contains(op.Reason, "cannot be told")
		})
	case vaultsim.Approve, vaultsim.Deny, vaultsim.DeviceApprove, vaultsim.DeviceDeny:
		return a.again(e.UID) > 0 && slices.ContainsFunc(a.operations, func(op model.Operation) bool {
			return string(op.Intent.Object()) == e.UID && strings.Contains(op.Reason, "delivered it twice")
		})
	}
	return false
}
