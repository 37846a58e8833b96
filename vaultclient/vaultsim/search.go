package vaultsim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func searchParser() *parser {
	return &parser{
		options: []option{
			{names: []string{"-v", "--verbose"}, flag: true},
			{names: []string{"-c", "--categories"}},
			{names: []string{"--regex"}, flag: true},
			{names: []string{"--device"}, flag: true},
			{names: []string{"--format"}, choices: []string{"table", "json"}},
		},
		positionals: []positional{{name: "pattern", max: -1}},
	}
}

// search looks through titles, uids, notes and every field value, passwords included (PROTOCOL 12.1).
func (c *call) search() error {
	args, err := c.parse(searchParser())
	if err != nil || args.help {
		return err
	}
	matches, err := matcher(args.values["pattern"], args.has("regex"))
	if err != nil {
		return err
	}
	categories := args.last("categories")
	if categories == "" {
		categories = "rstd"
	}
	var records []*Record
	if strings.Contains(categories, "r") {
		for _, uid := range c.s.cache.order {
			if r := c.s.cache.records[uid]; matches(r.searchable()) {
				records = append(records, r)
			}
		}
	}
	var folders []*Folder
	if strings.Contains(categories, "s") {
		for _, uid := range c.s.cache.forder {
			if f := c.s.cache.folders[uid]; f.isShared() && matches([]string{f.Name, f.UID}) {
				folders = append(folders, f)
			}
		}
	}
	if strings.Contains(categories, "d") && !c.s.olderThan(18, 0, 0) {
		for _, uid := range c.s.cache.forder {
			if f := c.s.cache.folders[uid]; f.Nested && matches([]string{f.Name, f.UID}) {
				folders = append(folders, f)
			}
		}
	}
	var teams []*Team
	if strings.Contains(categories, "t") {
		for _, t := range c.v.teams {
			if slices.Contains(t.Members, c.v.service) && matches([]string{t.Name, t.UID}) {
				teams = append(teams, t)
			}
		}
		slices.SortFunc(teams, func(a, b *Team) int { return strings.Compare(a.UID, b.UID) })
	}
	if args.last("format") == "json" {
		c.out.json(searchRowsJSON(c.s.cache, records, folders, teams, c.s.olderThan(18, 0, 0)))
		return nil
	}
	c.searchTables(records, folders)
	return nil
}

// matcher returns a test of a record's texts. Words must all occur, in any order and in any case, where a
// quoted word may contain blanks; no word, an empty one and * match everything; a regular expression is tried
// on each text by itself.
func matcher(pattern []string, regex bool) (func(texts []string) bool, error) {
	if regex {
		pattern := strings.Join(pattern, " ")
		re, err := regexp.Compile("(?i)" + pattern)
		if err != nil {
			return nil, exception(pythonRegexError(pattern))
		}
		return func(texts []string) bool { return slices.ContainsFunc(texts, re.MatchString) }, nil
	}
	var words []string
	for _, w := range pattern {
		if w = strings.ToLower(strings.TrimSpace(w)); w != "" && w != "*" {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return func([]string) bool { return true }, nil
	}
	return func(texts []string) bool {
		lower := strings.ToLower(strings.Join(texts, "\n"))
		for _, w := range words {
			if !strings.Contains(lower, w) {
				return false
			}
		}
		return true
	}, nil
}

// pythonRegexError words the commonest mistake as Python does.
func pythonRegexError(pattern string) string {
	if i := strings.LastIndexByte(pattern, '('); i >= 0 && !strings.Contains(pattern[i:], ")") {
		return fmt.Sprintf("missing ), unterminated subpattern at position %d", i)
	}
	return "nothing to repeat at position 0"
}

// searchable returns every text of a record that search looks at.
func (r *Record) searchable() []string {
	texts := []string{r.UID, r.Title, r.Notes}
	for _, fields := range [][]Field{r.Fields, r.Custom} {
		for _, f := range fields {
			texts = append(texts, f.Type, f.Label)
			for _, v := range f.Value {
				texts = append(texts, valueTexts(v)...)
			}
		}
	}
	return texts
}

func valueTexts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case int64:
		return []string{strconv.FormatInt(v, 10)}
	case map[string]string:
		var out []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, v[key])
		}
		return out
	}
	return nil
}

// searchRowsJSON gives the rows of a search; before 18.0.0 they did not tell the category (PROTOCOL 16).
func searchRowsJSON(w view, records []*Record, folders []*Folder, teams []*Team, plain bool) []any {
	rows := []any{}
	for _, r := range records {
		description := r.description()
		if description == "" {
			description = "None"
		}
		details := fmt.Sprintf("Type: %s, Description: %s", r.Type, description)
		if !plain {
			details += ", Record Category: " + w.category(r)
		}
		rows = append(rows, row(object{{"type", "record"}, {"uid", r.UID}, {"name", r.Title}, {"details", details}}))
	}
	for _, f := range folders {
		kind, category, details := "shared_folder", "Classic", "Can Edit: False, Can Share: False"
		if f.Nested {
			kind, category = "nested_share_folder", "Nested"
		}
		if !plain {
			details = "Folder Category: " + category + ", " + details
		}
		rows = append(rows, object{{"type", kind}, {"uid", f.UID}, {"name", f.Name}, {"details", details}})
	}
	for _, t := range teams {
		rows = append(rows, row(object{{"type", "team"}, {"uid", t.UID}, {"name", t.Name}, {"details", ""}}))
	}
	return rows
}

// category says whether a record lies in a nested share folder.
func (w view) category(r *Record) string {
	if f := w.folders[r.Folder]; f != nil && f.Nested {
		return "nested"
	}
	return "classic"
}

func (c *call) searchTables(records []*Record, folders []*Folder) {
	if len(records) > 0 {
		var rows [][]string
		for _, r := range byTitle(records) {
			rows = append(rows, []string{r.UID, r.Type, cut40(r.Title), cut40(r.description()), "classic"})
		}
		c.out.print(table(numbered([]string{"Record UID", "Type", "Title", "Description", "Record Category"}, rows)))
	}
	if len(folders) > 0 {
		var rows [][]string
		for _, f := range byName(folders) {
			rows = append(rows, []string{f.UID, f.Name})
		}
		c.out.print(table(numbered([]string{"Shared Folder UID", "Name"}, rows)))
	}
}

func byName(folders []*Folder) []*Folder {
	out := slices.Clone(folders)
	slices.SortStableFunc(out, func(a, b *Folder) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return out
}

// description is Commander's one-line summary of a record: who @ where.
func (r *Record) description() string {
	who, where := "", ""
	for _, fields := range [][]Field{r.Fields, r.Custom} {
		for _, f := range fields {
			if len(f.Value) == 0 {
				continue
			}
			switch v := f.Value[0].(type) {
			case string:
				if f.Type == "login" && who == "" {
					who = v
				}
				if f.Type == "url" && where == "" {
					where = v
				}
			case map[string]string:
				if f.Type == "name" && who == "" {
					who = strings.Join(strings.Fields(v["first"]+" "+v["middle"]+" "+v["last"]), " ")
				}
				if f.Type == "host" && where == "" {
					where = strings.TrimSuffix(v["hostName"]+":"+v["port"], ":")
				}
			}
		}
	}
	if who != "" && where != "" {
		return who + " @ " + where
	}
	return who + where
}

// list prints all records, perhaps of some types, perhaps matching an expression.
func (c *call) list() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"-t", "--type"}},
			{names: []string{"-v", "--verbose"}, flag: true},
			{names: []string{"--format"}, choices: []string{"table", "csv", "json", "pdf"}},
			{names: []string{"--output"}},
		},
		positionals: []positional{{name: "pattern", max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	matches, err := matcher(args.values["pattern"], true)
	if err != nil {
		return err
	}
	var records []*Record
	for _, uid := range c.s.cache.order {
		r := c.s.cache.records[uid]
		if types := args.values["type"]; types != nil && !slices.Contains(types, r.Type) {
			continue
		}
		if matches(r.searchable()) {
			records = append(records, r)
		}
	}
	asJSON := args.last("format") == "json"
	if len(records) == 0 {
		const none = "No records are found"
		if asJSON {
			c.out.json(object{{"message", none}})
		} else {
			c.out.log(none)
		}
		return nil
	}
	rows := []any{}
	var cells [][]string
	for _, r := range byTitle(records) {
		shared := c.s.cache.shared[r.UID]
		rows = append(rows, row(object{
			{"record_uid", r.UID}, {"type", r.Type}, {"title", r.Title}, {"description", r.description()},
			{"shared", shared}, {"record_category", "classic"},
		}))
		cells = append(cells, []string{r.UID, r.Type, cut40(r.Title), cut40(r.description()), pyBool(shared), "classic"})
	}
	if asJSON {
		c.out.json(rows)
		return nil
	}
	c.out.print(table(numbered([]string{"Record UID", "Type", "Title", "Description", "Shared", "Record Category"}, cells)))
	return nil
}

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// listShared prints all shared folders.
func (c *call) listShared() error {
	args, err := c.parse(&parser{
		options: []option{
			{names: []string{"--format"}, choices: []string{"table", "csv", "json", "pdf"}},
			{names: []string{"--output"}},
			{names: []string{"-v", "--verbose"}, flag: true},
		},
		positionals: []positional{{name: "pattern", max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	matches, err := matcher(args.values["pattern"], true)
	if err != nil {
		return err
	}
	var folders []*Folder
	for _, uid := range c.s.cache.forder {
		if f := c.s.cache.folders[uid]; f.isShared() && matches([]string{f.Name, f.UID}) {
			folders = append(folders, f)
		}
	}
	asJSON := args.last("format") == "json"
	if len(folders) == 0 {
		const none = "No shared folders are found"
		if asJSON {
			c.out.json(object{{"message", none}})
		} else {
			c.out.log(none)
		}
		return nil
	}
	rows := []any{}
	var cells [][]string
	for _, f := range byName(folders) {
		rows = append(rows, object{{"shared_folder_uid", f.UID}, {"name", f.Name}})
		cells = append(cells, []string{f.UID, f.Name})
	}
	if asJSON {
		c.out.json(rows)
		return nil
	}
	c.out.print(table(numbered([]string{"Shared Folder UID", "Name"}, cells)))
	return nil
}
