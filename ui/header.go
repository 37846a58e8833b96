package ui

import (
	"strconv"
	"strings"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
)

// header draws the first line: the tabs that are open with what waits in them,
// the vault's health, who sits here.
func (a *App) header() string {
	s := a.session
	h := widget.Header{
		Name: Name, Active: s.place(), Demo: a.opts.Demo,
		Health: a.health.sign(), Budget: a.health.budget(),
		Person: safetext.Line(s.env.Me.Login), Role: roleText(s.env.Me), Told: s.badges.Notices,
	}
	h.HealthText, h.HealthShort = a.health.words(s.env.Zone)
	for _, name := range s.names {
		h.Tabs = append(h.Tabs, widget.Tab{
			Key: strconv.Itoa(int(name)), Title: title(name), Short: shortTitle(name), Badge: s.badge(name),
		})
	}
	return a.tabBar.View(h, a.width)
}

// roleText names the role that distinguishes a person most, "" without any.
func roleText(a model.Actor) string {
	for _, r := range []model.Role{model.RoleAdmin, model.RoleApprover, model.RoleSupport, model.RoleRequestor} {
		if a.Has(r) {
			return string(r)
		}
	}
	return ""
}

// views draws the second line: the views of the tab in front, its filter and its
// order.
func (a *App) views() string {
	if a.session.shut != nil && !a.session.paged {
		return strings.Repeat(" ", a.width)
	}
	front := a.session.tab()
	views, at := front.Views()
	tabs := make([]widget.ViewTab, len(views))
	for i, v := range views {
		tabs[i] = widget.ViewTab{Title: v.Name, Count: v.Count}
		if v.Count == 0 {
			tabs[i].Count = -1
		}
	}
	return a.viewBar.View(tabs, at, widget.Listing{
		Filter: safetext.Line(front.FilterText()), Filterable: a.filterable(), Sort: front.SortText(),
	}, a.width)
}

// troubleIndent is how much of the rule stands left of what it says.
const troubleIndent = 2

// rule draws the line under the views. What is wrong with the vault stands in it,
// where it is seen from everywhere and moves nothing.
func (a *App) rule() string {
	t, g := a.frameEnv.Theme, a.frameEnv.Theme.Glyphs
	split := widget.Split{}
	if p, ok := a.session.tab().(tab.Parted); ok {
		if split = p.Split(); split.List.Y > 0 {
			split = widget.Split{} // under a banner the wall does not reach the rule
		}
	}
	bad := a.health.trouble(a.session.env.Me, a.session.env.Zone)
	if bad.what == nil {
		return split.TopRule(t, a.width)
	}
	said := append(widget.Words(bad.ink, " "+g.Alert+" "), bad.line(a.width-2*troubleIndent-5)...)
	from := troubleIndent + said.Width() + 1
	rest := []string{}
	for x := from; x < a.width; x++ {
		if split.Both && x == split.List.W {
			rest = append(rest, g.TeeDown)
		} else {
			rest = append(rest, g.Rule)
		}
	}
	paint := func(ink theme.Ink, s string) string { return t.Paint(theme.Page, ink, s) }
	return paint(theme.Rule, strings.Repeat(g.Rule, troubleIndent)) + said.Draw(t, theme.Page) +
		paint(theme.Heading, " ") + paint(theme.Rule, strings.Join(rest, ""))
}

// mostKeys is how many keys of a tab stand in the line of keys, so that it can be
// read at a glance and the commands have their place in it; help has them all.
const mostKeys = 7

// keyLine draws the last line: the keys that work here and now, and what just
// happened. An overlay says its own keys.
func (a *App) keyLine() string {
	status := a.notice.line(a.session.has(tab.Logs))
	t := a.frameEnv.Theme
	switch {
	case !a.overlays.Empty():
		return widget.KeyBar(t, a.width, nil, key.Binding{}, status)
	case a.session.tab().Capturing():
		return widget.KeyBar(t, a.width, a.session.tab().Keys(), key.Binding{}, status)
	}
	actions, _ := a.tabKeys()
	actions = actions[:min(len(actions), mostKeys)]
	return widget.KeyBar(t, a.width, append(actions, a.keys.Palette), a.keys.Help, status)
}
