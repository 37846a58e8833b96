package config

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// keyLines says on which line of a valid file each key stands. The parser tells
// the order of keys and not their places. But a statement is valid by itself, and
// a part of one is not: so lines are taken together until the parser accepts them,
// and hold as many of the next keys as it finds in them. Lists and texts over
// several lines need no rules of their own that way. Only a file with mistakes
// pays for it.
type keyLines map[string]int

func linesOf(data string) keyLines {
	at := keyLines{}
	md, err := toml.Decode(data, new(map[string]any))
	if err != nil {
		return at
	}
	keys := md.Keys()
	lists := map[string]int{} // how many tables of a list came so far
	statement, first := "", 0
	for i, line := range strings.SplitAfter(data, "\n") {
		if statement == "" {
			if blank(line) {
				continue
			}
			first = i + 1
		}
		statement += line
		part, err := toml.Decode(statement, new(map[string]any))
		if err != nil {
			continue // it goes on in the next line
		}
		statement = ""
		n := min(len(part.Keys()), len(keys))
		for _, key := range keys[:n] {
			at.put(pathOf(md, key, lists), first)
		}
		keys = keys[n:]
	}
	return at
}

// blank reports whether nothing but a comment is on a line.
func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// pathOf is the path of the key that comes next in the file, with the numbers of
// the list elements on its way.
func pathOf(md toml.MetaData, key toml.Key, lists map[string]int) keyPath {
	var p keyPath
	for i, name := range key {
		p = p.add(name)
		if md.Type(key[:i+1]...) != "ArrayHash" {
			continue
		}
		if i == len(key)-1 { // a [[header]]
			lists[p.id()]++
		}
		p = p.element(lists[p.id()])
	}
	return p
}

// put notes where p begins, and with it everything that it is the first part of.
func (at keyLines) put(p keyPath, line int) {
	for n := len(p); n > 0; n-- {
		if _, known := at[p[:n].id()]; !known {
			at[p[:n].id()] = line
		}
	}
}

// of returns the line of p, or of the nearest thing around it: elements of a list
// within one statement have no line of their own. 0 if nothing of it is there.
func (at keyLines) of(p keyPath) int {
	for n := len(p); n > 0; n-- {
		if line, ok := at[p[:n].id()]; ok {
			return line
		}
	}
	return 0
}
