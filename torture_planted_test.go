package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// known holds places against what each holds anyhow: a place that is missing, or that
// nobody has read, would show no secret either.
func (o *office) known(places map[string][]byte) {
	o.t.Helper()
	const privateKey = "PRIVATE KEY-----"
	holds := map[string]string{
		"countersign audit export": "request.submit", "countersign audit export --texts": "INC0012345", "countersign logs --json --limit 1000": `"message"`,
		"countersign traffic --json --limit 1000": "record-add", "countersign privacy export alice": "INC0012345", "countersign list all --json": `"REQ0010063"`,
		"countersign support show": "Program", "countersign doctor --offline": "Configuration",
		"bundle: countersign-support/overview.txt": "Program", "bundle: countersign-support/config.txt": "seal.recipients", "bundle: countersign-support/findings.txt": "people.keys",
		"bundle: countersign-support/log.jsonl": `"Message"`, "bundle: countersign-support/traffic.jsonl": "record-add", "bundle: countersign-support/audit.jsonl": "request.submit",
		"bundle: countersign-support/unknown.jsonl": "",
		"queue/queue.db": "alice@example.com", "queue/log.db": "record-add", "queue/live.db": "CREATE TABLE", "queue/queue.gate": "",
		"queue/audit-heads.log": `"hash"`, "queue/demo.json": `"began"`, "queue/identity": "AGE-SECRET-KEY-1", "queue/audit.key": privateKey, "queue/ssh_host_key": privateKey,
		"copy.db": "alice@example.com", "copy.db.json": "countersign backup", "ticket.tar.gz": "\x1f\x8b", "config.toml": "[vault]", "control.json": `"token"`, "known_hosts": "127.0.0.1",
		"key": "", "authority": privateKey, "alice": privateKey, "dana": privateKey, "priya": privateKey, "samir": privateKey, "*.pub": "ssh-ed25519",
		"screen of alice, before": "Request access to record", "screen of alice, after": "User name", "screen of dana": "waiting for you", "screen of priya": "complete",
		"what the server said": "serving the console", "cmdline of the server": "serve", "environ of the server": "PATH=", "status of the server": "Name:", "stat of the server": "(",
		"cmdline of the client of *": "ssh", "environ of the client of *": "PATH=", "status of the client of *": "Name:", "stat of the client of *": "(ssh)",
	}
	for pattern, text := range holds {
		found := false
		for place, b := range places {
			fits, err := path.Match(pattern, place)
			if err != nil {
				o.t.Fatal(err)
			}
			if fits && !bytes.Contains(b, []byte(text)) {
				o.t.Errorf("%s does not hold %q, so it would not show a secret either", place, text)
			}
			found = found || fits
		}
		if !found && (pattern != "environ of the server" || mayTrace(o.t)) {
			o.t.Errorf("nobody has looked into %s", pattern)
		}
	}
	for place := range places {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(holds)), func(pattern string) bool { fits, _ := path.Match(pattern, place); return fits }) {
			o.t.Errorf("nobody knows what %s is", place)
		}
	}
}

// planted is the control of the places: a text is put into one after the other, by the
// program itself where it can be, and has to be found in all that is read of it.
func (o *office) planted(people map[string]*play, shown canary, secrets map[string]string) {
	o.t.Helper()
	if r := o.ssh("", "alice", "alice@127.0.0.1", "request", "login", "--field", "login=planted", "--field", "url=https://planted.example.com",
		"--justification", "Planted-in-a-request"); r.code != 0 {
		o.t.Fatalf("exit code %d: %s", r.code, r.errs)
	}
	log, err := sql.Open("sqlite3", "file:"+o.path("queue/log.db")+"?_busy_timeout=10000")
	if err != nil {
		o.t.Fatal(err)
	}
	defer log.Close()
	for _, statement := range []string{
		`INSERT INTO line (at, level, component, message, fields, correlation) SELECT at, 8, component, 'Planted-in-a-line', '{"key":"Planted-in-a-field"}', '' FROM line ORDER BY id DESC LIMIT 1`,
		`INSERT INTO traffic (at, command, path, priority, waited, took, status, outcome, service_id, problem, correlation)
			SELECT at, 'Planted-in-a-command', path, priority, waited, took, status, outcome, service_id, 'Planted-in-a-problem', '' FROM traffic ORDER BY id DESC LIMIT 1`,
	} {
		if _, err := log.ExecContext(context.Background(), statement); err != nil {
			o.t.Fatal(err)
		}
	}
	key := contentOf(o.t, o.path("queue/audit.key"))
	strays := []string{"core", "queue/core", "queue/old.db", "queue/old.jsonl", "left-over"}
	for _, name := range strays {
		o.write(name, "Planted-in-a-file "+key)
	}
	places := o.everywhere(people, shown)
	left := leftOver(o.t, o.dir, nil)
	for _, name := range strays {
		if !slices.ContainsFunc(left, func(f string) bool { return strings.HasPrefix(f, name+" holds") }) {
			o.t.Errorf("the look at all companies does not find a key in %s: %q", name, left)
		}
		if err := os.Remove(o.path(name)); err != nil {
			o.t.Fatal(err)
		}
	}
	for text, where := range map[string][]string{
		"Planted-in-a-request": {"queue/queue.db", "copy.db", "countersign audit export --texts", "countersign privacy export alice"},
		"planted.example.com":  {"queue/queue.db", "copy.db", "countersign list all --json"},
		"Planted-in-a-line":    {"queue/log.db", "countersign logs --json --limit 1000", "bundle: countersign-support/log.jsonl"},
		"Planted-in-a-field":   {"queue/log.db", "countersign logs --json --limit 1000"},
		"Planted-in-a-command": {"queue/log.db", "countersign traffic --json --limit 1000", "bundle: countersign-support/traffic.jsonl"},
		"Planted-in-a-problem": {"queue/log.db", "countersign traffic --json --limit 1000", "bundle: countersign-support/traffic.jsonl"},
		"Planted-in-a-file":    strays,
		key:                    strays,
	} {
		found := search(places, map[string]string{"text": text})
		for _, place := range where {
			if !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, place+" holds") }) {
				o.t.Errorf("%.40q in %s was not found, only %q", text, place, found)
			}
		}
	}
	for kind, secret := range secrets {
		quoted, err := json.Marshal(secret)
		if err != nil {
			o.t.Fatal(err)
		}
		if len(search(map[string][]byte{"log": slices.Concat([]byte(`{"x": `), quoted, []byte("}"))}, map[string]string{kind: secret})) == 0 {
			o.t.Errorf("the %s in a log was not found", kind)
		}
		screen := rows{}
		screen.add("before\n│ "+secret[:len(secret)/2]+" │\n│ "+secret[len(secret)/2:]+" │", 1)
		if len(screen.show(canary{text: secret})) == 0 {
			o.t.Errorf("the %s on a screen was not found", kind)
		}
	}
}

// careless is the control of what the system tells of processes.
func (o *office) careless() {
	o.t.Helper()
	careless := exec.Command("sh", "-c", "echo begun; read -r end", "cnry-In-arguments")
	careless.Env = []string{"PATH=" + os.Getenv("PATH"), "SECRET=cnry-In-environment"}
	in, err := careless.StdinPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	out, err := careless.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := careless.Start(); err != nil {
		o.t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = careless.Wait()
	}()
	if _, err := io.ReadFull(out, make([]byte, len("begun"))); err != nil {
		o.t.Fatal(err)
	}
	seen := map[string][]byte{}
	process(o.t, seen, "sh", careless.Process.Pid)
	if seen["environ of sh"] == nil {
		o.t.Error("the environment of a program that keeps nothing was not read")
	}
	if b := memory(o.t, careless.Process.Pid); b != nil {
		seen["memory"] = b
	}
	found := search(seen, map[string]string{"argument": "cnry-In-arguments", "variable": "cnry-In-environment"})
	for place := range seen {
		if strings.HasPrefix(place, "stat") {
			continue
		}
		if !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, place) }) {
			o.t.Errorf("a secret in %s was not found: %q", place, found)
		}
	}
}
