package approvals

import (
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/casepane"
	"countersign/ui/evidence"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

// row is a request with what the list knows about its name.
type row = casepane.Row

// view is one of the tab's lists.
type view struct {
	name, list      string
	sorts           []string
	decided         bool // a state instead of a due time
	when            bool // and the time of the decision
	empty, advice   string
	whatThereIs     string // for the footer, behind a number
	offersDecisions bool
}

// sortDecided is the only order of what was decided: the latest decision first.
const sortDecided = "last decided"

func views() []view {
	newest := []string{workflow.SortNewest, workflow.SortOldest}
	return []view{
		{name: "Waiting", list: workflow.RequestsWaiting, sorts: append([]string{workflow.SortDue}, newest...),
			empty: "Nothing waits for you.", advice: "New requests appear here by themselves; ] shows all.",
			whatThereIs: "waiting for you", offersDecisions: true},
		{name: "All", list: workflow.RequestsAll, sorts: newest, decided: true,
			empty: "No requests yet.", advice: "They appear here as soon as somebody asks for something in the Portal.",
			whatThereIs: "requests"},
		{name: "Decided", list: workflow.RequestsDecided, sorts: []string{sortDecided}, decided: true, when: true,
			empty: "Nothing has been decided yet.", advice: "What you and your groups approve or deny is kept here.",
			whatThereIs: "decided by your groups"},
		{name: "Reviews", list: listReviews, sorts: []string{sortReviews},
			empty: "No emergency approvals.", advice: "What somebody approves alone waits here for somebody else to look at it.",
			whatThereIs: "approved alone"},
	}
}

// filterKeys are the keys that the filter of this list knows.
func filterKeys() []workflow.FilterKey {
	return []workflow.FilterKey{
		{Name: "requestor", Example: "requestor:alice", Finds: "who asked"},
		{Name: "for", Example: "for:bob@", Finds: "in the address"},
		{Name: "item", Example: "item:folder", Finds: "what is ordered"},
		{Name: "state", Example: "state:denied", Finds: "where it stands"},
		{Name: "age", Example: "age:>2d", Finds: "older than that"},
		{Name: "due", Example: "due:<1h", Finds: "less is left"},
		{Name: "number", Example: "number:REQ001", Finds: "its beginning"},
	}
}

// columns of a view: WANTS stands over the right, the target and the limit.
func (t *Tab) columns(v view) []widget.Column[row] {
	if v.list == listReviews {
		return t.reviewColumns()
	}
	first := widget.Column[row]{Title: "DUE", Width: 5, Cell: t.due}
	if v.decided {
		first = widget.Column[row]{Title: "STATE", Width: 10, Cell: state}
	}
	columns := []widget.Column[row]{first}
	if v.when {
		columns = append(columns, widget.Column[row]{Title: "DECIDED", Width: 7, Cell: t.decidedAt})
	}
	return append(columns, []widget.Column[row]{
		{Title: "NUMBER", Width: 11, Cell: func(r row) widget.Line {
			return widget.Line{widget.Show(theme.Text, safetext.Line(string(r.Number)))}
		}},
		{Title: "WHO", Width: 7, Flex: 1, Max: 12, Cell: func(r row) widget.Line {
			if r.Own {
				return widget.Words(theme.Heading, "you")
			}
			return widget.Foreign(theme.Text, safetext.Line(r.Requestor))
		}},
		{Title: "WANTS", Width: 5, Spills: true, Cell: func(r row) widget.Line {
			if r.Security != nil {
				return securityWants(*r.Security)
			}
			return casepane.Wants(r.Item, rowAccess(r).Right)
		}},
		{Width: 10, Flex: 8, Cell: func(r row) widget.Line {
			if r.Security != nil {
				return securitySubject(*r.Security)
			}
			return casepane.Subject(r)
		}},
		{Width: 9, Right: true, Drop: 1, Cell: t.limit},
	}...)
}

// decidedAt is when the latest step was decided.
func (t *Tab) decidedAt(r row) widget.Line {
	if r.Decided.IsZero() {
		return widget.Words(theme.Faint, "-")
	}
	return widget.Words(theme.Heading, widget.Day(r.Decided, t.env.Now(), t.env.Zone))
}

// due must not depend on anything but the row within one drawing; Minute draws
// the rows anew.
func (t *Tab) due(r row) widget.Line {
	left := r.Due.Sub(t.env.Now())
	switch {
	case r.Security != nil && !r.Due.IsZero():
		// Minutes are little for a request, and much for these.
		return evidence.Left(r.Due, evidence.Options{Now: t.env.Now(), Zone: t.env.Zone})
	case r.NeedsInfo:
		return widget.Words(theme.Heading, "asked")
	case r.Due.IsZero():
		return widget.Words(theme.Faint, "-")
	case left < casepane.Soon:
		return widget.Words(theme.WarnStrong, widget.Due(left))
	}
	return widget.Words(theme.Text, widget.Due(left))
}

func state(r row) widget.Line { return widget.Words(casepane.StateInk(r.State), r.State.Words()) }

func (t *Tab) limit(r row) widget.Line {
	return casepane.Lasts(rowAccess(r), t.env.Now(), t.env.Zone)
}

// rowAccess is the access that a row names: what is asked while that waits, what
// is allowed once it is decided.
func rowAccess(r row) model.Access {
	if r.State == model.Requested || r.Allowed.Right == "" {
		return r.Asked
	}
	return r.Allowed
}

// security counts the endpoint requests and devices among rows.
func security(rows []row) int {
	n := 0
	for _, r := range rows {
		if r.Security != nil {
			n++
		}
	}
	return n
}

// footer says how much there is under the list.
func (t *Tab) footer(rows []row, more bool) widget.Line {
	if len(rows) == 0 {
		return nil
	}
	what := t.views[t.view].whatThereIs
	if !t.filter.Filter().Empty() {
		what = "fit the filter"
	}
	line := widget.Line{widget.Say(theme.Note, count(len(rows), more || t.beyond)+" "+what)}
	if n := security(rows); n > 0 {
		line = append(line, widget.Say(theme.Note, ", "+count(n, t.beyond)+" of them on EPM"))
	}
	if t.beyond {
		line = append(line, widget.Say(theme.Note, ", where all are"))
	}
	oldest := rows[0].Created
	for _, r := range rows {
		if r.Created.Before(oldest) {
			oldest = r.Created
		}
	}
	if t.views[t.view].offersDecisions && !more && !t.beyond {
		if age := t.env.Now().Sub(oldest); age >= time.Minute {
			line = append(line, widget.Say(theme.Note, " · oldest "+widget.Age(age)))
		}
	}
	return line
}
