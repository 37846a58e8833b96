package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// How the folders begin in which restores keep what they replace: one that has not
// come to its end yet, and one that has.
const (
	replacingName = "replacing-"
	replacedName  = "replaced-"
)

// aside is the folder in which a restore keeps what it takes away.
type aside struct {
	opt Options
	dir string // "" until there is something to keep
	// taken are the files that were taken out of the queue's folder or replaced there,
	// and lie in this one as they were.
	taken []string
}

// make makes the folder, once.
func (a *aside) make() error {
	if a.dir != "" {
		return nil
	}
	dir, err := os.MkdirTemp(a.opt.Dir, replacingName+a.opt.Now().UTC().Format("20060102T150405Z")+"-") // mode 0700
	if err != nil {
		return faultOf(a.opt.Dir, err)
	}
	a.dir = dir
	return nil
}

// keep keeps a file under its name, durably, and leaves it where it is.
func (a *aside) keep(path string) error {
	if err := a.make(); err != nil {
		return err
	}
	if err := os.Link(path, filepath.Join(a.dir, filepath.Base(path))); err != nil {
		return faultOf(path, err)
	}
	return faultOf(a.dir, errors.Join(syncName(a.dir), syncName(a.opt.Dir)))
}

// take takes a file away, if it is there.
func (a *aside) take(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := a.keep(path); err != nil {
		return err
	}
	a.taken = append(a.taken, path)
	return faultOf(path, os.Remove(path))
}

// putBack puts everything back where it was, and removes the folder.
func (a *aside) putBack() error {
	var errs []error
	for _, path := range slices.Backward(a.taken) {
		if err := os.Rename(filepath.Join(a.dir, filepath.Base(path)), path); err != nil {
			errs = append(errs, faultOf(path, err))
		}
	}
	switch {
	case a.dir == "":
		return nil
	case len(errs) > 0:
		return fmt.Errorf("what was taken away lies in %s, and has to be put back: %w", a.dir, errors.Join(errs...))
	}
	return faultOf(a.dir, errors.Join(os.RemoveAll(a.dir), syncName(a.opt.Dir)))
}

// finish gives the folder its last name, and those that killed restores have left.
func (a *aside) finish() error {
	left, err := unfinished(a.opt.Dir)
	for _, dir := range left {
		name := filepath.Join(a.opt.Dir, replacedName+strings.TrimPrefix(filepath.Base(dir), replacingName))
		if renameErr := os.Rename(dir, name); renameErr != nil {
			err = errors.Join(err, faultOf(dir, renameErr))
		} else if dir == a.dir {
			a.dir = name
		}
	}
	return err
}

// unfinished returns the folders of restores that have not come to their end.
func unfinished(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, faultOf(dir, err)
	}
	var left []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), replacingName) {
			left = append(left, filepath.Join(dir, e.Name()))
		}
	}
	return left, nil
}

// tookHeads returns those of them that have checkpoints, as far as this process may look.
func tookHeads(dir string) ([]string, error) {
	left, err := unfinished(dir)
	return slices.DeleteFunc(left, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, auditHeadsName))
		return errors.Is(err, fs.ErrNotExist)
	}), err
}

// heads returns the checkpoints beside the queue and those that killed restores took
// away, the oldest first.
func (r *Restoring) heads() ([]AuditHead, error) {
	heads, _, err := (&DB{opt: r.opt}).AuditHeads()
	if err != nil {
		return nil, err
	}
	left, err := unfinished(r.opt.Dir)
	if err != nil {
		return nil, err
	}
	for _, dir := range left {
		more, _, err := (&DB{opt: Options{Dir: dir}}).AuditHeads()
		if err != nil {
			return nil, err
		}
		heads = append(heads, more...)
	}
	slices.SortStableFunc(heads, func(a, b AuditHead) int { return int(a.Seq - b.Seq) })
	return slices.CompactFunc(heads, func(a, b AuditHead) bool { return a.Sig == b.Sig }), nil
}

// keepHeads leaves those checkpoints beside the queue that are of the chain in the
// copy and signed by the key that is there; all of them are kept aside. It comes before
// the queue is replaced, so that a crash leaves fewer of them and never wrong ones.
func (r *Restoring) keepHeads(ctx context.Context, source session, heads []AuditHead) error {
	if len(heads) == 0 {
		return nil
	}
	own := ""
	switch key, err := readAuditKey(filepath.Join(r.opt.Dir, auditKeyName)); {
	case err == nil:
		own = publicKey(key)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	var kept []byte
	for _, h := range heads {
		fits, err := r.holds(ctx, source, h.Seq, h.Hash)
		if err != nil {
			return err
		}
		if !fits || h.Key != own {
			continue
		}
		line, err := json.Marshal(h)
		if err != nil {
			return fmt.Errorf("encode a checkpoint: %w", err)
		}
		kept = append(append(kept, line...), '\n')
	}
	path := filepath.Join(r.opt.Dir, auditHeadsName)
	switch err := r.aside.keep(path); {
	case errors.Is(err, fs.ErrNotExist): // all of them are those of a restore that was killed
	case err != nil:
		return err
	default:
		r.aside.taken = append(r.aside.taken, path)
	}
	if err := replaceFile(path, kept, modesFor(r.opt.Shared).file); err != nil {
		return faultOf(path, err)
	}
	r.reach("checkpoints")
	return nil
}
