// Package tab is what the frame and the tabs of the console agree on: the
// session's surroundings, the Tab interface, and the messages that pass between
// them. Everything else about a tab is its own business.
package tab

import (
	"context"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"countersign/model"
	"countersign/ui/theme"
	"countersign/ui/widget"
)

// Env is the surroundings of one session. It does not change while the session
// lasts, except that a demo starts a new Env for another person.
type Env struct {
	Theme *theme.Theme
	Now   func() time.Time
	Zone  *time.Location // times are shown in it
	Root  context.Context
	Me    model.Actor

	work work
}

// Patience is how long a command of a screen may take before it is given up
// with a sentence; the vault's own deadlines are the worker's.
const Patience = 15 * time.Second

// Name names a tab, in the order of the keys 1 to 5.
type Name int

// The five tabs.
const (
	Portal Name = iota + 1
	Approvals
	Tasks
	EPM
	Logs
)

// View is one view of a tab for the second line of the frame.
type View struct {
	Name  string
	Count int // of what waits there; 0 shows nothing
}

// Tab is one of the five. The frame gives it a size, keys while it is in front,
// and every other message always; it draws only its body.
type Tab interface {
	// SetSize gives the body's size; a tab draws exactly that many lines.
	SetSize(width, height int)
	// Focus is called when the tab comes to the front. It returns the command
	// that loads what it shows.
	Focus() tea.Cmd
	// Update takes a message. Keys reach it only while it is in front and no
	// dialog of the frame is open.
	Update(msg tea.Msg) tea.Cmd
	// View draws the body, dialogs of the tab included.
	View() string
	// Views lists the tab's views and which one is shown; SetView changes it.
	Views() (views []View, current int)
	SetView(n int) tea.Cmd
	// FilterText and SortText are what the second line shows at its right, ""
	// where the view has none. The filter is foreign: the frame draws it by name.
	FilterText() string
	SortText() string
	// Keys lists the keys that work here and now, the most useful first: the key
	// line, the help and the palette are made of them.
	Keys() []key.Binding
	// Capturing reports whether a field has the keys, so that all of them are
	// text.
	Capturing() bool
	// Unsaved says in a few words what leaving would lose, "" for nothing.
	Unsaved() string
	// Open shows one thing by its number, as a link from elsewhere does.
	Open(n model.Number) tea.Cmd
}

// Timely is a Tab whose drawing changes with the passing of time alone. The frame
// asks it after every message; a tab that is not Timely gets Minute once a
// minute and no more.
type Timely interface {
	// NextTick returns how long what is drawn stays true, such as the least
	// widget.DueTick of the rows on the screen, 0 when nothing runs. The frame
	// sends Minute when that time is over.
	NextTick() time.Duration
}

// Parted is a Tab that draws list and detail side by side where there is room:
// the frame then joins the wall between them to the rule above.
type Parted interface {
	Split() widget.Split
}

// ListPercent is the list's share of the width in tabs that are Parted. It is
// the same in all of them, so that the wall stays where it is when another tab
// comes to the front.
const ListPercent = 55

// RestsFor is how long a cursor stays on a row, or a person in a tab, before the
// detail is drawn: a held key sends a row every 30 ms, a hurried hand one every
// 80 ms, and nobody reads what only flies past.
const RestsFor = 100 * time.Millisecond

// Resting is a Tab that can leave its detail blank. The frame asks for it when
// the tab comes to the front with list and detail side by side: the list is drawn
// at once, the detail when the person has stayed for a moment, as under a cursor
// that moves on. What is blank has not been seen.
type Resting interface {
	Rest(on bool)
}

// Filtering is a Tab whose lists are filtered by key:value.
type Filtering interface {
	// FilterKeys explains the keys of the filter as help explains keys: an example,
	// and what it finds. They are no keys that can be pressed.
	FilterKeys() []key.Binding
}

// Refiltered is a Tab whose list in front takes a filter that was kept.
type Refiltered interface {
	// Filterable reports whether there is such a list, under a dialog or not.
	Filterable() bool
	// Filter is the filter in force as it was typed, "" without.
	Filter() string
	// SetFilter puts another in its place.
	SetFilter(text string) tea.Cmd
}

// Changed says that the queue, the log or the vault's health may have changed:
// a tab in front reloads what it shows, without moving the cursor.
type Changed struct{}

// Minute comes to the tab in front once a minute, and when the time that a
// Timely tab named is over (each second while something due is in its last two
// minutes): relative times are drawn anew.
type Minute time.Time

// NoticeKind says how a notice is drawn.
type NoticeKind int

// The kinds of notice.
const (
	NoticeOK NoticeKind = iota
	NoticeWarn
	NoticeBad
)

// Notice is what just happened, for the right end of the key line.
type Notice struct {
	Kind NoticeKind
	Text widget.Line
	// Correlation leads to the log lines of what happened, on the key l.
	Correlation model.CorrelationID
}

// Goto brings another tab to the front and opens one thing there.
type Goto struct {
	Tab    Name
	Number model.Number
	// Correlation filters the Logs tab instead of opening a number.
	Correlation model.CorrelationID
}

// Leave closes the page that stands before the tabs, such as the people.
type Leave struct{}

// Send returns a command that delivers msg to the frame.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
