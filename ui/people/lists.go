package people

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// row is one line of a view: of its parts, the view's own is set.
type row struct {
	id         string
	person     workflow.PersonView
	group      workflow.GroupView
	works      int // of the group's members, those who may come in
	delegation workflow.DelegationView
	notice     model.Notice
}

// order is one way to sort a view.
type order struct {
	name string
	less func(a, b row) int // nil leaves the rows as they were read
}

// view is one list of the page.
type view struct {
	name   string
	list   *widget.List[row]
	bar    *widget.FilterBar
	orders []order
	sort   int
	rows   func(r reading) []row
	// says are the texts of a row that the filter looks into, by its keys; "" are
	// the ones that words are looked for in.
	says func(r row) map[string]string
	// acts handles a key that is this view's own.
	acts       func(msg tea.KeyPressMsg, r row, here bool) (tea.Cmd, bool)
	what, many string // for the footer, behind a number; many where it is not what and an s
}

func (v *view) order() order { return v.orders[v.sort] }

// reading is all that the page shows.
type reading struct {
	people      []workflow.PersonView
	groups      []workflow.GroupView
	delegations []workflow.DelegationView
	notices     []model.Notice
	sessions    []Session // of everybody
}

// enabled counts who of some people may come in.
func (r reading) enabled(logins []string) int {
	n := 0
	for _, p := range r.people {
		if p.Active && slices.Contains(logins, p.Login) {
			n++
		}
	}
	return n
}

// able counts who of a group can do what it is for.
func able(r row) int {
	if r.group.Decides {
		return r.group.Able
	}
	return r.works
}

// loaded answers load.
type loaded struct {
	gen int
	reading
	err error
}

// load reads everything again.
func (t *Tab) load() tea.Cmd {
	t.loads++
	gen, me, svc, all, open := t.loads, t.env.Me, t.svc, manages(t.env.Me), t.sessions
	return t.env.Do(func(ctx context.Context) tea.Msg {
		r, err := read(ctx, svc, me, all)
		if open != nil {
			r.sessions = open()
		}
		return loaded{gen, r, err}
	})
}

func read(ctx context.Context, svc Service, me model.Actor, all bool) (reading, error) {
	var r reading
	var err error
	if r.notices, err = svc.Notices(ctx, me.ID); err != nil {
		return r, err
	}
	if !all {
		self, err := svc.Person(ctx, me.ID, me.Login)
		r.people, r.delegations = []workflow.PersonView{self}, self.Delegations
		return r, err
	}
	if r.people, err = svc.People(ctx, me.ID); err != nil {
		return r, err
	}
	for _, p := range r.people {
		for _, d := range p.Delegations {
			if !slices.ContainsFunc(r.delegations, func(other workflow.DelegationView) bool { return other.ID == d.ID }) {
				r.delegations = append(r.delegations, d)
			}
		}
	}
	r.groups, err = svc.Groups(ctx, me.ID)
	return r, err
}

func (t *Tab) loaded(msg loaded) tea.Cmd {
	if msg.gen != t.loads {
		return nil
	}
	if msg.err != nil {
		var told tea.Cmd
		for _, v := range t.views {
			told = notice.Unread(v.list, msg.err, t.env.Me) // once for all of them
		}
		return told
	}
	t.read = msg.reading
	t.fill()
	return nil
}

// fill puts the rows that the filter lets through into the view's list.
func (t *Tab) fill() {
	v := t.view()
	all := v.rows(t.read)
	if v.bar.Filter().Empty() {
		v.list.SetEmpty(t.emptyWords(v))
	} else {
		v.list.SetEmpty("Nothing fits the filter.", "/ changes it, esc drops it.")
	}
	rows := slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !v.fits(r) })
	if less := v.order().less; less != nil {
		slices.SortStableFunc(rows, less)
	}
	if t.loads > 0 && t.read.people != nil {
		v.list.SetRows(rows, false)
	}
	v.list.SetFooter(nil)
	if n := len(rows); n > 0 {
		words := howMany(n, v.what)
		if v.many != "" && n != 1 {
			words = strconv.Itoa(n) + " " + v.many
		}
		if n < len(all) {
			words = strconv.Itoa(n) + " of " + strconv.Itoa(len(all)) + " fit the filter"
		}
		v.list.SetFooter(widget.Words(theme.Note, words))
	}
	t.show()
}

func (t *Tab) emptyWords(v *view) (message, advice string) {
	switch v.name {
	case ViewGroups:
		return "There are no groups.", "A people file names them: countersign people apply FILE."
	case ViewDelegations:
		if t.env.Me.Has(model.RoleApprover) {
			return "Nobody acts for anybody.", "n has somebody decide for you, while you are away."
		}
		return "Nobody acts for anybody.", "Approvers can have others decide for them."
	case ViewNotices:
		return "You were told nothing new.", "What concerns you appears here, such as emergency approvals of your groups."
	}
	return "There is nobody.", "n adds the first."
}

// fits holds the filter against a row.
func (v *view) fits(r row) bool {
	f := v.bar.Filter()
	says := v.says(r)
	all := make([]string, 0, len(says))
	for _, text := range says {
		all = append(all, text)
	}
	holds := func(text, part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) }
	for _, w := range f.Words {
		if !holds(strings.Join(all, "\n"), w) {
			return false
		}
	}
	for _, term := range f.Terms {
		if !holds(says[term.Key], term.Value) {
			return false
		}
	}
	return true
}

// joined lists names.
func joined[S ~string](names []S) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return strings.Join(out, ", ")
}

func (t *Tab) makeViews() []*view {
	byLogin := order{"login", func(a, b row) int { return cmp.Compare(a.person.Login, b.person.Login) }}
	people := &view{name: ViewPeople, what: "person", many: "people",
		orders: []order{byLogin,
			{"most tasks", func(a, b row) int { return cmp.Compare(b.person.Tasks, a.person.Tasks) }},
			{"disabled first", func(a, b row) int { return cmp.Compare(active(a.person), active(b.person)) }}},
		rows: func(r reading) []row {
			rows := make([]row, len(r.people))
			for i, p := range r.people {
				rows[i] = row{id: p.Login, person: p}
			}
			return rows
		},
		says: func(r row) map[string]string {
			p := r.person
			return map[string]string{"login": p.Login, "name": p.Name, "email": p.Email, "role": joined(p.Roles), "group": joined(p.Groups), "state": active(p)}
		},
		acts: t.actsOnPeople,
	}
	groups := &view{name: ViewGroups, what: "group",
		orders: []order{{"name", nil}, {"fewest who can", func(a, b row) int { return cmp.Compare(able(a), able(b)) }}},
		rows: func(r reading) []row {
			rows := make([]row, len(r.groups))
			for i, g := range r.groups {
				rows[i] = row{id: string(g.Name), group: g, works: r.enabled(g.Members)}
			}
			return rows
		},
		says: func(r row) map[string]string {
			return map[string]string{"name": string(r.group.Name), "member": joined(r.group.Members), "does": does(r.group)}
		},
	}
	delegations := &view{name: ViewDelegations, what: "delegation",
		orders: []order{{"ends first", func(a, b row) int { return a.delegation.Ends.Compare(b.delegation.Ends) }},
			{"whose say", func(a, b row) int { return cmp.Compare(a.delegation.FromLogin, b.delegation.FromLogin) }}},
		rows: func(r reading) []row {
			rows := make([]row, len(r.delegations))
			for i, d := range r.delegations {
				rows[i] = row{id: strconv.FormatInt(d.ID, 10), delegation: d}
			}
			return rows
		},
		says: func(r row) map[string]string {
			return map[string]string{"from": r.delegation.FromLogin, "to": r.delegation.ToLogin, "state": standing(r.delegation)}
		},
		acts: t.actsOnDelegations,
	}
	notices := &view{name: ViewNotices, what: "not seen yet", many: "not seen yet", orders: []order{{"newest", nil}},
		rows: func(r reading) []row {
			rows := make([]row, len(r.notices))
			for i, n := range r.notices {
				rows[i] = row{id: strconv.FormatInt(n.ID, 10), notice: n}
			}
			return rows
		},
		says: func(r row) map[string]string { return map[string]string{"number": r.notice.Object, "": r.notice.Text} },
		acts: t.actsOnNotices,
	}
	views := []*view{people, delegations, notices}
	if manages(t.env.Me) {
		views = []*view{people, groups, delegations, notices}
	}
	keys := map[string][]string{ViewPeople: {"login", "name", "email", "role", "group", "state"}, ViewGroups: {"name", "member", "does"},
		ViewDelegations: {"from", "to", "state"}, ViewNotices: {"number"}}
	for _, v := range views {
		v.list = widget.NewList(t.env.Theme, widget.ListOptions[row]{Columns: t.columns(v.name), ID: func(r row) string { return r.id },
			Version: func(r row) int64 { return r.person.Revision }, Unmarkable: true})
		v.bar = widget.NewFilterBar(t.env.Theme, keys[v.name], func(widget.Filter) tea.Cmd {
			t.fill()
			return nil
		})
	}
	return views
}

// active says whether somebody may come in.
func active(p workflow.PersonView) string {
	if p.Active {
		return "enabled"
	}
	return "disabled"
}

// does says what a group is for.
func does(g workflow.GroupView) string {
	switch {
	case g.Decides && g.Fulfils:
		return "decides, fulfils"
	case g.Decides:
		return "decides"
	case g.Fulfils:
		return "fulfils"
	}
	return "nothing"
}

// standing says whether a delegation holds now.
func standing(d workflow.DelegationView) string {
	if d.Active {
		return "acts now"
	}
	return "later"
}
