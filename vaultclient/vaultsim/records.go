package vaultsim

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func recordAddParser() *parser {
	return &parser{
		exact: true,
		options: []option{
			{names: []string{"-t", "--title"}},
			{names: []string{"-rt", "--record-type"}},
			{names: []string{"-n", "--notes"}},
			{names: []string{"--folder"}},
			{names: []string{"-f", "--force"}, flag: true},
			{names: []string{"--labels"}, choices: []string{"on", "off"}},
			{names: []string{"--self-destruct"}},
			{names: []string{"--format"}, choices: []string{"text", "json"}},
			{names: []string{"--syntax-help"}, flag: true},
		},
		positionals: []positional{{name: "fields", max: -1}},
	}
}

// recordAdd makes a record. The product never checks whether the same command ran before (PROTOCOL 12.5).
func (c *call) recordAdd() error {
	args, err := c.parse(recordAddParser())
	if err != nil || args.help {
		return err
	}
	typ := args.last("record-type")
	defs, known := recordTypes()[typ]
	switch {
	case args.last("title") == "":
		return commandError("record-add", "Title parameter is required.")
	case typ == "":
		return commandError("record-add", "Record type parameter is required.")
	case slices.Contains(c.s.opts.BarredTypes, typ):
		return commandError("record-add", `Record type "`+typ+`" is restricted by your enterprise role policy and cannot be created.`)
	case !known:
		return commandError("record-add", `Record type "`+typ+`" cannot be found.`)
	}
	r := Record{Title: args.last("title"), Type: typ, Notes: unescapeLines(args.last("notes")), Fields: template(defs)}
	reader := &fieldReader{c: c}
	for _, word := range args.values["fields"] {
		if err := reader.assign(&r, word); err != nil {
			return err
		}
	}
	reader.warnings = append(reader.warnings, c.s.againstPolicy(r)...)
	if len(reader.warnings) > 0 && !args.has("force") {
		for _, w := range reader.warnings {
			c.out.log(w)
		}
		return nil
	}
	if args.last("labels") == "off" {
		for i := range r.Fields {
			r.Fields[i].Label = defs[i].label
		}
	}
	// A folder that does not exist is ignored: the record lands in the root.
	if f := c.s.cache.resolveFolder(args.last("folder")); f != nil {
		r.Folder = f.UID
	}
	r.UID = c.v.addRecord(r)
	c.s.did(Entry{Kind: RecordAdd, Record: r.UID, Folder: r.Folder, Details: r.Type + ": " + r.Title,
		Content: c.v.state.records[r.UID].clone()})
	if !c.broken {
		c.s.vars["last_record_uid"] = r.UID
	}
	c.sync = true
	data := object{{"record_uid", r.UID}}
	if period := args.last("self-destruct"); period != "" {
		d, err := parsePeriod(period)
		if err != nil {
			return err
		}
		data = append(data, member{"share_url", c.newLink(r.UID, "", "/vault/share", d, false)})
	}
	if args.last("format") == "json" {
		c.out.json(data)
	} else {
		c.out.print(r.UID)
	}
	return nil
}

// againstPolicy complains about passwords that are shorter than the enterprise's policy wants.
func (s *Server) againstPolicy(r Record) []string {
	var complaints []string
	for _, f := range slices.Concat(r.Fields, r.Custom) {
		if f.Type != "password" || len(f.Value) == 0 {
			continue
		}
		if text, _ := f.Value[0].(string); utf8.RuneCountInString(text) < s.opts.PasswordLength {
			complaints = append(complaints,
				fmt.Sprintf("Password must be at least %d characters (got %d).", s.opts.PasswordLength, utf8.RuneCountInString(text)))
		}
	}
	if complaints != nil {
		complaints = append(complaints, "Use --force to bypass password policy warnings.")
	}
	return complaints
}

// assign reads one field=value word into a record.
func (r *fieldReader) assign(rec *Record, word string) error {
	a, err := parseAssignment(word)
	if err != nil {
		return err
	}
	values, ok, err := r.read(a)
	if err != nil || !ok {
		return err
	}
	r.put(rec, a, values)
	if how, asked := strings.CutPrefix(a.value, "$GEN:"); asked && a.typ == "keyPair" && slices.Contains(strings.Split(how, ","), "enc") {
		r.put(rec, assignment{typ: "password", label: "passphrase"}, []any{r.c.v.password(20)})
	}
	return nil
}

// put stores values in the field that an assignment names, which becomes a custom one if the record's type has none.
func (r *fieldReader) put(rec *Record, a assignment, values []any) {
	if !a.custom {
		for i, f := range rec.Fields {
			label := f.Label
			if label == "" {
				label = f.Type
			}
			if f.Type == a.typ && (a.label == "" || strings.EqualFold(label, a.label)) {
				rec.Fields[i].Value = values
				return
			}
		}
	}
	for i, f := range rec.Custom {
		if f.Type == a.typ && strings.EqualFold(f.Label, a.label) {
			rec.Custom[i].Value = values
			return
		}
	}
	rec.Custom = append(rec.Custom, Field{Type: a.typ, Label: a.label, Value: values})
}

func recordUpdateParser() *parser {
	return &parser{
		options: []option{
			{names: []string{"-r", "--record"}},
			{names: []string{"-t", "--title"}},
			{names: []string{"-rt", "--record-type"}},
			{names: []string{"-n", "--notes"}},
			{names: []string{"-f", "--force"}, flag: true},
			{names: []string{"--syntax-help"}, flag: true},
		},
		positionals: []positional{{name: "fields", max: -1}},
	}
}

// recordUpdate changes a record. Its success is silence (PROTOCOL 12.6).
func (c *call) recordUpdate() error {
	args, err := c.parse(recordUpdateParser())
	if err != nil || args.help {
		return err
	}
	name := args.last("record")
	if name == "" {
		return commandError("record-update", "Record parameter is required.")
	}
	cached := c.s.cache.resolveRecord(name)
	if cached == nil {
		return commandError("record-update", fmt.Sprintf("Record %q not found.", name))
	}
	if cached.Version < 3 {
		return commandError("record-update", "Legacy record type is not supported: "+cached.UID)
	}
	typ := args.last("record-type")
	if typ != "" && recordTypes()[typ] == nil {
		return commandError("record-update", `Record type "`+typ+`" cannot be found.`)
	}
	changed := *cached
	changed.Fields, changed.Custom = cloneFields(cached.Fields), cloneFields(cached.Custom)
	reader := &fieldReader{c: c}
	for _, word := range args.values["fields"] {
		if err := reader.assign(&changed, word); err != nil {
			return err
		}
	}
	reader.warnings = append(reader.warnings, c.s.againstPolicy(changed)...)
	if len(reader.warnings) > 0 && !args.has("force") {
		for _, w := range reader.warnings {
			c.out.log(w)
		}
		return nil
	}
	if args.has("title") {
		changed.Title = args.last("title")
	}
	if typ != "" {
		changed.Type = typ
	}
	if args.has("notes") {
		changed.Notes = newNotes(cached.Notes, args.last("notes"))
	}
	return c.store(cached, changed)
}

// newNotes replaces notes, or appends what comes after a leading plus sign, without blanks around it.
func newNotes(old, text string) string {
	more, appended := strings.CutPrefix(unescapeLines(text), "+")
	if !appended {
		return more
	}
	return strings.TrimPrefix(old+"\n"+strings.TrimSpace(more), "\n")
}

// store sends a changed record to the cloud, which refuses it from somebody who may not edit or who has not
// seen the latest version.
func (c *call) store(cached *Record, changed Record) error {
	now := c.v.state.records[cached.UID]
	switch {
	case now == nil:
		return exception("RS_RECORD_NOT_FOUND: Record does not exist")
	case !c.mayEdit(now):
		return exception("RS_ACCESS_DENIED: You do not have permission to edit this record")
	case now.content != cached.content:
		return exception("RS_OUT_OF_SYNC: The record has been changed by somebody else")
	}
	c.v.editRecord(cached.UID, func(r *Record) {
		r.Title, r.Type, r.Notes, r.Fields, r.Custom = changed.Title, changed.Type, changed.Notes, changed.Fields, changed.Custom
	})
	c.s.did(Entry{Kind: RecordUpdate, Record: cached.UID, Details: changed.Title, Content: c.v.state.records[cached.UID].clone()})
	c.sync = true
	return nil
}

func (c *call) mayEdit(r *Record) bool {
	if r.Owner == c.v.service {
		return true
	}
	if s, shared := c.v.shareOf(r.UID, c.v.service); shared {
		return s.Rights.Edit
	}
	f := c.v.state.folders[r.Folder]
	return f != nil && f.Shared != "" && c.v.state.folders[f.Shared].rights(r.UID).Edit
}

// appendNotes adds a line to a record's notes.
func (c *call) appendNotes() error {
	args, err := c.parse(&parser{
		options:     []option{{names: []string{"--notes"}}},
		positionals: []positional{{name: "record", min: 1, max: 1}},
	})
	if err != nil || args.help {
		return err
	}
	cached := c.s.cache.resolveRecord(args.last("record"))
	if cached == nil {
		return commandError("append-notes", "Enter name or uid of existing record")
	}
	changed := *cached
	changed.Notes = newNotes(cached.Notes, "+"+args.last("notes"))
	return c.store(cached, changed)
}

// rm deletes records. Without -f it asks on the service's terminal (PROTOCOL 9.7).
func (c *call) rm() error {
	args, err := c.parse(&parser{
		options:     []option{{names: []string{"-f", "--force"}, flag: true}},
		positionals: []positional{{name: "records", min: 1, max: -1}},
	})
	if err != nil || args.help {
		return err
	}
	var records []*Record
	for _, name := range args.values["records"] {
		r := c.s.cache.resolveRecord(name)
		if r == nil {
			return commandError("rm", fmt.Sprintf("No record found matching %q. Provide a valid record title, path, or UID.", name))
		}
		records = append(records, r)
	}
	if !args.has("force") {
		return exception("EOF when reading a line")
	}
	for _, r := range records {
		c.v.removeRecord(r.UID)
		c.s.did(Entry{Kind: RecordRemove, Record: r.UID, Details: r.Title})
	}
	c.sync = true
	return nil
}
