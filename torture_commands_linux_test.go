package main

import (
	"database/sql"
	"time"
)

// waiting reopens an endpoint request and its incident, and adds a device, as a worker
// finds them in the vault, so that they can be decided.
const waiting = `
UPDATE endpoint SET state = 'pending', ended_at = NULL, outcome = '', verdict = '', decided_by = '', decided_at = 0, digest = '', comment = '',
  expires_at = 9223372036854775807 WHERE id = (SELECT max(id) FROM endpoint);
UPDATE incident SET state = 10, closed_at = NULL, close_notes = '' WHERE endpoint_id = (SELECT max(id) FROM endpoint);
INSERT INTO device (device_id, email, name, type, ip, client, location, asked_at, state, seen_at, updated_at, revision)
  SELECT '` + tortureDevice + `', 'alice@example.com', 'a laptop', '', '', '', '', seen_at, 'pending', seen_at, updated_at, 1 FROM endpoint WHERE id = 1`

const (
	tortureDevice = "b15a0fc0ea5519a11ea9"
	torturePubKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
)

// waits has something wait in the queue that only a worker brings.
func (c *cell) waits() {
	c.t.Helper()
	if err := c.opens("", func(db *sql.DB) error {
		_, err := db.Exec(waiting)
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
}

// taskOf selects a task that somebody has and of which the vault knows nothing.
func taskOf(login string) string {
	return `SELECT t.number FROM task t JOIN person p ON p.id = t.assignee WHERE p.login = '` + login + `' AND t.closed_at IS NULL
	  AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.task_id = t.id) ORDER BY t.id LIMIT 1`
}

// of counts the entries of an action about the request that a table's row belongs to.
func of(action, table, key string) string {
	return "SELECT count(*) FROM audit a JOIN request r ON r.number = a.object JOIN " + table + " x ON x.request_id = r.id WHERE a.action = '" + action + "' AND x." + key + " = $1"
}

// about counts the entries of an action about the subject itself.
func about(action string) string {
	return "SELECT count(*) FROM audit WHERE action = '" + action + "' AND object = $1"
}

const (
	openIncident   = "SELECT incident FROM endpoint WHERE id = (SELECT max(id) FROM endpoint)"
	closedIncident = "SELECT number FROM incident WHERE closed_at IS NOT NULL ORDER BY id DESC LIMIT 1"
	personCalled   = "SELECT id FROM person WHERE login = "
)

// furtherWritings are the other commands that write by themselves, without a worker.
func furtherWritings() []writing {
	args := func(words ...string) func(*cell) []string { return func(*cell) []string { return words } }
	on := func(words ...string) func(*cell) []string { // the third word is the subject
		return func(c *cell) []string { return append([]string{words[0], words[1], c.subject}, words[2:]...) }
	}
	noted := "SELECT count(*) FROM journal WHERE text = '" + cellMark + "' AND object = $1"
	return []writing{
		{name: "claim", login: "ivan", about: "SELECT number FROM task WHERE assignee IS NULL AND closed_at IS NULL AND grp = 'Vault Admins' ORDER BY id LIMIT 1", args: on("task", "claim"),
			done: "SELECT count(*) FROM task WHERE number = $1 AND assignee IS NOT NULL", audited: of("task.claim", "task", "number")},
		{name: "release", login: "priya", about: taskOf("priya"), args: on("task", "release"),
			done: "SELECT count(*) FROM task WHERE number = $1 AND assignee IS NULL", audited: of("task.release", "task", "number")},
		{name: "close", login: "kofi", about: taskOf("kofi"), args: on("task", "close", "--as", "skipped", "--reason", cellMark),
			done:    "SELECT count(*) FROM task t JOIN request r ON r.id = t.request_id WHERE t.number = $1 AND t.closed_at IS NOT NULL AND r.state = 'closed_skipped'",
			audited: of("task.close", "task", "number")},
		{name: "question", login: "erin", args: on("request", "ask", "--question", cellMark),
			done: "SELECT count(*) FROM request WHERE number = $1 AND needs_info = 1", audited: about("request.ask")},
		{name: "answer", login: "alice", about: "SELECT r.number FROM request r JOIN person p ON p.id = r.requested_by WHERE r.needs_info = 1 AND p.login = 'alice' AND r.closed_at IS NULL",
			args: on("request", "answer", "--text", cellMark), done: "SELECT count(*) FROM request WHERE number = $1 AND needs_info = 0", audited: about("request.reply")},
		{name: "another group", login: "dana", args: on("request", "reassign", "--to", "Security", "--reason", cellMark),
			done:    "SELECT count(*) FROM approval a JOIN request r ON r.id = a.request_id WHERE r.number = $1 AND a.grp = 'Security'",
			audited: about("request.reassign")},
		{name: "review", login: "dana", about: "SELECT r.number FROM request r JOIN review v ON v.request_id = r.id WHERE v.done_at IS NULL LIMIT 1",
			args: on("review", "done", "--comment", cellMark), done: "SELECT count(*) FROM review v JOIN request r ON r.id = v.request_id WHERE r.number = $1 AND v.comment = '" + cellMark + "'",
			audited: about("request.review")},
		{name: "drift", about: "SELECT CAST(id AS TEXT) FROM access_grant WHERE drift <> '' AND open = 1 LIMIT 1", args: on("grants", "close", "--reason", cellMark),
			done: "SELECT count(*) FROM access_grant WHERE id = $1 AND open = 0", audited: of("grant.close", "access_grant", "id")},
		{name: "extension", login: "alice", about: `SELECT CAST(g.id AS TEXT) FROM access_grant g JOIN person p ON p.id = g.person
			  WHERE p.login = 'alice' AND g.state = 'active' AND g.kind = 'record' AND g.until < 9223372036854775807 ORDER BY g.until DESC LIMIT 1`,
			args:    on("grants", "extend", "--limit", "1 d", "--justification", cellMark),
			done:    "SELECT count(*) FROM request WHERE justification = '" + cellMark + "' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit_text WHERE text = '" + cellMark + "' AND $1 <> ''"},
		{name: "endpoint request", login: "dana", about: openIncident, args: func(c *cell) []string {
			return []string{"epm", "approve", c.subject, "--digest", c.digestOf("dana", "epm", "show", c.subject)}
		},
			done:    "SELECT count(*) FROM endpoint e JOIN operation o ON o.endpoint_id = e.id WHERE e.incident = $1 AND e.state = 'approving' AND e.verdict = 'approve' AND o.state = 'queued'",
			audited: about("endpoint.approve")},
		{name: "device", login: "dana", args: func(c *cell) []string {
			return []string{"device", "deny", tortureDevice, "--comment", cellMark, "--digest", c.digestOf("dana", "device", "show", tortureDevice)}
		},
			done:    "SELECT count(*) FROM device d JOIN operation o ON o.device_id = d.id WHERE d.device_id = '" + tortureDevice + "' AND d.verdict = 'deny' AND o.state = 'queued' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit WHERE action = 'device.deny' AND $1 <> ''"},
		{name: "work note", about: openIncident, args: on("incident", "note", "--text", cellMark), done: noted, audited: about("incident.note"), again: true},
		{name: "reopening", about: closedIncident, args: on("incident", "reopen", "--comment", cellMark),
			done: "SELECT count(*) FROM incident WHERE number = $1 AND closed_at IS NULL", audited: about("incident.reopen")},
		{name: "newcomer", args: args("people", "add", "latecomer", "--name", "Late Comer", "--email", "late@example.com", "--role", "requestor"),
			done:    "SELECT count(*) FROM person p JOIN person_role r ON r.person = p.id WHERE p.login = 'latecomer' AND $1 <> ''",
			audited: "SELECT count(*) FROM audit a JOIN person p ON p.id = a.object WHERE p.login = 'latecomer' AND a.action = 'people.add' AND $1 <> ''"},
		{name: "dismissal", about: personCalled + "'yuki'", args: args("people", "disable", "yuki", "--reason", cellMark),
			done: "SELECT count(*) FROM person WHERE id = $1 AND active = 0", audited: about("people.change")},
		{name: "delegation", login: "dana", about: personCalled + "'dana'", args: args("people", "delegate", "--to", "omar", "--until", time.Now().AddDate(0, 0, 30).Format("2006-01-02 15:04")),
			done: "SELECT count(*) FROM delegation WHERE from_person = $1", audited: about("people.delegate")},
		{name: "key", about: personCalled + "'dana'", args: args("people", "key", "add", "dana", torturePubKey),
			done: "SELECT count(*) FROM person_key WHERE person = $1", audited: about("key.add")},
		{name: "erasure", about: personCalled + "'zoe'", args: args("privacy", "erase", "zoe", "--confirm", "zoe"),
			done: "SELECT count(*) FROM person WHERE id = $1 AND coalesce(login, '') <> 'zoe'", audited: about("privacy.erase")},
		{name: "disclosure", about: personCalled + "'alice'", args: args("privacy", "export", "alice"),
			done: about("privacy.export"), audited: about("privacy.export"), again: true},
	}
}
