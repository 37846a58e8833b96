package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tooShort has the form of a key and not its length; it was never in use.
const tooShort = "AGE-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CC"

func TestIdentityFiles(t *testing.T) {
	t.Parallel()
	one, two := generate(t), generate(t)
	text := "# made by a test\r\n\r\n" + string(one.File()) + "\n  " + lastLine(two) + "  \n"
	got, err := ParseIdentities(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].KeyID() != one.KeyID() || got[1].KeyID() != two.KeyID() {
		t.Errorf("got %d identities", len(got))
	}
}

func lastLine(i Identity) string {
	lines := strings.Split(strings.TrimSpace(string(i.File())), "\n")
	return lines[len(lines)-1]
}

func TestWrongIdentityFiles(t *testing.T) {
	t.Parallel()
	secret := lastLine(generate(t))
	many := strings.Repeat(secret+"\n", maxKeys+1)
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "holds no identity"},
		{"only comments", "# nothing\n\n", "holds no identity"},
		{"a public key", generate(t).Recipient().String(), "identity in line 1"},
		{"cut", "# x\n\n" + secret[:len(secret)-6], "identity in line 3"},
		{"one character wrong", strings.Replace(secret, secret[30:31], "B", 1), "identity in line 1"},
		{"too short a key", tooShort, "identity in line 1"},
		{"two keys in a line", secret + " " + secret, "identity in line 1"},
		{"a password", canary, "identity in line 1"},
		{"too many", many, "more than 16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseIdentities(tt.text)
			if !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want ErrKey with %q", err, tt.want)
			}
			for _, part := range []string{canary, secret[20:30], tooShort[20:30]} {
				if err != nil && strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(part)) {
					t.Errorf("the error holds a part of the key: %v", err)
				}
			}
		})
	}
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	one, two := generate(t).Recipient(), generate(t).Recipient()
	got, err := ParseRecipients([]string{one.String(), " " + two.String() + "\n", one.String()})
	if err != nil || len(got) != 2 || got[0].String() != one.String() || got[1].String() != two.String() {
		t.Errorf("ParseRecipients = %v, %v", got, err)
	}
	if got, err := ParseRecipients(nil); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
	secret := lastLine(generate(t))
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "recipient 2"},
		{"cut", one.String()[:40], "copied whole"},
		{"a secret key", secret, "a secret key stands"},
		{"a secret key in lower case", strings.ToLower(secret), "a secret key stands"},
		{"an SSH key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "begins with age1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseRecipients([]string{one.String(), tt.text})
			if !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want ErrKey with %q", err, tt.want)
			}
			if err != nil && strings.Contains(strings.ToUpper(err.Error()), secret[20:30]) {
				t.Errorf("the error holds a part of the key: %v", err)
			}
		})
	}
	if _, err := ParseRecipients(slices.Repeat([]string{one.String()}, maxKeys+1)); !errors.Is(err, ErrKey) {
		t.Errorf("too many: %v", err)
	}
}

func TestKeyIDs(t *testing.T) {
	t.Parallel()
	one, two := generate(t), generate(t)
	if one.KeyID() != one.Recipient().KeyID() || one.KeyID() == two.KeyID() {
		t.Errorf("ids %s, %s, %s", one.KeyID(), one.Recipient().KeyID(), two.KeyID())
	}
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(string(one.KeyID())) {
		t.Errorf("id = %q", one.KeyID())
	}
}

func TestIdentityNeverPrints(t *testing.T) {
	t.Parallel()
	id := generate(t)
	type wrapper struct {
		Open   Identity
		hidden Identity // fmt cannot call methods on it
		e      Ephemeral
	}
	w := wrapper{id, id, Ephemeral{id}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{id, &id, w, &w, []Identity{id}, Ephemeral{id}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "id", id, "w", w)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "id", id, "w", w)
	j, err := json.Marshal([]any{id, w})
	if err != nil {
		t.Fatal(err)
	}
	all := out.String() + string(j) + id.String() + id.GoString()
	secret := lastLine(id)
	for _, form := range []string{secret, strings.ToLower(secret), fmt.Sprintf("%x", secret)} {
		if strings.Contains(all, form) {
			t.Errorf("the secret key shows as %q", form)
		}
	}
	if inside := regexp.MustCompile(`secretKey|([0-9]{1,3} ){8}`).FindString(all); inside != "" {
		t.Errorf("the inside of the identity shows: %s", inside)
	}
}

func TestZeroValuesAreHarmless(t *testing.T) {
	t.Parallel()
	var id Identity
	if id.Recipient().String() != "" || id.File() != nil {
		t.Errorf("recipient %q, file %q", id.Recipient(), id.File())
	}
}
