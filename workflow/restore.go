package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/model"
	"countersign/store"
)

// What a restored queue remembers of it, and the last backup, as settings.
const (
	restoreSetting = "restore"
	backupSetting  = "backup"
)

// numbersSkipped is how many numbers are left out after a restore: those drawn after
// the backup were told to people, and stand in the vault as the mark of records.
const numbersSkipped = 10_000

// RestoreOptions say what is restored, and how.
type RestoreOptions struct {
	Queue  store.Options
	Backup string // the file
	By     string // the login of whoever does it
	// Unproven takes a copy without a record, or with one that the queue's key has not
	// signed: nobody can tell whether it was changed, or its end is missing. Replace takes
	// the place of a queue that is newer or damaged. Check only looks at the backup.
	Unproven, Replace, Check bool
}

// Restored is what came of it.
type Restored struct {
	Backup store.BackupState
	// Key is the fingerprint of the key that signs for the queue, "" where there is none
	// in its folder.
	Key      string
	Replaced store.Replaced
	// Unknown are the orders to the vault that may have been carried out since the backup:
	// what became of each is looked for, and none is sent again.
	Unknown int
	// Skipped is the first and the last number of requests that nobody gets.
	Skipped [2]model.Number
}

// Unproven says why a copy cannot be told from one that was changed.
type Unproven struct{ Path, Why string }

// Error says it.
func (e *Unproven) Error() string { return e.Path + ": " + e.Why }

// unproven says why nothing proves that a copy is what it was when it was made, "" where
// its record is signed by the queue's key, or by any while the queue has none to compare
// with.
func unproven(b store.BackupState, own string) string {
	by := b.Record.Fingerprint()
	switch {
	case !b.Recorded:
		return "nothing beside it tells what it was when it was made, so that a missing end would not be seen"
	case by == "":
		return "its record is not signed, so that a change of both would not be seen"
	case own != "" && by != own:
		return "its record is signed by another key, " + by + ", and not by that of this queue, " + own
	}
	return ""
}

// Restore looks at a backup and puts it into the place of the queue, ready to go on
// with: no order to the vault that may have been sent since is sent again, leases are
// over, and no number is given a second time. It fails with a *store.BadBackup, a
// *store.Newer, an *Unproven or a *store.Fault; the queue is as it was then, unless
// that fault is Unsure.
func Restore(ctx context.Context, opt RestoreOptions) (out Restored, err error) {
	if out.Backup, err = store.InspectBackup(ctx, opt.Backup); err != nil {
		return out, err
	}
	if opt.Queue.Dir != "" {
		// Whoever only looks need not be who may read the key.
		if out.Key, err = store.AuditKey(opt.Queue.Dir); err != nil && !opt.Check {
			return out, err
		}
	}
	if why := unproven(out.Backup, out.Key); why != "" && !opt.Unproven {
		return out, &Unproven{opt.Backup, why}
	}
	if opt.Check {
		return out, nil
	}
	r, err := store.StartRestore(ctx, opt.Queue, opt.Backup, out.Backup.Record)
	if err != nil {
		return out, err
	}
	defer func() {
		switch left := r.Discard(); {
		case left != nil && err == nil: // the queue is replaced
			out.Replaced.Untidy = append(out.Replaced.Untidy, left)
		default:
			err = errors.Join(err, left)
		}
	}()
	if err := r.Write(ctx, func(tx *store.Tx) error { return makeReady(tx, opt.By, &out) }); err != nil {
		return out, fmt.Errorf("make the copy ready: %w", err)
	}
	out.Replaced, err = r.Replace(ctx, opt.Replace)
	return out, err
}

// Restoration is what a restored queue remembers of it.
type Restoration struct {
	At      time.Time `json:"at"`
	Made    time.Time `json:"made"`    // when the backup was; zero where nobody can tell
	Entries int64     `json:"entries"` // the end of its audit
	Head    string    `json:"head"`
	// Fence is that of the lease under which it was restored, and Task the first number of
	// a task that is left out: they tell what is older than the restore. Times do not, since
	// the clock of a new machine may be off.
	Fence int64        `json:"fence,omitempty"`
	Task  model.Number `json:"task,omitempty"`
}

// sentBefore reports whether an order was sent before the restore, or may have been.
func (r Restoration) sentBefore(op model.Operation) bool {
	return !r.At.IsZero() && op.Fence <= r.Fence
}

// knew reports whether a task is older than the restore.
func (r Restoration) knew(t model.Task) bool {
	return !r.At.IsZero() && (len(t.Number) < len(r.Task) || len(t.Number) == len(r.Task) && t.Number < r.Task)
}

// lastRestore returns the last restore of the queue, the zero value where there was
// none.
func lastRestore(tx *store.Tx) (Restoration, error) {
	var r Restoration
	s, err := tx.Setting(restoreSetting)
	if err != nil || s.Version == 0 {
		return r, err
	}
	if err := json.Unmarshal([]byte(s.Value), &r); err != nil {
		return r, fmt.Errorf("read the setting %s: %w", restoreSetting, err)
	}
	return r, nil
}

// makeReady turns a copy of the queue as it was into one to go on with.
func makeReady(tx *store.Tx, by string, out *Restored) error {
	b := out.Backup.Record
	r := Restoration{At: tx.Now, Made: b.Made, Entries: b.Entries, Head: b.Head}
	for _, prefix := range []string{model.PrefixRequest, model.PrefixTask, model.PrefixIncident} {
		first, last, err := tx.SkipNumbers(prefix, numbersSkipped)
		if err != nil {
			return err
		}
		switch prefix {
		case model.PrefixRequest:
			out.Skipped = [2]model.Number{first, last}
		case model.PrefixTask:
			r.Task = first
		}
	}
	var err error
	if r.Fence, err = endLease(tx); err != nil {
		return err
	}
	if err := remember(tx, restoreSetting, r); err != nil {
		return err
	}
	detail := fmt.Sprintf("backup of entry %d %s", b.Entries, b.Head)
	if !b.Made.IsZero() {
		detail += " made " + b.Made.UTC().Format(time.RFC3339)
	}
	if err := tx.AppendAudit(model.AuditEvent{Actor: model.System, Action: "queue.restore", Object: "queue", Detail: detail,
		Texts: []model.AuditText{{Name: "by", Text: by}}, Correlation: newCorrelation()}); err != nil {
		return err
	}
	open, err := tx.OpenOperations()
	if err != nil {
		return err
	}
	for _, op := range open {
		switch {
		case mayHaveRun(op):
			err = doubt(tx, op, b.Made)
		case wasDue(op, tx.Now, b.Made):
			op.Intent.Doubtful = true
			var changed bool
			if changed, err = tx.UpdateOperation(op, op.State); err == nil && !changed {
				err = errMoved
			}
		default:
			continue
		}
		if err != nil {
			return err
		}
		out.Unknown++
	}
	return nil
}

// mayHaveRun reports whether an order must not simply go out after a restore: it was
// under way, or it gives something, and whoever got it since may have lost it again
// when its time was over. What takes away or decides goes out; what gives a standing
// right back does where it was not due before the restore (wasDue).
func mayHaveRun(op model.Operation) bool {
	if op.State == model.OpSent || op.State == model.OpUnknown {
		return true
	}
	return !op.Kind.Decides() && !op.Intent.Restores && (op.Kind.Gives() || op.Kind == model.OpCreate || op.Kind == model.OpUpdate)
}

// wasDue reports whether an order that gives something back may have been carried out
// between the backup and the restore. A clock that is behind the backup tells nothing.
func wasDue(op model.Operation, now, made time.Time) bool {
	return op.Intent.Restores && (op.State == model.OpQueued || !op.NotBefore.After(now) || now.Before(made))
}

// doubtWords says why an order that is doubtful is not sent.
func doubtWords(op model.Operation, facts model.RecordFacts) string {
	return "the vault shows " + shown(op, facts) + "; this was due before the queue was restored from a backup, and whether it was given back since and taken away after that, nobody can tell: " +
		"ask who took it, or have it asked for again"
}

// doubt makes an order one whose outcome is not known: it is looked for.
func doubt(tx *store.Tx, op model.Operation, made time.Time) error {
	c, err := caseOf(tx, op)
	if err != nil {
		return err
	}
	from := op.State
	if op.Sent.IsZero() {
		op.Sent = made
	}
	op.State, op.NextLook = model.OpUnknown, op.Sent // that is over, whatever the clock says now
	op.LookingFor = "the queue was restored from a backup; the order may have been carried out since"
	if changed, err := tx.UpdateOperation(op, from); err != nil || !changed {
		return orConflict(err, c.Request.Number)
	}
	if from == model.OpUnknown {
		return nil
	}
	return settled(tx, c, op, "not known yet: "+op.Intent.Words(op.Kind)+": "+op.LookingFor+"; the vault is being looked at", "")
}

// endLease ends the lease of the worker that had the queue when it was copied. The
// fence grows, so that nothing can be recorded under the one before; it is returned, and
// every later worker's is higher.
func endLease(tx *store.Tx) (fence int64, err error) {
	l, found, err := tx.LeaseOf(store.WorkerLease)
	if err != nil {
		return 0, err
	}
	if found {
		if _, err := tx.ReleaseLease(l); err != nil {
			return 0, err
		}
	}
	l, got, err := tx.AcquireLease(store.WorkerLease, "restored", 0)
	if err == nil && !got {
		err = errLeaseLost
	}
	return l.Fence, err
}

// remember keeps a value as a setting.
func remember(tx *store.Tx, key string, value any) error {
	s, err := tx.Setting(key)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the setting %s: %w", key, err)
	}
	s.Value, s.By = string(text), model.System
	changed, err := tx.ChangeSetting(s)
	if err == nil && !changed {
		err = fmt.Errorf("the setting %s was changed meanwhile", key)
	}
	return err
}

// beforeRestore says why an order that the vault does not show is not sent again, ""
// where it may be: after a restore nobody can tell whether what is older was carried out
// since, and is over.
func beforeRestore(tx *store.Tx, older func(Restoration) bool) (string, error) {
	r, err := lastRestore(tx)
	if err != nil || !older(r) {
		return "", err
	}
	return "the queue was restored at " + clock(r.At) + ", and whether this was carried out between the backup and then, and is over, nobody can tell", nil
}

// BackedUp is what came of a backup.
type BackedUp struct {
	Record store.BackupRecord
	// Unsigned says why the record bears no checkpoint, Unnoted why it is not in the
	// audit that the backup was made; nil where it is. The copy is whole all the same.
	Unsigned, Unnoted error
}

// BackUp copies the queue into a new file with a record beside it, and keeps in the
// audit that it was, and by whom. The copy is good also where the queue can be read
// and not written any more.
func (s *Service) BackUp(ctx context.Context, path, by string) (BackedUp, error) {
	var out BackedUp
	var err error
	if out.Record, out.Unsigned, err = s.db.BackUp(ctx, path); err != nil {
		return out, err
	}
	r := out.Record
	out.Unnoted = s.db.Write(ctx, func(tx *store.Tx) error {
		if err := remember(tx, backupSetting, Restoration{At: tx.Now, Made: r.Made, Entries: r.Entries, Head: r.Head}); err != nil {
			return err
		}
		return tx.AppendAudit(model.AuditEvent{Actor: model.System, Action: "queue.backup", Object: "queue",
			Detail: fmt.Sprintf("entry %d %s", r.Entries, r.Head), Texts: []model.AuditText{{Name: "by", Text: by}}, Correlation: newCorrelation()})
	})
	return out, nil
}

// lastBackup returns when the last backup of the queue was made, the zero time where
// there was none, and since when there is something to back up.
func (s *Service) lastBackup(ctx context.Context) (made, since time.Time, err error) {
	var b Restoration
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		set, err := tx.Setting(backupSetting)
		if err == nil && set.Version > 0 {
			err = json.Unmarshal([]byte(set.Value), &b)
		}
		if err == nil {
			since, err = tx.AuditBegan()
		}
		return err
	})
	return b.Made, since, err
}
