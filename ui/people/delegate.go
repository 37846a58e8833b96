package people

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func (t *Tab) moment(at time.Time) string { return widget.Moment(at, t.env.Now(), t.env.Zone) }

// candidates are the logins of those who could act for somebody.
type candidates struct {
	from   string // login
	logins []string
	err    error
}

func (t *Tab) actsOnDelegations(msg tea.KeyPressMsg, r row, here bool) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, t.keys.Begin):
		at := slices.IndexFunc(t.read.people, func(p workflow.PersonView) bool { return p.ID == t.env.Me.ID })
		if at < 0 {
			return nil, true // not read yet
		}
		return t.delegateFor(t.read.people[at]), true
	case here && key.Matches(msg, t.keys.End):
		return t.askEnd(r.delegation), true
	}
	return nil, false
}

// delegateFor finds out who could act for somebody.
func (t *Tab) delegateFor(p workflow.PersonView) tea.Cmd {
	if err := p.Can(model.ActDelegate); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	me, from := t.env.Me, p
	if from.ID != me.ID {
		var logins []string
		for _, other := range t.read.people {
			if model.CanDelegate(me, from.Person, other.Person) == nil {
				logins = append(logins, other.Login)
			}
		}
		return t.candidates(candidates{from: from.Login, logins: logins})
	}
	return t.env.Do(func(ctx context.Context) tea.Msg {
		logins, err := t.svc.Delegates(ctx, me.ID)
		return candidates{from.Login, logins, err}
	})
}

// candidates opens the form in which one of them is named, for how long.
func (t *Tab) candidates(msg candidates) tea.Cmd {
	switch {
	case !t.stack.Empty():
		return nil
	case msg.err != nil:
		return notice.Say(tab.NoticeWarn, notice.Cause(msg.err))
	case len(msg.logins) == 0:
		return notice.Warn("there is no other active approver who could act for " + msg.from)
	}
	look := t.env.Theme
	to := widget.NewInput(look, widget.InputOptions{Placeholder: "login of an approver"})
	starts := widget.NewInput(look, widget.InputOptions{Placeholder: "now"})
	tomorrow := t.env.Now().In(t.env.Zone).AddDate(0, 0, 1).Format("2006-01-02")
	ends := widget.NewInput(look, widget.InputOptions{Placeholder: "5 d, or " + tomorrow + " 18:00"})
	d := &dialog{of: "delegate " + msg.from, lost: "a delegation that was not made",
		fields: map[string]widget.Field{"to": to, "until": ends}}
	d.form = widget.NewForm(look, []widget.FormItem{
		{Label: "To", Field: to, Hint: func() widget.Line { return hintOf(to.Value(), msg.logins) }, Check: func() string {
			if !slices.Contains(msg.logins, strings.TrimSpace(to.Value())) {
				return "nobody of that login can act for " + msg.from
			}
			return ""
		}},
		{Label: "From", Field: starts, Hint: func() widget.Line { return t.readBack(t.begin(starts.Value())) }, Check: func() string {
			_, err := t.begin(starts.Value())
			return problem(err)
		}},
		{Label: "Until", Field: ends, Hint: func() widget.Line { return t.readBack(t.over(starts.Value(), ends.Value())) }, Check: func() string {
			_, err := t.over(starts.Value(), ends.Value())
			return problem(err)
		}},
	})
	title := widget.Words(theme.Strong, "Have somebody act for you")
	from := ""
	if msg.from != t.env.Me.Login {
		from = msg.from
		title = widget.Line{say(theme.Strong, "Have somebody act for "), show(theme.Strong, from)}
	}
	d.options = widget.DialogOptions{Title: title, Buttons: buttons("Delegate"), Evidence: widget.DetailContent{Lead: []widget.Line{
		widget.Words(theme.Text, "They decide what waits for the same groups, and each vote counts as if the one who is away had given it. It cannot be passed on.")}}}
	me := t.env.Me.ID
	d.do = func(ctx context.Context) ([]string, error) {
		begin, err := t.begin(starts.Value())
		if err != nil {
			return nil, err
		}
		end, err := t.over(starts.Value(), ends.Value())
		if err != nil {
			return nil, err
		}
		v, err := t.svc.Delegate(ctx, me, workflow.DelegationDraft{From: from, To: strings.TrimSpace(to.Value()), Starts: begin, Ends: end})
		return []string{v.ToLogin + " acts for " + v.FromLogin + ", " + t.span(v)}, err
	}
	t.ask(d)
	return nil
}

// begin is when a delegation starts, zero for now.
func (t *Tab) begin(text string) (time.Time, error) {
	if text = strings.TrimSpace(text); text == "" || text == "now" {
		return time.Time{}, nil
	}
	return t.typed(text, t.env.Now())
}

// over is when a delegation ends: at a moment, or some time after its start.
func (t *Tab) over(starts, text string) (time.Time, error) {
	from, err := t.begin(starts)
	if err != nil {
		return from, errors.New("say first from when")
	}
	if from.IsZero() {
		from = t.env.Now()
	}
	at, err := t.typed(text, from)
	switch {
	case err != nil:
		return at, err
	case !at.After(from):
		return at, errors.New("it ends before it begins")
	case at.Sub(from) > model.MaxDelegation:
		return at, errors.New("at most " + model.FormatDuration(model.MaxDelegation) + " in one go")
	}
	return at, nil
}

func (t *Tab) typed(text string, from time.Time) (time.Time, error) {
	limit, err := model.ParseTyped(text, from, t.env.Zone)
	if err != nil {
		return time.Time{}, err
	}
	if limit.IsPermanent() {
		return time.Time{}, errors.New("it needs an end")
	}
	return limit.End(from), nil
}

// readBack says which moment was typed, where it can be read.
func (t *Tab) readBack(at time.Time, err error) widget.Line {
	if err != nil || at.IsZero() {
		return nil
	}
	return widget.Words(theme.Faint, at.In(t.env.Zone).Format("Mon 2 Jan 2006 15:04"))
}

// hintOf lists who fits what is typed.
func hintOf(typed string, logins []string) widget.Line {
	const most = 8
	var fit []string
	for _, l := range logins {
		if strings.Contains(l, strings.TrimSpace(typed)) {
			fit = append(fit, l)
		}
	}
	if len(fit) > most {
		fit = append(fit[:most], "…")
	}
	return foreign(theme.Faint, strings.Join(fit, ", "))
}

// askEnd asks whether a delegation is to end.
func (t *Tab) askEnd(v workflow.DelegationView) tea.Cmd {
	if v.EndErr != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(v.EndErr))
	}
	me := t.env.Me.ID
	t.stack.Push(widget.NewDialog(t.env.Theme, widget.DialogOptions{
		Title: widget.Words(theme.Strong, "End it now?"),
		Evidence: widget.DetailContent{Lead: []widget.Line{{show(theme.Strong, v.ToLogin), say(theme.Text, " does not act for "), show(theme.Strong, v.FromLogin),
			say(theme.Text, " any more. Votes that were given stay.")}}},
		Buttons: buttons("End it"), Now: t.env.Now,
		Done: func(id string) tea.Cmd {
			if id != buttonConfirm {
				return nil
			}
			return t.env.Do(func(ctx context.Context) tea.Msg {
				return done{says: []string{v.ToLogin + " does not act for " + v.FromLogin + " any more"}, err: t.svc.EndDelegation(ctx, me, v.ID)}
			})
		},
	}))
	return nil
}
