package approvals

import (
	"time"

	"countersign/model"
	"countersign/ui/casepane"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// allowance is what the approver would allow: as asked to begin with, less where
// they choose so, never more.
type allowance struct {
	request model.Request
	now     func() time.Time
	zone    *time.Location
	rights  *widget.Chips
	limits  *widget.Chips
	until   *widget.Input
	choices map[string]model.Limit // by the id of their chip
}

// otherLimit is the id of the chip for a limit that is typed.
const otherLimit = "until"

// ladder are the limits that are offered as shorter ones.
func ladder() []time.Duration {
	day := 24 * time.Hour
	return []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, day, 7 * day, 30 * day}
}

// shorterOffered is how many of the ladder are offered, the longest of those
// that are shorter.
const shorterOffered = 3

func newAllowance(t *theme.Theme, r model.Request, now func() time.Time, zone *time.Location) *allowance {
	a := &allowance{request: r, now: now, zone: zone, choices: map[string]model.Limit{}}
	var rights []widget.Choice
	for _, right := range model.LowerRights(r.Allowed.Right) {
		rights = append(rights, widget.Choice{ID: string(right), Label: casepane.RightName(right)})
	}
	a.rights = widget.NewChips(t, rights, string(r.Allowed.Right))

	var limits []widget.Choice
	for _, l := range append(shorter(r.Allowed.Limit, now()), r.Allowed.Limit) {
		a.choices[l.String()] = l
		limits = append(limits, widget.Choice{ID: l.String(), Label: a.label(l)})
	}
	limits = append(limits, widget.Choice{ID: otherLimit, Label: "until…"})
	a.limits = widget.NewChips(t, limits, r.Allowed.Limit.String())
	tomorrow := now().In(zone).AddDate(0, 0, 1).Format("2006-01-02")
	a.until = widget.NewInput(t, widget.InputOptions{Placeholder: "45 min, 18:30 or " + tomorrow + " 18:30"})
	return a
}

// shorter returns common limits that end before another one would.
func shorter(allowed model.Limit, now time.Time) []model.Limit {
	var out []model.Limit
	for _, d := range ladder() {
		l := model.For(d)
		if l.Within(allowed, now) && !allowed.Within(l, now) {
			out = append(out, l)
		}
	}
	return out[max(len(out)-shorterOffered, 0):]
}

// label is a limit as short as a chip wants it.
func (a *allowance) label(l model.Limit) string {
	if l.IsPermanent() || l.Length() > 0 {
		return l.String()
	}
	return "until " + a.moment(l.End(a.now()))
}

func (a *allowance) moment(t time.Time) string { return widget.Moment(t, a.now(), a.zone) }

// right is the right that is chosen.
func (a *allowance) right() model.Right { return model.Right(a.rights.Value()) }

// free reports whether the limit is typed.
func (a *allowance) free() bool { return a.limits.Value() == otherLimit }

// access returns what is chosen, and why that cannot be allowed; nothing is
// chosen while a typed limit cannot be read.
func (a *allowance) access() (model.Access, error) {
	limit, ok := a.choices[a.limits.Value()]
	if !ok {
		var err error
		if limit, err = model.ParseTyped(a.until.Value(), a.now(), a.zone); err != nil {
			return model.Access{}, err
		}
	}
	access := model.Access{Right: a.right(), Limit: limit}
	if limit != a.request.Allowed.Limit {
		if err := limit.Validate(a.now()); err != nil {
			return access, err
		}
	}
	return access, model.ValidateAllow(a.request, access, a.now())
}

// problem is why what is chosen cannot be allowed, "" if it can.
func (a *allowance) problem() string {
	if _, err := a.access(); err != nil {
		return err.Error()
	}
	return ""
}

// chosenProblem is the problem of a limit that was not typed.
func (a *allowance) chosenProblem() string {
	if a.free() {
		return ""
	}
	return a.problem()
}

// recheck says what is wrong with the choice as it is now. What is typed is
// complained about only when its field is left, but no longer than it is wrong.
func (a *allowance) recheck(f *widget.Form) {
	f.SetError(a.limits, a.chosenProblem())
	if a.problem() == "" {
		f.SetError(a.until, "")
	}
}

// items are the fields of the dialog.
func (a *allowance) items() []widget.FormItem {
	limit := "For"
	if a.request.Item == model.ItemOneTimeShare {
		limit = "Lives"
	}
	return []widget.FormItem{
		{Label: "Rights", Field: a.rights, Hint: a.askedHint},
		{Label: limit, Field: a.limits, Hint: a.chosenHint, Check: a.chosenProblem},
		{Label: "Until", Field: a.until, Hint: a.endHint, Check: a.problem, Hidden: func() bool { return !a.free() }},
	}
}

func (a *allowance) askedHint() widget.Line {
	r := a.request
	words := "asked: " + casepane.RightName(r.Asked.Right)
	switch {
	case r.Allowed.Right != r.Asked.Right:
		words += ", lowered to " + casepane.RightName(r.Allowed.Right) + " before"
	case len(model.LowerRights(r.Allowed.Right)) > 1:
		words += " (may be lowered, never raised)"
	}
	return widget.Words(theme.Faint, words)
}

// chosenHint is endHint for a limit that was not typed; the other stands beside
// what was typed.
func (a *allowance) chosenHint() widget.Line {
	if a.free() {
		return nil
	}
	return a.endHint()
}

// endHint says when the access would end.
func (a *allowance) endHint() widget.Line {
	access, err := a.access()
	switch {
	case err != nil:
		return nil
	case access.Limit.IsPermanent():
		return widget.Words(theme.Warn, "without an end")
	case access.Limit.Length() > 0:
		given := "granted"
		if a.request.Item == model.ItemOneTimeShare {
			given = "made"
		}
		return widget.Words(theme.Faint, "until about "+a.moment(access.Limit.End(a.now()))+" if "+given+" now")
	}
	return widget.Words(theme.Faint, "until "+a.moment(access.Limit.End(a.now())))
}
