package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

func TestWaitingTellsAPromptWhatThereIs(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	if code, _, errs := c.run("waiting", "--count"); code != CodeQueue || !strings.Contains(errs, "there is no queue yet") {
		t.Errorf("without a queue: %d %s", code, errs)
	}
	if _, err := os.Stat(c.path("")); err == nil {
		t.Error("a prompt has made a queue")
	}
	c.apply()
	c.login = "dana"
	for _, calm := range []struct {
		args []string
		code Code
		out  string
	}{{[]string{"waiting"}, CodeOK, ""}, {[]string{"waiting", "--count"}, CodeOK, "0\n"}, {[]string{"waiting", "--quiet"}, CodeNothing, ""}} {
		if code, out, errs := c.run(calm.args...); code != calm.code || out != calm.out || errs != "" {
			t.Errorf("%v: %d %q %q", calm.args, code, out, errs)
		}
	}
	c.order("olga")
	c.login = "dana"
	for _, busy := range []struct {
		args []string
		out  string
	}{{[]string{"waiting"}, "countersign: 1 approval waits for you\n"}, {[]string{"waiting", "--count"}, "1\n"}, {[]string{"waiting", "--quiet"}, ""}} {
		if code, out, errs := c.run(busy.args...); code != CodeOK || out != busy.out || errs != "" {
			t.Errorf("%v: %d %q %q", busy.args, code, out, errs)
		}
	}
	if _, out, _ := c.run("waiting", "--json"); !strings.Contains(out, `"approvals": 1`) || !strings.Contains(out, `"total": 1`) {
		t.Errorf("JSON: %s", out)
	}
	c.order("olga")
	c.login = "dana"
	if _, out, _ := c.run("waiting"); out != "countersign: 2 approvals wait for you\n" {
		t.Errorf("two: %q", out)
	}
	c.login = "stranger"
	if code, out, _ := c.run("waiting", "--count"); code != CodeNotAllowed || out != "" {
		t.Errorf("a stranger: %d %q", code, out)
	}
}

// program writes a script that keeps what it is told, and returns its path.
func (c *clinic) program(text string) string {
	c.t.Helper()
	path := filepath.Join(c.dir, "tell")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		c.t.Fatal(err)
	}
	return path
}

func TestNotifyTestRunsTheProgramAsTheWorkerWould(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	if code, _, errs := c.run("notify", "test"); code != CodeUsage || !strings.Contains(errs, "[notify] command") {
		t.Errorf("without a program: %d %s", code, errs)
	}
	c.env["SECRET"], c.env["PATH"] = "api key", os.Getenv("PATH")
	got := filepath.Join(c.dir, "got")
	path := c.program(`cat > "$1"; env >> "$1"; echo "$#" >> "$1"; pwd >> "$1"` + "\n")
	c.more = "[notify]\ncommand = [\"" + path + "\", \"" + got + "\", \"$(id)\"]\n"
	if code, out, errs := c.run("notify", "test"); code != CodeOK || !strings.Contains(out, "has taken it") {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	text, err := os.ReadFile(got)
	if err != nil || !strings.Contains(string(text), `"event":"test"`) || strings.Contains(string(text), "api key") || !strings.HasSuffix(string(text), "2\n/\n") {
		t.Errorf("told %s, %v", text, err)
	}
	c.program("echo the mail server is away >&2; exit 3\n")
	if code, _, errs := c.run("notify", "test"); code != CodeFailure || !strings.Contains(errs, "the mail server is away") {
		t.Errorf("a program that fails: %d %s", code, errs)
	}
}

func TestDoctorKnowsTheProgramThatIsTold(t *testing.T) {
	t.Parallel()
	for _, ill := range []struct {
		name, remedy string
		fall, mend   func(c *clinic, path string)
	}{
		{"it is not there", "right path", func(c *clinic, path string) { _ = os.Remove(path) }, func(c *clinic, _ string) { c.program("exit 0\n") }},
		{"it is no program", "mode 755", func(c *clinic, path string) { c.chmod(path, 0o644) }, func(c *clinic, path string) { c.chmod(path, 0o755) }},
		{"others may change it", "mode 755", func(c *clinic, path string) { c.chmod(path, 0o777) }, func(c *clinic, path string) { c.chmod(path, 0o755) }},
	} {
		t.Run(ill.name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, vaultsim.Options{})
			path := c.program("exit 0\n")
			c.more = "[notify]\ncommand = [\"" + path + "\"]\n"
			ill.fall(c, path)
			_, found := c.doctor("--offline")
			if f := mustFindOne(t, found, "notify.command"); f.State != "wrong" || !strings.Contains(f.Remedy, ill.remedy) {
				t.Fatalf("found %+v", f)
			}
			ill.mend(c, path)
			if _, found = c.doctor("--offline"); mustFindOne(t, found, "notify.command").State != "ok" {
				t.Errorf("after the remedy: %+v", found)
			}
		})
	}
}

// TestProgramThatDoesNotEndIsEnded has the program start another one: both are gone
// when the time is over.
func TestProgramThatDoesNotEndIsEnded(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	pids := filepath.Join(c.dir, "pids")
	path := c.program("sleep 1000 &\necho $! > " + pids + ".new\nmv " + pids + ".new " + pids + "\nwait\n")
	a := &app{Invocation: Invocation{Env: os.LookupEnv}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(chan error, 1)
	go func() { told <- a.tellOutside(ctx, []string{path}, workflow.Event{ID: "x"}) }()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	pid := 0
	for pid == 0 {
		text, err := os.ReadFile(pids)
		if err == nil {
			if pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
				t.Fatal(err)
			}
			break
		}
		select {
		case <-ticker.C:
		case err := <-told:
			t.Fatalf("it ended by itself: %v", err)
		}
	}
	cancel()
	if err := <-told; err == nil || !strings.Contains(err.Error(), "did not end in time") {
		t.Errorf("told: %v", err)
	}
	for {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(state), ") Z ") {
			return // it is gone, or nobody has looked at its end yet
		}
		select {
		case <-ticker.C:
		case <-t.Context().Done():
			t.Fatal("what the program has started goes on")
		}
	}
}
