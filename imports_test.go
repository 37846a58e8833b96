package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists what each package may import of this module (DESIGN 2). A
// package that is not listed fails the test, so that somebody thinks about where
// it belongs. Entries that end in /... hold for the packages below, too.
var allowed = map[string][]string{
	"countersign":                      {"cli"},
	"countersign/cli":                  {"config", "demo", "model", "safetext", "seal", "sshserver", "store", "ui/...", "vaultadapt", "vaultclient", "workflow"},
	"countersign/demo":                 {"model", "store", "vaultadapt", "vaultclient", "vaultclient/vaultsim", "workflow", "seal", "config"},
	"countersign/config":               {"model"},
	"countersign/model":                {},
	"countersign/safetext":             {},
	"countersign/seal":                 {},
	"countersign/sshserver":            {"model"},
	"countersign/store":                {"model"},
	"countersign/workflow":             {"model", "seal", "store"},
	"countersign/vaultclient":          {"model"},
	"countersign/vaultclient/vaultsim": {},
	"countersign/vaultadapt":           {"model", "vaultclient", "workflow"},
	"countersign/ui/theme":             {},
	"countersign/ui/widget":            {"safetext", "ui/theme"},
	"countersign/ui/tab":               {"model", "ui/theme", "ui/widget"},
	"countersign/ui":                   {"model", "safetext", "ui/...", "workflow"},
	"countersign/ui/...":               {"model", "safetext", "ui/...", "workflow"},
}

// TestImportsPointOneWay holds the import directions of DESIGN 2, tests left out.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		rules, known := rulesFor(p.ImportPath)
		if !known {
			t.Errorf("%s is not listed in allowed: say what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			ours, is := strings.CutPrefix(imported, "countersign/")
			if is && !slices.ContainsFunc(rules, func(rule string) bool { return matches(rule, ours) }) {
				t.Errorf("%s imports %s, which it must not", p.ImportPath, imported)
			}
		}
	}
}

func rulesFor(path string) ([]string, bool) {
	if rules, ok := allowed[path]; ok {
		return rules, true
	}
	if strings.HasPrefix(path, "countersign/ui/") {
		return allowed["countersign/ui/..."], true
	}
	return nil, false
}

func matches(rule, path string) bool {
	if below, all := strings.CutSuffix(rule, "/..."); all {
		return path == below || strings.HasPrefix(path, below+"/")
	}
	return rule == path
}
