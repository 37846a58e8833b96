package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"countersign/model"
	"countersign/ui/widget"
	"countersign/workflow"
)

// peopleError is everything that is wrong with a people file, one line each.
type peopleError struct {
	path     string
	problems []string
}

func (e *peopleError) Error() string {
	lines := make([]string, len(e.problems))
	for i, p := range e.problems {
		lines[i] = e.path + p
		if !strings.HasPrefix(p, ":") {
			lines[i] = e.path + ": " + p
		}
	}
	return strings.Join(lines, "\n")
}

// peopleFile is the form of a people file.
type peopleFile struct {
	Person []struct {
		Login    string       `toml:"login"`
		Name     string       `toml:"name"`
		Email    string       `toml:"email"`
		Roles    []model.Role `toml:"roles"`
		Keys     []string     `toml:"keys"`
		Disabled bool         `toml:"disabled"`
	} `toml:"person"`
	Group []struct {
		Name    model.GroupName `toml:"name"`
		Members []string        `toml:"members"`
	} `toml:"group"`
}

// peopleKeys are the keys of a people file, by what they stand in.
func peopleKeys() map[string][]string {
	return map[string][]string{
		"":       {"person", "group"},
		"person": {"login", "name", "email", "roles", "keys", "disabled"},
		"group":  {"name", "members"},
	}
}

// parsePeople reads a people file. Every key that nothing reads is an error with
// its line and the nearest one that is read.
func parsePeople(path, text string) (workflow.Roster, error) {
	var file peopleFile
	md, err := toml.Decode(text, &file)
	if err != nil {
		return workflow.Roster{}, &peopleError{path: path, problems: []string{tomlProblem(err)}}
	}
	if problems := unknownKeys(md.Undecoded(), text); len(problems) > 0 {
		return workflow.Roster{}, &peopleError{path: path, problems: problems}
	}
	var r workflow.Roster
	for _, p := range file.Person {
		r.People = append(r.People, workflow.RosterPerson{Login: p.Login, Name: p.Name, Email: p.Email, Roles: p.Roles,
			Keys: p.Keys, Disabled: p.Disabled})
	}
	for _, g := range file.Group {
		r.Groups = append(r.Groups, workflow.RosterGroup{Name: g.Name, Members: g.Members})
	}
	return r, nil
}

func tomlProblem(err error) string {
	var parse toml.ParseError
	if errors.As(err, &parse) {
		return fmt.Sprintf(":%d: %s", parse.Position.Line, parse.Message)
	}
	return err.Error()
}

// unknownKeys says of each key that nothing reads where it stands and what may be
// meant.
func unknownKeys(keys []toml.Key, text string) []string {
	var problems []string
	for _, key := range keys {
		// The table is named already where a key of an unknown one follows.
		if len(key) > 1 && peopleKeys()[key[0]] == nil {
			key = key[:1]
		}
		above, last := "", key[len(key)-1]
		if len(key) > 1 {
			above = key[0]
		}
		for _, line := range linesOf(last, text) {
			problem := fmt.Sprintf(":%d: unknown key %q", line, last)
			if near := widget.Nearest(last, peopleKeys()[above]); near != "" {
				problem += fmt.Sprintf(", did you mean %q?", near)
			}
			if !slices.Contains(problems, problem) {
				problems = append(problems, problem)
			}
		}
	}
	return problems
}

var quotes = strings.NewReplacer(`"`, "", "'", "")

// keyLine finds the key that a line sets, or the table that it opens.
var keyLine = regexp.MustCompile(`^\s*(?:\[\[?\s*([^\]]+?)\s*\]\]?|([^=#\[]+?)\s*=)`)

// linesOf returns the lines that set a key of that name or open such a table, at
// least one: the first of the file where none is found.
func linesOf(key, text string) []int {
	var found []int
	for i, line := range strings.Split(text, "\n") {
		m := keyLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for part := range strings.SplitSeq(quotes.Replace(m[1]+m[2]), ".") {
			if strings.TrimSpace(part) == key {
				found = append(found, i+1)
				break
			}
		}
	}
	if found == nil {
		return []int{1}
	}
	return found
}
