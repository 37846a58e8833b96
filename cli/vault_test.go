package cli

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

// vaultKey is the key of the simulated service, longer than what it accepts.
const vaultKey = "0123456789012345678901234567890123456789012"

// service starts a simulated vault service whose key permits the commands.
func service(t *testing.T, allow string) string {
	t.Helper()
	s, err := vaultsim.New(vaultsim.Options{Keys: []vaultsim.Key{{Value: vaultKey, Allow: strings.Split(allow, ",")}}})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		s.Close()
	})
	return web.URL
}

func TestCheckSaysHowTheVaultIs(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>sign in</html>"))
	}))
	t.Cleanup(page.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(secure.Close)
	const all = "search,get,list-sf,tree,record-add,record-update,share-record,share-folder,one-time-share,epm,device-approve,sync-down,server"
	for _, tt := range []struct {
		name, url, key string
		code           Code
		said           string
	}{
		{"all is well", service(t, all), vaultKey, CodeOK, "its key may do all that is needed"},
		{"nobody there", "http://127.0.0.1:9", vaultKey, CodeVaultAway, "cannot be reached"},
		{"a page instead", page.URL, vaultKey, CodeVaultAway, "is not the vault service"},
		{"an authority that is not known", secure.URL, vaultKey, CodeVaultAway, "certificate is not from a known authority"},
		{"another key", service(t, all), strings.Repeat("x", len(vaultKey)), CodeVaultAway, "refuses the key"},
		{"a command is missing", service(t, strings.Replace(all, "share-record,", "", 1)), vaultKey, CodeVaultAway, "not permitted: share-record"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &caller{t: t, conf: t.TempDir() + "/config.toml"}
			c.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \""+tt.url+"\"\napi_key_file = \"key\"\n")
			c.write("key", tt.key+"\n")
			c.now = time.Now
			var out, errs bytes.Buffer
			code := c.run(t.Context(), &bytes.Buffer{}, &out, &errs, "worker", "--check")
			if said := out.String() + errs.String(); code != tt.code || !strings.Contains(said, tt.said) || strings.Contains(said, tt.key) {
				t.Errorf("exit code %d, said %s", code, said)
			}
			if _, err := os.Stat(strings.Replace(c.conf, "config.toml", "queue", 1)); err == nil {
				t.Error("a check made a queue")
			}
		})
	}
}

func TestWorkerSaysWhatItStandsBeforeOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var health model.Health
	var beats []store.Heartbeat
	told := telling{out: &out, health: func(context.Context) model.Health { return health },
		beats: func(context.Context) ([]store.Heartbeat, error) { return beats, nil }}
	other, own := []store.Heartbeat{{PID: os.Getpid() + 1}}, []store.Heartbeat{{PID: os.Getpid()}}
	for _, tt := range []struct {
		name   string
		beats  []store.Heartbeat
		health model.Health
		said   string
	}{
		{"nobody works yet", nil, model.Health{}, ""},
		{"another one works", other, model.Health{State: model.HealthConnected}, "countersign: another worker is active; this one takes over when that is gone\n"},
		{"it is its turn", own, model.Health{State: model.HealthUnknown}, ""},
		{"no answer", own, model.Health{State: model.HealthUnreachable, Cause: "it is \x1baway", Advice: "look at the cable at 10:00"},
			"countersign: it is ⟦ESC⟧away\n  look at the cable at 10:00\n"},
		{"still no answer", own, model.Health{State: model.HealthUnreachable, Cause: "it is \x1baway", Advice: "look at the cable at 10:01"}, ""},
		{"an answer", own, model.Health{State: model.HealthConnected}, "countersign: the vault service answers\n"},
		{"somewhat slow", own, model.Health{State: model.HealthSlow}, ""},
		{"a command missing", own, model.Health{State: model.HealthConnected, Missing: []string{"epm", "get"}},
			"countersign: the vault service's key is not permitted: epm, get\n  have an administrator"},
	} {
		out.Reset()
		health, beats = tt.health, tt.beats
		told.look(t.Context())
		if got := out.String(); !strings.HasPrefix(got, tt.said) || tt.said == "" && got != "" {
			t.Errorf("%s: said %q, want %q", tt.name, got, tt.said)
		}
	}
}
