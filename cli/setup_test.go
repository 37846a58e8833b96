package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"countersign/vaultclient/vaultsim"
)

// answersFile writes a file for --from that says what the clinic's [vault] says.
func (c *clinic) answersFile(more ...string) string {
	c.t.Helper()
	var b strings.Builder
	for _, key := range sortedKeys(c.vault) {
		value := strings.Trim(c.vault[key], `"`)
		switch key {
		case "url":
			key = "host"
		case "calls_per_minute":
			continue
		case "api_key_file", "encryption_key_file", "ca_file":
			value = filepath.Join(c.dir, value)
		}
		fmt.Fprintf(&b, "%s = %q\n", key, value)
	}
	fmt.Fprintf(&b, "admin_name = \"Casey\"\nadmin_email = \"casey@example.com\"\ndir = %q\nidentity = %q\n%s", c.path(""), filepath.Join(c.dir, "identity"), strings.Join(more, "\n"))
	c.write("answers.toml", b.String())
	return filepath.Join(c.dir, "answers.toml")
}

func (c *clinic) etc(path string) string { return filepath.Join(c.dir, "etc", path) }

// setup runs set-up for the configuration etc/config.toml.
func (c *clinic) setup(in io.Reader, args ...string) (Code, string) {
	c.t.Helper()
	var out bytes.Buffer
	code := Run(c.t.Context(), Invocation{Args: append([]string{"setup", "--config", c.etc("config.toml")}, args...), In: in, Out: &out, Err: &out,
		Env:   func(string) (string, bool) { return "", false },
		Login: func() (string, error) { return "casey", nil }, Now: time.Now, Zone: time.UTC})
	return code, out.String()
}

func (c *clinic) mode(path string) os.FileMode {
	c.t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		c.t.Fatal(err)
	}
	return info.Mode().Perm()
}

func (c *clinic) read(path string) string {
	c.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// backups are the old configurations that were kept.
func (c *clinic) backups() []string {
	c.t.Helper()
	found, err := filepath.Glob(c.etc("config.toml.*.bak"))
	if err != nil {
		c.t.Fatal(err)
	}
	return found
}

func TestSetupFromAFileSetsUpEverything(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	answers := c.answersFile()
	if code, out := c.setup(nil, "--from", answers, "--dry-run"); code != CodeOK || !strings.Contains(out, "nothing was changed") || !strings.Contains(out, "becomes the first admin") {
		t.Fatalf("dry run: %d\n%s", code, out)
	}
	if _, err := os.Stat(c.etc("")); err == nil {
		t.Fatal("a dry run has written something")
	}
	code, out := c.setup(nil, "--from", answers)
	if code != CodeOK || !strings.Contains(flat(out), "a search is answered: the service account svc-countersign@example.com sees") || strings.Count(out, "\nDone\n") != 1 {
		t.Fatalf("%d\n%s", code, out)
	}
	if m := c.mode(c.etc("config.toml")); m != 0o644 {
		t.Errorf("mode of the configuration %o", m)
	}
	if m := c.mode(filepath.Join(c.dir, "identity")); m != 0o600 {
		t.Errorf("mode of the identity %o", m)
	}
	first := c.read(c.etc("config.toml"))
	if strings.Contains(first, clinicKey) || !strings.Contains(first, `recipients = ["age1`) {
		t.Errorf("configuration:\n%s", first)
	}
	// What was set up works: the admin sees the queue, and doctor finds nothing wrong but the worker.
	code, found := c.doctorAt(c.etc("config.toml"))
	wrong := slices.DeleteFunc(wrongOnes(found), func(f checkJSON) bool { return f.State != "wrong" || f.Name == "worker.alive" })
	if len(wrong) > 0 {
		t.Errorf("doctor, %d: %+v", code, wrong)
	}
	// Again: nothing changes.
	if code, out = c.setup(nil, "--from", answers); code != CodeOK || !strings.Contains(flat(out), "stays as it is") || c.read(c.etc("config.toml")) != first || len(c.backups()) > 0 {
		t.Errorf("again: %d, %v\n%s", code, c.backups(), out)
	}
	// One answer otherwise: one line changes, and what was written by hand stays.
	byHand := strings.Replace(first, "[vault]\n", "[vault]\n# by hand\ncalls_per_minute = 500\n", 1) + "\n[ui]\nascii = true\n"
	if err := os.WriteFile(c.etc("config.toml"), []byte(byHand), 0o640); err != nil {
		t.Fatal(err)
	}
	c.chmod(c.etc("config.toml"), 0o640)
	c.write("answers.toml", "approval_group = \"Deciders\"\n")
	code, out = c.setup(nil, "--from", answers)
	want := strings.Replace(byHand, `group = "Vault Approvers"`, `group = "Deciders"`, 1)
	if got := c.read(c.etc("config.toml")); code != CodeOK || got != want {
		t.Errorf("one answer: %d\n%s\ngot\n%s\nwant\n%s", code, out, got, want)
	}
	if kept := c.backups(); len(kept) != 1 || c.read(kept[0]) != byHand || c.mode(kept[0]) != 0o640 || c.mode(c.etc("config.toml")) != 0o640 {
		t.Errorf("kept %v", kept)
	}
	if !strings.Contains(flat(out), "add group Deciders") {
		t.Errorf("the new group is not there:\n%s", out)
	}
}

// flat is a text without its line breaks, which depend on its width.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestSetupStopsAtEveryIllnessAndNamesTheRemedy walks set-up through what can be wrong
// with the service: nothing is written before the remedy, and everything after it.
func TestSetupStopsAtEveryIllnessAndNamesTheRemedy(t *testing.T) {
	t.Parallel()
	for _, ill := range illnesses() {
		if ill.state == "warning" {
			continue
		}
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, ill.opts)
			ill.fall(c)
			code, out := c.setup(nil, "--from", c.answersFile(), "--timeout", "1s")
			if code == CodeOK || !strings.HasPrefix(ill.check, "config.") && !strings.Contains(flat(out), ill.remedy) {
				t.Fatalf("%d, want %q:\n%s", code, ill.remedy, out)
			}
			if _, err := os.Stat(c.etc("")); err == nil {
				t.Error("something was written")
			}
			ill.mend(c)
			if code, out = c.setup(nil, "--from", c.answersFile()); code != CodeOK || !strings.Contains(flat(out), "a search is answered") {
				t.Errorf("after the remedy: %d\n%s", code, out)
			}
		})
	}
}

func TestSetupWritesAllTheSameWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.stop()
	defer c.start()
	code, out := c.setup(nil, "--from", c.answersFile(), "--anyway")
	if _, err := os.Stat(c.etc("config.toml")); err != nil || code != CodeOK {
		t.Errorf("%d, %v\n%s", code, err, out)
	}
}

func TestSetupRefusesAnswersThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, bad := range []struct{ line, want string }{
		{"hots = \"x\"", `unknown key "hots", did you mean "host"?`},
		{"port = \"abc\"\nhost = \"localhost\"", "port: a number from 1 to 65535"},
		{"admin_email = \"dana\"", "is not an e-mail address"},
		{"ca_file = \"/nowhere.pem\"\nhost = \"https://v.example.com:8900\"", "no such file"},
		{"host = \"http://192.0.2.1:8900\"", "http sends the key and every answer unencrypted"},
		{"timezone = \"Mars/Olympus\"", "is not a time zone"},
		{"approval_group = [\"a\"]", "has to be a text"},
		{"fingerprint = \"ab\"\nca_file = \"x\"", "exclude each other"},
		{"host = [", "answers.toml:"},
	} {
		c := newClinic(t, vaultsim.Options{})
		c.write("answers.toml", bad.line+"\n")
		code, out := c.setup(nil, "--from", filepath.Join(c.dir, "answers.toml"))
		if code != CodeUsage || !strings.Contains(out, bad.want) {
			t.Errorf("%s: %d, want %q:\n%s", bad.line, code, bad.want, out)
		}
		if _, err := os.Stat(c.etc("")); err == nil {
			t.Errorf("%s: something was written", bad.line)
		}
	}
}

func TestSetupOnAConfigurationThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	if err := os.Mkdir(c.etc(""), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.etc("config.toml"), []byte("[vault\nurl = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := c.setup(nil, "--from", c.answersFile())
	if code != CodeConfig || !strings.Contains(out, "this is not valid TOML") || !strings.Contains(out, "mend it, or move it away") {
		t.Errorf("%d\n%s", code, out)
	}
}

// TestSetupMendsAConfigurationThatIsWrong has an address that no configuration takes:
// the trouble of saving it is what set-up is for.
func TestSetupMendsAConfigurationThatIsWrong(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	if err := os.Mkdir(c.etc(""), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.etc("config.toml"), []byte("[store]\ndir = \"q\"\n[vault]\nurl = \"vault.example.com/api/v2\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := c.setup(nil, "--from", c.answersFile()); code != CodeOK || c.mode(c.etc("config.toml")) != 0o600 {
		t.Errorf("%d\n%s", code, out)
	}
}

// TestSetupWhereNothingCanBeWritten tries it on a disk that is full and on one that is
// read-only: each is a sentence, and set-up goes on when it is mended.
func TestSetupWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	for _, ill := range []struct {
		name, options, want string
		fall, mend          func(c *clinic)
	}{
		{"a full disk", "size=1m,mode=700", "the disk is full", func(c *clinic) {
			if err := os.WriteFile(c.path("filler"), make([]byte, 1<<20-64<<10), 0o600); err != nil {
				c.t.Fatal(err)
			}
		}, func(c *clinic) {
			if err := errors.Join(os.Remove(c.path("filler")), syscall.Mount("tmpfs", c.path(""), "tmpfs", syscall.MS_REMOUNT, "size=50m")); err != nil {
				c.t.Fatal(err)
			}
		}},
		{"a read-only disk", "size=50m,mode=700", "read-only", func(c *clinic) {
			if err := syscall.Mount("tmpfs", c.path(""), "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				c.t.Fatal(err)
			}
		}, func(c *clinic) {
			if err := syscall.Mount("tmpfs", c.path(""), "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
				c.t.Fatal(err)
			}
		}},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, vaultsim.Options{})
			c.onDisk(ill.options)
			ill.fall(c)
			code, out := c.setup(nil, "--from", c.answersFile())
			if code != CodeQueue || !strings.Contains(flat(out), ill.want) || !strings.Contains(out, "→") {
				t.Fatalf("%d\n%s", code, out)
			}
			if !strings.Contains(flat(out), "wrote "+c.etc("config.toml")) || strings.Contains(out, "nothing was written") || !strings.Contains(out, "run it again") {
				t.Errorf("what was done and what was not:\n%s", out)
			}
			ill.mend(c)
			if code, out = c.setup(nil, "--from", c.answersFile()); code != CodeOK || !strings.Contains(flat(out), "a search is answered") {
				t.Errorf("after the remedy: %d\n%s", code, out)
			}
		})
	}
}

// TestSetupByAnAccountThatMayNot says which account may, or what else to name.
func TestSetupByAnAccountThatMayNot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may do everything")
	}
	c := newClinic(t, vaultsim.Options{})
	c.chmod(filepath.Join(c.dir, "key"), 0o000)
	if code, out := c.setup(nil, "--from", c.answersFile()); code != CodeConfig || !strings.Contains(flat(out), "run this as the account that the worker is to run as") {
		t.Errorf("a key of another account: %d\n%s", code, out)
	}
	c.chmod(filepath.Join(c.dir, "key"), 0o600)
	answers := c.answersFile()
	c.chmod(c.dir, 0o500)
	defer c.chmod(c.dir, 0o700)
	if code, out := c.setup(nil, "--from", answers); code != CodeConfig || !strings.Contains(flat(out), "have that folder made for the account of the worker") {
		t.Errorf("a folder of another account: %d\n%s", code, out)
	}
}

func TestSetupAsksLineByLine(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	host, port, _ := strings.Cut(c.address, ":")
	lines := []string{
		host, "port", port, "2", // a wrong port is asked again; http
		"typed", clinicKey, c.etc("api-key"), "", "UTC",
		"", "", "", "Casey", "no address", "casey@example.com",
		c.path(""), filepath.Join(c.dir, "identity"), "1",
		"yes",
	}
	code, out := c.setup(strings.NewReader(strings.Join(lines, "\n") + "\n"))
	if code != CodeOK {
		t.Fatalf("%d\n%s", code, out)
	}
	for _, want := range []string{"a number from 1 to 65535", "is not an e-mail address", "service-create -p 8900", "a search is answered", "becomes the first admin", "wrote " + c.etc("config.toml")} {
		if !strings.Contains(flat(out), want) {
			t.Errorf("not said: %q\n%s", want, out)
		}
	}
	if strings.Contains(out, clinicKey) {
		t.Error("the key is shown")
	}
	if c.mode(c.etc("api-key")) != 0o600 || c.read(c.etc("api-key")) != clinicKey+"\n" {
		t.Error("the key is not in its file")
	}
	// Again, and everything as it stands; the end of the input leaves it.
	code, out = c.setup(strings.NewReader(strings.Repeat("\n", 40)))
	if code != CodeUsage || !strings.Contains(out, "set-up was left before its end") || len(c.backups()) > 0 {
		t.Errorf("an empty answer is no yes: %d\n%s", code, out)
	}
	code, out = c.setup(strings.NewReader(strings.Repeat("\n", 11) + "yes\n"))
	if code != CodeOK || !strings.Contains(flat(out), "stays as it is") {
		t.Errorf("as it stands: %d\n%s", code, out)
	}
}

// TestSetupAsksForAnotherHost: what is wrong with an answer is said where it is asked,
// and not before that.
func TestSetupAsksForAnotherHost(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	for _, way := range []struct {
		lines []string
		want  string
	}{
		{[]string{"vault.invalid", "99999", "8900", "http", "no", "yes"}, "knocking at the service…"},
		{[]string{"vault.invalid", "8900", "https", "system"}, "knocking at the service…"},
		{[]string{"vault.invalid:8900", "vault.invalid", "8900", "https", "system"}, "knocking at the service…"},
		{[]string{"http://vault.invalid:8900", "no", "yes"}, "knocking at the service…"},
	} {
		_, out := c.setup(strings.NewReader(strings.Join(way.lines, "\n") + "\n"))
		if !strings.Contains(out, way.want) {
			t.Errorf("%q:\n%s", way.lines, out)
		}
	}
}

// TestSetupEndsWithTheSearchWhereItWasTriedAgain: at the limit that the service is
// created with, a key that lacked something is tried twice within a minute.
func TestSetupEndsWithTheSearchWhereItWasTriedAgain(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{RateLimit: "60/minute"})
	host, port, _ := strings.Cut(c.address, ":")
	key := []string{"typed", clinicKey, c.etc("api-key"), "", "UTC"}
	before := slices.Concat([]string{host, port, "http"}, key, []string{"no"}) // not on all the same
	after := slices.Concat(key, []string{"", "", "", "Casey", "casey@example.com", c.path(""), filepath.Join(c.dir, "identity"), "1", "yes"})
	c.sim.Forbid(clinicKey, "epm")
	code, out := c.setup(io.MultiReader(strings.NewReader(strings.Join(before, "\n")+"\n"), whenRead(func() { c.sim.Permit(clinicKey, "epm") }),
		strings.NewReader(strings.Join(after, "\n")+"\n")))
	if code != CodeOK || !strings.Contains(flat(out), "a search is answered: the service account svc-countersign@example.com sees") || strings.Count(out, "✗") != 1 {
		t.Errorf("%d\n%s", code, out)
	}
}

// whenRead is an empty input that does something when its turn has come.
type whenRead func()

func (f whenRead) Read([]byte) (int, error) { f(); return 0, io.EOF }

// TestSetupTakesTheKeyWithoutEcho types it on a terminal that cannot be drawn on.
func TestSetupTakesTheKeyWithoutEcho(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	keyboard, tty, screen := terminal(t)
	host, port, _ := strings.Cut(c.address, ":")
	code := make(chan Code, 1)
	go func() {
		code <- Run(t.Context(), Invocation{Args: []string{"setup", "--config", c.etc("config.toml")}, In: tty, Out: tty, Err: tty,
			Env:   func(name string) (string, bool) { return map[string]string{"TERM": "dumb"}[name], name == "TERM" },
			Login: func() (string, error) { return "casey", nil }, Now: time.Now, Zone: time.UTC})
	}()
	for _, step := range []struct{ wait, typed string }{
		{"Host (a name or an address)", host}, {"Port (", port}, {"number: ", "http"},
		{"it is in a file", "typed"}, {"it is not shown): ", clinicKey},
		{"Its file", c.etc("api-key")}, {"Encryption (", ""}, {"Time zone (", "UTC"}, {"Approvers (", ""}, {"Fulfilment (", ""}, {"First admin (", ""}, {"Name (", ""},
		{"Address (of the Keeper", "casey@example.com"}, {"Queue (", c.path("")}, {"Worker's key (", filepath.Join(c.dir, "identity")}, {"inside the console", "separate"},
		{"Do this?", "yes"},
	} {
		if err := screen.until(t.Context(), step.wait); err != nil {
			t.Fatal(err)
		}
		if step.typed == clinicKey {
			untilSilent(t, tty)
		}
		if _, err := keyboard.WriteString(step.typed + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-code; got != CodeOK {
		t.Fatalf("exit code %d", got)
	}
	if err := screen.until(t.Context(), "a search is answered"); err != nil {
		t.Error(err)
	}
	if strings.Contains(screen.String(), clinicKey) {
		t.Error("the key is on the screen")
	}
	if c.read(c.etc("api-key")) != clinicKey+"\n" {
		t.Error("the key is not in its file")
	}
}

// untilSilent returns once a terminal does not echo what is typed.
func untilSilent(t *testing.T, tty *os.File) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		var now syscall.Termios
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TCGETS, uintptr(unsafe.Pointer(&now))); errno != 0 {
			t.Fatal(errno)
		}
		if now.Lflag&syscall.ECHO == 0 {
			return
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatal("the terminal goes on to echo")
		}
	}
}
