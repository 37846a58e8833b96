package portal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

// counter is a desk before an empty form of an item.
func counter(t *testing.T, o *office, item model.ItemKey) *desk {
	t.Helper()
	d := sit(t, o, 120, 32)
	d.order(item)
	return d
}

// answersOf are the answers of a draft by field.
func answersOf(d workflow.Draft) map[string]string {
	given := map[string]string{}
	for _, a := range d.Answers {
		given[a.Field] = a.Value
	}
	return given
}

func TestATypedSecretGoesToTheQueueAndNowhereElse(t *testing.T) {
	t.Parallel()
	o := empty()
	d := sit(t, o, 120, 32)
	d.never = canary
	d.order(model.ItemLogin)
	d.fillLogin()
	d.press("esc")
	if kept := o.kept[model.ItemLogin]; kept.Secrets != nil || strings.Contains(strings.Join(o.asked, " "), canary) {
		t.Errorf("the kept draft has secrets %q", kept.Secrets)
	}
	if d.tab.Unsaved() == "" {
		t.Error("nothing is called unsaved, though the secret would be lost")
	}
	d.press("enter", "tab", "enter", "tab", "enter")
	if len(o.submitted) != 1 {
		t.Fatalf("submitted %d drafts:\n%s", len(o.submitted), d.screen())
	}
	got := o.submitted[0]
	if want := map[string][]byte{"password": []byte(canary)}; !reflect.DeepEqual(got.Secrets, want) {
		t.Errorf("secrets = %q, want %q", got.Secrets, want)
	}
	want := map[string]string{"login": "deploy", "url": "https://shop.example.com/login", model.FieldShareIt: "edit"}
	if given := answersOf(got); !reflect.DeepEqual(given, want) {
		t.Errorf("answers = %q, want %q", given, want)
	}
	for _, text := range append(d.notices, o.asked...) {
		if strings.Contains(text, canary) {
			t.Errorf("the secret is in %q", text)
		}
	}
	if d.tab.Unsaved() != "" || o.kept[model.ItemLogin].Answers != nil {
		t.Errorf("after submitting: unsaved %q, kept %+v", d.tab.Unsaved(), o.kept)
	}
}

func TestASecretThatIsNotSubmittedIsWiped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		do   func(d *desk)
	}{
		{"the review is left", func(d *desk) { d.press("tab", "enter", "esc") }},
		{"the queue refuses it", func(d *desk) {
			d.tab.core.svc.(*office).checkErr = workflow.Invalid{"justification": "too vague"}
			d.press("tab", "enter")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := empty()
			d := counter(t, o, model.ItemLogin)
			d.fillLogin()
			tt.do(d)
			if plain := o.checked[0].Secrets["password"]; !bytes.Equal(plain, make([]byte, len(canary))) {
				t.Errorf("the copy that was checked is still %q", plain)
			}
			if f := d.tab.catalog.forms[model.ItemLogin]; string(f.secrets()["password"]) != canary {
				t.Error("the form has lost its secret")
			}
		})
	}
}

func TestStartingAnewWipesWhatWasSealed(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemLogin)
	d.fillLogin()
	old := d.tab.catalog.form
	d.press("tab", "right", "enter", "tab", "enter")
	if kept := old.secrets(); kept != nil {
		t.Errorf("the secret is still %q", kept)
	}
	if f := d.tab.catalog.form; f.secrets() != nil {
		t.Errorf("the new form has secrets %q", f.secrets())
	}
}

func TestWhatIsSealedIsGivenAnewAndNotLookedAt(t *testing.T) {
	t.Parallel()
	o := empty()
	d := counter(t, o, model.ItemLogin)
	d.press("tab", "tab", "right", "right", "tab")
	d.send(pasted("first-secret"))
	d.press("tab", "shift+tab")
	d.shows("✓ sealed, not shown again", "backspace to give another")
	d.send(pasted("more"))
	d.shows("backspace first")
	d.press("backspace")
	d.hides("✓ sealed")
	d.send(pasted("second-secret"))
	if got := string(d.tab.catalog.form.secrets()["password"]); got != "second-secret" {
		t.Errorf("the secret is %q", got)
	}
	d.hides("second-secret")
}

func TestWhatTheVaultMakesUpIsTheDefault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		item model.ItemKey
		do   func(d *desk)
		want map[string]string
	}{
		{"a password", model.ItemServer, func(*desk) {}, map[string]string{"password": "generate random 24"}},
		{"a longer password", model.ItemServer, func(d *desk) { d.press("tab", "tab", "tab", "tab", "ctrl+u"); d.text("40") },
			map[string]string{"password": "generate random 40"}},
		{"a password of words", model.ItemServer, func(d *desk) { d.press("tab", "tab", "tab", "right") },
			map[string]string{"password": "generate words 6"}},
		{"no password", model.ItemServer, func(d *desk) { d.press("tab", "tab", "tab", "right", "right", "right") }, map[string]string{}},
		{"a key pair", model.ItemSSHKey, func(*desk) {}, map[string]string{"keypair": "generate ed25519"}},
		{"another key pair", model.ItemSSHKey, func(d *desk) { d.press("tab", "tab", "right") }, map[string]string{"keypair": "generate rsa"}},
		{"a seed", model.ItemLogin, func(d *desk) { d.press("tab", "tab", "tab", "tab", "tab", "right", "right") },
			map[string]string{"password": "generate random 24", "totp": "generate code"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := counter(t, empty(), tt.item)
			tt.do(d)
			f := d.tab.catalog.form
			if got := answersOf(f.draft()); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("answers = %q, want %q\n%s", got, tt.want, d.screen())
			}
			if f.secrets() != nil {
				t.Errorf("secrets = %q", f.secrets())
			}
		})
	}
}

func TestALengthThatCannotBeMadeIsRefused(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemServer)
	d.press("tab", "tab", "tab", "tab", "ctrl+u")
	d.text("4")
	d.press("tab")
	d.shows("▲ choose a length from 12 to 100")
}

func TestAKeyPairIsReadFromAFileOnlyWhereFilesAreThePersonsOwn(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemSSHKey)
	d.hides("from a file")

	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))})
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ name, path, want string }{
		{"a private key", write("id", key), "✓ sealed, not shown again"},
		{"no key", write("notes", []byte("dear diary")), "▲ paste the private key"},
		{"a file that is not there", filepath.Join(dir, "none"), "▲ there is no such file"},
		{"a folder", dir, "▲ this is no plain file"},
		{"a file that is far too long", write("long", bytes.Repeat([]byte("x"), 16<<10+1)), "▲ this file is too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, empty(), 120, 32)
			d.tab.UseFiles()
			d.order(model.ItemSSHKey)
			d.press("tab", "tab", "right", "right", "right", "right", "tab")
			d.send(pasted(tt.path))
			d.press("tab")
			d.shows(tt.want)
			d.hides("BEGIN PRIVATE KEY", "dear diary")
			got := string(d.tab.catalog.form.secrets()["keypair"])
			if good := strings.HasPrefix(tt.want, "✓"); good && got != string(key) || !good && got != "" {
				t.Errorf("the secret is %q", got)
			}
		})
	}
}

func TestAPassphraseIsAskedOnlyForAKeyThatIsBrought(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemSSHKey)
	d.hides("Passphrase")
	d.press("tab", "tab", "right", "right", "right")
	d.shows("Passphrase")
	d.press("tab", "tab")
	d.send(pasted("of the key"))
	d.press("shift+tab", "shift+tab", "left") // it is generated after all
	if got := d.tab.catalog.form.secrets(); got != nil {
		t.Errorf("secrets = %q", got)
	}
}

func TestASecretThatIsBeingTypedIsSealedWhenTheFormIsLeft(t *testing.T) {
	t.Parallel()
	d := counter(t, empty(), model.ItemNote)
	d.press("tab")
	d.send(pasted(canary))
	d.press("esc", "enter")
	d.shows("✓ sealed, not shown again")
	if got := string(d.tab.catalog.form.secrets()["note"]); got != canary {
		t.Errorf("the secret is %q", got)
	}
}
