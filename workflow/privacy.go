package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/model"
	"countersign/store"
)

// Holding is one kind of thing that the program keeps of people: a line of the
// privacy page (SCREENS, Logs).
type Holding struct {
	What   string   // "Requests"
	Holds  string   // what of people is in it
	File   string   // "queue.db"
	Where  []string // table and columns, as the schema has them
	Sealed string   // how it is protected where it lies
	Kept   string   // how long
	Sees   string   // who sees it
}

// holding is a Holding before the schema and the settings are put in.
type holding struct {
	what, holds, file      string
	tables                 []string
	sealed, kept, sees     string
	untilKeep, untilMinute bool // it ends with the logs, or by itself within minutes
}

// holdings describe every table of store.PersonalData and store.PersonalElsewhere;
// a test holds them against these.
func holdings() []holding {
	const (
		inFile  = "as it is; whoever may read the folder can read it"
		forGood = "until somebody is erased"
	)
	return []holding{
		{what: "People", holds: "login, name, address, roles, groups, public keys, who acts for whom", tables: []string{"person", "person_role", "person_key", "grp_member", "delegation"},
			sealed: inFile, kept: forGood, sees: "admins; logins are seen by everybody who works with them"},
		{what: "Requests", holds: "who asks for whom, why, the answers, what was said about it", tables: []string{"request", "inquiry", "journal"},
			sealed: inFile, kept: forGood, sees: "who asked, who gets it, those who decide and carry it out, admins"},
		{what: "Decisions", holds: "who voted how, with which comment; emergency approvals", tables: []string{"vote", "approval", "review"},
			sealed: inFile, kept: forGood, sees: "who sees the request"},
		{what: "Secret answers", holds: "passwords and keys that were typed, one-time links", tables: []string{"sealed"},
			sealed: "encrypted to the keys in [seal] recipients (age)", kept: "until the request ends, then overwritten", sees: "nobody; the worker opens it to send it"},
		{what: "Work", holds: "who carries it out, what was told to the vault and what it said", tables: []string{"task", "operation"},
			sealed: inFile, kept: forGood, sees: "the fulfilment groups and admins"},
		{what: "Access", holds: "whose address has what until when", tables: []string{"access_grant"},
			sealed: inFile, kept: forGood, sees: "who has it; the fulfilment groups and admins"},
		{what: "Endpoint requests", holds: "user, machine, program, command, justification, as the vault reports them", tables: []string{"endpoint", "incident"},
			sealed: inFile, kept: forGood, sees: "those who decide them and admins"},
		{what: "Devices", holds: "address, name, network address and place of devices", tables: []string{"device"},
			sealed: inFile, kept: forGood, sees: "those who decide them and admins"},
		{what: "Drafts and views", holds: "forms that were begun, saved filters, notices", tables: []string{"draft", "saved_view", "notice"},
			sealed: inFile, kept: "until they are sent, dropped or seen", sees: "the person alone"},
		{what: "Events", holds: "what a program outside is told, with logins and addresses", tables: []string{"event", "setting"},
			sealed: inFile, kept: model.FormatDuration(eventsKept) + " after they were told", sees: "the program that [notify] names"},
		{what: "Texts of the audit", holds: "names, comments and reasons beside the chain, which itself has random ids and salted commitments", tables: []string{"audit_text"},
			sealed: inFile + "; the chain is signed", kept: forGood, sees: "support and admins"},
		{what: "Application log", holds: "what the program did; may name logins and addresses, never a secret", file: "log.db", tables: []string{"line"},
			sealed: inFile, untilKeep: true, sees: "support and admins"},
		{what: "Vault traffic", holds: "commands with addresses, secrets masked", file: "log.db", tables: []string{"traffic"},
			sealed: inFile, untilKeep: true, sees: "support and admins"},
		{what: "Heartbeats", holds: "names of hosts with a console or worker", file: "live.db", tables: []string{"heartbeat"},
			sealed: inFile, untilMinute: true, sees: "support and admins"},
		{what: "Look-ups", holds: "words that somebody searches, while the worker answers", file: "live.db", tables: []string{"lookup"},
			sealed: "answers are encrypted to the asking console", untilMinute: true, sees: "the one who searches"},
	}
}

// Privacy says what is kept of people: what, where, protected how, how long, and
// who sees it. For support and admins; it fails with a *model.Denied for others.
func (s *Service) Privacy(ctx context.Context, actorID model.PersonID) ([]Holding, error) {
	if err := s.mayReadLogs(ctx, actorID); err != nil {
		return nil, err
	}
	columns := map[string][]string{}
	for _, d := range slices.Concat(store.PersonalData(), store.PersonalElsewhere()) {
		columns[d.Table] = d.Columns
	}
	var all []Holding
	for _, h := range holdings() {
		out := Holding{What: h.what, Holds: h.holds, File: h.file, Sealed: h.sealed, Kept: h.kept, Sees: h.sees}
		if out.File == "" {
			out.File = "queue.db"
		}
		for _, table := range h.tables {
			out.Where = append(out.Where, table+": "+strings.Join(columns[table], ", "))
		}
		switch {
		case h.untilKeep:
			out.Kept = s.logsKept()
		case h.untilMinute:
			out.Kept = "for minutes; the file may be deleted"
		}
		all = append(all, out)
	}
	copies, err := s.db.Copies()
	if err != nil {
		return nil, err
	}
	if copies == nil {
		copies = []string{"none now"}
	}
	return append(all, Holding{What: "Copies", Holds: "all that queue.db held before an update changed its schema, of people who were erased since as well",
		File: "the folder", Where: copies, Sealed: "as it is; whoever may read the folder can read it", Kept: "until somebody removes them", Sees: "whoever may read the folder"}), nil
}

// logsKept is how long the settings keep the logs.
func (s *Service) logsKept() string {
	var parts []string
	if keep := s.settings.LogKeep; keep > 0 {
		parts = append(parts, model.FormatDuration(keep))
	}
	if most := s.settings.LogMost; most > 0 {
		parts = append(parts, fmt.Sprintf("at most %d MiB, the oldest go first", most>>20))
	}
	if parts == nil {
		return "for good: [log] keep sets no end"
	}
	return strings.Join(parts, "; ")
}

// PersonExport is everything that is kept of one person.
type PersonExport struct {
	Person model.Person
	Rows   []store.PersonalRow
}

// ExportPerson collects everything that the queue keeps of a person, named by login
// or address, and the lines of the logs that name their address. Admins export anybody, everybody else themselves. The export is an
// entry of the audit.
func (s *Service) ExportPerson(ctx context.Context, actorID model.PersonID, who string) (PersonExport, error) {
	var out PersonExport
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		p, err := somebody(tx, who)
		if err != nil {
			return err
		}
		if !a.Has(model.RoleAdmin) && a.ID != p.ID {
			return &model.Denied{Code: model.DenyRole, Reason: "only admins export what is kept of others"}
		}
		out = PersonExport{Person: p}
		if err := tx.ExportPerson(p, func(r store.PersonalRow) error {
			out.Rows = append(out.Rows, r)
			return nil
		}); err != nil {
			return err
		}
		return record(tx, change{by: a.ID, object: model.Number(p.ID), action: "privacy.export", correlation: newCorrelation(), detail: fmt.Sprintf("%d rows", len(out.Rows))})
	})
	if err != nil {
		return PersonExport{}, err
	}
	err = s.db.ExportLogs(ctx, out.Person.Email, func(r store.PersonalRow) error {
		out.Rows = append(out.Rows, r)
		return nil
	})
	return out, err
}

// somebody finds a person by login or address.
func somebody(tx *store.Tx, who string) (model.Person, error) {
	p, found, err := tx.PersonByLogin(who)
	if err == nil && !found {
		p, found, err = tx.PersonByEmail(who)
	}
	if err == nil && !found {
		err = notFound("a person " + who)
	}
	return p, err
}

// Erasure is what erasing somebody did, or would do.
type Erasure struct {
	Pseudonym string           // what stands in the place of their address
	Rows      map[string]int64 // of each table that were changed or taken out
	LogLines  int64            // that named their address
	// Copies are files that still hold it: copies of before an update of the schema.
	Copies []string
	// Left says that the texts are still in the files, where a reader or the disk was in the way:
	// the next checkpoint takes them out.
	Left bool
}

// ErasePerson erases what is kept of a person, named by login or address: texts and
// who they are. Their random id stays in the audit, the votes and the histories, and
// the chain stays whole (DESIGN 4). What somebody still waits for, works at or has
// must end first. Only admins erase; nobody erases themselves or the last admin.
// Backups and the vault are not reached, and of what others have written about them
// only their address and whole name. With dryRun it only tells.
//
// The logs are another file. They come first: where they cannot be written nothing is
// erased, and the same can be done again; afterwards nobody would find who it was.
func (s *Service) ErasePerson(ctx context.Context, actorID model.PersonID, who string, dryRun bool) (Erasure, error) {
	out, address, err := s.erasePerson(ctx, actorID, who, true)
	if err != nil {
		return Erasure{}, err
	}
	copies, err := s.db.Copies()
	if err != nil || dryRun {
		out.Copies = copies
		return out, err
	}
	lines, err := s.db.EraseLogs(ctx, address)
	if err != nil {
		return Erasure{}, fmt.Errorf("erase %s from the logs, which comes first: %w", who, err)
	}
	if out, _, err = s.erasePerson(ctx, actorID, who, false); err != nil {
		return Erasure{}, err
	}
	clean, err := s.db.Checkpoint(ctx)
	out.Copies, out.LogLines, out.Left = copies, lines, err != nil || !clean
	return out, nil
}

// erasePerson erases somebody from the queue, and returns the address that they had.
func (s *Service) erasePerson(ctx context.Context, actorID model.PersonID, who string, dryRun bool) (out Erasure, address string, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := actor(tx, actorID)
		if err != nil {
			return err
		}
		if !a.Has(model.RoleAdmin) {
			return &model.Denied{Code: model.DenyRole, Reason: "only admins erase people"}
		}
		p, err := somebody(tx, who)
		if err != nil {
			return err
		}
		if a.ID == p.ID {
			return &model.Denied{Code: model.DenyRole, Reason: "nobody erases themselves: another admin can"}
		}
		u, err := tx.Unfinished(p)
		if err != nil {
			return err
		}
		if !u.None() {
			return &model.Denied{Code: model.DenyState, Reason: stillThere(p, u)}
		}
		out.Pseudonym, address = store.Erased(p.ID), p.Email
		if out.Rows, err = tx.ErasePerson(p); err != nil {
			return err
		}
		if dryRun {
			return errDryRun
		}
		return record(tx, change{by: a.ID, object: model.Number(p.ID), action: "privacy.erase", correlation: newCorrelation(), detail: rowsOf(out.Rows)})
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return out, address, err
}

// stillThere says what has to end before somebody can be erased.
func stillThere(p model.Person, u store.Unfinished) string {
	var parts []string
	for _, part := range []struct {
		n               int64
		one, many, ends string
	}{
		{u.Requests, "open request", "open requests", "withdrawn, denied or carried out"},
		{u.Tasks, "open task", "open tasks", "given back or closed"},
		{u.Grants, "access that stands", "accesses that stand", "given back or revoked"},
		{u.Endpoints, "waiting endpoint request", "waiting endpoint requests", "decided"},
		{u.Devices, "waiting device", "waiting devices", "decided"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%s (to be %s)", howMany(int(part.n), part.one, part.many), part.ends))
		}
	}
	return fmt.Sprintf("%s still has what has to end first: %s", p.Short(), strings.Join(parts, ", "))
}

// rowsOf lists the tables and how many rows of each, in order.
func rowsOf(rows map[string]int64) string {
	tables := make([]string, 0, len(rows))
	for table := range rows {
		tables = append(tables, table)
	}
	slices.Sort(tables)
	for i, table := range tables {
		tables[i] = fmt.Sprintf("%s %d", table, rows[table])
	}
	return strings.Join(tables, ", ")
}
