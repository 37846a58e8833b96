package workflow

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// ending is how what was being decided ended.
type ending struct {
	state   model.EndpointState
	answer  string // of the service, "" for none; foreign text
	refused string // why the order did not do it, "" where it did
	doubt   string // what is not certain about it, "" for nothing
}

// endOf tells from what the vault shows how it ended, and whether it did. refused
// says that the service refused the order: what it wanted was done before, by
// somebody else if it was sent but once.
func endOf(op model.Operation, s stand, refused bool) (ending, bool) {
	elsewhere := refused && op.Attempts <= 1
	switch {
	case op.Kind.OnDevice() && !s.gone:
		return ending{}, false
	case op.Kind.OnDevice() && elsewhere:
		return ending{state: model.EndpointElsewhere, refused: "decided outside this program before" + orTwice + "; the vault does not tell which way"}, true
	case op.Kind.OnDevice() && op.Attempts > 1:
		return ending{state: wants(op), doubt: "an earlier answer was lost, and the vault does not tell which way it went"}, true
	case op.Kind.OnDevice():
		return ending{state: wants(op)}, true
	case s.gone:
		return ending{state: model.EndpointElsewhere, refused: "the vault no longer has it: decided or removed outside this program"}, true
	case s.state == model.EndpointPending:
		return ending{}, false
	case s.state == wants(op) && !elsewhere:
		return ending{state: s.state}, true
	case s.state == wants(op):
		return ending{state: model.EndpointElsewhere, refused: string(s.state) + " outside this program before" + orTwice}, true
	case s.state == model.EndpointApproved || s.state == model.EndpointDenied:
		return ending{state: model.EndpointElsewhere, refused: string(s.state) + " outside this program before"}, true
	}
	return ending{state: s.state, refused: string(s.state) + " in the vault before"}, true
}

// orTwice is what cannot be told from a decision of somebody else: the service refuses
// an order that it has carried out already.
const orTwice = ", or by this order, if something on its way delivered it twice"

// doubted adds the doubt about an endpoint request that is as it was to be, unless the
// service has said that it carried the order out: the vault does not tell who did it.
func (e ending) doubted(op model.Operation, said bool) ending {
	if op.Kind.OnEndpoint() && e.refused == "" && !said {
		e.doubt = "an answer of the service was lost, and somebody outside this program may have decided the same before"
	}
	return e
}

// decided records how what was being decided ended, with the order and the incident.
func (w *Worker) decided(t *tenure, op model.Operation, end ending) error {
	level, said := slog.LevelInfo, ""
	err := w.write(t, func(tx *store.Tx) error {
		from := op.State
		op.Ended, op.LookingFor, op.Reason, op.Evidence = tx.Now, "", "", ""
		if end.refused == "" {
			op.State, op.Evidence = model.OpDone, "the vault shows it "+string(end.state)
		} else {
			level = slog.LevelWarn
			op.State, op.Reason = model.OpRefused, end.refused
		}
		if err := w.recordOp(tx, t, op, from); err != nil {
			return err
		}
		n := namesIn(tx)
		outcome, err := endDecided(tx, n, op, end)
		if err != nil {
			return err
		}
		c, _ := caseOf(tx, op)
		said = orderOf(c, op) + ": " + outcome
		if err := settled(tx, c, op, "", end.answer); err != nil {
			return err
		}
		return n.err
	})
	return w.told(err, level, op, said)
}

// endDecided ends the endpoint request or the device of a decision, and returns how
// it is told.
func endDecided(tx *store.Tx, n *names, op model.Operation, end ending) (string, error) {
	if op.Kind.OnDevice() {
		d, found, err := tx.Device(op.DeviceID)
		if err != nil || !found || !d.State.Open() {
			return "", err
		}
		outcome := outcomeWords(n, d.Decision, end, tx.Now)
		return outcome, endDevice(tx, d, end.state, outcome)
	}
	e, found, err := tx.Endpoint(op.EndpointID)
	if err != nil || !found || !e.State.Open() {
		return "", err
	}
	outcome := outcomeWords(n, e.Decision, end, tx.Now)
	return outcome, closeEndpoint(tx, e, end.state, outcome)
}

// outcomeWords says who decided what and when, and what the service answered.
func outcomeWords(n *names, vote model.EndpointVote, end ending, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s by %s at %s", vote.Verdict.Past(), who(n, vote.By), clock(vote.At))
	if vote.Comment != "" {
		fmt.Fprintf(&b, " (%q)", vote.Comment)
	}
	switch {
	case end.refused != "":
		b.WriteString("; not carried out: " + end.refused)
	default:
		b.WriteString("; carried out, seen in the vault at " + clock(now))
	}
	if end.doubt != "" {
		b.WriteString("; " + end.doubt)
	}
	if answer := strings.Join(strings.Fields(end.answer), " "); answer != "" {
		fmt.Fprintf(&b, "; the vault service answered %q", answer)
	}
	return b.String()
}

// reopenDecided lets what an order could not decide wait again, with the reason in
// its timeline; a request whose time is over ends.
func reopenDecided(tx *store.Tx, op model.Operation) error {
	if op.Kind.OnDevice() {
		d, found, err := tx.Device(op.DeviceID)
		if err != nil || !found || !d.State.Open() {
			return err
		}
		from := d.State
		d.State, d.Decision = model.EndpointPending, model.EndpointVote{}
		changed, err := tx.UpdateDevice(d, from)
		if err != nil || !changed {
			return orConflict(err, d.Object())
		}
		return nil
	}
	e, found, err := tx.Endpoint(op.EndpointID)
	if err != nil || !found || !e.State.Open() {
		return err
	}
	if late := lateWords(e, tx.Now); late != "" {
		n := namesIn(tx)
		outcome := outcomeWords(n, e.Decision, ending{refused: op.Reason + "; " + late}, tx.Now)
		return closeEndpoint(tx, e, model.EndpointExpired, outcome)
	}
	from := e.State
	e.State, e.Decision = model.EndpointPending, model.EndpointVote{}
	changed, err := tx.UpdateEndpoint(e, from)
	if err != nil || !changed {
		return orConflict(err, e.Incident)
	}
	return nil
}
