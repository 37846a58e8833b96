package store

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// ImportedEntry is an entry of an export, with the login that it had there.
type ImportedEntry struct {
	AuditRecord
	Who string `json:"who"`
}

// AuditImport is what an export says of itself once it was read and holds together.
type AuditImport struct {
	First, Last *ImportedEntry // nil where it has none
	Newest      AuditHead      // the last checkpoint in it, zero where there is none
}

// ReadAuditExport reads what `countersign audit export` printed as JSON lines, and
// calls each for every entry. It makes every hash again and compares texts with their
// commitments and checkpoints with the entries that they sign. The error says what
// does not hold, and in which line.
func ReadAuditExport(r io.Reader, each func(ImportedEntry) error) (AuditImport, error) {
	i := &auditImport{each: each}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if err := i.line(lines.Bytes()); err != nil {
			return i.AuditImport, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return i.AuditImport, err
	}
	if !i.ended {
		return i.AuditImport, fmt.Errorf("it is cut short, or no export as JSON lines")
	}
	return i.AuditImport, nil
}

type auditImport struct {
	AuditImport
	each                 func(ImportedEntry) error
	begun, ended         bool
	entries, checkpoints int
}

func (i *auditImport) line(text []byte) error {
	var kind struct {
		Type                         string
		Format, Entries, Checkpoints int
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	switch {
	case kind.Type == "export" && !i.begun && kind.Format == 1:
		i.begun = true
		return nil
	case !i.begun || i.ended:
		return fmt.Errorf("%q does not belong here", kind.Type)
	case kind.Type == "entry":
		return i.entry(text)
	case kind.Type == "checkpoint":
		return i.checkpoint(text)
	case kind.Type == "end" && kind.Entries == i.entries && kind.Checkpoints == i.checkpoints:
		i.ended = true
		return nil
	case kind.Type == "end":
		return fmt.Errorf("there were %d entries and %d checkpoints, and are %d and %d", kind.Entries, kind.Checkpoints, i.entries, i.checkpoints)
	}
	return fmt.Errorf("%q is not known", kind.Type)
}

func (i *auditImport) entry(text []byte) error {
	var e ImportedEntry
	if err := json.Unmarshal(text, &e); err != nil {
		return fmt.Errorf("the entry cannot be read: %w", err)
	}
	if i.Last != nil && (e.Seq != i.Last.Seq+1 || e.Prev != i.Last.Hash) {
		return fmt.Errorf("entry %d does not follow entry %d", e.Seq, i.Last.Seq)
	}
	l, err := e.link()
	if err != nil || !bytes.Equal(l.sum(), l.hash) {
		return fmt.Errorf("entry %d was changed", e.Seq)
	}
	committed, err := l.commitments()
	if err != nil {
		return err
	}
	for _, t := range e.Texts {
		salt, err := hex.DecodeString(t.Salt)
		if err != nil || !slices.Contains(committed, commitment{t.Name, hex.EncodeToString(commit(salt, t.Name, t.Text))}) {
			return fmt.Errorf("the text %q of entry %d is not the one that was written", t.Name, e.Seq)
		}
	}
	i.entries++
	if i.First == nil {
		i.First = &e
	}
	i.Last = &e
	return i.each(e)
}

func (i *auditImport) checkpoint(text []byte) error {
	var h AuditHead
	if err := json.Unmarshal(text, &h); err != nil {
		return fmt.Errorf("the checkpoint cannot be read: %w", err)
	}
	if !h.Valid() || i.Last == nil || h.Seq != i.Last.Seq || h.Hash != i.Last.Hash {
		return fmt.Errorf("the checkpoint of entry %d is not signed for it", h.Seq)
	}
	i.checkpoints++
	i.Newest = h
	return nil
}

// link is a record as it was stored.
func (r AuditRecord) link() (link, error) {
	prev, err := hex.DecodeString(r.Prev)
	if err != nil {
		return link{}, err
	}
	hash, err := hex.DecodeString(r.Hash)
	return link{seq: r.Seq, at: r.At, actor: r.Actor, action: r.Action, object: r.Object, detail: r.Detail, texts: r.Commitments,
		correlation: r.Correlation, prev: prev, hash: hash}, err
}
