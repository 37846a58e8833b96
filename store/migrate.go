package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Migrations are forward only: migrations/FILE/NNNN_what.sql, numbered from
// 0001 without a gap. A number that was released is never changed again.
//
//go:embed migrations
var migrationFiles embed.FS

// migrationsOf returns the statements that lead to each version of a file, the
// first one at index 0.
func migrationsOf(fsys fs.FS, name string) ([]string, error) {
	dir := path.Join("migrations", strings.TrimSuffix(name, ".db"))
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("list migrations of %s: %w", name, err)
	}
	var all []string
	for i, e := range entries { // ReadDir sorts by name
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(e.Name(), want) {
			return nil, fmt.Errorf("migration %s of %s: want a name that begins with %s", e.Name(), name, want)
		}
		text, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read migration %s of %s: %w", e.Name(), name, err)
		}
		all = append(all, string(text))
	}
	return all, nil
}

// migrate brings a file to the newest version. The caller holds the gate, which
// keeps eight processes on one new file from getting into each other's way; that
// only one of them applies the statements is held by the immediate transaction,
// in which the version is read again.
func migrate(ctx context.Context, c session, s spec, migrations []string, now time.Time) error {
	version, err := checkVersion(ctx, c, s, len(migrations))
	if err != nil || version == len(migrations) {
		return err
	}
	if version > 0 && s.keep {
		copyName := fmt.Sprintf("%s.v%d-%s.backup", c.path, version, now.UTC().Format("20060102T150405.000000"))
		if err := vacuumInto(ctx, c, copyName); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("copy %s before migration: %w", c.path, err)
		}
	}
	if err := applyMigrations(ctx, c, s, migrations); err != nil {
		return fmt.Errorf("migrate %s: %w", c.path, faultOf(c.path, err))
	}
	return nil
}

func applyMigrations(ctx context.Context, c session, s spec, migrations []string) (err error) {
	if _, err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// The error that led here is the one to tell.
			_, _ = c.exec(context.Background(), "ROLLBACK")
		}
	}()
	version, err := checkVersion(ctx, c, s, len(migrations))
	if err != nil {
		return err
	}
	for i, text := range migrations[version:] {
		if _, err := c.exec(ctx, text); err != nil {
			return fmt.Errorf("to version %d: %w", version+i+1, err)
		}
	}
	// Pragmas take no parameters; both values are our own integers.
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", s.appID, len(migrations))
	if _, err := c.exec(ctx, mark); err != nil {
		return fmt.Errorf("set version: %w", err)
	}
	_, err = c.exec(ctx, "COMMIT")
	return err
}

// checkVersion returns the version of a file, 0 for an empty one, and refuses a
// file that is somebody else's or from a newer program.
func checkVersion(ctx context.Context, c session, s spec, newest int) (int, error) {
	var version, tables int
	var appID int64
	for _, read := range []struct {
		query string
		dest  any
	}{
		{"PRAGMA user_version", &version},
		{"PRAGMA application_id", &appID},
		{"SELECT count(*) FROM sqlite_master", &tables},
	} {
		if err := c.one(ctx, read.query, nil, []any{read.dest}); err != nil {
			return 0, faultOf(c.path, err)
		}
	}
	switch {
	case appID != s.appID && (appID != 0 || version != 0 || tables != 0):
		return 0, &Fault{Kind: FaultWrongFile, Path: c.path, Err: errors.New("another program's database")}
	case version > newest:
		return 0, &Fault{Kind: FaultNewer, Path: c.path,
			Err: fmt.Errorf("its schema has version %d, this program knows %d", version, newest)}
	}
	return version, nil
}
