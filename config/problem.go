package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Problem is one thing wrong with a configuration file.
type Problem struct {
	Line int    // from 1; 0 where the file lacks something
	Key  string // as one would look for it: "[vault] url"; "" for the file as a whole
	Text string // what is wrong and what to write instead
}

// Error is everything that is wrong with one configuration file, in the order of
// its lines.
type Error struct {
	Path     string
	Problems []Problem // never empty
}

// Error returns one line for each problem, as compilers write them.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		var b strings.Builder
		b.WriteString(shellPath(e.Path))
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
		if p.Key != "" {
			b.WriteString(p.Key + ": ")
		}
		b.WriteString(p.Text)
		lines[i] = b.String()
	}
	return strings.Join(lines, "\n")
}

// keyPath leads to a key: item, record-access, steps, its second element, group.
type keyPath []pathPart

// pathPart is a name, or the n-th element of the list before it, counted from 1.
type pathPart struct {
	name   string
	number int
}

// add returns the path of the key called name inside p.
func (p keyPath) add(name string) keyPath {
	return append(p[:len(p):len(p)], pathPart{name: name})
}

// element returns the path of the n-th element of the list p, counted from 1.
func (p keyPath) element(n int) keyPath {
	return append(p[:len(p):len(p)], pathPart{number: n})
}

// id is the path as one comparable string.
func (p keyPath) id() string {
	var b strings.Builder
	for _, part := range p {
		fmt.Fprintf(&b, "%q#%d", part.name, part.number)
	}
	return b.String()
}

// section is the path as the header that it would have in the file.
func (p keyPath) section() string {
	var names []string
	for _, part := range p {
		if part.number == 0 {
			names = append(names, bare(part.name))
		}
	}
	switch header := strings.Join(names, "."); {
	case header == "":
		return ""
	case p.number() > 0:
		return "[[" + header + "]]"
	default:
		return "[" + header + "]"
	}
}

// number is which element of a list the path goes through, 0 if of none.
func (p keyPath) number() int {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].number > 0 {
			return p[i].number
		}
	}
	return 0
}

// key is the path as people find it in the file: "[vault] url", and in a list of
// tables "[[approval.steps]] group (number 2)".
func (p keyPath) key() string {
	if len(p) == 0 {
		return ""
	}
	key := p.section()
	if last := p[len(p)-1]; last.number == 0 {
		key = strings.TrimSpace(p[:len(p)-1].section() + " " + bare(last.name))
	}
	if n := p.number(); n > 0 {
		key += fmt.Sprintf(" (number %d)", n)
	}
	return key
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// bare is a name as TOML would need it written. Names are foreign: what could
// disturb a terminal comes out escaped.
func bare(name string) string {
	if bareKey.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

var plainPath = regexp.MustCompile(`^[A-Za-z0-9_./~+-]+$`)

// shellPath is a path as one can paste it behind a command.
func shellPath(path string) string {
	if plainPath.MatchString(path) {
		return path
	}
	return strconv.Quote(path)
}

// visible is a foreign text with what does not print escaped.
func visible(s string) string {
	q := strconv.Quote(s)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(q[1 : len(q)-1])
}

// nearest returns the candidate that a mistyped name most likely means, "" if
// none is close: at most one slip in three characters.
func nearest(name string, candidates []string) string {
	best, bestDistance := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the slips between two words: a character more, less or
// another, or two neighbours swapped.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	var before, prev []int
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		before, prev, row = prev, row, make([]int, len(t)+1)
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(prev[j+1]+1, row[j]+1, prev[j]+cost)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(t)]
}
