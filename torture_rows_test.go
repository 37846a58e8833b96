package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/demo"
)

// foreignColumns are the columns of the queue's files that hold what somebody else
// has written, and how: as it is, in one group's name wherever that stands, or in
// the texts of JSON under the keys that are named (all, where none is).
func foreignColumns() map[string]string {
	return map[string]string{
		"person": "name email login", "person_key": "note", "grp": "@name", "grp_member": "@grp",
		"request":  "requested_for justification target_title target_type target_words label outcome who source refers_to answers:value,field policy:- @fulfil_grp @emergency_grp",
		"approval": "@grp", "vote": "comment", "task": "close_notes @grp", "access_grant": "email note drift title team link target:title standing:-",
		"endpoint": "kind agent account machine what justification outcome doubt comment facts:key,value @grp",
		"device":   "email name type ip client location outcome comment device_id", "incident": "short close_notes",
		"operation": "looking_for evidence reason service_id kind intent:title,email,team", "journal": "text", "draft": "body:-", "saved_view": "name query",
		"audit": "detail action", "audit_text": "text name", "found": "title type description uid", "inquiry": "question answer", "review": "reason comment", "notice": "text",
		"event": "problem", "line": "message fields: correlation", "component": "name", "traffic": "command path priority outcome service_id problem",
		"heartbeat": "host note", "lookup": "problem", "lease": "holder",
	}
}

// ownColumns are the other texts: ids, states and codes that no reader of the files
// takes from anybody, and keys under which something is looked up.
func ownColumns() map[string]string {
	return map[string]string{
		"counter": "prefix", "person": "id email_key", "person_role": "person role", "person_key": "line person", "grp_member": "person",
		"delegation": "from_person to_person made_by",
		"request": "number item requested_by for_key target_kind target_uid asked_right allowed_right state external_id fulfilment correlation" +
			" for_person",
		"sealed": "field commitment key_id resealed", "approval": "state moved_by", "vote": "voter seat verdict digest allowed_right",
		"task": "number kind assignee state picked correlation", "access_grant": "person email_key target_uid rights state kind",
		"endpoint": "uid state incident verdict decided_by digest user_key file_key hash_key command_key", "device": "state verdict decided_by",
		"incident": "number assignee correlation", "operation": "plan state correlation requested_by", "lease": "name", "journal": "object author kind",
		"draft": "person item", "saved_view": "person screen", "setting": "key value updated_by", "audit": "actor object texts correlation",
		"found": "kind", "inquiry": "asked_by answered_by", "review": "used_by done_by", "notice": "person object", "event": "key body",
		"traffic": "correlation", "heartbeat": "name kind", "health": "body", "lookup": "kind recipient state correlation",
	}
}

// company is a queue with a configuration that is copied before each use.
type company struct {
	t       *testing.T
	dir     string
	at      time.Time
	columns []column
}

// column is one of the foreign ones, with the mark by which its text is found.
type column struct{ file, table, name, keys, mark string }

// newCompany makes a queue that has a row for everything.
func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{t: t, dir: filepath.Join(t.TempDir(), "queue"), at: time.Now().UTC().Truncate(time.Second)}
	d, err := demo.Start(t.Context(), demo.Options{Dir: c.dir, Requests: demo.LeastRequests, Login: "casey", Away: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ms := c.at.UnixMicro()
	c.exec("queue",
		`UPDATE endpoint SET state = 'pending', ended_at = NULL, verdict = '', decided_by = '', decided_at = 0, expires_at = `+fmt.Sprint(c.at.Add(time.Hour).UnixMicro())+` WHERE id % 5 = 0`,
		`UPDATE incident SET state = 16, closed_at = NULL WHERE endpoint_id % 5 = 0`,
		fmt.Sprintf(`INSERT INTO device (device_id, email, name, type, ip, client, location, asked_at, state, seen_at, updated_at, revision)
			SELECT 'b15a0fc0ea5519a11ea'||value, 'alice@example.com', 'laptop', 'web', '192.0.2.7', 'chrome', 'Berlin', %d+value, 'pending', %d, %d, 1
			FROM (SELECT 1 AS value UNION SELECT 2)`, ms, ms, ms),
		`INSERT INTO person_key (line, person, note) SELECT 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k', id, 'laptop' FROM person WHERE login = 'alice'`,
		fmt.Sprintf(`INSERT INTO notice (person, at, object, text) SELECT id, %d, 'REQ0010054', 'something' FROM person WHERE login = 'casey'`, ms),
		fmt.Sprintf(`INSERT INTO event (key, body, at, next_at, attempts, problem, told) VALUES ('k', '{}', %d, %d, 3, 'exit status 1', 0)`, ms, ms),
		`UPDATE access_grant SET team = 'Team' WHERE id % 7 = 0`, `UPDATE request SET refers_to = 'REQ0010001' WHERE id % 3 = 0`,
		`UPDATE endpoint SET doubt = 'perhaps', agent = 'agent' WHERE id % 2 = 0`,
		`INSERT INTO found (request_id, seq, uid, kind, title, type, description, nested) SELECT id, 9, 'uid', 'record', 'title', 'login', 'd', 0 FROM request WHERE id % 4 = 0`,
		`UPDATE operation SET state = 'unknown', looking_for = 'it', reason = 'cut off', ended_at = NULL WHERE id % 9 = 0`,
		fmt.Sprintf(`INSERT INTO lease (name, holder, fence, expires_at) VALUES ('worker', 'host:1:A', 1, %d)`, ms+3600e6))
	c.exec("queue", `UPDATE access_grant SET person = (SELECT id FROM person WHERE login = 'casey'), email_key = 'casey@example.com' WHERE id % 2 = 0`,
		`UPDATE inquiry SET answer = 'none', answered_at = asked_at, answered_by = asked_by`,
		`UPDATE device SET outcome = 'seen', comment = 'c' WHERE id = 2`,
		`UPDATE review SET comment = 'fine'`,
		`UPDATE request SET requested_by = (SELECT id FROM person WHERE login = 'casey') WHERE id % 10 = 8 OR id = 36`,
		`UPDATE task SET assignee = (SELECT id FROM person WHERE login = 'casey') WHERE assignee IS NOT NULL AND id % 4 = 1`,
		`INSERT INTO grp_member (grp, person) SELECT grp.name, person.id FROM grp, person WHERE grp.name IN ('On Call', 'Security') AND login = 'casey'`,
		`INSERT INTO saved_view (person, screen, name, query) SELECT id, 'Approvals · Waiting', 'view', 'state:denied' FROM person WHERE login = 'casey'`)
	c.exec("live", fmt.Sprintf(`INSERT INTO heartbeat (name, kind, host, pid, at, note) VALUES ('w', 'worker', 'host', 1, %d, 'note')`, ms))
	c.learn()
	return c
}

// of is the company for a part of a test.
func (c *company) of(t *testing.T) *company {
	part := *c
	part.t = t
	return &part
}

// exec changes a file behind the program's back.
func (c *company) exec(file string, statements ...string) {
	c.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(c.dir, file+".db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			c.t.Fatalf("%s: %v", s, err)
		}
	}
}

// learn gives each foreign column its mark, and fails where one is new that nobody
// has thought about.
func (c *company) learn() {
	c.t.Helper()
	foreign, own := foreignColumns(), ownColumns()
	for _, file := range []string{"queue", "log", "live"} {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(c.dir, file+".db"))
		if err != nil {
			c.t.Fatal(err)
		}
		rows, err := db.Query(`SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT'
			AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%\_words%' ESCAPE '\' ORDER BY 1, c.cid`)
		if err != nil {
			c.t.Fatal(err)
		}
		for rows.Next() {
			var table, name string
			if err := rows.Scan(&table, &name); err != nil {
				c.t.Fatal(err)
			}
			i := slices.IndexFunc(strings.Fields(foreign[table]), func(f string) bool {
				bare, _, _ := strings.Cut(strings.TrimPrefix(f, "@"), ":")
				return bare == name
			})
			switch mine := slices.Contains(strings.Fields(own[table]), name); {
			case i >= 0 && !mine:
				f := strings.Fields(foreign[table])[i]
				_, keys, isJSON := strings.Cut(f, ":")
				if strings.HasPrefix(f, "@") {
					keys = "@"
				} else if isJSON && keys == "" {
					keys = "*"
				}
				mark := fmt.Sprintf("Q%02dZ", len(c.columns))
				if keys == "@" || name == "policy" {
					mark = "QGRZ" // one name in many places
				}
				c.columns = append(c.columns, column{file, table, name, keys, mark})
			case !mine:
				c.t.Errorf("%s.%s is new: is it foreign?", table, name)
			}
		}
		if err := rows.Err(); err != nil {
			c.t.Fatal(err)
		}
		db.Close()
	}
}

// the group that is called otherwise.
const renamed = "Vault Approvers"

// written returns a copy of the company in which text says what a column holds. The
// configuration is beside it.
func (c *company) written(text func(column) string) string {
	c.t.Helper()
	dir := c.t.TempDir()
	files, err := os.ReadDir(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "queue"), 0o700); err != nil {
		c.t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(c.dir, f.Name()))
		if err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "queue", f.Name()), b, 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	group := ""
	for _, file := range []string{"queue", "log", "live"} {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "queue", file+".db"))
		if err != nil {
			c.t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		tx, err := db.Begin()
		if err != nil {
			c.t.Fatal(err)
		}
		must := func(query string, args ...any) {
			c.t.Helper()
			if _, err := tx.Exec(query, args...); err != nil {
				c.t.Fatalf("%s: %v", query, err)
			}
		}
		must("PRAGMA defer_foreign_keys = ON")
		if file == "queue" {
			must("DROP TRIGGER audit_no_update")
			must("DROP TRIGGER audit_text_no_update")
		}
		for _, k := range c.columns {
			if k.file != file {
				continue
			}
			says := text(k)
			switch {
			case k.keys == "@":
				if group == "" {
					group = says
				}
				must(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %[2]s = ?", k.table, k.name), group, renamed)
			case k.name == "policy":
				b, err := json.Marshal(group)
				if err != nil {
					c.t.Fatal(err)
				}
				must("UPDATE request SET policy = replace(policy, ?, ?)", `"`+renamed+`"`, string(b))
			case k.keys != "":
				rewrite(c.t, tx, k, says)
			case k.table == "person":
				must(fmt.Sprintf("UPDATE person SET %s = ?||substr(id, 2, 5) WHERE login NOT IN ('casey', 'alice', 'root')", k.name), says)
			case slices.Contains([]string{"name"}, k.name) && (k.table == "component" || k.table == "audit_text" || k.table == "saved_view"), k.name == "device_id":
				must(fmt.Sprintf("UPDATE %s SET %s = ?||%[2]s WHERE %[2]s <> ''", k.table, k.name), says)
			default:
				must(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %[2]s <> ''", k.table, k.name), says)
			}
		}
		if err := tx.Commit(); err != nil {
			c.t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			c.t.Fatal(err)
		}
	}
	conf := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(conf, []byte("[store]\ndir = \"queue\"\n[vault]\nurl = \"http://127.0.0.1:9\"\napi_key_file = \"key\"\n[epm]\ngroup = \"Security\"\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return conf
}

// rewrite replaces the texts of JSON.
func rewrite(t *testing.T, tx *sql.Tx, k column, says string) {
	t.Helper()
	rows, err := tx.Query(fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE %[1]s <> ''", k.name, k.table))
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]string{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s.%s: %v", k.table, k.name, err)
		}
		b, err := json.Marshal(replaced(v, "", strings.Split(k.keys, ","), says))
		if err != nil {
			t.Fatal(err)
		}
		changed[text] = string(b)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for from, to := range changed {
		if _, err := tx.Exec(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %[2]s = ?", k.table, k.name), to, from); err != nil {
			t.Fatal(err)
		}
	}
}

// replaced replaces the texts under some keys; * is all of them.
func replaced(v any, under string, keys []string, says string) any {
	switch at := v.(type) {
	case string:
		if at != "" && (keys[0] == "*" || slices.Contains(keys, under)) {
			return says
		}
	case []any:
		for i := range at {
			at[i] = replaced(at[i], under, keys, says)
		}
	case map[string]any:
		for key := range at {
			at[key] = replaced(at[key], key, keys, says)
		}
	}
	return v
}

// runFrozen runs the program as somebody at a time that stands still: frozen TIME
// LOGIN ARG... Two screens can then be compared cell by cell.
func runFrozen() {
	at, err := time.Parse(time.RFC3339, os.Args[1])
	if err != nil {
		panic(err)
	}
	os.Exit(int(runAs(os.Args[2], os.Args[3:], func() time.Time { return at }, time.UTC)))
}
