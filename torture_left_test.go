package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"countersign/store"
)

// left lists how the terminal is left otherwise than it was.
func (m *manners) left() []string { return m.leftAt(0) }

// leftAt is left of a terminal that has so many rows all the time.
func (m *manners) leftAt(rows int) []string {
	m.t.Helper()
	w := newWitness()
	w.rows = rows
	m.mu.Lock()
	_, _ = w.Write(m.drawn)
	m.mu.Unlock()
	all := w.left()
	for what := range w.touched {
		if strings.Contains(what, "owned") {
			all = append(all, "the words of a panic asked for "+what)
		}
	}
	return append(all, m.discipline()...)
}

// discipline lists what of the terminal's line discipline is otherwise than in one that
// nobody has used.
func (m *manners) discipline() []string {
	m.t.Helper()
	fresh, other, err := pty.Open()
	if err != nil {
		m.t.Fatal(err)
	}
	defer fresh.Close()
	defer other.Close()
	want, err := term.GetState(fresh.Fd())
	got, gotErr := term.GetState(m.tty.Fd())
	if err = errors.Join(err, gotErr); err != nil {
		m.t.Fatal(err)
	}
	var all []string
	if got.Lflag&syscall.ICANON == 0 {
		all = append(all, "the terminal is raw")
	}
	if *got != *want {
		all = append(all, fmt.Sprintf("the line discipline is %+v, was %+v", *got, *want))
	}
	return all
}

// end is what the log says of the end of a console, or of a session.
type end struct{ Person, Why string }

// ends reads what the log says of the ends of consoles.
func (c *company) ends(conf string) []end {
	c.t.Helper()
	return c.logged(conf, "console ended")
}

// logged reads the lines of the log with one message.
func (c *company) logged(conf, message string) []end {
	c.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(filepath.Dir(conf), "queue", "log.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT fields FROM line WHERE message = ? ORDER BY id", message)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	var all []end
	for rows.Next() {
		var fields []byte
		var e end
		if err := errors.Join(rows.Scan(&fields), json.Unmarshal(fields, &e)); err != nil {
			c.t.Fatalf("%v: %s", err, fields)
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// misTold says what is wrong with what the log tells of an end behind those before it.
func (p parting) misTold(before, now []end) string {
	me, err := user.Current()
	switch {
	case err != nil:
		return err.Error()
	case len(now) != len(before)+1:
		return fmt.Sprintf("the log tells of %d ends, want %d", len(now), len(before)+1)
	}
	if e := now[len(before)]; e.Person != me.Username || !regexp.MustCompile(p.why).MatchString(e.Why) {
		return fmt.Sprintf("the log tells of %+v, want %s and %s", e, me.Username, p.why)
	}
	return ""
}

func (c *company) count(conf, file, query string) int {
	c.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(filepath.Dir(conf), "queue", file+".db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(query).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// halfDone lists what in the queue is not as a whole decision leaves it.
func (c *company) halfDone(conf string) []string {
	c.t.Helper()
	var all []string
	for what, query := range map[string]string{
		"votes without their audit": `SELECT abs((SELECT count(*) FROM vote) - (SELECT count(*) FROM audit WHERE action IN ('request.approve', 'request.deny')))`,
		"steps decided without a vote": `SELECT count(*) FROM approval a WHERE a.state IN ('approved', 'rejected')
			AND NOT EXISTS (SELECT 1 FROM vote v WHERE v.approval_id = a.id)`,
		"requests that wait without an open step": `SELECT count(*) FROM request r WHERE r.state = 'requested'
			AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.request_id = r.id AND a.decided_at IS NULL)`,
		"requests in process without a task": `SELECT count(*) FROM request r WHERE r.state = 'in_process' AND NOT EXISTS (SELECT 1 FROM task t WHERE t.request_id = r.id)`,
	} {
		if n := c.count(conf, "queue", query); n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, what))
		}
	}
	db, err := store.Open(context.Background(), store.Options{Dir: filepath.Join(filepath.Dir(conf), "queue")})
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	report, err := db.VerifyAudit(context.Background())
	if err != nil || !report.Intact() {
		all = append(all, fmt.Sprintf("the audit: %+v, %v", report, err))
	}
	return all
}

// controlDiscipline changes one thing after the other in the line discipline of a
// terminal that is as it was: each has to be noticed.
func (m *manners) controlDiscipline() {
	m.t.Helper()
	for what, change := range map[string]func(s *term.State){
		"ECHO":          func(s *term.State) { s.Lflag &^= syscall.ECHO },
		"ISIG":          func(s *term.State) { s.Lflag &^= syscall.ISIG },
		"OPOST":         func(s *term.State) { s.Oflag &^= syscall.OPOST },
		"ICRNL":         func(s *term.State) { s.Iflag &^= syscall.ICRNL },
		"the interrupt": func(s *term.State) { s.Cc[syscall.VINTR] = 0 },
	} {
		was, err := term.GetState(m.tty.Fd())
		if err != nil {
			m.t.Fatal(err)
		}
		other := *was
		change(&other)
		if err := term.SetState(m.tty.Fd(), &other); err != nil {
			m.t.Fatal(err)
		}
		if len(m.discipline()) == 0 {
			m.t.Errorf("%s was taken away, and nobody noticed", what)
		}
		if err := term.SetState(m.tty.Fd(), was); err != nil {
			m.t.Fatal(err)
		}
	}
}
