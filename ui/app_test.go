package ui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind. The one left out waits
// for an interrupt as long as teatest's process lives.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/charmbracelet/x/exp/teatest/v2.NewTestModel.func2"))
}

var noon = time.Date(2026, 11, 21, 10, 4, 30, 0, time.UTC)

// fakeService is the queue as the frame sees it.
type fakeService struct {
	mu      sync.Mutex
	badges  workflow.Badges
	health  model.Health
	err     error
	people  map[string]model.Actor
	changes chan struct{}
	ended   bool
	saved   []workflow.SavedView
}

func (f *fakeService) Actor(_ context.Context, login string) (model.Actor, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a, ok := f.people[login]; ok {
		return a, nil
	}
	return model.Actor{}, fmt.Errorf("%s: %w", login, workflow.ErrUnknownPerson)
}

func (f *fakeService) Badges(context.Context, model.PersonID) (workflow.Badges, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.badges, f.err
}

func (f *fakeService) Health(context.Context) model.Health {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.health
}

func (f *fakeService) Changes() (<-chan struct{}, func()) {
	return f.changes, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ended = true
	}
}

func (f *fakeService) SavedViews(context.Context, model.PersonID) ([]workflow.SavedView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.saved), nil
}

func (f *fakeService) SaveView(_ context.Context, _ model.PersonID, v workflow.SavedView) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.saved = append(f.saved, v)
	return nil
}

func (f *fakeService) ForgetView(_ context.Context, _ model.PersonID, v workflow.SavedView) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.saved = slices.DeleteFunc(f.saved, func(o workflow.SavedView) bool { return o == v })
	return nil
}

// loadedBy is what a fake tab's command answers.
type loadedBy struct{ who string }

// fakeTab writes down what it is told.
type fakeTab struct {
	env           *tab.Env
	name          string
	width, height int
	view          int
	capturing     bool
	unsaved       string
	tick          time.Duration
	split         widget.Split
	got           []string
	keys          []key.Binding
	rows, filter  string
	panics        bool
}

func newFakeTab(env *tab.Env, name string) *fakeTab {
	bind := func(k, does string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, does)) }
	return &fakeTab{env: env, name: name, keys: []key.Binding{
		bind("a", "approve"), bind("d", "deny"), bind("enter", "open"), bind("/", "filter"), bind("j", "down"), bind("k", "up"),
	}}
}

func (f *fakeTab) SetSize(width, height int) {
	f.width, f.height = width, height
	f.split = widget.NewSplit(widget.Rect{W: width, H: height}, 55)
}

func (f *fakeTab) Focus() tea.Cmd {
	f.got = append(f.got, "focus")
	return f.env.Do(func(context.Context) tea.Msg { return loadedBy{f.env.Me.Login + " " + f.name} })
}

func (f *fakeTab) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if f.panics {
			panic("a mistake")
		}
		f.got = append(f.got, "key "+msg.String())
	case loadedBy:
		f.rows = msg.who
	default:
		f.got = append(f.got, strings.TrimPrefix(fmt.Sprintf("%T", msg), "tab."))
	}
	return nil
}

func (f *fakeTab) View() string {
	lines := make([]string, max(f.height, 0))
	for i := range lines {
		if i == 0 && f.width > 30 {
			lines[i] = "  loading…"
			if f.rows != "" {
				lines[i] = "  rows of " + f.rows
			}
		}
		if f.split.Both {
			lines[i] += strings.Repeat(" ", f.split.List.W-ansi.StringWidth(lines[i])) + "│"
		}
	}
	return strings.Join(lines, "\n")
}

func (f *fakeTab) Views() ([]tab.View, int) {
	return []tab.View{{Name: "Waiting", Count: 7}, {Name: "All"}, {Name: "Decided"}}, f.view
}

func (f *fakeTab) SetView(n int) tea.Cmd         { f.view = n; return f.Focus() }
func (f *fakeTab) FilterText() string            { return f.filter }
func (f *fakeTab) Filterable() bool              { return true }
func (f *fakeTab) Filter() string                { return f.filter }
func (f *fakeTab) SetFilter(text string) tea.Cmd { f.filter = text; return nil }
func (f *fakeTab) SortText() string              { return "due" }
func (f *fakeTab) Keys() []key.Binding           { return f.keys }
func (f *fakeTab) Capturing() bool               { return f.capturing }
func (f *fakeTab) Unsaved() string               { return f.unsaved }
func (f *fakeTab) NextTick() time.Duration       { return f.tick }
func (f *fakeTab) Split() widget.Split           { return f.split }
func (f *fakeTab) Open(n model.Number) tea.Cmd   { f.got = append(f.got, "open "+string(n)); return nil }

func person(login string, roles ...model.Role) model.Actor {
	return model.Actor{Person: model.Person{ID: model.PersonID("p-" + login), Login: login, Roles: roles, Active: true}}
}

// console is an App over fakes, without a program around it.
type console struct {
	*App
	t       *testing.T
	service *fakeService
	now     time.Time
	tabs    map[string]map[tab.Name]*fakeTab // by login
}

func newConsole(t *testing.T, me model.Actor, width, height int) *console {
	t.Helper()
	c := &console{t: t, now: noon, tabs: map[string]map[tab.Name]*fakeTab{}, service: &fakeService{
		badges:  workflow.Badges{Approvals: 7, Tasks: 3, Endpoints: 2},
		health:  model.Health{State: model.HealthConnected, Latency: 41 * time.Millisecond, Used: 8, Limit: 60},
		changes: make(chan struct{}, 1),
		people: map[string]model.Actor{
			"alice": person("alice", model.RoleRequestor), "dana": person("dana", model.RoleRequestor, model.RoleApprover),
		},
	}}
	c.App = New(c.options(me))
	t.Cleanup(c.Close)
	c.resize(width, height)
	c.play(c.session.focus())
	c.play(c.summarise())
	c.View()
	return c
}

func (c *console) options(me model.Actor) Options {
	return Options{
		Env: &tab.Env{
			Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return c.now }, Zone: time.UTC,
			Root: c.t.Context(), Me: me,
		},
		Service: c.service,
		Tabs: func(env *tab.Env) map[tab.Name]tab.Tab {
			fakes, tabs := map[tab.Name]*fakeTab{}, map[tab.Name]tab.Tab{}
			for n := tab.Portal; n <= tab.Logs; n++ {
				fakes[n] = newFakeTab(env, title(n))
				tabs[n] = fakes[n]
			}
			c.tabs[env.Me.Login] = fakes
			return tabs
		},
		Demo: true, Personas: []Persona{{"alice", "requestor"}, {"dana", "approver"}, {"nobody", "ghost"}},
	}
}

// front is the fake tab in front.
func (c *console) front() *fakeTab { return c.tabs[c.session.env.Me.Login][c.session.front] }

// play runs a command and what follows from it, but for the frame's waiting.
func (c *console) play(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		var out []tea.Msg
		for _, one := range batch {
			out = append(out, c.play(one)...)
		}
		return out
	}
	if _, quit := msg.(tea.QuitMsg); quit || msg == nil {
		return []tea.Msg{msg}
	}
	return append([]tea.Msg{msg}, c.play(c.handle(msg))...)
}

// press sends keys by their names. One second passes before each, and the screen
// is drawn after it.
func (c *console) press(names ...string) []tea.Msg {
	var out []tea.Msg
	for _, name := range names {
		c.now = c.now.Add(time.Second)
		out = append(out, c.play(c.handle(keyPress(name)))...)
		c.View()
	}
	return out
}

// plain is what is on the screen, without styles and trailing blanks.
func (c *console) plain() string {
	lines := strings.Split(ansi.Strip(c.View().Content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (c *console) line(n int) string { return strings.Split(c.plain(), "\n")[n] }

// wantScreen fails unless all texts are on the screen.
func (c *console) wantScreen(texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if !strings.Contains(c.plain(), text) {
			c.t.Errorf("%q is not on the screen:\n%s", text, c.plain())
		}
	}
}

func quits(msgs []tea.Msg) bool {
	for _, m := range msgs {
		if _, ok := m.(tea.QuitMsg); ok {
			return true
		}
	}
	return false
}

// updating reports whether golden files are written anew. The flag comes with
// teatest.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if updating() {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

var errDisk = errors.New("disk I/O error")
