package typedahead

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/model"
	"countersign/workflow"
)

// order is something that was decided or ordered, and what must have stood on the
// dialog that it was confirmed on.
type order struct {
	at     time.Time
	what   string
	button string   // its label
	shows  []string // in the dialog's title or form when it was confirmed
	about  []string // in its evidence then, or before where that scrolls
	read   []string // in it at some time before, since it scrolls
}

// watched is the workflow over a company's queue. What decides or orders something
// is written down and goes no further, so that the company stays as it is.
type watched struct {
	*workflow.Service
	now    func() time.Time
	opened time.Time
	me     model.Actor

	mu      sync.Mutex
	changes chan struct{}
	orders  []order
	edition int // what is asked for changes with it, under the eyes of who reads
	// views and machines are what each digest is of that was ever read.
	views, machines map[model.Digest]string
	grants          map[int64]model.Grant // that were ever listed
}

func (w *watched) order(what, button string, shows ...string) {
	w.take(order{what: what, button: button, shows: shows})
}

// orderOn is an order on something that the evidence names.
func (w *watched) orderOn(about []string, what, button string, shows ...string) {
	w.take(order{what: what, button: button, about: about, shows: shows})
}

func (w *watched) take(o order) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o.at = time.Now()
	w.orders = append(w.orders, o)
}

// bulk is an order about several. Who approves has read about each of them; who
// denies, how many they are.
func (w *watched) bulk(what string, n int, thing string, v model.Verdict, comment string, each []string) {
	o := order{what: what, button: w.verdict(v) + " these", shows: append(words(comment), w.verdict(v)+" together"),
		read: []string{fmt.Sprintf("%d %s", n, thing), "will be " + v.Past()}}
	if v == model.Approve {
		o.read = append(o.read, each...)
	}
	w.take(o)
}

func (w *watched) taken() []order {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.orders)
}

// change lets what everybody asks for be something else, and tells the consoles.
func (w *watched) change() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.edition++
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

func (w *watched) Changes() (<-chan struct{}, func()) { return w.changes, func() {} }

// Case returns a case as it stands in this edition: another record each time.
func (w *watched) Case(ctx context.Context, me model.PersonID, n model.Number) (workflow.CaseView, error) {
	c, err := w.Service.Case(ctx, me, n)
	if err != nil {
		return c, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	// A link is shown under the number, whatever its record is called by then.
	if w.edition > 0 && c.Request.Target.Title != "" && c.Link == nil {
		c.Request.Target.Title = fmt.Sprintf("edition-%d", w.edition)
		c.Request.Revision += int64(w.edition)
	}
	w.views[c.Statement(c.Request.Allowed).Digest()] = c.Request.Target.Label()
	return c, nil
}

// tail is the end of what was typed: what is longer than its field scrolls.
func tail(text string) string {
	r := []rune(strings.TrimSpace(text))
	return string(r[max(len(r)-12, 0):])
}

// words are what must stand on a dialog of the words of a decision: the reason that
// was picked, and the end of what was typed.
func words(comment string) []string {
	reason, text, both := strings.Cut(comment, ": ")
	if !both {
		return []string{tail(comment)}
	}
	return []string{reason, tail(text)}
}

func (w *watched) verdict(v model.Verdict) string {
	if v == model.Approve {
		return "Approve"
	}
	return "Deny"
}

// target is the thing that a decision is about, as it stood when its digest was
// that; "" where less is allowed than was asked for.
func (w *watched) target(d model.Digest) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.views[d]
}

func (w *watched) Decide(_ context.Context, _ model.PersonID, d workflow.Decision) (workflow.Decided, error) {
	v := w.verdict(d.Verdict)
	shows := append(words(d.Comment), v+" "+string(d.Number))
	if d.Verdict == model.Approve {
		shows = append(shows, d.Allow.Right.Words())
	}
	w.orderOn([]string{w.target(d.Digest)}, "decide", v, shows...)
	return workflow.Decided{Number: d.Number}, nil
}

func (w *watched) DecideMany(_ context.Context, _ model.PersonID, ds []workflow.Decision) []workflow.Decided {
	var each []string
	var out []workflow.Decided
	for _, d := range ds {
		each = append(each, string(d.Number), w.target(d.Digest))
		out = append(out, workflow.Decided{Number: d.Number})
	}
	w.bulk("bulk", len(ds), "request", ds[0].Verdict, ds[0].Comment, each)
	return out
}

func (w *watched) Ask(_ context.Context, _ model.PersonID, n model.Number, question string) error {
	w.order("ask", "", string(n), tail(question))
	return nil
}

func (w *watched) Reassignable(context.Context, model.PersonID, model.Number) ([]model.GroupName, error) {
	return []model.GroupName{"Security", "On Call"}, nil
}

func (w *watched) Reassign(_ context.Context, _ model.PersonID, n model.Number, to model.GroupName, reason string) error {
	w.order("reassign", "", string(n), string(to), tail(reason))
	return nil
}

func (w *watched) ApproveInEmergency(_ context.Context, _ model.PersonID, e workflow.Emergency) (workflow.Decided, error) {
	w.orderOn([]string{w.target(e.Digest)}, "emergency", "Approve alone", "in an emergency: "+string(e.Number), tail(e.Reason), e.Phrase, e.Allow.Right.Words())
	return workflow.Decided{Number: e.Number}, nil
}

func (w *watched) Review(_ context.Context, _ model.PersonID, n model.Number, comment string) error {
	w.order("review", "", string(n), tail(comment))
	return nil
}

func (w *watched) machine(d model.Digest) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.machines[d]
}

func (w *watched) DecideEndpoint(_ context.Context, _ model.PersonID, d workflow.EndpointDecision) (workflow.Decided, error) {
	w.orderOn([]string{w.machine(d.Digest)}, "endpoint", w.verdict(d.Verdict), append(words(d.Comment), w.verdict(d.Verdict))...)
	return workflow.Decided{}, nil
}

func (w *watched) DecideEndpoints(_ context.Context, _ model.PersonID, ds []workflow.EndpointDecision) []workflow.Decided {
	var each []string
	for _, d := range ds {
		each = append(each, w.machine(d.Digest))
	}
	w.bulk("endpoints", len(ds), "request", ds[0].Verdict, ds[0].Comment, each)
	return make([]workflow.Decided, len(ds))
}

func (w *watched) DecideDevice(_ context.Context, _ model.PersonID, d workflow.DeviceDecision) (workflow.Decided, error) {
	w.orderOn([]string{w.device(d.ID).Email}, "device", w.verdict(d.Verdict), append(words(d.Comment), w.verdict(d.Verdict))...)
	return workflow.Decided{}, nil
}

func (w *watched) DecideDevices(_ context.Context, _ model.PersonID, ds []workflow.DeviceDecision) []workflow.Decided {
	var each []string
	for _, d := range ds {
		each = append(each, w.device(d.ID).Email)
	}
	w.bulk("devices", len(ds), "device", ds[0].Verdict, ds[0].Comment, each)
	return make([]workflow.Decided, len(ds))
}

func (w *watched) WantEndpoints(context.Context, model.PersonID) error { return nil }
func (w *watched) AssignIncident(context.Context, model.PersonID, model.Number, string) error {
	return nil
}
func (w *watched) NoteIncident(context.Context, model.PersonID, model.Number, string) error {
	return nil
}

func (w *watched) CloseIncident(_ context.Context, _ model.PersonID, n model.Number, comment string) error {
	w.order("close incident", "", string(n), tail(comment))
	return nil
}

func (w *watched) ReopenIncident(_ context.Context, _ model.PersonID, n model.Number, why string) error {
	w.order("reopen incident", "", string(n), tail(why))
	return nil
}

func (w *watched) Claim(context.Context, model.PersonID, model.Number) error           { return nil }
func (w *watched) Pick(context.Context, model.PersonID, model.Number, model.UID) error { return nil }
func (w *watched) LookAgain(context.Context, model.PersonID, int64) error              { return nil }
func (w *watched) Comment(context.Context, model.PersonID, model.Number, model.EntryKind, string) error {
	return nil
}

// Release gives a task back. One's own is given back by the key alone.
func (w *watched) Release(ctx context.Context, me model.PersonID, n model.Number) error {
	c, err := w.Service.Case(ctx, me, n)
	for _, task := range c.Tasks {
		if task.Number == n && task.Assignee != me {
			w.order("release", "Release", string(n))
		}
	}
	return err
}

// Facts is what the vault says of a record: that nobody has it yet.
func (w *watched) Facts(_ context.Context, _ model.PersonID, uid model.UID, _ bool) (model.RecordFacts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return model.RecordFacts{Kind: model.TargetRecord, UID: uid, Title: fmt.Sprintf("edition-%d", w.edition), Type: "login", Owner: "svc@example.com", Read: w.now()}, nil
}

func (w *watched) WhoHas(ctx context.Context, me model.PersonID, on model.Target) (model.RecordFacts, error) {
	return w.Facts(ctx, me, on.UID, true)
}

func (w *watched) Search(context.Context, model.PersonID, string, model.TargetKind) (workflow.SearchAnswer, error) {
	return workflow.SearchAnswer{Built: w.now()}, nil
}

func (w *watched) RefreshIndex(context.Context, model.PersonID) error { return nil }

func (w *watched) Plan(ctx context.Context, me model.PersonID, n model.Number) (workflow.PlanView, error) {
	c, err := w.Case(ctx, me, n)
	if err != nil {
		return workflow.PlanView{}, err
	}
	facts, err := w.Facts(ctx, me, c.Target().UID, true)
	if err != nil {
		return workflow.PlanView{}, err
	}
	plan, err := workflow.PlanOf(c.Case, facts, w.now())
	return workflow.PlanView{Task: n, Facts: facts, Plan: plan, Digest: model.Digest(facts.Title)}, err
}

func (w *watched) Fulfil(_ context.Context, _ model.PersonID, n model.Number, d model.Digest) error {
	w.orderOn([]string{string(d)}, "run", "", string(n))
	return nil
}

func (w *watched) CloseTask(_ context.Context, _ model.PersonID, n model.Number, _ model.TaskState, reason string) error {
	w.order("close task", "", string(n), tail(reason))
	return nil
}

func (w *watched) Answer(_ context.Context, _ model.PersonID, n model.Number, _ []model.UID, note string) error {
	w.order("answer", "", string(n), tail(note))
	return nil
}

func (w *watched) RunRecord(_ context.Context, _ model.PersonID, n model.Number, _ workflow.Draft, _ model.Digest) error {
	w.order("run record", "", string(n))
	return nil
}

func (w *watched) RunChange(_ context.Context, _ model.PersonID, n model.Number, _ workflow.Change, _ model.Digest) error {
	w.order("run change", "", string(n))
	return nil
}

// Ledger and Access list grants, which are remembered.
func (w *watched) Ledger(ctx context.Context, me model.PersonID, q workflow.Query) (workflow.Page[workflow.GrantRow], error) {
	return w.listed(w.Service.Ledger(ctx, me, q))
}

func (w *watched) Access(ctx context.Context, me model.PersonID, q workflow.Query) (workflow.Page[workflow.GrantRow], error) {
	return w.listed(w.Service.Access(ctx, me, q))
}

func (w *watched) listed(page workflow.Page[workflow.GrantRow], err error) (workflow.Page[workflow.GrantRow], error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range page.Rows {
		w.grants[r.Grant.ID] = r.Grant
	}
	return page, err
}

func (w *watched) grant(id int64) model.Grant {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.grants[id]
}

func (w *watched) Revoke(_ context.Context, _ model.PersonID, id int64, reason string) error {
	g := w.grant(id)
	w.orderOn([]string{g.Target.Label()}, "revoke", "Revoke", "Revoke by "+string(g.Number), tail(reason))
	return nil
}

func (w *watched) Take(_ context.Context, _ model.PersonID, _ model.Target, _ []string, reason string) (model.Number, error) {
	w.order("take", "Plan it", tail(reason))
	return "", &workflow.Conflict{}
}

func (w *watched) Submit(_ context.Context, _ model.PersonID, d workflow.Draft) (model.Request, error) {
	w.order("submit", "Submit", d.Target.Title)
	return model.Request{}, &workflow.Conflict{}
}

func (w *watched) Withdraw(_ context.Context, _ model.PersonID, n model.Number, reason string) error {
	w.order("withdraw", "Withdraw", "Withdraw "+string(n), tail(reason))
	return nil
}

func (w *watched) Reply(context.Context, model.PersonID, model.Number, string) error { return nil }

func (w *watched) GiveBack(_ context.Context, _ model.PersonID, id int64, reason string) error {
	g := w.grant(id)
	w.orderOn([]string{g.Email, g.Target.Label()}, "give back", "Give back", "Give back "+g.Target.Label(), tail(reason))
	return nil
}

func (w *watched) Reveal(ctx context.Context, me model.PersonID, n model.Number) (workflow.Revealed, error) {
	c, err := w.Case(ctx, me, n)
	if err != nil {
		return workflow.Revealed{}, err
	}
	w.order("reveal", "Show it", "Show the link to "+c.Target().Label())
	return workflow.Revealed{Number: n, Link: []byte("https://vault.example.com/share/1#abc"), Expires: w.now().Add(time.Hour)}, nil
}

func (w *watched) Acknowledge(_ context.Context, _ model.PersonID, n model.Number) error {
	w.order("acknowledge", "I have it")
	return nil
}

func (w *watched) SaveDraft(context.Context, model.PersonID, workflow.Draft) error { return nil }
func (w *watched) DropDraft(context.Context, model.PersonID, model.ItemKey) error  { return nil }
func (w *watched) SeeNotices(context.Context, model.PersonID, int64) error         { return nil }

func (w *watched) SavePerson(_ context.Context, _ model.PersonID, d workflow.PersonDraft) ([]string, error) {
	w.order("save person", "", d.Login)
	return nil, nil
}

func (w *watched) Disable(_ context.Context, _ model.PersonID, login, reason string) ([]string, error) {
	w.order("disable", "Disable", "Disable "+login, tail(reason))
	return nil, nil
}

func (w *watched) Enable(_ context.Context, _ model.PersonID, login, reason string) ([]string, error) {
	w.order("enable", "Enable", "Enable "+login, tail(reason))
	return nil, nil
}

func (w *watched) Delegate(_ context.Context, _ model.PersonID, d workflow.DelegationDraft) (workflow.DelegationView, error) {
	w.order("delegate", "", d.To)
	return workflow.DelegationView{}, nil
}

func (w *watched) EndDelegation(context.Context, model.PersonID, int64) error {
	w.order("end delegation", "")
	return nil
}
