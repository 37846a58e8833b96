package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryConfiguredValueIsRead holds that no key is a lie: each field of
// config.Config, and of the sections in it, is read by a package that uses the
// configuration, and each method of theirs is called there. Unexported fields are
// what those methods read.
func TestEveryConfiguredValueIsRead(t *testing.T) {
	t.Parallel()
	used, config := usesOf(t, "countersign/config")
	root, ok := config.Scope().Lookup("Config").Type().(*types.Named)
	if !ok {
		t.Fatal("config.Config is not a struct")
	}
	var walk func(section *types.Named)
	walk = func(section *types.Named) {
		for m := range section.Methods() {
			if m.Exported() && !used[m] {
				t.Errorf("nobody outside config calls %s.%s", section.Obj().Name(), m.Name())
			}
		}
		fields, ok := section.Underlying().(*types.Struct)
		if !ok {
			return
		}
		for f := range fields.Fields() {
			if !f.Exported() {
				continue
			}
			if !used[f] {
				t.Errorf("nobody outside config reads %s.%s", section.Obj().Name(), f.Name())
			}
			if inner, ok := f.Type().(*types.Named); ok && inner.Obj().Pkg() == config {
				walk(inner)
			}
		}
	}
	walk(root)
}

// usesOf returns the fields and methods of a package that other packages of this
// module select in an expression, their tests left out, and the package.
func usesOf(t *testing.T, path string) (map[types.Object]bool, *types.Package) {
	t.Helper()
	packages := goPackages(t)
	files := token.NewFileSet()
	exports := importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) { return os.Open(packages[path].Export) })
	used := map[types.Object]bool{}
	for _, p := range packages {
		if !strings.HasPrefix(p.ImportPath, "countersign") || !slices.Contains(p.Imports, path) {
			continue
		}
		var parsed []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
		}
		info := types.Info{Selections: map[*ast.SelectorExpr]*types.Selection{}}
		if _, err := (&types.Config{Importer: exports}).Check(p.ImportPath, files, parsed, &info); err != nil {
			t.Fatal(err)
		}
		for _, s := range info.Selections {
			used[s.Obj()] = true
		}
	}
	found, err := exports.Import(path)
	if err != nil {
		t.Fatal(err)
	}
	return used, found
}

// goPackage is a package as go list tells of it.
type goPackage struct {
	ImportPath, Dir, Export string
	GoFiles, Imports        []string
}

// goPackages are the packages of the program, by path, compiled.
func goPackages(t *testing.T) map[string]goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]goPackage{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}
