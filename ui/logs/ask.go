package logs

import (
	"context"
	"errors"
	"slices"
	"time"

	"countersign/model"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// load asks for the newest rows: for those alone that came since, where that is
// known. A search that is under way is not disturbed.
func (p *pane[R]) load() tea.Cmd {
	switch {
	case p.searching:
		return nil
	case p.top > 0 && p.list.Loaded():
		return p.question(newer)
	}
	return p.begin()
}

// begin asks for the newest rows as if there were none.
func (p *pane[R]) begin() tea.Cmd {
	p.top, p.enough, p.reached = 0, pageRows, time.Time{}
	p.searching = p.opts.quotes && len(p.filter.Filter().Words) > 0
	p.setEmpty()
	p.foot()
	return p.question(newest)
}

// more asks for the rows behind those that are there.
func (p *pane[R]) more() tea.Cmd {
	if p.searching {
		return nil // it is coming to them
	}
	p.enough = p.list.Len() + pageRows
	p.searching = !p.reached.IsZero()
	return p.question(older)
}

func (p *pane[R]) question(about asks) tea.Cmd {
	p.gen++
	gen, q := p.gen, p.query()
	switch about {
	case older:
		q.After = p.next
	case newer:
		q.Above = p.top
	}
	return p.env.Do(func(ctx context.Context) tea.Msg {
		a, err := p.opts.ask(ctx, q)
		return answered[R]{pane: p, gen: gen, about: about, answer: a, err: err}
	})
}

// query is what the filter asks for.
func (p *pane[R]) query() workflow.Query {
	f := p.filter.Filter()
	q := workflow.Query{Limit: pageRows}
	for _, word := range f.Words {
		if p.opts.quotes && slices.Contains(f.Quoted, word) {
			q.Terms = append(q.Terms, workflow.Term{Key: "exact", Value: word})
			continue
		}
		q.Words = append(q.Words, word)
	}
	for _, term := range f.Terms {
		value := term.Value
		if term.Key == "from" || term.Key == "to" {
			// What cannot be read is complained about by who is asked.
			if at, err := model.ParseMoment(value, p.env.Now(), p.env.Zone); err == nil {
				value = at.Format(time.RFC3339)
			}
		}
		q.Terms = append(q.Terms, workflow.Term{Key: term.Key, Op: term.Op.Sign(), Value: value})
	}
	return q
}

// take takes an answer of this pane in and reports whether it was one. The command
// goes on with a search.
func (p *pane[R]) take(msg tea.Msg) (tea.Cmd, bool) {
	m, ok := msg.(answered[R])
	if !ok || m.pane != p {
		return nil, false
	}
	if m.gen != p.gen || errors.Is(m.err, context.Canceled) {
		return nil, true
	}
	var cmd tea.Cmd
	switch {
	case m.err != nil:
		p.searching = false
		p.list.SetError(complaint(m.err))
	case m.about == newer:
		cmd = p.prepend(m.answer)
	default:
		cmd = p.extend(m.about, m.answer)
	}
	p.setEmpty()
	p.foot()
	return cmd, true
}

// extend takes in the first rows, or those behind the others, and asks for the
// next ones while a search has not found enough.
func (p *pane[R]) extend(about asks, a answer[R]) tea.Cmd {
	if about == newest {
		p.top = a.top
		p.refresh(a.Page)
	} else {
		p.next = a.Next
		p.list.AppendRows(a.Rows, a.Next != "")
	}
	p.reached = a.reached
	p.searching = !a.reached.IsZero() && p.list.Len() < p.enough
	if p.searching {
		return p.question(older)
	}
	return nil
}

// prepend puts the rows that came since in front of the others.
func (p *pane[R]) prepend(a answer[R]) tea.Cmd {
	old, fresh := p.list.Rows(), a.Rows
	if len(old) > 0 {
		newest := p.opts.id(old[0])
		fresh = slices.DeleteFunc(slices.Clone(fresh), func(r R) bool { return p.opts.id(r) <= newest })
	}
	switch {
	case a.Next != "" && !p.atTop():
		p.behind = true // more came than a page holds: what one reads stays
		return nil
	case a.Next != "" || p.atTop() && len(old)+len(fresh) > mostRows:
		return p.begin()
	}
	p.top = a.top
	p.put(fresh, old)
	return nil
}

// atTop reports whether one is on the newest row, or follows.
func (p *pane[R]) atTop() bool {
	old := p.list.Rows()
	return p.following || len(old) == 0 || p.list.SelectedID() == p.key(old[0])
}

// put draws new rows in front of the others.
func (p *pane[R]) put(fresh, old []R) {
	p.list.SetRows(slices.Concat(fresh, old), p.next != "")
	p.behind, p.above = false, p.above || len(old) > 0 && len(fresh) > 0
	if p.following && p.list.Len() > 0 {
		p.list.Select(p.key(p.list.Rows()[0]))
	}
}

// refresh puts the rows of the first page that are new in front of the others.
func (p *pane[R]) refresh(page workflow.Page[R]) {
	old := p.list.Rows()
	known := len(page.Rows)
	if len(old) > 0 {
		newest := p.opts.id(old[0])
		known = slices.IndexFunc(page.Rows, func(r R) bool { return p.opts.id(r) <= newest })
	}
	switch {
	case len(old) > 0 && known < 0 && !p.atTop():
		p.behind = true // more came than a page holds: what one reads stays
	case len(old) == 0, known < 0, p.atTop() && len(old) > mostRows:
		p.next = page.Next
		p.put(page.Rows, nil)
	default:
		p.put(page.Rows[:known], old)
	}
}
