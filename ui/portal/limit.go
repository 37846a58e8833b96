package portal

import (
	"errors"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// limitField asks how long: one of the common limits, or one that is typed.
type limitField struct {
	env     *tab.Env
	chips   *widget.Chips
	typed   *widget.Input
	choices map[string]model.Limit // by the id of their chip
	links   bool                   // it is how long a link lives
}

// otherLimit is the id of the chip for a limit that is typed.
const otherLimit = "until"

// commonLimits are offered first, the usual one among them taken.
func commonLimits() []model.Limit {
	day := 24 * time.Hour
	return []model.Limit{model.For(time.Hour), model.For(4 * time.Hour), model.For(day), model.For(7 * day),
		model.For(30 * day), model.Permanent}
}

// linkLimits are offered first for a link, which always ends.
func linkLimits() []model.Limit {
	day := 24 * time.Hour
	return []model.Limit{model.For(time.Hour), model.For(4 * time.Hour), model.For(day), model.For(7 * day), model.For(30 * day), model.For(90 * day)}
}

// usualLimit is what a new form begins with.
func usualLimit() model.Limit { return model.For(4 * time.Hour) }

func newLimitField(env *tab.Env, item model.Item) *limitField {
	l := &limitField{env: env, choices: map[string]model.Limit{}, links: item.Key == model.ItemOneTimeShare}
	var chips []widget.Choice
	common := commonLimits()
	if l.links {
		common = linkLimits()
	}
	for _, limit := range common {
		l.choices[limit.String()] = limit
		chips = append(chips, widget.Choice{ID: limit.String(), Label: limit.String()})
	}
	chips = append(chips, widget.Choice{ID: otherLimit, Label: "until…"})
	l.chips = widget.NewChips(env.Theme, chips, usualLimit().String())
	tomorrow := env.Now().In(env.Zone).AddDate(0, 0, 1).Format("2006-01-02")
	l.typed = widget.NewInput(env.Theme, widget.InputOptions{Placeholder: "18:30, " + tomorrow + " 18:30, or 45 min"})
	return l
}

// isTyped reports whether the limit is one that is typed.
func (l *limitField) isTyped() bool { return l.chips.Value() == otherLimit }

// limit returns what is chosen, or why it cannot be read.
func (l *limitField) limit() (model.Limit, error) {
	if limit, ok := l.choices[l.chips.Value()]; ok {
		return limit, nil
	}
	return model.ParseTyped(l.typed.Value(), l.env.Now(), l.env.Zone)
}

// problem is why the limit cannot be asked for with a right, "" if it can.
func (l *limitField) problem(right model.Right) string {
	limit, err := l.limit()
	switch now := l.env.Now(); {
	case err != nil:
	case l.links:
		err = wrongLife(right, limit, now)
	default:
		err = limit.Validate(now)
		if err == nil && right != "" {
			err = model.ValidateAccess(right, limit)
		}
	}
	return plain(err)
}

// wrongLife is why a link cannot live that long.
func wrongLife(right model.Right, limit model.Limit, now time.Time) error {
	end := limit.End(now)
	switch {
	case end.IsZero():
	case !end.After(now):
		return errors.New("that end has passed")
	case end.Sub(now) < model.MinLimit:
		return errors.New("at least " + model.FormatDuration(model.MinLimit))
	}
	_, err := model.PlanLink(model.Target{}, "", "", model.Access{Right: right, Limit: limit}, now)
	return err
}

// take chooses a limit of before.
func (l *limitField) take(limit model.Limit) {
	for id, known := range l.choices {
		if known == limit {
			l.chips.Take(id)
			return
		}
	}
	l.chips.Take(otherLimit)
	l.typed.SetValue(limit.String())
}

// hint says when the access would end, or at once why the right cannot be given
// for that time.
func (l *limitField) hint(right model.Right) widget.Line {
	limit, err := l.limit()
	if err != nil {
		return nil // half typed; the check says what is missing
	}
	if problem := l.problem(right); problem != "" {
		return widget.Line{widget.Say(theme.Bad, "▲ "), widget.Say(theme.Bad, problem)}
	}
	if limit.IsPermanent() {
		return endWords(theme.Faint, limit, l.env.Now(), l.env.Zone)
	}
	return append(widget.Words(theme.Faint, "until "), endWords(theme.Faint, limit, l.env.Now(), l.env.Zone)...)
}

// endWords say when access with a limit would end.
func endWords(ink theme.Ink, limit model.Limit, now time.Time, zone *time.Location) widget.Line {
	switch {
	case limit.IsPermanent():
		return widget.Words(theme.Warn, "nothing ends it by itself")
	case limit.Length() > 0:
		return widget.Words(ink, "about "+widget.Moment(limit.End(now), now, zone)+" if granted now")
	}
	return widget.Words(ink, widget.Moment(limit.End(now), now, zone))
}
