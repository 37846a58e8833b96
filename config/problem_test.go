package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// problems loads a file that must be refused and returns "line: key: text" of
// each problem.
func problems(t *testing.T, text string) []string {
	t.Helper()
	_, err := Load(write(t, text), home())
	var list *Error
	if !errors.As(err, &list) {
		t.Fatalf("Load: %v, want an *Error", err)
	}
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], list.Path)
	}
	return lines
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	got := problems(t, `# a comment
[store]
dri = "/q"

[vualt]
url = "https://vault.example.com"

[ui]
fps = "60"
theme = "drak"
url = "https://vault.example.com"

[item.record-acess]
mode = "all"

[item.login]
steps = [
  # two
  { group = "A" },
  { group = "B", mod = "all" },
]

[[item.note.steps]]
group = "A"
[[item.note.steps]]
group = " "
needed = 2
`)
	want := []string{
		`: [store] dir: say where the queue lies: dir = "~/.local/share/countersign"`,
		`: [vault] url: say where the vault service listens: url = "https://vault.example.com:8900"`,
		`:3: [store] dri: no such key: did you mean dir?`,
		`:5: vualt: no such section: did you mean [vault]?`,
		`:9: [ui] fps: expected a whole number, without quotes, found a text`,
		`:10: [ui] theme: "drak" is not a choice: did you mean "dark"? (one of "auto", "dark", "light")`,
		`:11: [ui] url: no such key here: it belongs under [vault]`,
		`:13: [item] record-acess: no such catalog item: did you mean [item.record-access]?`,
		`:17: [[item.login.steps]] mod (number 2): no such key: did you mean mode?`,
		`:26: [[item.note.steps]] group (number 2): the name of a group is empty`,
		`:27: [[item.note.steps]] needed (number 2): nobody reads this unless mode = "n_of"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\n\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	const key = "zUoGqjWmEfg1jpLxJaDIGnwCM4yv7kZHfHSEKJAn7Xk="
	for _, tt := range []struct {
		name, text string
		want       string // of the first problem
	}{
		{"text without quotes", "[ui]\ntheme = dark\n", `:2: this is not valid TOML (column 9): expected value but found "dark" instead`},
		{"key set twice", minimal + "url = \"https://b.example.com\"\n", `:6: this is not valid TOML`},
		{"section instead of a value", minimal + "[vault.version]\n", ":6: [vault] version: expected a text in quotes"},
		{"value instead of a section", "vault = 1\n" + "[store]\ndir='/q'\n", ": [vault] url: say where"},
		{"fraction", minimal + "calls_per_minute = 5.5\n", ":6: [vault] calls_per_minute: expected a whole number, without quotes, found a number with a fraction"},
		{"number out of range", minimal + "calls_per_minute = 0\n", ":6: [vault] calls_per_minute: 0 is out of range: write a number from 1 to 1000"},
		{"number that would overflow", minimal + "calls_per_minute = 4294967297\n", ":6: [vault] calls_per_minute: 4294967297 is out of range"},
		{"time without a unit", minimal + `deadline = "90"`, `:6: [vault] deadline: "90" is not a time: write a number with s, min, h, d or w, as "2 min"`},
		{"time as a number", minimal + "deadline = 90", `:6: [vault] deadline: expected a time in quotes, as "2 min", found a whole number`},
		{"time out of range", minimal + `deadline = "1 s"`, ":6: [vault] deadline: 1 s is out of range: write a time from 5 s to 30 min"},
		{"flag in quotes", minimal + `plain_http = "no"`, ":6: [vault] plain_http: expected true or false, without quotes, found a text"},
		{"empty path", minimal + `ca_file = ""`, ":6: [vault] ca_file: expected a path"},
		{"path with an escape", minimal + `ca_file = "a\u001bb"`, ":6: [vault] ca_file: a path cannot hold control characters"},
		{"zone", minimal + `timezone = "Berlin"`, `:6: [vault] timezone: "Berlin" is not a time zone`},
		{"zone outside of the zone files", minimal + `timezone = "../../etc/passwd"`, `:6: [vault] timezone: "../../etc/passwd" is not a time zone`},
		{"version", minimal + `version = "17"`, `:6: [vault] version: "17" is not a version`},
		{"fingerprint", minimal + `fingerprint = "SHA1"`, ":6: [vault] fingerprint: expected the SHA-256"},
		{"two places of the key", minimal + "api_key_file = \"k\"\napi_key_env = \"K\"\n", ":7: [vault] api_key_env: api_key_file says already where the key is"},
		{"key as a file name", minimal + `api_key_file = "` + key + `"`, ":6: [vault] api_key_file: this looks like the key itself"},
		{"key as the name of a variable", minimal + `api_key_env = "` + key + `"`, ":6: [vault] api_key_env: expected the name of an environment variable, not its value"},
		{"key in two words", minimal + `api_key = "two words"`, ":6: [vault] api_key: expected one word"},
		{"key without quotes", "[vault]\napi_key = " + key + "\n", ":2: this is not valid TOML (column 11)"},
		{"unknown mode of the worker", minimal + "[worker]\nmode = \"seperate\"", `:7: [worker] mode: "seperate" is not a choice: did you mean "separate"?`},
		{"group with a hidden character", minimal + "[approval]\ngroup = \"A\\u202eB\"", `:7: [approval] group: "A\u202eB" holds characters that cannot be seen`},
		{"group with a blank at its end", minimal + "[approval]\nfulfil_group = \"A \"", `:7: [approval] fulfil_group: "A " begins or ends with a blank`},
		{"number of people missing", minimal + "[approval]\nmode = \"n_of\"", `: [approval] needed: mode = "n_of" needs a number of people`},
		{"nobody needed", minimal + "[approval]\nmode = \"n_of\"\nneeded = 0", ":8: [approval] needed: 0 is out of range"},
		{"no steps", minimal + "[approval]\nsteps = []", ":7: [approval] steps: at least one step is needed"},
		{"steps of texts", minimal + "[approval]\nsteps = [\"A\"]", ":7: [approval] steps: expected sections in the list, found a text"},
		{"step without a group", minimal + "[[approval.steps]]\nmode = \"all\"", ": [[approval.steps]] group (number 1): say who approves in this step"},
		{"steps beside a group", minimal + "[approval]\ngroup = \"A\"\n[[approval.steps]]\ngroup = \"B\"", ":8: [approval] steps: write either steps or group"},
		{"item that changes one of several steps", minimal + "[[approval.steps]]\ngroup='A'\n[[approval.steps]]\ngroup='B'\n[item.login]\nmode='all'", ": [item.login] group: [approval] has several steps"},
		{"due at once", minimal + "[approval]\ndue_in = \"30 s\"", ":7: [approval] due_in: 30 s is out of range: write a time from 5 min to 365 d"},
		{"item far from any", minimal + "[item.zzzzzzzzzzzz]", ":6: [item] zzzzzzzzzzzz: no such catalog item: known are record-access,"},
		{"key far from any", minimal + "[log]\nrotation = 3", ":7: [log] rotation: no such key: known are keep, level"},
		{"name that would disturb the terminal", minimal + "[log]\n\"\\u001b]0;x\" = 3", `:7: [log] "\x1b]0;x": no such key`},
		{"address without a scheme", "[store]\ndir='/q'\n[vault]\nurl='vault.example.com:8900'", ":4: [vault] url: expected an address that begins with https://"},
		{"address of a file", "[store]\ndir='/q'\n[vault]\nurl='file:///etc/passwd'", ":4: [vault] url: expected an address"},
		{"address without a host", "[store]\ndir='/q'\n[vault]\nurl='https://:8900'", ":4: [vault] url: the address names no host"},
		{"address with a password", "[store]\ndir='/q'\n[vault]\nurl='https://u:geheim@h'", ":4: [vault] url: the address must not hold a user or password"},
		{"address with a port out of range", "[store]\ndir='/q'\n[vault]\nurl='https://h:70000'", ":4: [vault] url: the port must be"},
		{"address of a path of the service", "[store]\ndir='/q'\n[vault]\nurl='https://h/api/v2/'", ":4: [vault] url: leave out the path"},
		{"address with a query", "[store]\ndir='/q'\n[vault]\nurl='https://h/?k=geheim'", ":4: [vault] url: leave out what follows"},
		{"a secret key for a recipient", minimal + "[seal]\nrecipients = [\"AGE-SECRET-KEY-1GEHEIM\"]", ":7: [seal] recipients: recipient 1 is a secret key"},
		{"half a recipient", minimal + "[seal]\nrecipients = [\"age1qq\"]", ":7: [seal] recipients: recipient 1 is no public key"},
		{"a recipient without brackets", minimal + "[seal]\nrecipients = \"age1qq\"", ":7: [seal] recipients: expected a list of texts"},
		{"numbers for recipients", minimal + "[seal]\nrecipients = [1]", ":7: [seal] recipients: expected texts in the list"},
		{"a secret key for its file", minimal + "[seal]\nidentity = \"AGE-SECRET-KEY-1GEHEIM\"", ":7: [seal] identity: this looks like the key itself"},
		{"titles seen by nobody in particular", minimal + "[portal]\nvisible = \"some\"", `:7: [portal] visible: "some" is not a choice: write one of "all", "none", "folders"`},
		{"searching by mail", minimal + "[portal]\nsearch = \"mail\"", `:7: [portal] search: "mail" is not a choice`},
		{"folders that are not named", minimal + "[portal]\nvisible = \"folders\"", `: [portal] folders: visible = "folders" needs to know which`},
		{"folders that nobody reads", minimal + "[portal.folders]\n\"DB Team\" = [\"RZToj60CrP9GDxjDTPWxAQ\"]", `:6: [portal] folders: nobody reads this unless visible = "folders"`},
		{"path in place of a UID", minimal + "[portal]\nvisible = \"folders\"\n[portal.folders]\nDB = [\"Infra/DB\"]", `:9: [portal.folders] DB: "Infra/DB" is no UID of the vault`},
		{"one folder without brackets", minimal + "[portal]\nvisible = \"folders\"\n[portal.folders]\n\"DB Team\" = \"x\"", `:9: [portal.folders] "DB Team": expected a list of texts`},
		{"group that hides a character", minimal + "[portal]\nvisible = \"folders\"\n[portal.folders]\n\"A\\u202eB\" = [\"RZToj60CrP9GDxjDTPWxAQ\"]", `:9: [portal.folders] "A\u202eB": "A\u202eB" holds characters that cannot be seen`},
		{"escalated to nobody", minimal + "[approval]\noverdue = \"escalate\"", `: [approval] escalate_to: overdue = "escalate" needs the group`},
		{"an answer at once", minimal + "[approval]\nanswer_in = \"30 s\"", ":7: [approval] answer_in: 30 s is out of range: write a time from 5 min to 365 d"},
		{"an answer in time for no due date", minimal + "[item.login]\ndue_in = \"never\"\nanswer_in = \"1 d\"", `:8: [item.login] answer_in: no clock stands with due_in = "never"`},
		{"overdue without a due date", minimal + "[item.login]\ndue_in = \"never\"\noverdue = \"remind\"", `:8: [item.login] overdue: nothing is ever overdue`},
		{"a rule for everything", minimal + "[[approval.when]]\ngroup = \"A\"", ": [[approval.when]] rights (number 1): this fits every request"},
		{"a rule for an unknown item", minimal + "[[approval.when]]\nitems = [\"record-acces\"]", ":7: [[approval.when]] items (number 1): no such catalog item: did you mean record-access?"},
		{"a rule for an unknown right", minimal + "[[approval.when]]\nrights = [\"own\"]", `:7: [[approval.when]] rights (number 1): "own" is no right: known are "view"`},
		{"a rule whose step lacks its number", minimal + "[[approval.when]]\npermanent = true\nmode = \"n_of\"", `: [[approval.when]] needed (number 1): mode = "n_of" needs a number of people`},
		{"unencrypted to another host", "[store]\ndir='/q'\n[vault]\nurl='http://10.0.0.1'", ":4: [vault] url: http sends the key and every answer unencrypted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, tt.text)
			if !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), tt.want)
			}
			for _, secret := range []string{key[:20], "geheim", "GEHEIM", "two words"} {
				if strings.Contains(strings.Join(got, "\n"), secret) {
					t.Errorf("the text repeats %q: %v", secret, got)
				}
			}
		})
	}
}

// TestKeysThatNobodyReadsAreRefused holds what later versions will read: until
// then it would be a lie to accept it.
func TestKeysThatNobodyReadsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"[portal]\ntitles = \"all\"", ":7: [portal] titles: no such key: known are folders, search, visible"},
		{"[seal]\nidentity_file = \"k\"", ":7: [seal] identity_file: no such key: known are identity, recipients"},
		{"[worker]\nidentity_file = \"k\"", ":7: [worker] identity_file: no such key"},
		{"[approval]\nescalate_to = \"A\"", `:7: [approval] escalate_to: nobody reads this unless overdue = "escalate"`},
		{"[approval]\nmode = \"all\"\ndenials = 2", `:8: [approval] denials: nobody reads this with mode = "all"`},
		{"[[approval.when]]\nright = \"owner\"\npermanent = true", ":7: [[approval.when]] right (number 1): no such key: did you mean rights?"},
	} {
		if got := problems(t, minimal+tt.text); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("got %q, want %s", got, tt.want)
		}
	}
}

func TestEachMistakeIsSaidOnce(t *testing.T) {
	t.Parallel()
	got := problems(t, `
[store]
dir = 1
shared = 1
[vault]
url = 1
plain_http = 1
api_key = 1
encryption_key_file = 1
ca_file = 1
fingerprint = 1
timezone = 1
calls_per_minute = "1"
deadline = 1
version = 1
epm_word = 1
[worker]
mode = 1
[approval]
group = 1
mode = 1
due_in = 1
fulfil_group = 1
fulfilment = 1
fulfiller_differs = 1
[ui]
ascii = 1
theme = 1
mouse = 1
fps = "1"
[log]
level = 1
keep = 1
`)
	const keys = 26
	if len(got) != keys {
		t.Errorf("%d complaints about %d keys", len(got), keys)
	}
	for _, line := range got {
		if !strings.Contains(line, ": expected ") || !strings.Contains(line, ", found a ") {
			t.Errorf("not about a type: %s", line)
		}
	}
}

func TestFileThatOthersRead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, extra string
		mode        os.FileMode
		want        string // "" means accepted
	}{
		{"readable without a secret", "", 0o644, ""},
		{"private with a secret", `api_key = "abc"`, 0o600, ""},
		{"readable by all with a secret", `api_key = "abc"`, 0o644, ":6: [vault] api_key: others may read this file (mode 0644) and the key in it: chmod 600 "},
		{"readable by a group with a secret", `api_key = "abc"`, 0o640, ":6: [vault] api_key: others may read this file (mode 0640)"},
		{"changeable by all", "", 0o646, ": everybody may change this file (mode 0646), and with it who approves: chmod o-w "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, minimal+tt.extra)
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path, home())
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), path+tt.want)):
				t.Errorf("err = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"calls_per_minute", "deadline", "dir", "url", "needed"}
	for _, tt := range []struct{ name, want string }{
		{"calls_per_minutes", "calls_per_minute"},
		{"call_per_min", "calls_per_minute"},
		{"Deadline", "deadline"},
		{"dedaline", "deadline"},
		{"ulr", "url"},
		{"urls", "url"},
		{"x", ""},
		{"", ""},
		{"zzzzzz", ""},
	} {
		if got := nearest(tt.name, words); got != tt.want {
			t.Errorf("nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestDistanceIsSymmetricAndBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 0, 8, -1)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d < len(a)-len(b) {
			t.Fatalf("distance(%q, %q) = %d, back %d", a, b, d, distance(b, a))
		}
	})
}

// FuzzLoad looks for files that crash the reader, whose mistakes have no place,
// or whose complaints repeat a key that is written in them.
func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("../config.toml.example")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	f.Add(minimal)
	f.Add("[vault]\napi_key = S3CRETS3CRET\n")
	f.Add("[[approval.steps]]\nx = [[1], {a = 1}]\n[item.login]\nsteps = [{}]\n")
	path := filepath.Join(f.TempDir(), "config.toml")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		if err := os.WriteFile(path, []byte("[vault]\napi_key = \"S3CRETS3CRET\"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, home())
		if err == nil {
			return
		}
		var list *Error
		if !errors.As(err, &list) || len(list.Problems) == 0 {
			t.Fatalf("err = %v, want a list of problems", err)
		}
		if !strings.Contains(text, "S3CRET") && strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("the complaint repeats the key: %v", err)
		}
		for _, p := range list.Problems {
			if n := strings.Count(text, "\n") + 3; p.Line < 0 || p.Line > n {
				t.Errorf("line %d of %d: %+v", p.Line, n, p)
			}
			if strings.ContainsFunc(p.Key+p.Text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e }) {
				t.Errorf("unprintable text: %q", p.Key+p.Text)
			}
		}
	})
}
