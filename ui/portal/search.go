package portal

import (
	"countersign/model"
	"countersign/ui/notice"
	"countersign/ui/theme"
	"countersign/ui/widget"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// searchPage finds a record or a folder and shows what it is, where it lies and
// whether the person has it. It is answered from the index, and no request is
// made; choosing a result begins one.
type searchPage struct {
	core   *core
	item   model.Item
	field  *recordField
	form   *widget.Form
	head   *widget.Detail
	choose func(h model.Hit) tea.Cmd

	width, height int
	at            widget.Rect // of the field, in the body
}

// aroundResults are the lines of a search page that are not results.
const aroundResults = 13

func newSearchPage(c *core, item model.Item, choose func(h model.Hit) tea.Cmd) *searchPage {
	s := &searchPage{core: c, item: item, choose: choose, head: widget.NewDetail(c.env.Theme)}
	field := model.Field{Key: "record", Kind: model.FieldRecord, Required: true, Hint: "a part of its title, its type, a word of its description, or its UID"}
	if item.Target == model.TargetFolder {
		field = model.Field{Key: "folder", Kind: model.FieldFolder, Required: true, Hint: "a part of its name, or its UID"}
	}
	access, _ := model.FindItem(accessTo(item.Target))
	s.field = newTargetField(c, access, field, func() string { return c.env.Me.Email }, "enter asks for access to it")
	s.field.advice = "ctrl+r tries again; a request for access can describe in words what you need"
	s.form = widget.NewForm(c.env.Theme, []widget.FormItem{
		{Label: "Find", Field: s.field.picker, Wide: true},
		{Text: s.note},
	})
	return s
}

// accessTo is the item that asks for access to such a target.
func accessTo(kind model.TargetKind) model.ItemKey {
	if kind == model.TargetFolder {
		return model.ItemFolderAccess
	}
	return model.ItemRecordAccess
}

func (s *searchPage) note() []widget.Line {
	if s.field.picker.Query() != "" && !s.field.none {
		return nil
	}
	return []widget.Line{
		widget.Words(theme.Note, "What you type stays in this program: it is looked up in its own list of titles, types and descriptions."),
		widget.Words(theme.Note, "Passwords, notes and fields are in no list. ctrl+r has the vault's list read again."),
	}
}

// press handles a key of the page.
func (s *searchPage) press(msg tea.KeyPressMsg) tea.Cmd {
	k := s.core.keys
	switch {
	case key.Matches(msg, k.Reread):
		return s.field.refresh()
	case key.Matches(msg, k.CopyHit):
		return notice.Copy(model.UID(s.field.picker.Highlighted()), "")
	}
	return s.take(msg)
}

// take hands on a key, a click or a paste. A result that is chosen begins the
// request for it.
func (s *searchPage) take(msg tea.Msg) tea.Cmd {
	cmd, _ := s.form.Update(msg)
	uid := model.UID(s.field.picker.Value())
	if uid == "" {
		return cmd
	}
	hit := s.field.hits[uid]
	return tea.Batch(cmd, s.field.picker.Reopen(), s.choose(hit))
}

func (s *searchPage) mouse(msg tea.MouseMsg) tea.Cmd {
	inner, over := s.at.Mouse(msg)
	if !over {
		return nil
	}
	return s.take(inner)
}

func (s *searchPage) setSize(width, height int) {
	s.width, s.height = width, height
	s.field.width = width
	s.field.picker.SetRows(max(height-aroundResults, 4))
	s.head.SetSize(width, min(formHead, height))
	s.form.SetSize(width, max(height-formHead, 0))
	s.at = widget.Rect{Y: formHead, W: width, H: max(height-formHead, 0)}
	s.field.showInfo()
}

func (s *searchPage) view() string {
	title := widget.Line{widget.Say(theme.Strong, s.item.Name), widget.Say(theme.Heading, "  "+s.item.Summary)}
	s.head.SetContent("title", widget.DetailContent{Title: title.Cut(s.width - 2*headMargin)})
	return s.head.View() + "\n" + s.form.View(theme.Page)
}

func (s *searchPage) keyList() []key.Binding {
	k, pk := s.core.keys, s.field.picker.Keys()
	found := s.field.picker.Highlighted() != ""
	pk.Choose.SetHelp("enter", "ask for access")
	for _, b := range []*key.Binding{&pk.Choose, &pk.Up, &pk.Down, &k.CopyHit} {
		b.SetEnabled(found)
	}
	k.Back.SetHelp("esc", "back to the catalog")
	return []key.Binding{pk.Choose, pk.Down, pk.Up, k.Reread, k.CopyHit, k.Back}
}

// mode is whether this person searches by themselves. Admins and those who carry
// such requests out do.
func (c *core) mode(item model.Item) model.SearchMode {
	me := c.env.Me
	if me.Has(model.RoleAdmin) || c.policy != nil && me.In(c.policy(item.Key, model.Access{}).FulfilGroup) {
		return model.SearchLive
	}
	return c.svc.SearchMode()
}
