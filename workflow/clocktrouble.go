package workflow

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/model"
	"countersign/store"
)

// clocksApart is how far the clocks of this machine and of the service's host may be
// apart while the ends of access are counted from ours, and known by it.
const clocksApart = 5 * time.Minute

// errHeldBack says that an operation stays queued, as it says itself why.
var errHeldBack = errors.New("the operation is held back")

// clocksDiffer reports whether our clock and that of the service's host are known to
// be too far apart to know ends by ours, and by how much ours is ahead.
func (w *Worker) clocksDiffer() (ahead time.Duration, differ bool) {
	ahead, known := w.vault.Ahead()
	return ahead, known && ahead.Abs() > clocksApart
}

// vaultNow is the time by which it is judged whether access is over: ours, or that of
// the service's host where the two are too far apart.
func (w *Worker) vaultNow() time.Time {
	if ahead, differ := w.clocksDiffer(); differ {
		return w.now().Add(-ahead)
	}
	return w.now()
}

// clockTrouble says why an order must not be sent while the clocks are apart. Where its
// end is counted from now, a clock that is a day ahead would give access for a day more
// than was approved; where it gives back what stood before, a clock that is ahead says
// too early that what was given over it has ended. The vault has just been read, so that
// the clocks were compared a moment ago. "" where they agree, or where the service does
// not tell the time.
func (w *Worker) clockTrouble(op model.Operation) string {
	ahead, differ := w.clocksDiffer()
	then := "access that ends is given when they agree"
	switch early := op.Intent.Restores && op.TaskID != 0 && w.vaultNow().Before(op.NotBefore); {
	case !differ:
		return ""
	case early:
		then = "by that, what stands over the right to be given back has not ended yet"
	case !counted(op) || op.Intent.Limit.Length() == 0:
		return ""
	}
	unit := time.Minute
	if ahead.Abs() >= 2*time.Hour {
		unit = time.Hour
	}
	which := "ahead of"
	if ahead < 0 {
		which = "behind"
	}
	return fmt.Sprintf("the clock of this machine is %s %s that of the vault service's host: %s; set them by the network, timedatectl set-ntp true",
		model.FormatDuration(ahead.Abs().Round(unit)), which, then)
}

// holdBack leaves an operation ready and notes why it was not carried out. Its time is
// not moved: it were counted by the clock that is in doubt.
func (w *Worker) holdBack(t *tenure, op model.Operation, why string) error {
	if op.Reason == why {
		return errHeldBack
	}
	err := w.write(t, func(tx *store.Tx) error {
		op.Reason = why
		return w.recordOp(tx, t, op, model.OpQueued)
	})
	if err := w.told(err, slog.LevelWarn, op, w.orderNamed(t.ctx, op)+" waits: "+why); err != nil {
		return err
	}
	return errHeldBack
}
