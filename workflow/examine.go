package workflow

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
)

// role is what an operation is for.
type role int

const (
	roleFulfil   role = iota // gives what was approved
	roleRestore              // gives a standing right back when the granted time is over
	roleReturn               // ends a grant early
	roleMakeGood             // gives back what a refused plan had taken first
)

// roleOf tells from the rows it names what an operation is for.
func roleOf(op model.Operation) role {
	switch {
	case op.TaskID == 0 && op.GrantID != 0:
		return roleReturn
	case op.TaskID == 0:
		return roleMakeGood
	case op.Intent.Restores && op.Seq > 1:
		return roleRestore
	}
	return roleFulfil
}

// act is what to do with a queued operation, given what the vault holds.
type act int

const (
	actSend    act = iota
	actDone        // what is wanted stands already
	actRefuse      // it must not be sent: something is not as it was
	actCancel      // it has become pointless
	actWait        // not yet
	actCleanUp     // what an earlier plan left must go first
)

type advice struct {
	act act
	why string
	in  time.Duration // of actWait
	// links are those that actCleanUp removes.
	links []model.LinkID
}

// restorePatience is how long a share that should have ended may still be there
// before a person has to look at it.
const restorePatience = 15 * time.Minute

// examine compares what the vault holds with what the plan was made from, right
// before sending. The rules fail closed: an order is sent only if it leads to
// exactly what was confirmed. now is by the clock that the vault ends shares by.
func examine(op model.Operation, s surroundings, facts model.RecordFacts, now time.Time) advice {
	i := op.Intent
	what := "record"
	if op.Kind.OnFolder() || op.Kind == model.OpCreate {
		what = "folder"
	}
	switch {
	case facts.Gone && (op.Kind == model.OpRemove || op.Kind == model.OpLeave || op.Kind == model.OpUnlink):
		return advice{act: actDone, why: "the " + what + " is gone"}
	case facts.Gone && roleOf(op) != roleFulfil:
		return advice{act: actCancel, why: "the " + what + " is gone"}
	case facts.Gone:
		return advice{act: actRefuse, why: "the " + what + " is gone from the vault, or no longer shared with the service account"}
	case facts.Unshareable() != "":
		return advice{act: actRefuse, why: facts.Unshareable()}
	case op.Kind == model.OpCreate:
		return examineCreate(op, s, facts)
	case holds(op, facts):
		return advice{act: actDone, why: alreadyWords(op, facts)}
	}
	switch op.Kind {
	case model.OpLink:
		return examineLink(op, s, facts, now)
	case model.OpUpdate:
		return examineUpdate(i, facts)
	case model.OpDefaults:
		return examineDefaults(i, facts)
	case model.OpUnlink:
		return advice{act: actSend}
	}
	have := facts.Share(i.Email)
	if late, why := tooLate(op, now); late {
		if roleOf(op) == roleFulfil {
			return advice{act: actRefuse, why: why}
		}
		return advice{act: actCancel, why: why}
	}
	if s.rival {
		return advice{act: actWait, in: 15 * time.Second, why: "another order about the same access is on its way"}
	}
	if op.Intent.Restores && op.TaskID != 0 {
		return examineRestore(op, s.plan, have, now)
	}
	ended := !i.Before.None() && !i.Before.Expires.IsZero() && !i.Before.Expires.After(now) && have.None()
	if op.Kind == model.OpLower && ended {
		return advice{act: actDone, why: fmt.Sprintf("%s has nothing any more to be lowered", i.Who())}
	}
	if ended || have.Same(expected(op, s.plan)) || have.None() && i.Unseen {
		return advice{act: actSend}
	}
	return advice{act: actRefuse, why: fmt.Sprintf("%s had %s when this was planned and has %s now: plan it again",
		i.Who(), expected(op, s.plan).Words(), have.Words())}
}

// examineLink lets a link be made once every link that an earlier attempt left
// has been removed: nobody has seen it, and nobody will (PROTOCOL 13).
func examineLink(op model.Operation, s surroundings, facts model.RecordFacts, now time.Time) advice {
	if model.PAM(facts.Type) {
		return advice{act: actRefuse, why: model.NoLinks(facts.Type)}
	}
	var left []model.LinkID
	for _, other := range s.others {
		_, there := facts.Link(other.Intent.Link)
		switch {
		case other.Kind != model.OpUnlink || !strings.HasSuffix(other.Plan, cleanUp):
		case !other.State.Final():
			return advice{act: actWait, in: 5 * time.Second, why: "the link that an earlier attempt left is removed first"}
		case there && other.Plan == cleanUpOf(op):
			return advice{act: actRefuse, why: fmt.Sprintf("an earlier attempt left the link %s, whose address is lost, and the vault does not remove it: remove it there, or run the plan again", other.Intent.Link)}
		case there && !slices.Contains(left, other.Intent.Link):
			left = append(left, other.Intent.Link)
		}
	}
	if len(left) > 0 {
		return advice{act: actCleanUp, links: left}
	}
	if late, why := tooLate(op, now); late {
		return advice{act: actRefuse, why: why}
	}
	return advice{act: actSend}
}

// examineCreate takes a record with the request's number for the order's own only
// where an order may have made it: nothing else says whose it is.
func examineCreate(op model.Operation, s surroundings, facts model.RecordFacts) advice {
	switch {
	case len(facts.Marked) == 0:
		return advice{act: actSend}
	case len(facts.Marked) > 1 || op.Intent.Create.Destroys > 0:
		return advice{act: actRefuse, why: notAgain(op, facts)}
	case !mayHaveMade(op, s):
		return advice{act: actRefuse, why: fmt.Sprintf("the record %s bears this request's number, and no order of ours has made it: look at it in the vault, and delete it or close the task", facts.UID)}
	}
	return advice{act: actDone, why: alreadyWords(op, facts)}
}

// mayHaveMade reports whether an order of the request may have made a record.
func mayHaveMade(op model.Operation, s surroundings) bool {
	made := func(o model.Operation) bool { return o.Kind == model.OpCreate && o.Attempts > 0 }
	return made(op) || slices.ContainsFunc(s.plan, made) || slices.ContainsFunc(s.others, made)
}

// notAgain says why a record is not made that is there in a way it should not
// be: several times, or without the link that only its creation tells.
func notAgain(op model.Operation, facts model.RecordFacts) string {
	if n := len(facts.Marked); n > 1 {
		return fmt.Sprintf("%d records bear this request's number already: look at them in the vault, and delete what is too much", n)
	}
	return fmt.Sprintf("the record %s was made, and the link that shows and destroys it is lost; nobody has seen it: delete the record in the vault, then plan again", facts.UID)
}

func examineUpdate(i model.Intent, facts model.RecordFacts) advice {
	if facts.Revision != i.Update.Revision {
		return advice{act: actRefuse, why: "somebody changed the record after this was planned: plan it again"}
	}
	return advice{act: actSend}
}

// alreadyWords says what is there of an order that need not be sent.
func alreadyWords(op model.Operation, facts model.RecordFacts) string {
	switch op.Kind {
	case model.OpUnlink:
		return "the link is gone"
	case model.OpCreate:
		return "the record is there already"
	case model.OpUpdate:
		return "the record is so already"
	case model.OpDefaults:
		return "members have " + string(facts.Default) + " on later records already"
	}
	return op.Intent.Who() + " has " + facts.Share(op.Intent.Email).Words() + " already"
}

// shown says what the vault shows of what an order is about.
func shown(op model.Operation, facts model.RecordFacts) string {
	switch op.Kind {
	case model.OpLink:
		return fmt.Sprintf("%d links, not this one", len(facts.Links))
	case model.OpUnlink:
		return "the link"
	case model.OpCreate:
		return fmt.Sprintf("%d records with the number %s", len(facts.Marked), op.Intent.Create.Marker)
	case model.OpUpdate:
		return fmt.Sprintf("the record at revision %d without the change", facts.Revision)
	case model.OpDefaults:
		return "members with " + string(facts.Default) + " on later records"
	}
	words := op.Intent.Who() + " with " + facts.Share(op.Intent.Email).Words()
	if off := zoneWords(op, facts); off != "" {
		words += ", " + off
	}
	return words
}

// expected is what the person has after the earlier steps of the plan, if nobody
// else changed it.
func expected(op model.Operation, plan []model.Operation) model.Share {
	share := op.Intent.Before
	for _, earlier := range plan {
		if earlier.Seq < op.Seq && earlier.Kind == model.OpLower && earlier.State == model.OpDone {
			share.Right = earlier.Intent.Right
		}
	}
	return share
}

// examineRestore looks whether the raised share is gone. Restoring over it would
// make the raised right permanent, since a grant never lowers (PROTOCOL 12.2). While
// the vault shows what was given, with just the end that it was given, that end has
// not come yet, whatever our clock says: a standing right is not lost to a clock.
func examineRestore(op model.Operation, plan []model.Operation, have model.Share, now time.Time) advice {
	want := model.Share{Right: op.Intent.Right, Expires: op.Intent.Expires}
	over := now.Sub(have.Expires)
	switch {
	case have.None():
		return advice{act: actSend}
	case have.Right.Covers(want.Right) && (have.Expires.IsZero() || !want.Expires.IsZero() && !have.Expires.Before(want.Expires)):
		return advice{act: actDone, why: fmt.Sprintf("%s has %s already", op.Intent.Who(), have.Words())}
	case !have.Expires.IsZero() && (over.Abs() < restorePatience || have.Same(givenOver(op, plan))):
		in := 15 * time.Second
		switch {
		case -over > in:
			in = -over + time.Second
		case over > restorePatience:
			in = lookAgain(over)
		}
		return advice{act: actWait, in: in, why: fmt.Sprintf("%s still has %s", op.Intent.Who(), have.Words())}
	}
	return advice{act: actRefuse, why: fmt.Sprintf("%s has %s, which nobody planned: %s was not given back",
		op.Intent.Who(), have.Words(), want.Words())}
}

// givenOver is the share whose end an order waits for to give a right back: what an
// earlier step of its plan gave, or what stood when it was planned.
func givenOver(op model.Operation, plan []model.Operation) model.Share {
	for _, earlier := range plan {
		if earlier.Seq < op.Seq && earlier.Kind == op.Kind && earlier.State == model.OpDone {
			return model.Share{Right: earlier.Intent.Right, Expires: earlier.Intent.Expires}
		}
	}
	return op.Intent.Before
}

// tooLate reports whether less time is left than the vault can give.
func tooLate(op model.Operation, now time.Time) (bool, string) {
	end := op.Intent.Expires
	if counted(op) {
		end = op.Intent.Limit.End(now)
	}
	if !counted(op) && op.Kind != model.OpGrant && op.Kind != model.OpJoin || end.IsZero() || end.Sub(now) >= minLeft {
		return false, ""
	}
	if end.After(now) {
		return true, "less than a minute of the time is left"
	}
	return true, "the time was over at " + end.Format("2006-01-02 15:04") + " UTC"
}

// holds reports whether the vault shows exactly what the operation wants: the
// right, and the end to the second. A share that awaits its acceptance does not
// count.
func holds(op model.Operation, facts model.RecordFacts) bool {
	have := facts.Share(op.Intent.Email)
	switch op.Kind {
	case model.OpRemove, model.OpLeave:
		return facts.Gone || have.None()
	case model.OpOwner:
		return !facts.Gone && have.Right.Owner()
	case model.OpLower:
		return !facts.Gone && have.Right == op.Intent.Right
	case model.OpDefaults:
		return !facts.Gone && facts.Default == op.Intent.Right
	case model.OpLink:
		// A link whose address is lost is of no use, so only the answer names it.
		_, there := facts.Link(op.Intent.Link)
		return op.Intent.Link != "" && there
	case model.OpUnlink:
		_, there := facts.Link(op.Intent.Link)
		return facts.Gone || !there
	case model.OpCreate:
		// A record that destroys itself is of no use without its link, which only
		// the answer names.
		return len(facts.Marked) == 1 && (op.Intent.Create.Destroys == 0 || op.Intent.Link != "")
	case model.OpUpdate:
		return facts.Changed
	case model.OpGrant, model.OpJoin:
		if counted(op) && op.Intent.Limit.Length() > 0 && op.Intent.Expires.IsZero() {
			return false // its end is not known before it is sent
		}
		want := model.Share{Right: op.Intent.Right, Expires: op.Intent.Expires}
		if counted(op) && op.Intent.Limit.Length() == 0 {
			want.Expires = op.Intent.Limit.End(time.Time{})
		}
		return !facts.Gone && !have.Pending && have.Same(want)
	}
	return false
}
