package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// atHome reports whether a private key belongs into a file, by its name; one of SSH has
// its public half beside it.
func atHome(path string) bool {
	switch filepath.Base(path) {
	case "identity", "audit.key", "ssh_host_key":
		return true
	}
	_, err := os.Stat(path + ".pub")
	return err == nil
}

// leftOver lists the files of a folder that hold a secret: one of those given, or a
// marked one. given are files from which a test gives secrets to the program.
func leftOver(t *testing.T, dir string, secrets map[string]string, given ...string) []string {
	t.Helper()
	places := map[string][]byte{}
	if err := filepath.WalkDir(dir, readInto(places)); err != nil {
		t.Fatal(err)
	}
	var all []string
	named := map[string][]byte{}
	for path, text := range places {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(given, name) {
			continue
		}
		named[name] = text
		if found := marked(text); found != "" && !atHome(path) {
			all = append(all, fmt.Sprintf("%s holds a secret: %s", name, found))
		}
	}
	return append(all, search(named, secrets)...)
}

// transcript is the test of a script, which keeps all that the script's commands print.
type transcript struct {
	*testing.T
	secrets map[string]string // known when the script is over
}

// Run runs a script.
func (r *transcript) Run(name string, f func(testscript.T)) {
	r.T.Run(name, func(t *testing.T) { f(&transcript{T: t}) })
}

// Verbose has everything logged, since what is not logged is not looked at.
func (r *transcript) Verbose() bool { return true }

// Log looks for secrets in what the commands of a script have printed.
func (r *transcript) Log(args ...any) {
	r.T.Helper()
	for _, found := range r.told(fmt.Sprint(args...)) {
		r.Error(found)
	}
	r.T.Log(args...)
}

// told lists the secrets in what was printed; the commands themselves are the script's.
func (r *transcript) told(log string) []string {
	var printed strings.Builder
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, "> ") {
			printed.WriteString(line)
		}
	}
	all := search(map[string][]byte{"what was printed": []byte(printed.String())}, r.secrets)
	if found := marked([]byte(printed.String())); found != "" {
		all = append(all, "a command printed a secret: "+found)
	}
	return all
}

// givenByScripts are the files from which scripts give secrets to the program.
var givenByScripts = []string{"two-lines", "one-line", "hostile.json", "id_ed25519", "license", "note"}

// searched looks for the secrets of a script, when it is over, in all that it has left:
// the key of the vault service, and what came into the vault.
func (s *scene) searched(r *transcript, dir string) {
	r.Helper()
	r.secrets = map[string]string{}
	if s.company != nil {
		r.secrets["key of the vault service in key"] = s.company.Key
		for i, e := range s.company.Vault.Ledger() {
			for field, secret := range heldSecrets(r.T, e) {
				r.secrets[fmt.Sprintf("%s (%d)", field, i)] = secret
			}
		}
	}
	for _, found := range leftOver(r.T, dir, r.secrets, givenByScripts...) {
		r.Error(found)
	}
}

// TestTortureSecretsLeftOver is the control of the look at scripts: a secret of each
// kind is left in a file, and printed.
func TestTortureSecretsLeftOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secrets := map[string]string{"key of the vault service in key": "HRGWERQF26QA46HUVY43BWC4", "password": "x9!Made-up-by-the-vault"}
	texts := map[string]string{"marked": "cnry-Typed", "an identity": "AGE-SECRET-KEY-1ABC", "a key": "-----BEGIN OPENSSH PRIVATE KEY-----"}
	maps.Copy(texts, secrets)
	for kind, text := range texts {
		for _, name := range []string{"core", "queue.db-wal", "identity.bak"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("before\n"+text+"\nafter"), 0o600); err != nil {
				t.Fatal(err)
			}
			if len(leftOver(t, dir, secrets)) != 1 {
				t.Errorf("the %s in %s was not found", kind, name)
			}
			if len(leftOver(t, dir, secrets, name)) != 0 {
				t.Errorf("the %s in %s was found where the test put it", kind, name)
			}
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		r := &transcript{T: t, secrets: secrets}
		if len(r.told("> countersign list\n[stderr]\n"+text+"\n")) != 1 {
			t.Errorf("the %s was printed and not found", kind)
		}
		if len(r.told("> stdin "+text+"\n[stdout]\n1 record\n")) != 0 {
			t.Errorf("the %s was found in the script", kind)
		}
	}
}
