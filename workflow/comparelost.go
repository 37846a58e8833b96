package workflow

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// onUID finds what an order was about in the audit's detail of it, and digits a device.
var (
	onUID  = regexp.MustCompile(` on ([A-Za-z0-9_-]{22})$`)
	digits = regexp.MustCompile(`\b[0-9a-f]{20}\b`)
)

// lookAtLost says how something is here and in the vault.
func (s *Service) lookAtLost(ctx context.Context, o *LostObject) error {
	switch {
	case strings.HasPrefix(o.Object, model.PrefixRequest):
		return s.lookAtRequest(ctx, o)
	case strings.HasPrefix(o.Object, model.PrefixIncident):
		o.Here = "an incident of an endpoint request"
		o.Advice = "the worker lists what still waits in the vault, and sees what was decided there"
	case strings.HasPrefix(o.Object, "device "):
		return s.lookAtDevice(ctx, o)
	case o.did("people.") || o.did("privacy.") || o.did("key."):
		return s.lookAtPerson(ctx, o)
	case o.only("session.", "audit.", "queue."):
		o.Here, o.Advice = "nothing is kept of it", "nothing"
	default:
		o.Here, o.Advice = "nothing is kept of it", "read what was done, and do again what still has to be so"
	}
	return nil
}

// only reports whether nothing else was done than what begins so.
func (o *LostObject) only(actions ...string) bool {
	return !slices.ContainsFunc(o.Entries, func(e LostEntry) bool {
		return !slices.ContainsFunc(actions, func(a string) bool { return strings.HasPrefix(e.Action, a) })
	})
}

// lookAtDevice says what is here of a device. It goes by its digits: the number in its
// name may be another device's here.
func (s *Service) lookAtDevice(ctx context.Context, o *LostObject) error {
	id := ""
	for _, e := range o.Entries {
		if id = digits.FindString(e.Detail); id != "" {
			break
		}
	}
	var d model.Device
	here := false
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		d, here, err = tx.DeviceByDigits(id)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case !here:
		o.Here = "device " + id + " is not in this queue"
	case d.State == model.EndpointPending:
		o.Here = "device " + id + " waits in this queue"
	default:
		o.Here = "device " + id + " is in this queue: " + d.State.Words()
	}
	switch {
	case o.did("device.approve"):
		o.Advice = "it was approved then, and the queue no longer says by whom: see whether it should be, and take it away in the vault where not"
	case o.did("device.den"):
		o.Advice = "it was denied then: where it asks again, deny it again"
	default:
		o.Advice = "nothing: the worker lists it where it still waits"
	}
	return nil
}

// lookAtPerson says how a person is here.
func (s *Service) lookAtPerson(ctx context.Context, o *LostObject) error {
	var p model.Person
	here := false
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		p, here, err = tx.Person(model.PersonID(o.Object))
		return err
	})
	if err != nil {
		return err
	}
	active := map[bool]string{true: "active", false: "disabled"}[p.Active]
	o.Here = fmt.Sprintf("a person, as at the backup: %s; roles %s; groups %s", active, joined(p.Roles), joined(p.Groups))
	o.Advice = "do again what still has to be so"
	switch {
	case !here:
		o.Here, o.Advice = "a person who is not in this queue", "add them again, where they still belong here"
	case o.did("privacy.erase"):
		o.Advice = "they were erased then: erase them again"
	case p.Active && o.disabled():
		o.Advice = "they were disabled then: disable them again, first of all"
	case o.did("key."):
		o.Advice += ", first of all: remove the keys that were removed"
	}
	return nil
}

// disabled reports whether the last change of a person left them disabled.
func (o *LostObject) disabled() (is bool) {
	for _, e := range o.Entries {
		if e.Action == "people.change" {
			is = strings.HasSuffix(e.Detail, "active false")
		}
	}
	return is
}

// sight is what the vault shows now of a record or folder.
type sight struct {
	facts model.RecordFacts
	known bool // false where it could not be looked at
	words string
}

// lookAtRequest compares a request with what the queue and the vault have of it.
func (s *Service) lookAtRequest(ctx context.Context, o *LostObject) error {
	var c model.Case
	here := false
	var open []model.Grant
	email, uids := o.text("for"), o.uids()
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		var err error
		if c, here, err = tx.Case(model.Number(o.Object)); err != nil {
			return err
		}
		if here {
			email = c.Request.RequestedFor
			if uid := c.Target().UID; uid != "" && len(uids) == 0 {
				uids = append(uids, uid)
			}
		}
		for _, uid := range uids {
			grants, err := tx.OpenGrants(uid, email)
			if err != nil {
				return err
			}
			open = append(open, grants...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	seen := map[model.UID]sight{}
	var shows []string
	for _, uid := range uids {
		if seen[uid], err = s.vaultShows(ctx, uid, email); err != nil {
			return err
		}
		shows = append(shows, seen[uid].words)
	}
	o.Vault = strings.Join(shows, "; ")
	if len(shows) == 0 {
		o.Vault = "nothing says what it was about, so the vault cannot be asked"
	}
	if !here {
		o.Here, o.Advice = "not in this queue: it was submitted after the backup", o.notHere(email, seen)
		return nil
	}
	o.Here = "in this queue it is " + c.Request.State.Words()
	if c.Request.State.Closed() {
		o.Advice = o.closed(c, email, open, seen, s.now())
	} else {
		o.Advice = o.goOn(c)
	}
	return nil
}

// uids are what the orders were about.
func (o *LostObject) uids() []model.UID {
	var all []model.UID
	for _, e := range o.Entries {
		if m := onUID.FindStringSubmatch(e.Detail); m != nil && strings.HasPrefix(e.Action, "operation.") && !slices.Contains(all, model.UID(m[1])) {
			all = append(all, model.UID(m[1]))
		}
	}
	return all
}

// notHere says what to do about a request that is not in the queue.
func (o *LostObject) notHere(email string, seen map[model.UID]sight) string {
	if !o.did("operation.done") {
		return "ask for it again, where it is still needed"
	}
	for _, at := range seen {
		if email == "" || !at.known || !at.facts.Share(email).None() || len(at.facts.Links) > 0 {
			return "what was given is in nobody's ledger: ask for it again, or take it away in the vault"
		}
	}
	return "it was carried out then, and the vault shows nothing of it any more: ask for it again, where it is still needed"
}

// closed says what to do about a request that is over here: nothing where the vault
// shows of everything that was carried out what the ledger says.
func (o *LostObject) closed(c model.Case, email string, open []model.Grant, seen map[model.UID]sight, now time.Time) string {
	if g, stands := c.OpenGrant(); stands {
		at, asked := seen[g.Target.UID]
		switch {
		case asked && at.known && gives(at.facts, g):
			return "nothing: the vault shows what this queue has"
		case !g.Until.IsZero() && !g.Until.After(now):
			return "nothing: its time is over, and the worker ends it here; where something has to be given back that the vault does not show, it opens a task"
		case asked && at.known:
			return fmt.Sprintf("here %s still has %s by it, and the vault shows otherwise: end it here, by revoking it or, once the worker has seen the difference, by closing it; or ask for it again",
				g.Email, model.Share{Right: g.Right, Expires: g.Until}.Words())
		}
		return "here access stands by it: look at it in the vault, and end it here where it is not there any more"
	}
	for uid, at := range seen {
		held := at.facts.Share(email)
		switch {
		case !o.did("operation.done") && !o.did("grant."):
		case !at.known:
			return "it was carried out then: look at it in the vault"
		case !held.None() && !slices.ContainsFunc(open, func(g model.Grant) bool { return g.Target.UID == uid && gives(at.facts, g) }):
			return fmt.Sprintf("nothing in this queue gives that to %s: see what it is for, and take it away in the vault or by a request where it should not be", email)
		}
	}
	return "nothing: no access stands by it here"
}

// gives reports whether the vault shows what a grant says.
func gives(facts model.RecordFacts, g model.Grant) bool {
	if g.Link != "" {
		_, there := facts.Link(g.Link)
		return there
	}
	return !facts.Gone && facts.Share(g.Email).Same(model.Share{Right: g.Right, Expires: g.Until})
}

// goOn says what to do about a request that is not over here.
func (o *LostObject) goOn(c model.Case) string {
	undecided := c.Request.State == model.Requested
	switch {
	case o.did("request.withdraw"):
		return "it was withdrawn then: withdraw it again"
	case undecided && o.did("operation.done"):
		return "it was decided and carried out then: look at what the vault shows before it is decided again, or withdraw it"
	case undecided && (o.did("request.approve") || o.did("request.reject") || o.did("request.deny")):
		return "it was decided then: decide it again"
	case undecided && o.did("request.expire"):
		return "it expired then, and will here"
	case o.did("operation.done"):
		return "it was carried out then: look at what the vault shows; the worker looks for it as well, and leaves to a person what it does not find"
	case o.did("task.close"):
		return "its task was closed then: close it again, or carry it out"
	}
	return "go on with it"
}

// vaultShows says what the vault shows of a record or folder and somebody's access to
// it.
func (s *Service) vaultShows(ctx context.Context, uid model.UID, email string) (sight, error) {
	facts, err := s.allFacts(ctx, uid)
	var e *VaultError
	switch {
	case errors.As(err, &e) && e.Kind == VaultNoWorker:
		return sight{}, err
	case errors.As(err, &e):
		return sight{words: fmt.Sprintf("%s could not be looked at: %s", uid, e.Text)}, nil
	case err != nil:
		return sight{}, err
	}
	at := sight{facts: facts, known: true}
	switch {
	case facts.Gone:
		at.words = fmt.Sprintf("%s is gone, or no longer shared with the service account", uid)
	case email == "":
		at.words = fmt.Sprintf("%s is there, with %s; for whom it was, only an export with --texts tells", titleOr(facts.Title, uid), count(len(facts.Shares), "share"))
	default:
		at.words = fmt.Sprintf("%s has %s on %q now", email, facts.Share(email).Words(), titleOr(facts.Title, uid))
	}
	return at, nil
}
