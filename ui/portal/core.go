package portal

import (
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

// core is what the views of the tab share.
type core struct {
	env    *tab.Env
	svc    Service
	keys   Keys
	policy PolicyOf // nil where it is not known
	stack  widget.Stack
	drafts drafts // of comments and reasons
	files  bool   // files of this machine are the person's own

	// order shows the form of an item with a draft in it, and toCatalog the view
	// that it is in.
	order     func(d workflow.Draft, says string) tea.Cmd
	toCatalog func() tea.Cmd

	// after delivers a message later; tests put their own clock here.
	after func(d time.Duration, msg tea.Msg) tea.Cmd
}

// screen is one view of the tab.
type screen interface {
	setSize(width, height int)
	// reload reads what is shown again, without moving anything.
	reload() tea.Cmd
	// press handles a key that is neither for a dialog nor for the filter.
	press(msg tea.KeyPressMsg) tea.Cmd
	mouse(msg tea.MouseMsg) tea.Cmd
	// update takes every other message; each view knows its own.
	update(msg tea.Msg) tea.Cmd
	view() string
	keyList() []key.Binding
	split() widget.Split
	filter() *widget.FilterBar
	sortText() string
	nextTick() time.Duration
	// writes reports whether letters are text at the moment.
	writes() bool
	// open counts what is under way there, for the line of views.
	open() int
}

// The ids of buttons.
const (
	buttonBack    = "back"
	buttonConfirm = "confirm"
)

// tell opens a dialog that only says something.
func (c *core) tell(title widget.Line, content widget.DetailContent) {
	c.stack.Push(widget.NewDialog(c.env.Theme, widget.DialogOptions{
		Title: title, Evidence: content, Buttons: []widget.Button{{ID: buttonBack, Label: "Close"}}, Now: c.env.Now,
	}))
}

// tellTrouble opens a dialog that says why something was not done, and what
// helps.
func (c *core) tellTrouble(title string, err error) {
	cause, advice := notice.Trouble(err, c.env.Me)
	c.tell(widget.Words(theme.Strong, title), widget.DetailContent{Lead: []widget.Line{cause, advice}})
}

// orders reports whether the person may order from the catalog.
func (c *core) orders() bool { return c.env.Me.Has(model.RoleRequestor) }
