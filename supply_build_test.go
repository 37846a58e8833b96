package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// bill is a software bill of materials as CycloneDX 1.5 writes it.
type bill struct {
	Format       string      `json:"bomFormat"`
	Spec         string      `json:"specVersion"`
	Version      int         `json:"version"`
	Metadata     metadata    `json:"metadata"`
	Components   []component `json:"components"`
	Dependencies []needs     `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Licences   []licensed `json:"licenses,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type licensed struct {
	Licence struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type needs struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

func under(ids string) (all []licensed) {
	for id := range strings.SplitSeq(ids, " AND ") {
		var l licensed
		l.Licence.ID = id
		all = append(all, l)
	}
	return all
}

// billOf lists what the program is built from: the modules that are compiled in, and
// the SQLite that lies in one of them. The standard library belongs to the Go that
// builds it, which the binary names itself.
func billOf(t *testing.T, all map[string]*dependency, sqlite component) bill {
	t.Helper()
	ref := func(path string) string {
		if path == "" {
			return "countersign"
		}
		return "pkg:golang/" + path + "@" + all[path].Version
	}
	b := bill{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: metadata{component{Type: "application", Ref: "countersign", Name: "countersign"}}}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		d := all[path]
		if path != "" && !d.InProgram {
			continue
		}
		var on []string
		for _, other := range slices.Sorted(maps.Keys(d.Needs)) {
			on = append(on, ref(other))
		}
		if path == sqliteModule {
			on = append(on, sqlite.Ref)
			b.Components = append(b.Components, sqlite)
			b.Dependencies = append(b.Dependencies, needs{Ref: sqlite.Ref})
		}
		b.Dependencies = append(b.Dependencies, needs{ref(path), on})
		if path != "" {
			b.Components = append(b.Components, component{Type: "library", Ref: ref(path), Name: path, Version: d.Version, Licences: under(d.Licence),
				PURL: ref(path), Properties: []property{{"go:h1", sha256Of(t, d.Sum)}}})
		}
	}
	return b
}

// sha256Of writes a hash of go.sum, which is the SHA-256 of the list of a module's
// files with theirs, as others write hashes.
func sha256Of(t *testing.T, sum string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:"))
	if err != nil || len(b) != 32 {
		t.Fatalf("%q is no hash: %v", sum, err)
	}
	return hex.EncodeToString(b)
}

const sqliteModule = "github.com/mattn/go-sqlite3"

func sqliteIn(t *testing.T) component {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", sqliteModule).Output()
	if err != nil {
		t.Fatal(err)
	}
	header, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "sqlite3-binding.h"))
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^#define SQLITE_VERSION +"([0-9.]+)"`).FindSubmatch(header)
	if version == nil {
		t.Fatal("the header of SQLite tells no version")
	}
	if !bytes.Contains(header, []byte("The author disclaims copyright to this source code.  In place of\n** a legal notice, here is a blessing:")) {
		t.Fatal("SQLite is not given away any more as it was")
	}
	purl := "pkg:generic/sqlite@" + string(version[1])
	return component{Type: "library", Ref: purl, Name: "sqlite", Version: string(version[1]), Licences: under("blessing"), PURL: purl}
}

const sbomFile = "docs/sbom.cdx.json"

// unlisted says in what a bill of materials differs from what the program is built from, "" where it does not.
func unlisted(t *testing.T, listed []byte, all map[string]*dependency, sqlite component) string {
	t.Helper()
	want, err := json.MarshalIndent(billOf(t, all, sqlite), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	have, want := strings.Split(string(listed), "\n"), append(want, '\n')
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(have) || have[i] != line {
			return fmt.Sprintf("line %d should be %q", i+1, line)
		}
	}
	if len(listed) != len(want) {
		return "there is more in it"
	}
	return ""
}

// TestTortureBillOfMaterials fails where docs/sbom.cdx.json is not what the program is
// built from; -update writes it anew. As a control it takes each thing that the bill
// tells out of what is there, and out of the bill.
func TestTortureBillOfMaterials(t *testing.T) {
	t.Parallel()
	all, sqlite := dependencies(t), sqliteIn(t)
	if *updateSBOM {
		b, err := json.MarshalIndent(billOf(t, all, sqlite), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(sbomFile, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := os.ReadFile(sbomFile)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := unlisted(t, listed, all, sqlite); wrong != "" {
		t.Fatalf("%s is not what the program is built from (%s): go test -run BillOfMaterials -update .", sbomFile, wrong)
	}

	const toggled = "is for tests alone, or is not,"
	changes := map[string]func(all map[string]*dependency, d *dependency){
		"is not there": func(all map[string]*dependency, d *dependency) {
			delete(all, d.Path)
			for _, other := range all {
				delete(other.Needs, d.Path)
			}
		},
		"is of another version": func(_ map[string]*dependency, d *dependency) { d.Version += "1" },
		"has another hash":      func(_ map[string]*dependency, d *dependency) { d.Sum = all[otherThan(d.Path)].Sum },
		"has another licence":   func(_ map[string]*dependency, d *dependency) { d.Licence = "ISC" },
		toggled:                 func(_ map[string]*dependency, d *dependency) { d.InProgram = !d.InProgram },
		"needs another":         func(_ map[string]*dependency, d *dependency) { d.Needs = map[string]bool{otherThan(d.Path): true} },
	}
	tried := 0
	for path, d := range all {
		if path == "" {
			continue
		}
		for what, change := range changes {
			if !d.InProgram && what != toggled {
				continue // the bill is of the program
			}
			altered := map[string]*dependency{}
			for path, d := range all {
				one := *d
				one.Needs = maps.Clone(d.Needs)
				altered[path] = &one
			}
			change(altered, altered[path])
			tried++
			if unlisted(t, listed, altered, sqlite) == "" {
				t.Errorf("that %s %s is not noticed", path, what)
			}
		}
	}
	other := sqlite
	other.Version += ".1"
	if unlisted(t, listed, all, other) == "" {
		t.Error("another SQLite is not noticed")
	}
	lines := strings.SplitAfter(string(listed), "\n")
	for i := range lines[:len(lines)-1] {
		if less := strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""); less != string(listed) && unlisted(t, []byte(less), all, sqlite) == "" {
			t.Errorf("that line %d is missing is not noticed: %s", i+1, lines[i])
		}
	}
	t.Logf("%d changes of modules and %d missing lines were noticed", tried, len(lines)-1)
}

// otherThan is a module of the program that is not the one of that path.
func otherThan(path string) string {
	if path == sqliteModule {
		return "filippo.io/age"
	}
	return sqliteModule
}

// TestTortureReproducibleBuild builds the program in two directories. The short form
// shares the cache of compiled packages, so that only what the linker writes is
// compared; the long one compiles everything twice. The control builds without
// -trimpath, where the directories must show.
func TestTortureReproducibleBuild(t *testing.T) {
	if os.Getenv("COUNTERSIGN_HEAVY") == "" && os.Getenv("COUNTERSIGN_LONG") == "" {
		t.Skip("two builds take a while: with COUNTERSIGN_HEAVY, and from nothing with COUNTERSIGN_LONG")
	}
	t.Parallel()
	var built [2][]byte
	var dirs [2]string
	for i := range built {
		dirs[i] = filepath.Join(t.TempDir(), fmt.Sprintf("%d", i), strings.Repeat("deep/", i)+"countersign")
		copySource(t, dirs[i])
		built[i] = build(t, dirs[i], "-trimpath")
		for _, dir := range dirs[:i+1] {
			if bytes.Contains(built[i], []byte(dir)) {
				t.Errorf("the program names the directory in which it was built")
			}
		}
	}
	if !bytes.Equal(built[0], built[1]) {
		t.Errorf("the two programs differ: %d and %d bytes", len(built[0]), len(built[1]))
	}
	if control := build(t, dirs[1]); !bytes.Contains(control, []byte(dirs[1])) || bytes.Equal(control, built[1]) {
		t.Error("a build that names its directory is not noticed")
	}

	// What the binary says of itself is what the bill of materials lists.
	info, err := buildinfo.Read(bytes.NewReader(built[0]))
	if err != nil {
		t.Fatal(err)
	}
	all := dependencies(t)
	for _, m := range info.Deps {
		if d := all[m.Path]; d == nil || d.Version != m.Version || d.Sum != m.Sum || !d.InProgram {
			t.Errorf("the program names %s %s, the bill of materials does not", m.Path, m.Version)
		}
	}
	for path, d := range all {
		named := slices.ContainsFunc(info.Deps, func(m *debug.Module) bool { return m.Path == path })
		if path != "" && d.InProgram && !named {
			t.Errorf("the bill of materials lists %s, the program does not name it", path)
		}
	}
}

// copySource copies what the program is built from.
func copySource(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "testdata" || strings.HasPrefix(e.Name(), ".") && path != "."):
			return fs.SkipDir
		case e.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, path)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// build builds the program that lies in a directory.
func build(t *testing.T, dir string, flags ...string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "countersign")
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, flags...), "-o", out, ".")...)
	cmd.Dir = dir
	if os.Getenv("COUNTERSIGN_LONG") != "" {
		cmd.Env = append(os.Environ(), "GOCACHE="+t.TempDir())
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
