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
func billOf(t *testing.T, all map[string]*dependency) bill {
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
			sqlite := sqliteIn(t)
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
	purl := "pkg:generic/sqlite@" + string(version[1])
	return component{Type: "library", Ref: purl, Name: "sqlite", Version: string(version[1]), Licences: under("blessing"), PURL: purl}
}

const sbomFile = "docs/sbom.cdx.json"

// TestTortureBillOfMaterials fails where docs/sbom.cdx.json is not what the program is
// built from; -update writes it anew.
func TestTortureBillOfMaterials(t *testing.T) {
	t.Parallel()
	want, err := json.MarshalIndent(billOf(t, dependencies(t)), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *updateSBOM {
		if err := os.WriteFile(sbomFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(sbomFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the program is built from: go test -run BillOfMaterials -update .", sbomFile)
	}
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
