package workflow

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"countersign/model"
	"countersign/store"
)

// CheckState is what came of one check of doctor.
type CheckState string

// The states of a check.
const (
	CheckOK   CheckState = "ok"
	CheckWarn CheckState = "warning" // it works, but not as it should
	CheckBad  CheckState = "wrong"   // something does not work
)

// Check is what doctor has found about one thing: the cause, and what to do.
type Check struct {
	// Name says what was looked at, as "vault.queue"; the word before the dot is its
	// Area. Names never change their meaning.
	Name   string
	State  CheckState
	Text   string // one sentence; may hold foreign text
	Remedy string // what to do, "" where all is well
}

// Area is the part of the surroundings that the check is about.
func (c Check) Area() string {
	area, _, _ := strings.Cut(c.Name, ".")
	return area
}

// checks collects what is found.
type checks []Check

func (c *checks) ok(name, format string, args ...any) {
	*c = append(*c, Check{Name: name, State: CheckOK, Text: fmt.Sprintf(format, args...)})
}

func (c *checks) warn(name, remedy, format string, args ...any) {
	*c = append(*c, Check{Name: name, State: CheckWarn, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (c *checks) bad(name, remedy, format string, args ...any) {
	*c = append(*c, Check{Name: name, State: CheckBad, Text: fmt.Sprintf(format, args...), Remedy: remedy})
}

// MayDiagnose returns nil for those who may see what doctor finds, a *model.Denied for
// others.
func (s *Service) MayDiagnose(ctx context.Context, actorID model.PersonID) error {
	return s.mayReadLogs(ctx, actorID)
}

// Checks looks at the queue's files, at the worker and what it told of the vault
// service, and at people and groups. It asks the vault nothing and changes nothing.
// On a queue of a million audit entries it takes some seconds. The error says that
// ctx has ended; everything else that goes wrong is a finding.
func (s *Service) Checks(ctx context.Context) ([]Check, error) {
	var found checks
	for _, look := range []func(context.Context, *checks){s.checkQueue, s.checkWorker, s.checkEvents, s.checkPeople, s.checkRequests} {
		look(ctx, &found)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// unread notes that a check could not be made.
func (c *checks) unread(name string, err error) {
	remedy := "look at the log of the program: countersign, tab Logs"
	if f, ok := faultIn(err); ok {
		remedy = f.Advice()
	}
	c.bad(name, remedy, "this could not be looked at: %v", err)
}

// checkQueue looks at the files of the queue.
func (s *Service) checkQueue(ctx context.Context, found *checks) {
	around, err := s.db.Surroundings()
	if err != nil {
		found.unread("queue.folder", err)
	} else {
		found.folder(around)
	}
	if err := s.db.QuickCheck(ctx); err != nil {
		if f, ok := faultIn(err); ok && f.Kind == store.FaultDamaged {
			found.bad("queue.pages", f.Advice(), "pages of %s are damaged: %v", f.Path, f.Err)
		} else {
			found.unread("queue.pages", err)
		}
	} else {
		found.ok("queue.pages", "every page of %s is sound", around.Queue)
	}
	if err := s.readLog(ctx); err != nil {
		found.unread("queue.log", err)
	} else {
		found.ok("queue.log", "the log can be read")
	}
	switch r, err := s.db.VerifyAudit(ctx); {
	case err != nil:
		found.unread("queue.audit", err)
	case !r.Intact():
		found.bad("queue.audit", "keep the queue's folder as it is, and compare it with a backup and with exported heads: countersign audit verify",
			"the audit chain was changed: %s", r.Problem)
	case r.Unreadable > 0:
		found.warn("queue.audit", "compare audit-heads.log with the copy that is kept elsewhere", "%d lines of audit-heads.log cannot be read", r.Unreadable)
	case len(r.Unfinished) > 0:
		found.warn("queue.audit", "do it again; until then: countersign audit verify --heads "+filepath.Join(r.Unfinished[0], "audit-heads.log"),
			"a restore has not come to its end; it may have taken checkpoints of the audit to %s", r.Unfinished[0])
	default:
		found.ok("queue.audit", "the audit chain is intact: %s, %s", howMany(int(r.Entries), "entry", "entries"), howMany(r.Heads, "exported head", "exported heads"))
	}
	s.checkBackup(ctx, found)
}

// oldBackup is the age of the last backup from which on it is worth a word.
const oldBackup = 7 * 24 * time.Hour

// checkBackup says how old the last backup is that this program has made.
func (s *Service) checkBackup(ctx context.Context, found *checks) {
	const remedy = "make one every day: countersign backup DIR"
	switch made, since, err := s.lastBackup(ctx); {
	case err != nil:
		found.unread("queue.backup", err)
	case made.IsZero() && s.now().Sub(since) <= oldBackup:
		found.ok("queue.backup", "no backup was made yet; the queue is young")
	case made.IsZero():
		found.warn("queue.backup", remedy, "no backup was ever made")
	case s.now().Sub(made) > oldBackup:
		found.warn("queue.backup", remedy, "the last backup was made at %s", clock(made))
	default:
		found.ok("queue.backup", "the last backup was made at %s", clock(made))
	}
}

// readLog reads the newest lines of the log and of the vault traffic.
func (s *Service) readLog(ctx context.Context) error {
	const newest = 100
	if _, err := s.db.LogLines(ctx, store.LogQuery{Span: store.Span{Limit: newest}}); err != nil {
		return err
	}
	_, err := s.db.Traffic(ctx, store.TrafficQuery{Span: store.Span{Limit: newest}})
	return err
}

const (
	// leastSpace is what is needed to go on for a while, fullSpace what is left when
	// the next copy before a migration may fail.
	leastSpace = 256 << 20
	fullSpace  = 16 << 20
)

// folder says how the folder of the queue is.
func (c *checks) folder(a store.Surroundings) {
	if a.Doubt != "" {
		c.warn("queue.filesystem", "move the queue to a local disk that stays, and name that as [store] dir", "%s lies on %s, %s", a.Dir, a.FileSystem, a.Doubt)
	} else {
		c.ok("queue.filesystem", "%s lies on a local disk, %s", a.Dir, a.FileSystem)
	}
	switch {
	case a.Free < fullSpace:
		c.bad("queue.space", "free some space there: decisions are refused when it is full", "%s is free on the disk of %s", mebibytes(a.Free), a.Dir)
	case a.Free < max(leastSpace, 2*a.Size):
		c.warn("queue.space", "free some space there: a backup, and the copy before an update, need as much again as the queue",
			"%s is free on the disk of %s, and the queue has %s", mebibytes(a.Free), a.Dir, mebibytes(a.Size))
	default:
		c.ok("queue.space", "%s is free, the queue has %s", mebibytes(a.Free), mebibytes(a.Size))
	}
	if len(a.Open) == 0 {
		c.ok("queue.modes", "nobody else may use the files of the queue")
		return
	}
	for _, o := range a.Open {
		remedy := fmt.Sprintf("chmod %o %s", o.Should, o.Path)
		if o.Path == a.Dir && o.Mode&0o022&^o.Should == 0 {
			c.warn("queue.modes", remedy, "others may see which files are in %s: its mode is %04o", o.Path, o.Mode)
			continue
		}
		c.bad("queue.modes", remedy, "others may use %s: its mode is %04o", o.Path, o.Mode)
	}
}

// howMany is a number with the word for what is counted.
func howMany(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// millis is how long an answer took.
func millis(d time.Duration) string { return max(d.Round(time.Millisecond), time.Millisecond).String() }

func mebibytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	if n < 10<<30 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d GiB", n>>30)
}
