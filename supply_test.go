package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var updateSBOM = flag.Bool("update", false, "write docs/sbom.cdx.json anew")

// dependency is a module that the program, or its tests, are built from.
type dependency struct {
	Path, Version, Sum, Licence string
	InProgram                   bool            // not in tests alone
	Needs                       map[string]bool // paths of others
}

// listedPackage is what go list says of a package.
type listedPackage struct {
	ImportPath string
	Imports    []string
	ImportMap  map[string]string
	Module     *struct {
		Path, Version, Dir, Sum string
		Main                    bool
	}
}

func packagesOf(t *testing.T, args ...string) []listedPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-json=ImportPath,Imports,ImportMap,Module"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listedPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// dependencies are all there are, by path; "" is the program itself. They come from
// what is compiled, not from what go.mod says, and need no network.
func dependencies(t *testing.T) map[string]*dependency {
	t.Helper()
	sums := sumsOf(t)
	found := map[string]*dependency{"": {Needs: map[string]bool{}}}
	for _, in := range []struct {
		args      []string
		inProgram bool
	}{{[]string{"."}, true}, {[]string{"-test", "./..."}, false}} {
		packages := packagesOf(t, in.args...)
		module := map[string]string{}
		for _, p := range packages {
			if p.Module != nil && !p.Module.Main {
				module[p.ImportPath] = p.Module.Path
			}
		}
		for _, p := range packages {
			if p.Module == nil {
				continue
			}
			path := module[p.ImportPath]
			if found[path] == nil {
				found[path] = &dependency{Path: path, Version: p.Module.Version, Sum: sums[path+" "+p.Module.Version],
					Licence: licenceIn(t, p.Module.Dir), InProgram: in.inProgram, Needs: map[string]bool{}}
			}
			for _, i := range p.Imports {
				if other := module[i]; other != "" && other != path && in.inProgram {
					found[path].Needs[other] = true
				}
			}
		}
	}
	return found
}

// sumsOf are the hashes that go.sum holds and go mod verify compares with.
func sumsOf(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && !strings.HasSuffix(f[1], "/go.mod") {
			sums[f[0]+" "+f[1]] = f[2]
		}
	}
	return sums
}

// explained are the rows of the tables in docs/dependencies.md: module, version and
// licence, in the order in which they stand.
func explained(page string) (rows [][3]string) {
	row := regexp.MustCompile("(?m)^\\| `([^` ]+) ([^` ]+)` \\| ([^|]+) \\| [^|]{3,} \\| [^|]{3,} \\|$")
	for _, m := range row.FindAllStringSubmatch(page, -1) {
		rows = append(rows, [3]string{m[1], m[2], m[3]})
	}
	return rows
}

// unexplained says in what the tables differ from what is there.
func unexplained(page string, all map[string]*dependency) []string {
	var wrong []string
	left := maps.Clone(all)
	delete(left, "")
	for _, row := range explained(page) {
		d := left[row[0]]
		delete(left, row[0])
		switch {
		case d == nil:
			wrong = append(wrong, row[0]+" is explained, and nothing is built from it, or it is explained twice")
		case d.Version != row[1] || d.Licence != row[2]:
			wrong = append(wrong, fmt.Sprintf("%s is explained as %s under %s, and is %s under %s", row[0], row[1], row[2], d.Version, d.Licence))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(left)) {
		wrong = append(wrong, fmt.Sprintf("%s %s under %s is not explained", path, left[path].Version, left[path].Licence))
	}
	for path, d := range all {
		if path != "" && (d.Licence == "" || strings.Contains(d.Licence, "unknown")) {
			wrong = append(wrong, fmt.Sprintf("%s: licence %q: nobody has looked whether it fits", path, d.Licence))
		}
		if path != "" && d.InProgram && strings.Contains(d.Licence, testsOnly) {
			wrong = append(wrong, path+" is compiled in, and its licence is for tests only")
		}
		if path != "" && d.Sum == "" {
			wrong = append(wrong, path+" is not in go.sum")
		}
	}
	return wrong
}

// TestTortureDependenciesAreExplained fails where a dependency, its version or its
// licence is another one than docs/dependencies.md explains, and, as a control, sees
// each row that is missing or false.
func TestTortureDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	page, all := string(b), dependencies(t)
	for _, wrong := range unexplained(page, all) {
		t.Error(wrong)
	}
	for _, row := range explained(page) {
		for what, falsified := range map[string]string{
			"missing":               strings.Replace(page, "| `"+row[0]+" ", "| `"+row[0]+"x ", 1),
			"of another version":    strings.Replace(page, row[0]+" "+row[1], row[0]+" v0.0.0", 1),
			"without a reason":      regexp.MustCompile("(?m)^(\\| `"+regexp.QuoteMeta(row[0])+" .*\\| )[^|]+\\|$").ReplaceAllString(page, "$1 |"),
			"under another licence": strings.Replace(page, row[0]+" "+row[1]+"` | "+row[2], row[0]+" "+row[1]+"` | GPL-3.0", 1),
		} {
			if len(unexplained(falsified, all)) == 0 {
				t.Errorf("%s %s is not noticed", row[0], what)
			}
		}
	}
}

// toolVersions are the versions that .ci/run and go.mod name, by the tool.
func toolVersions(t *testing.T) map[string]string {
	t.Helper()
	versions := map[string]string{}
	for file, pattern := range map[string]string{".ci/run": `(?m)^(\w+)_version=(\S+)$`, "go.mod": `(?m)^(go) (\S+)$`} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(b), -1) {
			versions[m[1]] = m[2]
		}
	}
	return versions
}

// explainedTools are the versions in the table of tools.
func explainedTools(page string) map[string]string {
	versions := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| (\\w+) `(\\S+)`[^|]* \\| [^|]{3,} \\| [^|]{3,} \\|$").FindAllStringSubmatch(page, -1) {
		versions[strings.ToLower(m[1])] = m[2]
	}
	return versions
}

// TestTortureToolsAreExplained holds the tools of docs/dependencies.md against what is used, and, as
// a control, sees each version that is another one.
func TestTortureToolsAreExplained(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	page, used := string(b), toolVersions(t)
	if got := explainedTools(page); !maps.Equal(got, used) || len(used) != 3 {
		t.Errorf("explained are %v, used are %v", got, used)
	}
	for tool, version := range used {
		if maps.Equal(explainedTools(strings.ReplaceAll(page, "`"+version+"`", "`v0`")), used) {
			t.Errorf("another version of %s is not noticed", tool)
		}
	}
}

// TestTortureFuzzCorporaAreKept fails where a fuzz target has no inputs of its own that
// every run of the tests plays, and, as a control, sees one that has none.
func TestTortureFuzzCorporaAreKept(t *testing.T) {
	t.Parallel()
	without, targets := withoutCorpus(t, ".")
	for _, name := range without {
		t.Errorf("%s has no corpus: go test -run '^$' -fuzz, and copy what it finds to testdata/fuzz", name)
	}
	if targets < 15 {
		t.Errorf("only %d fuzz targets were found", targets)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x_test.go"), []byte("package x\n\nfunc FuzzNothing(f *testing.F) {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if without, _ := withoutCorpus(t, dir); len(without) != 1 {
		t.Errorf("a target without a corpus is not noticed: %v", without)
	}
}

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

func withoutCorpus(t *testing.T, root string) (without []string, targets int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range fuzzTarget.FindAllSubmatch(b, -1) {
			targets++
			kept, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "testdata", "fuzz", string(m[1]), "*"))
			if len(kept) == 0 {
				without = append(without, filepath.Join(filepath.Dir(path), string(m[1])))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return without, targets
}
