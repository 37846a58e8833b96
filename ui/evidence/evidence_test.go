package evidence

import (
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/safetext"
	"countersign/ui/theme"
	"countersign/ui/widget"
	"countersign/workflow"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 20, 10, 4, 0, 0, time.UTC)

func at() Options { return Options{Now: noon, Zone: time.UTC} }

func app(pairs ...string) []model.Fact {
	var facts []model.Fact
	for i := 0; i < len(pairs); i += 2 {
		facts = append(facts, model.Fact{Group: model.GroupApplication, Key: pairs[i], Value: pairs[i+1]})
	}
	return facts
}

// text is a section as label: value lines.
func text(sections ...widget.Section) string {
	var b strings.Builder
	for _, s := range sections {
		for _, f := range s.Facts {
			for _, l := range f.Value {
				b.WriteString(f.Label + ": " + l.String() + "\n")
			}
		}
	}
	return b.String()
}

func TestEveryKeyIsShownUnderItsOwnName(t *testing.T) {
	t.Parallel()
	r := model.EndpointRequest{UID: "u", Facts: append(app(model.KeyFile, "sudo", model.KeyAbout, "", "AVeryLongKeyOfTheService", "x"),
		model.Fact{Group: "network", Key: "Port", Value: "22"}, model.Fact{Key: "k\u202ey", Value: "v"})}
	got := text(Reported(r, at())...)
	for _, want := range []string{"FileName: sudo", "Description: empty", "FileHash: not reported", "Username: not reported",
		": AVeryLongKeyOfTheService\n: x", "Port: 22", ": k⟦U+202E⟧y\n: v", "expire_in: not reported", "approval_uid: u"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestAPolicyIsShownWhereOneIsNamed(t *testing.T) {
	t.Parallel()
	without := model.EndpointRequest{Facts: app(model.KeyFile, "sudo", "PolicyName", "")}
	with := model.EndpointRequest{Facts: app(model.KeyFile, "sudo", "PolicyName", "ask\u202e")}
	if got := text(Reported(without, at())...); !strings.Contains(got, "policy: not reported: the service does not say") {
		t.Errorf("that none is named is not said in\n%s", got)
	}
	if got := text(Reported(with, at())...); strings.Contains(got, "policy: not") || !strings.Contains(got, "PolicyName: ask⟦U+202E⟧\n") {
		t.Errorf("the policy is not shown in\n%s", got)
	}
	if l, named := Policy(with); !named || l.String() != "ask⟦U+202E⟧" {
		t.Errorf("the cell is %q, %v", l, named)
	}
}

// The raw view says what a key is called by the name of each of its characters, not by
// the name of that name.
func TestTheRawViewNamesAKeyOnce(t *testing.T) {
	t.Parallel()
	got := Raw([]RawText{{"account no\b\bok", "x"}}).Sections[0].Title
	if drawn := widget.Words(theme.Heading, got).String(); drawn != "account no⟦BS⟧⟦BS⟧ok" {
		t.Errorf("the key is drawn as %q", drawn)
	}
}

func TestAJustificationCannotWriteALabel(t *testing.T) {
	t.Parallel()
	got := text(widget.Section{Facts: Why(`{"text": "first\nDecision: approved", "Decision": "approved by omar", "n": [1, 2]}`)})
	if want := "Why: first\nWhy: Decision: approved\nwith it: Decision: approved by omar\nwith it: n: [1, 2]\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := text(widget.Section{Facts: Why("")}); got != "Why: not reported\n" {
		t.Errorf("nothing is %q", got)
	}
}

func TestBlocksReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a \t\r\n\x1b\u202e⟦⟧漢")))).Draw(t, "text")
		var lines []string
		for _, l := range block(0, s) {
			lines = append(lines, l.String())
		}
		if back, err := safetext.Decode(strings.Join(lines, "\n")); err != nil || back != s {
			t.Fatalf("%q reads back as %q, %v", s, back, err)
		}
	})
}

func TestBlanksOfTheEvidenceAreCounted(t *testing.T) {
	t.Parallel()
	r := model.EndpointRequest{User: "carol ", Agent: " x", Justification: `{"text": "one  \n  two"}`, Facts: append(app(model.KeyFile, "sudo ", model.KeyCommand, `'a  ' " b"  `),
		model.Fact{Group: model.GroupAccount, Key: model.KeyUser, Value: "carol "})}
	sections := Endpoint(workflow.EndpointView{EndpointRequest: r}, at()).Sections
	got := text(sections...)
	for _, want := range []string{"Who: carol⟦1 blank⟧ on", "agent ⟦1 blank⟧x", "Why: one⟦2 blanks⟧\nWhy: ⟦2 blanks⟧two", "arg 1: a⟦2 blanks⟧\n", "arg 2: ⟦1 blank⟧b\n",
		"Runs: sudo⟦1 blank⟧\n", "CommandLine: 'a  ' \" b\"⟦2 blanks⟧\n", "Username: carol⟦1 blank⟧\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestEarlierDecisionsAreCounted(t *testing.T) {
	t.Parallel()
	h := workflow.EndpointHistory{
		User: workflow.Earlier{Key: "carol", Total: workflow.EarlierCap, Approved: 490, Denied: 3, Expired: 5, Elsewhere: 2,
			Last: noon.Add(-time.Hour), LastState: model.EndpointDenied, LastBy: "om\x1bar", By: map[string]int{"omar": 2, "dana": 490, "ann": 2}},
		File: workflow.Earlier{Key: "f"}, FirstSeen: true,
	}
	want := `Before: first time that this file and this command are seen
Before: same user 490 approved · 3 denied · 2 elsewhere · 5 expired of the latest 500
Before: last denied by om⟦ESC⟧ar 09:04
Before: by dana 490, ann 2, omar 2
Before: same file never seen before
Before: same hash not reported
Before: same command not reported
`
	if got := text(at().before(h)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestALongFindIsCutWithACount(t *testing.T) {
	t.Parallel()
	got := text(hints([]model.Hint{{Says: "odd", Key: model.KeyCommand, Found: strings.Repeat("x", 5000)}}))
	if !strings.Contains(got, "…+48") || len(got) > 300 {
		t.Errorf("got %q", got)
	}
	if got := text(hints(nil)); got != "Hints: nothing was noticed, which proves nothing\n" {
		t.Errorf("no hint says %q", got)
	}
}

func TestWarningsSayWhatIsInDoubt(t *testing.T) {
	t.Parallel()
	v := workflow.EndpointView{Ahead: 12, EndpointRequest: model.EndpointRequest{State: model.EndpointPending, Doubt: "its clock has no zone",
		Again: noon.Add(-time.Hour), Expires: noon.Add(-time.Second)}}
	var all []string
	for _, l := range Warnings(v, at()) {
		all = append(all, l.String())
	}
	got := strings.Join(all, "\n")
	for _, want := range []string{"Evidence pending, 12 ahead", "It can be denied, not approved", "in doubt: its clock has no zone",
		"may have been raised at 09:04 as well", "Its time is over"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestArgumentsAreNeverShownWithoutTheirFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, what, file, path, args, want string }{
		{"arguments alone", "/S", "DriverUpdate.exe", `C:\Temp`, "/S", "DriverUpdate.exe /S"},
		{"file and arguments", "node install.js", "node", "/usr/bin", "install.js", "node install.js"},
		{"a line that begins with the file", "sudo apt-get install", "sudo", "/usr/bin", "sudo apt-get install", "sudo apt-get install"},
		{"a line that begins with the file's folder", `"C:\Tools\setup.exe" /q`, "setup.exe", `C:\Tools`, `"C:\Tools\setup.exe" /q`, `"C:\Tools\setup.exe" /q`},
		{"no arguments", "dsa.msc", "dsa.msc", "", "", "dsa.msc"},
		{"no file", "/quiet", "", "", "/quiet", "/quiet"},
		{"nothing", "", "", "", "", "not reported"},
	} {
		r := model.EndpointRequest{What: tt.what, Facts: app(model.KeyFile, tt.file, model.KeyPath, tt.path, model.KeyCommand, tt.args)}
		if got := Runs(r).String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestADeviceHasItsWholeID(t *testing.T) {
	t.Parallel()
	d := model.Device{ID: 1, DeviceID: "ad76aaedf0f4eb7597e6", Email: "kofi@example.com", State: model.EndpointPending}
	c := Device(workflow.DeviceView{DeviceRow: workflow.DeviceRow{Device: d}, Recent: make([]model.Device, 11)}, at())
	got := text(c.Sections...)
	for _, want := range []string{"Device id: ad76aaedf0f4eb7597e6", "IP: not reported", "no device of this address was seen before", "and 3 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestTheVaultSpeaksForItself(t *testing.T) {
	t.Parallel()
	events := Story([]workflow.TimelineEntry{
		{At: noon, Kind: model.EntryNote, Text: "the vault service: done\nand more"},
		{At: noon, Kind: model.EntryNote, Text: "an own note"},
		{At: noon, Who: "dana", Kind: model.EntryEvent, Text: "approved"},
	}, at())
	var got []string
	for _, e := range events {
		got = append(got, e.When+" "+e.What.String())
	}
	want := "10:04 the vault service: done| and more|10:04 the program: an own note|10:04 dana approved"
	if strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
