package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/cli"
	"countersign/safetext"
	"countersign/vaultclient/vaultsim"
)

// says runs a command and holds that what it says is clean.
func says(t *testing.T, what string, env map[string]string, in string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cli.Run(ctx, cli.Invocation{Args: args, In: strings.NewReader(in), Out: &out, Err: &out,
		Env: func(name string) (string, bool) { v, set := env[name]; return v, set }, Login: func() (string, error) { return "casey", nil },
		Now: time.Now, Zone: time.UTC})
	if why := unclean(out.String()); why != "" {
		t.Errorf("%s: %s", what, why)
	}
	return out.String()
}

// keysOfConfig are the keys of the example of a configuration that take a text.
var keysOfConfig = regexp.MustCompile(`(?m)^# ?([a-z_]+) = "|^([a-z_]+) = "|^#? ?(\[[a-z.]+\])$`)

// TestTortureTextFromOutside has tricks in arguments, in the environment, in names of
// files and in a configuration: what is said of them is drawn by name.
func TestTortureTextFromOutside(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	conf := c.written(func(k column) string { return k.mark })
	dir := filepath.Dir(conf)
	example, err := os.ReadFile("config.toml.example")
	if err != nil {
		t.Fatal(err)
	}
	named, apart := 0, 1 // of how many pairs of a trick and a key one is played
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		apart = 7
	default:
		apart = 31
	}
	for i, k := range tricks() {
		if apart > 7 && i%6 > 0 {
			continue
		}
		drawn := safetext.Line(k.text).String()
		tell := func(what string, env map[string]string, in string, args ...string) {
			t.Helper()
			if out := says(t, k.name+": "+what, env, in, args...); strings.Contains(out, drawn) && drawn != k.text {
				named++
			}
		}
		for _, args := range [][]string{
			{"show", k.text}, {k.text}, {"list", k.text}, {"list", "waiting", k.text + ":x"}, {"list", "all", "state:" + k.text}, {"approve", k.text}, {"logs", "--component", k.text},
			{"people", "show", k.text}, {"people", "apply", filepath.Join(dir, k.text)}, {"people", "key", "list", k.text}, {"epm", "show", k.text}, {"device", "show", k.text},
			{"request", k.text}, {"request", "login", "--field", k.text + "=x"}, {"request", "login", "--secret", "password=@" + k.text}, {"backup", filepath.Join(dir, k.text, "b")},
			{"list", "--" + k.text}, {"help", k.text}, {"support", "bundle", filepath.Join(dir, k.text, "b")}, {"audit", "verify", "--heads", k.text}, {"privacy", "export", k.text},
			{"completion", k.text}, {"keygen", filepath.Join(dir, k.text, "b")}, {"search", "record", k.text},
		} {
			if strings.ContainsRune(strings.Join(args, ""), 0) {
				continue // no process gets it
			}
			tell(args[0], nil, "", append(args, "--config", conf)...)
		}
		tell("a configuration's name", nil, "", "list", "--config", filepath.Join(dir, k.text))
		tell("a configuration's name in the environment", map[string]string{"COUNTERSIGN_CONFIG": filepath.Join(dir, k.text)}, "", "list")
		tell("a home", map[string]string{"HOME": filepath.Join(dir, k.text), "XDG_CONFIG_HOME": k.text}, "", "list")
		for what, text := range map[string]string{
			"a line that is no TOML": k.text, "a key": fmt.Sprintf("[store]\n%q = 1\n", k.text), "a section": fmt.Sprintf("[%q]\nx = 1\n", k.text), "a comment": "# " + k.text + "\n[store]\nx\n",
		} {
			tell(what, nil, text, "list", "--config", c.file(dir, fmt.Sprintf("c%d.toml", i), text))
		}
		section := ""
		for j, m := range keysOfConfig.FindAllStringSubmatch(string(example), -1) {
			if m[3] != "" {
				section = m[3]
				continue
			}
			if (i+j)%apart > 0 {
				continue
			}
			key := m[1] + m[2]
			text := fmt.Sprintf("%s\n%s = %s\n", section, key, tomlString(k.text))
			if section != "[store]" {
				text = "[store]\ndir = \"queue\"\n" + text
			}
			path := c.file(dir, "k.toml", text)
			tell(section+" "+key, map[string]string{"NO_COLOR": "1"}, "", "doctor", "--offline", "--config", path)
			tell(section+" "+key, nil, "", "list", "--config", path)
		}
		// A people file, its own name in the way.
		people := c.file(dir, "people.toml", fmt.Sprintf("[[people]]\nlogin = %s\nname = %[1]s\nemail = %[1]s\nroles = [%[1]s]\n[[groups]]\nname = %[1]s\nmembers = [%[1]s]\n", tomlString(k.text)))
		tell("a people file", nil, "", "people", "apply", people, "--dry-run", "--config", conf)
	}
	if named < 100 {
		t.Errorf("only %d of the texts were told at all", named)
	}
	t.Logf("%d texts were told, drawn by name", named)
}

// tomlString is a text in TOML, as far as that can carry it.
func tomlString(text string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(text, "\ufffd") {
		if r < 0x20 || r == 0x7f || r == '"' || r == '\\' {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return `"` + b.String() + `"`
}

func (c *company) file(dir, name, text string) string {
	c.t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

const serviceKey = "0123456789012345678901234567890123456789012="

// changedService is a vault service of which each answer can be changed.
func changedService(t *testing.T, change func(*http.Response)) http.Handler {
	t.Helper()
	sim, err := vaultsim.New(vaultsim.Options{Vault: vaultsim.Company(1, vaultsim.NewClock()).Vault, Keys: []vaultsim.Key{{Value: serviceKey}}, RateLimit: "10000/minute"})
	if err != nil {
		t.Fatal(err)
	}
	address, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	behind, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(behind)
	proxy.ModifyResponse = func(r *http.Response) error { change(r); return nil }
	return proxy
}

// answersAt are the parts of the service that doctor and a worker's check ask, by their
// path. The result of an order they do not fetch.
func answersAt() []string {
	return []string{"/health", "/api/v2/queue/status", "/api/v2/executecommand-async", "/api/v2/status/", "/api/v1/executecommand"}
}

// TestTortureTextOfTheService has each part of the vault service answer with tricks, in
// each shape: what doctor and a worker say of it, and what is in the log and in the
// traffic afterwards, is drawn by name.
func TestTortureTextOfTheService(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	all := tricks()
	if os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == "" {
		all = all[:1]
	} else if os.Getenv("COUNTERSIGN_LONG") == "" {
		all = all[:8]
	}
	played, told := 0, map[string]int{}
	for i, k := range all {
		conf := c.written(func(k column) string { return k.mark })
		dir := filepath.Dir(conf)
		alone := *c // no worker, so that doctor asks by itself
		alone.dir = filepath.Join(dir, "queue")
		alone.exec("queue", "DELETE FROM lease")
		alone.exec("live", "DELETE FROM heartbeat")
		c.file(dir, "key", serviceKey+"\n")
		env := map[string]string{"NO_COLOR": "1"}
		var out strings.Builder
		for j, at := range answersAt() {
			for n, shape := range []string{"%s", "<html>%s", `{"status": "error", "error": %s}`, `{"status": "success", "message": %[1]s, "data": %[1]s, "request_id": %[1]s}`,
				`{"status": %s, "error": "Unexpected error: "}`} {
				text := k.text + fmt.Sprintf("P%dS%d", j, n)
				if n > 1 {
					b, err := json.Marshal(text)
					if err != nil {
						t.Fatal(err)
					}
					text = string(b)
				}
				answer := fmt.Sprintf(shape, text)
				code := []int{http.StatusInternalServerError, http.StatusBadRequest, http.StatusOK, http.StatusUnauthorized, http.StatusForbidden}[(i+n)%5]
				asked := 0
				vault := httptest.NewServer(changedService(t, func(r *http.Response) {
					if strings.HasPrefix(r.Request.URL.Path, at) {
						asked++
						_ = r.Body.Close()
						r.StatusCode, r.ContentLength, r.Body = code, int64(len(answer)), io.NopCloser(strings.NewReader(answer))
						r.Header.Set("Content-Length", fmt.Sprint(len(answer)))
					}
				}))
				c.file(dir, "config.toml", fmt.Sprintf("[store]\ndir = \"queue\"\n[vault]\nurl = %q\napi_key_file = \"key\"\n", vault.URL))
				out.WriteString(says(t, k.name+": doctor", env, "", "doctor", "--config", conf))
				out.WriteString(says(t, k.name+": worker", env, "", "worker", "--check", "--config", conf))
				vault.Close()
				if asked == 0 {
					t.Errorf("nobody asked for %s, which was to answer %q", at, answer)
				}
				played++
			}
		}
		for _, args := range []string{"logs --limit 500", "traffic --limit 500", "logs --limit 500 --json", "traffic --limit 500 --json", "support show"} {
			out.WriteString(says(t, k.name+": "+args, env, "", append(strings.Fields(args), "--config", conf)...))
		}
		for j, at := range answersAt() {
			for n := range 5 {
				if strings.Contains(out.String(), safetext.Line(k.text+fmt.Sprintf("P%dS%d", j, n)).String()) {
					told[at]++
				}
			}
		}
	}
	for _, at := range answersAt() {
		if told[at] == 0 && (len(all) > 1 || strings.Contains(at, "executecommand")) { // with one trick each shape has one code
			t.Errorf("nothing that %s answered was told whole", at)
		}
	}
	t.Logf("%d answers, told whole and by name: %v", played, told)
}
