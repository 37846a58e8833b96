package plain

import (
	"context"
	"fmt"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/evidence"
	"countersign/ui/widget"
	"countersign/workflow"
)

func readRequests(list string) func(context.Context, *session, workflow.Query) ([]row, workflow.Cursor, error) {
	return func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
		q.View = list
		page, err := s.svc.Requests(ctx, s.me.ID, q)
		var rows []row
		for _, r := range casepane.Rows(page.Rows) {
			access := r.Asked
			if r.State != model.Requested && r.Allowed.Right != "" {
				access = r.Allowed
			}
			state := r.State.Words()
			switch {
			case r.NeedsInfo:
				state = "asked back"
			case r.State == model.Requested && !r.Due.IsZero():
				state = "due " + widget.Due(r.Due.Sub(s.opt.Now()))
			}
			who := r.Requestor
			if r.Own {
				who = "you"
			}
			cells := []widget.Line{foreign(string(r.Number)), words(state), foreign(who), spaced(casepane.Wants(r.Item, access.Right), casepane.Subject(r)),
				casepane.Lasts(access, s.opt.Now(), s.opt.Zone)}
			if r.Deceives() {
				cells = append(cells, words("a name that deceives: open says why"))
			}
			if r.LinkWaits {
				cells = append(cells, words("a link waits for you"))
			}
			rows = append(rows, row{subject{kind: request, number: r.Number, alike: r.Alike}, cells})
		}
		return rows, page.Next, err
	}
}

// spaced puts one cell behind another one.
func spaced(a, b widget.Line) widget.Line {
	return append(append(append(widget.Line(nil), a...), words(" ")...), b...)
}

func readTasks(list string) func(context.Context, *session, workflow.Query) ([]row, workflow.Cursor, error) {
	return func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
		q.View = list
		page, err := s.svc.Tasks(ctx, s.me.ID, q)
		var rows []row
		for _, t := range page.Rows {
			r := t.Request
			what := casepane.Wants(r.Item, r.Allowed.Right)
			if t.Kind == model.TaskRevoke {
				what = words("take back")
			}
			with := ""
			switch {
			case t.Mine:
				with = "with you"
			case t.Assignee != "":
				with = "with " + t.Assignee
			}
			rows = append(rows, row{subject{kind: task, number: t.Number}, []widget.Line{foreign(string(t.Number)), words(t.State.Words()),
				foreign(with), words(string(t.OpState)), spaced(what, casepane.Subject(casepane.Rows([]workflow.RequestRow{r})[0])),
				foreign("for " + r.For), casepane.Lasts(r.Allowed, s.opt.Now(), s.opt.Zone)}})
		}
		return rows, page.Next, err
	}
}

func readUnknown(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
	page, err := s.svc.Unknown(ctx, s.me.ID, q)
	var rows []row
	for _, o := range page.Rows {
		rows = append(rows, row{subject{kind: operation, number: o.Number, id: o.Op.ID},
			[]widget.Line{foreign(string(o.Number)), foreign(o.Op.Intent.Words(o.Op.Kind)), foreign(o.Op.LookingFor)}})
	}
	return rows, page.Next, err
}

func readAccess(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
	page, err := s.svc.Access(ctx, s.me.ID, q)
	return s.grantRows(page.Rows), page.Next, err
}

func readGrants(list string) func(context.Context, *session, workflow.Query) ([]row, workflow.Cursor, error) {
	return func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
		q.View = list
		page, err := s.svc.Ledger(ctx, s.me.ID, q)
		return s.grantRows(page.Rows), page.Next, err
	}
}

func (s *session) grantRows(grants []workflow.GrantRow) []row {
	var rows []row
	for _, r := range grants {
		g := r.Grant
		until := "permanent"
		if !g.Until.IsZero() {
			until = "until " + s.moment(g.Until)
		}
		if !g.State.Open() {
			until = ""
		}
		rows = append(rows, row{subject{kind: grant, number: g.Number, id: g.ID, grant: r}, []widget.Line{foreign(string(g.Number)), words(s.grantState(r)),
			foreign(g.Email), spaced(casepane.Has(itemOf(g), g.Right), foreign(g.Target.Label())), words(until)}})
	}
	return rows
}

// itemOf is the item that gives such access.
func itemOf(g model.Grant) model.ItemKey {
	switch {
	case g.Link != "":
		return model.ItemOneTimeShare
	case g.Target.Kind == model.TargetFolder:
		return model.ItemFolderAccess
	}
	return model.ItemRecordAccess
}

// grantState says where access is.
func (s *session) grantState(r workflow.GrantRow) string {
	switch g := r.Grant; {
	case g.State == model.GrantRevoked:
		return "ended early"
	case g.State == model.GrantEnded:
		return "ended"
	case r.OpState == model.OpQueued, r.OpState == model.OpSent, r.OpState == model.OpUnknown, r.OpState == model.OpRefused:
		return "its end is " + string(r.OpState)
	case g.State == model.GrantPending:
		return "invitation sent"
	case r.Drift != "":
		return "changed in the vault"
	case r.Ending:
		return "ending soon"
	}
	return "active"
}

func readEndpoints(list string) func(context.Context, *session, workflow.Query) ([]row, workflow.Cursor, error) {
	return func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
		q.View = list
		page, err := s.svc.Endpoints(ctx, s.me.ID, q)
		var rows []row
		for _, e := range page.Rows {
			state := evidence.State(e.State)
			if e.State == model.EndpointPending {
				state = spaced(evidence.Left(e.Expires, s.evidence()), words("left"))
			}
			rows = append(rows, row{subject{kind: endpoint, id: e.ID}, []widget.Line{foreign(string(e.Incident)), state, evidence.Who(e), evidence.Kind(e), evidence.Runs(e)}})
		}
		return rows, page.Next, err
	}
}

func readDevices(list string) func(context.Context, *session, workflow.Query) ([]row, workflow.Cursor, error) {
	return func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
		q.View = list
		page, err := s.svc.Devices(ctx, s.me.ID, q)
		var rows []row
		for _, d := range page.Rows {
			rows = append(rows, row{subject{kind: device, id: d.ID}, []widget.Line{evidence.State(d.State), evidence.Email(d.Device), evidence.Name(d.Device),
				evidence.Place(d.Device), words("asked " + evidence.Asked(d.Device, s.evidence()).String() + " ago")}})
		}
		return rows, page.Next, err
	}
}

func readIncidents(list string) func(context.Context, *session, workflow.Query) ([]row, workflow.Cursor, error) {
	return func(ctx context.Context, s *session, q workflow.Query) ([]row, workflow.Cursor, error) {
		q.View = list
		page, err := s.svc.Incidents(ctx, s.me.ID, q)
		var rows []row
		for _, i := range page.Rows {
			name, who := i.StateName, i.Login
			if name == "" {
				name = i.State.Words()
			}
			if who == "" {
				who = "nobody"
			}
			rows = append(rows, row{subject{kind: incident, number: i.Number}, []widget.Line{foreign(string(i.Number)), foreign(name),
				words(fmt.Sprintf("priority %d", i.Priority)), evidence.Who(i.Endpoint), evidence.State(i.Endpoint.State), foreign("with " + who)}})
		}
		return rows, page.Next, err
	}
}
