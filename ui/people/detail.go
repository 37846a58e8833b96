package people

import (
	"strconv"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

func foreign(ink theme.Ink, text string) widget.Line { return widget.Foreign(ink, safetext.Line(text)) }

func show(ink theme.Ink, text string) widget.Span { return widget.Show(ink, safetext.Line(text)) }

func say(ink theme.Ink, words string) widget.Span { return widget.Say(ink, words) }

// columns are those of a view.
func (t *Tab) columns(view string) []widget.Column[row] {
	text := func(title string, width, flex, most int, of func(r row) string) widget.Column[row] {
		return widget.Column[row]{Title: title, Width: width, Flex: flex, Max: most, Cell: func(r row) widget.Line { return foreign(theme.Text, of(r)) }}
	}
	number := func(title string, of func(r row) int) widget.Column[row] {
		return widget.Column[row]{Title: title, Width: len(title), Right: true, Cell: func(r row) widget.Line {
			if of(r) == 0 {
				return widget.Words(theme.Faint, "-")
			}
			return widget.Words(theme.Text, strconv.Itoa(of(r)))
		}}
	}
	switch view {
	case ViewGroups:
		can := number("CAN", able)
		can.Cell = canDo
		return []widget.Column[row]{text("GROUP", 14, 2, 28, func(r row) string { return string(r.group.Name) }),
			text("DOES", 16, 0, 0, func(r row) string { return does(r.group) }), can,
			text("MEMBERS", 10, 3, 0, func(r row) string { return joined(r.group.Members) })}
	case ViewDelegations:
		return []widget.Column[row]{text("WHOSE SAY", 9, 1, 16, func(r row) string { return r.delegation.FromLogin }),
			text("ACTS", 8, 1, 16, func(r row) string { return r.delegation.ToLogin }),
			{Title: "STATE", Width: 8, Cell: func(r row) widget.Line {
				if r.delegation.Active {
					return widget.Words(theme.OK, standing(r.delegation))
				}
				return widget.Words(theme.Heading, standing(r.delegation))
			}},
			{Title: "FROM", Width: 13, Drop: 1, Cell: func(r row) widget.Line { return widget.Words(theme.Heading, t.moment(r.delegation.Starts)) }},
			{Title: "UNTIL", Width: 13, Cell: func(r row) widget.Line { return widget.Words(theme.Text, t.moment(r.delegation.Ends)) }}}
	case ViewNotices:
		return []widget.Column[row]{
			{Title: "TOLD", Width: 7, Cell: func(r row) widget.Line {
				return widget.Words(theme.Heading, widget.Day(r.notice.At, t.env.Now(), t.env.Zone))
			}},
			text("NUMBER", 10, 0, 0, func(r row) string { return r.notice.Object }),
			text("WHAT", 20, 1, 0, func(r row) string { return r.notice.Text })}
	}
	groups := text("GROUPS", 10, 3, 0, func(r row) string { return joined(r.person.Groups) })
	groups.Drop = 2
	keys := number("KEYS", func(r row) int { return len(r.person.Keys) })
	keys.Drop = 1
	return []widget.Column[row]{
		{Title: "LOGIN", Width: 8, Flex: 1, Max: 14, Key: true, Cell: func(r row) widget.Line {
			if !r.person.Active {
				return foreign(theme.Faint, r.person.Login)
			}
			return foreign(theme.Text, r.person.Login)
		}},
		{Title: "STATE", Width: 8, Cell: state},
		text("ROLES", 14, 2, 32, func(r row) string { return joined(r.person.Roles) }), groups, keys,
		number("TASKS", func(r row) int { return r.person.Tasks })}
}

func state(r row) widget.Line {
	if r.person.Active {
		return widget.Words(theme.Heading, active(r.person))
	}
	return widget.Words(theme.Warn, active(r.person))
}

// canDo counts who of a group can do what it is for; none is a warning.
func canDo(r row) widget.Line {
	n := strconv.Itoa(able(r))
	switch {
	case !r.group.Decides && !r.group.Fulfils:
		return widget.Words(theme.Faint, "-")
	case able(r) == 0:
		return widget.Words(theme.WarnStrong, n)
	}
	return widget.Words(theme.Text, n)
}

// content says everything about a row.
func (t *Tab) content(r row) widget.DetailContent {
	switch t.view().name {
	case ViewGroups:
		return groupContent(r.group, r.works)
	case ViewDelegations:
		return t.delegationContent(r.delegation)
	case ViewNotices:
		return t.noticeContent(r.notice)
	}
	return t.personContent(r.person)
}

func (t *Tab) personContent(p workflow.PersonView) widget.DetailContent {
	c := widget.DetailContent{Title: widget.Line{show(theme.Strong, p.Login)}, Right: state(row{person: p})}
	if p.Name != "" && p.Name != p.Login {
		c.Title = append(c.Title, say(theme.Text, "  "), show(theme.Heading, p.Name))
	}
	if !p.Active {
		c.Warnings = append(c.Warnings, widget.Words(theme.Warn, "cannot come in, and nobody acts for them"))
	} else if len(p.Roles) == 0 {
		c.Warnings = append(c.Warnings, widget.Words(theme.Warn, "has no role: no tab is open to them"))
	}
	facts := []widget.Fact{
		{Label: "Address", Value: []widget.Line{foreign(theme.Text, p.Email)}},
		{Label: "Roles", Value: []widget.Line{orNone(joined(p.Roles))}},
		{Label: "Groups", Value: []widget.Line{orNone(joined(p.Groups))}},
		{Label: "Tasks", Value: []widget.Line{widget.Words(theme.Text, howMany(p.Tasks, "open task"))}},
	}
	var keys []widget.Line
	for _, line := range p.Keys {
		k, err := model.ParsePublicKey(line)
		if err != nil {
			keys = append(keys, foreign(theme.Warn, line))
			continue
		}
		keys = append(keys, widget.Line{say(theme.Text, k.Fingerprint()), say(theme.Faint, "  "), show(theme.Heading, k.Note)})
	}
	if keys == nil {
		keys = []widget.Line{widget.Words(theme.Faint, "none: they cannot come in over SSH by a key")}
	}
	c.Sections = []widget.Section{{Facts: append(facts, t.here(p)...)}, {Facts: []widget.Fact{{Label: "Keys", Value: keys}}}}
	if acts := t.actsFor(p); len(acts) > 0 {
		c.Sections = append(c.Sections, widget.Section{Facts: acts})
	}
	return c
}

// actsFor says who acts for somebody, and for whom they act.
func (t *Tab) actsFor(p workflow.PersonView) []widget.Fact {
	var by, of []widget.Line
	for _, d := range p.Delegations {
		when := say(theme.Heading, ", "+t.span(d))
		if d.From == p.ID {
			by = append(by, widget.Line{show(theme.Text, d.ToLogin), when})
		} else {
			of = append(of, widget.Line{show(theme.Text, d.FromLogin), when})
		}
	}
	var facts []widget.Fact
	if by != nil {
		facts = append(facts, widget.Fact{Label: "Acted for by", Value: by})
	}
	if of != nil {
		facts = append(facts, widget.Fact{Label: "Acts for", Value: of})
	}
	return facts
}

func groupContent(g workflow.GroupView, works int) widget.DetailContent {
	c := widget.DetailContent{Title: foreign(theme.Strong, string(g.Name)), Right: widget.Words(theme.Heading, does(g))}
	if g.Decides && g.Able == 0 {
		c.Warnings = append(c.Warnings, widget.Words(theme.WarnStrong, "nobody in it can decide: it needs members with the role approver"))
	}
	if g.Fulfils && works == 0 {
		c.Warnings = append(c.Warnings, widget.Words(theme.WarnStrong, "nobody in it can carry anything out: it needs members who are not disabled"))
	}
	var members []widget.Line
	for _, m := range g.Members {
		members = append(members, foreign(theme.Text, m))
	}
	if members == nil {
		members = []widget.Line{widget.Words(theme.Faint, "none")}
	}
	facts := []widget.Fact{{Label: "Members", Value: members}}
	if g.Decides {
		facts = append(facts, widget.Fact{Label: "Can decide", Value: []widget.Line{widget.Words(theme.Text, strconv.Itoa(g.Able)+" of them are active approvers")}})
	}
	if g.Fulfils {
		facts = append(facts, widget.Fact{Label: "Can fulfil", Value: []widget.Line{widget.Words(theme.Text, strconv.Itoa(works)+" of them are enabled")}})
	}
	if !g.Decides && !g.Fulfils {
		facts = append(facts, widget.Fact{Label: "Used by", Value: []widget.Line{widget.Words(theme.Heading, "no policy names it; requests can still be given to it")}})
	}
	c.Sections = []widget.Section{{Facts: facts}}
	return c
}

func (t *Tab) delegationContent(d workflow.DelegationView) widget.DetailContent {
	facts := []widget.Fact{
		{Label: "When", Value: []widget.Line{widget.Words(theme.Text, t.span(d))}},
		{Label: "Means", Value: []widget.Line{{show(theme.Text, d.ToLogin), say(theme.Text, " can decide what waits for the groups of "),
			show(theme.Text, d.FromLogin), say(theme.Text, ". Each of these votes is "), show(theme.Text, d.FromLogin),
			say(theme.Text, "'s one vote, and cannot be passed on.")}}},
	}
	if d.MadeByLogin != "" {
		facts = append(facts, widget.Fact{Label: "Made by", Value: []widget.Line{{show(theme.Heading, d.MadeByLogin), say(theme.Faint, " at "+t.moment(d.Made))}}})
	}
	return widget.DetailContent{Title: widget.Line{show(theme.Strong, d.ToLogin), say(theme.Text, " acts for "), show(theme.Strong, d.FromLogin)},
		Right: widget.Words(theme.Heading, standing(d)), Sections: []widget.Section{{Facts: facts}}}
}

func (t *Tab) noticeContent(n model.Notice) widget.DetailContent {
	c := widget.DetailContent{Title: foreign(theme.Strong, n.Object), Right: widget.Words(theme.Heading, t.moment(n.At)),
		Lead: widget.Paragraphs(theme.Text, safetext.Block(n.Text))}
	if n.Object == "" {
		c.Title = widget.Words(theme.Strong, "You were told")
		return c
	}
	c.Sections = []widget.Section{{Facts: []widget.Fact{{Label: "Then", Value: []widget.Line{widget.Words(theme.Faint, "enter opens it")}}}}}
	return c
}

// span is when a delegation holds.
func (t *Tab) span(d workflow.DelegationView) string {
	if d.Active {
		return "until " + t.moment(d.Ends)
	}
	return t.moment(d.Starts) + " to " + t.moment(d.Ends)
}

func orNone(text string) widget.Line {
	if text == "" {
		return widget.Words(theme.Faint, "none")
	}
	return foreign(theme.Text, text)
}

func howMany(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
