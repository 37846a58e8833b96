package config

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

// minimal is the smallest file that is accepted.
const minimal = `
[store]
dir = "/var/lib/countersign"
[vault]
url = "https://vault.example.com:8900"
`

// write puts a configuration with mode 0600 into a folder of its own.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// env is an environment of the given variables.
func env(vars map[string]string) Env {
	return func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}
}

func home() Env { return env(map[string]string{"HOME": "/home/dana"}) }

func load(t *testing.T, text string) Config {
	t.Helper()
	c, err := Load(write(t, text), home())
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

func TestMinimalFileGetsEveryDefault(t *testing.T) {
	t.Parallel()
	c := load(t, minimal)
	if c.Store.Dir != "/var/lib/countersign" || c.Store.Shared {
		t.Errorf("store = %+v", c.Store)
	}
	if v := c.Vault; v.URL != "https://vault.example.com:8900" || v.CallsPerMinute != 55 ||
		v.Deadline != 2*time.Minute || v.EPMWord != EPM || v.Zone != time.Local || v.Version != "" {
		t.Errorf("vault = %+v", v)
	}
	if c.Worker.Mode != WorkerSeparate {
		t.Errorf("worker mode = %q", c.Worker.Mode)
	}
	if c.UI != (UI{Theme: ThemeAuto, Mouse: true, FPS: 60, Notify: NotifyAuto}) {
		t.Errorf("ui = %+v", c.UI)
	}
	if c.Log != (Log{Level: slog.LevelInfo, Keep: 30 * 24 * time.Hour, Most: 2 << 30}) {
		t.Errorf("log = %+v", c.Log)
	}
	want := model.PolicyStep{Group: "Vault Approvers", Mode: model.AnyOne}
	if p := c.Policy; len(p.Steps) != 1 || p.Steps[0] != want || p.DueIn != model.For(7*24*time.Hour) ||
		p.Overdue != model.OverdueExpire || p.FulfilGroup != "Vault Admins" || p.Fulfilment != model.FulfilByTask {
		t.Errorf("policy = %+v", p)
	}
	if len(c.Policies) != 0 {
		t.Errorf("policies = %v, want none", c.Policies)
	}
}

func TestPathsAreResolved(t *testing.T) {
	t.Parallel()
	path := write(t, `
[store]
dir = "queue"
[vault]
url = "http://127.0.0.1:8900/"
api_key_file = "~/keys/api"
ca_file = "/etc/../etc/ca.pem"
`)
	// The address is http, so the authority is refused; look at it alone.
	_, err := Load(path, home())
	if err == nil || !strings.Contains(err.Error(), "ca_file and fingerprint are about https") {
		t.Fatalf("err = %v", err)
	}
	path = write(t, strings.Replace(minimal, "/var/lib/countersign", "queue/../q", 1)+
		"api_key_file = \"~/keys/api\"\nca_file = \"/etc/../etc/ca.pem\"\n")
	c, err := Load(path, home())
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(path), "q"); c.Store.Dir != want {
		t.Errorf("dir = %q, want %q", c.Store.Dir, want)
	}
	if c.Vault.key.file != "/home/dana/keys/api" || c.Vault.CAFile != "/etc/ca.pem" {
		t.Errorf("key file = %q, authority = %q", c.Vault.key.file, c.Vault.CAFile)
	}
}

func TestVaultSection(t *testing.T) {
	t.Parallel()
	c := load(t, `
[store]
dir = "/q"
[vault]
url = "http://vault.internal:8900/keeper/"
plain_http = true
api_key_env = "KEY"
timezone = "Europe/Berlin"
calls_per_minute = 10
deadline = "90 s"
version = "17.2.8"
epm_word = "pedm"
`)
	v := c.Vault
	if v.URL != "http://vault.internal:8900/keeper" {
		t.Errorf("url = %q", v.URL)
	}
	if v.key.variable != "KEY" || v.Zone.String() != "Europe/Berlin" || v.CallsPerMinute != 10 ||
		v.Deadline != 90*time.Second || v.Version != "17.2.8" || v.EPMWord != PEDM {
		t.Errorf("vault = %+v", v)
	}
	c = load(t, minimal+`fingerprint = "AB:CD:`+strings.Repeat("00:", 29)+`EF"`)
	if want := "abcd" + strings.Repeat("00", 29) + "ef"; c.Vault.Fingerprint != want {
		t.Errorf("fingerprint = %q, want %q", c.Vault.Fingerprint, want)
	}
}

func TestItemsTakeOverWhatTheyLeaveOut(t *testing.T) {
	t.Parallel()
	c := load(t, minimal+`
[approval]
group = "Leads"
mode = "n_of"
needed = 2
due_in = "1 d 12 h"
fulfiller_differs = true
[item.record-access]
needed = 3
fulfilment = "automatic"
[item.login]
due_in = "never"
[[item.ssh-key.steps]]
group = "One"
[[item.ssh-key.steps]]
group = "Two"
mode = "all"
`)
	for _, tt := range []struct {
		name string
		got  model.Policy
		want model.Policy
	}{
		{"default", c.Policy, model.Policy{
			Steps: []model.PolicyStep{{Group: "Leads", Mode: model.NOf, Needed: 2}}, DueIn: model.For(36 * time.Hour),
			Overdue: model.OverdueExpire, FulfilGroup: "Vault Admins",
			Fulfilment: model.FulfilByTask, FulfillerDiffers: true}},
		{"one key of the step", c.Policies[model.ItemRecordAccess], model.Policy{
			Steps: []model.PolicyStep{{Group: "Leads", Mode: model.NOf, Needed: 3}}, DueIn: model.For(36 * time.Hour),
			Overdue: model.OverdueExpire, FulfilGroup: "Vault Admins",
			Fulfilment: model.FulfilAutomatic, FulfillerDiffers: true}},
		{"no due date", c.Policies[model.ItemLogin], model.Policy{
			Steps: []model.PolicyStep{{Group: "Leads", Mode: model.NOf, Needed: 2}}, DueIn: model.Permanent,
			Overdue: model.OverdueExpire, FulfilGroup: "Vault Admins",
			Fulfilment: model.FulfilByTask, FulfillerDiffers: true}},
		{"steps of its own", c.Policies[model.ItemSSHKey], model.Policy{
			Steps: []model.PolicyStep{{Group: "One", Mode: model.AnyOne}, {Group: "Two", Mode: model.All}},
			DueIn: model.For(36 * time.Hour), Overdue: model.OverdueExpire,
			FulfilGroup: "Vault Admins", Fulfilment: model.FulfilByTask, FulfillerDiffers: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !samePolicy(tt.got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", tt.got, tt.want)
			}
		})
	}
	if len(c.Policies) != 3 {
		t.Errorf("%d items have policies, want 3", len(c.Policies))
	}
}

func TestRulesAreForSomeRequestsOnly(t *testing.T) {
	t.Parallel()
	c := load(t, minimal+`
[approval]
group = "Leads"
overdue = "remind"
emergency = "On Call"
[item.record-access]
denials = 2
[[approval.when]]
items = ["record-access", "folder-access"]
rights = ["owner"]
group = "Security"
mode = "n_of"
needed = 2
emergency = ""
[[approval.when]]
longer_than = "7 d"
overdue = "escalate"
escalate_to = "Board"
`)
	day := 24 * time.Hour
	asked := func(r model.Right, l model.Limit) model.Access { return model.Access{Right: r, Limit: l} }
	for _, tt := range []struct {
		name  string
		item  model.ItemKey
		asked model.Access
		step  model.PolicyStep
		over  model.OverdueAction
		group model.GroupName // for emergencies
	}{
		{"none fits", model.ItemFolderAccess, asked(model.RightNone, model.For(7*day)), model.PolicyStep{Group: "Leads", Mode: model.AnyOne}, model.OverdueRemind, "On Call"},
		{"none fits, an item of its own", model.ItemRecordAccess, asked(model.RightView, model.For(day)), model.PolicyStep{Group: "Leads", Mode: model.AnyOne, Denied: 2}, model.OverdueRemind, "On Call"},
		{"by right, before the one by time", model.ItemRecordAccess, asked(model.RightOwner, model.Permanent), model.PolicyStep{Group: "Security", Mode: model.NOf, Needed: 2, Denied: 2}, model.OverdueRemind, ""},
		{"by time", model.ItemRecordAccess, asked(model.RightView, model.For(8*day)), model.PolicyStep{Group: "Leads", Mode: model.AnyOne, Denied: 2}, model.OverdueEscalate, "On Call"},
		{"permanent is longer", model.ItemFolderAccess, asked(model.RightNone, model.Permanent), model.PolicyStep{Group: "Leads", Mode: model.AnyOne}, model.OverdueEscalate, "On Call"},
		{"nothing is granted", model.ItemLogin, model.Access{}, model.PolicyStep{Group: "Leads", Mode: model.AnyOne}, model.OverdueRemind, "On Call"},
	} {
		own, ok := c.Policies[tt.item]
		if !ok {
			own = c.Policy
		}
		p := model.PolicyFor(c.Rules[tt.item], own, tt.asked, time.Now())
		if len(p.Steps) != 1 || p.Steps[0] != tt.step || p.Overdue != tt.over || p.Emergency != tt.group {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
}

func samePolicy(a, b model.Policy) bool {
	if len(a.Steps) != len(b.Steps) {
		return false
	}
	for i := range a.Steps {
		if a.Steps[i] != b.Steps[i] {
			return false
		}
	}
	a.Steps, b.Steps = nil, nil
	return a.DueIn == b.DueIn && a.Overdue == b.Overdue &&
		a.FulfilGroup == b.FulfilGroup && a.Fulfilment == b.Fulfilment && a.FulfillerDiffers == b.FulfillerDiffers
}

func TestMissingFileIsNotAnError(t *testing.T) {
	t.Parallel()
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"), home())
	var problems *Error
	if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &problems) {
		t.Errorf("err = %v, want one that is fs.ErrNotExist and no list of problems", err)
	}
}

func TestFolderInsteadOfAFile(t *testing.T) {
	t.Parallel()
	if _, err := Load(t.TempDir(), home()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("err = %v", err)
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Load(write(t, minimal+strings.Repeat("# more\n", maxFile/7)), home())
	if err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("err = %v", err)
	}
}

func TestFindTakesTheFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(path string) string {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	xdg := put(filepath.Join(dir, "xdg", "countersign", "config.toml"))
	inHome := put(filepath.Join(dir, "home", ".config", "countersign", "config.toml"))
	for _, tt := range []struct {
		name string
		vars map[string]string
		want string
	}{
		{"the variable wins, even where nothing is", map[string]string{"COUNTERSIGN_CONFIG": "/nowhere.toml", "HOME": filepath.Join(dir, "home")}, "/nowhere.toml"},
		{"then the XDG folder", map[string]string{"XDG_CONFIG_HOME": filepath.Join(dir, "xdg"), "HOME": filepath.Join(dir, "home")}, xdg},
		{"an empty XDG folder leads on to the home folder", map[string]string{"XDG_CONFIG_HOME": dir, "HOME": filepath.Join(dir, "home")}, inHome},
		{"a relative XDG folder is ignored", map[string]string{"XDG_CONFIG_HOME": "xdg", "HOME": filepath.Join(dir, "home")}, inHome},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := Find(env(tt.vars)); got != tt.want || err != nil {
				t.Errorf("Find = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	if _, err := os.Stat(systemFile); errors.Is(err, fs.ErrNotExist) {
		if _, err := Find(env(nil)); !errors.Is(err, ErrNoConfig) {
			t.Errorf("without any file: err = %v, want ErrNoConfig", err)
		}
	}
	if got := Places(env(map[string]string{"HOME": "/h"})); len(got) != 2 || got[1] != systemFile {
		t.Errorf("Places = %v", got)
	}
}
