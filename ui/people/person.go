package people

import (
	"context"
	"fmt"
	"strings"

	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

func (t *Tab) actsOnPeople(msg tea.KeyPressMsg, r row, here bool) (tea.Cmd, bool) {
	k := t.keys
	switch {
	case key.Matches(msg, k.New):
		if !t.env.Me.Has(model.RoleAdmin) {
			return notice.Warn("only admins add people"), true
		}
		t.askPerson(workflow.PersonView{Person: model.Person{Roles: []model.Role{model.RoleRequestor}}})
	case here && key.Matches(msg, k.Edit):
		return t.allowed(r.person, model.ActEdit, t.askPerson), true
	case here && key.Matches(msg, k.Active) && r.person.Active:
		return t.allowed(r.person, model.ActDisable, t.askDisable), true
	case here && key.Matches(msg, k.Active):
		return t.allowed(r.person, model.ActEnable, t.askEnable), true
	case here && key.Matches(msg, k.Delegate):
		return t.delegateFor(r.person), true
	default:
		return nil, false
	}
	return nil, true
}

// allowed opens a dialog, or says why it may not be.
func (t *Tab) allowed(p workflow.PersonView, act model.Action, open func(workflow.PersonView)) tea.Cmd {
	if err := p.Can(act); err != nil {
		return notice.Say(tab.NoticeWarn, notice.Cause(err))
	}
	open(p)
	return nil
}

// askPerson opens the form of a person; one without a revision is new.
func (t *Tab) askPerson(p workflow.PersonView) {
	look := t.env.Theme
	input := func(value, placeholder string) *widget.Input {
		i := widget.NewInput(look, widget.InputOptions{Placeholder: placeholder})
		i.SetValue(value)
		return i
	}
	login, name, email := input(p.Login, "as the system knows them"), input(p.Name, "as others know them"), input(p.Email, "of their account in the vault")
	roles := newChecks(look, texts(model.Roles()), texts(p.Roles))
	groups := newChecks(look, t.groupNames(), texts(p.Groups))
	keys := widget.NewArea(look, widget.AreaOptions{Height: 3})
	keys.SetValue(strings.Join(p.Keys, "\n"))
	isNew := p.Revision == 0

	d := &dialog{of: "person " + p.Login, lost: "a person who was not saved",
		fields: map[string]widget.Field{"login": login, "name": name, "email": email, "roles": roles, "groups": groups}}
	d.form = widget.NewForm(look, []widget.FormItem{
		{Label: "Login", Field: login, Check: func() string { return loginProblem(login.Value()) }, Hidden: func() bool { return !isNew }},
		{Label: "Name", Field: name},
		{Label: "Address", Field: email, Check: func() string { return problem(model.ValidateEmail(strings.TrimSpace(email.Value()))) }},
		{Label: "Roles", Field: roles, Hint: widget.Hint("space takes or leaves one")},
		{Label: "Groups", Field: groups, Hint: widget.Hint("space takes or leaves one")},
		{Label: "Keys", Field: keys, Hint: widget.Hint("public keys, one a line, as in authorized_keys"), Check: func() string { return keysProblem(keys.Value()) }},
	})
	d.options = widget.DialogOptions{Title: widget.Line{say(theme.Strong, "Edit "), show(theme.Strong, p.Login)}, Buttons: buttons("Save")}
	if isNew {
		d.options.Title = widget.Words(theme.Strong, "New person")
	}
	me := t.env.Me.ID
	d.do = func(ctx context.Context) ([]string, error) {
		draft := workflow.PersonDraft{Revision: p.Revision, RosterPerson: workflow.RosterPerson{Login: strings.TrimSpace(login.Value()),
			Name: strings.TrimSpace(name.Value()), Email: strings.TrimSpace(email.Value()), Keys: lines(keys.Value())}}
		for _, r := range roles.value() {
			draft.Roles = append(draft.Roles, model.Role(r))
		}
		for _, g := range groups.value() {
			draft.Groups = append(draft.Groups, model.GroupName(g))
		}
		return t.svc.SavePerson(ctx, me, draft)
	}
	t.ask(d)
}

// askDisable says what disabling takes before it is done.
func (t *Tab) askDisable(p workflow.PersonView) {
	takes := []widget.Line{
		widget.Words(theme.Warn, t.sentAway(p)),
		widget.Words(theme.Text, handsBack(p.Tasks)),
	}
	if p.Has(model.RoleApprover) {
		takes = append(takes, widget.Words(theme.Text, "Their votes count still; whoever decides next is told."))
	}
	if len(p.Delegations) > 0 {
		takes = append(takes, widget.Words(theme.Text, "Nobody acts for them, and they act for nobody."))
	}
	takes = append(takes, widget.Words(theme.Faint, "Access that they have in the vault stays: revoke it in Tasks."))
	t.askReason("disable", "Disable", p, takes, t.svc.Disable)
}

// askEnable lets somebody in again.
func (t *Tab) askEnable(p workflow.PersonView) {
	t.askReason("enable", "Enable", p, []widget.Line{widget.Words(theme.Text, "They come in again with the roles, groups and keys they had.")}, t.svc.Enable)
}

// askReason asks for the reason of disabling or enabling somebody.
func (t *Tab) askReason(of, do string, p workflow.PersonView, means []widget.Line,
	call func(ctx context.Context, actor model.PersonID, login, reason string) ([]string, error)) {
	reason := widget.NewInput(t.env.Theme, widget.InputOptions{Placeholder: "for the audit, if you like"})
	d := &dialog{of: of + " " + p.Login, lost: "a reason that was not sent", fields: map[string]widget.Field{"reason": reason}}
	d.form = widget.NewForm(t.env.Theme, []widget.FormItem{{Label: "Reason", Field: reason,
		Check: func() string { return widget.TooLong(reason.Value(), workflow.MaxComment) }}})
	who := widget.Line{show(theme.Strong, p.Login), say(theme.Text, "  "), show(theme.Heading, p.Name)}
	d.options = widget.DialogOptions{Title: widget.Line{say(theme.Strong, do+" "), show(theme.Strong, p.Login)}, Buttons: buttons(do),
		Evidence: widget.DetailContent{Lead: []widget.Line{who}, Sections: []widget.Section{{Facts: []widget.Fact{{Label: "Then", Value: means}}}}}}
	me, login := t.env.Me.ID, p.Login
	d.do = func(ctx context.Context) ([]string, error) {
		says, err := call(ctx, me, login, strings.TrimSpace(reason.Value()))
		if len(says) > 0 {
			says = []string{fmt.Sprintf("%s is %sd", login, of)}
		}
		return says, err
	}
	t.ask(d)
}

// handsBack says what becomes of somebody's tasks.
func handsBack(tasks int) string {
	switch tasks {
	case 0:
		return "They have no open tasks."
	case 1:
		return "1 open task goes back to its group."
	}
	return fmt.Sprintf("%d open tasks go back to their groups.", tasks)
}

func (t *Tab) groupNames() []string {
	names := make([]string, len(t.read.groups))
	for i, g := range t.read.groups {
		names[i] = string(g.Name)
	}
	return names
}

func loginProblem(login string) string {
	if login = strings.TrimSpace(login); login == "" || strings.ContainsAny(login, " \t\n/") {
		return "a login is needed, without blanks"
	}
	return ""
}

func keysProblem(text string) string {
	for _, line := range lines(text) {
		if _, err := model.ParsePublicKey(line); err != nil {
			return err.Error()
		}
	}
	return ""
}

func problem(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// lines are those that hold something.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func texts[S ~string](names []S) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}
