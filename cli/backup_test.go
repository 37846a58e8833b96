package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/vaultclient/vaultsim"
)

// Whoever restores reads who vouches for the backup, or that nobody does.
func TestRestoreSaysWhoVouchesForTheBackup(t *testing.T) {
	t.Parallel()
	c := newClinic(t, vaultsim.Options{})
	c.settled()
	backup := filepath.Join(c.dir, "backup.db")
	record, err := os.ReadFile(backup + ".json")
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(string(record), `,`+"\n"+`  "key":`)
	if !found {
		t.Fatalf("the record is %s", record)
	}
	key, err := os.ReadFile(c.path("audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	another := strings.Replace(string(key), "\nM", "\nN", 1) // no key at all
	for _, tt := range []struct {
		name        string
		key, record string // "" for none
		args        []string
		code        Code
		says        string
	}{
		{"the key of the queue", string(key), string(record), nil, CodeOK, ", the key of this queue"},
		{"no key to compare with", "", string(record), nil, CodeOK, "compare it with the fingerprint that you noted"},
		{"a key that cannot be read", another, string(record), nil, CodeOK, "compare it with the fingerprint that you noted"},
		{"no signature", string(key), head + "}", nil, CodeUsage, "is not signed"},
		{"no signature, and no key", "", head + "}", nil, CodeUsage, "is not signed"},
		{"no signature, taken all the same", string(key), head + "}", []string{"--no-record"}, CodeOK, "NOT SIGNED"},
		{"no record", string(key), "", nil, CodeUsage, "nothing beside it tells"},
		{"no record, taken all the same", string(key), "", []string{"--no-record"}, CodeOK, "NOT PROVEN"},
	} {
		for path, content := range map[string]string{c.path("audit.key"): tt.key, backup + ".json": tt.record} {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			if content == "" {
				continue
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, out, errs := c.run(append([]string{"restore", "--check", backup}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+errs, tt.says) {
			t.Errorf("%s: %d\n%s%s\nwant %d, %q", tt.name, code, out, errs, tt.code, tt.says)
		}
	}
}
