package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

var (
	offKey     = regexp.MustCompile(`^# ([A-Za-z0-9_]+ = .*)$`)
	offSection = regexp.MustCompile(`^# (\[+[a-z.-]+\]+)$`)
)

func example(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("../config.toml.example")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\n")
}

// on returns a line with its "#" taken away, if it is a key or section that is
// switched off.
func on(line string) (string, bool) {
	for _, form := range []*regexp.Regexp{offKey, offSection} {
		if m := form.FindStringSubmatch(line); m != nil {
			return m[1], true
		}
	}
	return line, false
}

func TestExampleLoads(t *testing.T) {
	t.Parallel()
	c := load(t, strings.Join(example(t), "\n"))
	if c.Store.Dir != "/home/dana/.local/share/countersign" || c.Vault.key.file != "/home/dana/.config/countersign/api-key" {
		t.Errorf("store = %+v, key = %+v", c.Store, c.Vault.key)
	}
}

// TestExampleHasEveryKey compares the keys that the reader asks for with those in
// the example, in both directions.
func TestExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	lines := example(t)
	for i := range lines {
		lines[i], _ = on(lines[i])
	}
	var values map[string]any
	md, err := toml.Decode(strings.Join(lines, "\n"), &values)
	if err != nil {
		t.Fatalf("with every key switched on: %v", err)
	}
	r := newReader()
	r.config(r.table(nil, values), places{file: "/c", env: home()})
	r.unknown()
	for _, p := range r.problems {
		if strings.HasPrefix(p.text, "no such") {
			t.Errorf("the example has %s: %s", p.path.key(), p.text)
		}
	}
	for _, table := range r.tables {
		for _, key := range table.known {
			name := append(plain(table.path), key)
			if name[0] == "item" && len(name) > 2 {
				name = append([]string{"approval"}, name[2:]...) // the same keys, explained there
			}
			if rest := slices.Clone(name); len(rest) > 2 && rest[1] == "when" && md.IsDefined(slices.Delete(rest, 1, 2)...) {
				continue // as in [approval]
			}
			if !md.IsDefined(name...) && !hasInList(md, name) {
				t.Errorf("the example does not explain %s", table.path.add(key).key())
			}
		}
	}
}

func plain(p keyPath) []string {
	var names []string
	for _, part := range p {
		if part.number == 0 {
			names = append(names, part.name)
		}
	}
	return names
}

func hasInList(md toml.MetaData, name []string) bool {
	return slices.ContainsFunc(md.Keys(), func(k toml.Key) bool { return slices.Equal(k, name) })
}

// TestExampleTellsTheDefaults switches each key on alone: the configuration must
// stay the same, unless the text above the key says that it has no default.
func TestExampleTellsTheDefaults(t *testing.T) {
	t.Parallel()
	lines := example(t)
	path := write(t, strings.Join(lines, "\n"))
	was, err := Load(path, home())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for i, line := range lines {
		key, off := on(line)
		if !off || explained(lines[:i], "No default") {
			continue
		}
		tried++
		changed := slices.Clone(lines)
		changed[i] = key
		if err := os.WriteFile(path, []byte(strings.Join(changed, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		is, err := Load(path, home())
		if err != nil {
			t.Errorf("line %d: %v", i+1, err)
		} else if !reflect.DeepEqual(was, is) {
			t.Errorf("line %d is not the default: %s\nwithout %+v\nwith    %+v", i+1, key, was, is)
		}
	}
	if tried < 15 {
		t.Errorf("only %d defaults tried", tried)
	}
}

// explained reports whether the comment right above holds a phrase.
func explained(above []string, phrase string) bool {
	for i := len(above) - 1; i >= 0 && strings.HasPrefix(above[i], "#"); i-- {
		if strings.Contains(above[i], phrase) {
			return true
		}
	}
	return false
}

// TestExampleMayBeReadByAll loads the example as one copies it: readable by all.
func TestExampleMayBeReadByAll(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(strings.Join(example(t), "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, home()); err != nil {
		t.Error(err)
	}
}

// TestReadmeNamesTheSections compares the table of the README with the sections
// that the reader asks for.
func TestReadmeNamesTheSections(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range regexp.MustCompile("(?m)^\\| `\\[([a-z]+)").FindAllStringSubmatch(string(b), -1) {
		named = append(named, m[1])
	}
	r := newReader()
	root := r.table(nil, nil)
	r.config(root, places{file: "/c", env: home()})
	read := root.known
	slices.Sort(named)
	slices.Sort(read)
	if !slices.Equal(named, read) {
		t.Errorf("the README names %q, read are %q", named, read)
	}
}
