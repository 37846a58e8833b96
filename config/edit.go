package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Change sets one key of a configuration file, or takes it out.
type Change struct {
	Section, Key string
	Value        any // a string, bool, int or []string; nil takes the key out
}

// ErrByHand says that a file is written in a way that cannot be changed here.
var ErrByHand = errors.New("the file is written in a way that has to be changed by hand")

// Edit makes changes to the text of a configuration file and leaves everything else
// as it stands, comments too. A key that is new stands below the comment that
// explains it, where there is one. The error says that the text is not valid, or
// wraps ErrByHand.
func Edit(text string, changes []Change) (string, error) {
	want := map[string]any{}
	if _, err := toml.Decode(text, &want); err != nil {
		return "", syntaxError("configuration", text, err)
	}
	for _, c := range changes {
		line := ""
		if c.Value != nil {
			value, err := toml.Marshal(map[string]any{c.Key: c.Value})
			if err != nil {
				return "", fmt.Errorf("write [%s] %s: %w", c.Section, c.Key, err)
			}
			line = strings.TrimRight(string(value), "\n") + "\n"
		}
		text = edited(text, c, line)
		put(want, c)
	}
	got := map[string]any{}
	if _, err := toml.Decode(text, &got); err != nil || !reflect.DeepEqual(normal(got), normal(want)) {
		return "", ErrByHand
	}
	return text, nil
}

// put makes a change to decoded values.
func put(values map[string]any, c Change) {
	section, ok := values[c.Section].(map[string]any)
	if !ok {
		section = map[string]any{}
		if c.Value != nil {
			values[c.Section] = section
		}
	}
	switch v := c.Value.(type) {
	case nil:
		delete(section, c.Key)
	case int:
		section[c.Key] = int64(v)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		section[c.Key] = list
	default:
		section[c.Key] = v
	}
}

// normal is decoded values without sections that are empty, which say nothing.
func normal(values map[string]any) map[string]any {
	values = maps.Clone(values)
	maps.DeleteFunc(values, func(_ string, v any) bool {
		section, ok := v.(map[string]any)
		return ok && len(section) == 0
	})
	return values
}

// statement is a statement of the file by its lines: from the first one to before end.
type statement struct {
	first, end int
	header     string // what a [header] names; "" for a key
	key        string // that it sets, in the section above it
	section    string
}

// statementsOf cuts valid text into its statements, as linesOf does.
func statementsOf(lines []string) []statement {
	var all []statement
	section, text, first := "", "", 0
	for i, line := range lines {
		if text == "" {
			if blank(line) {
				continue
			}
			first = i
		}
		text += line
		md, err := toml.Decode(text, new(map[string]any))
		if err != nil {
			continue // it goes on in the next line
		}
		s := statement{first: first, end: i + 1, section: section}
		if keys := md.Keys(); len(keys) > 0 && strings.HasPrefix(strings.TrimSpace(text), "[") {
			section = keys[len(keys)-1].String()
			s.header, s.section = section, section
		} else if len(keys) > 0 {
			s.key = keys[len(keys)-1].String()
		}
		all = append(all, s)
		text = ""
	}
	return all
}

// edited makes one change to a text; line is what sets the key, "" to take it out.
func edited(text string, c Change, line string) string {
	lines := strings.SplitAfter(text, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	} else {
		lines[last] += "\n"
	}
	all := statementsOf(lines)
	for _, s := range all {
		if s.header == "" && s.section == c.Section && s.key == c.Key {
			return strings.Join(slices.Replace(lines, s.first, s.end, oneOrNone(line)...), "")
		}
	}
	if line == "" {
		return text
	}
	at := placeFor(lines, all, c)
	if at < 0 {
		return strings.Join(lines, "") + "\n[" + c.Section + "]\n" + line
	}
	return strings.Join(slices.Insert(lines, at, line), "")
}

func oneOrNone(line string) []string {
	if line == "" {
		return nil
	}
	return []string{line}
}

// placeFor is before which line a new key of a section belongs: below the comment
// that shows it, else below the last key of the section; -1 where there is no such
// section.
func placeFor(lines []string, all []statement, c Change) int {
	at, end := -1, len(lines)
	for i, s := range all {
		if s.header != c.Section || strings.HasPrefix(strings.TrimSpace(lines[s.first]), "[[") {
			continue
		}
		at = s.end
		for _, next := range all[i+1:] {
			if next.header != "" {
				end = next.first
				break
			}
			at = next.end
		}
		break
	}
	if at < 0 {
		return -1
	}
	for i := headerLine(all, c.Section); i < end; i++ {
		if strings.HasPrefix(strings.TrimSpace(lines[i]), "# "+c.Key+" = ") {
			return i + 1
		}
	}
	return at
}

// headerLine is the line of a section's header.
func headerLine(all []statement, section string) int {
	i := slices.IndexFunc(all, func(s statement) bool { return s.header == section })
	return all[i].first
}
