package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const canary = "canary-4fd1c2"

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	type wrapper struct {
		Open   Secret
		hidden Secret // fmt cannot call methods on it
	}
	s := newSecret(canary)
	w := wrapper{s, s}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T", "%8.3s"} {
		fmt.Fprintf(&out, verb+" ", s)
		fmt.Fprintf(&out, verb+" ", &s)
		fmt.Fprintf(&out, verb+" ", w)
		fmt.Fprintf(&out, verb+" ", &w)
		fmt.Fprintf(&out, verb+" ", []Secret{s})
		fmt.Fprintf(&out, verb+" ", Config{Vault: Vault{key: source{inline: s}}})
	}
	fmt.Fprint(&out, s.String(), s.GoString())
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "secret", s, "inside", w, "config", Config{Vault: Vault{key: source{inline: s}}})
	}
	j, err := json.Marshal([]any{s, &s, w, map[string]Secret{"k": s}})
	if err != nil {
		t.Fatal(err)
	}
	all := out.String() + string(j)
	for _, form := range []string{canary, canary[:6], fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary)} {
		if strings.Contains(all, form) {
			t.Errorf("the secret shows as %q", form)
		}
	}
	if s.Reveal() != canary || s.IsZero() {
		t.Error("Reveal does not return the secret")
	}
	if (Secret{}).Reveal() != "" || !(Secret{}).IsZero() {
		t.Error("the zero value is not empty")
	}
}

func TestWhereSecretsComeFrom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := put("file", " from-file\n", 0o600)
	open := put("open", canary, 0o644)
	words := put("words", "two words", 0o600)
	credentials := filepath.Join(dir, "credentials")
	if err := os.Mkdir(credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	// systemd shows a mode that says nothing about its access list.
	put("credentials/api-key", "from-credential", 0o440)

	for _, tt := range []struct {
		name   string
		source source
		vars   map[string]string
		want   string
		err    error  // if not nil
		text   string // of the error
	}{
		{name: "file, trimmed", source: source{file: file}, want: "from-file"},
		{name: "variable", source: source{variable: "KEY"}, vars: map[string]string{"KEY": "from-variable"}, want: "from-variable"},
		{name: "inline", source: source{inline: newSecret("from-config")}, want: "from-config"},
		{name: "credential before all", source: source{credential: "api-key", file: file},
			vars: map[string]string{"CREDENTIALS_DIRECTORY": credentials}, want: "from-credential"},
		{name: "credentials without ours", source: source{credential: "other", file: file},
			vars: map[string]string{"CREDENTIALS_DIRECTORY": credentials}, want: "from-file"},
		{name: "relative credentials folder", source: source{credential: "api-key", file: file},
			vars: map[string]string{"CREDENTIALS_DIRECTORY": "credentials"}, want: "from-file"},
		{name: "nothing", err: ErrNoSecret, text: "name that as api_key_file"},
		{name: "exposed file", source: source{file: open}, err: ErrExposed, text: "chmod 600"},
		{name: "missing file", source: source{file: filepath.Join(dir, "none")}, err: fs.ErrNotExist, text: "none"},
		{name: "variable not set", source: source{variable: "KEY"}, text: "KEY is not set"},
		{name: "several words", source: source{file: words}, text: "expected one word"},
		{name: "empty variable", source: source{variable: "KEY"}, vars: map[string]string{"KEY": ""}, text: "KEY is not set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Vault{key: tt.source}.APIKey(env(tt.vars))
			if tt.want != "" {
				if err != nil || got.Reveal() != tt.want {
					t.Errorf("APIKey = %q, %v, want %q", got.Reveal(), err, tt.want)
				}
				return
			}
			if err == nil || tt.err != nil && !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("err = %v, want %v with %q", err, tt.err, tt.text)
			}
			if strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "two words") {
				t.Errorf("the error repeats the secret: %v", err)
			}
		})
	}
}

func TestEncryptionKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "k")
	if err := os.WriteFile(path, []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZab@#$%\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key, err := Vault{encryption: source{file: path}}.EncryptionKey(env(nil))
	if err != nil || len(key.Reveal()) != 32 {
		t.Errorf("EncryptionKey = %q, %v", key.Reveal(), err)
	}
	if _, err := (Vault{}).EncryptionKey(env(nil)); !errors.Is(err, ErrNoSecret) {
		t.Errorf("no encryption key: %v", err)
	}
	if err := os.WriteFile(path, []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Vault{encryption: source{file: path}}).EncryptionKey(env(nil)); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("wrong form: %v", err)
	}
}
