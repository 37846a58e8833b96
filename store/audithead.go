package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// AuditHead says what the end of the audit chain was at a time, signed. Kept
// outside queue.db, it shows when later somebody cuts entries off the end or
// writes the chain anew.
type AuditHead struct {
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"` // hex
	At   time.Time `json:"at"`
	Key  string    `json:"key"` // the public key, base64
	Sig  string    `json:"sig"` // ed25519 over message, base64
}

// message is what is signed.
func (h AuditHead) message() []byte {
	return fmt.Appendf(nil, "countersign audit head 1\n%d\n%s\n%d\n", h.Seq, h.Hash, micros(h.At))
}

// sign adds the signature.
func (h *AuditHead) sign(key ed25519.PrivateKey) {
	h.Key = publicKey(key)
	h.Sig = signature(key, h.message())
}

// signature is a key's over a message, base64.
func signature(key ed25519.PrivateKey, message []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(key, message))
}

// publicKey is the public half of a key as checkpoints name it.
func publicKey(key ed25519.PrivateKey) string {
	return base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
}

// Valid reports whether the signature is the key's.
func (h AuditHead) Valid() bool { return signed(h.Key, h.Sig, h.message()) }

// signed reports whether a signature over a message is that of a public key.
func signed(public, sig string, message []byte) bool {
	key, keyErr := base64.StdEncoding.DecodeString(public)
	by, sigErr := base64.StdEncoding.DecodeString(sig)
	return keyErr == nil && sigErr == nil && len(key) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(key), message, by)
}

// Fingerprint names the key, as "SHA256:" and the base64 of its digest; "" where
// there is none.
func (h AuditHead) Fingerprint() string { return fingerprint(h.Key) }

func fingerprint(public string) string {
	key, err := base64.StdEncoding.DecodeString(public)
	if err != nil || len(key) == 0 {
		return ""
	}
	sum := sha256.Sum256(key)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// AuditKey returns the fingerprint of the key that signs for the queue in a folder, ""
// where there is none. It fails where the key may not be read.
func AuditKey(dir string) (string, error) {
	path := filepath.Join(dir, auditKeyName)
	key, err := readAuditKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the key that signs: %w", faultOf(path, err))
	}
	return fingerprint(publicKey(key)), nil
}

// ParseAuditHeads reads checkpoints, one in a line, as audit-heads.log and an export
// hold them. Other lines are counted.
func ParseAuditHeads(r io.Reader) (heads []AuditHead, other int, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20) // an export has entries with long texts in it
	for lines.Scan() {
		var h AuditHead
		if json.Unmarshal(lines.Bytes(), &h) != nil || h.Seq < 1 || h.Sig == "" {
			other++
			continue
		}
		heads = append(heads, h)
	}
	return heads, other, lines.Err()
}

// ExportAuditHead signs the present end of the chain and appends it to
// audit-heads.log in the store's folder. The key is made on first use. While the
// chain is empty, or has not grown since the last export, nothing is appended;
// the head is returned all the same.
//
// The line should also go where the queue's writers cannot change it, such as
// the system's log.
func (db *DB) ExportAuditHead(ctx context.Context) (AuditHead, error) {
	var head AuditHead
	err := db.Read(ctx, func(tx *Tx) error {
		var hash []byte
		_, err := tx.row("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", nil, []any{&head.Seq, &hash})
		head.Hash, head.At = hex.EncodeToString(hash), tx.Now
		return err
	})
	if err != nil || head.Seq == 0 {
		return AuditHead{}, wrap(err, "read the audit head")
	}
	key, err := db.auditKey()
	if err != nil {
		return AuditHead{}, fmt.Errorf("sign the audit head: %w", err)
	}
	head.sign(key)
	path := filepath.Join(db.opt.Dir, auditHeadsName)
	last, err := lastHead(path)
	if err != nil {
		return AuditHead{}, fmt.Errorf("read the last exported audit head: %w", faultOf(path, err))
	}
	if last.Seq == head.Seq && last.Hash == head.Hash {
		return last, nil
	}
	line, err := json.Marshal(head)
	if err != nil {
		return AuditHead{}, fmt.Errorf("encode the audit head: %w", err)
	}
	if err := appendLine(path, line, modesFor(db.opt.Shared).file); err != nil {
		return AuditHead{}, fmt.Errorf("export the audit head: %w", faultOf(path, err))
	}
	return head, nil
}

// ErrNoAuditKey says that nothing has been signed yet in a shared folder, in which
// the worker alone makes the key.
var ErrNoAuditKey = errors.New("there is no key yet: the worker makes it, so that it belongs to its account")

// SignAuditEnd is ExportAuditHead for everybody but the worker. In a folder that a
// group shares it makes no key, which would be out of the worker's reach, and in
// that of whoever came first; it returns ErrNoAuditKey then.
func (db *DB) SignAuditEnd(ctx context.Context) (AuditHead, error) {
	if err := db.mayMakeKey(); err != nil {
		return AuditHead{}, fmt.Errorf("sign the audit head: %w", err)
	}
	return db.ExportAuditHead(ctx)
}

// mayMakeKey returns ErrNoAuditKey where signing would make a key that is the
// worker's to make.
func (db *DB) mayMakeKey() error {
	if !db.opt.Shared {
		return nil
	}
	if _, err := os.Stat(filepath.Join(db.opt.Dir, auditKeyName)); errors.Is(err, fs.ErrNotExist) {
		return ErrNoAuditKey
	}
	return nil
}

// AuditHeads returns the heads in audit-heads.log, the oldest first, and how
// many of its lines cannot be read. Signatures are not checked here; VerifyAudit
// does.
func (db *DB) AuditHeads() (heads []AuditHead, unreadable int, err error) {
	path := filepath.Join(db.opt.Dir, auditHeadsName)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read exported audit heads: %w", faultOf(path, err))
	}
	defer f.Close()
	if heads, unreadable, err = ParseAuditHeads(f); err != nil {
		return nil, 0, fmt.Errorf("read exported audit heads: %w", faultOf(path, err))
	}
	return heads, unreadable, nil
}

// lastHead reads the last head of the file, the zero value if there is none that
// can be read. The file grows by a line a minute for years, so only its end is
// looked at.
func lastHead(path string) (AuditHead, error) {
	const enough = 4 << 10 // for a line of some 300 bytes
	var h AuditHead
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return h, err
	}
	end := make([]byte, min(info.Size(), enough))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return h, err
	}
	end = bytes.TrimRight(end, "\n")
	if json.Unmarshal(end[bytes.LastIndexByte(end, '\n')+1:], &h) != nil {
		return AuditHead{}, nil
	}
	return h, nil
}

// appendLine adds a line to a file durably. A line that a full disk cut short
// before is ended first.
func appendLine(path string, line []byte, mode os.FileMode) error {
	f, err := openWithMode(path, mode)
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := f.Seek(0, 2)
	if err != nil {
		return err
	}
	if end > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], end-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// auditKey reads the key that signs heads, and makes it on first use. Of several
// processes that make one at once, one wins.
func (db *DB) auditKey() (ed25519.PrivateKey, error) {
	path := filepath.Join(db.opt.Dir, auditKeyName)
	key, err := readAuditKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := makeAuditKey(path); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, faultOf(path, err))
	}
	return readAuditKey(path)
}

func readAuditKey(path string) (ed25519.PrivateKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, &Fault{Kind: FaultNoAccess, Path: path, Err: fmt.Errorf("mode %o lets others read the key; set 0600", info.Mode().Perm())}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, faultOf(path, err)
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM block", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: holds a %T, want an ed25519 key", path, parsed)
	}
	return key, nil
}

// makeAuditKey writes a new key beside its place and links it there, which fails
// harmlessly where somebody else was first.
func makeAuditKey(path string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), auditKeyName+".new-") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	err = pem.Encode(temp, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err == nil {
		err = temp.Sync()
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Link(temp.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
