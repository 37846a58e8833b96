package typedahead

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/demo"
	"countersign/model"
	"countersign/ui"
	"countersign/ui/approvals"
	"countersign/ui/epm"
	"countersign/ui/logs"
	"countersign/ui/people"
	"countersign/ui/portal"
	"countersign/ui/tab"
	"countersign/ui/tasks"
	"countersign/ui/theme"
	"countersign/vaultadapt"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// input is what was sent in one piece, and when.
type input struct {
	at     time.Time
	bytes  string // "" for another size
	pasted bool   // it is part of a paste
	size   size
}

// size of a terminal.
type size struct{ width, height int }

// sitting is somebody at a console in a bubble: the time passes when all rest.
type sitting struct {
	screen *screen
	keys   *keyboard
	sizes  chan size
	svc    *watched
	inputs []input
	size   size
	ended  bool
	done   chan error
}

// company is a queue that many sit at, each in a bubble of their own.
type company struct {
	svc *workflow.Service
	at  time.Time
	// skip is how far the console's clock jumps whenever it is read, so that it
	// takes every pause for a rest: what waits for one waits no more.
	skip time.Duration
}

func newCompany(t *testing.T) *company {
	t.Helper()
	d, err := demo.Start(context.Background(), demo.Options{Requests: demo.LeastRequests, Seed: 1, Away: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &company{at: d.Now()}
	c.svc = workflow.New(d.DB, workflow.Options{Settings: demo.Settings(), Now: func() time.Time { return c.at }, Check: vaultadapt.Check})
	return c
}

// sit opens a console for somebody. It is to be left.
func (c *company) sit(t *testing.T, login string, front tab.Name, at size, delay func() time.Duration) *sitting {
	t.Helper()
	began := time.Now()
	var reads atomic.Int64
	now := func() time.Time { return c.at.Add(time.Since(began) + time.Duration(reads.Add(1))*c.skip) }
	ctx, cancel := context.WithCancel(context.Background())
	s := &sitting{keys: &keyboard{sent: make(chan []byte, 4096)}, sizes: make(chan size, 256), done: make(chan error, 1), size: at,
		screen: newScreen(at.width, at.height, delay),
		svc: &watched{Service: c.svc, now: now, opened: c.at, changes: make(chan struct{}, 1),
			views: map[model.Digest]string{}, machines: map[model.Digest]string{}, grants: map[int64]model.Grant{}}}
	me, err := c.svc.Actor(ctx, login)
	if err != nil {
		t.Fatal(err)
	}
	s.svc.me = me
	opts := ui.Options{
		Env:     &tab.Env{Theme: theme.New(theme.Options{Dark: true}), Now: now, Zone: time.UTC, Root: ctx, Me: me},
		Service: s.svc, Front: front, FixedBackground: true, Mouse: true, In: s.keys, Out: s.screen, Term: "xterm-256color",
		Tabs: func(env *tab.Env) map[tab.Name]tab.Tab {
			return map[tab.Name]tab.Tab{tab.Portal: portal.New(env, s.svc, s.svc.Policy), tab.Approvals: approvals.New(env, s.svc),
				tab.Tasks: tasks.New(env, s.svc), tab.EPM: epm.New(env, s.svc), tab.Logs: logs.New(env, s.svc)}
		},
		People: func(env *tab.Env) tab.Tab { return people.New(env, s.svc) },
		Opens:  func(a model.Actor) []tab.Name { return ui.Opens(a, []model.GroupName{demo.Admins}) },
		Sizes: func(ctx context.Context) (int, int, bool) {
			select {
			case <-ctx.Done():
				return 0, 0, false
			case s := <-s.sizes:
				return s.width, s.height, true
			}
		},
	}
	go func() {
		defer cancel()
		s.done <- ui.Run(opts, tea.WithWindowSize(at.width, at.height),
			tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
		s.ended = true
	}()
	t.Cleanup(cancel)
	s.rest(time.Second)
	return s
}

// leave ends the console, whatever stands open.
func (s *sitting) leave(t *testing.T) {
	t.Helper()
	for range 20 {
		synctest.Wait()
		if s.ended {
			break
		}
		s.keys.sent <- []byte("\x03")
		time.Sleep(5 * time.Second)
	}
	close(s.keys.sent)
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.screen.close()
}

func (s *sitting) rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// send sends bytes in one piece.
func (s *sitting) send(bytes string) {
	s.inputs = append(s.inputs, input{at: time.Now(), bytes: bytes})
	s.keys.sent <- []byte(bytes)
}

// pasted sends a piece of a paste.
func (s *sitting) pasted(bytes string) {
	s.inputs = append(s.inputs, input{at: time.Now(), bytes: bytes, pasted: true})
	s.keys.sent <- []byte(bytes)
}

// resize changes the terminal's size.
func (s *sitting) resize(to size) {
	s.size = to
	s.inputs = append(s.inputs, input{at: time.Now(), size: to})
	s.screen.resize(to.width, to.height)
	s.sizes <- to
}

// keyBytes is what a terminal sends for a key.
func keyBytes(name string) string {
	switch name {
	case "enter":
		return "\r"
	case "tab":
		return "\t"
	case "shift+tab":
		return "\x1b[Z"
	case "esc":
		return "\x1b"
	case "space", "§":
		return " "
	case "up", "down", "right", "left":
		return "\x1b[" + map[string]string{"up": "A", "down": "B", "right": "C", "left": "D"}[name]
	case "pgdown":
		return "\x1b[6~"
	}
	return name
}

// mouse is what a terminal sends for a press or a release of the left button.
func mouse(x, y int, what string) string { return fmt.Sprintf("\x1b[<0;%d;%d%s", x, y, what) }

// typed is what was sent and when, for who reads a failure.
func (s *sitting) typed() string {
	var b strings.Builder
	for _, in := range s.inputs {
		if in.bytes == "" {
			fmt.Fprintf(&b, "%s %v\n", in.at.Format("05.000"), in.size)
			continue
		}
		fmt.Fprintf(&b, "%s %q\n", in.at.Format("05.000"), in.bytes)
	}
	return b.String()
}
