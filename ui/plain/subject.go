package plain

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/evidence"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// kind says what a subject is.
type kind int

// The kinds of subject. The zero value is nothing.
const (
	nothing kind = iota
	request
	task
	endpoint
	device
	incident
	grant
	operation
	entry // a line of a log, which is all that there is to be read
)

// subject is something that can be opened and worked with.
type subject struct {
	kind   kind
	number model.Number // of a request, task or incident; of the request of a grant or operation
	id     int64        // of an endpoint request, a device or an operation
	alike  []string     // other names of its list that look like its own
	grant  workflow.GrantRow
	entry  widget.DetailContent
}

// oneDevice is the whole id of a device.
var oneDevice = regexp.MustCompile(`^[0-9a-f]{20}$`)

// subjectOf finds what a word names: a row of the last list, a number, a device by
// its whole id, or, where nothing is named, what was opened last.
func (s *session) subjectOf(word string) (subject, error) {
	if word == "" {
		if s.open.kind == nothing {
			return subject{}, complain("Say which one: the number of a row of the last list, or a number such as REQ0010042.")
		}
		return s.open, nil
	}
	if n, err := strconv.Atoi(word); err == nil {
		if s.list == nil || n < 1 || n > len(s.list.rows) {
			return subject{}, complain("There is no row %d. list shows rows.", n)
		}
		return s.list.rows[n-1], nil
	}
	if oneDevice.MatchString(word) {
		v, err := s.svc.DeviceByDigits(s.ctx, s.me.ID, word)
		return subject{kind: device, id: v.ID}, err
	}
	n := model.Number(strings.ToUpper(word))
	switch {
	case !n.Valid():
	case strings.HasPrefix(string(n), model.PrefixTask):
		return subject{kind: task, number: n}, nil
	case strings.HasPrefix(string(n), model.PrefixIncident):
		return subject{kind: incident, number: n}, nil
	default:
		return subject{kind: request, number: n}, nil
	}
	return subject{}, complain("%s is neither a row nor a number.", word)
}

// caseOf reads the request that a subject is about.
func (s *session) caseOf(word string) (workflow.CaseView, subject, error) {
	sub, err := s.subjectOf(word)
	if err != nil {
		return workflow.CaseView{}, sub, err
	}
	switch sub.kind {
	case request, task, grant, operation:
		c, err := s.readCase(sub.number)
		return c, sub, err
	}
	return workflow.CaseView{}, sub, complain("That is no request and no task.")
}

// taskOf reads a task with its request: the one that is named, or the open one of
// a request, or its last.
func (s *session) taskOf(word string) (workflow.CaseView, model.Task, error) {
	c, sub, err := s.caseOf(word)
	if err != nil {
		return c, model.Task{}, err
	}
	for _, t := range c.Tasks {
		if t.Number == sub.number {
			return c, t, nil
		}
	}
	if t, open := c.OpenTask(); open {
		return c, t, nil
	}
	if len(c.Tasks) == 0 {
		return c, model.Task{}, complain("%s has no task.", c.Request.Number)
	}
	return c, c.Tasks[len(c.Tasks)-1], nil
}

// factsWithin is how long what the vault has to say about a target is waited for.
const factsWithin = 3 * time.Second

// readCase reads a request, with what the vault says of its target now. Where it
// says nothing, that is said.
func (s *session) readCase(n model.Number) (workflow.CaseView, error) {
	c, err := s.svc.Case(s.ctx, s.me.ID, n)
	if err != nil || !c.Target().Named() || c.Facts != nil || c.Request.State.Closed() {
		return c, err
	}
	asking, cancel := context.WithTimeout(s.ctx, factsWithin)
	defer cancel()
	if _, err := s.svc.Facts(asking, s.me.ID, c.Target().UID, false); err != nil {
		c.FactsErr = err
		return c, nil
	}
	return s.svc.Case(s.ctx, s.me.ID, n) // weighs the answer, and warns
}

// openSubject prints everything that is known of something.
func (s *session) openSubject(word string) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	perms, err := s.printSubject(sub)
	if err != nil {
		return err
	}
	s.open = sub
	var may []string
	for _, p := range perms {
		if p.Err == nil && p.Action != model.ActSee {
			may = append(may, string(p.Action))
		}
	}
	if len(may) > 0 {
		s.out.say("You can: %s.", strings.Join(may, ", "))
	}
	return nil
}

// printSubject prints a subject and returns what may be done with it.
func (s *session) printSubject(sub subject) ([]model.Permission, error) {
	switch sub.kind {
	case request, task:
		c, err := s.readCase(sub.number)
		if err != nil {
			return nil, err
		}
		s.printCase(c, casepane.Options{Alike: sub.alike})
		s.printWork(c)
		return c.Perms, nil
	case endpoint:
		v, err := s.svc.Endpoint(s.ctx, s.me.ID, sub.id)
		if err != nil {
			return nil, err
		}
		s.out.content(evidence.Endpoint(v, s.evidence()))
		return v.Perms, nil
	case device:
		v, err := s.svc.Device(s.ctx, s.me.ID, sub.id)
		if err != nil {
			return nil, err
		}
		s.out.content(evidence.Device(v, s.evidence()))
		return v.Perms, nil
	case incident:
		v, err := s.svc.Incident(s.ctx, s.me.ID, sub.number)
		if err != nil {
			return nil, err
		}
		s.printIncident(v)
		return v.Perms, nil
	case grant:
		s.printGrant(sub.grant)
		return sub.grant.Perms, nil
	case operation:
		c, err := s.readCase(sub.number)
		if err != nil {
			return nil, err
		}
		s.printWork(c)
		return c.Perms, nil
	case entry:
		s.out.content(sub.entry)
		return nil, nil
	}
	return nil, complain("That cannot be opened.")
}

// printCase prints a request as its pane shows it; o says for which decision, and
// which names look like its own.
func (s *session) printCase(c workflow.CaseView, o casepane.Options) {
	shown := s.options()
	shown.Allow, shown.Alike = o.Allow, o.Alike
	s.out.content(casepane.Content(c, shown))
}

// printWork prints the tasks of a request and its orders to the vault.
func (s *session) printWork(c workflow.CaseView) {
	for _, t := range c.Tasks {
		line := string(t.Number) + ": " + t.State.Words() + ", for " + string(t.Group)
		if who := c.Name(t.Assignee); who != "" {
			line += ", with " + who
		}
		s.out.say("%s", line)
		s.out.text("Close notes", t.CloseNotes)
	}
	for _, op := range c.Operations {
		s.out.say("Order, %s: %s", op.State, op.Intent.Words(op.Kind))
		for _, more := range []string{op.LookingFor, op.Reason, op.Evidence} {
			s.out.text("  of it", more)
		}
	}
}

// printIncident prints an incident, and its request with all the evidence.
func (s *session) printIncident(v workflow.IncidentView) {
	name := v.StateName
	if name == "" {
		name = v.State.Words()
	}
	who := v.Login
	if who == "" {
		who = "nobody"
	}
	s.out.say("%s, security incident, %s, priority %d of 5, with %s", v.Number, name, v.Priority, who)
	s.out.text("What", v.Short)
	s.out.text("Close notes", v.CloseNotes)
	s.out.content(widget.DetailContent{Timeline: evidence.Story(v.Timeline, s.evidence())})
	s.out.say("Its request:")
	s.out.content(evidence.Endpoint(v.Request, s.evidence()))
}

// printGrant prints access: what, until when, and what is left afterwards.
func (s *session) printGrant(r workflow.GrantRow) {
	g := r.Grant
	s.out.say("%s, %s", g.Target.Label(), s.grantState(r))
	s.out.text("UID", string(g.Target.UID))
	s.out.fact("Rights", casepane.Has(itemOf(g), g.Right))
	s.out.text("For", g.Email)
	if !g.Since.IsZero() {
		s.out.text("Since", s.moment(g.Since))
	}
	switch {
	case g.State == model.GrantPending:
		s.out.say("Keeper has sent an invitation; the access is given when it is accepted.")
	case g.Until.IsZero():
		s.out.say("Until: nothing ends it by itself")
	default:
		s.out.text("Until", s.moment(g.Until))
	}
	if g.State.Open() && !g.Standing.None() {
		s.out.fact("Then", append(widget.Words(theme.Text, "again "), casepane.Share(theme.Text, g.Standing, s.opt.Now(), s.opt.Zone)...))
	}
	s.out.text("Changed in the vault", r.Drift)
	s.out.text("Note", g.Note)
	s.out.text("Request", string(g.Number))
}

// raw prints the texts of what is open as they are stored.
func (s *session) raw(word string) error {
	sub, err := s.subjectOf(word)
	if err != nil {
		return err
	}
	switch sub.kind {
	case request, task, grant, operation:
		c, err := s.svc.Case(s.ctx, s.me.ID, sub.number)
		if err == nil {
			s.out.content(casepane.Raw(c))
		}
		return err
	case endpoint:
		v, err := s.svc.Endpoint(s.ctx, s.me.ID, sub.id)
		if err == nil {
			s.out.content(evidence.Raw(evidence.RawEndpoint(v.EndpointRequest)))
		}
		return err
	case device:
		v, err := s.svc.Device(s.ctx, s.me.ID, sub.id)
		if err == nil {
			s.out.content(evidence.Raw(evidence.RawDevice(v.Device)))
		}
		return err
	case incident:
		v, err := s.svc.Incident(s.ctx, s.me.ID, sub.number)
		if err == nil {
			s.out.content(evidence.Raw(evidence.RawEndpoint(v.Endpoint)))
		}
		return err
	}
	return errors.New("there is nothing raw of it")
}

// foreign is a cell of foreign text.
func foreign(text string) widget.Line { return widget.Foreign(theme.Text, safetext.Line(text)) }

func words(text string) widget.Line { return widget.Words(theme.Text, text) }
