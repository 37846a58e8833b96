package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/sshserver"
	"countersign/store"
	"countersign/vaultclient/vaultsim"
)

func TestPeopleSeeWhoIsHereOverSSH(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.apply()
	if code, _, errs := c.run("people", "sessions"); code != CodeUsage || !strings.Contains(errs, "ssh -p 2222 HOST people sessions") {
		t.Errorf("on the host: %d %s", code, errs)
	}
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
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
	guest := func(login, command string) sshserver.Open {
		var p model.Person
		if err := q.db.Read(t.Context(), func(tx *store.Tx) error {
			var err error
			p, _, err = tx.PersonByLogin(login)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return sshserver.Open{Guest: sshserver.Guest{Owner: sshserver.Owner{ID: p.ID, Login: login}, Credential: sshserver.Credential{Fingerprint: "SHA256:" + login}, From: "192.0.2.1", Connection: "of" + login},
			Command: command, Since: noon, Active: noon.Add(5 * time.Minute)}
	}
	open := []sshserver.Open{guest("casey", ""), guest("olga", "li\x1b[2Jst")}
	call := func(login string, args ...string) (Code, string) {
		var out bytes.Buffer
		code := Run(t.Context(), Invocation{Args: args, In: &bytes.Buffer{}, Out: &out, Err: &out, Env: func(string) (string, bool) { return "", false },
			Login: func() (string, error) { return login, nil }, Now: func() time.Time { return noon.Add(6 * time.Minute) }, Zone: time.UTC, Remote: true, served: q,
			sessions: func() []sshserver.Open { return open }})
		return code, out.String()
	}
	code, out := call("casey", "people", "sessions")
	if code != CodeOK || !strings.Contains(out, "192.0.2.1") || !strings.Contains(out, "1m0s") || !strings.Contains(out, "console") || !strings.Contains(out, "ofolga") || strings.Contains(out, "\x1b") {
		t.Errorf("an admin: %d\n%s", code, out)
	}
	if code, out = call("olga", "people", "sessions", "--json"); code != CodeOK || strings.Contains(out, "casey") || !strings.Contains(out, `"idle_seconds": 60`) {
		t.Errorf("somebody without a role for it: %d\n%s", code, out)
	}
}
