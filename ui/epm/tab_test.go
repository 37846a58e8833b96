package epm

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/ui/tab"
	"countersign/ui/theme"
	"countersign/workflow"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 21, 10, 4, 0, 0, time.UTC)

// fake answers as the workflow does, from two fixed lists.
type fake struct {
	waiting, decided []model.EndpointRequest
	health           model.Health
	err              error
	asked            []workflow.Query
	wanted           int // how often the worker was told that somebody looks
}

func (f *fake) Endpoints(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[model.EndpointRequest], error) {
	f.asked = append(f.asked, q)
	rows := f.waiting
	if q.View == workflow.EndpointsDecided {
		rows = f.decided
	}
	return workflow.Page[model.EndpointRequest]{Rows: rows}, f.err
}

func (f *fake) WantEndpoints(_ context.Context, who model.PersonID) error {
	if who == "p1" {
		f.wanted++
	}
	return f.err
}

func (f *fake) Health(context.Context) model.Health { return f.health }

func app(pairs ...string) []model.Fact {
	var facts []model.Fact
	for i := 0; i < len(pairs); i += 2 {
		facts = append(facts, model.Fact{Group: groupApplication, Key: pairs[i], Value: pairs[i+1]})
	}
	return facts
}

func account(user, machine string) []model.Fact {
	return []model.Fact{
		{Group: groupAccount, Key: keyUser, Value: user},
		{Group: groupAccount, Key: keyDomain, Value: ""},
		{Group: groupAccount, Key: keyMachine, Value: machine},
	}
}

func carol() model.EndpointRequest {
	return model.EndpointRequest{
		UID: "k-0sX0U0IIbxfJ_m3g2ZbQ", Kind: "CommandLine", State: model.EndpointPending, Agent: "iGBwldk_4Uqo8VZSzKxQaQ",
		User: "carol", Machine: "HOST-02", What: "sudo apt-get", Incident: "SIR0010017",
		Facts: append(account("carol", "HOST-02"), app(keyFile, "sudo", keyPath, "/usr/bin",
			keyCommand, "apt-get install nginx --allow-unauthenticated 'x\u202egnp.exe' ''",
			keyAbout, "Run a command as root", keyHash, "24e5e1c2bbef565360c392851175f46821fc21d6725503a600353625b4c9209c")...),
		Justification: `{"text": "install nginx for the canary", "ticket": "CHG0030112"}`,
		Complete:      true, Created: noon.Add(-26 * time.Minute), Minutes: 30, Expires: noon.Add(4*time.Minute + 12*time.Second),
		Seen: noon.Add(-25 * time.Minute), Revision: 1,
	}
}

func bob() model.EndpointRequest {
	return model.EndpointRequest{
		UID: "GtLQSsspbKdkX15HWpq0_Q", Kind: "PrivilegeElevation", State: model.EndpointPending, Agent: "CCSgFyGulEIO9od8b6e9KQ",
		User: "bob", Machine: "HOST-01", What: "installer-setup-x64-r",
		Facts:   append(account("bob", "HOST-01"), app(keyFile, "installer-setup-x64-r", keyPath, `C:\Program Files\Vend`, keyCommand, "/quiet /norestart")...),
		Created: noon.Add(-20 * time.Minute), Minutes: 41, Expires: noon.Add(21*time.Minute + 40*time.Second), Seen: noon.Add(-19 * time.Minute), Revision: 1,
	}
}

func ended() model.EndpointRequest {
	r := bob()
	r.UID, r.State, r.Ended, r.Complete = "4_yT9R9DQ9MQRhS7TDLu8w", model.EndpointElsewhere, noon.Add(-3*time.Hour), true
	r.Outcome = "approved in the admin console"
	return r
}

func someRequests() *fake {
	return &fake{
		waiting: []model.EndpointRequest{carol(), bob()}, decided: []model.EndpointRequest{ended()},
		health: model.Health{State: model.HealthConnected},
	}
}

func newTab(t *testing.T, f *fake, width, height int) *Tab {
	t.Helper()
	env := &tab.Env{
		Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return noon }, Zone: time.UTC,
		Root: t.Context(), Me: model.Actor{Person: model.Person{ID: "p1", Login: "dana"}},
	}
	tb := New(env, f)
	tb.after = func(_ time.Duration, msg tea.Msg) tea.Cmd { return tab.Send(msg) }
	tb.SetSize(width, height)
	play(tb, tb.Focus())
	return tb
}

// play runs a command and what follows from it, as the program would. Waits and
// what is meant for the frame are left out.
func play(tb *Tab, cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var out []tea.Msg
		for _, c := range msg {
			out = append(out, play(tb, c)...)
		}
		return out
	case loaded, rested:
		return play(tb, tb.Update(msg))
	default:
		return []tea.Msg{msg}
	}
}

func press(tb *Tab, names ...string) []tea.Msg {
	var out []tea.Msg
	for _, name := range names {
		k := tea.KeyPressMsg{Text: name, Code: []rune(name)[0]}
		switch name {
		case "enter":
			k = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			k = tea.KeyPressMsg{Code: tea.KeyEscape}
		case "tab":
			k = tea.KeyPressMsg{Code: tea.KeyTab}
		}
		out = append(out, play(tb, tb.Update(k))...)
	}
	return out
}

// plain is what is on the screen, without styles and trailing blanks.
func plain(tb *Tab) string {
	lines := strings.Split(ansi.Strip(tb.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
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

// The bodies that the frame leaves of the two window sizes.
const (
	wideW, wideH     = 120, 32
	narrowW, narrowH = 80, 20
)

func TestScreens(t *testing.T) {
	t.Parallel()
	away := someRequests()
	away.health = model.Health{State: model.HealthUnreachable, Since: noon.Add(-6 * time.Minute)}
	silent := &fake{health: model.Health{State: model.HealthConnected, Missing: []string{"epm"}}}
	for _, tt := range []struct {
		name          string
		fake          *fake
		width, height int
		keys          []string
	}{
		{"waiting_120", someRequests(), wideW, wideH, nil},
		{"pending_120", someRequests(), wideW, wideH, []string{"j"}},
		{"raw_120", someRequests(), wideW, wideH, []string{"v"}},
		{"filter_120", someRequests(), wideW, wideH, []string{"/", "c", "a"}},
		{"waiting_80", someRequests(), narrowW, narrowH, nil},
		{"detail_80", someRequests(), narrowW, narrowH, []string{"enter"}},
		{"away_120", away, wideW, wideH, nil},
		{"away_80", away, narrowW, narrowH, nil},
		{"not_permitted_80", silent, narrowW, narrowH, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := newTab(t, tt.fake, tt.width, tt.height)
			press(tb, tt.keys...)
			golden(t, tt.name, plain(tb))
		})
	}
}

func TestDecidedScreen(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), wideW, wideH)
	play(tb, tb.SetView(decided))
	golden(t, "decided_120", plain(tb))
}

func TestTheListNeverLooksLikePeace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		health model.Health
		want   string
	}{
		{"nothing heard", model.Health{State: model.HealthUnknown}, "Nothing has been heard"},
		{"the vault is away", model.Health{State: model.HealthUnreachable, Since: noon}, "raised since 10:04 are not here: the vault is away"},
		{"no worker", model.Health{State: model.HealthNoWorker}, "Start a worker"},
		{"the key is refused", model.Health{State: model.HealthRefused, Cause: "licence \x1b[31mmissing"}, "licence ⟦ESC⟧[31mmissing"},
		{"epm is not permitted", model.Health{State: model.HealthConnected, Missing: []string{"tree", "epm"}}, "add epm to the allow list"},
		{"sync-down is not permitted", model.Health{State: model.HealthConnected, Missing: []string{"sync-down"}}, "add sync-down to the allow list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := newTab(t, &fake{health: tt.health}, wideW, wideH)
			screen := strings.Join(strings.Fields(strings.ReplaceAll(plain(tb), "│", "")), " ")
			if !strings.Contains(screen, tt.want) {
				t.Errorf("the screen does not say %q:\n%s", tt.want, plain(tb))
			}
			if strings.Contains(screen, "No endpoint request waits") {
				t.Errorf("the screen looks like peace:\n%s", plain(tb))
			}
		})
	}
	tb := newTab(t, &fake{health: model.Health{State: model.HealthSlow}}, wideW, wideH)
	if !strings.Contains(plain(tb), "No endpoint request waits.") {
		t.Errorf("with a vault that answers, an empty list is peace:\n%s", plain(tb))
	}
}

func TestOldAnswersAreDropped(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	late := tb.Focus()()
	f.waiting = f.waiting[1:]
	play(tb, tb.Focus())
	tb.Update(late)
	if strings.Contains(plain(tb), "carol") {
		t.Errorf("an answer to an older question replaced a newer one:\n%s", plain(tb))
	}
}

func TestCursorStaysOnItsRowWhenRowsArrive(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	press(tb, "j")
	urgent := carol()
	urgent.UID, urgent.User = "AAAAAAAAAAAAAAAAAAAAAA", "erin"
	f.waiting = append([]model.EndpointRequest{urgent}, f.waiting...)
	play(tb, tb.Update(tab.Changed{}))
	if r, _ := tb.pane().list.Selected(); r.User != "bob" {
		t.Errorf("the cursor went to %s", r.User)
	}
	if !strings.Contains(plain(tb), "+  4m  erin") {
		t.Errorf("the new row is not marked:\n%s", plain(tb))
	}
}

func TestOpenFindsTheRequestOfAnIncident(t *testing.T) {
	t.Parallel()
	f := someRequests()
	f.decided[0].Incident = "SIR0010009"
	tb := newTab(t, f, narrowW, narrowH)
	play(tb, tb.Open("SIR0010009"))
	if !tb.onDetail || tb.at != decided || !strings.Contains(plain(tb), "SIR0010009") {
		t.Errorf("the decided request was not opened:\n%s", plain(tb))
	}
	out := play(tb, tb.Open("SIR0019999"))
	if len(out) != 1 {
		t.Fatalf("got %v, want one notice", out)
	}
	if n, ok := out[0].(tab.Notice); !ok || !strings.Contains(n.Text.String(), "SIR0019999 is not among") {
		t.Errorf("got %v, want a notice that names the number", out[0])
	}
}

func TestNothingCanBeDecidedHere(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), wideW, wideH)
	for _, b := range tb.Keys() {
		for _, k := range b.Keys() {
			if k == "a" || k == "d" {
				t.Errorf("key %q is offered", k)
			}
		}
	}
	before := plain(tb)
	if out := press(tb, "a", "d"); out != nil || plain(tb) != before {
		t.Error("a key that decides did something")
	}
	if !strings.Contains(before, "Keeper's admin console") {
		t.Errorf("the screen does not say where to decide:\n%s", before)
	}
}

func TestCopyGivesOnlyAUID(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	if out := press(tb, "y"); len(out) != 2 {
		t.Errorf("copying gave %v, want the clipboard and a notice", out)
	}
	f.waiting[0].UID = "\x1b]52;c;x\a"
	play(tb, tb.Focus())
	if out := press(tb, "g", "y"); out != nil {
		t.Errorf("what is no UID was copied: %v", out)
	}
}

func TestErrorsAreShownWithAdvice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"of the vault", &workflow.VaultError{Text: "no answer", Advice: "try later"}, "▲ no answer"},
		{"of the rules", &model.Denied{Reason: "only approvers see this"}, "▲ only approvers see this"},
		{"of the store", errors.New("disk I/O error"), "R tries again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := someRequests()
			f.err = tt.err
			if tb := newTab(t, f, wideW, wideH); !strings.Contains(plain(tb), tt.want) {
				t.Errorf("the screen does not say %q:\n%s", tt.want, plain(tb))
			}
		})
	}
}

func TestNextTickFollowsTheNearestTime(t *testing.T) {
	t.Parallel()
	f := someRequests()
	tb := newTab(t, f, wideW, wideH)
	if got := tb.NextTick(); got != 12*time.Second+1 {
		t.Errorf("with 4m12s left the next tick is in %v", got)
	}
	f.waiting[1].Expires = noon.Add(90 * time.Second)
	play(tb, tb.Focus())
	if got := tb.NextTick(); got > time.Second+1 {
		t.Errorf("in the last two minutes the next tick is in %v", got)
	}
	f.waiting = nil
	play(tb, tb.Focus())
	if got := tb.NextTick(); got != 0 {
		t.Errorf("an empty list ticks in %v", got)
	}
}

func TestEverySizeIsDrawnExactly(t *testing.T) {
	t.Parallel()
	tb := newTab(t, someRequests(), wideW, wideH)
	for _, keys := range [][]string{nil, {"/"}, {"esc", "enter"}, {"v"}} {
		press(tb, keys...)
		for _, size := range [][2]int{{0, 0}, {1, 1}, {0, 5}, {5, 0}, {60, 12}, {99, 20}, {100, 20}, {300, 90}} {
			tb.SetSize(size[0], size[1])
			lines := strings.Split(tb.View(), "\n")
			if len(lines) != max(size[1], 1) {
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
