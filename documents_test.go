package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testCommand = regexp.MustCompile("(?m)^    (?:[A-Z_]+=\\S+ )*(go test .*)$|`(?:[A-Z_]+=[^` ]+ )*(go test [^`]+)`")
	testName    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	oneOfSome   = regexp.MustCompile(`\(([^()]*\|[^()]*)\)`)
)

// testNames are those of the packages that were looked at, by the words with which commands name them: ".", "./workflow" or "./...".
type testNames map[string][]string

func (known testNames) in(t *testing.T, folder string) (names []string) {
	t.Helper()
	if names, looked := known[folder]; looked {
		return names
	}
	pattern := filepath.Join(folder, "*_test.go")
	files, err := filepath.Glob(pattern)
	if root, all := strings.CutSuffix(folder, "..."); all {
		files, err = filepath.Glob(filepath.Join(root, "*_test.go"))
		for _, deeper := range []string{"*", "*/*"} {
			more, _ := filepath.Glob(filepath.Join(root, deeper, "*_test.go"))
			files = append(files, more...)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testName.FindAllSubmatch(b, -1) {
			names = append(names, string(m[1]))
		}
	}
	known[folder] = names
	return names
}

// eachOf are a pattern's alternatives, each by itself: all of them have to mean something.
func eachOf(pattern string) []string {
	if group := oneOfSome.FindStringSubmatchIndex(pattern); group != nil {
		var all []string
		for one := range strings.SplitSeq(pattern[group[2]:group[3]], "|") {
			all = append(all, eachOf(pattern[:group[0]]+one+pattern[group[1]:])...)
		}
		return all
	}
	return strings.Split(pattern, "|")
}

// playsNothing says of the commands of a page which of them, as they stand in the file, run no test.
func (known testNames) playsNothing(t *testing.T, page string) (wrong []string, commands int) {
	t.Helper()
	for _, m := range testCommand.FindAllStringSubmatch(page, -1) {
		command, _, _ := strings.Cut(m[1]+m[2], " #")
		words := strings.Fields(command)
		commands++
		if strings.Contains(command, `\|`) {
			wrong = append(wrong, command+": a table has put a backslash into it")
			continue
		}
		run, folders := slices.Index(words, "-run"), slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w[0] != '.' })
		if run < 0 {
			continue
		}
		if len(folders) == 0 {
			folders = []string{"."}
		}
		pattern, _, _ := strings.Cut(strings.Trim(words[run+1], "'"), "/")
		if pattern == "^$" {
			continue // a benchmark alone
		}
		var found []string
		for _, folder := range folders {
			names := known.in(t, folder)
			matches := regexp.MustCompile(pattern)
			if !slices.ContainsFunc(names, matches.MatchString) {
				wrong = append(wrong, fmt.Sprintf("%s: nothing is played in %s", command, folder))
			}
			found = append(found, names...)
		}
		for _, one := range eachOf(pattern) {
			if !slices.ContainsFunc(found, regexp.MustCompile(one).MatchString) {
				wrong = append(wrong, fmt.Sprintf("%s: there is no %s", command, one))
			}
		}
	}
	return wrong, commands
}

// TestEveryCommandOfTheDocumentsPlaysSomething fails where a page names a command that, copied from it, says "no tests
// to run", in part or as a whole. As a control, such commands are seen.
func TestEveryCommandOfTheDocumentsPlaysSomething(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	known, commands := testNames{}, 0
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		wrong, n := known.playsNothing(t, string(b))
		commands += n
		for _, w := range wrong {
			t.Errorf("%s: %s", page, w)
		}
	}
	if commands < 30 {
		t.Errorf("only %d commands were found", commands)
	}
	for _, page := range []string{
		"| short | `go test . -run 'Torture(Secrets\\|NoCore)'` | x |",
		"    COUNTERSIGN_LONG=1 go test . -run TortureNobody -v\n",
		"`COUNTERSIGN_LONG=9 COUNTERSIGN_SEED=2 go test ./workflow -run TortureText$`",
		"    go test . ./safetext -run 'Torture(Drill|NoOne)' -timeout 0    # half an hour\n",
		"    go test ./store -run TortureDrill\n",
		"`go test ./... -run 'TortureDrill|TortureNoOne'`",
	} {
		if wrong, n := known.playsNothing(t, page); n != 1 || len(wrong) == 0 {
			t.Errorf("%d commands and %q of %q", n, wrong, page)
		}
	}
}
