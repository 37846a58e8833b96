package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// TestSetupOnATerminal walks through the form as a new user does, in both sizes: with
// a key that may not do everything at first.
func TestSetupOnATerminal(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ width, height int }{{120, 36}, {80, 24}} {
		const apiKey = "0123456789012345678901234567890123456789012="
		sim, err := vaultsim.New(vaultsim.Options{Vault: vaultsim.Company(1, vaultsim.NewClock()).Vault, Keys: []vaultsim.Key{{Value: apiKey}}, RateLimit: "1000/minute"})
		if err != nil {
			t.Fatal(err)
		}
		address, err := sim.Start()
		if err != nil {
			t.Fatal(err)
		}
		sim.Forbid(apiKey, "one-time-share")
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		conf := filepath.Join(dir, "etc", "config.toml")
		term := startTerminal(t, size.width, size.height, "setup", "--config", conf)
		for _, step := range []struct{ wait, keys string }{
			{"page 1 of 6", "\r"},
			{"page 2 of 6", "\x15" + u.Hostname() + "\r\x15" + u.Port() + "\x13"},
			{"answers, and asks for a key", "\r"},
			{"page 3 of 6", "\r" + apiKey + "\r\r\r\x15Local\x13"},
			{"the key may not run one-time-share", "\r"}, // enter alone does not go on here
			{"c go on all the same", ""},
		} {
			term.wait(step.wait)
			term.typed(step.keys)
		}
		sim.Permit(apiKey, "one-time-share")
		term.typed("R")
		for _, step := range []struct{ wait, keys string }{
			{"enter go on", "\r"},
			{"page 4 of 6", "\r\r\r\rcasey@example.com\r"},
			{"page 5 of 6", "\x15" + filepath.Join(dir, "queue") + "\x13"},
			{"Nothing was changed so far", "\r"},
			{"further things are as they should be", "\r"},
		} {
			term.wait(step.wait)
			term.typed(step.keys)
		}
		if err := term.quit(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(conf)
		if err != nil || !strings.Contains(string(text), `url = "`+address+`"`) || strings.Contains(string(text), apiKey) {
			t.Errorf("%v\n%s", err, text)
		}
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	}
}
