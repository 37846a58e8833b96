package plain

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/workflow"
)

func (s *session) plan(word string) error {
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	p, err := within(s, func(ctx context.Context) (workflow.PlanView, error) { return s.svc.Plan(ctx, s.me.ID, t.Number) })
	if err != nil {
		return err
	}
	s.printPlan(c, p)
	return nil
}

// printPlan prints what running a task would do, warnings first.
func (s *session) printPlan(c workflow.CaseView, p workflow.PlanView) {
	s.out.say("%s, for %s, %s", p.Task, c.Request.Number, c.Item.Name)
	for _, w := range p.Plan.Warnings {
		s.out.say("Warning: %s", w)
	}
	for _, d := range p.Differences {
		s.out.say("Not as it was when it was approved: %s", d)
	}
	on := p.Facts.Target()
	if on.Named() {
		s.out.say("%s: %s, %s, %s", capital(string(on.Kind)), on.Label(), on.Type, on.UID)
	}
	s.out.text("Path", p.Facts.Path)
	if c.Item.Grants() {
		s.out.text("Who", c.Request.RequestedFor)
		s.out.fact("Has", casepane.Share(theme.Text, p.Plan.Now, s.opt.Now(), s.opt.Zone))
		s.out.text("Approved", c.Request.Allowed.Words())
	}
	for i, step := range p.Plan.Steps {
		s.out.text("Step "+strconv.Itoa(i+1), step.Intent.Words(step.Kind)+s.when(step))
		if n := step.Intent.Create; n != nil {
			s.printNew(*n)
		}
	}
	for _, d := range p.Diff {
		s.out.text(d.Label, d.Now+" → "+d.Then)
	}
	for _, m := range p.Members() {
		if m.Changes {
			s.out.say("%s: %s → %s", m.Who, m.Now, m.Then)
		}
	}
	if p.Plan.Nothing != "" {
		s.out.say("Nothing to do: %s. Running it closes the task complete and says why.", p.Plan.Nothing)
	}
	s.out.text("Digest", string(p.Digest))
}

// printNew prints the fields of a record that a step makes.
func (s *session) printNew(n model.NewRecord) {
	item, _ := model.FindItem(n.Item)
	for _, v := range n.Fields {
		label := v.Field
		// What was typed inside a task has another name, but the same place.
		if at := slices.IndexFunc(item.Fields, func(f model.Field) bool { return f.Vault == v.Vault }); at >= 0 {
			label = item.Fields[at].Label
		}
		s.out.text(label, v.Words())
	}
}

func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// when is when a step runs, "" for at once.
func (s *session) when(step model.Step) string {
	switch {
	case step.AfterGrant:
		return ", when the granted time is over"
	case !step.At.IsZero():
		return ", at " + s.moment(step.At)
	}
	return ""
}

// runTask prints the plan of a task, asks whether exactly that is to be run, and
// follows what comes of it.
func (s *session) runTask(word string) error {
	c, t, err := s.taskOf(word)
	if err != nil {
		return err
	}
	if err := c.Can(model.ActFulfil); err != nil {
		return err
	}
	p, err := within(s, func(ctx context.Context) (workflow.PlanView, error) { return s.svc.Plan(ctx, s.me.ID, t.Number) })
	if err != nil {
		return err
	}
	s.out.gap()
	s.printPlan(c, p)
	if err := s.confirm("run", string(t.Number)); err != nil {
		return err
	}
	before := newest(c.Operations)
	if _, err := within(s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.svc.Fulfil(ctx, s.me.ID, t.Number, p.Digest)
	}); err != nil {
		return err
	}
	return s.follow(t.Number, before)
}

// newest is the id of the latest order, 0 where there is none.
func newest(ops []model.Operation) int64 {
	var id int64
	for _, op := range ops {
		id = max(id, op.ID)
	}
	return id
}

// followFor is how long what comes of an order is followed. It goes on without
// anybody looking.
const followFor = 30 * time.Second

// lookEvery is how often is looked where nothing says that something has changed.
const lookEvery = time.Second

// follow prints how the orders that came after another one go, until their outcome
// is known.
func (s *session) follow(n model.Number, after int64) error {
	changed, stop := s.svc.Changes()
	defer stop()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	patience := time.NewTimer(followFor)
	defer patience.Stop()
	said := map[int64]model.OpState{}
	for {
		c, err := s.svc.Case(s.ctx, s.me.ID, n)
		if err != nil {
			return err
		}
		waits := s.tellOrders(c.Operations, after, said)
		switch h := s.svc.Health(s.ctx); {
		case !waits:
			s.tellEnd(c, n, said)
			return nil
		case h.State == model.HealthNoWorker, h.State == model.HealthUnreachable, h.State == model.HealthRefused:
			s.out.say("The vault is away (%s). The order is kept and carried out later; open tells.", h.State)
			return nil
		}
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case <-patience.C:
			s.out.say("It is still under way; open tells how it goes on.")
			return nil
		case <-changed:
		case <-ticker.C:
		}
	}
}

// tellOrders prints the orders whose state is another one than was said, and
// reports whether any is under way.
func (s *session) tellOrders(ops []model.Operation, after int64, said map[int64]model.OpState) bool {
	waits := false
	for _, op := range ops {
		if op.ID <= after {
			continue
		}
		if op.State == model.OpQueued || op.State == model.OpSent {
			waits = true
		}
		if said[op.ID] == op.State {
			continue
		}
		said[op.ID] = op.State
		line := string(op.State) + ": " + op.Intent.Words(op.Kind)
		if op.State == model.OpScheduled && !op.NotBefore.IsZero() {
			line += ", at " + s.moment(op.NotBefore)
		}
		s.out.say("%s", line)
		for _, more := range []string{op.LookingFor, op.Reason, op.Evidence} {
			s.out.text("  of it", more)
		}
	}
	return waits
}

// tellEnd says what came of the task, where there were no orders or all have
// ended.
func (s *session) tellEnd(c workflow.CaseView, n model.Number, said map[int64]model.OpState) {
	i := slices.IndexFunc(c.Tasks, func(t model.Task) bool { return t.Number == n })
	switch {
	case i >= 0 && c.Tasks[i].State.Closed():
		s.out.say("%s is %s.", n, c.Tasks[i].State.Words())
		if len(said) == 0 {
			s.out.text("Close notes", c.Tasks[i].CloseNotes)
		}
	case i >= 0:
		s.out.say("%s is %s; open tells more.", n, c.Tasks[i].State.Words())
	default:
		s.out.say("%s is %s.", c.Request.Number, c.Request.State.Words())
	}
}
