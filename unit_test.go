package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"countersign/config"
)

// TestTheUnitIsHardened asks systemd how exposed the service is that the unit
// describes, on its scale from 0 to 10, where it can be asked.
func TestTheUnitIsHardened(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "--threshold=20", "docs/countersign.service").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTheUnitDeliversTheCredentials holds the names of the unit against those that
// the program looks for.
func TestTheUnitDeliversTheCredentials(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("docs/countersign.service")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for line := range strings.Lines(string(unit)) {
		name, is := strings.CutPrefix(line, "LoadCredential=")
		if name, _, _ = strings.Cut(name, ":"); is {
			if err := os.WriteFile(dir+"/"+name, []byte("from systemd"), 0o400); err != nil {
				t.Fatal(err)
			}
		}
	}
	conf := dir + "/config.toml"
	if err := os.WriteFile(conf, []byte("[store]\ndir = \"/var/lib/countersign\"\n[vault]\nurl = \"http://localhost:1\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) { return dir, name == "CREDENTIALS_DIRECTORY" }
	c, err := config.Load(conf, env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Vault.APIKey(env); err == nil || !strings.Contains(err.Error(), "expected one word") {
		t.Errorf("the API key: %v", err) // what lies there has a blank
	}
	if id, err := c.Seal.Identity(env); err != nil || string(id) != "from systemd" {
		t.Errorf("the identity: %q, %v", id, err)
	}
}
