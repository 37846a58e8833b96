package widget

import (
	"time"

	"countersign/ui/theme"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// Button ends a dialog.
type Button struct {
	ID    string
	Label string
	// Confirm marks what has consequences: it needs the guard, a valid form
	// and, where NeedsEvidence is set, that all evidence was on the screen.
	Confirm       bool
	NeedsEvidence bool
}

// DialogKeys are the keys of a dialog beside those of its form.
type DialogKeys struct{ Next, Prev, Left, Right, Choose, Back, Read key.Binding }

// DefaultDialogKeys returns the keys of SCREENS, Keys.
func DefaultDialogKeys() DialogKeys {
	return DialogKeys{
		Next:   key.NewBinding(key.WithKeys("tab", "down"), key.WithHelp("tab ←→", "move")),
		Prev:   key.NewBinding(key.WithKeys("shift+tab", "up"), key.WithHelp("shift+tab", "move back")),
		Left:   key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←", "button before")),
		Right:  key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("→", "next button")),
		Choose: key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "choose")),
		Back:   key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "back")),
		Read:   key.NewBinding(key.WithKeys("pgdown", "pgup"), key.WithHelp("pgdn", "read on")),
	}
}

// DialogOptions say what a dialog asks.
type DialogOptions struct {
	Title Line
	// Evidence is what the answer depends on; it scrolls where it is long.
	Evidence DetailContent
	// Form, if set, is filled in before a Confirm button counts.
	Form *Form
	// Buttons end the dialog. The first is where the focus is: make it the one
	// that changes nothing.
	Buttons []Button
	// Done is called once, with the button's id, or "" when the person went
	// back.
	Done func(id string) tea.Cmd
	// Width is the frame's width where the screen allows it; 74 if not set.
	Width int
	// Now is the clock of the guard; time.Now if not set.
	Now func() time.Time
}

// Dialog asks for a decision over what was on the screen before. It answers by
// Done and is then Closed.
type Dialog struct {
	theme    *theme.Theme
	opts     DialogOptions
	keys     DialogKeys
	evidence *Detail // nil without evidence
	// summary is what the form holds. Where the form does not show all of that, it
	// stands in the form's place while the buttons have the keys.
	summary *Detail
	sums    bool
	guard   *Guard
	shown   bool // drawn since it was last laid out, or a key was pressed

	width, height int // of the screen
	frame         Rect
	plan          plan
	buttonsAt     []Rect // relative to frame
	formAt        Rect   // relative to frame, or that of the summary
	button        int
	onButtons     bool
	notice        string
	closed        bool
}

// NewDialog returns a dialog that has not been drawn yet.
func NewDialog(t *theme.Theme, opts DialogOptions) *Dialog {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Width == 0 {
		opts.Width = dialogWidth
	}
	if len(opts.Buttons) == 0 {
		opts.Buttons = []Button{{Label: "Close"}}
	}
	d := &Dialog{theme: t, opts: opts, keys: DefaultDialogKeys(), guard: NewGuard(opts.Now), summary: newDetailOn(t, theme.Panel)}
	if hasContent(opts.Evidence) {
		d.evidence = newDetailOn(t, theme.Panel)
		d.evidence.SetContent("evidence", opts.Evidence)
	}
	d.onButtons = opts.Form == nil || !opts.Form.FocusFirst()
	return d
}

func hasContent(c DetailContent) bool {
	return c.Title != nil || len(c.Lead)+len(c.Warnings)+len(c.Sections)+len(c.Timeline) > 0
}

// Keys returns the dialog's keys.
func (d *Dialog) Keys() DialogKeys { return d.keys }

// Closed reports whether the dialog has been answered.
func (d *Dialog) Closed() bool { return d.closed }

// Writes reports whether letters are text at the moment.
func (d *Dialog) Writes() bool { return !d.onButtons && d.opts.Form.Writes() }

// Uncovered tells dialogs that they were out of sight and may be back, under a
// screen that they do not know of or on a line that stalled: what was typed
// meanwhile, for something else or blindly, cannot confirm them.
type Uncovered struct{}

// Raise tells the dialog that it is now, or again, the one on top: what was
// typed for another cannot confirm this one.
func (d *Dialog) Raise() { d.guard.Reset() }

// SetEvidence replaces the evidence, when what it says has changed. Lines that
// are new must be seen again.
func (d *Dialog) SetEvidence(c DetailContent) {
	if d.evidence == nil {
		d.evidence = newDetailOn(d.theme, theme.Panel)
	}
	d.evidence.SetContent("evidence", c)
	d.place()
}

// Update handles a message.
func (d *Dialog) Update(msg tea.Msg) tea.Cmd {
	if d.closed {
		return nil
	}
	if _, ok := msg.(Uncovered); ok {
		d.Raise()
		return nil
	}
	if !isInput(msg) {
		if d.opts.Form != nil {
			cmd, _ := d.opts.Form.Update(msg)
			return cmd
		}
		return nil
	}
	switch msg.(type) {
	case tea.MouseReleaseMsg, tea.MouseMotionMsg:
		return nil
	}
	// A key may come before what the one before it did is drawn, where the line is slow
	// or the window has another size: nobody consents to what they could not see.
	allowed := d.guard.Input() && d.shown
	d.shown = false
	if click, ok := msg.(tea.MouseClickMsg); ok {
		return d.click(click)
	}
	d.notice = ""
	if matches(msg, d.keys.Back) {
		return d.close("")
	}
	if d.scroll(msg) {
		return nil
	}
	if !d.onButtons {
		return d.updateForm(msg)
	}
	return d.updateButtons(msg, allowed)
}

// long are the parts to read that are longer than their places.
func (d *Dialog) long() []*Detail {
	var parts []*Detail
	if d.evidence != nil && d.evidence.Overflows() {
		parts = append(parts, d.evidence)
	}
	if d.sums && d.summary.Overflows() {
		parts = append(parts, d.summary)
	}
	return parts
}

// scroll handles the keys that scroll what is longer than its place: some always,
// all those of a Detail while no field has the keys.
func (d *Dialog) scroll(msg tea.Msg) bool {
	parts := d.long()
	if len(parts) == 0 {
		return false
	}
	_, wheel := msg.(tea.MouseWheelMsg)
	moves := matches(msg, d.keys.Next) || matches(msg, d.keys.Prev)
	if !wheel && !matches(msg, d.keys.Read) && (!d.onButtons || moves || !parts[0].scrolls(msg)) {
		return false
	}
	for _, part := range parts {
		part.Update(msg)
	}
	return true
}

func (d *Dialog) updateForm(msg tea.Msg) tea.Cmd {
	cmd, used := d.opts.Form.Update(msg)
	switch {
	case used:
		d.place()
	case matches(msg, d.opts.Form.keys.Next), matches(msg, d.opts.Form.keys.Down):
		d.toButtons(0)
	case matches(msg, d.opts.Form.keys.Prev), matches(msg, d.opts.Form.keys.Up):
		d.toButtons(len(d.opts.Buttons) - 1)
	}
	return cmd
}

func (d *Dialog) toButtons(n int) {
	if d.opts.Form != nil {
		d.opts.Form.Blur()
	}
	d.onButtons, d.button = true, n
	d.summary.scrollTo(0)
	d.place()
}

func (d *Dialog) updateButtons(msg tea.Msg, allowed bool) tea.Cmd {
	last := len(d.opts.Buttons) - 1
	switch {
	case matches(msg, d.keys.Choose):
		return d.choose(d.button, allowed)
	case matches(msg, d.keys.Right):
		d.button = min(d.button+1, last)
	case matches(msg, d.keys.Left):
		d.button = max(d.button-1, 0)
	case matches(msg, d.keys.Next):
		if d.button == last && d.intoForm(true) {
			return nil
		}
		d.button = (d.button + 1) % (last + 1)
	case matches(msg, d.keys.Prev):
		if d.button == 0 && d.intoForm(false) {
			return nil
		}
		d.button = (d.button + last) % (last + 1)
	}
	return nil
}

// click presses a button that changes nothing and moves to one that does:
// confirming is always move, then enter (SCREENS, Keys). In the form it moves
// to the field.
func (d *Dialog) click(m tea.MouseClickMsg) tea.Cmd {
	m.X -= d.frame.X
	m.Y -= d.frame.Y
	for n, r := range d.buttonsAt {
		if !r.Contains(m.X, m.Y) {
			continue
		}
		if !d.opts.Buttons[n].Confirm {
			return d.choose(n, true)
		}
		d.toButtons(n)
		return nil
	}
	local, ok := d.formAt.Mouse(m)
	if !ok || d.opts.Form == nil {
		return nil
	}
	if d.sums {
		d.intoForm(true)
		return nil
	}
	cmd, used := d.opts.Form.Update(local)
	d.onButtons = d.onButtons && !used
	return cmd
}

func (d *Dialog) intoForm(first bool) bool {
	if d.opts.Form == nil {
		return false
	}
	ok := d.opts.Form.FocusLast
	if first {
		ok = d.opts.Form.FocusFirst
	}
	if !ok() {
		return false
	}
	d.onButtons, d.button = false, 0
	d.place()
	return true
}

// choose ends the dialog by a button, unless something still stands against it.
func (d *Dialog) choose(n int, allowed bool) tea.Cmd {
	b := d.opts.Buttons[n]
	if !b.Confirm {
		return d.close(b.ID)
	}
	if b.NeedsEvidence && d.evidence != nil && !d.evidence.SeenAll() {
		return d.readOn(d.evidence)
	}
	if d.opts.Form != nil && !d.opts.Form.Validate() {
		d.onButtons, d.button = !d.opts.Form.Focused(), 0
		d.place()
		d.notice = "something is missing above"
		return nil
	}
	if !allowed {
		d.notice = "that was too fast: wait a moment, then enter again"
		return nil
	}
	if d.place(); d.sums && !d.summary.SeenAll() {
		return d.readOn(d.summary)
	}
	return d.close(b.ID)
}

// readOn says that some of a part has not been on the screen yet.
func (d *Dialog) readOn(part *Detail) tea.Cmd {
	d.notice = "read on first: " + moreLines(part.Unseen()) + ", pgdn"
	return nil
}

func (d *Dialog) close(id string) tea.Cmd {
	d.closed = true
	if d.opts.Done == nil {
		return nil
	}
	return d.opts.Done(id)
}
