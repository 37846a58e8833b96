package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/model"
)

// given is what a test expects of the answers to an item.
type given struct {
	answers string // as field=text, sorted, joined by " | "
	secrets string // likewise
	wrong   string
}

func TestAnswersAreReadFromFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	if err := os.WriteFile(file, []byte("first\nsecond\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const random = "password=generate random 24"
	for _, tt := range []struct {
		name  string
		item  model.ItemKey
		flags answerFlags
		in    string
		want  given
	}{
		{"nothing: the vault makes the password, and no seed", model.ItemLogin, answerFlags{}, "", given{answers: random}},
		{"an equals sign and more in a value", model.ItemLogin, answerFlags{plain: []string{`login==x=y --format json "\n`}}, "",
			given{answers: `login==x=y --format json "\n | ` + random}},
		{"an empty value is none", model.ItemLogin, answerFlags{plain: []string{"login="}}, "", given{answers: random}},
		{"a way to make it", model.ItemLogin, answerFlags{generated: []string{"password=words:7", "totp"}}, "",
			given{answers: "password=generate words 7 | totp=generate code"}},
		{"none", model.ItemLogin, answerFlags{generated: []string{"password=none"}}, "", given{}},
		{"the whole of standard input", model.ItemNote, answerFlags{secret: []string{"note"}}, "a\nb\n", given{secrets: "note=a\nb\n"}},
		{"the end of a line is none of a password", model.ItemServer, answerFlags{secret: []string{"password"}}, "p w\r\n", given{secrets: "password=p w"}},
		{"a line each", model.ItemLogin, answerFlags{secret: []string{"totp", "password"}}, "T\nP\n", given{secrets: "password=P | totp=T"}},
		{"a file keeps its lines", model.ItemLicense, answerFlags{secret: []string{"license=@" + file}}, "", given{secrets: "license=first\nsecond\n"}},
		{"JSON", model.ItemLogin, answerFlags{secretsJSON: "-"}, `{"password": "${last_record_uid} \u202e\n"}`, given{secrets: "password=${last_record_uid} \u202e\n"}},

		{"too few lines", model.ItemLogin, answerFlags{secret: []string{"totp", "password"}}, "T\n", given{wrong: "has 1 lines, and --secret names 2 fields"}},
		{"an unknown field", model.ItemLogin, answerFlags{plain: []string{"pass=x"}}, "", given{wrong: `login has no field "pass"`}},
		{"no equals sign", model.ItemLogin, answerFlags{plain: []string{"login"}}, "", given{wrong: "write FIELD=TEXT"}},
		{"twice", model.ItemLogin, answerFlags{plain: []string{"login=a", "login=b"}}, "", given{wrong: "login is given by --field already"}},
		{"a secret as an argument", model.ItemLogin, answerFlags{secret: []string{"password=canary"}}, "", given{wrong: "a secret is no argument"}},
		{"a secret in the clear", model.ItemLogin, answerFlags{plain: []string{"password=canary"}}, "", given{wrong: "password is secret"}},
		{"no secret", model.ItemLogin, answerFlags{secret: []string{"login"}}, "x", given{wrong: "login is not kept secret"}},
		{"another way", model.ItemLogin, answerFlags{generated: []string{"password=rsa"}}, "", given{wrong: "password=rsa is none of random:24, words:6"}},
		{"a length that is none", model.ItemLogin, answerFlags{generated: []string{"password=random:many"}}, "", given{wrong: `"many" is no length`}},
		{"nothing that can be made", model.ItemLogin, answerFlags{generated: []string{"login"}}, "", given{wrong: "cannot generate login"}},
		{"standard input twice", model.ItemLogin, answerFlags{secret: []string{"password"}, secretsJSON: "-"}, "x", given{wrong: "cannot be both"}},
		{"no JSON", model.ItemLogin, answerFlags{secretsJSON: "-"}, `{"password": canary}`, given{wrong: "no JSON object"}},
		{"too much", model.ItemNote, answerFlags{secret: []string{"note"}}, strings.Repeat("x", mostSecret+1), given{wrong: "at most"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			item, _ := model.FindItem(tt.item)
			a := &app{Invocation: Invocation{In: strings.NewReader(tt.in)}}
			answers, secrets, err := a.answers(item, tt.flags)
			if tt.want.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want.wrong) || strings.Contains(err.Error(), "canary") {
					t.Fatalf("error %v, want %q", err, tt.want.wrong)
				}
				return
			}
			var plain, sealed []string
			for _, v := range answers {
				plain = append(plain, v.Field+"="+v.Value)
			}
			for key, text := range secrets {
				sealed = append(sealed, fmt.Sprintf("%s=%s", key, text))
			}
			slices.Sort(plain)
			slices.Sort(sealed)
			if got := strings.Join(plain, " | "); err != nil || got != tt.want.answers {
				t.Errorf("answers %q, want %q, %v", got, tt.want.answers, err)
			}
			if got := strings.Join(sealed, " | "); got != tt.want.secrets {
				t.Errorf("secrets %q, want %q", got, tt.want.secrets)
			}
			wipeAll(secrets)
			for key, text := range secrets {
				if strings.Trim(string(text), "\x00") != "" {
					t.Errorf("%s is not wiped", key)
				}
			}
		})
	}
}

func TestFilesOfTheHostAreNotReadForOthers(t *testing.T) {
	t.Parallel()
	item, _ := model.FindItem(model.ItemNote)
	a := &app{Invocation: Invocation{Remote: true}}
	for _, flags := range []answerFlags{{secret: []string{"note=@/etc/hostname"}}, {secretsJSON: "/etc/hostname"}} {
		if _, secrets, err := a.answers(item, flags); err == nil || len(secrets) > 0 || !strings.Contains(err.Error(), "cannot be read from here") {
			t.Errorf("%d secrets, %v", len(secrets), err)
		}
	}
}

func TestSecretsAreNotTypedWhereTheyAreSeen(t *testing.T) {
	t.Parallel()
	_, tty, _ := terminal(t)
	item, _ := model.FindItem(model.ItemNote)
	a := &app{Invocation: Invocation{In: tty}}
	if _, _, err := a.answers(item, answerFlags{secret: []string{"note"}}); err == nil || !strings.Contains(err.Error(), "would be seen") {
		t.Errorf("error %v", err)
	}
}

// TestEveryItemCanBeAsked holds that the help of an item tells each of its fields,
// and offers a flag for everything else that it needs.
func TestEveryItemCanBeAsked(t *testing.T) {
	t.Parallel()
	for _, item := range model.Catalog() {
		cmd := (&app{}).orderCommand(item)
		for _, f := range item.Answers() {
			if !strings.Contains(cmd.Long, "\n  "+f.Key+" ") {
				t.Errorf("%s: the help does not tell of %s:\n%s", item.Key, f.Key, cmd.Long)
			}
		}
		for _, f := range item.Fields {
			flag := cmd.Flags().Lookup(f.Key)
			if own := !slices.ContainsFunc(item.Answers(), func(a model.Field) bool { return a.Key == f.Key }); own && flag == nil {
				t.Errorf("%s: there is no --%s", item.Key, f.Key)
			}
		}
	}
}
