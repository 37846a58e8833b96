package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/model"
)

func event(i int) model.AuditEvent {
	return model.AuditEvent{Actor: alice, Action: "request.submit", Object: fmt.Sprintf("REQ%d", i), Detail: "detail", Correlation: "c",
		Texts: []model.AuditText{{Name: "justification", Text: fmt.Sprintf("text %d", i)}, {Name: "for", Text: "a@b.c"}}}
}

// audited is a store with n entries, and the folder it is in.
func audited(t *testing.T, n int) *DB {
	t.Helper()
	db, _ := world(t)
	write(t, db, func(tx *Tx) error {
		for i := range n {
			if err := tx.AppendAudit(event(i + 1)); err != nil {
				return err
			}
		}
		return nil
	})
	return db
}

func TestAuditIsReadNewestFirst(t *testing.T) {
	t.Parallel()
	db := audited(t, 3)
	write(t, db, func(tx *Tx) error {
		return tx.AppendAudit(model.AuditEvent{Actor: bob, Action: "request.approve", Object: "REQ1"})
	})
	list := func(q AuditQuery) (seqs []int64) {
		read(t, db, func(tx *Tx) error {
			page, err := tx.Audit(q)
			for _, e := range page.Rows {
				seqs = append(seqs, e.Seq)
			}
			return err
		})
		return seqs
	}
	for _, tt := range []struct {
		name string
		q    AuditQuery
		want []int64
	}{
		{"all", AuditQuery{}, []int64{4, 3, 2, 1}},
		{"one object", AuditQuery{Objects: []string{"REQ1"}}, []int64{4, 1}},
		{"one actor", AuditQuery{Actors: []model.PersonID{bob}}, []int64{4}},
		{"two actors, one action", AuditQuery{Actors: []model.PersonID{bob, alice}, Action: "request.sub"}, []int64{3, 2, 1}},
		{"an object and an actor", AuditQuery{Objects: []string{"REQ1", "REQ2"}, Actors: []model.PersonID{alice}}, []int64{2, 1}},
	} {
		if got := list(tt.q); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	read(t, db, func(tx *Tx) error {
		page, err := tx.Audit(AuditQuery{Objects: []string{"REQ2"}})
		if err != nil {
			return err
		}
		got := page.Rows[0]
		want := model.AuditEntry{Seq: 2, At: tx.Now, AuditEvent: event(2), Hash: got.Hash}
		if !reflect.DeepEqual(got, want) || len(got.Hash) != 2*sha256.Size {
			t.Errorf("entry = %+v\nwant    %+v", got, want)
		}
		return nil
	})
}

func TestAuditCannotBeChangedByStatements(t *testing.T) {
	t.Parallel()
	db := audited(t, 2)
	for _, statement := range []string{"UPDATE audit SET detail = '' WHERE seq = 1", "DELETE FROM audit WHERE seq = 2",
		"UPDATE audit_text SET text = ''"} {
		if err := db.Write(t.Context(), func(tx *Tx) error { _, err := tx.exec(statement); return err }); err == nil {
			t.Errorf("%s: allowed", statement)
		}
	}
}

func TestVerifyNamesTheFirstBadEntry(t *testing.T) {
	t.Parallel()
	const swap = `UPDATE audit SET seq = -1 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = -1;`
	for _, tt := range []struct {
		name    string
		tamper  string
		bad     int64
		problem string
	}{
		{"nothing", "", 0, ""},
		{"a changed detail", "UPDATE audit SET detail = 'other' WHERE seq = 3", 3, "was changed"},
		{"a changed time", "UPDATE audit SET at = at + 1 WHERE seq = 5", 5, "was changed"},
		{"text moved between columns", "UPDATE audit SET action = 'request.submitREQ3', object = '' WHERE seq = 3", 3, "was changed"},
		{"a changed hash", "UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", 3, "was changed"},
		{"a deleted entry", "DELETE FROM audit WHERE seq = 3", 3, "is missing"},
		{"the first deleted", "DELETE FROM audit WHERE seq = 1", 1, "begins with entry 2"},
		{"two swapped", swap, 3, "does not follow"},
		{"the end cut off", "DELETE FROM audit WHERE seq >= 5", 5, "the end was cut off"},
		{"all cut off", "DELETE FROM audit", 1, "the end was cut off"},
		{"a changed text", "UPDATE audit_text SET text = 'other' WHERE seq = 4 AND name = 'for'", 4, `the text "for"`},
		{"a text put in", "INSERT INTO audit_text VALUES (4, 'comment', x'00', 'never said')", 4, `the text "comment"`},
		{"an entry put in the middle", "INSERT INTO audit SELECT 7, at, actor, action, object, detail, texts, correlation, prev, hash FROM audit WHERE seq = 3", 7, "does not follow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			db := audited(t, 6)
			if _, err := db.ExportAuditHead(t.Context()); err != nil {
				t.Fatal(err)
			}
			tamper(t, db, tt.tamper)
			report, err := db.VerifyAudit(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if report.BadSeq != tt.bad || !strings.Contains(report.Problem, tt.problem) || report.Intact() != (tt.problem == "") {
				t.Errorf("report = %+v, want entry %d: %q", report, tt.bad, tt.problem)
			}
		})
	}
}

// tamper changes the file behind the program's back, as somebody with an editor
// for databases would.
func tamper(t *testing.T, db *DB, statement string) {
	t.Helper()
	execRaw(t, db.queue.path, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; DROP TRIGGER audit_text_no_update; "+statement)
}

func TestARewrittenChainDoesNotFitTheExportedHead(t *testing.T) {
	t.Parallel()
	db := audited(t, 4)
	head, err := db.ExportAuditHead(t.Context())
	if err != nil || head.Seq != 4 || !head.Valid() {
		t.Fatalf("head = %+v, %v", head, err)
	}
	// A chain that is whole in itself, but another one.
	tamper(t, db, "DELETE FROM audit_text; DELETE FROM audit;")
	write(t, db, func(tx *Tx) error {
		for i := range 5 {
			if err := tx.AppendAudit(event(i + 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if report, err := db.VerifyAudit(t.Context()); err != nil || report.BadSeq != 4 || !strings.Contains(report.Problem, "head was exported") {
		t.Errorf("report = %+v, %v; want entry 4 not to fit its head", report, err)
	}
	// With the file of heads gone as well, only one that was kept elsewhere tells.
	if err := os.Remove(filepath.Join(db.Dir(), auditHeadsName)); err != nil {
		t.Fatal(err)
	}
	if report, err := db.VerifyAudit(t.Context()); err != nil || !report.Intact() {
		t.Errorf("report = %+v, %v; without a head the chain looks whole", report, err)
	}
	if report, err := db.VerifyAudit(t.Context(), head); err != nil || report.BadSeq != 4 {
		t.Errorf("report = %+v, %v; want the kept head to tell", report, err)
	}
}

func TestHeadsAreSignedAndAppended(t *testing.T) {
	t.Parallel()
	db := audited(t, 0)
	if head, err := db.ExportAuditHead(t.Context()); err != nil || head.Seq != 0 {
		t.Errorf("head of an empty chain = %+v, %v", head, err)
	}
	for i := range 3 {
		write(t, db, func(tx *Tx) error { return tx.AppendAudit(event(i)) })
		for range 2 { // the second one adds nothing
			if _, err := db.ExportAuditHead(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	heads, unreadable, err := db.AuditHeads()
	if err != nil || len(heads) != 3 || unreadable != 0 {
		t.Fatalf("heads = %+v, %d unreadable, %v; want 3", heads, unreadable, err)
	}
	report, err := db.VerifyAudit(t.Context())
	if err != nil || !report.Intact() || report.Heads != 3 || report.Entries != 3 || report.Head != heads[2].Hash {
		t.Errorf("report = %+v, %v", report, err)
	}
	for name, mode := range map[string]os.FileMode{auditKeyName: 0o600, auditHeadsName: 0o600} {
		info, err := os.Stat(filepath.Join(db.Dir(), name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want mode %o", name, info.Mode(), err, mode)
		}
	}

	path := filepath.Join(db.Dir(), auditHeadsName)
	lines, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(lines), heads[1].Hash, hex.EncodeToString(make([]byte, 32)), 1)
	if err := os.WriteFile(path, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	if report, err := db.VerifyAudit(t.Context()); err != nil || !strings.Contains(report.Problem, "not signed by this queue's key") {
		t.Errorf("report = %+v, %v; want the forged head to be found", report, err)
	}
	// A line that a full disk cut short is counted, and the next is not lost in it.
	if err := os.WriteFile(path, append(lines, `{"seq":4,"ha`...), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return tx.AppendAudit(event(9)) })
	if _, err := db.ExportAuditHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	if report, err := db.VerifyAudit(t.Context()); err != nil || !report.Intact() || report.Heads != 4 || report.Unreadable != 1 {
		t.Errorf("report = %+v, %v; want 4 heads and 1 unreadable line", report, err)
	}

	if err := os.Chmod(filepath.Join(db.Dir(), auditKeyName), 0o644); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return tx.AppendAudit(event(10)) })
	if _, err := db.ExportAuditHead(t.Context()); !errors.Is(err, &Fault{Kind: FaultNoAccess}) {
		t.Errorf("a key that others can read: %v, want FaultNoAccess", err)
	}
}

// TestHeadsOfAnotherKeyAreNoProof has somebody who may write the folder sign the
// heads with a key of their own, each of them well.
func TestHeadsOfAnotherKeyAreNoProof(t *testing.T) {
	t.Parallel()
	db := audited(t, 3)
	if _, err := db.ExportAuditHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(db.Dir(), auditKeyName)
	key, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{auditKeyName, auditHeadsName} {
		if err := os.Remove(filepath.Join(db.Dir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	if head, err := db.ExportAuditHead(t.Context()); err != nil || !head.Valid() {
		t.Fatalf("the other key's head: %+v, %v", head, err)
	}
	if err := os.WriteFile(kept, key, 0o600); err != nil {
		t.Fatal(err)
	}
	if report, err := db.VerifyAudit(t.Context()); err != nil || !strings.Contains(report.Problem, "not signed by this queue's key") {
		t.Errorf("report = %+v, %v; want that the key is another", report, err)
	}
}

func TestManyHeadsAreEachExportedOnce(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	for range 30 { // more than one look at the end of the file takes in
		write(t, db, func(tx *Tx) error { return tx.AppendAudit(model.AuditEvent{Actor: "p1", Action: "a", Object: "o"}) })
		for range 2 {
			if _, err := db.ExportAuditHead(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	heads, unreadable, err := db.AuditHeads()
	if err != nil || len(heads) != 30 || unreadable != 0 {
		t.Errorf("%d heads, %d unreadable, %v, want 30", len(heads), unreadable, err)
	}
}

func TestOneAuditKeyIsMade(t *testing.T) {
	t.Parallel()
	db := audited(t, 0)
	keys := make([]string, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := db.auditKey()
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	all.Wait()
	if n := len(slices.Compact(keys)); n != 1 {
		t.Errorf("%d different keys", n)
	}
	left, err := filepath.Glob(filepath.Join(db.Dir(), auditKeyName+".new-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// eraseTexts erases the texts of the entries with a value in a column of the audit.
func eraseTexts(tx *Tx, column, value string) (int64, error) {
	return tx.exec("DELETE FROM audit_text WHERE seq IN (SELECT seq FROM audit WHERE "+column+" = $1)", value)
}

func TestErasedTextsLeaveTheChainWhole(t *testing.T) {
	t.Parallel()
	db := audited(t, 3)
	write(t, db, func(tx *Tx) error {
		if n, err := eraseTexts(tx, "object", "REQ2"); n != 2 || err != nil {
			t.Errorf("erased %d, %v; want 2", n, err)
		}
		return nil
	})
	report, err := db.VerifyAudit(t.Context())
	if err != nil || !report.Intact() || report.Erased != 2 {
		t.Errorf("report = %+v, %v; want it intact with 2 erased", report, err)
	}
	read(t, db, func(tx *Tx) error {
		page, err := tx.Audit(AuditQuery{})
		for _, e := range page.Rows {
			if gone := e.Seq == 2; e.Erased != gone || gone != (len(e.Texts) == 0) {
				t.Errorf("entry %d: erased %v, %d texts", e.Seq, e.Erased, len(e.Texts))
			}
		}
		return err
	})
	write(t, db, func(tx *Tx) error {
		if n, err := eraseTexts(tx, "actor", string(alice)); n != 4 || err != nil {
			t.Errorf("erased %d by alice, %v; want 4", n, err)
		}
		return nil
	})
	if report, err := db.VerifyAudit(t.Context()); err != nil || !report.Intact() || report.Erased != 6 {
		t.Errorf("report = %+v, %v; want it intact with 6 erased", report, err)
	}
}

func TestVerifyReadsInChunks(t *testing.T) {
	t.Parallel()
	db := audited(t, 2*verifyChunk)
	report, err := db.VerifyAudit(t.Context())
	if err != nil || !report.Intact() || report.Entries != 2*verifyChunk {
		t.Errorf("report = %+v, %v", report, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.VerifyAudit(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("verification after its end: %v", err)
	}
}

func TestWhatIsCommittedToTheAuditIsTold(t *testing.T) {
	t.Parallel()
	var told []string
	db := openIn(t, Options{Dir: t.TempDir(), Audited: func(e model.AuditEvent) { told = append(told, e.Object) }})
	if err := db.Write(t.Context(), func(tx *Tx) error { return populate(tx) }); err != nil {
		t.Fatal(err)
	}
	lost := errors.New("undone")
	if err := db.Write(t.Context(), func(tx *Tx) error { return errors.Join(tx.AppendAudit(event(1)), lost) }); !errors.Is(err, lost) {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return errors.Join(tx.AppendAudit(event(2)), tx.AppendAudit(event(3))) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"REQ2", "REQ3"}) {
		t.Errorf("told of %v, want REQ2 and REQ3", told)
	}
}

func TestOnlyTheWorkerMakesTheKeyOfASharedFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shared")
	db := openIn(t, Options{Dir: dir, Shared: true})
	write(t, db, func(tx *Tx) error { return tx.AppendAudit(model.AuditEvent{Actor: "p1", Action: "a", Object: "o"}) })
	if _, err := db.SignAuditEnd(t.Context()); !errors.Is(err, ErrNoAuditKey) {
		t.Errorf("SignAuditEnd = %v, want ErrNoAuditKey", err)
	}
	if _, err := db.ExportAuditHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return tx.AppendAudit(model.AuditEvent{Actor: "p1", Action: "a", Object: "o"}) })
	if head, err := db.SignAuditEnd(t.Context()); err != nil || head.Seq != 2 {
		t.Errorf("SignAuditEnd = %+v, %v, want entry 2 signed", head, err)
	}
}
