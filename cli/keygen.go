package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"countersign/config"
	"countersign/safetext"
	"countersign/seal"
)

func (a *app) keygenCommand() *cobra.Command {
	var rotate bool
	cmd := &cobra.Command{
		Use:   "keygen [FILE]",
		Short: "Make the key that secret answers are sealed to",
		Long: `Make the worker's identity, a file with mode 0600 that opens sealed answers, and
print its public key, which belongs into [seal] recipients of the configuration.
Without FILE it is the one that [seal] identity names. A file that exists is never
overwritten.

--rotate replaces the key, in two runs by the worker's account. The first one puts
a new key before the old one and seals to it what waits in the queue. When the
configuration of every console names the new public key, the second one removes the
old key, unless something is sealed to it still. Either can be repeated.`,
		Example: `countersign keygen ~/.config/countersign/identity
countersign keygen --rotate`,
		Args: cobra.MaximumNArgs(1),
	}
	cmd.Flags().BoolVar(&rotate, "rotate", false, "replace the key of the configuration by a new one")
	cmd.RunE = a.does(func(ctx context.Context, args []string) error {
		switch {
		case rotate && len(args) > 0:
			return usage("--rotate works on the file that [seal] identity names: leave FILE out")
		case rotate:
			return a.rotate(ctx)
		}
		return a.keygen(args)
	})
	return cmd
}

// keygen makes the first identity.
func (a *app) keygen(args []string) error {
	path := ""
	if len(args) > 0 {
		path = args[0]
	} else {
		conf, err := a.load()
		if err != nil {
			return err
		}
		if path = conf.Seal.IdentityFile; path == "" {
			return &usageError{"[seal] identity names no file", "name one: countersign keygen FILE"}
		}
	}
	id, err := seal.Generate()
	if err != nil {
		return err
	}
	text := id.File()
	defer seal.Wipe(text)
	err = writeNew(path, text)
	if errors.Is(err, fs.ErrExist) {
		return &usageError{path + " exists already", "nothing was overwritten; to replace its key: countersign keygen --rotate"}
	}
	if err != nil {
		return fmt.Errorf("write the identity: %w", err)
	}
	where, err := filepath.Abs(path)
	if err != nil {
		where = path
	}
	fmt.Fprintf(a.Err, "%s: %s holds the key that opens sealed answers; only the worker needs it. Write into the configuration:\n\n[seal]\nrecipients = [\"%s\"]\nidentity = %q\n\n",
		name, safetext.Line(path), id.Recipient(), safetext.Line(where))
	_, err = fmt.Fprintln(a.Out, id.Recipient())
	return err
}

// rotate does the next step of a rotation.
func (a *app) rotate(ctx context.Context) error {
	q, err := a.open(ctx)
	if err != nil {
		return err
	}
	err = a.rotateIn(ctx, q)
	return errors.Join(err, q.close())
}

func (a *app) rotateIn(ctx context.Context, q *queue) error {
	path := q.conf.Seal.IdentityFile
	if path == "" {
		return usage("[seal] identity names no file: a credential of systemd is replaced where it is made")
	}
	text, err := config.ReadPrivate(path)
	if err == nil {
		path, err = filepath.EvalSymlinks(path) // what is replaced is the file, not the way to it
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	keys, err := seal.ParseIdentities(string(text))
	seal.Wipe(text)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errConfig, path, err)
	}
	to, err := recipients(q.conf)
	if err != nil {
		return err
	}
	switch {
	case named(to, keys[0]) && len(keys) == 1:
		next, err := seal.Generate()
		if err != nil {
			return err
		}
		// The new key is on the disk before anything is sealed to it.
		keys = append([]seal.Identity{next}, keys...)
		if err := writeKeys(path, keys); err != nil {
			return err
		}
	case named(to, keys[0]):
		return a.endRotation(ctx, q, path, keys, to)
	}
	return a.beginRotation(ctx, q, keys, to)
}

// beginRotation seals what waits to the first of the keys, which no configuration
// names yet.
func (a *app) beginRotation(ctx context.Context, q *queue, keys []seal.Identity, to []seal.Recipient) error {
	next := keys[0].Recipient()
	to = slices.DeleteFunc(slices.Clone(to), func(r seal.Recipient) bool { return belongs(keys, r.KeyID()) })
	to = append([]seal.Recipient{next}, to...)
	n, err := q.svc.Reseal(ctx, keys, to)
	fmt.Fprintf(a.Err, "%s: sealed to the new key: %d\n", name, n)
	if err != nil {
		return fmt.Errorf("seal to the new key what waits: %w", err)
	}
	fmt.Fprintf(a.Err, "Write into every configuration, start consoles and worker anew, and run this again to remove the old key:\n\n[seal]\nrecipients = [")
	for i, r := range to {
		if i > 0 {
			fmt.Fprint(a.Err, ", ")
		}
		fmt.Fprintf(a.Err, "\"%s\"", r)
	}
	fmt.Fprint(a.Err, "]\n\n")
	_, err = fmt.Fprintln(a.Out, next)
	return err
}

// endRotation seals the rest to the recipients of the configuration, and removes
// the keys that nothing needs any more.
func (a *app) endRotation(ctx context.Context, q *queue, path string, keys []seal.Identity, to []seal.Recipient) error {
	_, failed := q.svc.Reseal(ctx, keys, to)
	use, err := q.svc.SealedUse(ctx)
	if err = errors.Join(failed, err); err != nil {
		return fmt.Errorf("seal to the new key what waits: %w", err)
	}
	kept := slices.DeleteFunc(slices.Clone(keys), func(i seal.Identity) bool { return !named(to, i) && use[i.KeyID()] == 0 })
	if len(kept) == len(keys) {
		fmt.Fprintf(a.Err, "%s: every key in %s is still needed: take the old public key out of [seal] recipients first\n", name, safetext.Line(path))
		return nil
	}
	if err := writeKeys(path, kept); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "%s: removed the old key from %s; what was sealed to it alone, as in backups, nobody opens any more\n", name, safetext.Line(path))
	_, err = fmt.Fprintln(a.Out, kept[0].Recipient())
	return err
}

func named(to []seal.Recipient, i seal.Identity) bool {
	return slices.ContainsFunc(to, func(r seal.Recipient) bool { return r.KeyID() == i.KeyID() })
}

func belongs(keys []seal.Identity, id seal.KeyID) bool {
	return slices.ContainsFunc(keys, func(i seal.Identity) bool { return i.KeyID() == id })
}

// writeNew writes a private file that must not exist yet, durably.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncFolder(path)
}

// writeKeys replaces an identity file at once: after a crash there is the old one
// or the new one.
func writeKeys(path string, keys []seal.Identity) error {
	var text []byte
	for _, k := range keys {
		text = append(text, k.File()...)
	}
	defer seal.Wipe(text)
	beside := path + ".new"
	// One that a crash left holds nothing that anything is sealed to.
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the identity: %w", err)
	}
	if err := writeNew(beside, text); err != nil {
		return fmt.Errorf("write the identity: %w", err)
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("write the identity: %w", errors.Join(err, os.Remove(beside)))
	}
	return syncFolder(path)
}

// syncFolder makes the name of a file last.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write the identity: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
