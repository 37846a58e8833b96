package config

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/model"
)

// reader walks a decoded file and collects what is wrong with it.
type reader struct {
	tables   []*table
	problems []located
	// mistyped holds the ids of keys whose value has the wrong type: nothing more
	// is said about those.
	mistyped map[string]bool
}

func newReader() *reader { return &reader{mistyped: map[string]bool{}} }

// located is a problem whose line is still to be found. Missing things have no
// line.
type located struct {
	path    keyPath
	text    string
	missing bool
}

// table is one section of the file. Asking for a key makes it known; what the
// file holds beyond the known keys is a problem.
type table struct {
	r      *reader
	path   keyPath
	values map[string]any
	known  []string
	// open is set where the names are the user's own, as those of groups.
	open bool
}

// table returns the table at a path, always the same one.
func (r *reader) table(path keyPath, values map[string]any) *table {
	for _, t := range r.tables {
		if t.path.id() == path.id() {
			return t
		}
	}
	t := &table{r: r, path: path, values: values}
	r.tables = append(r.tables, t)
	return t
}

// note keeps a problem, once: a section that holds for several items is read for
// each of them.
func (r *reader) note(p located) {
	same := func(q located) bool { return q.text == p.text && q.path.id() == p.path.id() }
	if !slices.ContainsFunc(r.problems, same) {
		r.problems = append(r.problems, p)
	}
}

// wrong notes a problem with a key of the table.
func (t *table) wrong(key, format string, args ...any) {
	path := t.path.add(key)
	if !t.r.mistyped[path.id()] {
		t.r.note(located{path: path, text: fmt.Sprintf(format, args...)})
	}
}

// missing notes that a key is needed and not there.
func (t *table) missing(key, format string, args ...any) {
	t.r.note(located{path: t.path.add(key), text: fmt.Sprintf(format, args...), missing: true})
}

// get returns the value of a key and makes the key known.
func (t *table) get(key string) (any, bool) {
	if !slices.Contains(t.known, key) {
		t.known = append(t.known, key)
	}
	v, ok := t.values[key]
	return v, ok
}

// has reports whether the file sets the key.
func (t *table) has(key string) bool {
	_, ok := t.get(key)
	return ok
}

// mistyped notes that a value is of the wrong type. It names types only, because
// the value may be a secret without its quotes.
func (t *table) mistyped(key, wanted string, v any) {
	t.wrong(key, "expected %s, found %s", wanted, typeName(v))
	t.r.mistyped[t.path.add(key).id()] = true
}

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case time.Time:
		return "a date"
	case map[string]any:
		return "a section"
	}
	return "a list"
}

// section returns the table of that name, an empty one if the file has none.
func (t *table) section(key string) *table {
	v, ok := t.get(key)
	values, isTable := v.(map[string]any)
	if ok && !isTable {
		t.mistyped(key, "a section, as "+t.path.add(key).section(), v)
	}
	return t.r.table(t.path.add(key), values)
}

// sections returns the tables in a list, [[so]] or in brackets.
func (t *table) sections(key string) []*table {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	var found []*table
	add := func(values map[string]any) {
		found = append(found, t.r.table(t.path.add(key).element(len(found)+1), values))
	}
	switch list := v.(type) {
	case []map[string]any:
		for _, values := range list {
			add(values)
		}
		return found
	case []any:
		for _, element := range list {
			values, isTable := element.(map[string]any)
			if !isTable {
				t.mistyped(key, "sections in the list", element)
				return found
			}
			add(values)
		}
		return found
	}
	t.mistyped(key, "a list of sections, as "+t.path.add(key).element(1).section(), v)
	return nil
}

// names returns the keys that the file has in the table, in order.
func (t *table) names() []string { return slices.Sorted(maps.Keys(t.values)) }

// text returns a text, def where the file has none.
func (t *table) text(key, def string) string {
	v, ok := t.get(key)
	if !ok {
		return def
	}
	s, isText := v.(string)
	if !isText {
		t.mistyped(key, `a text in quotes, as `+key+` = "…"`, v)
		return def
	}
	return s
}

// texts returns a list of texts, nil where the file has none.
func (t *table) texts(key string) []string {
	v, ok := t.get(key)
	if !ok {
		return nil
	}
	list, isList := v.([]any)
	if !isList {
		t.mistyped(key, "a list of texts, as [\"…\", \"…\"]", v)
		return nil
	}
	var texts []string
	for _, element := range list {
		s, isText := element.(string)
		if !isText {
			t.mistyped(key, "texts in the list", element)
			return nil
		}
		texts = append(texts, s)
	}
	return texts
}

// flag returns true or false.
func (t *table) flag(key string, def bool) bool {
	v, ok := t.get(key)
	if !ok {
		return def
	}
	b, isFlag := v.(bool)
	if !isFlag {
		t.mistyped(key, "true or false, without quotes", v)
		return def
	}
	return b
}

// whole returns a whole number between two bounds.
func (t *table) whole(key string, def, least, most int) int {
	v, ok := t.get(key)
	if !ok {
		return def
	}
	n, isWhole := v.(int64)
	if !isWhole {
		t.mistyped(key, "a whole number, without quotes", v)
		return def
	}
	if n < int64(least) || n > int64(most) {
		t.wrong(key, "%d is out of range: write a number from %d to %d", n, least, most)
		return def
	}
	return int(n)
}

// duration returns a time between two bounds.
func (t *table) duration(key string, def, least, most time.Duration) time.Duration {
	v, ok := t.get(key)
	if !ok {
		return def
	}
	s, isText := v.(string)
	if !isText {
		t.mistyped(key, `a time in quotes, as "`+words(def)+`"`, v)
		return def
	}
	d, err := parseTime(s)
	switch {
	case err != nil:
		t.wrong(key, `%q is not a time: write a number with s, min, h, d or w, as "%s"`, s, words(def))
	case d < least || d > most:
		t.wrong(key, "%s is out of range: write a time from %s to %s", words(d), words(least), words(most))
	default:
		return d
	}
	return def
}

var seconds = regexp.MustCompile(`^\s*([0-9]{1,6})\s*s\s*$`)

// parseTime reads what people write for a time: seconds, or what
// model.ParseDuration knows.
func parseTime(s string) (time.Duration, error) {
	m := seconds.FindStringSubmatch(s)
	if m == nil {
		return model.ParseDuration(s)
	}
	n, err := strconv.Atoi(m[1])
	return time.Duration(n) * time.Second, err
}

// words is a time as parseTime reads it.
func words(d time.Duration) string {
	if d%time.Minute != 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return model.FormatDuration(d)
}

// choice returns one of a few words; the first is the default unless def says
// otherwise.
func choice[T ~string](t *table, key string, def T, all ...T) T {
	s := t.text(key, string(def))
	if slices.Contains(all, T(s)) {
		return T(s)
	}
	quoted := make([]string, len(all))
	plain := make([]string, len(all))
	for i, one := range all {
		plain[i], quoted[i] = string(one), fmt.Sprintf("%q", string(one))
	}
	if near := nearest(s, plain); near != "" {
		t.wrong(key, "%q is not a choice: did you mean %q? (one of %s)", s, near, strings.Join(quoted, ", "))
	} else {
		t.wrong(key, "%q is not a choice: write one of %s", s, strings.Join(quoted, ", "))
	}
	return def
}

// choices returns a list of some of a few words, each of which is a what.
func choices[T ~string](t *table, key, what string, all []T) []T {
	var chosen []T
	for _, name := range t.texts(key) {
		if !slices.Contains(all, T(name)) {
			t.wrong(key, "%q is no %s; there are %s", name, what, joined(all))
			continue
		}
		chosen = append(chosen, T(name))
	}
	return chosen
}

func joined[T ~string](all []T) string {
	words := make([]string, len(all))
	for i, one := range all {
		words[i] = string(one)
	}
	return strings.Join(words, ", ")
}

// unknown notes every key of the file that nobody asked for.
func (r *reader) unknown() {
	for _, t := range r.tables {
		if t.open {
			continue
		}
		for _, name := range t.names() {
			if !slices.Contains(t.known, name) {
				t.wrong(name, "%s", r.unknownText(t, name))
			}
		}
	}
}

// unknownText says what was probably meant: a key of the same section that is
// spelled alike, or the same key where it belongs.
func (r *reader) unknownText(t *table, name string) string {
	what := "no such key"
	if _, isTable := t.values[name].(map[string]any); isTable {
		what = "no such section"
	}
	if near := nearest(name, t.known); near != "" {
		if _, isTable := t.values[name].(map[string]any); isTable {
			near = t.path.add(near).section()
		}
		return what + ": did you mean " + near + "?"
	}
	for _, other := range r.tables {
		if len(other.path) > 0 && slices.Contains(other.known, name) {
			return what + " here: it belongs under " + other.path.section()
		}
	}
	if len(t.known) == 0 {
		return what
	}
	return what + ": known are " + strings.Join(slices.Sorted(slices.Values(t.known)), ", ")
}

// err returns what was found, with lines, or nil.
func (r *reader) err(path, data string) error {
	if len(r.problems) == 0 {
		return nil
	}
	at := linesOf(data)
	e := &Error{Path: path}
	for _, found := range r.problems {
		p := Problem{Key: found.path.key(), Text: found.text}
		if !found.missing {
			p.Line = at.of(found.path)
		}
		e.Problems = append(e.Problems, p)
	}
	slices.SortStableFunc(e.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return e
}
