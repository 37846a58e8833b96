package store

import (
	"fmt"
	"slices"
	"strings"

	"countersign/model"
)

// Personal names what a table holds of people, how its rows belong to
// one of them, and how that is erased (DESIGN 4). TestEveryColumnIsClassified holds
// it against the schema.
type Personal struct {
	Table   string
	Columns []string // with personal text, or that say who somebody is
	owners  []owner  // any of them makes a row the person's
	erase   string   // SET of the erasing UPDATE; "" takes the row out, asIs leaves it
}

// owner ties a row to a person.
type owner struct {
	column string
	by     ownership
}

// ownership says what a column is compared with.
type ownership int

const (
	byID       ownership = iota // random id of the person
	byAddress                   // their address in lower case
	byLogin                     // their login in lower case, with or without a domain before it
	byRequest                   // id of a request by them or for them
	byApproval                  // id of a step of such a request
	byEndpoint                  // id of an endpoint request of their account
	byDevice                    // id of a device of theirs
	byObject                    // number of something of theirs
	byEntry                     // audit entry by them, about them or about something of theirs
	byNaming                    // JSON that names their login or address
)

// asIs is the erase of a table that holds their random id alone.
const asIs = "-"

// Gone is what stands where something was erased.
const Gone = "erased"

// PersonalData lists every table of queue.db that holds something of people, in the
// order in which it is erased: what a row is found by goes last.
func PersonalData() []Personal {
	id := func(columns ...string) (all []owner) {
		for _, c := range columns {
			all = append(all, owner{c, byID})
		}
		return all
	}
	request := owner{"request_id", byRequest}
	return []Personal{
		{"audit_text", []string{"text"}, []owner{{"seq", byEntry}}, ""},
		{"journal", []string{"author", "text"}, append(id("author"), owner{"object", byObject}), "text = '" + Gone + "'"},
		{"vote", []string{"voter", "seat", "comment"}, append(id("voter", "seat"), owner{"approval_id", byApproval}), "comment = ''"},
		{"approval", []string{"moved_by"}, id("moved_by"), asIs},
		{"inquiry", []string{"asked_by", "question", "answered_by", "answer"}, append(id("asked_by", "answered_by"), request),
			"question = '" + Gone + "', answer = CASE WHEN answer = '' THEN '' ELSE '" + Gone + "' END"},
		{"review", []string{"used_by", "reason", "done_by", "comment"}, append(id("used_by", "done_by"), request),
			"reason = '" + Gone + "', comment = CASE WHEN comment = '' THEN '' ELSE '" + Gone + "' END"},
		{"notice", []string{"person", "text"}, id("person"), ""},
		{"event", []string{"body", "problem"}, []owner{{"body", byNaming}}, ""},
		{"task", []string{"assignee", "close_notes"}, append(id("assignee"), request), "close_notes = ''"},
		{"operation", []string{"intent", "looking_for", "evidence", "reason", "requested_by"}, []owner{request, {"endpoint_id", byEndpoint}, {"device_id", byDevice}},
			"intent = '{}', looking_for = '', evidence = '', reason = ''"},
		{"access_grant", []string{"person", "email", "email_key", "note", "drift"}, append(id("person"), owner{"email_key", byAddress}),
			"email = ?, email_key = ?, note = '', drift = ''"},
		{"sealed", []string{"body"}, []owner{request}, "body = NULL, wiped_at = coalesce(wiped_at, wipe_due, 0)"},
		{"incident", []string{"short", "assignee", "close_notes"}, []owner{{"endpoint_id", byEndpoint}}, "short = '" + Gone + "', close_notes = ''"},
		{"endpoint", []string{"account", "machine", "what", "facts", "justification", "outcome", "doubt", "decided_by", "comment", "user_key", "file_key", "hash_key", "command_key"},
			[]owner{{"account", byLogin}}, `account = '` + Gone + `', machine = '` + Gone + `', what = '', facts = '[]', justification = '', outcome = '', doubt = '',
			comment = '', user_key = '', file_key = '', hash_key = '', command_key = ''`},
		{"device", []string{"email", "name", "ip", "client", "location", "outcome", "decided_by", "comment"}, []owner{{"email", byAddress}},
			"email = ?, name = '', ip = '', client = '', location = '', outcome = '', comment = ''"},
		{"draft", []string{"person", "body"}, id("person"), ""},
		{"saved_view", []string{"person", "name", "query"}, id("person"), ""},
		{"delegation", []string{"from_person", "to_person", "made_by"}, id("from_person", "to_person"), ""},
		{"person_role", []string{"person", "role"}, id("person"), ""},
		{"person_key", []string{"line", "person", "note"}, id("person"), ""},
		{"grp_member", []string{"grp", "person"}, id("person"), ""},
		{"setting", []string{"updated_by"}, id("updated_by"), asIs},
		{"request", []string{"requested_by", "requested_for", "for_key", "for_person", "justification", "target_words", "label", "answers", "outcome", "who"},
			append(id("requested_by"), owner{"for_key", byAddress}),
			`requested_for = CASE WHEN for_key = ? THEN ? ELSE requested_for END, for_key = CASE WHEN for_key = ? THEN ? ELSE for_key END,
			justification = '` + Gone + `', target_words = CASE WHEN target_words = '' THEN '' ELSE '` + Gone + `' END, answers = '[]', outcome = '', who = '',
			label = CASE WHEN target_title = '' THEN '` + Gone + `' ELSE target_title END`},
		{"person", []string{"login", "name", "email", "email_key"}, id("id"),
			"login = NULL, name = 'erased person', email = ?, email_key = NULL, active = 0, revision = revision + 1"},
	}
}

// PersonalElsewhere lists the tables of log.db and live.db that may hold something
// of people. Nothing in them is somebody's: it is what was said of them, and it
// ends by itself.
func PersonalElsewhere() []Personal {
	return []Personal{
		{Table: "line", Columns: []string{"message", "fields"}},
		{Table: "traffic", Columns: []string{"command", "problem"}},
		{Table: "heartbeat", Columns: []string{"host", "note"}},
		{Table: "lookup", Columns: []string{"args", "answer", "problem"}},
	}
}

// Erased is the pseudonym of a person who was erased: their random id tells the
// same one from others, and says nothing of who it was.
func Erased(id model.PersonID) string {
	return Gone + "-" + strings.ToLower(string(id)[:min(len(id), 8)])
}

// unnamed is what no login and no address is: somebody who has none owns nothing by
// it.
const unnamed = "\x00"

// traces are what is found of a person by.
type traces struct {
	id, address, login string // the last two in lower case
	named              [2]string
}

func tracesOf(p model.Person) traces {
	t := traces{id: string(p.ID), address: emailKey(p.Email), login: strings.ToLower(p.Login), named: [2]string{p.Login, p.Email}}
	for _, s := range []*string{&t.address, &t.login, &t.named[0], &t.named[1]} {
		if *s == "" {
			*s = unnamed
		}
	}
	return t
}

// The queries for what is somebody's, and their parameters.
const (
	theirRequests  = "SELECT id FROM request WHERE requested_by = ? OR for_key = ?"
	theirEndpoints = `SELECT id FROM endpoint WHERE lower(account) = ? OR lower(account) LIKE ? ESCAPE '\'`
	theirObjects   = "SELECT number FROM request WHERE requested_by = ? OR for_key = ?" +
		" UNION SELECT number FROM task WHERE request_id IN (" + theirRequests + ")" +
		" UNION SELECT number FROM incident WHERE endpoint_id IN (" + theirEndpoints + ")"
)

func (t traces) requests() []any  { return []any{t.id, t.address} }
func (t traces) endpoints() []any { return []any{t.login, `%\\` + escapeLike(t.login)} }
func (t traces) objects() []any {
	return slices.Concat(t.requests(), t.requests(), t.endpoints())
}

// condition is when a column ties its row to the person.
func (t traces) condition(o owner) condition {
	c := o.column
	switch o.by {
	case byAddress:
		return where("lower("+c+") = ?", t.address)
	case byLogin:
		return where("(lower("+c+") = ? OR lower("+c+`) LIKE ? ESCAPE '\')`, t.endpoints()...)
	case byRequest:
		return where(c+" IN ("+theirRequests+")", t.requests()...)
	case byApproval:
		return where(c+" IN (SELECT id FROM approval WHERE request_id IN ("+theirRequests+"))", t.requests()...)
	case byEndpoint:
		return where(c+" IN ("+theirEndpoints+")", t.endpoints()...)
	case byDevice:
		return where(c+" IN (SELECT id FROM device WHERE lower(email) = ?)", t.address)
	case byObject:
		return where(c+" IN ("+theirObjects+")", t.objects()...)
	case byEntry:
		return where(c+" IN (SELECT seq FROM audit WHERE actor = ? OR object = ? OR object IN ("+theirObjects+"))",
			append([]any{t.id, t.id}, t.objects()...)...)
	case byNaming:
		return where("("+c+` LIKE ? ESCAPE '\' OR `+c+` LIKE ? ESCAPE '\')`, `%"`+escapeLike(t.named[0])+`"%`, `%"`+escapeLike(t.named[1])+`"%`)
	}
	return where(c+" = ?", t.id)
}

// of is the condition under which rows are a person's.
func (d Personal) of(t traces) condition {
	all := where("WHERE")
	for i, o := range d.owners {
		c := t.condition(o)
		if i > 0 {
			all.fragment += " OR"
		}
		all = condition{all.fragment + " " + c.fragment, append(slices.Clip(all.args), c.args...)}
	}
	return all
}

// PersonalRow is a row that holds something of a person: the columns of its
// Personal, as they are stored.
type PersonalRow struct {
	Table  string
	Values map[string]any
}

// ExportPerson calls each for every row that holds something of a person, and for
// the audit entries that they made, with the texts that are still there. It stops
// at the first error of each, and returns that.
func (t *Tx) ExportPerson(p model.Person, each func(PersonalRow) error) error {
	audit := Personal{Table: "audit", Columns: []string{"seq", "at", "action", "object", "detail"}, owners: []owner{{"actor", byID}}}
	for _, d := range append(PersonalData(), audit) {
		rows, err := t.values(d.Table, d.Columns, d.of(tracesOf(p)))
		if err != nil {
			return wrap(err, "export %s of %s", d.Table, p.ID)
		}
		for _, r := range rows {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// values reads columns of a table as they are stored.
func (t *Tx) values(table string, columns []string, whose condition) ([]PersonalRow, error) {
	var q query
	q.add("SELECT "+strings.Join(columns, ", ")+" FROM "+table).add(whose.fragment, whose.args...)
	values, dest := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dest[i] = anything(&values[i])
	}
	var all []PersonalRow
	err := t.rows(q.text(), q.args, func(r row) error {
		if err := r.Scan(dest...); err != nil {
			return err
		}
		out := PersonalRow{Table: table, Values: map[string]any{}}
		for i, c := range columns {
			out.Values[c] = values[i]
		}
		all = append(all, out)
		return nil
	})
	return all, err
}

// ErasePerson erases what queue.db holds of a person and returns how many rows of
// each table changed. The random id stays, so that the audit, the votes and the
// histories are still about one and the same pseudonym, and the chain is not
// touched. It has left the disk after the next Checkpoint that reports true.
func (t *Tx) ErasePerson(p model.Person) (map[string]int64, error) {
	of, pseudonym := tracesOf(p), Erased(p.ID)
	counts := map[string]int64{}
	for _, d := range PersonalData() {
		if d.erase == asIs {
			continue
		}
		var q query
		switch d.Table {
		case "access_grant":
			q.add("UPDATE access_grant SET "+d.erase, pseudonym, pseudonym)
		case "request":
			q.add("UPDATE request SET "+d.erase, of.address, pseudonym, of.address, pseudonym)
		case "person", "device":
			q.add("UPDATE "+d.Table+" SET "+d.erase, pseudonym)
		default:
			if d.erase == "" {
				q.add("DELETE FROM " + d.Table)
			} else {
				q.add("UPDATE " + d.Table + " SET " + d.erase)
			}
		}
		whose := d.of(of)
		n, err := t.exec(q.add(whose.fragment, whose.args...).text(), q.args...)
		if err != nil {
			return nil, wrap(err, "erase %s of %s", d.Table, p.ID)
		}
		if n > 0 {
			counts[d.Table] = n
		}
	}
	n, err := t.forgetMentions(p)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		counts["mentions"] = n
	}
	// The words of the search are merged away with what they were found in.
	_, err = t.exec("INSERT INTO request_words (request_words) VALUES ('optimize')")
	return counts, wrap(err, "forget the words of %s", p.ID)
}

// Unfinished is what somebody has that has to end before they can be erased.
type Unfinished struct{ Requests, Tasks, Grants, Endpoints, Devices int64 }

// None reports whether nothing is in the way.
func (u Unfinished) None() bool { return u == Unfinished{} }

// Unfinished counts what somebody still waits for, works at or has.
func (t *Tx) Unfinished(p model.Person) (Unfinished, error) {
	var u Unfinished
	of := tracesOf(p)
	for _, part := range []struct {
		count *int64
		from  string
		args  []any
	}{
		{&u.Requests, "request WHERE closed_at IS NULL AND (requested_by = ? OR for_key = ?)", of.requests()},
		{&u.Tasks, "task WHERE closed_at IS NULL AND assignee = ?", []any{of.id}},
		{&u.Grants, "access_grant WHERE open = 1 AND (person = ? OR email_key = ?)", of.requests()},
		{&u.Endpoints, `endpoint WHERE ended_at IS NULL AND (lower(account) = ? OR lower(account) LIKE ? ESCAPE '\')`, of.endpoints()},
		{&u.Devices, "device WHERE ended_at IS NULL AND lower(email) = ?", []any{of.address}},
	} {
		var q query
		q.add("SELECT count(*) FROM "+part.from, part.args...)
		if _, err := t.row(q.text(), q.args, []any{part.count}); err != nil {
			return u, wrap(err, "count what %s has", p.ID)
		}
	}
	return u, nil
}

// anything reads a value as it is stored.
func anything(p *any) scan {
	return func(src any) error {
		switch v := src.(type) {
		case []byte:
			*p = fmt.Sprintf("%d bytes, sealed", len(v))
		default:
			*p = v
		}
		return nil
	}
}
