package config

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestEditChangesOnlyWhatIsChanged(t *testing.T) {
	t.Parallel()
	const was = "# mine\n[store]\ndir = \"/q\" # here\n\n[vault]\nurl = \"http://127.0.0.1:1\"\n# fingerprint = \"AB:CD:…\"\n# more\n\n[seal]\nrecipients = [\n  \"a\",\n  \"b\",\n]\n[[epm.rule]]\nname = \"x\"\n"
	for _, one := range []struct {
		name    string
		changes []Change
		want    string
	}{
		{"nothing", nil, was},
		{"a value", []Change{{"vault", "url", "https://v:8900"}}, strings.Replace(was, "http://127.0.0.1:1", "https://v:8900", 1)},
		{"a new key below its comment", []Change{{"vault", "fingerprint", "ab"}}, strings.Replace(was, "CD:…\"\n", "CD:…\"\nfingerprint = \"ab\"\n", 1)},
		{"a new key", []Change{{"vault", "calls_per_minute", 10}}, strings.Replace(was, ":1\"\n", ":1\"\ncalls_per_minute = 10\n", 1)},
		{"a new section", []Change{{"worker", "mode", "console"}}, was + "\n[worker]\nmode = \"console\"\n"},
		{"a list over several lines", []Change{{"seal", "recipients", []string{"c"}}}, strings.Replace(was, "[\n  \"a\",\n  \"b\",\n]", "[\"c\"]", 1)},
		{"a key taken out", []Change{{"vault", "url", nil}}, strings.Replace(was, "url = \"http://127.0.0.1:1\"\n", "", 1)},
		{"a key that is not there taken out", []Change{{"vault", "ca_file", nil}}, was},
		{"a value that needs quotes", []Change{{"approval", "group", "a \"b\" \\ c\nd"}}, was + "\n[approval]\ngroup = \"a \\\"b\\\" \\\\ c\\nd\"\n"},
	} {
		got, err := Edit(was, one.changes)
		if err != nil || got != one.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", one.name, err, got, one.want)
		}
	}
}

func TestEditRefusesWhatItWouldSpoil(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"dotted keys":   "vault.url = \"http://127.0.0.1:1\"\n",
		"a table in it": "vault = {url = \"http://127.0.0.1:1\"}\n",
	} {
		if _, err := Edit(text, []Change{{"vault", "url", "http://127.0.0.1:2"}}); !errors.Is(err, ErrByHand) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Edit("[vault", nil); err == nil {
		t.Error("a text that is not valid was changed")
	}
}

func TestEditOfTheExample(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../config.toml.example")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Edit(string(b), []Change{{"vault", "ca_file", "/etc/ca.pem"}, {"approval", "group", "Mine"}, {"worker", "mode", "console"}, {"seal", "identity", "/i"}})
	if err != nil {
		t.Fatal(err)
	}
	if extra := strings.Count(got, "\n") - strings.Count(string(b), "\n"); extra != 4 {
		t.Errorf("%d lines were added", extra)
	}
	for _, pair := range []string{"# mode = \"separate\"\nmode = \"console\"\n", "# ca_file = \"/etc/countersign/vault-ca.pem\"\nca_file = \"/etc/ca.pem\"\n", "# group = \"Vault Approvers\"\ngroup = \"Mine\"\n"} {
		if !strings.Contains(got, pair) {
			t.Errorf("not below its comment: %q", pair)
		}
	}
}

func FuzzEditKeepsEverythingElse(f *testing.F) {
	f.Add("[vault]\nurl = \"x\"\n# url = 1\n[a]\nb = [1,\n2]\n", "https://x")
	f.Fuzz(func(t *testing.T, text, value string) {
		got, err := Edit(text, []Change{{"vault", "url", value}})
		if err != nil {
			return
		}
		back, err := Edit(got, []Change{{"vault", "url", nil}})
		if err != nil {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
		if strings.Contains(back, "url") && !strings.Contains(text, "url") {
			t.Errorf("%q became %q, then %q", text, got, back)
		}
	})
}
