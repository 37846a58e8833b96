package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

func TestSealSection(t *testing.T) {
	t.Parallel()
	c := load(t, minimal+"[seal]\nrecipients = [\""+recipient+"\"]\nidentity = \"~/id\"")
	if got := c.Seal; len(got.Recipients) != 1 || got.Recipients[0] != recipient || got.IdentityFile != "/home/dana/id" {
		t.Errorf("seal = %+v", got)
	}
	if got := load(t, minimal).Seal; len(got.Recipients) != 0 || got.IdentityFile != "" {
		t.Errorf("left out, seal = %+v", got)
	}
}

func TestWhereTheIdentityComesFrom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(canary+name), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	private, open := put("private", 0o600), put("open", 0o640)
	put(credentialIdentity, 0o440)
	for _, tt := range []struct {
		name, file string
		vars       map[string]string
		want       string
		err        error
	}{
		{"a private file", private, nil, canary + "private", nil},
		{"a credential comes first", private, map[string]string{credentialsDir: dir}, canary + credentialIdentity, nil},
		{"a file that others may read", open, nil, "", ErrExposed},
		{"none", "", nil, "", ErrNoSecret},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := minimal
			if tt.file != "" {
				text += "[seal]\nidentity = \"" + tt.file + "\""
			}
			got, err := load(t, text).Seal.Identity(env(tt.vars))
			if string(got) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Identity = %q, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}
