package main

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists what each package may import of this module (DESIGN 2), tests left
// out. A package that is not listed fails the test, so that somebody thinks about
// where it belongs. Entries that end in /... hold for the packages below, too.
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

	// What is drawn with.
	"countersign/ui/theme":  {},
	"countersign/ui/notify": {},
	"countersign/ui/widget": {"safetext", "ui/theme"},
	"countersign/ui/tab":    {"model", "ui/theme", "ui/widget"},

	// What several screens say alike.
	"countersign/ui/notice":            {"model", "safetext", "ui/tab", "ui/theme", "ui/widget", "workflow"},
	"countersign/ui/answer":            {"model", "ui/notice", "ui/tab", "ui/theme", "ui/widget"},
	"countersign/ui/decide":            {"model", "ui/notice", "ui/theme", "ui/widget", "workflow"},
	"countersign/ui/evidence":          {"model", "safetext", "ui/theme", "ui/widget", "workflow"},
	"countersign/ui/casepane":          {"model", "safetext", "ui/notice", "ui/tab", "ui/theme", "ui/widget", "workflow"},
	"countersign/ui/casepane/casetest": {"model", "workflow"},

	// The screens, none of which knows another, and the frame around them. It is
	// given its tabs, and draws people itself, since that page stands before them all.
	"countersign/ui/approvals":  screen("ui/casepane", "ui/decide", "ui/evidence", "ui/notice"),
	"countersign/ui/epm":        screen("ui/decide", "ui/evidence", "ui/notice"),
	"countersign/ui/logs":       screen(),
	"countersign/ui/people":     screen("ui/notice"),
	"countersign/ui/portal":     screen("ui/answer", "ui/casepane", "ui/notice"),
	"countersign/ui/tasks":      screen("ui/answer", "ui/casepane", "ui/notice"),
	"countersign/ui":            screen("ui/notify", "ui/people"),
	"countersign/ui/plain":      screen("ui/casepane", "ui/decide", "ui/evidence", "ui/notice"),
	"countersign/ui/setup":      {"safetext", "ui/theme", "ui/widget", "workflow"},
	"countersign/ui/typedahead": {},
}

// screen lists what every screen may import, and what this one needs besides.
func screen(besides ...string) []string {
	return append(besides, "model", "safetext", "ui/tab", "ui/theme", "ui/widget", "workflow")
}

// TestImportsPointOneWay holds the import directions of DESIGN 2.
func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(allowed)
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		delete(left, p.ImportPath)
		rules, known := allowed[p.ImportPath]
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
	for path := range left {
		t.Errorf("%s is listed, but is no package any more", path)
	}
}

func matches(rule, path string) bool {
	if below, all := strings.CutSuffix(rule, "/..."); all {
		return path == below || strings.HasPrefix(path, below+"/")
	}
	return rule == path
}
