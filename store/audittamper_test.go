package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/model"
)

// otherVerifier is a program of its own that checks a chain, written from its
// description.
const otherVerifier = "../docs/verify-audit.py"

// runVerifier runs it over files and returns what it says of each.
func runVerifier(t *testing.T, args ...string) (said []string, code int) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	var errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, append([]string{otherVerifier}, args...)...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, &errs)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), cmd.ProcessState.ExitCode()
}

// A tampering changes a chain of n entries behind the program's back, by
// statements on the tables audit and audit_text.
type tampering struct {
	name string
	make func(r *rand.Rand, n int64) []string
}

func tamperings() []tampering {
	pick := func(r *rand.Rand, n int64) int64 { return r.Int64N(n) + 1 }
	two := func(r *rand.Rand, n int64) (int64, int64) {
		a := pick(r, n-1)
		return a, a + pick(r, n-a)
	}
	const columns = "at, actor, action, object, detail, texts, correlation"
	return []tampering{
		{"a column edited", func(r *rand.Rand, n int64) []string {
			column := strings.Split(columns, ", ")[r.IntN(7)]
			value := fmt.Sprintf("%s || 'x'", column)
			if column == "at" {
				value = fmt.Sprintf("at + %d", r.Int64N(1e9)+1)
			}
			return []string{fmt.Sprintf("UPDATE audit SET %s = %s WHERE seq = %d", column, value, pick(r, n))}
		}},
		{"a bit of a hash flipped", func(r *rand.Rand, n int64) []string {
			column := []string{"hash", "prev"}[r.IntN(2)]
			at, bit := r.IntN(32), 1<<r.IntN(8)
			seq := pick(r, n)
			// SQLite has no operator for it: both halves around the byte stay.
			return []string{fmt.Sprintf("UPDATE audit SET %[1]s = flip(%[1]s, %[2]d, %[3]d) WHERE seq = %[4]d", column, at, bit, seq)}
		}},
		{"an entry removed", func(r *rand.Rand, n int64) []string {
			return []string{fmt.Sprintf("DELETE FROM audit WHERE seq = %d", pick(r, n))}
		}},
		{"several removed, and the rest moved up", func(r *rand.Rand, n int64) []string {
			a, b := two(r, n)
			return []string{fmt.Sprintf("DELETE FROM audit WHERE seq >= %d AND seq < %d", a, b),
				fmt.Sprintf("UPDATE audit SET seq = -seq WHERE seq >= %d", b), fmt.Sprintf("UPDATE audit SET seq = -seq - %d WHERE seq < 0", b-a)}
		}},
		{"the end cut off", func(r *rand.Rand, n int64) []string {
			return []string{fmt.Sprintf("DELETE FROM audit WHERE seq >= %d", pick(r, n))}
		}},
		{"two swapped", func(r *rand.Rand, n int64) []string {
			a, b := two(r, n)
			return []string{fmt.Sprintf("UPDATE audit SET seq = -1 WHERE seq = %d", a), fmt.Sprintf("UPDATE audit SET seq = %d WHERE seq = %d", a, b),
				fmt.Sprintf("UPDATE audit SET seq = %d WHERE seq = -1", b)}
		}},
		{"the contents of two swapped", func(r *rand.Rand, n int64) []string {
			a, b := two(r, n)
			return []string{fmt.Sprintf(`UPDATE audit SET (%[1]s) = (SELECT %[1]s FROM audit o WHERE o.seq = %[2]d + %[3]d - audit.seq)
				WHERE seq IN (%[2]d, %[3]d)`, columns, a, b)}
		}},
		{"an entry put in, and the rest moved down", func(r *rand.Rand, n int64) []string {
			a := pick(r, n)
			return []string{fmt.Sprintf("UPDATE audit SET seq = -seq - 1 WHERE seq >= %d", a), "UPDATE audit SET seq = -seq WHERE seq < 0",
				fmt.Sprintf("INSERT INTO audit SELECT %d, %s, prev, hash FROM audit WHERE seq = %d", a, columns, a+1)}
		}},
		{"a text edited", func(r *rand.Rand, n int64) []string {
			column := []string{"text", "name"}[r.IntN(2)]
			return []string{fmt.Sprintf("UPDATE audit_text SET %[1]s = %[1]s || ' ' WHERE seq = %[2]d AND name = 'for'", column, pick(r, n))}
		}},
		{"a text put in", func(r *rand.Rand, n int64) []string {
			return []string{fmt.Sprintf("INSERT INTO audit_text VALUES (%d, 'comment', randomblob(16), 'never said')", pick(r, n))}
		}},
		{"the texts of two swapped", func(r *rand.Rand, n int64) []string {
			a, b := two(r, n)
			return []string{fmt.Sprintf("UPDATE audit_text SET seq = -1 WHERE seq = %d", a), fmt.Sprintf("UPDATE audit_text SET seq = %d WHERE seq = %d", a, b),
				fmt.Sprintf("UPDATE audit_text SET seq = %d WHERE seq = -1", b)}
		}},
		{"a column edited, and the chain made anew from there", func(r *rand.Rand, n int64) []string {
			return []string{fmt.Sprintf("UPDATE audit SET detail = detail || 'x' WHERE seq = %d", pick(r, n)), rechain}
		}},
		{"an entry removed, and the chain made anew", func(r *rand.Rand, n int64) []string {
			a := pick(r, n)
			return []string{fmt.Sprintf("DELETE FROM audit WHERE seq = %d", a), fmt.Sprintf("UPDATE audit SET seq = -seq WHERE seq > %d", a),
				"UPDATE audit SET seq = -seq - 1 WHERE seq < 0", rechain}
		}},
	}
}

// rechain stands for making every hash of the chain anew, as somebody would who has
// read how, and flip for a function of the test.
const rechain = "rechain"

var flipped = regexp.MustCompile(`flip\((\w+), (\d+), (\d+)\) WHERE seq = (\d+)`)

// forge carries out a tampering.
func forge(t *testing.T, c session, statements []string) {
	t.Helper()
	for _, s := range statements {
		if m := flipped.FindStringSubmatch(s); m != nil {
			flip(t, c, m[1], m[2], m[3], m[4])
			continue
		}
		if s == rechain {
			chainAnew(t, c)
			continue
		}
		if _, err := c.exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func flip(t *testing.T, c session, column string, numbers ...string) {
	t.Helper()
	var at [3]int64
	for i, n := range numbers {
		var err error
		if at[i], err = strconv.ParseInt(n, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	var hash []byte
	if err := c.one(t.Context(), "SELECT "+column+" FROM audit WHERE seq = $1", []any{at[2]}, []any{&hash}); err != nil {
		t.Fatal(err)
	}
	hash[at[0]] ^= byte(at[1])
	if _, err := c.exec(t.Context(), "UPDATE audit SET "+column+" = $1 WHERE seq = $2", hash, at[2]); err != nil {
		t.Fatal(err)
	}
}

func chainAnew(t *testing.T, c session) {
	t.Helper()
	var links []link
	var l link
	dest := linkInto(&l)
	if err := c.query(t.Context(), "SELECT seq, at, actor, action, object, detail, texts, correlation, prev, hash FROM audit ORDER BY seq", nil, func(r row) error {
		err := r.Scan(dest...)
		links = append(links, l)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	prev := make([]byte, 32)
	for _, l := range links {
		l.prev = prev
		prev = l.sum()
		if _, err := c.exec(t.Context(), "UPDATE audit SET prev = $1, hash = $2 WHERE seq = $3", l.prev, prev, l.seq); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryTamperingIsFound cuts, edits, swaps and removes entries of the audit at
// random, and has both verifiers find each: ours, and the script in docs, which is
// run over copies of the same files.
func TestEveryTamperingIsFound(t *testing.T) {
	t.Parallel()
	const entries, batch = 16, 200
	rounds := 130
	switch {
	case os.Getenv("COUNTERSIGN_LONG") != "":
		rounds = 10_000
	case isHeavy():
		rounds = 1_300
	}
	db := audited(t, 0)
	for i := range entries {
		write(t, db, func(tx *Tx) error { return tx.AppendAudit(event(i + 1)) })
		if i%5 == 0 || i == entries-1 {
			if _, err := db.ExportAuditHead(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := openSession(t.Context(), db.queue.path, queueSpec(), writing)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	forge(t, c, []string{"DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_text_no_update", "PRAGMA foreign_keys = 0", "PRAGMA synchronous = 0",
		"CREATE TEMP TABLE kept AS SELECT * FROM audit", "CREATE TEMP TABLE kept_text AS SELECT * FROM audit_text"})
	heads, err := os.ReadFile(filepath.Join(db.Dir(), auditHeadsName))
	if err != nil {
		t.Fatal(err)
	}
	random, all := rand.New(rand.NewPCG(7, 11)), tamperings()
	var files, ours []string
	dir := t.TempDir()
	compare := func() {
		said, code := runVerifier(t, files...)
		if len(said) != len(files) || code != 1 {
			t.Fatalf("the other verifier says %d lines about %d files, code %d", len(said), len(files), code)
		}
		for i, s := range said {
			if !strings.HasPrefix(s, files[i]+": broken: "+ours[i]) {
				t.Errorf("the other verifier says %q, ours %q", s, ours[i])
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		files, ours = nil, nil
	}
	for round := range rounds {
		how := all[round%len(all)]
		statements := how.make(random, entries)
		forge(t, c, []string{"BEGIN IMMEDIATE", "DELETE FROM audit", "DELETE FROM audit_text", "INSERT INTO audit SELECT * FROM kept",
			"INSERT INTO audit_text SELECT * FROM kept_text"})
		forge(t, c, statements)
		forge(t, c, []string{"COMMIT"})
		report, err := db.VerifyAudit(t.Context())
		if err != nil || report.Intact() {
			t.Fatalf("round %d, %s: %+v, %v\n%s", round, how.name, report, err, strings.Join(statements, "\n"))
		}
		copied := filepath.Join(dir, fmt.Sprint(round))
		if err := os.MkdirAll(copied, 0o700); err != nil {
			t.Fatal(err)
		}
		files, ours = append(files, filepath.Join(copied, queueName)), append(ours, placeOf(report))
		forge(t, c, []string{"VACUUM INTO '" + files[len(files)-1] + "'"})
		if err := os.WriteFile(filepath.Join(copied, auditHeadsName), heads, 0o600); err != nil {
			t.Fatal(err)
		}
		if len(files) == batch {
			compare()
		}
	}
	if len(files) > 0 {
		compare()
	}
}

// placeOf is how the other verifier begins to say where a fault is.
func placeOf(r AuditReport) string {
	if r.BadSeq == 0 {
		return ""
	}
	return fmt.Sprintf("entry %d: ", r.BadSeq)
}

func TestBothVerifiersFindAWholeChainIntact(t *testing.T) {
	t.Parallel()
	db := audited(t, 40)
	head, err := db.ExportAuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error {
		if _, err := eraseTexts(tx, "object", "REQ7"); err != nil {
			return err
		}
		return tx.AppendAudit(model.AuditEvent{Actor: "p1", Action: "privacy.erase", Object: "REQ7", Detail: "\x00⟦ÿ\u202e\"\\"})
	})
	report, err := db.VerifyAudit(t.Context())
	if err != nil || !report.Intact() || report.Newest != head {
		t.Fatalf("%+v, %v", report, err)
	}
	said, code := runVerifier(t, "--key", head.Fingerprint(), db.queue.path)
	want := fmt.Sprintf("%s: intact: entries 1 to 41, 1 checkpoints, signed to entry 40 by %s; entries after 40 are not signed: some could have been cut off unseen",
		db.queue.path, head.Fingerprint())
	if code != 0 || !slices.Equal(said, []string{want}) {
		t.Errorf("the other verifier: %d, %q\nwant %q", code, said, want)
	}
	if said, code := runVerifier(t, "--key", "SHA256:another", db.queue.path); code != 1 || !strings.Contains(said[0], "not signed by the key SHA256:another") {
		t.Errorf("with another key: %d, %q", code, said)
	}
}

// TestWhatACheckpointCannotShow holds the limit that the documents name: an end that
// was cut off together with the checkpoints behind it is seen only by who kept one
// of them elsewhere.
func TestWhatACheckpointCannotShow(t *testing.T) {
	t.Parallel()
	db := audited(t, 4)
	path := filepath.Join(db.Dir(), auditHeadsName)
	if _, err := db.ExportAuditHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, db, func(tx *Tx) error { return tx.AppendAudit(event(5)) })
	kept, err := db.ExportAuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tamper(t, db, "DELETE FROM audit_text WHERE seq = 5; DELETE FROM audit WHERE seq = 5")
	if report, err := db.VerifyAudit(t.Context()); err != nil || report.Intact() {
		t.Errorf("with its checkpoint: %+v, %v", report, err)
	}
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if report, err := db.VerifyAudit(t.Context()); err != nil || !report.Intact() {
		t.Errorf("without it: %+v, %v", report, err)
	}
	if report, err := db.VerifyAudit(t.Context(), kept); err != nil || report.Intact() {
		t.Errorf("with one that was kept elsewhere: %+v, %v", report, err)
	}
}
