package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// own are the secrets of the company itself, each of which belongs into one file: into
// no other, and no other secret belongs into that one.
func (o *office) own() map[string]string {
	o.t.Helper()
	all := map[string]string{"key of the vault service in key": contentOf(o.t, o.path("key"))}
	places := []string{"queue/identity", "queue/audit.key", "queue/ssh_host_key", "authority", "alice", "dana", "priya", "samir"}
	for place, text := range o.files() {
		_, identity, isIdentity := strings.Cut(string(text), "AGE-SECRET-KEY-1")
		_, private, isPrivate := strings.Cut(string(text), "PRIVATE KEY-----\n")
		switch {
		case !isIdentity && !isPrivate:
			continue
		case !slices.Contains(places, place):
			o.t.Errorf("%s holds a key, where none belongs", place)
		case isIdentity:
			all["identity in "+place] = "AGE-SECRET-KEY-1" + identity
		default:
			if first, rest, more := strings.Cut(private, "\n"); more && !strings.HasPrefix(rest, "-----") {
				private = strings.TrimPrefix(private, first) // which all keys of OpenSSH begin with
			}
			all["private key in "+place] = strings.TrimSpace(private)
		}
	}
	if len(all) != len(places)+1 {
		o.t.Errorf("the company's own secrets are %q", slices.Sorted(maps.Keys(all)))
	}
	return all
}

// files are all files of the company by their place; what belongs to a database is read
// as one.
func (o *office) files() map[string][]byte {
	o.t.Helper()
	files := map[string][]byte{}
	if err := filepath.WalkDir(o.dir, readInto(files)); err != nil {
		o.t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		place := strings.TrimPrefix(path, o.dir+"/")
		place = strings.TrimSuffix(strings.TrimSuffix(place, "-shm"), "-wal")
		all[place] = append(all[place], files[path]...)
	}
	return all
}

// search looks for secrets in all places but where they belong, and lists what it finds.
func search(places map[string][]byte, secrets map[string]string) []string {
	var all []string
	for kind, secret := range secrets {
		for _, shape := range shapes(secret) {
			for place, text := range places {
				if bytes.Contains(text, []byte(shape)) && !strings.HasSuffix(kind, " in "+place) {
					all = append(all, fmt.Sprintf("%s holds the %s as %.40q", place, kind, shape))
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// process reads what the system tells of a process to others.
func process(t *testing.T, places map[string][]byte, name string, pid int) {
	t.Helper()
	for _, what := range []string{"cmdline", "environ", "status", "stat"} {
		b := told(t, pid, what)
		if len(b) == 0 && what != "environ" {
			t.Errorf("%s of %s is empty", what, name)
		}
		if b != nil {
			places[what+" of "+name] = b
		}
	}
}

// unpacked puts the files of a support bundle into places.
func unpacked(t *testing.T, places map[string][]byte, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for r := tar.NewReader(z); ; files++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		places["bundle: "+h.Name] = b
	}
	if files < 4 {
		t.Errorf("the bundle has %d files", files)
	}
}

// TestTortureSecrets plays whole jobs over SSH with a secret of each kind, and looks
// for each in every place that is left of it: files, log, traffic, backup, support
// bundle, exports, what was on the screens, and what the system tells of processes.
func TestTortureSecrets(t *testing.T) {
	t.Parallel()
	o := startOffice(t, byAuthority, everybody)
	sit := func(login string) *play {
		return &play{terminal: o.sit(login, login+"@127.0.0.1"), sim: o.sim, dir: o.path("queue")}
	}
	alice, dana, priya := sit("alice"), sit("dana"), sit("priya")
	alice.wait("Request access to record")
	dana.wait("waiting for you")
	priya.wait("priya")
	priya.press("3")
	names := []string{"login that destroys itself"}
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		names = append(names, "login", "ssh key", "license")
	case os.Getenv("COUNTERSIGN_HEAVY") != "":
		names = append(names, "login")
	}
	secrets := o.own()
	for _, name := range names {
		j := journeys(t)[name]
		number := alice.submit(j.item, j.form)
		dana.approve(number)
		priya.open(number, "f runs the plan", "f makes the record")
		for i, e := range priya.carryOut(j.plan) {
			for field, held := range heldSecrets(t, e) {
				secrets[fmt.Sprintf("%s of %s (%d)", field, name, i)] = held
			}
		}
		if name == "login that destroys itself" {
			alice.press("]")
			alice.find(number)
			alice.until("the link", func(s string) bool { return strings.Contains(s, "link waits") })
			revealed(alice, number)
			alice.press("[")
		}
	}
	shown := alice.watched[len(alice.watched)-1]
	secrets["one-time link"] = shown.text
	_, secrets["its key"], _ = strings.Cut(shown.text, "#")
	const typing = "cnry-Typed-and-never-sent"
	alice.choose("Login")
	alice.fill(filled{row: "Password", right: 2, below: true, text: typing})
	secrets["password that is being typed"] = typing
	secrets["password that a command was given"] = "cnry-Given-to-a-command"
	if r := o.ssh(secrets["password that a command was given"], "alice", "alice@127.0.0.1", "request", "login", "--field", "login=batch",
		"--field", "url=https://batch.example.com", "--secret", "password", "--justification", "'a job at night'"); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.errs)
	}
	people := map[string]*play{"alice": alice, "dana": dana, "priya": priya}
	for kind, secret := range secrets {
		for login, p := range people {
			may := canary{text: secret}
			if login == "alice" && strings.HasSuffix(shown.text, secret) { // the link, or its key
				may.from, may.to = shown.from, shown.to
			}
			for _, row := range p.showed(may) {
				t.Errorf("the screen of %s showed %q of the %s", login, row, kind)
			}
		}
	}
	places := o.everywhere(people, shown)
	o.known(places)
	for _, found := range search(places, secrets) {
		t.Error(found)
	}
	for _, kind := range []string{"one-time link", "password of", "oneTimeCode of"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(secrets)), func(k string) bool { return strings.HasPrefix(k, kind) }) {
			t.Errorf("no %s was there to be looked for", kind)
		}
	}
	t.Logf("%d secrets were looked for in %d places", len(secrets), len(places))
	o.planted(people, shown, secrets)
	o.careless()
	o.remembered(secrets)
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// heldSecrets are what a record holds that must be nowhere else.
func heldSecrets(t *testing.T, e vaultsim.Entry) map[string]string {
	t.Helper()
	all := map[string]string{}
	if e.Content == nil {
		return all
	}
	for name, text := range content(t, e.Content) {
		for _, secret := range []string{"password", "oneTimeCode", "keyPair", "licenseNumber"} {
			if strings.HasPrefix(name, secret) && text != "" {
				all[name] = text
			}
		}
	}
	return all
}

// everywhere is all that is left of what people did, by its place.
func (o *office) everywhere(people map[string]*play, shown canary) map[string][]byte {
	o.t.Helper()
	places := map[string][]byte{}
	backup, bundle := o.path("copy.db"), o.path("ticket.tar.gz")
	for _, path := range []string{backup, backup + ".json", bundle} { // of the time before
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			o.t.Fatal(err)
		}
	}
	for what, args := range map[string][]string{"backup": {"backup", backup}, "bundle": {"support", "bundle", bundle}} {
		if out, code := o.here("", args...); code != 0 {
			o.t.Fatalf("%s: exit code %d: %s", what, code, out)
		}
	}
	for _, args := range []string{"audit export", "audit export --texts", "logs --json --limit 1000", "traffic --json --limit 1000", "privacy export alice", "list all --json", "support show", "doctor --offline"} {
		out, _ := o.here("", strings.Fields(args)...)
		places["countersign "+args] = []byte(out)
	}
	unpacked(o.t, places, bundle)
	maps.Copy(places, o.files())
	places["what the server said"] = o.journal.text()
	for login, p := range people {
		p.mu.Lock()
		if login == "alice" {
			places["screen of alice, before"], places["screen of alice, after"] = slices.Clone(p.drawn[:shown.from]), slices.Clone(p.drawn[shown.to:])
		} else {
			places["screen of "+login] = slices.Clone(p.drawn)
		}
		p.mu.Unlock()
		process(o.t, places, "the client of "+login, p.cmd.Process.Pid)
	}
	process(o.t, places, "the server", o.server.Process.Pid)
	return places
}
