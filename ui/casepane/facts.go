package casepane

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"
)

func (p *pane) title() widget.Line {
	return widget.Line{show(theme.Strong, p.take("Request")), say(theme.Text, "  "), show(theme.Heading, p.item())}
}

// item is what was ordered, by its name in the catalog.
func (p *pane) item() string {
	return cmp.Or(p.c.Item.Name, string(p.c.Request.Item))
}

// Soon is when what is left for a decision becomes a warning.
const Soon = 30 * time.Minute

// right is how long is left for the decision, or how it ended.
func (p *pane) right() widget.Line {
	r := p.c.Request
	left := r.Due.Sub(p.o.Now)
	switch {
	case r.State != model.Requested:
		return widget.Words(StateInk(r.State), r.State.Words())
	case r.NeedsInfo:
		return widget.Words(theme.Warn, "asked back")
	case r.Due.IsZero():
		return nil
	case left <= 0:
		return widget.Words(theme.WarnStrong, "over")
	case left < Soon:
		return widget.Words(theme.WarnStrong, "due "+widget.Due(left))
	}
	return widget.Words(theme.Heading, "due "+widget.Due(left))
}

// StateInk is the ink of a request's state; the word stands beside it always.
func StateInk(s model.RequestState) theme.Ink {
	switch s {
	case model.Requested:
		return theme.Accent
	case model.InProcess:
		return theme.OK
	case model.ClosedComplete:
		return theme.Text // the usual end, and most of the rows
	case model.ClosedRejected, model.ClosedIncomplete:
		return theme.Bad
	}
	return theme.Heading
}

func (p *pane) who() widget.Fact {
	by, email := p.take("Requested by"), p.take("For")
	asker := p.c.People[p.c.Request.RequestedBy]
	named := widget.Line{show(theme.Heading, by)}
	if asker.Name != "" {
		named = append(named, say(theme.Faint, " · "), show(theme.Heading, asker.Name))
	}
	first := widget.Line{show(theme.Text, email)}
	switch {
	case p.c.Request.Item == model.ItemRevoke: // from whom it is taken stands behind its own label
		return widget.Fact{Label: "By", Value: []widget.Line{append(named, say(theme.Faint, " · "), show(theme.Faint, email))}}
	case email == "":
		return widget.Fact{Label: "Who", Value: []widget.Line{named}}
	case asker.Is(email):
		self := "themselves"
		if p.o.own(p.c) {
			self = "yourself"
		}
		first = append(first, say(theme.Text, ", for "+self))
		return widget.Fact{Label: "Who", Value: []widget.Line{first, named}}
	}
	named = append(widget.Line{say(theme.Faint, "asked for by ")}, named...)
	if r, known := p.c.People[p.c.Recipient]; known && r.Name != "" {
		first = append(first, say(theme.Faint, " · "), show(theme.Heading, r.Name))
	}
	return widget.Fact{Label: "Who", Value: []widget.Line{first, named}}
}

func (p *pane) asks() widget.Fact {
	asked := p.c.Request.Asked
	if p.take("Asked") == "" {
		return widget.Fact{}
	}
	line := widget.Line{}
	if f := p.c.Facts; f != nil && f.Tells(p.c.Request.RequestedFor) && p.plan != nil && len(p.plan.Steps) > 0 && p.shares() {
		if have := f.Share(p.c.Request.RequestedFor); !have.None() {
			line = append(line, say(theme.Heading, RightName(have.Right)), say(theme.Faint, " → "))
		}
	}
	line = append(append(line, accessSpans(asked)...), p.counted(asked.Limit)...)
	value := []widget.Line{line}
	if words := p.means(asked.Right); words != "" {
		value = append(value, widget.Words(theme.Heading, words))
	}
	return widget.Fact{Label: "Asks", Value: value}
}

// counted says from when a limit runs, or what its end is on the person's
// clock.
func (p *pane) counted(l model.Limit) []widget.Span {
	switch {
	case l.IsPermanent():
		return nil
	case l.Length() > 0:
		return []widget.Span{say(theme.Faint, " once granted")}
	case p.o.zone().String() == time.UTC.String():
		return nil
	}
	return []widget.Span{say(theme.Faint, " ("+l.End(p.o.Now).In(p.o.zone()).Format("15:04 MST")+")")}
}

// allowed is drawn where it is not what was asked.
func (p *pane) allowed() widget.Fact {
	if p.take("Allowed") == "" {
		return widget.Fact{}
	}
	allow := p.o.allow(p.c)
	if allow == p.c.Request.Asked {
		return widget.Fact{} // in the same words as what is asked, one line above
	}
	line := append(widget.Line(accessSpans(allow)), p.counted(allow.Limit)...)
	return widget.Fact{Label: "Allowed", Value: []widget.Line{append(line, say(theme.Faint, " · less than asked"))}}
}

func (p *pane) has() widget.Fact {
	target := p.c.Target()
	if !p.shares() || !target.Named() {
		return widget.Fact{}
	}
	fact := widget.Fact{Label: "Has"}
	f := p.c.Facts
	switch {
	case f != nil && f.Gone:
		return widget.Fact{}
	case f != nil && !f.Tells(p.c.Request.RequestedFor):
		fact.Value = []widget.Line{{say(theme.Note, "not shown: what others have is for those who decide and fulfil")}}
	case f != nil:
		fact.Value = []widget.Line{append(Share(theme.Text, f.Share(p.c.Request.RequestedFor), p.o.Now, p.o.zone()), p.asOf())}
	case p.c.FactsErr != nil:
		fact.Value = p.notKnown()
	case p.o.Asking:
		fact.Value = []widget.Line{{say(theme.Note, "asking the vault…")}}
	case p.c.Request.State == model.Requested && !p.o.own(p.c):
		fact.Value = []widget.Line{{say(theme.Note, "not known, the vault was not asked")}}
	}
	return fact
}

// notKnown says why it is not known what somebody has, and what that means for a
// decision. What mends the vault is for others: it stands in the frame.
func (p *pane) notKnown() []widget.Line {
	line := widget.Words(theme.Warn, "not known: ")
	var vault *workflow.VaultError
	if !errors.As(p.c.FactsErr, &vault) || !vault.Passing() {
		return []widget.Line{append(line, show(theme.Warn, p.c.FactsErr.Error()))}
	}
	lines := []widget.Line{append(line, show(theme.Warn, vault.Text))}
	if p.c.Request.State == model.Requested && !p.o.own(p.c) {
		lines = append(lines, widget.Words(theme.Heading, "You can decide all the same."))
	}
	return lines
}

func (p *pane) why() widget.Fact {
	why := p.take("Why")
	if why == "" {
		return widget.Fact{}
	}
	return widget.Fact{Label: "Why", Value: block(theme.Text, why)}
}

// label is how the item's form calls a field.
func (p *pane) label(key string) string {
	if f, ok := p.c.Item.Field(key); ok {
		return f.Label
	}
	for prefix, words := range map[string]string{"change.": "Changed ", "record.": "New "} { // sealed by an admin, inside a task
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			return words + rest
		}
	}
	switch key {
	case "who":
		return "From"
	case model.FieldTeam:
		return "Team"
	}
	return key
}

// answers are the fields of the item's form. What the vault generates is said, and
// a sealed one shows only that it is there and the commitment that binds it to
// the decision.
func (p *pane) answers() []widget.Fact {
	var facts []widget.Fact
	for _, a := range p.c.Request.Answers {
		if v := p.take("Answer " + a.Field); v != "" {
			facts = append(facts, widget.Fact{Label: p.label(a.Field), Value: p.answer(a.Field, v)})
		}
	}
	for _, a := range p.c.Request.Sealed {
		if v := p.take("Sealed " + a.Field); v != "" {
			facts = append(facts, widget.Fact{Label: p.label(a.Field), Value: []widget.Line{
				{say(theme.OK, "sealed"), say(theme.Faint, ": only the worker can read it")},
				{say(theme.Faint, "fingerprint "), show(theme.Faint, v)},
			}})
		}
	}
	return facts
}

func (p *pane) before() widget.Fact {
	if p.c.Request.State != model.Requested {
		return widget.Fact{}
	}
	b := p.c.Before
	if b.Approved == 0 && b.Denied == 0 {
		return widget.Fact{Label: "Before", Value: []widget.Line{{say(theme.Heading, "nothing like it in 90 days")}}}
	}
	inks := [2]theme.Ink{theme.Heading, theme.Heading}
	if b.Approved > 0 {
		inks[0] = theme.OK
	}
	if b.Denied > 0 {
		inks[1] = theme.Bad
	}
	return widget.Fact{Label: "Before", Value: []widget.Line{{
		say(inks[0], strconv.Itoa(b.Approved)+" approved"), say(theme.Faint, " · "),
		say(inks[1], strconv.Itoa(b.Denied)+" denied"), say(theme.Faint, "  in 90 days"),
	}}}
}

func (p *pane) doneBy() widget.Fact {
	by := p.take("Fulfilled by")
	if by == "" {
		return widget.Fact{}
	}
	return widget.Fact{Label: "Done by", Value: []widget.Line{{show(theme.Heading, by)}}}
}

func (p *pane) refersTo() widget.Fact {
	n := p.take("Refers to")
	if n == "" {
		return widget.Fact{}
	}
	return widget.Fact{Label: "Refers to", Value: []widget.Line{{show(theme.Text, n)}}}
}

// form is the small print: what was filled in, where, and how often it was
// changed. Who asked knows the form; to them it says only that it is not the
// first version any more.
func (p *pane) form() widget.Fact {
	item, revision := p.take("Item"), p.take("Revision")
	if p.o.own(p.c) {
		if p.c.Request.Revision <= 1 {
			return widget.Fact{}
		}
		return widget.Fact{Label: "Version", Value: []widget.Line{{show(theme.Faint, revision), say(theme.Faint, ", changed since it was made")}}}
	}
	line := widget.Line{show(theme.Faint, item), say(theme.Faint, " · revision "), show(theme.Faint, revision)}
	if p.c.Request.Source != "" {
		line = append(line, say(theme.Faint, " · by "), show(theme.Faint, string(p.c.Request.Source)))
	}
	return widget.Fact{Label: "Form", Value: []widget.Line{line}}
}
