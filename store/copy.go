package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// BackupRecord is what is written beside a copy of the queue: what the copy was when
// it was made, so that one which was cut short or changed is not taken for it.
type BackupRecord struct {
	Type   string    `json:"type"` // "countersign backup"
	Format int       `json:"format"`
	Made   time.Time `json:"made"`   // when the copy was begun: what was acknowledged before is in it
	Size   int64     `json:"size"`   // bytes
	SHA256 string    `json:"sha256"` // of the copy, hex
	Schema int       `json:"schema"`
	// Entries and Head are the end of the audit chain in the copy.
	Entries int64  `json:"entries"`
	Head    string `json:"head"` // hex
	// Open counts the orders to the vault that were not over.
	Open int64 `json:"open_orders"`
	// Key and Sig sign all of the above, the sum too: without them whoever changes the
	// copy can write a record that fits. Empty where nobody may sign.
	Key string `json:"key,omitempty"` // the public key, base64
	Sig string `json:"sig,omitempty"` // ed25519 over message, base64
}

// message is what is signed.
func (r BackupRecord) message() []byte {
	return fmt.Appendf(nil, "countersign backup 1\n%d\n%d\n%s\n%d\n%d\n%s\n%d\n", micros(r.Made), r.Size, r.SHA256, r.Schema, r.Entries, r.Head, r.Open)
}

// sign adds the signature.
func (r *BackupRecord) sign(key ed25519.PrivateKey) {
	r.Key, r.Sig = publicKey(key), signature(key, r.message())
}

// Fingerprint names the key that signed the record, "" where none did.
func (r BackupRecord) Fingerprint() string { return fingerprint(r.Key) }

const (
	backupType   = "countersign backup"
	recordSuffix = ".json"
)

// RecordPath names the record of a backup.
func RecordPath(backup string) string { return backup + recordSuffix }

// BadBackup says why a file cannot be restored.
type BadBackup struct{ Path, Problem string }

// Error says what is wrong with which file.
func (e *BadBackup) Error() string { return e.Path + " cannot be restored: " + e.Problem }

// BackupState is what InspectBackup found of a copy that holds together.
type BackupState struct {
	// Record says what the copy is, as it was read just now; Made, Key and Sig are those
	// of the record beside it. A signature in it is the key's; whose that is, it does not
	// say.
	Record BackupRecord
	// Recorded is false where there is no record: that the end of it is missing would
	// not be seen then.
	Recorded bool
}

// BackUp is Backup with a record beside the copy, which is read again before: its
// pages, its audit chain to the end, and its sum. It returns the record; unsigned
// says why nobody signed it, nil where it is signed. What fails leaves neither file
// behind.
func (db *DB) BackUp(ctx context.Context, path string) (r BackupRecord, unsigned, err error) {
	made := db.opt.Now().UTC().Truncate(time.Microsecond)
	if err := db.Backup(ctx, path); err != nil {
		return r, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	if r, err = readBackup(ctx, path); err != nil {
		return r, nil, fmt.Errorf("read the copy again: %w", err)
	}
	r.Made = made
	unsigned = db.signRecord(&r)
	return r, unsigned, writeRecord(path, r)
}

// signRecord signs what a copy is.
func (db *DB) signRecord(r *BackupRecord) error {
	if err := db.mayMakeKey(); err != nil {
		return err
	}
	key, err := db.auditKey()
	if err != nil {
		return err
	}
	r.sign(key)
	return nil
}

// writeRecord writes the record of a copy, whole or not at all.
func writeRecord(path string, r BackupRecord) error {
	r.Type, r.Format = backupType, 1
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the record of the backup: %w", err)
	}
	return wrap(faultOf(RecordPath(path), replaceFile(RecordPath(path), append(content, '\n'), 0o600)), "write the record of the backup")
}

// replaceFile puts a file with a content in the place of another one durably: whoever
// looks finds the old one or the new one.
func replaceFile(path string, content []byte, mode os.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".new-") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if err == nil {
		err = temp.Chmod(mode)
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = syncFile(temp.Name())
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return syncFile(path)
}

// InspectBackup reads a copy of the queue from end to end, without a change to it:
// that it is a file of this program and of no newer one, every page of it, every link
// of its audit chain, and that it is what its record says. It fails with a *BadBackup
// or a *Fault.
func InspectBackup(ctx context.Context, path string) (BackupState, error) {
	var s BackupState
	for _, suffix := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Size() > 0 {
			return s, &BadBackup{path, filepath.Base(path) + suffix + " lies beside it: it is a file in use, or one that was copied without the program; what is in it alone is not the whole"}
		}
	}
	kept, err := readRecord(path)
	s.Recorded = err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	s.Record, err = readBackup(ctx, path)
	if err != nil || !s.Recorded {
		return s, err
	}
	s.Record.Made, s.Record.Key, s.Record.Sig = kept.Made, kept.Key, kept.Sig
	return s, differs(path, kept, s.Record)
}

// differs says where a copy is not what its record says.
func differs(path string, kept, is BackupRecord) error {
	switch {
	case is.Entries < kept.Entries:
		return &BadBackup{path, fmt.Sprintf("its audit chain ends with entry %d, and had %d when it was made: the end is missing", is.Entries, kept.Entries)}
	case is.Entries != kept.Entries || is.Head != kept.Head:
		return &BadBackup{path, fmt.Sprintf("its audit chain ends with entry %d, %.12s…, and ended with entry %d, %.12s…, when it was made: it is another file", is.Entries, is.Head, kept.Entries, kept.Head)}
	case is.Size != kept.Size || is.SHA256 != kept.SHA256 || is.Schema != kept.Schema || is.Open != kept.Open:
		return &BadBackup{path, "it was changed after it was made: its sum is not the one in " + filepath.Base(RecordPath(path))}
	}
	return nil
}

func readRecord(path string) (BackupRecord, error) {
	var r BackupRecord
	content, err := os.ReadFile(RecordPath(path))
	if err != nil {
		return r, faultOf(RecordPath(path), err)
	}
	if err := json.Unmarshal(content, &r); err != nil || r.Type != backupType || r.Format != 1 {
		return r, &BadBackup{path, filepath.Base(RecordPath(path)) + " is no record of a backup that this version can read"}
	}
	if (r.Key != "" || r.Sig != "") && !signed(r.Key, r.Sig, r.message()) {
		return r, &BadBackup{path, "what stands in " + filepath.Base(RecordPath(path)) + " is not what the key in it has signed: it was changed"}
	}
	return r, nil
}

// readBackup reads a copy from end to end and says what it is.
func readBackup(ctx context.Context, path string) (BackupRecord, error) {
	var r BackupRecord
	info, err := os.Stat(path)
	if err != nil {
		return r, faultOf(path, err)
	}
	if !info.Mode().IsRegular() {
		return r, &BadBackup{path, "it is not a file"}
	}
	migrations, err := migrationsOf(migrationFiles, queueName)
	if err != nil {
		return r, err
	}
	pool := pool(path, queueSpec(), still, 1)
	defer pool.Close()
	err = withSession(ctx, pool, path, func(c session) error {
		if r.Schema, err = checkVersion(ctx, c, queueSpec(), len(migrations)); err != nil {
			return err
		}
		if r.Schema == 0 {
			return &BadBackup{path, "it is empty"}
		}
		if err := soundPages(ctx, c); err != nil {
			return err
		}
		return c.one(ctx, `SELECT (SELECT count(*) FROM operation WHERE state = 'scheduled') + (SELECT count(*) FROM operation WHERE state = 'queued') +
			(SELECT count(*) FROM operation WHERE state = 'sent') + (SELECT count(*) FROM operation WHERE state = 'unknown')`, nil, []any{&r.Open})
	})
	if err != nil {
		return r, badCopy(path, err)
	}
	v := &verifier{prev: make([]byte, sha256.Size)}
	for more := true; more && v.report.Problem == ""; {
		if more, err = verifyNext(ctx, readsCopy(pool, path), v); err != nil {
			return r, badCopy(path, err)
		}
	}
	if v.finish(); v.report.Problem != "" {
		return r, &BadBackup{path, v.report.Problem}
	}
	r.Entries, r.Head = v.report.Entries, hex.EncodeToString(v.prev)
	r.Size, r.SHA256, err = sumOf(path)
	return r, faultOf(path, err)
}

// badCopy makes damage of a copy a fault of that file and not of the queue, whose
// advice would be to restore a backup.
func badCopy(path string, err error) error {
	err = faultOf(path, err)
	var f *Fault
	if errors.As(err, &f) && (f.Kind == FaultDamaged || f.Kind == FaultWrongFile) {
		return &BadBackup{path, fmt.Sprintf("%s: %v", f.Kind, f.Err)}
	}
	return err
}

// soundPages reads every page of a file; a damaged one is a *Fault.
func soundPages(ctx context.Context, c session) error {
	var first string
	if err := c.one(ctx, "PRAGMA quick_check(1)", nil, []any{&first}); err != nil {
		return err
	}
	if first != "ok" {
		// It heads its findings with a line about the database.
		return &Fault{Kind: FaultDamaged, Path: c.path, Err: errors.New(first[strings.LastIndexByte(first, '\n')+1:])}
	}
	return nil
}

// readsCopy reads a copy as DB.Read reads the queue.
func readsCopy(pool *sql.DB, path string) reader {
	return func(ctx context.Context, fn func(*Tx) error) error {
		return withSession(ctx, pool, path, func(c session) error {
			tx := &Tx{s: c}
			defer tx.end()
			return fn(tx)
		})
	}
}

func sumOf(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return n, hex.EncodeToString(sum.Sum(nil)), err
}
