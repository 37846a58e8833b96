package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"countersign/safetext"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the queue, while everybody goes on working",
		Long: `Copy the queue into a new file with mode 0600, while everybody goes on working.
The copy holds everything that the queue holds; sealed answers stay sealed.

Whoever may read the queue's files can make one.`,
		Example: "countersign backup /var/backups/countersign-$(date +%F).db",
		Args:    one("FILE"),
		RunE:    a.does(a.backup),
	}
}

func (a *app) backup(ctx context.Context, args []string) error {
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	err = q.db.Backup(ctx, args[0])
	if errors.Is(err, fs.ErrExist) {
		err = &usageError{text: args[0] + " exists already", advice: "name a file that does not; nothing was overwritten"}
	}
	if err = errors.Join(err, q.close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.Out, "the queue was copied to", safetext.Line(args[0]))
	return err
}
