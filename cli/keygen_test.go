package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
	"countersign/workflow"
)

const typed = "canary-hunter2-canary"

func TestKeygenMakesAPrivateFileOnce(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	file := filepath.Join(filepath.Dir(c.conf), "identity")
	public := strings.TrimSpace(c.call(CodeOK, "keygen", file))
	if _, err := seal.ParseRecipient(public); err != nil {
		t.Errorf("it printed %q: %v", public, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ParseIdentities(string(before))
	if err != nil || len(keys) != 1 || keys[0].Recipient().String() != public {
		t.Errorf("the file holds %d keys, %v", len(keys), err)
	}
	c.call(CodeUsage, "keygen", file)
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was overwritten: %v", err)
	}
	c.call(CodeUsage, "keygen") // no file is named anywhere
	c.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\napi_key_file = \"key\"\n[seal]\nidentity = \"named\"\n")
	if _, err := seal.ParseRecipient(c.call(CodeOK, "keygen")); err != nil {
		t.Errorf("into the configured file: %v", err)
	}
	c.call(CodeUsage, "keygen")
	c.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\napi_key_file = \"key\"\n")
	c.call(CodeUsage, "keygen", "--rotate", file)
	c.call(CodeUsage, "keygen", "--rotate")
}

// sealing writes a configuration with recipients, and the identity's file.
func (c *caller) sealing(recipients ...string) {
	c.t.Helper()
	c.write("config.toml", "[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\napi_key_file = \"key\"\n"+
		"[seal]\nidentity = \"identity\"\nrecipients = [\""+strings.Join(recipients, "\", \"")+"\"]\n")
}

// theKey lets the configuration's identity be the one that the queue's secrets are
// sealed to, and returns its public key.
func (c *caller) theKey() string {
	c.t.Helper()
	dir := filepath.Dir(c.conf)
	if err := os.Symlink(filepath.Join("queue", "identity"), filepath.Join(dir, "identity")); err != nil {
		c.t.Fatal(err)
	}
	keys, _ := c.kept(0)
	return keys[0].Recipient().String()
}

// queue opens the caller's queue, as the program does.
func (c *caller) queue() *queue {
	c.t.Helper()
	a := &app{Invocation: Invocation{Env: func(string) (string, bool) { return "", false }, Now: c.now, Zone: time.UTC}, configPath: c.conf}
	q, err := a.open(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	return q
}

// order submits a request with a typed password, and returns the request.
func (c *caller) order() model.Request {
	c.t.Helper()
	q := c.queue()
	defer q.close()
	me, err := q.svc.Actor(c.t.Context(), "casey")
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := q.svc.Submit(c.t.Context(), me.ID, workflow.Draft{Item: model.ItemLogin, Justification: "INC0012345: for the ledger",
		Answers: []model.Answer{{Field: "login", Value: "app"}}, Secrets: map[string][]byte{"password": []byte(typed)}})
	if err != nil {
		c.t.Fatal(err)
	}
	return r
}

// kept returns the keys in the identity file, and the sealed rows of a request.
func (c *caller) kept(request int64) ([]seal.Identity, []store.SealedSecret) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(c.conf), "identity"))
	if err != nil {
		c.t.Fatal(err)
	}
	keys, err := seal.ParseIdentities(string(text))
	if err != nil {
		c.t.Fatal(err)
	}
	q := c.queue()
	defer q.close()
	var rows []store.SealedSecret
	if err := q.db.Read(c.t.Context(), func(tx *store.Tx) error {
		rows, err = tx.Sealed(request)
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return keys, rows
}

// opened is what a key reads of a request's password.
func opened(key seal.Identity, r model.Request, row store.SealedSecret) string {
	plain, err := seal.Open([]seal.Identity{key}, seal.Binding{Request: string(r.Number), Field: row.Field}, row.Body)
	if err != nil {
		return ""
	}
	return string(plain)
}

func TestRotationResealsWhatWaits(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	file := filepath.Join(filepath.Dir(c.conf), "identity")
	escrow, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	old := c.theKey()
	c.sealing(old, escrow.Recipient().String())
	r := c.order()
	keys, before := c.kept(r.ID)
	if len(before) != 1 || opened(keys[0], r, before[0]) != typed || opened(escrow, r, before[0]) != typed {
		t.Fatalf("sealed are %d answers", len(before))
	}

	next := strings.TrimSpace(c.call(CodeOK, "keygen", "--rotate"))
	keys, rows := c.kept(r.ID)
	if next == old || len(keys) != 2 || keys[0].Recipient().String() != next || keys[1].Recipient().String() != old {
		t.Fatalf("%d keys, the first is %s", len(keys), keys[0].Recipient())
	}
	if opened(keys[0], r, rows[0]) != typed || opened(escrow, r, rows[0]) != typed || opened(keys[1], r, rows[0]) != "" {
		t.Error("it is not sealed to the new key and the escrow alone")
	}
	if rows[0].Commitment != before[0].Commitment || rows[0].Present() != seal.Commitment(rows[0].Body) {
		t.Error("what was approved is not told any more")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}

	// The configuration still names the old key: another run begins no second one,
	// and what is ordered meanwhile is taken along.
	late := c.order()
	if again := strings.TrimSpace(c.call(CodeOK, "keygen", "--rotate")); again != next {
		t.Errorf("a second run made %s", again)
	}
	keys, rows = c.kept(late.ID)
	if len(keys) != 2 || opened(keys[0], late, rows[0]) != typed || opened(keys[1], late, rows[0]) != "" {
		t.Errorf("%d keys, and what was ordered later is not sealed anew", len(keys))
	}

	// Both named, as on the way to the end: nothing is removed.
	c.sealing(next, escrow.Recipient().String(), old)
	c.call(CodeOK, "keygen", "--rotate")
	if keys, _ = c.kept(r.ID); len(keys) != 2 {
		t.Errorf("%d keys are left while the configuration names both", len(keys))
	}

	c.sealing(next, escrow.Recipient().String())
	c.call(CodeOK, "keygen", "--rotate")
	keys, rows = c.kept(r.ID)
	if len(keys) != 1 || keys[0].Recipient().String() != next || opened(keys[0], r, rows[0]) != typed {
		t.Errorf("%d keys are left", len(keys))
	}
	for _, folder := range []string{"", "queue"} {
		left, err := filepath.Glob(filepath.Join(filepath.Dir(c.conf), folder, "identity*"))
		if err != nil || len(left) != 1 {
			t.Errorf("the files with keys are %v, %v", left, err)
		}
	}
	if info, err := os.Lstat(file); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the way to the file was replaced: %v, %v", info.Mode(), err)
	}
}

// TestRotationAfterACrash goes on where the new key is in the file and nothing is
// sealed to it yet.
func TestRotationAfterACrash(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	c.sealing(c.theKey())
	r := c.order()
	keys, _ := c.kept(r.ID)
	next, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	c.write("identity", string(next.File())+string(keys[0].File()))
	c.write("identity.new", "half a fi")
	if got := strings.TrimSpace(c.call(CodeOK, "keygen", "--rotate")); got != next.Recipient().String() {
		t.Errorf("it went on with %s", got)
	}
	keys, rows := c.kept(r.ID)
	if len(keys) != 2 || opened(keys[0], r, rows[0]) != typed {
		t.Errorf("%d keys, not sealed anew", len(keys))
	}
}

// TestOldKeyIsKeptWhileSomethingNeedsIt has an answer in the queue that the keys at
// hand do not open.
func TestOldKeyIsKeptWhileSomethingNeedsIt(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	lost, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	old := c.theKey()
	c.sealing(lost.Recipient().String())
	c.order()
	next, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := c.kept(0)
	c.write("identity", string(next.File())+string(keys[0].File()))
	c.sealing(next.Recipient().String())
	c.call(CodeFailure, "keygen", "--rotate")
	if keys, _ = c.kept(0); len(keys) != 2 || keys[1].Recipient().String() != old {
		t.Errorf("%d keys are left", len(keys))
	}
}

func TestWorkerNeedsTheIdentityOfTheRecipients(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	dir := filepath.Dir(c.conf)
	file := filepath.Join(dir, "identity")
	public := strings.TrimSpace(c.call(CodeOK, "keygen", file))
	other := strings.TrimSpace(c.call(CodeOK, "keygen", filepath.Join(dir, "other")))
	for _, tt := range []struct {
		name, want string
		set        func()
	}{
		{"another one", "does not belong to the first of [seal] recipients", func() { c.sealing(other, public) }},
		{"a checksum that does not fit", "recipient 1", func() { c.sealing(public[:20] + "qqqq" + public[24:]) }},
		{"a file that others may read", "chmod 600", func() {
			c.sealing(public)
			if err := os.Chmod(file, 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"no file", "no such file", func() {
			c.sealing(public)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		tt.set()
		var out, errs bytes.Buffer
		if got := c.run(t.Context(), &bytes.Buffer{}, &out, &errs, "worker", "--check"); got != CodeConfig || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%s: exit code %d: %s", tt.name, got, errs.String())
		}
	}
	// A console has no need of it.
	c.call(CodeOK, "list", "mine")
}
