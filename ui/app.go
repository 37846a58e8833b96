package ui

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/notify"
	"countersign/ui/tab"
	"countersign/ui/widget"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Name is the program's name, as the header and the window title say it. Nothing
// foreign ever goes into the title.
const Name = "countersign"

// Service is what the frame itself asks of the workflow.
type Service interface {
	Actor(ctx context.Context, login string) (model.Actor, error)
	Badges(ctx context.Context, actor model.PersonID) (workflow.Badges, error)
	Health(ctx context.Context) model.Health
	Changes() (<-chan struct{}, func())
	SavedViews(ctx context.Context, actor model.PersonID) ([]workflow.SavedView, error)
	SaveView(ctx context.Context, actor model.PersonID, v workflow.SavedView) error
	ForgetView(ctx context.Context, actor model.PersonID, v workflow.SavedView) error
}

// Persona is one of the people that a demo offers to be.
type Persona struct {
	Login string
	Role  string // as the chooser says it
}

// Options say for whom and how a console is made.
type Options struct {
	// Env is the surroundings of the first person; its Root ends the console.
	Env     *tab.Env
	Service Service
	// Tabs makes the tabs for the person of an Env: at least those that Opens
	// lists for that person.
	Tabs func(env *tab.Env) map[tab.Name]tab.Tab
	// People makes the page of people for the person of an Env, which the palette
	// opens; nil where there is none.
	People func(env *tab.Env) tab.Tab
	// Opens lists the tabs that a person's roles open; nil means Opens without
	// fulfilment groups.
	Opens func(a model.Actor) []tab.Name
	// Front is the tab to begin with; 0 chooses by the person's roles.
	Front tab.Name

	// Demo draws the mark DEMO and lets P change the person among Personas.
	Demo     bool
	Personas []Persona

	// FixedBackground keeps the theme's background as Env.Theme has it: the
	// terminal is not asked for its own, and not believed when it tells.
	FixedBackground bool
	// Mouse lets clicks and the wheel work, which takes the terminal's own
	// selection away.
	Mouse bool
	// Suspend lets ctrl+z put the program into the background. It stops the whole
	// process, so it must be false where that serves others.
	Suspend bool
	// Sizes waits for the next size of a terminal that does not tell it itself, as
	// one behind SSH; nil where it does. It reports false when ctx ends.
	Sizes func(ctx context.Context) (width, height int, ok bool)
	// Out is where the console is drawn; os.Stdout if not set.
	Out io.Writer
	// In is what is typed at a terminal of the type Term elsewhere, as one behind SSH;
	// nil where the program's own input is meant. It is read until it ends.
	In   io.Reader
	Term string
	// FPS is how many frames a second are drawn at most; 0 means 60.
	FPS int
	// Log gets what went wrong on a screen; nothing is logged where it is nil.
	Log *slog.Logger
	// Notify is how somebody is called for endpoint requests who looks elsewhere.
	Notify notify.Way
}

// App is the console's one model.
type App struct {
	opts     Options
	out      *line
	look     look
	keys     keys
	session  *session
	old      []*session // of people a demo changed from
	changes  <-chan struct{}
	unwatch  func()
	end      context.CancelFunc
	frameEnv *tab.Env // of the frame's own commands

	width, height int
	frame         widget.Frame
	tabBar        *widget.TabBar
	viewBar       *widget.ViewBar
	overlays      widget.Stack
	covered       string // the body as it was drawn last, for under an overlay
	graphemes     bool   // the terminal counts cells as the layout does

	health  health
	notice  notice
	clock   clock
	asked   int  // generation of the last summary
	rests   int  // generation of the last tab that came to the front
	leaving bool // or asked whether to
}

// New returns a console that has done nothing yet. Close it when its program has
// ended.
func New(opts Options) *App {
	if opts.Out == nil {
		opts.Out = os.Stdout
	}
	if opts.Opens == nil {
		opts.Opens = func(a model.Actor) []tab.Name { return Opens(a, nil) }
	}
	root, end := context.WithCancel(opts.Env.Root)
	a := &App{
		opts: opts, out: &line{to: opts.Out, now: opts.Env.Now}, look: look{theme: opts.Env.Theme}, keys: newKeys(opts), end: end,
		tabBar: widget.NewTabBar(opts.Env.Theme), viewBar: widget.NewViewBar(opts.Env.Theme),
		frameEnv: &tab.Env{Theme: opts.Env.Theme, Now: opts.Env.Now, Zone: opts.Env.Zone, Root: root},
		unwatch:  func() {},
	}
	a.clock.polled = opts.Env.Now()
	a.session = a.newSession(opts.Env.Me, 1)
	if a.session.has(opts.Front) {
		a.session.front = opts.Front
	}
	a.keys.Log.SetEnabled(a.session.has(tab.Logs))
	return a
}

// Close ends what the console started: it stops watching, cancels the commands
// that still run and waits a moment for them. The program must have ended.
func (a *App) Close() {
	a.end()
	a.unwatch()
	over := time.After(closeWithin)
	for _, env := range append(a.envs(), a.frameEnv) {
		select {
		case <-env.End():
		case <-over:
			return
		}
	}
}

// closeWithin is how long Close waits for commands whose context has ended. They
// have nothing to save, so a stuck one does not keep anybody from leaving.
const closeWithin = time.Second

func (a *App) envs() []*tab.Env {
	envs := []*tab.Env{a.session.env}
	for _, s := range a.old {
		envs = append(envs, s.env)
	}
	return envs
}

// Init asks the terminal for its background unless that is fixed, loads what the tab in front shows
// and starts to watch for changes.
func (a *App) Init() tea.Cmd {
	a.changes, a.unwatch = a.opts.Service.Changes()
	cmds := []tea.Cmd{a.session.focus(), a.summarise(), a.loadSaved("", nil), a.watch(time.Time{}), a.wake(), a.sizes()}
	if !a.opts.FixedBackground {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// Update handles one message and sees to it that the frame wakes in time.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	before := a.sight()
	cmd := a.unseen(msg)
	cmd = tea.Batch(cmd, a.handle(msg))
	if before != a.sight() {
		cmd = tea.Batch(cmd, a.route(widget.Uncovered{}))
	}
	return a, tea.Batch(cmd, a.wake())
}

// unseen tells the dialogs that nobody can have seen them where somebody types at a
// line that stalls.
func (a *App) unseen(msg tea.Msg) tea.Cmd {
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg, tea.MouseMsg:
		if a.out.stalls() {
			return a.route(widget.Uncovered{})
		}
	}
	return nil
}

// sight is what decides whether a dialog that is open can be seen.
type sight struct {
	front   tab.Name
	covered bool // something of the frame stands over it
	small   bool // nothing is drawn
}

func (a *App) sight() sight {
	return sight{a.session.front, !a.overlays.Empty(), a.frame.TooSmall}
}

func (a *App) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.resize(msg.Width, msg.Height)
		return nil
	case tea.BackgroundColorMsg:
		if !a.opts.FixedBackground {
			a.look.background(msg.IsDark())
		}
		return nil
	case tea.ColorProfileMsg:
		a.look.profile(msg.Profile)
		return nil
	case tea.ModeReportMsg:
		a.graphemes = a.graphemes || msg.Mode == ansi.ModeUnicodeCore && msg.Value != ansi.ModeNotRecognized &&
			msg.Value != ansi.ModePermanentlyReset
		return nil
	case tea.ResumeMsg:
		return a.refresh()
	case tea.KeyPressMsg:
		return a.press(msg)
	case tea.PasteMsg:
		return a.paste(msg)
	case tea.MouseMsg:
		return a.mouse(msg)
	}
	return a.route(msg)
}

// route hands on what is neither of the terminal nor of the keyboard.
func (a *App) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case answer:
		if msg.session != a.session.id {
			return nil
		}
		return a.handle(msg.msg)
	case tab.Notice:
		a.notice.show(a.logged(msg), a.frameEnv.Now())
		return nil
	case tab.Goto:
		return a.goTo(msg)
	case tab.Leave:
		return a.closePeople()
	case tab.Changed:
		return a.refresh()
	case changed:
		return tea.Batch(a.refresh(), a.watch(a.frameEnv.Now().Add(changesApart)))
	case resized:
		return a.sized(msg)
	case rested:
		if msg.gen == a.rests {
			a.session.rest(false)
		}
		return nil
	case woken:
		return a.awake(msg)
	case summary:
		if a.apply(msg) {
			return a.shutOut()
		}
		return tea.Batch(a.reRole(), a.call())
	case savedViews:
		a.takeSaved(msg)
		return nil
	case became:
		return a.become(msg)
	}
	return tea.Batch(a.overlays.Update(msg), a.session.tell(msg))
}

// refresh makes the tab in front load again, and the frame its figures.
func (a *App) refresh() tea.Cmd {
	return tea.Batch(a.session.update(tab.Changed{}), a.summarise())
}

// resize lays everything out anew. Tabs keep what they hold.
func (a *App) resize(width, height int) {
	a.width, a.height = max(width, 0), max(height, 0)
	a.frame = widget.NewFrame(a.width, a.height)
	a.session.setSize(a.frame.Body)
	a.overlays.SetSize(a.width, a.height)
	a.covered = strings.Repeat("\n", max(a.frame.Body.H-1, 0))
}

// View draws the screen.
func (a *App) View() tea.View {
	v := tea.NewView(a.draw())
	v.AltScreen = true
	v.WindowTitle = notify.Title(Name, a.opts.Notify != notify.Off && notify.Ending(a.session.badges.EndpointEnds, a.frameEnv.Now()))
	if a.opts.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

func (a *App) draw() string {
	if a.width == 0 || a.height == 0 {
		return ""
	}
	if a.frame.TooSmall {
		return widget.TooSmall(a.frameEnv.Theme, a.width, a.height)
	}
	// A tab notes what of its evidence has been on the screen when it is drawn,
	// so it is not drawn where an overlay covers it.
	if a.overlays.Empty() {
		a.covered = a.session.tab().View()
	}
	screen := a.header() + "\n" + a.views() + "\n" + a.rule() + "\n" + a.covered + "\n" + a.keyLine()
	if !a.overlays.Empty() {
		screen = a.overlays.View(screen)
	}
	if a.graphemes {
		return screen
	}
	return safetext.Realign(screen)
}
