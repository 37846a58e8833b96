package epm

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
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

var noon = time.Date(2026, 11, 20, 10, 4, 0, 0, time.UTC) // a Friday

// fake answers as the workflow does, from fixed rows.
type fake struct {
	waiting, decided []model.EndpointRequest
	views            map[int64]workflow.EndpointView // what differs from the row's own
	devices          []model.Device
	incidents        []workflow.IncidentView
	health           model.Health
	state            workflow.EndpointsState
	err              error
	me               model.Actor
	now              time.Time

	asked   []workflow.Query
	wanted  int // how often the worker was told that somebody looks
	read    int // how often evidence was read
	votes   []workflow.EndpointDecision
	devotes []workflow.DeviceDecision
	refuse  map[int64]error
	worked  []string
}

func (f *fake) Endpoints(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[model.EndpointRequest], error) {
	f.asked = append(f.asked, q)
	rows := f.waiting
	if q.View == workflow.EndpointsDecided {
		rows = f.decided
	}
	if q.Sort == workflow.SortNewest {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	var fit []model.EndpointRequest
	for _, r := range rows {
		if len(q.Words) == 0 || strings.Contains(r.User, q.Words[0]) {
			fit = append(fit, r)
		}
	}
	return workflow.Page[model.EndpointRequest]{Rows: fit}, f.err
}

func (f *fake) Endpoint(_ context.Context, _ model.PersonID, id int64) (workflow.EndpointView, error) {
	f.read++
	for _, r := range append(slices.Clone(f.waiting), f.decided...) {
		if r.ID == id {
			v := f.views[id]
			v.EndpointRequest = r
			v.Statement = model.StatementOfEndpoint(r)
			v.Perms = model.AllowedOnEndpoint(f.me, r, f.now)
			return v, nil
		}
	}
	return workflow.EndpointView{}, workflow.ErrNotFound
}

func (f *fake) EndpointByUID(ctx context.Context, me model.PersonID, uid string) (workflow.EndpointView, error) {
	for _, r := range append(slices.Clone(f.waiting), f.decided...) {
		if string(r.UID) == uid || string(r.Incident) == uid {
			return f.Endpoint(ctx, me, r.ID)
		}
	}
	return workflow.EndpointView{}, workflow.ErrNotFound
}

func (f *fake) DecideEndpoint(_ context.Context, _ model.PersonID, d workflow.EndpointDecision) (workflow.Decided, error) {
	f.votes = append(f.votes, d)
	if err := f.refuse[d.ID]; err != nil {
		return workflow.Decided{Err: err}, err
	}
	return workflow.Decided{Endpoint: underWay(d.Verdict)}, nil
}

func underWay(v model.Verdict) model.EndpointState {
	if v == model.Deny {
		return model.EndpointDenying
	}
	return model.EndpointApproving
}

func (f *fake) DecideEndpoints(ctx context.Context, me model.PersonID, ds []workflow.EndpointDecision) []workflow.Decided {
	var out []workflow.Decided
	for _, d := range ds {
		r, _ := f.DecideEndpoint(ctx, me, d)
		out = append(out, r)
	}
	return out
}

func (f *fake) EndpointsState(context.Context) workflow.EndpointsState { return f.state }

func (f *fake) WantEndpoints(_ context.Context, who model.PersonID) error {
	if who == "p1" {
		f.wanted++
	}
	return f.err
}

func (f *fake) Devices(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.DeviceRow], error) {
	f.asked = append(f.asked, q)
	var rows []workflow.DeviceRow
	for _, d := range f.devices {
		if d.State.Open() == (q.View == workflow.DevicesWaiting) {
			rows = append(rows, workflow.DeviceRow{Device: d})
		}
	}
	return workflow.Page[workflow.DeviceRow]{Rows: rows}, f.err
}

func (f *fake) Device(_ context.Context, _ model.PersonID, id int64) (workflow.DeviceView, error) {
	for _, d := range f.devices {
		if d.ID == id {
			return workflow.DeviceView{DeviceRow: workflow.DeviceRow{Device: d}, Statement: model.StatementOfDevice(d),
				Hints:  []model.Hint{{Name: "new-country", Says: "the first device of this person from Ghana", Key: "location", Found: d.Location}},
				Recent: f.devices[1:], Perms: model.AllowedOnDevice(f.me, d), Deciders: []string{"dana", "omar"}}, nil
		}
	}
	return workflow.DeviceView{}, workflow.ErrNotFound
}

func (f *fake) DecideDevice(_ context.Context, _ model.PersonID, d workflow.DeviceDecision) (workflow.Decided, error) {
	f.devotes = append(f.devotes, d)
	return workflow.Decided{Endpoint: underWay(d.Verdict)}, nil
}

func (f *fake) DecideDevices(ctx context.Context, me model.PersonID, ds []workflow.DeviceDecision) []workflow.Decided {
	var out []workflow.Decided
	for _, d := range ds {
		r, _ := f.DecideDevice(ctx, me, d)
		out = append(out, r)
	}
	return out
}

func (f *fake) Incidents(_ context.Context, _ model.PersonID, q workflow.Query) (workflow.Page[workflow.IncidentRow], error) {
	f.asked = append(f.asked, q)
	var rows []workflow.IncidentRow
	for _, v := range f.incidents {
		if q.View == workflow.IncidentsAll || v.Closed.IsZero() == (q.View == workflow.IncidentsOpen) {
			rows = append(rows, v.IncidentRow)
		}
	}
	return workflow.Page[workflow.IncidentRow]{Rows: rows}, f.err
}

func (f *fake) Incident(_ context.Context, _ model.PersonID, n model.Number) (workflow.IncidentView, error) {
	for _, v := range f.incidents {
		if v.Number == n {
			v.Perms = model.AllowedOnIncident(f.me, v.Incident, v.Endpoint.State.Open())
			return v, nil
		}
	}
	return workflow.IncidentView{}, workflow.ErrNotFound
}

func (f *fake) did(what string, n model.Number, text string) error {
	f.worked = append(f.worked, what+" "+string(n)+" "+text)
	return f.err
}

func (f *fake) AssignIncident(_ context.Context, _ model.PersonID, n model.Number, login string) error {
	return f.did("assign", n, login)
}

func (f *fake) NoteIncident(_ context.Context, _ model.PersonID, n model.Number, text string) error {
	return f.did("note", n, text)
}

func (f *fake) CloseIncident(_ context.Context, _ model.PersonID, n model.Number, text string) error {
	return f.did("close", n, text)
}

func (f *fake) ReopenIncident(_ context.Context, _ model.PersonID, n model.Number, text string) error {
	return f.did("reopen", n, text)
}

func (f *fake) Health(context.Context) model.Health { return f.health }

func app(pairs ...string) []model.Fact {
	var facts []model.Fact
	for i := 0; i < len(pairs); i += 2 {
		facts = append(facts, model.Fact{Group: model.GroupApplication, Key: pairs[i], Value: pairs[i+1]})
	}
	return facts
}

func account(user, machine string) []model.Fact {
	return []model.Fact{
		{Group: model.GroupAccount, Key: model.KeyUser, Value: user},
		{Group: model.GroupAccount, Key: model.KeyDomain, Value: ""},
		{Group: model.GroupAccount, Key: model.KeyMachine, Value: machine},
	}
}

func carol() model.EndpointRequest {
	return model.EndpointRequest{
		ID: 1, UID: "k-0sX0U0IIbxfJ_m3g2ZbQ", Kind: "CommandLine", State: model.EndpointPending, Agent: "iGBwldk_4Uqo8VZSzKxQaQ",
		User: "carol", Machine: "HOST-02", What: "sudo apt-get", Incident: "SIR0010017",
		Facts: append(account("carol", "HOST-02"), app(model.KeyFile, "sudo", model.KeyPath, "/usr/bin",
			model.KeyCommand, "apt-get install nginx --allow-unauthenticated 'x\u202egnp.exe' ''",
			model.KeyAbout, "Run a command as root", model.KeyHash, "24e5e1c2bbef565360c392851175f46821fc21d6725503a600353625b4c9209c")...),
		Justification: `{"text": "install nginx for the canary", "ticket": "CHG0030112"}`,
		Complete:      true, Created: noon.Add(-26 * time.Minute), Minutes: 30, Expires: noon.Add(4*time.Minute + 12*time.Second),
		Seen: noon.Add(-25 * time.Minute), Revision: 1,
	}
}

func bob() model.EndpointRequest {
	return model.EndpointRequest{
		ID: 2, UID: "GtLQSsspbKdkX15HWpq0_Q", Kind: "PrivilegeElevation", State: model.EndpointPending, Agent: "CCSgFyGulEIO9od8b6e9KQ",
		User: "bob", Machine: "HOST-01", What: "installer-setup-x64-r", Incident: "SIR0010018",
		Facts:   append(account("bob", "HOST-01"), app(model.KeyFile, "installer-setup-x64-r", model.KeyPath, `C:\Program Files\Vend`, model.KeyCommand, "/quiet /norestart")...),
		Created: noon.Add(-20 * time.Minute), Minutes: 41, Expires: noon.Add(21*time.Minute + 40*time.Second), Seen: noon.Add(-19 * time.Minute), Revision: 1,
	}
}

func ended() model.EndpointRequest {
	r := bob()
	r.ID, r.UID, r.Incident = 3, "4_yT9R9DQ9MQRhS7TDLu8w", "SIR0010009"
	r.Created, r.Seen = noon.Add(-4*time.Hour), noon.Add(-4*time.Hour+time.Minute)
	r.State, r.Ended, r.Complete = model.EndpointElsewhere, noon.Add(-3*time.Hour), true
	r.Outcome = "approved in the admin console"
	return r
}

func aDevice(id int64) model.Device {
	return model.Device{ID: id, DeviceID: "ad76aaedf0f4eb7597e6"[:19] + string(rune('0'+id)), Email: "kofi@example.com", Name: "Firefox on Linux", Type: "Browser",
		IP: "198.51.100.23", Client: "w17.3.1", Location: "Accra, GH", Asked: noon.Add(-30 * time.Minute), State: model.EndpointPending,
		Seen: noon.Add(-29 * time.Minute), Revision: 1}
}

func anIncident(e model.EndpointRequest, state model.IncidentState) workflow.IncidentView {
	i := model.Incident{ID: e.ID, Number: e.Incident, EndpointID: e.ID, State: state, Priority: 2, Short: "CommandLine by " + e.User + " on " + e.Machine,
		Correlation: "c-17", Revision: 1, Created: e.Seen}
	said := []workflow.TimelineEntry{{At: e.Seen, Kind: model.EntryEvent, Text: "opened for a request"},
		{At: e.Seen.Add(time.Minute), Who: "dana", Kind: model.EntryNote, Text: "asked the owner"}}
	request := workflow.EndpointView{EndpointRequest: e}
	if state == model.IncidentClosed {
		i.Closed, i.CloseNotes = e.Ended, "approved in the admin console"
		request.DecidedBy = "omar"
		request.Decision = model.EndpointVote{Verdict: model.Deny, By: "p2", At: e.Ended.Add(-time.Minute), Comment: "not needed for the task"}
	}
	return workflow.IncidentView{IncidentRow: workflow.IncidentRow{Incident: i, StateName: state.Words(), Endpoint: e}, Timeline: said, Request: request}
}

func someRequests() *fake {
	listing := model.Listing{State: model.HealthConnected, Listed: noon.Add(-10 * time.Second)}
	f := &fake{
		waiting: []model.EndpointRequest{carol(), bob()}, decided: []model.EndpointRequest{ended()},
		devices:   []model.Device{aDevice(1), aDevice(2)},
		incidents: []workflow.IncidentView{anIncident(bob(), model.IncidentDraft), anIncident(carol(), model.IncidentDraft), anIncident(ended(), model.IncidentClosed)},
		health:    model.Health{State: model.HealthConnected}, state: workflow.EndpointsState{Endpoints: listing, Devices: listing},
		me: model.Actor{Person: model.Person{ID: "p1", Login: "dana", Active: true, Roles: []model.Role{model.RoleApprover}}}, now: noon,
		views: map[int64]workflow.EndpointView{
			1: {Hints: []model.Hint{
				{Name: model.HintUnsigned, Says: "turns off the check of a package's signature", Key: model.KeyCommand, Found: "--allow-unauthenticated"},
				{Name: model.HintHidden, Says: "holds characters that do not show", Key: model.KeyCommand, Found: "x\u202egnp.exe"}},
				History: workflow.EndpointHistory{
					User: workflow.Earlier{Key: "carol", Total: 13, Approved: 12, Denied: 1, Last: noon.Add(-48 * time.Hour), LastState: model.EndpointApproved, LastBy: "dana",
						By: map[string]int{"dana": 9, "omar": 3, "rule:editors": 1}},
					File:    workflow.Earlier{Key: "x", Total: 40, Approved: 40, Last: noon.Add(-2 * time.Hour), LastState: model.EndpointApproved, LastBy: "omar"},
					Hash:    workflow.Earlier{Key: "y", Total: 40, Approved: 40, Last: noon.Add(-2 * time.Hour), LastState: model.EndpointApproved, LastBy: "omar"},
					Command: workflow.Earlier{Key: "z"}},
				Timeline: []workflow.TimelineEntry{{At: noon.Add(-25 * time.Minute), Kind: model.EntryEvent, Text: "incident SIR0010017 opened"},
					{At: noon.Add(-24 * time.Minute), Kind: model.EntryEvent, Text: "evidence complete"}},
				Deciders: []string{"dana", "omar"}},
			2: {Ahead: 12, History: workflow.EndpointHistory{FirstSeen: true}},
		},
	}
	return f
}

// clock is a time that tests move.
type clock struct{ now time.Time }

func newTab(t *testing.T, f *fake, width, height int) *Tab {
	t.Helper()
	tb, _ := newTabAt(t, f, width, height)
	return tb
}

func newTabAt(t *testing.T, f *fake, width, height int) (*Tab, *clock) {
	t.Helper()
	at := &clock{noon}
	env := &tab.Env{
		Theme: theme.New(theme.Options{Dark: true}), Now: func() time.Time { return at.now }, Zone: time.UTC,
		Root: t.Context(), Me: f.me,
	}
	if env.Me.ID == "" {
		env.Me = model.Actor{Person: model.Person{ID: "p1", Login: "dana", Active: true, Roles: []model.Role{model.RoleApprover}}}
	}
	tb := New(env, f)
	tb.reader.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		if _, late := msg.(readLate); late {
			return nil
		}
		return tab.Send(msg)
	}
	tb.SetSize(width, height)
	play(tb, tb.Focus())
	tb.View()
	return tb, at
}

// play runs a command and what follows from it, as the program would. What is
// meant for the frame is returned.
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
	case loaded, readRested, readDone, opened, rechecked, voted, bulkRead, bulkVoted, worked:
		return play(tb, tb.Update(msg))
	default:
		return []tea.Msg{msg}
	}
}

func keyOf(name string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "left": tea.KeyLeft, "right": tea.KeyRight,
		"down": tea.KeyDown, "pgdown": tea.KeyPgDown, "space": tea.KeySpace}
	if code, ok := special[name]; ok {
		if name == "space" {
			return tea.KeyPressMsg{Code: code, Text: " "}
		}
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Text: name, Code: []rune(name)[0]}
}

// press gives keys, with a drawing after each.
func press(tb *Tab, names ...string) []tea.Msg {
	var out []tea.Msg
	for _, name := range names {
		out = append(out, play(tb, tb.Update(keyOf(name)))...)
		tb.View()
	}
	return out
}

// readOn scrolls the evidence to its end.
func readOn(tb *Tab) {
	for range 400 {
		if tb.reader.unread() == 0 {
			return
		}
		press(tb, "J")
	}
}

// confirm moves past the fields and the button that goes back, and chooses the one
// that confirms, slowly enough for the guard.
func confirm(tb *Tab, at *clock, fields int) []tea.Msg {
	var out []tea.Msg
	for n := range fields + 2 {
		at.now = at.now.Add(time.Second)
		name := "tab"
		if n == fields+1 {
			name = "enter"
		}
		out = append(out, press(tb, name)...)
	}
	return out
}

// typed types a text.
func typed(tb *Tab, text string) {
	for _, r := range text {
		play(tb, tb.Update(tea.KeyPressMsg{Text: string(r), Code: r}))
	}
	tb.View()
}

// plain is what is on the screen, without styles and trailing blanks.
func plain(tb *Tab) string {
	lines := strings.Split(ansi.Strip(tb.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// words is the screen without its layout.
func screenWords(tb *Tab) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(plain(tb), "│", "")), " ")
}

// notices are the words for the line of keys.
func notices(msgs []tea.Msg) string {
	var all []string
	for _, m := range msgs {
		if n, ok := m.(tab.Notice); ok {
			all = append(all, n.Text.String())
		}
	}
	return strings.Join(all, "\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
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
