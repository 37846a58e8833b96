package ui

import (
	"image/color"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/ui/widget"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

func dana() model.Actor { return person("dana", model.RoleRequestor, model.RoleApprover) }

func TestScreens(t *testing.T) {
	t.Parallel()
	admin := person("omar", model.RoleRequestor, model.RoleApprover, model.RoleAdmin)
	for _, tt := range []struct {
		name          string
		me            model.Actor
		width, height int
		prepare       func(c *console)
	}{
		{"frame_120", admin, 120, 36, nil},
		{"frame_80", admin, 80, 24, nil},
		{"approver_120", dana(), 120, 36, nil},
		{"away_120", dana(), 120, 36, func(c *console) { c.service.health = away() }},
		{"away_80", dana(), 80, 24, func(c *console) { c.service.health = away() }},
		{"notice_120", admin, 120, 36, func(c *console) {
			c.play(c.handle(tab.Notice{Kind: tab.NoticeBad, Text: widget.Words(theme.Text, "the queue did not answer"), Correlation: "c7a1"}))
		}},
		{"help_120", admin, 120, 36, func(c *console) { c.press("?") }},
		{"help_80", admin, 80, 24, func(c *console) { c.press("?") }},
		{"palette_120", admin, 120, 36, func(c *console) { c.press(":") }},
		{"quit_80", admin, 80, 24, func(c *console) {
			c.tabs["omar"][tab.Portal].unsaved = "a request for prod-db-01"
			c.press("q")
		}},
		{"small_59", admin, 59, 24, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newConsole(t, tt.me, tt.width, tt.height)
			if tt.prepare != nil {
				tt.prepare(c)
				c.play(c.summarise())
			}
			golden(t, tt.name, c.plain())
		})
	}
}

func away() model.Health {
	return model.Health{State: model.HealthUnreachable, Since: noon.Add(-6 * time.Minute), Cause: "connection refused", Advice: "is the service running?"}
}

func TestColours(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.service.health = away()
	c.now = c.now.Add(healthLasts)
	c.play(c.summarise())
	lines := strings.Split(c.View().Content, "\n")
	golden(t, "colours_120", strings.ReplaceAll(strings.Join(append(lines[:4:4], lines[35]), "\n"), "\x1b", "␛")+"\n")
}

func TestNothingIsDrawnBeforeTheFirstSize(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 0, 0)
	if v := c.View(); v.Content != "" || !v.AltScreen || v.WindowTitle != "countersign" {
		t.Errorf("the first view is %+v", v)
	}
}

func TestFirstFrameWaitsForNothing(t *testing.T) {
	t.Parallel()
	c := &console{t: t, now: noon, tabs: map[string]map[tab.Name]*fakeTab{}, service: &fakeService{}}
	c.App = New(c.options(dana()))
	t.Cleanup(c.Close)
	c.handle(tea.WindowSizeMsg{Width: 120, Height: 36})
	c.wantScreen("countersign", "2 Approvals", "vault …", "loading…", "dana · approver")
}

func TestEverySizeIsDrawnExactly(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	for _, keys := range [][]string{nil, {"?"}, {"esc", ":"}, {"esc", "P"}} {
		c.resize(120, 36)
		c.press(keys...)
		for _, size := range [][2]int{{0, 0}, {1, 1}, {0, 9}, {9, 0}, {60, 16}, {59, 16}, {60, 15}, {61, 17}, {99, 24}, {100, 24}, {1000, 300}, {-4, -4}} {
			c.handle(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			screen := c.View().Content
			if size[0] <= 0 || size[1] <= 0 {
				if screen != "" {
					t.Errorf("%v drew %q", size, screen)
				}
				continue
			}
			lines := strings.Split(screen, "\n")
			if len(lines) != size[1] {
				t.Errorf("%v after %v: %d lines", size, keys, len(lines))
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > size[0] {
					t.Errorf("%v after %v: a line of %d cells", size, keys, w)
				}
			}
		}
	}
}

func TestTabsThatRolesDoNotOpenKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	if head := c.line(0); strings.Contains(head, "Tasks") || strings.Contains(head, "Logs") || !strings.Contains(head, "4 EPM 2") {
		t.Errorf("the header is %q", head)
	}
	c.press("3")
	if c.session.front != tab.Approvals {
		t.Errorf("a tab that is not open came to the front")
	}
	c.wantScreen("Tasks is not open to your roles")
	c.press("4")
	if c.session.front != tab.EPM {
		t.Errorf("4 brought tab %d to the front", c.session.front)
	}
}

func TestOpens(t *testing.T) {
	t.Parallel()
	work := []model.GroupName{"Vault Admins"}
	member := person("max", model.RoleRequestor)
	member.Groups = work
	for _, tt := range []struct {
		name string
		who  model.Actor
		want []tab.Name
	}{
		{"a requestor has the portal", person("a", model.RoleRequestor), []tab.Name{tab.Portal}},
		{"an approver decides", dana(), []tab.Name{tab.Portal, tab.Approvals, tab.EPM}},
		{"an admin works and reads logs", person("a", model.RoleAdmin), []tab.Name{tab.Tasks, tab.Logs}},
		{"a member of a fulfilment group works", member, []tab.Name{tab.Portal, tab.Tasks}},
		{"support reads logs", person("a", model.RoleSupport), []tab.Name{tab.Logs}},
		{"who has no role sees the portal", person("a"), []tab.Name{tab.Portal}},
	} {
		if got := Opens(tt.who, work); !equal(got, tt.want) {
			t.Errorf("%s: opens %v, want %v", tt.name, got, tt.want)
		}
	}
}

func equal(a, b []tab.Name) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestHealthIsSaidInWords(t *testing.T) {
	t.Parallel()
	since := noon.Add(-6 * time.Minute)
	for _, tt := range []struct {
		name   string
		health model.Health
		want   []string
	}{
		{"connected", model.Health{State: model.HealthConnected, Latency: 41 * time.Millisecond, Used: 8, Limit: 60}, []string{"● vault 41 ms  52/60"}},
		{"slow", model.Health{State: model.HealthSlow, Latency: 2430 * time.Millisecond}, []string{"◐ vault slow 2.4 s"}},
		{"limited", model.Health{State: model.HealthLimited, Since: since, Used: 61, Limit: 60}, []string{"◐ vault limited since 09:58  0/60", "orders wait their turn"}},
		{"away", away(), []string{"○ vault away since 09:58", "the vault is away since 09:58: connection refused · decisions are kept for later · is the service running? ─"}},
		{"refused", model.Health{State: model.HealthRefused, Cause: "key\x1b expired"}, []string{"○ vault refused", "refuses this program: key⟦ESC⟧ expired"}},
		{"no worker", model.Health{State: model.HealthNoWorker}, []string{"○ no worker", "kept until a worker runs"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newConsole(t, dana(), 120, 36)
			c.service.health = tt.health
			c.now = c.now.Add(healthLasts)
			c.play(c.summarise())
			c.wantScreen(tt.want...)
		})
	}
}

func TestTheAdviceIsReadWhateverTheWidth(t *testing.T) {
	t.Parallel()
	long := away()
	long.Cause = "dial tcp 127.0.0.1:8900: connect: connection refused by the other side"
	for _, tt := range []struct {
		name   string
		health model.Health
		width  int
		want   string
	}{
		{"who cannot mend it reads what it means first", long, 60, "since 09:58 · decisions are kept"},
		{"a long cause is cut before it", long, 120, "since 09:58: dial tcp 127.0.0.1:8900: connect: connection refused… · is the service running?"},
		{"and left out where there is no room", long, 60, "since 09:58 · is the service"},
		{"no worker is said once", model.Health{
			State: model.HealthNoWorker, Since: noon, Cause: "nothing here talks to the vault at the moment",
			Advice: "start `countersign worker`; decisions are kept and carried out later",
		}, 80, "nothing talks to the vault since 10:04 · start `countersign worker`; "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, me := health{Health: tt.health}, person("omar", model.RoleAdmin)
			if strings.HasPrefix(tt.name, "who cannot") {
				me = dana()
			}
			bad := h.trouble(me, time.UTC)
			l := bad.line(tt.width - 9)
			if got := l.String(); !strings.Contains(got, tt.want) || l.Width() > tt.width-9 {
				t.Errorf("says %q, want %q in it", got, tt.want)
			}
			ascii := l.Draw(theme.New(theme.Options{ASCII: true}), theme.Page)
			if strings.ContainsAny(ansi.Strip(ascii), "…·") {
				t.Errorf("in ASCII it says %q", ansi.Strip(ascii))
			}
		})
	}
}

func TestMissingCommandsAreToldToThoseWhoCanAddThem(t *testing.T) {
	t.Parallel()
	health := model.Health{State: model.HealthConnected, Missing: []string{"epm", "tree"}}
	for _, tt := range []struct {
		me   model.Actor
		want bool
	}{{dana(), false}, {person("omar", model.RoleAdmin), true}, {person("sam", model.RoleSupport), true}} {
		c := newConsole(t, tt.me, 120, 36)
		c.service.health = health
		c.now = c.now.Add(healthLasts)
		c.play(c.summarise())
		if got := strings.Contains(c.plain(), "may not use epm, tree"); got != tt.want {
			t.Errorf("%s: told %v, want %v", tt.me.Login, got, tt.want)
		}
	}
}

func TestFiguresOfTheHeaderRestForAMinute(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	before := c.plain()
	c.service.health.Latency, c.service.health.Used = 77*time.Millisecond, 20
	c.now = c.now.Add(59 * time.Second)
	c.play(c.summarise())
	if c.plain() != before {
		t.Errorf("figures changed within a minute:\n%s", c.line(0))
	}
	c.now = c.now.Add(2 * time.Second)
	c.play(c.summarise())
	c.wantScreen("vault 77 ms  40/60")
	c.service.health.State = model.HealthSlow
	c.play(c.summarise())
	c.wantScreen("◐ vault slow 77 ms")
}

func TestThemeFollowsTheTerminal(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	dark := c.View().Content
	c.handle(tea.BackgroundColorMsg{Color: color.White})
	light := c.View().Content
	if light == dark {
		t.Error("a light background changes nothing")
	}
	c.handle(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	if plain := c.View().Content; strings.Contains(plain, "38;") {
		t.Error("colours are drawn although the terminal has none")
	}
	c.wantScreen("[2 Approvals 7]")
}

func TestAFixedBackgroundIsNeitherAskedForNorChanged(t *testing.T) {
	t.Parallel()
	asks := func(opts Options) bool {
		a := New(opts)
		t.Cleanup(a.Close)
		want := reflect.ValueOf(tea.RequestBackgroundColor).Pointer()
		return slices.ContainsFunc(a.Init()().(tea.BatchMsg), func(cmd tea.Cmd) bool {
			return reflect.ValueOf(cmd).Pointer() == want
		})
	}
	c := newConsole(t, dana(), 120, 36)
	opts := c.options(dana())
	if !asks(opts) {
		t.Error("the terminal is not asked for its background")
	}
	opts.FixedBackground = true
	if asks(opts) {
		t.Error("the terminal is asked for a background that is fixed")
	}
	c.App.opts.FixedBackground = true
	before := c.View().Content
	c.handle(tea.BackgroundColorMsg{Color: color.White})
	if c.View().Content != before {
		t.Error("the terminal's answer changed a background that is fixed")
	}
}

func TestSomebodyToWhomNoTabIsOpen(t *testing.T) {
	t.Parallel()
	me := person("gil", model.RoleSupport)
	me.Name = "Gil \u202eBerg"
	closed := func(c *console) {
		opts := c.options(me)
		opts.Opens = func(a model.Actor) []tab.Name {
			if a.Login == "gil" {
				return nil
			}
			return Opens(a, nil)
		}
		c.App.Close()
		c.App = New(opts)
	}
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 16}} {
		c := newConsole(t, dana(), size[0], size[1])
		closed(c)
		t.Cleanup(c.App.Close)
		c.resize(size[0], size[1])
		c.wantScreen("No tab is open to your roles", "gil, Gil ⟦U+202E⟧Berg", "support", "Somebody with the role admin", "q quits")
		if n := strings.Count(c.View().Content, "\n") + 1; n != size[1] {
			t.Errorf("%v: %d lines", size, n)
		}
		c.press("1", "]", "[", "l", "R", "j", "enter", "?", "esc", ":", "esc")
		c.play(c.handle(tab.Changed{}))
		c.play(c.handle(tea.MouseClickMsg{X: 16, Y: 0}))
		c.play(c.handle(tea.MouseClickMsg{X: 9, Y: 1}))
		c.wantScreen("No tab is open to your roles")
		if !quits(c.press("q")) {
			t.Errorf("%v: q does not quit", size)
		}
	}
	c := newConsole(t, dana(), 120, 36)
	closed(c)
	t.Cleanup(c.App.Close)
	c.resize(120, 36)
	golden(t, "shut_120", c.plain())
	c.play(c.handle(became{actor: dana()}))
	c.wantScreen("2 Approvals")
}

func TestWallReachesTheRule(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	wall := strings.IndexRune(c.line(4), '│')
	if tee := strings.Index(c.line(2), "┬"); tee/len("─") != wall {
		t.Errorf("the wall stands at %d, its branch at %d", wall, tee/len("─"))
	}
}

// TestForeignTextStaysInItsPlace draws a cluster that takes two cells by the
// layout's count and four by that of a terminal which counts code points.
func TestForeignTextStaysInItsPlace(t *testing.T) {
	t.Parallel()
	c := newConsole(t, dana(), 120, 36)
	c.front().rows = "👩\u200d💻"
	wall := func() int {
		before, _, _ := strings.Cut(ansi.Strip(strings.Split(c.View().Content, "\n")[3]), "│")
		return ansi.StringWidthWc(before)
	}
	if at := wall(); at != c.front().split.List.W {
		t.Errorf("the wall stands at %d, want %d", at, c.front().split.List.W)
	}
	c.handle(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
	if at := wall(); at == c.front().split.List.W {
		t.Error("a terminal that counts clusters was given the same as one that does not")
	}
}
