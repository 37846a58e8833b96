package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// Event is what a program outside is told. It says nothing of what is asked for and
// why: titles and justifications stay in the queue.
type Event struct {
	// ID is the same each time that the event is told, which can be more than once.
	ID    string             `json:"id"`
	Kind  model.OutsideEvent `json:"event"`
	At    time.Time          `json:"at"`
	Text  string             `json:"text"` // one sentence
	To    []ToldTo           `json:"to"`   // whom it concerns
	Group string             `json:"group,omitempty"`
	// Number is that of a request or an incident, "" for a device and for trouble.
	Number    string     `json:"number,omitempty"`
	Item      string     `json:"item,omitempty"` // of the catalog, or "endpoint" or "device"
	State     string     `json:"state,omitempty"`
	Requestor string     `json:"requestor,omitempty"` // login
	By        string     `json:"by,omitempty"`        // login of who did it, or "system"
	Due       *time.Time `json:"due,omitempty"`       // when it has to be decided
}

// ToldTo is somebody whom an event concerns.
type ToldTo struct {
	Login string `json:"login"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

func toldTo(people []model.Person) []ToldTo {
	to := []ToldTo{}
	for _, p := range people {
		if p.Active && !slices.ContainsFunc(to, func(t ToldTo) bool { return t.Login == p.Login }) {
			to = append(to, ToldTo{p.Login, p.Name, p.Email})
		}
	}
	return to
}

// toldDue is when something has to be decided; nil where that is never, or so far off
// that JSON has no word for it.
func toldDue(t time.Time) *time.Time {
	if t.IsZero() || t.Year() > 9999 {
		return nil
	}
	t = t.UTC()
	return &t
}

// eventKey identifies what has happened; it is the event's ID.
func eventKey(parts ...any) string {
	return strings.ReplaceAll(strings.TrimSuffix(fmt.Sprintln(parts...), "\n"), " ", "-")
}

// gathering turns what has happened into events.
type gathering struct {
	tx     *store.Tx
	wanted func(model.OutsideEvent) bool
	svc    *Service
	people []model.Person // read once
}

// put stores an event if it is wanted.
func (g *gathering) put(key string, e Event) error {
	if !g.wanted(e.Kind) {
		return nil
	}
	e.ID, e.At = key, e.At.UTC()
	if e.At.IsZero() {
		e.At = g.tx.Now
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write the event %s: %w", key, err)
	}
	_, err = g.tx.InsertEvent(key, string(body))
	return err
}

// everybody are all active people.
func (g *gathering) everybody() ([]model.Person, error) {
	if g.people != nil {
		return g.people, nil
	}
	all, err := g.tx.People()
	g.people = slices.DeleteFunc(all, func(p model.Person) bool { return !p.Active })
	return g.people, err
}

// with returns the active people that fit.
func (g *gathering) with(fits func(model.Person) bool) ([]model.Person, error) {
	all, err := g.everybody()
	return slices.DeleteFunc(slices.Clone(all), func(p model.Person) bool { return !fits(p) }), err
}

// name is the login of somebody who did something.
func (g *gathering) name(id model.PersonID) (string, error) {
	all, err := g.everybody()
	if i := slices.IndexFunc(all, func(p model.Person) bool { return p.ID == id }); i >= 0 {
		return all[i].Login, err
	}
	return string(id), err
}

// entry turns an entry of the audit into the events that it means.
func (g *gathering) entry(e model.AuditEntry) error {
	object, verb, _ := strings.Cut(e.Action, ".")
	switch object {
	case "request":
		return g.request(e, verb)
	case "endpoint":
		return g.endpoint(e, verb)
	case "device":
		if verb == "seen" || verb == "resumed" {
			return g.device(e)
		}
	}
	return nil
}

// request tells of a request as it is now: for whom it waits, or how it was decided.
func (g *gathering) request(e model.AuditEntry, verb string) error {
	c, found, err := g.tx.Case(model.Number(e.Object))
	if err != nil || !found {
		return err
	}
	by, err := g.name(e.Actor)
	if err != nil {
		return err
	}
	requestor, err := g.name(c.Request.RequestedBy)
	if err != nil {
		return err
	}
	told := Event{At: e.At, Number: e.Object, Item: string(c.Request.Item), State: string(c.Request.State), Requestor: requestor, By: by}
	switch verb {
	case "submit", "reply", "reassign", "escalate", "remind", "approve":
		if verb == "approve" && inEmergency(e, c) {
			return g.emergency(e, c, told)
		}
		if c.Request.State == model.Requested {
			return g.waits(e, c, told, verb == "remind" || verb == "reply")
		}
		if verb != "approve" {
			return nil // it was decided meanwhile, which is told by itself
		}
		return g.decided(c, told, "approved")
	case "deny":
		if c.Request.State == model.Requested {
			return nil // more are needed to deny it
		}
		return g.decided(c, told, "denied")
	case "expire":
		return g.decided(c, told, "expired: nobody decided in time")
	case "ask":
		return g.asked(e, c, told)
	}
	return nil
}

// inEmergency reports whether the approval that the entry tells of decided alone.
func inEmergency(e model.AuditEntry, c model.Case) bool {
	return slices.ContainsFunc(c.Approvals, func(ap model.Approval) bool {
		return slices.ContainsFunc(ap.Votes, func(v model.Vote) bool { return v.Emergency && v.Voter == e.Actor && v.At.Equal(e.At) })
	})
}

// waits tells who can decide a request now; each opening of a step is told once, and
// again by each reminder and after each answer of the requestor.
func (g *gathering) waits(e model.AuditEntry, c model.Case, told Event, again bool) error {
	ap, open := c.OpenApproval()
	if !open {
		return nil
	}
	people, err := g.deciders(c, ap)
	if err != nil {
		return err
	}
	key := eventKey("waiting", told.Number, ap.ID)
	if again {
		key = eventKey(key, e.Seq)
	}
	told.Kind, told.Group, told.To = model.OutsideWaiting, string(ap.Group), toldTo(people)
	told.Text = fmt.Sprintf("%s of %s waits for %s", told.Number, told.Requestor, ap.Group)
	told.Due = toldDue(c.Request.Due)
	return g.put(key, told)
}

// deciders are those who may decide a request now, themselves or for somebody.
func (g *gathering) deciders(c model.Case, ap model.Approval) ([]model.Person, error) {
	actors, err := actorsOf(g.tx, ap.Group)
	var people []model.Person
	for _, a := range actors {
		if model.Can(a, model.ActDeny, c, g.tx.Now) == nil {
			people = append(people, a.Person)
		}
	}
	return people, err
}

// decided tells the requestor how it went.
func (g *gathering) decided(c model.Case, told Event, how string) error {
	people, err := g.with(func(p model.Person) bool { return p.ID == c.Request.RequestedBy })
	if err != nil {
		return err
	}
	told.Kind, told.To = model.OutsideDecided, toldTo(people)
	told.Text = fmt.Sprintf("%s of %s is %s", told.Number, told.Requestor, how)
	return g.put(eventKey("decided", told.Number), told)
}

// asked tells the requestor that an approver wants to know more.
func (g *gathering) asked(e model.AuditEntry, c model.Case, told Event) error {
	people, err := g.with(func(p model.Person) bool { return p.ID == c.Request.RequestedBy })
	if err != nil {
		return err
	}
	told.Kind, told.To = model.OutsideAsked, toldTo(people)
	told.Text = fmt.Sprintf("%s asks something about %s; its time stands until %s answers", told.By, told.Number, told.Requestor)
	return g.put(eventKey("asked", told.Number, e.Seq), told)
}

// emergency tells everybody who would have decided that one did it alone, and who
// might have done so instead.
func (g *gathering) emergency(e model.AuditEntry, c model.Case, told Event) error {
	groups := c.Request.Policy.Decides()
	for _, ap := range c.Approvals {
		groups = append(groups, ap.Group) // it may have been given to another one
	}
	people, err := g.with(func(p model.Person) bool { return slices.ContainsFunc(groups, p.In) })
	if err != nil {
		return err
	}
	told.Kind, told.To = model.OutsideEmergency, toldTo(people)
	told.Text = fmt.Sprintf("%s has approved %s of %s alone, in an emergency; it waits for a review", told.By, told.Number, told.Requestor)
	return g.put(eventKey("emergency", told.Number, e.Seq), told)
}

// endpoint tells of a request of an endpoint that waits, by its incident.
func (g *gathering) endpoint(e model.AuditEntry, verb string) error {
	if verb != "seen" && verb != "resumed" && verb != "escalate" {
		return nil
	}
	i, found, err := g.tx.Incident(model.Number(e.Object))
	if err != nil || !found {
		return err
	}
	r, found, err := g.tx.Endpoint(i.EndpointID)
	if err != nil || !found || r.State != model.EndpointPending {
		return err
	}
	told := g.ofEndpoint(r)
	told.At, told.Kind = e.At, model.OutsideWaiting
	told.Text = fmt.Sprintf("%s: an endpoint request waits for %s", told.Number, told.Group)
	if told.To, err = g.endpointDeciders(model.GroupName(told.Group)); err != nil {
		return err
	}
	return g.put(eventKey("waiting", e.Object, e.Seq), told)
}

func (g *gathering) ofEndpoint(r model.EndpointRequest) Event {
	told := Event{Number: string(r.Incident), Item: "endpoint", State: string(r.State), Group: string(r.Group)}
	if told.Group == "" {
		told.Group = string(g.svc.endpointGroup())
	}
	told.Due = toldDue(r.Expires)
	return told
}

func (g *gathering) endpointDeciders(group model.GroupName) ([]ToldTo, error) {
	people, err := g.with(func(p model.Person) bool {
		return p.Has(model.RoleApprover) && (group == "" || slices.Contains(p.Groups, group))
	})
	return toldTo(people), err
}

// device tells of a device that waits.
func (g *gathering) device(e model.AuditEntry) error {
	group := g.svc.endpointGroup()
	to, err := g.endpointDeciders(group)
	if err != nil {
		return err
	}
	return g.put(eventKey("waiting", e.Object, e.Seq), Event{At: e.At, Kind: model.OutsideWaiting, Item: "device", Group: string(group), To: to,
		Text: fmt.Sprintf("a device waits for %s", group)})
}

// endingAtOnce is how many of them are told at once.
const endingAtOnce = 100

// endingSoon tells of endpoint requests that are about to end.
func (g *gathering) endingSoon(ending []model.EndpointRequest) error {
	for _, r := range ending {
		told := g.ofEndpoint(r)
		told.Kind = model.OutsideEnding
		told.Text = fmt.Sprintf("%s: an endpoint request ends at %s, and nobody has decided it", told.Number, r.Expires.UTC().Format("15:04:05 UTC"))
		var err error
		if told.To, err = g.endpointDeciders(model.GroupName(told.Group)); err != nil {
			return err
		}
		if err := g.put(eventKey("ending", told.Number), told); err != nil {
			return err
		}
	}
	return nil
}
