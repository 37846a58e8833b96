package workflow

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"countersign/model"
	"countersign/store"
)

// orderOf names an order for the log, so that a line can be read without looking
// anything up: the numbers under which people know it, what is ordered, and on
// what. The numbers lead to the person.
func orderOf(c model.Case, op model.Operation) string {
	numbers := string(c.Request.Number)
	for _, t := range c.Tasks {
		if t.ID == op.TaskID {
			numbers += ", " + string(t.Number)
		}
	}
	return fmt.Sprintf("%s: %s on %q", numbers, op.Kind, titleOr(op.Intent.Title, op.Intent.Object()))
}

func titleOr(title string, uid model.UID) string {
	if title == "" {
		return string(uid)
	}
	return title
}

// orderNamed is orderOf for an order whose case was not read, because something
// failed.
func (w *Worker) orderNamed(ctx context.Context, op model.Operation) string {
	name := fmt.Sprintf("operation %d", op.ID)
	err := w.db.Read(ctx, func(tx *store.Tx) error {
		c, err := caseOf(tx, op)
		if err == nil {
			name = orderOf(c, op)
		}
		return err
	})
	if err != nil {
		return fmt.Sprintf("operation %d", op.ID)
	}
	return name
}

// told logs what has been recorded about an order, in one line, and returns err.
// It comes after the transaction: what was not recorded is not said.
func (w *Worker) told(err error, level slog.Level, op model.Operation, said string) error {
	if err == nil {
		w.log.Log(context.Background(), level, strings.Join(strings.Fields(said), " "), "operation", op.ID, store.LogCorrelation, op.Correlation)
	}
	return err
}
