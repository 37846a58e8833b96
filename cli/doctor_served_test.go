package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
)

// TestDoctorOverSSHIsForThoseWhoHelp runs it for people who are elsewhere: they see
// what is in the queue, if they may, and nothing of the host.
func TestDoctorOverSSHIsForThoseWhoHelp(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.apply()
	number := c.order("olga")
	c.run("version") // writes the configuration
	host := &app{Invocation: Invocation{Env: func(string) (string, bool) { return "", false }, Now: time.Now, Zone: time.UTC}, configPath: c.dir + "/config.toml"}
	q, err := host.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := q.close(); err != nil {
			t.Error(err)
		}
	}()
	call := func(login string, args ...string) (Code, string) {
		var out bytes.Buffer
		code := Run(t.Context(), Invocation{Args: args, In: &bytes.Buffer{}, Out: &out, Err: &out, Env: func(string) (string, bool) { return "", false },
			Login: func() (string, error) { return login, nil }, Now: time.Now, Zone: time.UTC, Remote: true, served: q})
		return code, out.String()
	}
	code, out := call("casey", "doctor")
	if code != CodeVaultAway || !strings.Contains(out, "no worker is alive") || strings.Contains(out, "Configuration") || strings.Contains(out, "Vault service") {
		t.Errorf("an admin: %d\n%s", code, out)
	}
	if code, out = call("casey", "doctor", "--request", number, "--person", "erin"); code != CodeOK || !strings.Contains(out, "erin can decide") {
		t.Errorf("an admin asks about a request: %d\n%s", code, out)
	}
	for _, args := range [][]string{{"doctor"}, {"doctor", "--request", number, "--person", "erin"}} {
		if code, out = call("olga", args...); code != CodeNotAllowed || strings.Contains(out, "erin") || strings.Contains(out, "Queue") {
			t.Errorf("a requestor, %v: %d\n%s", args, code, out)
		}
	}
	if code, out = call("dana", "waiting"); code != CodeOK || !strings.Contains(out, "1 approval waits for you") {
		t.Errorf("what waits: %d\n%s", code, out)
	}
	for _, args := range [][]string{{"setup"}, {"setup", "--service"}, {"notify", "test"}} {
		if code, out = call("casey", args...); code != CodeUsage || !strings.Contains(out, "not served over SSH") {
			t.Errorf("%v: %d\n%s", args, code, out)
		}
	}
}
