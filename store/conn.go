package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"net/url"
	"time"

	"github.com/mattn/go-sqlite3"
)

// busyTimeout is the last resort behind the gate: how long SQLite itself waits
// for another writer (STORAGE 2, pragmas).
const busyTimeout = 10 * time.Second

// upkeepTimeout is how long a checkpoint may wait for readers: it keeps every
// writer waiting meanwhile, and it is tried again anyway.
const upkeepTimeout = 200 * time.Millisecond

// Cache sizes in KiB: a large cache for the one writer, next to none for the many
// readers, which find their pages with the system, and for upkeep, which reads every
// page once: neither must leave the process as large as the queue.
const (
	writerCache = 16384
	readerCache = 1024
	upkeepCache = 1024
)

// spec is what distinguishes the three files.
type spec struct {
	name string
	// appID marks the file as ours in the SQLite header.
	appID int64
	// sync is FULL where a commit must survive a power cut. It is always said,
	// because the driver's WAL default is NORMAL (STORAGE 6.1).
	sync         string
	secureDelete bool
	// keep makes a copy before a migration.
	keep bool
}

func queueSpec() spec {
	return spec{name: queueName, appID: 0x43536731, sync: "FULL", secureDelete: true, keep: true}
}

func logSpec() spec {
	return spec{name: logName, appID: 0x43536c31, sync: "NORMAL", keep: true}
}

func liveSpec() spec {
	return spec{name: liveName, appID: 0x43537631, sync: "NORMAL", secureDelete: true}
}

// role is what a connection is for.
type role int

const (
	writing role = iota
	reading
	upkeep // checkpoints, copies and checks
	still  // reads a file that nobody changes, and leaves nothing beside it
	alone  // lets nobody else have the file open
)

// dsn returns the driver's name for a file with every setting in it, so that
// each connection of a pool has them. mode=rw: SQLite never makes the file
// itself.
func dsn(path string, s spec, r role) string {
	q := url.Values{}
	q.Set("mode", "rw")
	timeout := busyTimeout
	if r == upkeep || r == alone {
		timeout = upkeepTimeout
	}
	q.Set("_busy_timeout", fmt.Sprint(timeout.Milliseconds()))
	q.Set("_foreign_keys", "1")
	q.Set("_synchronous", s.sync)
	q.Set("_stmt_cache_size", "64")
	if s.secureDelete {
		q.Set("_secure_delete", "ON")
	}
	switch r {
	case writing:
		q.Set("_journal_mode", "WAL")
		q.Set("_txlock", "immediate")
		q.Set("_cache_size", fmt.Sprint(-writerCache))
	case reading:
		q.Set("_query_only", "1")
		q.Set("_cache_size", fmt.Sprint(-readerCache))
	case upkeep:
		q.Set("_cache_size", fmt.Sprint(-upkeepCache))
	case still:
		q.Set("mode", "ro")
		q.Set("immutable", "1")
		q.Set("_query_only", "1")
		q.Set("_cache_size", fmt.Sprint(-upkeepCache))
	case alone:
		q.Set("_locking_mode", "EXCLUSIVE")
		q.Set("_cache_size", fmt.Sprint(-upkeepCache))
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// connector makes connections with settings that the driver has no name for.
type connector struct {
	name   string
	driver *sqlite3.SQLiteDriver
}

func newConnector(path string, s spec, r role) connector {
	return connector{name: dsn(path, s, r), driver: &sqlite3.SQLiteDriver{ConnectHook: settle}}
}

// settle sets the rest of a connection's settings: no memory map, because a
// failing disk must be an error and not a SIGBUS; a bound for the WAL that a long
// reader made grow; a check of every page that is read.
func settle(c *sqlite3.SQLiteConn) error {
	for _, pragma := range []string{
		"PRAGMA mmap_size = 0",
		"PRAGMA journal_size_limit = 67108864",
		"PRAGMA cell_size_check = ON",
	} {
		if _, err := c.Exec(pragma, nil); err != nil {
			return fmt.Errorf("%s: %w", pragma, err)
		}
	}
	return nil
}

// Connect opens one connection.
func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.name) }

// Driver returns the SQLite driver.
func (c connector) Driver() driver.Driver { return c.driver }

// pool returns up to n connections to a file, none of them opened yet and none
// ever closed for being idle.
func pool(path string, s spec, r role, n int) *sql.DB {
	db := sql.OpenDB(newConnector(path, s, r))
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}
