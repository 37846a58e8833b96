package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"countersign/safetext"
	"countersign/store"
	"countersign/workflow"
)

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE|DIR",
		Short: "Copy the queue, while everybody goes on working",
		Long: `Copy the queue into a new file with mode 0600, while everybody goes on working; in a
folder it gets a name with the time. The copy is read again from end to end, and a
record beside it, FILE.json, says what it was: its size and sum, the end of the audit
chain, and how many orders were under way. It is signed where you may read the queue's
audit.key; restore wants it signed. Keep both files. That a backup was made is an entry
of the audit.

It holds all that the queue holds: people, requests, votes, tasks, orders, the ledger of
access, incidents, the audit; sealed answers stay sealed. Not in it, and kept elsewhere
by you: config.toml, the key of the vault service, the worker's identity (without it
what is sealed cannot be opened), audit.key, the server's host key; nor the application
log.

Whoever may read the queue's files can make one. restore takes it back.`,
		Example: "countersign backup /var/backups/countersign",
		Args:    one("FILE"),
		RunE:    a.does(a.backup),
	}
}

func (a *app) backup(ctx context.Context, args []string) error {
	path := args[0]
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "countersign-"+a.Now().UTC().Format("20060102T150405Z")+".db")
	}
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	made, err := q.svc.BackUp(ctx, path, a.whoCalls())
	if errors.Is(err, fs.ErrExist) {
		err = &usageError{text: path + " exists already", advice: "name a file that does not; nothing was overwritten"}
	}
	if err = errors.Join(err, q.close()); err != nil {
		return err
	}
	for says, trouble := range map[string]error{"its record could not be signed, and restore takes it only with --no-record": made.Unsigned,
		"that it was made could not be noted in the audit": made.Unnoted} {
		if trouble != nil {
			fmt.Fprintf(a.Err, "%s: the copy is whole; %s: %s\n", name, says, safetext.Line(trouble.Error()))
		}
	}
	_, err = fmt.Fprintf(a.Out, "the queue was copied to %s: %d entries of the audit, %d orders under way; what it is stands in %s\n",
		safetext.Line(path), made.Record.Entries, made.Record.Open, safetext.Line(store.RecordPath(path)))
	return err
}

// whoCalls is the login of the person who calls, as far as it is known.
func (a *app) whoCalls() string {
	login, err := a.Login()
	if err != nil {
		return "somebody unknown"
	}
	return login
}

func (a *app) restoreCommand() *cobra.Command {
	var opt workflow.RestoreOptions
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup into the place of the queue",
		Long: `Put a backup into the place of the configured queue. First the backup is read from end
to end: every page, every link of its audit chain, and whether it is what the record
beside it says, signed by the key of the queue, audit.key. Where that key is gone, any
signature is taken: compare the fingerprint that is printed with the one you noted.
Nobody may have the queue open: stop the worker, the server and every console. A queue
that is newer or damaged is replaced only with --replace; what is replaced is kept in a
folder beside it, from which it can be restored like any backup.

Nothing is sent again blindly. Orders to the vault that were under way, or may have been
carried out since, become unknown: the worker looks what became of each, and leaves to a
person what it does not find. Set the clock first: it tells what was due before. Leases
are over. Numbers that were given out after the backup are left out. People, roles, keys
and delegations are those of then, so whoever was disabled or erased since has to be once
more; audit compare says who.

docs/recovery.md tells the whole way, from lost files to work that goes on.`,
		Example: `countersign restore --check /var/backups/countersign/countersign-20260101T030000Z.db
countersign restore /var/backups/countersign/countersign-20260101T030000Z.db`,
		Args: one("FILE"),
	}
	cmd.Flags().BoolVar(&opt.Check, "check", false, "only look at the backup; the queue is not touched")
	cmd.Flags().BoolVar(&opt.Replace, "replace", false, "also where the queue has what the backup lacks, or cannot be read")
	cmd.Flags().BoolVar(&opt.Unproven, "no-record", false, "also one without a record, or that this queue's key has not signed")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		opt.Backup = args[0]
		return a.restore(ctx, opt)
	})
	return cmd
}

func (a *app) restore(ctx context.Context, opt workflow.RestoreOptions) error {
	switch conf, err := a.load(); {
	case err == nil:
		opt.Queue = store.Options{Dir: conf.Store.Dir, Shared: conf.Store.Shared, Now: a.Now}
	case !opt.Check: // to look, no configuration is needed
		return err
	}
	opt.By = a.whoCalls()
	out, err := workflow.Restore(ctx, opt)
	if err != nil {
		return err
	}
	lines := []string{fmt.Sprintf("the backup is sound: %d entries of the audit, the last one %.16s…; %d orders under way", out.Backup.Record.Entries,
		out.Backup.Record.Head, out.Backup.Record.Open)}
	if made := out.Backup.Record.Made; !made.IsZero() {
		lines = append(lines, "it was made at "+a.second(made))
	}
	lines = append(lines, provenBy(out))
	for _, left := range out.Replaced.Untidy {
		fmt.Fprintf(a.Err, "%s: the queue is the one of the backup; afterwards this could not be done: %s\n", name, safetext.Line(left.Error()))
	}
	if !opt.Check {
		lines = append(lines, a.restored(opt.Queue.Dir, out)...)
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(a.Out, safetext.Line(l)); err != nil {
			return err
		}
	}
	return nil
}

// provenBy says what proves that a backup is what it was when it was made.
func provenBy(out workflow.Restored) string {
	by := out.Backup.Record.Fingerprint()
	switch {
	case !out.Backup.Recorded:
		return "NOT PROVEN: nothing beside it tells whether it was changed or its end is missing"
	case by == "":
		return "NOT SIGNED: whoever changed it could change its record as well"
	case out.Key == "":
		return "signed by " + by + ": there is no audit.key to compare it with, so compare it with the fingerprint that you noted"
	case by != out.Key:
		return "signed by ANOTHER KEY, " + by + ", and not by that of this queue, " + out.Key
	}
	return "signed by " + by + ", the key of this queue"
}

// restored says what a restore has done, and what comes next.
func (a *app) restored(dir string, out workflow.Restored) []string {
	lines := []string{"the queue in " + dir + " is the one of the backup"}
	if out.Replaced.Aside != "" {
		lines = append(lines, "what it replaces is kept in "+out.Replaced.Aside)
	}
	if newest := out.Replaced.Newest; newest.Seq > out.Backup.Record.Entries {
		lines = append(lines, fmt.Sprintf("the replaced queue had entry %d of the audit at %s: what came after entry %d is not here", newest.Seq, a.second(newest.At), out.Backup.Record.Entries))
	}
	return append(lines,
		fmt.Sprintf("%d orders may have been carried out since: the worker looks for each, and sends none of them blindly", out.Unknown),
		fmt.Sprintf("the numbers %s to %s are left out, and so are as many of tasks and incidents", out.Skipped[0], out.Skipped[1]),
		"people, roles and keys are those of then: whoever was disabled or erased since has to be once more",
		"next: start the worker, then compare with the newest export of the audit: countersign audit compare FILE")
}
