package portal

import (
	"context"
	"slices"
	"strconv"

	"countersign/model"
	"countersign/ui/answer"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
)

// fill puts a draft into the form: one that was kept, or what was asked before.
// Secrets are not in drafts; they are to be given again, and one that is named
// there without its value is asked for.
func (f *form) fill(d workflow.Draft) tea.Cmd {
	f.edits++
	f.refersTo = d.RefersTo
	if f.recipient != nil && d.For != "" {
		f.recipient.SetValue(d.For)
	}
	if f.record != nil {
		f.record.choose(d.Target)
	}
	if f.rights != nil && d.Asked.Right != "" {
		f.rights.Take(string(d.Asked.Right))
	}
	if f.limit != nil && d.Asked.Right != "" {
		f.limit.take(d.Asked.Limit)
	}
	if f.why != nil {
		f.why.SetValue(d.Justification)
	}
	for _, a := range f.answers {
		for _, given := range d.Answers {
			if given.Field == a.key {
				a.Set(given.Value)
			}
		}
		s, secret := a.Asking.(*answer.Secret)
		if _, typed := d.Secrets[a.key]; secret && typed {
			s.SetTyped()
		} else if secret && slices.Contains(d.Without, a.key) {
			s.SetWithout()
		}
	}
	f.setSize(f.width, f.height)
	return f.settle(nil)
}

// order shows the form of an item with a draft in it. A form that was begun is
// replaced only after a question.
func (g *catalog) order(d workflow.Draft, says string) tea.Cmd {
	item, ok := model.FindItem(d.Item)
	switch {
	case !ok || !item.Offered:
		return notice.Warn("this cannot be ordered from the catalog")
	case !g.core.orders():
		return notice.Warn("only requestors order from the catalog")
	}
	if old := g.forms[item.Key]; old != nil && old.sends {
		return notice.Warn("a form of this item is just being submitted")
	} else if old != nil && old.halfWritten() {
		return g.askToReplace(item, d, says)
	}
	return g.startWith(item, d, says)
}

func (g *catalog) askToReplace(item model.Item, d workflow.Draft, says string) tea.Cmd {
	g.core.stack.Push(widget.NewDialog(g.core.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "Replace what you had begun?"),
		Evidence: widget.DetailContent{Lead: []widget.Line{{widget.Say(theme.Text, "You have a half-filled form: "),
			widget.Say(theme.Strong, item.Name), widget.Say(theme.Text, ". It would be thrown away.")}}},
		Buttons: []widget.Button{{ID: buttonBack, Label: "No, keep it"}, {ID: buttonConfirm, Label: "Replace it", Confirm: true}},
		Now:     g.core.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonConfirm {
				return nil
			}
			g.forms[item.Key].wipe()
			return g.startWith(item, d, says)
		},
	}))
	return nil
}

func (g *catalog) startWith(item model.Item, d workflow.Draft, says string) tea.Cmd {
	f, err := g.begin(item)
	if err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(err))
	}
	g.form, g.search = f, nil
	g.list.Select(string(item.Key))
	fill := f.fill(d)
	if d.RefersTo != "" && f.limit != nil {
		f.fields.FocusField(f.limit.chips) // what is asked for is more time
	}
	return tea.Batch(fill, notice.Say(tab.NoticeOK, widget.Words(theme.OK, says)), g.core.toCatalog())
}

// again begins the request under the cursor anew: the same, to be changed and
// sent. For an answered search it asks for what was found.
func (r *requests) again() tea.Cmd {
	n := r.current()
	c, ok := r.pane.Shown(n)
	switch {
	case !ok:
		return notice.Warn(string(n) + " is still being read")
	case len(c.Found) > 0:
		return r.chooseFound(c.Found)
	}
	req, me := c.Request, r.core.env.Me
	d := workflow.Draft{Item: req.Item, Target: c.Target(), Asked: req.Asked, Justification: req.Justification, Answers: slices.Clone(req.Answers),
		Secrets: map[string][]byte{}}
	if !c.Item.Creates() && !c.Item.Searches() && !me.Is(req.RequestedFor) {
		d.For = req.RequestedFor
	}
	if c.Item.Creates() || c.Item.Searches() {
		d.Target = req.Target
	}
	for _, f := range c.Item.Fields {
		_, given := req.Answer(f.Key)
		sealed := slices.ContainsFunc(req.Sealed, func(a model.SealedAnswer) bool { return a.Field == f.Key })
		if len(f.Generators()) > 0 && !given && !sealed {
			d.Without = append(d.Without, f.Key)
		}
		if sealed {
			d.Secrets[f.Key] = nil // it was typed; what it was nobody can read
		}
	}
	says := "filled in as " + string(n) + " was"
	if len(req.Sealed) > 0 {
		says += "; what was sealed has to be given again"
	}
	return r.core.order(d, says)
}

// mostFound is how many results have a button of their own; more are found by
// their UID.
const mostFound = 6

// chooseFound begins a request for one of the results that a search was answered
// with.
func (r *requests) chooseFound(found []model.Hit) tea.Cmd {
	if len(found) == 1 {
		return r.core.orderHit(found[0])
	}
	found = found[:min(len(found), mostFound)]
	buttons := []widget.Button{{ID: buttonBack, Label: "Close"}}
	var facts []widget.Fact
	for i, h := range found {
		id := strconv.Itoa(i + 1)
		buttons = append(buttons, widget.Button{ID: id, Label: id})
		facts = append(facts, widget.Fact{Label: id, Value: hitLines(h)})
	}
	r.core.stack.Push(widget.NewDialog(r.core.env.Theme, widget.DialogOptions{
		Title:    widget.Words(theme.Strong, "Ask for access to which one?"),
		Evidence: widget.DetailContent{Sections: []widget.Section{{Facts: facts}}},
		Buttons:  buttons, Now: r.core.env.Now,
		Done: func(id string) tea.Cmd {
			if n, err := strconv.Atoi(id); err == nil && n >= 1 && n <= len(found) {
				return r.core.orderHit(found[n-1])
			}
			return nil
		},
	}))
	return nil
}

// hitLines are a result in words.
func hitLines(h model.Hit) []widget.Line {
	title := widget.Line{widget.Show(theme.Strong, visible(h.Title)), widget.Say(theme.Text, "  "), widget.Show(theme.Heading, visible(h.Type))}
	if h.Kind == model.TargetFolder {
		title = append(title, widget.Say(theme.Heading, "folder"))
	}
	lines := []widget.Line{title}
	if h.Description != "" {
		lines = append(lines, widget.Foreign(theme.Heading, visible(h.Description)))
	}
	return append(lines, widget.Foreign(theme.Faint, visible(string(h.UID))))
}

// orderHit begins a request for access to a result of a search.
func (c *core) orderHit(h model.Hit) tea.Cmd {
	return c.order(workflow.Draft{Item: accessTo(h.Kind), Target: model.Target{Kind: h.Kind, UID: h.UID, Title: h.Title, Type: h.Type}},
		"filled in with what you chose")
}

// extended answers extend.
type extended struct {
	draft workflow.Draft
	err   error
}

// extend begins a request that refers to the one which gave the access.
func (a *access) extend(r workflow.GrantRow) tea.Cmd {
	if !r.Grant.State.Open() {
		return notice.Warn("this access has ended: order it again from My requests")
	}
	svc, me, id := a.core.svc, a.core.env.Me.ID, r.Grant.ID
	return a.core.env.Do(func(ctx context.Context) tea.Msg {
		d, err := svc.Extension(ctx, me, id)
		return extended{d, err}
	})
}

func (a *access) extended(msg extended) tea.Cmd {
	if msg.err != nil {
		return notice.Say(tab.NoticeBad, notice.Cause(msg.err))
	}
	return a.core.order(msg.draft, "say how much longer, and why")
}
