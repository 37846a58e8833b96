package cli

import (
	"errors"
	"strings"
	"testing"

	"countersign/model"
)

func TestPeopleFile(t *testing.T) {
	t.Parallel()
	r, err := parsePeople("people.toml", `
[[person]]
login = "dana"
name = "Dana Novak"
email = "dana@example.com"
roles = ["requestor", "approver"]
keys = ["ssh-ed25519 AAAA dana"]

[[person]]
login = "eve"
email = "eve@example.com"
disabled = true

[[group]]
name = "Vault Approvers"
members = ["dana"]
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.People) != 2 || r.People[0].Roles[1] != model.RoleApprover || len(r.People[0].Keys) != 1 || !r.People[1].Disabled {
		t.Errorf("people: %+v", r.People)
	}
	if len(r.Groups) != 1 || r.Groups[0].Name != "Vault Approvers" || r.Groups[0].Members[0] != "dana" {
		t.Errorf("groups: %+v", r.Groups)
	}
}

func TestWrongPeopleFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"not TOML", "[[person]]\nlogin = eve\n", "p.toml:2: "},
		{"a wrong type", "[[person]]\nlogin = 7\n", "p.toml: "},
		{"a mistyped key", "[[person]]\nlogin = \"a\"\nemial = \"a@example.com\"\n", `p.toml:3: unknown key "emial", did you mean "email"?`},
		{"a mistyped table", "[[persons]]\nlogin = \"a\"\n", `p.toml:1: unknown key "persons", did you mean "person"?`},
		{"a key nobody knows", "[[group]]\nname = \"g\"\ncolour = \"red\"\n", `p.toml:3: unknown key "colour"`},
		{"the second of its kind", "[[group]]\nname = \"g\"\n[[group]]\nnmae = \"h\"\n", `p.toml:4: unknown key "nmae", did you mean "name"?`},
		{"a quoted key", "[[group]]\n\"nmae\" = \"h\"\n", `p.toml:2: unknown key "nmae"`},
		{"inline", "group = [{name = \"g\", membres = []}]\n", `p.toml:1: unknown key "membres", did you mean "members"?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parsePeople("p.toml", tt.text)
			var wrong *peopleError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("more than one complaint: %v", err)
			}
		})
	}
}

func FuzzPeopleFile(f *testing.F) {
	f.Add("[[person]]\nlogin = \"a\"\n")
	f.Add("[[persons]]\nx.y.z = 1\n[a.b]\n")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := parsePeople("p.toml", text)
		var wrong *peopleError
		if err != nil && (!errors.As(err, &wrong) || len(wrong.problems) == 0) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
