package store

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/model"
)

// impersonal lists the columns that hold nothing of people: numbers, states, times,
// titles of the vault, what this program says. What is new in the schema belongs
// here, or into PersonalData.
func impersonal() map[string]string {
	return map[string]string{
		"access_grant": "id request_id target target_uid rights since until standing state revision created_at updated_at open link team checked_at opened_at kind title",
		"approval":     "id request_id step grp state due revision decided_at level round",
		"audit":        "seq at actor action object detail texts correlation prev hash",
		"audit_text":   "seq name salt",
		"component":    "id name",
		"counter":      "prefix next",
		"delegation":   "id starts_at ends_at made_at",
		"device":       "id device_id type asked_at state seen_at updated_at ended_at revision verdict decided_at",
		"draft":        "item updated_at",
		"endpoint": "id uid kind state agent complete created_at minutes expires_at seen_at updated_at ended_at incident revision grp verdict" +
			" decided_at digest",
		"event":     "id key at next_at attempts ended_at told",
		"found":     "request_id seq uid kind title type description nested",
		"grp":       "name created_at",
		"health":    "one at body",
		"heartbeat": "name kind pid at",
		"incident":  "id number endpoint_id state priority correlation revision created_at updated_at closed_at",
		"inquiry":   "request_id seq asked_at answered_at",
		"journal":   "id object at kind",
		"lease":     "name holder fence expires_at",
		"line":      "id at level component correlation",
		"line_part": "part upto full",
		"lookup":    "id kind recipient state correlation asked_at expires_at",
		"notice":    "id at object",
		"operation": "id request_id task_id grant_id endpoint_id device_id plan seq kind state not_before attempts service_id fence sent_at ended_at next_look" +
			" correlation created_at updated_at",
		"person": "id active revision created_at updated_at",
		"request": "id number item target_kind target_uid target_title target_type asked_right asked_limit allowed_right allowed_limit state needs_info due" +
			" source external_id refers_to policy fulfil_grp fulfilment emergency_grp answer_in correlation revision created_at updated_at closed_at",
		"review":     "id request_id used_at done_at",
		"saved_view": "screen",
		"sealed":     "id request_id field commitment key_id wipe_due wiped_at resealed shown_at",
		"setting":    "key value version updated_at",
		"task":       "id number request_id kind grp state picked revision correlation created_at updated_at closed_at",
		"traffic":    "id at path priority waited took status outcome service_id correlation",
		"vote":       "id approval_id verdict digest allowed_right allowed_limit at emergency",
	}
}

// TestEveryColumnIsClassified fails when a column is added that nobody has thought
// about: it is personal, and then it is shown, exported and erased, or it is not.
func TestEveryColumnIsClassified(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	known := map[string][]string{}
	for table, columns := range impersonal() {
		known[table] = strings.Fields(columns)
	}
	for _, d := range append(PersonalData(), PersonalElsewhere()...) {
		for _, c := range d.Columns {
			if slices.Contains(known[d.Table], c) {
				t.Errorf("%s.%s is said to be personal and not", d.Table, c)
			}
			known[d.Table] = append(known[d.Table], c)
		}
	}
	seen := map[string]bool{}
	ctx := context.Background()
	for _, in := range []func(func(*Tx) error) error{
		func(fn func(*Tx) error) error { return db.queue.read(ctx, db.opt.Now, fn) },
		func(fn func(*Tx) error) error { return db.log.read(ctx, db.opt.Now, fn) },
		func(fn func(*Tx) error) error { return db.live.read(ctx, fn) },
	} {
		for table, columns := range columnsOf(t, in) {
			seen[table] = true
			for _, c := range columns {
				if i := slices.Index(known[table], c); i >= 0 {
					known[table] = slices.Delete(known[table], i, i+1)
					continue
				}
				t.Errorf("%s.%s is new: put it into PersonalData (and say in workflow what it is), or into impersonal", table, c)
			}
		}
	}
	for _, table := range slices.Sorted(maps.Keys(known)) {
		if left := known[table]; len(left) > 0 || !seen[table] {
			t.Errorf("%s has no %v any more", table, left)
		}
	}
}

// columnsOf reads the columns of every table of a file, those of search indexes
// left out: they hold what their tables hold.
func columnsOf(t *testing.T, read func(func(*Tx) error) error) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := read(func(tx *Tx) error {
		return tx.rows(`SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%\_words%' ESCAPE '\'`, nil, func(r row) error {
			var table, column string
			if err := r.Scan(&table, &column); err != nil {
				return err
			}
			all[table] = append(all[table], column)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestErasingSomebodyLeavesNothingOfThemAndTheChainWhole does a whole job with
// alice, erases her, and looks for her in every column and in the bytes of the
// file.
func TestErasingSomebodyLeavesNothingOfThemAndTheChainWhole(t *testing.T) {
	t.Parallel()
	db, c := world(t)
	const canary = "canary of alice"
	done := func(r *model.Request) {
		r.Justification, r.Answers = canary, []model.Answer{{Field: "note", Value: canary}}
		r.State, r.Closed, r.Outcome = model.ClosedRejected, c.Now(), canary
	}
	hers := addRequest(t, db, done)
	forHer := addRequest(t, db, done, func(r *model.Request) { r.RequestedBy = bob })
	others := addRequest(t, db, func(r *model.Request) {
		r.RequestedBy, r.RequestedFor, r.Justification = bob, "bob@example.com", "why of bob"
	})
	task := addTask(t, db, hers, func(k *model.Task) {
		k.State, k.Closed, k.CloseNotes = model.TaskClosedComplete, c.Now(), canary
	})
	write(t, db, func(tx *Tx) error {
		_, dErr := tx.InsertDevice(model.Device{DeviceID: "b15a0fc0ea5519a11ea9", Email: "Alice@example.com", Name: canary, Asked: c.Now(),
			State: model.EndpointDenied, Seen: c.Now(), Updated: c.Now(), Ended: c.Now(), Revision: 1})
		e := model.EndpointRequest{UID: "RZToj60CrP9GDxjDTPWxAQ", Kind: "file", State: model.EndpointDenied, User: `CORP\Alice`, Machine: canary, What: canary,
			Justification: canary, Created: c.Now(), Seen: c.Now(), Updated: c.Now(), Ended: c.Now(), Incident: "SIR0010001", Revision: 1}
		eID, eErr := tx.InsertEndpoint(e)
		_, iErr := tx.InsertIncident(model.Incident{Number: "SIR0010001", EndpointID: eID, State: 3, Priority: 3, Short: canary, CloseNotes: canary,
			Created: c.Now(), Updated: c.Now(), Closed: c.Now(), Revision: 1})
		_, gErr := tx.InsertGrant(model.Grant{RequestID: hers.ID, Person: alice, Email: "alice@example.com", Target: hers.Target, Right: model.RightView,
			State: model.GrantEnded, Revision: 1, Note: canary})
		op := operation(hers, "plan", 1)
		op.Evidence = canary
		_, oErr := tx.InsertOperation(op)
		return errors.Join(dErr, eErr, iErr, gErr, oErr,
			tx.AppendEntry(model.Entry{Object: string(others.Number), At: c.Now(), By: alice, Kind: model.EntryComment, Text: canary}),
			tx.AppendEntry(model.Entry{Object: string(task.Number), At: c.Now(), By: bob, Kind: model.EntryNote, Text: canary}),
			tx.AppendEntry(model.Entry{Object: string(others.Number), At: c.Now(), By: bob, Kind: model.EntryComment, Text: "said by bob"}),
			tx.AppendEntry(model.Entry{Object: string(others.Number), At: c.Now(), By: bob, Kind: model.EntryComment,
				Text: "as Name of alice (ALICE@example.com,alice@example.com) wants; malice@example.com does not"}),
			tx.AppendEntry(model.Entry{Object: string(others.Number), At: c.Now(), By: bob, Kind: model.EntryEvent, Text: "assigned to alice: with malice"}),
			tx.AppendEntry(model.Entry{Object: string(others.Number), At: c.Now(), By: bob, Kind: model.EntryComment, Text: "alice is a word here"}),
			tx.AppendAudit(model.AuditEvent{Actor: bob, Action: "request.note", Object: string(others.Number), Texts: []model.AuditText{{Name: "note", Text: "told alice@example.com"}}}),
			tx.AppendAudit(model.AuditEvent{Actor: alice, Action: "request.submit", Object: string(hers.Number), Texts: []model.AuditText{{Name: "why", Text: canary}}}),
			tx.AppendAudit(model.AuditEvent{Actor: bob, Action: "request.deny", Object: string(forHer.Number), Texts: []model.AuditText{{Name: "comment", Text: canary}}}),
			tx.AppendAudit(model.AuditEvent{Actor: bob, Action: "people.add", Object: string(alice), Texts: []model.AuditText{{Name: "name", Text: "Name of alice"}}}),
			tx.AppendAudit(model.AuditEvent{Actor: bob, Action: "request.submit", Object: string(others.Number), Texts: []model.AuditText{{Name: "why", Text: "why of bob"}}}),
			tx.SaveDraft(alice, model.ItemLogin, `{"note":"canary of alice"}`),
			tx.SaveView(alice, SavedView{Screen: "approvals", Name: canary, Query: canary}),
			tx.InsertNotice(model.Notice{Person: alice, At: c.Now(), Text: canary}))
	})
	var erased map[string]int64
	write(t, db, func(tx *Tx) error {
		p, _, err := tx.Person(alice)
		if err != nil {
			return err
		}
		exported := map[string]int{}
		if err := tx.ExportPerson(p, func(r PersonalRow) error { exported[r.Table]++; return nil }); err != nil {
			return err
		}
		for _, table := range []string{"person", "request", "journal", "audit_text", "audit", "task", "operation", "access_grant", "device", "endpoint", "incident", "draft"} {
			if exported[table] == 0 {
				t.Errorf("nothing of %s was exported", table)
			}
		}
		if u, err := tx.Unfinished(p); err != nil || !u.None() {
			t.Errorf("unfinished: %+v, %v", u, err)
		}
		erased, err = tx.ErasePerson(p)
		return err
	})
	if erased["request"] != 2 || erased["person"] != 1 || erased["audit_text"] != 3 {
		t.Errorf("erased %v", erased)
	}
	if ok, err := db.Checkpoint(t.Context()); err != nil || !ok {
		t.Fatalf("checkpoint: %v, %v", ok, err)
	}
	stored, err := os.ReadFile(filepath.Join(db.Dir(), "queue.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{canary, "(ALICE@", ",alice@example.com", "told alice@", "Alice@example.com", "Name of alice", "restore the ledger", "to alice"} {
		if bytes.Contains(stored, []byte(gone)) {
			t.Errorf("%q is still in the file", gone)
		}
	}
	for _, kept := range []string{"why of bob", "said by bob", "bob@example.com", Erased(alice), "malice@example.com", "with malice", "alice is a word here",
		"as " + Erased(alice) + " (" + Erased(alice) + "," + Erased(alice) + ") wants", "assigned to " + Erased(alice)} {
		if !bytes.Contains(stored, []byte(kept)) {
			t.Errorf("%q is not in the file any more", kept)
		}
	}
	report, err := db.VerifyAudit(t.Context())
	if err != nil || !report.Intact() || report.Erased != 4 {
		t.Errorf("the chain: %+v, %v", report, err)
	}
	read(t, db, func(tx *Tx) error {
		p, found, err := tx.Person(alice)
		if err != nil || !found || p.Active || p.Short() != Erased(alice) {
			t.Errorf("she is %+v, %v, %v", p, found, err)
		}
		return nil
	})
}

// TestWhoHasNoAddressOwnsNothingByIt keeps somebody without login and address from
// owning whatever names nobody.
func TestWhoHasNoAddressOwnsNothingByIt(t *testing.T) {
	t.Parallel()
	db, _ := world(t)
	bobs := addRequest(t, db, func(r *model.Request) { r.RequestedBy, r.RequestedFor, r.Justification = bob, "", "why of bob" })
	write(t, db, func(tx *Tx) error {
		p := model.Person{ID: "p-nameless", Name: "nameless", Revision: 1}
		if err := tx.InsertPerson(p); err != nil {
			return err
		}
		_, err := tx.ErasePerson(p)
		return err
	})
	read(t, db, func(tx *Tx) error {
		r, _, err := tx.Request(bobs.Number)
		if r.Justification != "why of bob" {
			t.Errorf("it says %q", r.Justification)
		}
		return err
	})
}
