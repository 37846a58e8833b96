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
// apart while the ends of access are counted from ours.
const clocksApart = 5 * time.Minute

// errHeldBack says that an operation stays queued, as it says itself why.
var errHeldBack = errors.New("the operation is held back")

// clockTrouble says why an order whose end is counted from now must not be sent: a
// clock that is a day ahead would give access for a day more than was approved. The
// vault has just been read, so that the clocks were compared a moment ago. "" where
// they agree, or where the service does not tell the time.
func (w *Worker) clockTrouble(op model.Operation) string {
	ahead, known := w.vault.Ahead()
	if !known || ahead.Abs() <= clocksApart || !counted(op) || op.Intent.Limit.Length() == 0 {
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
	return fmt.Sprintf("the clock of this machine is %s %s that of the vault service's host: access that ends is given when they agree; set them by the network, timedatectl set-ntp true",
		model.FormatDuration(ahead.Abs().Round(unit)), which)
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
